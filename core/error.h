#pragma once

#include <exception>
#include <string>
#include <string_view>
#include <vector>

namespace mpq {

/// Who has to act on an error; the value is the program's exit code (docs/architecture.md).
enum class ErrorKind {
  case_failed = 1,   ///< a case of a study failed; the others are done and stored
  input = 2,         ///< study, options, data or checkpoint are wrong
  environment = 3,   ///< disk, lock, or a store of a newer format is in the way
  bug = 70,          ///< our mistake
  interrupted = 130  ///< stopped by the user; everything can be resumed
};

/// The four parts of every message: what is wrong, where, what was expected, one thing to do.
struct ErrorParts {
  std::string what, where, expected, fix;
};

/// The one exception type that ends a command or a stage.
class Error : public std::exception {
 public:
  Error(ErrorKind kind, ErrorParts parts);

  ErrorKind kind() const { return kind_; }
  int exit_code() const { return static_cast<int>(kind_); }
  const ErrorParts& parts() const { return parts_; }
  /// The four-line block, without the program's name; control characters of the parts are written as \x1b.
  const char* what() const noexcept override { return text_.c_str(); }

 private:
  ErrorKind kind_;
  ErrorParts parts_;
  std::string text_;
};

/// Throws Error(input): the caller's file, option or data is wrong.
[[noreturn]] void throw_input(ErrorParts parts);
/// Throws Error(environment): the machine or the store is in the way.
[[noreturn]] void throw_environment(ErrorParts parts);

/// Throws Error(bug) unless `condition` holds. For conditions no user input can reach.
void require(bool condition, std::string_view what);

/// The candidate nearest to `word` by edit distance; empty if none is near enough to suggest.
std::string nearest(std::string_view word, const std::vector<std::string>& candidates);

/// A fix for a word that is not known: "did you mean 'NEAREST'?", or `otherwise`.
std::string did_you_mean(std::string_view word, const std::vector<std::string>& known,
                         const std::string& otherwise);

/// "a, b, c"
std::string join(const std::vector<std::string>& words, std::string_view separator = ", ");

}  // namespace mpq
