/* Continuous-time Markov models of states that are seen at visits, by maximum likelihood.
 * Formulas, sources and edge cases: docs/methods/survival/panel_markov.md. */
#ifndef IMR_PANEL_MARKOV_H
#define IMR_PANEL_MARKOV_H

#include "base/alternative.h"
#include "survival/panel_markov_likelihood.h"

#define IMR_PANEL_LIMITS_LIST(X)                                                                   \
    X(IMR_PANEL_PROFILE, "profile")                                                                \
    X(IMR_PANEL_WALD, "wald")

typedef enum { IMR_PANEL_LIMITS_LIST(IMR_ENUM_OF_CHOICE) } imr_panel_limits_t;

typedef struct {
    size_t effects; /* effect e: covariate column[e] on transition[e] */
    const int64_t *transition, *column;
    imr_panel_limits_t limits;
    double level;
} imr_panel_options_t;

/* Parameters are those of the model: intensities where all covariates are at their means, then effects
 * (log hazard ratios) of one unit of a covariate. */
typedef struct {
    imr_panel_rows_t rows;
    imr_panel_model_t model;
    imr_panel_climb_t climb; /* at the maximum */
    imr_panel_options_t options;
    size_t p, transitions;
    double *
        estimate; /* p: intensities, 0 or inf at the boundary, NaN out of states never entered; effects */
    double *std_error; /* p: of log intensities, and of effects; NaN without */
    double *covariance; /* p x p: likewise; 0 in rows and columns of what has none */
    uint64_t infinite; /* transitions whose intensity has no end */
    double loglik;
    double quantile; /* of the likelihood ratio statistic */
    int found_higher; /* a limit's climb came to a likelihood that is higher than the fit's, at: */
    imr_panel_point_t higher;
    double *block;
} imr_panel_markov_t;

/* A log-likelihood higher by less than this share of it is the same maximum. */
#define IMR_PANEL_HIGHER 1e-9

/* Beside the statuses of imr_panel_rows: IMR_ERR_LEVEL, IMR_ERR_CODE (effects), IMR_ERR_PANEL_FLAT,
 * IMR_ERR_PANEL_FAST, IMR_ERR_PANEL_MONOTONE, IMR_ERR_PANEL_RATE, IMR_ERR_NOCONV, IMR_ERR_STOPPED. */
int IMR_MUST_CHECK imr_panel_markov_fit(imr_panel_markov_t *self, const imr_panel_data_t *data,
    const imr_panel_options_t *options, imr_stop_t *stop, imr_fault_t *fault);
void imr_panel_markov_free(imr_panel_markov_t *self); /* safe after a failed fit, and twice */

/* Goes to the maximum near self->higher, if that was found. */
int IMR_MUST_CHECK imr_panel_markov_refit(imr_panel_markov_t *self, imr_fault_t *fault);

/* Limits of each parameter (p), which are by profile at the boundary in any case; those of what is not known
 * are 0 and inf, or -inf and inf. pvalue: of an effect of 0; NaN for an intensity. Where a profile leads to a
 * higher likelihood than that of the fit, the fit becomes that one, and they are its limits. */
int IMR_MUST_CHECK imr_panel_markov_limits(
    imr_panel_markov_t *self, double *low, double *high, double *pvalue, imr_fault_t *fault);

#endif
