#!/bin/sh
#
# test_evaluate_content.sh - ltrec evaluate content: tracks held out, tables
# and sound, and the keys that are promised

. "$(dirname "$0")/common.sh"
. "$tests/tables.sh"

generate 2 240 80
small="--rank 8 --hidden 32 --batch 16 --max-epochs 40 --rate 0.01
       --input-dropout 0 --fuse-dropout 0 --folds 3"
tables="--items items.tsv --attributes attributes.tsv --machine machine.tsv
        --genres genres.tsv"

cat > check.py <<'END'
# check.py ROW...: the keys are the promised ones, the rows these; then what
# the script on the standard input says of `r`, the rows by name.
import json, sys
keys = ['row', 'cosine_distance', 'cosine_distance_half', 'ci95', 'recall@20',
        'auc', 'items', 'epochs', 'seconds_per_epoch']
rows = [json.loads(line) for line in open('stdout')]
for d in rows:
    assert list(d)[:9] == keys, list(d)
    assert ('gain_on_ridge' in d) == (d['epochs'] > 0), list(d)
    assert ('gain_on_best_branch' in d) == ('+' in d['row'] and
                                            d['epochs'] > 0), list(d)
    low, high = d['ci95']
    assert 0 <= low <= d['cosine_distance'] <= high <= 2, d
    assert abs(d['cosine_distance'] - 2 * d['cosine_distance_half']) < 1e-6
    assert 0 <= d['recall@20'] <= 1 and 0 <= d['auc'] <= 1, d
assert sorted(d['row'] for d in rows) == sorted(sys.argv[1:]), rows
r = {d['row']: d for d in rows}
exec(sys.stdin.read())
END
check() { python3 check.py "$@" 2>> stderr || fail "not the rows: $*"; }

expect 0 evaluate content --plays all.tsv $tables $small --json --quiet \
    --rows mgp,mlg,genre,mgp+genre,artist
[ ! -s stderr ] || fail "--quiet is not"
check constant oracle mgp mlg genre mgp+genre artist ridge:mgp ridge:mlg \
    ridge:genre ridge:mgp+genre ridge:artist <<'END'
far = r['constant']['cosine_distance']
assert abs(r['constant']['auc'] - 0.5) < 1e-9
assert r['oracle']['cosine_distance'] < 1e-6 < far
for name, d in r.items():
    assert d['items'] == r['oracle']['items'] > 200, name
    assert d['auc'] <= r['oracle']['auc'], name
    if name not in ('constant', 'oracle'):
        assert d['cosine_distance'] < 0.8 * far, (name, d, far)
        assert d['auc'] > 0.65, (name, d)
    network = name != 'oracle' and name != 'constant' and name[:5] != 'ridge'
    assert (d['epochs'] > 0 and d['seconds_per_epoch'] > 0) == network, name
END
sed 's/,"seconds_per_epoch".*//' stdout > first

# The same figures with any number of threads, with rows in any order, and
# with a pair's plays told one by one.
awk -F'\t' 'NR == 1 { print; next } { for (i = 0; i < $3; i++)
    print $1 "\t" $2 "\t1" }' all.tsv | { read -r head; echo "$head"; sort -r; } \
    > parts.tsv
for threads in 1 4; do
    expect 0 evaluate content --plays parts.tsv $tables $small --json \
        --rows mgp,mlg,genre,mgp+genre,artist --threads $threads
    sed 's/,"seconds_per_epoch".*//' stdout | cmp -s - first ||
        fail "other figures with $threads threads and repeated pairs"
done
expect 0 evaluate content --plays all.tsv $tables $small --json --seed 2 \
    --rows mgp
grep -F '"row":"mgp"' first > wanted
! grep -qF "$(cat wanted)" stdout || fail "another seed gives the same folds"

# Every track's distance, whose mean is the row's.
expect 0 evaluate content --plays all.tsv $tables $small --json --rows genre \
    --distances distances.tsv
check constant oracle ridge:genre genre <<'END'
import csv
lines = list(csv.DictReader(open('distances.tsv'), delimiter='\t'))
assert len(lines) == r['genre']['items']
for name in r:
    mean = sum(float(l[name]) for l in lines) / len(lines)
    assert abs(mean - r[name]['cosine_distance']) < 1e-6, name
END

# Genres dealt out anew at random are no gain.
awk -F'\t' 'BEGIN { srand(3) } NR > 1 { print rand() "\t" $2 }' genres.tsv |
    sort -n | cut -f 2 > dealt
{ head -1 genres.tsv; tail -n +2 genres.tsv | cut -f 1 | paste - dealt |
    sort -u; } > shuffled.tsv
expect 0 evaluate content --plays all.tsv --items items.tsv $small --json \
    --genres shuffled.tsv --rows genre --average 0.9 --linear mean --distil 1
says "--distil is not for --rows genre, passed over"
! grep -q "average" stderr || fail "a warning of what is of every branch"
check constant oracle ridge:genre genre <<'END'
far = r['constant']['cosine_distance']
assert r['genre']['cosine_distance'] > 0.9 * far, r
assert abs(r['genre']['auc'] - 0.5) < 0.08, r
END

