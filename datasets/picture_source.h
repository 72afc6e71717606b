#pragma once

#include <memory>
#include <string>
#include <vector>

#include "datasets/dataset.h"
#include "datasets/resample.h"

namespace mpq::datasets {

/// Encoded pictures with their classes, wherever they lie. Read by several threads at once.
class PictureStore {
 public:
  virtual ~PictureStore() = default;
  virtual std::int64_t size() const = 0;
  virtual std::int32_t label(std::int64_t index) const = 0;
  /// The path that messages show; its ending says which format is expected.
  virtual std::string name(std::int64_t index) const = 0;
  /// The file's bytes. Throws Error(input).
  virtual std::string bytes(std::int64_t index) const = 0;
  /// Whether those are pixels already (encode_pixels).
  virtual bool decoded() const { return false; }
};

/// How a photograph of any size becomes the square that a network takes: torchvision's transforms.
struct PicturePreparation {
  std::int64_t side = 224;     ///< of the square
  std::int64_t shorter = 256;  ///< evaluation: shorter side before the central square is cut
  Filter filter = Filter::bilinear;
  double least_area = 0.08;  ///< training: smallest part of a random resized crop; 1 turns the crop off
  bool flip = true;          ///< training: random left-right flip
  double brightness = 0, contrast = 0, saturation = 0, hue = 0;  ///< training: colour jitter, 0 = off
  bool by_content = false;  ///< takes a picture of another format than its name says
  bool decoded = false;     ///< pictures come as pixels (PictureStore::decoded)

  DecodeOptions decoding() const { return {.by_content = by_content, .pixels = decoded}; }
};

/// The evaluation view of one encoded picture; decodes no more than it needs.
Picture evaluation_view(std::string_view bytes, const std::string& name, const PicturePreparation& how);
/// The same pixels, from the whole picture decoded to the file's end: throws for damage anywhere in it.
Picture verified_view(std::string_view bytes, const std::string& name, const PicturePreparation& how);
/// The training view: cut out at random, resized, flipped, jittered; every draw comes from `random`.
Picture training_view(std::string_view bytes, const std::string& name, const PicturePreparation& how,
                      RandomStream random);

/// Decodes, prepares and normalises on the loader's threads; nothing is kept.
class PictureSource final : public Source {
 public:
  PictureSource(std::shared_ptr<const PictureStore> store, PicturePreparation how)
      : store_(std::move(store)), how_(how) {
    how_.decoded = store_->decoded();
  }
  std::int64_t size() const override { return store_->size(); }
  std::int32_t label(std::int64_t index) const override { return store_->label(index); }
  void write(std::int64_t index, const Augmentation* augmentation, const std::vector<ByteTable>& tables,
             float* out) const override;
  void verify(std::int64_t index, const std::vector<ByteTable>& tables, float* out) const override;
  /// The bytes [side, side, 3] that write() normalises.
  Picture view(std::int64_t index, const Augmentation* augmentation) const;

 private:
  std::shared_ptr<const PictureStore> store_;
  PicturePreparation how_;
};

}  // namespace mpq::datasets
