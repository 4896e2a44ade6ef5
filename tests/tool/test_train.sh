#!/bin/sh
#
# test_train.sh - ltrec train and predict: tracks that nobody has played

. "$(dirname "$0")/common.sh"
. "$tests/tables.sh"

generate 1 240 80
small="--hidden 32 --batch 16 --max-epochs 60 --patience 60 --rate 0.01
       --input-dropout 0"

expect 0 factorize --plays plays.tsv --out f --rank 8
prints "80 listeners, 200 items"

# A model may be replaced by itself with one branch more.
expect 0 train --branch mgp --factors f --attributes attributes.tsv \
    --out grown.model --max-epochs 1 --hidden 8
expect 0 train --branch genre --factors f --genres genres.tsv \
    --base grown.model --out grown.model --max-epochs 1 --hidden 8 \
    --auxiliary 2 --stack 0 --mask 0.5 --log /dev/full
says "the log lacks lines: No space left on device"
says "--mask is not for --branch genre, passed over"
says "--auxiliary is not for --branch genre, passed over"
says "--stack is not for --branch genre, passed over"
expect 2 train --branch genre --factors f --genres genres.tsv --out f
says "--out would replace f, which is also --factors"

# What is to be kept together has to be known.
for split in artist album time; do
    expect 1 train --branch mgp --factors f --attributes attributes.tsv \
        --split $split --out x $small
    says "--split $split: of no track is it known"
done

# A model tells how it learnt, and those that join keep back what it did.
expect 0 train --branch mgp --factors f --attributes attributes.tsv \
    --items items.tsv --out told.model --max-epochs 1 --hidden 8 --seed 7 \
    --provenance "a licence"
expect 0 train --branch genre --factors f --genres genres.tsv \
    --base told.model --out x --max-epochs 1 --hidden 8
says "keeps back other tracks than the branches of --base did, by artist"
rm x
expect 0 train --branch genre --factors f --genres genres.tsv \
    --items items.tsv --base told.model --out told.model --max-epochs 1 \
    --hidden 8 --split track
says "genre: keeps back by artist, as the branches of --base did"
expect 0 info --model told.model
prints "of        a licence"
prints "kept back  split   seed"
expect 0 info --model told.model --json
python3 - <<'END' || fail "info does not tell what the model is"
import json
model = json.load(open('stdout'))
assert model['rank'] == 8 and model['provenance'] == 'a licence'
assert [b['branch'] for b in model['branches']] == ['mgp', 'genre']
for b in model['branches']:
    assert (b['seed'], b['split']) == ('7', 'artist'), b
    assert b['tracks'] > b['validation_tracks'] > 0, b
    assert b['names'] > 0 and b['parameters'] > 0, b
    assert abs(b['validation_share'] - 0.1) < 1e-6, b
END
expect 1 info --model f
says "f: store: kind 'factors', wanted 'model'"

# Each branch on top of the last, then a fusion of them.
expect 0 train --branch mgp --factors f --attributes attributes.tsv \
    --out 1.model $small --quiet
prints "mgp: "
[ ! -s stderr ] || fail "--quiet is not"
expect 0 train --branch genre --factors f --genres genres.tsv \
    --base 1.model --out 2.model $small --log log --curves curves.svg
says "epoch 1: 1 - cos"
says "tracks/s, at most"
python3 - <<'END' || fail "the log or the curves are not what they should be"
import json
import xml.dom.minidom
log = [json.loads(line) for line in open('log')]
assert [d['epoch'] for d in log] == list(range(1, len(log) + 1))
for d in log:
    assert list(d) == ['branch', 'epoch', 'train_loss', 'train_loss_half',
        'validation_loss', 'validation_loss_half', 'best_epoch', 'best_loss',
        'best_loss_half', 'rate', 'samples', 'seconds',
        'samples_per_second'], list(d)
    assert d['branch'] == 'genre' and d['samples'] > 100
    assert d['best_loss'] <= d['validation_loss']
lines = xml.dom.minidom.parse('curves.svg').getElementsByTagName('polyline')
assert [len(l.getAttribute('points').split()) for l in lines] == [len(log)] * 2
END

