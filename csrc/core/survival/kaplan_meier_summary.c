#include "survival/kaplan_meier_summary.h"

#include <math.h>

#include "base/mem.h"
#include "base/order.h"
#include "base/quantile.h"
#include "survival/kaplan_meier_curve.h"
#include "survival/kaplan_meier_quantile.h"
#include "survival/kaplan_meier_robust.h"

/* --- values at times --------------------------------------------------------------------------- */

/* The first of n ascending values that is not below t. */
static size_t
first_from(const double *value, size_t n, double t)
{
    size_t low = 0, high = n;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (value[middle] < t) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

static int
is_tied(double a, double b)
{
    double pair[2] = { a < b ? a : b, a < b ? b : a };

    return a == b || imr_merge_ties(pair, 2, pair) == 1;
}

/* The row at whose time t lies but for rounding, or the first one after it. *exact: is it at t? */
static size_t
row_from(const imr_kaplan_meier_t *self, double t, int fix_ties, int *exact)
{
    size_t j = first_from(self->time, self->n, t);

    if (fix_ties && j > 0 && (j == self->n || self->time[j] != t)
        && is_tied(self->time[j - 1], t)) {
        j--;
        *exact = 1;
        return j;
    }
    *exact = j < self->n && (self->time[j] == t || (fix_ties && is_tied(self->time[j], t)));
    return j;
}

/* How many enter from t on, before `end`. */
static int64_t
entering(const imr_kaplan_meier_t *self, double t, double end)
{
    size_t from = first_from(self->entry_time, self->entries, t);
    size_t until = first_from(self->entry_time, self->entries, end);

    /* those who enter at t itself count as there */
    from += from < until && self->entry_time[from] == t;
    return (until == 0 ? 0 : self->entered[until - 1]) - (from == 0 ? 0 : self->entered[from - 1]);
}

int
imr_kaplan_meier_locate(const imr_kaplan_meier_t *self, int fix_ties, double t, size_t i,
    size_t *next, int *exact, int64_t *at_risk, imr_fault_t *fault)
{
    if (!isfinite(t)) {
        return imr_fault(fault, IMR_ERR_NONFINITE, "times", (int64_t) i, t);
    }
    if (t < 0) {
        return imr_fault(fault, IMR_ERR_NEGATIVE, "times", (int64_t) i, t);
    }
    *next = row_from(self, t, fix_ties, exact);
    *at_risk = *next == self->n ? 0 : self->at_risk[*next];
    if (self->entries > 0 && *next < self->n && !*exact) {
        *at_risk -= entering(self, t, self->time[*next]);
    }
    return IMR_OK;
}

int
imr_kaplan_meier_at(const imr_kaplan_meier_t *self, const imr_kaplan_meier_made_t *made,
    const double *time, size_t count, double *estimate, double *std_error, double *low,
    double *high, int64_t *at_risk, imr_fault_t *fault)
{
    for (size_t i = 0; i < count; i++) {
        int exact = 0, status;
        size_t next = 0, j;

        status = imr_kaplan_meier_locate(
            self, made->fix_ties, time[i], i, &next, &exact, &at_risk[i], fault);
        if (status != IMR_OK) {
            return status;
        }
        if (next == 0 && !exact) {
            estimate[i] = 1;
            std_error[i] = 0;
            low[i] = self->start_low;
            high[i] = self->start_high;
            continue;
        }
        j = exact ? next : next - 1;
        estimate[i] = self->estimate[j];
        std_error[i] = self->std_error[j];
        low[i] = self->low[j];
        high[i] = self->high[j];
        if (next == self->n && self->estimate[j] > 0) {
            estimate[i] = std_error[i] = NAN;
            if (!made->beta) {
                low[i] = high[i] = NAN;
            }
        }
    }
    return IMR_OK;
}

/* --- quantiles --------------------------------------------------------------------------------- */

/* The same of a limit's curve, which has the value `before` up to the first row. It may rise again, as
 * the upper limits "plain" and "log" do where few are left: of the rows that have reached the fraction
 * that with the largest limit counts, as in R (in a curve that never rises, the first). */
static double
quantile_of_limit(const imr_kaplan_meier_t *self, const imr_kaplan_meier_made_t *made,
    const double *limit, double before, double fraction)
{
    size_t reached = self->n, under = self->n;

    if (imr_quantile_reached(before, fraction)) {
        return made->start;
    }
    for (size_t j = 0; j < self->n; j++) {
        if (imr_quantile_reached(limit[j], fraction)
            && (reached == self->n || limit[j] > limit[reached])) {
            reached = j;
        }
        if (imr_quantile_reached(limit[j], fraction) && !imr_quantile_is_flat(limit[j], fraction)
            && (under == self->n || limit[j] > limit[under])) {
            under = j;
        }
    }
    if (reached == self->n) {
        return made->beta ? INFINITY : NAN;
    }
    if (!imr_quantile_is_flat(limit[reached], fraction)) {
        return self->time[reached];
    }
    return imr_quantile_middle(
        self->time[reached], self->time[under == self->n ? self->n - 1 : under]);
}

int
imr_kaplan_meier_quantile(const imr_kaplan_meier_t *self, const imr_kaplan_meier_made_t *made,
    const double *p, size_t count, double *estimate, double *low, double *high, imr_fault_t *fault)
{
    for (size_t i = 0; i < count; i++) {
        double fraction = 1 - p[i];

        if (!(p[i] > 0 && p[i] < 1)) {
            return imr_fault(fault, IMR_ERR_PROBABILITY, "p", (int64_t) i, p[i]);
        }
        estimate[i] = imr_quantile_of_curve(self->time, self->estimate, self->n, fraction);
        if (isinf(estimate[i])) {
            estimate[i] = NAN;
        }
        low[i] = quantile_of_limit(self, made, self->low, self->start_low, fraction);
        high[i] = quantile_of_limit(self, made, self->high, self->start_high, fraction);
    }
    return IMR_OK;
}

/* --- the restricted mean ----------------------------------------------------------------------- */

/* The variance that row j adds to -log S (to H in the exponential forms). */
static double
step_variance(const imr_kaplan_meier_t *self, imr_kaplan_meier_form_t form, size_t j)
{
    double n = (double) self->at_risk[j], d = (double) self->events[j], hazard, variance;

    if (form == IMR_KM_NELSON_AALEN) {
        return d / (n * n);
    }
    if (form == IMR_KM_FLEMING_HARRINGTON) {
        imr_fleming_harrington_step(n, d, &hazard, &variance);
        return variance;
    }
    return n > d ? d / (n * (n - d)) : 0; /* no area is left where all have the event */
}

int
imr_kaplan_meier_rmst(const imr_kaplan_meier_t *self, const imr_kaplan_meier_made_t *made,
    double tau, double *estimate, double *std_error, double *low, double *high, imr_fault_t *fault)
{
    double *area = NULL;
    double ahead = 0, share, next = tau, variance = 0, z, last = self->time[self->n - 1];
    size_t clusters = 0;
    int status = IMR_OK;

    if (!(tau > 0 && isfinite(tau))) {
        return imr_fault(fault, IMR_ERR_NOT_POSITIVE, "tau", -1, tau);
    }
    if (tau > last && self->estimate[self->n - 1] > 0 && !(made->fix_ties && is_tied(last, tau))) {
        return imr_fault(fault, IMR_ERR_TAU, "tau", -1, tau);
    }
    if (imr_quantile_normal((1 - made->level) / 2, &z) != IMR_OK) {
        return imr_fault(fault, IMR_ERR_LEVEL, "level", -1, made->level);
    }
    if (self->members > 0) {
        area = imr_malloc(self->n, sizeof(*area));
        if (area == NULL) {
            return imr_fault(fault, IMR_ERR_NOMEM, NULL, -1, NAN);
        }
    }
    for (size_t j = self->n; j-- > 0;) {
        double here = ahead;

        if (self->time[j] < tau) {
            here += self->estimate[j] * (next - self->time[j]);
            share = here / tau; /* its square cannot overflow */
            variance += area == NULL ? share * share * step_variance(self, made->form, j) : 0;
        }
        if (area != NULL) {
            area[j] = here / tau;
        }
        if (self->time[j] < tau && self->events[j] > 0) { /* else the rectangle goes on */
            ahead = here;
            next = self->time[j];
        }
    }
    *estimate = ahead + next < tau ? ahead + next : tau; /* the sum rounds */
    *std_error = tau * sqrt(variance);
    if (area != NULL) {
        for (size_t i = 0; i < self->members; i++) {
            size_t code = (size_t) self->member_cluster[i];

            clusters = code >= clusters ? code + 1 : clusters;
        }
        status = imr_kaplan_meier_robust_area(self, made->form, clusters, area, std_error, fault);
        *std_error *= tau;
        imr_free(area);
    }
    *low = *estimate + z * *std_error;
    *high = *estimate - z * *std_error;
    *low = *low > 0 ? *low : 0;
    *high = *high < tau ? *high : tau;
    return status;
}

/* --- the simultaneous band --------------------------------------------------------------------- */

size_t
imr_kaplan_meier_rows_until(const imr_kaplan_meier_t *self, double t, int fix_ties)
{
    int exact;
    size_t j = row_from(self, t, fix_ties, &exact);

    return exact ? j + 1 : j;
}

int
imr_kaplan_meier_band_between(const imr_kaplan_meier_t *self, const imr_kaplan_meier_made_t *made,
    double lower, double upper, const imr_kaplan_meier_band_options_t *options, size_t *begin,
    size_t *end, double *critical, double *low, double *high, imr_fault_t *fault)
{
    size_t from = 0, until = self->n;
    double *greenwood;
    int status;

    if (isnan(lower)) {
        while (from < self->n && self->events[from] == 0) {
            from++;
        }
    } else {
        from = imr_kaplan_meier_rows_until(self, lower, made->fix_ties);
        if (from == 0) {
            return imr_fault(fault, IMR_ERR_BAND_RANGE, "lower", -1, lower);
        }
        from--;
    }
    if (isnan(upper)) {
        while (until > 0 && !(self->estimate[until - 1] > 0)) {
            until--;
        }
    } else {
        until = imr_kaplan_meier_rows_until(self, upper, made->fix_ties);
        if (until <= from || (until == self->n && !is_tied(self->time[until - 1], upper))) {
            return imr_fault(fault, IMR_ERR_BAND_RANGE, "upper", -1, upper);
        }
    }
    greenwood = imr_malloc(self->n, sizeof(*greenwood));
    if (greenwood == NULL) {
        return imr_fault(fault, IMR_ERR_NOMEM, NULL, -1, NAN);
    }
    for (size_t j = 0; j < self->n; j++) {
        double relative = self->std_error[j] / self->estimate[j];

        greenwood[j] = relative * relative;
    }
    status = imr_kaplan_meier_band(self->estimate, greenwood, from, until, (double) self->patients,
        options, critical, low, high, fault);
    imr_free(greenwood);
    *begin = from;
    *end = until;
    return status;
}
