/*
 * npy.c - NumPy's array files
 *
 * A magic, a version, the length of a header, and the header: a Python
 * dictionary such as
 *
 *     {'descr': '<f4', 'fortran_order': False, 'shape': (753, 128), }
 *
 * of which just that much Python is understood.
 */
#include "npy.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "output.h"

/* NumPy itself refuses to read headers above 10,000 bytes. */
#define HEADER_LENGTH 10000
#define MAGIC_LENGTH 8

static const unsigned char magic[] = {0x93, 'N', 'U', 'M', 'P', 'Y'};

static const struct {
    const char *descr;
    size_t size;
} types[] = {{"<f4", 4}, {"<f8", 8}, {"<i8", 8}, {"<u8", 8}};

#define N_TYPES (sizeof types / sizeof types[0])

/* ---- The header --------------------------------------------------------- */

struct header {
    char text[HEADER_LENGTH + 1];
    const char *at;
    int has_descr, has_order, has_shape;
};

static void pass_blanks(struct header *header)
{
    header->at += strspn(header->at, " \t\n\r");
}

/* Take `text` and the blanks around it; whether it was there. */
static int take(struct header *header, const char *text)
{
    size_t length = strlen(text);

    pass_blanks(header);
    if (strncmp(header->at, text, length) != 0)
        return 0;
    header->at += length;
    pass_blanks(header);
    return 1;
}

/* A string in either quote, without escapes. */
static int take_string(struct header *header, char *out, size_t room)
{
    size_t length;
    char quotes[] = {0, 0};

    pass_blanks(header);
    quotes[0] = *header->at;
    if (quotes[0] != '\'' && quotes[0] != '"')
        return 0;
    header->at++;
    length = strcspn(header->at, quotes);
    if (header->at[length] == '\0' || length >= room)
        return 0;
    memcpy(out, header->at, length);
    out[length] = '\0';
    header->at += length + 1;
    pass_blanks(header);
    return 1;
}

static int take_size(struct header *header, size_t *out)
{
    const char *start = header->at;
    size_t value = 0;

    for (; *header->at >= '0' && *header->at <= '9'; header->at++) {
        size_t digit = (size_t)(*header->at - '0');

        if (value > (SIZE_MAX - digit) / 10)
            return 0;
        value = value * 10 + digit;
    }
    *out = value;
    return header->at > start;
}

/* (3,) or (3, 4), with a comma at the end or without. */
static int take_shape(struct header *header, struct npy *npy)
{
    npy->columns = 1;
    npy->n_dims = 1;
    if (!take(header, "(") || !take_size(header, &npy->rows) ||
        !take(header, ","))
        return 0;
    if (take(header, ")"))
        return 1;
    npy->n_dims = 2;
    if (!take_size(header, &npy->columns))
        return 0;
    take(header, ",");
    return take(header, ")");
}

static int take_type(struct header *header, struct npy *npy, const char *name,
                     ltrec_error *err)
{
    char descr[16];

    if (take_string(header, descr, sizeof descr))
        for (size_t i = 0; i < N_TYPES; i++)
            if (strcmp(descr, types[i].descr) == 0) {
                npy->type = (enum npy_type)i;
                return LTREC_OK;
            }
    return tool_fail(err, LTREC_ERR_FORMAT,
                     "%s: element type is not one of <f4, <f8, <i8, <u8",
                     name);
}

static int take_entry(struct header *header, struct npy *npy, const char *name,
                      ltrec_error *err)
{
    char key[16] = "";

    if (!take_string(header, key, sizeof key) || !take(header, ":"))
        return tool_fail(err, LTREC_ERR_FORMAT,
                         "%s: not a NumPy header at byte %zu of it", name,
                         (size_t)(header->at - header->text));
    if (strcmp(key, "descr") == 0 && !header->has_descr++)
        return take_type(header, npy, name, err);
    if (strcmp(key, "fortran_order") == 0 && !header->has_order++) {
        if (take(header, "False"))
            return LTREC_OK;
        return tool_fail(err, LTREC_ERR_FORMAT,
                         "%s: in Fortran order, wanted C order "
                         "(numpy.ascontiguousarray)",
                         name);
    }
    if (strcmp(key, "shape") == 0 && !header->has_shape++) {
        if (take_shape(header, npy))
            return LTREC_OK;
        return tool_fail(err, LTREC_ERR_FORMAT,
                         "%s: not an array of one or two dimensions", name);
    }
    return tool_fail(err, LTREC_ERR_FORMAT,
                     "%s: unknown or repeated key '%s' in the NumPy header",
                     name, key);
}

