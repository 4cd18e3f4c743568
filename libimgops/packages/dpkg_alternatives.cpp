// The file of one name in var/lib/dpkg/alternatives, line by line:
//
//   auto | manual
//   /usr/bin/editor                 the link
//   editor.1.gz                     the name of a slave
//   /usr/share/man/man1/editor.1.gz its link            … and so on for each slave
//                                   (an empty line)
//   /usr/bin/vim.basic              a choice
//   30                              its priority
//   /usr/share/man/man1/vim.1.gz    for each slave what the choice has for it, maybe empty
//                                   (an empty line behind the last choice)
#include "libimgops/packages/control_merge.hpp"
#include "libimgops/packages/dpkg_info.hpp"
#include "libimgops/packages/keyed_merge.hpp"
#include "libimgops/packages/line_lists.hpp"

#include <map>
#include <string>

namespace imgops {
namespace {

// Of slaves and of choices: the file has a line for each pair of them.
constexpr std::size_t most_records = 1000;

struct Slave {
  std::string_view name;
  std::string_view link;
  friend bool operator==(const Slave&, const Slave&) = default;
};

struct Choice {
  std::string_view path;
  std::string_view priority;
  std::map<std::string_view, std::string_view> slaves;  // by name, without empty ones
  friend bool operator==(const Choice&, const Choice&) = default;
};

struct Alternatives {
  std::string_view mode;
  std::string_view link;
  std::vector<Slave> slaves;
  std::vector<Choice> choices;
};

class Lines {
 public:
  explicit Lines(std::string_view text) : lines_(split_lines(text)) {}
  std::string_view next() {
    if (at_ >= lines_.size()) throw Error(ErrorKind::corrupt, "alternatives: ends too early");
    return lines_[at_++];
  }
  bool is_end() const noexcept { return at_ >= lines_.size(); }

 private:
  std::vector<std::string_view> lines_;
  std::size_t at_ = 0;
};

void require_room(std::size_t count) {
  if (count >= most_records) throw Error(ErrorKind::corrupt, "alternatives: too many");
}

Alternatives parse(std::string_view text) {
  Alternatives result;
  Lines lines(text);
  result.mode = lines.next();
  result.link = lines.next();
  for (std::string_view name = lines.next(); !name.empty(); name = lines.next()) {
    require_room(result.slaves.size());
    result.slaves.push_back({name, lines.next()});
  }
  while (!lines.is_end()) {
    Choice choice;
    choice.path = lines.next();
    if (choice.path.empty()) break;
    require_room(result.choices.size());
    choice.priority = lines.next();
    for (const Slave& slave : result.slaves) {
      const std::string_view path = lines.next();
      if (!path.empty()) choice.slaves[slave.name] = path;
    }
    result.choices.push_back(std::move(choice));
  }
  if (!lines.is_end()) throw Error(ErrorKind::corrupt, "alternatives: lines behind the end");
  return result;
}

// What both sides say, or what only one changed; nullopt for a value changed two ways.
std::optional<std::string_view> merge_value(std::string_view base, std::string_view ours,
                                            std::string_view theirs, MergePolicy policy) {
  if (ours == theirs || base == ours) return theirs;
  if (base == theirs) return ours;
  if (policy == MergePolicy::fail) return std::nullopt;
  return policy == MergePolicy::ours ? ours : theirs;
}

std::string print(const Alternatives& alternatives) {
  std::string text;
  const auto add = [&](std::string_view line) {
    text += line;
    text += '\n';
  };
  add(alternatives.mode);
  add(alternatives.link);
  for (const Slave& slave : alternatives.slaves) {
    add(slave.name);
    add(slave.link);
  }
  add("");
  for (const Choice& choice : alternatives.choices) {
    add(choice.path);
    add(choice.priority);
    for (const Slave& slave : alternatives.slaves) {
      const auto found = choice.slaves.find(slave.name);
      add(found == choice.slaves.end() ? std::string_view() : found->second);
    }
  }
  add("");
  return text;
}

}  // namespace

MergedText merge_alternatives(const ThreeVersions& versions, MergePolicy policy) {
  return merge_readable(versions, [&] {
    const Alternatives base = versions.base ? parse(*versions.base) : Alternatives();
    const Alternatives ours = parse(versions.ours);
    const Alternatives theirs = parse(versions.theirs);
    const auto mode = merge_value(base.mode, ours.mode, theirs.mode, policy);
    const auto link = merge_value(base.link, ours.link, theirs.link, policy);
    if (!mode || !link) return not_merged("the choice of the alternative changed on both sides");
    auto slaves = merge_keyed<Slave>(
        {base.slaves, ours.slaves, theirs.slaves},
        [](const Slave& slave) { return std::string(slave.name); }, std::equal_to<>(),
        [](const auto&) { return std::optional<Slave>(); }, policy);
    auto choices = merge_keyed<Choice>(
        {base.choices, ours.choices, theirs.choices},
        [](const Choice& choice) { return std::string(choice.path); }, std::equal_to<>(),
        [](const auto&) { return std::optional<Choice>(); }, policy);
    std::vector<std::string> conflicts = slaves.conflicts;
    conflicts.insert(conflicts.end(), choices.conflicts.begin(), choices.conflicts.end());
    std::vector<std::string> settled = slaves.settled;
    settled.insert(settled.end(), choices.settled.begin(), choices.settled.end());
    const std::string text =
        print({*mode, *link, std::move(slaves.records), std::move(choices.records)});
    return conclude(conflicts, settled, policy, "choices", text);
  });
}

}  // namespace imgops
