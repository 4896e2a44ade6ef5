/*
 * answers.c - lists of items for people and for programs
 */
#include "answers.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "json.h"
#include "number.h"
#include "term.h"

#define PLACE_MAX 1000000

/* ---- Places ------------------------------------------------------------- */

/* A place at *text[length]; 0 when it is none. */
static size_t place(const char *text, size_t length)
{
    int64_t value;

    if (number_parse_integer(text, length, &value) != NUMBER_OK || value < 1 ||
        value > PLACE_MAX)
        return 0;
    return (size_t)value;
}

/* Take "3" or "35-158"; whether that is what stood there. */
static int take_range(struct ranks *ranks, const char *text, size_t length)
{
    const char *dash = memchr(text, '-', length);
    size_t before = dash ? (size_t)(dash - text) : length;
    size_t first = place(text, before);
    size_t last = dash ? place(dash + 1, length - before - 1) : first;

    if (first == 0 || last < first ||
        ranks->n == sizeof ranks->first / sizeof ranks->first[0])
        return 0;
    ranks->first[ranks->n] = first;
    ranks->last[ranks->n++] = last;
    return 1;
}

size_t answers_ranks(struct args *args, struct ranks *ranks)
{
    const char *text = args_text(args, "ranks", NULL);
    size_t most = 0;

    memset(ranks, 0, sizeof *ranks);
    if (!text) {
        ranks->n = ranks->first[0] = 1;
        ranks->last[0] = (size_t)args_integer(args, "k", 10, 1, PLACE_MAX);
        return ranks->last[0];
    }
    for (;;) {
        size_t length = strcspn(text, ",");

        if (!take_range(ranks, text, length)) {
            args_wrong(args, "--ranks: '%.*s' is not like 3 or 35-158",
                       (int)(length < 40 ? length : 40), text);
            return 0;
        }
        if (ranks->last[ranks->n - 1] > most)
            most = ranks->last[ranks->n - 1];
        if (text[length] == '\0')
            return most;
        text += length + 1;
    }
}

/* ---- Printing ----------------------------------------------------------- */

int64_t answers_plays(const struct titles *titles, uint64_t id)
{
    const ltrec_factors *files[] = {titles->factors, titles->more};
    int64_t plays = -1;

    for (size_t i = 0; i < 2; i++) {
        const uint32_t *counts =
            files[i] ? ltrec_factors_plays(files[i]) : NULL;
        size_t row;

        if (counts && ltrec_factors_find(files[i], id, &row) == LTREC_OK &&
            (int64_t)counts[row] > plays)
            plays = counts[row];
    }
    return plays;
}

static void print_json(const struct titles *titles, const char *score,
                       size_t rank, const struct answer *answer)
{
    json_t *object = json_object();
    const char *name, *artist, *title;

    titles_of(titles, answer->id, &name, &artist, &title);
    json_put_count(object, "rank", rank);
    json_put_text(object, "item", name);
    json_put(object, "id", json_id(answer->id));
    json_put_real(object, score, answer->score);
    if (answer->plays >= 0)
        json_put_count(object, "listeners", (uint64_t)answer->plays);
    if (titles->items) {
        json_put_text(object, "artist", artist);
        json_put_text(object, "title", title);
    }
    if (answer->more && json_object_update(object, answer->more) != 0)
        tool_no_memory();
    json_print(object);
}

static void add_row(struct term_table *table, const struct titles *titles,
                    size_t rank, const struct answer *answer)
{
    const char *name, *artist, *title;

    titles_of(titles, answer->id, &name, &artist, &title);
    term_table_cell(table, "%zu", rank);
    term_table_cell(table, "%.4f", answer->score);
    if (answer->plays < 0)
        term_table_cell(table, "-");
    else
        term_table_cell(table, "%" PRId64, answer->plays);
    if (*name)
        term_table_cell(table, "%s", name);
    else
        term_table_cell(table, "%" PRIu64, answer->id);
    if (titles->items) {
        term_table_cell(table, "%s", artist);
        term_table_cell(table, "%s", title);
    }
}

void answers_print(struct args *args, const struct ranks *ranks,
                   const struct titles *titles, const char *score, size_t n,
                   const struct answer *answers)
{
    const char *names[] = {">rank", NULL,     ">listeners",
                           "item",  "artist", "title"};
    char score_name[32];
    struct term_table *table = NULL;

    snprintf(score_name, sizeof score_name, ">%s", score);
    names[1] = score_name;
    if (!args_has(args, "json"))
        table = term_table_create(titles->items ? 6 : 4, names);
    for (size_t i = 0; i < ranks->n; i++)
        for (size_t r = ranks->first[i]; r <= ranks->last[i] && r <= n; r++) {
            if (table)
                add_row(table, titles, r, &answers[r - 1]);
            else
                print_json(titles, score, r, &answers[r - 1]);
        }
    if (table)
        term_table_print(table);
}
