#!/bin/sh
#
# test_scan_kill.sh - ltrec scan: stopped, killed, and its decoders crashing

. "$(dirname "$0")/common.sh"
. "$tests/music.sh"

# Whether the process is gone, or nothing but the number that it had.
has_ended() {
    ! kill -0 "$1" || grep -q '^State:.*Z' "/proc/$1/status"
}
has_told() { [ "$(wc -l < told)" -ge "$1" ]; }

# ---- A kill at any moment -----------------------------------------------

names=
for i in 1 2 3 4 5 6 7 8 9; do
    names="$names a$i.wav b$i.wav c$i.wav d$i.wav"
done
# shellcheck disable=SC2086 # one word a name
tones music $names
cp music/a1.wav music/twin.wav
: > music/empty.mp3

expect 3 scan music --catalog whole.db --jobs 1
dump whole.db > whole

# Each time as soon as it has told of some tracks more, while others are being
# listened to, slowly.
: > told
landed=0
for tracks in 0 1 2 5 9 13 18 24 30; do
    "$ltrec" scan music --catalog C.db --jobs 2 --json --duty 4% >> told \
        2> stderr &
    comes has_told $tracks
    kill -9 $! 2> /dev/null
    wait $! 2> /dev/null
    [ $? -ne 137 ] || landed=$((landed + 1))
done
[ $landed -gt 2 ] || fail "$landed of 9 scans were killed"
"$ltrec" scan music --catalog C.db --jobs 2 --json >> told 2> stderr
[ $? -eq 3 ] || fail "the last scan did not finish"
dump C.db > killed
cmp -s whole killed || fail "kills made another catalogue: $(diff whole killed)"
grep -o '"path":"[^"]*","id":[0-9]*,"result":"ok"' told | sort | uniq -d > twice
[ ! -s twice ] || fail "listened to twice: $(cat twice)"
[ "$(sql C.mels 'SELECT count(*) FROM mels')" = 37 ] ||
    fail "rows were lost or are left over"
expect 3 scan music --catalog C.db --json
prints '"listened":0'

# ---- Ctrl-C -------------------------------------------------------------

# An ffmpeg that gives a minute of silence, at the rate of a slow disk, and
# then ones that take their caller with them, or say nothing sensible.
mkdir bin slow
cat > bin/ffmpeg << 'END'
#!/usr/bin/env python3
import os, signal, struct, sys, time
if '-version' in sys.argv:
    print('ffmpeg version 0.test of a test')
    sys.exit()
name = sys.argv[sys.argv.index('-i') + 1]
if 'slow' in name:
    open('slow.new', 'w').write(str(os.getpid()))
    os.rename('slow.new', 'slow.pid')
out = sys.stdout.buffer
if 'crash' in name or os.path.exists('spoilt'):
    os.kill(os.getppid(), signal.SIGABRT)
    time.sleep(60)
if 'words' in name:
    sys.stderr.write('[mov @ 0x%x] no such atom: 0\nand more\n' %
                     os.getpid())
    sys.exit(1)
if 'named' in name:
    sys.stderr.write(name + ': no: no sound\n')
    sys.exit(1)
if 'junk' in name:
    out.write(b'RIFF' * 100)
    sys.exit()
out.write(b'.snd' + struct.pack('>IIIII', 24, 0xffffffff, 6, 22050, 1))
for i in range(600):
    if i == 3 and 'short' in name:
        break
    if i == 3 and 'killed' in name:
        os.kill(os.getpid(), signal.SIGKILL)
    out.write(struct.pack('>f', .25 if i % 2 else -.25) * 2205)
    out.flush()
    if 'slow' in name:
        time.sleep(.1)
END
chmod +x bin/ffmpeg
PATH=$work/bin:$PATH

printf 'M4A, they say' > slow/slow.m4a
"$ltrec" scan slow --catalog S.db > stdout 2> stderr &
scan=$!
comes test -s slow.pid
kill -INT $scan
wait $scan
[ $? -eq 130 ] || fail "an interrupted scan is no such thing"
says "0 of 1 tracks are done; the same command goes on from there"
comes has_ended "$(cat slow.pid)"
rm slow.pid
[ "$(sql S.db 'SELECT todo, status FROM tracks')" = "1|new" ] ||
    fail "an interrupted track is not to be done"

# A scan that is at work keeps others away.
"$ltrec" scan slow --catalog S.db > stdout 2> stderr &
scan=$!
comes test -s slow.pid
expect 1 scan slow --catalog S.db
says "another scan is at work on it"
kill -9 $scan
wait $scan 2> /dev/null
comes has_ended "$(cat slow.pid)"

# ---- Decoders -----------------------------------------------------------

