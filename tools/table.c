/*
 * table.c - tables with a header line
 */
#include "table.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "fields.h"
#include "lines.h"
#include "number.h"

/* As much of a field as a message quotes. */
#define QUOTED 40

struct table {
    struct lines *lines;
    int skip_bad;
    int commas; /* separate fields, and quotes mean something */
    int again;  /* the header is handed out as a row */
    uint64_t skipped;
    char **names; /* [n_columns], the header */
    size_t n_columns;
    struct field *fields; /* [n_columns], the row */
};

/* ---- The header --------------------------------------------------------- */

/* The fields of the line last read; 0 having said why there are none. */
static size_t split(const struct table *table, char *text, size_t length,
                    size_t room, ltrec_error *err)
{
    size_t n, broken = 0;

    if (!table->commas)
        return fields_at_tabs(text, length, table->fields, room);
    n = fields_at_commas(text, length, table->fields, room, &broken);
    if (n == 0)
        tool_fail(err, LTREC_ERR_FORMAT,
                  "%s: line %llu, column %zu: holds a tab, or a quote that "
                  "does not end before a comma on its line",
                  lines_name(table->lines),
                  (unsigned long long)lines_number(table->lines), broken);
    return n;
}

static int read_header(struct table *table, ltrec_error *err)
{
    const char *name = lines_name(table->lines);
    char *text;
    size_t length, n;
    int status = lines_next(table->lines, &text, &length, err);

    if (status < 0)
        return status;
    if (status == 0 || length == 0)
        return tool_fail(err, LTREC_ERR_FORMAT,
                         "%s: line 1, column 1: no header line with the "
                         "names of the columns",
                         name);
    table->fields = tool_alloc(TABLE_COLUMNS, sizeof *table->fields);
    table->commas = !memchr(text, '\t', length) && memchr(text, ',', length);
    n = split(table, text, length, TABLE_COLUMNS, err);
    if (n == 0)
        return LTREC_ERR_FORMAT;
    if (n > TABLE_COLUMNS)
        return tool_fail(err, LTREC_ERR_FORMAT,
                         "%s: line 1, column %d: more than %d columns", name,
                         TABLE_COLUMNS + 1, TABLE_COLUMNS);
    table->names = tool_alloc(n, sizeof *table->names);
    table->n_columns = n;
    for (size_t i = 0; i < n; i++)
        table->names[i] = tool_copy_text(table->fields[i].text);
    return LTREC_OK;
}

static int start(struct lines *lines, int skip_bad, struct table **out,
                 ltrec_error *err)
{
    struct table *table = tool_alloc(1, sizeof *table);
    int status;

    table->lines = lines;
    table->skip_bad = skip_bad;
    status = read_header(table, err);
    if (status != LTREC_OK) {
        table_close(table);
        return status;
    }
    *out = table;
    return LTREC_OK;
}

int table_open(const char *path, int skip_bad, struct table **out,
               ltrec_error *err)
{
    struct lines *lines;
    int status;

    *out = NULL;
    status = lines_open(path, &lines, err);
    return status == LTREC_OK ? start(lines, skip_bad, out, err) : status;
}

int table_open_stream(FILE *stream, const char *name, int skip_bad,
                      struct table **out, ltrec_error *err)
{
    *out = NULL;
    return start(lines_open_stream(stream, name), skip_bad, out, err);
}

void table_close(struct table *table)
{
    if (!table)
        return;
    for (size_t i = 0; i < table->n_columns; i++)
        free(table->names[i]);
    free(table->names);
    free(table->fields);
    lines_close(table->lines);
    free(table);
}

/* ---- Columns ------------------------------------------------------------ */

int table_has_commas(const struct table *table)
{
    return table->commas;
}

size_t table_columns(const struct table *table)
{
    return table->n_columns;
}

const char *table_column_name(const struct table *table, size_t column)
{
    return table->names[column];
}

int table_want(const struct table *table, const char *name, int *column,
               ltrec_error *err)
{
    *column = -1;
    for (size_t i = 0; i < table->n_columns; i++) {
        if (strcmp(table->names[i], name) != 0)
            continue;
        if (*column >= 0)
            return tool_fail(err, LTREC_ERR_FORMAT,
                             "%s: line 1, column %zu: a second column '%s'",
                             lines_name(table->lines), i + 1, name);
        *column = (int)i;
    }
    return LTREC_OK;
}

/* Write the first names to `list`, as many as fit whole. */
static void list_names(const struct table *table, char list[QUOTED])
{
    size_t used = 0;

    list[0] = '\0';
    for (size_t i = 0; i < table->n_columns; i++) {
        size_t length = strlen(table->names[i]) + 2;

        if (used + length >= QUOTED)
            return;
        memcpy(list + used, ", ", 2);
        memcpy(list + used + 2, table->names[i], length - 1);
        used += length;
    }
}

