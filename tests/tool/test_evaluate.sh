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
expect 1 evaluate cf --train train.tsv --test train.tsv --rank 2 --epochs 1
says "nothing to measure: no listener of the test has an item there that"
expect 2 evaluate cf --train train.tsv --test new.tsv --heldout-users
says "--foldin is missing"
expect 2 evaluate cf --train train.tsv

# Baselines are about the same listeners, and what is personal beats them.
expect 0 evaluate cf --train train.tsv --test test.tsv --rank 4 --json
python3 - <<'END' || fail "baselines are missing, or differences do not add up"
import json
d = json.load(open('stdout'))
assert set(d['baselines']) == {'itemitem', 'popularity', 'random'}
for row in [d] + list(d['baselines'].values()):
    low, high = row['ci95']['recall@20']
    assert low <= row['recall@20'] <= high
    if row is not d['baselines']['popularity']:
        over = row['over_popularity']['ndcg@100']
        assert abs(over['difference'] - row['ndcg@100'] +
                   d['baselines']['popularity']['ndcg@100']) < 1e-6
        assert over['ci95'][0] <= over['difference'] <= over['ci95'][1]
assert d['ndcg@100'] > d['baselines']['random']['ndcg@100']
assert d['baselines']['itemitem']['ndcg@100'] > \
    d['baselines']['popularity']['ndcg@100']
END
expect 0 evaluate cf --train train.tsv --test test.tsv --rank 4 \
    --no-baselines --json
prints '"baselines":{}'

# One table, parted: the same parts for the same seed, nothing lost.
for split in pairs listeners; do
    expect 0 evaluate cf --plays train.tsv --split $split --rank 4 --json
    has_keys users recall@20
    sed 's/"seconds_per_epoch":[^,]*,//' stdout > first
    expect 0 evaluate cf --plays train.tsv --split $split --rank 4 --json \
        --threads 2
    sed 's/"seconds_per_epoch":[^,]*,//' stdout | cmp -s - first ||
        fail "--split $split depends on the run"
done
python3 - <<'END'
train = [l.split() for l in open('train.tsv')][1:]
rows = ['user\titem\tcount\ttimestamp'] + [
    '%s\t%s\t%s\t%d' % (*r, 1000 + i * 7 % len(train))
    for i, r in enumerate(train)]
open('log.tsv', 'w').write('\n'.join(rows) + '\n')
cut = sorted(1000 + i * 7 % len(train) for i in range(len(train)))
cut = cut[len(cut) - len(cut) // 4]
for name, part in (('old', 0), ('late', 1)):
    open(name + '.tsv', 'w').write('\n'.join([rows[0]] + [
        r for r in rows[1:] if (int(r.split()[3]) >= cut) == part]) + '\n')
END
expect 0 evaluate cf --plays log.tsv --split time --folds 4 --rank 4 --json
sed 's/"seconds_per_epoch":[^,]*,//' stdout > by_time
expect 0 evaluate cf --train old.tsv --test late.tsv --rank 4 --json
sed 's/"seconds_per_epoch":[^,]*,//' stdout | cmp -s - by_time ||
    fail "--split time does not hold out what is latest"
expect 1 evaluate cf --plays train.tsv --split time
says "no column 'timestamp'"
expect 2 evaluate cf --plays train.tsv
says "--split is missing"
expect 2 evaluate cf --plays train.tsv --split pairs --test test.tsv
says "no --train, --test or --heldout-users"
printf 'user\titem\tcount\nu\ti\t1\n' > tiny.tsv
expect 1 evaluate cf --plays tiny.tsv --split pairs

expect 0 index build --factors rows.npy --out x
expect 0 evaluate index --index x --queries rows.npy --k 10 --json
has_keys items dim recall@10 qps p50_us p99_us bytes_per_item build_seconds
prints '"recall@10":1.0'
expect 0 evaluate index --index x --queries rows.npy --k 500 --batch 7 --json
has_keys recall@300
expect 2 evaluate index --index x
