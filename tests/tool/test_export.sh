#!/bin/sh
#
# test_export.sh - factors to other programs and from them

. "$(dirname "$0")/common.sh"

python3 - <<'END'
import struct
def npy(path, descr, shape, data):
    h = "{'descr': '%s', 'fortran_order': False, 'shape': %s, }" % (descr, shape)
    h += ' ' * (63 - (10 + len(h)) % 64) + '\n'
    open(path, 'wb').write(b'\x93NUMPY\1\0' + struct.pack('<H', len(h)) +
                           h.encode() + data)
rows = [[1, 0.1], [-2, 3], [0, 0]]
npy('m.npy', '<f4', '(3, 2)', b''.join(struct.pack('<2f', *r) for r in rows))
npy('d.npy', '<f8', '(3, 2)', b''.join(struct.pack('<2d', *r) for r in rows))
npy('i.npy', '<i8', '(3,)', struct.pack('<3q', 7, 9, 8))
npy('i2.npy', '<i8', '(2,)', struct.pack('<2q', 7, 9))
open('ids.txt', 'w').write("it's\na\\b\nc\n")
END

# In and out again: the same bytes.
expect 0 import npy m.npy --ids ids.txt --out f
prints "3 rows of 2 floats"
expect 0 export npy --factors f --out back.npy --ids back.txt
cmp -s ids.txt back.txt || fail "ids changed on the way"
python3 - <<'END' || fail "vectors changed on the way"
a, b = (open(p, 'rb').read()[-24:] for p in ('m.npy', 'back.npy'))
assert a == b
END
expect 0 import npy d.npy --ids i.npy --out g
expect 0 export npy --factors g --out back.npy --ids back.txt
[ "$(tr '\n' ' ' < back.txt)" = "7 9 8 " ] || fail "numbers changed on the way"
expect 0 import npy m.npy --out h --like f
expect 0 similar 1 --factors h -k 1
expect 0 import npy m.npy --out h --like h

expect 0 export tsv --factors f
[ "$(cat stdout)" = "$(printf "item\tf1\tf2\nit's\t1\t0.100000001
a\\\\b\t-2\t3\nc\t0\t0")" ] || fail "another table"
expect 0 export tsv --factors f --unit
prints "-0.554700196"

# Rows without a direction stay out of databases; texts are escaped.
expect 0 export pgvector --factors f --table music
says "left out 1 rows"
[ "$(cat stdout)" = 'CREATE EXTENSION IF NOT EXISTS vector;
CREATE TABLE music (item text PRIMARY KEY, listeners bigint, embedding vector(2));
COPY music (item, listeners, embedding) FROM stdin;
'"$(printf "it's\t\\\\N\t[1,0.100000001]\na\\\\\\\\b\t\\\\N\t[-2,3]")"'
\.' ] || fail "another script for pgvector"
expect 0 export sqlite-vec --factors f --out s.sql
grep -qF "VALUES ('it''s', X'0000803fcdcccc3d');" s.sql ||
    fail "another script for sqlite-vec"
if command -v sqlite3 > /dev/null; then
    # What the extension would do, a plain table does for the syntax.
    sed 's/CREATE VIRTUAL TABLE.*/CREATE TABLE tracks (item, embedding);/' \
        s.sql | sqlite3 db || fail "SQLite does not take the script"
    [ "$(sqlite3 db "SELECT length(embedding) FROM tracks
        WHERE item = 'it''s'")" = 8 ] || fail "SQLite has another blob"
fi

expect 1 import npy m.npy --ids i2.npy --out x
says "2 ids for 3 rows"
expect 1 import npy m.npy --ids m.npy --out x
says "ids are int64 or uint64"
printf 'a\na\nb\n' > twice.txt
expect 1 import npy m.npy --ids twice.txt --out x
says "line 2, column 1: an id that was there before"
printf 'a\n\nb\n' > empty.txt
expect 1 import npy m.npy --ids empty.txt --out x
says "line 2, column 1: is empty"
printf 'a\n' > few.txt
expect 1 import npy m.npy --ids few.txt --out x
expect 1 import npy ids.txt --out x
[ ! -e x ] || fail "factors from a failed import"
expect 2 import npy m.npy
expect 2 export npy --factors f
expect 2 export pgvector --factors f --table 'x; DROP TABLE y'
says "is not letters, digits and _"
expect 1 export tsv --factors nowhere
expect 1 export tsv --factors f --out nowhere/x
