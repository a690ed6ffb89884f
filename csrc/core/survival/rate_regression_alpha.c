/* The likelihood in alpha, and climbs in which it moves. */
#include <float.h>
#include <math.h>
#include <string.h>

#include "base/solve.h"
#include "survival/rate_regression_climb.h"

#define SERIES_BELOW 0.05
#define ROUGH 1e-3 /* decrement */
#define CLEARLY 10.0 /* in proportion to what a step may change, by so much is the slope above 0 */
#define STEEP 0.3 /* a fall of the likelihood in log alpha for each row with events that goes on */
#define FARTHEST 1e6 /* alpha beyond which none is looked for */
#define APART 4.0 /* ratio of alphas that are tried */
#define FINE 1.5 /* the same where another maximum is suspected */
#define CLEAR 10.0 /* so far below the highest likelihood no other maximum was ever near */

/* For u up to `largest`, at most SERIES_BELOW: {log(1 + u) - u / (1 + u)} / u^2, and
 * {-2 log(1 + u) + 2 u / (1 + u) + u^2 / (1 + u)^2} / u^3. */
static void
ratios_of(double u, double largest, double *first, double *second)
{
    double power = 1, most = 1;

    *first = 0.5;
    *second = -2.0 / 3;
    for (int k = 3; most > 1e-18; k++) {
        power *= -u;
        most *= largest;
        *first += power * (1 - 1.0 / k);
        *second -= power * k * (k - 1) / (k + 1);
    }
}

void
imr_rate_fill_table(imr_rate_climb_t *fit)
{
    const imr_rate_regression_t *model = fit->model;
    double alpha = fit->alpha, rise = 0;

    fit->table = 0;
    for (size_t j = 1; alpha > 0 && j < model->most; j++) {
        double next = (double) j * alpha;

        /* of j for which those are the same rows the product, of which 1 is left out */
        if (j > 1 && (model->above[j] != model->above[j - 1] || rise * next > IMR_RATE_HUGE)) {
            fit->table += model->above[j - 1] * imr_rate_log1p(rise);
            rise = 0;
        }
        rise = next + (1 + next) * rise;
    }
    if (rise > 0) {
        fit->table += model->above[model->most - 1] * imr_rate_log1p(rise);
    }
    fit->table_alpha = alpha;
}

/* What of both depends on alpha alone. */
static imr_rate_alpha_t
by_alpha_alone(const imr_rate_regression_t *model, double alpha)
{
    imr_rate_alpha_t by = { 0, 0, 0 };

    for (size_t j = 1; j < model->most; j++) {
        double part = (double) j / (1 + (double) j * alpha);

        by.slope += model->above[j] * part;
        by.information += model->above[j] * part * part;
    }
    by.rounding = 4 * DBL_EPSILON * by.slope;
    return by;
}

imr_rate_alpha_t
imr_rate_by_alpha(imr_rate_climb_t *fit)
{
    const imr_rate_regression_t *model = fit->model;
    const imr_rate_sums_t *sums = &fit->sums;
    double alpha = fit->alpha, largest = alpha * fit->largest_mean;
    imr_rate_alpha_t by = by_alpha_alone(model, alpha);

    if (!(alpha > 0)) {
        imr_rate_spread_means(fit);
        imr_rate_sum_rows(fit);
    }
    by.slope -= sums->count;
    by.rounding += 4 * DBL_EPSILON * sums->count;
    by.information -= sums->count_square;
    if (largest > SERIES_BELOW) {
        double rest = fit->log_rest - alpha * sums->part;

        by.slope += rest / (alpha * alpha);
        by.rounding += 4 * DBL_EPSILON * fit->log_rest / (alpha * alpha);
        by.information += (2 * rest - alpha * alpha * sums->square) / (alpha * alpha * alpha);
        return by;
    }
    for (size_t i = 0; i < model->n; i++) { /* where the logarithms would lose digits */
        double mean = fit->mean[i], first, second;

        ratios_of(alpha * mean, largest, &first, &second);
        by.slope += mean * mean * first;
        by.information -= mean * mean * mean * second;
    }
    return by;
}

typedef struct {
    imr_rate_climb_t *fit;
    int record;
    int *status;
} alpha_job_t;

/* The slope of the profile in log alpha; 0 where only rounding tells it from that. */
static double
slope_at(double log_alpha, const void *context)
{
    const alpha_job_t *job = context;
    imr_rate_alpha_t by;

    if (*job->status != IMR_OK) {
        return NAN;
    }
    job->fit->alpha = exp(log_alpha);
    *job->status = imr_rate_climb(job->fit, job->record);
    if (*job->status != IMR_OK) {
        return NAN;
    }
    by = imr_rate_by_alpha(job->fit);
    if (by.slope * by.slope < job->fit->enough * by.information) {
        return 0;
    }
    return job->fit->alpha * by.slope;
}

