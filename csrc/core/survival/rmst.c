#include "survival/rmst.h"

#include <math.h>

#include "base/mem.h"
#include "base/quantile.h"
#include "survival/kaplan_meier_curve.h"
#include "survival/rmst_beta.h"

double
imr_rmst_largest_tau(const imr_kaplan_meier_t *curve)
{
    return curve->estimate[curve->n - 1] > 0 ? curve->time[curve->n - 1] : INFINITY;
}

/* Rows of the curve before tau, *events of theirs, and how many are at risk after them. */
static size_t
rows_before(const imr_kaplan_meier_t *curve, double tau, int64_t *events, int64_t *at_risk)
{
    size_t rows = 0;

    *events = 0;
    for (; rows < curve->n && curve->time[rows] < tau; rows++) {
        *events += curve->events[rows];
    }
    *at_risk = rows < curve->n ? curve->at_risk[rows] : 0;
    return rows;
}

/* Student's limits: the variance of Greenwood is a sum of squares over its number, here over one
 * less. Where no two times differ nothing is known of it, and the limits are all there is. */
static int
student_limits(imr_rmst_t *self, double tau, double level)
{
    double m = self->observed, t, error;
    int status;

    if (!(m > 1 && self->std_error > 0)) {
        self->low = 0;
        self->high = tau;
        return IMR_OK;
    }
    status = imr_quantile_t((1 - level) / 2, m - 1, &t);
    if (status == IMR_OK) {
        error = -t * self->std_error * sqrt(m / (m - 1));
        self->low = fmax(0, self->estimate - error);
        self->high = fmin(tau, self->estimate + error);
    }
    return status;
}

static int
beta_limits(imr_rmst_t *self, double tau, double level, int mid_p)
{
    double tail = fmin((1 - level) / 2, 0.5 - 0x1p-53);
    int status = imr_beta_bounds_low(&self->bounds, mid_p, tail, &self->low);

    if (status == IMR_OK) {
        status = imr_beta_bounds_high(&self->bounds, mid_p, tail, &self->high);
    }
    self->low *= tau;
    self->high *= tau;
    return status;
}

int
imr_rmst_of_curve(const imr_kaplan_meier_t *curve, const imr_kaplan_meier_made_t *made, double tau,
    imr_rmst_interval_t interval, imr_rmst_t *self, imr_fault_t *fault)
{
    int64_t at_risk;
    size_t rows;
    int status = imr_kaplan_meier_rmst(
        curve, made, tau, &self->estimate, &self->std_error, &self->low, &self->high, fault);

    if (status != IMR_OK) {
        return status;
    }
    self->n = curve->patients;
    rows = rows_before(curve, tau, &self->events, &at_risk);
    self->observed = NAN;
    if (interval != IMR_RMST_PLAIN
        && (made->form != IMR_KM_PRODUCT_LIMIT || curve->entries > 0 || curve->members > 0)) {
        return imr_fault(fault, IMR_ERR_RMST_INTERVAL, "interval", -1, NAN);
    }
    if (interval == IMR_RMST_T) {
        self->observed = (double) (self->events + at_risk);
        status = student_limits(self, tau, made->level);
    } else if (interval != IMR_RMST_PLAIN) {
        self->bounds.estimate = self->estimate / tau;
        imr_rmst_beta_parts(curve, rows, at_risk, tau, &self->bounds.minus, &self->bounds.plus);
        status = beta_limits(self, tau, made->level, interval == IMR_RMST_BETA_PRODUCT_MID_P);
    }
    if (status != IMR_OK) {
        return imr_fault(fault, status, "level", -1, made->level);
    }
    self->lost = tau - self->estimate;
    self->lost_low = tau - self->high;
    self->lost_high = tau - self->low;
    return IMR_OK;
}

/* The largest tau that all curves allow: where all have come to 0, the end of the last one. */
static double
largest_common(const imr_kaplan_meier_t *curves, size_t groups)
{
    double common = INFINITY, last = 0;

    for (size_t g = 0; g < groups; g++) {
        common = fmin(common, imr_rmst_largest_tau(curves + g));
        last = fmax(last, curves[g].time[curves[g].n - 1]);
    }
    return fmin(common, last);
}

int
imr_rmst(const imr_kaplan_meier_data_t *data, const imr_rmst_options_t *options, imr_rmst_t *self,
    double *tau, imr_fault_t *fault)
{
    const imr_kaplan_meier_options_t curve_options = {
        .interval = IMR_KM_PLAIN,
        .level = options->level,
        .start_time = NAN,
        .fix_ties = options->fix_ties,
    };
    const imr_kaplan_meier_made_t made = { .level = options->level, .fix_ties = options->fix_ties };
    size_t groups = data->group == NULL ? 1 : data->groups;
    imr_kaplan_meier_t *curves = imr_calloc(groups, sizeof(*curves));
    int status;

    if (curves == NULL) {
        return imr_fault(fault, IMR_ERR_NOMEM, NULL, -1, NAN);
    }
    status = imr_kaplan_meier(data, &curve_options, curves, fault);
    if (status == IMR_OK) {
        *tau = isnan(options->tau) ? largest_common(curves, groups) : options->tau;
    }
    for (size_t g = 0; g < groups && status == IMR_OK; g++) {
        imr_fault_t here;

        status = imr_rmst_of_curve(curves + g, &made, *tau, options->interval, self + g, &here);
        if (status == IMR_ERR_TAU) {
            imr_fault(fault, status, "tau", (int64_t) g, imr_rmst_largest_tau(curves + g));
        } else if (status != IMR_OK) {
            imr_fault(fault, status, here.argument, here.row, here.value);
        }
    }
    for (size_t g = 0; g < groups; g++) {
        imr_kaplan_meier_free(curves + g);
    }
    imr_free(curves);
    return status;
}