# People get a table of the same rows.
expect 0 evaluate content --plays all.tsv $tables $small --rows genre
prints "1 - cos"
prints "ridge:genre"
says "fold 3 of 3"

# What is held out is never seen: with the plays of all cold tracks exchanged
# at random nothing can be predicted, and the others' factors stay.
expect 0 evaluate content --plays all.tsv $tables $small --json --rows genre \
    --heldout-items cold.tsv
check constant oracle ridge:genre genre <<'END'
assert r['genre']['items'] <= 40
assert r['genre']['cosine_distance'] < 0.5 * r['constant']['cosine_distance']
END
awk -F'\t' 'BEGIN { srand(5) } FNR == 1 { next }
    { print "u" int(80 * rand()) "\t" $2 "\t1" }' future.tsv > random
{ cat plays.tsv random; } > random.tsv
expect 0 evaluate content --plays random.tsv $tables $small --json \
    --rows genre --heldout-items cold.tsv
check constant oracle ridge:genre genre <<'END'
assert abs(r['genre']['auc'] - 0.5) < 0.1, r['genre']
END

# A held-out track that no table names is not seen either.
{ cat cold.tsv; echo strange; } > colder.tsv
{ cat all.tsv; for u in 1 2 3 4 5 6 7 8; do printf 'u%d\tstrange\t1000\n' $u
    done; } > more.tsv
expect 0 evaluate content --plays all.tsv $tables $small --json --rows genre \
    --heldout-items cold.tsv
sed 's/,"seconds_per_epoch".*//' stdout > without
expect 0 evaluate content --plays more.tsv $tables $small --json --rows genre \
    --heldout-items colder.tsv
sed 's/,"seconds_per_epoch".*//' stdout | cmp -s - without ||
    fail "plays of a held-out track were seen"

# No artist in two folds: then an artist's other tracks are no help.
expect 0 evaluate content --plays all.tsv $tables $small --json \
    --rows artist --split artist
check constant oracle ridge:artist artist <<'END'
far = r['constant']['cosine_distance']
assert abs(r['artist']['cosine_distance'] - far) < 1e-6, r
END

# Who is scored, and who is learnt from.
expect 0 evaluate content --plays all.tsv $tables $small --json --rows mgp \
    --min-listeners 9
check constant oracle ridge:mgp mgp <<'END'
assert 20 < r['mgp']['items'] < 180, r['mgp']
END
expect 0 evaluate content --plays all.tsv $tables $small --json --rows mgp \
    --min-train-attributes 3
sed 's/,"seconds_per_epoch".*//' stdout > thick
check constant oracle ridge:mgp mgp <<'END'
assert r['mgp']['items'] > 200, r['mgp']
END
! grep -qF "$(cat wanted)" thick || fail "--min-train-attributes does nothing"
expect 1 evaluate content --plays all.tsv $tables $small --rows mgp \
    --min-train-attributes 100
expect 1 evaluate content --plays all.tsv $tables $small --rows mgp \
    --min-listeners 1000
says "only 0 tracks have every input and 1000 listeners, wanted at least 6"

# A fusion that knows artists does without them.
expect 0 evaluate content --plays all.tsv $tables $small --json \
    --rows genre,genre+artist,genre+artist:alone
check constant oracle ridge:genre ridge:genre+artist genre genre+artist \
    genre+artist:alone <<'END'
far = r['constant']['cosine_distance']
assert r['genre+artist:alone']['cosine_distance'] < 0.8 * far, r
END

expect 2 evaluate content --plays all.tsv $tables --rows mgp,lyrics
says "'lyrics': wanted different ones of audio, mgp, mlg, genre and artist"
expect 2 evaluate content --plays all.tsv $tables --rows mgp+mgp
expect 2 evaluate content --plays all.tsv $tables --rows mgp+
expect 2 evaluate content --plays all.tsv $tables --rows mgp,mgp
says "mgp comes twice"
expect 2 evaluate content --plays all.tsv $tables --rows audio:half
expect 2 evaluate content --plays all.tsv $tables --rows ''
expect 2 evaluate content --plays all.tsv $tables
says "--rows is missing"
expect 2 evaluate content --rows mgp $tables
says "--plays is missing"
expect 2 evaluate content --plays all.tsv $tables --rows mgp --folds 1
expect 2 evaluate content --plays all.tsv $tables --rows mgp --split album
expect 2 evaluate content --plays all.tsv --rows mgp
says "--attributes is missing"
expect 2 evaluate content --plays all.tsv --attributes a --rows mgp+genre
says "--genres or --catalog is missing"
printf 'item\tgenre\tvalue\ni1\trock\tlots\n' > broken.tsv
expect 1 evaluate content --plays all.tsv --genres broken.tsv --rows genre
says "broken.tsv: line 2, column 3 (value): 'lots'"
expect 1 evaluate content --plays all.tsv --items items.tsv --rows mlg
says "sound needs --catalog, or --items with a column 'path'"

