#include "datasets/folder_pictures.h"

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <map>
#include <optional>
#include <sstream>
#include <utility>

#include "core/error.h"
#include "core/file.h"
#include "core/hash.h"
#include "datasets/picture_names.h"

namespace mpq::datasets {

namespace fs = std::filesystem;

namespace {

constexpr std::size_t kMostPictureBytes = std::size_t{256} << 20;
constexpr std::size_t kMostListBytes = std::size_t{64} << 20;

std::vector<fs::directory_entry> entries_of(const std::string& folder, const std::string& expected) {
  std::error_code code;
  if (!fs::is_directory(folder, code))
    throw_input({"a folder of pictures is missing", folder, expected,
                 "name the data folder with --data DIR; `mpq list datasets --long` says what belongs there"});
  std::vector<fs::directory_entry> all;
  for (fs::directory_iterator it(folder, code), end; !code && it != end; it.increment(code))
    if (!it->path().filename().string().starts_with(".")) all.push_back(*it);
  if (code) throw_input({code.message(), folder, "a folder that can be read", "check its permissions"});
  std::sort(all.begin(), all.end(), [](const auto& a, const auto& b) { return a.path() < b.path(); });
  return all;
}

bool is_folder(const fs::directory_entry& entry) {
  std::error_code code;
  return entry.is_directory(code);
}
bool is_picture_file(const fs::directory_entry& entry) {
  std::error_code code;
  return entry.is_regular_file(code) && is_any_picture(entry.path().filename().string());
}

std::vector<std::string> words_of(const std::string& path) {
  std::istringstream text(read_file(path, kMostListBytes));
  std::vector<std::string> words;
  for (std::string line; std::getline(text, line);) {
    std::istringstream columns(line);
    std::string word;
    if (columns >> word) words.push_back(word);
  }
  return words;
}

/// A line that says a picture's class by its name or number.
struct TruthLine {
  std::string picture;  ///< without the ending; empty in a list that goes by the order of pictures
  std::string word;
  std::size_t number = 0;  ///< of the line
};

// A list of classes, or Kaggle's table: a picture, a comma, its class, and boxes that nobody asks for here.
std::vector<TruthLine> truth_lines(const std::string& path) {
  std::istringstream text(read_file(path, kMostListBytes));
  std::vector<TruthLine> lines;
  bool table = false;
  std::size_t number = 0;
  for (std::string line; std::getline(text, line);) {
    if (++number == 1 && line.starts_with("ImageId,")) {
      table = true;
      continue;
    }
    TruthLine found;
    found.number = number;
    if (const auto comma = line.find(','); table && comma != std::string::npos) {
      found.picture = line.substr(0, comma);
      line.erase(0, comma + 1);
    }
    std::istringstream columns(line);
    if (columns >> found.word) lines.push_back(std::move(found));
  }
  return lines;
}

std::string place_of(const std::string& path, const TruthLine& line) {
  return path + ", line " + std::to_string(line.number);
}

// Kaggle's lines are in an order of their own.
std::vector<TruthLine> in_order_of(const std::vector<std::string>& names, const std::vector<TruthLine>& table,
                                   const std::string& path) {
  constexpr const char* kExpected = "one line for each picture: its name, a comma, its class";
  std::map<std::string, const TruthLine*> known;
  for (const auto& line : table)
    if (!known.emplace(line.picture, &line).second)
      throw_input({"picture '" + line.picture + "' for the second time", place_of(path, line), kExpected,
                   "correct the table"});
  std::vector<TruthLine> ordered;
  for (const auto& name : names) {
    const auto found = known.find(fs::path(name).stem().string());
    if (found == known.end())
      throw_input({"the table has no line for picture '" + name + "'", path, kExpected,
                   "check that both belong together"});
    ordered.push_back(*found->second);
  }
  return ordered;
}

std::optional<std::size_t> number_in(const std::string& word) {
  std::size_t number = 0;
  const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), number);
  if (error != std::errc() || end != word.data() + word.size()) return std::nullopt;
  return number;
}

// A number from 1 into the synsets, or a class name.
std::string class_of(const std::string& word, const std::vector<std::string>& synsets,
                     const std::string& where) {
  const auto number = number_in(word);
  if (!number) return word;
  if (*number >= 1 && *number <= synsets.size()) return synsets[*number - 1];
  throw_input({"class number " + word + " is not in the list of synsets", where,
               synsets.empty() ? "class names, or the option synsets beside numbers"
                               : "a number from 1 to " + std::to_string(synsets.size()),
               "check that both files belong together"});
}

// The devkit numbers classes in an order of its own. Lists that go round are sorted by name: with one of
// those every label would be another's, and nothing but the accuracy would show it.
void refuse_sorted(const std::vector<std::string>& synsets, const std::string& path) {
  constexpr std::size_t kOfImageNet = 1000;
  if (synsets.size() != kOfImageNet || !std::is_sorted(synsets.begin(), synsets.end())) return;
  throw_input({"the classes are numbers, and the list of synsets is sorted by name", path,
               "the devkit's order, which begins with n02119789, n02100735, n02110185 (docs/data.md)",
               "write the list from the devkit's meta.mat, or give names instead of numbers"});
}

}  // namespace

