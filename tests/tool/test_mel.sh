#!/bin/sh
#
# test_mel.sh - ltrec mel: arrays, pictures, and files that are no sound

. "$(dirname "$0")/common.sh"

# Two seconds of two channels, 16 bits, at 44,100 Hz.
python3 - <<'END'
import math, struct
n, rate = 88200, 44100
pcm = b''.join(struct.pack('<hh', int(12000 * math.sin(i * .05)),
                           int(9000 * math.sin(i * .2))) for i in range(n))
head = struct.pack('<4sI4s4sIHHIIHH4sI', b'RIFF', 36 + len(pcm), b'WAVE',
                   b'fmt ', 16, 1, 2, rate, rate * 4, 4, 16, b'data', len(pcm))
open('tone.wav', 'wb').write(head + pcm)
open('short.wav', 'wb').write(head[:40] + struct.pack('<I', 4) + pcm[:4])
open('empty.wav', 'wb').write(head[:40] + struct.pack('<I', 0))
open('cut.wav', 'wb').write((head + pcm)[:2000])
END
printf 'no sound at all' > text.wav

expect 0 mel tone.wav --npy tone.npy --png tone.png --json
is_json
prints '"frames":43'
python3 - <<'END' || fail "tone.npy or tone.png is not what it should be"
import struct
b = open('tone.npy', 'rb').read()
assert b[:8] == b'\x93NUMPY\1\0' and len(b) == 128 + 43 * 128 * 4, len(b)
assert b"'shape': (43, 128)" in b[:128] and b"'<f4'" in b[:128]
mel = struct.unpack('<%df' % (43 * 128), b[128:])
assert max(mel) == 0 and min(mel) == -80
p = open('tone.png', 'rb').read()
width, height = struct.unpack('>II', p[16:24])
assert p[:8] == b'\x89PNG\r\n\x1a\n' and width >= 1200 and height >= 500
END

# What `--preset` says; rows are 1 + samples / hop when centred.
expect 0 mel tone.wav --preset librosa
prints "87 x 128"
expect 0 mel tone.wav --preset musicnn
prints "x 96"
expect 0 mel tone.wav --preset cqt --png cqt.png
prints "44 x 96"
expect 2 mel tone.wav --preset librossa
says "wanted one of default, librosa, musicnn, cqt"

# A track of one sample has a row, one of none is an error.
expect 0 mel short.wav
prints "1 x 128"
expect 0 mel cut.wav
expect 1 mel empty.wav
says "empty.wav: holds no samples"
expect 1 mel text.wav
says "text.wav: not a sound file"
expect 1 mel nowhere.wav
says "nowhere.wav: cannot open"
expect 1 mel .
says "not a plain file"
expect 1 mel tone.wav --max-seconds 1
says "longer than 1 seconds"

# Several files: into folders, and one that fails does not stop the others.
expect 3 mel tone.wav text.wav short.wav --npy arrays --png pictures
[ -f arrays/tone.wav.npy ] && [ -f arrays/short.wav.npy ] ||
    fail "an array is missing"
[ -f pictures/short.wav.png ] || fail "a picture is missing"
[ ! -e arrays/text.wav.npy ] || fail "an array from what is no sound"
expect 1 mel text.wav empty.wav
expect 0 mel tone.wav short.wav --npy both --png both
[ -f both/tone.wav.npy ] && [ -f both/tone.wav.png ] ||
    fail "arrays and pictures are not in one folder"
mkdir other
cp tone.wav other
expect 2 mel tone.wav other/tone.wav --npy arrays
says "two files are called tone.wav, and their results would be as well"
expect 0 mel tone.wav other/tone.wav

# A write that fails leaves nothing behind.
expect 1 mel tone.wav --npy nowhere/tone.npy
says "nowhere/tone.npy"
expect 1 mel tone.wav --npy /dev/full
cp tone.npy before
(
    ulimit -f 8
    expect 1 mel tone.wav --npy tone.npy
    says "tone.npy: cannot write: File too large"
) || exit 1
cmp -s before tone.npy || fail "a write that fails spoils what was there"
[ -z "$(ls -A | grep tmp-)" ] || fail "a temporary file was left"

expect 2 mel
