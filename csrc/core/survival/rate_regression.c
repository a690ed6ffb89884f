#include "survival/rate_regression.h"

#include <math.h>
#include <string.h>

#include "base/mem.h"
#include "base/orthonormal.h"
#include "base/quantile.h"
#include "base/special.h"
#include "survival/rate_regression_climb.h"

/* --- reading ------------------------------------------------------------------------------------ */

static int
check_options(const imr_rate_data_t *data, const imr_rate_options_t *options, imr_fault_t *fault)
{
    int robust = options->variance != IMR_RATE_MODEL;
    int quasi = options->family == IMR_RATE_QUASI_POISSON;

    if (!(options->level > 0 && options->level < 1)) {
        return imr_fault(fault, IMR_ERR_LEVEL, "level", -1, options->level);
    }
    if (data->n == 0) {
        return imr_fault(fault, IMR_ERR_NO_ROWS, "events", -1, NAN);
    }
    if (robust && options->interval != IMR_RATE_WALD) {
        return imr_fault(fault, IMR_ERR_RATE_PROFILE, "interval", -1, NAN);
    }
    if (!robust && data->cluster != NULL) {
        return imr_fault(fault, IMR_ERR_RATE_CLUSTER_MODEL, "variance", -1, NAN);
    }
    if (data->cluster != NULL && data->clusters < 2) {
        return imr_fault(fault, IMR_ERR_RATE_FEW_CLUSTERS, "cluster", -1, NAN);
    }
    if ((quasi || options->variance == IMR_RATE_HC1) && data->n <= data->k + 1) {
        return imr_fault(fault, IMR_ERR_RATE_FEW_ROWS, "X", -1, NAN);
    }
    return IMR_OK;
}

static int
check_rows(imr_rate_regression_t *self, const imr_rate_data_t *data, imr_fault_t *fault)
{
    int64_t most = 0, total = 0;

    for (size_t i = 0; i < data->n; i++) {
        int64_t y = data->events[i];

        if (y < 0) {
            return imr_fault(fault, IMR_ERR_NEGATIVE, "events", (int64_t) i, (double) y);
        }
        if (y > IMR_RATE_MOST_EVENTS) {
            return imr_fault(fault, IMR_ERR_RATE_EVENTS, "events", (int64_t) i, (double) y);
        }
        most = y > most ? y : most;
        total += y;
        if (data->cluster != NULL
            && (data->cluster[i] < 0 || (size_t) data->cluster[i] >= data->clusters)) {
            return imr_fault(
                fault, IMR_ERR_CODE, "cluster", (int64_t) i, (double) data->cluster[i]);
        }
    }
    if (total == 0) {
        return imr_fault(fault, IMR_ERR_RATE_NO_EVENT, "events", -1, NAN);
    }
    self->most = (size_t) most;
    self->total_events = (double) total;
    return IMR_OK;
}

static int
allocate(imr_rate_regression_t *self, size_t n, size_t k)
{
    size_t p = k + 1, most = SIZE_MAX / 64;

    if (p > 10000 || n > most / p) {
        return IMR_ERR_NOMEM;
    }
    self->n = n;
    self->p = p;
    self->block =
        imr_calloc(2 * n * p + 3 * n + 2 * p * p + 4 * p + self->most + imr_rate_work_size(n, p),
            sizeof(double));
    if (self->block == NULL) {
        return IMR_ERR_NOMEM;
    }
    self->coef = self->block;
    self->std_error = self->coef + p;
    self->near = self->std_error + p;
    self->direction = self->near + p;
    self->covariance = self->direction + p;
    self->triangle = self->covariance + p * p;
    self->count = self->triangle + p * p;
    self->offset = self->count + n;
    self->active = self->offset + n;
    self->design = self->active + n;
    self->basis = self->design + n * p;
    self->above = self->basis + n * p;
    self->work = self->above + self->most;
    return IMR_OK;
}

