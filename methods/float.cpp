// float: the pretrained network itself, the line that every quantized row is measured against.

#include "methods/registry.h"

namespace mpq::methods {
namespace {

class Float final : public Method {
 public:
  struct Options {
    template <class Visitor>
    void fields(Visitor&) {}
  };
  explicit Float(Options) {}

  Prepared prepare(Task&) override { return {}; }
  Deployed deploy(Task& task, const Prepared&, const quant::Budget&) override {
    return {task.float_network(), {}};
  }
};

}  // namespace

MPQ_REGISTER_METHOD(float) {
  registry.add<Float>(
      {.name = "float",
       .title = "Float",
       .family = "float",
       .citation = "",
       .summary = "The pretrained float network, unquantized.",
       .revision = 1,
       .needs = {.budget = false, .training = false, .gradients_in_deploy = false, .labels = false}});
}

}  // namespace mpq::methods
