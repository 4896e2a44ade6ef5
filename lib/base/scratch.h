/*
 * scratch.h - memory that lies in a file: for what is larger than memory
 *
 * The file has no name: it goes with the scratch, or with the process, and
 * nobody else can open it.  The system writes out what is not in use and
 * reads it in again, so that only what is being worked on takes memory.
 */
#ifndef LTR_BASE_SCRATCH_H
#define LTR_BASE_SCRATCH_H

#include <stddef.h>

#include <ltrec/base.h>

struct ltr_scratch;

/* LTREC_ERR_IO when `folder` refuses a file, LTREC_ERR_MEMORY. */
int ltr_scratch_create(ltrec_context *ctx, const char *folder,
                       struct ltr_scratch **out, ltrec_error *err);

/* Accepts NULL.  All that was taken is gone. */
void ltr_scratch_free(struct ltr_scratch *scratch);

/*
 * `bytes` zeroed bytes at a multiple of 64, there for as long as the scratch.
 * LTREC_ERR_IO when the disk has no room: room is made before anything is
 * written, for a mapping has no way to say that there is none.
 * LTREC_ERR_MEMORY.  `*out` is then NULL.
 */
int ltr_scratch_take(struct ltr_scratch *scratch, size_t bytes, void **out,
                     ltrec_error *err);

#endif /* LTR_BASE_SCRATCH_H */
