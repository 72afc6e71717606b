#pragma once

#include <memory>
#include <string>
#include <vector>

#include "core/progress.h"
#include "datasets/picture_source.h"

namespace mpq::datasets {

/// Whether some part of this set has a cache, of these files or of others.
bool has_picture_cache(const std::string& data_folder, const std::string& set);

/// Where the decoded pictures of one official part lie, if `mpq data cache` has made them. `content` is a hash of
/// everything that decides them, so that a cache of something else is not taken.
std::string picture_cache_path(const std::string& data_folder, const std::string& set,
                               const std::string& content, const std::string& part);

/// Removes what runs that were killed while they wrote a cache of this set have left.
void remove_unfinished_caches(const std::string& data_folder, const std::string& set);

/// Bytes that the pictures of `store` take when decoded, from the headers of at most a thousand of them spread over
/// the set: exact where there are no more. Throws like decode_picture.
std::int64_t decoded_bytes(const PictureStore& store, const PicturePreparation& how);

/// Decodes every picture of `store` into one file, written whole or not at all: eight letters, the number of pictures,
/// for each the end of its bytes and their CRC-32, then the pictures in the format `pixels`. Throws Error(input) for
/// a picture that cannot be read, Error(environment) for a full disk.
void write_picture_cache(const PictureStore& store, const PicturePreparation& how, const std::string& path,
                         const ProgressSink& progress = {});

/// The pictures of such a file; classes and names are those of the set it was made from. Every picture's
/// checksum is compared when it is read. Throws Error(input) for a file that is none, is cut, or has another number
/// of pictures.
class CachedPictures final : public PictureStore {
 public:
  CachedPictures(std::shared_ptr<const PictureStore> from, std::string path);
  ~CachedPictures() override;
  CachedPictures(const CachedPictures&) = delete;
  CachedPictures& operator=(const CachedPictures&) = delete;

  std::int64_t size() const override { return from_->size(); }
  std::int32_t label(std::int64_t index) const override { return from_->label(index); }
  std::string name(std::int64_t index) const override;
  std::string bytes(std::int64_t index) const override;
  bool decoded() const override { return true; }

 private:
  struct Entry {
    std::uint64_t end = 0;
    std::uint32_t checksum = 0;
  };
  void read_table();
  void read_at(std::uint64_t offset, void* to, std::size_t count) const;
  [[noreturn]] void refuse(const std::string& what, const std::string& expected) const;

  std::shared_ptr<const PictureStore> from_;
  std::string path_;
  int descriptor_ = -1;
  std::vector<Entry> entries_;
};

}  // namespace mpq::datasets
