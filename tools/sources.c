/*
 * sources.c - a recommender from the files that a command names
 */
#include "sources.h"

#include <stdlib.h>
#include <string.h>

#include "number.h"
#include "term.h"

const char *const source_names[LTREC_SOURCES] = {
    "factors", "content", "artist", "popularity", "itemitem"};

/* ---- Weights ------------------------------------------------------------ */

/* Take "artist=0.2" or "discount=1"; whether that is what stood there. */
static int take_weight(const char *text, size_t length,
                       ltrec_recommender_options *o)
{
    const char *equals = memchr(text, '=', length);
    size_t name = equals ? (size_t)(equals - text) : 0;
    double value;

    if (!equals ||
        number_parse(equals + 1, length - name - 1, &value) != NUMBER_OK)
        return 0;
    if (name == 8 && memcmp(text, "discount", 8) == 0) {
        o->discount = value;
        return 1;
    }
    for (size_t s = 0; s < LTREC_SOURCES; s++)
        if (strlen(source_names[s]) == name &&
            memcmp(text, source_names[s], name) == 0 && value >= 0) {
            o->weights[s] = value;
            return 1;
        }
    return 0;
}

void sources_weights(struct args *args, ltrec_recommender_options *o)
{
    const char *text = args_text(args, "weights", NULL);

    ltrec_recommender_options_init(o, sizeof *o);
    for (size_t s = 0; text && s < LTREC_SOURCES; s++)
        o->weights[s] = 0;
    while (text) {
        size_t length = strcspn(text, ",");

        if (!take_weight(text, length, o)) {
            args_wrong(args,
                       "--weights: '%.*s' is not like artist=0.2; there are "
                       "factors, content, artist, popularity, itemitem and "
                       "discount",
                       (int)(length < 40 ? length : 40), text);
            return;
        }
        text = text[length] == '\0' ? NULL : text + length + 1;
    }
}

void sources_check(struct args *args)
{
    ltrec_recommender_options unused;

    if (!args_has(args, "factors") && !args_has(args, "predicted") &&
        !args_has(args, "catalog"))
        args_wrong(args, "--factors, --predicted or --catalog is missing");
    if (args_has(args, "catalog") && args_has(args, "predicted"))
        args_wrong(args, "--predicted: --catalog has the predictions");
    sources_weights(args, &unused);
}

/* ---- Reading ------------------------------------------------------------ */

static int read_vectors(struct sources *s, struct args *args, ltrec_error *err)
{
    const char *factors = args_text(args, "factors", NULL);
    const char *predicted = args_text(args, "predicted", NULL);
    int status = LTREC_OK;

    if (factors)
        status = vectors_read(s->ctx, factors, &s->own_factors, err);
    if (status == LTREC_OK && predicted)
        status = vectors_read(s->ctx, predicted, &s->own_predicted, err);
    s->factors = s->own_factors;
    s->predicted = s->own_predicted;
    return status;
}

/* A track that the factors know by its path and the plays by another name
 * would be two, one of them recommended to who plays the other. */
static int check_names(const struct sources *s, struct args *args,
                       ltrec_error *err)
{
    const struct items *items = s->library->items;
    char shown[TOOL_SHORT_NAME];

    for (uint32_t i = 0; i < s->library->n; i++) {
        const char *name = names_text(items_names(items), i);
        const char *path = items_text(items, i, ITEMS_PATH);

        if (strcmp(name, path) == 0 ||
            !library_in_factors(s->own_factors,
                                names_id_of(path, strlen(path))))
            continue;
        tool_short_name(shown, args_text(args, "factors", ""));
        return tool_fail(err, LTREC_ERR_ARGUMENT,
                         "%s: calls by its path what the plays call '%.80s'; "
                         "a catalogue's own factors need not be given",
                         shown, name);
    }
    return LTREC_OK;
}

/* Where none is, what was played counts as new: that may be so, or they go by
 * other names. */
