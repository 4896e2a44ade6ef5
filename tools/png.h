/*
 * png.h - a spectrogram as a picture, through libpng
 *
 * Time runs to the right and frequency upwards, both with their labels; a bar
 * says which colour is which level, and dashed lines where the patches of 35 s
 * end that networks are trained on.  The picture is at least 1200 by 500.
 */
#ifndef PNG_PICTURE_H
#define PNG_PICTURE_H

#include <ltrec/audio.h>

#include "tool.h"

struct spectrogram {
    const float *mel; /* [rows][bands], levelled */
    size_t rows;
    size_t bands;
    const ltrec_frontend_options *options; /* what they were made with */
    const char *title;
};

/* LTREC_ERR_ARGUMENT when there is nothing to draw. */
int png_write_spectrogram(const char *path, const struct spectrogram *s,
                          ltrec_error *err);

#endif /* PNG_PICTURE_H */
