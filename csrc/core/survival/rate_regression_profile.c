/* Limits of the coefficients and of theta. */
#include <math.h>
#include <string.h>

#include "base/distribution.h"
#include "base/solve.h"
#include "survival/rate_regression_climb.h"
#include "survival/rate_regression_rows.h"

/* Limits beyond this change of a linear predictor (rate ratios of 1e43) are infinite. */
#define FARTHEST 100

/* Half of it is what the likelihood may still rise by. */
#define ENOUGH 1e-13

typedef struct {
    imr_rate_climb_t *fit;
    int joint; /* alpha moves too */
    int *status;
    size_t j; /* the coefficient; none for theta */
    double begin; /* the alpha at which a climb begins */
} profile_t;

static double
excess_of(const profile_t *profile)
{
    const imr_rate_regression_t *model = profile->fit->model;

    return 2 * (model->maximum - profile->fit->loglik) / model->dispersion - model->quantile;
}

static int
climb_to(const profile_t *profile, double value)
{
    imr_rate_climb_t *fit = profile->fit;
    size_t p = fit->model->p;

    fit->coordinates[p - 1] = value * fit->model->triangle[p * p - 1];
    if (!profile->joint) {
        return imr_rate_climb(fit, 0);
    }
    return fit->alpha > 0 ? imr_rate_climb_alpha(fit, 0) : imr_rate_climb_from_poisson(fit, 0);
}

/* How much the likelihood ratio statistic of coefficient = value exceeds the quantile, by a climb from
 * the coordinates at hand and always the same alpha, so that of several maxima in alpha it is the same one
 * wherever the climb was before; or from the last alpha, if that does not lead to a maximum. */
static double
excess(double value, const void *context)
{
    const profile_t *profile = context;
    imr_rate_climb_t *fit = profile->fit;
    double last = fit->alpha;

    if (*profile->status != IMR_OK) {
        return NAN;
    }
    if (profile->joint) {
        fit->alpha = profile->begin;
    }
    *profile->status = climb_to(profile, value);
    if (*profile->status == IMR_ERR_NOCONV && profile->joint) {
        imr_rate_restart(fit, fit->model->near, profile->j);
        fit->alpha = last;
        *profile->status = climb_to(profile, value);
    }
    return *profile->status == IMR_OK ? excess_of(profile) : NAN;
}

/* The same at the highest maximum in alpha. */
static double
excess_of_highest(double value, const void *context)
{
    const profile_t *profile = context;
    double above = excess(value, profile);

    if (!isnan(above) && profile->joint) {
        *profile->status = imr_rate_climb_highest(profile->fit, 0);
        above = *profile->status == IMR_OK ? excess_of(profile) : NAN;
    }
    return above;
}

static void
begin_at_fit(profile_t *profile)
{
    const imr_rate_regression_t *self = profile->fit->model;

    imr_rate_restart(profile->fit, self->near, profile->j);
    profile->fit->alpha = profile->begin = self->alpha;
}

/* On the line from the fit through the end of the last climb, that of the limit towards 0, as far as 0; or at the
 * fit, where that is far. */
static void
begin_at_null(profile_t *profile)
{
    imr_rate_climb_t *fit = profile->fit;
    const imr_rate_regression_t *self = fit->model;
    size_t p = self->p;
    double alpha = fit->alpha, at = fit->coordinates[p - 1] / self->triangle[p * p - 1];
    double part = self->near[profile->j] / (self->near[profile->j] - at);

    memcpy(fit->trial, fit->coordinates, p * sizeof(double));
    begin_at_fit(profile);
    if (part > 0 && part < 2) {
        for (size_t c = 0; c < p; c++) {
            fit->coordinates[c] += part * (fit->trial[c] - fit->coordinates[c]);
        }
        if (alpha > 0 && self->alpha > 0) {
            profile->begin = self->alpha * pow(alpha / self->alpha, part);
        }
    }
}

