#include "survival/cox_frailty.h"

#include <math.h>
#include <string.h>

#include "base/cholesky.h"
#include "base/distribution.h"
#include "base/mem.h"
#include "base/quantile.h"
#include "survival/cox_climb.h"
#include "survival/cox_frailty_profile.h"
#include "survival/cox_rows.h"

#define DF_ENOUGH 1e-11 /* the error of a diagonal entry of an inverse, in proportion */

typedef struct {
    imr_cox_frailty_t *self;
    imr_cox_rows_t *rows;
    const imr_cox_options_t *options;
    imr_cox_frailty_climb_t climb;
    imr_cox_frailty_profile_t profile;
    double *covariance; /* p x p: of z */
    imr_fault_t *fault;
} fit_t;

static int
check(const imr_cox_data_t *data, const imr_cox_options_t *options, imr_fault_t *fault)
{
    if (options->ties != IMR_COX_EFRON && options->ties != IMR_COX_BRESLOW) {
        return imr_fault(fault, IMR_ERR_COX_FRAILTY_TIES, "ties", -1, NAN);
    }
    if (data->cluster == NULL || data->weight != NULL) {
        return imr_fault(fault, IMR_ERR_COX_FRAILTY_CLUSTER, "cluster", -1, NAN);
    }
    return IMR_OK;
}

static int
allocate(fit_t *fit)
{
    imr_cox_frailty_t *self = fit->self;
    size_t p = fit->rows->p, groups = (size_t) fit->rows->clusters;
    double *next;

    if (groups > SIZE_MAX / 128) {
        return imr_fault(fit->fault, IMR_ERR_NOMEM, NULL, -1, NAN);
    }
    self->block = next = imr_malloc(7 * p + p * p + 6 * groups, sizeof(double));
    fit->covariance = imr_malloc(p * p, sizeof(double));
    if (next == NULL || fit->covariance == NULL) {
        return imr_fault(fit->fault, IMR_ERR_NOMEM, NULL, -1, NAN);
    }
    self->p = p;
    self->groups = groups;
    self->coef = next;
    self->std_error = self->coef + p;
    self->low = self->std_error + p;
    self->high = self->low + p;
    self->pvalue = self->high + p;
    self->hazard_ratio = self->pvalue + p;
    self->z = self->hazard_ratio + p;
    self->covariance = self->z + p;
    self->expected = self->covariance + p * p;
    self->frailty = self->expected + groups;
    self->frailty_std_error = self->frailty + groups;
    self->frailty_low = self->frailty_std_error + groups;
    self->frailty_high = self->frailty_low + groups;
    self->events = (int64_t *) (void *) (self->frailty_high + groups);
    return IMR_OK;
}

/* The Cox regression without frailty: it checks the input, and finds where the climb begins. */
static int
begin(fit_t *fit, const imr_cox_data_t *data, imr_stop_t *stop, double **offset)
{
    imr_cox_options_t options = {
        .ties = fit->options->ties, .level = fit->options->level, .fix_ties = fit->options->fix_ties
    };
    imr_cox_data_t given = *data;
    imr_cox_t plain;
    int status;

    if (data->offset == NULL) {
        given.offset = *offset = imr_calloc(data->n, sizeof(double));
        if (*offset == NULL) {
            return imr_fault(fit->fault, IMR_ERR_NOMEM, NULL, -1, NAN);
        }
    }
    status = imr_cox_fit(&plain, fit->rows, &given, &options, stop, fit->fault);
    if (status == IMR_ERR_COX_MONOTONE) {
        return imr_fault(fit->fault, IMR_ERR_COX_FRAILTY_MONOTONE, "X column", plain.monotone, NAN);
    }
    if (status != IMR_OK) {
        return status;
    }
    fit->self->patients = fit->rows->patients;
    fit->self->events_total = fit->rows->events;
    fit->self->merged = fit->rows->merged;
    status =
        imr_cox_frailty_climb_init(&fit->climb, fit->rows, fit->options->ties, stop, fit->fault);
    for (size_t j = 0; j < fit->rows->p && status == IMR_OK; j++) {
        fit->climb.coef[j] = plain.coef[j] * fit->rows->scale[j];
    }
    fit->climb.iterations = plain.iterations;
    fit->self->score_norm = plain.score_norm;
    if (status == IMR_OK) {
        status = allocate(fit);
    }
    for (size_t at = 0; at < fit->rows->p * fit->rows->p && status == IMR_OK; at++) {
        fit->covariance[at] = plain.covariance[at] * fit->rows->scale[at / fit->rows->p]
            * fit->rows->scale[at % fit->rows->p];
    }
    imr_cox_free(&plain);
    return status;
}

