#include "survival/interval_cox.h"

#include <math.h>
#include <string.h>

#include "base/cholesky.h"
#include "base/distribution.h"
#include "base/mem.h"
#include "base/quantile.h"
#include "base/solve.h"
#include "survival/interval_cox_profile.h"

/* A scaled coefficient that is this large with so large a standard error is infinite. */
#define INFINITE_FROM 4.0
#define INFINITE_ERROR 100.0

/* --- limits ------------------------------------------------------------------------------------ */

/* The root of the fall of twice the log-likelihood from its maximum where the held coefficient is
 * `value`, less that of the drop. NaN after a failure. */
static double
fall(double value, const void *context)
{
    imr_interval_cox_fit_t *fit = *(imr_interval_cox_fit_t *const *) context;

    if (fit->status != IMR_OK) {
        return NAN;
    }
    memcpy(fit->coef, fit->best_coef, fit->p * sizeof(double));
    memcpy(fit->hazards.hazard, fit->best_hazard, fit->hazards.m * sizeof(double));
    fit->coef[fit->held] = value;
    fit->status = imr_interval_cox_climb(fit, &fit->fault);
    return fit->status != IMR_OK
        ? NAN
        : sqrt(fmax(0, 2 * (fit->best - fit->hazards.loglik))) - sqrt(fit->drop);
}

/* On one side, from the estimate on; infinite where no limit is within reach. */
static int
find_limit(imr_interval_cox_fit_t *fit, double error, double side, double *limit)
{
    imr_interval_cox_fit_t *context = fit;
    double near = fit->best_coef[fit->held], far, width = fmin(fmax(error, 0.05), 2);
    int status;

    for (;; width *= 2) {
        far = fit->best_coef[fit->held] + side * width;
        if (fabs(far) > 2 * IMR_INTERVAL_COX_FARTHEST) {
            *limit = side * INFINITY;
            return IMR_OK;
        }
        if (fall(far, &context) >= 0) {
            break;
        }
        if (fit->status != IMR_OK) {
            return fit->status;
        }
        near = far;
    }
    status = imr_solve_bracketed(fall, &context, near, far, 1e-10, limit);
    if (status != IMR_OK && fit->status == IMR_OK) {
        fit->status = imr_fault(&fit->fault, status, NULL, -1, NAN);
    }
    return fit->status;
}

/* The limits and the test of a coefficient of one column, in its own unit. */
static int
find_limits(imr_interval_cox_fit_t *fit, size_t a, double error, imr_interval_cox_t *self)
{
    imr_interval_cox_fit_t *context = fit;
    double scale = fit->scale[a], root;
    int status = IMR_OK;

    fit->held = a;
    self->low[a] = -INFINITY;
    self->high[a] = INFINITY;
    if (!isinf(self->coef[a]) || self->coef[a] > 0) {
        status = find_limit(fit, error, -1, &self->low[a]);
    }
    if (status == IMR_OK && (!isinf(self->coef[a]) || self->coef[a] < 0)) {
        status = find_limit(fit, error, 1, &self->high[a]);
    }
    if (status == IMR_OK) {
        root = fall(0, &context) + sqrt(fit->drop);
        status = fit->status;
        if (status == IMR_OK) {
            self->statistic[a] = root * root;
            status = imr_chi_squared_cdf_upper(root * root, 1, &self->pvalue[a]);
        }
    }
    self->low[a] /= scale;
    self->high[a] /= scale;
    fit->held = fit->p;
    return status;
}

/* --- the result -------------------------------------------------------------------------------- */

/* Which coefficients are infinite; the covariance of the others, in the units of the columns. */
static int
read_coefficients(imr_interval_cox_fit_t *fit, const imr_interval_cox_options_t *options,
    imr_interval_cox_t *self, double *error, imr_fault_t *fault)
{
    size_t p = fit->p, count = 0, bad, column[IMR_INTERVAL_COX_MOST_COLUMNS];
    double least[IMR_INTERVAL_COX_MOST_COLUMNS];

    for (size_t a = 0; a < p; a++) {
        double information = fit->information[a * p + a];
        int infinite = fabs(fit->coef[a]) > INFINITE_FROM
            && !(information > 1 / (INFINITE_ERROR * INFINITE_ERROR));

        if (!infinite && fabs(fit->coef[a]) > 0.999 * IMR_INTERVAL_COX_FARTHEST) {
            return imr_fault(fault, IMR_ERR_INTERVAL_COX_SPREAD, "X column", (int64_t) a, NAN);
        }
        self->mean[a] = fit->mean[a];
        self->coef[a] = infinite ? copysign(INFINITY, fit->coef[a]) : fit->coef[a] / fit->scale[a];
        self->std_error[a] = INFINITY;
        error[a] = 1;
        if (!infinite) {
            column[count++] = a;
        } else if (!options->infinite) {
            return imr_fault(fault, IMR_ERR_INTERVAL_COX_MONOTONE, "X column", (int64_t) a, NAN);
        }
    }
    for (size_t u = 0; u < count; u++) {
        for (size_t v = 0; v < count; v++) {
            fit->factor[u * count + v] = fit->information[column[u] * p + column[v]];
        }
        least[u] = IMR_INTERVAL_COX_COLLINEAR * fit->factor[u * count + u];
    }
    bad = imr_cholesky(fit->factor, count, least);
    if (bad < count) { /* together they are infinite, though none is by itself */
        return imr_fault(
            fault, IMR_ERR_INTERVAL_COX_MONOTONE, "X column", (int64_t) column[bad], NAN);
    }
    for (size_t u = 0; u < count; u++) {
        double unit[IMR_INTERVAL_COX_MOST_COLUMNS] = { 0 };
        size_t a = column[u];

        unit[u] = 1;
        imr_solve_lower(fit->factor, count, unit);
        imr_solve_upper(fit->factor, count, unit);
        for (size_t v = 0; v < count; v++) {
            self->covariance[a * p + column[v]] = unit[v] / fit->scale[a] / fit->scale[column[v]];
        }
        error[a] = sqrt(unit[u]);
        self->std_error[a] = error[a] / fit->scale[a];
    }
    return IMR_OK;
}

