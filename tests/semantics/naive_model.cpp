// A layer is read twice. The first reading only learns where its markers point, because they act on
// what is below wherever they stand (§2 rule 5); the second unpacks it, every hard link being
// resolved in what the view is at that moment. Then the maps are merged.
#include "tests/semantics/naive_model.hpp"

#include "tests/semantics/naive_member.hpp"

#include <deque>
#include <set>

namespace imgops::naive {
namespace {

constexpr int most_links_followed = 40;

// One layer unpacked alone into its own directory.
struct Unpacked {
  Names names;
  std::set<std::string> whiteouts;
  std::set<std::string> opaques;
  std::set<std::string> marked;  // the directories that hold markers
};

std::shared_ptr<File> implied_directory() {
  auto directory = std::make_shared<File>();
  directory->implied = true;
  return directory;
}

bool is_overlay_whiteout(const File& file) {  // M16
  return file.type == '3' && file.major == 0 && file.minor == 0;
}

bool lies_below(const std::string& path, const std::string& directory) {
  if (directory.empty()) return !path.empty();
  return path.compare(0, directory.size() + 1, directory + "/") == 0;
}

void erase_below(Names& names, const std::string& directory) {
  for (auto it = names.begin(); it != names.end();) {
    it = lies_below(it->first, directory) ? names.erase(it) : std::next(it);
  }
}

void erase_whole(Names& names, const std::string& path) {
  erase_below(names, path);
  names.erase(path);
}

// P09: a marker in a lower symlink makes it a real directory, and so all directories down to the
// marker's; the marker itself is a ghost there and no node. Where the layer has an entry instead of
// the link, the entry decides and the marker makes nothing.
void replace_marked_links(Names& view, const Unpacked& layer) {
  std::set<std::string> made;
  for (const std::string& directory : layer.marked) {
    std::string path;
    for (const std::string& component : components_of(directory)) {
      const std::string above = path;
      path = joined(path, component);
      const auto lower = view.find(path);
      const char lower_type = lower == view.end() ? '\0' : lower->second->type;
      if (lower_type == '5') continue;
      const bool is_link = lower_type == '2';
      const bool is_below_made = lower_type == '\0' && made.count(above) > 0;
      const bool stops = layer.names.count(path) > 0 || layer.whiteouts.count(path) > 0;
      if (stops || !(is_link || is_below_made)) break;
      view[path] = implied_directory();
      made.insert(path);
    }
  }
}

// The kernel's merge: directories over directories are joined, anything else replaces.
Names merge(const Names& lower, const Unpacked& layer) {
  Names view = lower;
  for (const std::string& path : layer.whiteouts) erase_whole(view, path);
  for (const std::string& path : layer.opaques) erase_below(view, path);
  replace_marked_links(view, layer);
  for (const auto& [path, file] : layer.names) {
    const auto below = view.find(path);
    const bool joins = below != view.end() && below->second->type == '5' && file->type == '5';
    if (joins && file->implied) continue;  // E1
    if (!joins) erase_whole(view, path);
    if (!is_overlay_whiteout(*file)) view[path] = file;
  }
  return view;
}

bool holds(const Names& names, const std::shared_ptr<File>& file) {
  for (const auto& [path, held] : names) {
    if (held == file) return true;
  }
  return false;
}

// The real path of `directory` inside `names`, links followed and scoped, but none that `not_of`
// holds: a layer's paths lead through its own links only (§2 rule 5). What is missing is made, or
// taken as it is spelled.
enum class Missing { make, leave };
std::string real_directory(Names& names, const std::string& directory, Missing missing,
                           const Names& not_of) {
  std::deque<std::string> pending;
  for (const std::string& component : components_of(directory)) pending.push_back(component);
  std::string current;
  int followed = 0;
  while (!pending.empty()) {
    const std::string component = pending.front();
    pending.pop_front();
    if (component == ".") continue;
    if (component == "..") {
      current = parent_of(current);
      continue;
    }
    const std::string next = joined(current, component);
    const auto found = names.find(next);
    if (found == names.end()) {
      if (missing == Missing::make) names[next] = implied_directory();
      current = next;
    } else if (found->second->type == '5') {
      current = next;
    } else if (found->second->type == '2' && !holds(not_of, found->second) &&
               ++followed <= most_links_followed) {
      const std::string target = found->second->target;
      if (target[0] == '/') current.clear();
      const std::vector<std::string> inserted = components_of(target);
      pending.insert(pending.begin(), inserted.begin(), inserted.end());
    } else {
      throw Rejected("PARENT-NOT-DIR", followed > 0 ? "P14" : "P18", directory);
    }
  }
  return current;
}

// What a link name leads to: parents through links, the last component never. Null when nothing.
std::shared_ptr<File> target_of(Names view, const std::string& link, std::string& real) {
  try {
    const std::string directory = real_directory(view, parent_of(link), Missing::leave, {});
    real = joined(directory, link.substr(link.rfind('/') + 1));
  } catch (const Rejected&) {
    return nullptr;
  }
  const auto found = view.find(real);
  return found == view.end() ? nullptr : found->second;
}

class Unpacker {
 public:
  // With `markers`, they and not those on the way hide what hard links look for.
  Unpacker(const Names& lower, const std::vector<Saying>& sayings, const Unpacked* markers)
      : lower_(lower), sayings_(sayings), first_reading_(markers == nullptr) {
    if (markers == nullptr) return;
    layer_.whiteouts = markers->whiteouts;
    layer_.opaques = markers->opaques;
    layer_.marked = markers->marked;
  }

