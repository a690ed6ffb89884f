#include <float.h>
#include <math.h>
#include <string.h>

#include "base/distribution.h"
#include "base/solve.h"
#include "survival/panel_markov.h"

/* Of the score: half its square is what a profile may still rise by. */
#define ENOUGH 1e-6

/* Log intensities below that of this many events in all are those of 0. */
#define NO_EVENTS 1e-12

/* Of a limit, in units of its distance. */
#define TOLERANCE 1e-9

/* A squared score, twice what is still to be gained, that is this part of an excess does not count. */
#define NEAR 1e-3

#define MOST_REFITS 10

/* Along one parameter. The two last values, which are the ends of what is solved, are not climbed again. */
typedef struct {
    imr_panel_point_t base; /* where each climb begins */
    int status;
    int known; /* of at */
    double at[2], excess[2];
} path_t;

typedef struct {
    imr_panel_markov_t *fit;
    imr_panel_climb_t *climb;
    path_t *path;
    size_t a;
} profile_t;

/* Of the square root of the likelihood ratio statistic, which is nearly linear, over that of its quantile. */
static double
excess_of(const profile_t *profile)
{
    double statistic = 2 * (profile->fit->loglik - profile->climb->value.loglik);

    return sqrt(fmax(statistic, 0)) - sqrt(profile->fit->quantile);
}

/* The maximum with the parameter fixed where it is: a flat one is a maximum all the same, and a point where
 * the data are impossible is outside. */
static double
climb_here(const profile_t *profile)
{
    imr_panel_markov_t *fit = profile->fit;
    int status = imr_panel_climb(profile->climb);

    if (profile->climb->value.loglik > fit->loglik + IMR_PANEL_HIGHER * (1 + fabs(fit->loglik))
        && !imr_panel_is_bounded(profile->climb)) {
        fit->found_higher = 1;
        fit->higher = profile->climb->point;
    }
    if (status == IMR_ERR_NOCONV) {
        double above = excess_of(profile);

        /* The maximum is higher, so that it is inside as well; or it is not higher by as much as counts. */
        if (above < 0 || above > DBL_MAX
            || profile->climb->score_norm * profile->climb->score_norm < NEAR * above) {
            return above;
        }
    }
    if (status != IMR_OK && status != IMR_ERR_PANEL_FLAT) {
        profile->path->status = status;
        return NAN;
    }
    return excess_of(profile);
}

static void
remember(path_t *path, double at, double excess)
{
    path->at[path->known % 2] = at;
    path->excess[path->known % 2] = excess;
    path->known++;
}

static double
excess(double value, const void *context)
{
    const profile_t *profile = context;
    path_t *path = profile->path;

    for (int i = 0; i < 2 && i < path->known; i++) {
        if (!(path->at[i] < value) && !(path->at[i] > value)) {
            return path->excess[i];
        }
    }
    if (path->status != IMR_OK) {
        return NAN;
    }
    profile->climb->point = path->base;
    profile->climb->point.parameter[profile->a] = value;
    return climb_here(profile);
}

/* Away from `inside`, where the statistic is below the quantile, to where it equals it; infinite, when it
 * does not as far as `bound`. */
static int
limit_on(const profile_t *profile, double inside, double width, double bound, double *limit)
{
    double side = bound > inside ? 1 : -1;

    for (;; width *= 1.5) {
        double outside = inside + side * width, above;
        int last = !(side * (bound - outside) > 0);

        outside = last ? bound : outside;
        above = excess(outside, profile);
        if (isnan(above)) {
            return profile->path->status == IMR_OK ? IMR_ERR_NOCONV : profile->path->status;
        }
        remember(profile->path, outside, above);
        if (above > 0) {
            int ret =
                imr_solve_bracketed(excess, profile, inside, outside, TOLERANCE * width, limit);
            return profile->path->status == IMR_OK ? ret : profile->path->status;
        }
        if (last) {
            *limit = side * INFINITY;
            return IMR_OK;
        }
        inside = outside;
        profile->path->base = profile->climb->point;
    }
}

/* The next climbs begin at the fit. */
static void
restart(const profile_t *profile)
{
    path_t *path = profile->path;

    path->base = profile->fit->climb.point;
    path->known = 0;
    remember(path, path->base.parameter[profile->a], -sqrt(profile->fit->quantile));
}

/* Is an intensity of 0 within the limits? Others that are 0 at the fit stand for some events at first, so
 * that no row is impossible which need not be. */
static int
zero_is_inside(const profile_t *profile, int *inside)
{
    const imr_panel_markov_t *fit = profile->fit;
    imr_panel_point_t *point = &profile->climb->point;
    imr_panel_value_t value = { .hessian = profile->climb->hessian };
    int status;

    *point = fit->climb.point;
    for (size_t j = 0; j < fit->transitions; j++) {
        if (point->zero >> j & 1) {
            point->parameter[j] = log(0.1 / fit->rows.total);
        }
    }
    point->zero = UINT64_C(1) << profile->a;
    status = imr_panel_likelihood(&fit->model, point, 0, &value);
    *inside = 0;
    if (status == IMR_OK && value.loglik > -INFINITY) {
        *inside = climb_here(profile) <= 0;
        status = profile->path->status;
    }
    return status;
}

