/*
 * features.c - what is known of the tracks by number
 */
#include "features.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "table.h"

/* ---- Long tables -------------------------------------------------------- */

/* One line of the table. */
struct entry {
    uint32_t row, column;
    float value;
};

struct entries {
    struct entry *at;
    size_t n, capacity;
};

struct long_columns {
    int item, label, value;
};

static int read_entry(struct table *table, const struct long_columns *columns,
                      struct labels *labels, struct entries *entries,
                      ltrec_error *err)
{
    const char *item, *label;
    size_t item_length, label_length;
    struct entry entry;
    double value = 1;
    int status = table_id(table, columns->item, &item, &item_length, err);

    if (status == LTREC_OK)
        status = table_id(table, columns->label, &label, &label_length, err);
    if (status == LTREC_OK && columns->value >= 0 &&
        table_length(table, columns->value) > 0)
        status = table_number(table, columns->value, 0, 1, &value, err);
    if (status != LTREC_OK)
        return status;
    entry.value = (float)value;
    status = names_add(labels->items, item, item_length, &entry.row, err);
    if (status == LTREC_OK)
        status =
            names_add(labels->labels, label, label_length, &entry.column, err);
    if (status != LTREC_OK)
        return status;
    entries->at = tool_grow(entries->at, &entries->capacity, entries->n + 1,
                            sizeof *entries->at);
    entries->at[entries->n++] = entry;
    return LTREC_OK;
}

static int read_entries(struct table *table, const char *column,
                        struct labels *labels, struct entries *entries,
                        ltrec_error *err)
{
    struct long_columns columns;
    int status = table_need(table, "item", &columns.item, err);

    if (status == LTREC_OK)
        status = table_need(table, column, &columns.label, err);
    if (status == LTREC_OK)
        status = table_want(table, "value", &columns.value, err);
    if (status != LTREC_OK)
        return status;
    while ((status = table_next(table, err)) == 1) {
        status = read_entry(table, &columns, labels, entries, err);
        status = table_pass_over(table, status);
        if (status != LTREC_OK)
            return status;
    }
    return status;
}

/* By row, then column, then value with the largest first. */
static int compare_entries(const void *left, const void *right)
{
    const struct entry *a = left, *b = right;

    if (a->row != b->row)
        return a->row < b->row ? -1 : 1;
    if (a->column != b->column)
        return a->column < b->column ? -1 : 1;
    return (a->value < b->value) - (a->value > b->value);
}

static void pack_entries(struct labels *labels, struct entries *entries)
{
    size_t rows = names_count(labels->items), n = 0;

    labels->starts = tool_alloc(rows + 1, sizeof *labels->starts);
    labels->columns = tool_alloc(entries->n, sizeof *labels->columns);
    labels->values = tool_alloc(entries->n, sizeof *labels->values);
    if (entries->n > 0)
        qsort(entries->at, entries->n, sizeof *entries->at, compare_entries);
    for (size_t i = 0; i < entries->n; i++) {
        const struct entry *entry = &entries->at[i];

        if (i > 0 && entry[-1].row == entry->row &&
            entry[-1].column == entry->column)
            continue;
        labels->columns[n] = entry->column;
        labels->values[n] = entry->value;
        labels->starts[entry->row + 1] = ++n;
    }
}

int labels_read(const char *path, const char *column, int skip_bad,
                struct labels *out, ltrec_error *err)
{
    struct entries entries = {0};
    struct table *table;
    int status;

    memset(out, 0, sizeof *out);
    status = table_open(path, skip_bad, &table, err);
    if (status != LTREC_OK)
        return status;
    out->items = names_create("item");
    out->labels = names_create(column);
    status = read_entries(table, column, out, &entries, err);
    out->skipped = table_skipped(table);
    table_close(table);
    if (status == LTREC_OK)
        pack_entries(out, &entries);
    else
        labels_free(out);
    free(entries.at);
    return status;
}

