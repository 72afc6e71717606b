#pragma once

#include <functional>
#include <string>
#include <vector>

namespace mpq::worker {

/// One promise of the interface, tried on one method: empty text if kept, else what was seen instead.
struct Promise {
  std::string name;      ///< "SameSeedSameBits"
  std::string sentence;  ///< what is promised
  std::function<std::string(const std::string& method)> check;
};

/// Every promise that a registered method makes (docs/add_a_method.md). All run on the synthetic data with a
/// small network.
const std::vector<Promise>& promises();

/// The networks that promises are tried on: "residual" (the default), and "inverted_residual", with depthwise
/// sites and signed inputs.
std::vector<std::string> subjects();
/// Runs the promises on that network from now on.
void use_subject(const std::string& name);

/// `mpq check METHOD`: prints a line a promise and network; exit code 0 if all are kept, 1 otherwise, 2 for an
/// unknown method.
int check_method_command(const std::string& method, bool as_json);

}  // namespace mpq::worker
