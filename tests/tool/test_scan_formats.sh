#!/bin/sh
#
# test_scan_formats.sh - one recording in every format has the same factors,
# and tags

. "$(dirname "$0")/common.sh"

command -v ffmpeg > /dev/null || {
    echo "test_scan_formats.sh: skipped: no ffmpeg to make the formats with"
    exit 0
}
# The demo has a soft floor, because a network without one turns what an
# encoder leaves out of silence into taste.
expect 0 demo --tracks 200 --track-seconds 12 --music --out demo
mkdir forms
n=0
find demo/music -name '*.flac' | LC_ALL=C sort | head -4 > some
make() { ffmpeg -nostdin -v error -i "$@"; }
while read -r flac; do
    n=$((n + 1))
    all=forms/$n-all.wav
    make "$flac" -ar 44100 -ac 2 $all
    make $all forms/$n-lossless.flac
    make $all -b:a 192k forms/$n-192.mp3
    make $all -b:a 128k forms/$n-128.mp3
    make $all -c:a libvorbis -q:a 6 forms/$n-vorbis.ogg
    make $all -c:a libvorbis -q:a 3 forms/$n-small.ogg
    make $all -c:a libopus -b:a 128k forms/$n-128.opus
    make $all -c:a libopus -b:a 96k forms/$n-96.opus
    make $all -b:a 192k forms/$n-192.m4a
    make $all -ac 1 forms/$n-mono.wav
    make $all -ar 48000 forms/$n-48.wav
    make $all -ar 96000 forms/$n-96.wav
    make $all -c:a pcm_f32le forms/$n-floats.wav
done < some

for bits in 0 8; do
    expect 0 scan forms --catalog C$bits.db --model demo/tracks.model \
        --mels $bits
    prints "52 tracks, 52 listened to"
done

# All of a recording near its WAV, and of recordings not all near each other:
# otherwise the first would be easy.
python3 - << 'END' > cosines || fail "$(cat cosines)"
import os, sqlite3, struct, sys
def factors(name):
    found = {}
    for path, blob in sqlite3.connect(name).execute(
            'SELECT path, factor FROM tracks'):
        v = struct.unpack('<%df' % (len(blob) // 4), blob)
        norm = sum(x * x for x in v) ** .5
        found[os.path.basename(path.decode())] = [x / norm for x in v]
    return found
for artist, genre, n in sqlite3.connect('C0.db').execute(
        'SELECT artist, genre, COUNT(*) FROM tracks GROUP BY 1, 2'):
    if not artist or not genre:
        sys.exit('%d files without an artist or a genre' % n)
def cosine(a, b):
    return sum(x * y for x, y in zip(a, b))
plain, kept = factors('C0.db'), factors('C8.db')
# The lowest rates leave out what a network of 200 tracks may go by.
low = ('-small.ogg', '-96.opus')
least, name = min((cosine(f, plain[n[0] + '-all.wav']), n)
                  for n, f in plain.items() if not n.endswith(low))
lowest, lowest_name = min((cosine(f, plain[n[0] + '-all.wav']), n)
                          for n, f in plain.items() if n.endswith(low))
print('least cosine within a recording %.6f, of %s; %.6f, of %s'
      % (least, name, lowest, lowest_name))
bits = min(cosine(plain[n], kept[n]) for n in plain)
print('least cosine of rows in 8 bits %.6f' % bits)
apart = min(cosine(plain['%d-all.wav' % i], plain['%d-all.wav' % j])
            for i in range(1, 5) for j in range(1, i))
print('least cosine between recordings %.6f' % apart)
sys.exit(least < .999 or lowest < .998 or bits < .9999 or apart > .99)
END
cat cosines

# INFO in Latin-1, as most of it was written
mkdir latin
python3 - << 'END'
sound = open('forms/1-all.wav', 'rb').read()
at = sound.index(b'IART') + 8
open('latin/one.wav', 'wb').write(sound[:at] + b'\xd6' + sound[at + 1:])
END
expect 0 scan latin --catalog L.db
python3 - << 'END' || fail "an artist that is no UTF-8"
import sqlite3, sys
artist, = sqlite3.connect('L.db').execute('SELECT artist FROM tracks')
sys.exit(not artist[0].startswith('\u00d6'))
END
