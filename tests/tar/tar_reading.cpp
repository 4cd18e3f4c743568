#include "tests/tar/tar_reading.hpp"

#include "libimgops/base/error.hpp"
#include "libimgops/base/observer.hpp"
#include "libimgops/base/stream.hpp"

#include <algorithm>

namespace imgops::testing {
namespace {

class FindingsObserver final : public Observer {
 public:
  explicit FindingsObserver(std::vector<Diagnostic>& findings) : findings_(findings) {}
  void diagnose(const Diagnostic& diagnostic) override { findings_.push_back(diagnostic); }
  void progress(std::string_view, std::string_view, std::uint64_t, std::uint64_t) override {}

 private:
  std::vector<Diagnostic>& findings_;
};

class PiecewiseSource final : public Source {
 public:
  PiecewiseSource(std::string text, std::size_t piece_bytes)
      : source_(std::move(text)), piece_bytes_(piece_bytes) {}
  std::size_t read(std::span<std::byte> buffer) override {
    return source_.read(buffer.first(std::min(buffer.size(), piece_bytes_)));
  }

 private:
  StringSource source_;
  std::size_t piece_bytes_;
};

std::string code_and_row(const Diagnostic& diagnostic) {
  return std::string(name(diagnostic.code)) + ' ' + diagnostic.row;
}

}  // namespace

std::string Reading::found() const {
  std::string text;
  for (const Diagnostic& diagnostic : findings) {
    if (!text.empty()) text += ", ";
    text += code_and_row(diagnostic);
  }
  return text;
}

std::string Reading::rejected() const {
  return rejection ? code_and_row(*rejection) : "";
}

std::vector<std::string> Reading::paths() const {
  std::vector<std::string> result;
  for (const ReadMember& read : members) result.push_back(read.member.path);
  return result;
}

Reading read_tar(std::string archive, std::size_t piece_bytes) {
  Reading reading;
  PiecewiseSource source(std::move(archive), piece_bytes);
  FindingsObserver observer(reading.findings);
  TarReader reader(source, observer);
  try {
    while (const Member* const member = reader.next()) {
      ReadMember& read = reading.members.emplace_back();
      read.member = *member;
      read.header = as_text(reader.header());
      for (ByteView piece = reader.body(); !piece.empty(); piece = reader.body()) {
        read.body += as_text(piece);
      }
    }
  } catch (const Error& error) {
    if (error.diagnostic() == nullptr || error.kind() != ErrorKind::corrupt) throw;
    reading.rejection = *error.diagnostic();
  }
  reading.position_bytes = reader.position_bytes();
  return reading;
}

}  // namespace imgops::testing
