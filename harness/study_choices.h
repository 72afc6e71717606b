#pragma once

#include <string>
#include <vector>

#include "harness/study.h"
#include "harness/study_section.h"

namespace mpq::harness {

/// `item` with default options.
Choice choice_of(const CatalogueItem& item, std::string label, std::string where);

/// networks = ["NAME", …], or one [[network]] with name, label and options for each.
std::vector<Choice> read_networks(const Section& study, const Catalogue& catalogue);

/// [dataset], or one [[dataset]] for each, with name, label and options.
std::vector<Choice> read_datasets(const Section& study, const Catalogue& catalogue);

}  // namespace mpq::harness
