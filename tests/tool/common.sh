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

# comes COMMAND... : waits until the command succeeds, for a minute at most.
comes() {
    for _ in $(seq 1200); do
        ! "$@" 2> /dev/null || return 0
        sleep .05
    done
    fail "it never comes that $*"
}

# interrupt BAR ARGUMENT... : runs the program on a terminal, presses Ctrl-C
# when the bar of that name is drawn, and expects it to end as interrupted.
interrupt() {
    bar=$1
    shift
    TERM=dumb python3 - "$bar" "$ltrec" "$@" > stdout 2> stderr << 'END'
import os, pty, re, signal, sys
signal.alarm(120)
pid, terminal = pty.fork()
if pid == 0:
    os.execv(sys.argv[2], sys.argv[2:])
shown, pressed = b'', False
while True:
    try:
        more = os.read(terminal, 4096)
    except OSError:
        break
    if not more:
        break
    shown += more
    if not pressed and re.search(re.escape(sys.argv[1].encode()) + b' +\\[',
                                 shown):
        pressed = True
        os.write(terminal, b'\x03')
sys.stderr.buffer.write(shown)
status = os.waitpid(pid, 0)[1]
sys.exit(os.waitstatus_to_exitcode(status) if pressed else 'no such bar')
END
    got=$?
    [ $got -eq 130 ] || fail "an interrupt of ltrec $*: exit status $got"
    says "interrupted"
}
