#include "harness/worker_events.h"

namespace mpq::harness {
namespace {

// A worker that floods its output without a line end must not fill the supervisor's memory.
constexpr std::size_t kMaxLineBytes = std::size_t{1} << 20;

std::string text_of(const Json& event, const char* key) {
  return event.contains(key) && event[key].is_string() ? event[key].get<std::string>() : "";
}

double number_of(const Json& event, const char* key, double fallback = 0) {
  return event.contains(key) && event[key].is_number() ? event[key].get<double>() : fallback;
}

ErrorKind kind_of(int code) {
  for (const auto kind :
       {ErrorKind::case_failed, ErrorKind::input, ErrorKind::environment, ErrorKind::interrupted})
    if (code == static_cast<int>(kind)) return kind;
  return ErrorKind::bug;
}

}  // namespace

Json Failure::to_json() const {
  return {{"kind", static_cast<int>(kind)},
          {"what", parts.what},
          {"where", parts.where},
          {"expected", parts.expected},
          {"fix", parts.fix}};
}

Failure Failure::from_json(const Json& json) {
  return {kind_of(static_cast<int>(number_of(json, "kind", 70))),
          {text_of(json, "what"), text_of(json, "where"), text_of(json, "expected"), text_of(json, "fix")}};
}

void WorkerEvents::add(const std::string& bytes) {
  rest_ += bytes;
  std::size_t start = 0;
  for (auto end = rest_.find('\n'); end != std::string::npos; end = rest_.find('\n', start)) {
    add_line(rest_.substr(start, end - start));
    start = end + 1;
  }
  rest_.erase(0, start);
  if (rest_.size() > kMaxLineBytes) text_ += std::exchange(rest_, {}) + "\n";
}

void WorkerEvents::add_line(const std::string& line) {
  const auto event = Json::parse(line, nullptr, false);
  const auto type = event.is_object() ? text_of(event, "event") : "";
  if (type == "progress") {
    progress_ = {text_of(event, "what"),  number_of(event, "done"), number_of(event, "total"),
                 text_of(event, "unit"),  number_of(event, "rate"), number_of(event, "seconds_left", -1),
                 text_of(event, "detail")};
  } else if (type == "error") {
    error_ = Failure::from_json(event);
  } else if (type != "done" && !line.empty()) {
    text_ += line + "\n";
  }
}

bool Furthest::note(const ProgressEvent& event) {
  const auto [known, fresh] = done_.try_emplace(event.what, event.done);
  if (fresh) return true;
  if (event.done <= known->second) return false;
  known->second = event.done;
  return true;
}

}  // namespace mpq::harness
