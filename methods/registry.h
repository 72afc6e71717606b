#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>

#include "core/named_entries.h"
#include "methods/method.h"

namespace mpq::methods {

struct Entry {
  MethodInfo info;
  std::function<std::unique_ptr<Method>(const Json& options)> make;
};

class Registry : public NamedEntries<Entry> {
 public:
  Registry() : NamedEntries("method", "see `mpq list methods`") {}
  /// `M` is constructible from its `Options`, which lists itself through fields() (core/options.h).
  template <class M>
  void add(MethodInfo info) {
    using Options = typename M::Options;
    info.options = describe_options<Options>();
    const auto where = "method '" + info.name + "', options";
    add_entry({info, [where](const Json& options) -> std::unique_ptr<Method> {
                 return std::make_unique<M>(parse_options<Options>(options, where));
               }});
  }

 private:
  void add_entry(Entry entry);
};

const Registry& registry();
void register_all(Registry& registry);  // generated

/// At file scope of a method's file: MPQ_REGISTER_METHOD(lsq) { registry.add<Lsq>({.name = "lsq", …}); }
#define MPQ_REGISTER_METHOD(name) void register_##name(Registry& registry)

}  // namespace mpq::methods
