#include "core/array.h"

namespace mpq {

std::size_t size_of(Dtype type) {
  switch (type) {
    case Dtype::i8:
    case Dtype::u8:
      return 1;
    case Dtype::i16:
      return 2;
    case Dtype::f32:
    case Dtype::i32:
      return 4;
    case Dtype::f64:
    case Dtype::i64:
      return 8;
  }
  return 0;
}

}  // namespace mpq
