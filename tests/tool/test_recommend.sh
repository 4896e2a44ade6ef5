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

# ---- Lists under rules ------------------------------------------------------

expect 0 factorize --plays train.tsv --out f --rank 4
expect 0 itemitem fit --plays train.tsv --out i
expect 0 recommend --user u1 --plays train.tsv --factors f --items items.tsv \
    --itemitem i --weights factors=1,itemitem=0.3,artist=0.1,discount=0.2 \
    --per-artist 1 --why --json -k 10
python3 - <<'END' || fail "a list breaks its rules, or its parts do not add up"
import json
played = {l.split('\t')[1] for l in open('train.tsv') if l.startswith('u1\t')}
rows = [json.loads(l) for l in open('stdout')]
assert len(rows) == 10
assert len({r['artist'] for r in rows}) == 10
for r in rows:
    assert r['item'] not in played
    assert abs(sum(r['sources'].values()) - r['score']) < 1e-4
    shares = sum(b['share'] for b in r['because'])
    assert all(b['item'] in played for b in r['because'])
    assert 0 <= r['confidence'] <= 1 and r['cold'] is False
END
expect 0 recommend --user u1 --plays train.tsv --factors f --why
prints "because of"
expect 0 recommend --user u1 --plays train.tsv --factors f --unplayed
says "nothing is left that nobody has played"

printf 'rule\titem\tvalue\npin\ti7\t\nban\ti4\t\nban-artist\tartist 3\t\n' \
    > rules.tsv
printf 'boost\ti9\t100\nlike\ti10\t\ndislike\ti11\t\npin\tnobody\t\n' \
    >> rules.tsv
expect 0 recommend --user u1 --plays train.tsv --factors f --items items.tsv \
    --rules rules.tsv -k 60 --json
says "line 8: no item 'nobody'"
python3 - <<'END' || fail "rules of the table do not hold"
import json
rows = [json.loads(l) for l in open('stdout')]
items = [r['item'] for r in rows]
assert items[0] == 'i7' and items[1] == 'i9', items
assert not {'i4', 'i11', 'i12', 'i13', 'i14', 'i15'} & set(items)
END
printf 'heard\ti%s\t\n' 20 21 22 >> rules.tsv
expect 0 recommend --user u1 --plays train.tsv --factors f --items items.tsv \
    --rules rules.tsv -k 60 --artist-window 2 --json
python3 - <<'END' || fail "what was heard comes again, or its artist does"
import json
rows = [json.loads(l) for l in open('stdout')]
assert not {'i20', 'i21', 'i22'} & {r['item'] for r in rows}
artist = {l.split('\t')[0]: l.split('\t')[1] for l in open('items.tsv')}
assert rows[0]['item'] == 'i7' # whatever the windows say of a pin
lately = [artist['i22'], rows[0]['artist']]
for r in rows[1:15]:
    assert r['artist'] not in lately, r
    lately = [lately[1], r['artist']]
END
# More like one taste, and less of it; artists are known by the table of items.
for rule in seed like dislike; do
    printf 'rule\titem\n' > taste.tsv
    for item in i6 i18 i33 i48; do
        printf '%s\t%s\n' $rule $item >> taste.tsv
    done
    expect 0 recommend --user u1 --plays train.tsv --factors f -k 60 \
        --rules taste.tsv --json
    cp stdout with-$rule
done
python3 - <<'END' || fail "seeds or thumbs do not move a list"
import json
def place(name): # of the tracks of that taste, on average
    rows = [json.loads(l) for l in open(name)]
    at = [n for n, r in enumerate(rows) if int(r['item'][1:]) % 3 == 0]
    return sum(at) / len(at) / len(rows)
assert place('with-seed') < place('with-dislike') - .05
assert place('with-like') < place('with-dislike') - .05
END
expect 1 similar i0 --factors f --rules taste.tsv
says "taste.tsv: like, dislike and seed are of a listener"
printf 'rule\titem\nban-artist\tartist 3\n' > ban.tsv
expect 0 recommend --user u1 --plays train.tsv --factors f --rules ban.tsv
says "ban.tsv: line 2: no track by 'artist 3' in the items, passed over"
expect 0 recommend --user u1 --plays train.tsv --factors f --rules ban.tsv \
    --items items.tsv
