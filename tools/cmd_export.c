/*
 * cmd_export.c - ltrec export ...: factors for other programs
 *
 * Databases get SQL, to be read by psql or by sqlite3 with the extension
 * loaded.  Floats are written with 9 digits, which is all of them.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "commands.h"
#include "npy.h"
#include "output.h"
#include "term.h"
#include "vectors.h"

struct work {
    ltrec_context *ctx;
    ltrec_factors *factors;
    size_t n, rank; /* rows that are written */
    uint32_t *rows; /* [n] */
    float *vectors; /* [n][rank] */
    const char *table;
};

/* ---- Rows --------------------------------------------------------------- */

/* A row's name, or its id in digits. */
static const char *name_of(const struct work *work, size_t i, char digits[24])
{
    const char *name = ltrec_factors_name(work->factors, work->rows[i]);

    if (name && *name)
        return name;
    snprintf(digits, 24, "%" PRIu64,
             ltrec_factors_ids(work->factors)[work->rows[i]]);
    return digits;
}

/* All rows, or those with a direction; of unit length if that is wanted. */
static void take_rows(struct work *work, int all, int unit)
{
    const ltrec_factors *f = work->factors;
    size_t count = ltrec_factors_count(f);

    work->rank = ltrec_factors_rank(f);
    work->rows = tool_alloc(count, sizeof *work->rows);
    work->vectors = tool_alloc(count, work->rank * sizeof *work->vectors);
    for (size_t row = 0; row < count; row++) {
        float norm = ltrec_factors_norms(f)[row];
        const float *from = ltrec_factors_vectors(f) + row * work->rank;
        float *to = work->vectors + work->n * work->rank;

        if (!all && !(norm > 0))
            continue;
        for (size_t j = 0; j < work->rank; j++)
            to[j] = unit && norm > 0 ? from[j] / norm : from[j];
        work->rows[work->n++] = (uint32_t)row;
    }
}

/* Texts without an escape cannot hold what ends them. */
static int check_names(const struct work *work, ltrec_error *err)
{
    char digits[24];

    for (size_t i = 0; i < work->n; i++)
        if (strpbrk(name_of(work, i, digits), "\t\n\r"))
            return tool_fail(err, LTREC_ERR_ARGUMENT,
                             "row %u: its name has a tab or a line end",
                             (unsigned)work->rows[i]);
    return LTREC_OK;
}

/* ---- Forms -------------------------------------------------------------- */

static void write_tsv(const struct work *work, FILE *to)
{
    char digits[24];

    fputs("item", to);
    for (size_t j = 0; j < work->rank; j++)
        fprintf(to, "\tf%zu", j + 1);
    fputc('\n', to);
    for (size_t i = 0; i < work->n; i++) {
        fputs(name_of(work, i, digits), to);
        for (size_t j = 0; j < work->rank; j++)
            fprintf(to, "\t%.9g", (double)work->vectors[i * work->rank + j]);
        fputc('\n', to);
    }
}

static void write_names(const struct work *work, FILE *to)
{
    char digits[24];

    for (size_t i = 0; i < work->n; i++)
        fprintf(to, "%s\n", name_of(work, i, digits));
}

/* A text in the form of COPY. */
static void write_copied(const char *text, FILE *to)
{
    for (; *text; text++)
        switch (*text) {
        case '\\':
            fputs("\\\\", to);
            break;
        case '\t':
            fputs("\\t", to);
            break;
        case '\n':
            fputs("\\n", to);
            break;
        case '\r':
            fputs("\\r", to);
            break;
        default:
            fputc(*text, to);
        }
}

static void write_pgvector(const struct work *work, FILE *to)
{
    const uint32_t *plays = ltrec_factors_plays(work->factors);
    char digits[24];

    fprintf(to,
            "CREATE EXTENSION IF NOT EXISTS vector;\n"
            "CREATE TABLE %s (item text PRIMARY KEY, listeners bigint, "
            "embedding vector(%zu));\n"
            "COPY %s (item, listeners, embedding) FROM stdin;\n",
            work->table, work->rank, work->table);
    for (size_t i = 0; i < work->n; i++) {
        write_copied(name_of(work, i, digits), to);
        if (plays)
            fprintf(to, "\t%" PRIu32 "\t[", plays[work->rows[i]]);
        else
            fputs("\t\\N\t[", to);
        for (size_t j = 0; j < work->rank; j++)
            fprintf(to, "%s%.9g", j > 0 ? "," : "",
                    (double)work->vectors[i * work->rank + j]);
        fputs("]\n", to);
    }
    fputs("\\.\n", to);
}

static void write_quoted(const char *text, FILE *to)
{
    fputc('\'', to);
    for (; *text; text++) {
        if (*text == '\'')
            fputc('\'', to);
        fputc(*text, to);
    }
    fputc('\'', to);
}

/* The extension takes little-endian floats as a blob. */
static void write_blob(const float *v, size_t n, FILE *to)
{
    fputs("X'", to);
    for (size_t j = 0; j < n; j++) {
        uint32_t bits;

        memcpy(&bits, &v[j], sizeof bits);
        for (int byte = 0; byte < 4; byte++)
            fprintf(to, "%02x", (unsigned)(bits >> (8 * byte) & 0xff));
    }
    fputc('\'', to);
}

static void write_sqlite_vec(const struct work *work, FILE *to)
{
    char digits[24];

    fprintf(to,
            "BEGIN;\n"
            "CREATE VIRTUAL TABLE %s USING vec0(item TEXT PRIMARY KEY, "
            "embedding FLOAT[%zu] distance_metric=cosine);\n",
            work->table, work->rank);
    for (size_t i = 0; i < work->n; i++) {
        fprintf(to, "INSERT INTO %s (item, embedding) VALUES (", work->table);
        write_quoted(name_of(work, i, digits), to);
        fputs(", ", to);
        write_blob(work->vectors + i * work->rank, work->rank, to);
        fputs(");\n", to);
    }
    fputs("COMMIT;\n", to);
}

