#!/bin/sh
#
# test_factors.sh - from plays to factors, neighbours and recommendations

. "$(dirname "$0")/common.sh"

# Two circles of ten listeners each, who play the same ten items each.
python3 - <<'END'
rows = ['user\titem\tcount']
for u in range(20):
    for i in range(10):
        if (u * 7 + i * 3) % 5:
            rows.append('u%d\t%s%d\t%d' % (u, 'ab'[u % 2], i, 1 + i))
open('plays.tsv', 'w').write('\n'.join(rows) + '\n')
open('items.tsv', 'w').write('item\tartist\ttitle\n' + ''.join(
    '%s%d\tArtist %s\tTitle %d\n' % (c, i, c.upper(), i)
    for c in 'ab' for i in range(10)))
END

expect 0 factorize --plays plays.tsv --out f --users-out u --rank 4
prints "20 listeners, 20 items, 160 pairs"
expect 0 factorize --plays plays.tsv --out f2 --rank 4 --threads 2 --json
is_json
prints '"pairs":160'
cmp -s f f2 || fail "factors depend on the number of threads"
python3 - <<'END' || fail "the factor file is no safetensors file"
import json, struct
b = open('f', 'rb').read()
n, = struct.unpack('<Q', b[:8])
head = json.loads(b[8:8 + n])
assert head['factors']['shape'] == [20, 4] and head['factors']['dtype'] == 'F32'
assert head['ids']['dtype'] == 'U64' and head['name_offsets']['shape'] == [21]
at = [8 + n + o for o in head['names']['data_offsets']]
assert b'a3' in b[at[0]:at[1]]
END

# What is not played much is not known well.
expect 0 factorize --plays plays.tsv --out f2 --rank 4 --variance
python3 - <<'END' || fail "no variance in the file"
import json, struct
b = open('f2', 'rb').read()
n, = struct.unpack('<Q', b[:8])
at = [8 + n + o for o in json.loads(b[8:8 + n])['variance']['data_offsets']]
assert all(x > 0 for x in struct.unpack('<20f', b[at[0]:at[1]]))
END

# A run that was stopped goes on to the same factors.
expect 0 factorize --plays plays.tsv --out f2 --rank 4 --epochs 3 \
    --checkpoint run
expect 0 factorize --plays plays.tsv --out f2 --rank 4 --checkpoint run
cmp -s f f2 || fail "going on ended elsewhere"
expect 1 factorize --plays plays.tsv --out f2 --rank 5 --checkpoint run
says "of rank 4, not 5"

# Items that nobody played come out as their prior has them, by its names.
grep -v a3 plays.tsv > without.tsv
expect 0 factorize --plays without.tsv --out f2 --prior f --json
prints '"items":19'
python3 - <<'END' || fail "an item of the prior alone is not as it was there"
import json, struct
def rows(path):
    b = open(path, 'rb').read()
    n, = struct.unpack('<Q', b[:8])
    head = json.loads(b[8:8 + n])
    part = lambda k: b[8 + n + head[k]['data_offsets'][0]:
                       8 + n + head[k]['data_offsets'][1]]
    ends = struct.unpack('<21Q', part('name_offsets'))
    names = [part('names')[a:z] for a, z in zip(ends, ends[1:])]
    return {m: part('factors')[16 * i:16 * i + 16]
            for i, m in enumerate(names)}
assert rows('f2')[b'a3'] == rows('f')[b'a3']
assert rows('f2')[b'a4'] != rows('f')[b'a4']
END
expect 1 factorize --plays plays.tsv --out f2 --prior f --rank 5
says "the prior has rank 4, wanted 5"
expect 2 factorize --plays plays.tsv --out f2 --prior f --tune
says "--prior"

# Strange plays: each has an answer.
python3 - <<'END'
head = 'user\titem\tcount\n'
open('huge.tsv', 'w').write(head + 'u\ta\t4294967296\n')
open('less.tsv', 'w').write(head + 'u\ta\t1\nu\tb\t-3\n')
open('nan.tsv', 'w').write(head + 'u\ta\tnan\n')
open('none.tsv', 'w').write(head)
open('zeros.tsv', 'w').write(head + 'u\ta\t0\n')
open('long.tsv', 'w').write(head + 'u' * (1 << 20) + '\ta\t1\nv\ta\t2\n')
END
expect 1 factorize --plays huge.tsv --out f2
says "line 2, column 3 (count): 4294967296 is not from 0 to 1e+09"
expect 1 factorize --plays less.tsv --out f2
says "line 3, column 3 (count): -3 is not"
expect 1 factorize --plays nan.tsv --out f2
says "line 2, column 3 (count)"
expect 1 factorize --plays none.tsv --out f2
says "holds no plays"
expect 1 factorize --plays zeros.tsv --out f2
says "holds no plays"
expect 0 factorize --plays long.tsv --out f2 --users-out u2
prints "2 listeners, 1 items, 2 pairs"
expect 2 factorize --plays plays.tsv --out f2 --lambda 0
says "lambda"

