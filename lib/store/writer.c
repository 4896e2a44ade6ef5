/*
 * writer.c - safetensors files, written
 *
 * Calls before the save only take notes.  Tensors are laid out widest type
 * first: the format allows no gaps between them, and this way each one is
 * aligned for its type.
 */
#include "store/internal.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/context.h"
#include "base/error.h"
#include "base/file.h"

#define ALIGNMENT 64

struct noted {
    char *name;
    enum ltr_dtype type;
    size_t n_dimensions;
    size_t shape[LTR_MOST_DIMENSIONS];
    const void *data;
    size_t bytes;
};

struct ltr_writer {
    ltrec_context *ctx;
    int status; /* the first failure, for ltr_store_save() to report */
    char *text; /* [capacity], the header so far */
    size_t size, capacity;
    size_t n_tensors, tensor_capacity;
    struct noted *tensors;
    size_t checksum_at; /* where in `text` the digits go */
};

/* ---- The header's text -------------------------------------------------- */

static void *resized(ltrec_context *ctx, void *old, size_t used, size_t bytes)
{
    void *new = ltr_alloc(ctx, bytes, 1);

    if (!new)
        return NULL;
    if (used > 0)
        memcpy(new, old, used);
    ltr_free(ctx, old);
    return new;
}

static void put(struct ltr_writer *w, const char *bytes, size_t n)
{
    if (w->status != LTREC_OK)
        return;
    if (n > w->capacity - w->size) {
        size_t wanted = 2 * w->capacity + n + 256;
        char *text = resized(w->ctx, w->text, w->size, wanted);

        if (!text) {
            w->status = LTREC_ERR_MEMORY;
            return;
        }
        w->text = text;
        w->capacity = wanted;
    }
    memcpy(w->text + w->size, bytes, n);
    w->size += n;
}

static void put_text(struct ltr_writer *w, const char *text)
{
    put(w, text, strlen(text));
}

static void put_number(struct ltr_writer *w, uint64_t value)
{
    char digits[24];

    snprintf(digits, sizeof digits, "%llu", (unsigned long long)value);
    put_text(w, digits);
}

int ltr_store_accepts(const char *text)
{
    size_t left = strlen(text);

    while (left > 0) {
        size_t n = ltr_utf8_length(text, left);

        if (n == 0)
            return 0;
        text += n;
        left -= n;
    }
    return 1;
}

static void put_quoted(struct ltr_writer *w, const char *text)
{
    if (w->status == LTREC_OK && !ltr_store_accepts(text))
        w->status = LTREC_ERR_ARGUMENT; /* no reader would take it */
    put_text(w, "\"");
    for (; *text; text++) {
        unsigned char c = (unsigned char)*text;
        char escaped[8];

        if (c == '"' || c == '\\')
            snprintf(escaped, sizeof escaped, "\\%c", c);
        else if (c < 0x20)
            snprintf(escaped, sizeof escaped, "\\u%04x", c);
        else
            snprintf(escaped, sizeof escaped, "%c", c);
        put_text(w, escaped);
    }
    put_text(w, "\"");
}

/* ---- Notes -------------------------------------------------------------- */

int ltr_store_create(ltrec_context *ctx, const char *kind, unsigned format,
                     struct ltr_writer **out, ltrec_error *err)
{
    struct ltr_writer *w = ltr_alloc(ctx, 1, sizeof *w);

    *out = w;
    if (!w)
        return ltr_fail(err, LTREC_ERR_MEMORY, "store: no memory");
    w->ctx = ltr_context_ref(ctx);
    put_text(w, "{\"__metadata__\":{\"" LTR_CHECKSUM_KEY "\":\"");
    w->checksum_at = w->size;
    put_text(w, "00000000000000000000000000000000\"");
    ltr_store_text(w, "ltrec.kind", kind);
    ltr_store_number(w, "ltrec.format", format);
    ltr_store_text(w, "ltrec.version", ltrec_version());
    return LTREC_OK;
}

void ltr_store_text(struct ltr_writer *writer, const char *key,
                    const char *value)
{
    put_text(writer, ",");
    put_quoted(writer, key);
    put_text(writer, ":");
    put_quoted(writer, value);
}

void ltr_store_number(struct ltr_writer *writer, const char *key,
                      uint64_t value)
{
    put_text(writer, ",");
    put_quoted(writer, key);
    put_text(writer, ":\"");
    put_number(writer, value);
    put_text(writer, "\"");
}

void ltr_store_real(struct ltr_writer *writer, const char *key, double value)
{
    char digits[40], plain[40];
    size_t n = 0;

    if (!isfinite(value)) {
        writer->status = LTREC_ERR_ARGUMENT;
        return;
    }
    /* The host's locale may print another mark than a point: make it one. */
    snprintf(digits, sizeof digits, "%.17g", value);
    for (const char *c = digits; *c; c++) {
        if (strchr("0123456789+-e", *c))
            plain[n++] = *c;
        else if (n == 0 || plain[n - 1] != '.')
            plain[n++] = '.';
    }
    plain[n] = '\0';
    ltr_store_text(writer, key, plain);
}

static int bytes_of(const size_t *shape, size_t n, size_t size, size_t *out)
{
    *out = size;
    for (size_t i = 0; i < n; i++) {
        if (shape[i] > 0 && *out > SIZE_MAX / shape[i])
            return LTREC_ERR_ARGUMENT;
        *out *= shape[i];
    }
    return LTREC_OK;
}

