#include "models/checkpoint.h"

#include <algorithm>
#include <array>

#include "core/error.h"
#include "models/checkpoint_contents.h"

namespace mpq::models {
namespace {

using checkpoint::ByteSource;
using checkpoint::Contents;
using checkpoint::refuse;
using checkpoint::shown;
using checkpoint::Slices;

constexpr std::array<std::string_view, 7> kUsualNames{"state_dict", "model_state_dict", "model", "net",
                                                      "network",    "weights",          "params"};
constexpr std::array<std::string_view, 5> kAverageNames{"ema", "state_dict_ema", "ema_state_dict",
                                                        "model_ema", "model_ema_state_dict"};

enum class Layout { safetensors, zip, legacy };

/// Says what else a file is that people take for a checkpoint.
[[noreturn]] void refuse_unknown(const ByteSource& source) {
  const auto begin = source.text(0, static_cast<std::size_t>(std::min<std::uint64_t>(source.size(), 512)));
  const std::string expected = "a .safetensors file, or a checkpoint of torch.save";
  if (begin.empty()) refuse("the file is empty", source.name(), expected);
  if (begin.starts_with("version https://git-lfs"))
    refuse("the file is a Git LFS pointer, not the checkpoint itself", source.name(), expected,
           "run git lfs pull where it came from");
  if (begin.size() > 262 && begin.compare(257, 5, "ustar") == 0)
    refuse("the file is a tar archive: the layout of PyTorch before 0.2 is not supported", source.name(),
           expected, "load it with an old PyTorch and save it again");
  const auto text = begin.substr(std::min(begin.find_first_not_of(" \t\r\n"), begin.size()));
  if (text.starts_with("<"))
    refuse("the file is a web page that begins " + shown(text.substr(0, 60)), source.name(), expected,
           "the download went wrong: get the file itself");
  refuse("the file is no checkpoint; it begins " + shown(begin.substr(0, 16)), source.name(), expected);
}

Layout layout_of(const ByteSource& source) {
  const auto begin = source.text(0, static_cast<std::size_t>(std::min<std::uint64_t>(source.size(), 9)));
  const bool named_safetensors = source.name().ends_with(".safetensors");
  // Looked at first: the length of a header may begin with the bytes of a pickle or a zip archive.
  if (begin.size() == 9 && begin[8] == '{') return Layout::safetensors;
  const bool zip = begin.starts_with("PK\3\4") || begin.starts_with("PK\5\6");
  const bool pickle = begin.starts_with("\x80");
  if (named_safetensors && (zip || pickle) && begin.size() == 9)
    refuse("the file is named .safetensors and is a PyTorch checkpoint", source.name(), "a safetensors file",
           "whoever takes it for one expects no pickle; rename it to .pth if you trust its source");
  if (named_safetensors) return Layout::safetensors;
  if (zip) return Layout::zip;
  if (pickle) return Layout::legacy;
  refuse_unknown(source);
}

Contents read_contents(const ByteSource& source, const ReadLimits& limits) {
  switch (layout_of(source)) {
    case Layout::safetensors:
      return read_safetensors_contents(source, limits);
    case Layout::zip:
      return find_dictionaries(read_zip(source, limits), limits, source.name());
    case Layout::legacy:
      return find_dictionaries(read_legacy(source, limits), limits, source.name());
  }
  refuse_unknown(source);
}

const Slices* find(const Contents& contents, std::string_view name) {
  for (const auto& [candidate, slices] : contents.dictionaries)
    if (candidate == name) return &slices;
  return nullptr;
}

const Slices& choose(const Contents& contents, const std::string& wanted, const std::string& where) {
  if (!wanted.empty()) {
    if (const auto* found = find(contents, wanted)) return *found;
    for (const auto name : kAverageNames)
      if (const auto* found = find(contents, name); found != nullptr && wanted == kAverageNames[0])
        return *found;
  } else {
    if (contents.dictionaries.size() == 1) return contents.dictionaries[0].second;
    for (const auto name : kUsualNames)
      if (const auto* found = find(contents, name)) return *found;
  }
  std::vector<std::string> names, listed;
  for (const auto& [name, slices] : contents.dictionaries) {
    names.push_back(name);
    listed.push_back(shown(name));
  }
  const auto near = nearest(wanted, names);
  refuse(wanted.empty() ? "the checkpoint has several weight dictionaries"
                        : "the checkpoint has no weight dictionary " + shown(wanted),
         where, "one of: " + join(listed),
         near.empty() ? "name one of them" : "did you mean " + shown(near) + "?");
}

void strip_prefix(StateDict& tensors) {
  constexpr std::string_view kPrefix = "module.";
  const bool all = std::all_of(tensors.begin(), tensors.end(),
                               [&](const auto& entry) { return entry.first.starts_with(kPrefix); });
  if (!all) return;
  for (auto& entry : tensors) entry.first.erase(0, kPrefix.size());
}

Checkpoint read(const ByteSource& source, const ReadOptions& options) {
  auto contents = read_contents(source, options.limits);
  auto bytes_left = checkpoint::most_tensor_bytes(source);
  Checkpoint result{make_tensors(source, choose(contents, options.dictionary, source.name()), bytes_left),
                    std::move(contents.metadata)};
  if (options.strip_module_prefix) strip_prefix(result.tensors);
  return result;
}

}  // namespace

Checkpoint read_checkpoint(const std::string& path, const ReadOptions& options) {
  return read(ByteSource(path), options);
}

Checkpoint read_checkpoint_bytes(std::string_view bytes, const std::string& name,
                                 const ReadOptions& options) {
  return read(ByteSource(bytes, name), options);
}

std::map<std::string, StateDict> read_weight_dictionaries(const std::string& path,
                                                          const ReadOptions& options) {
  const ByteSource source(path);
  const auto contents = read_contents(source, options.limits);
  auto bytes_left = checkpoint::most_tensor_bytes(source);
  std::map<std::string, StateDict> all;
  for (const auto& [name, slices] : contents.dictionaries)
    all[name] = make_tensors(source, slices, bytes_left);
  return all;
}

}  // namespace mpq::models
