#include "survival/cox.h"

#include <math.h>
#include <string.h>

#include "base/cholesky.h"
#include "base/distribution.h"
#include "base/mem.h"
#include "base/quantile.h"
#include "survival/cox_climb.h"
#include "survival/cox_monotone.h"
#include "survival/cox_profile.h"
#include "survival/cox_residuals.h"
#include "survival/cox_rows.h"

/* Of what a column's information is a difference of: below it is rounding, or nearly so. */
#define COLLINEAR 1e-11

#define ROUNDING 1e-6 /* the part of a direction that counts as 0 */

/* Of the variance of the model: a robust one below it is rounding, since no row or cluster has influence
 * (one patient an arm, say), and tells nothing. */
#define NO_SCATTER 1e-12

typedef struct {
    imr_cox_t *self;
    imr_cox_rows_t *rows;
    const imr_cox_options_t *options;
    imr_cox_likelihood_t likelihood;
    imr_cox_climb_t climb;
    double *null_score, *covariance, *robust; /* p, p x p, p x p: of z */
    imr_fault_t *fault;
} fit_t;

static int
check_options(const imr_cox_data_t *data, const imr_cox_options_t *options, imr_fault_t *fault)
{
    int exact = options->ties == IMR_COX_EXACT || options->ties == IMR_COX_MARGINAL;
    int sampling = options->weights == IMR_COX_SAMPLING && data->weight != NULL;

    if (!(options->level > 0 && options->level < 1)) {
        return imr_fault(fault, IMR_ERR_LEVEL, "level", -1, options->level);
    }
    if (exact && sampling) {
        return imr_fault(fault, IMR_ERR_COX_EXACT_WEIGHTS, "weights", -1, NAN);
    }
    if (exact && options->robust) {
        return imr_fault(fault, IMR_ERR_COX_EXACT, "robust", -1, NAN);
    }
    if (options->penalty == IMR_COX_FIRTH && (exact || sampling || options->robust)) {
        return imr_fault(fault, IMR_ERR_COX_FIRTH, "penalty", -1, NAN);
    }
    if (options->interval == IMR_COX_PROFILE && (options->robust || sampling)) {
        return imr_fault(fault, IMR_ERR_COX_PROFILE_ROBUST, "interval", -1, NAN);
    }
    return IMR_OK;
}

static int
allocate(fit_t *fit)
{
    imr_cox_t *self = fit->self;
    size_t p = fit->rows->p;
    double *next = imr_malloc(7 * p + 2 * p * p, sizeof(double));

    self->block = next;
    fit->null_score = imr_malloc(p + 2 * p * p, sizeof(double));
    if (next == NULL || fit->null_score == NULL) {
        return imr_fault(fit->fault, IMR_ERR_NOMEM, NULL, -1, NAN);
    }
    self->coef = next;
    self->std_error = self->coef + p;
    self->low = self->std_error + p;
    self->high = self->low + p;
    self->pvalue = self->high + p;
    self->hazard_ratio = self->pvalue + p;
    self->z = self->hazard_ratio + p;
    self->covariance = self->z + p;
    self->naive = self->covariance + p * p;
    fit->covariance = fit->null_score + p;
    fit->robust = fit->covariance + p * p;
    return IMR_OK;
}

/* The likelihood and score test where all coefficients are 0, and columns that say nothing. */
static int
begin(fit_t *fit)
{
    imr_cox_t *self = fit->self;
    imr_cox_climb_t *climb = &fit->climb;
    size_t p = fit->rows->p, dependent;
    double *factor = climb->plain, *step = climb->step;
    int status = imr_cox_climb_start(climb, fit->fault);

    if (status != IMR_OK) {
        return status;
    }
    self->loglik_null = climb->loglik;
    self->penalized_null = climb->value;
    memcpy(factor, climb->information, p * p * sizeof(double));
    for (size_t j = 0; j < p; j++) {
        step[j] = COLLINEAR * fit->likelihood.magnitude[j];
    }
    dependent = imr_cholesky(factor, p, step);
    if (dependent < p) {
        return imr_fault(fit->fault, IMR_ERR_COX_COLLINEAR, "X column", (int64_t) dependent, NAN);
    }
    memcpy(fit->null_score, climb->score, p * sizeof(double));
    memcpy(step, climb->score, p * sizeof(double));
    imr_solve_lower(factor, p, step);
    self->score_test.statistic = 0;
    for (size_t j = 0; j < p; j++) {
        self->score_test.statistic += step[j] * step[j];
    }
    return IMR_OK;
}

/* Is the likelihood free to rise for ever with coefficient j going the way of sign? */
static int
is_open(fit_t *fit, size_t j, double sign, int *open)
{
    double *target = fit->robust, *direction = fit->robust + fit->rows->p; /* not in use */

    if (fit->rows->p == 1) { /* it rises the other way, and not both */
        *open = 0;
        return IMR_OK;
    }
    memset(target, 0, fit->rows->p * sizeof(double));
    target[j] = sign;
    return imr_cox_monotone(
        fit->rows, fit->options->ties, target, direction, open, fit->likelihood.stop, fit->fault);
}

