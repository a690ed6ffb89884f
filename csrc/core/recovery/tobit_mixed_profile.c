#include "recovery/tobit_mixed_profile.h"

#include <math.h>
#include <string.h>

#include "base/distribution.h"
#include "base/quantile.h"

#define FINE 3e-4 /* the norm of the score at which a height is right to its third power */
#define NOT_FAR 30.0 /* residual standard deviations */
#define FARTHEST 1e6 /* standard errors: a limit beyond is open */

enum { MOST_POINTS = 40 };

imr_tobit_mixed_climb_t
imr_tobit_mixed_climb_of(imr_tobit_mixed_t *self, const double *plane, double wanted)
{
    imr_tobit_mixed_climb_t climb = { .likelihood = &self->likelihood,
        .plane = plane,
        .wanted = wanted,
        .at = self->at,
        .factor = self->factor,
        .work = self->work };

    return climb;
}

int
imr_tobit_mixed_climb_to(imr_tobit_mixed_t *self, imr_tobit_mixed_climb_t *climb)
{
    int ret = imr_tobit_mixed_climb(climb);

    self->iterations += climb->iterations;
    return ret;
}

double
imr_tobit_mixed_lay_plane(imr_tobit_mixed_t *self, size_t j, double value)
{
    size_t p = self->p;

    memset(self->plane, 0, (p + 2) * sizeof(double));
    if (j == p) {
        self->plane[p] = 1;
        return exp(-value);
    }
    if (j < p) {
        memcpy(self->plane, self->inverse + j * p, p * sizeof(double));
    } else {
        self->plane[p + 1] = 1;
    }
    self->plane[p] = -value;
    return 0;
}

/* result = variance x */
void
imr_tobit_mixed_multiply(const imr_tobit_mixed_t *self, const double *x, double *result)
{
    size_t m = self->p + 2;

    for (size_t r = 0; r < m; r++) {
        result[r] = 0;
        for (size_t c = 0; c < m; c++) {
            result[r] += self->variance[r * m + c] * x[c];
        }
    }
}

/* Estimate of quantity j, in the units of the profile. */
double
imr_tobit_mixed_estimate(const imr_tobit_mixed_t *self, size_t j)
{
    size_t p = self->p;
    double h = self->maximum[p], sum = 0;

    if (j == p) {
        return -log(h);
    }
    for (size_t r = 0; r < p && j < p; r++) {
        sum += self->inverse[j * p + r] * self->maximum[r];
    }
    return (j < p ? sum : self->maximum[p + 1]) / h;
}

double
imr_tobit_mixed_product(const double *x, const double *y, size_t n)
{
    double sum = 0;

    for (size_t i = 0; i < n; i++) {
        sum += x[i] * y[i];
    }
    return sum;
}

/* --- profiles ---------------------------------------------------------------------------------- */

static void
restart(imr_tobit_mixed_t *self)
{
    memcpy(self->at, self->maximum, (self->p + 2) * sizeof(double));
    memset(self->likelihood.halvings, 0, self->patients);
}

/* Moves `at` onto the plane, the way the likelihood would near its maximum; where that would be too far
 * for h or rho, or where they shall stay, by the coefficients alone (of patient_sd by rho alone). */
static void
move_onto(imr_tobit_mixed_t *self, double wanted, int stay)
{
    size_t p = self->p, m = p + 2;
    double *way = self->work, away = wanted - imr_tobit_mixed_product(self->plane, self->at, m),
           share;
    double h = self->at[p], rho = fabs(self->at[p + 1]);

    imr_tobit_mixed_multiply(self, self->plane, way);
    share = away / imr_tobit_mixed_product(self->plane, way, m);
    stay = stay || !(h + share * way[p] > 0.2 * h)
        || !(fabs(self->at[p + 1] + share * way[p + 1]) < 2 * rho + 1);
    if (stay && self->plane[p] != 1) {
        for (size_t r = 0; r < p; r++) {
            way[r] *= 1 - self->plane[p + 1];
        }
        way[p] = 0;
        way[p + 1] = self->plane[p + 1];
        share = away / imr_tobit_mixed_product(self->plane, way, m);
    }
    for (size_t r = 0; r < m; r++) {
        self->at[r] += share * way[r];
    }
}

/* How to get onto the plane: from where the last climb ended; or from the estimates on, however far, with a
 * wider effect of the patients, or with a wider residual, that makes up for the distance of a coefficient. */
