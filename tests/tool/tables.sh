# tables.sh - a small generated world of tables, for the tests that need one
#
# generate SEED ITEMS LISTENERS writes plays.tsv, items.tsv, attributes.tsv,
# genres.tsv, machine.tsv and kinds.tsv.  There are four kinds of tracks, kind
# i mod 4; listeners play mostly one kind, artists make only one kind, and
# every table tells the kind more or less plainly.  Every sixth item is cold:
# its plays are in future.tsv instead.
generate() {
    awk -v seed="$1" -v items="$2" -v listeners="$3" '
    function out(file, text) { print text > file }
    BEGIN {
        srand(seed)
        out("plays.tsv", "user\titem\tcount")
        out("future.tsv", "user\titem\tcount")
        out("items.tsv", "item\tartist\ttitle")
        out("attributes.tsv", "item\tattribute\tvalue")
        out("genres.tsv", "item\tgenre")
        out("machine.tsv", "item\ttempo\tloud\tbright")
        out("cold.tsv", "item")
        for (i = 0; i < items; i++) {
            kind = i % 4
            out("items.tsv", sprintf("i%d\tArtist %d-%d\tTitle %d", i, kind,
                int(i / 24), i))
            for (a = 0; a < 6; a++)
                if (rand() < (a % 4 == kind ? 0.9 : 0.15))
                    out("attributes.tsv", sprintf("i%d\ta%d\t%.2f", i, a,
                        0.5 + rand() / 2))
            out("attributes.tsv", sprintf("i%d\tmusic\t", i))
            out("genres.tsv", sprintf("i%d\tg%d", i,
                rand() < 0.9 ? kind : int(4 * rand())))
            out("machine.tsv", sprintf("i%d\t%.3f\t%s\t%.6f", i,
                60 + 40 * kind + 30 * rand(),
                rand() < 0.1 ? "" : sprintf("%.2f", -kind * kind + rand()),
                1e-6 * ((kind > 1) + rand() / 2)))
            if (i % 6 == 5)
                out("cold.tsv", "i" i)
            for (u = 0; u < listeners; u++)
                if (rand() < (u % 4 == kind ? 0.35 : 0.03))
                    out(i % 6 == 5 ? "future.tsv" : "plays.tsv",
                        sprintf("u%d\ti%d\t%d", u, i, 1 + 4 * rand()))
        }
    }'
    { cat plays.tsv; sed 1d future.tsv; } > all.tsv
}