mkdir odd
printf 'M4A, they say' > odd/short.m4a
printf 'M4A, for sure' > odd/crash.m4a
printf 'M4A, or so' > odd/words.m4a
named=named-$(printf '%0200d' 0).m4a
printf 'M4A, likewise' > "odd/$named"
printf 'M4A, once' > odd/junk.m4a
printf 'M4A, almost' > odd/killed.m4a
printf 'M4A, they said' > odd/-f.short.m4a
tones odd good.wav
expect 3 scan odd --catalog O.db --jobs 2 --json
catalog=O.db
[ "$(track 'status, error, decoder' good.wav)" = "ok|None|libsndfile" ] ||
    fail "a crash elsewhere spoils a good file"
for name in short.m4a -f.short.m4a; do
    [ "$(track 'status, decoder, seconds' $name)" = "ok|ffmpeg|0.3" ] ||
        fail "ffmpeg's sound of $name is not heard"
done
case "$(track error crash.m4a)" in
"the decoder crashed: Aborted") ;;
*) fail "a crash is called $(track error crash.m4a)" ;;
esac
case "$(track error words.m4a)" in
*"; no sound for ffmpeg: no such atom: 0") ;;
*) fail "ffmpeg's words are $(track error words.m4a)" ;;
esac
case "$(track error "$named")" in
*"; no sound for ffmpeg: no: no sound") ;;
*) fail "ffmpeg's words are $(track error "$named")" ;;
esac
[ "$(track 'status, error' killed.m4a)" = "failed|ffmpeg crashed: Killed" ] ||
    fail "half a track is $(track 'status, error' killed.m4a)"
case "$(track error junk.m4a)" in
*"; ffmpeg answered in another format") ;;
*) fail "what is no sound is $(track error junk.m4a)" ;;
esac

# What was found in a file is known of it still when it cannot be heard again,
# and when it can.
mkdir once
printf 'M4A, in time' > once/short.m4a
known="id, size, mtime_ns, hash, seconds, rate_hz, channels, decoder, rows"
expect 0 scan once --catalog K.db
sql K.db "SELECT $known FROM tracks" > before
: > spoilt
expect 3 scan once --catalog K.db --mels 16
[ "$(sql K.db 'SELECT status, error FROM tracks')" = \
    "failed|the decoder crashed: Aborted" ] || fail "a crash is no failure"
sql K.db "SELECT $known FROM tracks" > after
cmp -s before after || fail "a crash takes away what was known"
rm spoilt
expect 3 scan once --catalog K.db
prints "1 failed"
expect 0 scan once --catalog K.db --retry --json
prints '"listened":1'
sql K.db "SELECT $known FROM tracks" > after
cmp -s before after || fail "a crash is not forgotten"

# A machine that gets an ffmpeg tries again what it could not read.
mkdir none
for program in python3 env dirname; do
    ln -s "$(command -v $program)" none/$program
done
mkdir later
printf 'M4A, they say' > later/short.m4a
with=$PATH
PATH=$work/none
expect 3 scan later --catalog L.db
PATH=$with
expect 0 scan later --catalog L.db
prints "1 listened to"

# ---- Part of the time ---------------------------------------------------

# Work at a quarter of the time: the processor is used for less than four
# tenths of it, what starting takes left aside.
python3 - << 'END'
import math, struct
pcm = b''.join(struct.pack('<h', int(9000 * math.sin(i * .1)))
               for i in range(22050)) * 240
for i in range(6):
    pcm = pcm[:-2] + struct.pack('<h', i)
    open('odd/long%d.wav' % i, 'wb').write(
        struct.pack('<4sI4s4sIHHIIHH4sI', b'RIFF', 36 + len(pcm), b'WAVE',
                    b'fmt ', 16, 1, 1, 22050, 44100, 2, 16, b'data',
                    len(pcm)) + pcm)
END
python3 - "$ltrec" << 'END' > duty || fail "$(cat duty)"
import resource, subprocess, sys, time
def scan(catalog, files):
    def used():
        r = resource.getrusage(resource.RUSAGE_CHILDREN)
        return r.ru_utime + r.ru_stime
    start, before = time.time(), used()
    subprocess.run([sys.argv[1], 'scan'] + files + [
        '--catalog', catalog, '--jobs', '1', '--duty', '25%', '--nice',
        '--describe', '--quiet'], check=True)
    return used() - before, time.time() - start
little = scan('S.db', ['music/a1.wav'])
much = scan('T.db', ['odd/long%d.wav' % i for i in range(6)])
share = (much[0] - little[0]) / (much[1] - little[1])
print('at work for %.2f of the time' % share)
sys.exit(share > .4)
END
expect 2 scan odd --catalog T.db --duty 0
says "--duty 0: wanted 1% to 100%"
