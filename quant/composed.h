#pragma once

namespace mpq::quant {

namespace detail {
inline thread_local bool composed_only_here = false;
}

/// Whether this thread composes every operation of quant/ from ATen operators even where a fused kernel
/// exists.
inline bool composed_only() { return detail::composed_only_here; }
/// Composes within a scope: the fused operations are differentiable once, and the tests hold the path of
/// other devices to the same recordings.
class ComposedScope {
 public:
  explicit ComposedScope(bool on = true) : before_(composed_only()) { detail::composed_only_here = on; }
  ~ComposedScope() { detail::composed_only_here = before_; }
  ComposedScope(const ComposedScope&) = delete;
  ComposedScope& operator=(const ComposedScope&) = delete;

 private:
  bool before_;
};

}  // namespace mpq::quant