enum { NEAR, WIDE_PATIENTS, WIDE_RESIDUAL };

/* Coefficients and patient_sd stay as sd moves. */
static void
leap_onto(imr_tobit_mixed_t *self, size_t j, double value, double wanted, int way)
{
    size_t p = self->p;
    double *rho = &self->at[p + 1], h = self->maximum[p], share = wanted / h, away;

    restart(self);
    away = j < p ? h * fabs(value - imr_tobit_mixed_estimate(self, j)) : 0;
    if (way == WIDE_RESIDUAL) {
        share = 1 / (1 + away);
    }
    for (size_t r = 0; r < p + 2 && (j == p || way == WIDE_RESIDUAL); r++) {
        self->at[r] *= share;
    }
    if (j != p) {
        move_onto(self, wanted, 1);
    }
    if (way == WIDE_PATIENTS) {
        *rho = hypot(*rho, fmin(away, IMR_TOBIT_MIXED_MOST / 2));
    }
}

/* Twice what the log-likelihood falls by where quantity j has this value, and its slope there; `way` says
 * where the climb begins. */
static int
profile_from(
    imr_tobit_mixed_t *self, size_t j, double value, int way, double *statistic, double *slope)
{
    imr_tobit_mixed_climb_t climb = imr_tobit_mixed_climb_of(self, self->plane, FINE);
    double units = (double) self->plain.exact * log(self->plain.scale), h;
    double wanted = imr_tobit_mixed_lay_plane(self, j, value);
    int ret;

    if (way == NEAR) {
        move_onto(self, wanted, 0);
    } else {
        leap_onto(self, j, value, wanted, way);
    }
    ret = imr_tobit_mixed_climb_to(self, &climb);
    /* short of the summit by half the square of the score */
    *statistic = 2 * (self->loglik + units - climb.loglik) - climb.score_norm * climb.score_norm;
    h = self->at[self->p];
    *slope = -2 * climb.pull * (j == self->p ? -h : h);
    return ret;
}

static int
profile_at(imr_tobit_mixed_t *self, size_t j, double value, double *statistic, double *slope)
{
    int ret = profile_from(self, j, value, NEAR, statistic, slope);

    if (ret == IMR_ERR_NOCONV || ret == IMR_ERR_TOBIT_MIXED_RIGID) {
        ret = profile_from(self, j, value, WIDE_PATIENTS, statistic, slope);
    }
    return ret;
}

/* What the statistic of coefficient j may reach: n log(1 + t^2 / df), as it is distributed where nothing is
 * censored and patients have one number of rows; and its p-value. */
static int
reach_of(const imr_tobit_mixed_t *self, size_t j, double level, double *reach)
{
    double t;
    int ret = imr_quantile_t(0.5 + 0.5 * level, self->freedom[j], &t);

    if (ret == IMR_OK) {
        *reach = self->units[j] * log1p(t * t / self->freedom[j]);
    }
    return ret;
}

static int
pvalue_of(const imr_tobit_mixed_t *self, size_t j, double statistic, double *pvalue)
{
    double t = sqrt(self->freedom[j] * expm1(statistic / self->units[j]));
    int ret = imr_t_cdf_upper(t, self->freedom[j], pvalue);

    *pvalue = fmin(1, 2 * *pvalue);
    return ret;
}

/* The likelihood ratio test of coefficient j = value. Far away there is a maximum with a wide residual and
 * another with a wide effect of the patients; where that rises beyond the largest rho, it is low enough
 * for a p-value as it is. */
static int
test_value(imr_tobit_mixed_t *self, size_t j, double value, double *pvalue)
{
    double away = self->maximum[self->p] * fabs(value - imr_tobit_mixed_estimate(self, j));
    double least = INFINITY;

    restart(self);
    for (int way = away < NOT_FAR ? NEAR : WIDE_PATIENTS; way <= WIDE_RESIDUAL; way++) {
        double statistic, slope;
        int ret = profile_from(self, j, value, way, &statistic, &slope);

        if (ret == IMR_OK || ret == IMR_ERR_TOBIT_MIXED_RIGID) {
            least = fmin(least, statistic);
        } else if (ret != IMR_ERR_NOCONV) {
            return ret;
        }
        if (ret == IMR_OK && way == NEAR) {
            break;
        }
    }
    return isinf(least) ? IMR_ERR_NOCONV : pvalue_of(self, j, fmax(least, 0), pvalue);
}

