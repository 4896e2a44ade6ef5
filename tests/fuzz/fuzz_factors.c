/*
 * fuzz_factors.c - any bytes, or any tensors in a sound container, as factors
 *
 * What is accepted must hold together: finite vectors, lengths that are
 * theirs, each id found in its own row, names that end.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <ltrec/ltrec.h>

#include "factors/factors.h"
#include "fuzz_file.h"
#include "store/store.h"

#define MOST 32
#define MOST_RANK 8

static ltrec_context *ctx;

/* ---- Files -------------------------------------------------------------- */

/* Shapes that may or may not fit; the contents come after it. */
struct outline {
    uint8_t n, rank, n_ids, n_norms, n_ends, n_names, tensors, honest;
    uint64_t model_id;
};

struct contents {
    uint64_t ids[MOST], ends[MOST + 1];
    float vectors[MOST * MOST_RANK], norms[MOST];
    uint32_t plays[MOST];
    char names[256];
    double recipe[LTR_RECIPE_ENTRIES];
};

/* Otherwise hardly any file would get past its norms and names. */
static void make_honest(struct contents *c, size_t n, size_t rank)
{
    for (size_t row = 0; row < n; row++) {
        double sum = 0;

        for (size_t i = row * rank; i < (row + 1) * rank; i++)
            sum += (double)c->vectors[i] * (double)c->vectors[i];
        c->norms[row] = (float)sqrt(sum);
        c->ends[row] = row;
    }
    c->ends[n] = n;
}

static void put(struct ltr_writer *w, const char *name, enum ltr_dtype type,
                size_t n, const void *data)
{
    ltr_store_tensor(w, name, type, 1, &n, data);
}

static void write_outline(const struct outline *o, struct contents *c,
                          const char *path)
{
    size_t n = o->n % MOST, rank = o->rank % (MOST_RANK + 1);
    bool honest = o->honest & 1;
    struct ltr_writer *w;

    if (honest)
        make_honest(c, n, rank);
    fuzz_must(ltr_store_create(ctx, "factors", 1, &w, NULL) == LTREC_OK);
    ltr_store_number(w, "ltrec.model", o->model_id);
    if (o->tensors & 1)
        ltr_store_tensor(w, "factors", LTR_F32, 2, (size_t[]){n, rank},
                         c->vectors);
    if (o->tensors & 2)
        put(w, "ids", LTR_U64, honest ? n : o->n_ids % MOST, c->ids);
    if (o->tensors & 4)
        put(w, "norms", LTR_F32, honest ? n : o->n_norms % MOST, c->norms);
    if (o->tensors & 8)
        put(w, "plays", LTR_U32, n, c->plays);
    if (o->tensors & 16)
        put(w, "names", LTR_U8, honest ? n : o->n_names, c->names);
    if (o->tensors & 32)
        put(w, "name_offsets", LTR_U64, honest ? n + 1 : o->n_ends % MOST,
            c->ends);
    if (o->tensors & 64)
        put(w, "recipe", LTR_F64, LTR_RECIPE_ENTRIES, c->recipe);
    fuzz_must(ltr_store_save(w, path, NULL) == LTREC_OK);
}

/* ---- Uses --------------------------------------------------------------- */

static void check(const ltrec_factors *f, bool mapped)
{
    for (size_t row = 0; row < f->count; row++) {
        const char *name = ltrec_factors_name(f, row);
        size_t found;

        fuzz_must(ltrec_factors_find(f, f->ids[row], &found) == LTREC_OK);
        fuzz_must(found == row);
        fuzz_must(!name || strlen(name) < 256);
        fuzz_must(mapped || (isfinite(f->norms[row]) && f->norms[row] >= 0));
        for (size_t i = 0; i < f->rank; i++)
            fuzz_must(mapped || isfinite(f->vectors[row * f->rank + i]));
    }
}

static void fold_in(const ltrec_factors *f)
{
    ltrec_foldin *foldin;
    float *vector;

    if (f->rank > 256 ||
        ltrec_foldin_create(ctx, f, NULL, &foldin, NULL) != LTREC_OK)
        return;
    vector = malloc(f->rank * sizeof *vector);
    fuzz_must(vector != NULL);
    (void)ltrec_foldin_solve(foldin, f->count, f->ids, NULL, NULL, vector,
                             NULL, NULL);
    free(vector);
    ltrec_foldin_free(foldin);
}

static void use(const uint8_t *data, size_t size)
{
    ltrec_factors *f;

    if (ltr_factors_parse(ctx, data, size, &f, NULL) != LTREC_OK) {
        fuzz_must(!f);
        return;
    }
    check(f, false);
    fold_in(f);
    ltrec_factors_free(f);
}

static void use_outline(const uint8_t *data, size_t size)
{
    static const char path[] = "/dev/shm/ltrec-fuzz-factors";
    static struct contents c;
    ltrec_factors *read, *mapped;
    struct outline o;

    memcpy(&o, data, sizeof o);
    data += sizeof o;
    size -= sizeof o;
    memset(&c, 0, sizeof c);
    memcpy(&c, data, size < sizeof c ? size : sizeof c);
    write_outline(&o, &c, path);
    ltrec_factors_load(ctx, path, 0, &read, NULL);
    ltrec_factors_load(ctx, path, LTREC_FACTORS_MAP, &mapped, NULL);
    fuzz_must(!read || mapped);
    if (mapped)
        check(mapped, true);
    if (read) {
        check(read, false);
        fold_in(read);
    }
    ltrec_factors_free(read);
    ltrec_factors_free(mapped);
    unlink(path);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (!ctx)
        fuzz_must(ltrec_context_create(NULL, &ctx, NULL) == LTREC_OK);
    if (size > 1 + sizeof(struct outline) && data[0] == 1)
        use_outline(data + 1, size - 1);
    else
        use(data, size);
    return 0;
}
