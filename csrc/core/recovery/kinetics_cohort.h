/* Recovery curves of a cohort: parameters that differ from patient to patient about common ones.
 * Formulas: docs/methods/recovery/kinetics_cohort.md. */
#ifndef IMR_KINETICS_COHORT_H
#define IMR_KINETICS_COHORT_H

#include "base/stop.h"
#include "recovery/kinetics.h"

/* Unknowns: theta, log between of those that differ, log h. */
enum { IMR_COHORT_MOST = 2 * IMR_KINETICS_MOST + 1 };

typedef struct {
    imr_kinetics_model_t model;
    imr_kinetics_error_t error;
    size_t patients, p, nodes;
    double threshold, origin;
    double theta[IMR_KINETICS_MOST]; /* of the middle patient */
    double between[IMR_KINETICS_MOST]; /* standard deviations of theta between patients; 0: none */
    double h;
    double loglik;
    double score_norm; /* of the score, in units of its standard error */
    double covariance[IMR_KINETICS_MOST * IMR_KINETICS_MOST]; /* of theta, times n / (n - 1) */
    double between_error[IMR_KINETICS_MOST]; /* of log between; NaN where it is 0 */
    double h_error; /* of log h */
    int64_t iterations;
    size_t samples, below, sampled; /* sampled: patients with samples */
    void *block; /* holds all that follows */
    double *individual; /* patients x IMR_KINETICS_MOST: theta of each, the mode given the counts */
    double *individual_covariance; /* patients x IMR_KINETICS_MOST x IMR_KINETICS_MOST */
    imr_kinetics_climb_t
        *climb; /* of each patient, with theta and the likelihood where it stands */
    double *day, *count, *value, *level, *slope,
        *off; /* rows of all; off: theta less the common one */
    uint8_t *flag;
    imr_stop_t *stop;
} imr_kinetics_cohort_t;

/* rows: read by imr_kinetics_init, with the model as the first of its options. random: which of the
 * parameters differ, IMR_KINETICS_MOST flags. nodes: of the quadrature in each of them, 1, 3, 5 or 7; 1 is
 * Laplace's approximation. *self is then to be freed, even after a failure, and rows may be freed before.
 * IMR_ERR_KINETICS_COHORT_MODEL, IMR_ERR_KINETICS_COHORT_PATIENTS,
 * IMR_ERR_KINETICS_COHORT_NODES, IMR_ERR_KINETICS_COHORT_DAY, IMR_ERR_KINETICS_COHORT_START,
 * IMR_ERR_KINETICS_COHORT_NOCONV, IMR_ERR_STOPPED, IMR_ERR_NOMEM. */
int IMR_MUST_CHECK imr_kinetics_cohort_fit(imr_kinetics_cohort_t *self, imr_kinetics_t *rows,
    const uint8_t *random, size_t nodes, imr_stop_t *stop, imr_fault_t *fault);
void imr_kinetics_cohort_free(imr_kinetics_cohort_t *self); /* safe twice */

/* The log-likelihood of all patients at the common theta, between and h of *self; -infinity where it is
 * none. */
double imr_kinetics_cohort_loglik(imr_kinetics_cohort_t *self);

#endif
