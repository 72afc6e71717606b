// What the queue promises: parents first, and a failure blocks its descendants alone.

#include "harness/stage_queue.h"

#include <gmock/gmock.h>

namespace mpq::harness {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

/// float(0) → prepare(1) → deploy(2) → evaluate(3); prepare(4) → deploy(5), also on the float network.
Plan two_methods() {
  Plan plan;
  const std::vector<std::vector<std::size_t>> parents = {{}, {0}, {0, 1}, {2}, {0}, {0, 4}};
  for (std::size_t i = 0; i < parents.size(); ++i)
    plan.stages.push_back({std::string(1, static_cast<char>('a' + i)), "any", "", Json(), parents[i]});
  return plan;
}

const std::vector<std::size_t> kAll = {0, 1, 2, 3, 4, 5};
bool nothing(const std::string&) { return false; }

TEST(StageQueue, GivesAStageOnlyAfterItsParents) {
  const auto plan = two_methods();
  StageQueue queue(plan, kAll, nothing);
  EXPECT_EQ(queue.take(), 0u);
  EXPECT_EQ(queue.take(), std::nullopt) << "everything builds on the float network";
  queue.set_done(0);
  EXPECT_EQ(queue.take(), 1u);
  EXPECT_EQ(queue.take(), 4u);
  EXPECT_EQ(queue.take(), std::nullopt);
  queue.set_done(4);
  EXPECT_EQ(queue.take(), 5u);
}

TEST(StageQueue, SkipsWhatIsFinished) {
  const auto plan = two_methods();
  StageQueue queue(plan, kAll, [](const std::string& key) { return key <= "c"; });
  EXPECT_EQ(queue.take(), 3u);
  EXPECT_THAT(queue.in_state(StageState::done), ElementsAre(0, 1, 2));
}

TEST(StageQueue, BlocksDescendantsOfAFailureAndNothingElse) {
  const auto plan = two_methods();
  StageQueue queue(plan, kAll, [](const std::string& key) { return key == "a"; });
  EXPECT_EQ(queue.take(), 1u);
  queue.set_failed(1);
  EXPECT_THAT(queue.in_state(StageState::blocked), ElementsAre(2, 3));
  EXPECT_EQ(queue.take(), 4u);
}

TEST(StageQueue, GivesAStageAgainThatWasPutBack) {
  const auto plan = two_methods();
  StageQueue queue(plan, kAll, nothing);
  EXPECT_EQ(queue.take(), 0u);
  queue.put_back(0);
  EXPECT_EQ(queue.take(), 0u);
}

TEST(StageQueue, LeavesUnwantedStagesAlone) {
  const auto plan = two_methods();
  StageQueue queue(plan, {0, 4, 5}, [](const std::string& key) { return key == "a"; });
  EXPECT_EQ(queue.take(), 4u);
  EXPECT_EQ(queue.take(), std::nullopt);
  queue.set_failed(4);
  EXPECT_THAT(queue.in_state(StageState::blocked), ElementsAre(5));
  EXPECT_THAT(queue.in_state(StageState::running), IsEmpty());
}

}  // namespace
}  // namespace mpq::harness