/* Are rows of two groups ever at risk at the same event? Otherwise nothing is known of theta. */
static int
are_compared(const imr_cox_rows_t *rows, int64_t *present)
{
    size_t groups = 0;

    for (size_t k = 0; k < rows->sets; k++) {
        if (imr_cox_begins_stratum(rows, k)) {
            memset(present, 0, (size_t) rows->clusters * sizeof(*present));
            groups = 0;
        }
        for (int64_t i = rows->begin[k]; i < rows->end[k]; i++) {
            groups += present[rows->cluster[i]]++ == 0;
        }
        for (int64_t q = rows->leaving == NULL ? 0 : rows->leave_begin[k];
            rows->leaving != NULL && q < rows->leave_end[k]; q++) {
            groups -= --present[rows->cluster[rows->leaving[q]]] == 0;
        }
        if (groups > 1) {
            return 1;
        }
    }
    return 0;
}

/* Effective parameters: p and those of the frailties, each 1 less the penalty's information times its
 * variance. */
static int
find_df(fit_t *fit)
{
    imr_cox_frailty_climb_t *climb = &fit->climb;
    size_t p = fit->rows->p, groups = climb->groups;
    double *unit = climb->slope, *column = climb->along; /* have served */

    fit->self->df = (double) p;
    memset(unit, 0, groups * sizeof(double));
    for (size_t g = 0; g < groups; g++) {
        double penalty = climb->diagonal[g] - climb->expected[g], variance;
        int status;

        memset(column, 0, groups * sizeof(double));
        unit[g] = 1;
        column[g] = 1 / climb->diagonal[g];
        status =
            imr_cox_frailty_solve(climb, unit, DF_ENOUGH / climb->diagonal[g], column, fit->fault);
        if (status != IMR_OK) {
            return status;
        }
        unit[g] = 0;
        variance = column[g];
        for (size_t h = 0; h < groups; h++) { /* the error is then of the square of the residual */
            variance += column[h] * climb->residual[h];
        }
        for (size_t j = 0; j < p; j++) {
            climb->step[j] = climb->solved[j * groups + g];
        }
        imr_solve_lower(climb->schur, p, climb->step);
        for (size_t j = 0; j < p; j++) {
            variance += climb->step[j] * climb->step[j];
        }
        fit->self->df += 1 - penalty * variance;
    }
    return IMR_OK;
}

/* The frailties given the data and all else have gamma distributions. */
static int
find_frailties(fit_t *fit)
{
    imr_cox_frailty_t *self = fit->self;
    const imr_cox_frailty_climb_t *climb = &fit->climb;
    double theta = self->theta, tail = 0.5 * (1 - fit->options->level);

    for (size_t g = 0; g < self->groups; g++) {
        double d = climb->events[g], shape, scale;
        int status;

        self->events[g] = (int64_t) d;
        self->expected[g] = climb->expected[g] * exp(-climb->log_frailty[g]);
        if (theta == 0) {
            self->frailty[g] = self->frailty_low[g] = self->frailty_high[g] = 1;
            self->frailty_std_error[g] = 0;
            continue;
        }
        shape = 1 / theta + d;
        scale = theta / (1 + theta * self->expected[g]);
        self->frailty[g] = (1 + theta * d) / (1 + theta * self->expected[g]);
        self->frailty_std_error[g] = sqrt(shape) * scale;
        status = imr_quantile_gamma(tail, shape, 1, &self->frailty_low[g]); /* any scale will do */
        if (status == IMR_OK) {
            status = imr_quantile_gamma_upper(tail, shape, 1, &self->frailty_high[g]);
        }
        if (status != IMR_OK) {
            return imr_fault(fit->fault, status, "level", -1, NAN);
        }
        self->frailty_low[g] *= scale;
        self->frailty_high[g] *= scale;
    }
    return IMR_OK;
}