/* Names the column that the direction moves most, of those whose coefficient is bounded on the other
 * side if there are any, and finds the one limit it has. */
static int
report_monotone(fit_t *fit, const double *direction)
{
    imr_cox_t *self = fit->self;
    size_t p = fit->rows->p, most = p;
    double largest = 0;
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
    self->monotone = (int64_t) most;
    self->monotone_sign = direction[most] > 0 ? 1 : -1;
    self->monotone_limit = -self->monotone_sign * INFINITY;
    if (bounded) {
        status = imr_cox_profile_open(&fit->climb, most, self->monotone_sign, fit->options->level,
            &self->monotone_limit, fit->fault);
        self->monotone_limit /= fit->rows->scale[most];
        if (imr_status_kind(status)
            == IMR_KIND_CONVERGENCE) { /* the climb ran out of the range of double */
            self->monotone_limit = NAN;
            status = IMR_OK;
        }
    }
    return status == IMR_OK
        ? imr_fault(fit->fault, IMR_ERR_COX_MONOTONE, "X column", (int64_t) most, NAN)
        : status;
}

/* Is there a direction in which the likelihood rises for ever? Offsets do not matter to that, but may hide in the
 * score what some comparisons say. */
static int
find_monotone(fit_t *fit, double *direction, int *found)
{
    imr_cox_rows_t *rows = fit->rows;
    double *offset = rows->offset, *zero = fit->climb.trial;
    int status = IMR_OK;

    if (offset != NULL) {
        memset(zero, 0, rows->width * sizeof(double));
        rows->offset = NULL;
        status = imr_cox_evaluate(&fit->likelihood, zero, fit->fault);
        rows->offset = offset;
        memcpy(fit->null_score, fit->likelihood.score, rows->p * sizeof(double));
    }
    return status == IMR_OK ? imr_cox_monotone(rows, fit->options->ties, fit->null_score, direction,
                                  found, fit->likelihood.stop, fit->fault)
                            : status;
}

/* From where `begin` has evaluated. */
static int
maximise(fit_t *fit)
{
    imr_cox_climb_t *climb = &fit->climb;
    int64_t iterations;
    int found, status;

    climb->watch = fit->options->penalty == IMR_COX_UNPENALIZED;
    status = imr_cox_climb_on(climb, fit->fault);
    iterations = climb->iterations;
    if (status == IMR_OK && climb->ending == IMR_COX_SUSPECT) {
        double *direction = fit->covariance; /* has room, and is not yet in use */

        status = find_monotone(fit, direction, &found);
        if (status == IMR_OK && found) {
            return report_monotone(fit, direction);
        }
        climb->watch = 0;
        if (status == IMR_OK) {
            status = imr_cox_climb(climb, fit->fault);
            iterations += climb->iterations;
        }
    }
    fit->self->iterations = iterations;
    return status;
}

static int
find_pvalues(imr_cox_t *self)
{
    imr_cox_test_t *tests[] = { &self->ratio_test, &self->score_test, &self->wald_test };

    for (size_t i = 0; i < 3; i++) {
        tests[i]->pvalue = NAN;
        if (!isnan(tests[i]->statistic)
            && imr_chi_squared_cdf_upper(tests[i]->statistic, (double) self->p, &tests[i]->pvalue)
                != IMR_OK) {
            return IMR_ERR_NOCONV;
        }
    }
    return IMR_OK;
}

/* Coefficients, covariance and tests out of the maximum in z; climb->plain holds the factor of the
 * information there. */
