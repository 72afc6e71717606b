#pragma once

namespace mpq {

/// Installs SIGINT and SIGTERM handlers that only set a flag.
void catch_stop_signals();
/// Whether the process was asked to stop. Long loops look here and leave with Error(interrupted).
bool stop_requested();
/// Sets the flag as a signal would (tests).
void request_stop(bool requested);
/// Sets the flag at the n-th look from now on: a stop at a chosen point of the work (tests, conformance
/// suite).
void request_stop_at_look(int n);
/// Throws Error(interrupted) if a stop was requested.
void throw_if_stopped();

}  // namespace mpq