/* The same at 0; where the means there are beyond all numbers from one rate for all. */
static double
excess_at_null(profile_t *profile)
{
    imr_rate_climb_t *fit = profile->fit;
    const imr_rate_regression_t *self = fit->model;
    double above;

    begin_at_null(profile);
    above = excess_of_highest(0, profile);
    if (*profile->status == IMR_ERR_NOCONV) {
        *profile->status = IMR_OK;
        memset(fit->trial, 0, self->p * sizeof(double));
        fit->trial[0] = log(self->total_events / self->total_exposure);
        imr_rate_restart(fit, fit->trial, profile->j);
        profile->begin = self->alpha;
        above = excess_of_highest(0, profile);
    }
    return above;
}

/* By how much a linear predictor changes, at most, for 1 of the coefficient whose column is the last of the basis,
 * the other coordinates as they are: an intercept makes up for the level of a column, such as years. */
static double
widest_of(const imr_rate_regression_t *self)
{
    size_t p = self->p;
    const double *column = self->basis + (p - 1) * self->patterns;
    double low = INFINITY, high = -INFINITY;

    for (size_t g = 0; g < self->patterns; g++) {
        low = fmin(low, column[g]);
        high = fmax(high, column[g]);
    }
    return fmax(high - low, fmax(fabs(low), fabs(high))) * self->triangle[p * p - 1];
}

/* --- by Newton's method ---------------------------------------------------------------------------- */

/* From the point at hand to that on `side` of it where the likelihood has fallen to its level and is the
 * highest for the value that the variable after `others` has there (Venzon and Moolgavkar). *found is 0
 * where this does not soon end, or leads to where the likelihood is not concave. */
static int
newton_limit(const profile_t *profile, size_t others, double side, int *found)
{
    imr_rate_climb_t *fit = profile->fit;
    imr_rate_regression_t *model = fit->model;
    double level = model->maximum - model->dispersion * model->quantile / 2;
    size_t width = model->p + 1;

    *found = 0;
    for (int iteration = 0; iteration < 20 && !*found; iteration++) {
        double above, slope, bend, root, step, most, decrement = 0, *pivot;

        if (imr_stop_asked(model->stop, (double) model->n * (double) (width * width + 20))) {
            return IMR_ERR_STOPPED;
        }
        model->iterations++;
        imr_rate_standardise(fit, others + 1);
        slope = fit->score[others];
        for (size_t c = 0; c < others; c++) {
            if (!isfinite(fit->factor[c * width + c])) {
                return IMR_OK;
            }
            slope -= fit->factor[others * width + c] * fit->step[c];
            decrement += fit->step[c] * fit->step[c];
        }
        above = fit->loglik + decrement / 2 - level; /* at the highest point for this value */
        pivot = fit->factor + others * width + others;
        bend = isfinite(*pivot) ? *pivot * *pivot : 0;
        *pivot = bend > 0 ? *pivot : 1;
        root = side * sqrt(slope * slope + 2 * above * bend);
        step = slope * side > 0 ? (slope + root) / bend : 2 * above / (root - slope);
        if (!isfinite(step)) {
            return IMR_OK;
        }
        *found = decrement < 1e-9 && fabs(above) < 1e-6; /* after this step both are squared */
        fit->step[others] = step * *pivot;
        imr_rate_solve_upper(fit->factor, width, others + 1, fit->step);
        most = fmax(imr_rate_changes(fit) / 5, fit->joint ? fabs(fit->step[fit->free]) : 0);
        if (*found) { /* at the level */
            for (size_t c = 0; c < model->p; c++) {
                fit->coordinates[c] += fit->step[c < fit->free ? c : c + (size_t) fit->joint];
            }
            fit->alpha *= fit->joint ? exp(fit->step[fit->free]) : 1;
            fit->loglik = level;
        } else if (!imr_rate_move(fit, fmin(1, 1 / most), -INFINITY)) {
            return IMR_OK;
        }
    }
    return IMR_OK;
}

