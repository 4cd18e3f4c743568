// The editor gets the terminal for itself: what the user types there to interrupt, the editor
// understands, not we.
#include "tools/imgops/editor.hpp"

#include "libimgops/base/error.hpp"
#include "libimgops/base/file.hpp"

#include <fmt/format.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <fstream>
#include <iterator>

#include <sys/wait.h>
#include <unistd.h>

namespace imgops::cli {
namespace {

void run_editor(const std::string& command, const std::string& path) {
  setpgid(0, 0);
  if (isatty(STDIN_FILENO) == 1) tcsetpgrp(STDIN_FILENO, getpid());
  sigset_t none;
  sigemptyset(&none);
  pthread_sigmask(SIG_SETMASK, &none, nullptr);
  std::signal(SIGPIPE, SIG_DFL);
  std::signal(SIGTTOU, SIG_DFL);
  // The answer of the program is on stdout, so the editor speaks where the user is.
  dup2(STDERR_FILENO, STDOUT_FILENO);
  const std::string script = command + " \"$@\"";
  // NOLINTNEXTLINE(*-vararg)
  execl("/bin/sh", "sh", "-c", script.c_str(), command.c_str(), path.c_str(), nullptr);
  _exit(127);
}

int wait_for_editor(const std::string& command, const std::string& path) {
  std::signal(SIGTTOU, SIG_IGN);  // taking the terminal back is no crime
  const pid_t process = fork();
  if (process < 0) throw_system_error("editor");
  if (process == 0) run_editor(command, path);
  int status = 0;
  while (waitpid(process, &status, 0) < 0 && errno == EINTR) {
  }
  if (isatty(STDIN_FILENO) == 1) tcsetpgrp(STDIN_FILENO, getpgrp());
  return status;
}

std::string read_back(const std::string& path) {
  std::ifstream stream(path, std::ios::binary);
  if (!stream) throw Error(ErrorKind::input_output, path + ": the editor left no file");
  return {std::istreambuf_iterator<char>(stream), {}};
}

}  // namespace

std::string edit_text(Context& context, std::string_view name, const std::string& text) {
  const auto directory = context.make_temporary_directory();
  const std::string path = (directory->path() / name).string();
  std::ofstream(path, std::ios::binary) << text;
  const std::string& command = context.environment().editor;
  if (wait_for_editor(command, path) != 0) {
    throw Error(ErrorKind::cancelled, fmt::format("editor '{}' failed: nothing is done", command),
                "VISUAL or EDITOR names another");
  }
  context.check_stop();
  return read_back(path);
}

}  // namespace imgops::cli