static int
finish(fit_t *fit)
{
    imr_cox_t *self = fit->self;
    imr_cox_climb_t *climb = &fit->climb;
    const double *scale = fit->rows->scale, *used = fit->covariance;
    size_t p = fit->rows->p;
    double log_scale = 0;
    int all_scatter = 1;

    imr_cholesky_inverse(climb->plain, p, fit->covariance);
    if (fit->options->robust) {
        int status = imr_cox_robust(&fit->likelihood, fit->covariance, fit->robust, fit->fault);

        if (status != IMR_OK) {
            return status;
        }
        used = fit->robust;
    }
    for (size_t r = 0; r < p; r++) {
        int scatters = used[r * p + r] > NO_SCATTER * fit->covariance[r * p + r];

        self->coef[r] = climb->coef[r] / scale[r];
        self->std_error[r] = scatters ? sqrt(used[r * p + r]) / scale[r] : 0;
        self->hazard_ratio[r] = exp(self->coef[r]);
        self->z[r] = scatters ? self->coef[r] / self->std_error[r] : NAN;
        all_scatter = all_scatter && scatters;
        log_scale += log(scale[r]);
        for (size_t c = 0; c < p; c++) {
            self->covariance[r * p + c] = used[r * p + c] / scale[r] / scale[c];
            self->naive[r * p + c] = fit->covariance[r * p + c] / scale[r] / scale[c];
        }
    }
    self->loglik = climb->loglik;
    self->penalized = climb->value;
    if (fit->options->penalty == IMR_COX_FIRTH) { /* of the information of the columns as given */
        self->penalized += log_scale;
        self->penalized_null += log_scale;
    }
    self->score_norm = climb->norm;
    self->ratio_test.statistic = fmax(0, 2 * (self->penalized - self->penalized_null));
    self->wald_test.statistic = 0;
    memcpy(climb->matrix, used, p * p * sizeof(double));
    if (!all_scatter || imr_cholesky(climb->matrix, p, NULL) < p) {
        self->wald_test.statistic = NAN; /* fewer clusters than covariates */
        return find_pvalues(self);
    }
    memcpy(climb->step, climb->coef, p * sizeof(double));
    imr_solve_lower(climb->matrix, p, climb->step);
    for (size_t j = 0; j < p; j++) {
        self->wald_test.statistic += climb->step[j] * climb->step[j];
    }
    return find_pvalues(self);
}

static int
find_limits(fit_t *fit)
{
    imr_cox_t *self = fit->self;
    imr_cox_climb_t *climb = &fit->climb;
    const imr_cox_rows_t *rows = fit->rows;
    imr_cox_summit_t summit = { climb->value, fit->null_score, fit->covariance, fit->robust };
    double z;
    int status = imr_quantile_normal(0.5 + 0.5 * fit->options->level, &z);

    memcpy(fit->null_score, climb->coef, rows->p * sizeof(double)); /* has served */
    for (size_t j = 0; status == IMR_OK && j < rows->p; j++) {
        double scale = rows->scale[j];

        if (fit->options->interval == IMR_COX_WALD) {
            /* where the robust variance tells nothing */
            self->low[j] = self->high[j] = self->pvalue[j] = NAN;
            if (self->std_error[j] > 0) {
                self->low[j] = self->coef[j] - z * self->std_error[j];
                self->high[j] = self->coef[j] + z * self->std_error[j];
                status = imr_normal_cdf_upper(
                    fabs(self->coef[j]) / self->std_error[j], &self->pvalue[j]);
                self->pvalue[j] *= 2;
            }
            continue;
        }
        status = imr_cox_profile(climb, j, &summit, fit->options->level, &self->low[j],
            &self->high[j], &self->pvalue[j], fit->fault);
        self->low[j] /= scale;
        self->high[j] /= scale;
        if (status != IMR_OK) {
            return status;
        }
    }
    return status == IMR_OK ? status : imr_fault(fit->fault, status, "level", -1, NAN);
}

int
imr_cox_fit(imr_cox_t *self, imr_cox_rows_t *rows, const imr_cox_data_t *data,
    const imr_cox_options_t *options, imr_stop_t *stop, imr_fault_t *fault)
{
    fit_t fit = { .self = self, .rows = rows, .options = options, .fault = fault };
    imr_cox_trace_t trace = { 0 };
    int status;

    memset(self, 0, sizeof(*self));
    memset(rows, 0, sizeof(*rows));
    self->monotone = -1;
    status = check_options(data, options, fault);
    if (status == IMR_OK) {
        status = imr_cox_rows_init(rows, data, options, fault);
    }
    if (status != IMR_OK) {
        return status;
    }
    self->p = rows->p;
    status = imr_cox_likelihood_init(
        &fit.likelihood, rows, options->ties, options->penalty == IMR_COX_FIRTH, stop, fault);
    if (status == IMR_OK && options->robust) {
        status = imr_cox_trace_init(&trace, rows, fault);
        fit.likelihood.trace = &trace;
    }
    if (status == IMR_OK) {
        status = imr_cox_climb_init(&fit.climb, &fit.likelihood, fault);
    }
    if (status == IMR_OK) {
        status = allocate(&fit);
    }
    if (status == IMR_OK) {
        status = begin(&fit);
    }
    if (status == IMR_OK) {
        status = maximise(&fit);
    }
    if (status == IMR_OK) {
        status = finish(&fit);
    }
    if (status == IMR_OK) {
        status = find_limits(&fit);
    }
    imr_free(fit.null_score);
    imr_free(trace.total);
    imr_cox_climb_free(&fit.climb);
    imr_cox_likelihood_free(&fit.likelihood);
    if (status != IMR_OK) {
        imr_free(self->block);
        self->block = NULL;
        imr_cox_rows_free(rows);
    }
    return status;
}

void
imr_cox_free(imr_cox_t *self)
{
    imr_free(self->block);
    memset(self, 0, sizeof(*self));
}