! grep -q 'no track by' stderr || fail "a ban that holds is warned of"
printf 'rule\titem\nfrown\ti1\n' > bad.tsv
expect 1 recommend --user u1 --plays train.tsv --factors f --rules bad.tsv
says "bad.tsv: line 2, column 1 (rule): no rule 'frown'"
printf 'rule\titem\nboost\ti1\n' > bad.tsv
expect 1 recommend --user u1 --plays train.tsv --factors f --rules bad.tsv
says "a boost needs a column 'value'"
expect 2 recommend --user u1 --plays train.tsv --factors f --weights factor=1
says "'factor=1' is not like artist=0.2"

expect 0 similar i0 --factors f --items items.tsv --per-artist 1 -k 8 --json
python3 - <<'END' || fail "similar breaks its rules"
import json
rows = [json.loads(l) for l in open('stdout')]
assert len(rows) == 8 and len({r['artist'] for r in rows}) == 8
assert [r['similarity'] for r in rows] == sorted(
    (r['similarity'] for r in rows), reverse=True)
assert all(r['item'] != 'i0' for r in rows)
END

# What plays and content say of a track is one vector, under rules or not, and
# what nobody knows anything of is no neighbour.
python3 - <<'END'
import json, struct
with open('f', 'rb') as file:
    n = int.from_bytes(file.read(8), 'little')
    header, data = json.loads(file.read(n)), bytearray(file.read())
def at(name):
    return header[name]['data_offsets'][0]
header['__metadata__']['ltrec.checksum'] = 'none'
def write(path):
    text = json.dumps(header).encode()
    text += b' ' * (-(len(text) + 8) % 64)
    open(path, 'wb').write(len(text).to_bytes(8, 'little') + text + data)
for row in range(10): # of ten items one has one play, nine nothing at all
    struct.pack_into('<I', data, at('plays') + 4 * row, 0 if row else 1)
    if row:
        struct.pack_into('<4f', data, at('factors') + 16 * row, 0, 0, 0, 0)
        struct.pack_into('<f', data, at('norms') + 4 * row, 0)
write('few')
END
expect 0 similar i30 --factors few --items items.tsv --per-artist 4 -k 60 --json
cp stdout ruled
[ "$(wc -l < ruled)" = 50 ] || fail "what has no factors is a neighbour"
expect 0 similar i30 --factors few -k 60 --json
[ "$(wc -l < stdout)" = 50 ] || fail "rules change who is a neighbour"
expect 0 similar i30 --factors few --predicted f -k 60 --json
cp stdout plain
expect 0 similar i30 --factors few --predicted f --per-artist 60 -k 60 --json
cmp -s plain stdout || fail "rules change what a track's vector is"
[ "$(wc -l < plain)" = 59 ] || fail "predictions do not stand in"
expect 2 similar i0 --index f --per-artist 1
says "rules need --factors or --catalog"

# ---- Ways, and the two calls of OpenSubsonic --------------------------------

expect 0 path i0 i30 i59 --factors f --items items.tsv -k 9 --json
python3 - <<'END' || fail "a way does not pass what it should"
import json
rows = [json.loads(l) for l in open('stdout')]
items = [r['item'] for r in rows]
assert items[0] == 'i0' and items[-1] == 'i59' and 'i30' in items
assert len(set(items)) == len(items) <= 9 and len(items) >= 4
assert rows[0]['similarity'] == 1
assert all(0 <= r['similarity'] <= 1 for r in rows)
END
expect 1 path i0 i0 --factors f
says "'i0' and 'i0' are one track"
expect 1 path i0 nobody --factors f
says "no item 'nobody'"
expect 2 path i0 --factors f

# The form that opensubsonic.netlify.app publishes for version 1 of the
# extension: subsonic-response, and in it sonicMatch of entry and similarity;
# of a Child id, isDir and title are required.
cat > sonic.py <<'END'
import json, sys
d = json.load(open('stdout'))
assert list(d) == ['subsonic-response']
r = d['subsonic-response']
for key in ('status', 'version', 'type', 'serverVersion'):
    assert isinstance(r[key], str), key
assert r['openSubsonic'] is True
if sys.argv[1] == 'failed':
    assert r['status'] == 'failed' and 'sonicMatch' not in r
    assert r['error']['code'] == 70 and isinstance(r['error']['message'], str)
    sys.exit()
