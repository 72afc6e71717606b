#include "harness/policy_file.h"

#include <algorithm>

#include "core/error.h"
#include "core/file.h"
#include "core/json.h"

namespace mpq::harness {
namespace {

constexpr std::size_t kMaxBytes = std::size_t{1} << 20;
constexpr std::size_t kMaxName = 200;
constexpr int kVersion = 1;

[[noreturn]] void refuse(const std::string& path, const std::string& what, const std::string& expected) {
  throw_input({what, path, expected, "write the file as `mpq export CASE --policy FILE` does"});
}

std::vector<int> widths(const Json& file, const std::string& key, const std::string& path) {
  const auto given = file.value(key, Json());
  const auto good = [](const Json& bits) {
    return bits.is_number_integer() && bits.get<std::int64_t>() >= 2 && bits.get<std::int64_t>() <= 8;
  };
  if (!given.is_array() || given.empty() || !std::all_of(given.begin(), given.end(), good))
    refuse(path, "'" + key + "' is no list of widths", "a list of whole numbers from 2 to 8, one a site");
  return given.get<std::vector<int>>();
}

// Names stand in messages, so they are such as a terminal shows.
bool is_name(const Json& item) {
  if (!item.is_string()) return false;
  const auto& text = item.get_ref<const std::string&>();
  return !text.empty() && text.size() <= kMaxName &&
         std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c <= '~'; });
}

}  // namespace

PolicyFile read_policy_file(const std::string& path) {
  return parse_policy(read_file(path, kMaxBytes), path);
}

PolicyFile parse_policy(const std::string& text, const std::string& path) {
  const auto file = parse_json(text, path);
  if (!file.is_object() || file.value("format", Json()) != "mpq-policy")
    refuse(path, "this is no policy", "an object with \"format\": \"mpq-policy\"");
  if (file.value("version", Json()) != kVersion)
    refuse(path, "the policy has version " + file.value("version", Json()).dump(), "\"version\": 1");
  PolicyFile policy{"", {}, widths(file, "weight_bits", path), widths(file, "act_bits", path)};
  if (policy.weight_bits.size() != policy.act_bits.size())
    refuse(path,
           "there are " + std::to_string(policy.weight_bits.size()) + " weight widths and " +
               std::to_string(policy.act_bits.size()) + " activation widths",
           "as many of one as of the other");
  if (const auto network = file.value("network", Json()); is_name(network)) policy.network = network;
  const auto sites = file.value("sites", Json());
  if (sites.is_null()) return policy;
  if (!sites.is_array() || sites.size() != policy.act_bits.size() ||
      !std::all_of(sites.begin(), sites.end(), is_name))
    refuse(path, "'sites' does not fit the widths", "a list of as many names, of letters, digits and marks");
  policy.sites = sites.get<std::vector<std::string>>();
  return policy;
}

}  // namespace mpq::harness
