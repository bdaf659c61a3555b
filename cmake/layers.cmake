# usher_library(NAME SOURCES ... LINKS ...): a static library of one layer. What it may include is
# what it links; tests/layers checks the #include lines against ARCHITECTURE.md's table as well.
function(usher_library name)
  cmake_parse_arguments(ARG "" "" "SOURCES;LINKS" ${ARGN})
  add_library(${name} STATIC ${ARG_SOURCES})
  target_include_directories(${name} PUBLIC ${PROJECT_SOURCE_DIR})
  target_link_libraries(${name} PUBLIC usher_flags ${ARG_LINKS})
endfunction()

# usher_test(NAME SOURCES ... LINKS ... [LABELS ...]): a GoogleTest program, known to ctest case by
# case.
function(usher_test name)
  cmake_parse_arguments(ARG "" "" "SOURCES;LINKS;LABELS" ${ARGN})
  add_executable(${name} ${ARG_SOURCES})
  target_include_directories(${name} PRIVATE ${PROJECT_SOURCE_DIR})
  target_link_libraries(${name} PRIVATE usher_flags ${ARG_LINKS} GTest::gmock_main)
  set(properties TIMEOUT 300)
  if(ARG_LABELS)
    list(APPEND properties LABELS "${ARG_LABELS}")
  endif()
  gtest_discover_tests(${name} DISCOVERY_MODE PRE_TEST PROPERTIES ${properties})
endfunction()
include(GoogleTest)
