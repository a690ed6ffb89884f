/* Expansion curves of a cohort (Stein et al. 2019): parameters that differ from patient to patient about
 * common ones. Formulas, conventions and edge cases: docs/methods/recovery/expansion_cohort.md. */
#ifndef IMR_EXPANSION_COHORT_H
#define IMR_EXPANSION_COHORT_H

#include "base/stop.h"
#include "recovery/expansion_cohort_likelihood.h"
#include "recovery/expansion_visits.h"

/* The day of the peak differs between patients by this share of it at least: without that the likelihood
 * would have a kink at each day with a sample. */
#define IMR_EXPANSION_LEAST_BETWEEN 0.02

typedef struct {
    imr_expansion_decline_t decline;
    uint8_t random[IMR_EXPANSION_PARAMETERS]; /* which differ; tmax is one of them */
    size_t points; /* of the likelihood of each patient, 100 to 100000 */
} imr_expansion_cohort_options_t;

typedef struct {
    imr_expansion_cohort_options_t options;
    imr_expansion_population_t population;
    size_t patients, sampled, samples, below; /* sampled: patients with samples */
    double loglik; /* of log copies */
    double loglik_error; /* its standard error, of the points */
    double score_norm; /* of the score, in standard errors */
    double covariance[IMR_EXPANSION_SQUARE]; /* of theta, times n / (n - 1) */
    double between_error
        [IMR_EXPANSION_PARAMETERS]; /* of log between; NaN where it is 0 or the least */
    double h_error; /* of log h */
    double shrinkage[IMR_EXPANSION_PARAMETERS]; /* NaN where patients do not differ */
    int64_t iterations;
    int tmax_is_least; /* its between is IMR_EXPANSION_LEAST_BETWEEN */
    void *block, *points_block; /* hold all that follows */
    imr_expansion_patient_t *patient;
    imr_expansion_pieces_t *scratch;
    double *individual; /* patients x IMR_EXPANSION_PARAMETERS: means given the samples */
    double *
        individual_covariance; /* patients x IMR_EXPANSION_SQUARE; with that of the common values */
    int64_t other_row; /* after IMR_ERR_DUPLICATE_SAMPLE: the earlier row of that patient and day */
    imr_stop_t *stop;
} imr_expansion_cohort_t;

/* Samples after the infusion, of which each patient has one. *self is then to be freed, even after a failure.
 * What imr_expansion_samples says, IMR_ERR_ZERO_COPIES, IMR_ERR_LIMIT_NEEDED, IMR_ERR_EXPANSION_COHORT_TMAX,
 * IMR_ERR_EXPANSION_COHORT_POINTS,
 * IMR_ERR_EXPANSION_COHORT_INFUSIONS, IMR_ERR_EXPANSION_COHORT_PATIENTS, IMR_ERR_EXPANSION_COHORT_SAMPLES,
 * IMR_ERR_EXPANSION_COHORT_PHASES, IMR_ERR_EXPANSION_COHORT_NOCONV, IMR_ERR_STOPPED, IMR_ERR_NOMEM. */
int IMR_MUST_CHECK imr_expansion_cohort_fit(imr_expansion_cohort_t *self,
    const imr_count_series_t *series, const imr_expansion_cohort_options_t *options,
    imr_stop_t *stop, imr_fault_t *fault);
void imr_expansion_cohort_free(imr_expansion_cohort_t *self); /* safe twice */

/* The log-likelihood at the population of *self, with points laid there; -infinity where it is none. */
double imr_expansion_cohort_loglik(imr_expansion_cohort_t *self);

#endif
