# dcm_layer(NAME USES libraries...): the static library dcm_NAME of all sources in src/NAME.
# DCMTK, CLI11 and friends are system headers: their warnings are not ours to mend.
function(dcm_layer name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "USES")
  file(GLOB sources CONFIGURE_DEPENDS src/${name}/*.cpp)
  add_library(dcm_${name} STATIC ${sources})
  target_include_directories(dcm_${name} PUBLIC src)
  target_link_libraries(dcm_${name} PUBLIC ${arg_USES})
endfunction()

# dcm_table(LAYER FILE): compiles data/FILE into the layer as generated/NAME.inc, one line
# `ROW("first", "second", ...)` for each row; lines that begin with # are left out.
function(dcm_table layer file)
  get_filename_component(name ${file} NAME_WE)
  set(source ${PROJECT_SOURCE_DIR}/data/${file})
  set(output ${PROJECT_BINARY_DIR}/generated/generated/${name}.inc)
  set(tool ${PROJECT_SOURCE_DIR}/tools/table_to_inc.awk)
  add_custom_command(
    OUTPUT ${output}
    COMMAND ${CMAKE_COMMAND} -E make_directory ${PROJECT_BINARY_DIR}/generated/generated
    COMMAND awk -f ${tool} ${source} > ${output}
    DEPENDS ${source} ${tool}
    COMMENT "Table ${file}")
  target_sources(dcm_${layer} PRIVATE ${output})
  target_include_directories(dcm_${layer} PRIVATE ${PROJECT_BINARY_DIR}/generated)
endfunction()

# dcm_test(NAME USES libraries... [DEFINES definitions...]): one GoogleTest binary of all
# tests/NAME/*.cpp. Each test suite is a ctest of its own, so that a suite's servers start once. Those
# of files *_long_test.cpp have the label `long` too, and more time.
function(dcm_test name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "USES;DEFINES")
  file(GLOB sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/tests/${name}/*.cpp)
  if(NOT sources)
    return()
  endif()
  add_executable(${name}_test ${sources})
  target_include_directories(${name}_test PRIVATE ${PROJECT_SOURCE_DIR}/tests)
  target_compile_definitions(${name}_test PRIVATE ${arg_DEFINES})
  target_link_libraries(${name}_test PRIVATE ${arg_USES} GTest::gtest GTest::gtest_main)

  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${sources})
  set(long_sources ${sources})
  list(FILTER long_sources INCLUDE REGEX "_long_test\\.cpp$")
  list(FILTER sources EXCLUDE REGEX "_long_test\\.cpp$")
  dcm_suites(${name} ${name} 600 ${sources})
  dcm_suites(${name} "${name};long" 2400 ${long_sources})
endfunction()

# dcm_suites(NAME LABELS SECONDS sources...): the test suites in these sources of dcm_test(NAME).
function(dcm_suites name labels timeout)
  set(suites)
  foreach(source IN LISTS ARGN)
    file(READ ${source} text)
    string(REGEX MATCHALL "\nTEST(_F|_P)?\\([A-Za-z0-9_]+" tests "${text}")
    list(TRANSFORM tests REPLACE ".*\\(" "")
    list(APPEND suites ${tests})
  endforeach()
  list(REMOVE_DUPLICATES suites)
  foreach(suite IN LISTS suites)
    add_test(NAME ${name}.${suite}
             COMMAND ${name}_test --gtest_filter=${suite}.*:*/${suite}.* --gtest_brief=1)
    set_tests_properties(${name}.${suite} PROPERTIES LABELS "${labels}" TIMEOUT ${timeout}
                         SKIP_REGULAR_EXPRESSION "corpus: skipped")
  endforeach()
endfunction()
