# A room of the house: one static library with its own sources, standing on the rooms it names.
# The linker thus holds the floors up as well as tests/architecture does.
#
#   imgops_room(<name> SOURCES <file>... [ON <room>...] [LIBRARIES <target>...])
function(imgops_room name)
  cmake_parse_arguments(ROOM "" "" "SOURCES;ON;LIBRARIES" ${ARGN})
  add_library(imgops_${name} STATIC ${ROOM_SOURCES})
  list(TRANSFORM ROOM_ON PREPEND imgops_)
  target_link_libraries(imgops_${name} PUBLIC imgops_options ${ROOM_ON} PRIVATE ${ROOM_LIBRARIES})
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
                                             GTest::gtest GTest::gmock GTest::gtest_main)
  add_test(NAME ${name} COMMAND ${name}_test)
endfunction()
