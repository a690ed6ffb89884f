/* Relapses before and after the return of B cells: two rates of events per person-time and their ratio,
 * with exact limits, where the day of return is known only to lie between two samples.
 * Formulas and sources: docs/methods/recovery/reset.md. */
#ifndef IMR_RESET_RELAPSE_H
#define IMR_RESET_RELAPSE_H

#include <stddef.h>
#include <stdint.h>

#include "base/status.h"

typedef struct {
    size_t n;
    const double *return_left, *return_right; /* as in recovery/reset.h; NaN: not counted */
    const double *followed;
    const double *relapse; /* the first; infinite where none was seen */
    const double *start; /* from when on a patient is at risk; NULL: 0 */
} imr_reset_relapse_rows_t;

/* One for the time before return, one for that after it. */
typedef struct {
    /* with the return in the middle of its interval, or never where it was not seen */
    int64_t events;
    double time;
    double rate, low, high;
    /* over all days of return that the samples allow */
    int64_t events_least, events_most;
    double time_least, time_most;
    double rate_least, rate_most;
    double low_least, high_most; /* the widest limits: they cover whatever the days were */
} imr_reset_period_t;

typedef struct {
    size_t counted;
    int64_t ambiguous; /* relapses that may have been before or after return */
    imr_reset_period_t before, after;
    double ratio, low, high, pvalue; /* after over before */
    double ratio_least, ratio_most, low_least, high_most, pvalue_most;
} imr_reset_relapse_t;

/* Rates are per `per` of the unit of the days. No events: the ratio is NaN and its limits 0 and infinity. No
 * time: so are the rate and its limits. Fails naming a column or `per`: IMR_ERR_NO_PATIENT (nobody is
 * counted), IMR_ERR_LEVEL, IMR_ERR_NOT_POSITIVE, IMR_ERR_NONFINITE, IMR_ERR_NEGATIVE, IMR_ERR_RESET_DAY,
 * IMR_ERR_RESET_ORDER, IMR_ERR_RESET_AFTER_END, IMR_ERR_NOMEM. */
int IMR_MUST_CHECK imr_reset_relapse(imr_reset_relapse_t *self,
    const imr_reset_relapse_rows_t *rows, double per, double level, imr_fault_t *fault);

#endif
