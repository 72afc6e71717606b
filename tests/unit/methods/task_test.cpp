// What a task hands to a method.

#include "methods/task.h"

#include <gtest/gtest.h>

#include <numeric>

#include "datasets/registry.h"
#include "training/batches.h"

namespace mpq::methods {
namespace {

// Networks are trained on augmented images: statistics taken from others would be those of other pictures.
TEST(Task, GivesImagesForBatchStatisticsAsTrainingSeesThem) {
  const auto& entry = datasets::registry().find("synthetic", "test");
  const auto dataset = entry.open(Json::object(), "");
  TaskParts parts;
  parts.dataset = &dataset;
  parts.loader_threads = 3;
  Task task(std::move(parts));
  const auto expect_augmented = [&](const torch::Tensor& images, datasets::Split split) {
    EXPECT_TRUE(
        torch::equal(images, training::load_all_augmented(dataset.split(split), dataset.info()).images));
    EXPECT_FALSE(torch::equal(images, training::load_all(dataset.split(split), dataset.info()).images));
  };
  expect_augmented(task.calib_images(), datasets::Split::calib);
  std::vector<std::int32_t> places(static_cast<std::size_t>(task.search_split().count()));
  std::iota(places.begin(), places.end(), 0);
  const auto all = task.search_images(places).images;
  expect_augmented(all, datasets::Split::search);
  const auto some = task.search_images({5, 2});
  EXPECT_TRUE(torch::equal(some.images, all.index_select(0, torch::tensor({5, 2})))) << "always alike";
  EXPECT_EQ(some.labels[1].item<std::int64_t>(),
            task.search_split().images->label(task.search_split().indices[2]));
  auto first = dataset.split(datasets::Split::train);
  first.indices.resize(70);
  EXPECT_TRUE(torch::equal(task.train_images(70).images, training::load_all(first, dataset.info()).images));
}

}  // namespace
}  // namespace mpq::methods
