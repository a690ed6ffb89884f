/* What is read off a fitted cumulative incidence: values at chosen times, quantiles, time lost. */
#ifndef IMR_COMPETING_RISKS_SUMMARY_H
#define IMR_COMPETING_RISKS_SUMMARY_H

#include "survival/competing_risks.h"

/* The estimate of cause k (from 0) at each of count times. Before the first row it is 0. After the
 * last row it stays where event_free is 0, and is NaN otherwise (nobody was followed so far).
 * Between two rows the upper limit of an estimate of 0 rests on those still followed.
 * IMR_ERR_NONFINITE, IMR_ERR_NEGATIVE. */
int IMR_MUST_CHECK imr_competing_risks_at(const imr_competing_risks_t *self, size_t k,
    const imr_competing_risks_options_t *options, const double *time, size_t count,
    double *estimate, double *std_error, double *low, double *high, int64_t *at_risk,
    imr_fault_t *fault);

/* The times by which fractions p have had the event of cause k, by the rule of
 * kaplan_meier_quantile.h, with limits where the limits of the estimate reach p; NaN: not reached.
 * IMR_ERR_PROBABILITY, IMR_ERR_NOMEM. */
int IMR_MUST_CHECK imr_competing_risks_quantile(const imr_competing_risks_t *self, size_t k,
    const double *p, size_t count, double *estimate, double *low, double *high, imr_fault_t *fault);

/* The mean time lost to cause k before tau: the area under its cumulative incidence up to tau, with
 * its standard error and normal limits, clipped to [0, tau]; without an event before tau the upper
 * limit is tau times that of the cumulative incidence at tau. IMR_ERR_NOT_POSITIVE; IMR_ERR_TAU when
 * tau lies beyond the last row and event_free is above 0 there; IMR_ERR_LEVEL. */
int IMR_MUST_CHECK imr_competing_risks_time_lost(const imr_competing_risks_t *self, size_t k,
    const imr_competing_risks_options_t *options, double tau, double *estimate, double *std_error,
    double *low, double *high, imr_fault_t *fault);

#endif
