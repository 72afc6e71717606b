#pragma once

#include <memory>
#include <string>
#include <vector>

#include "datasets/class_map.h"
#include "datasets/picture_source.h"

namespace mpq::datasets {

/// A picture file below a root folder.
struct PictureFile {
  std::string path;  ///< relative
  std::int32_t label = 0;
};

/// Pictures that lie in files of their own.
class PictureFiles final : public PictureStore {
 public:
  PictureFiles(std::string root, std::vector<PictureFile> files)
      : root_(std::move(root)), files_(std::move(files)) {}
  std::int64_t size() const override { return static_cast<std::int64_t>(files_.size()); }
  std::int32_t label(std::int64_t index) const override { return at(index).label; }
  std::string name(std::int64_t index) const override { return root_ + "/" + at(index).path; }
  std::string bytes(std::int64_t index) const override;

 private:
  const PictureFile& at(std::int64_t index) const { return files_.at(static_cast<std::size_t>(index)); }
  std::string root_;
  std::vector<PictureFile> files_;
};

/// Names of the class folders of `root`, sorted. Throws Error(input) if `root` is no folder or has none.
std::vector<std::string> class_folders(const std::string& root);

/// The pictures of every class folder of `root`, also those of formats that are not read, by class folder and
/// then by name. Throws Error(input) for a class folder that is empty or not in `classes`, and for pictures
/// beside the class folders. A class of the map may have no folder.
std::vector<PictureFile> files_by_class(const std::string& root, const ClassMap& classes);

/// The labels of the pictures with these names, in that order, which is sorted: each line of `truth` names a
/// class, or its number from 1 in `synsets` (no path: there is none); or `truth` is Kaggle's table of
/// pictures and classes (LOC_val_solution.csv), in any order. `pictures` says in a message where they are.
/// Throws Error(input) if counts differ, a line names no class, or numbers meet ImageNet's synsets sorted by
/// name.
std::vector<std::int32_t> labels_by_truth(const std::vector<std::string>& names, const std::string& pictures,
                                          const std::string& truth_path, const std::string& synsets_path,
                                          const ClassMap& classes);

/// The pictures that lie in `root` itself, by name, with classes as labels_by_truth gives them.
std::vector<PictureFile> files_by_truth(const std::string& root, const std::string& truth_path,
                                        const std::string& synsets_path, const ClassMap& classes);

/// SHA-256 of names and sizes of all picture files, without reading them. Throws Error(input) for one that is
/// not there.
std::string names_and_sizes(const std::string& root, const std::vector<PictureFile>& files);

}  // namespace mpq::datasets
