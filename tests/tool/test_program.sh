#!/bin/sh
#
# test_program.sh - commands, options and exit statuses

. "$(dirname "$0")/common.sh"

expect 0 --version
prints "ltrec 0."
expect 0 help
prints "info"
expect 0 help info
prints "usage: ltrec info"
expect 0 info --help
prints "--threads"


# Every command is in the manual with every option that it has: in its own
# paragraphs, or where options of several commands are told of together.
python3 - "$ltrec" "$tests/../../docs/man/ltrec.1" << 'END' > stdout ||
import re, subprocess, sys

def ask(*words):
    return subprocess.run([sys.argv[1], *words], capture_output=True,
                          text=True, check=True).stdout

manual = open(sys.argv[2]).read()
parts = dict(re.findall(r'(?ms)^\.Sh ([A-Z ]+)\n(.*?)(?=^\.Sh |\Z)', manual))
flags = lambda text: set(re.findall(r'Fl -?([a-z][a-z0-9-]*)', text))
common = flags(parts['DESCRIPTION'])
own, shared = {}, []
for command, text in re.findall(
        r'(?ms)^\.It Cm ([^\n]*\n)(.*?)(?=^\.It Cm |\Z)', parts['COMMANDS']):
    name = re.match(r'[a-z-]+( [a-z-]+)?(?= |\n)', command).group().strip()
    own.setdefault(name, set()).update(flags(command + text))
for group in re.split('(?m)^[.]Ss ',
                      parts['OPTIONS OF SEVERAL COMMANDS'])[1:]:
    names = re.search(r'\nOf\n\.Cm (.*) :\n', group).group(1).split(' , ')
    shared.append((set(names), flags(group)))

wrong, known = [], set(common)
commands = re.findall(r'(?m)^  (.{18}) \S', ask('help'))
for command in map(str.strip, commands):
    options = re.findall(r'(?m)^  --?([a-z0-9-]+)',
                         ask(*command.split(), '--help'))
    known.update(options)
    wrong += ['%s --help has --%s twice' % (command, o) for o in set(options)
              if options.count(o) > 1]
    if command not in own:
        wrong.append('the manual lacks ' + command)
        continue
    told = own[command].union(common, *[f for names, f in shared
                                        if command in names])
    wrong += ['the manual lacks %s --%s' % (command, o) for o in options
              if o not in told]
    wrong += ['the manual has %s --%s' % (command, o)
              for names, f in shared if command in names
              for o in f - set(options) - {'base'}]
    # A T is a table, of which one is read; each command takes other words.
    wrong += ['%s takes a second --%s' % (command, o) for o in re.findall(
        r'(?m)^  --([a-z0-9-]+) T ', ask(*command.split(), '--help'))
        if o != 'temperature' and not any(
            '--%s twice' % o in subprocess.run(
                [sys.argv[1], *command.split(), *words, '--' + o, 'x',
                 '--' + o, 'y'], capture_output=True, text=True).stderr
            for words in ([], ['i'], ['i', 'j']))]
wrong += ['the manual lists a command ' + c for names, _ in shared
          for c in names - set(map(str.strip, commands))]
wrong += ['no command has --' + o for o in
          set.union(*own.values()) - known - {'version'}]
print('\n'.join(wrong))
sys.exit(len(commands) < 20 or wrong != [])
END
    fail "the manual and --help say different things"

expect 2
says "usage: ltrec COMMAND"
expect 2 nonsense
says "no command 'nonsense'"
expect 2 help nonsense
for word in -v --verison --json; do
    expect 2 $word info
    says "no option '$word' before a command; there are --help and --version"
done
expect 2 similr a
says "no command 'similr'; did you mean ltrec similar?"
expect 2 evaluate nonsense
says "no command 'evaluate nonsense'"
says "usage: ltrec evaluate cf"
expect 2 index biuld --out x
says "did you mean ltrec index build?"
expect 2 index
says "usage: ltrec index build"
for words in 'index --help' 'index -h' 'help index' '--help index'; do
    expect 0 $words
    prints "usage: ltrec index build"
