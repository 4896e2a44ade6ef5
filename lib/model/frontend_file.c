/*
 * frontend_file.c - the front end of a model in its file, one number an
 * option, and what is made of its rows before a network or a regression
 */
#include "model/model_parts.h"

#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "dsp/frontend.h"

#define KEY 64

/* An option by name, and where it is in the struct. */
struct field {
    const char *name;
    size_t offset;
};
#define FIELD(name) \
    { \
#name, offsetof(ltrec_frontend_options, name) \
    }

static const struct field whole[] = {
    FIELD(rate_hz),   FIELD(window),    FIELD(hop),       FIELD(bands),
    FIELD(scale),     FIELD(norm),      FIELD(centred),   FIELD(level),
    FIELD(reference), FIELD(resampler), FIELD(precision),
};
static const struct field real[] = {
    FIELD(fmin_hz),
    FIELD(fmax_hz),
    FIELD(floor_db),
    FIELD(amin),
};

/* Whole numbers too; a file without them has a front end of mel. */
static const struct field constant_q[] = {
    FIELD(transform),
    FIELD(bands_per_octave),
};
#define COUNT(fields) (sizeof(fields) / sizeof *(fields))

static const char *option_key(char *key, const char *name)
{
    snprintf(key, KEY, "audio.frontend.%s", name);
    return key;
}

static void write_whole(struct ltr_writer *w, const ltrec_frontend_options *o,
                        const struct field *fields, size_t n)
{
    char key[KEY];

    for (size_t i = 0; i < n; i++) {
        uint32_t value;

        memcpy(&value, (const char *)o + fields[i].offset, sizeof value);
        ltr_store_number(w, option_key(key, fields[i].name), value);
    }
}

void ltr_frontend_write(struct ltr_writer *w, const ltrec_frontend_options *o)
{
    char key[KEY];

    write_whole(w, o, whole, COUNT(whole));
    if (o->transform != LTREC_TRANSFORM_MEL)
        write_whole(w, o, constant_q, COUNT(constant_q));
    for (size_t i = 0; i < COUNT(real); i++) {
        float value;

        memcpy(&value, (const char *)o + real[i].offset, sizeof value);
        ltr_store_real(w, option_key(key, real[i].name), (double)value);
    }
}

static int read_whole(const struct ltr_reader *r, ltrec_frontend_options *o,
                      const struct field *fields, size_t n, ltrec_error *err)
{
    int status = LTREC_OK;
    char key[KEY];

    for (size_t i = 0; i < n && status == LTREC_OK; i++) {
        uint64_t value = 0;
        uint32_t narrow;

        status = ltr_store_find_number(r, option_key(key, fields[i].name), 0,
                                       10000000, &value, err);
        narrow = (uint32_t)value;
        memcpy((char *)o + fields[i].offset, &narrow, sizeof narrow);
    }
    return status;
}

static int read_options(const struct ltr_reader *r, ltrec_frontend_options *o,
                        ltrec_error *err)
{
    char key[KEY];
    int status;

    ltrec_frontend_options_init(o, sizeof *o);
    status = read_whole(r, o, whole, COUNT(whole), err);
    if (status == LTREC_OK &&
        ltr_store_find_text(r, option_key(key, "transform")))
        status = read_whole(r, o, constant_q, COUNT(constant_q), err);
    for (size_t i = 0; i < COUNT(real) && status == LTREC_OK; i++) {
        double value = 0;
        float narrow;

        status = ltr_store_find_real(r, option_key(key, real[i].name), 0,
                                     10000000, &value, err);
        narrow = (float)value;
        memcpy((char *)o + real[i].offset, &narrow, sizeof narrow);
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

/* ---- What is made of its rows ------------------------------------------- */

#define STATISTICS "audio.statistics"
#define SOFT_FLOOR "audio.soft_floor"

void ltr_hearing_write(struct ltr_writer *writer,
                       const struct ltr_branch *audio)
{
    if (audio->net.statistics != 2)
        ltr_store_number(writer, STATISTICS, audio->net.statistics);
    if (audio->soft_floor > 0)
        ltr_store_real(writer, SOFT_FLOOR, (double)audio->soft_floor);
}

static int read_soft_floor(const struct ltr_reader *reader,
                           struct ltr_branch *audio, ltrec_error *err)
{
    double floor = 0;
    int status = LTREC_OK;

    if (ltr_store_find_text(reader, SOFT_FLOOR))
        status = ltr_store_find_real(reader, SOFT_FLOOR, 0,
                                     LTR_MOST_SOFT_FLOOR, &floor, err);
    audio->soft_floor = (float)floor;
    if (status == LTREC_OK && floor > 0 &&
        audio->frontend.level != LTREC_LEVEL_DB)
        return ltr_fail(err, LTREC_ERR_FORMAT,
                        "model: a soft floor under levels that are not in dB");
    return status;
}

int ltr_hearing_read(const struct ltr_reader *reader, struct ltr_branch *audio,
                     ltrec_error *err)
{
    uint64_t found = 2;
    int status = ltr_store_find_number_or(reader, STATISTICS, 2, &found, err);

    if (status == LTREC_OK && found != 2 && found != LTR_STATISTICS)
        return ltr_fail(err, LTREC_ERR_FORMAT,
                        "model: %llu statistics of a band, wanted 2 or %d",
                        (unsigned long long)found, LTR_STATISTICS);
    audio->net.statistics = (size_t)found;
    return status == LTREC_OK ? read_soft_floor(reader, audio, err) : status;
}
