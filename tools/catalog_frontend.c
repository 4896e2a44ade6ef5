/*
 * catalog_frontend.c - how the kept rows of mel were made
 *
 * The options are a fact of the catalogue, as JSON, so that rows can be
 * trained on without the model or the options that the scan was given.
 */
#include "catalog_parts.h"

#include <stdlib.h>
#include <string.h>

#include "json.h"

enum kind {
    COUNT,
    CHOICE,
    REAL
};

/* Every option there is; one that is missing would be found by the version of
 * the front end that comes out. */
static const struct field {
    const char *name;
    size_t offset;
    enum kind kind;
} fields[] = {
#define FIELD(name, kind) \
    { \
#name, offsetof(ltrec_frontend_options, name), kind \
    }
    FIELD(rate_hz, COUNT),
    FIELD(window, COUNT),
    FIELD(hop, COUNT),
    FIELD(bands, COUNT),
    FIELD(fmin_hz, REAL),
    FIELD(fmax_hz, REAL),
    FIELD(scale, CHOICE),
    FIELD(norm, CHOICE),
    FIELD(centred, CHOICE),
    FIELD(level, CHOICE),
    FIELD(reference, CHOICE),
    FIELD(floor_db, REAL),
    FIELD(amin, REAL),
    FIELD(resampler, CHOICE),
    FIELD(precision, CHOICE),
    FIELD(transform, CHOICE),
    FIELD(bands_per_octave, COUNT),
#undef FIELD
};
#define N_FIELDS (sizeof fields / sizeof fields[0])

static json_t *to_json(const ltrec_frontend_options *o)
{
    json_t *object = json_object();

    for (size_t i = 0; i < N_FIELDS; i++) {
        const void *at = (const char *)o + fields[i].offset;
        uint32_t count;
        int32_t choice;
        float real;

        if (fields[i].kind == COUNT) {
            memcpy(&count, at, sizeof count);
            json_put_count(object, fields[i].name, count);
        } else if (fields[i].kind == CHOICE) {
            memcpy(&choice, at, sizeof choice);
            json_put(object, fields[i].name, json_integer(choice));
        } else {
            memcpy(&real, at, sizeof real);
            json_put_real(object, fields[i].name, (double)real);
        }
    }
    return object;
}

/* What is there to be read is read; the rest stays as in the default. */
static void from_json(const json_t *object, ltrec_frontend_options *o)
{
    ltrec_frontend_options_init(o, sizeof *o);
    for (size_t i = 0; i < N_FIELDS; i++) {
        const json_t *value = json_object_get(object, fields[i].name);
        void *at = (char *)o + fields[i].offset;
        int32_t number = (int32_t)json_integer_value(value);
        float real = (float)json_number_value(value);

        if (value && fields[i].kind == REAL)
            memcpy(at, &real, sizeof real);
        else if (value)
            memcpy(at, &number, sizeof number);
    }
}

int catalog_set_frontend(struct catalog *catalog,
                         const ltrec_frontend *frontend, ltrec_error *err)
{
    ltrec_frontend_options o;
    json_t *object;
    char *text;
    int status;

    ltrec_frontend_options_get(frontend, &o, sizeof o);
    object = to_json(&o);
    text = json_dumps(object, JSON_COMPACT | JSON_REAL_PRECISION(9));
    json_decref(object);
    if (!text)
        tool_no_memory();
    status = catalog_set_text(catalog, "frontend", text, err);
    free(text);
    if (status == LTREC_OK)
        status =
            catalog_set_fact(catalog, "features",
                             (int64_t)ltrec_frontend_version(frontend), err);
    return status;
}

static int check_version(struct catalog *catalog,
                         const ltrec_frontend_options *options,
                         ltrec_error *err)
{
    ltrec_frontend *frontend = NULL;
    ltrec_context *ctx = NULL;
    int64_t features;
    int status = catalog_fact(catalog, "features", 0, &features, err);

    if (status == LTREC_OK)
        status = ltrec_context_create(NULL, &ctx, err);
    if (status == LTREC_OK)
        status = ltrec_frontend_create(ctx, options, &frontend, err);
    if (status == LTREC_OK &&
        ltrec_frontend_version(frontend) != (uint64_t)features)
        status = tool_fail(err, LTREC_ERR_MISMATCH,
                           "%.100s: its rows of mel were made by another "
                           "version of the front end; scan again",
                           catalog->path);
    ltrec_frontend_free(frontend);
    ltrec_context_free(ctx);
    return status;
}

int catalog_frontend(struct catalog *catalog, ltrec_frontend_options *options,
                     ltrec_error *err)
{
    json_t *object = NULL;
    char *text;
    int status = catalog_text(catalog, "frontend", &text, err);

    if (status != LTREC_OK)
        return status;
    if (text)
        object = json_loads(text, 0, NULL);
    free(text);
    if (!object)
        return tool_fail(err, LTREC_ERR_STATE,
                         "%.100s: nothing in it has been listened to",
                         catalog->path);
    from_json(object, options);
    json_decref(object);
    return check_version(catalog, options, err);
}
