/*
 * pool.c - a loop whose passes run on several threads
 *
 * Workers sleep until a loop is posted, then take passes from a shared
 * counter until none is left.  A loop is finished when every worker that
 * woke for it has gone back to sleep, so its arguments may live on the
 * caller's stack.
 */
#define _POSIX_C_SOURCE 200809L /* sigset_t, for pthread_sigmask() */

#include "base/pool.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>

#include "base/context.h"
#include "base/fpu.h"

#define STACK_BYTES ((size_t)1 << 20)

struct worker {
    struct ltr_pool *pool;
    pthread_t thread;
    size_t number; /* from 1; 0 is whoever calls */
};

struct ltr_pool {
    pthread_mutex_t busy; /* held by the loop that owns the workers */
    pthread_mutex_t lock; /* guards what follows, down to `stopping` */
    pthread_cond_t wake;
    pthread_cond_t idle;
    size_t round;   /* counts loops, so that none is missed or run twice */
    size_t working; /* workers that have not finished this round */
    int stopping;

    ltr_task task;
    void *arg;
    size_t n;
    atomic_size_t next;

    size_t n_workers;
    struct worker workers[];
};

static void take_passes(struct ltr_pool *pool, size_t worker)
{
    for (;;) {
        size_t i =
            atomic_fetch_add_explicit(&pool->next, 1, memory_order_relaxed);

        if (i >= pool->n)
            return;
        pool->task(pool->arg, i, worker);
    }
}

static void *work(void *arg)
{
    struct worker *self = arg;
    struct ltr_pool *pool = self->pool;
    size_t seen = 0;

    (void)ltr_flush_begin(); /* this thread is ours: nothing to restore */
    pthread_mutex_lock(&pool->lock);
    for (;;) {
        while (pool->round == seen && !pool->stopping)
            pthread_cond_wait(&pool->wake, &pool->lock);
        if (pool->stopping)
            break;
        seen = pool->round;
        pthread_mutex_unlock(&pool->lock);
        take_passes(pool, self->number);
        pthread_mutex_lock(&pool->lock);
        if (--pool->working == 0)
            pthread_cond_signal(&pool->idle);
    }
    pthread_mutex_unlock(&pool->lock);
    return NULL;
}

/* ---- Life cycle --------------------------------------------------------- */

/* Start workers with every signal blocked: handlers belong to the host. */
static void start(struct ltr_pool *pool, size_t n_workers)
{
    pthread_attr_t attributes;
    sigset_t all, before;

    if (n_workers == 0 || pthread_attr_init(&attributes) != 0)
        return;
    pthread_attr_setstacksize(&attributes, STACK_BYTES);
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    while (pool->n_workers < n_workers) {
        struct worker *worker = &pool->workers[pool->n_workers];

        worker->pool = pool;
        worker->number = pool->n_workers + 1;
        if (pthread_create(&worker->thread, &attributes, work, worker) != 0)
            break; /* fewer threads: slower, same bits */
        pool->n_workers++;
    }
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    pthread_attr_destroy(&attributes);
}

struct ltr_pool *ltr_pool_create(ltrec_context *ctx, size_t n_threads)
{
    size_t n_workers = n_threads - 1;
    struct ltr_pool *pool =
        ltr_alloc(ctx, 1, sizeof *pool + n_workers * sizeof pool->workers[0]);

    if (!pool)
        return NULL;
    pthread_mutex_init(&pool->busy, NULL);
    pthread_mutex_init(&pool->lock, NULL);
    pthread_cond_init(&pool->wake, NULL);
    pthread_cond_init(&pool->idle, NULL);
    start(pool, n_workers);
    return pool;
}

void ltr_pool_free(ltrec_context *ctx, struct ltr_pool *pool)
{
    if (!pool)
        return;
    pthread_mutex_lock(&pool->lock);
    pool->stopping = 1;
    pthread_cond_broadcast(&pool->wake);
    pthread_mutex_unlock(&pool->lock);
    for (size_t i = 0; i < pool->n_workers; i++)
        pthread_join(pool->workers[i].thread, NULL);
    pthread_cond_destroy(&pool->idle);
    pthread_cond_destroy(&pool->wake);
    pthread_mutex_destroy(&pool->lock);
    pthread_mutex_destroy(&pool->busy);
    ltr_free(ctx, pool);
}

/* ---- Loops -------------------------------------------------------------- */

static void run_alone(size_t n, ltr_task task, void *arg)
{
    for (size_t i = 0; i < n; i++)
        task(arg, i, 0);
}

static void run_together(struct ltr_pool *pool, size_t n, ltr_task task,
                         void *arg)
{
    pthread_mutex_lock(&pool->lock);
    pool->task = task;
    pool->arg = arg;
    pool->n = n;
    atomic_store_explicit(&pool->next, 0, memory_order_relaxed);
    pool->working = pool->n_workers;
    pool->round++;
    pthread_cond_broadcast(&pool->wake);
    pthread_mutex_unlock(&pool->lock);

    take_passes(pool, 0);

    pthread_mutex_lock(&pool->lock);
    while (pool->working > 0)
        pthread_cond_wait(&pool->idle, &pool->lock);
    pthread_mutex_unlock(&pool->lock);
}

void ltr_parallel(ltrec_context *ctx, size_t n, ltr_task task, void *arg)
{
    struct ltr_pool *pool = ctx->pool;
    ltr_fpu saved = ltr_flush_begin();

    if (n <= 1 || pool->n_workers == 0 ||
        pthread_mutex_trylock(&pool->busy) != 0) {
        run_alone(n, task, arg);
    } else {
        run_together(pool, n, task, arg);
        pthread_mutex_unlock(&pool->busy);
    }
    ltr_flush_end(saved);
}

size_t ltr_workers(const ltrec_context *ctx)
{
    return ctx->pool->n_workers + 1;
}
