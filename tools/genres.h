/*
 * genres.h - the genres that a sound file's tag names
 *
 * A tag is one line of text, and has several genres where it parts them by
 * ";", "," or "/": "Jazz; Soul/Funk" has three.
 */
#ifndef GENRES_H
#define GENRES_H

#include <ltrec/model.h>

#include "tool.h"

/*
 * The first genre at or after `at`, `*length` bytes long, or NULL when there
 * is no more; the next is looked for behind it.
 */
const char *genres_next(const char *at, size_t *length);

/*
 * What a model with LTREC_BRANCH_GENRE gets of a tag: ltrec_track.genres, the
 * caller's to free(); NULL when the model knows none of them, or no genres.
 */
float *genres_of_tag(const ltrec_model *model, const char *tag);

#endif /* GENRES_H */
