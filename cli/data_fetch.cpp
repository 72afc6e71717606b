// mpq data fetch: official files, by curl and tar.

#include "cli/data_fetch.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <mutex>
#include <sstream>
#include <stop_token>
#include <thread>
#include <vector>

#include "cli/official_files.h"
#include "core/error.h"
#include "core/file.h"
#include "core/hash.h"
#include "harness/process.h"
#include "results/facts.h"

namespace fs = std::filesystem;

namespace mpq::cli {
namespace {

void run_or_refuse(const std::vector<std::string>& command, const std::string& what, const std::string& fix) {
  const auto result = harness::run_program(command, "");
  if (result.exit_code == 0) return;
  throw_environment(
      {what + " (exit code " + std::to_string(result.exit_code) + "): " + result.errors.substr(0, 500),
       command.back(), "a program that ends well", fix});
}

/// The program as a shell finds it, or where distributions put it.
std::string found_program(const std::string& name) {
  const char* path = std::getenv("PATH");
  std::istringstream folders(std::string(path != nullptr ? path : "") + ":/usr/bin:/usr/local/bin:/bin");
  for (std::string folder; std::getline(folders, folder, ':');) {
    auto program = folder + "/" + name;
    std::error_code absent;
    if (!folder.starts_with('/') || !fs::is_regular_file(program, absent)) continue;
    if (::access(program.c_str(), X_OK) == 0) return program;
  }
  throw_environment(
      {"the program " + name + " is not here", "/usr/bin", name, "install it: apt-get install " + name});
}

/// Says how much of a file is there while the object lives: over and over on a terminal, else once a minute.
std::jthread watch_growth(const std::string& path) {
  return std::jthread([path](const std::stop_token& stop) {
    const bool terminal = ::isatty(STDERR_FILENO) != 0;
    const std::chrono::milliseconds pause(terminal ? 500 : 60'000);
    const auto start = std::chrono::steady_clock::now();
    std::error_code absent;
    const auto size = [&] {
      const auto bytes = fs::file_size(path, absent);
      return absent ? 0.0 : static_cast<double>(bytes) / (1 << 20);
    };
    const double before = size();
    std::mutex mutex;
    std::condition_variable_any wake;
    std::unique_lock lock(mutex);
    while (!wake.wait_for(lock, stop, pause, [&] { return stop.stop_requested(); })) {
      const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
      const double now = size();
      const auto line =
          fmt::format("{:.1f} MiB are here, {:.2f} MiB/s", now, (now - before) / seconds.count());
      std::cerr << (terminal ? "\r" + line + "\x1b[K" : line + "\n") << std::flush;
    }
    if (terminal) std::cerr << "\r\x1b[K" << std::flush;
  });
}

void download(const std::string& url, const std::string& path) {
  const auto part = path + ".part";
  std::cerr << "getting " << url << "\n";
  {
    const auto watching = watch_growth(part);
    // Its meter would fill the message of an error; a firewall that answers nothing would be waited for.
    run_or_refuse(
        {found_program("curl"), "--silent", "--show-error", "--fail", "--location", "--connect-timeout", "20",
         "--speed-limit", "1", "--speed-time", "60", "--continue-at", "-", "--output", part, url},
        "the download did not end well",
        "check the network; the same command continues where this one ended");
  }
  fs::rename(part, path);
}

/// Gets one file, continuing what an earlier try left, and checks it.
void fetch_file(const OfficialFiles& files, const Json& file, const std::string& folder) {
  const auto& list = files.path;
  const auto path = (fs::path(folder) / files.path_in(file, "name")).string(),
             md5 = results::text_fact(file, "md5"), url = results::text_fact(file, "url");
  if (md5.empty())
    throw_input({"a file has no checksum", list + ", " + path, "md5 = \"…\"", "correct the list"});
  if (!fs::exists(path)) {
    if (url.empty())
      throw_input(
          {"the file is handed out after registration only", path, "the file with MD5 " + md5,
           "register at " + results::text_fact(files.list, "register") + ", get it and put it there"});
    make_folders(fs::path(path).parent_path().string());
    download(url, path);
  }
  if (const auto found = md5_file(path); found != md5)
    throw_input({"the file has MD5 " + found, path, md5, "remove it and fetch it again"});
  if (file.contains("unpack")) {
    const auto target = (fs::path(folder) / files.path_in(file, "unpack")).string();
    make_folders(target);
    run_or_refuse({found_program("tar"), "--extract", "--gzip", "--directory", target, "--file", path},
                  "unpacking did not end well", "check the space on the disk");
  }
  std::cout << path << ": whole\n";
}

}  // namespace

void fetch_files(const std::string& name, const std::string& data_folder, const std::string& own) {
  const auto files = official_files(name);
  if (!files)
    throw_input({"nothing is known of where '" + name + "' can be had", join(places_of_lists(name), " and "),
                 "a list of files", "put the files below " + data_folder + "/" + own + " yourself"});
  const auto& all = results::fact(files->list, "file");
  if (!all.is_array())
    throw_input(
        {"a list names no files", files->path, "[[file]] with name, md5 and url", "correct the list"});
  for (const auto& file : all) fetch_file(*files, file, data_folder);
}

}  // namespace mpq::cli
