// Losses and schedules against the recorded program (g_losses.h5; rfquant.md §6, §7).

#include "training/losses.h"

#include <algorithm>
#include <iostream>

#include "quant/quantizer.h"
#include "tests/golden/recorded.h"
#include "training/freezing.h"
#include "training/one_shot.h"
#include "training/recipe.h"

namespace mpq::testing {
namespace {

torch::Dtype dtype_of_name(const std::string& name) {
  return name.rfind("float64", 0) == 0 ? torch::kFloat64 : torch::kFloat32;
}
double tolerance_of(const std::string& name) { return dtype_of_name(name) == torch::kFloat64 ? 1e-12 : 1e-5; }

TEST(GoldenLosses, golden_soft_targets) {
  MPQ_RECORDING(file, "g_losses.h5");
  const auto all = file.openGroup("soft_target");
  for (const auto& name : golden::groups(all, "")) {
    const auto group = all.openGroup(name);
    const double t = tolerance_of(name);
    const auto read = [&](const char* key) { return golden::read(group, key).to(dtype_of_name(name)); };
    auto logits = read("logits").requires_grad_();
    const auto target = golden::read(group, "target").to(torch::kInt64);
    const auto loss =
        0.5 * training::hard_loss(logits, target) + 0.5 * training::soft_loss(logits, read("teacher_logits"));
    loss.backward();
    EXPECT_TRUE(close(loss.item<double>(), golden::number(group, "combined"), t)) << name;
    EXPECT_TRUE(
        close(training::hard_loss(logits, target).item<double>(), golden::number(group, "hard_ce"), t))
        << name;
    EXPECT_TRUE(close(training::hard_loss(logits, target).item<double>(),
                      golden::number(group, "without_teacher"), t))
        << name;
    EXPECT_TRUE(close(training::soft_loss(logits, read("teacher_logits")).item<double>(),
                      golden::number(group, "kl_batchmean"), t))
        << name;
    EXPECT_TRUE(close(logits.grad(), read("grad_logits"), t)) << name;
  }
}

TEST(GoldenLosses, golden_mitigation_is_the_mean_squared_distance_of_used_sites) {
  MPQ_RECORDING(file, "g_losses.h5");
  const auto all = file.openGroup("idm");
  for (const auto& name : golden::groups(all, "")) {
    const auto group = all.openGroup(name);
    const auto used = golden::numbers(group, "used");
    std::vector<torch::Tensor> students, targets;
    std::vector<bool> smallest;
    for (std::size_t i = 0; i < used.size(); ++i) {
      const auto read = [&](const std::string& key) {
        return golden::read(group, key + std::to_string(i)).to(dtype_of_name(name));
      };
      students.push_back(read("student_").requires_grad_());
      smallest.push_back(used[i] != 0);
      targets.push_back(smallest.back() ? read("target_") : torch::Tensor());
    }
    const auto sum = training::alignment(students, targets, smallest).sum;
    (golden::number(group, "weight") * sum).backward();
    EXPECT_TRUE(close(sum.item<double>(), golden::number(group, "idm_unweighted"), tolerance_of(name)));
    for (std::size_t i = 0; i < used.size(); ++i)
      if (used[i] != 0)
        EXPECT_TRUE(close(students[i].grad(), golden::read(group, "grad_student_" + std::to_string(i)),
                          tolerance_of(name)));
  }
}

TEST(GoldenLosses, golden_weight_regularisers) {
  MPQ_RECORDING(file, "g_losses.h5");
  const auto all = file.openGroup("weight_regularisers");
  for (const auto& name : golden::groups(all, "")) {
    const auto group = all.openGroup(name);
    const double t = tolerance_of(name);
    auto weight = golden::read(group, "weight").to(dtype_of_name(name)).requires_grad_();
    const auto bank = golden::read(group, "weight_step").to(dtype_of_name(name));
    const auto candidates = golden::numbers(group, "candidates");
    const int bits = static_cast<int>(golden::number(group, "bits"));
    const auto index = std::find(candidates.begin(), candidates.end(), bits) - candidates.begin();
    const auto error = training::quantization_error(weight, bank[index], bits,
                                                    static_cast<int>(golden::number(group, "min_candidate")));
    EXPECT_TRUE(close(error.item<double>(), golden::number(group, "qe"), t)) << name;
    error.backward();
    EXPECT_TRUE(close(weight.grad(), golden::read(group, "grad_qe_weight"), t)) << name;
    if (bits != 2) continue;
    weight.mutable_grad().zero_();
    const auto norm = training::in_range_norm(weight, bank[index], bits);
    EXPECT_TRUE(close(norm.item<double>(), golden::number(group, "in_range_decay"), t)) << name;
    norm.backward();
    EXPECT_TRUE(close(weight.grad(), golden::read(group, "grad_in_range_decay_weight"), t)) << name;
  }
}

TEST(GoldenLosses, golden_schedules) {
  MPQ_RECORDING(file, "g_losses.h5");
  const auto all = file.openGroup("schedules");
  for (const auto& name : golden::groups(all, "")) {
    const auto group = all.openGroup(name);
    if (name.rfind("freeze_events", 0) == 0) {
      const auto epochs = golden::read(group, "epoch"), ratio = golden::read(group, "ratio");
      std::vector<double> fired, share;
      const training::FreezeSchedule schedule{.faithful = true};
      for (int e = 0; e < 150; ++e)
        if (const auto s = schedule.fraction_at(e, 150)) fired.push_back(e), share.push_back(*s);
      EXPECT_TRUE(close(torch::tensor(fired, torch::kFloat64), epochs, 0));
      EXPECT_TRUE(close(torch::tensor(share, torch::kFloat64), ratio, 1e-12));
    } else if (has(group, "lr_per_epoch")) {
      training::Recipe recipe;
      recipe.step_lr = golden::number(group, "base_lr");
      recipe.epochs = static_cast<std::int64_t>(golden::number(group, "epochs"));
      const auto recorded = golden::read(group, "lr_per_epoch");
      for (std::int64_t e = 0; e < recorded.numel(); ++e)
        EXPECT_NEAR(training::step_learning_rate(recipe, static_cast<double>(e)), recorded[e].item<double>(),
                    1e-12 * recipe.step_lr);
    } else if (has(group, "step")) {
      const auto steps = golden::read(group, "step"), values = golden::read(group, "value");
      for (std::int64_t i = 0; i < steps.numel(); ++i)
        EXPECT_NEAR(
            training::rising_cosine(steps[i].item<double>(), golden::number(group, "start_step"),
                                    golden::number(group, "max_step"), golden::number(group, "eta_start"),
                                    golden::number(group, "eta_end")),
            values[i].item<double>(), 1e-12)
            << name;
    } else {
      std::cout << "skipped schedule of a kind that is not covered: " << name << '\n';
    }
  }
}

TEST(GoldenLosses, golden_initial_steps) {
  MPQ_RECORDING(file, "b_init.h5");
  const auto root = file.openGroup("/");
  for (const auto& name : golden::groups(root, "weight")) {
    const auto group = root.openGroup(name);
    const auto x = golden::read(group, "x").to(torch::kFloat32);
    const auto candidates = golden::numbers(group, "candidates");
    const auto steps = golden::read(group, "s");
    for (std::size_t i = 0; i < candidates.size(); ++i)
      EXPECT_TRUE(
          close(quant::initial_step(x, static_cast<int>(candidates[i]), true, quant::StepInit::three_sigma)
                    .item<double>(),
                steps[static_cast<std::int64_t>(i)].item<double>(), 1e-6))
          << name;
  }
}

TEST(GoldenLosses, golden_activation_steps_start_at_first_use) {
  MPQ_RECORDING(file, "b_init.h5");
  const auto root = file.openGroup("/");
  for (const auto& name : golden::groups(root, "act")) {
    const auto group = root.openGroup(name);
    std::vector<int> candidates;
    for (const double b : golden::numbers(group, "candidates")) candidates.push_back(static_cast<int>(b));
    quant::LearnedStep quantizer(
        {candidates, golden::number(group, "signed") != 0, quant::StepInit::mean_abs, false},
        torch::kFloat32);
    const auto order = golden::numbers(group, "bits_used_in_order");
    const auto x = golden::read(group, "x").to(torch::kFloat32), after = golden::read(group, "s_after");
    const auto flags = golden::read(group, "initialized_after"), y = golden::read(group, "y");
    for (std::size_t use = 0; use < order.size(); ++use) {
      const auto u = static_cast<std::int64_t>(use);
      const int bits = static_cast<int>(order[use]);
      const torch::NoGradGuard no_grad;
      const auto got = quantizer.fake_quantize(x[u], bits);
      EXPECT_TRUE(close(quantizer.steps(), after[u], 1e-6)) << name << " use " << use;
      std::vector<quant::TensorRef> tensors;
      quantizer.collect("act", tensors);
      EXPECT_TRUE(close(*tensors.back().tensor, flags[u], 0)) << name << " use " << use;
      const auto position = x[u] / quantizer.steps()[quantizer.index_of(bits)];
      const auto near_tie = (position - position.floor() - 0.5).abs() < 1e-5;
      EXPECT_TRUE(close(got.masked_fill(near_tie, 0), y[u].masked_fill(near_tie, 0), 1e-6))
          << name << " use " << use;
    }
  }
}

TEST(GoldenLosses, golden_freezing_sequences) {
  MPQ_RECORDING(file, "c_instability.h5");
  const auto all = file.openGroup("freeze");
  for (const auto& name : golden::groups(all, "seq")) {
    const auto group = all.openGroup(name);
    std::vector<int> target;
    for (const double b : golden::numbers(group, "original_candidates"))
      target.push_back(static_cast<int>(b));
    std::vector<bool> depthwise;
    for (const double d : golden::numbers(group, "depthwise")) depthwise.push_back(d != 0);
    auto lists = lists_of(golden::read(group, "candidates_before"));
    const auto construction = lists;
    const training::FreezeRule rule{target, golden::number(group, "split_lists") == 0, true};
    const auto metric = golden::read(group, "metric"), ratio = golden::read(group, "ratio");
    const auto selected = golden::read(group, "selected"), after = golden::read(group, "candidates_after");
    for (std::int64_t call = 0; call < metric.size(0); ++call) {
      std::vector<double> values;
      for (std::int64_t i = 0; i < metric.size(1); ++i) values.push_back(metric[call][i].item<double>());
      const auto frozen = training::most_unstable(values, ratio[call].item<double>());
      for (std::size_t i = 0; i < frozen.size(); ++i)
        EXPECT_EQ(frozen[i], selected[call][static_cast<std::int64_t>(i)].item<double>() != 0)
            << name << " call " << call;
      training::apply_freezing(rule, frozen, depthwise, construction, lists);
      EXPECT_EQ(lists, lists_of(after[call])) << name << " call " << call;
    }
  }
}

}  // namespace
}  // namespace mpq::testing