# A thumb down is no play.
printf 'user\titem\trating\nu\ta\t1\nu\tb\t-1\nv\ta\t1\nv\tb\t1\n' > thumbs.tsv
expect 0 factorize --plays thumbs.tsv --out f2 --rank 2 --json
prints '"pairs":3,"disliked":1'

# Nor is it one beside plays, which it undoes; a thumb up is one more.
printf 'user\titem\tcount\trating\nu\ta\t0\t1\nu\tb\t9\t-1\n' > mixture.tsv
printf 'v\ta\t1\t\nv\tb\t0\t1\n' >> mixture.tsv
expect 0 factorize --plays mixture.tsv --out f3 --rank 2 --json
prints '"pairs":3,"disliked":1'
cmp -s f2 f3 || fail "thumbs beside plays are others than thumbs alone"
printf 'user\titem\tcount\trating\nu\ta\t1\t5\n' > stars.tsv
expect 1 factorize --plays stars.tsv --out f3
says "line 2, column 4 (rating): 5 is not from -1 to 1"

# The best epoch is said.
expect 0 factorize --plays plays.tsv --out f2 --rank 4 --patience 2
prints "the best of"
expect 0 factorize --plays plays.tsv --out f2 --rank 4 --patience 2 --json
is_json
prints '"best_epoch":'
expect 2 factorize --plays plays.tsv --out f2 --validation-share 0.1
says "--patience"

# Plays of 10 days ago count half with a half-life of 10 days.
printf 'user\titem\tcount\ttimestamp\n' > aged.tsv
printf 'u\ta\t8\t2020-11-12T00:00:00Z\nu\tb\t3\t1606003200\n' >> aged.tsv
printf 'v\ta\t4\t2020-11-22\nv\tb\t1\t2020-10-03\n' >> aged.tsv
printf 'user\titem\tcount\nu\ta\t4\nu\tb\t3\nv\ta\t4\n' > fresh.tsv
printf 'v\tb\t0.03125\n' >> fresh.tsv
expect 0 factorize --plays aged.tsv --half-life 10 --confidence log --rank 2 \
    --out aged
expect 0 factorize --plays fresh.tsv --confidence log --rank 2 --out fresh
cmp -s aged fresh || fail "ageing is not halving"
expect 2 factorize --plays aged.tsv --half-life 10 --out aged
says "--confidence log or linear"
expect 1 factorize --plays fresh.tsv --half-life 10 --confidence log --out aged
says "no column 'timestamp'"
printf '%%%%MatrixMarket matrix coordinate pattern general\n2 2 2\n1 1\n2 2\n' \
    > matrix.mtx
expect 1 factorize --plays matrix.mtx --half-life 10 --confidence log --out aged
says "matrix.mtx: line 1, column 1: a matrix does not say when"
expect 1 evaluate cf --plays matrix.mtx --split time
says "a matrix does not say when"
expect 1 factorize --plays - --half-life 10 --confidence log --out aged
says "not the standard input"

# Tuning tries the defaults among others, leaves alone what is given, and finds
# the same again.
expect 0 factorize --plays plays.tsv --out tuned --tune --trials 10 --rank 4 \
    --json
is_json
sed 's/"seconds":[^,}]*//g' stdout > first
python3 - <<'END' || fail "the trials are not those that were asked for"
import json
d = json.load(open('stdout'))
t = d['trials']
assert len(t) == 10 and all(x['rank'] == 4 for x in t) and d['rank'] == 4
assert [x['epochs'] for x in t] == [16] * 3 + [8] * 7
assert sorted(x['round'] for x in t) == [1] * 7 + [2] * 3
assert any(x['alpha0'] == 0 for x in t)
assert 0.75 < d['lambda'] / t[0]['lambda'] < 0.85
assert len({(x['lambda'], x['alpha0'], x['item_power'],
             x['confidence']) for x in t}) == 10
END
cp tuned before
expect 0 factorize --plays plays.tsv --out tuned --tune --trials 10 --rank 4 \
    --threads 2 --json
sed 's/"seconds":[^,}]*//g' stdout | cmp -s first - ||
    fail "tuning depends on the run"
cmp -s tuned before || fail "tuned factors depend on the run"
expect 0 factorize --plays plays.tsv --out tuned --tune --trials 2 --epochs 4
prints "ndcg@100"
prints "with all plays: lambda 0."
expect 0 factorize --plays plays.tsv --out tuned --tune --trials 2 --epochs 4 \
    --lambda 0.02
