#include "survival/interval_cox.h"

#include <math.h>
#include <string.h>

#include "base/cholesky.h"
#include "base/distribution.h"
#include "base/mem.h"
#include "base/quantile.h"
#include "survival/interval_cox_steps.h"

#define ROUNDING 1e-6 /* the part of a direction that counts as 0 */
#define MOST_STEPS 200 /* of Newton's method towards a limit */
#define LARGEST_X 1e100

typedef struct {
    imr_interval_cox_t *self;
    imr_interval_cox_rows_t rows;
    imr_interval_cox_climb_t climb;
    const imr_interval_cox_options_t *options;
    imr_stop_t *stop;
    double *coef, *jump, *rough; /* at the maximum: p, cells; p: rough standard errors */
    double height; /* the log-likelihood there */
    imr_fault_t *fault;
} fit_t;

/* --- profiles ----------------------------------------------------------------------------------- */

static void
keep_maximum(fit_t *fit)
{
    const imr_interval_cox_point_t *here = &fit->climb.here;

    memcpy(fit->coef, here->coef, fit->rows.p * sizeof(double));
    memcpy(fit->jump, here->jump, fit->rows.cells * sizeof(double));
    fit->height = here->loglik;
}

static void
go_to_maximum(fit_t *fit)
{
    memcpy(fit->climb.here.coef, fit->coef, fit->rows.p * sizeof(double));
    memcpy(fit->climb.here.jump, fit->jump, fit->rows.cells * sizeof(double));
}

/* By how much twice the log-likelihood falls from its height to its largest value where coefficient j
 * has this value, and how steeply there. Climbs from where it stands. */
static int
fall(fit_t *fit, size_t j, double value, double *depth, double *slope)
{
    imr_interval_cox_climb_t *climb = &fit->climb;
    int status;

    climb->here.coef[j] = value;
    climb->fixed = j;
    status = imr_interval_cox_climb(climb, fit->fault);
    climb->fixed = fit->rows.p;
    *depth = fmax(0, 2 * (fit->height - climb->here.loglik));
    *slope = -2 * climb->here.score[j];
    return status;
}

/* The coefficient at which the fall is as deep as asked, from `start` on in the direction of width. The
 * fall is convex: Newton's method overshoots once, and then comes back without passing the limit. */
static int
find_limit(fit_t *fit, size_t j, double start, double width, double depth, double *limit)
{
    double most = fabs(width), value = start + width, found, slope, step;
    double tolerance = (fit->climb.loose ? 1e-7 : 1e-11) * most;

    go_to_maximum(fit);
    for (int i = 0; i < MOST_STEPS; i++) {
        int status = fall(fit, j, value, &found, &slope);

        if (status != IMR_OK) {
            return status;
        }
        step = (depth - found) / slope;
        if (!(fabs(step) < most)) { /* still near the summit, or beyond */
            step = found < depth ? copysign(most, width) : copysign(most, -width);
            most *= 1.5;
        }
        value += step;
        if (fabs(step) <= tolerance) {
            *limit = value;
            return IMR_OK;
        }
    }
    return imr_fault(fit->fault, IMR_ERR_NOCONV, "X column", (int64_t) j, NAN);
}

/* The distance from the maximum at which the falls on both sides are 1 in the mean. */
static int
find_std_error(fit_t *fit, size_t j, double *std_error)
{
    double rough = *std_error;

    for (int i = 0; i < MOST_STEPS; i++) {
        double depth[2], slope[2], step;

        for (int side = 0; side < 2; side++) {
            int status;

            go_to_maximum(fit);
            status = fall(fit, j, fit->coef[j] + (side == 0 ? -*std_error : *std_error),
                &depth[side], &slope[side]);
            if (status != IMR_OK) {
                return status;
            }
        }
        step = (2 - depth[0] - depth[1]) / (slope[1] - slope[0]);
        step = fmax(-0.5 * *std_error, fmin(*std_error, step));
        *std_error += step;
        if (fabs(step) <= 1e-11 * rough) {
            return IMR_OK;
        }
    }
    return imr_fault(fit->fault, IMR_ERR_NOCONV, "X column", (int64_t) j, NAN);
}

