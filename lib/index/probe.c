/*
 * probe.c - which lists a search looks into, and in which order
 *
 * The nearest lists come first, because what they answer rules out others.
 * A search that must miss nothing then looks at all lists that are left; the
 * others stop there, unless they have not found k tracks.
 */
#include "index/probe.h"

#include <math.h>
#include <string.h>

/* How many of the nearest lists are looked into in order. */
#define ORDERED 32

void ltr_nearest_choose(struct ltr_nearest *out, const float *weights,
                        size_t n_lists, size_t n)
{
    struct ltr_topk top;

    ltr_topk_init(&top, n < n_lists ? n : n_lists, out->weights, out->lists);
    for (size_t list = 0; list < n_lists; list++)
        if (top.count < top.k || weights[list] > top.scores[0])
            ltr_topk_offer(&top, weights[list], list);
    out->n = ltr_topk_finish(&top);
}

/* Unlike floats no two are equal, and they are in the same order. */
static uint64_t key_of(float weight, size_t list)
{
    uint32_t bits;

    memcpy(&bits, &weight, sizeof bits);
    bits = bits >> 31 ? ~bits : bits | UINT32_C(0x80000000);
    return (uint64_t)bits << 32 | (UINT32_MAX - (uint32_t)list);
}

/* Keys no less than one of them come first; how many; both parts have some. */
static size_t divide(uint64_t *keys, size_t count)
{
    uint64_t pivot = keys[count / 2];
    size_t i = 0, j = count - 1;

    for (;; i++, j--) {
        uint64_t key;

        while (keys[i] > pivot)
            i++;
        while (keys[j] < pivot)
            j--;
        if (i >= j)
            return i > 0 ? i : 1;
        key = keys[i];
        keys[i] = keys[j];
        keys[j] = key;
    }
}

/* The n-th largest of different keys[count] (Hoare 1961). */
static uint64_t nth_largest(uint64_t *keys, size_t count, size_t n)
{
    while (count > 1) {
        size_t larger = divide(keys, count);

        if (n <= larger) {
            count = larger;
        } else {
            keys += larger;
            count -= larger;
            n -= larger;
        }
    }
    return keys[0];
}

struct ltr_limit ltr_nearest_limit(const float *weights, size_t n_lists,
                                   size_t n)
{
    uint64_t keys[LTR_MOST_LISTS];
    float near[ORDERED];
    struct ltr_nearest nearest = {0, near, keys};
    size_t list;

    if (n <= ORDERED) {
        ltr_nearest_choose(&nearest, weights, n_lists, n);
        list = keys[nearest.n - 1];
    } else {
        for (size_t i = 0; i < n_lists; i++)
            keys[i] = key_of(weights[i], i);
        list = UINT32_MAX -
               (uint32_t)nth_largest(keys, n_lists, n < n_lists ? n : n_lists);
    }
    return (struct ltr_limit){weights[list], list};
}

/*
 * A filter that lets one in ten through leaves, of a hundred neighbours, ten:
 * so many are asked for.
 */
size_t ltr_probes(const struct ltr_search *search, size_t k)
{
    const struct ltr_aim *aim = &search->view->tracks->lists.aim;
    size_t count = ltr_view_count(search->view);
    size_t most = ltr_filter_most(&search->filter, count);
    size_t excluded = search->filter.n_excluded;
    double wanted = (double)k;

    most -= excluded < most ? excluded : most;
    if (aim->recall >= 1 || most == 0)
        return 0;
    wanted *= (double)count / (double)most;
    return wanted <= 10 ? aim->probes[0] : wanted <= 100 ? aim->probes[1] : 0;
}

/* The nearest list has the nearest tracks, mostly. */
void ltr_probe_warm(struct ltr_search *search, size_t list)
{
    const struct ltr_lists *lists = &search->view->tracks->lists;
    size_t coded = ltr_view_coded(search->view);
    size_t end = lists->begins[list + 1];

    ltr_sieve_warm(search, lists->begins[list], end < coded ? end : coded);
}

static void look_into(struct ltr_search *search, size_t list, float weight)
{
    const struct ltr_lists *lists = &search->view->tracks->lists;
    const struct ltr_demand *demand = ltr_sieve_demand(search);
    size_t coded = ltr_view_coded(search->view);
    size_t from = lists->begins[list], to = lists->begins[list + 1];

    if (demand)
        from = ltr_lists_first(lists, list, weight, &search->code, demand);
    ltr_sieve(&search, 1, from, to < coded ? to : coded);
}

/* The lists that one limit has and the other has not. */
static void look_between(struct ltr_search *search, const float *weights,
                         struct ltr_limit wider, struct ltr_limit narrower)
{
    size_t n = search->view->tracks->lists.n;

    for (size_t list = 0; list < n; list++)
        if (ltr_limit_has(wider, list, weights[list]) &&
            !ltr_limit_has(narrower, list, weights[list]))
            look_into(search, list, weights[list]);
}

void ltr_probe(struct ltr_search *search, size_t probes)
{
    const struct ltr_lists *lists = &search->view->tracks->lists;
    const struct ltr_limit all = {-INFINITY, 0};
    float weights[LTR_MOST_LISTS + LTR_BLOCK], near[ORDERED];
    uint64_t numbers[ORDERED];
    struct ltr_nearest first = {0, near, numbers};
    struct ltr_limit limit;

    ltr_lists_weigh(lists, search->index->dots, &search->code.sift, 1,
                    search->view->tracks->dim, weights);
    ltr_nearest_choose(&first, weights, lists->n,
                       probes && probes < ORDERED ? probes : ORDERED);
    ltr_probe_warm(search, numbers[0]);
    for (size_t i = 0; i < first.n; i++)
        look_into(search, numbers[i], near[i]);
    limit = (struct ltr_limit){near[first.n - 1], numbers[first.n - 1]};
    if (probes > first.n) {
        struct ltr_limit wider = ltr_nearest_limit(weights, lists->n, probes);

        look_between(search, weights, wider, limit);
        limit = wider;
    }
    if (!probes || search->top.count < search->top.k)
        look_between(search, weights, all, limit);
}
