/*
 * file.h - files that are replaced whole or not at all, and files mapped
 *
 * Writing goes to a temporary file in the same folder; ltr_file_commit()
 * makes it the file.  Until then, and after any failure, whatever was there
 * before is untouched.  A temporary file that a killed saver left behind is
 * removed by the next; tests/faults kills savers and cuts the power.
 */
#ifndef LTR_BASE_FILE_H
#define LTR_BASE_FILE_H

#include <stddef.h>
#include <stdint.h>

#include <ltrec/base.h>

/* ---- Writing ------------------------------------------------------------ */

struct ltr_file; /* being written */

/*
 * LTREC_ERR_IO when the folder refuses the temporary file or `path` is
 * something else than a regular file.
 */
int ltr_file_begin(ltrec_context *ctx, const char *path, struct ltr_file **out,
                   ltrec_error *err);

/* Buffered; an error is remembered and reported by ltr_file_commit(). */
void ltr_file_write(struct ltr_file *file, const void *bytes, size_t n);

/* Flush, fsync, rename, fsync the folder.  Frees `file` whatever happens. */
int ltr_file_commit(struct ltr_file *file, ltrec_error *err);

/* Whether there is nothing under that name, or a link to nothing. */
int ltr_file_is_missing(const char *path);

/* ---- Reading ------------------------------------------------------------ */

/* A whole file, read or mapped, never changed. */
struct ltr_bytes {
    const unsigned char *data; /* [size]; NULL when size is 0 */
    size_t size;
    int mapped;
};

/*
 * Read into memory of the context; safe whatever happens to the file later.
 * With `map` it is mapped instead: opening costs nothing, but a file cut short
 * by someone else while mapped ends the process, as with every mapping.
 * LTREC_ERR_IO, LTREC_ERR_FORMAT when it is not a regular file,
 * LTREC_ERR_MEMORY.
 */
int ltr_file_read(ltrec_context *ctx, const char *path, int map,
                  struct ltr_bytes *out, ltrec_error *err);
void ltr_file_release(ltrec_context *ctx, struct ltr_bytes *bytes);

/* LTREC_ERR_IO: what was being done to `path`, and the errno in words. */
int ltr_file_error(ltrec_error *err, const char *path, const char *doing,
                   int error);

#endif /* LTR_BASE_FILE_H */
