/*
 * scan_factors.c - C.factors, from what the catalogue holds
 */
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "library.h"
#include "scan.h"

/*
 * What is wrong with what stands there, NULL for nothing: it is no scan's
 * work, whose factors are predictions from sound, but the factors of plays,
 * say, under a name that goes with the catalogue's.
 */
static int find_foreign(ltrec_context *ctx, const char *path,
                        const char **foreign, ltrec_error *err)
{
    ltrec_factors *factors = NULL;
    int status;

    *foreign = NULL;
    if (access(path, F_OK) != 0 && errno == ENOENT)
        return LTREC_OK;
    status = ltrec_factors_load(ctx, path, LTREC_FACTORS_MAP, &factors, err);
    if (status == LTREC_ERR_FORMAT)
        *foreign = "not a scan's, or damaged";
    else if (status != LTREC_OK)
        return status;
    else if (ltrec_factors_plays(factors) ||
             ltrec_factors_feature_version(factors) == 0)
        *foreign = "not from a scan";
    ltrec_factors_free(factors);
    return LTREC_OK;
}

static int refuse(const char *path, const char *foreign, ltrec_error *err)
{
    char shown[TOOL_SHORT_NAME];

    tool_short_name(shown, path);
    return tool_fail(err, LTREC_ERR_IO,
                     "%s: %s, and a scan would replace it; move it, or give "
                     "the catalogue another name",
                     shown, foreign);
}

static int check(const char *path, ltrec_error *err)
{
    ltrec_context *ctx = NULL;
    const char *foreign = NULL;
    int status = ltrec_context_create(NULL, &ctx, err);

    if (status == LTREC_OK)
        status = find_foreign(ctx, path, &foreign, err);
    if (foreign)
        status = refuse(path, foreign, err);
    ltrec_context_free(ctx);
    return status;
}

int scan_check_factors(const struct scan_options *options,
                       struct catalog *catalog, ltrec_error *err)
{
    char *path = catalog_path_beside(options->catalog, ".factors");
    int64_t model = options->model != NULL;
    int status = LTREC_OK;

    if (catalog)
        status = catalog_fact(catalog, "model", 0, &model, err);
    if (status == LTREC_OK && model)
        status = check(path, err);
    free(path);
    return status;
}

/* Tracks are called by their paths, and without any there is no file. */
static int write_anew(const struct scan_options *options, const char *path,
                      ltrec_context *ctx, ltrec_error *err)
{
    struct library *library;
    const char *foreign;
    int status = find_foreign(ctx, path, &foreign, err);

    if (status == LTREC_OK)
        status =
            library_open(options->catalog, ctx, NULL, NULL, &library, err);
    if (status != LTREC_OK)
        return status;
    errno = 0;
    if (library->factors && foreign)
        status = refuse(path, foreign, err);
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
