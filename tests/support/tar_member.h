#pragma once

#include <sstream>
#include <string>

namespace mpq::testing {

/// One ustar member, its header written field by field; `type` is the header's ('0': a file).
inline std::string tar_member(const std::string& name, const std::string& bytes, char type = '0') {
  std::string header(512, '\0');
  const auto put = [&](std::size_t at, const std::string& text) { header.replace(at, text.size(), text); };
  const auto octal = [](std::size_t value) {
    std::ostringstream text;
    text << std::oct << value;
    return text.str();
  };
  put(0, name), put(100, "0000644"), put(108, "0000000"), put(116, "0000000");
  const auto size = octal(bytes.size());
  put(124, std::string(11 - size.size(), '0') + size), put(136, "00000000000"), put(148, "        ");
  put(156, std::string(1, type)), put(257, std::string("ustar\00000", 8));
  std::size_t sum = 0;
  for (const char c : header) sum += static_cast<unsigned char>(c);
  const auto check = octal(sum);
  put(148, std::string(6 - check.size(), '0') + check + std::string("\0 ", 2));
  auto padded = bytes;
  padded.resize((bytes.size() + 511) / 512 * 512, '\0');
  return header + padded;
}

/// A pax header of one record for the member behind it; a record begins with its length, which counts itself.
inline std::string pax_header(const std::string& key, const std::string& value) {
  const auto rest = " " + key + "=" + value + "\n";
  auto length = rest.size() + 1;
  while (std::to_string(length).size() + rest.size() != length) ++length;
  return tar_member("PaxHeaders/x", std::to_string(length) + rest, 'x');
}

/// GNU's long name for the member behind it, with the NUL that ends it.
inline std::string gnu_long_name(const std::string& name) {
  return tar_member("././@LongLink", name + std::string(1, '\0'), 'L');
}

/// The two blocks that end an archive.
inline std::string tar_end() { return std::string(1024, '\0'); }

}  // namespace mpq::testing