prints "with all plays: lambda 0.02"
expect 2 factorize --plays plays.tsv --out tuned --tune --trials 0

# Factors of another seed are turned into the space of the first, or get a
# space of their own; listeners are turned along.
expect 0 factorize --plays plays.tsv --out e --users-out t --rank 4 \
    --epochs 200
expect 0 factorize --plays plays.tsv --out again --users-out v --rank 4 --seed 9 \
    --epochs 200
expect 0 align --factors again --to e --out a --users v --users-out w --json
is_json
prints '"shared":20'
prints '"same_space":true'
python3 - <<'END' || fail "what was aligned is not of one space"
import json, struct
def read(path):
    b = open(path, 'rb').read()
    n, = struct.unpack('<Q', b[:8])
    head = json.loads(b[8:8 + n])
    at, end = (8 + n + o for o in head['factors']['data_offsets'])
    return (head['__metadata__']['ltrec.model'], 'names' in head,
            struct.unpack('<%df' % ((end - at) // 4), b[at:end]))
old, a, listeners, w, g, v = map(
    read, ('e', 'a', 't', 'w', 'again', 'v'))
assert old[0] == a[0] == listeners[0] == w[0] != g[0] and a[1] and w[1]
distance = lambda x, y: sum((p - q) ** 2 for p, q in zip(x[2], y[2]))
assert distance(a, old) < distance(g, old) / 4
assert distance(w, listeners) < distance(v, listeners) / 4
score = lambda x, y: [sum(p * q for p, q in zip(x[2][u:u + 4], y[2][i:i + 4]))
                      for u in range(0, 80, 4) for i in range(0, 80, 4)]
assert max(abs(p - q) for p, q in zip(score(w, a), score(v, g))) < 1e-5
END
expect 0 factorize --plays plays.tsv --out turned --rank 4 --seed 9 --epochs 200 \
    --align-to e
prints "20 shared items: residual 0."
cmp -s a turned || fail "--align-to is not what align does"
expect 0 align --factors again --to f --out a --tolerance 0
prints "a new space, with a new model id"
expect 2 align --factors again --to f
says "--out is missing"
expect 2 align --factors again --to f --out a --users v
says "--users-out is missing"

# What the new file takes the place of may be that file; nothing else may.
cp e in-place
expect 0 factorize --plays plays.tsv --out in-place --rank 4 --seed 9 \
    --epochs 200 --align-to in-place
cmp -s turned in-place || fail "turned to what it replaces, it is another"
cp e in-place
expect 0 align --factors again --to in-place --out in-place
expect 0 align --factors again --to e --out a
cmp -s a in-place || fail "aligned to the file it replaces, it is another"
cp f in-place
expect 0 factorize --plays plays.tsv --out in-place --prior in-place
expect 0 factorize --plays plays.tsv --out f2 --prior f
cmp -s f2 in-place || fail "from the prior that it replaces, it is another"
expect 2 align --factors again --to in-place --out x --users v \
    --users-out in-place
says "--users-out would replace in-place, which is also --to"
expect 2 factorize --plays plays.tsv --out f2 --users-out f --prior f
says "--users-out would replace f, which is also --prior"
expect 1 align --factors again --to plays.tsv --out a

# Neighbours come from the same circle, and never the track itself.
expect 0 similar a3 --factors f --items items.tsv -k 9
[ "$(grep -c 'Artist A' stdout)" -eq 9 ] || fail "neighbours of another circle"
! grep -q ' a3 ' stdout || fail "the track is its own neighbour"
expect 0 similar a3 --factors f --ranks 1-2,19 --json
is_json
[ "$(wc -l < stdout)" -eq 3 ] || fail "--ranks gives other places"
expect 0 similar a3 --factors f -k 100
[ "$(wc -l < stdout)" -eq 20 ] || fail "not all other tracks"
expect 1 similar nobody --factors f
says "no item 'nobody'"
expect 1 similar a3 --factors nowhere
expect 1 similar a3 --factors plays.tsv
expect 2 similar a3
says "--factors, --index or --catalog is missing"
expect 2 similar a3 --factors f --ranks 3-1
says "'3-1' is not like 3 or 35-158"
expect 2 similar a3 --factors f --ranks 1,,2

# Playing one item speaks for others of its circle.
expect 0 itemitem fit --plays plays.tsv --out n --json
is_json
prints '"items":20'
expect 0 itemitem fit --plays plays.tsv --out n2 --threads 2 --memory 0
cmp -s n n2 || fail "weights depend on threads or memory"
expect 0 itemitem similar a3 --model n --factors f --items items.tsv -k 5
[ "$(grep -c 'Artist A' stdout)" -eq 5 ] || fail "speaks for another circle"
expect 0 itemitem similar a3 --model n --ranks 2,4-5 --json
is_json
[ "$(wc -l < stdout)" -eq 3 ] || fail "itemitem --ranks gives other places"
expect 0 itemitem fit --plays plays.tsv --out n2 --method cosine
expect 1 itemitem similar nobody --model n
says "no item 'nobody'"
expect 1 itemitem similar a3 --model f
expect 2 itemitem similar a3
expect 2 itemitem fit --plays plays.tsv --out n --dropout 1

# A listener is recommended what the others of the circle play.
expect 0 recommend --user u2 --plays plays.tsv --factors f -k 2
[ "$(grep -c ' a[0-9]' stdout)" -eq 2 ] || fail "recommends another circle"
expect 0 recommend --user u2 --plays plays.tsv --factors f -k 100 --json
is_json
[ "$(wc -l < stdout)" -eq 12 ] || fail "recommends what was played"
expect 1 recommend --user nobody --plays plays.tsv --factors f
says "no listener 'nobody' among "
says ", such as '"
sed 's/\t\([ab][0-9]\)/\tother \1/' plays.tsv > strange.tsv
expect 1 recommend --user u1 --plays strange.tsv --factors f
says "of what this listener played, such as 'other b"
says "', nothing has factors, as '"
expect 2 recommend --user u2 --factors f
says "--plays is missing"

# A damaged factor file is refused, whatever byte it is.
python3 - <<'END'
b = bytearray(open('f', 'rb').read())
for i, at in enumerate((3, 40, len(b) // 2, len(b) - 1)):
    c = bytearray(b)
    c[at] ^= 255
    open('bad%d' % i, 'wb').write(c)
open('bad4', 'wb').write(b[:-1])
END
for i in 0 1 2 3 4; do
    expect 1 similar a3 --factors bad$i
done

# Each kind of broken table names file, line and column.
broken() {
    printf "$1" > broken.tsv
    expect 1 factorize --plays broken.tsv --out g
    says "broken.tsv: line $2"
    [ ! -e g ] || fail "factors from a broken table"
}
broken 'user\titem\n' '1, column 2: no column'
broken 'user\titem\tcount\nu\ta\n' '2, column 3: 2 fields'
broken 'user\titem\tcount\nu\ta\tmany\n' "2, column 3 (count): 'many'"
broken 'user\titem\tcount\nu\ta\t-1\n' '2, column 3 (count): -1'
broken 'user\titem\tcount\nu\ta\tnan\n' "2, column 3 (count): 'nan' is not fin"
broken 'user\titem\tcount\n\ta\t1\n' '2, column 1 (user): is empty'
broken 'user\titem\tcount\nu\ta\t1\n\nu\tb\t1\n' '3, column 1: an empty line'
broken 'user\titem\tcount\nu\ta\0\t1\n' '2, column 2: byte 4 holds a NUL'
broken 'user\titem\tcount\nu\t\377\t1\n' '2, column 2: byte 3 is not valid'
broken 'user\titem\tcount\ru\ta\t1\n' '1, column 3: byte 16 holds a carriage'
broken '%%%%MatrixMarket matrix coordinate real general\n1 1 2\n1 1 1\n' \
    '4, column 1: the file ends after 1'
gzip -c plays.tsv > plays.tsv.gz
expect 1 factorize --plays plays.tsv.gz --out g
says "plays.tsv.gz: is compressed; zcat and --plays - read it"
printf 'user\titem\tcount\n' > none.tsv
expect 1 factorize --plays none.tsv --out g
says "none.tsv: holds no plays"
expect 1 factorize --plays nowhere.tsv --out g
says "nowhere.tsv: cannot open"

printf 'user\titem\tcount\r\nu\ta\t1\r\nu\tb\tx\r\n\r\nv\ta\t2' > some.tsv
expect 0 factorize --plays some.tsv --out g --rank 2 --skip-bad --json
prints '"skipped":2'
says "skipped 2 broken rows"

# A write that fails leaves the old file.
expect 1 factorize --plays plays.tsv --out nowhere/f
expect 2 factorize --plays plays.tsv
says "--out is missing"
expect 2 factorize --plays plays.tsv --out g --rank 0
expect 2 factorize --plays plays.tsv --out g --lambda -1
expect 2 factorize --plays plays.tsv --out g --confidence squared
says "wanted one of constant, linear, log"

# Ctrl-C ends it between epochs and leaves nothing.
interrupt factorizing factorize --plays plays.tsv --out h --rank 4 \
    --epochs 1000000
interrupt tuning factorize --plays plays.tsv --out h --rank 4 --tune \
    --epochs 1000000
[ ! -e h ] || fail "factors from an interrupted factorization"
