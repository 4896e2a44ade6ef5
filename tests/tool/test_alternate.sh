#!/bin/sh
#
# test_alternate.sh - ltrec alternate: factorizing and training in turn

. "$(dirname "$0")/common.sh"
. "$tests/tables.sh"

generate 1 240 80
tables="--attributes attributes.tsv --genres genres.tsv --items items.tsv"
some="--rank 8 --seed 5 --batch 16 --max-epochs 12 --rate 0.01
      --input-dropout 0"
small="$some --hidden 32"
alternate="alternate --plays plays.tsv --branches mgp+genre $tables $small"

# ---- What it does -----------------------------------------------------------

# shellcheck disable=SC2086 # one word an option, here and below
expect 0 $alternate --rounds 2 --out two --json
is_json
python3 - << 'END' || fail "the keys of alternate are not what they should be"
import json
d = json.load(open('stdout'))
assert list(d) == ['users', 'items', 'pairs', 'skipped', 'rank', 'branches',
                   'rounds', 'out'], list(d)
assert (d['users'], d['items'], d['rank']) == (80, 200, 8)
assert [r['round'] for r in d['rounds']] == [0, 1, 2]
for r in d['rounds']:
    assert list(r) == ['round', 'validation_loss', 'validation_loss_half'] + (
        ['cosine_to_last'] if r['round'] else []) + ['seconds'], list(r)
    assert 0 < r['validation_loss'] < 1
    assert r['round'] == 0 or 0.5 < r['cosine_to_last'] <= 1
END
says "round 0 of 2, mgp: "
says "round 2 of 2, fusion: "

