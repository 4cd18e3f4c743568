#include "tools/imgops/json_text.hpp"

#include "libimgops/base/bytes.hpp"

namespace imgops::cli {

std::string indented_json(const Json& value) {
  constexpr int indentation = 2;
  return printable_json(value.dump(indentation, ' ', false, Json::error_handler_t::replace));
}

}  // namespace imgops::cli
