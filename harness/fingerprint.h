#pragma once

#include <string>

#include "harness/study.h"

namespace mpq::harness {

/// The content of a data set as one hash, which enters every stage's key. Files that are read into memory are hashed
/// once and again only when path, size or time of change (ns) of one of them differs; of photographs, names and sizes
/// are taken, every time. Throws Error(input) if the
/// data set's folder is missing below `data_folder`, or with the reader's own complaint.
std::string data_fingerprint(const Choice& dataset, const std::string& data_folder,
                             const std::string& cache_folder);

}  // namespace mpq::harness
