#!/bin/sh
#
# check_docs.sh - what README.md and docs/ say can be done, can be done
#
# Usage: check_docs.sh BUILD, with $CC, $CXX, $CFLAGS and $LDFLAGS
#
#   ```c, cpp   with a main() is compiled without warnings, and run
#   ```python   with an import of ltrec is run
#   ```sh       names commands of ltrec, with options they have, and goals of
#               the Makefile
#
# Functions must be in the headers, and what is linked to must be there.

cd "$(dirname "$0")/.." || exit 2
build=$(realpath "$1")
source=$PWD
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
pages="README.md CONTRIBUTING.md CHANGELOG.md docs/*.md"
status=0

complain() {
    echo "$*"
    status=1
}

# ---- Code -------------------------------------------------------------------

# Each fenced block to a file of its own, PAGE-LINE.LANGUAGE.
awk -v work="$work" '
    /^```/ && out != "" { close(out); out = ""; next }
    /^```[a-z]/ {
        page = FILENAME
        gsub("/", "-", page)
        out = work "/" page "-" FNR "." substr($0, 4)
        printf "" > out
        next
    }
    out != "" { print > out }' $pages

cp examples/python/ltrec.py "$work"
cd "$work" || exit 2
export LTREC_LIBRARY="$build/libltrec.so"
export LD_LIBRARY_PATH="$build"
for block in $(grep -l 'int main(' ./*.c ./*.cpp); do
    compiler="${CC:-cc} -std=c11"
    [ "$block" = "${block%.cpp}" ] || compiler="${CXX:-c++} -std=c++17"
    $compiler -Wall -Wextra -Werror $CFLAGS -I"$source/include" \
        -o program "$block" -L"$build" -lltrec -lm $LDFLAGS &&
        ./program > log || complain "$block: does not compile or run"
done
case "$CFLAGS" in
*-fsanitize*) ;; # needs an interpreter with the sanitizers in it
*)
    for block in $(grep -l 'import ltrec' ./*.python); do
        python3 "$block" > log || complain "$block: does not run"
    done
    ;;
esac
cd "$source" || exit 2

# ---- Commands ---------------------------------------------------------------

cat "$work"/*.sh 2> /dev/null | sed -e 's/#.*//' -e 's/^ *\$ //' \
    -e ':a' -e '/\\$/ { N; s/\\\n//; ba' -e '}' > "$work/commands"
while read -r program command rest; do
    case "$program" in
    ltrec | build/ltrec)
        case "$command" in -*) continue ;; esac
        "$build/ltrec" $command ${rest%%--*} --help > "$work/help" 2>&1 ||
            complain "there is no command 'ltrec $command ${rest%%--*}'"
        for option in $(echo "$rest" | grep -oE -e '--[a-z0-9-]+'); do
            grep -qE -e "$option( |=|\$)" "$work/help" ||
                complain "'ltrec $command' has no option $option"
        done
        ;;
    make)
        for goal in $command $rest; do
            case "$goal" in -* | *=*) continue ;; esac
            grep -q "^$goal:" Makefile || complain "there is no 'make $goal'"
        done
        ;;
    esac
done < "$work/commands"

# ---- Names and links --------------------------------------------------------

cat include/ltrec/*.h > "$work/headers"
for name in $(grep -ohE 'ltrec_[a-z0-9_]+\(' $pages | sort -u); do
    grep -qF "$name" "$work/headers" || complain "no header declares $name)"
done
for page in $pages; do
    for link in $(sed '/^```/,/^```/d' "$page" | grep -oE '\]\([^)#]+' |
        sed 's/^](//'); do
        case "$link" in
        *:*) ;;
        *) [ -e "$(dirname "$page")/$link" ] ||
            complain "$page: links to $link, which is not there" ;;
        esac
    done
done
exit $status
