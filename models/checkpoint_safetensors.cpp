// safetensors: the header's length (uint64), the header (a JSON object), the data. Every byte of the data
// belongs to exactly one tensor.
#include <algorithm>
#include <optional>
#include <unordered_set>

#include "models/checkpoint_contents.h"

namespace mpq::models::checkpoint {
namespace {

constexpr std::string_view kMetadata = "__metadata__";

struct Entry {
  std::string name;
  std::optional<std::string> dtype;
  std::optional<std::vector<std::uint64_t>> shape, offsets;
};

/// Reads the header event by event: no tree is built, so depth and repeated names cannot hide.
class HeaderReader : public nlohmann::json_sax<Json> {
 public:
  HeaderReader(std::string where, const ReadLimits& limits) : where_(std::move(where)), limits_(limits) {}

  bool null() override { return wrong("null"); }
  bool boolean(bool) override { return wrong("a boolean"); }
  bool number_integer(number_integer_t number) override { return wrong(std::to_string(number)); }
  bool number_float(number_float_t, const string_t& text) override {
    return wrong("the number " + shown(text));
  }
  bool binary(binary_t&) override { return wrong("binary data"); }
  bool number_unsigned(number_unsigned_t number) override {
    if (state_ != State::numbers) return wrong(std::to_string(number));
    if (numbers_.size() >= kMaxRank)
      return wrong("a list of more than " + std::to_string(kMaxRank) + " numbers");
    numbers_.push_back(number);
    return true;
  }
  bool string(string_t& text) override {
    if (state_ == State::metadata) {
      metadata[field_] = text;
    } else if (state_ == State::tensor && field_ == "dtype") {
      entries.back().dtype = text;
    } else {
      return wrong("the string " + shown(text));
    }
    return true;
  }
  bool start_object(std::size_t) override {
    if (state_ == State::outside) {
      state_ = State::top;
    } else if (state_ == State::top && field_ == kMetadata) {
      state_ = State::metadata;
    } else if (state_ == State::top) {
      if (entries.size() >= limits_.tensors)
        fail("more than " + std::to_string(limits_.tensors) + " tensors", "fewer");
      entries.push_back({field_, {}, {}, {}});
      state_ = State::tensor;
    } else {
      return wrong("an object");
    }
    fields_.clear();
    return true;
  }
  bool key(string_t& name) override {
    auto& seen = state_ == State::top ? names_ : fields_;
    if (!seen.insert(name).second) fail(shown(name) + " is given twice", "different names");
    // An entry of a few bytes takes a few hundred in memory, as a tensor's does.
    if (state_ == State::metadata && seen.size() > limits_.tensors)
      fail("more than " + std::to_string(limits_.tensors) + " entries of __metadata__", "fewer");
    const bool known = name == "dtype" || name == "shape" || name == "data_offsets";
    if (state_ == State::tensor && !known) fail("unknown field " + shown(name), "dtype, shape, data_offsets");
    field_ = name;
    return true;
  }
  bool end_object() override {
    if (state_ == State::tensor) {
      const auto& entry = entries.back();
      if (!entry.dtype || !entry.shape || !entry.offsets) {
        field_ = entry.name;
        fail("a field of the tensor is missing", "dtype, shape and data_offsets");
      }
    }
    state_ = state_ == State::top ? State::outside : State::top;
    return true;
  }
  bool start_array(std::size_t) override {
    if (state_ != State::tensor || field_ == "dtype") return wrong("a list");
    state_ = State::numbers;
    numbers_.clear();
    return true;
  }
  bool end_array() override {
    state_ = State::tensor;
    (field_ == "shape" ? entries.back().shape : entries.back().offsets) = numbers_;
    return true;
  }
  bool parse_error(std::size_t position, const std::string&, const nlohmann::detail::exception&) override {
    fail("the header is not valid JSON at its byte " + std::to_string(position), "a JSON object in UTF-8");
  }

  std::vector<Entry> entries;
  Json metadata = Json::object();

 private:
  enum class State { outside, top, metadata, tensor, numbers };

  [[noreturn]] void fail(const std::string& what, const std::string& expected) const {
    refuse(what, place(), expected);
  }
  [[noreturn]] bool wrong(const std::string& found) const {
    fail("the header has " + found + " in the wrong place",
         "for each tensor a dtype (string), a shape and two data_offsets (whole numbers); in __metadata__ "
         "strings");
  }
  std::string place() const {
    if (state_ == State::outside || state_ == State::top)
      return where_ + (field_.empty() ? "" : ", at " + shown(field_));
    if (state_ == State::metadata) return where_ + ", __metadata__ " + shown(field_);
    return where_ + ", tensor " + shown(entries.back().name) + ", " + shown(field_);
  }

