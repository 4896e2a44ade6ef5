/*
 * steps.h - how far a long call is, and whether to go on
 */
#ifndef LTR_BASE_STEPS_H
#define LTR_BASE_STEPS_H

#include <ltrec/base.h>

struct ltr_steps {
    ltrec_progress progress; /* may be NULL */
    void *user;
    uint64_t done, total;
};

/* Count `n` more of the steps; LTREC_ERR_CANCELLED when told to stop. */
static inline int ltr_steps_take(struct ltr_steps *steps, uint64_t n)
{
    steps->done += n;
    if (steps->progress &&
        steps->progress(steps->user, steps->done, steps->total) != 0)
        return LTREC_ERR_CANCELLED;
    return LTREC_OK;
}

#endif /* LTR_BASE_STEPS_H */
