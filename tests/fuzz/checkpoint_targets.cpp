// The readers of checkpoints: one function that looks at the content, begun from three layouts.

#include "core/file.h"
#include "models/checkpoint.h"
#include "tests/fuzz/target.h"
#include "tests/support/temp_folder.h"
#include "tests/unit/models_checkpoint/zip_writer.h"

namespace mpq::fuzz {
namespace {

using testing::dict;
using testing::TensorText;
using testing::text;

void read(std::string_view bytes) {
  const auto found = models::read_checkpoint_bytes(bytes, "fuzzed");
  for (const auto& [name, tensor] : found.tensors)  // every value must be there
    if (tensor.numel() > 0) tensor.to(torch::kFloat64).sum().item<double>();
}

std::vector<std::string> safetensors() {
  const testing::TempFolder place;
  const auto path = place / "seed.safetensors";
  models::write_safetensors(path,
                            {{"w", torch::arange(6, torch::kFloat32).view({2, 3})},
                             {"n", torch::tensor({7}, torch::kInt64)},
                             {"h", torch::ones({2}, torch::kHalf)}},
                            {{"study", "seed"}});
  return {read_file(path)};
}

std::string object(const TensorText& tensor) {
  return dict(text("epoch") + testing::whole(3) + text("state_dict") + dict(text("module.w") + tensor.str()));
}

std::vector<std::string> pickle() { return {testing::LegacyFile{object({})}.str()}; }

std::vector<std::string> zip() {
  auto plain = testing::ZipFile::checkpoint(object({.view = ""})), as_pytorch = plain;
  as_pytorch.sizes_follow = as_pytorch.wide_end = true;
  as_pytorch.padding = std::string(20, 'Z');
  return {plain.str(), as_pytorch.str()};
}

}  // namespace

std::vector<Target> checkpoint_targets() {
  return {{"safetensors", read, safetensors, {"safetensors"}},
          {"pickle", read, pickle, {"checkpoint"}},
          {"zip", read, zip, {"checkpoint"}}};
}

}  // namespace mpq::fuzz
