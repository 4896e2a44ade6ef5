#!/bin/sh
#
# train_eval.sh - what training reaches, as tables: real and generated data
#
# Usage: train_eval.sh PROGRAM DATA FOLDER [SEEDS [TRACKS]]
#
# DATA is a folder as ../shared/data/README.md describes it; without it the
# real tables are skipped, and the output says so.  What is made goes to
# FOLDER.  SEEDS are "1 2 3" and TRACKS 5000 unless said otherwise.

ltrec=$(realpath "$1")
data=$(realpath -m "$2")
mkdir -p "$3" && cd "$3" || exit 2
seeds=${4:-1 2 3}
tracks=${5:-5000}
status=0

# The published way of training, where the defaults have another.
published="--average 0 --kappa 10"

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
    # shellcheck disable=SC2086 - a list of rows
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
        # shellcheck disable=SC2086 - lists of options
        evaluate_real old "$seed" $published
        evaluate_real new "$seed"
        print_real "$seed"
    done
else
    echo "skipped: no lastfm-mgp"
fi

# ---- The generated world ----------------------------------------------------

print_world() { # SEED
    f=world-$1.json
    for row in constant ridge:mgp ridge:audio+mlg+genre audio audio:full mgp \
        mlg audio+mlg audio+mlg+genre audio+mlg+genre+artist \
        audio+mlg+genre+artist:alone knowable oracle; do
        printf '%-5s%-32s%8.3f   recall@20 %.3f   %s\n' "$1" "$row" \
            "$(value "$f" "$row" cosine_distance)" \
            "$(value "$f" "$row" "recall@20")" \
            "$(interval "$f" "$row" gain_on_ridge)"
    done
    awk -v seed="$1" -v patch="$(value "$f" audio cosine_distance)" \
        -v full="$(value "$f" audio:full cosine_distance)" \
        -v mgp="$(value "$f" mgp cosine_distance)" \
        -v mlg="$(value "$f" mlg cosine_distance)" \
        -v two="$(value "$f" audio+mlg cosine_distance)" \
        -v all="$(value "$f" audio+mlg+genre cosine_distance)" \
        -v ridge="$(value "$f" ridge:audio+mlg+genre cosine_distance)" \
        -v oracle="$(value "$f" oracle cosine_distance)" \
        -v knowable="$(value "$f" knowable cosine_distance)" \
        -v artist="$(value "$f" audio+mlg+genre+artist cosine_distance)" '
        function ratio(what, value, wanted) {
            printf "%-5s%-32s%8.3f   wanted %s\n", seed, what, value, wanted
        }
        BEGIN {
            best = full < mlg ? full : mlg
            ratio("full tracks / patches", full / patch, "<= 0.84")
            ratio("MLG / MGP", mlg / mgp, "<= 1.47")
            ratio("Audio+MLG / best of the two", two / best, "<= 0.905")
            ratio("+genre / Audio+MLG", all / two, "<= 0.842")
            ratio("Audio+MLG+genre / MGP", all / mgp, "<= 1.07")
            ratio("from ridge to oracle", (ridge - all) / (ridge - oracle),
                  ">= 0.70")
            ratio("from ridge to knowable",
                  (ridge - all) / (ridge - knowable), "beside it")
            ratio("less with the artist", 1 - artist / all, ">= 0.25")
        }'
}

echo
echo "A generated world of $tracks tracks, a fifth of them cold"
for seed in $seeds; do
    if "$ltrec" demo --out world --tracks "$tracks" --seed "$seed" --artists \
        --quiet --json > "world-$seed.json"; then
        print_world "$seed"
    else
        status=1
    fi
done
exit $status
