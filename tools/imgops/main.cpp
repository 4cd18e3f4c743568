// From argv to an exit status: the only place that catches.
#include "libimgops/base/bytes.hpp"
#include "libimgops/base/json.hpp"
#include "tools/imgops/command_line.hpp"
#include "tools/imgops/completion.hpp"
#include "tools/imgops/config_file.hpp"
#include "tools/imgops/context.hpp"
#include "tools/imgops/document.hpp"
#include "tools/imgops/exit_status.hpp"
#include "tools/imgops/interrupt.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <exception>
#include <span>
#include <string>
#include <vector>

#ifdef __GLIBC__
#include <malloc.h>
#endif

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

// `finding` is the diagnostic behind it, or null.
void print_error(const Failing& failing, int status, std::string_view kind,
                 const std::string& message, const std::string& hint = {},
                 const Diagnostic* finding = nullptr) {
  std::string text;
  if (failing.wants_json) {
    Json error = Json::object();
    error["code"] = status;
    error["kind"] = kind;
    error["message"] = message;
    if (!hint.empty()) error["hint"] = hint;
    if (finding != nullptr) {
      error["finding"] = name(finding->code);
      put_place(error, *finding);
    }
    text = printable_json(print_json(Json{{"error", error}})) + "\n";
  } else {
    const std::string subject = failing.command.empty() ? "" : failing.command + ": ";
    text = fmt::format("imgops: {}{}\n", subject, printable(message));
    if (!hint.empty()) text += fmt::format("hint: {}\n", printable(hint));
  }
  static_cast<void>(std::fputs(text.c_str(), stderr));
}

int run_command(const CommandLine& line, const Options& given, const std::string& text,
                Failing& failing, Interrupt& interrupt) {
  if (line.command != nullptr && given.flag("help")) {
    Output output(1);
    output.text(help_page(*line.command));
    output.flush();
    return status_done;
  }
  const Environment environment = read_environment();
  const auto chosen = given.text("layout");
  const Settings settings =
      read_settings(environment, selected_path(chosen ? chosen : environment.layout));
  const Options options = with_settings(given, line, settings, environment);
  Context context(environment, global_options(options, environment), text, interrupt.token(),
                  interrupt.leftovers());
  failing.wants_json = context.talks_json();
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

// Asked by the scripts of `imgops completion` at every Tab: "imgops __complete WORD…".
int print_candidates(const std::vector<std::string>& words) {
  const std::string text = to_text(complete(std::span(words).subspan(1)));
  static_cast<void>(std::fputs(text.c_str(), stdout));
  return status_done;
}

int run(const std::vector<std::string>& words, Failing& failing, Interrupt& interrupt) {
  if (words.size() > 1 && words.front() == "__complete") return print_candidates(words);
  failing.wants_json = std::ranges::any_of(words, [](std::string_view word) {
    return word == "--json" || word.starts_with("--format=json");
  });
  const CommandLine line = split_command_line(words);
  if (line.command != nullptr) failing.command = line.command->name;
  const Options options = parse_options(line);
  if (line.command == nullptr) return run_without_command(options);
  return run_command(line, options, command_text(words), failing, interrupt);
}

int guarded(const std::vector<std::string>& words) {
  Failing failing;
  Interrupt interrupt;
  try {
    return run(words, failing, interrupt);
  } catch (const ClosedPipe&) {
    return status_done;
  } catch (const Error& error) {
    // What breaks off while the user breaks off (a pipe that ends early, say) is no news.
    const bool is_interrupted = interrupt.token().stop_requested();
    const ErrorKind kind = is_interrupted ? ErrorKind::cancelled : error.kind();
    const int status = exit_status(kind);
    if (is_interrupted) {
      print_error(failing, status, kind_name(kind), "interrupted");
    } else {
      print_error(failing, status, kind_name(kind), error.what(), error.hint(), error.diagnostic());
    }
    return status;
  } catch (const std::bad_alloc&) {
    print_error(failing, status_internal, "internal", "out of memory");
  } catch (const std::exception& error) {
    print_error(failing, status_internal, "internal", error.what());
  }
  return status_internal;
}

// Large lists go back to the system as soon as they are freed. By itself glibc raises this
// threshold to the size of what is freed, and the next such list leaves a hole in the heap. Lists
// of some ten thousand names stay, for the next image's: fresh pages cost more than filling them.
void return_large_memory() {
#ifdef __GLIBC__
  constexpr int least_bytes = 1024 * 1024;
  static_cast<void>(mallopt(M_MMAP_THRESHOLD, least_bytes));
  // What one thread makes another frees: a heap for each thread would keep what it no longer needs.
  static_cast<void>(mallopt(M_ARENA_MAX, 1));
#endif
}

}  // namespace
}  // namespace imgops::cli

int main(int count, char** words) {
  imgops::cli::return_large_memory();
  std::vector<std::string> arguments(words + 1, words + count);
  // What people type first at any program.
  if (arguments.size() == 1 && arguments.front() == "--version") arguments.front() = "version";
  return imgops::cli::guarded(arguments);
}
