#include <algorithm>
#include <cstdint>
#include <numeric>
#include <set>
#include <string>

#include "core/error.h"
#include "core/file.h"
#include "models/checkpoint.h"
#include "models/checkpoint_source.h"
#include "models/checkpoint_types.h"

namespace mpq::models {
namespace {

namespace format = checkpoint;

/// Strings as they are, everything else as its JSON text: the format has only strings there.
Json text_metadata(const Json& metadata) {
  require(metadata.is_object(), "the metadata of a safetensors file are no object");
  Json texts = Json::object();
  for (const auto& [key, value] : metadata.items())
    texts[key] = value.is_string() ? value : Json(value.dump());
  return texts;
}

void check_names(const StateDict& tensors) {
  std::set<std::string_view> names;
  for (const auto& [name, tensor] : tensors) {
    const bool good = names.insert(name).second && name != "__metadata__" && format::valid_utf8(name);
    require(good, "a tensor to be written has a name that safetensors cannot hold: " + format::shown(name));
    require(tensor.defined() && !format::safetensors_name(tensor.scalar_type()).empty(),
            "a tensor to be written has a type that safetensors cannot hold: " + format::shown(name));
  }
}

std::size_t bytes_of(const torch::Tensor& tensor) {
  return static_cast<std::size_t>(tensor.numel() * format::element_bytes(tensor.scalar_type()));
}

/// Indices of the tensors in the order of their data: widest elements first, then as given.
std::vector<std::size_t> data_order(const StateDict& tensors) {
  std::vector<std::size_t> order(tensors.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return format::element_bytes(tensors[a].second.scalar_type()) >
           format::element_bytes(tensors[b].second.scalar_type());
  });
  return order;
}

/// The header as text, in the order of `tensors`, padded to 8 bytes so that the data are aligned.
std::string header_text(const StateDict& tensors, const std::vector<std::size_t>& begin,
                        const Json& metadata) {
  std::string header = "{";
  if (!metadata.is_null()) header += "\"__metadata__\":" + text_metadata(metadata).dump() + ",";
  for (std::size_t i = 0; i < tensors.size(); ++i) {
    const auto& [name, tensor] = tensors[i];
    const Json entry{{"dtype", std::string(format::safetensors_name(tensor.scalar_type()))},
                     {"shape", tensor.sizes().vec()},
                     {"data_offsets", {begin[i], begin[i] + bytes_of(tensor)}}};
    header += Json(name).dump() + ":" + entry.dump() + ",";
  }
  if (header.back() == ',') header.pop_back();
  header += "}";
  header.resize((header.size() + 7) / 8 * 8, ' ');
  return header;
}

}  // namespace

void write_safetensors(const std::string& path, const StateDict& tensors, const Json& metadata) {
  check_names(tensors);
  const auto order = data_order(tensors);
  std::vector<std::size_t> begin(tensors.size());
  std::size_t data_bytes = 0;
  for (const auto index : order) {
    begin[index] = data_bytes;
    data_bytes += bytes_of(tensors[index].second);
  }
  const auto header = header_text(tensors, begin, metadata);
  const auto length = static_cast<std::uint64_t>(header.size());
  // Tensor by tensor: a copy of everything in memory would be the peak of a run.
  write_whole(path, [&](FileWriter& file) {
    file.append({reinterpret_cast<const char*>(&length), sizeof length});
    file.append(header);
    for (const auto index : order) {
      const auto dense = tensors[index].second.detach().to(torch::kCPU).contiguous();
      file.append({static_cast<const char*>(dense.data_ptr()), bytes_of(dense)});
    }
  });
}

}  // namespace mpq::models
