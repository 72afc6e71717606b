// The greedy search against the recorded program (f_search.h5; rfquant.md §10).

#include <cmath>
#include <limits>
#include <map>

#include "search/evaluator.h"
#include "search/greedy.h"
#include "search/supernet_search.h"
#include "tests/golden/recorded.h"

namespace mpq::testing {
namespace {

constexpr double kGiga = 1e9;

std::vector<double> row(const torch::Tensor& table, std::int64_t i) {
  const auto r = table[i].contiguous();
  return {r.data_ptr<double>(), r.data_ptr<double>() + r.numel()};
}

TEST(GoldenSearch, golden_scores_and_choices_follow_from_the_tables) {
  MPQ_RECORDING(file, "f_search.h5");
  const auto root = file.openGroup("/");
  for (const auto& name : golden::groups(root, "limit")) {
    const auto group = root.openGroup(name);
    const auto error = golden::read(group, "err"), complexity = golden::read(group, "complexity");
    const auto score = golden::read(group, "score"), chosen = golden::read(group, "chosen");
    for (std::int64_t it = 0; it < error.size(0); ++it) {
      const auto scores =
          search::move_scores(row(error, it), row(complexity, it), golden::number(group, "acc_scale"), true);
      for (std::size_t m = 0; m < scores.size(); ++m) {
        const double recorded = score[it][static_cast<std::int64_t>(m)].item<double>();
        if (std::isinf(recorded))
          EXPECT_TRUE(std::isinf(scores[m])) << name << " " << it << " " << m;
        else
          EXPECT_NEAR(scores[m], recorded, 1e-6) << name << " iteration " << it << " move " << m;
      }
      EXPECT_EQ(search::first_minimum(row(score, it), true), chosen[it].item<double>())
          << name << " iteration " << it;
    }
  }
}

// The whole walk, fed with the recorded errors: every policy, phase, cost and move.
TEST(GoldenSearch, golden_walks_take_the_recorded_moves) {
  MPQ_RECORDING(file, "f_search.h5");
  const auto root = file.openGroup("/");
  const auto network = recorded_network(file.openGroup("sites"), false, 32);
  for (const auto& name : golden::groups(root, "limit")) {
    const auto group = root.openGroup(name);
    const auto error = golden::read(group, "err"), entropy = golden::read(group, "ce");
    search::GreedyProblem problem;
    problem.lists = lists_of(golden::read(root, "candidates"));
    problem.candidates = {6, 5, 4, 3, 2};
    problem.limit = std::llround(golden::number(group, "limit_bitops_g") * kGiga);
    problem.bitops = [facts = network->facts()](const quant::Policy& policy) {
      return quant::bitops(facts, policy);
    };
    search::GreedyOptions options;
    options.faithful = true;
    options.start_bits = static_cast<int>(golden::number(group, "start_bits"));
    options.weight_target = static_cast<int>(golden::number(group, "weight_target_bits"));
    options.smallest = static_cast<int>(golden::number(group, "smallest_bits"));
    options.accuracy_scale = golden::number(group, "acc_scale");
    options.slack = golden::number(group, "sc");
    options.max_iterations = static_cast<std::int64_t>(golden::number(group, "iterations"));
    const quant::Policy entry(6, {static_cast<int>(golden::number(group, "initial_weight_bits")),
                                  static_cast<int>(golden::number(group, "initial_act_bits"))});
    const auto result = search::greedy_search(
        problem, options, entry, [&](std::int64_t it, const auto&, const auto& neighbours) {
          std::vector<search::Score> scores;
          for (std::int64_t m = 0; m < error.size(1); ++m)
            if (std::isfinite(error[it][m].item<double>()))
              scores.push_back({error[it][m].item<double>(), entropy[it][m].item<double>()});
          EXPECT_EQ(scores.size(), neighbours.size()) << name << " iteration " << it;
          return scores;
        });
    const auto before = golden::read(group, "before"), after = golden::read(group, "after");
    const auto phase = golden::read(group, "phase"), moved = golden::read(group, "moved"),
               cost = golden::read(group, "complexity");
    ASSERT_EQ(std::ssize(result.iterations), error.size(0)) << name;
    for (std::size_t i = 0; i < result.iterations.size(); ++i) {
      const auto& it = result.iterations[i];
      const auto n = static_cast<std::int64_t>(i);
      EXPECT_EQ(it.before, policy_of(before[n])) << name << " iteration " << i;
      EXPECT_EQ(it.after, policy_of(after[n])) << name << " iteration " << i;
      EXPECT_EQ(it.activation_phase, phase[n].item<double>() != 0) << name << " iteration " << i;
      EXPECT_EQ(it.moved, moved[n].item<double>() != 0) << name << " iteration " << i;
      for (std::size_t m = 0; m < it.complexity.size(); ++m)
        if (std::isfinite(it.complexity[m]))
          EXPECT_NEAR(it.complexity[m] / kGiga, cost[n][static_cast<std::int64_t>(m)].item<double>(), 1e-12);
    }
    EXPECT_EQ(result.met, golden::text(group, "status") == "finished") << name;
    if (result.met) EXPECT_EQ(result.policy, policy_of(golden::read(group, "final_policy"))) << name;
  }
}

// Each iteration's table measured anew from its recorded policy, through the evaluator that reuses block
// inputs. A state that was measured before (searches with a fixed batch cycle) is not measured again.
void measure_tables(Path path) {
  MPQ_RECORDING(file, "f_search.h5");
  const quant::ComposedScope composed(path == Path::plain);
  const auto root = file.openGroup("/");
  const auto network = recorded_network(file.openGroup("sites"), false, 32);
  load_recorded(*network, file.openGroup("weights"), path);
  const auto codes = golden::read(root, "batch_codes"),
             target = golden::read(root, "batch_target").to(torch::kInt64);
  search::Evaluator evaluator(*network);
  // One flipped code among the 64 images moves the mean entropy of a batch by up to a hundredth of it.
  constexpr double kFlippedEntropy = 2e-2;
  const double allowed = flip_allowance(path) == 1 ? 1e-4 : kFlippedEntropy;
  const double allowed_images = flip_allowance(path) == 1 ? 1 : 2;
  std::map<std::string, std::vector<search::Score>> measured;
  for (const auto& name : golden::groups(root, "limit")) {
    const auto group = root.openGroup(name);
    const auto before = golden::read(group, "before"), batch = golden::read(group, "batch"),
               phase = golden::read(group, "phase");
    const auto error = golden::read(group, "err"), entropy = golden::read(group, "ce");
    for (std::int64_t it = 0; it < before.size(0); ++it) {
      const auto base = policy_of(before[it]);
      const auto b = batch[it].item<std::int64_t>();
      evaluator.set_images(images_of(codes[b], torch::kFloat32, path), target[b]);
      std::vector<search::Neighbour> neighbours;
      std::vector<std::int64_t> columns;
      for (std::int64_t m = 0; m < error.size(1); ++m) {
        if (!std::isfinite(error[it][m].item<double>())) continue;
        auto policy = base;
        auto& bits = policy[static_cast<std::size_t>(m / 2)];
        (phase[it].item<double>() != 0 ? bits.act : bits.weight) += m % 2 ? 1 : -1;
        neighbours.push_back({static_cast<std::size_t>(m / 2), policy});
        columns.push_back(m);
      }
      const auto state =
          quant::to_json(base).dump() + std::to_string(b) + std::to_string(phase[it].item<double>());
      if (!measured.contains(state)) measured[state] = evaluator.score_neighbours(base, neighbours);
      const auto& scores = measured[state];
      for (std::size_t i = 0; i < scores.size(); ++i) {
        const double e = error[it][columns[i]].item<double>(), ce = entropy[it][columns[i]].item<double>();
        EXPECT_NEAR(scores[i].error, e, allowed_images / 64 + 1e-9)
            << name << " iteration " << it << " move " << columns[i];
        EXPECT_NEAR(scores[i].cross_entropy, ce, allowed * ce)
            << name << " iteration " << it << " move " << columns[i];
      }
    }
  }
}

// The search as a faithful deployment runs it, on the recorded batches. A step of the error is an image of 64: where
// the best and the second move are no further apart than one flipped image, another may win, and the walks part.
TEST(GoldenSearch, golden_whole_searches_choose_the_recorded_moves) {
  MPQ_RECORDING(file, "f_search.h5");
  const quant::ComposedScope composed(true);
  const auto root = file.openGroup("/");
  const auto codes = golden::read(root, "batch_codes"),
             target = golden::read(root, "batch_target").to(torch::kInt64);
  std::int64_t compared = 0, recorded = 0;
  for (const auto& name : golden::groups(root, "limit")) {
    const auto group = root.openGroup(name);
    if (golden::number(group, "fresh_batches") == 0) continue;  // cycles until its cap
    const auto network = recorded_network(file.openGroup("sites"), false, 32);
    load_recorded(*network, file.openGroup("weights"), Path::plain);
    network->set_current_lists(lists_of(golden::read(root, "candidates")));
    search::SupernetSearchOptions how;
    how.greedy.faithful = true;
    how.greedy.start_bits = static_cast<int>(golden::number(group, "start_bits"));
    how.greedy.weight_target = static_cast<int>(golden::number(group, "weight_target_bits"));
    how.greedy.accuracy_scale = golden::number(group, "acc_scale"),
    how.greedy.slack = golden::number(group, "sc");
    how.greedy.max_iterations = static_cast<std::int64_t>(golden::number(group, "iterations"));
    std::int64_t drawn = 0;
    const search::SearchImages images{
        codes.size(1), [&](const auto&) {
          const auto b = drawn++ % codes.size(0);
          return training::Batch{images_of(codes[b], torch::kFloat32, Path::plain), target[b], {}};
        }};
    quant::Budget budget;
    budget.bitops = std::llround(golden::number(group, "limit_bitops_g") * kGiga);
    const auto found = search::search_supernet(*network, images, budget, {6, 5, 4, 3, 2}, how);

    const auto chosen = golden::read(group, "chosen"), best = golden::read(group, "best"),
               second = golden::read(group, "second"), error = golden::read(group, "err");
    const auto ours = found.trace.at("chosen");
    recorded += chosen.size(0);
    std::int64_t it = 0;
    bool parted = false;
    for (; it < std::min(chosen.size(0), ours.size(0)); ++it, ++compared) {
      if (ours[it].item<int>() == chosen[it].item<int>()) continue;
      const auto largest = error[it].masked_select(error[it].isfinite()).max().item<double>();
      EXPECT_LE((second[it] - best[it]).item<double>(), 2 * 1.5 / 64 / largest)
          << name << " iteration " << it;
      parted = true;
      break;
    }
    if (parted) continue;
    EXPECT_EQ(ours.size(0), chosen.size(0)) << name << " ends elsewhere";
    EXPECT_EQ(found.policy, policy_of(golden::read(group, "final_policy"))) << name;
  }
  EXPECT_GT(2 * compared, recorded) << "of the recorded moves";
}

TEST(GoldenSearch, golden_tables_composed_of_aten_operators) { measure_tables(Path::plain); }
TEST(GoldenSearch, golden_tables_fused) { measure_tables(Path::fused); }

}  // namespace
}  // namespace mpq::testing
