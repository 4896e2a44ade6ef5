#!/bin/sh
#
# bench_scan.sh - how fast ltrec scan is, and on what it spends its time
#
# Usage: bench_scan.sh PROGRAM [FOLDER]
#
# Scans 4-minute MP3s of 192 kbit/s, stereo at 44.1 kHz, which are made with
# ffmpeg from a generated world and kept in FOLDER for the next time.  One CSV
# line each of the rounds:
#
#     network,jobs,tracks,tracks/minute,tracks/CPU minute,decoding,mel,
#     network,reading,MB
#
# The shares are of the workers' time, and the second rate of the processor's,
# so that they depend little on what else the machine does; the first rate
# does.  Jobs are compared round by round, one beside two, and the last lines
# are medians.

set -e
ltrec=$(realpath "$1")
folder=${2:-build/bench-scan}
rounds=${ROUNDS:-5}
tracks=${TRACKS:-16}

command -v ffmpeg > /dev/null || {
    echo "bench_scan.sh: skipped: no ffmpeg to make MP3s with"
    exit 0
}
mkdir -p "$folder"
cd "$folder"

# ---- What is scanned ----------------------------------------------------

if [ ! -e music/done ]; then
    "$ltrec" demo --tracks 100 --track-seconds 12 --music --out demo --quiet \
        > demo.log
    mkdir -p music
    n=0
    find demo/music -name '*.flac' | LC_ALL=C sort | head -"$tracks" |
        while read -r flac; do
            n=$((n + 1))
            ffmpeg -nostdin -v error -y -stream_loop -1 -i "$flac" -t 240 \
                -ar 44100 -ac 2 -b:a 192k music/$n.mp3
        done
    touch music/done
fi
for network in small reference; do
    [ -e $network.model ] && continue
    "$ltrec" scan demo/music --catalog demo.db --quiet > demo.log
    "$ltrec" train --branch audio --network $network --max-epochs 1 \
        --patch-seconds 12 --factors demo/items.factors --items demo/items.tsv \
        --catalog demo.db --out $network.model --quiet > demo.log
done

# ---- Rounds -------------------------------------------------------------

# Warm, so that the disk is left out of it.
cat music/*.mp3 > /dev/null

round() { # MODEL JOBS
    rm -f bench.*
    python3 - "$ltrec" "$1" "$2" << 'END'
import json, re, resource, subprocess, sys, threading, time
ltrec, network, jobs = sys.argv[1:]
args = [ltrec, 'scan', 'music', '--catalog', 'bench.db', '--jobs', jobs,
        '--json', '--quiet']
if network != 'none':
    args += ['--model', network + '.model']
scan = subprocess.Popen(args, stdout=subprocess.PIPE)
peak = 0

def used(pid):
    """Memory in MB, what is shared with others in equal parts."""
    with open('/proc/%s/smaps_rollup' % pid) as f:
        return int(re.search(r'Pss: *(\d+)', f.read()).group(1)) / 1024

def watch():
    global peak
    while scan.poll() is None:
        try:
            with open('/proc/%d/task/%d/children' % (scan.pid, scan.pid)) as f:
                pids = f.read().split() + [scan.pid]
            peak = max(peak, sum(used(pid) for pid in pids))
        except OSError:
            pass
        time.sleep(.05)

watcher = threading.Thread(target=watch)
watcher.start()
lines = scan.stdout.read().splitlines()
watcher.join()
end = json.loads(lines[-1])
decode, mel, network_s, reading = (end[k + '_seconds'] for k in
                                   ('decode', 'mel', 'predict', 'read'))
total = decode + mel + network_s + reading
used_s = resource.getrusage(resource.RUSAGE_CHILDREN)
cpu = used_s.ru_utime + used_s.ru_stime
print('%s,%s,%d,%.1f,%.1f,%.3f,%.3f,%.3f,%.3f,%.0f' % (
    network, jobs, end['listened'], end['tracks_per_minute'],
    60 * end['listened'] / cpu, decode / total, mel / total,
    network_s / total, reading / total, peak))
END
}

echo "network,jobs,tracks,tracks/minute,tracks/CPU minute,decoding,mel," \
    "network,reading,MB"
: > rounds.csv
for network in none small reference; do
    i=0
    while [ $i -lt "$rounds" ]; do
        round $network 1 | tee -a rounds.csv
        round $network 2 | tee -a rounds.csv
        i=$((i + 1))
    done
done

# ---- Medians ------------------------------------------------------------

python3 - << 'END'
import statistics as s
rows = [l.strip().split(',') for l in open('rounds.csv')]
for network in ('none', 'small', 'reference'):
    one = [r for r in rows if r[0] == network and r[1] == '1']
    two = [r for r in rows if r[0] == network and r[1] == '2']
    rate = lambda r: float(r[3])
    print('# %s: median of %d: %.0f tracks a minute, %.0f a minute of the '
          'processor, %.0f %% decoding, %.0f MB; two jobs %.2f x one, %.0f MB'
          % (network, len(one), s.median(map(rate, one)),
             s.median(float(r[4]) for r in one),
             100 * s.median(float(r[5]) for r in one),
             max(float(r[9]) for r in one),
             s.median(rate(b) / rate(a) for a, b in zip(one, two)),
             max(float(r[9]) for r in two)))
END
