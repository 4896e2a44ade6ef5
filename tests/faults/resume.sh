#!/bin/sh
#
# resume.sh - factorizing killed, gone on with, held against what never was
#
# Usage: FAULT_TOOLS=DIR resume.sh FACTORIZE_KEEPER

set -e
keeper=$(realpath "$1")
tools=$(realpath "${FAULT_TOOLS:?says where the fault tools are}")

echo "$(basename "$keeper"), killed:"
python3 "$tools/killloop.py" -n 100 --max-ms 60 --litter '@F.ltrec-tmp*' \
    --write "$keeper loop @F @A" --check "$keeper verify @F"
