/*
 * store.h - the one file container: safetensors, read strictly
 *
 * A file is 8 bytes of header length, a JSON header, and the raw tensors in
 * the order of the header.  Python opens it with the public safetensors
 * package.  What makes it ours is its "__metadata__", a map of strings:
 *
 *     ltrec.kind      what the file is: "factors", "model", "index", ...
 *     ltrec.format    the version of that kind's contents, a number
 *     ltrec.checksum  of the header and of the data, 16 hex digits each, or
 *                     "none" from a program that could not compute it
 *
 * and whatever else the kind needs to be used.  docs/format.md has the bytes.
 *
 * Writing:
 *
 *     ltr_store_create(ctx, "factors", 1, &w, err);
 *     ltr_store_number(w, "ltrec.rank", rank);
 *     ltr_store_tensor(w, "factors", LTR_F32, 2, (size_t[]){n, k}, data);
 *     status = ltr_store_save(w, path, err);       // frees w, saved or not
 *
 * Nothing is copied: a tensor's data must live until ltr_store_save().
 * Failures on the way are remembered and reported there.
 *
 * Reading:
 *
 *     ltr_store_open(ctx, path, "factors", 1, 0, &r, err);
 *     ltr_store_get(r, "factors", LTR_F32, 2, shape, &data, err);
 *     ltr_store_close(r);
 *
 * The reader trusts nothing: every size is checked against the file before
 * anything is allocated, offsets are contiguous and end with the file, the
 * checksum covers every byte, and limits bound the header, the tensors and the
 * metadata entries.
 */
#ifndef LTR_STORE_STORE_H
#define LTR_STORE_STORE_H

#include <stddef.h>
#include <stdint.h>

#include <ltrec/base.h>

enum ltr_dtype {
    LTR_F32,
    LTR_F64,
    LTR_U8,
    LTR_I8,
    LTR_U16,
    LTR_U32,
    LTR_I32,
    LTR_U64,
    LTR_I64,
    LTR_F16,
    LTR_DTYPES
};

#define LTR_MOST_DIMENSIONS 4

/* ---- Writing ------------------------------------------------------------ */

struct ltr_writer;

int ltr_store_create(ltrec_context *ctx, const char *kind, unsigned format,
                     struct ltr_writer **out, ltrec_error *err);

/* Whether a file can hold this text: only UTF-8 makes a header. */
int ltr_store_accepts(const char *text);

/* A metadata entry; UTF-8, of any length. */
void ltr_store_text(struct ltr_writer *writer, const char *key,
                    const char *value);
void ltr_store_number(struct ltr_writer *writer, const char *key,
                      uint64_t value);
/* Written with all its bits, whatever the locale. */
void ltr_store_real(struct ltr_writer *writer, const char *key, double value);

/* Names are unique; `data` may be NULL when the shape has a zero. */
void ltr_store_tensor(struct ltr_writer *writer, const char *name,
                      enum ltr_dtype type, size_t n_dimensions,
                      const size_t *shape, const void *data);

/* Frees `writer` whatever happens; replaces `path` whole or not at all. */
int ltr_store_save(struct ltr_writer *writer, const char *path,
                   ltrec_error *err);

/* ---- Reading ------------------------------------------------------------ */

struct ltr_reader;

/*
 * LTREC_ERR_FORMAT when the file is damaged or of another kind, naming what
 * was found; LTREC_ERR_UNSUPPORTED for a newer `format`; LTREC_ERR_IO;
 * LTREC_ERR_MEMORY.  `kind` NULL accepts any safetensors file, even one
 * without our metadata and checksum: weights from elsewhere.  With `map` the
 * file is mapped and the checksum of its data not read: opening takes no time.
 */
int ltr_store_open(ltrec_context *ctx, const char *path, const char *kind,
                   unsigned format, int map, struct ltr_reader **out,
                   ltrec_error *err);

/* The same from memory, which must outlive the reader. */
int ltr_store_parse(ltrec_context *ctx, const void *bytes, size_t size,
                    const char *kind, unsigned format, struct ltr_reader **out,
                    ltrec_error *err);

/* Accepts NULL. */
void ltr_store_close(struct ltr_reader *reader);

/* The value of a metadata key, or NULL. */
const char *ltr_store_find_text(const struct ltr_reader *reader,
                                const char *key);

/* LTREC_ERR_FORMAT when missing, malformed or outside [least, most]. */
int ltr_store_find_number(const struct ltr_reader *reader, const char *key,
                          uint64_t least, uint64_t most, uint64_t *out,
                          ltrec_error *err);
int ltr_store_find_real(const struct ltr_reader *reader, const char *key,
                        double least, double most, double *out,
                        ltrec_error *err);

/* A number that files may lack, which is then `missing`. */
int ltr_store_find_number_or(const struct ltr_reader *reader, const char *key,
                             uint64_t missing, uint64_t *out,
                             ltrec_error *err);

int ltr_store_has(const struct ltr_reader *reader, const char *name);

/*
 * A tensor of exactly this type and number of dimensions.  `shape` is an
 * input: a size that must match, or LTR_ANY, and receives the sizes.  `*data`
 * points into the file, aligned for its type, and lives as long as the reader.
 */
#define LTR_ANY SIZE_MAX
int ltr_store_get(const struct ltr_reader *reader, const char *name,
                  enum ltr_dtype type, size_t n_dimensions, size_t *shape,
                  const void **data, ltrec_error *err);

/* The same for floats, all of which must be finite. */
int ltr_store_get_floats(const struct ltr_reader *reader, const char *name,
                         size_t n_dimensions, size_t *shape,
                         const float **data, ltrec_error *err);

/* ---- Checksums ---------------------------------------------------------- */

/* Any change of one 8-byte word changes it; other damage as good as surely. */
uint64_t ltr_checksum(uint64_t start, const void *bytes, size_t n);

#endif /* LTR_STORE_STORE_H */
