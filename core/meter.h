#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "core/json.h"

namespace mpq {

/// What one phase of a stage has cost. Counts are exact and reproducible; seconds are not.
struct Cost {
  std::int64_t forward_images =
      0;  ///< images that went through a forward pass, any mode; a policy that a search
          ///< scores counts as a whole pass, though blocks before the change are reused
  std::int64_t backward_images = 0;     ///< images that went through a backward pass
  std::int64_t optimizer_steps = 0;     ///< updates of parameters
  std::int64_t hessian_products = 0;    ///< Hessian-vector products, per batch
  std::int64_t policy_evaluations = 0;  ///< policies scored by a searcher
  double wall_seconds = 0;
};

/// Counts what a stage does, by phase. A method names its own phases.
/// Survives restarts: seconds and counts of a checkpoint are carried on.
class Meter {
 public:
  /// Everything counted from now on belongs to `phase`, until the returned object dies.
  class Phase {
   public:
    Phase(Meter& meter, std::string name);
    ~Phase();
    Phase(const Phase&) = delete;
    Phase& operator=(const Phase&) = delete;

   private:
    Meter& meter_;
    std::string outer_;
  };

  Cost& now() { return costs_[phase_]; }
  const std::map<std::string, Cost>& costs() const;
  Json to_json() const;
  void restore(const Json& saved);

 private:
  friend class Phase;
  void settle() const;

  std::string phase_ = "other";
  mutable std::map<std::string, Cost> costs_;
  mutable std::chrono::steady_clock::time_point since_ = std::chrono::steady_clock::now();
};

/// Largest resident memory of this process so far, bytes.
std::int64_t peak_memory_bytes();

}  // namespace mpq
