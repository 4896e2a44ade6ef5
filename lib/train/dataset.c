/*
 * dataset.c - what is known of the tracks to learn from
 */
#include "train/train_parts.h"

#include <float.h>
#include <string.h>

#include "base/context.h"
#include "base/error.h"
#include "base/options.h"
#include "base/scratch.h"
#include "dsp/frontend.h"
#include "math/sort.h"
#include "store/store.h"

#define LEVELS 65535.0f

static const ltrec_dataset_options defaults = {.size = sizeof defaults};

void ltrec_dataset_options_init(ltrec_dataset_options *options, size_t size)
{
    ltr_options_init(options, size, &defaults, sizeof defaults);
}

/* ---- Life cycle --------------------------------------------------------- */

/* Nobody could find the second of a name. */
static int refuse_twice(ltrec_context *ctx, const char *what, size_t n,
                        const char *const *texts, ltrec_error *err)
{
    uint64_t *sums = ltr_alloc(ctx, n, sizeof *sums);
    uint32_t *order = ltr_alloc(ctx, n, 2 * sizeof *order);
    int status = LTREC_OK;

    if (!sums || !order)
        status = ltr_fail(err, LTREC_ERR_MEMORY, "dataset: no memory");
    for (size_t i = 0; status == LTREC_OK && i < n; i++)
        sums[i] = ltr_checksum(0, texts[i], strlen(texts[i]));
    if (status == LTREC_OK)
        ltr_sort_order(sums, order, order + n, n);
    for (size_t i = 1; status == LTREC_OK && i < n; i++)
        for (size_t j = i; j-- > 0 && sums[order[j]] == sums[order[i]];)
            if (strcmp(texts[order[j]], texts[order[i]]) == 0)
                status = ltr_fail(err, LTREC_ERR_ARGUMENT,
                                  "dataset: '%.80s' is twice among the %s",
                                  texts[order[i]], what);
    ltr_free(ctx, sums);
    ltr_free(ctx, order);
    return status;
}

static int copy_names(ltrec_context *ctx, const char *what, size_t n,
                      const char *const *texts, struct ltr_names *names,
                      ltrec_error *err)
{
    int status;

    if (n == 0)
        return LTREC_OK;
    if (n > 65536 / 2)
        return ltr_fail(err, LTREC_ERR_ARGUMENT, "dataset: %zu %s, at most %d",
                        n, what, 65536 / 2);
    for (size_t i = 0; i < n; i++)
        if (!texts || !texts[i] || !texts[i][0])
            return ltr_fail(err, LTREC_ERR_ARGUMENT,
                            "dataset: %s %zu has no name", what, i);
        else if (!ltr_store_accepts(texts[i]))
            return ltr_fail(err, LTREC_ERR_ARGUMENT,
                            "dataset: the name of %s %zu is not UTF-8", what,
                            i);
    status = refuse_twice(ctx, what, n, texts, err);
    if (status != LTREC_OK)
        return status;
    if (ltr_names_copy(ctx, n, texts, names) != LTREC_OK)
        return ltr_fail(err, LTREC_ERR_MEMORY, "dataset: no memory");
    return LTREC_OK;
}

static int fill_in(ltrec_dataset *d, const ltrec_dataset_options *o,
                   ltrec_error *err)
{
    int status = LTREC_OK;

    if (o->frontend) {
        status = ltr_frontend_options_read(&d->frontend, o->frontend, err);
        d->has_sound = 1;
    }
    if (status == LTREC_OK && o->scratch)
        status = ltr_scratch_create(d->ctx, o->scratch, &d->scratch, err);
    if (status == LTREC_OK)
        status = copy_names(d->ctx, "attributes", o->n_attributes,
                            o->attribute_names, &d->attributes, err);
    if (status == LTREC_OK)
        status = copy_names(d->ctx, "machine columns", o->n_machine,
                            o->machine_names, &d->machine, err);
    if (status == LTREC_OK)
        status = copy_names(d->ctx, "genres", o->n_genres, o->genre_names,
                            &d->genres, err);
    return status;
}

