// From argv to an exit status: the only place that catches.
#include "libimgops/base/bytes.hpp"
#include "libimgops/base/json.hpp"
#include "tools/imgops/command_line.hpp"
#include "tools/imgops/context.hpp"
#include "tools/imgops/exit_status.hpp"
#include "tools/imgops/interrupt.hpp"

#include <fmt/format.h>

#include <cstdio>
#include <exception>
#include <string>
#include <vector>

namespace imgops::cli {
namespace {

// What is known about the run when something fails.
struct Failing {
  std::string command;  // "compress", or empty
  bool wants_json = false;
};

std::string command_text(const std::vector<std::string>& words) {
  std::string text = "imgops";
  for (const std::string& word : words) text += " " + word;
  return text;
}

void print_error(const Failing& failing, int status, std::string_view kind,
                 const std::string& message, const std::string& hint) {
  std::string text;
  if (failing.wants_json) {
    Json error = Json::object();
    error["code"] = status;
    error["kind"] = kind;
    error["message"] = message;
    if (!hint.empty()) error["hint"] = hint;
    text = printable_json(print_json(Json{{"error", error}})) + "\n";
  } else {
    const std::string subject = failing.command.empty() ? "" : failing.command + ": ";
    text = fmt::format("imgops: {}{}\n", subject, printable(message));
    if (!hint.empty()) text += fmt::format("hint: {}\n", printable(hint));
  }
  static_cast<void>(std::fputs(text.c_str(), stderr));
}

int run_command(const CommandLine& line, const Options& options, const std::string& text,
                Failing& failing, const std::stop_token& stop) {
  if (line.command != nullptr && options.flag("help")) {
    Output output(1);
    output.text(help_page(*line.command));
    output.flush();
    return status_done;
  }
  const Environment environment = read_environment();
  Context context(environment, global_options(options, environment), text, stop);
  failing.wants_json = context.wants_json();
  const int status = line.command->run(options, context);
  context.finish();
  context.check_strict();
  return status;
}

int run_without_command(const Options& options) {
  std::FILE* const stream = options.flag("help") ? stdout : stderr;
  static_cast<void>(std::fputs(help_overview().c_str(), stream));
  return options.flag("help") ? status_done : exit_status(ErrorKind::invalid_argument);
}

int run(const std::vector<std::string>& words, Failing& failing, const std::stop_token& stop) {
  for (const std::string& word : words) failing.wants_json |= word == "--json";
  const CommandLine line = split_command_line(words);
  if (line.command != nullptr) failing.command = line.command->name;
  const Options options = parse_options(line);
  if (line.command == nullptr) return run_without_command(options);
  return run_command(line, options, command_text(words), failing, stop);
}

int guarded(const std::vector<std::string>& words) {
  Failing failing;
  const Interrupt interrupt;
  try {
    return run(words, failing, interrupt.token());
  } catch (const ClosedPipe&) {
    return status_done;
  } catch (const Error& error) {
    const int status = exit_status(error.kind());
    print_error(failing, status, kind_name(error.kind()), error.what(), error.hint());
    return status;
  } catch (const std::bad_alloc&) {
    print_error(failing, status_internal, "internal", "out of memory", "");
  } catch (const std::exception& error) {
    print_error(failing, status_internal, "internal", error.what(), "");
  }
  return status_internal;
}

}  // namespace
}  // namespace imgops::cli

int main(int count, char** words) {
  std::vector<std::string> arguments(words + 1, words + count);
  // What people type first at any program.
  if (arguments.size() == 1 && arguments.front() == "--version") arguments.front() = "version";
  return imgops::cli::guarded(arguments);
}