# Sound: each kind is a chord of its own; one file is missing, one is none.
python3 - <<'END'
import math, random, struct, wave
random.seed(4)
rows = ['item\tartist\ttitle\tpath']
for i in range(60):
    tones = [(220, 330, 440), (700, 900, 1100), (1500, 2000, 2500),
             (3000, 3600, 4500)][i % 4]
    tones = [10 * round(f * random.uniform(.095, .105)) for f in tones]
    w = wave.open('i%d.wav' % i, 'wb')
    w.setparams((1, 2, 22050, 0, 'NONE', ''))
    for loud in (1, .4): # a tenth of a second, forty times
        pcm = [loud * sum(math.sin(2 * math.pi * f * t / 22050)
                          for f in tones) / 4 + random.gauss(0, .02)
               for t in range(2205)]
        w.writeframes(40 * struct.pack('<2205h', *(
            int(30000 * max(-1, min(1, x))) for x in pcm)))
    w.close()
    rows.append('i%d\tArtist %d-%d\tTitle %d\ti%d.wav' % (
        i, i % 4, i // 12, i, i))
rows.append('i60\tA\tT\tnowhere.wav')
rows.append('i61\tA\tT\tsound.tsv')
rows.append('i62\tA\tT\t')
open('sound.tsv', 'w').write('\n'.join(rows) + '\n')
END
sound="--items sound.tsv --network small --patch-seconds 2 --max-epochs 12
       --patience 12 --patches 2 --rank 8 --batch 8 --hidden 32 --dropout 0
       --folds 2"
expect 3 evaluate content --plays all.tsv --attributes attributes.tsv $sound \
    --rows audio,audio:full,audio:whole,mlg,audio+mlg,artist --json
says "nowhere.wav: "
says "sound.tsv: "
check constant oracle audio audio:full audio:whole mlg audio+mlg artist \
    ridge:audio ridge:mlg ridge:audio+mlg ridge:artist <<'END'
far = r['constant']['cosine_distance']
for name in ('audio', 'audio:full', 'audio:whole'):
    assert r[name]['cosine_distance'] < 0.8 * far, (r[name], far)
    assert r[name]['epochs'] > 0, r[name]
assert len({r[name]['cosine_distance']
            for name in ('audio', 'audio:full', 'audio:whole')}) == 3
assert r['ridge:audio']['cosine_distance'] < 0.8 * far
assert 50 < r['audio']['items'] <= 60
END
expect 2 evaluate content --plays all.tsv --attributes attributes.tsv $sound \
    --rows mgp,audio:full,mlg:whole --network flatten
says "--rows: mlg:whole is not for --network flatten"
for rows in mgp:whole mgp+genre:whole "mlg:whole --machine attributes.tsv"; do
    expect 2 evaluate content --plays all.tsv --attributes attributes.tsv \
        --genres attributes.tsv $sound --rows $rows
    says "--rows: ${rows%% *} hears no sound, and :whole is for audio"
done
expect 2 evaluate content --plays all.tsv $sound --rows audio:hole
says "audio:hole: only :full, :whole and :alone may follow a colon"

# The same by hand: train, and predict with what cannot be heard left out.
expect 0 factorize --plays all.tsv --out f --rank 8
listen="--items sound.tsv --network small --patch-seconds 2 --max-epochs 3
        --batch 8 --hidden 32"
expect 3 train --branch audio --factors f $listen --out a.model
says "nowhere.wav: "
expect 3 train --branch head --factors f $listen --base a.model \
    --attributes attributes.tsv --out h.model
expect 3 train --branch mlg --factors f $listen --base h.model \
    --attributes attributes.tsv --out all.model --threads 1
expect 3 train --branch mlg --factors f $listen --base h.model \
    --attributes attributes.tsv --out all2.model --threads 2
cmp -s all.model all2.model || fail "a model depends on threads"
expect 3 predict --model all.model --items sound.tsv --out p
prints "60 tracks predicted"
says "nowhere.wav: "
says "3 items have nothing that the model could use"
mkdir sub
sed 's/\ti\([0-9]*\)\.wav/\t..\/i\1.wav/' sound.tsv > sub/sound.tsv
expect 3 predict --model all.model --items sub/sound.tsv --out p2
cmp -s p p2 || fail "paths are not beside the table"
for how in middle whole; do
    expect 3 predict --model all.model --items sound.tsv --out p.$how \
        --hear $how
    prints "60 tracks predicted"
    ! cmp -s p p.$how || fail "--hear $how does nothing"
done
! cmp -s p.middle p.whole || fail "the middle is the whole"
expect 3 predict --model all.model --items sound.tsv --out p4 --hear patches
cmp -s p p4 || fail "patches are not what is heard anyway"
expect 2 predict --model all.model --items sound.tsv --out p4 --hear it
says "--hear it: wanted one of middle, patches, whole"

# Ctrl-C ends it.
interrupt mgp evaluate content --plays all.tsv $tables --rows mgp \
    --max-epochs 100000 --patience 100000
