#include "survival/kaplan_meier_curve.h"

#include <math.h>

#include "base/quantile.h"
#include "survival/log_log.h"

#define BLOCK                                                                                      \
    IMR_LOG_LOG_BLOCK /* rows worked at a time, so that they stay in the cache between two loops */
#define HALF_PI 1.57079632679489661923

/* --- estimate and variance --------------------------------------------------------------------- */

#define ONE_BY_ONE 64 /* so many tied events are summed one by one */
#define ASYMPTOTIC 64 /* from here on the asymptotic series of the harmonic sums is exact */

void
imr_fleming_harrington_step(double n, double d, double *hazard, double *variance)
{
    double a = n - d, h = 0, v = 0;
    double direct = d <= ONE_BY_ONE ? n : ASYMPTOTIC;

    for (; a < direct; a++) {
        h += 1 / (a + 1);
        v += 1 / ((a + 1) * (a + 1));
    }
    if (a < n) { /* sums of 1/i and 1/i^2 for a < i <= n, by Euler and Maclaurin */
        double p = 1 / a, q = 1 / n, p2 = p * p, q2 = q * q;

        h += log1p((n - a) / a) - (n - a) / (a * n) / 2 - (q2 - p2) / 12 + (q2 * q2 - p2 * p2) / 120
            - (q2 * q2 * q2 - p2 * p2 * p2) / 252;
        v += (n - a) / (a * n) + (q2 - p2) / 2 + (p2 * p - q2 * q) / 6
            - (p2 * p2 * p - q2 * q2 * q) / 30 + (p2 * p2 * p2 * p - q2 * q2 * q2 * q) / 42;
    }
    *hazard = h;
    *variance = v;
}

/* The same with sampling weights: the d patients leave one after the other, each with the mean of
 * their weights. */
static void
weighted_fleming_harrington_step(
    double weight_at_risk, double weight_events, int64_t events, double *hazard)
{
    double mean = weight_events / (double) events;

    *hazard = 0;
    for (int64_t k = 0; k < events; k++) {
        *hazard += mean / (weight_at_risk - (double) k * mean);
    }
}

/* Where the running products and sums stand. Between two censorings S = base * left / start and
 * V = variance_base + (start - left) / (start left) telescope: the error does not grow with n, and
 * without censoring S is the fraction of patients left, correctly rounded. */
typedef struct {
    double estimate;
    double variance; /* of log S */
    double left; /* at risk after the last row */
    double start; /* at risk at the first row since the last censoring, and the values before it */
    double base;
    double variance_base;
    double hazard;
    double hazard_variance;
} progress_t;

static void
product_limit(imr_kaplan_meier_t *self, progress_t *at, size_t begin, size_t end, int robust)
{
    progress_t p = *at;
    const double *weighted = self->weighted_at_risk;

    for (size_t j = begin; j < end; j++) {
        double n = weighted == NULL ? (double) self->at_risk[j] : weighted[j];
        double d = weighted == NULL ? (double) self->events[j] : self->weighted_events[j];
        double step = d / n;
        int broken = n != p.left;

        p.start = broken ? n : p.start;
        p.base = broken ? p.estimate : p.base;
        p.variance_base = broken ? p.variance : p.variance_base;
        p.left = self->at_risk[j] == self->events[j] ? 0 : n - d;
        p.estimate = p.base * (p.left / p.start);
        p.variance = p.variance_base + (p.start - p.left) / (p.start * p.left);
        p.hazard += step;
        p.hazard_variance += step / n;
        self->estimate[j] = p.estimate;
        self->cumulative_hazard[j] = p.hazard;
        if (!robust) {
            self->std_error[j] = p.variance;
            self->cumulative_hazard_std_error[j] = p.hazard_variance;
        }
    }
    *at = p;
}

