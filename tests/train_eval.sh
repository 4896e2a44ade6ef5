#!/bin/sh
#
# train_eval.sh - what training reaches, as tables: real and generated data
#
# Usage: train_eval.sh PROGRAM DATA FOLDER [SEEDS [TRACKS [LISTENERS]]]
#
# DATA is a folder as ../shared/data/README.md describes it; without it the
# real tables are skipped, and the output says so.  What is made goes to
# FOLDER.  SEEDS are "1 2 3", TRACKS 5000, or 500 at least, and LISTENERS 80000
# unless said otherwise; worlds of which a fifth is played have the demo's own.

ltrec=$(realpath "$1")
data=$(realpath -m "$2")
mkdir -p "$3" && cd "$3" || exit 2
seeds=${4:-1 2 3}
tracks=${5:-5000}
listeners=${6:-80000}
status=0

# The published way of training, where the defaults have another.
published="--average 0 --kappa 10 --stack 0"

# value FILE ROW KEY: a number of a row.
value() {
    sed -n "s/^{\"row\":\"$2\",.*\"$3\":\\([-0-9.e]*\\).*/\\1/p" "$1"
}

# interval FILE ROW KEY: the two numbers of an interval.
interval() {
    sed -n "s/^{\"row\":\"$2\",.*\"$3\":\\[\\([^]]*\\)\\].*/\\1/p" "$1" |
        awk -F, 'NF == 2 { printf "%+.3f %+.3f", $1, $2 }'
}

# paired A B ROW: how much nearer B's tracks are than A's, mean and 95 %.
paired() {
    paste "$1" "$2" | awk -F'\t' -v row="$3" '
        NR == 1 { for (i = 1; i <= NF; i++) if ($i == row) at[++n] = i; next }
        { d = $at[1] - $at[2]; sum += d; squares += d * d }
        END {
            m = NR - 1
            mean = sum / m
            wide = 1.96 * sqrt((squares / m - mean * mean) / m)
            printf "%+.4f %+.4f", mean - wide, mean + wide
        }'
}

# ---- Real listeners ---------------------------------------------------------

m=$data/lastfm-mgp
rows="mgp mlg genre mgp+mlg+genre"

evaluate_real() { # NAME SEED OPTIONS...
    name=$1-$2
    seed=$2
    shift 2
    # shellcheck disable=SC2086 # a list of rows
    "$ltrec" evaluate content --plays "$m/plays.tsv" \
        --items "$m/items.tsv" --attributes "$m/attributes.tsv" \
        --machine "$m/machine.tsv" --genres "$m/genres.tsv" \
        --rows "$(echo $rows | tr ' ' ',')" --rank 32 --hidden 512 \
        --patience 5 --seed "$seed" --quiet --json \
        --distances "$name.tsv" "$@" > "$name.json" || status=1
}

print_real() { # SEED
    for row in $rows; do
        printf '%-5s%-16s%8.3f%8.3f%8.3f   %s   %s   %s\n' "$1" "$row" \
            "$(value "new-$1.json" "ridge:$row" cosine_distance)" \
            "$(value "old-$1.json" "$row" cosine_distance)" \
            "$(value "new-$1.json" "$row" cosine_distance)" \
            "$(paired "old-$1.tsv" "new-$1.tsv" "$row")" \
            "$(interval "new-$1.json" "$row" gain_on_ridge)" \
            "$(interval "new-$1.json" "$row" gain_on_best_branch)"
    done
}

echo "Artists without plays, rank 32, 5 folds; 1 - cos, and 95 % intervals of"
echo "the paired differences: to the published training, to ridge on the same"
echo "inputs, to the best branch alone"
printf '%-5s%-16s%8s%8s%8s   %-15s   %-13s   %s\n' seed row ridge old new \
    "than old" "than ridge" "than branch"
if [ -f "$m/plays.tsv" ]; then
    for seed in $seeds; do
        # shellcheck disable=SC2086 # lists of options
        evaluate_real old "$seed" $published
        evaluate_real new "$seed"
        print_real "$seed"
    done
else
    echo "skipped: no lastfm-mgp"
fi

# ---- The generated world ----------------------------------------------------

