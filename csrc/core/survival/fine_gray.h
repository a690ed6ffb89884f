/* Regression of the subdistribution hazard of one cause (Fine and Gray 1999).
 * Formulas, sources and edge cases: docs/methods/survival/fine_gray.md. */
#ifndef IMR_FINE_GRAY_H
#define IMR_FINE_GRAY_H

#include <stddef.h>
#include <stdint.h>

#include "base/status.h"
#include "base/stop.h"

#define IMR_FINE_GRAY_MOST_COVARIATE 1e100 /* squares and sums of squares are finite */

/* n patients, followed from the start. */
typedef struct {
    size_t n;
    const double *time;
    const uint8_t *cause; /* 0 censored, 1 the event of interest, others compete with it */
    const double *columns; /* n rows of p values */
    size_t p;
    const int64_t *stratum; /* of the censoring distribution: codes below strata, or NULL: one */
    size_t strata;
    double level; /* of the limits */
    int fix_ties; /* times that differ by rounding alone are one time */
} imr_fine_gray_data_t;

typedef struct {
    size_t p;
    size_t n_times; /* distinct times of an event of interest */
    double *coef;
    double *std_error; /* robust */
    double *low, *high; /* Wald limits of coef */
    double *z, *pvalue; /* coef / std_error, and its two-sided normal p-value */
    double *covariance; /* p p, robust: of influences on the score, censoring included */
    double *information_inverse; /* p p, what it would be were the weights known */
    double *center; /* mean of each column */
    double *time;
    double *cumulative_hazard; /* of the subdistribution at `center` */
    double *hazard_variance; /* n_times: of cumulative_hazard */
    double *hazard_covariance; /* n_times p: of cumulative_hazard and coef */
    double loglik, loglik_null; /* log partial likelihood at coef, and at 0 */
    double score_norm; /* of the score, each direction in units of its standard error */
    int64_t iterations, events, competing, merged;
    void *block; /* holds all columns */
} imr_fine_gray_t;

/* O(n log n + n p^2), and the number of event times times strata p; some 24 p bytes a row beside it.
 * *self is zeroed on failure. IMR_ERR_LEVEL, IMR_ERR_NO_PATIENT, IMR_ERR_TOO_MANY_ROWS,
 * IMR_ERR_NONFINITE, IMR_ERR_NEGATIVE, IMR_ERR_COVARIATE_RANGE, IMR_ERR_CODE,
 * IMR_ERR_NO_EVENT_OF_INTEREST, IMR_ERR_NO_COLUMN, IMR_ERR_COLLINEAR, IMR_ERR_NO_INFORMATION,
 * IMR_ERR_MONOTONE, IMR_ERR_NOCONV, IMR_ERR_NOMEM, IMR_ERR_STOPPED. */
int IMR_MUST_CHECK imr_fine_gray(
    imr_fine_gray_t *self, const imr_fine_gray_data_t *data, imr_stop_t *stop, imr_fault_t *fault);
void imr_fine_gray_free(imr_fine_gray_t *self); /* safe after a failed fit, and twice */

/* At [i * count + j] what holds at time[j] of a patient with row i of m rows of p values; after the last
 * event time it stays. Limits on the scale of log(-log(1 - incidence)); before the first event time
 * there is no upper one: NaN. */
typedef struct {
    double *incidence, *std_error, *low, *high;
} imr_fine_gray_prediction_t;

/* Fills the columns of *prediction. Of self, p, coef, center, covariance, time and the columns of the
 * hazard are read. IMR_ERR_LEVEL, IMR_ERR_NONFINITE, IMR_ERR_NEGATIVE, IMR_ERR_COVARIATE_RANGE. */
int IMR_MUST_CHECK imr_fine_gray_predict(const imr_fine_gray_t *self, const double *columns,
    size_t m, const double *time, size_t count, double level,
    const imr_fine_gray_prediction_t *prediction, imr_fault_t *fault);

#endif
