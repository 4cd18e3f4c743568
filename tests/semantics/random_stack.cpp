// A stack is made from lists of small numbers: rapidcheck shrinks those by itself.
#include "tests/semantics/random_stack.hpp"

#include "tests/semantics/naive_model.hpp"

#include <array>
#include <ostream>
#include <string>
#include <tuple>

namespace imgops::test {
namespace {

constexpr std::array names = {"a",       "b",   "d",   "d/a", "d/b", "d/e",   "d/e/a",
                              "l",       "l/a", "l/b", "l/e", "usr", "usr/l", "usr/l/a",
                              "usr/l/e", "m",   "m/a", "a-b", "d-e"};
constexpr std::array targets = {"d", "usr/l", "/usr/l", "a", "nowhere", "l", "m", "../d", "e"};
constexpr std::array contents = {"x", "y", "", "longer"};
constexpr std::array modes = {0644, 0755, 0600, 04755};

// Weights of the kinds of members, by repetition. x, the device 0:0, has stories only (M16).
constexpr std::string_view kinds = "ffffffffdddddddslllhhhhhwwwwwoopcr";

// Kind, name, second name, attributes.
using Choice = std::tuple<int, int, int, int>;
using Choices = std::vector<std::vector<Choice>>;

template <class Value, std::size_t size>
Value pick(const std::array<Value, size>& values, int number) {
  return values[static_cast<std::size_t>(number) % size];
}

std::string marker(const std::string& path) {
  const std::size_t name = path.rfind('/') + 1;
  return path.substr(0, name) + ".wh." + path.substr(name);
}

void set_attributes(story::Member& member, int number) {
  member.mode = pick(modes, number);
  member.uid = number / 4 % 2;
  member.mtime = {5 + number / 8 % 2, number / 16 % 2 == 0 ? 0U : 500'000'000U};
  if (number / 32 % 3 > 0) member.xattrs["user.k"] = std::to_string(number / 32 % 3);
}

story::Member make_member(const Choice& choice) {
  const auto [kind_number, name_number, second_number, number] = choice;
  const char kind = kinds[static_cast<std::size_t>(kind_number) % kinds.size()];
  const std::string name = pick(names, name_number);
  story::Member member;
  member.name = number % 7 == 6 ? "./" + name : name;
  if (kind == 'w' || kind == 'o') {
    member.name = kind == 'w' ? marker(name) : name + "/.wh..wh..opq";
    member.mode = 0;
    return member;
  }
  if (kind == 's' || kind == 'l') {
    member.type = '2';
    member.link = pick(targets, second_number);
    member.mode = 0777;
    return member;
  }
  set_attributes(member, number);
  if (kind == 'f') member.body = pick(contents, second_number);
  if (kind == 'd') {
    member.type = '5';
    member.name += "/";
  }
  if (kind == 'h') {
    member.type = '1';
    member.link = pick(names, second_number);
  }
  if (kind == 'p' || kind == 'c' || kind == 'x') {
    member.type = kind == 'p' ? '6' : '3';
    member.xattrs.clear();              // M08
    if (kind == 'c') member.major = 1;  // else 0:0, overlay's whiteout (M16)
  }
  if (kind == 'r') {
    member.type = '5';
    member.name = "./";
  }
  return member;
}

// Xattrs on what is no file or directory cannot be written (M08); a hard link may bring one there.
bool has_misplaced_xattr(const naive::Names& view) {
  for (const auto& [path, file] : view) {
    if (!file->xattrs.empty() && file->type != '0' && file->type != '5') return true;
  }
  return false;
}

bool has_view(const naive::Names& lower, const std::vector<story::Member>& members) {
  try {
    return !has_misplaced_xattr(naive::apply_layer(lower, members));
  } catch (const naive::Rejected&) {
    return false;
  }
}

RandomStack make_stack(const Choices& choices, Legality legality) {
  RandomStack stack;
  naive::Names view = naive::empty_view();
  for (const std::vector<Choice>& layer_choices : choices) {
    story::Layer& layer = stack.layers.emplace_back();
    for (const Choice& choice : layer_choices) {
      layer.members.push_back(make_member(choice));
      if (legality == Legality::always && !has_view(view, layer.members)) layer.members.pop_back();
    }
    if (legality == Legality::always) view = naive::apply_layer(view, layer.members);
  }
  if (stack.layers.empty()) stack.layers.emplace_back();
  return stack;
}

// Of the whole range, whatever the size: inRange() alone would narrow it.
rc::Gen<int> number_below(int limit) {
  return rc::gen::resize(rc::kNominalSize, rc::gen::inRange(0, limit));
}

rc::Gen<Choices> random_choices() {
  const auto choice = rc::gen::tuple(number_below(static_cast<int>(kinds.size())),
                                     number_below(static_cast<int>(names.size())), number_below(57),
                                     number_below(96));
  const auto layer = rc::gen::resize(12, rc::gen::container<std::vector<Choice>>(choice));
  return rc::gen::resize(4, rc::gen::container<Choices>(layer));
}

}  // namespace

std::ostream& operator<<(std::ostream& out, const RandomStack& stack) {
  return out << '\n' << story::to_text(stack.layers);
}

rc::Gen<RandomStack> random_stack(Legality legality) {
  return rc::gen::map(random_choices(),
                      [legality](const Choices& choices) { return make_stack(choices, legality); });
}

}  // namespace imgops::test
