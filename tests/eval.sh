#!/bin/sh
#
# eval.sh - accuracy on real data, as a table
#
# Usage: eval.sh PROGRAM DATA FOLDER
#
# DATA is a folder as ../shared/data/README.md describes it, with lastfm-mgp/,
# scale/ and audio/ in it.  What is made goes to FOLDER.  What is not there is
# skipped, and the table says so.

ltrec=$(realpath "$1")
data=$(realpath -m "$2")
mkdir -p "$3" && cd "$3" || exit 2
status=0

skip() { echo "skipped: no $1"; }

# A value from JSON, the first of its name in a line, and the sum over lines.
number() {
    awk -v key="\"$1\":" '(at = index($0, key)) {
        rest = substr($0, at + length(key))
        match(rest, /^[-0-9.e]+/)
        print substr(rest, 1, RLENGTH)
    }'
}
total() { number "$1" | awk '{ sum += $1 } END { printf "%.0f", sum }'; }

now() { date +%s.%N; }
since() { awk -v a="$1" -v b="$(now)" 'BEGIN { printf "%.1f", b - a }'; }

# A fifth of the pairs, drawn by a generator of our own: the same everywhere.
split_pairs() {
    awk -F '\t' '
        NR == 1 { print > "train.tsv"; print > "test.tsv"; next }
        {
            state = (state * 1103515245 + 12345) % 2147483648
            print > (state % 10000 < 2000 ? "test.tsv" : "train.tsv")
        }' "$1"
}

keep_parts() {
    mkdir -p "parts-$1" && cp train.tsv test.tsv "parts-$1"
}

# ---- Collaborative filtering ------------------------------------------------

evaluate_cf() {
    started=$(now)
    if ! "$ltrec" evaluate cf --train train.tsv --test test.tsv --quiet \
        --json > cf.json; then
        status=1
        return
    fi
    printf '%-12s' "$1"
    for key in users items 'recall@20' 'ndcg@100' 'map@500' \
        'tail_recall@20' 'coverage@20' seconds_per_epoch; do
        awk -v x="$(number "$key" < cf.json)" 'BEGIN { printf " %9.5g", x }'
    done
    printf ' %9s\n' "$(since "$started")"
}

echo "Factorizing plays, rank 64; a fifth of the pairs held out"
printf '%-12s %9s %9s %9s %9s %9s %9s %9s %9s %9s\n' '' users items \
    recall@20 ndcg@100 map@500 tail@20 cover@20 s/epoch seconds
if [ -f "$data/lastfm-mgp/plays.tsv" ]; then
    split_pairs "$data/lastfm-mgp/plays.tsv"
    keep_parts lastfm-mgp
    evaluate_cf lastfm-mgp
else
    skip lastfm-mgp
fi
if [ -f "$data/scale/lfm1b-part.mtx" ]; then
    awk -v OFS='\t' '
        /^%/ { next }
        !seen { seen = 1; print "user", "item", "count"; next }
        { print "u" $1, "i" $2, $3 }' "$data/scale/lfm1b-part.mtx" > plays.tsv
    split_pairs plays.tsv
    keep_parts lfm1b-part
    evaluate_cf lfm1b-part
else
    skip scale
fi

# ---- The ensemble -----------------------------------------------------------

echo
echo "Lists of all sources and of each alone, on the same parts"
for name in lastfm-mgp lfm1b-part; do
    [ -d "parts-$name" ] || continue
    echo
    echo "$name:"
    started=$(now)
    "$ltrec" evaluate recommend --train "parts-$name/train.tsv" \
        --test "parts-$name/test.tsv" --quiet || status=1
    echo "$(since "$started") seconds"
done
m=$data/lastfm-mgp
if [ -f "$m/attributes.tsv" ] && [ -d parts-lastfm-mgp ]; then
    echo
    echo "lastfm-mgp, with content:"
    "$ltrec" evaluate recommend --train parts-lastfm-mgp/train.tsv \
        --test parts-lastfm-mgp/test.tsv --attributes "$m/attributes.tsv" \
        --genres "$m/genres.tsv" --machine "$m/machine.tsv" --quiet ||
        status=1
