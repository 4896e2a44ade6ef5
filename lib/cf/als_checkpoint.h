/*
 * als_checkpoint.h - a factorization on disk, to go on from where it was
 */
#ifndef LTR_CF_ALS_CHECKPOINT_H
#define LTR_CF_ALS_CHECKPOINT_H

#include "cf/als_run.h"

/* Sum up what a run is made of, which saving and loading compare. */
void ltr_run_identify(struct ltr_run *run);

/* Replaces the file whole or not at all; LTREC_ERR_IO, LTREC_ERR_MEMORY. */
int ltr_run_save(const struct ltr_run *run, ltrec_error *err);

/*
 * Take up what the file has, or leave the run at its start where there is
 * none.  LTREC_ERR_MISMATCH for other plays or options, naming what differs,
 * LTREC_ERR_FORMAT, LTREC_ERR_UNSUPPORTED, LTREC_ERR_IO, LTREC_ERR_MEMORY.
 */
int ltr_run_load(struct ltr_run *run, ltrec_error *err);

/* The same of a file in memory, for a prepared run. */
int ltr_run_parse(struct ltr_run *run, const void *bytes, size_t size,
                  ltrec_error *err);

#endif /* LTR_CF_ALS_CHECKPOINT_H */