/* A limit of coefficient j, from the fit. */
static int
newton_coefficient(const profile_t *profile, size_t j, double side, double *limit, int *found)
{
    imr_rate_climb_t *fit = profile->fit;
    const imr_rate_regression_t *model = fit->model;
    size_t p = model->p;
    double away, start;
    int ret;

    *found = 0;
    imr_rate_restart(fit, model->near, j);
    start = fit->alpha = model->alpha;
    if (model->infinite || !isfinite(model->std_error[j])
        || !imr_rate_evaluate(fit, fit->coordinates)) {
        return IMR_OK;
    }
    fit->joint = profile->joint && fit->alpha > 0;
    ret = newton_limit(profile, fit->free + (size_t) fit->joint, side, found);
    if (*found && profile->joint && fit->alpha == 0) {
        ret = imr_rate_climb_from_poisson(fit, 0);
        if (ret == IMR_OK && fit->alpha > 0) {
            start = fit->alpha;
            fit->joint = 1;
            ret = newton_limit(profile, fit->free + 1, side, found);
        }
    }
    fit->joint = 0;
    if (ret == IMR_OK && *found && profile->joint && fit->alpha > 0) {
        double level = fit->loglik;

        ret = imr_rate_climb_highest(fit, 0);
        *found = fit->loglik == level;
    }
    *limit = fit->coordinates[p - 1] / model->triangle[p * p - 1];
    away = side * (*limit - model->near[j]) * widest_of(model);
    *found = *found && ret == IMR_OK && away > 0 && away < FARTHEST
        && (fit->alpha == start || fabs(log(fit->alpha / start)) < 3); /* else of another maximum */
    return ret == IMR_ERR_NOCONV ? IMR_OK : ret;
}

/* --- by brackets ----------------------------------------------------------------------------------- */

static int
limit_on(const profile_t *profile, size_t j, double side, double inside, double width,
    double (*statistic)(double, const void *), double *limit)
{
    const imr_rate_climb_t *fit = profile->fit;
    double widest = widest_of(fit->model), from = inside, start = width;

    if (!isfinite(fit->model->coef[j])) {
        from = side * fmax(side * inside, 0); /* where the climb went out to says nothing */
    }
    /* in steps that change no linear predictor by too much at first */
    for (;; width *= 1.5) {
        double outside, above;

        width = fmin(width, 10 / widest); /* further away a climb could begin beyond all numbers */
        outside = inside + side * width;
        if (side * (outside - from) * widest > FARTHEST) {
            *limit = side * INFINITY;
            return IMR_OK;
        }
        above = statistic(outside, profile);
        if (isnan(above)) {
            return *profile->status == IMR_OK ? IMR_ERR_NOCONV : *profile->status;
        }
        if (above > 0) {
            int ret =
                imr_solve_bracketed(statistic, profile, inside, outside, 1e-12 * width, limit);

            if (profile->joint && statistic == excess
                && (ret == IMR_ERR_NO_SIGN_CHANGE /* at one value it had ended at two maxima */
                    || (ret == IMR_OK && excess_of_highest(*limit, profile) < -1e-6))) {
                return limit_on(
                    profile, j, side, fit->model->near[j], start, excess_of_highest, limit);
            }
            return *profile->status == IMR_OK ? ret : *profile->status;
        }
        inside = outside;
    }
}

/* A value of the coefficient inside its limits: the estimate, or far enough out where that is infinite. */
static int
find_inside(const profile_t *profile, size_t j, double *inside)
{
    imr_rate_climb_t *fit = profile->fit;
    const imr_rate_regression_t *self = fit->model;
    double step = 1 / widest_of(self);

    *inside = self->near[j];
    if (isfinite(self->coef[j])) {
        return IMR_OK;
    }
    for (int doubling = 0; doubling < 20; doubling++, step *= 2) {
        double above;

        for (size_t c = 0; c < self->p; c++) {
            double at = fit->coordinates[c];

            if (doubling > 1) { /* far out all go on as they went */
                fit->coordinates[c] += 2 * (at - fit->before[c]);
            }
            fit->before[c] = at;
        }
        above = excess(*inside, profile);
        if (isnan(above)) {
            return *profile->status == IMR_OK ? IMR_ERR_NOCONV : *profile->status;
        }
        if (above < 0) {
            return IMR_OK;
        }
        *inside += self->direction[j] * step;
    }
    return IMR_ERR_NOCONV;
}

