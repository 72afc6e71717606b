#include "datasets/cifar.h"

namespace mpq::datasets {

CifarFormat cifar10_format() { return {"CIFAR-10", "cifar-10-binary.tar.gz", {{"label", 10}}}; }

// The published CIFAR-10 networks were trained with ImageNet's channel statistics, so these are used.
MPQ_REGISTER_DATASET(cifar10) {
  registry.add(cifar_entry(
      {
          .name = "cifar10",
          .title = "CIFAR-10",
          .citation = "Krizhevsky, Learning Multiple Layers of Features from Tiny Images, 2009",
          .revision = 1,
          .classes = 10,
          .height = 32,
          .width = 32,
          .mean = {0.485F, 0.456F, 0.406F},
          .std = {0.229F, 0.224F, 0.225F},
          .train_count = 50000,
          .test_count = 10000,
          .search_count = 2500,
          .calib_count = 2048,
          .folder = "cifar-10-batches-bin",
          .options = {},
      },
      cifar10_format(),
      {"data_batch_1.bin", "data_batch_2.bin", "data_batch_3.bin", "data_batch_4.bin", "data_batch_5.bin"},
      "test_batch.bin"));
}

}  // namespace mpq::datasets
