#include "training/evaluate.h"

#include <algorithm>

#include "core/stop.h"

namespace mpq::training {

Predictions predict(models::Network& network, const datasets::SplitView& view,
                    const datasets::DatasetInfo& info, int loader_threads, const ProgressSink& sink) {
  const torch::NoGradGuard no_grad;
  network.set_norm_use(quant::NormUse::stored);
  datasets::LoaderOptions options;
  options.batch = 256;
  options.threads = loader_threads;
  Batches batches(view, info, options);
  batches.start(0);
  const auto ranks = std::min<std::int64_t>(5, info.classes);
  Predictions all;
  Progress progress(sink, "evaluate", static_cast<double>(view.count()), "image");
  while (const auto batch = batches.next()) {
    throw_if_stopped();
    // Ranked by logits: probabilities of distant classes are all zero.
    const auto logits = network.forward(batch->images);
    const auto best = std::get<1>(logits.topk(ranks, 1)).to(torch::kInt32).contiguous();
    const auto truth =
        at::softmax(logits, 1).gather(1, batch->labels.unsqueeze(1)).to(torch::kFloat32).contiguous();
    const auto* label = batch->labels.data_ptr<std::int64_t>();
    const auto* index = batch->indices.data_ptr<std::int64_t>();
    for (std::int64_t i = 0; i < batch->labels.size(0); ++i) {
      all.image_index.push_back(index[i]);
      all.label.push_back(static_cast<std::int32_t>(label[i]));
      all.true_probability.push_back(truth.data_ptr<float>()[i]);
      const auto* first = best.data_ptr<std::int32_t>() + i * ranks;
      all.top5.insert(all.top5.end(), first, first + ranks);
      all.top5.insert(all.top5.end(), static_cast<std::size_t>(5 - ranks), -1);
    }
    progress.update(static_cast<double>(all.label.size()));
  }
  return all;
}

void recalibrate(models::Network& network, const torch::Tensor& images, std::int64_t batch) {
  const torch::NoGradGuard no_grad;
  network.reset_norm_statistics(/*all=*/false);
  network.set_norm_use(quant::NormUse::recalibrate);
  for (std::int64_t begin = 0; begin < images.size(0); begin += batch) {
    throw_if_stopped();
    network.forward(images.slice(0, begin, std::min(begin + batch, images.size(0))));
  }
  network.set_norm_use(quant::NormUse::stored);
}

}  // namespace mpq::training