/* Newton's method on the root of the statistic, which is nearly linear, between a point inside the limits
 * and one outside, and short of where the likelihood could not be followed; least is as low as the
 * quantity gets. */
static int
search_limit(imr_tobit_mixed_t *self, size_t j, double width, double side, double quantile,
    double least, double *limit)
{
    double middle = imr_tobit_mixed_estimate(self, j), target = sqrt(quantile), inside = middle;
    double outside = side * INFINITY, wall = outside, value = middle + side * target * width;
    int failure = IMR_OK;

    restart(self);
    for (int point = 0; point < MOST_POINTS; point++) {
        double statistic, slope, root, next;
        int ret;

        value = fmax(value, least);
        ret = profile_at(self, j, value, &statistic, &slope);
        if (ret == IMR_ERR_NOCONV || ret == IMR_ERR_TOBIT_MIXED_RIGID) {
            failure = ret;
            wall = value;
            value = inside + 0.25 * (wall - inside);
            restart(self);
            if (fabs(wall - inside) < 1e-3 * fabs(wall - middle)) {
                break;
            }
            continue;
        }
        if (ret != IMR_OK) {
            return ret;
        }
        *limit = value;
        if (fabs(statistic - quantile) < 1e-9 || (statistic < quantile && value == least)) {
            return IMR_OK;
        }
        if (statistic > quantile) {
            outside = value;
        } else {
            inside = value;
        }
        root = sqrt(fmax(statistic, 0));
        next = value + (target - root) * 2 * root / slope;
        if (isinf(outside)) {
            double most = middle + 4 * (value - middle);

            next = side * (next - value) > 0 ? side * fmin(side * next, side * most) : most;
            next = side * next < side * wall ? next : inside + 0.5 * (wall - inside);
            if (fabs(value - middle) > FARTHEST * width) {
                break;
            }
        } else if (!(side * next > side * inside && side * next < side * outside)) {
            next = inside + 0.5 * (outside - inside);
        }
        if (next == value) {
            return IMR_OK;
        }
        value = next;
    }
    *limit = side * INFINITY;
    return failure == IMR_ERR_NOCONV || isfinite(outside) ? IMR_ERR_NOCONV : IMR_OK;
}

int
imr_tobit_mixed_profile(imr_tobit_mixed_t *self, size_t j, double level, double *low, double *high,
    double *pvalue, imr_fault_t *fault)
{
    size_t p = self->p, m = p + 2;
    double h = self->maximum[p], scale = self->plain.scale, quantile, width, least = -INFINITY;
    double shift = j == 0 ? self->plain.center : 0;
    int ret;

    if (!(level > 0 && 0.5 + 0.5 * level < 1)) {
        return imr_fault(fault, IMR_ERR_LEVEL, "level", -1, level);
    }
    /* the plane through the estimate is its gradient, times h but for the logarithm of sd */
    (void) imr_tobit_mixed_lay_plane(self, j, imr_tobit_mixed_estimate(self, j));
    imr_tobit_mixed_multiply(self, self->plane, self->work);
    width = sqrt(imr_tobit_mixed_product(self->plane, self->work, m)) / h;
    if (j == p + 1) {
        least = 0;
    }
    if (j < p && !(self->freedom[j] > 0)) {
        *low = -INFINITY;
        *high = INFINITY;
        *pvalue = 1;
        return IMR_OK;
    }
    ret =
        j < p ? reach_of(self, j, level, &quantile) : imr_quantile_chi_squared(level, 1, &quantile);
    for (int side = -1; side <= 1 && ret == IMR_OK; side += 2) {
        ret = search_limit(self, j, width, side, quantile, least, side < 0 ? low : high);
    }
    *pvalue = j == p ? NAN : self->pvalue;
    if (ret == IMR_OK && j < p) {
        ret = test_value(self, j, -shift / scale, pvalue);
    }
    if (ret == IMR_ERR_NOCONV) { /* the profile of a maximum that is nearly no point */
        ret = IMR_ERR_TOBIT_MIXED_FLAT;
    }
    if (ret != IMR_OK) {
        return imr_fault(fault, ret, NULL, -1, NAN);
    }
    *low = scale * (j == p ? exp(*low) : *low) + shift;
    *high = scale * (j == p ? exp(*high) : *high) + shift;
    return IMR_OK;
}
