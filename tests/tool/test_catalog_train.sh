#!/bin/sh
#
# test_catalog_train.sh - what learns from a catalogue, and what it writes

. "$(dirname "$0")/common.sh"
. "$tests/music.sh"

played_music
train="--branch audio --network small --patch-seconds 5 --max-epochs 2"
few="--max-epochs 2 --hidden 8"
expect 0 factorize --plays named.tsv --rank 8 --out named.factors
expect 0 train $train --factors named.factors --catalog C.db --out named.model

# Plays call the tracks by artist and title, and no table of items is needed.
expect 0 evaluate content --plays named.tsv --catalog C.db --rows genre \
    --rank 4 --folds 2 --json --quiet $few
python3 - << 'END' || fail "a catalogue's tracks are not those of the plays"
import json
rows = [json.loads(line) for line in open('stdout')]
assert all(row['items'] > 20 for row in rows), rows
END

# ---- Rows of another front end -------------------------------------------

expect 0 scan demo/music --catalog E.db --preset musicnn
expect 1 predict --model named.model --catalog E.db --out x
says "its rows are of another front end than the model's"
expect 0 scan demo/music --catalog Q.db --preset cqt
expect 1 predict --model named.model --catalog Q.db --out x
says "its rows are of another front end than the model's"
expect 0 train --branch audio --network flatten --patch-seconds 6 \
    --max-epochs 1 --factors named.factors --catalog Q.db --out flatten.model
expect 0 predict --model flatten.model --catalog Q.db --out x
prints "100 tracks predicted"
rm x
expect 1 predict --model flatten.model --catalog Q.db --out x --hear whole
says "the network for sound flattens patches of"
[ ! -e x ] || fail "a model that cannot has predicted"
expect 0 scan demo/music --catalog Q.db --model flatten.model --json
prints '"predicted":100'
expect 1 scan demo/music --catalog Q.db --preset librosa
says "--preset librosa: the model of the last scan is of another front end"
expect 0 scan demo/music --catalog Q.db --preset cqt
expect 1 scan demo/music --catalog Q.db --preset librosa --model flatten.model
says "--preset librosa: the model is of another front end"
expect 0 scan demo/music --catalog Q.db --preset cqt --model flatten.model
expect 1 train $train --factors named.factors --catalog E.db --out x \
    --preset librosa
says "--preset librosa: the catalogue's rows are of another front end"
expect 0 train $train --factors named.factors --catalog E.db --out x \
    --preset musicnn
cp E.db lost.db
expect 1 train $train --factors named.factors --catalog lost.db --out x
says "lost.mels: the rows of mel are not there; scan again"
ln -s nowhere/lost.mels lost.mels
expect 1 train $train --factors named.factors --catalog lost.db --out x
says "lost.mels: cannot reach the rows of mel: No such file or directory"

# ---- Spectrograms in a file ----------------------------------------------

# They are the same, unless the disk does not take it.
mkdir scratch
expect 0 train $train --factors named.factors --catalog C.db --out memory.model
expect 0 train $train --factors named.factors --catalog C.db --out file.model \
    --scratch scratch
cmp -s memory.model file.model || fail "scratch makes another model"
[ -z "$(ls scratch)" ] || fail "scratch is left"
expect 1 train $train --factors named.factors --catalog C.db --out x \
    --scratch nowhere
says "nowhere: cannot create a file in it"
cp C.db much.db
cp C.mels much.mels
python3 -c "import sqlite3
base = sqlite3.connect('much.db')
base.execute('UPDATE tracks SET rows = 1 << 40 WHERE id = 5')
base.commit()"
expect 0 train $train --factors named.factors --catalog much.db \
    --out scratch/model
says "GB of spectrograms: in a file without a name in scratch"
cmp -s memory.model scratch/model || fail "a large catalogue is another"
expect 2 train --branch audio --network deep --factors named.factors \
    --catalog Q.db --out x
says "wanted one of reference, small, flatten"

# ---- Albums of a table ---------------------------------------------------

# Of one name and of nobody, they are kept apart by the artists of the tags.
python3 - << 'END'
import sqlite3
names = {}
with open('hits.tsv', 'w') as f:
    print('item', 'artist', 'title', 'path', 'album', sep='\t', file=f)
    for number, path, artist, title in sqlite3.connect('C.db').execute(
            'SELECT id, path, artist, title FROM tracks'):
        names[artist + ' - ' + title] = 'h%d' % number
        print('h%d' % number, '', '', path.decode(), 'Hits', sep='\t', file=f)
with open('named.tsv') as plays, open('hits_plays.tsv', 'w') as f:
    print(next(plays), end='', file=f)
    for line in plays:
        user, item, count = line.rstrip('\n').split('\t')
        print(user, names[item], count, sep='\t', file=f)
END
expect 0 factorize --plays hits_plays.tsv --rank 8 --out hits.factors
expect 0 train --branch genre --factors hits.factors --catalog C.db \
    --items hits.tsv --split album $few --out x --json
is_json
! grep -q '"validation_tracks":0,' stdout || fail "all albums are one"

# ---- Factors under the catalogue's name ----------------------------------

# What others keep under the name of its factors stays as it is, and what is
# damaged; also where there is no catalogue yet, and then none is made.
head -c 3000 named.factors > damaged.factors
for theirs in named.factors demo/items.tsv damaged.factors; do
    what="not a scan's, or damaged"
    [ $theirs != named.factors ] || what="not from a scan"
    cp $theirs C.factors
    cp $theirs K.factors
    expect 0 scan demo/music --catalog C.db
    for catalog in C K; do
        expect 1 scan demo/music --catalog $catalog.db --model named.model
        says "$catalog.factors: $what, and a scan would replace it; move it"
        cmp -s $theirs $catalog.factors || fail "a scan has replaced $theirs"
    done
    [ ! -e K.db ] || fail "a scan that is refused leaves a catalogue"
done

# A newer file, and one that cannot be read, are told as what they are.
python3 - << 'END'
import json
with open('named.factors', 'rb') as file:
    n = int.from_bytes(file.read(8), 'little')
    header, data = json.loads(file.read(n)), file.read()
header['__metadata__'].update({'ltrec.checksum': 'none', 'ltrec.format': '99'})
text = json.dumps(header).encode()
text += b' ' * (-(len(text) + 8) % 64)
with open('C.factors', 'wb') as file:
    file.write(len(text).to_bytes(8, 'little') + text + data)
END
expect 1 scan demo/music --catalog C.db --model named.model
says "format 99 of kind 'factors', this libltrec reads up to"
rm C.factors
ln -s C.factors C.factors
expect 1 scan demo/music --catalog C.db --model named.model
says "C.factors: cannot open"
