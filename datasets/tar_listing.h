#pragma once

#include <map>
#include <string>
#include <vector>

#include "datasets/tar_index.h"

namespace mpq::datasets {

/// What an archive is listed for: pictures by class, some perhaps in archives within it, or WebDataset
/// samples, which have labels.
enum class ListedFor { classes, samples };

/// All that has to be known of an archive to find its pictures and their classes without reading it again.
struct TarListing {
  std::vector<TarMember> members;
  std::map<std::string, std::vector<TarMember>> within;  ///< of the archives among them, by their names
  std::map<std::string, std::string> labels;             ///< contents of `.cls` members, by their names
  bool operator==(const TarListing&) const = default;
};

/// Whether a member is an archive itself.
inline bool is_archive(const std::string& name) { return name.ends_with(".tar"); }

/// Reads all headers, and labels that could be one. Throws as list_tar.
TarListing list_archive(const std::string& path, ListedFor purpose);

/// The same of `archive` below the data folder, from a file in its folder `cache` that an earlier call has
/// written: 1.3 million headers are gigabytes to read. Where the archive has another size or time of change
/// since, or the file is damaged, the archive is listed and the file written anew; in a data folder that
/// cannot be written to, archives are listed every time.
TarListing kept_listing(const std::string& data_folder, const std::string& archive, ListedFor purpose);

}  // namespace mpq::datasets
