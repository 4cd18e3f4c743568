# Several sources compiled as one: headers are read once and templates made once, which is much of the
# work of an optimised build and most of one with sanitizers. Names of the sources' own (in anonymous namespaces) may then meet,
# so sources that both define a name at the start of a line go to different groups.
option(IMGOPS_UNITE "Compile the sources of a room in groups" ON)
set(imgops_most_united 8)

# What `file` defines, and what names of elsewhere it says to use, as far as lines tell; rather too
# much than too little.
function(imgops_defined_names file defined used)
  file(READ "${file}" text)
  string(REGEX REPLACE "\n *\\[\\[[a-z_]+\\]\\] *" "\n" text "\n${text}")
  string(REGEX REPLACE "[][;\\]" " " text "${text}")
  string(REGEX MATCHALL "\n[A-Za-z][^\n]*" lines "${text}")
  set(names "")
  set(used_names "")
  foreach(line IN LISTS lines)
    string(SUBSTRING "${line}" 1 -1 line)
    if(line MATCHES "^(namespace|template|using namespace|public:|private:|protected:)")
      continue()
    elseif(line MATCHES "^using [a-z_:]*::([A-Za-z0-9_]+)")
      list(APPEND used_names "${CMAKE_MATCH_1}")
    elseif(line MATCHES "^[A-Z_]+\\(([A-Za-z0-9_]+), *([A-Za-z0-9_]+)")  # TEST(Suite, Name)
      list(APPEND names "${CMAKE_MATCH_1}.${CMAKE_MATCH_2}")
    elseif(line MATCHES "^(struct|class|union|enum class|enum) +([A-Za-z0-9_]+)")
      list(APPEND names "${CMAKE_MATCH_2}")
    elseif(line MATCHES "^[^=({]*[ *&]([A-Za-z0-9_:~]+) *([=({].*)?$")
      list(APPEND names "${CMAKE_MATCH_1}")
    endif()
  endforeach()
  set(${defined} "${names}" PARENT_SCOPE)
  set(${used} "${used_names}" PARENT_SCOPE)
endfunction()

# Puts the sources of `target` into groups, in the directory that made it.
function(imgops_unite target)
  get_target_property(sources ${target} SOURCES)
  set(groups 0)
  foreach(source IN LISTS sources)
    imgops_defined_names("${CMAKE_CURRENT_SOURCE_DIR}/${source}" names used)
    set(chosen -1)
    foreach(group RANGE ${groups})
      set(is_free TRUE)
      list(LENGTH members_${group} size)
      if(size GREATER_EQUAL imgops_most_united)
        continue()
      endif()
      foreach(name IN LISTS names)
        if(name IN_LIST names_${group} OR name IN_LIST used_${group})
          set(is_free FALSE)
          break()
        endif()
      endforeach()
      foreach(name IN LISTS used)
        if(name IN_LIST names_${group})
          set(is_free FALSE)
          break()
        endif()
      endforeach()
      if(is_free)
        set(chosen ${group})
        break()
      endif()
    endforeach()
    if(chosen EQUAL groups)  # the last one tried was new
      math(EXPR groups "${groups} + 1")
    endif()
    list(APPEND members_${chosen} ${source})
    list(APPEND names_${chosen} ${names})
    list(APPEND used_${chosen} ${used})
    set_source_files_properties(${source} PROPERTIES UNITY_GROUP ${chosen})
  endforeach()
  # What is hidden or has no linkage among neighbours is told by the builds that see sources alone.
  set_target_properties(${target} PROPERTIES UNITY_BUILD ON UNITY_BUILD_MODE GROUP
    UNITY_BUILD_CODE_BEFORE_INCLUDE [[
#pragma GCC diagnostic ignored "-Wpragmas"
#pragma GCC diagnostic ignored "-Wshadow"
#pragma GCC diagnostic ignored "-Wsubobject-linkage"
]])
endfunction()