static int
copy_rows(imr_rate_regression_t *self, const imr_rate_data_t *data, imr_fault_t *fault)
{
    size_t n = data->n, k = data->k;

    for (size_t i = 0; i < n; i++) {
        double time = data->exposure == NULL ? 1 : data->exposure[i];
        size_t y = (size_t) data->events[i];

        if (isnan(time)) {
            return imr_fault(fault, IMR_ERR_NONFINITE, "exposure", (int64_t) i, time);
        }
        if (!imr_is_shape(time)) {
            return imr_fault(fault, IMR_ERR_RATE_NO_EXPOSURE, "exposure", (int64_t) i, time);
        }
        self->count[i] = (double) y;
        self->offset[i] = log(time);
        self->total_exposure += time;
        self->active[i] = 1;
        if (y > 0 && y <= self->most) { /* another thread may have written since */
            self->above[y - 1] += 1;
        }
        self->design[i] = 1;
        for (size_t c = 0; c < k; c++) {
            double x = data->columns[i * k + c];

            if (!isfinite(x)) {
                return imr_fault(fault, IMR_ERR_NONFINITE, "X", (int64_t) i, x);
            }
            self->design[(c + 1) * n + i] = x;
        }
    }
    for (size_t j = self->most - 1; j > 0; j--) {
        self->above[j - 1] += self->above[j];
    }
    for (size_t j = 1; j < self->most; j++) {
        self->constant -= self->above[j] * log((double) (j + 1));
    }
    return IMR_OK;
}

/* --- what follows from the fit -------------------------------------------------------------------- */

/* The log-likelihood of one count that exceeds that at `mean` by, times 2: the deviance. */
static double
deviance_of(double y, double mean, double alpha)
{
    double own = y > 0 ? y * log(y / mean) : 0;

    if (!(alpha > 0)) {
        return 2 * (own - (y - mean));
    }
    return 2 * (own - (y + 1 / alpha) * imr_rate_log1p(alpha * (y - mean) / (1 + alpha * mean)));
}

/* The deviance of the model with one rate for all, at the fit's alpha. */
static double
null_deviance(const imr_rate_regression_t *self)
{
    double log_rate = log(self->total_events / self->total_exposure), sum = 0;

    for (int iteration = 0; iteration < 200; iteration++) {
        double score = 0, information = 0, step;

        for (size_t i = 0; i < self->n; i++) {
            double mean = exp(self->offset[i] + log_rate), rest = 1 + self->alpha * mean;

            score += (self->count[i] - mean) / rest;
            information += mean * (1 + self->alpha * self->count[i]) / (rest * rest);
        }
        step = fmax(-1, fmin(1, score / information));
        log_rate += step;
        if (!(fabs(step) > 1e-8)) { /* the deviance changes by its square */
            break;
        }
    }
    for (size_t i = 0; i < self->n; i++) {
        sum += deviance_of(self->count[i], exp(self->offset[i] + log_rate), self->alpha);
    }
    return sum;
}

static void
summarise(imr_rate_regression_t *self, const imr_rate_climb_t *fit)
{
    for (size_t i = 0; i < self->n; i++) {
        double mean = fit->mean[i], away = self->count[i] - mean;

        if (self->active[i] != 0) { /* the others: no event, and none expected */
            self->pearson += away * away / (mean * (1 + self->alpha * mean));
            self->deviance += deviance_of(self->count[i], mean, self->alpha);
        }
    }
    self->null_deviance = null_deviance(self);
    self->dispersion = 1;
    if (self->options.family == IMR_RATE_QUASI_POISSON) {
        self->dispersion = self->pearson / (double) (self->n - self->p);
    }
}

/* The information of the basis, into `matrix` (both halves): expected, or that observed when alpha is
 * estimated too. */
