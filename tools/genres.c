/*
 * genres.c - the genres that a sound file's tag names
 */
#include "genres.h"

#include <stdlib.h>
#include <string.h>

#define PARTING ";,/"

const char *genres_next(const char *at, size_t *length)
{
    at += strspn(at, " " PARTING);
    *length = strcspn(at, PARTING);
    while (*length > 0 && at[*length - 1] == ' ')
        --*length;
    return *length > 0 ? at : NULL;
}

/* The number of a genre in the model's vocabulary, or its size. */
static size_t find(const ltrec_model *model, const char *genre, size_t length)
{
    char *name = tool_alloc(length + 1, 1);
    size_t number = 0;
    int status;

    memcpy(name, genre, length);
    status = ltrec_model_find(model, LTREC_BRANCH_GENRE, name, &number);
    free(name);
    return status == LTREC_OK
               ? number
               : ltrec_model_vocabulary(model, LTREC_BRANCH_GENRE);
}

float *genres_of_tag(const ltrec_model *model, const char *tag)
{
    size_t n = ltrec_model_vocabulary(model, LTREC_BRANCH_GENRE);
    float *values = tool_alloc(n + 1, sizeof *values);
    size_t length, known = 0;

    for (; n > 0 && (tag = genres_next(tag, &length)) != NULL; tag += length) {
        size_t number = find(model, tag, length);

        if (number < n) {
            values[number] = 1;
            known++;
        }
    }
    if (known > 0)
        return values;
    free(values);
    return NULL;
}
