/*
 * layout.h - a map: points on a plane for vectors of many dimensions
 *
 * Vectors that are neighbours lie close together on the map.  What lies far
 * apart there need not be far apart in truth: two dimensions cannot hold two
 * hundred.
 */
#ifndef LAYOUT_H
#define LAYOUT_H

#include "tool.h"

struct layout {
    size_t n, dim;
    const float *vectors;       /* [n][dim], of unit length */
    size_t k;                   /* neighbours of each */
    const uint32_t *neighbours; /* [n][k]; n and above: none */
};

/*
 * Begin with the two main axes of the vectors, then let neighbours attract
 * each other and all others push each other away (McInnes, Healy and Melville,
 * "UMAP", 2018, with a = b = 1; by sampled pairs as in Tang et al.,
 * "LargeVis", 2016).  points[n][2] come to lie in [0, 1].  The same vectors
 * give the same map.  LTREC_ERR_CANCELLED when the person at the terminal
 * wants an end.
 */
int layout_make(const struct layout *layout, float *points, ltrec_error *err);

#endif /* LAYOUT_H */
