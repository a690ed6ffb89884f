/* Parametric distributions of a time that may be exact, censored on either side, known only to lie
 * between two visits, and left-truncated, with covariates and a cure fraction. Formulas, sources and
 * edge cases: docs/methods/survival/parametric.md.
 *
 * The event of a row lies in (left, right]; right is infinite where no event was seen, left is 0
 * where the patient was never seen free of it, and left == right is an event at that very time. */
#ifndef IMR_PARAMETRIC_H
#define IMR_PARAMETRIC_H

#include <stddef.h>
#include <stdint.h>

#include "base/alternative.h"
#include "base/status.h"
#include "base/stop.h"

#define IMR_PARAMETRIC_DISTRIBUTION_LIST(X)                                                        \
    X(IMR_EXPONENTIAL, "exponential")                                                              \
    X(IMR_WEIBULL, "weibull")                                                                      \
    X(IMR_LOGNORMAL, "lognormal")                                                                  \
    X(IMR_LOGLOGISTIC, "loglogistic")                                                              \
    X(IMR_GAMMA, "gamma")                                                                          \
    X(IMR_GENGAMMA, "gengamma")                                                                    \
    X(IMR_GOMPERTZ, "gompertz")

typedef enum { IMR_PARAMETRIC_DISTRIBUTION_LIST(IMR_ENUM_OF_CHOICE) } imr_distribution_t;

#define IMR_PARAMETRIC_INTERVAL_LIST(X)                                                            \
    X(IMR_PARAMETRIC_PROFILE, "profile")                                                           \
    X(IMR_PARAMETRIC_WALD, "wald")

typedef enum { IMR_PARAMETRIC_INTERVAL_LIST(IMR_ENUM_OF_CHOICE) } imr_parametric_interval_t;

/* The largest score_norm of an answer that is given. */
#define IMR_PARAMETRIC_CERTIFIED 1e-7

typedef struct {
    const double *left;
    const double *right; /* NULL: left holds times, and event says which are events */
    const uint8_t *event; /* 1 observed, 0 right-censored; NULL: all observed */
    const double *entry; /* of a row left-truncated; NULL: all from 0 */
    const double *weight; /* NULL: all 1 */
    const double *columns; /* n rows of k values */
    size_t n, k;
    const int64_t *group; /* NULL: every row; else rows whose code this is */
    int64_t code;
} imr_parametric_data_t;

typedef enum {
    IMR_ROW_EMPTY,
    IMR_ROW_EXACT,
    IMR_ROW_RIGHT,
    IMR_ROW_LEFT,
    IMR_ROW_INTERVAL
} imr_row_kind_t;

enum { IMR_ROW_KINDS = IMR_ROW_INTERVAL + 1 };

typedef struct {
    double loglik; /* without the rows' constant */
    double *score, *hessian; /* d, d d (both halves) */
} imr_parametric_point_t;

/* Parameters, d of them: the location's intercept and its k coefficients; log scale (not exponential),
 * which for Gompertz is the shape; q (gengamma); the logit of the cure fraction (cure). Inside, the
 * columns are centred and scaled, and Gompertz times are in units of the longest. */
typedef struct {
    imr_distribution_t distribution;
    int cure;
    size_t n, k, d;
    size_t count[IMR_ROW_KINDS]; /* rows by kind, those without weight left out */
    double weight; /* the sum */
    double longest; /* the latest finite time */
    double follow_up; /* Maller and Zhou's p-value of insufficient follow-up */
    double constant; /* what the log-likelihood on the time scale has beyond loglik */
    double unit;

    uint8_t *kind;
    double *a, *b, *entry; /* log times, or times over unit; entry -1 or -inf: none */
    double *row_weight;
    double *columns; /* n rows of k, standardised */
    double *centre, *spread; /* of the columns */

    double *estimate; /* d, inside */
    double *at; /* d, where the climb is */
    double *near; /* d: where a profile has last been */
    double *step, *trial, *reduced; /* d, d, d d */
    size_t *free; /* d: coordinates that move */
    imr_parametric_point_t here, there;
    double *covariance; /* d d, inside */
    double *direction; /* d: of a linear form */
    double *asked; /* k: the covariates of a prediction, standardised */

    double loglik; /* on the time scale, at the estimate */
    double score_norm; /* of the score, each direction in units of its standard error */
    int64_t iterations;
    int boundary; /* the cure fraction is 0 */
    int higher_beyond; /* a maximum, but the likelihood is higher where |q| is large */
    int ran_away; /* the status that says which parameter left all bounds in the last climb, or 0 */
    imr_stop_t *stop;
    void *block;
} imr_parametric_t;

/* Reads, checks and copies the rows. *self holds no pointer to the input. */
int IMR_MUST_CHECK imr_parametric_init(imr_parametric_t *self, const imr_parametric_data_t *data,
    imr_distribution_t distribution, int cure, imr_fault_t *fault);
void imr_parametric_free(imr_parametric_t *self); /* safe after a failed init, and twice */

/* Maximises the likelihood. stop may be NULL; IMR_ERR_STOPPED when it asked to. */
int IMR_MUST_CHECK imr_parametric_fit(imr_parametric_t *self, imr_stop_t *stop, imr_fault_t *fault);

/* Takes parameters that an earlier fit of the same rows gave. */
int IMR_MUST_CHECK imr_parametric_resume(
    imr_parametric_t *self, const double *parameters, imr_stop_t *stop, imr_fault_t *fault);

/* The parameters of the user's columns and times: estimates, and their covariance (d d). */
void imr_parametric_estimates(const imr_parametric_t *self, double *estimate, double *covariance);

/* Limits of parameter j. */
int IMR_MUST_CHECK imr_parametric_limits(imr_parametric_t *self, size_t j, double level,
    imr_parametric_interval_t interval, double *low, double *high, imr_fault_t *fault);

/* The p-value of coefficient j = 0: of the likelihood ratio, or Wald's. */
int IMR_MUST_CHECK imr_parametric_pvalue(imr_parametric_t *self, size_t j,
    imr_parametric_interval_t interval, double *pvalue, imr_fault_t *fault);

typedef struct {
    double estimate, std_error, low, high;
} imr_parametric_value_t;

/* The probability of no event up to `time`, and the time by which a share p has had the event, for a
 * patient with the k covariates x (NULL where k is 0). A quantile that is not reached is infinite. */
int IMR_MUST_CHECK imr_parametric_survival(imr_parametric_t *self, const double *x, double time,
    double level, imr_parametric_interval_t interval, imr_parametric_value_t *value,
    imr_fault_t *fault);
int IMR_MUST_CHECK imr_parametric_quantile(imr_parametric_t *self, const double *x, double p,
    double level, imr_parametric_interval_t interval, imr_parametric_value_t *value,
    imr_fault_t *fault);

/* n values each: the cumulative hazard since entry at both ends of the rows (0 and infinite where they
 * are), the martingale residual, and survreg's deviance residual (NULL to leave it out). */
void imr_parametric_residuals(const imr_parametric_t *self, double *left, double *right,
    double *martingale, double *deviance);

#endif
