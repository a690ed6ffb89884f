#include "survival/competing_risks_summary.h"

#include <math.h>

#include "base/mem.h"
#include "base/quantile.h"
#include "survival/kaplan_meier_quantile.h"
#include "survival/kaplan_meier_summary.h"

/* The times, counts at risk and entries, as a curve in which times are looked up. */
static imr_kaplan_meier_t
times_of(const imr_competing_risks_t *self)
{
    return (imr_kaplan_meier_t) {
        .n = self->n,
        .time = self->time,
        .at_risk = self->at_risk,
        .entries = self->entries,
        .entry_time = self->entry_time,
        .entered = self->entered,
    };
}

int
imr_competing_risks_at(const imr_competing_risks_t *self, size_t k,
    const imr_competing_risks_options_t *options, const double *time, size_t count,
    double *estimate, double *std_error, double *low, double *high, int64_t *at_risk,
    imr_fault_t *fault)
{
    imr_kaplan_meier_t times = times_of(self);
    size_t first = k * self->n, next = 0;

    for (size_t i = 0; i < count; i++) {
        int exact,
            status = imr_kaplan_meier_locate(
                &times, options->fix_ties, time[i], i, &next, &exact, &at_risk[i], fault);
        size_t j;

        if (status != IMR_OK) {
            return status;
        }
        if (next == 0 && !exact) {
            estimate[i] = std_error[i] = low[i] = 0;
            high[i] = self->start_high;
            continue;
        }
        j = exact ? next : next - 1;
        if (!exact && next == self->n && self->event_free[j] > 0) {
            estimate[i] = std_error[i] = low[i] = high[i] = NAN;
            continue;
        }
        estimate[i] = self->estimate[first + j];
        std_error[i] = self->std_error[first + j];
        low[i] = self->low[first + j];
        high[i] = self->high[first + j];
        if (!exact && estimate[i] == 0) {
            high[i] = imr_incidence_limit_of_none(options->level, self->remaining[j]);
        }
    }
    return IMR_OK;
}

/* NaN if the fraction is not reached. complement has room for n values. */
static double
quantile_of(
    const imr_competing_risks_t *self, const double *incidence, double p, double *complement)
{
    double time;

    for (size_t j = 0; j < self->n; j++) {
        complement[j] = 1 - incidence[j];
    }
    time = imr_quantile_of_curve(self->time, complement, self->n, 1 - p);
    return isinf(time) ? NAN : time;
}

int
imr_competing_risks_quantile(const imr_competing_risks_t *self, size_t k, const double *p,
    size_t count, double *estimate, double *low, double *high, imr_fault_t *fault)
{
    double *complement = imr_malloc(self->n, sizeof(*complement));
    size_t first = k * self->n;
    int status = IMR_OK;

    if (complement == NULL) {
        return imr_fault(fault, IMR_ERR_NOMEM, NULL, -1, NAN);
    }
    for (size_t i = 0; i < count && status == IMR_OK; i++) {
        if (!(p[i] > 0 && p[i] < 1)) {
            status = imr_fault(fault, IMR_ERR_PROBABILITY, "p", (int64_t) i, p[i]);
            continue;
        }
        estimate[i] = quantile_of(self, self->estimate + first, p[i], complement);
        low[i] = imr_quantile_reached(1 - self->start_high, 1 - p[i])
            ? 0
            : quantile_of(self, self->high + first, p[i], complement);
        high[i] = quantile_of(self, self->low + first, p[i], complement);
    }
    imr_free(complement);
    return status;
}

/* The events of all causes at row j. */
static double
events_at(const imr_competing_risks_t *self, size_t j)
{
    int64_t sum = 0;

    for (size_t k = 0; k < self->causes; k++) {
        sum += self->events[k * self->n + j];
    }
    return (double) sum;
}

int
imr_competing_risks_time_lost(const imr_competing_risks_t *self, size_t k,
    const imr_competing_risks_options_t *options, double tau, double *estimate, double *std_error,
    double *low, double *high, imr_fault_t *fault)
{
    const double *F = self->estimate + k * self->n;
    const int64_t *events = self->events + k * self->n;
    imr_kaplan_meier_t times = times_of(self);
    double z, area = 0, gain = 0, variance = 0, above;
    int64_t at_risk;
    size_t end = 0;
    int exact = 0, status;

    if (!(tau > 0 && isfinite(tau))) {
        return imr_fault(fault, IMR_ERR_NOT_POSITIVE, "tau", -1, tau);
    }
    if (imr_quantile_normal((1 - options->level) / 2, &z) != IMR_OK) {
        return imr_fault(fault, IMR_ERR_LEVEL, "level", -1, options->level);
    }
    status =
        imr_kaplan_meier_locate(&times, options->fix_ties, tau, 0, &end, &exact, &at_risk, fault);
    if (status != IMR_OK) {
        return status;
    }
    if (end == self->n && self->event_free[end - 1] > 0) {
        return imr_fault(fault, IMR_ERR_TAU, "tau", -1, tau);
    }
    /* rows before tau from the last one on, all in units of tau: `gain` is the area between F and
     * F(t_j) from t_j to tau */
    above = end == 0 ? 0 : F[end - 1];
    for (size_t j = end; j-- > 0;) {
        double rest = (tau - self->time[j]) / tau;
        double before = j == 0 ? 1 : self->event_free[j - 1];
        double all = events_at(self, j);

        if (j + 1 < end) {
            gain += (F[j + 1] - F[j]) * ((tau - self->time[j + 1]) / tau);
        }
        area += (F[j] - (j == 0 ? 0 : F[j - 1])) * rest;
        if (all > 0) {
            imr_incidence_step_t step = imr_incidence_step(
                options->variance, (double) self->at_risk[j], all, (double) events[j], before);

            variance += step.a * gain * gain - 2 * step.b * gain * rest + step.c * rest * rest;
        }
    }
    *estimate = tau * (area < 1 ? area : 1);
    *std_error = tau * sqrt(variance > 0 ? variance : 0);
    *low = *estimate + z * *std_error;
    *high = *estimate - z * *std_error;
    *low = *low > 0 ? *low : 0;
    *high = *high < tau ? *high : tau;
    if (above == 0) {
        double m = end == 0 ? (double) self->at_risk[0] : self->remaining[end - 1];

        *high = tau * imr_incidence_limit_of_none(options->level, m);
    }
    return IMR_OK;
}
