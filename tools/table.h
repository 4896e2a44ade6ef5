/*
 * table.h - tables with a header line
 *
 *     table_open("plays.tsv", 0, &table, &err);
 *     table_need(table, "user", &user, &err);
 *     while ((status = table_next(table, &err)) == 1)
 *         puts(table_text(table, user));
 *
 * Columns are found by the names in the first line; columns nobody asks for
 * are ignored.  Every row has as many fields as the header.  A field is what
 * stands between two tabs, quotes and blanks included.  A header without a tab
 * but with a comma makes a table of comma-separated values (RFC 4180): a field
 * may stand in quotes, and two of them in it are one; it holds no tab and ends
 * on its line.  Empty lines may stand only at the end.  What lines.h refuses
 * is refused here.
 *
 * A broken row is an error whose message names file, line and column.  A
 * reader that was opened to skip bad rows counts it instead and goes on; that
 * never covers the header or a failing disk.
 */
#ifndef TABLE_H
#define TABLE_H

#include <stdio.h>

#include "tool.h"

/* No table has more columns. */
#define TABLE_COLUMNS 4096

struct table;

/* Open a file ("-": standard input) and read its header. */
int table_open(const char *path, int skip_bad, struct table **out,
               ltrec_error *err);

/* The same of an open stream, which stays the caller's. */
int table_open_stream(FILE *stream, const char *name, int skip_bad,
                      struct table **out, ltrec_error *err);

/* Accepts NULL. */
void table_close(struct table *table);

/* ---- Columns ------------------------------------------------------------ */

/* Whether commas separate its fields, not tabs. */
int table_has_commas(const struct table *table);

size_t table_columns(const struct table *table);
const char *table_column_name(const struct table *table, size_t column);

/* The column of that name, or -1; two of the same name are an error. */
int table_want(const struct table *table, const char *name, int *column,
               ltrec_error *err);

/* The same, but its absence is an error that lists what there is. */
int table_need(const struct table *table, const char *name, int *column,
               ltrec_error *err);

/* ---- Rows --------------------------------------------------------------- */

/* It turned out to be no header: hand it out as the first row. */
void table_header_is_row(struct table *table);

/* 1 with a row, 0 at the end, or a negative status. */
int table_next(struct table *table, ltrec_error *err);

/* A field of the row last read, valid until the next. */
const char *table_text(const struct table *table, int column);
size_t table_length(const struct table *table, int column);

/* A field that may not be empty, such as an id. */
int table_id(struct table *table, int column, const char **id, size_t *length,
             ltrec_error *err);

/* A finite number from `low` to `high`. */
int table_number(struct table *table, int column, double low, double high,
                 double *out, ltrec_error *err);

/* Refuse the row for what stands in `column`: LTREC_ERR_FORMAT. */
int table_refuse(const struct table *table, int column, ltrec_error *err,
                 const char *format, ...) TOOL_PRINTF(4, 5);

/*
 * What a failing row comes to: LTREC_OK when bad rows are skipped and this is
 * one, which is then counted; `status` otherwise.
 */
int table_pass_over(struct table *table, int status);

/* Rows that were skipped as bad. */
uint64_t table_skipped(const struct table *table);

/* The number of the line last read, from 1, and the file's name. */
uint64_t table_line(const struct table *table);
const char *table_name(const struct table *table);

#endif /* TABLE_H */