std::string PictureFiles::bytes(std::int64_t index) const {
  return read_file(name(index), kMostPictureBytes);
}

std::vector<std::string> class_folders(const std::string& root) {
  std::vector<std::string> names;
  for (const auto& entry : entries_of(root, "a folder with one folder of pictures for each class"))
    if (is_folder(entry)) names.push_back(entry.path().filename().string());
  if (names.empty())
    throw_input({"there are no class folders", root, "one folder of pictures for each class",
                 "move the pictures into folders named by their class, or name the list of their classes"});
  return names;
}

std::vector<PictureFile> files_by_class(const std::string& root, const ClassMap& classes) {
  std::vector<PictureFile> files;
  for (const auto& entry : entries_of(root, "a folder with one folder of pictures for each class")) {
    const auto name = entry.path().filename().string();
    if (!is_folder(entry)) {
      if (!is_read_picture(name)) continue;
      throw_input({"a picture lies beside the class folders", entry.path().string(),
                   "every picture in the folder of its class", "move it there, or away"});
    }
    const auto known = classes.index.find(name);
    if (known == classes.index.end())
      throw_input({"a class folder is not in the class map", entry.path().string(),
                   "one of its " + std::to_string(classes.index.size()) + " classes",
                   "correct the map, or move the folder away"});
    const auto before = files.size();
    for (const auto& picture : entries_of(entry.path().string(), "pictures of one class"))
      if (is_picture_file(picture))
        files.push_back({name + "/" + picture.path().filename().string(), known->second});
    if (files.size() == before)
      throw_input({"a class folder has no pictures", entry.path().string(), "files .jpg, .jpeg or .png",
                   "get the pictures again, or remove the folder"});
  }
  if (files.empty())
    throw_input({"there are no class folders", root, "one folder of pictures for each class",
                 "move the pictures into folders named by their class"});
  return files;
}

std::vector<std::int32_t> labels_by_truth(const std::vector<std::string>& names, const std::string& pictures,
                                          const std::string& truth_path, const std::string& synsets_path,
                                          const ClassMap& classes) {
  auto truth = truth_lines(truth_path);
  if (truth.size() != names.size())
    throw_input({"there are " + std::to_string(names.size()) + " pictures and " +
                     std::to_string(truth.size()) + " lines of classes",
                 truth_path, "one line for each picture of " + pictures + ", in the order of their names",
                 "check that both belong together"});
  const auto is_of_table = [](const TruthLine& line) { return !line.picture.empty(); };
  if (std::any_of(truth.begin(), truth.end(), is_of_table)) truth = in_order_of(names, truth, truth_path);
  const auto synsets = synsets_path.empty() ? std::vector<std::string>{} : words_of(synsets_path);
  const auto is_number = [](const TruthLine& line) { return number_in(line.word).has_value(); };
  if (std::any_of(truth.begin(), truth.end(), is_number)) refuse_sorted(synsets, synsets_path);
  std::vector<std::int32_t> labels;
  for (const auto& line : truth) {
    const auto where = place_of(truth_path, line);
    const auto name = class_of(line.word, synsets, where);
    const auto known = classes.index.find(name);
    if (known == classes.index.end())
      throw_input({"class '" + name + "' is not in the class map", where,
                   "one of its " + std::to_string(classes.index.size()) + " classes",
                   "correct the map or the list"});
    labels.push_back(known->second);
  }
  return labels;
}

std::vector<PictureFile> files_by_truth(const std::string& root, const std::string& truth_path,
                                        const std::string& synsets_path, const ClassMap& classes) {
  std::vector<std::string> names;
  for (const auto& entry : entries_of(root, "the pictures of the validation part"))
    if (is_picture_file(entry)) names.push_back(entry.path().filename().string());
  const auto labels = labels_by_truth(names, root, truth_path, synsets_path, classes);
  std::vector<PictureFile> files;
  for (std::size_t i = 0; i < names.size(); ++i) files.push_back({names[i], labels[i]});
  return files;
}

std::string names_and_sizes(const std::string& root, const std::vector<PictureFile>& files) {
  Sha256 hash;
  for (const auto& file : files) {
    std::error_code code;
    const auto size = fs::file_size(root + "/" + file.path, code);
    if (code)
      throw_input({"a picture of the set is missing: " + code.message(), root + "/" + file.path,
                   "every picture that the set's lists name",
                   "get the pictures again, or leave it out (option exclude)"});
    const auto line = file.path + "\t" + std::to_string(file.label) + "\t" + std::to_string(size) + "\n";
    hash.update(line.data(), line.size());
  }
  return hash.hex();
}

}  // namespace mpq::datasets
