/*
 * pool.h - a loop whose passes run on several threads
 *
 *     ltr_parallel(ctx, n_rows, solve_row, &sweep);
 *
 * calls solve_row(&sweep, i, worker) once for every i below n_rows, in no
 * particular order, and returns when all are done.  A pass writes only what
 * belongs to its own i, or to its own worker's scratch; whatever is summed
 * over passes is summed by the caller afterwards, in the order of i.  That is
 * all it takes for the same bits at any thread count.
 *
 * One loop at a time runs on a context's workers.  A second one, started by
 * another thread meanwhile or from inside a pass, runs on its own thread
 * alone: slower, never wrong, never a deadlock.
 */
#ifndef LTR_BASE_POOL_H
#define LTR_BASE_POOL_H

#include <stddef.h>

#include <ltrec/base.h>

struct ltr_pool;

typedef void (*ltr_task)(void *arg, size_t i, size_t worker);

/* `worker` is below ltr_workers(ctx); 0 is the calling thread. */
void ltr_parallel(ltrec_context *ctx, size_t n, ltr_task task, void *arg);

/* How many scratch areas a loop needs. */
size_t ltr_workers(const ltrec_context *ctx);

/*
 * For the context alone.  Starts up to `n_threads` - 1 workers; fewer, down
 * to none, when the system refuses.  NULL only when memory is short.
 */
struct ltr_pool *ltr_pool_create(ltrec_context *ctx, size_t n_threads);
void ltr_pool_free(ltrec_context *ctx, struct ltr_pool *pool);

#endif /* LTR_BASE_POOL_H */
