// Parsers of strangers' bytes, one target each. A target takes any bytes; it returns, whatever they
// are, or throws Broken: an error of a kind that is not meant, or a property that does not hold.
// libFuzzer and the driver of the ordinary tests run the same targets (tests/fuzz/README.md).
#pragma once

#include <array>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace imgops::fuzz {

class Broken : public std::logic_error {
 public:
  using std::logic_error::logic_error;
};

inline void require(bool holds, const char* property) {
  if (!holds) throw Broken(property);
}

void tar(std::string_view bytes);    // read in large and in small pieces: the same members
void layer(std::string_view bytes);  // applied: a sorted tree whose parents are directories
void pax(std::string_view bytes);    // records, integers, times
void gzip(std::string_view bytes);   // what we accept, zlib gives the same bytes for
void inflate_stream(std::string_view bytes);  // raw deflate: just what zlib takes
void zstd(std::string_view bytes);            // any size of reads gives the same
void json(std::string_view bytes);            // parse(print(x)) is x
void documents(std::string_view bytes);       // indexes, images, descriptors, manifest.json
void archive(std::string_view bytes);         // image archives: what they list can be looked up
void revision(std::string_view bytes);        // only invalid_argument
void reference(std::string_view bytes);       // names made for Docker are names that Docker takes
void instruction(std::string_view bytes);     // history text
void todo(std::string_view bytes);            // todo lists: what is printed is read back
void index_code(std::string_view bytes);      // decode(encode(x)) is x
void control(std::string_view bytes);         // paragraphs come back; merges give what can be read
void apk(std::string_view bytes);             // packages and archives of scripts
void accounts(std::string_view bytes);        // merged with nothing changed, a file is itself
void elf(std::string_view bytes);             // corrupt or sound
void package(std::string_view bytes);         // .deb and .apk: corrupt or sound
void text_merge(std::string_view bytes);  // sides can be swapped; one changed side is the result
void bundle(std::string_view bytes);      // an index comes back; a sealed file is sound or refused
void delta(std::string_view bytes);       // makes what it promises, of sources that exist

struct Target {
  const char* name;
  void (*run)(std::string_view bytes);
};

inline constexpr auto targets = std::to_array<Target>({{"tar", tar},
                                                       {"layer", layer},
                                                       {"pax", pax},
                                                       {"gzip", gzip},
                                                       {"inflate_stream", inflate_stream},
                                                       {"zstd", zstd},
                                                       {"json", json},
                                                       {"documents", documents},
                                                       {"archive", archive},
                                                       {"revision", revision},
                                                       {"reference", reference},
                                                       {"instruction", instruction},
                                                       {"todo", todo},
                                                       {"index_code", index_code},
                                                       {"control", control},
                                                       {"apk", apk},
                                                       {"accounts", accounts},
                                                       {"elf", elf},
                                                       {"package", package},
                                                       {"text_merge", text_merge},
                                                       {"bundle", bundle},
                                                       {"delta", delta}});

// Sound inputs of a target, to be changed: stories, documents and words of the other tests.
std::vector<std::string> seeds(std::string_view target);

}  // namespace imgops::fuzz
