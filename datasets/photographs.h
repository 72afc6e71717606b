#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "datasets/exclusions.h"
#include "datasets/folder_pictures.h"
#include "datasets/registry.h"

namespace mpq::datasets {

/// Options that every set of photographs has.
struct PhotographOptions {
  std::string folder, train = "train", test = "val", class_map, exclude, filter = "bilinear";
  PicturePreparation how;
  std::int64_t search = 0, calib = 2048;

  template <class Visitor>
  void fields(Visitor& f) {
    f("folder", folder, "folder of the set below the data folder");
    f("train", train, "training part, below that folder: a folder, an archive or a list, as the set has it");
    f("test", test, "test part, below that folder: a folder, an archive or a list, as the set has it");
    f("class_map", class_map, "file below it: class names, one a line, or lines of name, tab, index");
    f("exclude", exclude,
      "file below it with pictures to leave out, one a line: their names, or as much of the end of their "
      "paths as tells them apart; a set without them is another set, with other splits");
    f("side", how.side, "side of the square that the network takes", "torchvision: 224", Within(8, 4096));
    f("shorter", how.shorter, "evaluation: the shorter side before the centre is cut", "torchvision: 256",
      Within(8, 8192));
    f("filter", filter, "resampling, antialiased as in Pillow", "torchvision: bilinear",
      {"bilinear", "bicubic"});
    f("least_area", how.least_area, "smallest part of a random resized crop; 1 turns it off",
      "torchvision: 0.08", Within(0.01, 1));
    f("flip", how.flip, "random left-right flip in training", "torchvision");
    f("brightness", how.brightness, "colour jitter in training, 0 = off", "torchvision", Within(0, 4));
    f("contrast", how.contrast, "colour jitter in training, 0 = off", "torchvision", Within(0, 4));
    f("saturation", how.saturation, "colour jitter in training, 0 = off", "torchvision", Within(0, 4));
    f("hue", how.hue, "colour jitter in training, 0 = off", "torchvision", Within(0, 0.5));
    f("by_content", how.by_content, "take a PNG that is called .JPEG for what it is",
      "torchvision; ImageNet has one");
    f("search", search, "images of `search`, and as many of `holdout`; 0 = a twentieth of the training part",
      "this project", AtLeast(0));
    f("calib", calib, "images of `calib`", "this project", AtLeast(1));
  }
  /// `root` is the set's folder.
  Exclusions exclusions(const std::string& root) const {
    return exclude.empty() ? Exclusions() : Exclusions(root + "/" + exclude);
  }
};

/// Both parts, wherever their pictures lie, and the classes they have.
struct PhotographParts {
  std::shared_ptr<const PictureStore> train, test;
  int classes = 0;
  std::string where;                         ///< of the training part, for messages
  std::function<std::string()> fingerprint;  ///< of names and sizes; nothing is decoded
};

/// Files of one part, and the folder that their paths begin in.
struct FolderPart {
  std::string root;
  std::vector<PictureFile> files;
};
/// Parts that are folders, without what is left out.
PhotographParts folder_parts(FolderPart train, FolderPart test, int classes, Exclusions left_out);

/// Facts of an opened set: sizes, classes and splits from what was found. Throws Error(input) where sides do
/// not fit each other or the set is too small for its splits.
DatasetInfo photograph_info(DatasetInfo info, const PhotographOptions& options, const PhotographParts& parts);

/// Registers a set whose parts `find` lists.
Entry photograph_entry(DatasetInfo info, std::vector<OptionInfo> options,
                       std::function<PhotographOptions(const Json&)> parse,
                       std::function<PhotographParts(const Json&, const std::string& data_folder)> find);

}  // namespace mpq::datasets
