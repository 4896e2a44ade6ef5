# common.sh - what the shell tests of the program share
#
# A test is run as `test_<what>.sh PROGRAM`, sources this file, and says what
# it expects; the first expectation that fails ends it with status 1.

ltrec=$(realpath "$1")
tests=$(realpath "$(dirname "$0")")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1

fail() {
    echo "$(basename "$0"): $*"
    echo "--- stdout"
    head -20 stdout
    echo "--- stderr"
    head -20 stderr
    exit 1
}

# expect STATUS ARGUMENT... : runs the program, keeps stdout and stderr.
expect() {
    wanted=$1
    shift
    "$ltrec" "$@" > stdout 2> stderr < /dev/null
    got=$?
    [ $got -eq "$wanted" ] || fail "ltrec $*: exit status $got, not $wanted"
}

says() { grep -qF -e "$1" stderr || fail "standard error lacks: $1"; }
prints() { grep -qF -e "$1" stdout || fail "standard output lacks: $1"; }
is_json() {
    python3 -m json.tool --json-lines stdout > json 2> json-error ||
        fail "not JSON: $(cat json-error)"
}