static int
profile_limits(profile_t *profile, size_t j, double *low, double *high)
{
    const imr_rate_regression_t *self = profile->fit->model;
    double width = self->std_error[j], inside;
    int low_found = 0, high_found = 0, ret = IMR_OK;

    *low = -INFINITY;
    *high = INFINITY;
    if (isnan(self->coef[j])) {
        return IMR_OK;
    }
    for (int turn = 0; ret == IMR_OK && turn < 2; turn++) {
        int up = (self->coef[j] > 0) == (turn == 0); /* the limit towards 0 comes last */

        ret = newton_coefficient(
            profile, j, up ? 1 : -1, up ? high : low, up ? &high_found : &low_found);
    }
    if (ret != IMR_OK || (low_found && high_found)) {
        return ret;
    }
    if (!isfinite(width)) {
        width = 1 / widest_of(self);
    }
    begin_at_fit(profile);
    ret = find_inside(profile, j, &inside);
    if (ret == IMR_OK && self->coef[j] > -INFINITY && !low_found) {
        ret = limit_on(profile, j, -1, inside, width, excess, low);
    }
    if (ret == IMR_OK && isfinite(self->coef[j])) {
        begin_at_fit(profile);
    }
    if (ret == IMR_OK && self->coef[j] < INFINITY && !high_found) {
        ret = limit_on(profile, j, 1, inside, width, excess, high);
    }
    return ret;
}

/* Twice the upper tail of the root of a squared statistic. */
static int
two_sided(const imr_rate_regression_t *self, double squared, double *pvalue)
{
    double root = sqrt(fmax(squared, 0));
    int ret = self->options.family == IMR_RATE_QUASI_POISSON
        ? imr_t_cdf(-root, (double) (self->n - self->p), pvalue)
        : imr_normal_cdf(-root, pvalue);

    *pvalue *= 2;
    return ret;
}

static int
wald_limits(const imr_rate_regression_t *self, size_t j, double *low, double *high, double *pvalue)
{
    double half = sqrt(self->quantile) * self->std_error[j];
    double statistic = self->coef[j] / self->std_error[j];

    *low = -INFINITY;
    *high = INFINITY;
    *pvalue = NAN;
    if (!isfinite(self->coef[j]) || !isfinite(self->std_error[j])) {
        return IMR_OK;
    }
    *low = self->coef[j] - half;
    *high = self->coef[j] + half;
    return two_sided(self, statistic * statistic, pvalue);
}

int
imr_rate_regression_limits(imr_rate_regression_t *self, size_t j, double *low, double *high,
    double *pvalue, imr_fault_t *fault)
{
    imr_rate_climb_t fit;
    int status = IMR_OK, ret;
    profile_t profile = { &fit, 0, &status, j, self->alpha };

    profile.joint = self->options.family == IMR_RATE_NEGATIVE_BINOMIAL
        && self->options.interval == IMR_RATE_PROFILE;
    if (self->options.interval == IMR_RATE_WALD) {
        ret = wald_limits(self, j, low, high, pvalue);
    } else {
        for (size_t g = 0; g < self->patterns; g++) {
            self->active[g] = 1;
        }
        (void) imr_rate_make_basis(self, j);
        imr_rate_climb_init(&fit, self, self->p - 1);
        fit.enough = ENOUGH;
        ret = profile_limits(&profile, j, low, high);
        *pvalue = 1; /* of a profile that is level */
        if (ret == IMR_OK && !isnan(self->coef[j])) {
            double above = excess_at_null(&profile);

            ret = isnan(above) ? (status == IMR_OK ? IMR_ERR_NOCONV : status)
                               : two_sided(self, above + self->quantile, pvalue);
        }
    }
    return ret == IMR_OK ? IMR_OK : imr_fault(fault, ret, "X column", (int64_t) j - 1, NAN);
}

/* --- theta ---------------------------------------------------------------------------------------- */

static double
excess_at_log_alpha(double log_alpha, const void *context)
{
    const profile_t *profile = context;

    if (*profile->status != IMR_OK) {
        return NAN;
    }
    profile->fit->alpha = exp(log_alpha);
    *profile->status = imr_rate_climb(profile->fit, 0);
    return *profile->status == IMR_OK ? excess_of(profile) : NAN;
}

