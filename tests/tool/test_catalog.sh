#!/bin/sh
#
# test_catalog.sh - the commands that answer from a catalogue

. "$(dirname "$0")/common.sh"
. "$tests/music.sh"

played_music

# ---- Without factors, clear answers -------------------------------------

expect 1 similar 1 --catalog C.db
says "C.db: no track has factors; scan with --model"
expect 1 similar 1 --catalog nowhere.db
says "nowhere.db"
expect 2 similar 1
says "--factors, --index or --catalog is missing"

# ---- From a catalogue's rows to a model, and back ------------------------

train="--branch audio --network small --patch-seconds 5 --max-epochs 2"
for plays in named files; do
    expect 0 factorize --plays $plays.tsv --rank 8 --out $plays.factors
    expect 0 train $train --factors $plays.factors --catalog C.db \
        --out $plays.model --json
    is_json
    grep -oE '"(validation_)?tracks":[0-9]*' stdout > $plays.tracks
done
expect 0 train $train --factors demo/items.factors --catalog C.db \
    --items demo/items.tsv --out items.model --json
grep -oE '"(validation_)?tracks":[0-9]*' stdout > items.tracks
cmp -s named.tracks files.tracks && cmp -s named.tracks items.tracks ||
    fail "not the same tracks by names, by files and by a table"

# Genres and artists are those of the tags, also where no rows are kept, unless
# a table has genres.
few="--max-epochs 2 --hidden 8"
python3 - << 'END'
import shutil, sqlite3
shutil.copy('C.db', 'T.db')
base = sqlite3.connect('T.db')
base.execute('UPDATE tracks SET mel_bits = 0')
base.execute("UPDATE tracks SET genre = ' Odd/' || genre || '; ' WHERE id = 1")
base.commit()
rows = base.execute('SELECT artist, title, genre FROM tracks ORDER BY id')
with open('genres.tsv', 'w') as f:
    print('item', 'genre', sep='\t', file=f)
    for artist, title, tag in rows:
        for genre in tag.replace('/', ';').split(';'):
            if genre.strip():
                print(artist + ' - ' + title, genre.strip(), sep='\t', file=f)
END
for branch in genre artist; do
    expect 0 train --branch $branch --factors named.factors --catalog T.db \
        --out $branch.model $few --json
    grep -oE '"(validation_)?tracks":[0-9]*' stdout > $branch.tracks
    cmp -s $branch.tracks named.tracks || fail "not the same tracks by $branch"
done
expect 0 evaluate content --plays demo/plays.tsv --items demo/items.tsv \
    --catalog T.db --rows genre --folds 2 --rank 8 $few --json
is_json
prints '"row":"genre"'

# Albums and years are those of the tags as well, and so can be kept together.
by_tags="train --branch genre --factors named.factors --catalog T.db --out x $few"
expect 0 $by_tags --split album --json
grep -oE '"(validation_)?tracks":[0-9]*' stdout > album.tracks
! cmp -s album.tracks named.tracks || fail "albums are artists"
expect 1 $by_tags --split time
says "--split time: of no track is it known"
python3 -c "import sqlite3
base = sqlite3.connect('T.db')
base.execute('UPDATE tracks SET year = 1980 + id % 10')
base.commit()"
expect 0 $by_tags --split time --json
! grep -q '"validation_tracks":0,' stdout || fail "nothing is new"
expect 0 train --branch genre --factors named.factors --genres genres.tsv \
    --out table.model $few
expect 0 predict --model genre.model --catalog T.db --out tags.factors
prints "100 tracks predicted"
[ ! -s stderr ] || fail "a genre of the tags is not known"
expect 0 predict --model table.model --catalog T.db --out x
prints "100 tracks predicted"
[ ! -s stderr ] || fail "tags and a table split genres in two ways"
printf 'item\tgenre\nanother\tOdd\n' > other.tsv
expect 0 predict --model genre.model --catalog T.db --genres other.tsv --out x
prints "1 tracks predicted"
expect 1 train --branch audio --factors named.factors --catalog T.db --out x
says "no rows of mel are kept"

