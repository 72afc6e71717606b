#include "core/meter.h"

#include <sys/resource.h>

#include <utility>

namespace mpq {

Meter::Phase::Phase(Meter& meter, std::string name) : meter_(meter) {
  meter_.settle();
  outer_ = std::exchange(meter_.phase_, std::move(name));
}
Meter::Phase::~Phase() {
  meter_.settle();
  meter_.phase_ = std::move(outer_);
}

void Meter::settle() const {
  const auto now = std::chrono::steady_clock::now();
  costs_[phase_].wall_seconds += std::chrono::duration<double>(now - since_).count();
  since_ = now;
}

const std::map<std::string, Cost>& Meter::costs() const {
  settle();
  return costs_;
}

Json Meter::to_json() const {
  Json all = Json::object();
  for (const auto& [phase, c] : costs())
    all[phase] = {{"forward_images", c.forward_images},         {"backward_images", c.backward_images},
                  {"optimizer_steps", c.optimizer_steps},       {"hessian_products", c.hessian_products},
                  {"policy_evaluations", c.policy_evaluations}, {"wall_seconds", c.wall_seconds}};
  return all;
}

void Meter::restore(const Json& saved) {
  costs_.clear();
  for (const auto& [phase, c] : saved.items())
    costs_[phase] = {c.at("forward_images"),   c.at("backward_images"),    c.at("optimizer_steps"),
                     c.at("hessian_products"), c.at("policy_evaluations"), c.at("wall_seconds")};
  since_ = std::chrono::steady_clock::now();
}

std::int64_t peak_memory_bytes() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<std::int64_t>(usage.ru_maxrss) * 1024;
}

}  // namespace mpq