done
expect 0 -h
prints "usage: ltrec COMMAND"
expect 0 info -h
prints "usage: ltrec info"
expect 2 similar
says "ITEM is missing"
expect 2 path a
says "error: B is missing"
expect 2 index remove --index x
says "ITEM is missing"
expect 2 scan --catalog x
says "DIR is missing"
expect 2 similar a -k 0
says "error: -k 0: wanted a whole number"
expect 2 info --jsn
says "did you mean --json?"
expect 2 info -j
says "options are written --name"
expect 2 info --json=1
says "--json takes no value"
expect 2 info --threads
says "--threads needs a value"
expect 2 info --threads 0
says "wanted a whole number from 1 to 256"
expect 2 info --threads=2x
expect 2 info --kernels sse9
says "wanted one of auto, portable, avx2, avx512"
expect 2 info one-word-too-many
says "one word too many"

expect 0 info --json
is_json
expect 0 info --kernels portable --threads 1
prints "portable"

"$ltrec" info > /dev/full 2> stderr
[ $? -eq 1 ] || fail "a full disk is not noticed"
says "standard output"

expect 1 factorize --plays none --out /dev/null
says "/dev/null: not a plain file"

# Nor is what is read replaced by what is made of it, or one result by another.
printf 'user\titem\tcount\nu\ti\t1\n' > plays
cp plays kept
ln -s plays link
for out in plays ./plays link; do
    expect 2 factorize --plays plays --out $out
    says "--out would replace $out, which is also --plays"
done
expect 2 factorize --plays plays --out f --users-out f
says "--out would replace f, which is also --users-out"
expect 2 mel plays kept --npy kept
says "--npy would replace kept, which is to be read"
expect 2 train --branch mgp --factors f --out m --log plays --attributes plays
says "--log would replace plays, which is also --attributes"
for option in log curves checkpoint; do
    expect 2 train --branch mgp --factors f --base kept --out m --$option kept
    says "--$option would replace kept, which is also --base"
done
for other in ./f "$PWD/f" folder/../f; do
    mkdir -p folder
    expect 2 factorize --plays plays --out f --users-out "$other"
    says "--out would replace f, which is also --users-out"
    expect 2 export npy --factors i --out "$other" --ids f
    says "--out would replace $other, which is also --ids"
done
rmdir folder
expect 2 factorize --plays plays --plays kept --out f
says "--plays twice: one table is read"

# What is no file is no file, whatever it says.
expect 1 report --factors none --title kept --out kept
says "none: cannot open"
for what in "branch mgp" "linear mean" "min-listeners 3" "split artist"; do
    expect 1 train --branch mgp --factors none --attributes plays \
        --$what --out "${what#* }"
    says "none: cannot open"
done
expect 0 factorize --plays plays --form ials --out ials --rank 8 --users-out 8
expect 0 factorize --plays plays --form ials --out ials --rank 8 --users-out 8
expect 1 train --branch mgp --factors none --attributes plays --out m \
    --contrast 1 --temperature 1 --temperature 2
says "none: cannot open"
expect 1 factorize --plays plays --out -
says "-: only a file can be written here"
cmp -s plays kept || fail "plays have been replaced"

# What cannot be written is said before anything is read, let alone computed.
mkdir folder locked
chmod 555 locked
for out in nowhere/f folder locked/f; do
    [ $out != locked/f ] || [ "$(id -u)" -ne 0 ] || continue
    expect 1 factorize --plays none --out $out
    says "$out: cannot write"
    expect 1 factorize --plays none --out f --users-out $out
    says "$out: cannot write"
    expect 1 align --factors none --to none --out $out
    says "$out: cannot write"
    expect 1 itemitem fit --plays none --out $out
    says "$out: cannot write"
    expect 1 train --branch mgp --factors none --attributes none --out $out
    says "$out: cannot write"
    expect 1 predict --model none --attributes none --out $out
    says "$out: cannot write"
    expect 1 index build --factors none --out $out
    says "$out: cannot write"
    expect 1 report --factors none --out $out
    says "$out: cannot write"
done
