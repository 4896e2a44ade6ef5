#!/bin/sh
#
# test_report.sh - a library as one page, opened in a browser where there is one

. "$(dirname "$0")/common.sh"

# Two circles of listeners; artists whose names would end a script or a page.
python3 - <<'END'
import struct, math
rows = ['user\titem\tcount']
for u in range(20):
    for i in range(10):
        if (u * 7 + i * 3) % 5:
            rows.append('u%d\t%s%d\t%d' % (u, 'ab'[u % 2], i, 1 + i))
open('plays.tsv', 'w').write('\n'.join(rows) + '\n')
open('items.tsv', 'w').write('item\tartist\ttitle\tpath\n' + ''.join(
    '%s%d\t</script><b>%s & "Co"\tTítulo %d\t%s\n'
    % (c, i, c.upper(), i, 'tone.wav' if i == 0 else '')
    for c in 'ab' for i in range(10)))
open('genres.tsv', 'w').write('item\tgenre\n' + ''.join(
    '%s%d\tgenre <%s>\n' % (c, i, c) for c in 'ab' for i in range(10)))
open('attributes.tsv', 'w').write('item\tattribute\tvalue\n' + ''.join(
    '%s%d\tloud_%s\t0.%d\n' % (c, i, c, i + 1)
    for c in 'ab' for i in range(8)))
n = 22050 * 40
pcm = b''.join(struct.pack('<h', int(9000 * math.sin(i * i / 4e6)))
               for i in range(n))
open('tone.wav', 'wb').write(
    b'RIFF' + struct.pack('<I', 36 + 2 * n) + b'WAVEfmt ' +
    struct.pack('<IHHIIHH', 16, 1, 1, 22050, 44100, 2, 16) + b'data' +
    struct.pack('<I', 2 * n) + pcm)
END
expect 0 factorize --plays plays.tsv --out f --rank 4

tables="--items items.tsv --genres genres.tsv --attributes attributes.tsv"
# shellcheck disable=SC2086
expect 0 report --factors f $tables --plays plays.tsv --title 'A & <B>' \
    --out page.html
says "20 tracks on a page: page.html"
# shellcheck disable=SC2086
expect 0 report --factors f $tables --plays plays.tsv --title 'A & <B>' \
    --out again.html --threads 2
cmp -s page.html again.html || fail "pages depend on the number of threads"

# One file that asks the network for nothing, with figures that are JSON.
[ "$(grep -cE 'https?://' page.html)" -eq 1 ] &&
    grep -qF "http://www.w3.org/2000/svg" page.html || fail "it needs a network"
python3 - <<'END' || fail "the figures are wrong"
import json, re
page = open('page.html', encoding='utf-8').read()
data = json.loads(re.search(
    r'<script type="application/json" id="data">(.*?)</script>', page,
    re.S).group(1))
n = len(data['name'])
assert n == 20 and data['library'] == 'A & <B>'
for key in ('title', 'artist', 'x', 'y', 'plays', 'cold', 'listed',
            'neighbours', 'similarity', 'genre', 'attribute'):
    assert len(data[key]) == n, key
assert len(data['pictures']) == 2
assert sorted(data['artists'])[0] == '</script><b>A & "Co"'
circle = lambda i: data['name'][i][0]
for i in range(n):
    near = data['neighbours'][i]
    assert i not in near and len(near) == 10
    assert sum(circle(j) == circle(i) for j in near) >= 9
assert all(0 <= x <= 1 for x in data['x'] + data['y'])
assert data['lists'] == 20 and sum(data['listed']) > 0
first = data['name'].index('a7')
assert data['attribute'][first] == [[data['attributes'].index('loud_a'), 0.8]]
END

# Without anything but factors it is still a page.
expect 0 report --factors f --out bare.html
grep -q '"pictures":{}' bare.html || fail "pictures out of nowhere"

# What is missing or broken is told.
expect 2 report --factors f
says "--out is missing"
expect 1 report --factors nowhere --out page.html
expect 1 report --factors f --out nowhere/page.html
printf 'item\tartist\ttitle\tpath\na1\tA\tT\tplays.tsv\n' > broken.tsv
expect 3 report --factors f --items broken.tsv --out broken.html
says "plays.tsv"
[ -s broken.html ] || fail "one broken file took the page along"

# ---- In a browser -----------------------------------------------------------

browser=$(command -v chromium || command -v chromium-browser ||
    command -v google-chrome)
if [ -z "$browser" ]; then
    echo "test_report.sh: skipped: no browser"
    exit 0
fi
in_browser() {
    timeout 60 "$browser" --headless --no-sandbox --disable-gpu \
        --user-data-dir="$work/profile" --window-size=1300,1200 \
        --virtual-time-budget=5000 "$@" 2> browser-log
}
in_browser --dump-dom "file://$work/page.html#b3" > dom
grep -q 'data-ready="20"' dom || fail "the page's script did not end well"
python3 - <<'END' || fail "the page does not show what it should"
page = open('dom', encoding='utf-8').read()
assert '<h1 id="library">A &amp; &lt;B&gt;</h1>' in page
assert '<h2' in page and 'Título 3</h2>' in page
assert '<b>B & "Co"' not in page
assert 'genre &lt;b&gt;' in page and 'loud b' in page
END
in_browser --dump-dom "file://$work/bare.html" > dom
grep -q 'It is not known what is played' dom ||
    fail "a page without plays does not say so"
in_browser --screenshot="$work/page.png" "file://$work/page.html#a0" > /dev/null
python3 - <<'END' || fail "the screenshot shows nothing"
import struct, zlib
data = open('page.png', 'rb').read()
width, height, depth, kind = struct.unpack('>IIBB', data[16:26])
assert depth == 8 and kind in (2, 6) and width >= 1200
at, packed = 8, b''
while at < len(data):
    size, what = struct.unpack('>I4s', data[at:at + 8])
    if what == b'IDAT':
        packed += data[at + 8:at + 8 + size]
    at += 12 + size
raw, step = zlib.decompress(packed), 3 if kind == 2 else 4
lines = [raw[y * (width * step + 1):(y + 1) * (width * step + 1)]
         for y in range(height)]
assert len(set(lines)) > height // 4
END
