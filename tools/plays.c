/*
 * plays.c - who played what, from any of the files that say so
 */
#include "plays.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "listens.h"
#include "matrix_market.h"
#include "moment.h"
#include "scrobbles.h"
#include "table.h"

#define GZIP 0x1f /* the first byte, which no text has */

struct plays {
    FILE *stream; /* open here, or NULL */

    /* One of these; scrobbles come from a table. */
    struct table *table;
    struct matrix_market *matrix;
    struct listens *listens;

    int is_log; /* of scrobbles */
    struct scrobbles scrobbles;
    struct listen listen;
    char *listener;                           /* of a log that names none */
    int user, item, count, rating, timestamp; /* columns, or -1 */
    struct names *users, *items;
    uint64_t rows, zeros;
};

/* ---- Opening ------------------------------------------------------------ */

static int find_columns(struct plays *plays,
                        const struct plays_options *options, ltrec_error *err)
{
    struct table *table = plays->table;
    int status = table_need(table, "user", &plays->user, err);

    if (status == LTREC_OK)
        status = table_need(table, "item", &plays->item, err);
    if (status == LTREC_OK)
        status = table_want(table, "rating", &plays->rating, err);
    if (status == LTREC_OK)
        status = (plays->rating < 0 ? table_need : table_want)(
            table, "count", &plays->count, err);
    plays->timestamp = -1;
    if (status == LTREC_OK && options->timestamps)
        status = table_need(table, "timestamp", &plays->timestamp, err);
    return status;
}

static int open_table(FILE *stream, const char *name,
                      const struct plays_options *options, struct plays *plays,
                      ltrec_error *err)
{
    int status =
        table_open_stream(stream, name, options->skip_bad, &plays->table, err);

    if (status == LTREC_OK)
        status = scrobbles_find(plays->table, &plays->scrobbles, err);
    plays->is_log = status == 1;
    if (plays->is_log && options->timestamps && plays->scrobbles.time < 0)
        return tool_fail(err, LTREC_ERR_FORMAT,
                         "%s: line 1, column 1: does not say when",
                         table_name(plays->table));
    return status == LTREC_OK ? find_columns(plays, options, err)
           : plays->is_log    ? LTREC_OK
                              : status;
}

static int open_form(FILE *stream, const char *name,
                     const struct plays_options *options, struct plays *plays,
                     ltrec_error *err)
{
    int first = getc(stream);

    if (first != EOF)
        ungetc(first, stream);
    if (first == '{') {
        plays->listens = listens_open(stream, name, options->skip_bad);
        return LTREC_OK;
    }
    if (first == GZIP)
        return tool_fail(err, LTREC_ERR_FORMAT,
                         "%.100s: is compressed; zcat and --plays - read it",
                         name);
    if (first == '%' && options->timestamps)
        return tool_fail(
            err, LTREC_ERR_FORMAT,
            "%.100s: line 1, column 1: a matrix does not say when", name);
    if (first == '%')
        return matrix_market_open(stream, name, options->skip_bad,
                                  &plays->matrix, err);
    return open_table(stream, name, options, plays, err);
}

/* The file's name without folders and without what follows the last dot. */
static char *name_listener(const char *path)
{
    const char *slash = strrchr(path, '/');
    char *name = tool_copy_text(slash ? slash + 1 : path);
    char *dot = strrchr(name, '.');

    if (dot && dot != name)
        *dot = '\0';
    return name;
}

int plays_open_stream(FILE *stream, const char *name,
                      const struct plays_options *options, struct plays **out,
                      ltrec_error *err)
{
    static const struct plays_options neither;
    struct plays *plays = tool_alloc(1, sizeof *plays);
    int status;

    *out = NULL;
    plays->users = names_create("user");
    plays->items = names_create("item");
    plays->listener = name_listener(name);
    status = open_form(stream, name, options ? options : &neither, plays, err);
    if (status != LTREC_OK) {
        plays_close(plays);
        return status;
    }
    *out = plays;
    return LTREC_OK;
}

int plays_open(const char *path, const struct plays_options *options,
               struct plays **out, ltrec_error *err)
{
    FILE *stream = stdin;
    int status;

    *out = NULL;
    errno = 0;
    if (strcmp(path, "-") != 0)
        stream = fopen(path, "rb");
    if (!stream)
        return tool_fail_io(err, "cannot open", path);
    status = plays_open_stream(stream, path, options, out, err);
    if (status == LTREC_OK)
        (*out)->stream = stream;
    else if (stream != stdin)
        fclose(stream);
    return status;
}

void plays_close(struct plays *plays)
{
    if (!plays)
        return;
    table_close(plays->table);
    matrix_market_close(plays->matrix);
    listens_close(plays->listens);
    free(plays->listen.item);
    free(plays->listener);
    names_free(plays->users);
    names_free(plays->items);
    if (plays->stream && plays->stream != stdin)
        fclose(plays->stream);
    free(plays);
}

/* ---- Reading ------------------------------------------------------------ */

/*
 * Plays and a thumb make one value: a thumb up is a play more, one down undoes
 * plays.  Beside counts an empty rating is none.
 */
