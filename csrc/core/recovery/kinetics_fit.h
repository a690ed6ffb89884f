/* One patient's recovery curve: the fit, why there is none, and the limits of its quantities.
 * Formulas and edge cases: docs/methods/recovery/kinetics.md. */
#ifndef IMR_KINETICS_FIT_H
#define IMR_KINETICS_FIT_H

#include "recovery/kinetics_climb.h"

/* How the fit of a patient ended, and what a reader is told. */
#define IMR_KINETICS_STATUS_LIST(X)                                                                \
    X(IMR_KINETICS_FITTED, "fitted", "")                                                           \
    X(IMR_KINETICS_NO_SAMPLES, "no-samples", "there is no sample from the start on")               \
    X(IMR_KINETICS_ALL_BELOW, "all-below", "every count is below its limit")                       \
    X(IMR_KINETICS_TOO_FEW, "too-few",                                                             \
        "the samples are too few for the parameters of the model and the scatter about it")        \
    X(IMR_KINETICS_FLAT, "flat", "all counts are equal")                                           \
    X(IMR_KINETICS_NO_RECOVERY, "no-recovery",                                                     \
        "the counts do not rise: no curve of the model fits better than a constant")               \
    X(IMR_KINETICS_NO_DECLINE, "no-decline",                                                       \
        "the counts do not fall in two phases: no such curve fits better than a constant")         \
    X(IMR_KINETICS_NOT_IDENTIFIABLE, "not-identifiable",                                           \
        "the likelihood rises for ever or is flat in a parameter, as where no plateau is in "      \
        "sight or the rise lies between two samples: use a model with fewer parameters")           \
    X(IMR_KINETICS_NOT_CONVERGED, "not-converged",                                                 \
        "no maximum of the likelihood was found from any start")                                   \
    X(IMR_KINETICS_DAY_NOT_POSITIVE, "day-not-positive",                                           \
        "the emax curve begins on day 0, and a sample is from before its end")

#define IMR_KINETICS_ENUM_OF_STATUS(name, words, reason) name,
#define IMR_KINETICS_ONE_OF_STATUS(name, words, reason) +1
typedef enum { IMR_KINETICS_STATUS_LIST(IMR_KINETICS_ENUM_OF_STATUS) } imr_kinetics_status_t;
enum { IMR_KINETICS_STATUSES = 0 IMR_KINETICS_STATUS_LIST(IMR_KINETICS_ONE_OF_STATUS) };

/* What a fit found. Standard errors and limits allow for the estimation of sd as a t-statistic does: the
 * rows count as `effective`, a row below its limit as the share that it tells, and df is less by p. */
typedef struct {
    imr_kinetics_status_t status;
    double theta[IMR_KINETICS_MOST];
    double covariance[IMR_KINETICS_MOST * IMR_KINETICS_MOST];
    int is_exact; /* the curve goes through the counts, as far as can be seen */
    double sd, loglik, aicc, rss, effective, df, score_norm;
} imr_kinetics_fit_t;

/* The rows of *climb, in order of day, with its model, error, origin, threshold and scratch; the rest is
 * set here, and left at the maximum. */
void imr_kinetics_fit_rows(imr_kinetics_climb_t *climb, imr_kinetics_fit_t *fit);

/* The same from climb->phi on, where imr_kinetics_limits met a higher point. */
void imr_kinetics_refit(imr_kinetics_climb_t *climb, imr_kinetics_fit_t *fit);

/* The CAR T cell level on a day: a line of its logarithm between the samples, and beyond the last ones;
 * NaN where fewer than two are positive. *slope is that of the logarithm. */
double imr_kinetics_cart_level(
    const double *day, const double *level, size_t n, double at, double *slope);

/* CAR T cell samples of the patient, for the quantity that needs them; n may be 0. */
typedef struct {
    const double *day, *level;
    size_t n;
} imr_kinetics_cart_t;

/* Estimate and standard error of a quantity. The estimate of a day that never comes is infinity, and
 * standard errors that do not exist are NaN. */
void imr_kinetics_quantity(const imr_kinetics_climb_t *climb, const imr_kinetics_fit_t *fit,
    const imr_kinetics_slot_t *slot, const imr_kinetics_cart_t *cart, double *estimate,
    double *std_error);

/* The same, with limits so many standard errors of the coordinate away. */
void imr_kinetics_wald(const imr_kinetics_climb_t *climb, const imr_kinetics_fit_t *fit,
    const imr_kinetics_slot_t *slot, double quantile, double *estimate, double *std_error,
    double *low, double *high);

/* The profile likelihood limits of the coordinate of a slot; t is the quantile of the t distribution with
 * fit->df degrees of freedom. An end that the likelihood leaves open is infinite; NaN where there are none,
 * as when the curve passes through all counts. Returns 1 where the search met a higher point than the
 * maximum: climb->phi is then a better start, in the model's own coordinates. */
int imr_kinetics_ends(imr_kinetics_climb_t *climb, const imr_kinetics_fit_t *fit,
    const imr_kinetics_slot_t *slot, double t, double ends[2]);

/* The limits of the quantity itself. */
void imr_kinetics_show_ends(imr_shown_t shown, const double ends[2],
    const imr_kinetics_cart_t *cart, double *low, double *high);

#endif
