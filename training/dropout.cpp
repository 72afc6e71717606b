#include "training/dropout.h"

namespace mpq::training {

torch::Tensor dropout_factors(at::IntArrayRef sizes, double rate, RandomStream stream) {
  auto factors = torch::empty(sizes, torch::kFloat32);
  const auto kept = static_cast<float>(1 / (1 - rate));
  auto* values = factors.data_ptr<float>();
  for (std::int64_t i = 0; i < factors.numel(); ++i) values[i] = stream.uniform() < rate ? 0 : kept;
  return factors;
}

Dropout::Dropout(models::Network& network, double rate, std::uint64_t seed)
    : last_(*network.layers().back()) {
  last_.change_input([this, rate, seed](const torch::Tensor& x) {
    if (!torch::GradMode::is_enabled()) return x;
    const RandomStream stream(seed, "dropout", static_cast<std::uint64_t>(step_),
                              static_cast<std::uint64_t>(pass_++));
    return x * dropout_factors(x.sizes(), rate, stream).to(x.scalar_type());
  });
}

Dropout::~Dropout() { last_.change_input({}); }

}  // namespace mpq::training
