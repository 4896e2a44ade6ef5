/*
 * npy.h - NumPy's array files
 *
 * Versions 1, 2 and 3; little-endian float32, float64, int64 and uint64; one
 * or two dimensions in C order.  Anything else, and a file that is shorter or
 * longer than its header says, is refused with what was found.
 */
#ifndef NPY_H
#define NPY_H

#include <stdio.h>

#include "tool.h"

enum npy_type {
    NPY_FLOAT32,
    NPY_FLOAT64,
    NPY_INT64,
    NPY_UINT64
};

struct npy {
    enum npy_type type;
    size_t n_dims; /* 1 or 2 */
    size_t rows;
    size_t columns; /* 1 when n_dims is 1 */
    void *data;     /* [rows][columns] */
};

/* Whether a file begins as one of these does, whatever its name. */
int npy_is(const char *path);

/* Must be a plain file: its size is compared before memory is taken. */
int npy_read(const char *path, struct npy *out, ltrec_error *err);

/* The same of an open stream with `bytes` ahead, which stays the caller's. */
int npy_read_stream(FILE *stream, const char *name, uint64_t bytes,
                    struct npy *out, ltrec_error *err);

void npy_free(struct npy *npy);

/*
 * Read a matrix of floats: float32 as it is, float64 rounded.  A value that
 * is not finite is refused with its row.  `*data` is the caller's to free().
 */
int npy_read_floats(const char *path, size_t *rows, size_t *columns,
                    float **data, ltrec_error *err);

/* Write data[rows][columns], or data[rows] when `n_dims` is 1. */
int npy_write(const char *path, const struct npy *npy, ltrec_error *err);

#endif /* NPY_H */