# What a branch learns from is asked for by its name.
expect 2 train --branch mgp --factors f --items i --catalog C.db --out x
says "error: --attributes is missing"
expect 2 train --branch genre --factors f --items i --out x
says "error: --genres or --catalog is missing"
expect 2 train --branch artist --factors f --genres g --out x
says "error: --items or --catalog is missing"
expect 2 train --branch fusion --factors f --out x
says "--items or --catalog is missing"
expect 2 predict --model 1.model --out x
says "--items or --catalog is missing"

# Killed in the middle and begun again, it comes to the same bytes.  A shell of
# its own says "Killed" where nobody hears it; a training that was faster than
# the kill is tried again.
cat > killed.sh <<'END'
rm -f state again.model
: > states
"$1" train --branch mgp --factors f --attributes attributes.tsv \
    --checkpoint state --log states --out again.model $2 > /dev/null 2>&1 &
while [ "$(wc -l < states)" -lt 5 ] && kill -0 $!; do sleep 0.01; done
kill -9 $!
wait $!
[ $? -eq 137 ]
END
for try in 1 2 3 4 5 never; do
    ! sh killed.sh "$ltrec" "$small" 2> killed || break
done
[ $try != never ] || fail "no training could be killed"
expect 0 train --branch mgp --factors f --attributes attributes.tsv \
    --checkpoint state --log states --curves again.svg --out again.model $small
cmp -s 1.model again.model || fail "a training that was killed ends elsewhere"
python3 - << 'END' || fail "the log or the curves lack an epoch, or have it twice"
import json, re
assert [json.loads(l)['epoch'] for l in open('states')] == [*range(1, 61)]
lines = re.findall('points="(.*?)"', open('again.svg').read())
assert [len(l.split()) for l in lines] == [60, 60]
END

# Another training adds to what there is, but for half a line.
cp states whole
head -n 30 whole > states
printf '{"branch":"mg' >> states
cp state later
rm state again.model
expect 0 train --branch mgp --factors f --attributes attributes.tsv \
    --checkpoint state --log states --out again.model $small
[ "$(wc -l < states)" -eq 90 ] && python3 -m json.tool --json-lines states \
    > json || fail "another training's log is lost, or a line is cut"
mv later state

# Trainings that share a log keep their lines, and one that goes on with a
# checkpoint replaces its own alone: those that it comes to again.
seeded() {
    expect 0 train --branch mgp --factors f --attributes attributes.tsv \
        --out x.model --hidden 8 --log shared --curves x.svg "$@"
}
epochs() {
    python3 - "$1" << 'END' || fail "the shared log is not $1"
import json, sys
log = [json.loads(line) for line in open('shared')]
found = ' '.join('%s%d' % (d['checkpoint'], d['epoch']) for d in log)
print(found)
sys.exit(found != sys.argv[1])
END
}
drawn() {
    [ "$(grep -c "points=\"[^ \"]*\( [^ \"]*\)\{$(($1 - 1))\}\"" x.svg)" \
        -eq 2 ] || fail "$1 epochs are not drawn"
}
seeded --checkpoint a --max-epochs 1
cp a a1
seeded --checkpoint b --max-epochs 4 --seed 2
seeded --checkpoint a --max-epochs 2
epochs "a1 b1 b2 b3 b4 a2"
drawn 2
cp a1 a
seeded --checkpoint a --max-epochs 3
epochs "a1 b1 b2 b3 b4 a2 a3"
drawn 3
cp a1 a
sed -i 's/"train_loss":0/"train_loss":1/' shared
seeded --checkpoint a --max-epochs 2
epochs "a1 b1 b2 b3 b4 a2 a3 a2"
drawn 1
sed -i 's/"seconds":[^,]*/"seconds":1e6/' shared
seeded --checkpoint a --max-epochs 5
epochs "a1 b1 b2 b3 b4 a2 a3 a2 a3 a4 a5"
drawn 4
! grep -q '[0-9]\{5\} s left' stderr || fail "an earlier run's pace is shown"
printf 'my notes' > shared
seeded --checkpoint a --max-epochs 6
grep -q '^my notes' shared || fail "what is no log has been cut"

