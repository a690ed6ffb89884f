/* A cohort out of a number, for the tests of the nonparametric estimate. */
#ifndef IMR_TEST_APLASIA_NPMLE_COHORT_H
#define IMR_TEST_APLASIA_NPMLE_COHORT_H

#include "aplasia_rows.h"

static inline double
draw(unsigned *seed)
{
    *seed = *seed * 1664525u + 1013904223u;
    return (double) (*seed >> 8) / (1 << 24);
}

/* 2 to 31 patients: onset within two weeks, visits some weeks apart, some not recovered. */
static inline size_t
cohort(unsigned seed)
{
    size_t n = 2 + seed % 30;

    for (size_t i = 0; i < n; i++) {
        double left = floor(10 * draw(&seed)), width = floor(8 * draw(&seed));
        double least = left + width + floor(120 * draw(&seed)), gap = floor(60 * draw(&seed));

        put(i, left, left + width, least + 1, draw(&seed) < 0.2 ? INFINITY : least + 1 + gap);
    }
    return n;
}

#endif
