#include "tools/imgops/pager.hpp"

#include "libimgops/base/file.hpp"

#include <array>
#include <csignal>

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

namespace imgops::cli {
namespace {

void run_pager(const std::string& command, const std::array<int, 2>& pipe) {
  sigset_t none;
  sigemptyset(&none);
  pthread_sigmask(SIG_SETMASK, &none, nullptr);
  std::signal(SIGPIPE, SIG_DFL);
  dup2(pipe[0], STDIN_FILENO);
  execl("/bin/sh", "sh", "-c", command.c_str(), nullptr);  // NOLINT(*-vararg)
  _exit(127);
}

}  // namespace

PagerProcess start_pager(const std::string& command) {
  std::array<int, 2> pipe{};
  if (pipe2(pipe.data(), O_CLOEXEC) != 0) throw_system_error("pager");
  const pid_t process = fork();
  if (process < 0) throw_system_error("pager");
  if (process == 0) run_pager(command, pipe);
  close(pipe[0]);
  return {process, pipe[1]};
}

void end_pager(PagerProcess pager) {
  close(pager.descriptor);
  int status = 0;
  waitpid(pager.process, &status, 0);
}

}  // namespace imgops::cli
