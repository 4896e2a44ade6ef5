#!/bin/sh
#
# check_install.sh - what is installed is what a user needs, and goes again
#
# Usage: check_install.sh BUILD, with $MAKE, $CC, $CFLAGS and $LDFLAGS
#
# Builds and runs every example against an installed copy, as its first
# comment says: in C through pkg-config, in C through CMake, in Python through
# ctypes and in Go through cgo.  Says what it has to leave out.

cd "$(dirname "$0")/.." || exit 2
source=$PWD
build=$(realpath "$1")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
prefix=$work/prefix

fail() {
    echo "check_install.sh: $*"
    tail -20 "$work/log"
    exit 1
}

quietly() { "$@" > "$work/log" 2>&1 || fail "failed: $*"; }
skip() { echo "skipped: $*"; }

quietly ${MAKE:-make} install BUILD="$build" PREFIX="$prefix" DESTDIR=
export PKG_CONFIG_PATH="$prefix/lib/pkgconfig"
export LD_LIBRARY_PATH="$prefix/lib"
soname=$(cd "$prefix/lib" && echo libltrec.so.*.*.*)
soname=${soname%.*}

# ---- The shared library, the archive, the program ---------------------------

cd "$work" || exit 2
compile() {
    program=$1
    shift
    quietly ${CC:-cc} $CFLAGS -o "$program" "$@" $LDFLAGS
}

for example in "$source"/examples/*.c; do
    name=$(basename "$example" .c)
    compile "$name" "$example" $(pkg-config --cflags --libs ltrec) -lm
    quietly "./$name"
    [ -s log ] || fail "$name prints nothing"
done
ldd ./01_similar_tracks | grep -q "$soname => $prefix" ||
    fail "01_similar_tracks does not use the installed $soname"

static=$(pkg-config --cflags --libs --static ltrec |
    sed 's/-lltrec/-l:libltrec.a/')
compile static "$source/examples/04_train_and_predict.c" $static
quietly ./static static.model
ldd ./static | grep -q libltrec && fail "--static still needs $soname"
cmp -s static.model tiny.model ||
    fail "the archive and the shared library train different models"

quietly env -u LD_LIBRARY_PATH "$prefix/bin/ltrec" --version
[ "$(cat log)" = "ltrec $(pkg-config --modversion ltrec)" ] ||
    fail "bin/ltrec and ltrec.pc are of different versions"

# ---- CMake ------------------------------------------------------------------

if command -v cmake > /dev/null; then
    mkdir cmake
    cp "$source/examples/01_similar_tracks.c" cmake/main.c
    cat > cmake/CMakeLists.txt <<'END'
cmake_minimum_required(VERSION 3.16)
project(example C)
set(CMAKE_C_STANDARD 11)
find_package(ltrec 0.1 REQUIRED)
add_executable(shared main.c)
target_link_libraries(shared ltrec::ltrec)
add_executable(static main.c)
target_link_libraries(static ltrec::static)
END
    # Moved, to see that nothing in the package files is tied to the place.
    cp -R "$prefix" moved
    quietly cmake -S cmake -B cmake/build -DCMAKE_PREFIX_PATH="$work/moved" \
        -DCMAKE_C_COMPILER="${CC:-cc}" -DCMAKE_C_FLAGS="$CFLAGS" \
        -DCMAKE_EXE_LINKER_FLAGS="$LDFLAGS"
    quietly cmake --build cmake/build
    quietly cmake/build/shared
    quietly cmake/build/static
    ldd cmake/build/static | grep -q libltrec &&
        fail "ltrec::static still needs $soname"
else
    skip "CMake package (no cmake)"
fi

# ---- Other languages --------------------------------------------------------

export LTREC_LIBRARY="$prefix/lib/$soname"
export PYTHONDONTWRITEBYTECODE=1
python=$source/examples/python
grep -q "\"$soname\"" "$python/ltrec.py" ||
    fail "ltrec.py looks for another library than $soname"
case "$CFLAGS" in
*-fsanitize*)
    # Their interpreters are not linked against the sanitizers' runtime.
    skip "examples in Python and Go (sanitizers)"
    ;;
*)
    if command -v python3 > /dev/null; then
        quietly python3 "$python/similar_tracks.py"
        LTREC_LIBRARY=nowhere.so python3 "$python/predict.py" 2> log
        grep -q 'LTREC_LIBRARY may name it' log ||
            fail "ltrec.py does not say where it looked"
        quietly python3 "$python/predict.py" tiny.model acoustic sung
        grep -q 'confidence 0' log || fail "predict.py: no confidence"
        if python3 -c 'import torch, safetensors' 2> /dev/null; then
            quietly python3 "$python/torch_models.py" check tiny.model
            quietly python3 "$python/torch_models.py" copy tiny.model \
                copy.model
            quietly python3 "$python/predict.py" copy.model acoustic sung
        else
            skip "models in PyTorch (no torch, or no safetensors)"
        fi
    else
        skip "examples in Python (no python3)"
    fi
    if command -v go > /dev/null; then
        # Go's cache does not see that another copy is installed; flags that
        # name the place, a new one each time, make it look.
        cd "$source/examples/go" || exit 2
        quietly env -u CFLAGS -u LDFLAGS CGO_CFLAGS="-O2 -I$prefix/include" \
            GOCACHE="$build/go" GOPROXY=off GOTOOLCHAIN=local GOFLAGS= \
            GO111MODULE=on CGO_ENABLED=1 go build -o "$work/go-example" .
        cd "$work" || exit 2
        quietly ./go-example tiny.model acoustic sung
        grep -q 'confidence 0' log || fail "examples/go: no confidence"
    else
        skip "examples in Go (no go)"
    fi
    ;;
esac

# ---- Gone again -------------------------------------------------------------

# The second copy is staged, as those who make packages do it.
cd "$source" || exit 2
quietly ${MAKE:-make} install BUILD="$build" PREFIX=/usr DESTDIR="$work/root"
(cd "$prefix" && find . ! -type d | sort) > "$work/here"
(cd "$work/root/usr" && find . ! -type d | sort) > "$work/log"
cmp -s "$work/here" "$work/log" || fail "DESTDIR installs something else"
grep -q "$work" "$work/root/usr/lib/pkgconfig/ltrec.pc" &&
    fail "ltrec.pc names DESTDIR"
quietly ${MAKE:-make} uninstall PREFIX=/usr DESTDIR="$work/root"
quietly ${MAKE:-make} uninstall PREFIX="$prefix" DESTDIR=
find "$work/root" "$prefix" ! -type d > "$work/log"
[ ! -s "$work/log" ] || fail "uninstall leaves something"
