/*
 * fuzz_recommender.c - any bytes, or any tensors in a sound container, as a
 * recommender
 *
 * What is accepted makes lists that keep their rules.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <ltrec/ltrec.h>

#include "fuzz_file.h"
#include "rec/recommender.h"
#include "store/store.h"

#define ROWS 8
#define MOST 32

static ltrec_context *ctx;
static ltrec_factors *factors;

static void start(void)
{
    static const float vectors[ROWS][2] = {{1, 0}, {0, 1}, {1, 1}, {1, 2},
                                           {2, 1}, {0, 0}, {3, 1}, {1, 3}};
    static const uint64_t ids[ROWS] = {0, 1, 2, 3, 4, 5, 6, 7};
    ltrec_factors_options options;

    ltrec_factors_options_init(&options, sizeof options);
    options.model_id = 1;
    fuzz_must(ltrec_context_create(NULL, &ctx, NULL) == LTREC_OK);
    fuzz_must(ltrec_factors_create(ctx, ROWS, 2, ids, vectors[0], &options,
                                   &factors, NULL) == LTREC_OK);
}

/* Shapes that may or may not fit; the contents come after it. */
struct outline {
    uint8_t n, n_weights, n_settings, n_plays, n_artists, fusion, model;
    uint8_t tensors;
};

struct contents {
    double weights[MOST], settings[MOST];
    uint64_t ids[MOST], artists[MOST], albums[MOST], recordings[MOST];
    uint32_t plays[MOST];
};

static void put(struct ltr_writer *w, const char *name, enum ltr_dtype type,
                size_t n, const void *data)
{
    n %= MOST;
    ltr_store_tensor(w, name, type, 1, &n, data);
}

static void write_outline(const struct outline *o, const struct contents *c,
                          const char *path)
{
    struct ltr_writer *w;

    fuzz_must(ltr_store_create(ctx, "recommender", 1, &w, NULL) == LTREC_OK);
    ltr_store_number(w, "ltrec.model", o->model);
    ltr_store_number(w, "ltrec.fusion", o->fusion);
    put(w, "weights", LTR_F64, o->n_weights, c->weights);
    put(w, "settings", LTR_F64, o->n_settings, c->settings);
    put(w, "ids", LTR_U64, o->n, c->ids);
    put(w, "plays", LTR_U32, o->n_plays, c->plays);
    if (o->tensors & 1)
        put(w, "artists", LTR_U64, o->n_artists, c->artists);
    if (o->tensors & 2)
        put(w, "albums", LTR_U64, o->n, c->albums);
    if (o->tensors & 4)
        put(w, "recordings", LTR_U64, o->n, c->recordings);
    fuzz_must(ltr_store_save(w, path, NULL) == LTREC_OK);
}

static void make_a_list(const ltrec_recommender *r)
{
    static const uint64_t played[] = {0, 3};
    ltrec_listener listener;
    ltrec_list_options list;
    uint64_t ids[MOST];
    float scores[MOST];
    size_t n;

    ltrec_listener_init(&listener, sizeof listener);
    listener.n_played = 2;
    listener.played = played;
    ltrec_list_options_init(&list, sizeof list);
    list.per_artist = list.per_album = list.artist_window = 1;
    list.diversity = 0.5;
    if (ltrec_recommender_list(r, &listener, &list, MOST, ids, scores, &n,
                               NULL) != LTREC_OK)
        return;
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < i; j++)
            fuzz_must(ids[i] != ids[j]);
}

static void use(ltrec_recommender *r, int status)
{
    fuzz_must((status == LTREC_OK) == (r != NULL));
    if (r)
        make_a_list(r);
    ltrec_recommender_free(r);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char path[] = "/dev/shm/ltrec-fuzz-recommender";
    static struct contents c;
    ltrec_recommender_sources sources;
    ltrec_recommender *r;
    struct outline o;
    int status;

    if (!ctx)
        start();
    ltrec_recommender_sources_init(&sources, sizeof sources);
    sources.factors = factors;
    if (size <= 1 + sizeof o || data[0] != 1) {
        status = ltr_rec_parse(ctx, data, size, &sources, &r, NULL);
        use(r, status);
        return 0;
    }
    memcpy(&o, data + 1, sizeof o);
    memset(&c, 0, sizeof c);
    data += 1 + sizeof o;
    size -= 1 + sizeof o;
    memcpy(&c, data, size < sizeof c ? size : sizeof c);
    write_outline(&o, &c, path);
    status = ltrec_recommender_load(ctx, path, &sources, &r, NULL);
    use(r, status);
    unlink(path);
    return 0;
}
