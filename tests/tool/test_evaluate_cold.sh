#!/bin/sh
#
# test_evaluate_cold.sh - ltrec evaluate cold: from content to plays

. "$(dirname "$0")/common.sh"
. "$tests/tables.sh"

generate 3 240 120
cold="evaluate cold --plays all.tsv --items items.tsv
      --attributes attributes.tsv --genres genres.tsv --rank 8 --seen 0,1,2,5"

# shellcheck disable=SC2086 # one word an option
expect 0 $cold --rows mgp+genre,mgp --min-listeners 9 --json --quiet
is_json
[ ! -s stderr ] || fail "--quiet is not"
cp stdout one
python3 - << 'END' || fail "the curve is not what it should be"
import json
rows = [json.loads(line) for line in open('one')]
assert [(r['row'], r['plays_seen']) for r in rows] == [
    (row, n) for row in ('ridge:mgp+genre', 'ridge:mgp') for n in (0, 1, 2, 5)]
for r in rows:
    assert list(r) == ['row', 'plays_seen', 'items', 'prior', 'plays', 'both',
                       'gain_ci95'], list(r)
    assert 100 < r['items'] <= 240
    for key in ('prior', 'plays', 'both'):
        v = r[key]
        if v is None:
            continue
        assert list(v) == ['cosine', 'cosine_ci95', 'ndcg@100',
                           'ndcg@100_ci95', 'length', 'length_ci95'], list(v)
        for figure in ('cosine', 'ndcg@100', 'length'):
            low, high = v[figure + '_ci95']
            assert low <= v[figure] <= high
whole, part = rows[:4], rows[4:]

# A prediction knows nothing of plays, plays nothing of the prediction.
for curve in (whole, part):
    assert all(r['prior'] == curve[0]['prior'] for r in curve)
assert [r['plays'] for r in whole] == [r['plays'] for r in part]
assert whole[0]['plays'] is None and whole[0]['gain_ci95'] == {}
assert whole[0]['both'] == whole[0]['prior'] != part[0]['prior']

# More plays say more; both are no worse than either where it matters.
for figure in ('cosine', 'ndcg@100', 'length'):
    rising = [r['plays'][figure] for r in whole[1:]]
    assert rising == sorted(rising), figure
assert whole[1]['plays']['cosine'] < 0.7 < whole[3]['plays']['cosine']
assert whole[3]['both']['cosine'] > whole[3]['plays']['cosine']
assert whole[2]['gain_ci95']['ndcg@100'][1] > 0
END

# The same at any number of threads, and something else with another seed.
# shellcheck disable=SC2086
expect 0 $cold --rows mgp+genre,mgp --min-listeners 9 --json --threads 2
cmp -s stdout one || fail "a curve depends on threads"
# shellcheck disable=SC2086
expect 0 $cold --rows mgp+genre,mgp --min-listeners 9 --json --seed 2
! cmp -s stdout one || fail "another seed is the same"

# Attributes dealt out anew are worth nothing: plays are better alone.
awk -F '\t' -v OFS='\t' 'NR > 1 { sub("i", "", $1); $1 = "i" $1 % 4 * 60 + int($1 / 4) }
    { print }' attributes.tsv > others.tsv
expect 0 evaluate cold --plays all.tsv --items items.tsv \
    --attributes others.tsv --rank 8 --seen 0,2,5 --rows mgp \
    --min-listeners 9 --json
python3 - << 'END' || fail "what is not known is known"
import json
one = json.loads(open('one').readline())
for line in open('stdout'):
    r = json.loads(line)
    assert r['prior']['ndcg@100'] < 0.7 * one['prior']['ndcg@100']
    if r['plays_seen'] > 0:
        assert r['gain_ci95']['ndcg@100'][1] < 0
END

# A longer prediction holds on longer, and says the same without plays.
# shellcheck disable=SC2086
expect 0 $cold --rows mgp --min-listeners 9 --prior-length 4 --json
python3 - << 'END' || fail "the length of a prediction does nothing"
import json
short = [r for r in map(json.loads, open('one')) if r['row'] == 'ridge:mgp']
for a, b in zip(short, map(json.loads, open('stdout'))):
    assert abs(a['prior']['cosine'] - b['prior']['cosine']) < 1e-6
    assert abs(4 * a['prior']['length'] - b['prior']['length']) < 1e-4
    assert (abs(b['both']['cosine'] - b['prior']['cosine']) <
            abs(a['both']['cosine'] - a['prior']['cosine'])
            ) == (a['plays_seen'] > 0)
END

# Networks stand beside ridge, and held-out items can be named.
# shellcheck disable=SC2086
expect 0 $cold --rows genre --networks --max-epochs 3 --min-listeners 9 \
    --patches 3
says "--patches is not for --rows genre, passed over"
[ "$(awk 'NR > 1 { print $1 }' stdout | uniq -c | tr -s ' \n' ' ')" = \
    " 4 ridge:genre 4 genre " ] || fail "the networks' rows are missing"
# shellcheck disable=SC2086
expect 0 $cold --rows genre --heldout-items cold.tsv --min-listeners 9 --json
[ "$(grep -o '"items":[0-9]*' stdout | sort -u | wc -l)" -eq 1 ] &&
    [ "$(grep -o '"items":[0-9]*' stdout | head -1 | cut -d : -f 2)" -le 40 ] ||
    fail "other items than those were held out"

# ---- What is asked for ------------------------------------------------------

for seen in '' 1,0 1,1 1,,2 -1 many 1,2.5; do
    expect 2 evaluate cold --plays all.tsv --rows genre --genres genres.tsv \
        --seen "$seen"
    says "wanted up to 16 numbers of plays"
done
# shellcheck disable=SC2086
expect 2 $cold --rows genre --min-listeners 5
says "--min-listeners 5"
expect 2 evaluate cold --rows genre --genres genres.tsv
says "--plays is missing"
expect 1 evaluate cold --plays all.tsv --genres genres.tsv --rows genre
says "only 0 tracks have every input and 60 listeners"
