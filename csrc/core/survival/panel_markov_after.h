/* What follows from a fitted Markov model: probabilities, expected times, sojourns, prevalence. */
#ifndef IMR_PANEL_MARKOV_AFTER_H
#define IMR_PANEL_MARKOV_AFTER_H

#include "survival/panel_markov_rows.h"

typedef struct {
    imr_panel_chain_t chain;
    size_t effects, k;
    const int64_t *transition, *column; /* effects */
    const double *estimate,
        *covariance; /* as in imr_panel_markov_t: p and p x p, p = transitions + effects */
    const double *mean; /* k */
    double level;
} imr_panel_fitted_t;

/* Probabilities (or expected times) of each state t after each state, where the covariates are x (k; NULL:
 * their means): estimates, standard errors and limits, states x states. The delta method on the scale of the
 * logit; NaN where it says nothing, and out of states that no patient entered.
 * IMR_ERR_PANEL_DAYS, IMR_ERR_PANEL_AT, IMR_ERR_LEVEL, IMR_ERR_CODE, IMR_ERR_PANEL_RATE, IMR_ERR_NOMEM. */
int IMR_MUST_CHECK imr_panel_probability(const imr_panel_fitted_t *fitted, double t,
    const double *x, int times, double *estimate, double *std_error, double *low, double *high,
    imr_fault_t *fault);

/* Mean stay in each state where the covariates are at their means; inf in an absorbing one. low and high of
 * the intensities give those of a state with one way out, the delta method on the scale of the logarithm
 * those of the others; NaN where that says nothing. */
int IMR_MUST_CHECK imr_panel_sojourn(const imr_panel_fitted_t *fitted, const double *intensity_low,
    const double *intensity_high, double *estimate, double *low, double *high, imr_fault_t *fault);

typedef struct {
    size_t patients;
    const int64_t *first; /* patients + 1 */
    const double *day; /* in order of patient, then day */
    const int64_t *state; /* a code >= states is not known */
    const double *initial; /* patients x k */
} imr_panel_seen_t;

/* Patients in each state t after their first rows, and how many the model expects of those who are followed:
 * observed until then, or in an absorbing state before. */
int IMR_MUST_CHECK imr_panel_prevalence(const imr_panel_fitted_t *fitted,
    const imr_panel_seen_t *seen, double t, int64_t *observed, double *expected,
    imr_fault_t *fault);

#endif
