/*
 * signal_portable.c - the loops over samples and levels for any machine
 */
#include "dsp/signal_loops.h"

const struct ltr_signal ltr_signal_portable = SIGNAL_TABLE;