int table_need(const struct table *table, const char *name, int *column,
               ltrec_error *err)
{
    char list[QUOTED];
    int status = table_want(table, name, column, err);

    if (status != LTREC_OK || *column >= 0)
        return status;
    list_names(table, list);
    return tool_fail(err, LTREC_ERR_FORMAT,
                     "%s: line 1, column %zu: no column '%s' among the "
                     "%s-separated names: %s",
                     lines_name(table->lines), table->n_columns, name,
                     table->commas ? "comma" : "tab",
                     list[0] ? list + 2 : "(long ones)");
}

/* ---- Rows --------------------------------------------------------------- */

/* The next line that is not empty; empty ones are fine before the end. */
static int read_line(struct table *table, char **text, size_t *length,
                     ltrec_error *err)
{
    unsigned long long empty = 0;
    int status;

    for (;;) {
        status = lines_next(table->lines, text, length, err);
        if (status != 1 || *length > 0)
            break;
        if (empty == 0)
            empty = lines_number(table->lines);
    }
    if (empty == 0 || status == 0 ||
        (status < 0 && status != LTREC_ERR_FORMAT))
        return status;
    if (table->skip_bad) {
        table->skipped++;
        return status;
    }
    return tool_fail(err, LTREC_ERR_FORMAT,
                     "%s: line %llu, column 1: an empty line before the end",
                     lines_name(table->lines), empty);
}

static int read_row(struct table *table, ltrec_error *err)
{
    char *text;
    size_t length, n;
    int status = read_line(table, &text, &length, err);

    if (status != 1)
        return status;
    n = split(table, text, length, table->n_columns, err);
    if (n == 0)
        return LTREC_ERR_FORMAT;
    if (n != table->n_columns)
        return tool_fail(err, LTREC_ERR_FORMAT,
                         "%s: line %llu, column %zu: %zu fields, the header "
                         "has %zu",
                         lines_name(table->lines),
                         (unsigned long long)lines_number(table->lines),
                         (n < table->n_columns ? n : table->n_columns) + 1, n,
                         table->n_columns);
    return 1;
}

void table_header_is_row(struct table *table)
{
    table->again = 1;
}

int table_next(struct table *table, ltrec_error *err)
{
    int status;

    if (table->again) {
        table->again = 0;
        for (size_t i = 0; i < table->n_columns; i++) {
            table->fields[i].text = table->names[i];
            table->fields[i].length = strlen(table->names[i]);
        }
        return 1;
    }
    do {
        status = read_row(table, err);
    } while (status < 0 && table_pass_over(table, status) == LTREC_OK);
    return status;
}

const char *table_text(const struct table *table, int column)
{
    return table->fields[column].text;
}

size_t table_length(const struct table *table, int column)
{
    return table->fields[column].length;
}

int table_id(struct table *table, int column, const char **id, size_t *length,
             ltrec_error *err)
{
    *id = table_text(table, column);
    *length = table_length(table, column);
    if (*length == 0)
        return table_refuse(table, column, err, "is empty");
    return LTREC_OK;
}

int table_number(struct table *table, int column, double low, double high,
                 double *out, ltrec_error *err)
{
    const char *text = table_text(table, column);
    double value = 0;

    switch (number_parse(text, table_length(table, column), &value)) {
    case NUMBER_MALFORMED:
        return table_refuse(table, column, err, "'%.*s' is not a number",
                            QUOTED, text);
    case NUMBER_NOT_FINITE:
        return table_refuse(table, column, err, "'%.*s' is not finite", QUOTED,
                            text);
    }
    if (value < low || value > high)
        return table_refuse(table, column, err, "%.*s is not from %g to %g",
                            QUOTED, text, low, high);
    *out = value;
    return LTREC_OK;
}

int table_refuse(const struct table *table, int column, ltrec_error *err,
                 const char *format, ...)
{
    char reason[128];
    va_list args;

    va_start(args, format);
    vsnprintf(reason, sizeof reason, format, args);
    va_end(args);
    return tool_fail(err, LTREC_ERR_FORMAT,
                     "%s: line %llu, column %d (%.*s): %s",
                     lines_name(table->lines),
                     (unsigned long long)lines_number(table->lines),
                     column + 1, QUOTED, table->names[column], reason);
}

int table_pass_over(struct table *table, int status)
{
    if (status != LTREC_ERR_FORMAT || !table->skip_bad)
        return status;
    table->skipped++;
    return LTREC_OK;
}

uint64_t table_skipped(const struct table *table)
{
    return table->skipped;
}

uint64_t table_line(const struct table *table)
{
    return lines_number(table->lines);
}

const char *table_name(const struct table *table)
{
    return lines_name(table->lines);
}
