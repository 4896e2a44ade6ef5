#!/bin/sh
#
# test_demo.sh - ltrec demo: a small world, and the commands it ends with

. "$(dirname "$0")/common.sh"

small="--tracks 100 --track-seconds 6"
expect 0 demo $small --out one --seed 3 --threads 2
prints "constant"
prints "own plays"
prints "audio+mlg+genre"
prints "Audio+MLG+genre / MGP"
prints "Nearest to"
prints "Tracks nobody has played, for listener u0001"
says "a world of 100 tracks by 12 artists, 800 listeners"
cp stdout told
for file in plays.tsv items.tsv attributes.tsv genres.tsv items.factors \
    unplayed.factors tracks.model tracks.index spectrogram.png; do
    [ -s one/$file ] || fail "no $file"
done
[ "$(ls one/*.wav | wc -l)" -eq 6 ] || fail "not six tracks to listen to"

# Better than a constant, and not better than knowing the world.
awk '$1 == "constant" { far = $2 } $1 == "oracle" { best = $2 }
    $1 == "knowable" { next_best = $2 } $1 == "mgp" { near = $2 }
    END { exit !(best < next_best && next_best < near && near < far) }' \
    told || fail "the figures make no sense"

# The same seed is the same world, whatever the threads; another is not.
expect 0 demo $small --out two --seed 3 --threads 1 --quiet
[ ! -s stderr ] || fail "--quiet is not"
for file in one/*; do
    cmp -s $file two/${file#one/} || fail "$file depends on threads"
done
! ls one | grep -q '\.tmp' || fail "something temporary is left"

# What it says to go on with does go on.
sed -n '/^  ltrec similar/p; /^  ltrec recommend/,/--items/p' told |
    sed 's/^  ltrec/expect 0/' > go_on
[ "$(grep -c '^expect 0' go_on)" -eq 2 ] || fail "nothing to go on with"
. ./go_on

# Its tables and its model are like any other.
expect 0 predict --model one/tracks.model --attributes one/attributes.tsv \
    --genres one/genres.tsv --items one/items.tsv --out p
prints "100 tracks predicted"
expect 0 evaluate content --plays one/plays.tsv --items one/items.tsv \
    --genres one/genres.tsv --rows genre --rank 8 --max-epochs 3 --folds 2
prints "ridge:genre"
expect 0 evaluate cold --plays one/plays.tsv --items one/items.tsv \
    --genres one/genres.tsv --rows genre --rank 8 --folds 2 --seen 0,1,5 \
    --min-listeners 10 --json
[ "$(wc -l < stdout)" -eq 3 ] || fail "no curve of the demo's tracks"
expect 0 mel "$(ls one/*.wav | head -1)"
expect 0 index verify --index one/tracks.index

# Again into its own folder, but not among somebody's files.
expect 0 demo $small --out one --rows genre --patches 2 --patience 9
says "--patches is not for --rows genre, passed over"
! grep -q "patience" stderr || fail "a warning of what is of every branch"
mkdir own && echo mine > own/plays.tsv
expect 1 demo $small --out own
says "no demo's"
[ "$(cat own/plays.tsv)" = mine ] && [ "$(ls own)" = plays.tsv ] ||
    fail "somebody's table is gone"

# Rows of one's own; ratios only of rows that are there.
expect 0 demo $small --out three --rows mgp,mgp+artist,mgp+artist:alone
prints "mgp+artist:alone"
! grep -q "audio+mlg\|MLG / MGP" stdout || fail "more rows than wanted"

# For another program there is nothing but rows, and the files are the same.
expect 0 demo $small --out four --json --seed 3 --threads 2
is_json
[ "$(grep -c '^{"row":' stdout)" -eq "$(wc -l < stdout)" ] &&
    grep -q '"audio+mlg+genre"' stdout || fail "no rows, or more than rows"
for file in two/*; do
    cmp -s $file four/${file#two/} || fail "--json makes another $file"
done

# Audio+MLG is held to the better of the two, with seed 7 MLG.
for seed in 3 7; do
    expect 0 demo $small --out better --seed $seed --undiscovered 100 \
        --unplayed 0 --rows audio:full,mlg,audio+mlg
    awk '$1 == "audio+mlg" { both = $2 } $1 == "audio:full" { full = $2 }
        $1 == "mlg" { mlg = $2 } /the better of the two/ { said = $(NF - 1) }
        END { ratio = both / (mlg < full ? mlg : full)
            exit !(said > ratio - 0.02 && said < ratio + 0.02) }' stdout ||
        fail "another row than the better of the two"
done

# Tracks that nobody ever plays come on top, and are predicted.
expect 0 demo $small --undiscovered 20 --seed 3 --out more --rows audio --max-epochs 2
says "a world of 120 tracks by 15 artists, 800 listeners"
[ "$(wc -l < more/items.tsv)" -eq 121 ] || fail "not 120 tracks"
cmp -s more/plays.tsv two/plays.tsv || fail "other plays than without them"
expect 2 demo --undiscovered -1
expect 0 demo $small --listeners 150 --out few --rows genre --max-epochs 2
says "a world of 100 tracks by 12 artists, 150 listeners"
expect 2 demo --listeners 99
expect 2 demo --listeners 1000001

# Its help says what it trains with.
expect 0 demo --help
said=$(sed -n '/^Its own defaults/,/^$/p' stdout | grep -o -e '--[a-z-]* [a-z0-9.]*[a-z0-9]' -e 'of sound')
all=$(echo "$said" | sed '/of sound/,$d')
sound=$(echo "$said" | sed '1,/of sound/d')
{ [ -n "$all" ] && [ -n "$sound" ]; } || fail "demo --help says no defaults"
same() { # PLAIN SAID, options that should come to the same
    # shellcheck disable=SC2086 # one word an option
    expect 0 demo $small --out plain --json $1
    sed 's/"seconds_per_epoch":[^,}]*//' stdout > plain.rows
    # shellcheck disable=SC2086
    expect 0 demo $small --out said --json $2
    sed 's/"seconds_per_epoch":[^,}]*//' stdout |
        cmp -s - plain.rows || fail "demo --help says other options: $2"
}
same "--rows mgp+genre" "--rows mgp+genre $all"
alone="--rows audio --linear none" # or nothing else would count for so few
same "$alone" "$alone $(echo "$all" | grep -v 'max-epochs\|linear') $sound"

# What cannot be is said before anything is made.
expect 2 demo --out early --tracks 100 --track-seconds 6 --patch-seconds 3 \
    --max-epochs 1 --rows audio:whole --network flatten
says "--rows: audio:whole is not for --network flatten"
[ ! -e early ] || fail "something was made"
expect 2 demo --rows mgp,sound
expect 2 demo --tracks 99
expect 2 demo --tracks 100001
expect 2 demo --track-seconds 1
expect 2 demo here
: > file
expect 1 demo $small --out file
expect 1 demo $small --out nowhere/at/all
says "nowhere/at/all: cannot make"

interrupt listening demo --out late
interrupt "making up a world" demo --tracks 20000 --out large
