#!/bin/sh
#
# bench_import.sh - the memory and time that reading plays takes
#
# Usage: bench_import.sh PROGRAM [ROWS]
#
# Pipes a generated table of ROWS, 10 million unless told otherwise, into
# `ltrec factorize --rank 1 --epochs 1`: a listener for every 50 rows and an
# item for every 200, popular ones far more often.  Prints rows, the largest
# resident memory in MB, bytes a row, and seconds of the processor.

ltrec=$(realpath "$1")
rows=${2:-10000000}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

awk -v rows="$rows" 'BEGIN {
    print "user\titem\tcount"
    for (i = 0; i < rows; i++) {
        u = rand()
        v = rand()
        printf "listener-%08x\ttrack-%010x\t%d\n", rows / 50 * u * u,
            rows / 200 * v * v * v, 1 + 5 * rand()
    }
}' | python3 -c '
import resource, subprocess, sys
subprocess.run(sys.argv[2:], check=True, stdout=subprocess.DEVNULL)
used = resource.getrusage(resource.RUSAGE_CHILDREN)
rows = int(sys.argv[1])
print("rows,megabytes,bytes_per_row,seconds")
print("%d,%.0f,%.1f,%.1f" % (rows, used.ru_maxrss / 1024,
                             used.ru_maxrss * 1024 / rows,
                             used.ru_utime + used.ru_stime))
' "$rows" "$ltrec" factorize --plays - --rank 1 --epochs 1 --threads 1 \
    --quiet --out "$work/factors"
