#include "survival/fine_gray.h"

#include <math.h>
#include <string.h>

#include "base/distribution.h"
#include "base/mem.h"
#include "base/quantile.h"
#include "survival/fine_gray_baseline.h"

/* --- the robust variance ----------------------------------------------------------------------- */

/* What a censoring at the time at hand, which lowers the weights of those who have had a competing
 * event before, takes from the score; remaining: the hazard, and its product with the means, still
 * to come in the stratum. */
static void
pull_of(
    double *pull, const double *sum, double risk, double remaining, const double *means, size_t p)
{
    for (size_t c = 0; c < p; c++) {
        pull[c] = sum[c] * remaining - risk * means[c];
    }
}

/* The influences of patients on the score, n rows of p, and the sum of their squares in `information`. */
static int
sum_influences(imr_fine_gray_fit_t *fit, double *scratch, double *influences)
{
    const imr_fine_gray_rows_t *rows = fit->rows;
    size_t p = rows->p, strata = rows->strata, e = 0;
    double *at_risk = fit->of_stratum, *risk = at_risk + strata, *hazard = risk + strata;
    double *total = hazard + strata, *done = total + strata;
    double *sum = done + strata, *pull = sum + p * strata, *drag = pull + p * strata;
    double *means = scratch, *own_means = means + 2 * p * strata, *ahead = own_means + p;
    double *all_means = means + p * strata, own = 0;

    memset(at_risk, 0, (5 + 3 * p) * strata * sizeof(double));
    memset(scratch, 0, (2 * strata + 2) * p * sizeof(double));
    memset(fit->information, 0, p * p * sizeof(double));
    for (size_t i = 0; i < rows->n; i++) {
        at_risk[rows->stratum[i]]++;
    }
    for (size_t k = 0; k < rows->n_times; k++) {
        for (size_t s = 0; s < strata; s++) {
            double part = fit->jump[k] * rows->censoring[k * strata + s];

            total[s] += part;
            imr_fine_gray_add_times(all_means + s * p, part, fit->mean + k * p, p);
        }
    }
    for (size_t g = 0; g < rows->groups; g++) {
        size_t begin = rows->first[g], end = rows->first[g + 1];
        int here = e < rows->n_times && rows->event_group[e] == g;

        for (size_t i = begin; i < end; i++) {
            size_t s = rows->stratum[i];

            if (rows->kind[i] == 0) {
                for (size_t c = 0; c < p; c++) {
                    ahead[c] = all_means[s * p + c] - means[s * p + c];
                }
                pull_of(pull + s * p, sum + s * p, risk[s], total[s] - hazard[s], ahead, p);
                imr_fine_gray_add_times(
                    drag + s * p, 1 / (at_risk[s] * at_risk[s]), pull + s * p, p);
            }
        }
        if (here) {
            own += fit->jump[e];
            imr_fine_gray_add_times(own_means, fit->jump[e], fit->mean + e * p, p);
            for (size_t s = 0; s < strata; s++) {
                double part = fit->jump[e] * rows->censoring[e * strata + s];

                hazard[s] += part;
                imr_fine_gray_add_times(means + s * p, part, fit->mean + e * p, p);
            }
        }
        for (size_t i = begin; i < end; i++) {
            size_t s = rows->stratum[i];
            const double *z = rows->z + i * p;
            double *influence = influences + i * p;
            double later = rows->kind[i] == 2 ? rows->weight[i] : 0;
            double under = own + later * (total[s] - hazard[s]);

            for (size_t c = 0; c < p; c++) {
                double mean = own_means[c] + later * (all_means[s * p + c] - means[s * p + c]);

                influence[c] = fit->risk[i] * (mean - z[c] * under) - drag[s * p + c];
                if (rows->kind[i] == 1) {
                    influence[c] += z[c] - fit->mean[e * p + c];
                } else if (rows->kind[i] == 0) {
                    influence[c] += pull[s * p + c] / at_risk[s];
                }
            }
            imr_fine_gray_add_square(fit->information, 1, influence, p);
        }
        e += here ? 1 : 0;
        for (size_t i = begin; i < end; i++) {
            size_t s = rows->stratum[i];

            if (rows->kind[i] == 2) {
                double part = fit->risk[i] * rows->weight[i];

                risk[s] += part;
                imr_fine_gray_add_times(sum + s * p, part, rows->z + i * p, p);
            }
            done[s]++;
        }
        for (size_t i = begin; i < end; i++) {
            size_t s = rows->stratum[i];

            at_risk[s] -= done[s];
            done[s] = 0;
        }
        if (imr_stop_asked(fit->stop, (double) ((end - begin) * (p * p + 10 * p + 20)))) {
            return IMR_ERR_STOPPED;
        }
    }
    return IMR_OK;
}

/* --- the result -------------------------------------------------------------------------------- */