# A scan places by sound and by the genres of the tag together, from files as
# from rows that were kept.
expect 0 train --branch genre --base named.model --factors named.factors \
    --catalog C.db --out heard.model $few
expect 0 train --branch fusion --base heard.model --factors named.factors \
    --catalog C.db --out both.model --max-epochs 2
for catalog in rows untagged; do
    cp C.db $catalog.db
    cp C.mels $catalog.mels
done
python3 -c "import sqlite3
base = sqlite3.connect('untagged.db')
base.execute('UPDATE tracks SET genre = NULL')
base.commit()"
expect 0 scan demo/music --catalog heard.db --mels 8 --model both.model
for catalog in rows untagged; do
    expect 0 scan demo/music --catalog $catalog.db --model both.model
    prints "100 tracks, 100 predicted anew"
done
for catalog in heard rows untagged; do
    sql $catalog.db "SELECT path, hex(factor) FROM tracks ORDER BY path" \
        > $catalog.placed
done
cmp -s heard.placed rows.placed || fail "rows that were kept lead elsewhere"
[ "$(comm -12 rows.placed untagged.placed | wc -l)" -eq 0 ] ||
    fail "a tag says nothing to a scan"
expect 0 predict --model both.model --catalog rows.db --json --out x
python3 - << 'END' || fail "a scan and predict differ"
import json, sqlite3
sure = sorted(json.loads(line)['confidence'] for line in open('stdout'))
kept = sorted(row[0] for row in sqlite3.connect('rows.db').execute(
    'SELECT confidence FROM tracks'))
assert len(sure) == 100 and all(abs(a - b) < 1e-6 for a, b in zip(sure, kept))
END

printf 'user\titem\tcount\nu1\tThe Elsewheres - Else\t2\nu2\tWhere\t3\n' \
    > strange.tsv
expect 0 factorize --plays strange.tsv --rank 2 --out strange.factors
expect 1 train $train --factors strange.factors --catalog C.db --out strange
says "strange.factors: none of its 2 items, such as '"
says "is a track of the tables or the catalogue"

expect 0 scan demo/music --catalog C.db --model named.model --json
is_json
prints '"listened":0,"predicted":100'
expect 0 scan demo/music --catalog C.db --json
prints '"predicted":0,"unchanged":100'
[ -s C.factors ] || fail "no C.factors"

# Straight from the files comes what comes from the rows that are kept.
expect 0 scan demo/music --catalog D.db --model named.model --mels 8 --json
prints '"listened":100'
sql C.db 'SELECT path, hex(factor), confidence FROM tracks' > C
sql D.db 'SELECT path, hex(factor), confidence FROM tracks' > D
cmp -s C D || fail "rows that are kept give other factors"

# Rows that will not do are made anew, and nothing else of the track is lost.
known="id, path, hash, artist, title, album, genre, seconds, rate_hz, rows"
sql D.db "SELECT $known FROM tracks" > before
python3 - << 'END'
import sqlite3
base = sqlite3.connect('D.mels')
base.execute('UPDATE mels SET low = 3e38, step = 3e38 WHERE track = 3')
base.execute('UPDATE mels SET bands = 64 WHERE track = 4')
base.commit()
END
expect 0 scan demo/music --catalog D.db --model files.model --json
prints '"listened":2,"predicted":98'
sql D.db "SELECT $known FROM tracks" > after
cmp -s before after || fail "listening again changes what is known"

python3 - << 'END'
import json
with open('named.model', 'rb') as file:
    n = int.from_bytes(file.read(8), 'little')
    header, data = json.loads(file.read(n)), file.read()
said = header['__metadata__']
key, = (key for key in said if key.endswith('ltrec.feature_version'))
said.update({'ltrec.checksum': 'none', key: str(int(said[key]) ^ 1)})
text = json.dumps(header).encode()
text += b' ' * (-(len(text) + 8) % 64)
with open('older.model', 'wb') as file:
    file.write(len(text).to_bytes(8, 'little') + text + data)
