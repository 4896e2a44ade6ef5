/*
 * factorizing.h - the options of factorizing, for the commands that do it
 */
#ifndef FACTORIZING_H
#define FACTORIZING_H

#include <ltrec/factorize.h>

#include "args.h"

/* Entries for a command's list of options. */
#define FACTORIZING_OPTIONS \
    {"rank", "K", "floats a vector (default: 64; content, cold: 32)"}, \
        {"epochs", "N", "passes over the plays (default: 16)"}, \
        {"lambda", "L", "regularisation"}, \
        {"nu", "V", "how it grows with plays, from 0 to 1"}, \
        {"alpha", "A", "weight of what was played"}, \
        {"alpha0", "A", "weight of what was not played"}, \
        {"item-power", "P", "more weight where popular items were not"}, \
        {"confidence", "C", "constant, linear or log in the count"}, \
        {"epsilon", "E", "plays that make a difference to log"}, \
        {"form", "F", "ials or hu"}, \
    { \
        "seed", "N", "of the first vectors (default: 0)" \
    }

/* The library's defaults, with what the person asks for. */
void factorizing_options(struct args *args, ltrec_factorize_options *options);

#endif /* FACTORIZING_H */
