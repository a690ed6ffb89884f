#include "response/pooled.h"

#include <math.h>

#include "base/distribution.h"
#include "base/quantile.h"
#include "base/solve.h"
#include "response/binomial.h"
#include "response/pooled_likelihood.h"
#include "response/pooled_term.h"

#define MOST IMR_POOLED_MOST_TERMS
#define SIDE (IMR_POOLED_MOST_TERMS + 1)

int
imr_pooled_invert(const double *matrix, size_t p, double *inverse, double *log_determinant)
{
    double factor[SIDE * SIDE], logs = 0;

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
        logs += 2 * log(factor[c * SIDE + c]);
    }
    if (log_determinant != NULL) {
        *log_determinant = logs;
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
    double log_determinant; /* of X'WX */
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
    if (!imr_pooled_invert(normal, p, self->inverse, &self->log_determinant)) {
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

static double
likelihood(squares_t *squares, double tau2)
{
    fit_squares(squares, tau2);
    return squares->log_weight - squares->q
        - (squares->tau2 == IMR_POOLED_REML ? squares->log_determinant : 0);
}

/* The highest of all peaks of the (restricted) likelihood, which can have several: each lies where
 * the slope changes sign on a fine grid, or at 0. Beyond `far` the slope is negative: r'WWr is there
 * at most scatter / tau2^2, the trace (and the sum of weights) at least df / (2 tau2). */
static int
likelihood_peak(squares_t *squares, double scatter, double df, double *tau2)
{
    double least = INFINITY, most = 0, best = likelihood(squares, 0), low = 0, far;
    int rising = likelihood_slope(0, squares) > 0;

    *tau2 = 0;
    for (size_t i = 0; i < squares->series->k; i++) {
        least = fmin(least, squares->v[i]);
        most = fmax(most, squares->v[i]);
    }
    far = fmax(most, 2 * scatter / df);
    for (double high = least / 64; rising || low < far; high *= sqrt(2)) {
        int rising_there = likelihood_slope(high, squares) > 0;

        if (rising && !rising_there) {
            double root, value;
            int ret = imr_solve_bracketed(likelihood_slope, squares, low, high, 0, &root);

            if (ret != IMR_OK) {
                return ret;
            }
            value = likelihood(squares, root);
            if (value > best) {
                best = value;
                *tau2 = root;
            }
        }
        rising = rising_there;
        low = high;
    }
    return IMR_OK;
}

static int
estimate_tau2(squares_t *squares, double *tau2)
{
    size_t k = squares->series->k;
    double df = (double) (k - squares->series->p), mean = 0, scatter = 0;

    *tau2 = 0;
    if (df <= 0) {
        return IMR_OK;
    }
    for (size_t i = 0; i < k; i++) {
        mean += squares->y[i] / (double) k;
    }
    for (size_t i = 0; i < k; i++) {
        scatter += (squares->y[i] - mean) * (squares->y[i] - mean);
    }
    switch (squares->tau2) {
        case IMR_POOLED_REML:
        case IMR_POOLED_ML:
            return likelihood_peak(squares, scatter, df, tau2);
        case IMR_POOLED_PM:
        case IMR_POOLED_EB:
            squares->target = df;
            return root_from_zero(q_excess, squares, tau2);
        case IMR_POOLED_DL:
            fit_squares(squares, 0);
            *tau2 = fmax(0, (squares->q - df) / squares->trace);
            return IMR_OK;
        case IMR_POOLED_SJ:
            if (scatter > 0) {
                fit_squares(squares, scatter / (double) k);
                *tau2 = scatter / (double) k * squares->q / df;
            }
            return IMR_OK;
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
        result->std_error[r] = sqrt(result->covariance[r * MOST + r]);
    }
    for (size_t i = 0; i < series->k; i++) {
        weight[i] = 100 / (v[i] + result->tau2) / squares.sum_weight;
    }
    result->loglik =
        -0.5 * ((double) series->k * log(2 * acos(-1)) - squares.log_weight + squares.q);
    return IMR_OK;
}

/* --- what all methods share ---------------------------------------------------------------------- */

/* Miller (1978), with the harmonic mean m of the sizes in place of n. */
static double
freeman_tukey_rate(double value, double m)
{
    double least = asin(sqrt(1 / (m + 1))), angle = 2 * value, sine, root;

    if (angle <= least || angle >= acos(-1) - least) { /* beyond 0 of m, or m of m */
        return angle > least;
    }
    sine = sin(angle);
    root = 1 - (sine + (sine - 1 / sine) / m) * (sine + (sine - 1 / sine) / m);
    return (1 - copysign(sqrt(fmax(root, 0)), cos(angle))) / 2;
}

static double
rate_of(double value, imr_pooled_method_t method, double harmonic)
{
    double sine;

    if (isnan(value)) {
        return NAN;
    }
    switch (method) {
        case IMR_POOLED_RAW:
            return fmin(fmax(value, 0), 1);
        case IMR_POOLED_ARCSINE:
            sine = sin(fmin(fmax(value, 0), acos(-1) / 2));
            return sine * sine;
        case IMR_POOLED_FREEMAN_TUKEY:
            return freeman_tukey_rate(value, harmonic);
        case IMR_POOLED_GLMM:
        case IMR_POOLED_BETA_BINOMIAL:
        case IMR_POOLED_LOGIT:
            break;
    }
    return 1 / (1 + exp(-value));
}

/* Limits of the coefficients where the method did not set them, where the next series may lie, and
 * all of it as rates. */
static int
limits(const imr_series_t *series, const imr_pooled_options_t *options, imr_pooled_t *result)
{
    size_t p = series->p;
    double df = (double) (series->k - p), upper = (1 + options->level) / 2, by = NAN, inverse = 0;
    imr_pooled_rule_t rule;
    imr_pooled_term_t one; /* one patient of one series */
    int likelihood_method = options->method <= IMR_POOLED_BETA_BINOMIAL;
    int with_t = options->knapp_hartung && df > 0 && !likelihood_method;
    int ret = with_t ? imr_quantile_t(upper, df, &by) : imr_quantile_normal(upper, &by);

    for (size_t i = 0; i < series->k; i++) {
        inverse += 1 / (double) series->n[i];
    }
    inverse = (double) series->k / inverse;
    if (!likelihood_method || options->interval == IMR_POOLED_WALD || p > 1) {
        for (size_t r = 0; r < p; r++) {
            result->low[r] = result->coef[r] - by * result->std_error[r];
            result->high[r] = result->coef[r] + by * result->std_error[r];
        }
    }
    if (options->prediction == IMR_POOLED_NORMAL && ret == IMR_OK) {
        ret = imr_quantile_normal(upper, &by);
    } else if (ret == IMR_OK) {
        df -= options->prediction == IMR_POOLED_K_LESS_2;
        by = NAN;
        ret = df > 0 ? imr_quantile_t(upper, df, &by) : IMR_OK;
    }
    by *= sqrt(result->tau2 + result->covariance[0]);
    result->rate = rate_of(result->coef[0], options->method, inverse);
    if (options->method == IMR_POOLED_LOGIT) {
        imr_pooled_rule(0, &rule);
        imr_pooled_mixed_term(&rule, 1, 1, result->coef[0], sqrt(result->tau2), &one);
        result->mean_rate = exp(one.value);
    } else if (options->method == IMR_POOLED_RAW) {
        result->mean_rate = result->rate;
    }
    result->rate_low = rate_of(result->low[0], options->method, inverse);
    result->rate_high = rate_of(result->high[0], options->method, inverse);
    result->prediction_low = rate_of(result->coef[0] - by, options->method, inverse);
    result->prediction_high = rate_of(result->coef[0] + by, options->method, inverse);
    return ret;
}

static double
log_odds(double rate)
{
    return log(rate) - log1p(-rate);
}

/* Exact limits of Clopper and Pearson for a likelihood whose peak lies at the edge: `events` of `n`
 * units, each a patient or a whole series. */
static int
at_the_edge(double events, double n, const imr_pooled_options_t *options, imr_pooled_t *result)
{
    double tail = (1 - options->level) / 2;
    int ret = IMR_OK;

    result->rate = result->mean_rate = events / n;
    result->rate_low = 0;
    result->rate_high = 1;
    if (events > 0) {
        ret = imr_quantile_beta(tail, events, n - events + 1, &result->rate_low);
    }
    if (events < n && ret == IMR_OK) {
        ret = imr_quantile_beta_upper(tail, events + 1, n - events, &result->rate_high);
    }
    result->coef[0] = log_odds(result->rate);
    result->low[0] = log_odds(result->rate_low);
    result->high[0] = log_odds(result->rate_high);
    result->std_error[0] = result->covariance[0] = NAN;
    if (events > 0 && events < n) {
        result->covariance[0] = 1 / events + 1 / (n - events);
        result->std_error[0] = sqrt(result->covariance[0]);
        result->loglik = events * log(events / n) + (n - events) * log1p(-events / n);
    }
    return ret;
}

/* Every series responds as a whole or not at all. One kind alone is likeliest at a rate of 0 or 1,
 * whatever the heterogeneity: its patients are the units, that is, without any. With both kinds the
 * likelihood rises with the heterogeneity without end, to the limit in which a series is a single
 * unit; series of one patient cannot tell. */
static int
whole_series(const imr_series_t *series, double events, double n,
    const imr_pooled_options_t *options, imr_pooled_t *result)
{
    double all = 0, spread = 0;
    int mixed = events > 0 && events < n;

    for (size_t i = 0; i < series->k; i++) {
        all += series->events[i] > 0;
        spread = mixed && series->n[i] > 1 ? 1 : spread;
    }
    result->tau2 = result->correlation = NAN;
    if (options->method == IMR_POOLED_GLMM) {
        result->tau2 = spread > 0 ? INFINITY : 0;
    } else {
        result->correlation = spread;
    }
    if (spread > 0 && options->method == IMR_POOLED_GLMM) {
        result->prediction_low = 0;
        result->prediction_high = 1;
    }
    return mixed ? at_the_edge(all, (double) series->k, options, result)
                 : at_the_edge(events, n, options, result);
}

static int
check(const imr_series_t *series, const imr_pooled_options_t *options, double *events, double *n,
    imr_fault_t *fault)
{
    if (!(options->level > 0 && options->level < 1)) {
        return imr_fault(fault, IMR_ERR_LEVEL, "level", -1, options->level);
    }
    if (options->nodes < 0 || options->nodes > IMR_POOLED_MOST_NODES) {
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
    int ret = check(series, options, &events, &n, fault), whole = 1;

    if (ret != IMR_OK) {
        return ret;
    }
    *result = (imr_pooled_t) { 0 };
    result->tau2 = result->tau2_low = result->tau2_high = result->q = result->q_pvalue = NAN;
    result->i2 = result->correlation = result->mean_rate = NAN;
    result->prediction_low = result->prediction_high = NAN;
    if (options->method > IMR_POOLED_BETA_BINOMIAL) {
        ret = inverse_variance(series, options, result, y, v, weight, fault);
    } else {
        for (size_t i = 0; i < series->k; i++) {
            y[i] = v[i] = weight[i] = NAN;
            whole &= series->events[i] == 0 || series->events[i] == series->n[i];
        }
        if (whole && series->p == 1) {
            ret = whole_series(series, events, n, options, result);
            return ret == IMR_OK ? IMR_OK : imr_fault(fault, ret, "level", -1, options->level);
        }
        if (whole) {
            return imr_fault(fault, IMR_ERR_HETEROGENEITY, "events", -1, NAN);
        }
        ret = imr_pooled_likelihood(series, options, result, fault);
    }
    if (ret == IMR_OK && limits(series, options, result) != IMR_OK) {
        ret = imr_fault(fault, IMR_ERR_NOCONV, "level", -1, options->level);
    }
    return ret;
}
