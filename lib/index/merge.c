/*
 * merge.c - the answers of several indexes as those of one
 */
#include <ltrec/index.h>

/* Whether answer `a` comes before `b`, as searches sort. */
static int precedes(float a, uint64_t a_id, float b, uint64_t b_id)
{
    return a != b ? a > b : a_id < b_id;
}

static int is_sorted(const uint64_t *ids, const float *similarities, size_t n)
{
    for (size_t i = 1; i < n; i++)
        if (!precedes(similarities[i - 1], ids[i - 1], similarities[i],
                      ids[i]))
            return 0;
    return 1;
}

static int contains(const uint64_t *ids, size_t n, uint64_t id)
{
    for (size_t i = 0; i < n; i++)
        if (ids[i] == id)
            return 1;
    return 0;
}

/*
 * Insert an answer where it belongs among the first *n, dropping the last when
 * k are there.  0 when it comes after all of them and so would the rest of its
 * part.  Of two answers of one id the better one stays.
 */
static int insert(uint64_t id, float similarity, size_t k, uint64_t *ids,
                  float *similarities, size_t *n)
{
    size_t at = *n, end;

    while (at > 0 &&
           precedes(similarity, id, similarities[at - 1], ids[at - 1]))
        at--;
    if (at == k)
        return 0;
    if (contains(ids, at, id))
        return 1;
    for (end = at; end < *n && ids[end] != id; end++)
        ;
    if (end == *n && *n < k)
        (*n)++;
    else if (end == *n)
        end = k - 1;
    for (; end > at; end--) {
        ids[end] = ids[end - 1];
        similarities[end] = similarities[end - 1];
    }
    ids[at] = id;
    similarities[at] = similarity;
    return 1;
}

int ltrec_index_merge(size_t n_parts, size_t k, const uint64_t *part_ids,
                      const float *part_similarities, const size_t *part_found,
                      uint64_t *ids, float *similarities, size_t *n_found)
{
    if (!n_found)
        return LTREC_ERR_ARGUMENT;
    *n_found = 0;
    if (n_parts > 0 &&
        (!part_found || (k > 0 && (!part_ids || !part_similarities))))
        return LTREC_ERR_ARGUMENT;
    if (k > 0 && (!ids || !similarities))
        return LTREC_ERR_ARGUMENT;
    for (size_t p = 0; p < n_parts; p++)
        if (part_found[p] > k ||
            !is_sorted(part_ids + p * k, part_similarities + p * k,
                       part_found[p]))
            return LTREC_ERR_ARGUMENT;
    for (size_t p = 0; p < n_parts; p++)
        for (size_t i = 0; i < part_found[p]; i++)
            if (!insert(part_ids[p * k + i], part_similarities[p * k + i], k,
                        ids, similarities, n_found))
                break;
    return LTREC_OK;
}
