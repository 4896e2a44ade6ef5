#!/bin/sh
#
# run.sh - a file through damage, kills, full disks and power cuts
#
# Usage: FAULT_TOOLS=DIR run.sh KEEPER [map]
#
# KEEPER is a program of keeper.h, `map` says that it can map its file.  DIR
# holds mutfile.py, killloop.py, powercut.py, faultsweep.py and faultinj.c; they
# print what they saw, and the first that saw a crash, a hang or a lost file
# ends the run.

set -e
keeper=$(realpath "$1")
map=$2
tools=$(realpath "${FAULT_TOOLS:?says where the fault tools are}")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

# mutfile.py holds all damaged copies at once and forks for each, so a few
# hundred at a time are many times as fast.
damage() {
    python3 "$tools/mutfile.py" good -n 0 --sys trunc,bits,magic,dup,zero,pad \
        -j 2 -- "$keeper" "$1" @@
    python3 "$tools/mutfile.py" good -n 0 --sys ints --head 64 \
        -j 2 -- "$keeper" "$1" @@
    seed=0
    while [ $seed -lt "$2" ]; do
        seed=$((seed + 1))
        python3 "$tools/mutfile.py" good -n 250 --sys none --seed $seed \
            -j 2 -- "$keeper" "$1" @@
    done
}

"$keeper" save good 5 > acknowledged
echo "damaged files, loaded:"
damage verify 8
if [ "$map" = map ]; then
    echo "damaged files, mapped (wrong answers are allowed):"
    damage map 4
fi

echo "savers killed:"
python3 "$tools/killloop.py" -n 300 --max-ms 60 --litter '@F.ltrec-tmp*' \
    --write "$keeper loop @F @A" --check "$keeper verify @F"

if command -v strace > /dev/null; then
    echo "power cut:"
    python3 "$tools/powercut.py" --dir disk \
        --setup "$keeper save @D/x 1" --run "$keeper save @D/x 2" \
        --check "$keeper verify @D/x"
fi

${CC:-cc} -O2 -fPIC -shared -o faultinj.so "$tools/faultinj.c" -ldl
for error in 28 5; do
    echo "saving, each call failing with errno $error:"
    python3 "$tools/faultsweep.py" --so ./faultinj.so --kind io \
        --errno $error --ok 0,1 --check "$keeper verify good" -- \
        "$keeper" save good 6
done
for what in "save good 7" "verify good" ${map:+"map good"}; do
    echo "$what, each allocation failing:"
    # shellcheck disable=SC2086 # two or three words
    python3 "$tools/faultsweep.py" --so ./faultinj.so --kind malloc \
        --ok 0,1 --check "$keeper verify good" -- "$keeper" $what
done
