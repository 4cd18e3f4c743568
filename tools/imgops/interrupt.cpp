#include "tools/imgops/interrupt.hpp"

#include <csignal>

#include <unistd.h>

namespace imgops::cli {
namespace {

constexpr int interrupted_status = 130;
constexpr timespec patience{1, 0};

sigset_t interrupting_signals() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGHUP);
  return signals;
}

}  // namespace

Interrupt::Interrupt() {
  std::signal(SIGPIPE, SIG_IGN);  // a closed pipe is an error of write(), see Output
  const sigset_t signals = interrupting_signals();
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  waiting_ = std::jthread([this](const std::stop_token& ending) { wait(ending); });
}

Interrupt::~Interrupt() {
  waiting_.request_stop();
  pthread_kill(waiting_.native_handle(), SIGHUP);  // wakes it; it looks at its stop token first
}

void Interrupt::wait(const std::stop_token& ending) {
  const sigset_t signals = interrupting_signals();
  while (true) {
    int signal = 0;
    sigwait(&signals, &signal);
    if (ending.stop_requested()) return;
    if (!source_.stop_requested()) {
      source_.request_stop();
      continue;
    }
    sigtimedwait(&signals, nullptr, &patience);  // until the destructor or a third signal
    if (ending.stop_requested()) return;
    leftovers_.remove_all();
    _exit(interrupted_status);
  }
}

}  // namespace imgops::cli
