set(IMGOPS_TEST_FLAGS "" CACHE STRING "Flags of test programs alone: they are compiled more often than run")
separate_arguments(imgops_test_flags NATIVE_COMMAND "${IMGOPS_TEST_FLAGS}")

# What most tests include, compiled once and reused by all of them, which needs equal flags. Rooms go
# without, so that a missing include is noticed.
set(imgops_test_headers <gtest/gtest.h> <gmock/gmock.h> <algorithm> <chrono> <filesystem> <functional>
  <map> <memory> <optional> <span> <string> <thread> <variant> <vector>
  "${PROJECT_SOURCE_DIR}/libimgops/base/json.hpp")
function(imgops_precompile target)
  get_property(first GLOBAL PROPERTY IMGOPS_PRECOMPILED)
  if(first)
    target_precompile_headers(${target} REUSE_FROM ${first})
  else()
    target_precompile_headers(${target} PRIVATE ${imgops_test_headers})
    set_property(GLOBAL PROPERTY IMGOPS_PRECOMPILED ${target})
  endif()
  # ccache knows nothing of headers compiled beforehand otherwise.
  target_compile_options(${target} PRIVATE $<$<CXX_COMPILER_ID:GNU>:-fpch-preprocess>)
endfunction()

set(IMGOPS_CODEC_FLAGS "" CACHE STRING "Flags of the rooms that handle every byte, behind all others")
separate_arguments(imgops_codec_flags NATIVE_COMMAND "${IMGOPS_CODEC_FLAGS}")
set(imgops_codec_rooms codec tar layer)

# A room of the house: one static library with its own sources, standing on the rooms it names.
# The linker thus holds the floors up as well as tests/architecture does.
#
#   imgops_room(<name> SOURCES <file>... [ON <room>...] [LIBRARIES <target>...])
function(imgops_room name)
  cmake_parse_arguments(ROOM "" "" "SOURCES;ON;LIBRARIES" ${ARGN})
  add_library(imgops_${name} STATIC ${ROOM_SOURCES})
  list(TRANSFORM ROOM_ON PREPEND imgops_)
  target_link_libraries(imgops_${name} PUBLIC imgops_options ${ROOM_ON} PRIVATE ${ROOM_LIBRARIES})
  if(name IN_LIST imgops_codec_rooms)
    target_compile_options(imgops_${name} PRIVATE ${imgops_codec_flags})
  endif()
  if(IMGOPS_UNITE)
    imgops_unite(imgops_${name})
  endif()
  set_property(GLOBAL APPEND PROPERTY IMGOPS_ROOMS imgops_${name})
endfunction()

# The tests of a room: one program, each TEST registered with ctest.
#
#   imgops_test(<name> SOURCES <file>... [ON <room>...] [LIBRARIES <target>...])
function(imgops_test name)
  cmake_parse_arguments(TEST "" "" "SOURCES;ON;LIBRARIES" ${ARGN})
  add_executable(${name}_test ${TEST_SOURCES})
  list(TRANSFORM TEST_ON PREPEND imgops_)
  target_link_libraries(${name}_test PRIVATE imgops_options ${TEST_ON} ${TEST_LIBRARIES}
                                             Threads::Threads fmt::fmt nlohmann_json::nlohmann_json
                                             GTest::gtest GTest::gmock GTest::gtest_main)
  target_compile_options(${name}_test PRIVATE ${imgops_test_flags})
  imgops_precompile(${name}_test)
  imgops_unite(${name}_test)
  add_test(NAME ${name} COMMAND ${name}_test)
endfunction()