static void
information_of(const imr_rate_regression_t *self, const imr_rate_climb_t *fit, int observed,
    double *matrix, double *cross)
{
    size_t n = self->n, p = self->p;
    double alpha_information = self->alpha > 0 ? imr_rate_alpha_information(fit) : 0;

    memset(matrix, 0, p * p * sizeof(double));
    memset(cross, 0, p * sizeof(double));
    for (size_t i = 0; i < n; i++) {
        double y = self->count[i], mean = fit->mean[i], rest = 1 + self->alpha * mean;
        double weight = observed ? mean * (1 + self->alpha * y) / (rest * rest) : mean / rest;

        if (self->active[i] == 0) {
            continue;
        }
        for (size_t r = 0; r < p; r++) {
            double at = self->basis[r * n + i];

            cross[r] += at * (y - mean) * mean / (rest * rest);
            for (size_t c = 0; c <= r; c++) {
                matrix[r * p + c] += weight * at * self->basis[c * n + i];
            }
        }
    }
    for (size_t r = 0; r < p; r++) {
        for (size_t c = 0; c <= r; c++) {
            if (observed && alpha_information > 0) {
                matrix[r * p + c] -= cross[r] * cross[c] / alpha_information;
            }
            matrix[c * p + r] = matrix[r * p + c];
        }
    }
}

/* The sum of the outer products of the clusters' scores, into `matrix` (both halves). */
static int
scores_squared(const imr_rate_regression_t *self, const imr_rate_climb_t *fit,
    const imr_rate_data_t *data, double *matrix, imr_fault_t *fault)
{
    size_t n = self->n, p = self->p, clusters = data->cluster == NULL ? n : data->clusters;
    double *sums = imr_calloc(clusters, p * sizeof(double));

    if (sums == NULL) {
        return imr_fault(fault, IMR_ERR_NOMEM, NULL, -1, NAN);
    }
    for (size_t i = 0; i < n; i++) {
        size_t code = data->cluster == NULL ? i : (size_t) data->cluster[i];
        double residual = (self->count[i] - fit->mean[i]) / (1 + self->alpha * fit->mean[i]);

        if (self->active[i] != 0 && code < clusters) {
            for (size_t c = 0; c < p; c++) {
                sums[code * p + c] += residual * self->basis[c * n + i];
            }
        }
    }
    memset(matrix, 0, p * p * sizeof(double));
    for (size_t g = 0; g < clusters; g++) {
        for (size_t r = 0; r < p; r++) {
            for (size_t c = 0; c < p; c++) {
                matrix[r * p + c] += sums[g * p + r] * sums[g * p + c];
            }
        }
    }
    imr_free(sums);
    return IMR_OK;
}

static double
correction_of(const imr_rate_regression_t *self, const imr_rate_data_t *data)
{
    double n = (double) self->n, rest = (double) (self->n - self->p);
    double clusters = (double) data->clusters;

    if (self->options.variance != IMR_RATE_HC1) {
        return self->options.variance == IMR_RATE_MODEL ? self->dispersion : 1;
    }
    return data->cluster == NULL ? n / rest : clusters / (clusters - 1) * (n - 1) / rest;
}

/* Of the variance of the model: a robust one below it is rounding, since all rows or clusters that tell
 * of the coefficient are fitted exactly (one of them an arm, say), and is set to 0. */
#define NO_SCATTER 1e-12

/* covariance = times inverse(A) middle inverse(A), in the user's columns; middle may be NULL: A. */
static void
spread_of(imr_rate_regression_t *self, const double *factor, const double *middle, double times,
    double *column, double *other)
{
    size_t p = self->p;

    for (size_t j = 0; j < p; j++) {
        double model = 0;

        imr_rate_coefficient_row(self, j, other);
        memcpy(column, other, p * sizeof(double));
        imr_rate_solve(factor, p, p, column);
        for (size_t r = 0; r < p; r++) {
            model += other[r] * column[r];
        }
        if (middle != NULL) {
            for (size_t r = 0; r < p; r++) {
                other[r] = 0;
                for (size_t c = 0; c < p; c++) {
                    other[r] += middle[r * p + c] * column[c];
                }
            }
            memcpy(column, other, p * sizeof(double));
            imr_rate_solve(factor, p, p, column);
        }
        imr_rate_to_coefficients(self, column);
        for (size_t r = 0; r < p; r++) {
            self->covariance[r * p + j] = times * column[r];
        }
        if (middle != NULL && !(self->covariance[j * p + j] > NO_SCATTER * model)) {
            self->covariance[j * p + j] = 0;
        }
    }
}