/* --- monotone likelihood ------------------------------------------------------------------------ */

/* Is the likelihood free to rise for ever with coefficient j going the way of sign? */
static int
is_open(fit_t *fit, size_t j, double sign, int *open)
{
    double *towards = fit->rough, *direction = fit->coef;

    memset(towards, 0, fit->rows.p * sizeof(double));
    towards[j] = sign;
    return imr_interval_cox_monotone(&fit->rows, towards, direction, open, fit->stop, fit->fault);
}

/* Climbs towards the supremum, and from there along the profile of the column to its only limit. */
static int
find_open_limit(fit_t *fit, size_t j, double sign, double *limit)
{
    double depth;
    int status;

    fit->climb.loose = 1;
    status = imr_interval_cox_climb(&fit->climb, fit->fault);
    if (status == IMR_OK) {
        keep_maximum(fit);
        status = imr_quantile_chi_squared(fit->options->level, 1, &depth);
    }
    if (status == IMR_OK) {
        status = find_limit(fit, j, fit->coef[j], -sign, depth, limit);
    }
    return status;
}

/* Names the column that the direction moves most, of those whose coefficient is bounded on the other
 * side if there are any, and finds the one limit it has. */
static int
report_monotone(fit_t *fit, const double *direction)
{
    imr_interval_cox_t *self = fit->self;
    size_t p = fit->rows.p, most = p;
    double largest = 0, sign;
    int bounded = 0, status = IMR_OK;

    for (size_t j = 0; j < p; j++) {
        largest = fmax(largest, fabs(direction[j]));
    }
    for (size_t j = 0; j < p; j++) {
        int open;

        if (fabs(direction[j]) < ROUNDING * largest) {
            continue;
        }
        status = is_open(fit, j, direction[j] > 0 ? -1 : 1, &open);
        if (status != IMR_OK) {
            return status;
        }
        if (most == p || (!open && !bounded)
            || ((open == 0) == bounded && fabs(direction[j]) > fabs(direction[most]))) {
            most = j;
            bounded = !open;
        }
    }
    sign = direction[most] > 0 ? 1 : -1;
    self->monotone = (int64_t) most;
    self->monotone_sign = sign;
    self->monotone_limit = -sign * INFINITY;
    if (bounded) {
        status = find_open_limit(fit, most, sign, &self->monotone_limit);
        self->monotone_limit /= fit->rows.scale[most];
        if (imr_status_kind(status) == IMR_KIND_CONVERGENCE || status == IMR_ERR_INTERVAL_COX_SPREAD
            || status == IMR_ERR_INTERVAL_COX_RANGE) { /* out of the range of double */
            self->monotone_limit = NAN;
            status = IMR_OK;
        }
    }
    return status == IMR_OK
        ? imr_fault(fit->fault, IMR_ERR_INTERVAL_COX_MONOTONE, "X column", (int64_t) most, NAN)
        : status;
}

static int
check_monotone(fit_t *fit)
{
    double *direction = imr_malloc(fit->rows.p, sizeof(double));
    int found, status;

    if (direction == NULL) {
        return imr_fault(fit->fault, IMR_ERR_NOMEM, NULL, -1, NAN);
    }
    status = imr_interval_cox_monotone(&fit->rows, NULL, direction, &found, fit->stop, fit->fault);
    if (status == IMR_OK && found) {
        status = report_monotone(fit, direction);
    }
    imr_free(direction);
    return status;
}

/* --- the fit ------------------------------------------------------------------------------------ */

