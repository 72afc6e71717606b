#include "datasets/cifar.h"

namespace mpq::datasets {

CifarFormat cifar100_format() {
  return {"CIFAR-100", "cifar-100-binary.tar.gz", {{"coarse label", 20}, {"fine label", 100}}};
}

MPQ_REGISTER_DATASET(cifar100) {
  registry.add(cifar_entry(
      {
          .name = "cifar100",
          .title = "CIFAR-100 (fine labels)",
          .citation = "Krizhevsky, Learning Multiple Layers of Features from Tiny Images, 2009",
          .revision = 1,
          .classes = 100,
          .height = 32,
          .width = 32,
          .mean = {0.5071F, 0.4865F, 0.4409F},
          .std = {0.2673F, 0.2564F, 0.2762F},
          .train_count = 50000,
          .test_count = 10000,
          .search_count = 2500,
          .calib_count = 2048,
          .folder = "cifar-100-binary",
          .options = {},
      },
      cifar100_format(), {"train.bin"}, "test.bin"));
}

}  // namespace mpq::datasets
