#pragma once

#include "harness/catalogue.h"
#include "tests/support/fake_catalogue.h"

namespace mpq::harness {

/// The catalogue of the tests of this folder.
inline const Catalogue& catalogue() {
  static const Catalogue all(testing::fake_catalogue("abc"));
  return all;
}

}  // namespace mpq::harness