static int
allocate_result(imr_fine_gray_t *self, const imr_fine_gray_rows_t *rows)
{
    size_t p = rows->p, m = rows->n_times;
    double *at = imr_malloc(7 * p + 2 * p * p + (3 + p) * m, sizeof(*at));

    if (at == NULL) {
        return IMR_ERR_NOMEM;
    }
    self->block = at;
    self->p = p;
    self->n_times = m;
    self->coef = at;
    self->std_error = at + p;
    self->center = at + 2 * p;
    self->low = at + 3 * p;
    self->high = at + 4 * p;
    self->z = at + 5 * p;
    self->pvalue = at + 6 * p;
    self->covariance = at + 7 * p;
    self->information_inverse = self->covariance + p * p;
    self->time = self->information_inverse + p * p;
    self->cumulative_hazard = self->time + m;
    self->hazard_variance = self->cumulative_hazard + m;
    self->hazard_covariance = self->hazard_variance + m;
    return IMR_OK;
}

/* inverse information, then inverse influences inverse, both of z */
static void
fill_covariances(imr_fine_gray_t *self, imr_fine_gray_fit_t *fit, double *product_of)
{
    const imr_fine_gray_rows_t *rows = fit->rows;
    size_t p = rows->p;
    double *inverse = self->information_inverse;

    memset(inverse, 0, p * p * sizeof(double));
    for (size_t c = 0; c < p; c++) {
        inverse[c * p + c] = 1;
        imr_fine_gray_solve(fit->factor, p, inverse + c * p);
    }
    for (size_t r = 0; r < p; r++) {
        for (size_t c = 0; c < r; c++) {
            fit->information[c * p + r] = fit->information[r * p + c];
            inverse[r * p + c] = inverse[c * p + r]; /* but for rounding it is */
        }
    }
    for (size_t r = 0; r < p; r++) {
        for (size_t c = 0; c < p; c++) {
            product_of[r * p + c] = imr_inner_product(inverse + r * p, fit->information + c * p, p);
        }
    }
    for (size_t r = 0; r < p; r++) {
        for (size_t c = 0; c <= r; c++) {
            double value = imr_inner_product(product_of + r * p, inverse + c * p, p);

            self->covariance[r * p + c] = self->covariance[c * p + r] = value;
        }
    }
}

/* What is known of the hazard; then all covariances in the units of the columns. */
static int
fill_hazard(imr_fine_gray_t *self, imr_fine_gray_fit_t *fit, const double *influences)
{
    const imr_fine_gray_rows_t *rows = fit->rows;
    size_t p = rows->p;
    double unit = exp(-fit->largest);
    int status = imr_fine_gray_baseline(
        fit, influences, self->covariance, self->hazard_variance, self->hazard_covariance);

    if (status != IMR_OK) {
        return status;
    }
    for (size_t e = 0; e < rows->n_times; e++) {
        self->hazard_variance[e] *= unit * unit;
        for (size_t c = 0; c < p; c++) {
            self->hazard_covariance[e * p + c] *= unit / rows->scale[c];
        }
    }
    for (size_t r = 0; r < p; r++) {
        for (size_t c = 0; c < p; c++) {
            double both = rows->scale[r] * rows->scale[c];

            self->covariance[r * p + c] /= both;
            self->information_inverse[r * p + c] /= both;
        }
        self->std_error[r] = sqrt(self->covariance[r * p + r]);
    }
    return IMR_OK;
}

static void
fill_result(imr_fine_gray_t *self, const imr_fine_gray_fit_t *fit)
{
    const imr_fine_gray_rows_t *rows = fit->rows;
    double hazard = 0;

    for (size_t c = 0; c < rows->p; c++) {
        self->coef[c] = fit->beta[c] / rows->scale[c];
        self->center[c] = rows->center[c];
    }
    for (size_t e = 0; e < rows->n_times; e++) {
        hazard += fit->jump[e];
        self->time[e] = rows->time[rows->event_group[e]];
        self->cumulative_hazard[e] = hazard * exp(-fit->largest);
        self->events += (int64_t) rows->events[e];
    }
    for (size_t i = 0; i < rows->n; i++) {
        self->competing += rows->kind[i] == 2;
    }
    self->loglik = fit->loglik;
    self->score_norm = sqrt(fit->decrement);
    self->iterations = fit->iterations;
    self->merged = rows->merged;
}

static int
fill_tests(imr_fine_gray_t *self, double critical, imr_fault_t *fault)
{
    int status = IMR_OK;

    for (size_t c = 0; c < self->p && status == IMR_OK; c++) {
        double coef = self->coef[c], error = self->std_error[c];

        self->low[c] = coef + critical * error;
        self->high[c] = coef - critical * error;
        self->z[c] = coef == 0 ? 0 : coef / error;
        status = imr_normal_cdf_upper(fabs(self->z[c]), &self->pvalue[c]);
        self->pvalue[c] *= 2;
        if (status != IMR_OK) {
            imr_fault(fault, status, "X column", (int64_t) c, self->z[c]);
        }
    }
    return status;
}

void
imr_fine_gray_free(imr_fine_gray_t *self)
{
    imr_free(self->block);
    memset(self, 0, sizeof(*self));
}

