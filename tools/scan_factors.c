/*
 * scan_factors.c - C.factors, from what the catalogue holds
 */
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "library.h"
#include "scan.h"

/* Tracks are called by their paths, and without any there is no file. */
static int write_anew(const struct scan_options *options, const char *path,
                      ltrec_context *ctx, ltrec_error *err)
{
    struct library *library;
    int status =
        library_open(options->catalog, ctx, NULL, NULL, &library, err);

    if (status != LTREC_OK)
        return status;
    errno = 0;
    if (library->factors)
        status = ltrec_factors_save(library->factors, path, err);
    else if (unlink(path) != 0 && errno != ENOENT)
        status = tool_fail_io(err, "cannot remove", path);
    library_free(library);
    return status;
}

int scan_write_factors(const struct scan_options *options,
                       struct catalog *catalog, ltrec_error *err)
{
    char *path = catalog_beside(catalog, ".factors");
    ltrec_context *ctx = NULL;
    int64_t stale, model;
    int status = catalog_fact(catalog, "factors_stale", 1, &stale, err);

    if (status == LTREC_OK)
        status = catalog_fact(catalog, "model", 0, &model, err);
    if (status == LTREC_OK && (stale || (model && access(path, F_OK) != 0))) {
        status = ltrec_context_create(NULL, &ctx, err);
        if (status == LTREC_OK)
            status = write_anew(options, path, ctx, err);
        if (status == LTREC_OK)
            status = catalog_set_fact(catalog, "factors_stale", 0, err);
    }
    ltrec_context_free(ctx);
    free(path);
    return status;
}