END
for command in 'predict --catalog C.db --out x' 'scan demo/music --catalog O.db' \
    'train --branch fusion --catalog C.db --factors named.factors --out x'; do
    which=--model
    [ "${command%% *}" != train ] || which=--base
    # shellcheck disable=SC2086 # one word an option
    expect 1 $command $which older.model
    says "older.model: the model learned from rows of mel that another version"
done
expect 1 scan demo/music --catalog O.db --model genre.model
says "genre.model: the model has no branch for sound"
expect 1 scan demo/music --catalog O.db --model named.model --preset cqt
says "--preset cqt: the model is of another front end"
! ls O.db* > /dev/null 2>&1 || fail "a catalogue for a model that will not do"
[ "$(sql C.db "SELECT count(*) FROM tracks WHERE factor IS NOT NULL")" = 100 ] ||
    fail "something was changed"
expect 0 scan demo/music --catalog N.db --model named.model
expect 1 predict --model named.model --catalog N.db --out x
says "no rows of mel are kept; scan with --mels 8"

# Descriptors, for a branch that no machine's table feeds.
expect 0 scan demo/music --catalog N.db --describe --json
prints '"listened":100'
[ "$(sql N.db 'SELECT count(*) FROM tracks WHERE described > 0 AND
    length(descriptors) = 4 * 33 AND factor IS NOT NULL')" = 100 ] ||
    fail "no descriptors, or factors are gone"
expect 0 scan demo/music --catalog N.db --json
prints '"unchanged":100'
expect 0 train --branch mlg --factors named.factors --catalog N.db \
    --max-epochs 2 --out mlg.model
expect 0 predict --model mlg.model --catalog N.db --out x
prints "100 tracks predicted"

# ---- Questions ----------------------------------------------------------

names=$(sql C.db "SELECT artist || ' - ' || title FROM tracks WHERE id = 7")
dash=$(sql C.db "SELECT upper(artist) || ' – ' || title FROM tracks
                 WHERE id = 7")
expect 0 similar 7 --catalog C.db --json -k 5
is_json
cp stdout by_id
expect 0 similar 7 --catalog C.db --per-artist 100 --json -k 5
is_json
expect 0 similar 7 --catalog C.db --opensubsonic -k 5
prints '"status":"ok"'
path=$(realpath "$(find demo/music -name '*.flac' | LC_ALL=C sort |
    sed -n 7p)")
title=$(sql C.db "SELECT lower(title) FROM tracks WHERE id = 7")
for item in "$path" "$title" "demo/${path#*/demo/}" "$names" "$dash"; do
    expect 0 similar "$item" --catalog C.db --json -k 5
    cmp -s stdout by_id || fail "'$item' is not track 7"
done
expect 1 similar 4711 --catalog C.db
says "no track '4711' in the catalogue"
part=$(sql C.db "SELECT substr(title, 2, 6) FROM tracks WHERE id = 9")
expect 1 similar "$(echo "$part" | tr '[:lower:]' '[:upper:]')" --catalog C.db
says '"artist - title" or title; did you mean '
says "$part"
expect 1 similar "$(printf 'caf\351')" --catalog C.db
says "no track 'caf\xE9' in the catalogue"
expect 0 similar "$path" --factors C.factors --json -k 5
[ "$(grep -o '"similarity":[0-9.]*' stdout)" = \
    "$(grep -o '"similarity":[0-9.]*' by_id)" ] ||
    fail "C.factors answers otherwise"

# Beside the factors of plays: what is played keeps its own.
expect 0 recommend --user u0002 --plays named.tsv --factors named.factors \
    --catalog C.db -k 100 --json
is_json
grep -q "$work" stdout || fail "no track that nobody has played"
[ "$(grep -c '"listeners"' stdout)" -gt 5 ] || fail "no track that is played"
[ -z "$(grep -o '"artist":"[^"]*","title":"[^"]*"' stdout | sort |
    uniq -d)" ] ||
    fail "a track is recommended under two names"
expect 0 recommend --user u0002 --plays named.tsv --catalog C.db
[ ! -s stderr ] || fail "a warning about a catalogue that the plays know"
expect 1 recommend --user u0002 --plays demo/plays.tsv --catalog C.db
says "C.db: none of its tracks is one of the plays or factors"
expect 0 similar 7 --factors named.factors --catalog C.db

expect 1 recommend --user u0002 --plays named.tsv --factors C.factors \
    --catalog C.db
says "C.factors: calls by its path what the plays call '"

# Predictions go by the names of the factors where those know them.
expect 0 predict --model named.model --catalog C.db \
    --factors named.factors --out p.factors
prints "100 tracks predicted"
played=$(sed -n 2p named.tsv | cut -f 2)
expect 0 similar "$played" --factors p.factors
expect 0 similar "$path" --factors p.factors

# Predictions carry the version of the rows they were made from, and only such
# as have the same go together.
expect 0 index build --factors p.factors --out p.index
version=$(sql C.db "SELECT printf('%016x', value) FROM facts
                    WHERE name = 'features'")
expect 0 index info --index p.index --json
is_json
prints "\"features\":\"$version\""
expect 0 index info --index p.index
prints "features $version"
sql C.db "SELECT confidence FROM tracks ORDER BY id" > sure
python3 - << 'END' || fail "the file does not keep how sure predictions are"
import json, struct
with open('p.factors', 'rb') as file:
    n = int.from_bytes(file.read(8), 'little')
    header, data = json.loads(file.read(n)), file.read()
at = {name: header[name]['data_offsets'] for name in ('norms', 'variance')}
norms, variances = (struct.unpack('<100f', data[at[name][0]:at[name][1]])
                    for name in ('norms', 'variance'))
kept = sorted((n * n / (n * n + v)) ** .5 for n, v in zip(norms, variances))
wanted = sorted(map(float, open('sure')))
assert all(abs(a - b) < 1e-3 for a, b in zip(kept, wanted)), (kept, wanted)
for version, path in (str(1 << 60), 'other.factors'), (None, 'old.factors'):
    header['__metadata__'].update({'ltrec.checksum': 'none'})
    header['__metadata__'].pop('ltrec.feature_version')
    if version:
        header['__metadata__']['ltrec.feature_version'] = version
    text = json.dumps(header).encode()
    text += b' ' * (-(len(text) + 8) % 64)
    open(path, 'wb').write(len(text).to_bytes(8, 'little') + text + data)
    header['__metadata__']['ltrec.feature_version'] = ''
END
expect 1 index add --index p.index --factors other.factors
says "vectors predicted from features 1000000000000000, wanted"
expect 1 similar "$played" --index p.index --predicted other.factors
says "vectors predicted from features 1000000000000000, wanted"
expect 1 predict --model named.model --catalog C.db --factors other.factors \
    --out x
says "trained on features $version, not 1000000000000000"
expect 1 explain "$played" "$path" --predicted other.factors \
    --model named.model
says "trained on features $version, not 1000000000000000"
expect 1 similar "$played" --factors p.factors --predicted other.factors
says "other.factors: predicted from other features than p.factors"
expect 1 report --factors p.factors --predicted other.factors --out x.html
says "other.factors: predicted from other features than p.factors"
expect 1 index add --index p.index --factors p.factors
says "is in the index already"
expect 1 index add --index p.index --factors old.factors
says "is in the index"
expect 0 similar "$played" --factors p.factors --predicted old.factors

expect 0 evaluate content --plays demo/plays.tsv --items demo/items.tsv \
    --catalog C.db --rows audio --rank 8 --folds 2 --network small \
    --patch-seconds 5 --max-epochs 1 --json
is_json
prints '"row":"audio"'

# ---- The page -------------------------------------------------------------

expect 0 report --catalog C.db --out heard.html
says "100 tracks on a page"
expect 0 report --catalog C.db --factors named.factors --plays named.tsv \
    --pictures 5 --out both.html
python3 - << 'END' || fail "the pages do not show what they should"
import json, re
def page(name):
    return json.loads(re.search(r'id="data">(.*?)</script>',
                                open(name, encoding='utf-8').read(),
                                re.S).group(1))
heard, both = page('heard.html'), page('both.html')
assert len(heard['pictures']) == len(heard['name']) == 100
assert all(title for title in heard['title'])
assert heard['genres'] and not any(heard['cold'])
assert len(both['name']) == 100 and 0 < sum(both['cold']) < 100
assert len(both['pictures']) == 5 and both['by_listeners']
END
cp C.db bare.db
python3 -c "import sqlite3
base = sqlite3.connect('bare.db')
base.execute('UPDATE tracks SET factor = NULL')
base.commit()"
expect 1 report --catalog bare.db --out x.html
says "bare.db: no track has factors; scan with --model"
expect 2 report --out x.html
says "--factors or --catalog is missing"
expect 2 report --catalog C.db --predicted p.factors --out x.html
says "--predicted and --catalog both have predictions"

# A name that is not UTF-8, and a title that ends within a character.
mkdir odd
cp "$path" "$(printf 'odd/caf\351.flac')"
expect 0 scan odd --catalog O.db --model named.model
python3 - << 'END'
import sqlite3
base = sqlite3.connect('O.db')
base.execute("UPDATE tracks SET title = CAST(x'C3A5C3' AS TEXT)")
base.commit()
END
expect 0 report --catalog O.db --out odd.html
grep -qF 'caf\\xE9.flac' odd.html && grep -qF '"title":["å\\xC3"]' odd.html ||
    fail "what is not UTF-8 is lost"

# ---- A catalogue of somebody else's --------------------------------------

# Not even root may write into such a folder without this right.
onlooker="$ltrec"
[ "$(id -u)" -ne 0 ] || onlooker="setpriv --bounding-set -dac_override,-dac_read_search
    --inh-caps -dac_override,-dac_read_search $ltrec"
mkdir 'their 50%?#'
cp C.db C.mels 'their 50%?#'
chmod a-w 'their 50%?#' 'their 50%?#'/C.*
if $onlooker --version > stdout 2> stderr; then
    expect 0 similar 1 --catalog C.db
    mv stdout ours
    ln -s 'their 50%?#/C.db' theirs.db
    for theirs in 'their 50%?#/C.db' "$work/their 50%?#/C.db" theirs.db; do
        $onlooker similar 1 --catalog "$theirs" > stdout 2> stderr ||
            fail "what may not be written to is not read: $theirs"
        cmp -s stdout ours || fail "a catalogue of somebody else's differs"
    done
    for version in 2 1; do
        $onlooker predict --model named.model --out theirs.factors \
            --catalog 'their 50%?#/C.db' > stdout 2> stderr ||
            fail "the sound of somebody else's catalogue is not read"
        chmod u+w 'their 50%?#' 'their 50%?#'/C.*
        sql 'their 50%?#/C.mels' 'DROP INDEX IF EXISTS mel_tracks'
        sql 'their 50%?#/C.mels' 'PRAGMA user_version = 1'
        chmod a-w 'their 50%?#' 'their 50%?#'/C.*
    done
    $onlooker scan demo/music --catalog 'their 50%?#/C.db' > stdout 2> stderr
    [ $? -eq 1 ] || fail "a scan into somebody else's folder"
    says "Permission denied"
else
    echo "skipped: catalogues that may not be written to (no setpriv)"
fi
chmod u+w 'their 50%?#' 'their 50%?#'/C.*

# ---- Twins, and what has no factors --------------------------------------

cp "$path" twin.flac
printf 'nothing' > broken.mp3
expect 3 scan demo/music twin.flac broken.mp3 --catalog C.db
expect 1 similar "$names" --catalog C.db
says "2 tracks are called"
expect 1 similar broken.mp3 --catalog C.db
says "has no factors: not a sound file"