/* alpha beyond which the likelihood is too low, in steps away from `from`. */
static int
alpha_limit(const profile_t *profile, double from, double step, double least, double *alpha)
{
    double before = from, at = from, above = -1;
    int ret;

    while (!(above > 0)) {
        before = at;
        at = fmax(at + step, least);
        step *= 1.5;
        above = at < 700 && (at > least || before > least) ? excess_at_log_alpha(at, profile) : NAN;
        if (isnan(above)) {
            return *profile->status == IMR_OK ? IMR_ERR_NOCONV : *profile->status;
        }
    }
    ret = imr_solve_bracketed(excess_at_log_alpha, profile, before, at, 1e-11, &at);
    *alpha = exp(at);
    return *profile->status == IMR_OK ? ret : *profile->status;
}

/* The same by Newton's method, beginning at `alpha`; where that fails by steps from the fit. */
static int
find_alpha_limit(const profile_t *profile, double side, double least, double *alpha)
{
    imr_rate_climb_t *fit = profile->fit;
    const imr_rate_regression_t *self = fit->model;
    double from = self->alpha > 0 ? log(self->alpha) : least;
    int found = 0, ret = IMR_OK;

    imr_rate_restart(fit, self->near, self->p - 1);
    fit->alpha = *alpha;
    if (*alpha > 0 && isfinite(*alpha) && imr_rate_evaluate(fit, fit->coordinates)) {
        fit->joint = 1;
        ret = newton_limit(profile, fit->free, side, &found);
        fit->joint = 0;
        *alpha = fit->alpha;
    }
    if (ret != IMR_OK || (found && side * (log(fit->alpha) - from) > 0)) {
        return ret;
    }
    imr_rate_restart(fit, self->near, self->p - 1);
    return alpha_limit(profile, from, side / 2, least, alpha);
}

/* From Poisson, the alpha at which its likelihood would fall to the level by its first two derivatives. */
static double
guess_from_poisson(const profile_t *profile)
{
    imr_rate_alpha_t by = imr_rate_by_alpha(profile->fit);
    double fall = -by.slope, left = -excess_of(profile);
    double bend = fall * fall + by.information * left;

    return left / (fall + sqrt(fmax(bend, 0)));
}

static int
climb_to_poisson(imr_rate_climb_t *fit)
{
    imr_rate_restart(fit, fit->model->near, fit->model->p - 1);
    fit->alpha = 0;
    return imr_rate_climb(fit, 0);
}

/* From the fit, the alpha at which the likelihood would fall to the level if it were a parabola in log alpha. */
static double
guess_from_fit(const imr_rate_regression_t *self, double side)
{
    double step = sqrt(self->quantile) * self->alpha_std_error / self->alpha;

    return self->alpha * exp(side * (step < 1 ? step : 1));
}

int
imr_rate_regression_theta(
    imr_rate_regression_t *self, double *low, double *high, imr_fault_t *fault)
{
    double least = log(1e-9 * (double) self->n / self->total_events), alpha;
    size_t p = self->p;
    imr_rate_climb_t fit;
    int status = IMR_OK, ret = IMR_OK;
    profile_t profile = { &fit, 0, &status, 0, self->alpha };

    for (size_t g = 0; g < self->patterns; g++) {
        self->active[g] = 1;
    }
    (void) imr_rate_make_basis(self, p - 1);
    imr_rate_climb_init(&fit, self, p);
    fit.enough = ENOUGH;
    *high = INFINITY;
    if (2 * (self->maximum - self->poisson) <= self->quantile
        && 2 * (self->maximum - self->poisson_least)
            > self->quantile) { /* about there is not enough */
        ret = climb_to_poisson(&fit);
        self->poisson = fit.loglik;
    }
    if (ret == IMR_OK
        && 2 * (self->maximum - self->poisson) > self->quantile) { /* Poisson is refuted */
        alpha = guess_from_fit(self, -1);
        ret = find_alpha_limit(&profile, -1, least, &alpha);
        *high = 1 / alpha;
    }
    if (ret == IMR_OK && self->alpha > 0) {
        alpha = guess_from_fit(self, 1);
    } else if (ret == IMR_OK) {
        ret = climb_to_poisson(&fit);
        alpha = ret == IMR_OK ? guess_from_poisson(&profile) : 0;
    }
    if (ret == IMR_OK) {
        ret = find_alpha_limit(&profile, 1, least, &alpha);
        *low = 1 / alpha;
    }
    return ret == IMR_OK ? IMR_OK : imr_fault(fault, ret, "events", -1, NAN);
}
