// Entries are placed one by one into a trie. A name is found by its directory's number and its last
// component, so that replacing a directory forgets all below it at once: what hangs on the old
// number can no longer be reached.
#include "libimgops/tree/change_tree.hpp"

#include "libimgops/base/error.hpp"
#include "libimgops/base/path.hpp"
#include "libimgops/tar/limits.hpp"
#include "libimgops/tree/implied.hpp"
#include "libimgops/tree/link_group.hpp"
#include "libimgops/tree/name_table.hpp"

#include <algorithm>

namespace imgops {
namespace {

constexpr std::uint32_t none = NameTable::none;
// Of directories that no entry names, all their paths together: deep ones below one long name would
// make gigabytes of findings.
constexpr std::uint64_t implied_names_bytes = 256ULL << 20;
static_assert(limits::view_nodes <= ChangeNode::most_nodes);

// A component takes two bytes with its slash, so that short paths need no counting.
bool is_too_deep(std::string_view path) {
  return path.size() >= limits::tree_depth * 2 &&
         static_cast<std::size_t>(std::ranges::count(path, '/')) >= limits::tree_depth;
}

class Builder {
 public:
  Builder(const LayerIndex& layer, const Report& report)
      : report_(report),
        tree_(std::make_shared<ChangeTree>(layer)),
        names_(tree_->nodes, layer.entries.size() + 1) {
    tree_->nodes.reserve(layer.entries.size() + 1);
    ChangeNode root{std::string_view()};
    root.is_directory = true;
    root.is_implied = true;
    tree_->nodes.push_back(root);
  }

  void add(const LayerEntry& entry) {
    ++sequence_;
    switch (entry.kind()) {
      case EntryKind::whiteout:
        if (entry.inode.type() == FileType::character_device) {
          place(entry).removes = true;
        } else {
          tree_->whiteouts.emplace_back(marker_path(entry.path), sequence_);
        }
        return;
      case EntryKind::opaque:
        tree_->opaques.emplace_back(opaque_path(entry.path), sequence_);
        return;
      case EntryKind::hard_link:
        add_link(entry);
        return;
      case EntryKind::file:
        break;
    }
    if (entry.path.empty()) {
      add_root(entry);
    } else {
      place(entry);
    }
  }

  std::shared_ptr<ChangeTree> finish() {
    sort_nodes();
    sort_markers(tree_->whiteouts, true);
    sort_markers(tree_->opaques, false);
    return tree_;
  }

 private:
  std::uint32_t add_file(const Inode* inode) {
    tree_->linked_files.push_back(inode);
    return static_cast<std::uint32_t>(tree_->linked_files.size() - 1);
  }

  void add_root(const LayerEntry& entry) {
    ChangeNode& root = tree_->nodes.front();
    if (!root.is_implied) {
      report_(DiagnosticCode::duplicate, DiagnosticLevel::warning, "N01", "");
    }
    root.is_implied = false;
    root.sequence = sequence_;
    const Inode& inode = entry.inode;
    if (inode.mode() != 0755 || inode.uid() != 0 || inode.gid() != 0 || inode.xattrs() != nullptr) {
      report_(DiagnosticCode::root_meta, DiagnosticLevel::warning, "P16", "");
    }
  }

  // ---- names -----------------------------------------------------------------------------------

  struct Walk {
    std::uint32_t directory = 0;  // as far as the path exists
    std::string rest;             // components that do not exist; empty when all do
    bool followed = false;        // a link led to where rest begins
  };

  // Follows `path` as directories from the root, through links of this layer, scoped to the root.
  // Throws PARENT-NOT-DIR where it meets something else.
  Walk walk(std::string_view path, std::string_view subject) const {
    Walk result;
    std::string spelling;  // of `remaining`, once a link was followed
    std::string_view remaining = path;
    std::size_t links = 0;
    const auto refuse = [&](const char* row) {
      return Error(reject(DiagnosticCode::parent_not_dir, row,
                          "entry below something that is no directory", std::string(subject)));
    };
    while (true) {
      remaining.remove_prefix(std::min(remaining.size(), remaining.find_first_not_of('/')));
      if (remaining.empty()) return result;
      const std::string_view name = remaining.substr(0, remaining.find('/'));
      if (name == "." || name == "..") {
        if (name == "..") result.directory = tree_->nodes[result.directory].parent();
        remaining.remove_prefix(name.size());
        continue;
      }
      const std::uint32_t child = names_.find(result.directory, name);
      if (child == none) {
        // What is left may still hold dots of a link's target.
        const auto rest = canonical_path(remaining);
        if (!rest) throw refuse("P14");
        result.rest = *rest;
        return result;
      }
      const ChangeNode& node = tree_->nodes[child];
      remaining.remove_prefix(name.size());
      if (node.is_directory) {
        result.directory = child;
        continue;
      }
      const Inode* inode = tree_->inode_of(node);
      if (inode == nullptr || inode->type() != FileType::symlink)
        throw refuse(links > 0 ? "P14" : "P18");
      // No kernel makes a link of a longer target.
      const std::string_view target = inode->link_target();
      if (++links > limits::symlinks_followed || target.size() > limits::path_write_bytes) {
        throw refuse("P14");
      }
      result.followed = true;
      if (target.starts_with('/')) result.directory = 0;
      spelling = join(target, remaining);
      remaining = spelling;
    }
  }

