/* Tobit regression of repeated values, with a normal effect of each patient. Formulas, sources and edge
 * cases: docs/methods/recovery/tobit_mixed.md. */
#ifndef IMR_TOBIT_MIXED_H
#define IMR_TOBIT_MIXED_H

#include "recovery/tobit.h"
#include "recovery/tobit_mixed_climb.h"

/* Coefficient 0 is the intercept, coefficient j belongs to column j - 1. */
typedef struct {
    size_t p, patients;
    imr_tobit_t plain; /* without patient effects; checks the input */
    imr_tobit_mixed_likelihood_t likelihood; /* in the units of `plain` */
    double *block; /* all that follows, in one piece */
    double *coef, *std_error; /* p */
    double *units, *freedom; /* p: what tells of a coefficient, and how much of it is left */
    double *covariance; /* p x p */
    double *effect, *effect_sd; /* patients: modes given the rows, and the sd about the mean */
    double *at, *best, *maximum; /* unknowns: where a climb is, where it may begin, the estimates */
    double *variance; /* unknowns x unknowns: the inverse of the information */
    double *inverse; /* p x p: coefficients are inverse * gamma / h, in the units of `plain` */
    double *plane, *factor, *work;
    double sd, patient_sd;
    double loglik, loglik_plain;
    double statistic, pvalue; /* of the test that the patients do not differ, on the boundary */
    double score_norm; /* of the score, each direction in units of its standard error */
    double quadrature_error; /* change of the log-likelihood as the nodes are doubled */
    int64_t nodes; /* the most of a patient, at the estimates */
    int64_t iterations;
} imr_tobit_mixed_t;

/* low, high, columns: as in imr_tobit_fit. patient: n codes from 0 to patients - 1. *self keeps no pointer
 * to the input, but `stop` (may be NULL) for the limits. Fails as imr_tobit_fit does, with
 * IMR_ERR_PATIENT_CODE, IMR_ERR_TOBIT_MIXED_SINGLE, IMR_ERR_TOBIT_MIXED_ONE, IMR_ERR_TOBIT_MIXED_RIGID,
 * IMR_ERR_TOBIT_MIXED_FLAT, IMR_ERR_TOBIT_MIXED_NODES or IMR_ERR_STOPPED. */
int IMR_MUST_CHECK imr_tobit_mixed_fit(imr_tobit_mixed_t *self, const double *low,
    const double *high, const double *columns, const int64_t *patient, size_t n, size_t k,
    size_t patients, imr_stop_t *stop, imr_fault_t *fault);
void imr_tobit_mixed_free(imr_tobit_mixed_t *self); /* safe after a failed fit, and twice */

/* Profile likelihood limits of coefficient j, and the p-value of the likelihood ratio test of 0, both in
 * Student's terms (docs); j = p stands for sd, whose p-value is NaN, and j = p + 1 for patient_sd, both
 * by chi-squared. A limit that the likelihood leaves open, or of a coefficient without a degree of freedom,
 * is infinite (0 for sd). */
int IMR_MUST_CHECK imr_tobit_mixed_profile(imr_tobit_mixed_t *self, size_t j, double level,
    double *low, double *high, double *pvalue, imr_fault_t *fault);

#endif
