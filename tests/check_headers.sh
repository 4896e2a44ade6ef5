#!/bin/sh
#
# check_headers.sh - each public header compiles alone, as C99 and as C++
#
# With $CC and $CXX, and with clang where there is one.

cd "$(dirname "$0")/.." || exit 2
clang=
command -v clang > /dev/null && clang=clang

options='-Wall -Wextra -Wpedantic -Werror -Iinclude -fsyntax-only'
for header in include/ltrec/*.h; do
    for compiler in "${CC:-cc}" $clang; do
        $compiler -x c -std=c99 $options "$header" || exit 1
    done
    for compiler in "${CXX:-c++}" $clang; do
        $compiler -x c++ -std=c++98 -Wno-long-long -Wno-variadic-macros \
            $options "$header" || exit 1
    done
    others=$(sed -n 's|^#include *||p' "$header" |
        grep -v -e '^<stddef.h>$' -e '^<stdint.h>$' -e '^<ltrec/[a-z]*.h>$')
    if [ -n "$others" ]; then
        echo "$header: includes $others; stddef.h and stdint.h would do"
        exit 1
    fi
done
