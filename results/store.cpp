#include "results/store.h"

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <string_view>

#include "core/error.h"
#include "core/hash.h"
#include "results/facts.h"

namespace fs = std::filesystem;

namespace mpq::results {
namespace {

constexpr std::string_view kMagic = "mpq store ";

bool is_key(std::string_view text) {
  return text.size() == 64 && text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

bool is_study_name(std::string_view text) {
  constexpr std::string_view kAllowed = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";
  return !text.empty() && text.size() <= 100 && text.front() != '.' &&
         text.find_first_not_of(kAllowed) == std::string_view::npos;
}

// Hidden files, a file system's own folder and a store being made by another process do not count.
bool is_foreign(const fs::path& path) {
  const auto name = path.filename().string();
  return !name.starts_with(".") && !name.starts_with("format") && name != "lost+found";
}

void check_format(const std::string& path) {
  const auto text = read_file(path, 1024);
  int format = 0;
  if (text.starts_with(kMagic))
    std::from_chars(text.data() + kMagic.size(), text.data() + text.size(), format);
  if (format > kStoreFormat)
    throw_environment({"the store has format " + std::to_string(format) + ", written by a newer mpq", path,
                       "format " + std::to_string(kStoreFormat) + " or older",
                       "use the newer mpq, or another --store"});
  if (format < 1)
    throw_input({"not a store of mpq", path, "a first line like '" + std::string(kMagic) + "1'",
                 "give another folder with --store"});
}

void create(const std::string& folder, const std::string& format_path) {
  make_folders(folder);
  for (const auto& entry : fs::directory_iterator(folder))
    if (is_foreign(entry.path()))
      throw_input({"the folder is not a store and not empty",
                   folder + " (holds " + entry.path().filename().string() + ")",
                   "a store of mpq, an empty folder, or a new name", "give another folder with --store"});
  write_whole(format_path, std::string(kMagic) + std::to_string(kStoreFormat) + "\n");
}

// Folder entries of one kind, sorted; none if the folder does not exist.
std::vector<fs::path> sorted_entries(const fs::path& folder) {
  std::vector<fs::path> all;
  std::error_code absent;
  for (const auto& entry : fs::directory_iterator(folder, absent)) all.push_back(entry.path());
  std::sort(all.begin(), all.end());
  return all;
}

}  // namespace

Store::Store(std::string folder) : folder_(std::move(folder)) {
  const auto format_path = folder_ + "/format";
  if (!is_store(folder_)) create(folder_, format_path);
  check_format(format_path);
}

bool Store::is_store(const std::string& folder) {
  std::error_code unreadable;
  return fs::exists(folder + "/format", unreadable);
}

std::string Store::key_of(const Json& settings) { return sha256(canonical(settings)); }

std::string Store::stage_folder(const std::string& key) const {
  if (!is_key(key))
    throw_input({"'" + key + "' is not the key of a stage", folder_, "64 hexadecimal digits",
                 "take a key from `mpq show`"});
  return folder_ + "/stages/" + key.substr(0, 2) + "/" + key;
}
std::string Store::stage_path(const std::string& key) const { return stage_folder(key) + "/stage.h5"; }
std::string Store::log_path(const std::string& key) const { return stage_folder(key) + "/log.txt"; }
std::string Store::failure_path(const std::string& key) const { return stage_folder(key) + "/failure.json"; }
std::string Store::index_path() const { return folder_ + "/index.sqlite"; }
std::string Store::cache_folder() const { return folder_ + "/cache"; }

bool Store::finished(const std::string& key) const { return fs::exists(stage_path(key)); }

std::vector<std::string> Store::finished_keys() const {
  std::vector<std::string> keys;
  for (const auto& shelf : sorted_entries(folder_ + "/stages"))
    for (const auto& stage : sorted_entries(shelf)) {
      const auto key = stage.filename().string();
      if (is_key(key) && shelf.filename() == key.substr(0, 2) && finished(key)) keys.push_back(key);
    }
  return keys;
}

void Store::write_failure(const std::string& key, const Json& failure) const {
  make_folders(stage_folder(key));
  write_whole(failure_path(key), text_of(failure, 1) + "\n");
}

std::optional<Json> Store::read_failure(const std::string& key) const {
  const auto path = failure_path(key);
  try {
    return parse_json(read_file(path, std::size_t{1} << 20), path);
  } catch (const Error&) {
    if (!fs::exists(path)) return std::nullopt;  // none, or a new attempt has taken it away meanwhile
    throw;
  }
}

void Store::clear_failure(const std::string& key) const {
  std::error_code absent;
  fs::remove(failure_path(key), absent);
}

FileLock Store::lock() const { return FileLock(folder_ + "/lock", "the store"); }

bool Store::is_locked() const { return FileLock::is_held(folder_ + "/lock"); }

void Store::sweep(const std::string& key) const {
  std::error_code ignored;  // what is left over costs space, nothing else
  if (finished(key)) fs::remove_all(stage_folder(key) + "/scratch", ignored);
  for (const auto& path : sorted_entries(stage_folder(key)))
    if (path.filename().string().find(".tmp-") != std::string::npos) fs::remove(path, ignored);
}

FileLock Store::lock_stage(const std::string& key) const {
  make_folders(stage_folder(key));
  return FileLock(stage_folder(key) + "/lock", "this stage");
}

void Store::write_study(const std::string& name, const Json& plan) const {
  if (!is_study_name(name))
    throw_input({"'" + name + "' cannot name a study", "the study's name",
                 "1 to 100 letters, digits, '.', '_' or '-', not starting with '.'", "rename the study"});
  make_folders(folder_ + "/studies");
  StageRecord record;
  record.settings = plan;
  record.summary = {{"kind", "study"}, {"name", name}, {"status", "done"}};
  write_stage_file(folder_ + "/studies/" + name + ".h5", record);
}

std::optional<Json> Store::read_study(const std::string& name) const {
  const auto path = folder_ + "/studies/" + name + ".h5";
  if (!is_study_name(name) || !fs::exists(path)) return std::nullopt;
  auto record = read_stage_file(path, "none");
  if (text_fact(record.summary, "kind") != "study")
    throw_input({"the file does not hold a study", path, "summary.kind = \"study\"", "run the study again"});
  return std::move(record.settings);
}

std::vector<std::string> Store::studies() const {
  std::vector<std::string> names;
  for (const auto& path : sorted_entries(folder_ + "/studies"))
    if (path.extension() == ".h5") names.push_back(path.stem().string());
  return names;
}

}  // namespace mpq::results