static int room_for_tensor(struct ltr_writer *w)
{
    size_t wanted = w->tensor_capacity ? 2 * w->tensor_capacity : 8;
    void *tensors;

    if (w->n_tensors < w->tensor_capacity)
        return LTREC_OK;
    tensors = resized(w->ctx, w->tensors, w->n_tensors * sizeof *w->tensors,
                      wanted * sizeof *w->tensors);
    if (!tensors)
        return LTREC_ERR_MEMORY;
    w->tensors = tensors;
    w->tensor_capacity = wanted;
    return LTREC_OK;
}

void ltr_store_tensor(struct ltr_writer *w, const char *name,
                      enum ltr_dtype type, size_t n_dimensions,
                      const size_t *shape, const void *data)
{
    struct noted note = {
        .type = type, .n_dimensions = n_dimensions, .data = data};

    if (w->status == LTREC_OK)
        w->status = room_for_tensor(w);
    if (w->status == LTREC_OK)
        w->status =
            bytes_of(shape, n_dimensions, ltr_dtype_size(type), &note.bytes);
    if (w->status != LTREC_OK)
        return;
    for (size_t i = 0; i < n_dimensions; i++)
        note.shape[i] = shape[i];
    note.name = ltr_alloc(w->ctx, strlen(name) + 1, 1);
    if (!note.name) {
        w->status = LTREC_ERR_MEMORY;
        return;
    }
    strcpy(note.name, name);
    w->tensors[w->n_tensors++] = note;
}

static void free_writer(struct ltr_writer *w)
{
    ltrec_context *ctx = w->ctx;

    for (size_t i = 0; i < w->n_tensors; i++)
        ltr_free(ctx, w->tensors[i].name);
    ltr_free(ctx, w->tensors);
    ltr_free(ctx, w->text);
    ltr_free(ctx, w);
    ltr_context_unref(ctx);
}

/* ---- Saving ------------------------------------------------------------- */

/* Widest type first, otherwise in the order they came. */
static void sort_tensors(struct ltr_writer *w)
{
    for (size_t i = 1; i < w->n_tensors; i++) {
        struct noted moved = w->tensors[i];
        size_t j = i, size = ltr_dtype_size(moved.type);

        for (; j > 0 && ltr_dtype_size(w->tensors[j - 1].type) < size; j--)
            w->tensors[j] = w->tensors[j - 1];
        w->tensors[j] = moved;
    }
}

static void describe_tensors(struct ltr_writer *w)
{
    size_t offset = 0;

    put_text(w, "}");
    for (size_t i = 0; i < w->n_tensors; i++) {
        const struct noted *t = &w->tensors[i];

        put_text(w, ",");
        put_quoted(w, t->name);
        put_text(w, ":{\"dtype\":\"");
        put_text(w, ltr_dtype_name(t->type));
        put_text(w, "\",\"shape\":[");
        for (size_t d = 0; d < t->n_dimensions; d++) {
            put_text(w, d > 0 ? "," : "");
            put_number(w, t->shape[d]);
        }
        put_text(w, "],\"data_offsets\":[");
        put_number(w, offset);
        put_text(w, ",");
        put_number(w, offset + t->bytes);
        put_text(w, "]}");
        offset += t->bytes;
    }
    put_text(w, "}");
    while (w->status == LTREC_OK && (w->size + 8) % ALIGNMENT != 0)
        put_text(w, " ");
}

/* The header with zeros for its own digits, then the data in file order. */
static void sign(struct ltr_writer *w)
{
    uint64_t header = ltr_checksum(0, w->text, w->size), data = 0;

    for (size_t i = 0; i < w->n_tensors; i++)
        data = ltr_checksum(data, w->tensors[i].data, w->tensors[i].bytes);
    ltr_checksum_digits(header, w->text + w->checksum_at);
    ltr_checksum_digits(data, w->text + w->checksum_at + 16);
}

static int write_file(struct ltr_writer *w, const char *path, ltrec_error *err)
{
    unsigned char length[8];
    struct ltr_file *file;
    int status = ltr_file_begin(w->ctx, path, &file, err);

    if (status != LTREC_OK)
        return status;
    for (size_t i = 0; i < 8; i++)
        length[i] = (unsigned char)((uint64_t)w->size >> (8 * i));
    ltr_file_write(file, length, sizeof length);
    ltr_file_write(file, w->text, w->size);
    for (size_t i = 0; i < w->n_tensors; i++)
        ltr_file_write(file, w->tensors[i].data, w->tensors[i].bytes);
    return ltr_file_commit(file, err);
}

int ltr_store_save(struct ltr_writer *w, const char *path, ltrec_error *err)
{
    int status;

    sort_tensors(w);
    describe_tensors(w);
    status = w->status;
    if (status == LTREC_ERR_MEMORY)
        ltr_fail(err, status, "%.150s: no memory to save it", path);
    else if (status != LTREC_OK)
        ltr_fail(err, status,
                 "%.150s: a number or text that no file can hold: it must "
                 "be finite or UTF-8",
                 path);
    else if (w->size > LTR_MOST_HEADER || w->n_tensors > LTR_MOST_TENSORS)
        status = ltr_fail(err, LTREC_ERR_ARGUMENT,
                          "%.150s: header of %zu bytes and %zu tensors, past "
                          "the limits of the format",
                          path, w->size, w->n_tensors);
    if (status == LTREC_OK) {
        sign(w);
        status = write_file(w, path, err);
    }
    free_writer(w);
    return status;
}