static int read_value(struct plays *plays, struct play *play, ltrec_error *err)
{
    struct table *table = plays->table;
    double count = 0, rating = 0;
    int status = LTREC_OK;

    if (plays->count >= 0)
        status =
            table_number(table, plays->count, 0, PLAYS_COUNT_MAX, &count, err);
    if (status == LTREC_OK && plays->rating >= 0 &&
        (plays->count < 0 || table_length(table, plays->rating) > 0))
        status = table_number(table, plays->rating, -1, 1, &rating, err);
    play->count = (float)(rating < 0 ? rating : count + rating);
    return status;
}

/* The pair in the table's row; nothing is named until all of it is sound. */
static int read_row(struct plays *plays, struct play *play, ltrec_error *err)
{
    struct table *table = plays->table;
    const char *user, *item;
    size_t user_length, item_length;
    int status = table_id(table, plays->user, &user, &user_length, err);

    if (status == LTREC_OK)
        status = table_id(table, plays->item, &item, &item_length, err);
    if (status == LTREC_OK)
        status = read_value(plays, play, err);
    if (status == LTREC_OK && plays->timestamp >= 0 &&
        !moment_parse(table_text(table, plays->timestamp),
                      table_length(table, plays->timestamp), &play->timestamp))
        status =
            table_refuse(table, plays->timestamp, err, "'%.40s' is no moment",
                         table_text(table, plays->timestamp));
    if (status != LTREC_OK)
        return status;
    if (play->count == 0)
        return LTREC_OK;
    status = names_add(plays->users, user, user_length, &play->user, err);
    return status == LTREC_OK
               ? names_add(plays->items, item, item_length, &play->item, err)
               : status;
}

/* Who and what a log names. */
static int take_listen(struct plays *plays, struct play *play,
                       ltrec_error *err)
{
    const struct listen *listen = &plays->listen;
    const char *user = listen->user ? listen->user : plays->listener;
    size_t length = listen->user ? listen->user_length : strlen(user);
    int status;

    play->count = (float)listen->count;
    play->timestamp = listen->timestamp;
    if (play->count == 0)
        return LTREC_OK;
    status = names_add(plays->users, user, length, &play->user, err);
    return status == LTREC_OK
               ? names_add(plays->items, listen->item, listen->item_length,
                           &play->item, err)
               : status;
}

static int read_scrobble(struct plays *plays, struct play *play,
                         ltrec_error *err)
{
    int status =
        scrobbles_row(plays->table, &plays->scrobbles, &plays->listen, err);

    return status == LTREC_OK ? take_listen(plays, play, err) : status;
}

static int next_listen(struct plays *plays, struct play *play,
                       ltrec_error *err)
{
    int status = listens_next(plays->listens, &plays->listen, err);

    if (status == 1)
        status = take_listen(plays, play, err);
    else
        return status;
    return status == LTREC_OK ? 1 : status;
}

static int next_row(struct plays *plays, struct play *play, ltrec_error *err)
{
    for (;;) {
        int status = table_next(plays->table, err);

        if (status != 1)
            return status;
        status = plays->is_log ? read_scrobble(plays, play, err)
                               : read_row(plays, play, err);
        if (status == LTREC_OK)
            return 1;
        if (table_pass_over(plays->table, status) != LTREC_OK)
            return status;
    }
}

/* Matrices name their rows and columns by number. */
static int add_number(struct names *names, uint64_t number, uint32_t *out,
                      ltrec_error *err)
{
    char text[24];
    int length =
        snprintf(text, sizeof text, "%llu", (unsigned long long)number);

    return names_add(names, text, (size_t)length, out, err);
}

static int next_entry(struct plays *plays, struct play *play, ltrec_error *err)
{
    uint64_t row, column;
    double value;
    int status = matrix_market_next(plays->matrix, &row, &column, &value, err);

    if (status != 1)
        return status;
    play->count = (float)value;
    if (play->count == 0)
        return 1;
    status = add_number(plays->users, row, &play->user, err);
    if (status == LTREC_OK)
        status = add_number(plays->items, column, &play->item, err);
    return status == LTREC_OK ? 1 : status;
}

int plays_next(struct plays *plays, struct play *play, ltrec_error *err)
{
    int status;

    do {
        memset(play, 0, sizeof *play);
        status = plays->table     ? next_row(plays, play, err)
                 : plays->listens ? next_listen(plays, play, err)
                                  : next_entry(plays, play, err);
        plays->zeros += status == 1 && play->count == 0;
    } while (status == 1 && play->count == 0);
    plays->rows += status == 1;
    return status;
}

/* ---- Questions ---------------------------------------------------------- */

int plays_have_ratings(const struct plays *plays)
{
    return plays->table && !plays->is_log && plays->rating >= 0;
}

const struct names *plays_users(const struct plays *plays)
{
    return plays->users;
}

const struct names *plays_items(const struct plays *plays)
{
    return plays->items;
}

struct names *plays_take_users(struct plays *plays)
{
    struct names *users = plays->users;

    plays->users = NULL;
    return users;
}

struct names *plays_take_items(struct plays *plays)
{
    struct names *items = plays->items;

    plays->items = NULL;
    return items;
}

uint64_t plays_rows(const struct plays *plays)
{
    return plays->rows;
}

uint64_t plays_zeros(const struct plays *plays)
{
    return plays->zeros;
}

uint64_t plays_skipped(const struct plays *plays)
{
    return plays->table     ? table_skipped(plays->table)
           : plays->listens ? listens_skipped(plays->listens)
                            : matrix_market_skipped(plays->matrix);
}