static int
profile_intensity(const profile_t *profile, double half, double *low, double *high)
{
    imr_panel_markov_t *fit = profile->fit;
    size_t a = profile->a;
    int zero = (int) (fit->climb.point.zero >> a & 1), inside = 1, status = IMR_OK;
    int infinite = (int) (fit->infinite >> a & 1);
    double least = log(NO_EVENTS / fit->rows.total), at = fit->climb.point.parameter[a];

    *low = 0;
    *high = INFINITY;
    half = half > 0 && half < 4 ? half : 1;
    if (!zero) {
        status = zero_is_inside(profile, &inside);
    }
    if (status == IMR_OK && !inside) {
        restart(profile);
        status = limit_on(profile, at, half, least, low);
        *low = exp(*low);
    }
    if (status == IMR_OK && !infinite) {
        restart(profile);
        profile->path->base.zero &= ~(UINT64_C(1) << a);
        profile->path->known = zero ? 0 : profile->path->known;
        status = limit_on(profile, zero ? least : at, zero ? 10 : half, fit->climb.highest, high);
        *high = exp(*high);
    }
    return status;
}

static int
profile_effect(const profile_t *profile, double half, double *low, double *high, double *pvalue)
{
    imr_panel_markov_t *fit = profile->fit;
    size_t a = profile->a;
    double bound = imr_panel_bound(&fit->climb, a), at = fit->climb.point.parameter[a];
    double scale = fit->rows.scale[fit->model.column[a - fit->transitions]], root;
    int status;

    restart(profile);
    status = limit_on(profile, at, half * scale, -bound, low);
    if (status == IMR_OK) {
        restart(profile);
        status = limit_on(profile, at, half * scale, bound, high);
    }
    *low /= scale;
    *high /= scale;
    if (status == IMR_OK) {
        restart(profile);
        root = excess(0, profile) + sqrt(fit->quantile);
        status = profile->path->status == IMR_OK ? imr_chi_squared_cdf_upper(root * root, 1, pvalue)
                                                 : profile->path->status;
    }
    return status;
}

static int
wald_limits(const imr_panel_markov_t *self, size_t a, double half, double *low, double *high,
    double *pvalue)
{
    double at = self->estimate[a], z = at / self->std_error[a];

    if (a < self->transitions) {
        *low = at * exp(-half);
        *high = at * exp(half);
        return IMR_OK;
    }
    *low = at - half;
    *high = at + half;
    return imr_chi_squared_cdf_upper(z * z, 1, pvalue);
}

static int
limits_of(imr_panel_markov_t *self, size_t a, double *low, double *high, double *pvalue,
    imr_fault_t *fault)
{
    imr_panel_climb_t climb = self->climb;
    path_t path = { .base = self->climb.point };
    int ret;
    profile_t profile = { self, &climb, &path, a };
    double half = sqrt(self->quantile) * self->std_error[a];
    size_t j = imr_panel_transition_of(&self->model, a);

    *pvalue = NAN;
    *low = a < self->transitions ? 0 : -INFINITY;
    *high = INFINITY;
    if (isnan(self->estimate[a]) && a >= self->transitions) {
        return IMR_OK;
    }
    climb.fixed = a;
    climb.enough = ENOUGH;
    if (isfinite(half) && self->options.limits == IMR_PANEL_WALD) {
        ret = wald_limits(self, a, half, low, high, pvalue);
    } else if (a >= self->transitions) {
        ret = profile_effect(&profile, half, low, high, pvalue);
    } else {
        ret = isnan(self->estimate[a]) ? IMR_OK : profile_intensity(&profile, half, low, high);
    }
    self->climb.iterations = climb.iterations;
    self->climb.value.hessian = climb.value.hessian;
    self->climb.hessian = climb.hessian;
    return ret == IMR_OK ? IMR_OK : imr_fault(fault, ret, "transitions", (int64_t) j, NAN);
}

int
imr_panel_markov_limits(
    imr_panel_markov_t *self, double *low, double *high, double *pvalue, imr_fault_t *fault)
{
    size_t a = 0;
    int refits = 0, status = IMR_OK;

    while (a < self->p && status == IMR_OK) {
        imr_panel_point_t before = self->climb.point;

        status = limits_of(self, a, &low[a], &high[a], &pvalue[a], fault);
        a++;
        if (status == IMR_ERR_STOPPED || !self->found_higher || refits >= MOST_REFITS) {
            continue;
        }
        refits++;
        a = 0;
        status = imr_panel_markov_refit(self, fault);
        if (status != IMR_ERR_STOPPED && (status != IMR_OK || self->infinite != 0)) {
            refits = MOST_REFITS; /* it rises without end: the maximum below is the answer */
            self->higher = before;
            status = imr_panel_markov_refit(self, fault);
        }
    }
    return status;
}
