/* Tables for the tests over strata. */
#ifndef IMR_TEST_STRATA_H
#define IMR_TEST_STRATA_H

#include "response/stratified.h"

enum { RABBITS = 5 };

/* Agresti's rabbits: cured after immediate (1) and delayed (2) penicillin, and two empty rows. */
static const int64_t RABBIT_X1[] = { 0, 3, 6, 5, 2 };
static const int64_t RABBIT_N1[] = { 6, 6, 6, 6, 2 };
static const int64_t RABBIT_X2[] = { 0, 0, 2, 6, 5 };
static const int64_t RABBIT_N2[] = { 5, 6, 6, 6, 5 };

static inline imr_strata_t
rabbits(void)
{
    imr_strata_t strata = { RABBIT_X1, RABBIT_N1, RABBIT_X2, RABBIT_N2, RABBITS };

    return strata;
}

#endif