/* { entry, entry } with a comma at the end or without. */
static int take_dictionary(struct header *header, struct npy *npy,
                           const char *name, int *closed, ltrec_error *err)
{
    *closed = 0;
    if (!take(header, "{"))
        return LTREC_OK;
    while (!take(header, "}")) {
        int status = take_entry(header, npy, name, err);

        if (status != LTREC_OK)
            return status;
        if (!take(header, ",")) {
            *closed = take(header, "}");
            return LTREC_OK;
        }
    }
    *closed = 1;
    return LTREC_OK;
}

static int parse_header(struct header *header, struct npy *npy,
                        const char *name, ltrec_error *err)
{
    int closed, status;

    header->at = header->text;
    status = take_dictionary(header, npy, name, &closed, err);
    if (status != LTREC_OK)
        return status;
    if (!closed || *header->at != '\0' || !header->has_descr ||
        !header->has_order || !header->has_shape)
        return tool_fail(err, LTREC_ERR_FORMAT,
                         "%s: not a NumPy header at byte %zu of it", name,
                         (size_t)(header->at - header->text));
    return LTREC_OK;
}

/* ---- Reading ------------------------------------------------------------ */

/* Read `n` bytes, of which `*left` are to come. */
static int read_bytes(FILE *stream, const char *name, void *to, size_t n,
                      uint64_t *left, ltrec_error *err)
{
    errno = 0;
    if (n > *left || fread(to, 1, n, stream) != n) {
        if (ferror(stream))
            return tool_fail_io(err, "cannot read", name);
        return tool_fail(err, LTREC_ERR_FORMAT,
                         "%s: ends inside its NumPy header or data", name);
    }
    *left -= n;
    return LTREC_OK;
}

/* Read up to the data. */
static int read_header(FILE *stream, const char *name, uint64_t *left,
                       struct npy *npy, ltrec_error *err)
{
    struct header header = {{0}, NULL, 0, 0, 0};
    unsigned char start[MAGIC_LENGTH + 4] = {0};
    size_t length, width;
    int status = read_bytes(stream, name, start, MAGIC_LENGTH, left, err);

    if (status != LTREC_OK)
        return status;
    if (memcmp(start, magic, sizeof magic) != 0)
        return tool_fail(err, LTREC_ERR_FORMAT, "%s: not a .npy file", name);
    if (start[6] < 1 || start[6] > 3 || start[7] != 0)
        return tool_fail(err, LTREC_ERR_UNSUPPORTED,
                         "%s: .npy version %d.%d, wanted 1.0 to 3.0", name,
                         start[6], start[7]);
    width = start[6] == 1 ? 2 : 4;
    status = read_bytes(stream, name, start + MAGIC_LENGTH, width, left, err);
    if (status != LTREC_OK)
        return status;
    length = start[8] | (size_t)start[9] << 8 | (size_t)start[10] << 16 |
             (size_t)start[11] << 24;
    if (length > HEADER_LENGTH)
        return tool_fail(err, LTREC_ERR_FORMAT,
                         "%s: a NumPy header of %zu bytes, wanted %d at most",
                         name, length, HEADER_LENGTH);
    status = read_bytes(stream, name, header.text, length, left, err);
    if (status == LTREC_OK && strlen(header.text) != length)
        return tool_fail(err, LTREC_ERR_FORMAT,
                         "%s: a NUL in the NumPy header", name);
    return status == LTREC_OK ? parse_header(&header, npy, name, err) : status;
}

int npy_read_stream(FILE *stream, const char *name, uint64_t bytes,
                    struct npy *out, ltrec_error *err)
{
    struct npy npy = {NPY_FLOAT32, 0, 0, 0, NULL};
    char shown[TOOL_SHORT_NAME];
    size_t size;
    int status;