static int write_text(const struct work *work, const char *path,
                      void (*form)(const struct work *, FILE *),
                      ltrec_error *err)
{
    struct output *output;
    int status = output_open(path, &output, err);

    if (status != LTREC_OK)
        return status;
    form(work, output_stream(output));
    return output_commit(output, err);
}

/* ---- Commands ----------------------------------------------------------- */

enum form {
    FORM_NPY,
    FORM_TSV,
    FORM_PGVECTOR,
    FORM_SQLITE_VEC
};

static int write_form(struct work *work, enum form form, struct args *args,
                      ltrec_error *err)
{
    const char *out = args_text(args, "out", "-"), *ids;
    const struct npy npy = {NPY_FLOAT32, 2, work->n, work->rank,
                            work->vectors};
    int status = LTREC_OK;

    switch (form) {
    case FORM_TSV:
        status = check_names(work, err);
        return status == LTREC_OK ? write_text(work, out, write_tsv, err)
                                  : status;
    case FORM_PGVECTOR:
        return write_text(work, out, write_pgvector, err);
    case FORM_SQLITE_VEC:
        return write_text(work, out, write_sqlite_vec, err);
    case FORM_NPY:
        break;
    }
    ids = args_text(args, "ids", NULL);
    if (ids)
        status = check_names(work, err);
    if (status == LTREC_OK)
        status = npy_write(out, &npy, err);
    return status == LTREC_OK && ids ? write_text(work, ids, write_names, err)
                                     : status;
}

static int export(struct work *work, enum form form, struct args *args,
                  ltrec_error *err)
{
    int status = vectors_read(work->ctx, args_text(args, "factors", NULL),
                              &work->factors, err);

    if (status != LTREC_OK)
        return status;
    take_rows(work, form == FORM_NPY || form == FORM_TSV,
              args_has(args, "unit"));
    status = write_form(work, form, args, err);
    if (status == LTREC_OK && work->n < ltrec_factors_count(work->factors))
        term_say("left out %zu rows without a direction",
                 ltrec_factors_count(work->factors) - work->n);
    return status;
}

static int is_table_name(const char *name)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyz"
                                  "ABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789";

    return *name && strlen(name) < 64 &&
           strspn(name, letters) == strlen(name) &&
           (*name < '0' || *name > '9');
}

static int run(struct args *args, enum form form)
{
    struct work work = {0};
    ltrec_error err = {0};
    int status;

    args_required(args, "factors");
    if (form == FORM_NPY)
        args_required(args, "out");
    work.table = form == FORM_PGVECTOR || form == FORM_SQLITE_VEC
                     ? args_text(args, "table", "tracks")
                     : "tracks";
    if (!is_table_name(work.table))
        args_wrong(args, "--table: '%.40s' is not letters, digits and _",
                   work.table);
    if (args_failed(args))
        return EXIT_USAGE;
    status = args_context(args, &work.ctx);
    if (status == EXIT_DONE)
        status = term_result(export(&work, form, args, &err), &err);
    ltrec_factors_free(work.factors);
    free(work.rows);
    free(work.vectors);
    ltrec_context_free(work.ctx);
    return status;
}

static int run_npy(struct args *args)
{
    return run(args, FORM_NPY);
}

static int run_tsv(struct args *args)
{
    return run(args, FORM_TSV);
}

static int run_pgvector(struct args *args)
{
    return run(args, FORM_PGVECTOR);
}

static int run_sqlite_vec(struct args *args)
{
    return run(args, FORM_SQLITE_VEC);
}

#define COMMON_OPTIONS \
    {"factors", "F", "the factor file to write out"}, \
        {"out", "O", "the file to write (default: standard output)"}, \
    { \
        "unit", NULL, "bring the vectors to unit length" \
    }

static const struct args_option npy_options[] = {
    COMMON_OPTIONS,
    {"ids", "I", "a text file to write, the id of each row on a line"},
    {NULL, NULL, NULL},
};

static const struct args_option tsv_options[] = {
    COMMON_OPTIONS,
    {NULL, NULL, NULL},
};

static const struct args_option sql_options[] = {
    COMMON_OPTIONS,
    {"table", "NAME", "the table to create (default: tracks)"},
    {NULL, NULL, NULL},
};

const struct command command_export_npy = {
    .name = "export npy",
    .summary = "factors as a NumPy array",
    .usage = "--factors F --out M.npy [--ids I]",
    .options = npy_options,
    .writes = "out ids",
    .run = run_npy,
};

const struct command command_export_tsv = {
    .name = "export tsv",
    .summary = "factors as a table",
    .usage = "--factors F [--out T]",
    .options = tsv_options,
    .writes = "out",
    .run = run_tsv,
};

const struct command command_export_pgvector = {
    .name = "export pgvector",
    .summary = "factors as SQL for PostgreSQL with pgvector",
    .usage = "--factors F [--out S.sql] [--table NAME]",
    .details = "Rows without a direction are left out: nothing is near "
               "them.\n",
    .options = sql_options,
    .writes = "out",
    .run = run_pgvector,
};

const struct command command_export_sqlite_vec = {
    .name = "export sqlite-vec",
    .summary = "factors as SQL for SQLite with sqlite-vec",
    .usage = "--factors F [--out S.sql] [--table NAME]",
    .details = "Rows without a direction are left out: nothing is near "
               "them.\n",
    .options = sql_options,
    .writes = "out",
    .run = run_sqlite_vec,
};
