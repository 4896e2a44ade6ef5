/*
 * fuzz_index.c - any bytes, or any tensors in a sound container, opened as an
 * index
 *
 * What loads must answer as a sound index does, and the same when mapped.
 * What only maps may answer anything.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <ltrec/ltrec.h>

#include "store/store.h"

#define MOST 64
#define MOST_DIM 8

static ltrec_context *ctx;
static char path[64];

static void require(int truth)
{
    if (!truth)
        abort();
}

static void remove_file(void)
{
    unlink(path);
}

static void prepare(void)
{
    if (ctx)
        return;
    require(ltrec_context_create(NULL, &ctx, NULL) == LTREC_OK);
    snprintf(path, sizeof path, "/tmp/ltrec-fuzz-index-%ld", (long)getpid());
    atexit(remove_file);
}

/* ---- Files -------------------------------------------------------------- */

static void write_raw(const uint8_t *data, size_t size)
{
    FILE *file = fopen(path, "wb");

    require(file && fwrite(data, 1, size, file) == size);
    require(fclose(file) == 0);
}

/* Shapes and types that may or may not fit, contents from the input. */
struct outline {
    uint8_t n, dim, n_ids, n_order, type_of_ids, tensors, unit, text;
    uint64_t model_id, features;
    uint8_t format, n_lists, exact, wrong;
};

static void add(struct ltr_writer *w, const char *name, enum ltr_dtype type,
                size_t n_dimensions, size_t rows, size_t cols,
                const void *contents)
{
    size_t shape[] = {rows, cols};

    ltr_store_tensor(w, name, type, n_dimensions, shape, contents);
}

/* Codes of nothing, as format 3 had them or as format 4 has. */
static void add_codes(struct ltr_writer *w, unsigned format, size_t n,
                      size_t dim)
{
    static uint8_t codes[MOST * MOST_DIM * 4];
    static float zeros[MOST];
    size_t blocks = n / 16, quads = (dim + 3) / 4;
    size_t shape[] = {blocks, quads, 16, 4};
    size_t half[] = {blocks, (quads + 1) / 2, 16, 4};

    if (format == 3) {
        ltr_store_tensor(w, "codes", LTR_I8, 4, shape, codes);
    } else {
        ltr_store_tensor(w, "uppers", LTR_U8, 4, half, codes);
        ltr_store_tensor(w, "lowers", LTR_U8, 4, half, codes);
        add(w, "upper_scales", LTR_F32, 2, blocks, 16, zeros);
        add(w, "upper_margins", LTR_U16, 2, blocks, 16, zeros);
    }
    add(w, "scales", LTR_F32, 2, blocks, 16, zeros);
    add(w, "margins", format == 3 ? LTR_F32 : LTR_U16, 2, blocks, 16, zeros);
}

/* Lists of whatever `data` says. */
static void add_lists(struct ltr_writer *w, const struct outline *o,
                      size_t dim, const uint8_t *data, size_t size)
{
    static float centroids[16 * MOST_DIM], angles[16 * 8];
    static uint32_t begins[17];
    size_t lists = o->n_lists % 17;

    ltr_store_real(w, "ltrec.recall", o->exact ? 1 : 0.5);
    if (lists == 0)
        return;
    ltr_store_number(w, "ltrec.probes", o->wrong & 1 ? 99999 : o->exact % 9);
    ltr_store_number(w, "ltrec.probes_100", o->exact % 7);
    ltr_store_real(w, "ltrec.recall_tracks", 0.9);
    ltr_store_real(w, "ltrec.recall_queries", -1);
    memset(centroids, 0, sizeof centroids);
    for (size_t i = 0; i < lists; i++) {
        uint8_t what = i < size ? data[size - 1 - i] : 0;

        begins[i + 1] = begins[i] + (what & 15);
        if (o->wrong & 2)
            begins[i + 1] = what;
        centroids[i * dim + (what >> 4) % dim] = o->wrong & 4 ? 2 : 1;
        for (size_t part = 0; part < 8; part++)
            angles[i * 8 + part] = (float)what / 80;
    }
    add(w, "begins", LTR_U32, 1, lists + !(o->wrong & 8), 0, begins);
    add(w, "centroids", LTR_F32, 2, lists, dim, centroids);
    add(w, "angles", LTR_F32, 2, lists, 8, angles);
}

