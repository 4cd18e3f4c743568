// Stories: a stack of layers and what it amounts to, as text that people and programs read. One
// file of fixtures/stories is one claim of the semantics; fixtures/README.md describes the format.
#pragma once

#include "libimgops/base/timestamp.hpp"

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace imgops::story {

// The text is no story: names file and line.
class BadStory : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// What stands in an archive at this place.
enum class Form : std::uint8_t {
  member,     // a member, with a pax header of its own where `pax` or a value demands one
  extension,  // a pax header alone (type x)
  global,     // a pax global header (type g)
  bytes       // `body` as it is, neither header nor padding
};

enum class SparseForm : std::uint8_t { none, pax_0_0, pax_0_1, pax_1_0, old_gnu };

using Records = std::vector<std::pair<std::string, std::string>>;

// A member exactly as it is to be stored. Numbers are what the archive is to say, also nonsense.
struct Member {
  Form form = Form::member;
  std::string name;  // as stored
  char type = '0';   // type flag
  std::string link;  // link name as stored
  std::string body;  // data; of a sparse file: expanded
  std::int64_t mode = 0644;
  std::int64_t uid = 0;
  std::int64_t gid = 0;
  Timestamp mtime{1000, 0};
  std::uint32_t major = 0;
  std::uint32_t minor = 0;
  std::map<std::string, std::string> xattrs;
  Records pax;                        // further records, in this order, as given
  std::optional<std::uint64_t> size;  // what the header claims, when not the size of the body
  std::map<std::string, std::string> header;  // raw bytes of fields: "magic", "checksum", "uid" …
  bool gnu_names = false;                     // long names in L and K headers instead of pax
  SparseForm sparse = SparseForm::none;
  std::vector<std::pair<std::uint64_t, std::string>> runs;  // of sparse files: offset, data

  // Only where the member is expected in a written layer:
  enum class Copied : std::uint8_t { either, verbatim, anew };
  Copied copied = Copied::either;
};

// A change of the finished bytes: of the archive, or of the compressed blob.
struct Edit {
  enum class What : std::uint8_t { append, cut, flip, replace, insert };
  What what{};
  std::int64_t offset = 0;  // of insert and flip; negative counts from the end
  std::string bytes;        // of append, insert and replace
  std::uint64_t count = 0;  // of cut: bytes taken from the end
};

struct Layer {
  std::string compression = "none";  // none, gzip, zstd
  std::string declared;              // media type's compression; empty: as `compression`
  std::size_t pieces = 1;            // gzip members or zstd frames the archive is cut into
  std::size_t end_blocks = 2;        // zero blocks at the end
  std::vector<Member> members;
  std::vector<Edit> archive_edits;
  std::vector<Edit> blob_edits;
};

// A node the view is to have. Attributes that are absent are not checked; xattrs are complete.
struct ExpectedNode {
  std::string path;     // canonical
  std::string type;     // file, directory, symlink, character, block, fifo
  std::string content;  // of files
  std::string target;   // of symlinks
  std::string same_as;  // another path of the same file
  bool implied = false;
  std::optional<std::uint32_t> mode;
  std::optional<std::uint32_t> uid;
  std::optional<std::uint32_t> gid;
  std::optional<Timestamp> mtime;
  std::optional<std::pair<std::uint32_t, std::uint32_t>> device;
  std::map<std::string, std::string> xattrs;
};

struct ExpectedDiagnostic {
  std::string code;                  // "WH-SAME"
  std::string row;                   // "U10"
  std::optional<std::string> path;   // not checked when absent
  std::optional<std::size_t> layer;  // from 0; likewise
};

// A layer written for the range [first, last) of the stack.
struct ExpectedCompress {
  std::size_t first = 0;
  std::size_t last = 0;
  bool refused = false;         // W12: nothing is written
  std::vector<Member> members;  // all of them in archive order, unless refused
};

// A client whose tree is another than ours, for the tests that run clients.
struct Departure {
  std::string client;
  std::string reason;
};

struct Story {
  std::string name;  // of the file, without ".story"
  std::string row;   // "U10"
  std::string claim;
  std::vector<Layer> layers;
  std::optional<std::vector<ExpectedNode>> tree;  // or
  std::optional<ExpectedDiagnostic> rejected;
  std::vector<ExpectedDiagnostic> warnings;  // the exact set, unless
  bool any_warnings = false;                 // "warns *": the story is about the tree alone
  std::vector<ExpectedDiagnostic> notes;     // these at least
  std::vector<ExpectedCompress> compressed;
  std::vector<Departure> departures;
};

// Throws BadStory.
Story parse(std::string_view text, std::string_view name);
// All of a directory, by name. Throws BadStory, also when there is none.
std::vector<Story> load_all(const std::filesystem::path& directory);

// The layers as the text of a story, so that a stack found by chance can become one.
std::string to_text(const std::vector<Layer>& layers);

}  // namespace imgops::story
