/*
 * ltrec/base.h - what every other ltrec header builds on
 *
 * Export macro, version, result codes, the error record, progress and the
 * context.
 */
#ifndef LTREC_BASE_H
#define LTREC_BASE_H

#include <stddef.h>
#include <stdint.h>

#if defined(_WIN32) && defined(LTREC_BUILDING)
#define LTREC_API __declspec(dllexport)
#elif defined(__GNUC__)
#define LTREC_API __attribute__((visibility("default")))
#else
#define LTREC_API
#endif

#ifdef __cplusplus
extern "C" {
#endif

/* ---- Version ------------------------------------------------------------ */

/*
 * The version this header was written for.  The Makefile, the soname and
 * ltrec.pc all read it from these three lines; it is written nowhere else.
 */
#define LTREC_VERSION_MAJOR 0
#define LTREC_VERSION_MINOR 1
#define LTREC_VERSION_PATCH 0

/* major * 1000000 + minor * 1000 + patch, for comparing: of this header ... */
#define LTREC_VERSION_NUMBER \
    (LTREC_VERSION_MAJOR * 1000000 + LTREC_VERSION_MINOR * 1000 + \
     LTREC_VERSION_PATCH)

/* ... and of the library that is running, which a program linked to a shared
 * one may find to be newer; also as "major.minor.patch". */
LTREC_API int ltrec_version_number(void);
LTREC_API const char *ltrec_version(void);

/* ---- Results and errors ------------------------------------------------- */

/*
 * A function that can fail returns one of these: zero, or a negative code.
 * Codes are part of the ABI; new ones are added, none is ever renumbered.
 *
 * Two go for every function, and headers do not repeat them:
 * LTREC_ERR_ARGUMENT for NULL where an object, a path or an array that is not
 * empty has to be, and LTREC_ERR_UNSUPPORTED for options that set a field this
 * library is too old to know.  Functions that only answer a question answer 0
 * or NULL about an object that is NULL.
 */
enum {
    LTREC_OK = 0,
    LTREC_ERR_ARGUMENT = -1,    /* a value the function does not accept */
    LTREC_ERR_MEMORY = -2,      /* an allocation failed */
    LTREC_ERR_IO = -3,          /* the operating system refused a file */
    LTREC_ERR_FORMAT = -4,      /* a file is not what it should be */
    LTREC_ERR_UNSUPPORTED = -5, /* needs a newer libltrec than this one */
    LTREC_ERR_STATE = -6,       /* not at this point in the object's life */
    LTREC_ERR_CANCELLED = -7,   /* the caller's progress function said so */
    LTREC_ERR_MISMATCH = -8,    /* made by another model or front end */
    LTREC_ERR_CAPACITY = -9     /* the caller's array is too small */
};

/*
 * Why a call failed, in words.  Functions whose failure depends on the world
 * outside the program - a file, an option, the memory left - take a trailing
 * `ltrec_error *`.  It may be NULL.  It is written only on failure.
 *
 * The size and layout are fixed for good: 256 bytes.
 */
typedef struct ltrec_error {
    int32_t code;      /* the code the function returned */
    char message[252]; /* one line of UTF-8, no newline, always terminated */
} ltrec_error;

/* A short constant name for a code, such as "out of memory".  Never NULL. */
LTREC_API const char *ltrec_status_name(int code);

/* ---- Progress ----------------------------------------------------------- */

/*
 * Long calls report how far they are, on the calling thread only and at least
 * every 100 ms, but where the system takes longer to hand out memory.  A
 * non-zero return cancels: the call answers LTREC_ERR_CANCELLED and leaves its
 * object as it was, or as of the last finished epoch where the function says
 * so.
 */
typedef int (*ltrec_progress)(void *user, uint64_t done, uint64_t total);

/* ---- Context ------------------------------------------------------------ */

/*
 * A context holds what the library would otherwise keep in globals: the
 * allocator, the threads and what it learned about the CPU.  Two contexts
 * share nothing.  It never changes once made, and any number of threads may
 * use it.
 *
 * Objects made from a context keep it alive, so a context and its objects may
 * be freed in any order - which is what garbage-collected callers will do.
 *
 * Threads: a pool of `threads` - 1 workers is started with the context.  If
 * the system refuses a thread, the context works with those it got; results
 * have the same bits at any number of threads.  A context does not survive
 * fork(): make one in the child.
 */
typedef struct ltrec_context ltrec_context;

/* Which inner loops to use; all give the same results to within rounding. */
enum {
    LTREC_KERNELS_AUTO = 0,     /* the best this CPU has */
    LTREC_KERNELS_PORTABLE = 1, /* plain C, the definition of the others */
    LTREC_KERNELS_AVX2 = 2,     /* x86-64 with AVX2 and FMA */
    LTREC_KERNELS_AVX512 = 3    /* with AVX-512 F, BW, DQ, VL; VNNI if any */
};

typedef struct ltrec_context_options {
    size_t size; /* set by ltrec_context_options_init() */

    /*
     * Where memory comes from.  Both or neither; the default, and NULL for
     * both, is malloc() and free().  Blocks must be aligned for a pointer.
     * Both may be called from any thread that calls into the library, and from
     * its workers.
     */
    void *(*allocate)(size_t bytes, void *user);
    void (*release)(void *block, void *user);
    void *user;

    uint32_t threads; /* the caller's included, 1 to 256; default 1 */
    int32_t kernels;  /* LTREC_KERNELS_...; default LTREC_KERNELS_AUTO */
} ltrec_context_options;

/*
 * Write the defaults.  Pass sizeof(ltrec_context_options): it tells the
 * library which fields the caller was compiled to know about.
 */
LTREC_API void ltrec_context_options_init(ltrec_context_options *options,
                                          size_t size);

/*
 * NULL `options` means the defaults.  LTREC_ERR_ARGUMENT for a thread count
 * outside its range or an unknown kernel set, LTREC_ERR_UNSUPPORTED for a
 * kernel set this CPU or this build does not have, LTREC_ERR_MEMORY.
 */
LTREC_API int ltrec_context_create(const ltrec_context_options *options,
                                   ltrec_context **out, ltrec_error *err);

/* Accepts NULL. */
LTREC_API void ltrec_context_free(ltrec_context *ctx);

/* The threads the context works with, the caller's included. */
LTREC_API uint32_t ltrec_context_threads(const ltrec_context *ctx);

/* The kernel table in use: "portable", "avx2" or "avx512". */
LTREC_API const char *ltrec_context_kernels(const ltrec_context *ctx);

/*
 * How networks multiply.  LTREC_PRECISION_BF16 rounds what is multiplied to
 * bfloat16 - 8 bits instead of 24 - on CPUs with units for it, under
 * LTREC_KERNELS_AUTO: x86-64 with AMX-BF16 whose tiles the system lends, or
 * else with AVX512-BF16.  Everything else stays float32: sums, weights and
 * what is learnt of them, biases, losses.  Elsewhere it is float32, as if that
 * had been asked for.
 *
 * The same seed gives the same bits by the same units; AMX, AVX512-BF16 and
 * float32 differ from each other by rounding.
 */
enum {
    LTREC_PRECISION_FLOAT32 = 0,
    LTREC_PRECISION_BF16 = 1
};

/*
 * What LTREC_PRECISION_... is used where `wanted` is asked for.  Linux lends
 * AMX's tiles to processes that ask: this asks, as does what works in
 * LTREC_PRECISION_BF16.
 */
LTREC_API int32_t ltrec_context_precision(const ltrec_context *ctx,
                                          int32_t wanted);

#ifdef __cplusplus
}
#endif

#endif /* LTREC_BASE_H */
