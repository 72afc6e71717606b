#pragma once

#include <map>
#include <optional>
#include <string>
#include <utility>

#include "core/error.h"
#include "core/json.h"
#include "core/progress.h"

namespace mpq::harness {

/// Why a stage failed, in the worker's words or the supervisor's; as JSON it is what the store keeps
/// beside the stage.
struct Failure {
  ErrorKind kind = ErrorKind::bug;
  ErrorParts parts;

  Json to_json() const;
  static Failure from_json(const Json& json);
};

/// Reads a worker's standard output: one JSON object per line. Anything else is text for the log and
/// never an error, because a library may print.
class WorkerEvents {
 public:
  /// Adds what has arrived; a line may come in pieces.
  void add(const std::string& bytes);

  const std::optional<Failure>& error() const { return error_; }
  /// The latest progress since the last call.
  std::optional<ProgressEvent> take_progress() { return std::exchange(progress_, std::nullopt); }
  /// Lines that were no events, since the last call.
  std::string take_text() { return std::exchange(text_, {}); }

 private:
  void add_line(const std::string& line);

  std::string rest_;
  std::optional<Failure> error_;
  std::optional<ProgressEvent> progress_;
  std::string text_;
};

/// The furthest point that the attempts at one stage have reached.
class Furthest {
 public:
  /// True if `event` lies beyond everything noted before.
  bool note(const ProgressEvent& event);

 private:
  std::map<std::string, double> done_;  // kind of work → most of it done
};

}  // namespace mpq::harness
