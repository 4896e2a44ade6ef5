/*
 * catalog_mel.c - the rows of mel that a catalogue keeps
 *
 * They are a database of their own, C.mels: a thousand times the bytes of the
 * catalogue, which stays small enough to copy and to look through.  Rows are
 * committed there before the catalogue says that they are, so a kill between
 * the two leaves rows nobody knows of, which the next scan writes over.
 */
#include "catalog_parts.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *const steps[] = {
    "CREATE TABLE mels ("
    "    track INTEGER PRIMARY KEY,"
    "    bits INTEGER NOT NULL,"
    "    bands INTEGER NOT NULL,"
    "    low REAL NOT NULL,"
    "    step REAL NOT NULL,"
    "    numbers BLOB NOT NULL"
    ");",
    /* Whose rows there are: without it that is read among the rows, of which
     * there are gigabytes. */
    "CREATE INDEX mel_tracks ON mels (track);",
};

#define EVERY_TRACK "SELECT track FROM mels INDEXED BY mel_tracks"

/* Large pages: what is kept is half a megabyte a track. */
static const struct sql_kind kind = {
    .what = "file of mel rows",
    .application = 0x6c74726d, /* "ltrm" */
    .steps = steps,
    .n_steps = 2,
    .least = 1, /* only scans ask for the index */
    .page_bytes = 65536,
};

/* ---- Numbers of few bits ------------------------------------------------ */

void catalog_mel_pack(const float *mel, size_t rows, uint32_t bands,
                      uint32_t bits, struct catalog_mel *out)
{
    size_t n = rows * bands;
    float low = n ? mel[0] : 0, high = low, scale;
    float most = bits == 8 ? 255.0f : 65535.0f;

    for (size_t i = 1; i < n; i++) {
        low = mel[i] < low ? mel[i] : low;
        high = mel[i] > high ? mel[i] : high;
    }
    memset(out, 0, sizeof *out);
    out->bits = bits;
    out->bands = bands;
    out->rows = rows;
    out->low = low;
    out->step = (high - low) / most;
    out->n_bytes = n * bits / 8;
    out->numbers = tool_alloc(out->n_bytes, 1);
    scale = high > low ? most / (high - low) : 0;
    for (size_t i = 0; i < n; i++) {
        unsigned number = (unsigned)((mel[i] - low) * scale + 0.5f);

        if (bits == 8) {
            out->numbers[i] = (unsigned char)number;
        } else {
            out->numbers[2 * i] = (unsigned char)number;
            out->numbers[2 * i + 1] = (unsigned char)(number >> 8);
        }
    }
}

float *catalog_mel_unpack(const struct catalog_mel *mel)
{
    size_t n = mel->rows * mel->bands;
    const unsigned char *b = mel->numbers;
    float *values = tool_alloc(n, sizeof *values);

    for (size_t i = 0; i < n; i++) {
        unsigned number =
            mel->bits == 8 ? b[i] : b[2 * i] | (unsigned)b[2 * i + 1] << 8;

        values[i] = mel->low + mel->step * (float)number;
    }
    return values;
}

/* ---- The file ----------------------------------------------------------- */

/*
 * LTREC_ERR_IO for a file that is there by its name, and yet is not: a link to
 * a disk that is away, whose rows are not lost.
 */
static int check_reach(const char *path, ltrec_error *err)
{
    struct stat info;
    int reason;

    if (access(path, F_OK) == 0)
        return LTREC_OK;
    reason = errno;
    if (reason == ENOENT && lstat(path, &info) != 0)
        return LTREC_OK;
    errno = reason;
    return tool_fail_io(err, "cannot reach the rows of mel", path);
}

/* 1 when it is open, 0 when it is not there and `make` is 0. */
static int open_mels(struct catalog *c, int make, ltrec_error *err)
{
    char *path;
    int status = LTREC_OK, there;

    if (c->mels)
        return 1;
    path = catalog_beside(c, ".mels");
    there = access(path, F_OK) == 0;
    if (there || make)
        status =
            sql_open(path, make ? SQL_CREATE : SQL_READ, &kind, &c->mels, err);
    free(path);
    if (status != LTREC_OK || !c->mels)
        return status;
    status = sql_prepare(c->mels,
                         "INSERT OR REPLACE INTO mels VALUES "
                         "(?, ?, ?, ?, ?, ?)",
                         &c->put_mel, err);
    if (status == LTREC_OK)
        status = sql_prepare(c->mels, "SELECT * FROM mels WHERE track = ?",
                             &c->get_mel, err);
    return status == LTREC_OK ? 1 : status;
}

