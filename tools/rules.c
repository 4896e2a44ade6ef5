/*
 * rules.c - the rules of a list, as a person writes them
 */
#include "rules.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "table.h"
#include "term.h"

#define MOST 1000000

static const char *const numbers[] = {
    "per-artist",   "per-album", "artist-window",
    "album-window", "diversity", "discount",
};

int rules_given(const struct args *args)
{
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++)
        if (args_has(args, numbers[i]))
            return 1;
    return args_has(args, "rules");
}

void rules_options(struct args *args, struct rules *rules)
{
    ltrec_list_options *list = &rules->list;

    memset(rules, 0, sizeof *rules);
    ltrec_list_options_init(list, sizeof *list);
    list->per_artist = (uint32_t)args_integer(args, "per-artist", 0, 0, MOST);
    list->per_album = (uint32_t)args_integer(args, "per-album", 0, 0, MOST);
    list->artist_window =
        (uint32_t)args_integer(args, "artist-window", 0, 0, MOST);
    list->album_window =
        (uint32_t)args_integer(args, "album-window", 0, 0, MOST);
    list->diversity = args_real(args, "diversity", 0, 0, 1);
    if (args_has(args, "discount"))
        list->discount = args_real(args, "discount", 0, -1000, 1000);
}

void rules_free(struct rules *rules)
{
    free(rules->pins);
    free(rules->banned);
    free(rules->banned_artists);
    free(rules->boosted);
    free(rules->boosts);
    free(rules->liked);
    free(rules->disliked);
    free(rules->before);
    free(rules->seeds);
}

/* ---- The table ---------------------------------------------------------- */

struct columns {
    int rule, item, value;
};

static void append(uint64_t **ids, size_t *n, size_t *capacity, uint64_t id)
{
    *ids = tool_grow(*ids, capacity, *n + 1, sizeof **ids);
    (*ids)[(*n)++] = id;
}

static int take_boost(struct rules *r, struct table *table,
                      const struct columns *c, uint64_t id, ltrec_error *err)
{
    double value;
    int status;

    if (c->value < 0)
        return table_refuse(table, c->rule, err,
                            "a boost needs a column 'value'");
    status = table_number(table, c->value, -1e6, 1e6, &value, err);
    if (status != LTREC_OK)
        return status;
    r->boosts = tool_grow(r->boosts, &r->capacity[6], r->list.n_boosts + 1,
                          sizeof *r->boosts);
    r->boosts[r->list.n_boosts] = (float)value;
    append(&r->boosted, &r->list.n_boosts, &r->capacity[5], id);
    return LTREC_OK;
}

/* The item of a row that the sources know; LTREC_ERR_STATE, and a warning,
 * for another: a rule about it changes nothing. */
static int known(const struct sources *s, struct table *table, int column,
                 uint64_t *id)
{
    const char *text = table_text(table, column);

    if (sources_find(s, text, id, NULL) == LTREC_OK)
        return LTREC_OK;
    term_warn("%s: line %llu: no item '%.60s' with factors, passed over",
              table_name(table), (unsigned long long)table_line(table), text);
    return LTREC_ERR_STATE;
}

static int is_rule(const char *rule)
{
    static const char *const rules[] = {"pin",     "ban",   "boost", "like",
                                        "dislike", "heard", "seed"};

    for (size_t i = 0; i < sizeof rules / sizeof rules[0]; i++)
        if (strcmp(rule, rules[i]) == 0)
            return 1;
    return 0;
}

/* Of an artist whom nothing is by, a name or a table may be mistaken. */
static void ban_artist(struct rules *r, const struct sources *s,
                       struct table *table, int column)
{
    uint64_t id =
        names_id_of(table_text(table, column), table_length(table, column));
    size_t i = 0;

    while (s->artists && i < s->n && s->artists[i] != id)
        i++;
    if (!s->artists || i == s->n)
        term_warn("%s: line %llu: no track by '%.60s' in the items, passed "
                  "over",
                  table_name(table), (unsigned long long)table_line(table),
                  table_text(table, column));
    else
        append(&r->banned_artists, &r->list.n_banned_artists, &r->capacity[2],
               id);
}

static int take_row(struct rules *r, const struct sources *s,
                    struct table *table, const struct columns *c,
                    ltrec_error *err)
{
    const char *rule = table_text(table, c->rule);
    ltrec_list_options *list = &r->list;
    uint64_t id;

    if (strcmp(rule, "ban-artist") == 0) {
        ban_artist(r, s, table, c->item);
        return LTREC_OK;
    }
    if (!is_rule(rule))
        return table_refuse(table, c->rule, err, "no rule '%.40s'", rule);
    if (known(s, table, c->item, &id) != LTREC_OK)
        return LTREC_OK;
    if (*rule == 'p')
        append(&r->pins, &list->n_pins, &r->capacity[0], id);
    else if (strcmp(rule, "ban") == 0)
        append(&r->banned, &list->n_banned, &r->capacity[1], id);
    else if (*rule == 'l')
        append(&r->liked, &r->n_liked, &r->capacity[3], id);
    else if (*rule == 'h')
        append(&r->before, &list->n_before, &r->capacity[7], id);
    else if (*rule == 's')
        append(&r->seeds, &r->n_seeds, &r->capacity[8], id);
    else if (*rule == 'd')
        append(&r->disliked, &r->n_disliked, &r->capacity[4], id);
    else
        return take_boost(r, table, c, id, err);
    return LTREC_OK;
}

static int read_rows(struct rules *r, const struct sources *s,
                     struct table *table, ltrec_error *err)
{
    struct columns c;
    int status = table_need(table, "rule", &c.rule, err);

    if (status == LTREC_OK)
        status = table_need(table, "item", &c.item, err);
    if (status == LTREC_OK)
        status = table_want(table, "value", &c.value, err);
    while (status == LTREC_OK && (status = table_next(table, err)) == 1) {
        status = take_row(r, s, table, &c, err);
        if (status != LTREC_OK)
            status = table_pass_over(table, status);
    }
    return status;
}

int rules_read(struct rules *rules, struct args *args,
               const struct sources *sources, ltrec_error *err)
{
    const char *path = args_text(args, "rules", NULL);
    ltrec_list_options *list = &rules->list;
    struct table *table;
    int status;

    if (path) {
        status = table_open(path, args_has(args, "skip-bad"), &table, err);
        if (status == LTREC_OK)
            status = read_rows(rules, sources, table, err);
        table_close(table);
        if (status != LTREC_OK)
            return status;
    }
    list->pins = rules->pins;
    list->banned = rules->banned;
    list->banned_artists = rules->banned_artists;
    list->boosted = rules->boosted;
    list->boosts = rules->boosts;
    list->before = rules->before;
    return LTREC_OK;
}