  std::string where_;
  const ReadLimits& limits_;
  State state_ = State::outside;
  std::string field_;
  std::unordered_set<std::string> names_, fields_;
  std::vector<std::uint64_t> numbers_;
};

std::string read_header(const ByteSource& source, const ReadLimits& limits) {
  constexpr std::uint64_t kLengthBytes = 8;
  if (source.size() < kLengthBytes)
    refuse("the file has " + std::to_string(source.size()) + " bytes", source.name(),
           "a safetensors file: 8 bytes of length, then its header");
  const auto length = source.number<std::uint64_t>(0);
  if (length > limits.header_bytes || length > source.size() - kLengthBytes)
    refuse("the header is said to have " + std::to_string(length) + " bytes, " +
               std::to_string(source.size() - kLengthBytes) + " are left",
           source.name(),
           "a header inside the file, of at most " + std::to_string(limits.header_bytes) + " bytes");
  auto header = source.text(kLengthBytes, static_cast<std::size_t>(length));
  if (header.empty() || header.front() != '{')
    refuse("the header does not begin with {", source.name(), "a JSON object");
  return header;
}

torch::ScalarType type_of(const Entry& entry, const std::string& where) {
  if (const auto type = safetensors_type(*entry.dtype)) return *type;
  const bool newer = is_newer_safetensors_type(*entry.dtype);
  refuse("the dtype " + shown(*entry.dtype) + (newer ? " is not supported here" : " is unknown"), where,
         "F64, F32, F16, BF16, I64, I32, I16, I8, U8 or BOOL",
         newer ? "save the tensor in a wider type, e.g. float16" : kGetAgain);
}

/// The slice of an entry, whose offsets count from `data_begin`; `data_bytes` are there.
Slice slice_of(const Entry& entry, std::uint64_t data_begin, std::uint64_t data_bytes,
               const std::string& where) {
  Slice slice{type_of(entry, where), {}, {}, data_begin};
  for (const auto size : *entry.shape) {
    if (size >> 63 != 0) refuse("a size of " + std::to_string(size), where, "sizes below 2^63");
    slice.sizes.push_back(static_cast<std::int64_t>(size));
  }
  const auto& offsets = *entry.offsets;
  if (offsets.size() != 2 || offsets[0] > offsets[1] || offsets[1] > data_bytes)
    refuse("the data_offsets are " + shape_text(offsets), where,
           "begin and end within the " + std::to_string(data_bytes) + " bytes of data");
  const auto count = element_count(slice.sizes, slice.type);
  if (!count || static_cast<std::uint64_t>(*count * element_bytes(slice.type)) != offsets[1] - offsets[0])
    refuse("the shape " + shape_text(slice.sizes) + " does not fit its " +
               std::to_string(offsets[1] - offsets[0]) + " bytes",
           where, "as many bytes as the shape's elements need");
  slice.strides = contiguous_strides(slice.sizes);
  slice.begin += offsets[0];
  return slice;
}

void check_coverage(const std::vector<Entry>& entries, std::uint64_t data_bytes, const std::string& where) {
  std::vector<std::pair<std::uint64_t, std::uint64_t>> ranges;
  for (const auto& entry : entries) ranges.emplace_back(entry.offsets->at(0), entry.offsets->at(1));
  std::sort(ranges.begin(), ranges.end());
  std::uint64_t covered = 0;
  for (const auto& [begin, end] : ranges) {
    if (begin != covered)
      refuse(begin < covered ? "tensors overlap at byte " + std::to_string(begin) + " of the data"
                             : "bytes " + std::to_string(covered) + " to " + std::to_string(begin) +
                                   " of the data belong to no tensor",
             where, "every byte in exactly one tensor");
    covered = end;
  }
  if (covered != data_bytes)
    refuse(std::to_string(data_bytes - covered) + " bytes after the last tensor", where,
           "the end of the file");
}

}  // namespace

Contents read_safetensors_contents(const ByteSource& source, const ReadLimits& limits) {
  const auto header = read_header(source, limits);
  HeaderReader reader(source.name() + ", header", limits);
  Json::sax_parse(header, &reader);
  const auto data_begin = 8 + header.size();
  const auto data_bytes = source.size() - data_begin;
  Slices slices;
  for (const auto& entry : reader.entries)
    slices.emplace_back(
        entry.name, slice_of(entry, data_begin, data_bytes, source.name() + ", tensor " + shown(entry.name)));
  check_coverage(reader.entries, data_bytes, source.name());
  Contents contents;
  contents.dictionaries.emplace_back("state_dict", std::move(slices));
  contents.metadata = std::move(reader.metadata);
  return contents;
}

}  // namespace mpq::models::checkpoint
