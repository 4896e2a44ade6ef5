#!/bin/sh
#
# scan.sh - a scan whose every system call fails once, with each error
#
# Usage: FAULT_TOOLS=DIR scan.sh PROGRAM
#
# After each the catalogue must be sound, and a scan that nothing disturbs must
# come to the tracks that it always comes to.  What failed while a decoder was
# reading is a file that failed: --retry asks for it again.

set -e
ltrec=$(realpath "$1")
tools=$(realpath "${FAULT_TOOLS:?says where the fault tools are}")
tests=$(realpath "$(dirname "$0")/../tool")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
# shellcheck source=tests/tool/music.sh
. "$tests/music.sh"

${CC:-cc} -O2 -fPIC -shared -o faultinj.so "$tools/faultinj.c" -ldl
tones music one.wav two.wav three.wav

# An ffmpeg that is none: what is swept is the scan.
mkdir bin
printf '#!/bin/sh\nexit 1\n' > bin/ffmpeg
chmod +x bin/ffmpeg
PATH=$work/bin:$PATH

scan="$ltrec scan music --catalog C.db --mels 8 --jobs 1 --quiet"
$scan > log
sql C.db "SELECT id, path, size, hash, status FROM tracks" > whole
rm -f C.db* C.mels*

cat > check << END
#!/bin/sh
$scan --retry > log 2>&1 || exit 1
python3 -c 'import sqlite3
base = sqlite3.connect("C.db")
assert base.execute("PRAGMA integrity_check").fetchone() == ("ok",)
assert sqlite3.connect("C.mels").execute(
    "PRAGMA integrity_check").fetchone() == ("ok",)
for row in base.execute("SELECT id, path, size, hash, status FROM tracks"):
    print(*row, sep="|")
' > now && cmp now whole || exit 1
rm -f C.db* C.mels* C.factors
END
chmod +x check

for error in 28 5; do
    echo "scan, each call failing with errno $error:"
    python3 "$tools/faultsweep.py" --so ./faultinj.so --kind io \
        --errno $error --step "${STEP:-1}" --ok 0,1,3 --check ./check -- \
        $scan
done
