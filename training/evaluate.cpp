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
  Predictions all;
  Progress progress(sink, "evaluate", static_cast<double>(view.count()), "image");
  while (const auto batch = batches.next()) {
    throw_if_stopped();
    const auto probabilities = at::softmax(network.forward(batch->images), 1);
    const auto best =
        std::get<1>(probabilities.topk(std::min<std::int64_t>(5, info.classes), 1)).to(torch::kInt32);
    for (std::int64_t i = 0; i < batch->labels.size(0); ++i) {
      const auto label = batch->labels[i].item<std::int64_t>();
      all.image_index.push_back(batch->indices[i].item<std::int64_t>());
      all.label.push_back(static_cast<std::int32_t>(label));
      all.true_probability.push_back(probabilities[i][label].item<float>());
      for (std::int64_t k = 0; k < 5; ++k)
        all.top5.push_back(k < best.size(1) ? best[i][k].item<std::int32_t>() : -1);
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
