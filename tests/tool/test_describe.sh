#!/bin/sh
#
# test_describe.sh - ltrec describe: for people, as JSON and as a table

. "$(dirname "$0")/common.sh"

# Twenty seconds at 22,050 Hz: clicks 120 times a minute over a chord of A
# minor; and silence.
python3 - <<'END'
import math, struct
rate, n = 22050, 20 * 22050
def wav(name, x):
    pcm = struct.pack('<%dh' % len(x), *x)
    head = struct.pack('<4sI4s4sIHHIIHH4sI', b'RIFF', 36 + len(pcm), b'WAVE',
                       b'fmt ', 16, 1, 1, rate, rate * 2, 2, 16, b'data',
                       len(pcm))
    open(name, 'wb').write(head + pcm)
notes = [220.0, 261.626, 329.628, 440.0]
def sample(i):
    beat = i % (rate // 2)
    hit = 12000 * math.exp(-beat / 200) * math.sin(beat * beat)
    return int(hit + sum(1200 * math.sin(2 * math.pi * f * i / rate)
                         for f in notes))
wav('song.wav', [sample(i) for i in range(n)])
wav('silence.wav', [0] * n)
END
printf 'no sound at all' > text.wav

expect 0 describe song.wav
prints "song.wav"
prints "A minor"
prints "beats per minute"
expect 0 describe song.wav silence.wav --json
is_json
prints '"item":"song.wav"'
prints '"version":1'
prints '"key":9'
prints '"tempo_bpm":null'

# As a table, which --machine reads: empty cells are missing.
expect 0 describe song.wav silence.wav --table machine.tsv
python3 - <<'END' || fail "machine.tsv is not what it should be"
rows = [line.rstrip('\n').split('\t') for line in open('machine.tsv')]
assert len(rows) == 3 and all(len(row) == 34 for row in rows)
song = dict(zip(rows[0], rows[1]))
silence = dict(zip(rows[0], rows[2]))
assert song['item'] == 'song.wav' and abs(float(song['tempo_bpm']) - 120) < 1
assert silence['loudness_lufs'] == '' and float(silence['seconds']) == 20
END
expect 0 describe song.wav --table -
prints "item	seconds	loudness_lufs"

# The files of an items table, by its ids; one without a file is passed over.
printf 'item\tartist\ttitle\tpath\nt1\tA\tB\tsong.wav\nt2\tA\tC\t\n' > items.tsv
expect 0 describe --items items.tsv --table -
prints "t1	20	"
[ "$(wc -l < stdout)" -eq 2 ] || fail "not one row"

# What is no sound does not stop the others, and is in no table.
expect 3 describe text.wav song.wav --table some.tsv
says "text.wav: not a sound file"
[ "$(wc -l < some.tsv)" -eq 2 ] || fail "not one row"
expect 1 describe text.wav --table none.tsv
[ ! -e none.tsv ] || fail "a table of nothing"
expect 1 describe song.wav --table /dev/full
expect 1 describe song.wav --max-seconds 5

expect 2 describe
expect 2 describe song.wav --items items.tsv
expect 2 describe song.wav --table - --json
