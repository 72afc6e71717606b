#pragma once

#include <gtest/gtest.h>

#include "core/error.h"

namespace mpq::testing {

/// The Error that `work` throws; a failure of the test if it throws none.
template <class Work>
Error error_of(Work work) {
  try {
    work();
  } catch (const Error& error) {
    return error;
  }
  ADD_FAILURE() << "no mpq::Error was thrown";
  return Error(ErrorKind::bug, {});
}

}  // namespace mpq::testing