int catalog_mel_put(struct catalog *c, int64_t id,
                    const struct catalog_mel *mel, ltrec_error *err)
{
    int status = open_mels(c, 1, err);

    if (status < 0)
        return status;
    sqlite3_bind_int64(c->put_mel, 1, id);
    sqlite3_bind_int64(c->put_mel, 2, mel->bits);
    sqlite3_bind_int64(c->put_mel, 3, mel->bands);
    sqlite3_bind_double(c->put_mel, 4, (double)mel->low);
    sqlite3_bind_double(c->put_mel, 5, (double)mel->step);
    sqlite3_bind_blob64(c->put_mel, 6, mel->numbers, mel->n_bytes,
                        SQLITE_STATIC);
    status = sql_do(c->mels, c->put_mel, err);
    sqlite3_clear_bindings(c->put_mel);
    return status;
}

/* The columns of a row, if they fit together; else nothing is there. */
static int take_columns(sqlite3_stmt *q, struct catalog_mel *out)
{
    const void *numbers = sqlite3_column_blob(q, 5);

    memset(out, 0, sizeof *out);
    out->bits = (uint32_t)sqlite3_column_int64(q, 1);
    out->bands = (uint32_t)sqlite3_column_int64(q, 2);
    out->low = (float)sqlite3_column_double(q, 3);
    out->step = (float)sqlite3_column_double(q, 4);
    out->n_bytes = (size_t)sqlite3_column_bytes(q, 5);
    if (!numbers || (out->bits != 8 && out->bits != 16) || out->bands < 1 ||
        out->bands > 65536 || !isfinite(out->low) || !isfinite(out->step) ||
        out->n_bytes % (out->bands * (out->bits / 8)) != 0)
        return 0;
    out->rows = out->n_bytes / (out->bands * (out->bits / 8));
    out->numbers = tool_alloc(out->n_bytes, 1);
    memcpy(out->numbers, numbers, out->n_bytes);
    return 1;
}

int catalog_mel_get(struct catalog *c, int64_t id, struct catalog_mel *out,
                    ltrec_error *err)
{
    int status = open_mels(c, 0, err);

    if (status <= 0)
        return status;
    sqlite3_bind_int64(c->get_mel, 1, id);
    status = sql_step(c->mels, c->get_mel, err);
    if (status == 1)
        status = take_columns(c->get_mel, out);
    sqlite3_reset(c->get_mel);
    return status;
}

int catalog_mel_copy(struct catalog *c, int64_t from, int64_t to,
                     ltrec_error *err)
{
    struct catalog_mel mel;
    int status = catalog_mel_get(c, from, &mel, err);

    if (status == 1) {
        status = catalog_mel_put(c, to, &mel, err);
        free(mel.numbers);
    }
    return status;
}

int catalog_mel_check(struct catalog *c, ltrec_error *err)
{
    int status = open_mels(c, 0, err);
    char *path, shown[TOOL_SHORT_NAME];

    if (status != 0)
        return status < 0 ? status : LTREC_OK;
    path = catalog_beside(c, ".mels");
    tool_short_name(shown, path);
    status = check_reach(path, err);
    free(path);
    if (status != LTREC_OK)
        return status;
    return tool_fail(err, LTREC_ERR_STATE,
                     "%s: the rows of mel are not there; scan again", shown);
}

/* Step through the ids of `all`, in order, to `id` or the next one after it,
 * from `*at`; whether that is `id`. */
static int reaches(struct sql *sql, sqlite3_stmt *all, int64_t id, int64_t *at,
                   ltrec_error *err)
{
    while (*at < id) {
        int status = sql_step(sql, all, err);

        if (status < 0)
            return status;
        *at = status == 1 ? sqlite3_column_int64(all, 0) : INT64_MAX;
    }
    return *at == id;
}