static void
read_baseline(const imr_interval_cox_fit_t *fit, imr_interval_cox_t *self)
{
    const imr_interval_hazards_t *h = &fit->hazards;
    double total = 0;

    for (size_t j = 0; j <= h->m; j++) {
        if (j < h->m && !(h->hazard[j] > 0)) {
            continue;
        }
        total += j < h->m ? h->hazard[j] : INFINITY;
        self->cell_left[self->n_support] = fit->left[j];
        self->cell_right[self->n_support] = fit->right[j];
        self->estimate[self->n_support++] = exp(-total);
    }
}

static int
make_result(const imr_interval_cox_fit_t *fit, imr_interval_cox_t *self, imr_fault_t *fault)
{
    size_t p = fit->p, m = fit->hazards.m + 1;
    double *at = imr_calloc(7 * p + p * p + 3 * m, sizeof(double));

    if (at == NULL) {
        return imr_fault(fault, IMR_ERR_NOMEM, NULL, -1, NAN);
    }
    self->block = at;
    self->p = p;
    self->coef = at;
    self->std_error = at + p;
    self->low = at + 2 * p;
    self->high = at + 3 * p;
    self->statistic = at + 4 * p;
    self->pvalue = at + 5 * p;
    self->mean = at + 6 * p;
    self->covariance = at + 7 * p;
    self->cell_left = self->covariance + p * p;
    self->cell_right = self->cell_left + m;
    self->estimate = self->cell_right + m;
    return IMR_OK;
}

/* The largest score of a coefficient that is not infinite, or of a hazard, over the rows. */
static double
find_gap(const imr_interval_cox_fit_t *fit, const imr_interval_cox_t *self)
{
    double gap = imr_interval_hazards_gap(&fit->hazards);

    for (size_t a = 0; a < fit->p; a++) {
        gap = isinf(self->coef[a]) ? gap : fmax(gap, fabs(fit->score[a]) / (double) fit->n);
    }
    return gap;
}

static int
work(imr_interval_cox_fit_t *fit, const imr_interval_cox_options_t *options,
    imr_interval_cox_t *self, imr_fault_t *fault)
{
    double error[IMR_INTERVAL_COX_MOST_COLUMNS] = { 0 };
    size_t m = fit->hazards.m;
    int status = imr_interval_cox_climb(fit, fault);

    if (status == IMR_OK) {
        status = make_result(fit, self, fault);
    }
    if (status == IMR_OK) {
        status = read_coefficients(fit, options, self, error, fault);
    }
    if (status != IMR_OK) {
        return status;
    }
    self->null_loglik = fit->null_loglik;
    self->kkt_gap = find_gap(fit, self);
    if (!(self->kkt_gap <= IMR_INTERVAL_COX_CERTIFIED)) {
        return imr_fault(fault, IMR_ERR_UNCERTIFIED, "kkt_gap", -1, self->kkt_gap);
    }
    read_baseline(fit, self);
    self->loglik = fit->best = fit->hazards.loglik;
    memcpy(fit->best_coef, fit->coef, fit->p * sizeof(double));
    memcpy(fit->best_hazard, fit->hazards.hazard, m * sizeof(double));
    for (size_t a = 0; a < fit->p && status == IMR_OK; a++) {
        status = find_limits(fit, a, error[a], self);
    }
    self->iterations = fit->hazards.iterations;
    if (status != IMR_OK && fit->status != IMR_OK && fault != NULL) {
        *fault = fit->fault;
    }
    return status;
}

int
imr_interval_cox(const imr_interval_cox_data_t *data, const imr_interval_cox_options_t *options,
    imr_interval_cox_t *self, imr_fault_t *fault)
{
    imr_interval_cox_fit_t fit = { 0 };
    int status;

    memset(self, 0, sizeof(*self));
    if (!(options->level > 0 && options->level < 1)) {
        return imr_fault(fault, IMR_ERR_LEVEL, "level", -1, options->level);
    }
    if (data->p == 0 || data->p > IMR_INTERVAL_COX_MOST_COLUMNS) {
        return imr_fault(fault, IMR_ERR_INTERVAL_COX_SIZE, "X", -1, NAN);
    }
    status = imr_quantile_chi_squared(options->level, 1, &fit.drop);
    if (status != IMR_OK) {
        return imr_fault(fault, status, "level", -1, options->level);
    }
    status = imr_interval_cox_read(&fit, data, options, &self->merged, fault);
    if (status == IMR_OK) {
        status = work(&fit, options, self, fault);
    }
    imr_interval_cox_fit_free(&fit);
    if (status != IMR_OK) {
        imr_free(self->block);
        memset(self, 0, sizeof(*self));
    }
    return status;
}