static void
exponential(imr_kaplan_meier_t *self, progress_t *at, size_t begin, size_t end, int robust,
    imr_kaplan_meier_form_t form)
{
    for (size_t j = begin; j < end; j++) {
        double step, variance = 0;

        if (form == IMR_KM_NELSON_AALEN) {
            double n = self->weighted_at_risk == NULL ? (double) self->at_risk[j]
                                                      : self->weighted_at_risk[j];
            double d = self->weighted_at_risk == NULL ? (double) self->events[j]
                                                      : self->weighted_events[j];

            step = d / n;
            variance = step / n;
        } else if (self->weighted_at_risk == NULL) {
            imr_fleming_harrington_step(
                (double) self->at_risk[j], (double) self->events[j], &step, &variance);
        } else {
            weighted_fleming_harrington_step(
                self->weighted_at_risk[j], self->weighted_events[j], self->events[j], &step);
        }
        at->hazard += step;
        at->hazard_variance += variance;
        self->estimate[j] = exp(-at->hazard);
        self->cumulative_hazard[j] = at->hazard;
        if (!robust) {
            self->std_error[j] = at->hazard_variance;
            self->cumulative_hazard_std_error[j] = at->hazard_variance;
        }
    }
}

/* --- limits ------------------------------------------------------------------------------------ */

/* Standard errors of log S for the lower limit, from the usual ones. lag: at risk at the last row with
 * an event. */
static void
lower_errors(const imr_kaplan_meier_t *self, imr_kaplan_meier_lower_t lower, size_t begin,
    size_t end, double *lag, double *error)
{
    for (size_t j = begin; j < end; j++) {
        double n =
            self->weighted_at_risk == NULL ? (double) self->at_risk[j] : self->weighted_at_risk[j];

        if (self->events[j] > 0 || *lag == 0) {
            *lag = n;
        }
        error[j - begin] = lower == IMR_KM_PETO ? sqrt((1 - self->estimate[j]) / n)
                                                : self->std_error[j] * sqrt(*lag / n);
    }
}

static double
clip(double x) /* NaN stays */
{
    return x < 0 ? 0 : x > 1 ? 1 : x;
}

/* S is the estimate, e its standard error on the log scale, f the same for the lower limit, each of
 * `count` rows. What is undefined (S of 0 or 1) comes out as it may, and is set by the caller. */
static void
transformed_limits(imr_kaplan_meier_interval_t interval, double z, size_t count, const double *S,
    const double *e, const double *f, double *low, double *high)
{
    switch (interval) {
        case IMR_KM_PLAIN:
            for (size_t j = 0; j < count; j++) {
                low[j] = clip(S[j] - z * f[j] * S[j]);
                high[j] = clip(S[j] + z * e[j] * S[j]);
            }
            break;
        case IMR_KM_LOG:
            for (size_t j = 0; j < count; j++) {
                low[j] = S[j] * exp(-z * f[j]);
                high[j] = clip(S[j] * exp(z * e[j]));
            }
            break;
        case IMR_KM_LOG_LOG:
            if (f == e && imr_narrow_log_log_limits(z, count, S, e, low, high)) {
                break;
            }
            for (size_t j = 0; j < count; j++) {
                double log_s = log(S[j]);
                double wide = exp(-z * e[j] / log_s);
                double wide_low = f == e ? wide : exp(-z * f[j] / log_s);

                low[j] = exp(log_s * wide_low);
                high[j] = exp(log_s / wide);
            }
            break;
        case IMR_KM_LOGIT:
            for (size_t j = 0; j < count; j++) {
                double odds = S[j] / (1 - S[j]), scale = z / (1 - S[j]);

                low[j] = odds / (odds + exp(scale * f[j]));
                high[j] = odds / (odds + exp(-scale * e[j]));
            }
            break;
        case IMR_KM_ARCSINE:
            for (size_t j = 0; j < count; j++) {
                double angle = asin(sqrt(S[j])), scale = z / 2 * sqrt(S[j] / (1 - S[j]));
                double under = angle - scale * f[j], over = angle + scale * e[j];
                double sine_low = sin(under > 0 ? under : 0);
                double sine_high = sin(over < HALF_PI ? over : HALF_PI);

                low[j] = sine_low * sine_low;
                high[j] = sine_high * sine_high;
            }
            break;
        case IMR_KM_BETA_PRODUCT:
        case IMR_KM_BETA_PRODUCT_MID_P:
            break;
    }
}

