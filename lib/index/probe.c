/*
 * probe.c - which lists a search looks into, and in which order
 *
 * The nearest lists come first, because what they answer rules out others.
 * A search that must miss nothing then looks at all lists that are left; the
 * others stop there, unless they have not found k tracks.
 */
#include "index/probe.h"

/* How many of the nearest lists an exact search puts in order. */
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

static void look_into(struct ltr_search *search, size_t list, float weight)
{
    const struct ltr_lists *lists = &search->view->tracks->lists;
    const struct ltr_demand *demand = ltr_sieve_demand(search);
    size_t coded = ltr_view_coded(search->view);
    size_t from = lists->begins[list], to = lists->begins[list + 1];

    if (demand)
        from = ltr_lists_first(lists, list, weight, &search->code,
                               search->length, demand);
    ltr_sieve(&search, 1, from, to < coded ? to : coded);
}

void ltr_probe(struct ltr_search *search, size_t probes)
{
    const struct ltr_lists *lists = &search->view->tracks->lists;
    float weights[LTR_MOST_LISTS + LTR_BLOCK], near[LTR_MOST_LISTS];
    uint64_t numbers[LTR_MOST_LISTS];
    struct ltr_nearest nearest = {0, near, numbers};

    ltr_lists_weigh(lists, search->index->dots, &search->code.sift, 1,
                    search->view->tracks->dim, weights);
    ltr_nearest_choose(&nearest, weights, lists->n, probes ? probes : ORDERED);
    for (size_t i = 0; i < nearest.n; i++)
        look_into(search, numbers[i], near[i]);
    if (probes && search->top.count == search->top.k)
        return;
    for (size_t list = 0; list < lists->n; list++)
        if (!ltr_nearest_has(&nearest, list, weights[list]))
            look_into(search, list, weights[list]);
}
