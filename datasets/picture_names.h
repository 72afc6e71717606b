#pragma once

#include <string>

/// What the ending of a file's name says of a picture, in any case of its letters.
namespace mpq::datasets {

/// Behind the last dot, in small letters.
std::string ending_of(const std::string& name);

/// Whether a picture of a format that is read: .jpg, .jpeg, .png.
bool is_read_picture(const std::string& name);
/// Whether a picture of any format that people keep pictures in.
bool is_any_picture(const std::string& name);

/// Throws Error(input) for a picture of a format that is not read: left out without a word, it would make a
/// set smaller than other programs find it.
void require_read_format(const std::string& path);

}  // namespace mpq::datasets
