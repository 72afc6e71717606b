#include "training/batches.h"

#include <algorithm>

namespace mpq::training {

namespace {
constexpr int kSlots = 4;  // one in use, the others being filled

Batch make_slot(std::int64_t batch, const datasets::DatasetInfo& info) {
  return {torch::empty({batch, info.channels, info.height, info.width}, at::MemoryFormat::ChannelsLast),
          torch::empty({batch}, torch::kInt64), torch::empty({batch}, torch::kInt64)};
}

// Straight into their place: ImageNet's search split takes 6 GB, and joining copies would take them twice.
Batch copies_of(const datasets::SplitView& view, const datasets::DatasetInfo& info,
                datasets::LoaderOptions options) {
  options.batch = std::min<std::int64_t>(256, std::max<std::int64_t>(1, view.count()));
  Batches batches(view, info, options);
  batches.start(0);
  auto all = make_slot(view.count(), info);
  std::int64_t copied = 0;
  while (const auto batch = batches.next()) {
    const auto end = copied + batch->labels.size(0);
    all.images.slice(0, copied, end).copy_(batch->images);
    all.labels.slice(0, copied, end).copy_(batch->labels);
    all.indices.slice(0, copied, end).copy_(batch->indices);
    copied = end;
  }
  return all;
}
}  // namespace

Batches::Batches(datasets::SplitView view, const datasets::DatasetInfo& info,
                 datasets::LoaderOptions options) {
  std::vector<datasets::BatchMemory> memory;
  for (int i = 0; i < kSlots; ++i) {
    slots_.push_back(make_slot(options.batch, info));
    const auto& slot = slots_.back();
    memory.push_back({slot.images.data_ptr<float>(), slot.labels.data_ptr<std::int64_t>(),
                      slot.indices.data_ptr<std::int64_t>()});
  }
  loader_ = std::make_unique<datasets::Loader>(std::move(view), info, options, std::move(memory));
}

std::optional<Batch> Batches::next() {
  const auto ready = loader_->next();
  if (ready.count == 0) return std::nullopt;
  const auto& slot = slots_[ready.slot];
  return Batch{slot.images.slice(0, 0, ready.count), slot.labels.slice(0, 0, ready.count),
               slot.indices.slice(0, 0, ready.count)};
}

Batch load_all(const datasets::SplitView& view, const datasets::DatasetInfo& info, int threads) {
  return copies_of(view, info, {.threads = threads});
}

Batch load_all_augmented(const datasets::SplitView& view, const datasets::DatasetInfo& info, int threads) {
  return copies_of(view, info, {.augment = info.crop_and_flip, .threads = threads});
}

}  // namespace mpq::training