/* The slope in alpha at Poisson's means; twice its variance there is the sum of their squares. */
static double
slope_from_poisson(imr_rate_climb_t *fit, double *squares)
{
    double slope = imr_rate_by_alpha(fit).slope;

    *squares = imr_inner_product_in_parts(fit->mean, fit->mean, fit->model->n);
    return slope;
}

/* To Poisson's maximum and a first guess at alpha. About there is enough where the likelihood clearly rises
 * with alpha and no mean is on its way to 0: what one more step would reach is where the climb goes on. */
static int
leave_poisson(imr_rate_climb_t *fit, int record)
{
    imr_rate_regression_t *model = fit->model;
    double enough = fit->enough, squares, slope;
    int status;

    fit->alpha = 0;
    fit->enough = ROUGH;
    status = imr_rate_climb(fit, record);
    fit->enough = enough;
    if (status == IMR_OK) {
        slope = slope_from_poisson(fit, &squares);
        if (imr_rate_changes(fit) <= IMR_RATE_LITTLE
            && slope * fabs(slope) > CLEARLY * CLEARLY * fit->decrement * squares) {
            for (size_t c = 0; c < fit->free; c++) {
                fit->coordinates[c] += fit->step[c];
            }
        } else {
            status = imr_rate_climb(fit, record);
            slope = status == IMR_OK ? slope_from_poisson(fit, &squares) : 0;
        }
        fit->alpha = slope > 1e-12 * squares ? 2 * slope / squares : 0;
    }
    if (status == IMR_OK) {
        fit->poisson = fit->loglik + fit->decrement;
        model->poisson = record ? fit->poisson : model->poisson;
        model->poisson_least = record ? fit->loglik : model->poisson_least;
    }
    return status;
}

int
imr_rate_climb_alpha(imr_rate_climb_t *fit, int record)
{
    const imr_rate_regression_t *model = fit->model;
    double at, before, far, step = 0.5, least, start;
    int status = IMR_OK, found, up;
    alpha_job_t job = { fit, record, &status };

    if (!(fit->alpha > 0)) {
        status = leave_poisson(fit, record);
        if (status != IMR_OK || !(fit->alpha > 0)) {
            return status;
        }
    } else {
        fit->poisson = INFINITY;
    }
    start = fit->alpha;
    memcpy(fit->begin, fit->coordinates, model->p * sizeof(double));
    fit->joint = 1;
    status = imr_rate_climb(fit, record);
    fit->joint = 0;
    if (status != IMR_ERR_NOCONV) {
        return status;
    }
    status = IMR_OK;
    fit->alpha = start;
    memcpy(fit->coordinates, fit->begin, model->p * sizeof(double));
    least = log(1e-9 * (double) model->n / model->total_events);
    at = fmax(log(fit->alpha), least);
    before = at;
    far = slope_at(at, &job);
    up = far > 0;
    for (; far != 0 && (far > 0) == up && !isnan(far); step *= 2) {
        if (!up && at <= least) {
            fit->alpha = 0;
            return imr_rate_climb(fit, record);
        }
        before = at;
        at = up ? at + step : fmax(at - step, least);
        far = at < 700 ? slope_at(at, &job) : NAN;
    }
    if (far == 0) {
        return IMR_OK;
    }
    if (isnan(far)) {
        return status == IMR_OK ? IMR_ERR_NOCONV : status;
    }
    found = imr_solve_bracketed(slope_at, &job, at, before, 1e-13, &at);
    if (found == IMR_ERR_NO_SIGN_CHANGE) { /* seen before: an end is the root, but for rounding */
        at = fabs(slope_at(at, &job)) < fabs(slope_at(before, &job)) ? at : before;
        found = IMR_OK;
    }
    if (status != IMR_OK || found != IMR_OK) {
        return status != IMR_OK ? status : found;
    }
    (void) slope_at(at, &job);
    return status;
}

/* Beyond an alpha at which the coordinates are about the best. The slope in log alpha is no more than this less
 * the rows with events, and falls as alpha grows. */
static int
falls_beyond(const imr_rate_climb_t *fit)
{
    const imr_rate_regression_t *model = fit->model;

    return fit->log_rest / fit->alpha + imr_rate_sum(fit->residual, model->patterns)
        < STEEP * model->above[0];
}

/* Does the end of a rough climb lead to another maximum than that at `own`? 1 where it is higher than that of the
 * maximum, or rises away from it; 0 where not; -1 where nothing lies beyond. */
static int
leads_elsewhere(imr_rate_climb_t *fit, double own, double highest)
{
    double peak = fit->loglik + fit->decrement, slope;

    if (!(fit->alpha > 0)) {
        return peak > highest;
    }
    slope = imr_rate_by_alpha(fit).slope;
    if (peak > highest || (fit->alpha > own ? slope > 0 : slope < 0)) {
        return 1;
    }
    return fit->alpha > own && falls_beyond(fit) ? -1 : 0;
}

