/*
 * reader.c - safetensors files, read as if an enemy had written them
 */
#include "store/internal.h"

#include <math.h>
#include <string.h>

#include "base/context.h"
#include "base/error.h"
#include "base/file.h"

/* ---- Checking ----------------------------------------------------------- */

static int has_offsets_of_its_shape(const struct ltr_tensor *t)
{
    size_t bytes = ltr_dtype_size(t->type);

    for (size_t i = 0; i < t->n_dimensions; i++) {
        if (t->shape[i] > 0 && bytes > SIZE_MAX / t->shape[i])
            return 0;
        bytes *= t->shape[i];
    }
    return t->begin <= t->end && t->end - t->begin == bytes;
}

/* Insertion, because writers list tensors in the order of their offsets. */
static void sort_by_offset(struct ltr_header *h)
{
    for (size_t i = 1; i < h->n_tensors; i++) {
        struct ltr_tensor moved = h->tensors[i];
        size_t j = i;

        for (; j > 0 && (h->tensors[j - 1].begin > moved.begin ||
                         (h->tensors[j - 1].begin == moved.begin &&
                          h->tensors[j - 1].end > moved.end));
             j--)
            h->tensors[j] = h->tensors[j - 1];
        h->tensors[j] = moved;
    }
}

static int check_layout(struct ltr_reader *r, ltrec_error *err)
{
    size_t end = 0;

    sort_by_offset(&r->header);
    for (size_t i = 0; i < r->header.n_tensors; i++) {
        const struct ltr_tensor *t = &r->header.tensors[i];

        if (!has_offsets_of_its_shape(t))
            return ltr_fail(err, LTREC_ERR_FORMAT,
                            "store: tensor '%.60s': offsets %zu to %zu do "
                            "not fit its shape",
                            t->name, t->begin, t->end);
        if (t->begin != end)
            return ltr_fail(err, LTREC_ERR_FORMAT,
                            "store: tensor '%.60s' begins at %zu, wanted %zu: "
                            "a gap or an overlap",
                            t->name, t->begin, end);
        end = t->end;
    }
    if (end != r->data_size)
        return ltr_fail(err, LTREC_ERR_FORMAT,
                        "store: %zu bytes of data where the header says %zu",
                        r->data_size, end);
    return LTREC_OK;
}

static int check_sums(struct ltr_reader *r, const struct ltr_entry *entry,
                      int with_data, ltrec_error *err)
{
    char wanted[LTR_CHECKSUM_DIGITS], found[LTR_CHECKSUM_DIGITS];
    const unsigned char *header = r->data - r->text_size;
    size_t after = entry->value_at + LTR_CHECKSUM_DIGITS;
    static const char zeros[] = "00000000000000000000000000000000";
    uint64_t data = 0;
    char *copy;

    if (strcmp(entry->value, LTR_NO_CHECKSUM) == 0)
        return LTREC_OK;
    if (strlen(entry->value) != LTR_CHECKSUM_DIGITS || after > r->text_size)
        return ltr_fail(err, LTREC_ERR_FORMAT, "store: checksum malformed");
    copy = ltr_alloc(r->ctx, r->text_size, 1);
    if (!copy)
        return ltr_fail(err, LTREC_ERR_MEMORY, "store: no memory");
    memcpy(wanted, entry->value, sizeof wanted);
    memcpy(copy, header, r->text_size);
    memcpy(copy + entry->value_at, zeros, LTR_CHECKSUM_DIGITS);
    ltr_checksum_digits(ltr_checksum(0, copy, r->text_size), found);
    ltr_free(r->ctx, copy);
    for (size_t i = 0; with_data && i < r->header.n_tensors; i++) {
        const struct ltr_tensor *t = &r->header.tensors[i];

        data = ltr_checksum(data, r->data + t->begin, t->end - t->begin);
    }
    ltr_checksum_digits(data, found + 16);
    if (memcmp(wanted, found, with_data ? LTR_CHECKSUM_DIGITS : 16) != 0)
        return ltr_fail(err, LTREC_ERR_FORMAT,
                        "store: checksum %.32s, wanted %.32s: damaged", found,
                        wanted);
    return LTREC_OK;
}

static int check_kind(struct ltr_reader *r, const char *kind, unsigned format,
                      int with_data, ltrec_error *err)
{
    const struct ltr_entry *sums = ltr_store_find_entry(r, LTR_CHECKSUM_KEY);
    const char *found = ltr_store_find_text(r, "ltrec.kind");
    uint64_t version;
    int status;

    if (!found || !sums)
        return ltr_fail(err, LTREC_ERR_FORMAT,
                        "store: not a file of libltrec, wanted kind '%s'",
                        kind);
    if (strcmp(found, kind) != 0)
        return ltr_fail(err, LTREC_ERR_FORMAT,
                        "store: kind '%.60s', wanted '%s'", found, kind);
    status = check_sums(r, sums, with_data, err);
    if (status == LTREC_OK)
        status = ltr_store_find_number(r, "ltrec.format", 1, UINT32_MAX,
                                       &version, err);
    if (status == LTREC_OK && version > format)
        return ltr_fail(err, LTREC_ERR_UNSUPPORTED,
                        "store: format %u of kind '%s', this libltrec reads "
                        "up to %u",
                        (unsigned)version, kind, format);
    return status;
}

/* ---- Opening ------------------------------------------------------------ */

