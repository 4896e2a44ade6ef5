#!/bin/sh
#
# test_scan_bad.sh - ltrec scan: whatever lies on a disk has an answer

. "$(dirname "$0")/common.sh"
. "$tests/music.sh"

# is NAME STATUS TEXT : what the catalogue says of a file.
is() {
    case "$(track "status || ': ' || coalesce(error, note, '')" "$1")" in
    "$2: $3"*) ;;
    *) fail "$1 is not $2, '$3', but $(track 'status, error, note' "$1")" ;;
    esac
}

# Without ffmpeg in the PATH, so that answers are those of any machine.
mkdir bin
for program in python3 dirname cat; do
    ln -s "$(command -v $program)" bin/$program
done
whole_path=$PATH

tones bad good.wav twin.wav
python3 - << 'END'
import math, struct
def wav(name, pcm, rate=22050, channels=1, bits=16, form=1, said=None):
    size = len(pcm) if said is None else said
    open('bad/' + name, 'wb').write(
        struct.pack('<4sI4s4sIHHIIHH4sI', b'RIFF', 36 + size, b'WAVE', b'fmt ',
                    16, form, channels, rate, rate * channels * bits // 8,
                    channels * bits // 8, bits, b'data', size) + pcm)
def shorts(values):
    return b''.join(struct.pack('<h', v) for v in values)
tone = [int(9000 * math.sin(i * .1)) for i in range(88200)]
open('bad/empty.flac', 'wb').close()
open('bad/text.mp3', 'w').write(200 * 'no sound, but a name like some\n')
open('bad/noise.ogg', 'wb').write(bytes(i * i * 7 % 251 for i in range(5000)))
wav('cut.wav', shorts(tone[:22050]), said=10 * 44100)
wav('header.wav', b'')
wav('renamed.mp3', shorts(tone))
wav('one.wav', shorts([12345]))
wav('silent.wav', shorts([0] * 88200))
wav('constant.wav', shorts([3000] * 88200))
wav('clipped.wav', shorts(max(-32768, min(32767, 20 * v)) for v in tone))
wav('nan.wav', struct.pack('<f', .5) * 5000 + struct.pack('<f', math.nan) +
    struct.pack('<f', .5) * 5000, bits=32, form=3)
wav('telephone.wav', shorts(tone[:32000]), rate=8000)
wav('many.wav', shorts(v for v in tone[:38400] for _ in range(32)),
    rate=384000, channels=32)
wav('channels.wav', shorts(tone[:3300]), channels=33)
wav('slow.wav', shorts(tone[:900]), rate=900)
# Ten hours of nothing, as a hole.
wav('night.wav', b'', rate=8000, said=36000 * 16000)
open('bad/night.wav', 'r+b').truncate(44 + 36000 * 16000)
open(b'bad/caf\xe9.wav', 'wb').write(open('bad/twin.wav', 'rb').read())
open('bad/new\nline "quoted".wav', 'wb').write(
    open('bad/renamed.mp3', 'rb').read()[:40000])
open('bad/-i.wav', 'wb').write(open('bad/renamed.mp3', 'rb').read()[:50000])
END
mkdir bad/folder.wav bad/loop bad/.hidden
ln -s ../../bad bad/loop/around
ln -s loop bad/self
ln -s itself.wav bad/itself.wav
ln -s nowhere.wav bad/dangling.wav
cp bad/good.wav bad/.hidden/x.wav
cp bad/good.wav bad/.good.wav
mkfifo bad/pipe.wav

PATH=$work/bin
expect 3 scan bad --catalog C.db --max-seconds 600
PATH=$whole_path
! grep -v '^ltrec: ' stderr || fail "a decoder talks"
is good.wav ok ""
is twin.wav ok ""
is empty.flac failed "empty: not one byte"
is text.mp3 failed "not a sound file: neither WAV, FLAC, Ogg, MP3 nor AIFF"
is noise.ogg failed "not a sound file"
is cut.wav ok "cut short: 1.0 s of 10.0 s"
is header.wav failed "holds no samples"
is renamed.mp3 ok ""
is one.wav ok "a constant, not a sound; short: 0.000 s"
is silent.wav ok "silent"
is constant.wav ok "a constant, not a sound"
is clipped.wav ok "clipped: 88 % of the samples"
is nan.wav failed "the sample at 0.227 s (frame 5000, channel 1) is not finite"
is telephone.wav ok ""
is many.wav ok "short: 0.100 s"
is channels.wav failed "33 channels, wanted 1 to 32"
is slow.wav failed "900 samples a second, wanted 1000 to 768000"
is night.wav failed "longer than 600 seconds"
is -i.wav ok "cut short: 1.1 s of 4.0 s"
[ "$(track 'rate_hz, channels' many.wav)" = "384000|32" ] ||
    fail "32 channels at 384 kHz are something else"
[ "$(sql C.db 'SELECT count(*) FROM tracks')" = 21 ] ||
    fail "a folder, a link, a pipe or a hidden file was taken for sound"
[ "$(sql C.db 'SELECT count(*) FROM tracks WHERE status = "ok" AND
    hex(path) LIKE "%636166E92E776176"')" = 1 ] ||
    fail "a name that is not UTF-8 was lost"
dump C.db > before

# The same again: nothing is listened to, and the answers are the same.
PATH=$work/bin
expect 3 scan bad --catalog C.db --max-seconds 600 --json
PATH=$whole_path
is_json
prints '"listened":0'
dump C.db > after
cmp -s before after || fail "a second scan changes the catalogue"

# What failed is tried again when it is asked for, or when it has changed.
expect 3 scan bad --catalog C.db --retry --json --max-seconds 600
is_json
[ "$(grep -c '"result":"failed"' stdout)" -eq 8 ] || fail "not all were tried"
cp bad/good.wav bad/text.mp3
expect 3 scan bad --catalog C.db --max-seconds 600
is text.mp3 ok ""

# ---- A file that the system does not hand over --------------------------

mkdir closed
cp bad/good.wav bad/twin.wav closed
run_as() { "$@"; }
[ "$(id -u)" -ne 0 ] || run_as() {
    setpriv --reuid=65534 --regid=65534 --clear-groups -- "$@"
}
mkdir free
chmod 777 free
chmod 755 "$work"
if run_as "$ltrec" --version > stdout 2>&1; then
    run_as "$ltrec" scan closed --catalog free/C.db > stdout 2> stderr ||
        fail "cannot scan as another user"
    touch closed/good.wav
    chmod 0 closed/good.wav
    run_as "$ltrec" scan closed --catalog free/C.db > stdout 2> stderr
    [ $? -eq 3 ] || fail "a closed file is no failure"
    catalog=free/C.db
    is good.wav unreadable "Permission denied"
    [ "$(track rows good.wav)" = 43 ] || fail "what was known of it is gone"
    chmod 644 closed/good.wav
    run_as "$ltrec" scan closed --catalog free/C.db --json > stdout ||
        fail "an open file is a failure"
    prints '"listened":0'
    is good.wav ok ""

    # A folder that cannot be read has not lost its files.
    chmod 0 closed
    run_as "$ltrec" scan closed --catalog free/C.db > stdout 2> stderr
    says "closed: Permission denied"
    chmod 755 closed
    [ "$(sql free/C.db 'SELECT count(*) FROM tracks')" = 2 ] ||
        fail "tracks of a closed folder were removed"
    catalog=C.db
else
    echo "test_scan_bad.sh: closed files skipped: no other user to be"
fi

# ---- A folder that is away ----------------------------------------------

mkdir disk
cp bad/good.wav bad/twin.wav disk
expect 0 scan disk --catalog D.db --quiet
mv disk/good.wav disk/twin.wav .
expect 0 scan disk --catalog D.db
says "no sound is left there; its 2 tracks stay in the catalogue"
prints "2 tracks"
expect 0 scan disk --catalog D.db --prune
prints "0 tracks, 2 removed"

# Rows that are a link to a disk which is away are not lost.
tones few 1.wav 2.wav
expect 0 scan few --catalog S.db --quiet
mkdir away there
mv S.mels away
ln -s there/S.mels S.mels
dump S.db > before
expect 1 scan few --catalog S.db
says "S.mels: cannot reach the rows of mel: No such file or directory"
dump S.db > after
cmp -s before after || fail "rows of a disk that is away are forgotten"
mv away/S.mels there
expect 0 scan few --catalog S.db --json
prints '"listened":0'

# Those that are gone are made again, unless nowhere: then nothing is changed.
rm S.mels there/S.mels
expect 0 scan few --catalog S.db --json
prints '"listened":2'
rm S.mels
mkdir S.mels
expect 1 scan few --catalog S.db
dump S.db > after
cmp -s before after || fail "rows that cannot be opened are forgotten"

# Nothing is kept yet: the first rows go where the link says.
ln -s there/L.mels L.mels
expect 0 scan few --catalog L.db --quiet
[ -s there/L.mels ] || fail "rows do not go where a link says"

# ---- The catalogue itself -----------------------------------------------

printf 'not a database, however long it may be' > text.db
expect 1 scan bad --catalog text.db
says "text.db: damaged, or not a catalogue"
sql other.db 'CREATE TABLE theirs (x)'
expect 1 scan bad --catalog other.db
says "a database of another program"
cp C.db newer.db
sql newer.db 'PRAGMA user_version = 99'
expect 1 scan bad --catalog newer.db
says "a catalogue of version 99, and this program knows up to"
mkdir folder.db
expect 1 scan bad --catalog folder.db
says "folder.db: unable to open"
for refused in text other newer folder; do
    [ "$(echo $refused.db*)" = $refused.db ] ||
        fail "beside what is no catalogue a scan leaves $(echo $refused.db*)"
done
expect 1 scan bad --catalog new.db --model text.db
says "text.db: store: not a safetensors file"
! ls new.db* > /dev/null 2>&1 || fail "a catalogue for what is no model"

# One of version 1 goes on as one of today, and nothing is heard again.
cp C.db older.db
sql C.mels "VACUUM INTO 'older.mels'"
for change in 'DROP COLUMN described' 'DROP COLUMN descriptors'; do
    sql older.db "ALTER TABLE tracks $change"
done
sql older.db 'PRAGMA user_version = 1'
sql older.mels 'DROP INDEX mel_tracks'
sql older.mels 'PRAGMA user_version = 1'
rows=$(sql older.mels 'SELECT count(*) FROM mels')
expect 3 scan bad --catalog older.db --max-seconds 600 --json
prints '"listened":0'
says "older.db: bringing the catalogue up to version 2"
says "older.mels: bringing the file of mel rows up to version 2"
[ "$(sql older.db 'PRAGMA user_version')" = \
    "$(sql C.db 'PRAGMA user_version')" ] || fail "an old catalogue stays old"
[ "$(sql older.mels "SELECT name FROM sqlite_master WHERE type = 'index'")" = \
    mel_tracks ] || fail "an old file of rows stays old"
dump C.db > before
dump older.db > after
cmp -s before after || fail "a catalogue is lost when it is brought up to date"
[ "$rows" -gt 0 ] && [ "$(sql older.mels 'SELECT count(*) FROM mels')" = \
    "$rows" ] || fail "rows are lost when their file is brought up to date"

# Nothing new, and of 9 MB of rows nothing is read.
cp older.db large.db
cp older.mels large.mels
python3 - "$ltrec" << 'END' || fail "a scan of nothing new reads rows"
import sqlite3, subprocess, sys
known, rows = (sqlite3.connect('large.' + n) for n in ('db', 'mels'))
columns = [r[1] for r in known.execute('PRAGMA table_info(tracks)')]
one = known.execute('SELECT * FROM tracks WHERE mel_bits > 0').fetchone()
for i in range(1000, 1040):
    new = dict(zip(columns, one), id=i, path=b'/gone/%d' % i, hash=i)
    known.execute('INSERT INTO tracks VALUES (%s)' % ','.join('?' * len(new)),
                  [*new.values()])
    rows.execute('INSERT INTO mels VALUES (?, 8, 128, 0, 1, ?)',
                 (i, bytes(128 * (1000 + 40 * (i - 1000)))))
known.commit(), rows.commit()
known.close(), rows.close()
def read_so_far():
    io = dict(line.split(': ') for line in open('/proc/self/io'))
    return int(io['rchar'])
for _ in range(2):
    before = read_so_far()
    subprocess.run([sys.argv[1], 'scan', 'bad', '--catalog', 'large.db',
                    '--max-seconds', '600'], capture_output=True)
assert 10000 < read_so_far() - before < 1e6, read_so_far() - before
END
expect 1 scan bad --catalog nowhere/C.db
says "nowhere/C.db"
cp C.db cut.db
head -c 9000 C.db > cut.db
expect 1 scan bad --catalog cut.db
says "cut.db: damaged"

# Locked by another program: for a while, and for too long, unless it is a scan.
lock() {
    python3 -c 'import fcntl, sqlite3, sys, time
base = sqlite3.connect("C.db", isolation_level=None)
if "scan" in sys.argv:
    its = open("C.db.lock", "w")
    fcntl.lockf(its, fcntl.LOCK_EX)
    base.execute("PRAGMA locking_mode = EXCLUSIVE")
base.execute("BEGIN EXCLUSIVE")
print("locked", flush=True)
time.sleep(float(sys.argv[1]))' "$@" > locked &
    until [ -s locked ]; do sleep .05; done
}
lock 1
expect 3 scan bad --catalog C.db --quiet --max-seconds 600
wait
rm locked
lock 60
expect 1 scan bad --catalog C.db
says "C.db: another program has the catalogue locked"
kill $!
wait
rm locked
lock 60 scan
expect 1 scan bad --catalog C.db
says "C.db: another scan is at work on it"
kill $!
wait

# A disk that is full: what was done is there, and the rest comes later.
tones many 1.wav 2.wav 3.wav 4.wav 5.wav 6.wav 7.wav 8.wav
(
    trap '' XFSZ
    ulimit -f 300 # blocks of 512 bytes
    exec "$ltrec" scan many --catalog F.db --mels 16 --jobs 1 --quiet
) > stdout 2> stderr
[ $? -eq 1 ] || fail "a full disk is no error"
says "F.mels: "
expect 0 scan many --catalog F.db --quiet
prints "8 tracks"
expect 0 scan many --catalog G.db --mels 16 --quiet
dump F.db > F
dump G.db > G
cmp -s F G || fail "a catalogue that met a full disk is another one"
