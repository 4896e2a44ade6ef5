#!/bin/sh
#
# test_tutorial.sh - docs/tutorial.md, word for word

. "$(dirname "$0")/common.sh"

tutorial=$tests/../../docs/tutorial.md
mkdir bin
ln -s "$ltrec" bin/ltrec
PATH=$work/bin:$PATH

# Each block of commands, one after the other, in an empty folder.
awk '/^```sh$/ { inside = 1; next } /^```/ { inside = 0 }
    inside { print }' "$tutorial" > commands
[ "$(wc -l < commands)" -ge 10 ] || fail "the tutorial has no commands"
n=0
while read -r line; do
    n=$((n + 1))
    sh -c "$line" > stdout 2> stderr < /dev/null ||
        fail "line $n of the tutorial's commands, $line: status $?"
    case "$line" in
    *"scan "*) tail -1 stdout >> counts ;;
    *similar* | *recommend* | *"ltrec path"*)
        [ "$(wc -l < stdout)" -gt 5 ] || fail "$line: no answers" ;;
    esac
done < commands

# What the page says they print, but for the speed.
grep -q '^100 tracks, 100 listened to; ' counts || fail "$(cat counts)"
grep -qx '100 tracks, 100 predicted anew' counts || fail "$(cat counts)"
grep -q 'moved' counts || fail "$(cat counts)"
[ -s my.html ] && [ -s my.factors ] || fail "no page or no factors"
