/* The restricted mean survival time of each group, and of groups compared: difference, ratio, ratio of
 * the times lost. Formulas, sources and edge cases: docs/methods/survival/rmst.md. */
#ifndef IMR_RMST_H
#define IMR_RMST_H

#include "base/stop.h"
#include "survival/kaplan_meier_beta_pair.h"
#include "survival/kaplan_meier_summary.h"

#define IMR_RMST_INTERVAL_LIST(X)                                                                  \
    X(IMR_RMST_PLAIN, "plain")                                                                     \
    X(IMR_RMST_T, "t")                                                                             \
    X(IMR_RMST_BETA_PRODUCT, "beta-product")                                                       \
    X(IMR_RMST_BETA_PRODUCT_MID_P, "beta-product-mid-p")

typedef enum { IMR_RMST_INTERVAL_LIST(IMR_ENUM_OF_CHOICE) } imr_rmst_interval_t;

/* One group. The time lost is tau less the mean, with the same standard error. */
typedef struct {
    int64_t n, events; /* patients; events before tau */
    double estimate, std_error; /* Greenwood */
    double low, high;
    double lost, lost_low, lost_high;
    double observed; /* patients whose time up to tau is known; NaN unless the interval needs it */
    imr_beta_bounds_t bounds; /* of estimate / tau, for the beta product only */
} imr_rmst_t;

typedef struct {
    double tau; /* NaN: the largest that all groups allow */
    double level;
    imr_rmst_interval_t interval;
    int fix_ties;
} imr_rmst_options_t;

/* Up to where the curve is known: its last row, or for ever where survival has come to 0. */
double imr_rmst_largest_tau(const imr_kaplan_meier_t *curve);

/* The restricted mean of one curve; with the interval "plain" that of imr_kaplan_meier_rmst, and what
 * that fails with. The others are for the kaplan-meier form without delayed entry and robust variance:
 * IMR_ERR_RMST_INTERVAL. */
int IMR_MUST_CHECK imr_rmst_of_curve(const imr_kaplan_meier_t *curve,
    const imr_kaplan_meier_made_t *made, double tau, imr_rmst_interval_t interval, imr_rmst_t *self,
    imr_fault_t *fault);

/* Fits each group's curve (one group without) and fills self[] of them; *tau receives the horizon.
 * What imr_kaplan_meier and imr_rmst_of_curve fail with; for IMR_ERR_TAU the fault names the group in
 * `row` and in `value` its largest tau. */
int IMR_MUST_CHECK imr_rmst(const imr_kaplan_meier_data_t *data, const imr_rmst_options_t *options,
    imr_rmst_t *self, double *tau, imr_fault_t *fault);

/* --- two groups compared (rmst_contrast.c) ------------------------------------------------------ */

#define IMR_RMST_MEASURE_LIST(X)                                                                   \
    X(IMR_RMST_DIFFERENCE, "difference")                                                           \
    X(IMR_RMST_RATIO, "ratio")                                                                     \
    X(IMR_RMST_LOST_RATIO, "lost-ratio")

typedef enum { IMR_RMST_MEASURE_LIST(IMR_ENUM_OF_CHOICE) } imr_rmst_measure_t;
enum { IMR_RMST_MEASURES = 0 IMR_RMST_MEASURE_LIST(IMR_ONE_OF_CHOICE) };

/* std_error is that of the difference, or of the logarithm of the ratio (NaN by the beta product). */
typedef struct {
    double estimate, std_error, low, high, pvalue;
} imr_rmst_effect_t;

/* The group against the reference, both by the options given, at their tau. A ratio over 0 is infinite,
 * or NaN for 0 over 0; then, as where the ratio is 0, its limits are 0 and infinity and its p-value NaN,
 * unless the interval is that of the beta product. IMR_ERR_LEVEL, IMR_ERR_NOCONV. */
int IMR_MUST_CHECK imr_rmst_contrast(const imr_rmst_t *group, const imr_rmst_t *reference,
    double tau, const imr_rmst_options_t *options, imr_rmst_effect_t effects[IMR_RMST_MEASURES],
    imr_fault_t *fault);

/* Limits and test of an estimate on its scale (logarithms for ratios), normal or Student's where df is
 * finite. The estimate itself is left alone. */
int IMR_MUST_CHECK imr_rmst_test(imr_rmst_effect_t *effect, imr_rmst_measure_t measure,
    double value, double std_error, double df, double level);

/* What is said where nothing is known: limits of all values, no p-value. */
void imr_rmst_unknown(imr_rmst_effect_t *effect, imr_rmst_measure_t measure, double tau);

/* --- adjusted for covariates (rmst_adjusted.c) -------------------------------------------------- */

typedef struct {
    size_t n;
    const double *time;
    const uint8_t *event;
    const int64_t *group; /* codes below groups, each of which has rows */
    size_t groups;
    size_t reference;
    const double *covariate; /* n rows of `covariates` numbers */
    size_t covariates;
} imr_rmst_adjusted_data_t;

/* effects[measure * groups + group]: each group against the reference given the covariates, by
 * weighted regression with the inverse probability of censoring of each group (Tian, Zhao and Wei
 * 2014), identity link for the difference and log for the ratios; the reference's own are not filled.
 * A ratio whose regression has no finite solution (nobody loses time in a group, or where a covariate
 * has one value) is NaN, as imr_rmst_unknown says. tau is one that imr_rmst took. IMR_ERR_NONFINITE,
 * IMR_ERR_LEVEL, IMR_ERR_COLLINEAR naming the column of `covariates`, IMR_ERR_NOMEM,
 * IMR_ERR_STOPPED. */
int IMR_MUST_CHECK imr_rmst_adjusted(const imr_rmst_adjusted_data_t *data, double tau,
    const imr_rmst_options_t *options, imr_rmst_effect_t *effects, imr_stop_t *stop,
    imr_fault_t *fault);

#endif
