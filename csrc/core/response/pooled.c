#include "response/pooled.h"

#include <math.h>
#include <string.h>

#include "base/distribution.h"
#include "base/quantile.h"
#include "base/solve.h"
#include "response/binomial.h"
#include "response/pooled_likelihood.h"

#define MOST IMR_POOLED_MOST_TERMS
#define SIDE (IMR_POOLED_MOST_TERMS + 1)

int
imr_pooled_invert(const double *matrix, size_t p, double *inverse)
{
    double factor[SIDE * SIDE];

    for (size_t c = 0; c < p; c++) {
        for (size_t r = c; r < p; r++) {
            double sum = matrix[r * SIDE + c];

            for (size_t j = 0; j < c; j++) {
                sum -= factor[r * SIDE + j] * factor[c * SIDE + j];
            }
            if (r == c && !(sum > 1e-12 * fabs(matrix[c * SIDE + c]))) {
                return 0;
            }
            factor[r * SIDE + c] = r == c ? sqrt(sum) : sum / factor[c * SIDE + c];
        }
    }
    for (size_t c = 0; c < p; c++) {
        double column[SIDE];

        for (size_t r = 0; r < p; r++) {
            column[r] = r == c;
            for (size_t j = 0; j < r; j++) {
                column[r] -= factor[r * SIDE + j] * column[j];
            }
            column[r] /= factor[r * SIDE + r];
        }
        for (size_t r = p; r-- > 0;) {
            for (size_t j = r + 1; j < p; j++) {
                column[r] -= factor[j * SIDE + r] * column[j];
            }
            column[r] /= factor[r * SIDE + r];
            inverse[r * SIDE + c] = column[r];
        }
    }
    return 1;
}

/* --- weighted least squares of the transformed rates --------------------------------------------- */

typedef struct {
    const imr_series_t *series;
    const double *y, *v;
    imr_pooled_tau2_t tau2;
    double target; /* of Q, for a profile */
    double coef[MOST], inverse[SIDE * SIDE]; /* (X'WX)^-1 */
    double q, squared, trace, sum_weight, log_weight; /* r'Wr, r'WWr, tr P, sum of w, of log w */
} squares_t;

static void
fit_squares(squares_t *self, double tau2)
{
    const imr_series_t *series = self->series;
    size_t p = series->p;
    double normal[SIDE * SIDE] = { 0 }, doubled[SIDE * SIDE] = { 0 }, right[MOST] = { 0 };

    for (size_t i = 0; i < series->k; i++) {
        const double *x = series->design + i * p;
        double w = 1 / (self->v[i] + tau2);

        for (size_t r = 0; r < p; r++) {
            right[r] += w * x[r] * self->y[i];
            for (size_t c = 0; c < p; c++) {
                normal[r * SIDE + c] += w * x[r] * x[c];
                doubled[r * SIDE + c] += w * w * x[r] * x[c];
            }
        }
    }
    if (!imr_pooled_invert(normal, p, self->inverse)) {
        self->q = NAN;
        return;
    }
    self->q = self->squared = self->trace = self->sum_weight = self->log_weight = 0;
    for (size_t r = 0; r < p; r++) {
        self->coef[r] = 0;
        for (size_t c = 0; c < p; c++) {
            self->coef[r] += self->inverse[r * SIDE + c] * right[c];
            self->trace -= self->inverse[r * SIDE + c] * doubled[c * SIDE + r];
        }
    }
    for (size_t i = 0; i < series->k; i++) {
        double w = 1 / (self->v[i] + tau2), residual = self->y[i];

        for (size_t c = 0; c < p; c++) {
            residual -= series->design[i * p + c] * self->coef[c];
        }
        self->q += w * residual * residual;
        self->squared += w * w * residual * residual;
        self->sum_weight += w;
        self->log_weight += log(w);
    }
    self->trace += self->sum_weight;
}

/* Q(tau2) - target, which falls with tau2 */
static double
q_excess(double tau2, const void *context)
{
    squares_t self = *(const squares_t *) context;

    fit_squares(&self, tau2);
    return self.q - self.target;
}

/* The slope of the (restricted) likelihood in tau2, times 2 */
static double
likelihood_slope(double tau2, const void *context)
{
    squares_t self = *(const squares_t *) context;

    fit_squares(&self, tau2);
    return self.squared - (self.tau2 == IMR_POOLED_REML ? self.trace : self.sum_weight);
}

/* The root of a function that is negative far out; 0 where it is not positive at 0. */
static int
root_from_zero(imr_function_t f, const squares_t *squares, double *root)
{
    double high = 1;

    *root = 0;
    if (!(f(0, squares) > 0)) {
        return IMR_OK;
    }
    while (f(high, squares) > 0) {
        high *= 4;
        if (high > 1e12) {
            *root = INFINITY;
            return IMR_OK;
        }
    }
    return imr_solve_bracketed(f, squares, 0, high, 0, root);
}

