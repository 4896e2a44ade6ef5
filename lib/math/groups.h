/*
 * groups.h - groups that have something in common become one
 */
#ifndef LTR_MATH_GROUPS_H
#define LTR_MATH_GROUPS_H

#include <ltrec/base.h>

/*
 * Things of equal groups[n] stay together, and so do things of equal links[n]
 * that are not 0: merged[n] is the least of the groups that came together by
 * this.  A group that nothing links keeps its number.  LTREC_ERR_MEMORY, or
 * LTREC_OK.
 */
int ltr_groups_merge(ltrec_context *ctx, size_t n, const uint64_t *groups,
                     const uint64_t *links, uint64_t *merged);

#endif /* LTR_MATH_GROUPS_H */
