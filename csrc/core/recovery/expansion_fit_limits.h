/* The maxima of the likelihood of an expansion curve between any two samples, and profile limits. */
#ifndef IMR_EXPANSION_FIT_LIMITS_H
#define IMR_EXPANSION_FIT_LIMITS_H

#include "recovery/expansion_fit_climb.h"

enum { IMR_STEIN_CANDIDATES = 6 };

/* The highest maxima found, one for each pair of samples between which the peak lies, the best first. */
typedef struct {
    imr_stein_climb_t climb[IMR_STEIN_CANDIDATES];
    size_t count;
    double highest; /* log-likelihood of any point met, of a climb that ran away too */
} imr_stein_maxima_t;

/* Tries every pair of samples within six of the largest value, with two or more before the peak and two or
 * more from it on. */
void imr_stein_maxima(imr_stein_maxima_t *self, const imr_stein_rows_t *rows);

/* The limits of one unknown: where the profile log-likelihood is `drop` below the maximum; infinite where
 * it stays above. 1 where a higher maximum was met, which is then the first of *self. */
int imr_stein_limits(imr_stein_maxima_t *self, size_t unknown, double drop, double ends[2]);

/* The same of the log of the curve on a day; NaN where a higher maximum was met. */
void imr_stein_curve_limits(
    const imr_stein_maxima_t *self, double day, double drop, double ends[2]);

#endif
