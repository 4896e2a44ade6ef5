#!/bin/sh
#
# test_evaluate.sh - ltrec evaluate cf and index: the keys that are promised

. "$(dirname "$0")/common.sh"

python3 - <<'END'
import random, struct
random.seed(3)
train, test, fold = [], [], []
for u in range(40):
    for i in range(20):
        if (u + i) % 2 == 0 and random.random() < .8:
            row = 'u%d\ti%d\t%d' % (u, i, 1 + i % 3)
            (test if random.random() < .3 else train).append(row)
new = lambda rows: [r.replace('u', 'n') for r in rows]
def table(path, rows):
    open(path, 'w').write('\n'.join(['user\titem\tcount'] + rows) + '\n')
table('train.tsv', train)
table('test.tsv', test + ['u0\tunheard\t1', 'stranger\ti1\t1'])
table('fold.tsv', new(train))
table('new.tsv', new(test))
table('strangers.tsv', ['x\ti1\t1'])
rows = [[random.gauss(0, 1) for _ in range(16)] for _ in range(300)]
h = "{'descr': '<f4', 'fortran_order': False, 'shape': (300, 16), }\n"
open('rows.npy', 'wb').write(b'\x93NUMPY\1\0' + struct.pack('<H', len(h)) +
    h.encode() + b''.join(struct.pack('<16f', *r) for r in rows))
END

has_keys() {
    python3 - "$@" <<'END' || fail "keys are missing, or not numbers from 0 to 1"
import json, sys
d = json.load(open('stdout'))
for key in sys.argv[1:]:
    assert isinstance(d[key], (int, float)), key
    if '@' in key:
        assert 0 <= d[key] <= 1, key
END
}

expect 0 evaluate cf --train train.tsv --test test.tsv --rank 4 --epochs 5 \
    --lambda 0.1 --alpha0 0.1 --seed 1 --threads 1 --json
has_keys users items recall@20 recall@50 ndcg@100 map@500 tail_recall@20 \
    coverage@20 seconds_per_epoch rank epochs
prints '"unknown_users":1,"unknown_pairs":1'
prints '"rank":4,"epochs":5'
expect 0 evaluate cf --train train.tsv --test new.tsv --heldout-users \
    --foldin fold.tsv --rank 4 --json
has_keys users recall@20
prints '"unknown_users":0'
expect 0 evaluate cf --train train.tsv --test test.tsv --rank 4
prints "recall@20"
expect 1 evaluate cf --train train.tsv --test strangers.tsv --rank 4
says "no listener of the test table is known"
expect 2 evaluate cf --train train.tsv --test new.tsv --heldout-users
says "--foldin is missing"
expect 2 evaluate cf --train train.tsv

expect 0 index build --factors rows.npy --out x
expect 0 evaluate index --index x --queries rows.npy --k 10 --json
has_keys items dim recall@10 qps p50_us p99_us bytes_per_item build_seconds
prints '"recall@10":1.0'
expect 0 evaluate index --index x --queries rows.npy --k 500 --batch 7 --json
has_keys recall@300
expect 2 evaluate index --index x