void labels_free(struct labels *labels)
{
    names_free(labels->items);
    names_free(labels->labels);
    free(labels->starts);
    free(labels->columns);
    free(labels->values);
    memset(labels, 0, sizeof *labels);
}

float labels_value(const struct labels *labels, uint32_t row, uint32_t column)
{
    size_t low = labels->starts[row], high = labels->starts[row + 1];

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (labels->columns[middle] < column)
            low = middle + 1;
        else
            high = middle;
    }
    return low < labels->starts[row + 1] && labels->columns[low] == column
               ? labels->values[low]
               : 0;
}

/* ---- Wide tables -------------------------------------------------------- */

/* Every column but the item's, in the table's order. */
static int name_columns(struct table *table, int item, struct names *columns,
                        ltrec_error *err)
{
    for (size_t i = 0; i < table_columns(table); i++) {
        const char *name = table_column_name(table, i);
        uint32_t number;
        int column, status = table_want(table, name, &column, err);

        if (status == LTREC_OK && (int)i != item)
            status = names_add(columns, name, strlen(name), &number, err);
        if (status != LTREC_OK)
            return status;
    }
    if (names_count(columns) == 0)
        return table_refuse(table, item, err,
                            "no column of numbers beside the item");
    return LTREC_OK;
}

/* Read the cells of a row into values[columns]. */
static int read_cells(struct table *table, int item, float *values,
                      ltrec_error *err)
{
    for (size_t i = 0; i < table_columns(table); i++) {
        double value = (double)NAN;
        int status = LTREC_OK;

        if ((int)i == item)
            continue;
        if (table_length(table, (int)i) > 0)
            status = table_number(table, (int)i, -(double)FLT_MAX,
                                  (double)FLT_MAX, &value, err);
        if (status != LTREC_OK)
            return status;
        *values++ = (float)value;
    }
    return LTREC_OK;
}

static int read_wide_row(struct table *table, int item,
                         struct machine *machine, size_t *capacity,
                         ltrec_error *err)
{
    size_t n = names_count(machine->items);
    size_t width = names_count(machine->columns);
    const char *id;
    size_t length;
    uint32_t number;
    int status = table_id(table, item, &id, &length, err);

    if (status != LTREC_OK)
        return status;
    if (names_find(machine->items, id, length, &number))
        return table_refuse(table, item, err, "'%.40s' was there before", id);
    machine->values = tool_grow(machine->values, capacity, (n + 1) * width,
                                sizeof *machine->values);
    status = read_cells(table, item, machine->values + n * width, err);
    return status == LTREC_OK
               ? names_add(machine->items, id, length, &number, err)
               : status;
}

static int read_wide_rows(struct table *table, struct machine *machine,
                          ltrec_error *err)
{
    size_t capacity = 0;
    int item, status = table_need(table, "item", &item, err);

    if (status == LTREC_OK)
        status = name_columns(table, item, machine->columns, err);
    if (status != LTREC_OK)
        return status;
    while ((status = table_next(table, err)) == 1) {
        status = read_wide_row(table, item, machine, &capacity, err);
        status = table_pass_over(table, status);
        if (status != LTREC_OK)
            return status;
    }
    return status;
}

int machine_read(const char *path, int skip_bad, struct machine *out,
                 ltrec_error *err)
{
    struct table *table;
    int status;

    memset(out, 0, sizeof *out);
    status = table_open(path, skip_bad, &table, err);
    if (status != LTREC_OK)
        return status;
    out->items = names_create("item");
    out->columns = names_create("column");
    status = read_wide_rows(table, out, err);
    out->skipped = table_skipped(table);
    table_close(table);
    if (status != LTREC_OK)
        machine_free(out);
    return status;
}

void machine_free(struct machine *machine)
{
    names_free(machine->items);
    names_free(machine->columns);
    free(machine->values);
    memset(machine, 0, sizeof *machine);
}
