#include "datasets/tar_pictures.h"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <map>
#include <set>

#include "core/error.h"
#include "datasets/folder_pictures.h"
#include "datasets/picture_names.h"

namespace mpq::datasets {
namespace {

[[noreturn]] void refuse(const std::string& what, const std::string& archive, const TarMember& member,
                         const std::string& expected) {
  throw_input({what,
               archive + ", member " + member.name + ", byte offset " + std::to_string(member.header_at),
               expected, "correct the archive, or leave the member out"});
}

std::int32_t index_of(const std::string& name, const ClassMap& classes, const std::string& archive,
                      const TarMember& member) {
  const auto known = classes.index.find(name);
  if (known == classes.index.end())
    refuse("class '" + name + "' is not in the class map", archive, member,
           "one of its " + std::to_string(classes.index.size()) + " classes");
  return known->second;
}

std::string class_folder(const std::string& name) {
  const auto last = name.rfind('/');
  if (last == std::string::npos || last == 0) return "";
  const auto before = name.rfind('/', last - 1);
  return name.substr(before == std::string::npos ? 0 : before + 1,
                     last - (before == std::string::npos ? 0 : before + 1));
}

// Of a picture: its folder; of an archive of one class: the archive's name.
std::string class_of(const std::string& archive, const TarMember& member) {
  if (is_archive(member.name)) {
    const auto base = member.name.substr(member.name.rfind('/') + 1);
    return base.substr(0, base.size() - 4);
  }
  auto folder = class_folder(member.name);
  if (folder.empty())
    refuse("a picture lies in no class folder", archive, member,
           "members CLASS/NAME.JPEG; a flat archive needs the list of its classes (option ground_truth)");
  return folder;
}

/// A member of a WebDataset sample: its key goes to the first dot, and all that is behind says what it is of
/// the sample ("seg.png" is no picture to look at).
struct SampleName {
  std::string key, kind;
};

SampleName sample_name(const std::string& name) {
  const auto dot = name.find('.', name.rfind('/') + 1);  // from 0 where there is no slash
  if (dot == std::string::npos) return {name, ""};
  auto kind = name.substr(dot + 1);
  std::transform(kind.begin(), kind.end(), kind.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return {name.substr(0, dot), std::move(kind)};
}

std::int32_t label_of(const ListedArchive& archive, const TarMember& member, int classes) {
  const auto known = archive.listing.labels.find(member.name);
  const auto text = known == archive.listing.labels.end() ? std::string() : known->second;
  const auto* end = text.data() + text.size();
  while (end > text.data() && (end[-1] == '\n' || end[-1] == '\r' || end[-1] == ' ')) --end;
  std::int32_t value = -1;
  const auto [stop, error] = std::from_chars(text.data(), end, value);
  if (text.empty() || error != std::errc() || stop != end || value < 0 || value >= classes)
    refuse("the label is no number of a class", archive.path, member,
           "a number from 0 to " + std::to_string(classes - 1));
  return value;
}

}  // namespace

std::string TarPictures::name(std::int64_t index) const {
  const auto& picture = at(index);
  return archives_.at(picture.archive) + ":" + std::to_string(picture.member.header_at) + ":" +
         picture.member.name;
}

std::string TarPictures::bytes(std::int64_t index) const {
  const auto& picture = at(index);
  return read_tar_member(archives_.at(picture.archive), picture.member);
}

std::vector<std::string> classes_in(const ListedArchive& archive) {
  std::set<std::string> names;
  for (const auto& member : archive.listing.members)
    if (is_archive(member.name) || is_any_picture(member.name)) names.insert(class_of(archive.path, member));
  return {names.begin(), names.end()};
}

std::vector<TarPicture> pictures_by_truth(const ListedArchive& archive, std::size_t number,
                                          const std::string& truth_path, const std::string& synsets_path,
                                          const ClassMap& classes) {
  std::vector<TarPicture> pictures;
  for (const auto& member : archive.listing.members)
    if (is_any_picture(member.name)) pictures.push_back({number, member, 0});
  std::sort(pictures.begin(), pictures.end(),
            [](const auto& a, const auto& b) { return a.member.name < b.member.name; });
  std::vector<std::string> names;
  for (const auto& picture : pictures) names.push_back(picture.member.name);
  const auto labels = labels_by_truth(names, archive.path, truth_path, synsets_path, classes);
  for (std::size_t i = 0; i < pictures.size(); ++i) pictures[i].label = labels[i];
  return pictures;
}

std::vector<TarPicture> pictures_by_class(const ListedArchive& archive, std::size_t number,
                                          const ClassMap& classes) {
  const auto& path = archive.path;
  std::vector<TarPicture> pictures;
  for (const auto& member : archive.listing.members) {
    if (is_archive(member.name)) {
      const auto label = index_of(class_of(path, member), classes, path, member);
      for (const auto& inner : archive.listing.within.at(member.name))
        if (is_any_picture(inner.name)) pictures.push_back({number, inner, label});
    } else if (is_any_picture(member.name)) {
      pictures.push_back({number, member, index_of(class_of(path, member), classes, path, member)});
    }
  }
  if (pictures.empty())
    throw_input({"the archive has no pictures", path, "members CLASS/NAME.JPEG, or an archive for each class",
                 "check that it is the right one"});
  return pictures;
}

std::vector<TarPicture> pictures_by_class(const std::string& archive, std::size_t number,
                                          const ClassMap& classes) {
  return pictures_by_class(ListedArchive{archive, list_archive(archive, ListedFor::classes)}, number,
                           classes);
}

std::vector<TarPicture> pictures_by_sample(const ListedArchive& archive, std::size_t number, int classes) {
  struct Sample {
    const TarMember *picture = nullptr, *label = nullptr;
  };
  constexpr const char* kExpected = "one picture (NAME.jpg, .jpeg or .png) and one NAME.cls for each sample";
  const auto& path = archive.path;
  std::vector<std::string> order;
  std::map<std::string, Sample> samples;
  for (const auto& member : archive.listing.members) {
    const auto [key, kind] = sample_name(member.name);
    const auto ending = ending_of(member.name);
    if (ending == "pyd" || ending == "pickle" || ending == "pkl" || ending == "pth" || ending == "pt")
      refuse("a member is a pickle", path, member, "pictures and .cls: a pickle could run anything");
    const bool picture = kind == "jpg" || kind == "jpeg" || kind == "png";
    if (!picture && kind != "cls") continue;
    const auto [sample, fresh] = samples.try_emplace(key);
    if (fresh) order.push_back(key);
    auto& slot = picture ? sample->second.picture : sample->second.label;
    if (slot) refuse("a sample has two of a kind", path, member, kExpected);
    slot = &member;
  }
  std::vector<TarPicture> pictures;
  for (const auto& key : order) {
    const auto& sample = samples.at(key);
    if (!sample.picture || !sample.label)
      refuse(std::string("a sample has no ") + (sample.picture ? ".cls" : "picture"), path,
             *(sample.picture ? sample.picture : sample.label), kExpected);
    pictures.push_back({number, *sample.picture, label_of(archive, *sample.label, classes)});
  }
  if (pictures.empty())
    throw_input(
        {"the shard has no samples", path, "pictures with their .cls", "check that it is the right one"});
  return pictures;
}

std::vector<TarPicture> pictures_by_sample(const std::string& archive, std::size_t number, int classes) {
  return pictures_by_sample(ListedArchive{archive, list_archive(archive, ListedFor::samples)}, number,
                            classes);
}

}  // namespace mpq::datasets