static int
estimate_tau2(squares_t *squares, double *tau2)
{
    size_t k = squares->series->k;
    double df = (double) (k - squares->series->p), mean = 0, spread = 0;

    *tau2 = 0;
    if (df <= 0) {
        return IMR_OK;
    }
    switch (squares->tau2) {
        case IMR_POOLED_REML:
        case IMR_POOLED_ML:
            return root_from_zero(likelihood_slope, squares, tau2);
        case IMR_POOLED_PM:
        case IMR_POOLED_EB:
            squares->target = df;
            return root_from_zero(q_excess, squares, tau2);
        case IMR_POOLED_DL:
            fit_squares(squares, 0);
            *tau2 = fmax(0, (squares->q - df) / squares->trace);
            return IMR_OK;
        case IMR_POOLED_SJ:
            break;
    }
    for (size_t i = 0; i < k; i++) {
        mean += squares->y[i] / (double) k;
    }
    for (size_t i = 0; i < k; i++) {
        spread += (squares->y[i] - mean) * (squares->y[i] - mean) / (double) k;
    }
    if (spread > 0) {
        fit_squares(squares, spread);
        *tau2 = spread * squares->q / df;
    }
    return IMR_OK;
}

static void
transform(imr_pooled_method_t method, int64_t events, int64_t n, double *y, double *v)
{
    double x = (double) events, of = (double) n;

    if ((method == IMR_POOLED_LOGIT || method == IMR_POOLED_RAW) && (x <= 0 || x >= of)) {
        x += 0.5; /* half a patient with and half a one without response */
        of += 1;
    }
    if (method == IMR_POOLED_LOGIT) {
        *y = log(x / (of - x));
        *v = 1 / x + 1 / (of - x);
    } else if (method == IMR_POOLED_RAW) {
        *y = x / of;
        *v = x / of * (1 - x / of) / of;
    } else if (method == IMR_POOLED_ARCSINE) {
        *y = asin(sqrt(x / of));
        *v = 1 / (4 * of);
    } else {
        *y = (asin(sqrt(x / (of + 1))) + asin(sqrt((x + 1) / (of + 1)))) / 2;
        *v = 1 / (4 * of + 2);
    }
}

/* Q profile limits of tau2 (Viechtbauer 2007) */
static int
profile_tau2(squares_t *squares, double level, imr_pooled_t *result)
{
    double df = (double) (squares->series->k - squares->series->p), tail = (1 - level) / 2;
    int ret = imr_quantile_chi_squared_upper(tail, df, &squares->target);

    if (ret == IMR_OK) {
        ret = root_from_zero(q_excess, squares, &result->tau2_low);
    }
    if (ret == IMR_OK) {
        ret = imr_quantile_chi_squared(tail, df, &squares->target);
    }
    return ret == IMR_OK ? root_from_zero(q_excess, squares, &result->tau2_high) : ret;
}

static int
inverse_variance(const imr_series_t *series, const imr_pooled_options_t *options,
    imr_pooled_t *result, double *y, double *v, double *weight, imr_fault_t *fault)
{
    squares_t squares = { .series = series, .y = y, .v = v, .tau2 = options->tau2 };
    size_t p = series->p;
    double df = (double) (series->k - p), typical, scale = 1;
    int ret;

    for (size_t i = 0; i < series->k; i++) {
        transform(options->method, series->events[i], series->n[i], &y[i], &v[i]);
    }
    fit_squares(&squares, 0);
    if (isnan(squares.q)) {
        return imr_fault(fault, IMR_ERR_MODERATORS, "moderators", -1, NAN);
    }
    typical = df / squares.trace;
    if (df > 0) {
        result->q = squares.q;
        ret = imr_chi_squared_cdf_upper(squares.q, df, &result->q_pvalue);
        if (ret == IMR_OK) {
            ret = profile_tau2(&squares, options->level, result);
        }
        if (ret != IMR_OK) {
            return imr_fault(fault, ret, "events", -1, NAN);
        }
    }
    ret = estimate_tau2(&squares, &result->tau2);
    if (ret != IMR_OK) {
        return imr_fault(fault, ret, "events", -1, NAN);
    }
    result->i2 = df > 0 ? result->tau2 / (result->tau2 + typical) : NAN;
    fit_squares(&squares, result->tau2);
    if (options->knapp_hartung && df > 0) {
        scale = squares.q / df;
    }
    for (size_t r = 0; r < p; r++) {
        result->coef[r] = squares.coef[r];
        for (size_t c = 0; c < p; c++) {
            result->covariance[r * MOST + c] = scale * squares.inverse[r * SIDE + c];
        }
    }
    for (size_t i = 0; i < series->k; i++) {
        weight[i] = 100 / (v[i] + result->tau2) / squares.sum_weight;
    }
    result->loglik =
        -0.5 * ((double) series->k * log(2 * acos(-1)) - squares.log_weight + squares.q);
    return IMR_OK;
}

/* --- what all methods share ---------------------------------------------------------------------- */

