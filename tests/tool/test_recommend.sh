#!/bin/sh
#
# test_recommend.sh - lists from several sources: evaluate recommend

. "$(dirname "$0")/common.sh"

python3 - <<'END'
import random
random.seed(4)
train, test = [], []
for u in range(60):
    for i in range(60):
        if random.random() < (.4 if i % 3 == u % 3 else .04):
            row = 'u%d\ti%d\t%d' % (u, i, 1 + i % 3)
            (test if random.random() < .25 else train).append(row)
def table(path, rows):
    open(path, 'w').write('\n'.join(rows) + '\n')
table('train.tsv', ['user\titem\tcount'] + train)
table('test.tsv', ['user\titem\tcount'] + test)
table('items.tsv', ['item\tartist\talbum\ttitle'] + [
    'i%d\tartist %d\talbum %d\ttitle %d' % (i, i // 4, i // 2, i)
    for i in range(60)])
END

# The ensemble, the same without a discount, and each source.
expect 0 evaluate recommend --train train.tsv --test test.tsv --rank 4 \
    --items items.tsv --json
python3 - <<'END' || fail "rows are missing or do not add up"
import json
rows = [json.loads(l) for l in open('stdout')]
assert [r['row'] for r in rows] == ['ensemble', 'no discount', 'factors',
                                    'artist', 'popularity', 'itemitem']
for r in rows:
    assert r['users'] == rows[0]['users'] > 30 and r['items'] == 60
    assert 0 <= r['gini@20'] <= 1 and r['novelty@20'] > 0
    assert 0 < r['artists@20'] <= 1 and len(r['decile_recall@20']) == 10
    for key in ('recall@20', 'ndcg@100', 'map@500', 'tail_recall@20',
                'coverage@20'):
        assert 0 <= r[key] <= 1
    if r is not rows[0]:
        over = r['ensemble_over']['ndcg@100']
        assert abs(rows[0]['ndcg@100'] - r['ndcg@100'] -
                   over['difference']) < 1e-6
        assert over['ci95'][0] <= over['difference'] <= over['ci95'][1]
assert rows[0]['ndcg@100'] > 1.2 * rows[4]['ndcg@100']
assert max(rows[0][s] for s in ('factors', 'artist', 'itemitem')) == 1
END
cp stdout first
expect 0 evaluate recommend --train train.tsv --test test.tsv --rank 4 \
    --items items.tsv --json --threads 3
cmp -s stdout first || fail "figures depend on the threads"
expect 0 evaluate recommend --plays train.tsv --rank 4 --per-artist 1
prints "ensemble's ndcg over it"
expect 2 evaluate recommend --train train.tsv
says "--test is missing"
expect 2 evaluate recommend --plays train.tsv --test test.tsv
says "no --train or --test"
