#include "analysis/gnuplot.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>

namespace mpq::analysis {
namespace {

constexpr unsigned kMaxSeconds = 60;
constexpr int kNotFound = 127;

// Only async-signal-safe calls between fork and exec.
[[noreturn]] void become_gnuplot(const char* program, const char* folder, const char* set_output,
                                 const char* script, int output) {
  const int null = ::open("/dev/null", O_RDONLY);
  ::dup2(null, STDIN_FILENO);
  ::dup2(output, STDOUT_FILENO);
  ::dup2(output, STDERR_FILENO);
  ::alarm(kMaxSeconds);
  if (::chdir(folder) == 0)
    ::execlp(program, program, "-d", "-e", set_output, script, static_cast<char*>(nullptr));
  ::_exit(kNotFound);
}

std::string read_all(int descriptor) {
  std::string text;
  std::array<char, 4096> piece{};
  for (;;) {
    const auto got = ::read(descriptor, piece.data(), piece.size());
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return text;
    if (text.size() < 65536) text.append(piece.data(), static_cast<std::size_t>(got));
  }
}

std::string first_line(const std::string& text) {
  const auto begin = text.find_first_not_of(" \n\t");
  return begin == std::string::npos ? "no message" : text.substr(begin, text.find('\n', begin) - begin);
}

std::string outcome(int status, const std::string& program, const std::string& output) {
  if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return "";
  if (WIFEXITED(status) && WEXITSTATUS(status) == kNotFound)
    return "the program '" + program + "' is not installed";
  if (WIFSIGNALED(status)) return fmt::format("{} was stopped by signal {}", program, WTERMSIG(status));
  return program + " failed: " + first_line(output);
}

}  // namespace

std::string gnuplot_string(const std::string& text) {
  std::string quoted = "'";
  for (const char c : text) {
    if (c == '\'')
      quoted += "''";
    else
      quoted += static_cast<unsigned char>(c) < 32 ? ' ' : c;
  }
  return quoted + "'";
}

std::string gnuplot_tic(const std::string& text) {
  std::string doubled;
  for (const char c : text) doubled += c == '%' ? std::string("%%") : std::string(1, c);
  return gnuplot_string(doubled);
}

std::string gnuplot_header(int width, int height, const std::string& file) {
  return fmt::format(
      "# Draws {0}; run: gnuplot {1}.gp\n"
      "if (!exists('out')) out = {2}\n"
      "set encoding utf8\n"
      "set terminal svg size {3},{4} noenhanced font 'DejaVu Sans,Helvetica,Arial,sans-serif,13' background "
      "'#ffffff'\n"
      "set output out\n"
      "set decimalsign '.'\n"
      "set linetype 1 lc rgb '#0072B2' lw 2 pt 7 ps 0.8\n"
      "set linetype 2 lc rgb '#D55E00' lw 2 pt 5 ps 0.8\n"
      "set linetype 3 lc rgb '#009E73' lw 2 pt 9 ps 1.0\n"
      "set linetype 4 lc rgb '#CC79A7' lw 2 pt 11 ps 1.0\n"
      "set linetype 5 lc rgb '#E69F00' lw 2 pt 13 ps 1.0\n"
      "set linetype 6 lc rgb '#56B4E9' lw 2 pt 15 ps 0.9\n"
      "set linetype 7 lc rgb '#000000' lw 2 pt 3 ps 0.9\n"
      "set linetype 8 lc rgb '#808080' lw 2 pt 2 ps 0.9\n"
      "set linetype cycle 8\n"
      "set border 3 lc rgb '#606060'\n"
      "set tics nomirror out scale 0.6 tc rgb '#202020'\n"
      "set grid ytics lc rgb '#dddddd' lw 0.6 lt 1\n",
      file, file.substr(0, file.rfind('.')), gnuplot_string(file), width, height);
}

std::string gnuplot_title(const std::string& title, const std::string& explanation, int height) {
  return fmt::format(
      "set tmargin 4.2\nset label {} at screen 0.015, screen {:.4f} left font ',15'\n"
      "set label {} at screen 0.015, screen {:.4f} left font ',12' tc rgb '#505050'\n",
      gnuplot_string(title), 1 - 18.0 / height, gnuplot_string(explanation), 1 - 39.0 / height);
}

std::string run_gnuplot(const std::string& program, const std::string& folder, const std::string& stem) {
  const auto script = stem + ".gp", part = stem + ".svg.part", set_output = "out = " + gnuplot_string(part);
  std::array<int, 2> pipe{};
  if (::pipe2(pipe.data(), O_CLOEXEC) != 0) return std::string("no pipe: ") + std::strerror(errno);
  const auto child = ::fork();
  if (child == 0)
    become_gnuplot(program.c_str(), folder.c_str(), set_output.c_str(), script.c_str(), pipe[1]);
  ::close(pipe[1]);
  const auto output = child > 0 ? read_all(pipe[0]) : std::string();
  ::close(pipe[0]);
  if (child < 0) return std::string("no process: ") + std::strerror(errno);
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  auto wrong = outcome(status, program, output);
  std::error_code failed;
  if (wrong.empty()) std::filesystem::rename(folder + "/" + part, folder + "/" + stem + ".svg", failed);
  if (failed) wrong = program + " wrote no picture: " + failed.message();
  if (!wrong.empty()) std::filesystem::remove(folder + "/" + part, failed);
  return wrong;
}

}  // namespace mpq::analysis
