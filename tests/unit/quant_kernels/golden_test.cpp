#include <gtest/gtest.h>
#include <torch/torch.h>

#include <algorithm>

#include "quant/instability.h"
#include "quant/kernels.h"
#include "quant/learned_step.h"
#include "tests/support/golden_file.h"
#include "tests/unit/quant_kernels/oracle.h"

// The recordings of the authors' program (golden/README.md: a_quantizer.h5, c_instability.h5), on the fused
// path under every instruction set and on the composed path.
namespace mpq::quant {
namespace {

std::vector<std::string> paths() {
  auto all = kernels::instruction_sets();
  all.emplace_back("composed");
  return all;
}

class goldenQuantizer : public ::testing::TestWithParam<std::string> {
 protected:
  void SetUp() override { kernels::use_instruction_set(GetParam() == "composed" ? "" : GetParam()); }
  void TearDown() override { kernels::use_instruction_set(""); }
  ComposedScope scope_{GetParam() == "composed"};
};
class goldenInstability : public goldenQuantizer {};
INSTANTIATE_TEST_SUITE_P(Path, goldenQuantizer, ::testing::ValuesIn(paths()), oracle::test_name);
INSTANTIATE_TEST_SUITE_P(Path, goldenInstability, ::testing::ValuesIn(paths()), oracle::test_name);

struct Recording {
  torch::Tensor x, s, g, codes, y, gx, gs;
  Range range;
  double kappa;

  explicit Recording(const H5::Group& group) {
    const auto type = golden::text(group, "dtype") == "float32" ? torch::kFloat32 : torch::kFloat64;
    const auto get = [&](const char* name) { return golden::read(group, name).to(type); };
    x = get("x"), s = get("s"), g = get("grad_y"), y = get("y"), gx = get("grad_x"), gs = get("grad_s");
    codes = golden::read(group, "codes").to(torch::kInt32);
    range = range_of(static_cast<int>(golden::number(group, "bits")), golden::number(group, "signed") != 0,
                     golden::number(group, "symmetric") != 0);
    kappa = golden::number(group, "grad_scale_factor");
    EXPECT_EQ(range.min, static_cast<std::int64_t>(golden::number(group, "qmin")));
    EXPECT_EQ(range.max, static_cast<std::int64_t>(golden::number(group, "qmax")));
  }
  bool is_float() const { return x.scalar_type() == torch::kFloat32; }
  // Σ of the absolute contributions to the step's gradient, in double.
  double absolute_sum() const {
    const auto u = x.to(torch::kFloat64) / s.to(torch::kFloat64), wide = codes.to(torch::kFloat64);
    const auto inside = (u >= range.min).logical_and(u <= range.max);
    return (g.to(torch::kFloat64) * torch::where(inside, wide - u, wide)).abs().sum().item<double>();
  }
};

void expect_values(const Recording& r, const torch::Tensor& y) {
  if (r.kappa == 1) {
    EXPECT_TRUE(torch::equal(y, r.y));
    EXPECT_TRUE(torch::equal(y.signbit(), r.y.signbit())) << "sign of zero";
    return;
  }
  const double ulp = r.is_float() ? 0x1p-23 : 0x1p-52;
  EXPECT_TRUE(((y - r.y).abs() <= ulp * r.y.abs()).all().item<bool>());
}

void expect_recording(const Recording& r) {
  auto x = r.x.clone().requires_grad_(), bank = r.s.clone().requires_grad_();
  const auto y = learned_step(x, bank, 0, r.range, r.kappa);
  const auto grads = torch::autograd::grad({y}, {x, bank}, {r.g});
  expect_values(r, y.detach());
  const auto step = r.kappa == 1 ? r.s : (r.s - r.s * r.kappa) + r.s * r.kappa;
  EXPECT_TRUE(torch::equal(learned_step_codes(r.x, step, r.range), r.codes));
  EXPECT_TRUE(torch::equal(grads[0] == 0, r.gx == 0));
  EXPECT_LE((grads[0] - r.gx).abs().max().item<double>(),
            (r.is_float() ? 1e-6 : 1e-14) * r.gx.abs().max().item<double>());
  EXPECT_NEAR(grads[1].item<double>(), r.gs.item<double>(),
              (r.is_float() ? 1e-5 : 1e-12) * r.kappa * r.absolute_sum());
}

TEST_P(goldenQuantizer, ReproducesEveryRecordedCase) {
  const auto path = golden::path_of("a_quantizer.h5");
  if (path.empty()) GTEST_SKIP() << "MPQ_GOLDEN does not name a folder with a_quantizer.h5";
  const H5::H5File file(path, H5F_ACC_RDONLY);
  const auto names = golden::groups(file.openGroup("/"), "case_");
  ASSERT_FALSE(names.empty());
  for (const auto& name : names) {
    const auto group = file.openGroup(name);
    SCOPED_TRACE(name + " (" + golden::text(group, "tag") + ")");
    expect_recording(Recording(group));
  }
  RecordProperty("cases", static_cast<int>(names.size()));
}

// Positions in `candidates` (the order of the bank) of the widths in `current_candidates`.
std::vector<BankEntry> entries(const H5::Group& site) {
  const auto bank = golden::numbers(site, "candidates");
  std::vector<BankEntry> found;
  for (const double bits : golden::numbers(site, "current_candidates"))
    found.push_back({static_cast<int>(bits), std::find(bank.begin(), bank.end(), bits) - bank.begin()});
  return found;
}

void expect_network(const H5::Group& network) {
  const auto proportions = golden::numbers(network, "proportions");
  const auto metric = golden::read(network, "metric"),
             per_candidate = golden::read(network, "metric_per_candidate");
  for (std::int64_t site = 0; site < metric.size(1); ++site) {
    const auto group = network.openGroup("site" + std::to_string(site));
    const auto weight = golden::read(group, "weight").to(torch::kFloat32);
    const auto bank = golden::read(group, "weight_step").to(torch::kFloat32);
    for (std::size_t p = 0; p < proportions.size(); ++p) {
      SCOPED_TRACE("site " + std::to_string(site) + ", proportion " + std::to_string(proportions[p]));
      const auto ours = instability(weight, bank, entries(group), proportions[p]);
      EXPECT_NEAR(ours.metric, metric[static_cast<std::int64_t>(p)][site].item<double>(), 1e-6);
      if (proportions[p] != 0.25) continue;
      for (std::size_t i = 0; i < ours.per_candidate.size(); ++i)
        EXPECT_NEAR(ours.per_candidate[i], per_candidate[site][static_cast<std::int64_t>(i)].item<double>(),
                    1e-6);
    }
  }
}

TEST_P(goldenInstability, ReproducesEveryRecordedNetwork) {
  const auto path = golden::path_of("c_instability.h5");
  if (path.empty()) GTEST_SKIP() << "MPQ_GOLDEN does not name a folder with c_instability.h5";
  const H5::H5File file(path, H5F_ACC_RDONLY);
  const auto metric = file.openGroup("metric");
  const auto names = golden::groups(metric, "");
  ASSERT_FALSE(names.empty());
  for (const auto& name : names) {
    SCOPED_TRACE(name);
    expect_network(metric.openGroup(name));
  }
}

}  // namespace
}  // namespace mpq::quant
