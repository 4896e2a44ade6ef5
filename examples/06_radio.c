/*
 * 06_radio.c - an hour of radio for one listener, and why
 *
 * Factors of what was played and predictions of what nobody has played yet
 * make one recommender.  The list it makes keeps rules: two tracks of an
 * artist at most and never one after the other, the title track first, nothing
 * of what was voted down.  Then it says why the third track is there.
 *
 *     cc 06_radio.c $(pkg-config --cflags --libs ltrec)
 */
#include <stdio.h>

#include <ltrec/ltrec.h>

enum {
    TRACKS = 9,
    PLAYED = 7, /* the others are new */
    RANK = 2,
    HOUR = 5
};

static const char *const titles[TRACKS] = {
    "Blue Bossa", "So What", "Naima",    "Paranoid", "Overkill",
    "Iron Man",   "Ballad",  "New Jazz", "New Metal"};
static const uint64_t ids[TRACKS] = {0, 1, 2, 3, 4, 5, 6, 7, 8};
static const uint64_t artists[TRACKS] = {10, 11, 15, 13, 14, 13, 12, 12, 13};
static const uint32_t plays[TRACKS] = {40, 90, 35, 80, 60, 75, 4, 0, 0};

/* What factorizing plays gave, and what a model predicted. */
static const float factors[PLAYED][RANK] = {
    {1, 0.1f}, {1.4f, 0.2f}, {0.9f, 0},     {0.1f, 1.3f},
    {0, 1},    {0.1f, 1.2f}, {0.5f, -0.05f}};
static const float predictions[2][RANK] = {{0.9f, 0.1f}, {0.1f, 0.9f}};

static int fail(const ltrec_error *err)
{
    fprintf(stderr, "%s\n", err->message);
    return 1;
}

static int make(ltrec_context *ctx, ltrec_recommender **out, ltrec_error *err)
{
    ltrec_factors_options options;
    ltrec_recommender_sources sources;
    ltrec_recommender_items items;
    ltrec_factors *known = NULL, *predicted = NULL;
    int status;

    ltrec_factors_options_init(&options, sizeof options);
    options.model_id = 1; /* both are of one space */
    options.plays = plays;
    status = ltrec_factors_create(ctx, PLAYED, RANK, ids, factors[0], &options,
                                  &known, err);
    options.plays = NULL;
    if (status == LTREC_OK)
        status =
            ltrec_factors_create(ctx, 2, RANK, ids + PLAYED, predictions[0],
                                 &options, &predicted, err);
    ltrec_recommender_sources_init(&sources, sizeof sources);
    sources.factors = known;
    sources.content = predicted;
    ltrec_recommender_items_init(&items, sizeof items);
    items.n = TRACKS;
    items.ids = ids;
    items.artists = artists;
    items.plays = plays;
    if (status == LTREC_OK)
        status =
            ltrec_recommender_create(ctx, &sources, &items, NULL, out, err);
    ltrec_factors_free(known); /* the recommender holds on to both */
    ltrec_factors_free(predicted);
    return status;
}

static int tell_why(const ltrec_recommender *r, const ltrec_listener *listener,
                    const ltrec_list_options *list, uint64_t track,
                    ltrec_error *err)
{
    ltrec_explanation why = {.size = sizeof why};
    uint64_t because[1];
    double shares[1];
    size_t n;
    int status = ltrec_recommender_explain(r, listener, list, track, &why, 1,
                                           because, shares, &n, err);

    if (status != LTREC_OK)
        return status;
    printf("%s: %.2f = factors %.2f + content %.2f + artist %.2f",
           titles[track], why.score, why.sources[LTREC_SOURCE_FACTORS],
           why.sources[LTREC_SOURCE_CONTENT],
           why.sources[LTREC_SOURCE_ARTIST]);
    if (n > 0)
        printf("; most because of %s", titles[because[0]]);
    printf("%s\n", why.cold ? "; nobody has played it" : "");
    return LTREC_OK;
}

int main(void)
{
    static const uint64_t heard[] = {0, 1}, disliked[] = {5}, first[] = {6};
    static const float counts[] = {12, 3};
    ltrec_context *ctx;
    ltrec_recommender *r = NULL;
    ltrec_listener listener;
    ltrec_list_options list;
    uint64_t found[HOUR];
    float scores[HOUR];
    size_t n;
    ltrec_error err;

    if (ltrec_context_create(NULL, &ctx, &err) != LTREC_OK ||
        make(ctx, &r, &err) != LTREC_OK)
        return fail(&err);
    ltrec_listener_init(&listener, sizeof listener);
    listener.n_played = 2;
    listener.played = heard;
    listener.counts = counts;
    listener.n_disliked = 1;
    listener.disliked = disliked;
    ltrec_list_options_init(&list, sizeof list);
    list.per_artist = 2;
    list.artist_window = 1;
    list.n_pins = 1;
    list.pins = first;
    if (ltrec_recommender_list(r, &listener, &list, HOUR, found, scores, &n,
                               &err) != LTREC_OK)
        return fail(&err);
    for (size_t i = 0; i < n; i++)
        printf("%zu  %-10s %5.2f\n", i + 1, titles[found[i]],
               (double)scores[i]);
    if (tell_why(r, &listener, &list, found[2], &err) != LTREC_OK)
        return fail(&err);
    ltrec_recommender_free(r);
    ltrec_context_free(ctx);
    return 0;
}