static int
find_coefficients(fit_t *fit)
{
    imr_cox_frailty_t *self = fit->self;
    const double *scale = fit->rows->scale;
    size_t p = self->p;
    double quantile;
    int status = imr_quantile_normal(0.5 + 0.5 * fit->options->level, &quantile);

    for (size_t r = 0; r < p && status == IMR_OK; r++) {
        for (size_t c = 0; c < p; c++) {
            self->covariance[r * p + c] = fit->covariance[r * p + c] / scale[r] / scale[c];
        }
        self->coef[r] = fit->climb.coef[r] / scale[r];
        self->std_error[r] = sqrt(self->covariance[r * p + r]);
        self->hazard_ratio[r] = exp(self->coef[r]);
        self->z[r] = self->coef[r] / self->std_error[r];
        self->low[r] = self->coef[r] - quantile * self->std_error[r];
        self->high[r] = self->coef[r] + quantile * self->std_error[r];
        status = imr_normal_cdf_upper(fabs(self->z[r]), &self->pvalue[r]);
        self->pvalue[r] *= 2;
    }
    return status == IMR_OK ? status : imr_fault(fit->fault, status, "level", -1, NAN);
}

/* The test of theta = 0: half of its distribution under that lies at 0. */
static int
find_test(fit_t *fit)
{
    imr_cox_test_t *test = &fit->self->test;
    int status;

    test->statistic = fmax(0, 2 * (fit->self->loglik - fit->self->loglik_flat));
    test->pvalue = 1;
    if (!(test->statistic > 0)) {
        return IMR_OK;
    }
    status = imr_chi_squared_cdf_upper(test->statistic, 1, &test->pvalue);
    test->pvalue *= 0.5;
    return status == IMR_OK ? status : imr_fault(fit->fault, status, "cluster", -1, NAN);
}

static int
find_theta(fit_t *fit)
{
    imr_cox_frailty_t *self = fit->self;
    imr_cox_frailty_profile_t *profile = &fit->profile;
    int status = imr_cox_frailty_profile_init(profile, &fit->climb, fit->fault);

    if (status == IMR_OK) {
        status = imr_cox_frailty_maximise(profile, fit->fault);
    }
    if (status != IMR_OK) {
        return status;
    }
    self->theta = profile->theta;
    self->loglik = profile->top;
    self->loglik_flat = profile->flat_value;
    self->loglik_partial = fit->climb.likelihood.loglik;
    self->df = (double) self->p;
    if (self->theta > 0) {
        self->score_norm = hypot(fit->climb.norm, profile->theta_norm);
        imr_cholesky_inverse(fit->climb.schur, self->p, fit->covariance);
        status = find_df(fit);
    }
    if (status == IMR_OK && !(self->score_norm < IMR_COX_CERTIFIED)) {
        status = imr_fault(fit->fault, IMR_ERR_NOCONV, "cluster", -1, NAN);
    }
    return status;
}

static int
find_limits(fit_t *fit)
{
    imr_cox_frailty_t *self = fit->self;
    int64_t *present = (int64_t *) (void *) fit->climb.image; /* has the room, and is not in use */
    double quantile;
    int status = imr_quantile_chi_squared(fit->options->level, 1, &quantile);

    if (status != IMR_OK) {
        return imr_fault(fit->fault, status, "level", -1, NAN);
    }
    if (!are_compared(fit->rows, present)) {
        self->theta_low = 0;
        self->theta_high = INFINITY;
        return IMR_OK;
    }
    return imr_cox_frailty_limits(
        &fit->profile, quantile, &self->theta_low, &self->theta_high, fit->fault);
}

int
imr_cox_frailty_fit(imr_cox_frailty_t *self, const imr_cox_data_t *data,
    const imr_cox_options_t *options, imr_stop_t *stop, imr_fault_t *fault)
{
    imr_cox_rows_t rows = { 0 };
    fit_t fit = { .self = self, .rows = &rows, .options = options, .fault = fault };
    double *offset = NULL;
    int status;

    memset(self, 0, sizeof(*self));
    status = check(data, options, fault);
    if (status == IMR_OK) {
        status = begin(&fit, data, stop, &offset);
    }
    if (status == IMR_OK) {
        status = find_theta(&fit);
    }
    if (status == IMR_OK) {
        status = find_frailties(&fit);
    }
    if (status == IMR_OK) {
        status = find_coefficients(&fit);
    }
    if (status == IMR_OK) {
        status = find_test(&fit);
    }
    if (status == IMR_OK) {
        status = find_limits(&fit);
    }
    self->iterations = fit.climb.iterations;
    imr_cox_frailty_profile_free(&fit.profile);
    imr_cox_frailty_climb_free(&fit.climb);
    imr_free(fit.covariance);
    imr_free(offset);
    imr_cox_rows_free(&rows);
    if (status != IMR_OK) {
        imr_free(self->block);
        self->block = NULL;
    }
    return status;
}

void
imr_cox_frailty_free(imr_cox_frailty_t *self)
{
    imr_free(self->block);
    memset(self, 0, sizeof(*self));
}
