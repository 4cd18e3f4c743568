# Warnings and language level, as one interface target every target of ours links.
add_library(imgops_options INTERFACE)
target_compile_features(imgops_options INTERFACE cxx_std_20)
target_compile_options(imgops_options INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion -Wold-style-cast
  -Wnon-virtual-dtor -Woverloaded-virtual -Werror)
# Everywhere, though few need it: headers compiled beforehand are reused among equal flags only.
target_compile_options(imgops_options INTERFACE -pthread)
target_include_directories(imgops_options INTERFACE "${PROJECT_SOURCE_DIR}")
set(CMAKE_CXX_EXTENSIONS OFF)
# g++ 12 sees overlapping copies inside std::string's operator+ that are not there (GCC bug 105651).
target_compile_options(imgops_options INTERFACE $<$<CXX_COMPILER_ID:GNU>:-Wno-restrict>)
# Optimising, it also sees optional values and JSON read before they are set that are not (GCC bug 80635).
target_compile_options(imgops_options INTERFACE
  $<$<AND:$<CXX_COMPILER_ID:GNU>,$<NOT:$<CONFIG:Debug>>>:-Wno-maybe-uninitialized>)
set(CMAKE_CXX_FLAGS_RELEASE "-O2 -DNDEBUG")