assert r['status'] == 'ok' and isinstance(r['sonicMatch'], list)
for m in r['sonicMatch']:
    assert set(m) == {'entry', 'similarity'}
    assert isinstance(m['similarity'], (int, float))
    assert 0 <= m['similarity'] <= 1
    e = m['entry']
    assert isinstance(e['id'], str) and isinstance(e['title'], str)
    assert e['isDir'] is False
    for key in set(e) - {'id', 'isDir', 'title'}:
        assert key in ('artist', 'album', 'genre', 'path', 'duration'), key
s = [m['similarity'] for m in r['sonicMatch']]
ids = [m['entry']['id'] for m in r['sonicMatch']]
if sys.argv[1] == 'similar':
    assert s == sorted(s, reverse=True) and len(s) == int(sys.argv[2])
    assert 'i0' not in ids
else:
    assert ids[0] == 'i0' and ids[-1] == 'i59' and s[0] == 1
    assert len(ids) <= int(sys.argv[2])
END
expect 0 similar i0 --factors f --items items.tsv --opensubsonic
python3 sonic.py similar 10 || fail "not what getSonicSimilarTracks answers"
expect 0 similar i0 --factors f --opensubsonic -k 5
python3 sonic.py similar 5 || fail "not what getSonicSimilarTracks answers"
expect 0 path i0 i59 --factors f --items items.tsv --opensubsonic
python3 sonic.py path 25 || fail "not what findSonicPath answers"
expect 1 path i0 nobody --factors f --opensubsonic
python3 sonic.py failed || fail "not how OpenSubsonic fails"
expect 1 similar nobody --factors f --opensubsonic
python3 sonic.py failed || fail "not how OpenSubsonic fails"

# ---- Explanations -----------------------------------------------------------

python3 - <<'END'
rows = ['item\tattribute'] + [
    'i%d\t%s' % (i, a) for i in range(60)
    for a in ('taste %d' % (i % 3), 'odd' if i % 2 else 'even')]
open('attributes.tsv', 'w').write('\n'.join(rows) + '\n')
END
expect 0 train --branch mgp --factors f --attributes attributes.tsv \
    --hidden 16 --max-epochs 30 --out m
expect 0 explain i0 i3 --factors f --items items.tsv --model m \
    --attributes attributes.tsv --json
python3 - <<'END' || fail "parts do not add up"
import json
d = json.load(open('stdout'))
assert abs(sum(d['sources'].values()) - d['score']) < 1e-5
assert abs((1 + d['cosine']) / 2 - d['similarity']) < 1e-9
assert abs(sum(b['part'] for b in d['branches'].values()) -
           d['predicted_cosine']) < 1e-5
v = d['branches']['mgp']['values']
assert set(v) <= {'taste 0', 'taste 1', 'taste 2', 'odd', 'even'}
assert abs(sum(v.values()) - d['predicted_cosine']) < 1e-5
END
expect 0 explain i0 i3 --factors f --model m --attributes attributes.tsv
prints "predicted cosine"
prints "taste 0 "
expect 0 explain i3 --user u1 --plays train.tsv --factors f --json
prints '"because":[{"item":"i'
expect 2 explain i3 --factors f
says "two tracks, or one with --user and --plays"
grep -v '^i3	' attributes.tsv > less.tsv
expect 1 explain i0 i3 --factors f --model m --attributes less.tsv
says "i3: "
says "nothing"
expect 1 explain i3 nobody --factors f
says "no item 'nobody'"

# Content is a source where tables are.
expect 0 evaluate recommend --train train.tsv --test test.tsv --rank 4 \
    --attributes attributes.tsv --prior-plays 2 --json
prints '"row":"content"'
mv stdout by-plays
expect 0 evaluate recommend --train train.tsv --test test.tsv --rank 4 \
    --attributes attributes.tsv --variance --json
prints '"row":"content"'
! cmp -s stdout by-plays || fail "the variance of factors is not looked at"
printf 'item\tattribute\ni1\tloud\n' > one.tsv
expect 1 evaluate recommend --plays train.tsv --rank 4 --attributes one.tsv
says "the tables know of 1 items"
