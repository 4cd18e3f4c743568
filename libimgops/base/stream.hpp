// Bytes that come, bytes that go, bytes that can be had from anywhere.
#pragma once

#include "libimgops/base/bytes.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace imgops {

// Bytes in order. Not thread-safe.
class Source {
 public:
  virtual ~Source() = default;
  // Fills the front of `buffer` and returns how many bytes; 0 means the end (buffer not empty).
  virtual std::size_t read(std::span<std::byte> buffer) = 0;
};

// Takes all bytes or throws. Not thread-safe.
class Sink {
 public:
  virtual ~Sink() = default;
  virtual void write(ByteView bytes) = 0;
};

// A sink with an end: nothing is complete before finish(), which is called exactly once.
class FinishingSink : public Sink {
 public:
  virtual void finish() = 0;
};

// Bytes at any position, from any thread.
class RandomAccess {
 public:
  virtual ~RandomAccess() = default;
  virtual std::uint64_t size_bytes() const = 0;
  // Fills the front of `buffer`; fewer bytes than asked only at the end.
  virtual std::size_t read_at(std::uint64_t offset, std::span<std::byte> buffer) const = 0;
  // An open descriptor of the regular file that these bytes are the whole of, for those who let the
  // kernel share or move them; it ends with this. -1: they are no such file.
  virtual int file_descriptor() const { return -1; }
};

// Reads [offset, offset + size) of `bytes`, which is kept alive; `size` may pass the end.
class RandomAccessSource final : public Source {
 public:
  explicit RandomAccessSource(std::shared_ptr<const RandomAccess> bytes, std::uint64_t offset = 0,
                              std::uint64_t size = UINT64_MAX);
  std::size_t read(std::span<std::byte> buffer) override;

 private:
  std::shared_ptr<const RandomAccess> bytes_;
  std::uint64_t offset_;
  std::uint64_t left_;
};

// A part of other random-access bytes, seen as a whole of its own.
class RandomAccessSlice final : public RandomAccess {
 public:
  RandomAccessSlice(std::shared_ptr<const RandomAccess> bytes, std::uint64_t offset,
                    std::uint64_t size);
  std::uint64_t size_bytes() const override { return size_; }
  std::size_t read_at(std::uint64_t offset, std::span<std::byte> buffer) const override;

 private:
  std::shared_ptr<const RandomAccess> bytes_;
  std::uint64_t offset_;
  std::uint64_t size_;
};

class StringAccess final : public RandomAccess {
 public:
  explicit StringAccess(std::string text) : text_(std::move(text)) {}
  std::uint64_t size_bytes() const override { return text_.size(); }
  std::size_t read_at(std::uint64_t offset, std::span<std::byte> buffer) const override;

 private:
  std::string text_;
};

class StringSource final : public Source {
 public:
  explicit StringSource(std::string text) : text_(std::move(text)) {}
  std::size_t read(std::span<std::byte> buffer) override;

 private:
  std::string text_;
  std::size_t at_ = 0;
};

class StringSink final : public Sink {
 public:
  void write(ByteView bytes) override { text_ += as_text(bytes); }
  const std::string& text() const noexcept { return text_; }
  std::string take() { return std::move(text_); }

 private:
  std::string text_;
};

// Everything from `source` into `sink`, 256 KiB at a time; returns the number of bytes.
std::uint64_t copy(Source& source, Sink& sink);

// All of `source`. Throws Error(corrupt), naming `subject`, when there are more than `limit_bytes`;
// memory never exceeds what is really there.
std::string read_all(Source& source, std::uint64_t limit_bytes, std::string_view subject);
std::string read_all(const RandomAccess& bytes, std::uint64_t limit_bytes,
                     std::string_view subject);

// Fills the whole buffer unless the source ends; returns how much was filled.
std::size_t read_fully(Source& source, std::span<std::byte> buffer);

}  // namespace imgops
