#pragma once

#include <string>

namespace mpq::analysis {

/// A single-quoted gnuplot string: nothing in it is substituted or executed. Line breaks and other
/// control characters become blanks.
std::string gnuplot_string(const std::string& text);

/// The same for the text of a tic, which gnuplot takes for a number format.
std::string gnuplot_tic(const std::string& text);

/// Lines that every figure starts with: SVG of this size in pixels, fonts, thin grey axes, and the
/// colour-blind-safe palette of Okabe and Ito as line types 1 to 8.
std::string gnuplot_header(int width, int height, const std::string& file);

/// Two lines at the top left of the picture; the second explains.
std::string gnuplot_title(const std::string& title, const std::string& explanation, int height);

/// Runs `program` on STEM.gp in `folder`, without the user's start-up files, for at most a minute, and
/// puts the finished picture at STEM.svg. Returns "" or what went wrong; then there is no picture.
std::string run_gnuplot(const std::string& program, const std::string& folder, const std::string& stem);

}  // namespace mpq::analysis
