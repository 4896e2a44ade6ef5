/*
 * ltrec/ltrec.h - all of libltrec, in the order the data flows
 */
#ifndef LTREC_LTREC_H
#define LTREC_LTREC_H

#include <ltrec/base.h>
#include <ltrec/audio.h>
#include <ltrec/describe.h>
#include <ltrec/interactions.h>
#include <ltrec/factors.h>
#include <ltrec/factorize.h>
#include <ltrec/itemitem.h>
#include <ltrec/model.h>
#include <ltrec/train.h>
#include <ltrec/index.h>
#include <ltrec/recommend.h>
#include <ltrec/recommender.h>
#include <ltrec/explain.h>
#include <ltrec/path.h>
#include <ltrec/evaluate.h>

#endif /* LTREC_LTREC_H */