# The same, step by step, to the same bytes.
train="train --factors f $tables --seed 5 --min-listeners 3"
learn() {
    expect 0 $train --branch mgp --out 1 ${small#--rank 8 }
    expect 0 $train --branch genre --base 1 --out 2 ${small#--rank 8 }
    expect 0 $train --branch fusion --base 2 --out m ${some#--rank 8 }
}
expect 0 factorize --plays plays.tsv --rank 8 --seed 5 --out f --users-out u
learn
for round in 1 2; do
    expect 0 predict --model m $tables --out p
    expect 0 factorize --plays plays.tsv --rank 8 --seed 5 --prior p --out f \
        --users-out u
    learn
done
cmp f two/items.factors && cmp u two/users.factors && cmp m two/tracks.model ||
    fail "step by step it ends elsewhere"

# No round is factorizing and training; at any number of threads.
expect 0 $alternate --rounds 0 --out none --threads 2 --quiet
prints "80 listeners, 200 items"
[ ! -s stderr ] || fail "--quiet is not"
expect 0 factorize --plays plays.tsv --rank 8 --seed 5 --out f
learn
cmp f none/items.factors && cmp m none/tracks.model ||
    fail "no round is something else than factorizing and training"
expect 0 $alternate --out one --threads 2
expect 0 $alternate --out again --threads 1 --rounds 1
cmp one/items.factors again/items.factors &&
    cmp one/tracks.model again/tracks.model || fail "it depends on threads"

# What nobody played comes out as predicted, by its confidence c shorter: that
# much of it is expected.  c^2 is what is left of 1 beside the variance.
expect 0 predict --model none/tracks.model $tables --out p
expect 0 factorize --plays plays.tsv --prior p --rank 8 --seed 5 --out f
python3 - << 'END' || fail "what nobody played is not as expected"
import json, struct
def read(path):
    b = open(path, 'rb').read()
    n, = struct.unpack('<Q', b[:8])
    head = json.loads(b[8:8 + n])
    def part(name, letter, size):
        first, last = head[name]['data_offsets']
        return struct.unpack('<%d%s' % ((last - first) // size, letter),
                             b[8 + n + first:8 + n + last])
    return dict(zip(part('ids', 'Q', 8), zip(*[iter(part('factors', 'f', 4))] *
                                             8))), head, part
f, _, part = read('f')
plays = dict(zip(part('ids', 'Q', 8), part('plays', 'I', 4)))
p, _, part = read('p')
variance = dict(zip(part('ids', 'Q', 8), part('variance', 'f', 4)))
cold = [i for i in f if plays[i] == 0]
assert len(cold) == 40
for i in cold:
    square = sum(x * x for x in p[i])
    c = (square / (square + variance[i])) ** .5
    assert 0.3 < c < 1 and all(abs(c * x - y) < 1e-6
                               for x, y in zip(p[i], f[i])), c
END

# The model is of the factors.
expect 0 predict --model one/tracks.model --attributes attributes.tsv \
    --factors one/items.factors --out p
expect 0 similar i5 --factors one/items.factors --k 5
[ "$(grep -c '^ *[1-5] ' stdout)" -eq 5 ] || fail "i5 has no neighbours"
! grep -q '^i5	' plays.tsv || fail "somebody played i5"

# ---- Stopped, and gone on with ----------------------------------------------

expect 0 $alternate --rounds 1 --out kept --checkpoint steps
cmp one/tracks.model kept/tracks.model || fail "a checkpoint changes bits"
[ "$(cd steps && echo ./*)" = "./0-factors ./0-fusion ./0-genre ./0-mgp \
./1-factors ./1-fusion ./1-genre ./1-mgp" ] || fail "other files: $(ls steps)"
for steps in 0-factors 0-mgp 0-fusion 1-factors 1-genre; do
    rm -rf part kept
    mkdir part
    for step in 0-factors 0-mgp 0-genre 0-fusion 1-factors 1-mgp 1-genre; do
        cp steps/$step part
        [ $step != $steps ] || break
    done
    expect 0 $alternate --rounds 1 --out kept --checkpoint part
    cmp one/items.factors kept/items.factors &&
        cmp one/tracks.model kept/tracks.model || fail "from $steps it differs"
done
cat > killed.sh << 'END'
rm -rf steps
"$@" > /dev/null 2>&1 &
while [ ! -f steps/1-mgp ] && kill -0 $!; do sleep 0.01; done
kill -9 $!
wait $!
[ $? -eq 137 ]
END
for try in 1 2 3 4 5 never; do
    ! sh killed.sh "$ltrec" $alternate --out kept --checkpoint steps \
        2> killed || break
done
[ $try != never ] || fail "it could not be killed"
expect 0 $alternate --out kept --checkpoint steps
cmp one/tracks.model kept/tracks.model || fail "once killed, it ends elsewhere"
expect 0 $alternate --rounds 2 --out more --checkpoint steps
cmp two/tracks.model more/tracks.model || fail "another round ends elsewhere"
expect 1 $alternate --rounds 1 --out kept --checkpoint steps --lambda 0.1
says "steps/0-factors: factorize: the checkpoint is of lambda 0.015"
interrupt mgp $alternate --out kept --max-epochs 100000 --patience 100000

# ---- What is asked for ------------------------------------------------------

expect 0 alternate --plays plays.tsv --branches genre --genres genres.tsv \
    --rank 8 --hidden 8 --max-epochs 1 --rounds 0 --out warned --stack 0 \
    --input-dropout 0.2 --patience 3
says "--stack is not for --branches genre, passed over"
says "--input-dropout is not for --branches genre, passed over"
! grep -q "patience" stderr || fail "a warning of what is of every branch"
expect 2 alternate --branches mgp --out o
says "--plays is missing"
expect 2 alternate --plays plays.tsv --out o
says "--branches is missing"
expect 2 alternate --plays plays.tsv --branches mgp
says "--out is missing"
for branches in '' mgp+what mgp,,genre fusion; do
    expect 2 alternate --plays plays.tsv --out o --branches "$branches"
    says "--branches"
done
expect 2 $alternate --out o --rounds -1
says "--rounds"
expect 2 $alternate --out o --rounds 101
says "--rounds"
expect 1 alternate --plays none.tsv --branches mgp $tables --out o
says "none.tsv"
expect 2 alternate --plays plays.tsv --branches mgp --genres genres.tsv --out o
says "--attributes is missing"
expect 1 alternate --plays plays.tsv --branches audio --items items.tsv --out o
says "sound needs"
sed '2,$s/^i/x/' genres.tsv > strange.tsv
expect 1 alternate --plays plays.tsv --branches genre --genres strange.tsv \
    --out o
says "none of its 200 items, such as 'i"
mkdir -p bad/tracks.model
expect 1 $alternate --out bad
says "tracks.model: cannot write"
expect 1 $alternate --catalog none.db --out bad2
says "none.db: cannot open"
[ ! -e bad/items.factors ] || fail "factors beside no model"
: > file
expect 1 $alternate --out file
says "file: cannot make"
[ ! -e o/tracks.model ] || fail "a model of nothing"