/* Limits of the coefficients, and where the next series may lie. */
static int
limits(const imr_series_t *series, const imr_pooled_options_t *options, imr_pooled_t *result)
{
    size_t p = series->p;
    double df = (double) (series->k - p), upper = (1 + options->level) / 2, by = NAN;
    int with_t = options->knapp_hartung && df > 0 && options->method > IMR_POOLED_BETA_BINOMIAL;
    int ret = with_t ? imr_quantile_t(upper, df, &by) : imr_quantile_normal(upper, &by);

    for (size_t r = 0; r < p && ret == IMR_OK; r++) {
        result->std_error[r] = sqrt(result->covariance[r * MOST + r]);
        result->low[r] = result->coef[r] - by * result->std_error[r];
        result->high[r] = result->coef[r] + by * result->std_error[r];
    }
    if (ret == IMR_OK && p == 1 && df > 1 && !isnan(result->tau2)) {
        ret = imr_quantile_t(upper, df - 1, &by);
        by *= sqrt(result->tau2 + result->covariance[0]);
        result->prediction_low = result->coef[0] - by;
        result->prediction_high = result->coef[0] + by;
    }
    return ret;
}

/* A likelihood without any responder, or with nothing else: rate 0 or 1, and the exact limit of all
 * patients together, on the scale of log-odds. */
static int
one_sided(const imr_pooled_options_t *options, double patients, int all, imr_pooled_t *result)
{
    double odds = -log(expm1(-log((1 - options->level) / 2) / patients)), side = all ? 1 : -1;

    result->coef[0] = side * INFINITY;
    result->std_error[0] = NAN;
    result->covariance[0] = NAN;
    result->low[0] = all ? odds : -INFINITY;
    result->high[0] = all ? INFINITY : -odds;
    result->tau2 = options->method == IMR_POOLED_GLMM ? 0 : NAN;
    result->correlation = options->method == IMR_POOLED_GLMM ? NAN : 0;
    result->loglik = 0;
    return IMR_OK;
}

static int
check(const imr_series_t *series, const imr_pooled_options_t *options, double *events, double *n,
    imr_fault_t *fault)
{
    if (!(options->level > 0 && options->level < 1)) {
        return imr_fault(fault, IMR_ERR_LEVEL, "level", -1, options->level);
    }
    if (options->nodes < 1 || options->nodes > IMR_POOLED_MOST_NODES) {
        return imr_fault(fault, IMR_ERR_NODES, "nodes", -1, options->nodes);
    }
    if (series->k == 0) {
        return imr_fault(fault, IMR_ERR_NO_ROWS, "events", -1, NAN);
    }
    if (series->p == 0 || series->p > MOST || series->p > series->k) {
        return imr_fault(fault, IMR_ERR_MODERATORS, "moderators", -1, NAN);
    }
    for (size_t i = 0; i < series->k; i++) {
        int ret = imr_check_counts(series->events[i], series->n[i], i, fault);

        if (ret != IMR_OK) {
            return ret;
        }
        if (series->n[i] == 0 || series->n[i] > 1000000) {
            return imr_fault(fault, IMR_ERR_SERIES_SIZE, "n", (int64_t) i, (double) series->n[i]);
        }
        for (size_t c = 0; c < series->p; c++) {
            if (!isfinite(series->design[i * series->p + c])) {
                return imr_fault(fault, IMR_ERR_NONFINITE, "moderators", (int64_t) i,
                    series->design[i * series->p + c]);
            }
        }
        *events += (double) series->events[i];
        *n += (double) series->n[i];
    }
    return IMR_OK;
}

int
imr_pooled(const imr_series_t *series, const imr_pooled_options_t *options, imr_pooled_t *result,
    double *y, double *v, double *weight, imr_fault_t *fault)
{
    double events = 0, n = 0;
    int ret = check(series, options, &events, &n, fault), extreme = 1;

    if (ret != IMR_OK) {
        return ret;
    }
    memset(result, 0, sizeof(*result));
    result->tau2 = result->tau2_low = result->tau2_high = result->q = result->q_pvalue = NAN;
    result->i2 = result->correlation = result->prediction_low = result->prediction_high = NAN;
    if (options->method > IMR_POOLED_BETA_BINOMIAL) {
        ret = inverse_variance(series, options, result, y, v, weight, fault);
    } else {
        for (size_t i = 0; i < series->k; i++) {
            y[i] = v[i] = weight[i] = NAN;
            extreme &= series->events[i] == 0 || series->events[i] == series->n[i];
        }
        if ((events <= 0 || events >= n) && series->p == 1) {
            return one_sided(options, n, events >= n, result);
        }
        if (extreme) { /* whole series respond or do not: no likelihood has an inner peak */
            return imr_fault(fault, IMR_ERR_HETEROGENEITY, "events", -1, NAN);
        }
        ret = imr_pooled_likelihood(series, options, result, fault);
    }
    if (ret == IMR_OK && limits(series, options, result) != IMR_OK) {
        ret = imr_fault(fault, IMR_ERR_NOCONV, "level", -1, options->level);
    }
    return ret;
}
