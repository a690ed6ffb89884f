/* Rates before and after a treatment in the same patients, and what regression to the mean alone would do.
 * Formulas, sources and edge cases: docs/methods/survival/incidence.md. */
#ifndef IMR_INCIDENCE_BEFORE_AFTER_H
#define IMR_INCIDENCE_BEFORE_AFTER_H

#include "survival/incidence_contrast.h"

/* n patients: events and time at risk, before and after. */
typedef struct {
    const int64_t *before, *after;
    const double *time_before, *time_after;
    size_t n;
} imr_before_after_rows_t;

typedef struct {
    int64_t before, after; /* sums */
    double time_before, time_after;
    double ratio, low, high, statistic, pvalue; /* of the rate after against that before */
    double mean, theta; /* of the patients' rates: as given, or as fitted to the counts before */
    double expected; /* events after, if each rate were as it was and only chance had changed */
} imr_before_after_t;

/* mean NaN: mean and theta are fitted to the counts before; theta infinite: all patients have one rate.
 * Without an event before, and mean NaN, expected is NaN. */
int IMR_MUST_CHECK imr_incidence_before_after(imr_before_after_t *self,
    const imr_before_after_rows_t *rows, double mean, double theta,
    const imr_incidence_contrast_options_t *options, imr_fault_t *fault);

#endif