static int
allocate(fit_t *fit)
{
    imr_interval_cox_t *self = fit->self;
    size_t p = fit->rows.p, m = fit->rows.cells;

    self->block = imr_malloc(8 * p + 3 * m, sizeof(double));
    fit->coef = imr_malloc(2 * p + m, sizeof(double));
    if (self->block == NULL || fit->coef == NULL) {
        return imr_fault(fit->fault, IMR_ERR_NOMEM, NULL, -1, NAN);
    }
    fit->rough = fit->coef + p;
    fit->jump = fit->rough + p;
    self->coef = self->block;
    self->std_error = self->coef + p;
    self->hazard_ratio = self->std_error + p;
    self->low = self->hazard_ratio + p;
    self->high = self->low + p;
    self->z = self->high + p;
    self->pvalue = self->z + p;
    self->center = self->pvalue + p;
    self->left = self->center + p;
    self->right = self->left + m;
    self->cumulative_hazard = self->right + m;
    return IMR_OK;
}

static int
maximise(fit_t *fit)
{
    imr_interval_cox_climb_t *climb = &fit->climb;
    imr_interval_cox_t *self = fit->self;
    size_t p = fit->rows.p, column;
    double *inverse = climb->schur;
    int flat, status = imr_interval_cox_climb(climb, fit->fault);

    if (status != IMR_OK) {
        return status;
    }
    self->iterations = climb->iterations;
    self->score_norm = climb->norm;
    self->kkt_gap = climb->here.gap;
    keep_maximum(fit);
    status = imr_interval_cox_flat(climb, &flat, &column, fit->fault);
    if (status == IMR_OK && flat) {
        status =
            imr_fault(fit->fault, IMR_ERR_INTERVAL_COX_RANGE, "X column", (int64_t) column, NAN);
    }
    if (status == IMR_OK) {
        imr_cholesky_inverse(climb->factor, p, inverse);
        for (size_t j = 0; j < p; j++) {
            fit->rough[j] = sqrt(inverse[j * p + j]);
        }
    }
    return status;
}

static int
read_off(fit_t *fit)
{
    imr_interval_cox_t *self = fit->self;
    const imr_interval_cox_rows_t *rows = &fit->rows;
    double sum = 0;

    for (size_t j = 0; j < rows->p; j++) {
        self->coef[j] = fit->coef[j] / rows->scale[j];
        self->hazard_ratio[j] = exp(self->coef[j]);
        self->center[j] = rows->center[j];
    }
    for (size_t c = 0; c < rows->cells; c++) {
        int is_last = c + 1 == rows->cells;

        sum = is_last ? INFINITY : sum + fit->jump[c];
        if (is_last || fit->jump[c] > 0) {
            self->left[self->n_support] = rows->left[c];
            self->right[self->n_support] = rows->right[c];
            self->cumulative_hazard[self->n_support++] = sum;
        }
    }
    self->events = rows->events;
    self->merged = rows->merged;
    self->loglik = fit->height;
    self->loglik_null = rows->loglik_null;
    self->ratio_statistic = fmax(0, 2 * (self->loglik - self->loglik_null));
    return imr_chi_squared_cdf_upper(self->ratio_statistic, (double) rows->p, &self->ratio_pvalue);
}

