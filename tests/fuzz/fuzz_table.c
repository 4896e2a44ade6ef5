/*
 * fuzz_table.c - any bytes as each kind of table, with tabs or with commas,
 * and as each other form that plays come in
 *
 * The first byte says which kind and whether broken rows are skipped.  What
 * is read must be sound: ids that are there, values in their range.
 */
#include <math.h>
#include <string.h>

#include "../../tools/features.h"
#include "../../tools/items.h"
#include "../../tools/plays.h"
#include "fuzz_file.h"

static void read_plays(const char *path, int skip, int timestamps)
{
    const struct plays_options options = {skip, timestamps};
    struct plays *plays;
    struct play play;
    ltrec_error err;
    int status;

    if (plays_open(path, &options, &plays, &err) != LTREC_OK)
        return;
    while ((status = plays_next(plays, &play, &err)) == 1) {
        fuzz_must(play.user < names_count(plays_users(plays)));
        fuzz_must(play.item < names_count(plays_items(plays)));
        fuzz_must(isfinite(play.count) && play.count != 0);
        fuzz_must(play.count > 0 || plays_have_ratings(plays));
    }
    fuzz_must(status == 0 || err.code == status);
    plays_close(plays);
}

static void read_items(const char *path, int skip)
{
    struct items *items;
    ltrec_error err;

    if (items_read(path, skip, &items, &err) != LTREC_OK)
        return;
    for (uint32_t i = 0; i < names_count(items_names(items)); i++) {
        fuzz_must(items_seconds(items, i) >= 0);
        for (int j = 0; j < ITEMS_TEXTS; j++) {
            const char *text = items_text(items, i, (enum items_text)j);

            fuzz_must(strchr(text, '\t') == NULL);
        }
    }
    items_free(items);
}

static void read_labels(const char *path, int skip)
{
    struct labels labels;
    ltrec_error err;

    if (labels_read(path, "attribute", skip, &labels, &err) != LTREC_OK)
        return;
    for (uint32_t i = 0; i < names_count(labels.items); i++)
        for (size_t j = labels.starts[i]; j < labels.starts[i + 1]; j++) {
            uint32_t column = labels.columns[j];
            float value = labels.values[j];

            fuzz_must(column < names_count(labels.labels));
            fuzz_must(value >= 0 && value <= 1);
            fuzz_must(labels_value(&labels, i, column) == value);
        }
    labels_free(&labels);
}

static void read_machine(const char *path, int skip)
{
    struct machine machine;
    ltrec_error err;
    size_t n;

    if (machine_read(path, skip, &machine, &err) != LTREC_OK)
        return;
    n = names_count(machine.items) * names_count(machine.columns);
    for (size_t i = 0; i < n; i++)
        fuzz_must(!isinf(machine.values[i]));
    machine_free(&machine);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *path;
    int skip;

    if (size < 1)
        return 0;
    path = fuzz_path(data + 1, size - 1);
    skip = data[0] >> 3 & 1;
    switch (data[0] & 7) {
    case 0:
        read_items(path, skip);
        break;
    case 1:
        read_labels(path, skip);
        break;
    case 2:
        read_machine(path, skip);
        break;
    case 3:
        read_plays(path, skip, 1);
        break;
    default:
        read_plays(path, skip, 0);
    }
    return 0;
}
