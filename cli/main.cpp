// mpq: plans, supervises, indexes and reports. Starts in milliseconds and never loads LibTorch.

#include <signal.h>

#include <filesystem>
#include <iostream>

#include "cli/commands.h"
#include "core/error.h"

int main(int argc, char** argv) {
  signal(SIGXFSZ, SIG_IGN);  // a file size limit is an error to report, not a reason to die
  const std::vector<std::string> words(argv + 1, argv + argc);
  try {
    const int code = mpq::cli::run_mpq(words);
    if (!std::cout.flush())
      mpq::throw_environment({"the output could not be written", "standard output",
                              "a disk with space, or a reader", "free some space, or write elsewhere"});
    return code;
  } catch (const mpq::Error& e) {
    std::cerr << "mpq: " << e.what() << "\n";
    return e.exit_code();
  } catch (const std::filesystem::filesystem_error& e) {
    const mpq::Error place(mpq::ErrorKind::environment, {e.code().message(), e.path1().string(),
                                                         "a path that this user can read and write",
                                                         "check the path and its permissions"});
    std::cerr << "mpq: " << place.what() << "\n";
    return place.exit_code();
  } catch (const std::exception& e) {
    const mpq::Error bug(
        mpq::ErrorKind::bug,
        {std::string("unexpected: ") + e.what(), "mpq itself", "an error with a reason and a remedy",
         "please report it with the command and the output of `mpq env`"});
    std::cerr << "mpq: " << bug.what() << "\n";
    return bug.exit_code();
  }
}
