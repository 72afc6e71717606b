#pragma once

#include <memory>
#include <string>
#include <vector>

#include "datasets/class_map.h"
#include "datasets/picture_source.h"
#include "datasets/tar_listing.h"

namespace mpq::datasets {

/// A picture in a tar archive.
struct TarPicture {
  std::size_t archive = 0;  ///< position in the list of archives
  TarMember member;
  std::int32_t label = 0;
};

/// Pictures read in place from tar archives, by offset; nothing is unpacked.
class TarPictures final : public PictureStore {
 public:
  TarPictures(std::vector<std::string> archives, std::vector<TarPicture> pictures)
      : archives_(std::move(archives)), pictures_(std::move(pictures)) {}
  std::int64_t size() const override { return static_cast<std::int64_t>(pictures_.size()); }
  std::int32_t label(std::int64_t index) const override { return at(index).label; }
  std::string name(std::int64_t index) const override;
  std::string bytes(std::int64_t index) const override;
  const std::vector<TarPicture>& pictures() const { return pictures_; }

 private:
  const TarPicture& at(std::int64_t index) const { return pictures_.at(static_cast<std::size_t>(index)); }
  std::vector<std::string> archives_;
  std::vector<TarPicture> pictures_;
};

/// An archive and what it holds.
struct ListedArchive {
  std::string path;
  TarListing listing;
};

/// The pictures of one archive, listed for classes: members `CLASS/NAME.JPEG`, or one archive `CLASS.tar` for
/// each class, as ImageNet's training part has them. Throws Error(input) for a class that the map lacks.
std::vector<TarPicture> pictures_by_class(const ListedArchive& archive, std::size_t number,
                                          const ClassMap& classes);
/// The same of an archive that is listed now.
std::vector<TarPicture> pictures_by_class(const std::string& archive, std::size_t number,
                                          const ClassMap& classes);

/// The names of the classes that pictures_by_class would find in such an archive, sorted.
std::vector<std::string> classes_in(const ListedArchive& archive);

/// The pictures of a flat archive, as ImageNet's validation part is one, by name; classes as labels_by_truth gives them
/// (datasets/folder_pictures.h).
std::vector<TarPicture> pictures_by_truth(const ListedArchive& archive, std::size_t number,
                                          const std::string& truth_path, const std::string& synsets_path,
                                          const ClassMap& classes);

/// The samples of a WebDataset shard, listed for them: members of one name before the first dot, of which
/// `.jpg`, `.jpeg` or `.png` is the picture and `.cls` its class as a number; other members (`.seg.png`) are
/// left alone, pickles refused. Throws Error(input) for a sample that lacks one of the two, and for a label
/// outside 0 to classes − 1.
std::vector<TarPicture> pictures_by_sample(const ListedArchive& archive, std::size_t number, int classes);
/// The same of a shard that is listed now.
std::vector<TarPicture> pictures_by_sample(const std::string& archive, std::size_t number, int classes);

}  // namespace mpq::datasets