all=audio+mgp+mlg+genre
world_rows="audio audio:full mgp mlg audio+mlg audio+mlg+genre
    audio+mlg+genre+artist audio+mlg+genre+artist:alone
    $all $all+artist $all+artist:alone"

print_world() { # SEED FILE
    f=$2
    for row in constant ridge:audio ridge:mgp ridge:mlg ridge:audio+mlg+genre \
        "ridge:$all+artist" $world_rows knowable oracle; do
        printf '%-5s%-34s%8.3f   recall@20 %.3f   %s\n' "$1" "$row" \
            "$(value "$f" "$row" cosine_distance)" \
            "$(value "$f" "$row" "recall@20")" \
            "$(interval "$f" "$row" gain_on_ridge)"
    done
}

# Some as part of others; and "ROW from RIDGE" as part of the way from that
# regression to the oracle: on the same inputs, and on the sound's bands alone.
print_ratios() { # SEED FILE
    f=$2
    for row in constant ridge:audio ridge:audio+mlg+genre \
        "ridge:$all+artist" $world_rows knowable oracle; do
        echo "$row $(value "$f" "$row" cosine_distance)" \
            "$(value "$f" "$row" "recall@20")"
    done | awk -v seed="$1" -v all="$all" '
        { at[$1] = $2; recall[$1] = $3 }
        function ratio(what, value, wanted) {
            printf "%-5s%-66s%6.3f   wanted %s\n", seed, what, value,
                wanted
        }
        function part(row, from, to) {
            return (at[from] - at[row]) / (at[from] - at[to])
        }
        function gap(row, from) {
            ratio(row " from " from, part(row, from, "oracle"), ">= 0.70")
            ratio("  to knowable in place of the oracle",
                  part(row, from, "knowable"), "beside it")
        }
        END {
            heard = "audio+mlg+genre"
            full = at["audio:full"]
            best = full < at["mlg"] ? full : at["mlg"]
            ratio("full tracks / patches", full / at["audio"], "<= 0.84")
            ratio("MLG / MGP", at["mlg"] / at["mgp"], "<= 1.47")
            ratio("Audio+MLG / best of the two", at["audio+mlg"] / best,
                  "<= 0.905")
            ratio("+genre / Audio+MLG", at[heard] / at["audio+mlg"],
                  "<= 0.842")
            ratio("Audio+MLG+genre / MGP", at[heard] / at["mgp"], "<= 1.07")
            ratio("all but the artist / MGP", at[all] / at["mgp"], "<= 1.07")
            gap(heard, "ridge:" heard)
            gap(heard, "ridge:audio")
            gap(all, "ridge:audio")
            gap(all "+artist", "ridge:" all "+artist")
            gap(all "+artist", "ridge:audio")
            ratio("less with the artist",
                  1 - at[heard "+artist"] / at[heard], ">= 0.25, or")
            ratio("recall@20 with the artist / without",
                  recall[heard "+artist"] / recall[heard], ">= 1.5")
            ratio("more where the artist is not known",
                  at[heard "+artist:alone"] / at[heard] - 1, "<= 0")
        }'
}

evaluate_worlds() { # NAME OPTIONS...
    name=$1
    shift
    for seed in $seeds; do
        # shellcheck disable=SC2086 # a list of rows
        if "$ltrec" demo --out world --seed "$seed" "$@" \
            --rows "$(echo $world_rows | tr ' ' ',')" --max-epochs 60 \
            --quiet --json > "$name-$seed.json"; then
            print_world "$seed" "$name-$seed.json"
            print_ratios "$seed" "$name-$seed.json"
        else
            status=1
        fi
    done
}

echo
echo "A generated world of $tracks tracks, a fifth of them cold, and $listeners" \
    listeners
evaluate_worlds world --tracks "$tracks" --listeners "$listeners"

# As the deck's: more is annotated than played, and sound learns from plays.
echo
echo "A fifth of $tracks tracks played, the rest annotated alone, from which" \
    "the branch of sound learns nothing"
evaluate_worlds unplayed --tracks $((tracks / 5)) \
    --undiscovered $((tracks - tracks / 5)) --unplayed 0
echo
echo "The same, and the branch of sound learns from all of them"
evaluate_worlds all --tracks $((tracks / 5)) \
    --undiscovered $((tracks - tracks / 5)) --unplayed 1
exit $status
