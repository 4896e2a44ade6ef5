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