/* Limits, and then the standard errors of S, of rows begin..end - 1. */
static void
finish_rows(imr_kaplan_meier_t *self, const imr_kaplan_meier_options_t *options, double z,
    size_t begin, size_t end, double *lag)
{
    double lower[BLOCK];
    const double *S = self->estimate + begin;
    double *error = self->std_error + begin;
    double *low = self->low + begin, *high = self->high + begin;
    size_t count = end - begin;

    if (!imr_kaplan_meier_is_beta(options->interval)) {
        if (options->lower != IMR_KM_USUAL) {
            lower_errors(self, options->lower, begin, end, lag, lower);
        }
        transformed_limits(options->interval, z, count, S, error,
            options->lower == IMR_KM_USUAL ? error : lower, low, high);
        for (size_t j = 0; j < count && S[j] >= 1; j++) {
            low[j] = self->start_low;
            high[j] = self->start_high;
        }
        for (size_t j = count; j > 0 && !(S[j - 1] > 0); j--) {
            low[j - 1] = high[j - 1] = NAN;
        }
    }
    for (size_t j = 0; j < count; j++) {
        error[j] *= S[j];
    }
}

int
imr_kaplan_meier_fill(
    imr_kaplan_meier_t *self, const imr_kaplan_meier_options_t *options, imr_fault_t *fault)
{
    progress_t at = { .estimate = 1 };
    int robust = options->variance == IMR_KM_ROBUST;
    double z, lag = 0;

    if (!(options->level > 0 && options->level < 1)
        || imr_quantile_normal((1 - options->level) / 2, &z) != IMR_OK) {
        return imr_fault(fault, IMR_ERR_LEVEL, "level", -1, options->level);
    }
    self->start_low = self->start_high = options->interval == IMR_KM_ARCSINE ? NAN : 1;
    for (size_t begin = 0; begin < self->n; begin += BLOCK) {
        size_t end = self->n - begin < BLOCK ? self->n : begin + BLOCK;

        if (options->form == IMR_KM_PRODUCT_LIMIT) {
            product_limit(self, &at, begin, end, robust);
        } else {
            exponential(self, &at, begin, end, robust, options->form);
        }
        for (size_t j = begin; j < end && !robust; j++) {
            self->std_error[j] = sqrt(self->std_error[j]);
            self->cumulative_hazard_std_error[j] = sqrt(self->cumulative_hazard_std_error[j]);
        }
        finish_rows(self, options, -z, begin, end, &lag);
    }
    return IMR_OK;
}

int
imr_kaplan_meier_beta_limits(imr_kaplan_meier_t *self, const imr_kaplan_meier_options_t *options,
    imr_kaplan_meier_beta_t *state, size_t begin, size_t end, imr_fault_t *fault)
{
    int status = IMR_OK;

    if (begin == 0) {
        status = imr_kaplan_meier_beta_init(
            state, options->interval == IMR_KM_BETA_PRODUCT_MID_P, options->level, fault);
        if (status == IMR_OK) {
            status = imr_kaplan_meier_beta_start(
                state, self->at_risk[0], &self->start_low, &self->start_high, fault);
        }
    }
    for (size_t j = begin; j < end && status == IMR_OK; j++) {
        status = imr_kaplan_meier_beta_row(state, self->at_risk[j], self->events[j],
            self->censored[j], (int64_t) j, self->low + j, self->high + j, fault);
    }
    return status;
}
