/*
 * search.c - the nearest tracks to one query
 */
#include "base/context.h"
#include "base/error.h"
#include "base/fpu.h"
#include "index/probe.h"

/* Looking tracks up one by one pays below this part of the catalogue. */
#define LOOK_UP_PART 8

static int allows_few(const struct ltr_filter *f, const struct ltr_view *view)
{
    size_t count = ltr_view_count(view);

    return (f->allowed || f->bitmap) &&
           ltr_filter_most(f, count) < count / LOOK_UP_PART;
}

static void look(struct ltr_search *s, size_t k, uint64_t *ids,
                 float *similarities)
{
    const struct ltr_view *view = s->view;
    size_t listed = ltr_lists_rows(&view->tracks->lists);
    size_t coded = ltr_view_coded(view);
    int8_t codes[LTR_MOST_CODED];
    int pays = ltr_sieve_pays(view, k);

    ltr_sieve_begin(s, k, ids, similarities, pays ? codes : NULL);
    if (allows_few(&s->filter, view)) {
        ltr_sieve_look_up(s);
    } else if (pays) {
        if (listed > 0)
            ltr_probe(s, ltr_probes(s, k));
        else
            ltr_sieve_warm(s, 0, coded);
        ltr_sieve(&s, 1, listed, coded);
        ltr_sieve_scan(s, coded, view->rows);
    } else {
        ltr_sieve_scan(s, 0, view->rows);
    }
}

static int run(struct ltr_search *s, size_t k, uint64_t *ids,
               float *similarities, size_t *n_found)
{
    ltr_fpu saved;

    s->length = ltr_index_length(s->query, s->index->dim);
    if (s->length == 0 || (k > 0 && (!ids || !similarities)))
        return LTREC_ERR_ARGUMENT;
    if (k == 0)
        return LTREC_OK;
    saved = ltr_flush_begin();
    look(s, k, ids, similarities);
    *n_found = ltr_sieve_finish(s);
    ltr_flush_end(saved);
    return LTREC_OK;
}

static int search_now(struct ltr_search *s, size_t k, uint64_t *ids,
                      float *similarities, size_t *n_found)
{
    struct ltr_reading reading = ltr_index_enter(s->index);
    int status;

    s->view = &reading.view;
    status = run(s, k, ids, similarities, n_found);
    ltr_index_leave(s->index, reading);
    return status;
}

int ltrec_index_search(const ltrec_index *index, const float *query, size_t k,
                       uint64_t *ids, float *similarities, size_t *n_found)
{
    struct ltr_search s = {.index = index, .query = query};

    if (!n_found)
        return LTREC_ERR_ARGUMENT;
    *n_found = 0;
    if (!index || !query)
        return LTREC_ERR_ARGUMENT;
    return search_now(&s, k, ids, similarities, n_found);
}

int ltrec_index_search_filtered(const ltrec_index *index, const float *query,
                                size_t k, const ltrec_index_filter *filter,
                                uint64_t *ids, float *similarities,
                                size_t *n_found)
{
    struct ltr_search s = {.index = index, .query = query};
    int status;

    if (!n_found)
        return LTREC_ERR_ARGUMENT;
    *n_found = 0;
    if (!index || !query)
        return LTREC_ERR_ARGUMENT;
    status = ltr_filter_read(&s.filter, filter, NULL);
    if (status != LTREC_OK)
        return status;
    return search_now(&s, k, ids, similarities, n_found);
}

int ltrec_index_search_id(const ltrec_index *index, uint64_t id, size_t k,
                          const ltrec_index_filter *filter, uint64_t *ids,
                          float *similarities, size_t *n_found)
{
    struct ltr_search s = {.index = index};
    struct ltr_reading reading;
    size_t row;
    int status;

    if (!n_found)
        return LTREC_ERR_ARGUMENT;
    *n_found = 0;
    if (!index)
        return LTREC_ERR_ARGUMENT;
    status = ltr_filter_read(&s.filter, filter, NULL);
    if (status != LTREC_OK)
        return status;
    reading = ltr_index_enter(index);
    row = ltr_view_row(&reading.view, id);
    status = LTREC_ERR_ARGUMENT;
    if (row != LTR_NO_ROW) {
        s.filter.itself = &id;
        s.view = &reading.view;
        s.query = reading.view.tracks->vectors + row * index->dim;
        status = run(&s, k, ids, similarities, n_found);
    }
    ltr_index_leave(index, reading);
    return status;
}
