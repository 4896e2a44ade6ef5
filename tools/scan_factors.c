/*
 * scan_factors.c - C.factors, from what the catalogue holds
 */
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "library.h"
#include "scan.h"

/*
 * Whether what stands there is no scan's work, whose factors are predictions
 * from sound: the factors of plays, say, under a name that goes with the
 * catalogue's.  Only memory can be wanting here.
 */
static int is_foreign(ltrec_context *ctx, const char *path, int *foreign,
                      ltrec_error *err)
{
    ltrec_factors *factors = NULL;
    int status;

    *foreign = 0;
    if (access(path, F_OK) != 0)
        return LTREC_OK;
    status = ltrec_factors_load(ctx, path, LTREC_FACTORS_MAP, &factors, err);
    if (status == LTREC_ERR_MEMORY)
        return status;
    *foreign = status != LTREC_OK || ltrec_factors_plays(factors) ||
               ltrec_factors_feature_version(factors) == 0;
    ltrec_factors_free(factors);
    return LTREC_OK;
}

static int refuse(const char *path, ltrec_error *err)
{
    char shown[TOOL_SHORT_NAME];

    tool_short_name(shown, path);
    return tool_fail(err, LTREC_ERR_IO,
                     "%s: not from a scan, which would replace it; move it, "
                     "or give the catalogue another name",
                     shown);
}

int scan_check_factors(const struct scan_options *options,
                       struct catalog *catalog, ltrec_error *err)
{
    char *path = catalog_beside(catalog, ".factors");
    ltrec_context *ctx = NULL;
    int foreign = 0;
    int64_t model;
    int status = catalog_fact(catalog, "model", 0, &model, err);

    if (status == LTREC_OK && (model || options->model)) {
        status = ltrec_context_create(NULL, &ctx, err);
        if (status == LTREC_OK)
            status = is_foreign(ctx, path, &foreign, err);
    }
    if (foreign)
        status = refuse(path, err);
    ltrec_context_free(ctx);
    free(path);
    return status;
}

/* Tracks are called by their paths, and without any there is no file. */
static int write_anew(const struct scan_options *options, const char *path,
                      ltrec_context *ctx, ltrec_error *err)
{
    struct library *library;
    int foreign;
    int status = is_foreign(ctx, path, &foreign, err);

    if (status == LTREC_OK)
        status =
            library_open(options->catalog, ctx, NULL, NULL, &library, err);
    if (status != LTREC_OK)
        return status;
    errno = 0;
    if (library->factors && foreign)
        status = refuse(path, err);
    else if (library->factors)
        status = ltrec_factors_save(library->factors, path, err);
    else if (!foreign && unlink(path) != 0 && errno != ENOENT)
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
