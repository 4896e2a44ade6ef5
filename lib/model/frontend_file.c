/*
 * frontend_file.c - the front end of a model in its file: one number an option
 */
#include "model/model_parts.h"

#include <stdio.h>
#include <string.h>

#include "dsp/frontend.h"

#define KEY 64

/* The options of a front end that are whole numbers, by name. */
#define WHOLE(field) \
    { \
#field, offsetof(ltrec_frontend_options, field) \
    }
static const struct {
    const char *name;
    size_t offset;
} whole[] = {
    WHOLE(rate_hz),   WHOLE(window),    WHOLE(hop),       WHOLE(bands),
    WHOLE(scale),     WHOLE(norm),      WHOLE(centred),   WHOLE(level),
    WHOLE(reference), WHOLE(resampler), WHOLE(precision),
};
static const struct {
    const char *name;
    size_t offset;
} real[] = {
    WHOLE(fmin_hz),
    WHOLE(fmax_hz),
    WHOLE(floor_db),
    WHOLE(amin),
};
#define N_WHOLE (sizeof whole / sizeof whole[0])
#define N_REAL (sizeof real / sizeof real[0])

static const char *option_key(char *key, const char *name)
{
    snprintf(key, KEY, "audio.frontend.%s", name);
    return key;
}

void ltr_frontend_write(struct ltr_writer *w, const ltrec_frontend_options *o)
{
    const char *bytes = (const char *)o;
    char key[KEY];

    for (size_t i = 0; i < N_WHOLE; i++) {
        uint32_t value;

        memcpy(&value, bytes + whole[i].offset, sizeof value);
        ltr_store_number(w, option_key(key, whole[i].name), value);
    }
    for (size_t i = 0; i < N_REAL; i++) {
        float value;

        memcpy(&value, bytes + real[i].offset, sizeof value);
        ltr_store_real(w, option_key(key, real[i].name), (double)value);
    }
}

static int read_options(const struct ltr_reader *r, ltrec_frontend_options *o,
                        ltrec_error *err)
{
    char *bytes = (char *)o, key[KEY];
    int status = LTREC_OK;

    ltrec_frontend_options_init(o, sizeof *o);
    for (size_t i = 0; i < N_WHOLE && status == LTREC_OK; i++) {
        uint64_t value = 0;
        uint32_t narrow;

        status = ltr_store_find_number(r, option_key(key, whole[i].name), 0,
                                       10000000, &value, err);
        narrow = (uint32_t)value;
        memcpy(bytes + whole[i].offset, &narrow, sizeof narrow);
    }
    for (size_t i = 0; i < N_REAL && status == LTREC_OK; i++) {
        double value = 0;
        float narrow;

        status = ltr_store_find_real(r, option_key(key, real[i].name), 0,
                                     10000000, &value, err);
        narrow = (float)value;
        memcpy(bytes + real[i].offset, &narrow, sizeof narrow);
    }
    return status;
}

/* The front end of the file must be one that can be made. */
int ltr_frontend_read(const struct ltr_reader *reader,
                      ltrec_frontend_options *options, ltrec_error *err)
{
    ltrec_frontend_options found;
    int status = read_options(reader, &found, err);

    if (status == LTREC_OK)
        status = ltr_frontend_options_read(options, &found, err);
    return status == LTREC_ERR_ARGUMENT ? LTREC_ERR_FORMAT : status;
}
