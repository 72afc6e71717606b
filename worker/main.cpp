// mpq-worker: executes one stage, or says what is registered. Started by mpq; speaks one JSON object per
// line.

#include <c10/util/Exception.h>
#include <fmt/format.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <boost/program_options.hpp>
#include <csignal>
#include <cstdio>
#include <iostream>
#include <iterator>

#include "core/error.h"
#include "core/file.h"
#include "core/stop.h"
#include "worker/conformance.h"
#include "worker/describe.h"
#include "worker/environment.h"
#include "worker/export.h"
#include "worker/stage.h"

namespace po = boost::program_options;

namespace mpq::worker {
namespace {

void send(const Json& event) {
  const auto line = text_of(event) + "\n";
  std::fwrite(line.data(), 1, line.size(), stdout);
  std::fflush(stdout);
}

void send_error(int kind, const ErrorParts& parts) {
  send({{"event", "error"},
        {"kind", kind},
        {"what", parts.what},
        {"where", parts.where},
        {"expected", parts.expected},
        {"fix", parts.fix}});
}

void die_with_parent(pid_t expected_parent) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (expected_parent > 0 && getppid() != expected_parent)
    std::raise(SIGKILL);  // it died before the line above
}

po::options_description options() {
  po::options_description all("mpq-worker: executes one stage of a study (started by mpq)");
  auto add = all.add_options();
  add("help,h", "this text");
  add("describe", "print the catalogue of methods, networks and data sets as JSON");
  add("inspect", "read a network request as JSON from standard input, print sites and costs");
  add("export", "read a request as JSON from standard input, write the weights of a stage as .safetensors");
  add("check", po::value<std::string>()->value_name("METHOD"), "run the conformance suite for one method");
  add("json", "with --check: print the verdicts as JSON");
  add("environment", "print machine and libraries as JSON");
  add("run", po::value<std::string>()->value_name("FILE"), "compute the stage whose settings FILE holds");
  add("store", po::value<std::string>()->value_name("DIR"), "with --run: the store");
  add("data", po::value<std::string>()->value_name("DIR")->default_value("data"),
      "with --run: the data folder");
  add("loader-threads", po::value<int>()->value_name("N")->default_value(1),
      "with --run: prefetching threads");
  add("checkpoint-seconds", po::value<double>()->value_name("N")->default_value(30),
      "with --run: time between checkpoints");
  add("checkpoint", po::value<std::string>()->value_name("FILE")->default_value(""),
      "with --run: the float checkpoint that the settings name by its hash");
  add("check-parent", po::value<int>()->value_name("PID")->default_value(0),
      "with --run: end if the parent is gone");
  return all;
}

int run(const po::variables_map& given) {
  die_with_parent(given["check-parent"].as<int>());
  catch_stop_signals();
  if (!given.count("store"))
    throw_input({"--run needs --store", "mpq-worker", "--store DIR", "let `mpq run` start the worker"});
  StageJob job;
  const auto file = given["run"].as<std::string>();
  job.settings = parse_json(read_file(file, 1 << 24), file);
  job.data_folder = given["data"].as<std::string>();
  job.checkpoint = given["checkpoint"].as<std::string>();
  job.loader_threads = given["loader-threads"].as<int>();
  job.checkpoint_seconds = given["checkpoint-seconds"].as<double>();
  job.progress = [](const ProgressEvent& e) {
    send({{"event", "progress"},
          {"what", e.what},
          {"done", e.done},
          {"total", e.total},
          {"unit", e.unit},
          {"rate", e.rate},
          {"seconds_left", e.seconds_left},
          {"detail", e.detail}});
    std::cerr << to_line(e) << '\n';
  };
  set_up_process(job.settings.at("threads").get<int>());
  const results::Store store(given["store"].as<std::string>());
  send({{"event", "done"}, {"key", run_stage(store, job)}});
  return 0;
}

int dispatch(int argc, char** argv) {
  po::variables_map given;
  try {
    po::store(po::parse_command_line(argc, argv, options()), given);
    po::notify(given);
  } catch (const po::error& e) {
    throw_input(
        {e.what(), "command line of mpq-worker", "the options of mpq-worker --help", "let `mpq` start it"});
  }
  if (given.count("describe")) return std::cout << describe().dump(1) << '\n', 0;
  if (given.count("environment")) return std::cout << environment().dump(1) << '\n', 0;
  const auto request = [] {
    const std::string text{std::istreambuf_iterator<char>(std::cin), {}};
    return parse_json(text, "standard input");
  };
  if (given.count("inspect")) return std::cout << inspect(request()).dump() << '\n', 0;
  if (given.count("export")) return export_weights(request()), 0;
  if (given.count("check"))
    return check_method_command(given["check"].as<std::string>(), given.count("json") > 0);
  if (given.count("run")) return run(given);
  std::cout << options() << '\n';
  return given.count("help") ? 0 : 2;
}

}  // namespace
}  // namespace mpq::worker

int main(int argc, char** argv) {
  try {
    return mpq::worker::dispatch(argc, argv);
  } catch (const mpq::Error& error) {
    mpq::worker::send_error(error.exit_code(), error.parts());
    std::cerr << "mpq-worker: " << error.what() << '\n';
    return error.exit_code();
  } catch (const c10::Error& error) {
    const auto what = std::string("LibTorch: ") + error.what_without_backtrace();
    mpq::worker::send_error(
        70, {what, "mpq-worker", "no exception of this kind", "please report it with the log"});
    std::cerr << "mpq-worker: unexpected: " << error.what() << '\n';
    return 70;
  } catch (const std::exception& error) {
    mpq::worker::send_error(
        70, {error.what(), "mpq-worker", "no exception of this kind", "please report it with the log"});
    std::cerr << "mpq-worker: unexpected: " << error.what() << '\n';
    return 70;
  }
}