# A pipe is written to and not read.
timeout -s KILL 60 "$ltrec" train --branch mgp --factors f --out x.model \
    --attributes attributes.tsv --max-epochs 2 --hidden 8 \
    --checkpoint piped --log /dev/stdout 2> stderr | cat > stdout
[ "$(grep -c '^{.*"epoch"' stdout)" -eq 2 ] && grep -q '^mgp: ' stdout ||
    fail "a training that logs to a pipe does not end"

expect 1 train --branch mgp --factors f --attributes attributes.tsv \
    --checkpoint state --out again.model $small --rate 0.02
says "is of other options: rate 0.01, not 0.02"
expect 1 train --branch mgp --factors f --attributes attributes.tsv \
    --checkpoint state --out again.model $small --seed 20240101
says "is of other options: seed 1, not 20240101"
expect 0 train --branch mlg --factors f --machine machine.tsv \
    --base 2.model --out 3.model $small --json
is_json
python3 - <<'END' || fail "the keys of train are not what they should be"
import json
d = json.load(open('stdout'))
assert list(d) == ['branch', 'tracks', 'validation_tracks', 'parameters',
    'epochs', 'best_epoch', 'train_loss', 'validation_loss',
    'validation_loss_half', 'out'], list(d)
assert d['branch'] == 'mlg' and d['out'] == '3.model'
assert d['tracks'] + d['validation_tracks'] <= 200
assert abs(d['validation_loss'] - 2 * d['validation_loss_half']) < 1e-6
END
expect 0 train --branch artist --factors f --items items.tsv \
    --base 3.model --out 4.model $small
expect 0 train --branch fusion --factors f --base 4.model \
    --attributes attributes.tsv --genres genres.tsv --machine machine.tsv \
    --items items.tsv --out all.model $small --fuse-dropout 0
expect 0 train --branch fusion --fuse mgp+genre --factors f --base 4.model \
    --attributes attributes.tsv --genres genres.tsv --out two.model $small

# The cold ones only, from one table or from all.
only_cold() { awk -F'\t' 'NR == FNR { cold[$1]; next } $1 in cold' cold.tsv $1; }
only_cold attributes.tsv > a.tsv
only_cold genres.tsv > g.tsv
only_cold machine.tsv > m.tsv
only_cold items.tsv > i.tsv
expect 0 predict --model 1.model --attributes a.tsv --out cold1
prints "40 tracks predicted"
expect 0 predict --model all.model --attributes a.tsv --genres g.tsv \
    --machine m.tsv --items i.tsv --factors f --out cold --json
is_json
[ "$(wc -l < stdout)" -eq 40 ] || fail "not a line a track"
grep -q '^{"item":"i5","confidence":0\.[0-9]*}$' stdout || fail "other keys"
expect 0 predict --model two.model --genres g.tsv --out cold2

# As long as their artists' other tracks let expect; without those, as usual.
expect 0 predict --model 4.model --items items.tsv --genres genres.tsv \
    --machine machine.tsv --attributes attributes.tsv --factors f --out famous
[ ! -s stderr ] || fail "a warning with the factors of all artists"
expect 0 predict --model 4.model --items items.tsv --genres genres.tsv \
    --machine machine.tsv --attributes attributes.tsv --out usual
