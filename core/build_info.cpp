#include "core/build_info.h"

#include "revision.h"

namespace mpq {

Json build_info() {
  return {{"version", MPQ_VERSION},
          {"revision", MPQ_REVISION},
          {"dirty", MPQ_DIRTY != 0},
          {"compiler", MPQ_COMPILER},
          {"build_type", MPQ_BUILD_TYPE}};
}

}  // namespace mpq
