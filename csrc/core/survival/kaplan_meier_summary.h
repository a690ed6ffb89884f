/* What is read off a fitted curve: values at chosen times, quantiles, the restricted mean. */
#ifndef IMR_KAPLAN_MEIER_SUMMARY_H
#define IMR_KAPLAN_MEIER_SUMMARY_H

#include "survival/kaplan_meier.h"
#include "survival/kaplan_meier_band.h"

/* How the curve was made, as far as its summaries need it. */
typedef struct {
    imr_kaplan_meier_form_t form;
    double level;
    double start; /* start_time, or 0 */
    int fix_ties; /* a time within rounding of a row's time is that time */
    int beta; /* limits by the beta product: defined everywhere */
} imr_kaplan_meier_made_t;

/* How many rows have come by time t; with fix_ties the row within rounding of t has. */
size_t imr_kaplan_meier_rows_until(const imr_kaplan_meier_t *self, double t, int fix_ties);

/* The first row not before t but for rounding; n if there is none. *exact: is t its time? *at_risk is
 * how many are under observation at t: those of the row at that time, or else who have entered by
 * then and not left. Of the curve only times, at_risk and entries are read. IMR_ERR_NONFINITE,
 * IMR_ERR_NEGATIVE, which name row i of `times`. */
int IMR_MUST_CHECK imr_kaplan_meier_locate(const imr_kaplan_meier_t *self, int fix_ties, double t,
    size_t i, size_t *next, int *exact, int64_t *at_risk, imr_fault_t *fault);

/* The curve at each of count times. Before the first row S is 1 with the limits that belong there.
 * After the last row: S is 0 if it was 0, otherwise NaN (nobody was followed so far), and limits are
 * NaN except those of the beta product. at_risk is that of the row at the time, or else of those who
 * have entered by then and not left.
 * IMR_ERR_NONFINITE, IMR_ERR_NEGATIVE. */
int IMR_MUST_CHECK imr_kaplan_meier_at(const imr_kaplan_meier_t *self,
    const imr_kaplan_meier_made_t *made, const double *time, size_t count, double *estimate,
    double *std_error, double *low, double *high, int64_t *at_risk, imr_fault_t *fault);

/* The times by which fractions p have had the event, by the rule of kaplan_meier_quantile.h, with
 * limits where the limits of the curve cross. What is not reached is NaN; infinity for a limit of the
 * beta product. IMR_ERR_PROBABILITY. */
int IMR_MUST_CHECK imr_kaplan_meier_quantile(const imr_kaplan_meier_t *self,
    const imr_kaplan_meier_made_t *made, const double *p, size_t count, double *estimate,
    double *low, double *high, imr_fault_t *fault);

/* The area under the curve up to tau, its standard error and normal limits, clipped to [0, tau].
 * IMR_ERR_NOT_POSITIVE; IMR_ERR_TAU when tau lies beyond the last row and S is above 0 there;
 * IMR_ERR_LEVEL, IMR_ERR_NOMEM. */
int IMR_MUST_CHECK imr_kaplan_meier_rmst(const imr_kaplan_meier_t *self,
    const imr_kaplan_meier_made_t *made, double tau, double *estimate, double *std_error,
    double *low, double *high, imr_fault_t *fault);

/* The simultaneous band from `lower` to `upper` (NaN: from the first event; to the end of the curve,
 * or its last row above 0) on the rows in force there: *begin..*end - 1, which alone are filled in
 * low and high. Rests on Greenwood's variance. What imr_kaplan_meier_band fails with;
 * IMR_ERR_BAND_RANGE also when upper lies beyond the last row or lower beyond upper; IMR_ERR_NOMEM. */
int IMR_MUST_CHECK imr_kaplan_meier_band_between(const imr_kaplan_meier_t *self,
    const imr_kaplan_meier_made_t *made, double lower, double upper,
    const imr_kaplan_meier_band_options_t *options, size_t *begin, size_t *end, double *critical,
    double *low, double *high, imr_fault_t *fault);

#endif
