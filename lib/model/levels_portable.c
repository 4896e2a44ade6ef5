/*
 * levels_portable.c - the loops over levels for any machine
 */
#define LANES 4
#include "model/levels_loops.h"

const struct ltr_levels ltr_levels_portable = LEVELS_TABLE;
