#!/bin/sh
#
# test_program.sh - commands, options and exit statuses

. "$(dirname "$0")/common.sh"

expect 0 --version
prints "ltrec 0."
expect 0 help
prints "info"
expect 0 help info
prints "usage: ltrec info"
expect 0 info --help
prints "--threads"


# Every command is in the manual.
manual=$(dirname "$ltrec")/../docs/man/ltrec.1
if [ -f "$manual" ]; then
    expect 0 help
    sed -n 's/^  \([a-z ]*[a-z]\)   *.*/\1/p' stdout > names
    [ -s names ] || fail "help lists no commands"
    while read -r name; do
        grep -q "^.It Cm $name" "$manual" ||
            fail "the manual lacks: $name"
    done < names
fi

expect 2
says "usage: ltrec COMMAND"
expect 2 nonsense
says "no command 'nonsense'"
expect 2 help nonsense
expect 2 info --jsn
says "did you mean --json?"
expect 2 info -j
says "options are written --name"
expect 2 info --json=1
says "--json takes no value"
expect 2 info --threads
says "--threads needs a value"
expect 2 info --threads 0
says "wanted a whole number from 1 to 256"
expect 2 info --threads=2x
expect 2 info --kernels sse9
says "wanted one of auto, portable, avx2, avx512"
expect 2 info one-word-too-many
says "one word too many"

expect 0 info --json
is_json
expect 0 info --kernels portable --threads 1
prints "portable"

"$ltrec" info > /dev/full 2> stderr
[ $? -eq 1 ] || fail "a full disk is not noticed"
says "standard output"