  // What is rejected is left out and remembered.
  Unpacked unpack() {
    for (std::size_t at = 0; at < sayings_.size(); ++at) {
      try {
        take(at);
      } catch (const Rejected& rejected) {
        rejected_.push_back(rejected);
      }
    }
    return layer_;
  }

  const std::vector<Rejected>& rejected() const { return rejected_; }

 private:
  void take(std::size_t at) {
    const Saying& saying = sayings_[at];
    switch (saying.kind) {
      case Saying::Kind::whiteout:
        return take_whiteout(saying.path);
      case Saying::Kind::opaque:
        return take_opaque(saying.path);
      case Saying::Kind::pool:
        pool_[saying.path] = std::make_shared<File>(saying.file);
        return;
      case Saying::Kind::hard_link:
        return take_link(at);
      case Saying::Kind::file:
        return put(saying.path, std::make_shared<File>(saying.file));
    }
  }

  void take_whiteout(const std::string& path) {
    const std::string directory =
        real_directory(layer_.names, parent_of(path), Missing::leave, lower_);
    layer_.whiteouts.insert(joined(directory, path.substr(path.rfind('/') + 1)));
    layer_.marked.insert(directory);
  }

  void take_opaque(const std::string& path) {
    const std::string directory = real_directory(layer_.names, path, Missing::leave, lower_);
    layer_.opaques.insert(directory);
    layer_.marked.insert(directory);
  }

  std::string place_of(const std::string& path) {
    const std::string directory =
        real_directory(layer_.names, parent_of(path), Missing::make, lower_);
    return joined(directory, path.substr(path.rfind('/') + 1));
  }

  void put(const std::string& path, const std::shared_ptr<File>& file) {
    if (path.empty()) {
      layer_.names[""] = file;
      return;
    }
    const std::string place = place_of(path);
    const auto there = layer_.names.find(place);
    const bool joins =
        there != layer_.names.end() && there->second->type == '5' && file->type == '5';
    if (!joins) erase_whole(layer_.names, place);  // the last entry of a name counts (N01)
    layer_.names[place] = file;
  }

