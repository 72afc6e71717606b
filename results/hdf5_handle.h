#pragma once

#include <hdf5.h>

#include <string>
#include <utility>

#include "core/error.h"

namespace mpq::results {

/// Owns one HDF5 identifier. An invalid one (the call that made it failed) throws Error(input) saying
/// what was being done and where; HDF5 itself prints nothing.
class Handle {
 public:
  using Close = herr_t (*)(hid_t);

  Handle(hid_t id, Close close, const std::string& doing, const std::string& where) : id_(id), close_(close) {
    if (id_ < 0)
      throw_input({"HDF5 failed at " + doing, where, "a stage file of mpq", "make the file again"});
  }
  ~Handle() {
    if (id_ >= 0) close_(id_);
  }
  Handle(Handle&& other) noexcept : id_(std::exchange(other.id_, -1)), close_(other.close_) {}
  Handle& operator=(Handle&&) = delete;
  operator hid_t() const { return id_; }

 private:
  hid_t id_;
  Close close_;
};

/// Throws like Handle if an HDF5 call returned a negative status.
inline void check_hdf5(herr_t status, const std::string& doing, const std::string& where) {
  if (status < 0)
    throw_input({"HDF5 failed at " + doing, where, "a stage file of mpq", "make the file again"});
}

}  // namespace mpq::results
