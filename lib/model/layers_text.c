/*
 * layers_text.c - a network's layers in words, as files hold them
 */
#include "model/model_parts.h"

#include <stdio.h>
#include <string.h>

#include "base/error.h"

/* Rates are kept in 65,536ths, which is all that dropout tells apart. */
#define RATE_UNIT 65536.0f

static const struct {
    const char *word;
    int32_t kind;
    int numbers;
} words[] = {
    {"conv", LTR_CONV, 2},       {"pool", LTR_MAX_POOL, 1},
    {"dense", LTR_DENSE, 1},     {"dropout", LTR_DROPOUT, 1},
    {"relu", LTR_RELU, 0},       {"global", LTR_GLOBAL_POOL, 0},
    {"flatten", LTR_FLATTEN, 1},
};
#define N_WORDS (sizeof words / sizeof words[0])

static size_t word_of(int32_t kind)
{
    size_t i = 0;

    while (words[i].kind != kind)
        i++;
    return i;
}

void ltr_layers_print(const struct ltr_net *net, char *text)
{
    size_t used = 0;

    text[0] = '\0';
    for (size_t i = 0; i < net->n_layers; i++) {
        const struct ltr_layer *l = &net->layers[i];
        size_t word = word_of(l->kind);
        unsigned first = l->kind == LTR_DROPOUT
                             ? (unsigned)(l->rate * RATE_UNIT)
                             : (unsigned)l->size;
        char numbers[32] = "";

        if (words[word].numbers == 2)
            snprintf(numbers, sizeof numbers, " %u %u", first,
                     (unsigned)l->taps);
        else if (words[word].numbers == 1)
            snprintf(numbers, sizeof numbers, " %u", first);
        used += (size_t)snprintf(text + used, LTR_MOST_LAYERS_TEXT - used,
                                 "%s%s%s", i > 0 ? ", " : "", words[word].word,
                                 numbers);
    }
}

static const char *parse_number(const char *at, uint32_t *out)
{
    uint32_t value = 0;

    if (*at < '0' || *at > '9')
        return NULL;
    for (; *at >= '0' && *at <= '9'; at++) {
        if (value > 10000000)
            return NULL;
        value = value * 10 + (uint32_t)(*at - '0');
    }
    *out = value;
    return at;
}

/* One layer at `at`; where it ends, or NULL. */
static const char *parse_layer(const char *at, struct ltr_layer *layer)
{
    uint32_t numbers[2] = {0};
    size_t length = strcspn(at, " ,"), word = 0;

    while (word < N_WORDS && (strlen(words[word].word) != length ||
                              strncmp(at, words[word].word, length) != 0))
        word++;
    if (word == N_WORDS)
        return NULL;
    at += length;
    for (int i = 0; i < words[word].numbers; i++) {
        if (*at++ != ' ')
            return NULL;
        at = parse_number(at, &numbers[i]);
        if (!at)
            return NULL;
    }
    *layer = (struct ltr_layer){
        .kind = words[word].kind, .size = numbers[0], .taps = numbers[1]};
    if (layer->kind == LTR_DROPOUT) {
        layer->rate = (float)numbers[0] / RATE_UNIT;
        layer->size = 0;
    }
    return at;
}

int ltr_layers_parse(const char *text, size_t n_in, struct ltr_net *net,
                     ltrec_error *err)
{
    struct ltr_layer layers[LTR_MOST_LAYERS];
    const char *at = text;
    size_t n = 0;

    while (n < LTR_MOST_LAYERS) {
        at = parse_layer(at, &layers[n++]);
        if (!at || *at == '\0')
            break;
        if (strncmp(at, ", ", 2) != 0)
            at = NULL;
        if (!at)
            break;
        at += 2;
    }
    if (!at || *at != '\0' || ltr_net_build(net, n_in, layers, n) != LTREC_OK)
        return ltr_fail(err, LTREC_ERR_FORMAT,
                        "model: layers '%.100s' make no network", text);
    return LTREC_OK;
}
