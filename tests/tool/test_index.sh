#!/bin/sh
#
# test_index.sh - ltrec index: building, changing, searching, checking

. "$(dirname "$0")/common.sh"

python3 - <<'END'
import random, struct
random.seed(1)
def npy(path, rows, what='f', size=4):
    n, d = len(rows), len(rows[0])
    h = "{'descr': '<%s%d', 'fortran_order': False, 'shape': (%d, %d), }\n" % (
        what, size, n, d)
    flat = [x for r in rows for x in r]
    open(path, 'wb').write(b'\x93NUMPY\1\0' + struct.pack('<H', len(h)) +
        h.encode() + struct.pack('<%d%s' % (n * d, 'f' if size == 4 else 'd'),
                                 *flat))
rows = [[random.gauss(0, 1) for _ in range(8)] for _ in range(100)]
npy('rows.npy', rows)
npy('doubles.npy', rows, size=8)
npy('queries.npy', rows[:5])
npy('narrow.npy', [r[:4] for r in rows[:5]])
npy('nan.npy', [[float('nan')] * 8])
npy('zero.npy', [[0.0] * 8])
END

expect 0 index build --factors rows.npy --out x
prints "100 items of 8 floats"
expect 0 index build --factors doubles.npy --out y --json
is_json

cp rows.npy rows
expect 0 index build --factors rows --out y

expect 0 index search --index x --queries queries.npy --k 3
[ "$(wc -l < stdout)" -eq 15 ] || fail "not three answers to each"
prints "$(printf '4\t1\t4\t1.000000')"
expect 0 index search --index x --queries queries.npy --k 200 --json
is_json
expect 0 index search --index x --queries queries.npy --k 3 \
    --npy-ids ids.npy --npy-scores scores.npy
python3 - <<'END' || fail "the arrays are not what they should be"
import struct
b = open('ids.npy', 'rb').read()
assert b"'<u8'" in b and b'(5, 3)' in b
assert struct.unpack('<15Q', b[128:])[::3] == (0, 1, 2, 3, 4)
b = open('scores.npy', 'rb').read()
assert b"'<f4'" in b and abs(struct.unpack('<15f', b[128:])[0] - 1) < 1e-6
END

expect 1 index search --index x --queries narrow.npy --k 3
says "queries of 4 floats, wanted 8"
expect 1 index search --index x --queries nan.npy --k 3
says "row 0, column 0 is not a finite float"
expect 1 index search --index x --queries zero.npy --k 3
expect 2 index search --index x --queries queries.npy --k 0
expect 1 index build --factors nan.npy --out z
expect 0 index build --factors zero.npy --out z
says "1 rows of zeros, which nobody played, were left out"

# Taking out and adding; a second copy is refused and changes nothing.
expect 0 index remove --index x 17 18
prints "98 items"
expect 1 index remove --index x 17
says "no item '17'"
expect 0 similar 3 --index x -k 100
! grep -q ' 17$' stdout || fail "an item that was taken out is answered"
expect 1 index add --index x --factors rows.npy
expect 0 index info --index x --json
is_json
prints '"items":98'

# Many items are put into lists, and a recall below 1 is measured.
python3 - <<'END'
import random, struct
random.seed(2)
def npy(path, rows):
    h = "{'descr': '<f4', 'fortran_order': False, 'shape': (%d, 8), }\n" % len(
        rows)
    open(path, 'wb').write(b'\x93NUMPY\1\0' + struct.pack('<H', len(h)) +
        h.encode() + b''.join(struct.pack('<8f', *r) for r in rows))
npy('many.npy', [[random.gauss(0, 1) for _ in range(8)] for _ in range(5000)])
npy('asked.npy', [[random.gauss(1, 1) for _ in range(8)] for _ in range(50)])
END
expect 0 index build --factors many.npy --out many --recall 0.9 \
    --queries asked.npy
expect 0 index info --index many --json
is_json
prints '"lists":141'
prints '"recall":0.9'
prints '"recall_of_queries":'
expect 0 index info --index many
prints "recall 0.9: into"
expect 0 evaluate index --index many --queries asked.npy --json
python3 -c 'import json; assert json.load(open("stdout"))["recall@10"] > 0.85' \
    || fail "the recall is not what was asked for"
expect 2 index build --factors many.npy --out z --recall 1.5
expect 1 index build --factors many.npy --out z --queries narrow.npy

# Tracks that point the same way are equally near, however floats round.
python3 - << 'END'
import random
random.seed(3)
with open('ties.tsv', 'w') as f:
    print('user', 'item', 'count', sep='\t', file=f)
    for u in range(40):
        for i in range(50):
            print('u%d' % u, 'own %d of %d' % (i, u), 1, sep='\t', file=f)
            print('u%d' % u, 'i%d' % random.randrange(60), 1, sep='\t', file=f)
END
expect 0 factorize --plays ties.tsv --rank 24 --out ties
expect 0 index build --factors ties --out ties.index
expect 0 export npy --factors ties --out ties.npy
expect 0 evaluate index --index ties.index --queries ties.npy --json
prints '"recall@10":1.0,'

# Verifying finds any damage.
expect 0 index verify --index x
python3 - <<'END'
b = bytearray(open('x', 'rb').read())
b[len(b) // 2] ^= 1
open('bad', 'wb').write(b)
open('cut', 'wb').write(b[:len(b) // 2])
END
expect 1 index verify --index bad
says "ltrec: error"
expect 1 index verify --index cut
expect 1 index info --index cut
expect 1 index verify --index rows.npy
expect 1 index verify --index nowhere

expect 2 index
says "ltrec index build"
expect 2 index build --out x
says "--factors is missing"
expect 2 index juggle