int ltrec_dataset_create(ltrec_context *ctx,
                         const ltrec_dataset_options *options,
                         ltrec_dataset **out, ltrec_error *err)
{
    ltrec_dataset_options o = defaults;
    ltrec_dataset *d;
    int status;

    if (!out)
        return ltr_fail(err, LTREC_ERR_ARGUMENT, "dataset: `out` is NULL");
    *out = NULL;
    if (!ctx)
        return ltr_fail(err, LTREC_ERR_ARGUMENT, "dataset: needs a context");
    status = ltr_options_read(&o, sizeof o, options, "dataset", err);
    if (status != LTREC_OK)
        return status;
    d = ltr_alloc(ctx, 1, sizeof *d);
    if (!d)
        return ltr_fail(err, LTREC_ERR_MEMORY, "dataset: no memory");
    d->ctx = ltr_context_ref(ctx);
    status = fill_in(d, &o, err);
    if (status != LTREC_OK) {
        ltrec_dataset_free(d);
        return status;
    }
    *out = d;
    return LTREC_OK;
}

static void free_known(const ltrec_dataset *d, struct ltr_known *known)
{
    ltrec_context *ctx = d->ctx;

    if (!d->scratch)
        ltr_free(ctx, known->mel);
    ltr_free(ctx, known->attributes);
    ltr_free(ctx, known->machine);
    ltr_free(ctx, known->genres);
}

void ltrec_dataset_free(ltrec_dataset *dataset)
{
    ltrec_context *ctx;

    if (!dataset)
        return;
    ctx = dataset->ctx;
    for (size_t i = 0; i < dataset->n; i++)
        free_known(dataset, &dataset->tracks[i]);
    ltr_free(ctx, dataset->tracks);
    ltr_free(ctx, dataset->ids);
    ltr_idmap_free(ctx, &dataset->rows);
    ltr_names_free(ctx, &dataset->attributes);
    ltr_names_free(ctx, &dataset->machine);
    ltr_names_free(ctx, &dataset->genres);
    ltr_scratch_free(dataset->scratch);
    ltr_free(ctx, dataset);
    ltr_context_unref(ctx);
}

size_t ltrec_dataset_count(const ltrec_dataset *dataset)
{
    return dataset ? dataset->n : 0;
}

/* ---- Adding ------------------------------------------------------------- */

static int grow(ltrec_dataset *d)
{
    size_t capacity = d->capacity ? 2 * d->capacity : 64;
    struct ltr_known *tracks = ltr_alloc(d->ctx, capacity, sizeof *tracks);
    uint64_t *ids = ltr_alloc(d->ctx, capacity, sizeof *ids);
    struct ltr_idmap rows = {0};

    if (!tracks || !ids ||
        ltr_idmap_create(d->ctx, capacity, &rows) != LTREC_OK) {
        ltr_free(d->ctx, tracks);
        ltr_free(d->ctx, ids);
        return LTREC_ERR_MEMORY;
    }
    if (d->n > 0) {
        memcpy(tracks, d->tracks, d->n * sizeof *tracks);
        memcpy(ids, d->ids, d->n * sizeof *ids);
    }
    for (size_t i = 0; i < d->n; i++)
        ltr_idmap_put(&rows, ids, i);
    ltr_free(d->ctx, d->tracks);
    ltr_free(d->ctx, d->ids);
    ltr_idmap_free(d->ctx, &d->rows);
    d->tracks = tracks;
    d->ids = ids;
    d->rows = rows;
    d->capacity = capacity;
    return LTREC_OK;
}

static int copy_floats(ltrec_context *ctx, const float *from, size_t n,
                       float **to)
{
    if (!from || n == 0)
        return LTREC_OK;
    *to = ltr_alloc(ctx, n, sizeof **to);
    if (!*to)
        return LTREC_ERR_MEMORY;
    memcpy(*to, from, n * sizeof **to);
    return LTREC_OK;
}

static int no_memory(ltrec_error *err)
{
    return ltr_fail(err, LTREC_ERR_MEMORY, "dataset: no memory for a track");
}

static int take_mel(const ltrec_dataset *d, size_t n, struct ltr_known *known,
                    ltrec_error *err)
{
    void *taken;
    int status;

    if (!d->scratch) {
        known->mel = ltr_alloc(d->ctx, n, sizeof *known->mel);
        return known->mel ? LTREC_OK : no_memory(err);
    }
    status = ltr_scratch_take(d->scratch, n * sizeof *known->mel, &taken, err);
    known->mel = taken;
    return status;
}

