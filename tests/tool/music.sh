# music.sh - sound files for the tests of scan, and a look into catalogues

# tones FOLDER NAME... : two seconds of 16 bits at 22,050 Hz, each its own.
tones() {
    mkdir -p "$1"
    python3 - "$@" << 'END'
import math, struct, sys, zlib
for name in sys.argv[2:]:
    step = .01 + zlib.crc32(name.encode()) % 1000 / 2500
    pcm = b''.join(struct.pack('<h', int(9000 * math.sin(i * step)))
                   for i in range(44100))
    open(sys.argv[1] + '/' + name, 'wb').write(
        struct.pack('<4sI4s4sIHHIIHH4sI', b'RIFF', 36 + len(pcm), b'WAVE',
                    b'fmt ', 16, 1, 1, 22050, 44100, 2, 16, b'data',
                    len(pcm)) + pcm)
END
}

# sql DATABASE QUERY
sql() {
    python3 -c 'import sqlite3, sys
base = sqlite3.connect(sys.argv[1])
base.text_factory = lambda b: b.decode(errors="backslashreplace")
for row in base.execute(sys.argv[2]):
    print(*row, sep="|")' "$1" "$2"
}

# track COLUMN NAME : of the file in C.db whose path ends in that name.
track() {
    sql "${catalog:-C.db}" "SELECT $1 FROM tracks
        WHERE CAST(path AS TEXT) LIKE '%/$2'"
}

# All that does not depend on when and by whom it was found out.
dump() {
    sql "$1" "SELECT id, path, size, mtime_ns, hash, todo, status, error, note,
        decoder, features, model, artist, title, album, genre, year, number,
        seconds, rate_hz, channels, rows, mel_bits, confidence, hex(factor)
        FROM tracks ORDER BY id"
    sql "$1" "SELECT * FROM facts ORDER BY name"
}

# played_music : makes in C.db a world of 100 tracks, whose plays call them t0000
# and so on, in named.tsv "artist - title", and in files.tsv by their files.
played_music() {
    expect 0 demo --tracks 100 --track-seconds 8 --music --out demo --seed 5
    expect 0 scan demo/music --catalog C.db
    prints "100 tracks, 100 listened to"
    [ "$(sql C.db 'SELECT count(*) FROM tracks WHERE length(artist) > 0 AND
        length(title) > 0 AND length(album) > 0 AND length(genre) > 0')" = 100 ] ||
        fail "tags are missing"
    python3 - << 'END'
import os
rows = [l.rstrip('\n').split('\t') for l in open('demo/items.tsv')][1:]
names = {r[0]: r[1] + ' - ' + r[2] for r in rows}
paths = {r[0]: os.path.realpath('demo/' + r[4]) for r in rows}
plays = [l.rstrip('\n').split('\t') for l in open('demo/plays.tsv')][1:]
for name, table in (('named', names), ('files', paths)):
    with open(name + '.tsv', 'w') as f:
        print('user', 'item', 'count', sep='\t', file=f)
        for user, item, count in (p[:3] for p in plays):
            print(user, table[item], count, sep='\t', file=f)
END
}