/* Is coefficient j told by the rows whose mean is not 0? */
static int
is_determined(const imr_rate_regression_t *self, size_t j, const double *information,
    const double *factor, double *wanted, double *found)
{
    size_t p = self->p;
    double largest = 0, error = 0;

    imr_rate_coefficient_row(self, j, wanted);
    memcpy(found, wanted, p * sizeof(double));
    imr_rate_solve(factor, p, p, found);
    for (size_t r = 0; r < p; r++) {
        double sum = -wanted[r];

        for (size_t c = 0; c < p; c++) {
            sum += information[r * p + c] * found[c];
        }
        error = fmax(error, fabs(sum));
        largest = fmax(largest, fabs(wanted[r]));
    }
    return error < 1e-6 * largest;
}

/* Coefficients, covariance and standard errors. matrices: scratch, 3 p p and that for the signs. */
static int
transform_back(imr_rate_regression_t *self, imr_rate_climb_t *fit, const imr_rate_data_t *data,
    double *matrices, imr_fault_t *fault)
{
    size_t p = self->p;
    double *information = matrices, *factor = matrices + p * p, *middle = NULL;
    int observed = self->options.information == IMR_RATE_OBSERVED, ret;

    memcpy(self->near, fit->coordinates, p * sizeof(double));
    imr_rate_to_coefficients(self, self->near);
    memcpy(self->coef, self->near, p * sizeof(double));
    if (self->infinite) {
        imr_rate_open_signs(fit, matrices + 3 * p * p);
    }
    information_of(self, fit, observed, information, fit->step);
    memcpy(factor, information, p * p * sizeof(double));
    imr_rate_factor(factor, p, p);
    if (observed && self->alpha > 0) { /* alpha's own variance, given that of the coefficients */
        double own = imr_rate_alpha_information(fit), shared = 0;

        memcpy(fit->trial, fit->step, p * sizeof(double));
        imr_rate_solve(factor, p, p, fit->trial);
        for (size_t c = 0; c < p; c++) {
            shared += fit->step[c] * fit->trial[c];
        }
        self->alpha_std_error = sqrt(1 / own + shared / (own * own));
    }
    if (self->options.variance != IMR_RATE_MODEL) {
        middle = matrices + 2 * p * p;
        ret = scores_squared(self, fit, data, middle, fault);
        if (ret != IMR_OK) {
            return ret;
        }
    }
    spread_of(self, factor, middle, correction_of(self, data), fit->step, fit->trial);
    for (size_t j = 0; j < p; j++) {
        self->std_error[j] = sqrt(self->covariance[j * p + j]);
        if (self->direction[j] != 0) {
            self->coef[j] = self->direction[j] * INFINITY;
        }
        if (self->direction[j] != 0 || !(self->covariance[j * p + j] > 0)
            || !is_determined(self, j, information, factor, fit->step, fit->trial)) {
            /* perhaps only because the rows' means differ by more than a double can weigh */
            self->std_error[j] = INFINITY;
            for (size_t r = 0; r < p; r++) {
                self->covariance[r * p + j] = self->covariance[j * p + r] = NAN;
            }
        }
    }
    return IMR_OK;
}

/* Does rounding make the scatter, or the fall of the likelihood by which the profile has its limits? */
static int
fits_exactly(const imr_rate_regression_t *self, const imr_rate_climb_t *fit)
{
    int quasi = self->options.family == IMR_RATE_QUASI_POISSON;

    if ((quasi || self->options.variance != IMR_RATE_MODEL)
        && !(self->pearson > 1e-16 * self->total_events)) {
        return 1;
    }
    return quasi && self->options.interval != IMR_RATE_WALD
        && !(self->dispersion * self->quantile / 2 > imr_rate_slack(fit));
}

