/*
 * header.c - what a safetensors header says
 *
 * Only the JSON that such a header can be: an object of objects, two levels
 * deep.
 */
#include "store/internal.h"

#include <string.h>

#include "base/context.h"
#include "base/error.h"
#include "store/json.h"

/* ---- A tensor ----------------------------------------------------------- */

static int take_type(struct ltr_json *c, enum ltr_dtype *type)
{
    const char *name;
    int status = ltr_json_string(c, &name);

    if (status != LTREC_OK)
        return status;
    *type = ltr_dtype_of(name);
    return *type != LTR_DTYPES ? LTREC_OK
                               : ltr_json_bad(c, "a known dtype before it");
}

/* One field of a tensor; `seen` collects which there were. */
static int take_field(struct ltr_json *c, struct ltr_tensor *t, unsigned *seen)
{
    size_t offsets[2], n;
    const char *key;
    unsigned bit;
    int status = ltr_json_string(c, &key);

    if (status != LTREC_OK)
        return status;
    if (!ltr_json_take(c, ':'))
        return ltr_json_bad(c, "':'");
    if (strcmp(key, "dtype") == 0) {
        bit = 1;
        status = take_type(c, &t->type);
    } else if (strcmp(key, "shape") == 0) {
        bit = 2;
        status = ltr_json_numbers(c, LTR_MOST_DIMENSIONS, t->shape,
                                  &t->n_dimensions);
    } else if (strcmp(key, "data_offsets") == 0) {
        bit = 4;
        status = ltr_json_numbers(c, 2, offsets, &n);
        if (status == LTREC_OK && n != 2)
            return ltr_json_bad(c, "two offsets before it");
        t->begin = offsets[0];
        t->end = offsets[1];
    } else {
        return ltr_json_bad(c, "dtype, shape or data_offsets before it");
    }
    if (*seen & bit)
        return ltr_json_bad(c, "each field once");
    *seen |= bit;
    return status;
}

static int take_tensor(struct ltr_json *c, struct ltr_tensor *t)
{
    unsigned seen = 0;
    int status;

    if (!ltr_json_take(c, '{'))
        return ltr_json_bad(c, "'{'");
    do {
        status = take_field(c, t, &seen);
        if (status != LTREC_OK)
            return status;
    } while (ltr_json_take(c, ','));
    if (!ltr_json_take(c, '}'))
        return ltr_json_bad(c, "'}'");
    return seen == 7 ? LTREC_OK
                     : ltr_json_bad(c, "dtype, shape and data_offsets");
}

/* ---- The whole ---------------------------------------------------------- */

/* Room for one more element; doubling, so that lies cost what they are. */
static void *grow(struct ltr_json *c, void *old, size_t count,
                  size_t *capacity, size_t size)
{
    size_t wanted = *capacity ? 2 * *capacity : 16;
    void *new;

    if (count < *capacity)
        return old;
    new = ltr_alloc(c->ctx, wanted, size);
    if (!new) {
        ltr_fail(c->err, LTREC_ERR_MEMORY, "store: no memory");
        return NULL;
    }
    if (count > 0)
        memcpy(new, old, count * size);
    ltr_free(c->ctx, old);
    *capacity = wanted;
    return new;
}

static int take_entry(struct ltr_json *c, struct ltr_header *h)
{
    struct ltr_entry *entry;
    void *grown = grow(c, h->entries, h->n_entries, &h->entry_capacity,
                       sizeof *h->entries);
    int status;

    if (!grown)
        return LTREC_ERR_MEMORY;
    h->entries = grown;
    if (h->n_entries == LTR_MOST_ENTRIES)
        return ltr_json_bad(c, "fewer metadata entries");
    entry = &h->entries[h->n_entries];
    status = ltr_json_string(c, &entry->key);
    if (status != LTREC_OK)
        return status;
    if (!ltr_json_take(c, ':'))
        return ltr_json_bad(c, "':'");
    ltr_json_skip_space(c);
    entry->value_at = c->at + 1;
    status = ltr_json_string(c, &entry->value);
    if (status != LTREC_OK)
        return status;
    for (size_t i = 0; i < h->n_entries; i++)
        if (strcmp(h->entries[i].key, entry->key) == 0)
            return ltr_json_bad(c, "each metadata key once");
    h->n_entries++;
    return LTREC_OK;
}

static int take_metadata(struct ltr_json *c, struct ltr_header *h)
{
    int status;

    if (h->n_entries > 0)
        return ltr_json_bad(c, "__metadata__ once");
    if (!ltr_json_take(c, '{'))
        return ltr_json_bad(c, "'{'");
    if (ltr_json_take(c, '}'))
        return LTREC_OK;
    do {
        status = take_entry(c, h);
        if (status != LTREC_OK)
            return status;
    } while (ltr_json_take(c, ','));
    return ltr_json_take(c, '}') ? LTREC_OK : ltr_json_bad(c, "'}'");
}

static int take_member(struct ltr_json *c, struct ltr_header *h)
{
    const char *name;
    struct ltr_tensor *tensor;
    void *grown;
    int status = ltr_json_string(c, &name);

    if (status != LTREC_OK)
        return status;
    if (!ltr_json_take(c, ':'))
        return ltr_json_bad(c, "':'");
    if (strcmp(name, "__metadata__") == 0)
        return take_metadata(c, h);
    if (h->n_tensors == LTR_MOST_TENSORS)
        return ltr_json_bad(c, "fewer tensors");
    grown = grow(c, h->tensors, h->n_tensors, &h->tensor_capacity,
                 sizeof *h->tensors);
    if (!grown)
        return LTREC_ERR_MEMORY;
    h->tensors = grown;
    for (size_t i = 0; i < h->n_tensors; i++)
        if (strcmp(h->tensors[i].name, name) == 0)
            return ltr_json_bad(c, "each tensor name once");
    tensor = &h->tensors[h->n_tensors];
    tensor->name = name;
    status = take_tensor(c, tensor);
    h->n_tensors += status == LTREC_OK;
    return status;
}

int ltr_header_parse(ltrec_context *ctx, char *text, size_t size,
                     struct ltr_header *header, ltrec_error *err)
{
    struct ltr_json c = {ctx, text, size, 0, err};
    int status = LTREC_OK;

    if (size == 0 || text[0] != '{')
        return ltr_json_bad(&c, "'{'");
    c.at = 1;
    if (!ltr_json_take(&c, '}')) {
        do {
            status = take_member(&c, header);
            if (status != LTREC_OK)
                return status;
        } while (ltr_json_take(&c, ','));
        if (!ltr_json_take(&c, '}'))
            return ltr_json_bad(&c, "'}'");
    }
    ltr_json_skip_space(&c);
    return c.at == size ? LTREC_OK : ltr_json_bad(&c, "nothing but spaces");
}
