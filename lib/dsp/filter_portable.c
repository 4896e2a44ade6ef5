/*
 * filter_portable.c - recursive filters for any machine
 */
#include "dsp/filter_loops.h"

const struct ltr_filters ltr_filters_portable = FILTER_TABLE;