  // The number of the directory `path`, with implied ones made where it does not exist.
  std::uint32_t directory_for(std::string_view path, std::string_view subject) {
    if (path.empty()) return 0;
    if (path == last_directory_path_) return last_directory_;
    Walk found = walk(path, subject);
    std::uint32_t directory = found.directory;
    if (!found.rest.empty()) {
      // One spelling serves all of them.
      const std::string_view whole = path_of(directory, found.rest, path);
      std::size_t end = whole.size() - found.rest.size();
      while (end < whole.size()) {
        end = std::min(whole.find('/', end + 1), whole.size());
        implied_bytes_ += end;
        if (implied_bytes_ > implied_names_bytes)
          throw too_much("too many names are implied", path);
        ChangeNode node(whole.substr(0, end), directory);
        node.is_implied = true;
        node.is_directory = true;
        node.sequence = sequence_;
        node.through_link = found.followed;
        directory = insert(node);
      }
    }
    last_directory_path_ = path;
    last_directory_ = directory;
    return directory;
  }

  // The path of `name`, which may have several components, in a directory, as a view of `near`
  // where that is spelled alike.
  std::string_view path_of(std::uint32_t directory, std::string_view name, std::string_view near) {
    const std::string_view parent = tree_->nodes[directory].path();
    const std::size_t size = parent.empty() ? name.size() : parent.size() + 1 + name.size();
    if (near.size() >= size && near.substr(0, parent.size()) == parent &&
        near.substr(size - name.size(), name.size()) == name &&
        (near.size() == size || near[size] == '/') &&
        (parent.empty() || near[parent.size()] == '/')) {
      return near.substr(0, size);
    }
    made_bytes_ += size;
    if (size > near.size() + limits::path_write_bytes || made_bytes_ > limits::layer_strings_bytes)
      throw too_much("names behind links are too long", near);
    return tree_->made_paths.emplace_back(join(parent, name));
  }

  static Error too_much(const char* what, std::string_view path) {
    return Error(reject(DiagnosticCode::meta_size, "T25", what, std::string(path)));
  }

  // Links let a short name stand for a deep one, and implied directories cost no entry.
  std::uint32_t insert(const ChangeNode& node) {
    const auto number = static_cast<std::uint32_t>(tree_->nodes.size());
    if (is_too_deep(node.path())) throw too_much("tree is too deep", node.path());
    if (number >= limits::view_nodes) throw too_much("tree has too many names", node.path());
    tree_->nodes.push_back(node);
    names_.put(node.parent(), file_name(node.path()), number);
    return number;
  }

  // Puts `entry` under its name; the last entry of a name wins (N01).
  ChangeNode& place(const LayerEntry& entry, std::uint32_t file = ChangeNode::no_file) {
    const std::uint32_t directory = directory_for(parent_path(entry.path), entry.path);
    const std::string_view name = file_name(entry.path);
    const bool is_directory =
        entry.kind() == EntryKind::file && entry.inode.type() == FileType::directory;
    const std::uint32_t existing = names_.find(directory, name);
    if (existing != none) {
      ChangeNode& old = tree_->nodes[existing];
      if (!old.is_implied) {
        const bool becomes_link = old.is_directory && entry.inode.type() == FileType::symlink;
        report_(DiagnosticCode::duplicate, DiagnosticLevel::warning, becomes_link ? "P20" : "N01",
                old.path());
      } else if (!is_directory) {
        report_(DiagnosticCode::differential, DiagnosticLevel::note, "P19", old.path());
      }
      if (old.is_directory && is_directory) {  // P03: the entry's attributes, children stay
        old.is_implied = false;
        old.sequence = sequence_;
        old.file = file;
        old.through_link = false;
        return old;
      }
      old.is_current = false;
      last_directory_path_ = {};  // it may have led through what is gone
      last_directory_ = 0;
    }
    ChangeNode node(path_of(directory, name, entry.path), directory);
    node.file = file;
    node.sequence = sequence_;
    node.is_directory = is_directory;
    return tree_->nodes[insert(node)];
  }

  // ---- hard links ------------------------------------------------------------------------------

