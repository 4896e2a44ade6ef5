/*
 * json.h - the JSON that a safetensors header can be, piece by piece
 *
 * A cursor walks over it once.  Each call steps over one thing, and returns
 * LTREC_OK or LTREC_ERR_FORMAT, saying what was wanted where.
 */
#ifndef LTR_STORE_JSON_H
#define LTR_STORE_JSON_H

#include <stddef.h>

#include <ltrec/base.h>

struct ltr_json {
    ltrec_context *ctx;
    char *text;
    size_t size, at;
    ltrec_error *err;
};

/* LTREC_ERR_FORMAT: what was wanted at the cursor. */
int ltr_json_bad(struct ltr_json *c, const char *wanted);

void ltr_json_skip_space(struct ltr_json *c);

/* Step over `mark` if it comes next, after space; whether it did. */
int ltr_json_take(struct ltr_json *c, char mark);

/* A string, unescaped in place; its closing quote becomes its end. */
int ltr_json_string(struct ltr_json *c, const char **out);

/* Up to `most` whole numbers in brackets. */
int ltr_json_numbers(struct ltr_json *c, size_t most, size_t *out,
                     size_t *count);

#endif /* LTR_STORE_JSON_H */
