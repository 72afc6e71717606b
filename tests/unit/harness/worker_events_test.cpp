// What WorkerEvents promises: lines in any pieces, and no harm from anything a worker may print.

#include "harness/worker_events.h"

#include <gtest/gtest.h>

namespace mpq::harness {
namespace {

const std::string kProgress =
    R"({"event":"progress","what":"train","done":3,"total":10,"unit":"step","rate":2.5,"seconds_left":4,"detail":"loss 1"})"
    "\n";

ProgressEvent at(const std::string& what, double done) {
  ProgressEvent event;
  event.what = what;
  event.done = done;
  return event;
}

TEST(WorkerEvents, ReadsProgressThatArrivesByteByByte) {
  WorkerEvents events;
  for (const char byte : kProgress) events.add(std::string(1, byte));
  const auto event = events.take_progress();
  ASSERT_TRUE(event);
  EXPECT_EQ(to_line(*event), "train 3/10 step, 2.5/s, 0:04 left, loss 1");
  EXPECT_FALSE(events.take_progress()) << "the same event twice";
}

TEST(WorkerEvents, KeepsTheWordsOfAnError) {
  WorkerEvents events;
  events.add(R"({"event":"error","kind":3,"what":"full","where":"w","expected":"e","fix":"f"})"
             "\n");
  ASSERT_TRUE(events.error());
  EXPECT_EQ(events.error()->kind, ErrorKind::environment);
  EXPECT_EQ(events.error()->to_json(),
            Json::parse(R"({"kind":3,"what":"full","where":"w","expected":"e","fix":"f"})"));
}

TEST(WorkerEvents, TakesAnUnknownKindForABug) {
  EXPECT_EQ(Failure::from_json({{"kind", 42}}).kind, ErrorKind::bug);
  EXPECT_EQ(Failure::from_json({{"kind", "three"}, {"what", 7}}).parts.what, "");
}

TEST(WorkerEvents, KeepsOtherTextForTheLog) {
  WorkerEvents events;
  events.add("hello\n{\"event\":\n[1]\n\n{\"event\":\"progress\",\"done\":\"x\"}\n");
  EXPECT_EQ(events.take_text(), "hello\n{\"event\":\n[1]\n");
  EXPECT_EQ(events.take_progress()->done, 0) << "a wrong type counts as absent";
  EXPECT_FALSE(events.error());
}

TEST(WorkerEvents, DoesNotHoardALineWithoutEnd) {
  WorkerEvents events;
  const std::string flood(300'000, 'x');
  for (int i = 0; i < 5; ++i) events.add(flood);
  EXPECT_GT(events.take_text().size(), std::size_t{1} << 20);
}

TEST(Furthest, CountsOnlyWhatLiesBeyondEverythingBefore) {
  Furthest furthest;
  EXPECT_TRUE(furthest.note(at("train", 3)));
  EXPECT_TRUE(furthest.note(at("train", 4)));
  EXPECT_FALSE(furthest.note(at("train", 4))) << "the same step after a restart is no advance";
  EXPECT_FALSE(furthest.note(at("train", 1)));
  EXPECT_TRUE(furthest.note(at("search", 0))) << "another kind of work is an advance";
}

}  // namespace
}  // namespace mpq::harness