static int miss_some(struct catalog *c, ltrec_error *err)
{
    sqlite3_stmt *said = NULL, *all = NULL, *forget = NULL;
    int64_t at = INT64_MIN;
    int status = sql_prepare(
        c->sql, "SELECT id FROM tracks WHERE mel_bits > 0 ORDER BY id", &said,
        err);

    if (status == LTREC_OK)
        status =
            sql_prepare(c->mels, EVERY_TRACK " ORDER BY track", &all, err);
    if (status == LTREC_OK)
        status =
            sql_prepare(c->sql, "UPDATE tracks SET mel_bits = 0 WHERE id = ?",
                        &forget, err);
    while (status == LTREC_OK && (status = sql_step(c->sql, said, err)) == 1) {
        int64_t id = sqlite3_column_int64(said, 0);

        status = reaches(c->mels, all, id, &at, err);
        if (status == 0) {
            sqlite3_bind_int64(forget, 1, id);
            status = sql_do(c->sql, forget, err);
        }
        status = status < 0 ? status : LTREC_OK;
    }
    sqlite3_finalize(said);
    sqlite3_finalize(all);
    sqlite3_finalize(forget);
    return status;
}

/* 1 when there is a file of rows, or should be one; 0; or a status. */
static int has_rows(struct catalog *c, ltrec_error *err)
{
    char *path = catalog_beside(c, ".mels");
    int64_t said = 0;
    int there = access(path, F_OK) == 0;
    int status = LTREC_OK;

    if (!there)
        status = sql_number(c->sql,
                            "SELECT 1 FROM tracks WHERE mel_bits > 0 LIMIT 1",
                            0, &said, err);
    if (status == LTREC_OK && said)
        status = check_reach(path, err);
    free(path);
    return status == LTREC_OK ? there || said : status;
}

int catalog_mel_miss(struct catalog *c, ltrec_error *err)
{
    int status = has_rows(c, err), done;

    if (status <= 0)
        return status;
    /* Before anything is changed: what cannot be opened is not lost.  A file
     * that is gone, or nothing yet after a full disk, is made anew. */
    status = open_mels(c, 1, err);
    if (status == 1)
        status = sql_run(c->sql, "BEGIN IMMEDIATE", err);
    if (status != LTREC_OK)
        return status;
    status = miss_some(c, err);
    done = sql_run(c->sql, "COMMIT", status == LTREC_OK ? err : NULL);
    return status == LTREC_OK ? done : status;
}

/* Whether the catalogue says that the rows of `id` are kept. */
static int is_kept(sqlite3_stmt *query, struct catalog *c, int64_t id,
                   ltrec_error *err)
{
    int status;

    sqlite3_bind_int64(query, 1, id);
    status = sql_step(c->sql, query, err);
    sqlite3_reset(query);
    return status;
}

int catalog_mel_tidy(struct catalog *c, ltrec_error *err)
{
    sqlite3_stmt *known = NULL, *all = NULL, *drop = NULL;
    int status = open_mels(c, 0, err);

    if (status <= 0)
        return status;
    status = sql_prepare(c->sql,
                         "SELECT 1 FROM tracks WHERE id = ? AND mel_bits > 0",
                         &known, err);
    if (status == LTREC_OK)
        status = sql_prepare(c->mels, EVERY_TRACK, &all, err);
    if (status == LTREC_OK)
        status = sql_prepare(c->mels, "DELETE FROM mels WHERE track = ?",
                             &drop, err);
    while (status == LTREC_OK && (status = sql_step(c->mels, all, err)) == 1) {
        int64_t id = sqlite3_column_int64(all, 0);

        status = is_kept(known, c, id, err);
        if (status == 0) {
            sqlite3_bind_int64(drop, 1, id);
            status = sql_do(c->mels, drop, err);
        }
        status = status < 0 ? status : LTREC_OK;
    }
    sqlite3_finalize(known);
    sqlite3_finalize(all);
    sqlite3_finalize(drop);
    return status;
}
