#include "core/error.h"

#include <algorithm>
#include <numeric>

namespace mpq {
namespace {

// Names in messages are strangers': a NUL would end the text, an escape sequence would reach the terminal.
std::string printable(const std::string& text) {
  constexpr char kDigits[] = "0123456789abcdef";
  std::string shown;
  for (const char c : text) {
    const auto code = static_cast<unsigned char>(c);
    if (c == '\n' || c == '\t' || (code >= 0x20 && code != 0x7f)) {
      shown += c;
    } else {
      shown += "\\x";
      shown += kDigits[code / 16];
      shown += kDigits[code % 16];
    }
  }
  return shown;
}

}  // namespace

Error::Error(ErrorKind kind, ErrorParts parts) : kind_(kind), parts_(std::move(parts)) {
  auto text = "error: " + parts_.what;
  if (!parts_.where.empty()) text += "\n  where:    " + parts_.where;
  if (!parts_.expected.empty()) text += "\n  expected: " + parts_.expected;
  if (!parts_.fix.empty()) text += "\n  fix:      " + parts_.fix;
  text_ = printable(text);
}

void throw_input(ErrorParts parts) { throw Error(ErrorKind::input, std::move(parts)); }
void throw_environment(ErrorParts parts) { throw Error(ErrorKind::environment, std::move(parts)); }

void require(bool condition, std::string_view what) {
  if (condition) return;
  throw Error(ErrorKind::bug, {std::string(what), "an internal check of mpq", "this never happens",
                               "please report it with the command and the log"});
}

namespace {
std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t above = row[j];
      row[j] = std::min({above + 1, row[j - 1] + 1, diagonal + (a[i - 1] == b[j - 1] ? 0 : 1)});
      diagonal = above;
    }
  }
  return row.back();
}
}  // namespace

std::string nearest(std::string_view word, const std::vector<std::string>& candidates) {
  std::string best;
  std::size_t best_distance = std::max<std::size_t>(2, word.size() / 3) + 1;
  for (const auto& candidate : candidates) {
    const auto distance = edit_distance(word, candidate);
    if (distance < best_distance) {
      best_distance = distance;
      best = candidate;
    }
  }
  return best;
}

std::string did_you_mean(std::string_view word, const std::vector<std::string>& known,
                         const std::string& otherwise) {
  const auto near = nearest(word, known);
  return near.empty() ? otherwise : "did you mean '" + near + "'?";
}

std::string join(const std::vector<std::string>& words, std::string_view separator) {
  std::string all;
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (i > 0) all += separator;
    all += words[i];
  }
  return all;
}

}  // namespace mpq