/* From a maximum at `own`, where its coordinates are: would one step of Newton's method at other alphas, twice as
 * much gained as it promises, end as high? That is too much where the maximum is the only one, but for few. */
static int
suspects_another(imr_rate_climb_t *fit, double own, double highest, int record)
{
    double nearest = INFINITY;

    if (highest > fit->model->elsewhere) { /* of all coefficients, and so of these */
        return 0;
    }
    for (double alpha = own / APART; alpha < FARTHEST;
        alpha *= alpha < own ? APART * APART : APART) {
        double below = highest;

        fit->alpha = alpha;
        if (!imr_rate_evaluate(fit, fit->coordinates)) {
            return 1;
        }
        fit->model->iterations++;
        imr_rate_standardise(fit, fit->free);
        for (size_t c = 0; c < fit->free; c++) {
            below -= fit->step[c] * fit->step[c];
        }
        below -= fit->loglik;
        if (!(below > 0)) {
            return 1;
        }
        nearest = fmin(nearest, below);
        if (alpha > own && (below > CLEAR || falls_beyond(fit))) {
            break;
        }
    }
    fit->model->elsewhere = record ? highest - nearest : fit->model->elsewhere;
    return 0;
}

/* From the maximum at hand, by rough climbs at Poisson and at alphas so far apart. */
static int
climb_others(imr_rate_climb_t *fit, double apart, int record)
{
    const imr_rate_regression_t *model = fit->model;
    double unit = (double) model->n / model->total_events, enough = fit->enough, own = fit->alpha;
    double highest = fit->loglik, least = 10 * imr_rate_slack(fit), guess = own > 0 ? 0 : unit / 8;
    int status = IMR_OK, leads = 0;

    memcpy(fit->highest, fit->coordinates, model->p * sizeof(double));
    for (; leads >= 0 && guess < FARTHEST; guess = guess > 0 ? apart * guess : unit / 8) {
        if (guess > own / apart && guess < own * apart) {
            continue; /* it would lead back */
        }
        fit->alpha = guess;
        fit->enough = ROUGH;
        status = imr_rate_climb(fit, record);
        fit->enough = enough;
        leads = status == IMR_OK ? leads_elsewhere(fit, own, highest) : 0;
        if (leads > 0) {
            status = imr_rate_climb_alpha(fit, record);
            if (status == IMR_OK && fit->loglik > highest + least) {
                own = fit->alpha;
                highest = fit->loglik;
                memcpy(fit->highest, fit->coordinates, model->p * sizeof(double));
            }
        }
        if (status != IMR_OK && status != IMR_ERR_NOCONV) { /* the latter: no maximum there */
            break;
        }
        status = IMR_OK;
    }
    memcpy(fit->coordinates, fit->highest, model->p * sizeof(double));
    fit->alpha = own;
    fit->loglik = highest;
    return status;
}

/* The likelihood of Poisson, by a rough climb where it is not known, nor lower for all coefficients; the coordinates
 * stay. */
static int
find_poisson(imr_rate_climb_t *fit, int record)
{
    size_t bytes = fit->model->p * sizeof(double);
    double enough = fit->enough;
    int status;

    if (fit->poisson < INFINITY || (!record && fit->model->poisson < fit->loglik)) {
        return IMR_OK;
    }
    memcpy(fit->highest, fit->coordinates, bytes);
    fit->alpha = 0;
    fit->enough = ROUGH;
    status = imr_rate_climb(fit, record);
    fit->enough = enough;
    fit->poisson = status == IMR_OK ? fit->loglik + fit->decrement : -INFINITY;
    memcpy(fit->coordinates, fit->highest, bytes);
    return status == IMR_ERR_NOCONV ? IMR_OK : status; /* no maximum there */
}

int
imr_rate_climb_highest(imr_rate_climb_t *fit, int record)
{
    int status = fit->alpha > 0 ? IMR_OK : climb_others(fit, APART, record), others;
    double own = fit->alpha, highest = fit->loglik;

    if (status != IMR_OK || !(own > 0)) {
        return status;
    }
    status = find_poisson(fit, record);
    fit->alpha = own;
    fit->loglik = highest;
    others = status == IMR_OK && fit->poisson < INFINITY && fit->poisson > highest;
    if (status == IMR_OK && !others) {
        imr_rate_climb_t maximum = *fit; /* with all that summarise and limits ask of it */

        others = suspects_another(fit, own, highest, record);
        *fit = maximum;
    }
    return others ? climb_others(fit, FINE, record) : status;
}

int
imr_rate_climb_from_poisson(imr_rate_climb_t *fit, int record)
{
    int ret;

    fit->alpha = 0;
    ret = imr_rate_climb_alpha(fit, record);
    if (ret == IMR_OK) {
        ret = imr_rate_climb_highest(fit, record);
    }
    return ret == IMR_OK && !imr_rate_is_there(fit) ? imr_rate_climb(fit, record) : ret;
}
