# Compile and link options that every target of ours shares.
find_program(CCACHE ccache)
if(CCACHE)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CMAKE_COMMAND} -E env CCACHE_BASEDIR=${PROJECT_SOURCE_DIR}
                                  CCACHE_NOHASHDIR=1 CCACHE_SLOPPINESS=time_macros ${CCACHE})
endif()

add_library(usher_flags INTERFACE)
target_compile_options(usher_flags INTERFACE -Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor
                                             -Woverloaded-virtual -fstack-protector-strong)
target_compile_options(usher_flags INTERFACE $<$<CONFIG:Release,RelWithDebInfo>:-D_FORTIFY_SOURCE=2>)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # g++ 12 reports these inside the standard library's own code at -O2.
  target_compile_options(usher_flags INTERFACE -Wno-maybe-uninitialized -Wno-restrict
                                               -Wno-stringop-overflow)
endif()
target_compile_definitions(usher_flags INTERFACE BOOST_ASIO_SEPARATE_COMPILATION
                                                 BOOST_BEAST_SEPARATE_COMPILATION
                                                 BOOST_ASIO_NO_DEPRECATED)

find_program(LLD ld.lld)
if(LLD)
  add_link_options(-fuse-ld=lld)
endif()
set(CMAKE_POSITION_INDEPENDENT_CODE ON)

if(USHER_SANITIZE)
  add_compile_options(-fsanitize=${USHER_SANITIZE} -fno-omit-frame-pointer)
  add_link_options(-fsanitize=${USHER_SANITIZE})
  if(USHER_SANITIZE MATCHES thread AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    add_compile_options(-Wno-tsan)
  endif()
endif()
