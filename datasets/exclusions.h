#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace mpq::datasets {

/// Pictures that a set leaves out, by a file that names them, one a line, each by the end of its path: its
/// name, or n01440764/7.JPEG, or train/n01440764/7.JPEG. Blank lines and lines that begin with # say nothing.
class Exclusions {
 public:
  /// Leaves out nothing.
  Exclusions() = default;
  /// Throws Error(input) for a list that cannot be read, that names nothing, or a line twice.
  explicit Exclusions(const std::string& list);

  /// Removes the pictures that the list names; `path_of` gives the path of one. Throws Error(input) where a
  /// line names a second picture, or where none is left.
  template <class Picture, class PathOf>
  void leave_out(std::vector<Picture>& pictures, const PathOf& path_of) {
    if (lines_.empty()) return;
    std::erase_if(pictures, [&](const Picture& picture) { return take(path_of(picture)); });
    if (pictures.empty()) refuse_all_of_a_part();
  }
  /// Throws Error(input) for a line that has named no picture: an exclusion that is misspelt would go unseen.
  void require_all_found() const;

 private:
  bool take(const std::string& path);
  [[noreturn]] void refuse_all_of_a_part() const;

  std::string list_;
  std::map<std::string, std::string, std::less<>> lines_;  // and the picture that each has named
};

}  // namespace mpq::datasets