fi

# ---- Cold items -------------------------------------------------------------

echo
echo "Artists without plays, rank 32, 5 folds; the item is the artist"
m=$data/lastfm-mgp
if [ -f "$m/plays.tsv" ]; then
    started=$(now)
    "$ltrec" evaluate content --plays "$m/plays.tsv" --items "$m/items.tsv" \
        --attributes "$m/attributes.tsv" --machine "$m/machine.tsv" \
        --genres "$m/genres.tsv" --rows mgp,mlg,genre,mgp+mlg+genre \
        --rank 32 --hidden 512 --patience 5 --quiet || status=1
    echo "$(since "$started") seconds"
    echo
    echo "From content to plays"
    started=$(now)
    "$ltrec" evaluate cold --plays "$m/plays.tsv" --items "$m/items.tsv" \
        --attributes "$m/attributes.tsv" --machine "$m/machine.tsv" \
        --genres "$m/genres.tsv" --rows mgp+mlg+genre --hidden 512 \
        --patience 5 --networks --quiet || status=1
    echo "$(since "$started") seconds"
else
    skip lastfm-mgp
fi

# ---- Sound ------------------------------------------------------------------

# None of the recordings has listens, so the network is the demo's, which has
# only heard generated music: this shows that the way is whole, and that it
# hears a recording again, not that it knows the music.
write_items() {
    awk -F '\t' -v OFS='\t' -v data="$data/audio/" '
        NR == 1 { print "item", "artist", "title", "path"; next }
        { print $1, $5, $6, data $2 }' "$data/audio/tracks.tsv" > whole.tsv
    awk -F '\t' -v OFS='\t' -v data="$data/audio/" '
        NR == 1 { print "item", "artist", "title", "path"; next }
        $3 != "" { print $1 "-10s", $5, $6, data $3 }' \
        "$data/audio/tracks.tsv" > clips.tsv
}

evaluate_sound() {
    write_items
    started=$(now)
    "$ltrec" mel "$data"/audio/ogg/*.ogg "$data"/audio/wav/*.wav \
        --npy mel --quiet --json > mel.json || return
    echo "mel: $(grep -c . mel.json) files, $(total seconds < mel.json) s of" \
        "sound, in $(since "$started") s"
    [ -f demo/tracks.model ] ||
        "$ltrec" demo --out demo --quiet > demo.txt || return
    started=$(now)
    "$ltrec" predict --model demo/tracks.model --items whole.tsv \
        --out whole.factors --quiet || return
    echo "predict: the above in $(since "$started") s"
    "$ltrec" predict --model demo/tracks.model --items clips.tsv \
        --out clips.factors --quiet > clips.txt || return
    "$ltrec" index build --factors whole.factors --out whole.index --quiet \
        > index.txt || return
    "$ltrec" index verify --index whole.index --quiet > index.txt || return
    hear_again || return
    item=$(awk -F '\t' 'NR == 2 { print $1 }' whole.tsv)
    echo "nearest to the first of them:"
    "$ltrec" similar "$item" --index whole.index --items whole.tsv --k 5 \
        --quiet
}

# A clip of 10 s asks for its own recording among all.
hear_again() {
    first=0
    five=0
    n=0
    for clip in $(awk -F '\t' 'NR > 1 { print $1 }' clips.tsv); do
        "$ltrec" similar "$clip" --factors whole.factors \
            --predicted clips.factors --k 60 --quiet --json > near.json ||
            return
        place=$(grep -v -e '-10s"' near.json |
            awk -v own="\"${clip%-10s}\"" 'index($0, own) { print NR; exit }')
        n=$((n + 1))
        [ "$place" = 1 ] && first=$((first + 1))
        [ "${place:-99}" -le 5 ] && five=$((five + 1))
    done
    echo "similar: of $n clips of 10 s, $first have their recording first," \
        "$five among the first 5"
}

echo
echo "Real recordings, through the audio branch of the demo"
if [ -f "$data/audio/tracks.tsv" ]; then
    evaluate_sound || status=1
else
    skip audio
fi
exit $status
