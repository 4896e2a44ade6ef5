/*
 * fuzz_npy.c - any bytes as a NumPy array
 *
 * What is accepted must fit in the bytes there were.
 */
#include "../../tools/npy.h"
#include "fuzz_file.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *path = fuzz_path(data, size);
    size_t rows, columns;
    ltrec_error err;
    struct npy npy;
    float *floats;
    int status = npy_read(path, &npy, &err);

    fuzz_must(status == LTREC_OK || (!npy.data && err.code == status));
    fuzz_must(npy.rows == 0 || npy.columns <= size / npy.rows);
    npy_free(&npy);

    status = npy_read_floats(path, &rows, &columns, &floats, &err);
    fuzz_must((status == LTREC_OK) == (floats != NULL));
    free(floats);
    return 0;
}
