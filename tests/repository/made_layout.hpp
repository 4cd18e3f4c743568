// A layout of its own on disk, with images made for a test.
#pragma once

#include "libimgops/repository/repository.hpp"
#include "libimgops/repository/transaction.hpp"
#include "tests/support/made_image.hpp"
#include "tests/support/temporary_directory.hpp"

#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace imgops::made {

inline constexpr Timestamp noon{1'700'000'000, 0};  // 2023-11-14T22:13:20Z

class MadeLayout {
 public:
  MadeLayout() { Repository::initialise(path()); }

  const std::filesystem::path& path() const { return directory_.path(); }
  std::filesystem::path state() const { return path() / ".imgops"; }
  Repository open() const { return Repository(path()); }

  // An image of its own for each note, stored.
  Descriptor image(const std::string& note) const {
    LayoutBlobs blobs(path());
    return store(blobs, {{{"RUN " + note, "layer of " + note}}, host_platform(), note});
  }
  Digest digest(const std::string& note) const { return image(note).digest(); }

  // `name` made to point to the image of `note`, wherever it pointed before.
  std::uint64_t tag(const std::string& name, const std::string& note) const {
    Repository repository = open();
    Transaction transaction(repository, "tag " + note, noon);
    transaction.move(name, now(name), image(note));
    return transaction.commit();
  }
  // `name` removed.
  std::uint64_t untag(const std::string& name) const {
    Repository repository = open();
    Transaction transaction(repository, "untag " + name, noon);
    transaction.remove(name, now(name).value());
    return transaction.commit();
  }
  // As a program that knows nothing of us: index.json replaced, nothing else.
  void list(std::vector<Descriptor> manifests) const {
    write_index(Index::empty().with_manifests(std::move(manifests)).text());
  }
  std::optional<Digest> now(const std::string& name) const {
    const auto names = open().names();
    const NamedDescriptor* found = find_name(names, name);
    if (found == nullptr) return std::nullopt;
    return found->descriptor.digest();
  }

  static std::string read(const std::filesystem::path& path) {
    std::ifstream file(path);
    return {std::istreambuf_iterator<char>(file), {}};
  }
  static void write(const std::filesystem::path& path, std::string_view text) {
    std::filesystem::create_directories(path.parent_path());
    std::ofstream(path, std::ios::trunc) << text;
  }
  std::string index_text() const { return read(path() / "index.json"); }
  void write_index(std::string_view text) const { write(path() / "index.json", text); }
  std::string record(int number) const {
    const std::string digits = std::to_string(number);
    return read(state() / "journal" / (std::string(8 - digits.size(), '0') + digits + ".json"));
  }

 private:
  TemporaryDirectory directory_;
};

}  // namespace imgops::made
