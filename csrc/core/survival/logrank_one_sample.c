#include "survival/logrank_one_sample.h"

#include <math.h>

#include "base/distribution.h"
#include "base/quantile.h"

/* --- what is expected -------------------------------------------------------------------------- */

static int
check_curve(const imr_logrank_one_sample_data_t *data, imr_fault_t *fault)
{
    double time = 0, survival = 1;

    for (size_t j = 0; j < data->points; j++) {
        double t = data->curve_time[j], s = data->curve_survival[j];

        if (!(t > time && isfinite(t))) {
            return imr_fault(fault, IMR_ERR_REFERENCE_TIME, "reference_time", (int64_t) j, t);
        }
        if (!(s > 0 && s <= survival)) {
            return imr_fault(
                fault, IMR_ERR_REFERENCE_SURVIVAL, "reference_survival", (int64_t) j, s);
        }
        time = t;
        survival = s;
    }
    return IMR_OK;
}

/* The cumulative hazard of the curve at a time, which lies within it. */
static double
hazard_at(const imr_logrank_one_sample_data_t *data, double time)
{
    size_t low = 0, high = data->points - 1;
    double from = 0, hazard = 0;

    while (low < high) { /* the first point at or after time */
        size_t middle = low + (high - low) / 2;

        if (data->curve_time[middle] < time) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    if (low > 0) {
        from = data->curve_time[low - 1];
        hazard = -log(data->curve_survival[low - 1]);
    }
    return hazard
        + (-log(data->curve_survival[low]) - hazard)
        * ((time - from) / (data->curve_time[low] - from));
}

static int
check_time(const imr_logrank_one_sample_data_t *data, double time, const char *argument, size_t row,
    imr_fault_t *fault)
{
    int status = IMR_OK;

    if (!isfinite(time)) {
        status = IMR_ERR_NONFINITE;
    } else if (time < 0) {
        status = IMR_ERR_NEGATIVE;
    } else if (data->expected == NULL
        && (data->points == 0 || time > data->curve_time[data->points - 1])) {
        status = IMR_ERR_BEYOND_REFERENCE;
    }
    return status == IMR_OK ? status : imr_fault(fault, status, argument, (int64_t) row, time);
}

static int
expect_row(
    const imr_logrank_one_sample_data_t *data, size_t row, double *expected, imr_fault_t *fault)
{
    double time = data->time[row], entry = data->entry == NULL ? 0 : data->entry[row];
    int status = check_time(data, time, "time", row, fault);

    if (status == IMR_OK && data->entry != NULL) {
        status = check_time(data, entry, "entry", row, fault);
        if (status == IMR_OK && !(entry < time)) {
            return imr_fault(fault, IMR_ERR_INTERVAL, "entry", (int64_t) row, entry);
        }
    }
    if (status != IMR_OK) {
        return status;
    }
    if (data->expected == NULL) {
        *expected = hazard_at(data, time) - (entry > 0 ? hazard_at(data, entry) : 0);
        return IMR_OK;
    }
    *expected = data->expected[row];
    if (!isfinite(*expected) || *expected < 0) {
        return imr_fault(fault, *expected < 0 ? IMR_ERR_NEGATIVE : IMR_ERR_NONFINITE, "expected",
            (int64_t) row, *expected);
    }
    return IMR_OK;
}

static int
sum_rows(
    const imr_logrank_one_sample_data_t *data, imr_logrank_one_sample_t *self, imr_fault_t *fault)
{
    for (size_t i = 0; i < data->n; i++) {
        uint8_t event = data->event[i];
        double expected = 0;
        int status = expect_row(data, i, &expected, fault);

        if (status != IMR_OK) {
            return status;
        }
        if (event > 1) {
            return imr_fault(fault, IMR_ERR_EVENT, "event", (int64_t) i, event);
        }
        self->observed += event;
        self->expected += expected;
    }
    if (self->expected == 0 && self->observed > 0) {
        return imr_fault(fault, IMR_ERR_NO_HAZARD, "expected", -1, 0);
    }
    return IMR_OK;
}

/* --- limits and tests -------------------------------------------------------------------------- */

/* Garwood 1936; one-sided limits have the whole error on one side. */
static int
poisson_limits(imr_logrank_one_sample_t *self, imr_alternative_t alternative, double level)
{
    double tail = alternative == IMR_TWO_SIDED ? (1 - level) / 2 : 1 - level;
    int status = IMR_OK;

    self->low = 0;
    self->high = INFINITY;
    if (self->expected == 0) {
        return status;
    }
    if (alternative != IMR_LESS && self->observed > 0) {
        status = imr_quantile_gamma(tail, self->observed, 1, &self->low);
        self->low /= self->expected;
    }
    if (status == IMR_OK && alternative != IMR_GREATER) {
        status = imr_quantile_gamma_upper(tail, self->observed + 1, 1, &self->high);
        self->high /= self->expected;
    }
    return status;
}

static int
poisson_tails(const imr_logrank_one_sample_t *self, double *fewer, double *more)
{
    int status = IMR_OK;

    *fewer = *more = 1;
    if (self->expected > 0) {
        status = imr_gamma_cdf_upper(self->expected, self->observed + 1, 1, fewer);
        if (status == IMR_OK && self->observed > 0) {
            status = imr_gamma_cdf(self->expected, self->observed, 1, more);
        }
    }
    return status;
}

static int
conclude(imr_logrank_one_sample_t *self, imr_alternative_t alternative, double level)
{
    double fewer, more;
    int status = poisson_limits(self, alternative, level);

    if (status == IMR_OK) {
        status = poisson_tails(self, &fewer, &more);
    }
    if (status != IMR_OK) {
        return status;
    }
    self->ratio = self->expected > 0 ? self->observed / self->expected : NAN;
    if (self->expected > 0) {
        double excess = self->observed - self->expected;

        self->z = excess / sqrt(self->expected);
        self->statistic = excess * (excess / self->expected);
    }
    switch (alternative) {
        case IMR_GREATER:
            self->exact_pvalue = more;
            return self->expected > 0 ? imr_normal_cdf_upper(self->z, &self->pvalue) : IMR_OK;
        case IMR_LESS:
            self->exact_pvalue = fewer;
            return self->expected > 0 ? imr_normal_cdf(self->z, &self->pvalue) : IMR_OK;
        case IMR_TWO_SIDED:
        default:
            self->exact_pvalue = fmin(1, 2 * fmin(fewer, more));
            return self->expected > 0 ? imr_chi_squared_cdf_upper(self->statistic, 1, &self->pvalue)
                                      : IMR_OK;
    }
}

int
imr_logrank_one_sample(const imr_logrank_one_sample_data_t *data, imr_alternative_t alternative,
    double level, imr_logrank_one_sample_t *self, imr_fault_t *fault)
{
    int status;

    *self = (imr_logrank_one_sample_t) { .pvalue = 1 };
    if (data->n == 0) {
        return imr_fault(fault, IMR_ERR_NO_PATIENT, "time", -1, NAN);
    }
    if (!(level > 0 && level < 1)) {
        return imr_fault(fault, IMR_ERR_LEVEL, "level", -1, level);
    }
    status = data->expected == NULL ? check_curve(data, fault) : IMR_OK;
    if (status == IMR_OK) {
        status = sum_rows(data, self, fault);
    }
    if (status == IMR_OK) {
        status = conclude(self, alternative, level);
        if (status != IMR_OK) {
            imr_fault(fault, status, "expected", -1, self->expected);
        }
    }
    return status;
}
