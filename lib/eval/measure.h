/*
 * measure.h - one listener's figures, and where they are added up
 */
#ifndef LTR_EVAL_MEASURE_H
#define LTR_EVAL_MEASURE_H

#include <ltrec/evaluate.h>

#define LTR_LIST_LENGTH 500 /* the longest k of any figure */
#define LTR_COVERED 20

struct ltrec_evaluation {
    ltrec_context *ctx;
    size_t n_items;
    int wants_auc;
    unsigned char *tail;    /* [n_items], 1 where it is; without: all 0 */
    unsigned char *covered; /* [n_items], 1 once in somebody's first 20 */

    uint64_t users, tail_users, auc_users;
    struct ltr_measures {
        double recall_20, recall_50, ndcg_100, precision_500;
        double tail_recall_20;
        double auc;
        uint32_t has_relevant, has_tail, has_auc; /* 1 or 0 */
    } sums;

    int keeps;                 /* every listener's measures: */
    struct ltr_measures *kept; /* [users], of [capacity] */
    size_t capacity;
};

/* All but the AUC, of one list. */
struct ltr_measures ltr_eval_measure(const ltrec_evaluation *evaluation,
                                     size_t n, const uint32_t *ranked,
                                     size_t n_relevant,
                                     const uint32_t *relevant);

/* Mark the first 20. */
void ltr_eval_cover(unsigned char *covered, size_t n, const uint32_t *ranked);

/* Make sure that ltr_eval_sum() can keep `n` more listeners. */
int ltr_eval_reserve(ltrec_evaluation *evaluation, size_t n);

/* Add one listener's; in the order of listeners, for the same bits. */
void ltr_eval_sum(ltrec_evaluation *evaluation,
                  const struct ltr_measures *measures);

/* Whether `items[n]` ascend, without repeats, below `limit`. */
int ltr_eval_is_row(const uint32_t *items, size_t n, size_t limit);

/* Whether ascending `items[n]` hold `item`. */
int ltr_eval_holds(const uint32_t *items, size_t n, uint32_t item);

#endif /* LTR_EVAL_MEASURE_H */
