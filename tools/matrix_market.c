/*
 * matrix_market.c - sparse matrices in coordinate form
 */
#include "matrix_market.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "lines.h"
#include "number.h"

#define QUOTED 40

/* Words on a line that matter, and one more to see that there are too many. */
#define WORDS 6

struct matrix_market {
    struct lines *lines;
    int skip_bad;
    uint64_t skipped;
    int pattern;      /* entries have no value */
    uint64_t size[3]; /* rows, columns, entries */
    uint64_t n_read;
};

struct word {
    const char *text;
    size_t length;
};

static size_t split(const char *text, struct word words[WORDS])
{
    size_t n = 0;

    for (;;) {
        text += strspn(text, " \t");
        if (*text == '\0' || n == WORDS)
            return n;
        words[n].text = text;
        words[n].length = strcspn(text, " \t");
        text += words[n++].length;
    }
}

static int refuse(const struct matrix_market *matrix, size_t column,
                  ltrec_error *err, const char *reason)
{
    return tool_fail(err, LTREC_ERR_FORMAT, "%s: line %llu, column %zu: %s",
                     lines_name(matrix->lines),
                     (unsigned long long)lines_number(matrix->lines), column,
                     reason);
}

/* ---- The head ----------------------------------------------------------- */

static int is_word(const struct word *word, const char *text)
{
    return word->length == strlen(text) &&
           strncasecmp(word->text, text, word->length) == 0;
}

static int read_banner(struct matrix_market *matrix, ltrec_error *err)
{
    struct word words[WORDS] = {{NULL, 0}};
    char *text;
    size_t length;
    int status = lines_next(matrix->lines, &text, &length, err);

    if (status < 0)
        return status;
    if (status == 0 || split(text, words) != 5 ||
        !is_word(&words[0], "%%MatrixMarket") || !is_word(&words[1], "matrix"))
        return refuse(matrix, 1, err,
                      "wanted '%%MatrixMarket matrix coordinate FIELD "
                      "general'");
    if (!is_word(&words[2], "coordinate"))
        return refuse(matrix, 3, err, "only the form 'coordinate' is read");
    matrix->pattern = is_word(&words[3], "pattern");
    if (!matrix->pattern && !is_word(&words[3], "real") &&
        !is_word(&words[3], "integer"))
        return refuse(matrix, 4, err,
                      "only real, integer and pattern values are read");
    if (!is_word(&words[4], "general"))
        return refuse(matrix, 5, err, "only 'general' matrices are read");
    return LTREC_OK;
}

/* The next line with something in it, 1; 0 at the end; or a failure. */
static int next_words(struct matrix_market *matrix, struct word words[WORDS],
                      size_t *n, ltrec_error *err)
{
    char *text;
    size_t length;
    int status;

    do {
        status = lines_next(matrix->lines, &text, &length, err);
        if (status != 1)
            return status;
        *n = split(text, words);
    } while (*n == 0 || *words[0].text == '%');
    return 1;
}

static int read_size(struct matrix_market *matrix, ltrec_error *err)
{
    struct word words[WORDS] = {{NULL, 0}};
    size_t n = 0;
    int status = next_words(matrix, words, &n, err);

    if (status < 0)
        return status;
    if (status == 0 || n != 3)
        return refuse(matrix, 1, err,
                      "wanted the numbers of rows, columns and entries");
    for (size_t i = 0; i < 3; i++) {
        int64_t value;

        if (number_parse_integer(words[i].text, words[i].length, &value) !=
                NUMBER_OK ||
            value < 0)
            return refuse(matrix, i + 1, err, "is not a size");
        matrix->size[i] = (uint64_t)value;
    }
    return LTREC_OK;
}

int matrix_market_open(FILE *stream, const char *name, int skip_bad,
                       struct matrix_market **out, ltrec_error *err)
{
    struct matrix_market *matrix = tool_alloc(1, sizeof *matrix);
    int status;

    *out = NULL;
    matrix->lines = lines_open_stream(stream, name);
    matrix->skip_bad = skip_bad;
    status = read_banner(matrix, err);
    if (status == LTREC_OK)
        status = read_size(matrix, err);
    if (status != LTREC_OK) {
        matrix_market_close(matrix);
        return status;
    }
    *out = matrix;
    return LTREC_OK;
}

void matrix_market_close(struct matrix_market *matrix)
{
    if (!matrix)
        return;
    lines_close(matrix->lines);
    free(matrix);
}

/* ---- Entries ------------------------------------------------------------ */

static int read_index(const struct matrix_market *matrix, size_t which,
                      const struct word *word, uint64_t *index,
                      ltrec_error *err)
{
    int64_t value;

    if (number_parse_integer(word->text, word->length, &value) != NUMBER_OK ||
        value < 1 || (uint64_t)value > matrix->size[which])
        return refuse(matrix, which + 1, err,
                      "is not an index from 1 to the stated size");
    *index = (uint64_t)value;
    return LTREC_OK;
}

static int read_entry(struct matrix_market *matrix, const struct word *words,
                      size_t n, uint64_t *row, uint64_t *column, double *value,
                      ltrec_error *err)
{
    int status;

    if (n != (matrix->pattern ? 2 : 3))
        return refuse(matrix, n + 1, err,
                      matrix->pattern ? "wanted a row and a column"
                                      : "wanted a row, a column and a value");
    status = read_index(matrix, 0, &words[0], row, err);
    if (status == LTREC_OK)
        status = read_index(matrix, 1, &words[1], column, err);
    if (status != LTREC_OK)
        return status;
    *value = 1;
    if (!matrix->pattern &&
        (number_parse(words[2].text, words[2].length, value) != NUMBER_OK ||
         *value < 0 || *value > MATRIX_MARKET_MAX))
        return refuse(matrix, 3, err, "is not a number from 0 to 1e9");
    return 1;
}

/* Nothing is left: were there as many entries as stated? */
static int finish(const struct matrix_market *matrix, ltrec_error *err)
{
    if (matrix->n_read == matrix->size[2])
        return 0;
    return tool_fail(err, LTREC_ERR_FORMAT,
                     "%s: line %llu, column 1: the file ends after %llu of "
                     "%llu entries",
                     lines_name(matrix->lines),
                     (unsigned long long)lines_number(matrix->lines),
                     (unsigned long long)matrix->n_read,
                     (unsigned long long)matrix->size[2]);
}

int matrix_market_next(struct matrix_market *matrix, uint64_t *row,
                       uint64_t *column, double *value, ltrec_error *err)
{
    struct word words[WORDS] = {{NULL, 0}};
    size_t n = 0;
    int status;

    for (;;) {
        status = next_words(matrix, words, &n, err);
        if (status == 0)
            return finish(matrix, err);
        if (status == 1 && matrix->n_read == matrix->size[2])
            return refuse(matrix, 1, err, "more entries than stated");
        matrix->n_read++;
        if (status == 1)
            status = read_entry(matrix, words, n, row, column, value, err);
        if (status != LTREC_ERR_FORMAT || !matrix->skip_bad)
            return status;
        matrix->skipped++;
    }
}

uint64_t matrix_market_skipped(const struct matrix_market *matrix)
{
    return matrix->skipped;
}
