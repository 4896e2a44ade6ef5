#!/bin/sh
#
# test_copies.sh - no recording is on both sides of a split
#
# Eighty recordings came out twice, on an album and as a single, and have an
# attribute each that no other has.  Which of four kinds a recording is, nobody
# tells: only the plays of its other copy could.  So what nothing is learnt of
# must be as good as unknown - unless the copies have other names, which shows
# that a copy would have given it away.

. "$(dirname "$0")/common.sh"

awk 'BEGIN {
    srand(4)
    print "user\titem\tcount" > "plays.tsv"
    print "item\tattribute" > "attributes.tsv"
    print "item" > "cold.tsv"
    head = "item\tartist\ttitle\talbum\treleased"
    print head > "told.tsv"
    print head > "untold.tsv"
    for (i = 0; i < 80; i++) {
        kind = int(4 * rand())
        first = sprintf("o%d\tArtist %d\tTitle %d\tAlbum\t%d", i, i % 40, i,
            1960 + i * 7 % 40)
        print first > "told.tsv"
        print first > "untold.tsv"
        printf "s%d\tARTIST-%d\ttitle %d!\tSingle %d\t%d\n", i, i % 40, i, i,
            2000 + i % 20 > "told.tsv"
        printf "s%d\tOther %d\tSingle %d\tSingle %d\t%d\n", i, i % 40, i, i,
            2000 + i % 20 > "untold.tsv"
        if (i % 4 == 0)
            print "o" i > "cold.tsv"
        for (copy = 0; copy < 2; copy++) {
            item = (copy ? "s" : "o") i
            printf "%s\tx%d\n%s\tmusic\n", item, i, item > "attributes.tsv"
            for (u = 0; u < 100; u++)
                if (rand() < (u % 4 == kind ? .5 : .02))
                    print "u" u "\t" item "\t1" > "plays.tsv"
        }
    }
}'
world="--plays plays.tsv --attributes attributes.tsv --rows mgp --rank 4
       --hidden 32 --batch 16 --max-epochs 30 --rate 0.01 --input-dropout 0
       --folds 4 --json --quiet"

# ---- Tracks held out --------------------------------------------------------

# Scored or not, listed as held out or not.
for how in '--split track' '--split artist' '--heldout-items cold.tsv' \
    '--split track --min-listeners 14'; do
    for items in told untold; do
        # shellcheck disable=SC2086 # one word an option
        expect 0 evaluate content $world --items $items.tsv $how
        mv stdout $items
    done
    # shellcheck disable=SC2086
    python3 - > stderr 2>&1 <<'END' ||
import json
told, untold = ({r['row']: r['cosine_distance'] for r in
                 map(json.loads, open(name))} for name in ('told', 'untold'))
print(told, untold)
for row in ('ridge:mgp', 'mgp'):
    assert told[row] > 0.9 * told['constant'], row
    assert untold[row] < 0.6 * untold['constant'], row
END
        fail "content $how: a copy gives it away"
done
for how in '--split track' '--split artist' '--heldout-items cold.tsv'; do
    for items in told untold; do
        # shellcheck disable=SC2086
        expect 0 evaluate cold $world --items $items.tsv $how --seen 0,1 \
            --min-listeners 5
        mv stdout $items
    done
    python3 - > stderr 2>&1 <<'END' ||
import json
told, untold = (json.loads(open(name).readline())['prior']
                for name in ('told', 'untold'))
print(told, untold)
assert told['cosine'] < 0.6 and untold['cosine'] > 0.8
assert told['ndcg@100'] + 0.1 < untold['ndcg@100']
END
        fail "cold $how: a copy gives it away"
done

# Content is a source of lists there, by ridge regression.
for items in told untold; do
    expect 0 evaluate recommend --plays plays.tsv --attributes attributes.tsv \
        --items $items.tsv --rank 4 --json --quiet
    mv stdout $items
done
python3 - > stderr 2>&1 <<'END' ||
import json
told, untold = ({r['row']: r['ndcg@100'] for r in map(json.loads, open(name))}
                for name in ('told', 'untold'))
print(told, untold)
assert told['content'] + 0.1 < untold['content'] < untold['factors']
END
    fail "recommend: a copy gives it away"

# ---- Tracks kept back while training ----------------------------------------

expect 0 factorize --plays plays.tsv --out f --rank 4 --quiet
for split in track artist album time; do
    for items in told untold; do
        expect 0 train --branch mgp --factors f --items $items.tsv \
            --attributes attributes.tsv --split $split --hidden 32 --batch 16 \
            --max-epochs 30 --rate 0.01 --input-dropout 0 --out m --json \
            --quiet
        mv stdout $items
    done
    python3 - > stderr 2>&1 <<'END' ||
import json
told, untold = (json.load(open(name)) for name in ('told', 'untold'))
print(told, untold)
assert told['validation_tracks'] > 4
assert told['validation_loss'] > 2 * untold['validation_loss']
END
        fail "train --split $split: a copy gives it away"
done