/* Now, while it is in the cache: it may be on a disk later. */
static uint64_t stamp_of(const struct ltr_known *known, size_t n)
{
    const float range[] = {known->least, known->step};

    return ltr_checksum(ltr_checksum(known->n_frames, range, sizeof range),
                        known->mel, n * sizeof *known->mel);
}

static int copy_mel(const ltrec_dataset *d, const ltrec_track *track,
                    struct ltr_known *known, ltrec_error *err)
{
    size_t n = track->n_frames * d->frontend.bands;
    float least, most;
    int status;

    if (!track->mel || !d->has_sound)
        return LTREC_OK;
    status = take_mel(d, n, known, err);
    if (status != LTREC_OK)
        return status;
    least = most = track->mel[0];
    for (size_t i = 1; i < n; i++) {
        least = track->mel[i] < least ? track->mel[i] : least;
        most = track->mel[i] > most ? track->mel[i] : most;
    }
    known->n_frames = track->n_frames;
    known->least = least;
    known->step = (most - least) / LEVELS;
    if (!(known->step > FLT_MIN)) /* too little to be told apart in floats */
        known->step = 1;
    for (size_t i = 0; i < n; i++)
        known->mel[i] =
            (uint16_t)((track->mel[i] - least) / known->step + 0.5f);
    known->stamp = stamp_of(known, n);
    return LTREC_OK;
}

void ltr_dataset_mel(const ltrec_dataset *dataset, size_t row, size_t start,
                     size_t frames, float *out)
{
    const struct ltr_known *known = &dataset->tracks[row];
    size_t bands = dataset->frontend.bands;
    const uint16_t *from = known->mel + start * bands;

    for (size_t i = 0; i < frames * bands; i++)
        out[i] = known->least + known->step * (float)from[i];
}

/* The spectrogram last: scratch that was taken is not given back. */
static int copy_known(const ltrec_dataset *d, uint64_t artist,
                      const ltrec_track *track, struct ltr_known *known,
                      ltrec_error *err)
{
    int status = copy_floats(d->ctx, track->attributes, d->attributes.n,
                             &known->attributes);

    known->artist = artist;
    known->album = track->album;
    known->released = track->released;
    known->recording = track->recording;
    if (status == LTREC_OK)
        status =
            copy_floats(d->ctx, track->machine, d->machine.n, &known->machine);
    if (status == LTREC_OK)
        status =
            copy_floats(d->ctx, track->genres, d->genres.n, &known->genres);
    if (status != LTREC_OK)
        return no_memory(err);
    return copy_mel(d, track, known, err);
}

static int check(const ltrec_dataset *d, uint64_t id, ltrec_track *track,
                 ltrec_error *err)
{
    const struct ltr_track_shape shape = {
        .bands = d->has_sound ? d->frontend.bands : 0,
        .n_attributes = d->attributes.n,
        .n_machine = d->machine.n,
        .n_genres = d->genres.n,
    };

    if (d->n > 0 && ltr_idmap_find(&d->rows, d->ids, id) != LTR_NO_ROW)
        return ltr_fail(err, LTREC_ERR_ARGUMENT,
                        "dataset: track %llu was there before",
                        (unsigned long long)id);
    if (d->n == LTR_MOST_ROWS)
        return ltr_fail(err, LTREC_ERR_ARGUMENT, "dataset: full");
    return ltr_track_check(track, &shape, err);
}

int ltrec_dataset_add(ltrec_dataset *dataset, uint64_t id, uint64_t artist,
                      const ltrec_track *track, ltrec_error *err)
{
    struct ltr_known known = {0};
    ltrec_track read;
    int status;

    if (!dataset || !track)
        return ltr_fail(err, LTREC_ERR_ARGUMENT,
                        "dataset: an argument is NULL");
    ltrec_track_init(&read, sizeof read);
    status = ltr_options_read(&read, sizeof read, track, "track", err);
    if (status == LTREC_OK)
        status = check(dataset, id, &read, err);
    if (status != LTREC_OK)
        return status;
    if (dataset->n == dataset->capacity && grow(dataset) != LTREC_OK)
        return no_memory(err);
    status = copy_known(dataset, artist, &read, &known, err);
    if (status != LTREC_OK) {
        free_known(dataset, &known);
        return status;
    }
    dataset->ids[dataset->n] = id;
    dataset->tracks[dataset->n] = known;
    ltr_idmap_put(&dataset->rows, dataset->ids, dataset->n);
    dataset->n++;
    return LTREC_OK;
}
