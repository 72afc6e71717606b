// mpq check: the conformance suite for one method, run by the worker.

#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <iostream>

#include "cli/commands.h"
#include "core/error.h"
#include "harness/catalogue.h"
#include "harness/installation.h"

namespace mpq::cli {
namespace {

int check(const Arguments& arguments) {
  const auto installation = harness::Installation::find();
  const auto catalogue = harness::Catalogue::read(installation.catalogue);
  const auto& method =
      harness::find_item(catalogue.methods(), "method", arguments.text("METHOD"), "the command line");
  std::vector<std::string> command = {installation.worker, "--check", method.name};
  if (arguments.has("json")) command.push_back("--json");
  std::vector<char*> words;
  for (auto& word : command) words.push_back(word.data());
  words.push_back(nullptr);
  std::cout.flush();
  ::execv(words[0], words.data());
  throw_environment({"the worker cannot be started: " + std::string(std::strerror(errno)),
                     installation.worker, "an executable mpq-worker beside mpq",
                     "build it, or point MPQ_WORKER at it"});
}

}  // namespace

Command check_command() {
  return {"check",
          {"METHOD"},
          "hold a method to every promise of the interface, on two small networks and the synthetic images",
          {json_option()},
          {"mpq check lsq"},
          check};
}

}  // namespace mpq::cli