/* --- the fit -------------------------------------------------------------------------------------- */

static int
fit_model(imr_rate_regression_t *self, const imr_rate_data_t *data, imr_fault_t *fault)
{
    size_t p = self->p, dependent;
    double *matrices = NULL;
    imr_rate_climb_t fit;
    int negative_binomial = self->options.family == IMR_RATE_NEGATIVE_BINOMIAL, ret;

    dependent = imr_orthonormal(self->design, self->n, p, p - 1, self->basis, self->triangle);
    if (dependent < p) {
        return imr_fault(fault, IMR_ERR_COLLINEAR, "X column", (int64_t) dependent - 1, NAN);
    }
    matrices = imr_malloc(3 * p * p + imr_rate_open_size(p), sizeof(double));
    if (matrices == NULL) {
        return imr_fault(fault, IMR_ERR_NOMEM, NULL, -1, NAN);
    }
    imr_rate_climb_init(&fit, self, p);
    memset(fit.coordinates, 0, p * sizeof(double));
    self->near[0] = log(self->total_events / self->total_exposure);
    imr_rate_restart(&fit, self->near, p - 1);
    ret = negative_binomial ? imr_rate_climb_from_poisson(&fit, 1) : imr_rate_climb(&fit, 1);
    if (ret != IMR_OK) {
        imr_fault(fault, ret, "events", -1, NAN);
        goto out;
    }
    self->alpha = fit.alpha;
    self->boundary = negative_binomial && fit.alpha == 0;
    self->maximum = fit.loglik;
    self->score_norm = fit.decrement;
    if (self->alpha > 0) {
        double slope = imr_rate_alpha_slope(&fit), information = imr_rate_alpha_information(&fit);

        self->alpha_std_error = 1 / sqrt(information);
        self->score_norm += slope * slope / information;
    }
    self->score_norm = sqrt(self->score_norm);
    summarise(self, &fit);
    if (fits_exactly(self, &fit)) {
        ret = imr_fault(fault, IMR_ERR_RATE_EXACT_FIT, "events", -1, NAN);
        goto out;
    }
    ret = transform_back(self, &fit, data, matrices, fault);
out:
    imr_free(matrices);
    return ret;
}

static int
find_quantile(imr_rate_regression_t *self, imr_fault_t *fault)
{
    double tail = (1 - self->options.level) / 2, z;
    int ret;

    if (self->options.family == IMR_RATE_QUASI_POISSON) {
        ret = imr_quantile_t(tail, (double) (self->n - self->p), &z);
    } else {
        ret = imr_quantile_normal(tail, &z);
    }
    if (ret != IMR_OK) {
        return imr_fault(fault, ret, "level", -1, self->options.level);
    }
    self->quantile = z * z;
    return IMR_OK;
}

int
imr_rate_regression_fit(imr_rate_regression_t *self, const imr_rate_data_t *data,
    const imr_rate_options_t *options, imr_stop_t *stop, imr_fault_t *fault)
{
    int ret;

    memset(self, 0, sizeof(*self));
    self->options = *options;
    self->stop = stop;
    ret = check_options(data, options, fault);
    if (ret != IMR_OK) {
        return ret;
    }
    ret = check_rows(self, data, fault);
    if (ret != IMR_OK) {
        return ret;
    }
    ret = allocate(self, data->n, data->k);
    if (ret != IMR_OK) {
        return imr_fault(fault, ret, NULL, -1, NAN);
    }
    ret = copy_rows(self, data, fault);
    if (ret == IMR_OK) {
        ret = find_quantile(self, fault);
    }
    if (ret == IMR_OK) {
        ret = fit_model(self, data, fault);
    }
    if (ret != IMR_OK) {
        imr_rate_regression_free(self);
    }
    return ret;
}

void
imr_rate_regression_free(imr_rate_regression_t *self)
{
    imr_free(self->block);
    memset(self, 0, sizeof(*self));
}