static void warn_strangers(const struct library *library, const char *path,
                           library_known known, void *user)
{
    for (uint32_t i = 0; i < library->n; i++) {
        const char *name = names_text(items_names(library->items), i);

        if (known(user, names_id_of(name, strlen(name))))
            return;
    }
    term_warn("%.100s: none of its tracks is one of the plays or factors, by "
              "path, id or \"artist - title\"",
              path);
}

/* A catalogue's factors are predictions; its tracks are called what the plays
 * or the factors call them. */
static int use_catalog(struct sources *s, struct args *args, ltrec_error *err)
{
    const char *path = args_text(args, "catalog", NULL);
    library_known known = NULL;
    void *user = NULL;
    int status;

    if (s->plays.items)
        known = library_in_names, user = s->plays.items;
    else if (s->own_factors)
        known = library_in_factors, user = s->own_factors;
    status = library_open(path, s->ctx, known, user, &s->library, err);
    if (status != LTREC_OK)
        return status;
    if (!s->library->factors)
        return tool_fail(err, LTREC_ERR_STATE,
                         "%.100s: no track has factors; scan with --model",
                         path);
    if (known)
        warn_strangers(s->library, path, known, user);
    if (s->plays.items && s->own_factors)
        status = check_names(s, args, err);
    s->predicted = s->library->factors;
    if (!s->items)
        s->items = s->library->items;
    return status;
}

static int check_model(const struct sources *s, struct args *args,
                       ltrec_error *err)
{
    if (!s->factors || !s->predicted)
        return LTREC_OK;
    return vectors_fit(
        s->predicted,
        args_text(args, "predicted", args_text(args, "catalog", "")),
        s->factors, args_text(args, "factors", ""), err);
}

static int read_others(struct sources *s, struct args *args, ltrec_error *err)
{
    const char *items = args_text(args, "items", NULL);
    const char *plays = args_text(args, "plays", NULL);
    const char *itemitem = args_text(args, "itemitem", NULL);
    int status = LTREC_OK;

    if (items)
        status = items_read(items, 0, &s->own_items, err);
    s->items = s->own_items;
    if (status == LTREC_OK && plays)
        status = matrix_read(s->ctx, plays, args_has(args, "skip-bad"),
                             &s->plays, err);
    if (status == LTREC_OK && itemitem)
        status = ltrec_itemitem_load(s->ctx, itemitem, &s->itemitem, err);
    return status;
}

/* ---- Tracks ------------------------------------------------------------- */

static void add_ids(struct sources *s, const ltrec_factors *from,
                    const ltrec_factors *but, const ltrec_factors *nor)
{
    size_t n = from ? ltrec_factors_count(from) : 0, row;

    for (size_t i = 0; i < n; i++) {
        uint64_t id = ltrec_factors_ids(from)[i];

        if ((!but || ltrec_factors_find(but, id, &row) != LTREC_OK) &&
            (!nor || ltrec_factors_find(nor, id, &row) != LTREC_OK))
            s->ids[s->n++] = id;
    }
}

/* Items that only the table of plays has. */
static void add_played(struct sources *s)
{
    size_t n = s->itemitem ? ltrec_itemitem_count(s->itemitem) : 0, row;

    for (size_t i = 0; i < n; i++) {
        uint64_t id = ltrec_itemitem_ids(s->itemitem)[i];

        if ((!s->factors ||
             ltrec_factors_find(s->factors, id, &row) != LTREC_OK) &&
            (!s->predicted ||
             ltrec_factors_find(s->predicted, id, &row) != LTREC_OK))
            s->ids[s->n++] = id;
    }
}

static uint64_t id_of(const char *text)
{
    return *text ? names_id_of(text, strlen(text)) : 0;
}

/* An album of one name by another artist is another album, unless the table
 * does not know artists. */
