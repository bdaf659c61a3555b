# Every library that Usher uses, in one place; Debian 12 has them all (deploy/packages.txt).
find_package(Threads REQUIRED)
find_package(OpenSSL REQUIRED)
find_package(Protobuf REQUIRED)  # module mode: Debian ships no protobuf-config.cmake
find_package(gRPC CONFIG REQUIRED)
find_program(GRPC_CPP_PLUGIN grpc_cpp_plugin REQUIRED)  # not an imported target on Debian
find_package(Boost 1.81 REQUIRED CONFIG COMPONENTS headers json url)
find_package(prometheus-cpp CONFIG REQUIRED COMPONENTS core)
find_package(spdlog CONFIG REQUIRED)
find_package(yaml-cpp CONFIG REQUIRED)
find_package(CLI11 CONFIG REQUIRED)
find_package(absl CONFIG REQUIRED)
find_package(PkgConfig REQUIRED)
pkg_check_modules(gmime REQUIRED IMPORTED_TARGET gmime-3.0)
pkg_check_modules(hiredis REQUIRED IMPORTED_TARGET hiredis)
pkg_check_modules(jemalloc REQUIRED IMPORTED_TARGET jemalloc)
pkg_check_modules(icu REQUIRED IMPORTED_TARGET icu-uc icu-i18n)
pkg_check_modules(xml2 REQUIRED IMPORTED_TARGET libxml-2.0)
find_path(CLD2_HEADERS cld2/public/compact_lang_det.h REQUIRED)
find_library(CLD2_LIBRARY NAMES cld2 REQUIRED)
# Of libphonenumber-dev there are the headers alone ([headers] in deploy/packages.txt), so the
# library is found by the name that programs load it by.
find_path(PHONENUMBER_HEADERS phonenumbers/phonenumberutil.h REQUIRED)
find_library(PHONENUMBER_LIBRARY NAMES libphonenumber.so.8 REQUIRED)
add_library(usher_phonenumber INTERFACE)
target_include_directories(usher_phonenumber SYSTEM INTERFACE ${PHONENUMBER_HEADERS})
target_link_libraries(usher_phonenumber INTERFACE ${PHONENUMBER_LIBRARY} absl::node_hash_set
                                                  absl::node_hash_map protobuf::libprotobuf)
if(USHER_TESTS)
  find_package(GTest CONFIG REQUIRED)
endif()
if(USHER_BENCH)
  find_package(benchmark CONFIG REQUIRED)
endif()
