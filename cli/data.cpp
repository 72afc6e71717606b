// mpq data: what is there, whether it is whole, what training sees of it, and where to get it.

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <iostream>
#include <thread>

#include "cli/commands.h"
#include "cli/data_fetch.h"
#include "cli/official_files.h"
#include "cli/places.h"
#include "cli/text_table.h"
#include "core/error.h"
#include "core/file.h"
#include "datasets/verify.h"

namespace fs = std::filesystem;

namespace mpq::cli {
namespace {

using datasets::Entry;

constexpr int kFewClasses = 20;  // up to so many, verify prints the pictures of each

const Entry& entry_of(const Arguments& arguments) {
  const auto name = arguments.text("[NAME]");
  if (name.empty())
    throw_input({"no data set is named", "the command line of mpq data", "a name of `mpq list datasets`",
                 "write it behind the action"});
  return datasets::registry().find(name, "the command line of mpq data");
}

/// --option key=value, as a study would write it.
Json options_of(const Entry& entry, const Arguments& arguments) {
  const std::string where = "--option of mpq data";
  Json given = Json::object();
  for (const auto& pair : arguments.texts("option")) {
    const auto equals = pair.find('=');
    if (equals == std::string::npos)
      throw_input({"'" + pair + "' sets nothing", where, "KEY=VALUE", "write --option KEY=VALUE"});
    const auto value = Json::parse(pair.substr(equals + 1), nullptr, false);
    given[pair.substr(0, equals)] = value.is_discarded() ? Json(pair.substr(equals + 1)) : value;
  }
  return resolve_options(entry.info.options, given, where);
}

// Written over and over, so on a terminal alone.
void progress_line(const ProgressEvent& event) {
  if (::isatty(STDERR_FILENO)) std::cerr << "\r" << to_line(event) << "\x1b[K" << std::flush;
}
void end_progress_line() {
  if (::isatty(STDERR_FILENO)) std::cerr << "\r\x1b[K";
}

int list(const Arguments& arguments) {
  const auto folder = data_folder(arguments);
  Json all = Json::array();
  TextTable table({"name", "title", ">train", ">test", ">classes", "below " + folder});
  for (const auto& [name, entry] : datasets::registry().all()) {
    Json row = {{"name", name}, {"title", entry.info.title}};
    std::string state = "there";
    auto info = entry.info;
    const auto defaults = resolve_options(entry.info.options, Json::object(), "defaults");
    if (const auto own = entry.folder(defaults); own.empty() && !entry.made_from_formula()) {
      state = "any folder that a study names";
    } else if (!own.empty() && !fs::is_directory(folder + "/" + own)) {
      state = "absent";
    } else {
      try {
        info = entry.facts(defaults, folder);
      } catch (const Error& e) {
        state = e.parts().what;
      }
    }
    row.update({{"train", info.train_count},
                {"test", info.test_count},
                {"classes", info.classes},
                {"state", state}});
    all.push_back(row);
    table.add({name, info.title, std::to_string(info.train_count), std::to_string(info.test_count),
               std::to_string(info.classes), state});
  }
  if (arguments.has("json"))
    std::cout << text_of(all, 2) << "\n";
  else
    std::cout << table.text();
  return 0;
}

/// How many pictures a part has as it is handed out; 0 where nobody knows: a folder of one's own, or options
/// that choose files or classes.
std::int64_t official_count(const Entry& entry, const Json& options, const std::string& part) {
  const auto defaults = resolve_options(entry.info.options, Json::object(), "defaults");
  for (const auto* chooses : {"train", "test", "class_map", "exclude"})
    if (defaults.contains(chooses) && options.at(chooses) != defaults.at(chooses)) return 0;
  return part == "train" ? entry.info.train_count : entry.info.test_count;
}

/// What was found, the official number of pictures of every part, and the files whose official content is known.
struct Verified {
  datasets::VerifyReport report;
  std::vector<std::int64_t> official;
  std::vector<ContentCheck> contents;