static void describe(struct sources *s, size_t i, uint32_t number)
{
    const char *artist = items_text(s->items, number, ITEMS_ARTIST);
    const char *album = items_text(s->items, number, ITEMS_ALBUM);
    const char *title = items_text(s->items, number, ITEMS_TITLE);

    s->artists[i] = id_of(artist);
    s->albums[i] = *album ? id_of(album) ^ id_of(artist) : 0;
    s->recordings[i] = items_recording(artist, title);
}

static void describe_all(struct sources *s)
{
    if (!s->items)
        return;
    s->artists = tool_alloc(s->n, sizeof *s->artists);
    s->albums = tool_alloc(s->n, sizeof *s->albums);
    s->recordings = tool_alloc(s->n, sizeof *s->recordings);
    for (size_t i = 0; i < s->n; i++) {
        uint32_t number;

        if (names_find_id(items_names(s->items), s->ids[i], &number))
            describe(s, i, number);
    }
}

static void list_tracks(struct sources *s)
{
    size_t most = (s->factors ? ltrec_factors_count(s->factors) : 0) +
                  (s->predicted ? ltrec_factors_count(s->predicted) : 0) +
                  (s->itemitem ? ltrec_itemitem_count(s->itemitem) : 0);

    s->ids = tool_alloc(most + 1, sizeof *s->ids);
    add_ids(s, s->factors, NULL, NULL);
    add_ids(s, s->predicted, s->factors, NULL);
    add_played(s);
    describe_all(s);
}

static int make(struct sources *s, struct args *args, ltrec_error *err)
{
    ltrec_recommender_sources from;
    ltrec_recommender_items items;
    ltrec_recommender_options options;

    sources_weights(args, &options);
    ltrec_recommender_sources_init(&from, sizeof from);
    from.factors = s->factors;
    from.content = s->predicted;
    from.itemitem = s->itemitem;
    ltrec_recommender_items_init(&items, sizeof items);
    items.n = s->n;
    items.ids = s->ids;
    items.artists = s->artists;
    items.albums = s->albums;
    items.recordings = s->recordings;
    return ltrec_recommender_create(s->ctx, &from, &items, &options,
                                    &s->recommender, err);
}

int sources_open(struct sources *sources, struct args *args, ltrec_error *err)
{
    struct sources *s = sources;
    int status = read_vectors(s, args, err);

    if (status == LTREC_OK)
        status = read_others(s, args, err);
    if (status == LTREC_OK && args_has(args, "catalog"))
        status = use_catalog(s, args, err);
    if (status == LTREC_OK)
        status = check_model(s, args, err);
    s->titles.factors = s->factors ? s->factors : s->predicted;
    s->titles.more = s->predicted;
    s->titles.items = s->items;
    if (status != LTREC_OK)
        return status;
    list_tracks(s);
    return make(s, args, err);
}

void sources_close(struct sources *sources)
{
    ltrec_recommender_free(sources->recommender);
    ltrec_factors_free(sources->own_factors);
    ltrec_factors_free(sources->own_predicted);
    library_free(sources->library);
    ltrec_itemitem_free(sources->itemitem);
    items_free(sources->own_items);
    matrix_free(&sources->plays);
    free(sources->ids);
    free(sources->artists);
    free(sources->albums);
    free(sources->recordings);
}

int sources_find(const struct sources *sources, const char *text, uint64_t *id,
                 ltrec_error *err)
{
    uint64_t named = names_id_of(text, strlen(text));
    int64_t number = -1;

    if (number_parse_integer(text, strlen(text), &number) != NUMBER_OK)
        number = -1;
    for (size_t pass = 0; pass < 2; pass++)
        for (size_t i = 0; i < sources->n; i++)
            if (sources->ids[i] == (pass == 0 ? named : (uint64_t)number) &&
                (pass == 0 || number >= 0)) {
                *id = sources->ids[i];
                return LTREC_OK;
            }
    if (sources->library)
        return library_find(sources->library, text, id, err);
    return tool_fail(err, LTREC_ERR_ARGUMENT, "no item '%.100s' with factors",
                     text);
}