static int read_header(struct ltr_reader *r, const unsigned char *bytes,
                       size_t size, ltrec_error *err)
{
    uint64_t length = 0;

    if (size < 8)
        return ltr_fail(err, LTREC_ERR_FORMAT,
                        "store: %zu bytes, too short for any file", size);
    for (size_t i = 0; i < 8; i++)
        length |= (uint64_t)bytes[i] << (8 * i);
    if (length > size - 8 || length > LTR_MOST_HEADER)
        return ltr_fail(err, LTREC_ERR_FORMAT,
                        "store: not a safetensors file: header of %llu bytes "
                        "in a file of %zu",
                        (unsigned long long)length, size);
    r->text_size = (size_t)length;
    r->data = bytes + 8 + r->text_size;
    r->data_size = size - 8 - r->text_size;
    r->text = ltr_alloc(r->ctx, r->text_size + 1, 1);
    if (!r->text)
        return ltr_fail(err, LTREC_ERR_MEMORY, "store: no memory");
    memcpy(r->text, bytes + 8, r->text_size);
    return ltr_header_parse(r->ctx, r->text, r->text_size, &r->header, err);
}

static int open_bytes(ltrec_context *ctx, struct ltr_bytes *owned,
                      const void *bytes, size_t size, const char *kind,
                      unsigned format, struct ltr_reader **out,
                      ltrec_error *err)
{
    struct ltr_reader *r = ltr_alloc(ctx, 1, sizeof *r);
    int status;

    if (!r) {
        ltr_file_release(ctx, owned);
        return ltr_fail(err, LTREC_ERR_MEMORY, "store: no memory");
    }
    r->ctx = ltr_context_ref(ctx);
    r->bytes = *owned;
    status = read_header(r, bytes, size, err);
    if (status == LTREC_OK)
        status = check_layout(r, err);
    if (status == LTREC_OK && kind)
        status = check_kind(r, kind, format, !owned->mapped, err);
    if (status != LTREC_OK) {
        ltr_store_close(r);
        return status;
    }
    *out = r;
    return LTREC_OK;
}

int ltr_store_parse(ltrec_context *ctx, const void *bytes, size_t size,
                    const char *kind, unsigned format, struct ltr_reader **out,
                    ltrec_error *err)
{
    struct ltr_bytes none = {0};

    *out = NULL;
    return open_bytes(ctx, &none, bytes, size, kind, format, out, err);
}

int ltr_store_open(ltrec_context *ctx, const char *path, const char *kind,
                   unsigned format, int map, struct ltr_reader **out,
                   ltrec_error *err)
{
    ltrec_error inner = {0};
    struct ltr_bytes bytes;
    int status;

    *out = NULL;
    status = ltr_file_read(ctx, path, map, &bytes, err);
    if (status != LTREC_OK)
        return status;
    status = open_bytes(ctx, &bytes, bytes.data, bytes.size, kind, format, out,
                        &inner);
    if (status != LTREC_OK)
        ltr_fail(err, status, "%.100s: %.140s", path, inner.message);
    return status;
}

void ltr_store_close(struct ltr_reader *reader)
{
    ltrec_context *ctx;

    if (!reader)
        return;
    ctx = reader->ctx;
    ltr_free(ctx, reader->header.tensors);
    ltr_free(ctx, reader->header.entries);
    ltr_free(ctx, reader->text);
    ltr_file_release(ctx, &reader->bytes);
    ltr_free(ctx, reader);
    ltr_context_unref(ctx);
}

/* ---- Tensors ------------------------------------------------------------ */

static const struct ltr_tensor *find(const struct ltr_reader *r,
                                     const char *name)
{
    for (size_t i = 0; i < r->header.n_tensors; i++)
        if (strcmp(r->header.tensors[i].name, name) == 0)
            return &r->header.tensors[i];
    return NULL;
}

int ltr_store_has(const struct ltr_reader *reader, const char *name)
{
    return find(reader, name) != NULL;
}

int ltr_store_get(const struct ltr_reader *reader, const char *name,
                  enum ltr_dtype type, size_t n_dimensions, size_t *shape,
                  const void **data, ltrec_error *err)
{
    const struct ltr_tensor *t = find(reader, name);
    const unsigned char *at;

    if (!t)
        return ltr_fail(err, LTREC_ERR_FORMAT, "store: no tensor '%s'", name);
    at = reader->data + t->begin;
    if (t->type != type || t->n_dimensions != n_dimensions)
        return ltr_fail(err, LTREC_ERR_FORMAT,
                        "store: tensor '%s' is %s of %zu dimensions, wanted "
                        "%s of %zu",
                        name, ltr_dtype_name(t->type), t->n_dimensions,
                        ltr_dtype_name(type), n_dimensions);
    if ((uintptr_t)at % ltr_dtype_size(type) != 0)
        return ltr_fail(err, LTREC_ERR_FORMAT,
                        "store: tensor '%s' is not aligned for its type",
                        name);
    for (size_t i = 0; i < n_dimensions; i++) {
        if (shape[i] != LTR_ANY && shape[i] != t->shape[i])
            return ltr_fail(err, LTREC_ERR_FORMAT,
                            "store: tensor '%s' has %zu in dimension %zu, "
                            "wanted %zu",
                            name, t->shape[i], i, shape[i]);
    }
    for (size_t i = 0; i < n_dimensions; i++)
        shape[i] = t->shape[i];
    *data = at;
    return LTREC_OK;
}

int ltr_store_get_floats(const struct ltr_reader *reader, const char *name,
                         size_t n_dimensions, size_t *shape,
                         const float **data, ltrec_error *err)
{
    const void *found;
    size_t n = 1;
    int status =
        ltr_store_get(reader, name, LTR_F32, n_dimensions, shape, &found, err);

    if (status != LTREC_OK)
        return status;
    *data = found;
    for (size_t i = 0; i < n_dimensions; i++)
        n *= shape[i];
    for (size_t i = 0; i < n; i++)
        if (!isfinite((*data)[i]))
            return ltr_fail(err, LTREC_ERR_FORMAT,
                            "store: tensor '%s', value %zu is not finite",
                            name, i);
    return LTREC_OK;
}