  void take_link(std::size_t at) {
    const Saying& saying = sayings_[at];
    if (saying.path == saying.link) throw Rejected("HL-TARGET", "L08", saying.path);
    const std::string place = place_of(saying.path);
    std::string real;
    std::shared_ptr<File> target = target_of(merge(lower_, layer_), saying.link, real);
    const auto pooled = pool_.find(saying.link);
    if (pooled != pool_.end()) target = pooled->second;
    if (target != nullptr && real == place) throw Rejected("HL-TARGET", "L08", saying.path);
    if (target == nullptr || target->type == '5') {
      put(saying.path, std::make_shared<File>(saying.file));  // whatever else the layer does wrong
      const bool missing = target == nullptr;
      Rejected rejected = missing && comes_later(saying.link, at)
                              ? Rejected("HL-ORDER", "L06", saying.path)
                              : Rejected("HL-TARGET", "L08", saying.path);
      rejected.codes = {"HL-ORDER", "HL-TARGET"};  // one fault, however it is called
      throw rejected;
    }
    // L13, L20, L21: the last entry counts for all names, xattrs are only ever added.
    if (!first_reading_) {
      if (target->type != '2') target->mode = saying.file.mode;  // no runtime has modes of symlinks
      target->uid = saying.file.uid;
      target->gid = saying.file.gid;
      target->mtime = saying.file.mtime;
      for (const auto& [name, value] : saying.file.xattrs) target->xattrs[name] = value;
    }
    put(saying.path, target);
  }

  bool comes_later(const std::string& path, std::size_t at) const {
    for (std::size_t later = at + 1; later < sayings_.size(); ++later) {
      const Saying& saying = sayings_[later];
      const bool names_file =
          saying.kind == Saying::Kind::file || saying.kind == Saying::Kind::hard_link;
      if (names_file && saying.path == path) return true;
    }
    return false;
  }

  const Names& lower_;
  const std::vector<Saying>& sayings_;
  bool first_reading_;
  std::vector<Rejected> rejected_;
  Unpacked layer_;
  Names pool_;
};

// The same names and files, every file a copy, so that views already given away stay as they are.
Names copy_of(const Names& names) {
  std::map<const File*, std::shared_ptr<File>> copies;
  Names copied;
  for (const auto& [path, file] : names) {
    std::shared_ptr<File>& copy = copies[file.get()];
    if (copy == nullptr) copy = std::make_shared<File>(*file);
    copied[path] = copy;
  }
  return copied;
}

std::string type_name(char type) {
  switch (type) {
    case '2':
      return "symlink";
    case '3':
      return "character";
    case '4':
      return "block";
    case '5':
      return "directory";
    case '6':
      return "fifo";
    default:
      return "file";
  }
}

}  // namespace

Names empty_view() {
  return {{"", implied_directory()}};
}

Names apply_layer(const Names& lower, const std::vector<story::Member>& members) {
  const std::vector<Saying> sayings = understand(members);
  const Names below = copy_of(lower);
  const Unpacked markers = Unpacker(below, sayings, nullptr).unpack();
  Unpacker unpacker(below, sayings, &markers);
  const Unpacked layer = unpacker.unpack();
  if (!unpacker.rejected().empty()) {
    Rejected first = unpacker.rejected().front();
    for (const Rejected& rejected : unpacker.rejected()) {
      first.codes.insert(rejected.codes.begin(), rejected.codes.end());
    }
    throw first;
  }
  return merge(below, layer);
}

Names union_of(const std::vector<story::Layer>& layers) {
  Names view = empty_view();
  for (const story::Layer& layer : layers) view = apply_layer(view, layer.members);
  return view;
}

test::PlainTree to_plain(const Names& view) {
  std::map<const File*, std::string> first_names;
  test::PlainTree tree;
  for (const auto& [path, file] : view) {
    test::PlainNode node;
    node.type = type_name(file->type);
    node.implied = file->implied;
    node.mode = static_cast<std::uint32_t>(file->mode);
    node.uid = static_cast<std::uint32_t>(file->uid);
    node.gid = static_cast<std::uint32_t>(file->gid);
    node.mtime = file->mtime;
    node.device = {file->major, file->minor};
    node.target = file->target;
    node.content = file->content;
    node.xattrs = file->xattrs;
    node.group = first_names.emplace(file.get(), path).first->second;
    tree[path] = node;
  }
  return tree;
}

}  // namespace imgops::naive