int
imr_fine_gray(
    imr_fine_gray_t *self, const imr_fine_gray_data_t *data, imr_stop_t *stop, imr_fault_t *fault)
{
    imr_fine_gray_rows_t rows = { 0 };
    imr_fine_gray_fit_t fit = { 0 };
    double *scratch = NULL, *influences = NULL, critical;
    size_t p = data->p;
    int status;

    memset(self, 0, sizeof(*self));
    if (!(data->level > 0 && data->level < 1)
        || imr_quantile_normal((1 - data->level) / 2, &critical) != IMR_OK) {
        return imr_fault(fault, IMR_ERR_LEVEL, "level", -1, data->level);
    }
    status = imr_fine_gray_rows(data, &rows, stop, fault);
    if (status == IMR_OK && imr_stop_asked(stop, 50 * (double) data->n)) {
        status = imr_fault(fault, IMR_ERR_STOPPED, NULL, -1, NAN);
    }
    if (status != IMR_OK) {
        goto out;
    }
    scratch = imr_malloc((2 * rows.strata + 2 + p) * p, sizeof(*scratch));
    influences = imr_malloc(rows.n * p, sizeof(*influences));
    if (scratch == NULL || influences == NULL || imr_fine_gray_fit_init(&fit, &rows, stop) != IMR_OK
        || allocate_result(self, &rows) != IMR_OK) {
        status = imr_fault(fault, IMR_ERR_NOMEM, NULL, -1, NAN);
        goto out;
    }
    status = imr_fine_gray_maximise(&fit, &self->loglik_null, fault);
    if (status != IMR_OK) {
        goto out;
    }
    status = sum_influences(&fit, scratch, influences);
    if (status == IMR_OK) {
        fill_covariances(self, &fit, scratch);
        status = fill_hazard(self, &fit, influences);
    }
    if (status != IMR_OK) {
        imr_fault(fault, status, NULL, -1, NAN);
        goto out;
    }
    fill_result(self, &fit);
    status = fill_tests(self, critical, fault);
out:
    if (status != IMR_OK) {
        imr_fine_gray_free(self);
    }
    imr_free(scratch);
    imr_free(influences);
    imr_fine_gray_fit_free(&fit);
    imr_fine_gray_rows_free(&rows);
    return status;
}

/* The number of event times up to t. */
static size_t
times_until(const imr_fine_gray_t *self, double t)
{
    size_t low = 0, high = self->n_times;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (self->time[middle] <= t) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

/* The variance of the log cumulative hazard at event time e of a patient so far from the centre. */
static double
log_variance(const imr_fine_gray_t *self, size_t e, const double *columns)
{
    size_t p = self->p;
    double hazard = self->cumulative_hazard[e];
    double variance = self->hazard_variance[e] / hazard / hazard;

    for (size_t r = 0; r < p; r++) {
        double from = columns[r] - self->center[r], moved = 0;

        for (size_t c = 0; c < p; c++) {
            moved += self->covariance[r * p + c] * (columns[c] - self->center[c]);
        }
        variance += from * (moved + 2 * self->hazard_covariance[e * p + r] / hazard);
    }
    return fmax(variance, 0);
}

int
imr_fine_gray_predict(const imr_fine_gray_t *self, const double *columns, size_t m,
    const double *time, size_t count, double level, const imr_fine_gray_prediction_t *prediction,
    imr_fault_t *fault)
{
    size_t p = self->p;
    double critical;

    if (!(level > 0 && level < 1) || imr_quantile_normal((1 - level) / 2, &critical) != IMR_OK) {
        return imr_fault(fault, IMR_ERR_LEVEL, "level", -1, level);
    }
    for (size_t j = 0; j < count; j++) {
        if (!(time[j] >= 0 && isfinite(time[j]))) {
            return imr_fault(fault, time[j] < 0 ? IMR_ERR_NEGATIVE : IMR_ERR_NONFINITE, "times",
                (int64_t) j, time[j]);
        }
    }
    for (size_t i = 0; i < m; i++) {
        const double *x = columns + i * p;
        double predictor = 0;

        for (size_t c = 0; c < p; c++) {
            if (!(fabs(x[c]) <= IMR_FINE_GRAY_MOST_COVARIATE)) {
                return imr_fault(fault,
                    isfinite(x[c]) ? IMR_ERR_COVARIATE_RANGE : IMR_ERR_NONFINITE, "X", (int64_t) i,
                    x[c]);
            }
            predictor += self->coef[c] * (x[c] - self->center[c]);
        }
        for (size_t j = 0; j < count; j++) {
            size_t events = times_until(self, time[j]), at = i * count + j;
            double log_hazard, hazard, error;

            prediction->incidence[at] = prediction->std_error[at] = prediction->low[at] = 0;
            prediction->high[at] = NAN;
            if (events == 0) {
                continue;
            }
            log_hazard = log(self->cumulative_hazard[events - 1]) + predictor;
            hazard = exp(log_hazard);
            error = sqrt(log_variance(self, events - 1, x));
            prediction->incidence[at] = -expm1(-hazard);
            prediction->std_error[at] = exp(log_hazard - fmin(hazard, 1e6)) * error;
            prediction->low[at] = -expm1(-exp(log_hazard + critical * error));
            prediction->high[at] = -expm1(-exp(log_hazard - critical * error));
        }
    }
    return IMR_OK;
}