static void write_outline(const struct outline *o, const uint8_t *data,
                          size_t size)
{
    static uint64_t ids[256];
    static uint32_t order[256];
    static float vectors[MOST * MOST_DIM];
    size_t n = o->n % MOST, dim = o->dim % (MOST_DIM + 1);
    unsigned format = !(o->format % 2) || !dim ? 1
                      : o->format % 4 == 1     ? 4
                                               : 3;
    struct ltr_writer *w;

    memset(vectors, 0, sizeof vectors);
    for (size_t i = 0; i < 256; i++) {
        ids[i] = i < size ? data[i] : i;
        order[i] = 256 + i < size ? data[256 + i] : (uint32_t)i;
    }
    if (o->unit) /* otherwise hardly any would be */
        for (size_t i = 0; i < MOST * dim; i += dim)
            vectors[i + (dim > 1 && o->unit > 128)] = 1;
    else
        memcpy(vectors, data, size < sizeof vectors ? size : sizeof vectors);

    require(ltr_store_create(ctx, "index", format, &w, NULL) == LTREC_OK);
    ltr_store_text(w, "ltrec.metric", o->text ? "cosine" : "dot");
    ltr_store_number(w, "ltrec.model_id", o->model_id);
    if (o->features)
        ltr_store_number(w, "ltrec.feature_version", o->features);
    if (o->tensors & 1)
        add(w, "ids", o->type_of_ids ? LTR_U64 : LTR_I64, 1,
            o->tensors & 8 ? n : o->n_ids, 0, ids);
    if (o->tensors & 2)
        add(w, "vectors", LTR_F32, 2, n, dim, vectors);
    if (o->tensors & 4)
        add(w, "order", LTR_U32, 1, o->tensors & 16 ? n : o->n_order, 0,
            order);
    if (format > 1) {
        add_codes(w, format, n, dim);
        add_lists(w, o, dim, data, size);
    }
    require(ltr_store_save(w, path, NULL) == LTREC_OK);
}

/* ---- Uses --------------------------------------------------------------- */

struct answer {
    size_t n;
    uint64_t ids[MOST];
    float similarities[MOST];
};

/* The first two of the answer, by codes and lists where there are any. */
static void search_few(const ltrec_index *index, const float *query,
                       const struct answer *a, int loaded)
{
    ltrec_index_information info;
    float similarities[2];
    uint64_t ids[2];
    size_t n;

    ltrec_index_information_init(&info, sizeof info);
    require(ltrec_index_info(index, &info) == LTREC_OK);
    require(ltrec_index_search(index, query, 2, ids, similarities, &n) ==
            LTREC_OK);
    require(n <= 2);
    if (!loaded)
        return;
    require(n == (a->n < 2 ? a->n : 2));
    for (size_t i = 0; i < n && info.recall >= 1; i++)
        require(ids[i] == a->ids[i]);
}

static void search(const ltrec_index *index, struct answer *a, int loaded)
{
    size_t dim = ltrec_index_dim(index);
    float *query = calloc(dim, sizeof *query);

    require(query != NULL);
    query[0] = 1;
    query[dim - 1] = -2;
    memset(a, 0, sizeof *a);
    require(ltrec_index_search(index, query, MOST, a->ids, a->similarities,
                               &a->n) == LTREC_OK);
    search_few(index, query, a, loaded);
    for (uint64_t id = 0; id < 256; id += 5)
        if (ltrec_index_vector(index, id, query) == LTREC_OK)
            require(ltrec_index_contains(index, id));
    free(query);
}

static void check(const struct answer *a, const ltrec_index *index)
{
    size_t count = ltrec_index_count(index);

    require(a->n == (count < MOST ? count : MOST));
    for (size_t i = 0; i < a->n; i++) {
        require(ltrec_index_contains(index, a->ids[i]));
        require(a->similarities[i] >= -1 && a->similarities[i] <= 1);
        require(i == 0 || a->similarities[i] <= a->similarities[i - 1]);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    ltrec_index *loaded, *mapped;
    struct answer a, b;
    struct outline o;

    prepare();
    if (size > sizeof o && data[0] == 1) {
        memcpy(&o, data + 1, sizeof o);
        write_outline(&o, data + 1 + sizeof o, size - 1 - sizeof o);
    } else {
        write_raw(data, size);
    }
    ltrec_index_load(ctx, path, &loaded, NULL);
    ltrec_index_map(ctx, path, &mapped, NULL);
    if (mapped)
        search(mapped, &b, 0);
    if (loaded) {
        require(mapped != NULL);
        search(loaded, &a, 1);
        check(&a, loaded);
        require(memcmp(&a, &b, sizeof a) == 0);
    }
    ltrec_index_free(loaded);
    ltrec_index_free(mapped);
    return 0;
}
