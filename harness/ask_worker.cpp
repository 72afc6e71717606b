#include "harness/ask_worker.h"

#include "core/error.h"
#include "harness/process.h"
#include "harness/worker_events.h"

namespace mpq::harness {

std::string ask_worker(const std::string& worker, const std::string& flag, const Json& request,
                       const std::string& about) {
  auto result = run_program({worker, flag}, text_of(request));
  if (result.exit_code == 0) return std::move(result.output);
  WorkerEvents events;
  events.add(result.output + "\n");
  if (const auto& error = events.error()) throw Error(error->kind, error->parts);
  throw Error(ErrorKind::bug, {"the worker ended with exit code " + std::to_string(result.exit_code) + ": " +
                                   result.errors.substr(0, 2000),
                               worker + " " + flag, about, "please report it with this message"});
}

}  // namespace mpq::harness
