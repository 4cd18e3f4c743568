// Laws over random stories of a layout: transactions, undo, redo, and another program that writes
// index.json between them. RC_PARAMS in the environment asks for another seed or more cases.
#include "libimgops/repository/undo.hpp"
#include "tests/repository/made_layout.hpp"
#include "tests/support/errors.hpp"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <cstdlib>
#include <map>
#include <set>

namespace imgops {
namespace {

using made::MadeLayout;

// The same cases each time, unless somebody wants others; set before rapidcheck first looks. Few,
// since each commit waits for the disk.
const int parameters_are_set = setenv("RC_PARAMS", "seed=20261121 max_success=25", 0);

// What a layout says of its names: whole entries.
using Names = std::map<std::string, std::string>;

Names names_in(const MadeLayout& layout) {
  Names names;
  for (const NamedDescriptor& named : layout.open().names()) {
    names[named.name] = print_json(named.descriptor.json());
  }
  return names;
}

struct World {
  MadeLayout layout;
  std::vector<Descriptor> images;

  World() {
    for (const char* note : {"one", "two", "three"}) images.push_back(layout.image(note));
  }

  Descriptor any_entry() const {
    const Descriptor image = *rc::gen::elementOf(images);
    const int note = *rc::gen::inRange(0, 3);
    return note == 0 ? image : image.with_annotation("note", std::to_string(note));
  }
  static std::string any_name() {
    return *rc::gen::elementOf(std::vector<std::string>{"a", "b", "c/d"});
  }

  // A transaction over one to three names; its number, 0 when nothing was to do.
  std::uint64_t operate() const {
    Repository repository = layout.open();
    Transaction transaction(repository, "operation", made::noon);
    std::set<std::string> chosen;
    for (int count = *rc::gen::inRange(1, 4); count > 0; --count) chosen.insert(any_name());
    for (const std::string& name : chosen) {
      const auto now = layout.now(name);
      if (now && *rc::gen::inRange(0, 3) == 0) {
        transaction.remove(name, *now);
      } else {
        transaction.move(name, now, any_entry());
      }
    }
    return transaction.commit();
  }

  // Another program: a name of its own, or one of ours, listed, moved or removed, or an entry
  // without a name.
  void meddle(bool only_its_own) const {
    std::vector<Descriptor> manifests = layout.open().index().manifests();
    const std::string name = only_its_own || *rc::gen::inRange(0, 2) == 0 ? "foreign" : any_name();
    std::erase_if(manifests, [&](const Descriptor& entry) {
      return entry.annotation(annotation_ref_name) == name;
    });
    if (*rc::gen::inRange(0, 3) != 0) {
      manifests.push_back(any_entry().with_annotation(annotation_ref_name, name));
    } else {
      manifests.push_back(any_entry());
    }
    layout.list(std::move(manifests));
  }

  bool turn(RecordKind kind, MovedSince moved_since) const {
    Repository repository = layout.open();
    const auto reversal = kind == RecordKind::undo ? find_undo(repository) : find_redo(repository);
    if (!reversal) return false;
    reverse(repository, *reversal, reversed_moves(repository, *reversal, moved_since), "turn",
            made::noon);
    return true;
  }
  bool undo() const { return turn(RecordKind::undo, MovedSince::refuse); }
  bool redo() const { return turn(RecordKind::redo, MovedSince::refuse); }
};

void hold(const char* law, const std::function<void()>& property) {
  EXPECT_TRUE(rc::check(law, property));
}

TEST(UndoLaw, UndoingEverythingGoesBackStepByStepAndRedoingComesBackAgain) {
  hold("undo after an operation, and redo after undo, change no name", [] {
    const World world;
    std::vector<Names> states{names_in(world.layout)};
    for (int count = *rc::gen::inRange(1, 6); count > 0; --count) {
      if (world.operate() != 0) states.push_back(names_in(world.layout));
    }
    for (std::size_t state = states.size(); state-- > 1;) {
      RC_ASSERT(world.undo());
      RC_ASSERT(names_in(world.layout) == states[state - 1]);
    }
    RC_ASSERT(!world.undo());
    for (std::size_t state = 1; state < states.size(); ++state) {
      RC_ASSERT(world.redo());
      RC_ASSERT(names_in(world.layout) == states[state]);
    }
    RC_ASSERT(!world.redo());
  });
}

// What a plain stack of states, with a cursor, would do.
TEST(UndoLaw, AnyStoryOfOperationsUndoAndRedoIsThatOfAnEditor) {
  hold("the journal behaves as a list of states with a cursor", [] {
    const World world;
    std::vector<Names> states{names_in(world.layout)};
    std::size_t at = 0;
    for (int count = *rc::gen::inRange(4, 14); count > 0; --count) {
      switch (*rc::gen::inRange(0, 4)) {
        case 0:
          RC_ASSERT(world.undo() == (at > 0));
          if (at > 0) --at;
          break;
        case 1:
          RC_ASSERT(world.redo() == (at + 1 < states.size()));
          if (at + 1 < states.size()) ++at;
          break;
        default:
          if (world.operate() == 0) break;
          states.resize(++at);
          states.push_back(names_in(world.layout));
      }
      RC_ASSERT(names_in(world.layout) == states[at]);
    }
  });
}

TEST(UndoLaw, WhatOthersDidToOtherNamesSurvives) {
  hold("entries of other programs outlive undo and redo", [] {
    const World world;
    world.operate();
    const Names before = names_in(world.layout);
    if (world.operate() == 0) return;
    const Names after = names_in(world.layout);
    world.meddle(true);
    const auto with_foreign = [&](Names names) {
      const Names now = names_in(world.layout);
      if (now.contains("foreign")) names["foreign"] = now.at("foreign");
      return names;
    };
    const std::size_t entries = world.layout.open().index().manifests().size();
    RC_ASSERT(world.undo());
    RC_ASSERT(names_in(world.layout) == with_foreign(before));
    RC_ASSERT(world.redo());
    RC_ASSERT(names_in(world.layout) == with_foreign(after));
    RC_ASSERT(world.layout.open().index().manifests().size() == entries);
  });
}

TEST(UndoLaw, WhatOthersDidToTheSameNamesIsNeverLostUnasked) {
  hold("undo refuses, or loses no move of another program", [] {
    const World world;
    world.operate();
    if (world.operate() == 0) return;
    world.meddle(false);
    const Names met = names_in(world.layout);
    const std::string text = world.layout.index_text();
    const auto kind = made::kind_of([&] { world.undo(); });
    if (kind) {
      RC_ASSERT(*kind == ErrorKind::conflict);
      RC_ASSERT(world.layout.index_text() == text);
      RC_ASSERT(world.turn(RecordKind::undo, MovedSince::overwrite));
    }
    RC_ASSERT(world.redo());
    // Digests: an entry that another program wrote for an image we had moved to is the same move.
    RC_ASSERT(names_in(world.layout) == met);
  });
}

}  // namespace
}  // namespace imgops