says "without --factors the model cannot go by artists"
lengths() {
    python3 - "$1" << 'END'
import json, struct, sys
b = open(sys.argv[1], 'rb').read()
n, = struct.unpack('<Q', b[:8])
at, to = json.loads(b[8:8 + n])['norms']['data_offsets']
x = struct.unpack('<%df' % ((to - at) // 4), b[8 + n + at:8 + n + to])
print(round(max(x) / min(x), 3))
END
}
[ "$(lengths usual)" = 1.0 ] || fail "lengths of unknown artists: $(lengths usual)"
[ "$(lengths famous)" != 1.0 ] || fail "all artists are as famous"

# In another precision, where the machine has it, it is much the same.
expect 0 train --branch mgp --factors f --attributes attributes.tsv \
    --out close.model $small --precision bf16
expect 0 predict --model close.model --attributes a.tsv --out cold3 \
    --precision bf16
expect 0 predict --model 1.model --attributes a.tsv --out exact \
    --kernels portable
expect 0 predict --model 1.model --attributes a.tsv --out instead \
    --kernels portable --precision bf16
says "no units for bf16 here: float32 takes its place"
cmp -s exact instead || fail "what takes the place of bf16 is not float32"
expect 2 predict --model 1.model --attributes a.tsv --out c --precision int4
says "wanted one of float32, bf16"

cat > closer.py <<'END'
# closer.py PREDICTED PART: predictions are closer to the centre of the played
# tracks of the same kind than PART of the way that the centre of all is.
import json, struct, sys
def read(path):
    b = open(path, 'rb').read()
    n, = struct.unpack('<Q', b[:8])
    head = json.loads(b[8:8 + n])
    def part(name, letter, size):
        first, last = head[name]['data_offsets']
        return struct.unpack('<%d%s' % ((last - first) // size, letter),
                             b[8 + n + first:8 + n + last])
    offsets, names = part('name_offsets', 'Q', 8), part('names', 'B', 1)
    k, x = head['factors']['shape'][1], part('factors', 'f', 4)
    return {bytes(names[offsets[i]:offsets[i + 1]]).decode():
            unit(x[i * k:i * k + k]) for i in range(len(offsets) - 1)}
def unit(x):
    length = sum(v * v for v in x) ** .5
    return [v / length for v in x]
def mean(rows):
    return unit([sum(c) / len(rows) for c in zip(*rows)])
def cos(a, b):
    return sum(x * y for x, y in zip(a, b))
def kind(name):
    return int(name[1:]) % 4
played, cold = read('f'), read(sys.argv[1])
assert len(cold) == 40 and not set(cold) & set(played)
truth = [mean([v for n, v in played.items() if kind(n) == k])
         for k in range(4)]
constant = mean(list(played.values()))
far = sum(1 - cos(constant, truth[kind(n)]) for n in cold) / 40
near = sum(1 - cos(v, truth[kind(n)]) for n, v in cold.items()) / 40
print('%s: %.3f, constant %.3f' % (sys.argv[1], near, far))
assert near < float(sys.argv[2]) * far
END
for part in "cold1 0.8" "cold2 0.5" "cold3 0.8" "cold 0.5"; do
    python3 closer.py $part > stdout 2> stderr ||
        fail "$part: no better than a constant"
done

# Cold tracks stand in an index beside the played ones of their kind.
expect 0 index build --factors f --out x
expect 0 index add --index x --factors cold
expect 0 similar i5 --index x --items items.tsv -k 10
[ "$(grep -c 'Artist 1-' stdout)" -ge 8 ] || fail "neighbours of other kinds"

# The same seed gives the same bytes, whatever the number of threads.
for threads in 1 2 4; do
    expect 0 factorize --plays plays.tsv --out f$threads --rank 8 \
        --threads $threads
    expect 0 train --branch mgp --factors f$threads --threads $threads \
        --attributes attributes.tsv --out m$threads $small
    cmp -s f f$threads || fail "factors depend on the number of threads"
    cmp -s 1.model m$threads || fail "models depend on the number of threads"
    expect 0 predict --model m$threads --attributes a.tsv --out p$threads \
        --threads $threads
    cmp -s cold1 p$threads || fail "predictions depend on threads"
done
expect 0 train --branch mgp --factors f --attributes attributes.tsv \
    --out other.model $small --seed 2
! cmp -s 1.model other.model || fail "another seed gives the same model"

# What the model has never seen is told and not guessed.
printf 'item\tattribute\nx\tzydeco\ny\ta0\ny\tpolka\n' > new.tsv
expect 0 predict --model 1.model --attributes new.tsv --out p --json
says "2 attributes that the model has never seen, such as 'zydeco'"
says "1 items have nothing that the model could use"
[ "$(wc -l < stdout)" -eq 1 ] || fail "a guess about a track nobody knows"
printf 'item\tgenre\nx\tpolka\n' > new.tsv
expect 1 predict --model 2.model --genres new.tsv --out nothing
says "1 genre that the model has never seen, such as 'polka'"
says "there is no track that the model knows enough of"
[ ! -e nothing ] || fail "factors of nothing"
expect 1 predict --model 1.model --genres genres.tsv --out nothing
says "the model has no branch for --genres"

# A household of one cannot say which tracks have the same listeners.
awk '$1 == "user" || $1 == "u1"' plays.tsv > one.tsv
expect 0 factorize --plays one.tsv --out alone --rank 2
says "the plays of one listener do not say which items go together"
expect 1 train --branch mgp --factors alone --attributes attributes.tsv --out x
says "train: 0 tracks have a target, of 3 listeners or more, and what this"

# Two tracks are enough to learn from, not to keep one back.
grep -E '^(item|i1|i2)	' attributes.tsv > two.tsv
expect 0 train --branch mgp --factors f --attributes two.tsv --out two.model \
    --max-epochs 2 --hidden 8
prints "0 to validate"
says "mgp: with 2 tracks none is kept back; what is called validation is"

# Things that do not belong together.
expect 0 factorize --plays plays.tsv --out others --rank 8 --seed 2
expect 1 train --branch genre --factors others --genres genres.tsv \
    --base 1.model --out bad.model
says "the model was trained for other factors: of another factorization"
expect 0 factorize --plays plays.tsv --out wide --rank 9
expect 1 train --branch genre --factors wide --genres genres.tsv \
    --base 1.model --out bad.model
says "for other factors: of rank 8, where these have 9"
expect 1 predict --model 4.model --factors others --items i.tsv --out p
says "others: the model was trained on other factors"
expect 1 train --branch fusion --factors f --genres genres.tsv --out bad.model
expect 1 train --branch audio --factors f --out bad.model
says "sound needs --catalog, or --items"
expect 1 train --branch mgp --factors 1.model --attributes a.tsv --out bad.model
expect 1 predict --model f --attributes a.tsv --out p
expect 1 predict --model nowhere --attributes a.tsv --out p
[ ! -e bad.model ] || fail "a model that cannot be"

# Broken tables name the file, the line and the column.
broken() {
    printf "$3" > broken.tsv
    expect 1 train --branch $2 --factors f --$1 broken.tsv --out bad.model
    says "broken.tsv: line $4"
    [ ! -e bad.model ] || fail "a model from a broken table"
}
broken attributes mgp 'item\tlabel\n' '1, column 2: no column'
broken attributes mgp 'item\tattribute\tvalue\ni1\ta\t2\n' \
    '2, column 3 (value): 2'
broken genres genre 'item\tgenre\tvalue\ni1\trock\tnan\n' \
    '2, column 3 (value): '
broken genres genre 'item\tgenre\ni1\n' '2, column 2: 1 fields'
broken machine mlg 'item\ttempo\ni1\tfast\n' "2, column 2 (tempo): 'fast'"
broken machine mlg 'item\ttempo\ni1\t1\ni1\t2\n' '3, column 1 (item): '
broken items artist 'item\tartist\ttitle\n\ta\tb\n' '2, column 1 (item): '
{ cat attributes.tsv; printf 'i1\ta0\tmany\n'; } > broken.tsv
expect 0 train --branch mgp --factors f --attributes broken.tsv --skip-bad \
    --out m $small
says "broken.tsv: skipped 1 broken rows"
cmp -s m 1.model || fail "a skipped row changes the model"

expect 2 train --branch mgp --factors f
says "--out is missing"
expect 2 train --branch lyrics --factors f --out m
says "wanted one of audio, mgp"
expect 2 train --branch fusion --fuse mgp+lyrics --factors f --out m
says "--fuse lyrics"
expect 2 train --branch mgp --factors f --out m --dropout 1
expect 2 train --branch mgp --factors f --out m --max-epochs 0
expect 2 train --branch mgp --factors f --out m --preset loud
says "wanted one of default, librosa, musicnn, cqt"
expect 2 predict --model m
expect 1 train --branch mgp --factors f --attributes attributes.tsv \
    --out nowhere/m $small

# Ctrl-C ends it and leaves nothing.
interrupt mgp train --branch mgp --factors f --attributes attributes.tsv \
    --out late.model --max-epochs 100000 --patience 100000
[ ! -e late.model ] || fail "a model from an interrupted training"