  void add_link(const LayerEntry& entry) {
    const auto refuse = [&] {
      return Error(reject(DiagnosticCode::hl_target, "L08", "no such file to link to",
                          std::string(entry.path)));
    };
    const std::string_view parent = parent_path(entry.link_path());
    if (entry.link_path().empty() || entry.link_path() == entry.path) throw refuse();
    directory_for(parent_path(entry.path), entry.path);  // a bad parent is told before a bad target
    Walk found;
    try {
      found = walk(parent, entry.path);
    } catch (const Error&) {
      throw refuse();
    }
    const std::string_view name = file_name(entry.link_path());
    const std::uint32_t target =
        found.rest.empty() ? names_.find(found.directory, name) : std::uint32_t{none};
    if (target == none) {
      std::string directory(tree_->nodes[found.directory].path());
      if (!found.rest.empty()) directory = join(directory, found.rest);
      const std::uint32_t file = add_file(nullptr);
      place(entry, file);
      tree_->pending.push_back({&entry, file, join(directory, name)});
      return;
    }
    ChangeNode& node = tree_->nodes[target];
    if (node.is_directory || node.removes) throw refuse();
    if (node.file == ChangeNode::no_file) node.file = add_file(tree_->inode_of(node));
    const std::uint32_t file = node.file;
    if (const Inode* shared = tree_->linked_files[file]) {
      if (const Inode* joined = join_group(*tree_, *shared, entry, report_, "L13")) {
        tree_->linked_files[file] = joined;
      }
    } else {
      tree_->pending.push_back({&entry, file, {}});
    }
    place(entry, file);
  }

  // ---- markers ---------------------------------------------------------------------------------

  // Markers make nothing; their parents are resolved as far as they exist.
  std::string_view marker_path(std::string_view path) {
    const std::string_view directory = opaque_path(parent_path(path));
    if (directory == parent_path(path)) return path;
    return tree_->made_paths.emplace_back(join(directory, file_name(path)));
  }

  std::string_view opaque_path(std::string_view path) {
    if (path.empty()) return path;
    const Walk found = walk(path, path);
    const std::string_view directory = tree_->nodes[found.directory].path();
    if (found.rest.empty()) return directory;
    std::string real = join(directory, found.rest);
    if (real == path) return path;
    return tree_->made_paths.emplace_back(std::move(real));
  }

  void sort_markers(std::vector<ChangeMarker>& markers, bool report_twice) const {
    std::stable_sort(markers.begin(), markers.end(), [](const auto& left, const auto& right) {
      return PathLess()(left.path(), right.path());
    });
    const auto same = [&](const ChangeMarker& left, const ChangeMarker& right) {
      if (left.path() != right.path()) return false;
      if (report_twice) {
        report_(DiagnosticCode::duplicate, DiagnosticLevel::warning, "U26", left.path());
      }
      return true;
    };
    markers.erase(std::unique(markers.begin(), markers.end(), same), markers.end());
  }

  // Drops what was replaced, with all that hung on it, and brings the rest into path order, in
  // place: there is no other list of this size but the lower tree.
  void sort_nodes() {
    std::vector<ChangeNode>& nodes = tree_->nodes;
    // Parents have lower numbers, so theirs is decided already.
    for (ChangeNode& node : nodes) {
      node.is_current = node.is_current && nodes[node.parent()].is_current;
    }
    std::erase_if(nodes, [](const ChangeNode& node) { return !node.is_current; });
    const auto by_path = [](const ChangeNode& left, const ChangeNode& right) {
      return PathLess()(left.path(), right.path());
    };
    if (!std::is_sorted(nodes.begin(), nodes.end(), by_path)) {
      std::sort(nodes.begin(), nodes.end(), by_path);
    }
  }

  const Report& report_;
  std::shared_ptr<ChangeTree> tree_;
  NameTable names_;
  std::uint32_t sequence_ = 0;
  std::uint64_t made_bytes_ = 0;     // of made_paths
  std::uint64_t implied_bytes_ = 0;  // of paths of implied directories
  std::string_view last_directory_path_;
  std::uint32_t last_directory_ = 0;
};

}  // namespace

void Report::operator()(DiagnosticCode code, DiagnosticLevel level, const char* row,
                        std::string_view path, std::string message) const {
  Diagnostic diagnostic;
  diagnostic.code = code;
  diagnostic.level = level;
  diagnostic.row = row;
  diagnostic.path = path;
  diagnostic.message = message.empty() ? std::string(summary(code)) : std::move(message);
  take_(std::move(diagnostic));
}

const LayerEntry* ChangeTree::entry_of(const ChangeNode& node) const noexcept {
  return node.is_implied ? nullptr : &layer.entries[node.sequence - 1];
}

const Inode* ChangeTree::inode_of(const ChangeNode& node) const noexcept {
  if (node.is_implied) return &implied_directory();
  return node.file == ChangeNode::no_file ? &entry_of(node)->inode : linked_files[node.file];
}

// Assigning "{}" would keep the room of each.
void ChangeTree::forget_lists() {
  nodes = std::vector<ChangeNode>();
  linked_files = std::vector<const Inode*>();
  pending = std::vector<PendingLink>();
  whiteouts = std::vector<ChangeMarker>();
  opaques = std::vector<ChangeMarker>();
}

const ChangeNode* ChangeTree::find(std::string_view path) const noexcept {
  const auto position = std::lower_bound(nodes.begin(), nodes.end(), path,
                                         [](const ChangeNode& node, std::string_view wanted) {
                                           return PathLess()(node.path(), wanted);
                                         });
  return position != nodes.end() && position->path() == path ? &*position : nullptr;
}

std::shared_ptr<ChangeTree> build_change_tree(const LayerIndex& layer, const Report& report) {
  Builder builder(layer, report);
  for (const LayerEntry& entry : layer.entries) builder.add(entry);
  return builder.finish();
}

}  // namespace imgops
