#pragma once

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <regex>
#include <set>
#include <stdexcept>
#include <string>
#include <vector>

namespace mpq::testing {

/// A file of the source tree: path relative to it, and its text.
struct SourceFile {
  std::string path, text;
  std::string folder() const { return path.substr(0, path.find('/')); }
};

inline std::filesystem::path source_root() { return MPQ_SOURCE_DIR; }

inline std::string read_source(const std::filesystem::path& relative) {
  std::ifstream file(source_root() / relative, std::ios::binary);
  if (!file) throw std::runtime_error("cannot read " + relative.string());
  return {std::istreambuf_iterator<char>(file), {}};
}

/// Files below `folder` whose names end in one of `endings`, sorted by path.
inline std::vector<SourceFile> files_below(const std::string& folder,
                                           const std::vector<std::string>& endings) {
  std::vector<SourceFile> files;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(source_root() / folder)) {
    const auto name = entry.path().filename().string();
    const bool wanted =
        std::any_of(endings.begin(), endings.end(), [&](const auto& e) { return name.ends_with(e); });
    if (!entry.is_regular_file() || !wanted) continue;
    const auto path = std::filesystem::relative(entry.path(), source_root());
    files.push_back({path.string(), read_source(path)});
  }
  std::sort(files.begin(), files.end(), [](const auto& a, const auto& b) { return a.path < b.path; });
  return files;
}

/// Every first group that `pattern` matches in `text`, in order.
inline std::vector<std::string> all_matches(const std::string& text, const std::string& pattern) {
  const std::regex expression(pattern);
  std::vector<std::string> found;
  for (auto match = std::sregex_iterator(text.begin(), text.end(), expression);
       match != std::sregex_iterator(); ++match)
    found.push_back((*match)[1].str());
  return found;
}

/// One registered name, and the file that registers it.
struct Registered {
  std::string
      needle;  ///< as it would be written elsewhere: "lsq" with its quotes, or "resnet if a number follows
  std::string name;
  SourceFile file;
};

/// What the files of `folder` register with `macro`, read from `.name = "…"`.
inline std::vector<Registered> registered_in(const std::string& folder, const std::string& macro) {
  std::vector<Registered> all;
  for (const auto& file : files_below(folder, {".cpp"})) {
    if (file.text.find("\n" + macro + "(") == std::string::npos) continue;
    const std::regex name_line("\\.name = \"([a-z0-9_]+)\"( \\+)?");
    for (auto m = std::sregex_iterator(file.text.begin(), file.text.end(), name_line);
         m != std::sregex_iterator(); ++m)
      all.push_back({"\"" + (*m)[1].str() + ((*m)[2].matched ? "" : "\""), (*m)[1].str(), file});
  }
  return all;
}

}  // namespace mpq::testing