    memset(out, 0, sizeof *out);
    tool_short_name(shown, name);
    status = read_header(stream, shown, &bytes, &npy, err);
    if (status != LTREC_OK)
        return status;
    size = types[npy.type].size;
    if ((npy.columns > 0 && npy.rows > SIZE_MAX / size / npy.columns) ||
        npy.rows * npy.columns * size != bytes)
        return tool_fail(err, LTREC_ERR_FORMAT,
                         "%s: %zu x %zu elements of %zu bytes are stated, "
                         "%llu bytes follow",
                         shown, npy.rows, npy.columns, size,
                         (unsigned long long)bytes);
    npy.data = tool_alloc(npy.rows * npy.columns, size);
    status = read_bytes(stream, shown, npy.data, (size_t)bytes, &bytes, err);
    if (status != LTREC_OK) {
        npy_free(&npy);
        return status;
    }
    *out = npy;
    return LTREC_OK;
}

int npy_is(const char *path)
{
    unsigned char start[sizeof magic];
    FILE *stream = fopen(path, "rb");
    int is = stream && fread(start, 1, sizeof start, stream) == sizeof start &&
             memcmp(start, magic, sizeof start) == 0;

    if (stream)
        fclose(stream);
    return is;
}

int npy_read(const char *path, struct npy *out, ltrec_error *err)
{
    struct stat info;
    FILE *stream;
    int status;

    memset(out, 0, sizeof *out);
    errno = 0;
    stream = fopen(path, "rb");
    if (!stream || fstat(fileno(stream), &info) != 0)
        status = tool_fail_io(err, "cannot open", path);
    else if (!S_ISREG(info.st_mode))
        status = tool_fail_io(err, "not a plain file", path);
    else
        status =
            npy_read_stream(stream, path, (uint64_t)info.st_size, out, err);
    if (stream)
        fclose(stream);
    return status;
}

void npy_free(struct npy *npy)
{
    free(npy->data);
    memset(npy, 0, sizeof *npy);
}

/* Write data[rows][columns] as finite floats to `to`. */
static int copy_floats(const struct npy *npy, float *to, const char *path,
                       ltrec_error *err)
{
    for (size_t i = 0; i < npy->rows * npy->columns; i++) {
        to[i] = npy->type == NPY_FLOAT32 ? ((const float *)npy->data)[i]
                                         : (float)((double *)npy->data)[i];
        if (!isfinite(to[i])) {
            char shown[TOOL_SHORT_NAME];

            tool_short_name(shown, path);
            return tool_fail(err, LTREC_ERR_FORMAT,
                             "%s: row %zu, column %zu is not a finite float",
                             shown, i / npy->columns, i % npy->columns);
        }
    }
    return LTREC_OK;
}

int npy_read_floats(const char *path, size_t *rows, size_t *columns,
                    float **data, ltrec_error *err)
{
    struct npy npy;
    int status = npy_read(path, &npy, err);

    *data = NULL;
    *rows = *columns = 0;
    if (status != LTREC_OK)
        return status;
    if (npy.n_dims != 2 || npy.type > NPY_FLOAT64) {
        npy_free(&npy);
        return tool_fail(err, LTREC_ERR_FORMAT,
                         "%.100s: not a two-dimensional array of floats",
                         path);
    }
    *data = tool_alloc(npy.rows * npy.columns, sizeof **data);
    status = copy_floats(&npy, *data, path, err);
    if (status == LTREC_OK) {
        *rows = npy.rows;
        *columns = npy.columns;
    } else {
        free(*data);
        *data = NULL;
    }
    npy_free(&npy);
    return status;
}

/* ---- Writing ------------------------------------------------------------ */

int npy_write(const char *path, const struct npy *npy, ltrec_error *err)
{
    struct output *output;
    char header[128];
    size_t n = npy->rows * npy->columns;
    FILE *stream;
    int length, status = output_open(path, &output, err);

    if (status != LTREC_OK)
        return status;
    stream = output_stream(output);
    length =
        snprintf(header, sizeof header,
                 npy->n_dims == 1 ? "{'descr': '%s', 'fortran_order': False, "
                                    "'shape': (%zu,), }"
                                  : "{'descr': '%s', 'fortran_order': False, "
                                    "'shape': (%zu, %zu), }",
                 types[npy->type].descr, npy->rows, npy->columns);
    /* All of it makes 128 bytes: data that is mapped is then aligned. */
    fwrite(magic, 1, sizeof magic, stream);
    fwrite("\1\0\x76", 1, 4, stream); /* version 1.0, 118 bytes follow */
    fprintf(stream, "%s%*s\n", header, 117 - length, "");
    fwrite(npy->data, types[npy->type].size, n, stream);
    return output_commit(output, err);
}
