#!/bin/sh
#
# test_evaluate_edges.sh - ltrec evaluate content, and what trains, where
# tables lack something or say odd things

. "$(dirname "$0")/common.sh"
. "$tests/tables.sh"

generate 2 120 60
small="--rank 4 --hidden 4 --max-epochs 1"

# ---- Listeners who like everything ------------------------------------------

# Of whom there is nothing to be told apart count for no auc, and a constant's
# is one half whatever the folds.
awk -F'\t' 'BEGIN { srand(1); print "user\titem\tcount"
    for (u = 0; u < 12; u++) for (i = 0; i < 40; i++)
        if (rand() < 0.93) print "u" u "\ti" i "\t1" }' > dense.tsv
for folds in 4 20; do
    # shellcheck disable=SC2086 # one word an option
    expect 0 evaluate content --plays dense.tsv --genres genres.tsv \
        --rows genre $small --folds $folds --json --quiet
    python3 - << 'END' || fail "auc, $folds folds"
import json
row = json.loads(open('stdout').readline())
assert row['row'] == 'constant' and abs(row['auc'] - 0.5) < 1e-9, row
END
done

# ---- What no track says -----------------------------------------------------

# shellcheck disable=SC2086
expect 1 evaluate content --plays all.tsv --genres genres.tsv --rows genre \
    $small --split artist
says "--split artist: of no track is it known"
# shellcheck disable=SC2086
expect 1 evaluate cold --plays all.tsv --genres genres.tsv --rows genre \
    $small --split artist --seen 0,1
says "--split artist: of no track is it known"
# shellcheck disable=SC2086
expect 2 evaluate content --plays all.tsv --items items.tsv $small \
    --rows audio --auxiliary 1
says "--auxiliary learns from attributes: --attributes is missing"
# shellcheck disable=SC2086
expect 2 evaluate content --plays all.tsv --attributes attributes.tsv $small \
    --rows mgp:full,mgp:alone
says "mgp:full hears no sound"
says "mgp:alone: :alone is for a row with artist"
expect 2 alternate --plays all.tsv --branches audio --distil 0.5 \
    --items items.tsv --out made
says "--distil learns from attributes: --attributes is missing"

# Dates that are none are unknown, and said to be.
awk -F'\t' 'NR == 1 { print $0 "\treleased"; next }
    { split("1997-05-21 21.May.1997 1997-5-1 19970521 1997T 05/21/1997", d, " ")
      print $0 "\t" d[1 + NR % 6] }' items.tsv > dated.tsv
expect 0 factorize --plays all.tsv --rank 4 --out f --quiet
expect 0 train --branch mgp --factors f --attributes attributes.tsv \
    --items dated.tsv --hidden 4 --max-epochs 1 --split time --out m
says "dated.tsv: 40 dates of release, such as"
says "are not like 1997-05-21: taken for unknown"

# ---- What is learnt from ----------------------------------------------------

# How many listeners a track needs to be scored is nothing to the others.
for least in 3 6; do
    # shellcheck disable=SC2086
    expect 0 evaluate content --plays all.tsv --genres genres.tsv \
        --rows genre $small --heldout-items cold.tsv --json --quiet \
        --min-listeners $least --distances d$least
done
python3 - << 'END' || fail "other tracks are learnt from"
rows = [{line.split('\t')[0]: line.split('\t') for line in open(name)}
        for name in ('d3', 'd6')]
assert 10 < len(rows[1]) <= len(rows[0])
assert all(rows[0][i] == rows[1][i] for i in rows[1])
END

# A thumb down undoes a play.
awk -F'\t' 'NR == 1 { print $0 "\trating"; next } { print $0 "\t" }
    NR % 3 == 0 { print $1 "\t" $2 "\t0\t-1" }' all.tsv > thumbs.tsv
awk -F'\t' 'NR % 3 != 0' all.tsv > undone.tsv
for plays in thumbs undone; do
    # shellcheck disable=SC2086
    expect 0 evaluate content --plays $plays.tsv --genres genres.tsv \
        --rows genre $small --json --quiet
    sed 's/,"seconds_per_epoch".*//' stdout > $plays
done
cmp -s thumbs undone || fail "a thumb down does not undo a play"
for plays in thumbs undone; do
    awk -F'\t' -v OFS='\t' 'NR == 1 { print $0, "timestamp"; next }
        { print $0, 1000 + (substr($1, 2) * 7919 + substr($2, 2) * 104729) % 997 }
        ' $plays.tsv > $plays-timed.tsv
done
for split in pairs listeners time; do
    for plays in thumbs undone; do
        expect 0 evaluate cf --plays $plays-timed.tsv --split $split \
            --rank 4 --epochs 2 --json --quiet
        sed 's/,"seconds_per_epoch".*//' stdout > $plays
    done
    cmp -s thumbs undone || fail "cf: a thumb down undoes no play, by $split"
done
awk -F'\t' 'NR == 1 { print $0 "\trating"; next }
    { print $0 "\t"; print $1 "\t" $2 "\t0\t-1" }' all.tsv > none.tsv
expect 1 evaluate cf --plays none.tsv --split pairs --rank 4
says "none.tsv: no play is left that no thumb down undoes"

# A machine's columns have any unit, and cells of them may be empty.
awk -F'\t' -v OFS='\t' 'NR > 1 { $2 = $2 / 1000; $4 = $4 * 1e9 + 7
    $3 = $3 == "" ? "" : $3 * 1e6 } { print }' machine.tsv > units.tsv
for machine in machine units; do
    expect 0 evaluate recommend --plays all.tsv --machine $machine.tsv \
        --rank 4 --json --quiet
    mv stdout $machine
done
python3 - << 'END' || fail "units decide what a machine's columns are worth"
import json
a, b = ({r['row']: r['ndcg@100'] for r in map(json.loads, open(name))}
        for name in ('machine', 'units'))
assert abs(a['content'] - b['content']) < 0.01, (a, b)
END

# ---- Files ------------------------------------------------------------------

# Figures of hours are printed even when what else is written is lost.
# shellcheck disable=SC2086
expect 1 evaluate content --plays all.tsv --genres genres.tsv --rows genre \
    $small --distances /dev/full
prints "ridge:genre"
says "/dev/full"

# A log stays until there is a line to replace it.
echo precious > log
expect 1 train --branch mgp --factors f --attributes attributes.tsv --out m \
    --log log --min-listeners 1000
[ "$(cat log)" = precious ] || fail "the log of a training that never was"
expect 0 train --branch mgp --factors f --attributes attributes.tsv --out m \
    --log log --hidden 4 --max-epochs 1 --fuse mgp --temperature 1
[ "$(grep -c . log)" = 1 ] && grep -q '"epoch":1' log || fail "another log"
says "--fuse is not for --branch mgp, passed over"
says "--temperature is of --contrast, passed over"
expect 1 train --branch mgp --factors f --attributes attributes.tsv --out m \
    --log nowhere/log
says "nowhere"

mkdir made
cp attributes.tsv made/items.factors
expect 1 alternate --plays all.tsv --branches mgp --out made \
    --attributes made/items.factors
says "made/items.factors, which is also --attributes"
cmp -s attributes.tsv made/items.factors || fail "a table is written over"
