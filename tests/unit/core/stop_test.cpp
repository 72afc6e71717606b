#include "core/stop.h"

#include <csignal>

#include "tests/support/error_of.h"

namespace mpq {
namespace {

using testing::error_of;

class Stop : public ::testing::Test {
 protected:
  void TearDown() override {
    request_stop(false);
    std::signal(SIGINT, SIG_DFL);
    std::signal(SIGTERM, SIG_DFL);
  }
};

TEST_F(Stop, IsNotRequestedAtFirst) {
  EXPECT_FALSE(stop_requested());
  EXPECT_NO_THROW(throw_if_stopped());
}

TEST_F(Stop, ASignalSetsTheFlagAndNothingElse) {
  for (const int signal : {SIGINT, SIGTERM}) {
    catch_stop_signals();
    request_stop(false);
    ASSERT_EQ(std::raise(signal), 0);
    EXPECT_TRUE(stop_requested());
  }
}

TEST_F(Stop, LeavesAsInterrupted) {
  request_stop(true);
  EXPECT_EQ(error_of([] { throw_if_stopped(); }).exit_code(), 130);
}

}  // namespace
}  // namespace mpq