/* Standard error, limits and p-value of one coefficient. */
static int
profile_column(fit_t *fit, size_t j)
{
    imr_interval_cox_t *self = fit->self;
    double scale = fit->rows.scale[j], coef = fit->coef[j], std_error = fit->rough[j];
    double statistic = self->ratio_statistic, quantile, slope;
    int status;

    status = find_std_error(fit, j, &std_error);
    if (status != IMR_OK) {
        return status;
    }
    self->std_error[j] = std_error / scale;
    self->z[j] = coef / std_error;
    if (fit->options->interval == IMR_INTERVAL_COX_WALD) {
        status = imr_quantile_normal(0.5 + 0.5 * fit->options->level, &quantile);
        if (status == IMR_OK) {
            self->low[j] = self->coef[j] - quantile * self->std_error[j];
            self->high[j] = self->coef[j] + quantile * self->std_error[j];
            status = imr_normal_cdf_upper(fabs(self->z[j]), &self->pvalue[j]);
            self->pvalue[j] *= 2;
        }
        return status;
    }
    status = imr_quantile_chi_squared(fit->options->level, 1, &quantile);
    if (status == IMR_OK) {
        status = find_limit(fit, j, coef, -std_error * sqrt(quantile), quantile, &self->low[j]);
        self->low[j] /= scale;
    }
    if (status == IMR_OK) {
        status = find_limit(fit, j, coef, std_error * sqrt(quantile), quantile, &self->high[j]);
        self->high[j] /= scale;
    }
    if (status == IMR_OK && fit->rows.p > 1) {
        go_to_maximum(fit);
        status = fall(fit, j, 0, &statistic, &slope);
    }
    return status == IMR_OK ? imr_chi_squared_cdf_upper(statistic, 1, &self->pvalue[j]) : status;
}

static int
run(fit_t *fit)
{
    int status = allocate(fit);

    if (status == IMR_OK) {
        status = imr_interval_cox_climb_init(&fit->climb, &fit->rows, fit->stop, fit->fault);
    }
    if (status == IMR_OK) {
        status = check_monotone(fit);
    }
    if (status == IMR_OK) {
        status = maximise(fit);
    }
    if (status != IMR_OK) {
        return status;
    }
    status = read_off(fit);
    for (size_t j = 0; status == IMR_OK && j < fit->rows.p; j++) {
        status = profile_column(fit, j);
    }
    return status;
}

int
imr_interval_cox_fit(imr_interval_cox_t *self, const imr_interval_cox_data_t *data,
    const imr_interval_cox_options_t *options, imr_stop_t *stop, imr_fault_t *fault)
{
    fit_t fit = { .self = self, .options = options, .stop = stop, .fault = fault };
    int status;

    memset(self, 0, sizeof(*self));
    self->monotone = -1;
    self->p = data->p;
    if (!(options->level > 0 && options->level < 1)) {
        return imr_fault(fault, IMR_ERR_LEVEL, "level", -1, options->level);
    }
    status = imr_interval_cox_rows_init(&fit.rows, data, options->fix_ties, stop, fault);
    if (status == IMR_OK) {
        status = run(&fit);
    }
    imr_free(fit.coef);
    imr_interval_cox_climb_free(&fit.climb);
    imr_interval_cox_rows_free(&fit.rows);
    if (status != IMR_OK) {
        imr_free(self->block);
        self->block = NULL;
    }
    return status;
}

void
imr_interval_cox_free(imr_interval_cox_t *self)
{
    imr_free(self->block);
    memset(self, 0, sizeof(*self));
}

/* --- curves ------------------------------------------------------------------------------------- */

int
imr_interval_cox_survival(const double *coef, const double *center, size_t p,
    const double *cumulative_hazard, size_t n_support, const double *x, size_t n, double *survival,
    imr_fault_t *fault)
{
    for (size_t i = 0; i < n; i++) {
        double ratio = 0;

        for (size_t j = 0; j < p; j++) {
            double value = x[i * p + j];

            if (!(fabs(value) <= LARGEST_X)) {
                return imr_fault(fault, isfinite(value) ? IMR_ERR_COX_RANGE : IMR_ERR_NONFINITE,
                    "X", (int64_t) i, value);
            }
            ratio += coef[j] * (value - center[j]);
        }
        /* far from 0 the curve is 0 or 1, but not 0 times infinity */
        ratio = exp(fmax(-700, fmin(700, ratio)));
        for (size_t s = 0; s < n_support; s++) {
            survival[i * n_support + s] = exp(-ratio * cumulative_hazard[s]);
        }
    }
    return IMR_OK;
}
