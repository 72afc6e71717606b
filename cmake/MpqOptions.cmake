# Flags that every target shares. Numbers depend on them: recordings differ if the
# compiler fuses multiply and add, and kernels must not depend on the build machine.
option(MPQ_BUILD_TESTS "Build the tests" ON)
option(MPQ_BUILD_BENCH "Build the Google Benchmark programs" ON)
option(MPQ_WERROR "Treat warnings as errors" OFF)
option(MPQ_FUZZ "Build the libFuzzer programs (scripts/fuzz.sh)" OFF)
option(MPQ_PCH "Share one precompiled LibTorch header" ON)
set(MPQ_SANITIZE "" CACHE STRING "Sanitizers, e.g. address,undefined")

if(NOT CMAKE_BUILD_TYPE AND NOT CMAKE_CONFIGURATION_TYPES)
  set(CMAKE_BUILD_TYPE Release CACHE STRING "Build type" FORCE)
endif()
# The hot loops are explicit vector kernels; -O3 would only make everything else compile longer.
set(CMAKE_CXX_FLAGS_RELEASE "-O2 -DNDEBUG")
set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_CXX_VISIBILITY_PRESET default)
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/bin)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)

add_compile_options(-ffp-contract=off)

find_program(MPQ_CCACHE ccache)
if(MPQ_CCACHE)
  # Without these a precompiled header makes every look-up a miss.
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CMAKE_COMMAND} -E env
      CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime
      CCACHE_BASEDIR=${PROJECT_SOURCE_DIR} CCACHE_NOHASHDIR=1 ${MPQ_CCACHE})
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    add_compile_options(-fpch-preprocess)
  endif()
endif()

add_library(mpq_warnings INTERFACE)
target_compile_options(mpq_warnings INTERFACE
  -Winvalid-pch -Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor -Woverloaded-virtual -Wsuggest-override
  # GCC 12 gives these two for code of the standard library and of nlohmann-json that is correct.
  $<$<CXX_COMPILER_ID:GNU>:-Wno-maybe-uninitialized> $<$<CXX_COMPILER_ID:GNU>:-Wno-stringop-overflow>
  $<$<BOOL:${MPQ_WERROR}>:-Werror>)

if(MPQ_SANITIZE)
  add_compile_options(-fsanitize=${MPQ_SANITIZE} -fno-omit-frame-pointer -g1)
  add_link_options(-fsanitize=${MPQ_SANITIZE})
endif()
