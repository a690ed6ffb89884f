#include "survival/curve_difference.h"

#include <math.h>

#include "base/distribution.h"
#include "base/quantile.h"
#include "survival/kaplan_meier_beta_pair.h"
#include "survival/kaplan_meier_curve.h"
#include "survival/kaplan_meier_summary.h"

/* One group at one time. */
typedef struct {
    double estimate, std_error, low, high;
    int64_t at_risk;
} point_t;

/* Whether the point has a variance on every scale. */
static int
is_inside(const point_t *point)
{
    return point->estimate > 0 && point->estimate < 1 && point->std_error > 0;
}

/* The scale on which the points are tested, and their variance on it (Klein and others 2007). */
static double
transformed(imr_kaplan_meier_interval_t transform, const point_t *point, double *variance)
{
    double s = point->estimate, e = point->std_error, value = s, slope = 1;

    switch (transform) {
        case IMR_KM_LOG:
            value = log(s);
            slope = 1 / s;
            break;
        case IMR_KM_LOG_LOG:
            value = -log(-log(s));
            slope = -1 / (s * log(s));
            break;
        case IMR_KM_LOGIT:
            value = log(s / (1 - s));
            slope = 1 / (s * (1 - s));
            break;
        case IMR_KM_ARCSINE:
            value = asin(sqrt(s));
            slope = 0.5 / sqrt(s * (1 - s));
            break;
        case IMR_KM_PLAIN:
        case IMR_KM_BETA_PRODUCT:
        case IMR_KM_BETA_PRODUCT_MID_P:
            break;
    }
    *variance = e * e * slope * slope;
    return value;
}

/* The distributions of the curve at the time, out of its rows up to it. */
static int
bounds_at(const imr_kaplan_meier_t *curve, const imr_curve_difference_options_t *options, double t,
    double estimate, imr_beta_bounds_t *bounds, imr_fault_t *fault)
{
    size_t rows = imr_kaplan_meier_rows_until(curve, t, options->fix_ties);
    imr_kaplan_meier_beta_t state;
    double low, high;
    int status = imr_kaplan_meier_beta_init(&state, 0, options->level, fault);

    if (status == IMR_OK) {
        status = imr_kaplan_meier_beta_start(&state, curve->at_risk[0], &low, &high, fault);
    }
    for (size_t j = 0; j < rows && status == IMR_OK; j++) {
        status = imr_kaplan_meier_beta_feed(
            &state, curve->at_risk[j], curve->events[j], curve->censored[j], (int64_t) j, fault);
    }
    bounds->estimate = estimate;
    imr_kaplan_meier_beta_parts(&state, &bounds->minus, &bounds->plus);
    return status;
}

static int
compare(const imr_curve_difference_options_t *options, const point_t *group,
    const point_t *reference, imr_curve_difference_t *self, size_t i)
{
    double variance, other_variance, z, value, upper, d = self->estimate[i];
    int status = imr_quantile_normal((1 - options->level) / 2, &z);

    if (status != IMR_OK || !is_inside(group) || !is_inside(reference)) {
        return status;
    }
    value = transformed(options->transform, group, &variance)
        - transformed(options->transform, reference, &other_variance);
    self->statistic[i] = value / sqrt(variance + other_variance);
    status = imr_normal_cdf_upper(fabs(self->statistic[i]), &upper);
    self->pvalue[i] = 2 * upper;
    if (options->transform == IMR_KM_PLAIN) {
        self->low[i] = fmax(-1, d + z * self->std_error[i]);
        self->high[i] = fmin(1, d - z * self->std_error[i]);
    } else {
        self->low[i] =
            imr_mover_low(group->estimate, group->low, reference->estimate, reference->high);
        self->high[i] =
            -imr_mover_low(reference->estimate, reference->low, group->estimate, group->high);
    }
    return status;
}

static int
fill_row(const imr_kaplan_meier_t *curves, const imr_curve_difference_options_t *options, double t,
    imr_curve_difference_t *self, size_t i, imr_fault_t *fault)
{
    const imr_kaplan_meier_made_t made = { .level = options->level,
        .fix_ties = options->fix_ties,
        .beta = imr_kaplan_meier_is_beta(options->transform) };
    imr_beta_bounds_t bounds[2];
    point_t points[2];
    const point_t *reference = points + options->reference, *group = points + !options->reference;
    int status = IMR_OK;

    for (int g = 0; g < 2 && status == IMR_OK; g++) {
        status = imr_kaplan_meier_at(curves + g, &made, &t, 1, &points[g].estimate,
            &points[g].std_error, &points[g].low, &points[g].high, &points[g].at_risk, fault);
        if (status == IMR_OK && made.beta) {
            status = bounds_at(curves + g, options, t, points[g].estimate, bounds + g, fault);
        }
    }
    if (status == IMR_ERR_NONFINITE || status == IMR_ERR_NEGATIVE) {
        return imr_fault(fault, status, "at", (int64_t) i, t);
    }
    if (status != IMR_OK) {
        return status;
    }
    self->survival[i] = group->estimate;
    self->reference_survival[i] = reference->estimate;
    self->at_risk[i] = group->at_risk;
    self->reference_at_risk[i] = reference->at_risk;
    self->estimate[i] = group->estimate - reference->estimate;
    self->std_error[i] = hypot(group->std_error, reference->std_error);
    self->low[i] = self->high[i] = self->statistic[i] = self->pvalue[i] = NAN;
    if (isnan(self->estimate[i])) {
        return IMR_OK;
    }
    status = made.beta ? imr_beta_pair(bounds + !options->reference, bounds + options->reference,
                             IMR_PAIR_DIFFERENCE, options->transform == IMR_KM_BETA_PRODUCT_MID_P,
                             options->level, self->low + i, self->high + i, self->pvalue + i)
                       : compare(options, group, reference, self, i);
    return status == IMR_OK ? IMR_OK : imr_fault(fault, status, NULL, -1, NAN);
}

int
imr_curve_difference(const imr_kaplan_meier_data_t *data,
    const imr_curve_difference_options_t *options, const double *at, size_t count,
    imr_curve_difference_t *self, imr_fault_t *fault)
{
    const imr_kaplan_meier_options_t curve_options = {
        .interval = options->transform,
        .level = options->level,
        .start_time = NAN,
        .fix_ties = options->fix_ties,
    };
    imr_kaplan_meier_t curves[2] = { { 0 } };
    int status;

    if (data->group == NULL || data->groups != 2) {
        return imr_fault(fault, IMR_ERR_TWO_GROUPS, "group", -1, NAN);
    }
    status = imr_kaplan_meier(data, &curve_options, curves, fault);
    for (size_t i = 0; i < count && status == IMR_OK; i++) {
        status = fill_row(curves, options, at[i], self, i, fault);
    }
    imr_kaplan_meier_free(curves);
    imr_kaplan_meier_free(curves + 1);
    return status;
}