  bool counts(std::size_t part) const {
    return official[part] == 0 || official[part] == report.parts[part].count;
  }
  bool whole() const {
    for (std::size_t i = 0; i < report.parts.size(); ++i)
      if (report.parts[i].broken > 0 || !counts(i)) return false;
    return std::all_of(contents.begin(), contents.end(), [](const auto& file) { return file.whole(); });
  }
};

Json to_json(const Verified& verified) {
  const auto& report = verified.report;
  Json parts = Json::array();
  for (std::size_t i = 0; i < report.parts.size(); ++i) {
    const auto& part = report.parts[i];
    Json one = {{"part", part.name},           {"pictures", part.count}, {"broken", part.broken},
                {"per_class", part.per_class}, {"mean", part.mean},      {"std", part.std}};
    one["official"] = verified.official[i] > 0 ? Json(verified.official[i]) : Json();
    if (part.broken > 0)
      one["first_broken"] = {
          {"index", part.first_broken}, {"what", part.reason.what}, {"where", part.reason.where}};
    parts.push_back(one);
  }
  Json contents = Json::array();
  for (const auto& file : verified.contents)
    contents.push_back({{"path", file.path}, {"sha256", file.found}, {"official", file.official}});
  return {{"name", report.info.name},
          {"fingerprint", report.fingerprint},
          {"contents", contents},
          {"parts", parts}};
}

void print_contents(const std::vector<ContentCheck>& contents) {
  if (contents.empty()) {
    std::cout << "checksums: no official content of this set's files is known here; every picture was read "
                 "to its end\n";
    return;
  }
  const auto whole =
      std::count_if(contents.begin(), contents.end(), [](const auto& file) { return file.whole(); });
  std::cout << fmt::format("checksums: {} of {} files have their official content\n", whole, contents.size());
  for (const auto& file : contents)
    if (!file.whole())
      std::cout << fmt::format("  {}: {}, officially {}\n", file.path,
                               file.found.empty() ? "not there" : "SHA-256 " + file.found, file.official);
}

/// Pictures of every class, by its number.
void print_classes(const datasets::VerifyReport& report) {
  std::vector<std::string> columns{">class"};
  for (const auto& part : report.parts) columns.push_back(">" + part.name);
  TextTable table(columns);
  for (std::size_t k = 0; k < static_cast<std::size_t>(report.info.classes); ++k) {
    std::vector<std::string> cells{std::to_string(k)};
    for (const auto& part : report.parts) cells.push_back(std::to_string(part.per_class.at(k)));
    table.add(cells);
  }
  std::cout << "\n" << table.text();
}

void print(const Verified& verified, bool classes) {
  const auto& report = verified.report;
  std::cout << fmt::format("{}: fingerprint {}\n\n", report.info.name, report.fingerprint);
  TextTable table(
      {"part", ">pictures", ">official", ">broken", ">classes", ">fewest", ">most", "mean", "deviation"});
  const auto three = [](const std::array<double, 3>& v) {
    return fmt::format("{:.4f} {:.4f} {:.4f}", v[0], v[1], v[2]);
  };
  for (std::size_t i = 0; i < report.parts.size(); ++i) {
    const auto& part = report.parts[i];
    const auto [fewest, most] = std::minmax_element(part.per_class.begin(), part.per_class.end());
    const auto official = verified.official[i] > 0 ? std::to_string(verified.official[i]) : "–";
    table.add({part.name, std::to_string(part.count), official, std::to_string(part.broken),
               std::to_string(
                   std::count_if(part.per_class.begin(), part.per_class.end(), [](auto n) { return n > 0; })),
               std::to_string(*fewest), std::to_string(*most), three(part.mean), three(part.std)});
  }
  std::cout << table.text()
            << "mean and deviation: of pixel / 255 by channel, as evaluation sees the pictures\n";
  print_contents(verified.contents);
  for (std::size_t i = 0; i < report.parts.size(); ++i) {
    const auto& part = report.parts[i];
    if (!verified.counts(i))
      std::cout << fmt::format(
          "{}: {} pictures, officially {}: {}\n", part.name, part.count, verified.official[i],
          part.count < verified.official[i] ? fmt::format("{} are missing", verified.official[i] - part.count)
                                            : fmt::format("{} too many", part.count - verified.official[i]));
    if (part.broken > 0)
      std::cout << fmt::format("{}: first broken picture, number {}: {}\n  where: {}\n", part.name,
                               part.first_broken, part.reason.what, part.reason.where);
  }
  if (classes || report.info.classes <= kFewClasses) print_classes(report);
}

int verify(const Arguments& arguments) {
  const auto& entry = entry_of(arguments);
  const int threads =
      arguments.whole("threads", std::max(1, static_cast<int>(std::thread::hardware_concurrency())), 1, 256);
  const bool quiet = arguments.has("json");
  const auto options = options_of(entry, arguments);
  Verified verified{datasets::verify_dataset(entry, options, data_folder(arguments), threads,
                                             quiet ? ProgressSink() : progress_line),
                    {},
                    {}};
  if (const auto files = official_files(entry.info.name))
    verified.contents = check_contents(*files, data_folder(arguments));
  for (const auto& part : verified.report.parts)
    verified.official.push_back(official_count(entry, options, part.name));
  if (quiet) {
    std::cout << text_of(to_json(verified), 2) << "\n";
  } else {
    end_progress_line();
    print(verified, arguments.has("classes"));
  }
  return verified.whole() ? 0 : static_cast<int>(ErrorKind::input);
}

int preview(const Arguments& arguments) {
  const auto& entry = entry_of(arguments);
  const auto dataset = entry.open(options_of(entry, arguments), data_folder(arguments));
  const int columns = arguments.whole("columns", 8, 1, 64), rows = arguments.whole("rows", 8, 1, 64);
  const datasets::Augmentation augmentation{
      static_cast<std::uint64_t>(arguments.whole("seed", 1, 0, 1'000'000)),
      arguments.whole("epoch", 0, 0, 1'000'000)};
  const bool plain = arguments.has("plain") || !dataset.info().crop_and_flip;
  const auto sheet = datasets::contact_sheet(dataset, plain ? nullptr : &augmentation,
                                             arguments.whole("first", 0, 0, 100'000'000), columns, rows);
  const auto path = arguments.text("out", entry.info.name + "-preview.png");
  write_whole(path, datasets::encode_png(sheet));
  std::cout << fmt::format("{}: {} pictures of the training split, {}\n", path, rows * columns,
                           plain ? "as evaluation sees them" : "as training sees them");
  return 0;
}

int cache(const Arguments& arguments) {
  const auto& entry = entry_of(arguments);
  if (!entry.write_cache)
    throw_input({"data set '" + entry.info.name + "' needs no cache", "the command line of mpq data",
                 "a set of photographs: this one is in memory already", "run the study as it is"});
  const auto paths = entry.write_cache(options_of(entry, arguments), data_folder(arguments), progress_line);
  end_progress_line();
  for (const auto& path : paths)
    std::cout << fmt::format("{}: {:.1f} MiB, read instead of the pictures from now on\n", path,
                             static_cast<double>(fs::file_size(path)) / (1 << 20));
  return 0;
}

int fetch(const Arguments& arguments) {
  const auto& entry = entry_of(arguments);
  if (entry.made_from_formula())
    throw_input({"data set '" + entry.info.name + "' has no files: it is made from a formula",
                 "the command line of mpq data", "a set that lies in files", "run the study as it is"});
  const auto own = entry.folder(resolve_options(entry.info.options, Json::object(), "defaults"));
  if (own.empty())
    throw_input({"data set '" + entry.info.name + "' is a folder of your own", "the command line of mpq data",
                 "a set with an official place", "name the folder in the study: option folder"});
  fetch_files(entry.info.name, data_folder(arguments), own);
  return 0;
}

int data(const Arguments& arguments) {
  const std::map<std::string, int (*)(const Arguments&)> actions = {
      {"list", list}, {"verify", verify}, {"preview", preview}, {"fetch", fetch}, {"cache", cache}};
  const auto wanted = arguments.text("ACTION");
  const auto action = actions.find(wanted);
  if (action != actions.end()) return action->second(arguments);
  std::vector<std::string> known;
  for (const auto& [name, function] : actions) known.push_back(name);
  throw_input({"mpq data cannot '" + wanted + "'", "the command line of mpq data", "one of: " + join(known),
               did_you_mean(wanted, known, "choose one of them")});
}

}  // namespace

Command data_command() {
  return {
      "data",
      {"ACTION", "[NAME]"},
      "data sets: list, verify (read every picture), preview (a contact sheet), fetch (from the official "
      "place), cache (decode all pictures once)",
      {{"option", "KEY=VALUE", "an option of the data set, as in a study", true},
       {"threads", "N", "verify: threads (default: all)"},
       {"classes", "", "verify: pictures of each class, also where there are more than 20"},
       {"out", "FILE", "preview: the PNG to write (default: NAME-preview.png)"},
       {"columns", "N", "preview: pictures beside each other (default 8)"},
       {"rows", "N", "preview: rows of pictures (default 8)"},
       {"first", "N", "preview: the first picture of the training split (default 0)"},
       {"epoch", "N", "preview: the epoch whose random draws are shown (default 0)"},
       {"seed", "N", "preview: the seed of those draws (default 1)"},
       {"plain", "", "preview: as evaluation sees the pictures"},
       data_option(),
       json_option()},
      {"mpq data list", "mpq data verify cifar10 --data DIR", "mpq data preview synthetic --out sheet.png",
       "mpq data fetch cifar10 --data DIR", "mpq data cache pets --data DIR"},
      data};
}

}  // namespace mpq::cli
