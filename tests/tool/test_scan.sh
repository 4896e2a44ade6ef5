#!/bin/sh
#
# test_scan.sh - ltrec scan: what is new, unchanged, moved, copied and gone

. "$(dirname "$0")/common.sh"
. "$tests/music.sh"

tones music/a one.wav two.wav three.wav
tones music/b four.wav five.wav

expect 2 scan
expect 2 scan music
says "--catalog"
expect 1 scan nowhere --catalog new.db
says "nowhere: cannot open"
expect 1 scan "$(mktemp -d empty.XXX)" --catalog new.db --model nowhere
says "nowhere"
! ls new.db* > /dev/null 2>&1 || fail "a catalogue of a scan that was refused"

mkdir hollow
: > hollow/notes.txt
expect 0 scan hollow --catalog H.db
says "hollow: no file there has a name that ends as sound does"
prints "0 tracks"

# Everything is new, then nothing is.
expect 0 scan music --catalog C.db --json
is_json
prints '"result":"ok"'
prints '"tracks":5,"files":5,"listened":5'
[ "$(sql C.db 'SELECT count(*) FROM tracks WHERE status = "ok"
               AND NOT todo AND rows = 43 AND mel_bits = 8')" = 5 ] ||
    fail "not all is in the catalogue"
[ "$(sql C.mels 'SELECT count(*) FROM mels WHERE length(numbers) =
                 43 * 128')" = 5 ] || fail "not all rows are kept"
expect 0 scan music --catalog C.db
prints "5 tracks, 5 unchanged"

# A new time on the file is none in its contents.
touch -d '2001-02-03 04:05:06' music/a/one.wav
expect 0 scan music --catalog C.db --json
prints '"result":"unchanged","done":1,"todo":1'
expect 0 scan music --catalog C.db --json
prints '"unchanged":5'

# Moved, copied, changed, gone.
id=$(sql C.db "SELECT id FROM tracks WHERE CAST(path AS TEXT) LIKE '%two.wav'")
mkdir music/c
mv music/a/two.wav music/c/zwei.wav
cp music/b/four.wav music/c/vier.wav
tones music/a six.wav
mv music/a/six.wav music/a/three.wav
rm music/b/five.wav
expect 0 scan music --catalog C.db --json
prints '"tracks":5,"files":5,"listened":1,"predicted":0,"unchanged":2'
prints '"moved":1,"copied":1,"removed":1,"failed":0'
[ "$(sql C.db "SELECT id FROM tracks WHERE CAST(path AS TEXT) LIKE
              '%zwei.wav'")" = "$id" ] || fail "a moved track has another id"
[ "$(sql C.mels 'SELECT count(*) FROM mels')" = 5 ] ||
    fail "rows of a track that is gone were kept"

# One folder of several does not empty the others.
expect 0 scan music/a music/c --catalog C.db
prints "5 tracks, 4 unchanged"

# Rows that are lost are noticed, one track's or all.
python3 -c "import sqlite3
base = sqlite3.connect('C.mels')
base.execute('DELETE FROM mels WHERE track IN (SELECT max(track) FROM mels)')
base.commit()"
expect 0 scan music --catalog C.db --json
prints '"listened":0,"predicted":0,"unchanged":4,"moved":0,"copied":1'
[ "$(sql C.mels 'SELECT count(*) FROM mels')" = 5 ] || fail "rows stay lost"
rm C.mels*
expect 0 scan music --catalog C.db --json
prints '"listened":4,"predicted":0,"unchanged":0,"moved":0,"copied":1'
expect 0 scan music --catalog C.db
prints "5 tracks, 5 unchanged"
rm C.mels*
: > C.mels
expect 0 scan music --catalog C.db --json
prints '"listened":4,"predicted":0,"unchanged":0,"moved":0,"copied":1'

# A file by its name, and folders within others only once.
expect 0 scan music music/a music/a/one.wav --catalog C.db
prints "5 tracks, 5 unchanged"
