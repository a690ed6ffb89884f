#include "survival/rate_regression.h"

#include <math.h>
#include <string.h>

#include "base/mem.h"
#include "base/quantile.h"
#include "survival/rate_regression_climb.h"
#include "survival/rate_regression_rows.h"

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

/* --- what follows from the fit -------------------------------------------------------------------- */

/* The log-likelihood of one count that exceeds that at `mean` by, times 2: the deviance. */
static double
deviance_of(double y, double mean, double alpha)
{
    double own = y > 0 ? y * log(y / mean) : 0, fall;

    if (!(alpha > 0)) {
        return 2 * (own - (y - mean));
    }
    fall = alpha * (y - mean) / (1 + alpha * mean);
    if (fall < -0.5) { /* a mean so far above its count that 1 + fall would have lost its digits */
        fall = imr_rate_log1p(alpha * y) - imr_rate_log1p(alpha * mean);
    } else {
        fall = imr_rate_log1p(fall);
    }
    return 2 * (own - (y + 1 / alpha) * fall);
}

/* The part of the log-likelihood that depends on the means, alpha being above 0 or not, where each count is its
 * own mean. */
static double
saturated(const imr_rate_regression_t *self)
{
    double alpha = self->alpha, sum = 0;

    for (size_t j = 0; j < self->most; j++) {
        double next = j + 1 < self->most ? self->above[j + 1] : 0, y = (double) (j + 1);

        if (self->above[j] > next) {
            double fall = alpha > 0 ? (y + 1 / alpha) * imr_rate_log1p(alpha * y) : y;

            sum += (self->above[j] - next) * (y * log(y) - fall);
        }
    }
    return sum;
}

/* The deviance of a model by its log-likelihood, the part that depends on the means. */
static double
deviance_by(const imr_rate_regression_t *self, double loglik)
{
    return 2 * (saturated(self) - loglik);
}

/* Rounding takes little from it by its log-likelihood. */
static int
is_large(const imr_rate_regression_t *self, double deviance, double loglik)
{
    return deviance > 0.01 * (fabs(loglik) + self->total_events + (double) self->n);
}

/* The deviance of the model with one rate for all, at the fit's alpha. mean: scratch, n. */
static double
null_deviance(const imr_rate_regression_t *self, double *mean)
{
    double alpha = self->alpha, rate = self->total_events / self->total_exposure, sum, all;
    size_t n = self->n;

    for (size_t g = 0; g < self->patterns; g++) {
        double longest = rate * exp(self->offset[g]);

        for (size_t i = self->start[g]; i < self->start[g + 1]; i++) {
            mean[i] = longest * self->share[i];
        }
    }
    for (int iteration = 0; iteration < 200 && alpha > 0; iteration++) {
        double score[4] = { 0, 0, 0, 0 }, information[4] = { 0, 0, 0, 0 }, step, times;

        for (size_t i = 0; i < n; i++) {
            double share = 1 / (1 + alpha * mean[i]);

            score[i % 4] += (self->count[i] - mean[i]) * share;
            information[i % 4] += mean[i] * (1 + alpha * self->count[i]) * share * share;
        }
        step = (score[0] + score[1] + (score[2] + score[3]))
            / (information[0] + information[1] + (information[2] + information[3]));
        step = fmax(-1, fmin(1, step));
        times = exp(step);
        rate *= times;
        for (size_t i = 0; i < n; i++) {
            mean[i] *= times;
        }
        if (!(fabs(step) > 1e-6)) { /* the deviance changes by its square */
            break;
        }
    }
    sum = self->within + self->total_events * log(rate)
        + imr_inner_product_in_parts(self->events, self->offset, self->patterns)
        + (alpha > 0 ? imr_rate_rests(self, mean, alpha, &all) : -self->total_events);
    if (is_large(self, deviance_by(self, sum), sum)) {
        return deviance_by(self, sum);
    }
    sum = 0;
    for (size_t i = 0; i < n; i++) {
        sum += deviance_of(self->count[i], mean[i], alpha);
    }
    return sum;
}

static void
summarise(imr_rate_regression_t *self, imr_rate_climb_t *fit)
{
    double loglik = fit->loglik - (self->alpha > 0 ? fit->table : 0);
    int large = is_large(self, deviance_by(self, loglik), loglik);

    imr_rate_spread_means(fit);
    self->deviance = large ? deviance_by(self, loglik) : 0;
    for (size_t g = 0; g < self->patterns; g++) {
        size_t end =
            self->active[g] != 0 ? self->start[g + 1] : 0; /* others: no event, none expected */

        for (size_t i = self->start[g]; i < end; i++) {
            double mean = fit->mean[i], away = self->count[i] - mean;

            self->pearson += away * away / (mean * (1 + self->alpha * mean));
            self->deviance += large ? 0 : deviance_of(self->count[i], mean, self->alpha);
        }
    }
    self->null_deviance = null_deviance(self, fit->scratch);
    self->dispersion = 1;
    if (self->options.family == IMR_RATE_QUASI_POISSON) {
        self->dispersion = self->pearson / (double) (self->n - self->p);
    }
}

/* The information of the basis, into `matrix` (both halves): expected, or that observed when alpha is
 * estimated too. */
static void
information_of(const imr_rate_regression_t *self, imr_rate_climb_t *fit, int observed,
    double *matrix, double *cross)
{
    size_t p = self->p;
    double alpha_information = self->alpha > 0 ? imr_rate_by_alpha(fit).information : 0;

    memset(matrix, 0, p * p * sizeof(double));
    memset(cross, 0, p * sizeof(double));
    for (size_t g = 0; g < self->patterns; g++) {
        double weight = 0, away = 0;

        for (size_t i = self->start[g]; self->active[g] != 0 && i < self->start[g + 1]; i++) {
            double y = self->count[i], mean = fit->mean[i], rest = 1 + self->alpha * mean;

            weight += observed ? mean * (1 + self->alpha * y) / (rest * rest) : mean / rest;
            away += (y - mean) * mean / (rest * rest);
        }
        for (size_t r = 0; r < p; r++) {
            double at = self->basis[r * self->patterns + g];

            cross[r] += at * away;
            for (size_t c = 0; c <= r; c++) {
                matrix[r * p + c] += weight * at * self->basis[c * self->patterns + g];
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
    size_t p = self->p, clusters = data->cluster == NULL ? self->n : data->clusters;
    double *sums = imr_calloc(clusters, p * sizeof(double));

    if (sums == NULL) {
        return imr_fault(fault, IMR_ERR_NOMEM, NULL, -1, NAN);
    }
    for (size_t g = 0; g < self->patterns; g++) {
        for (size_t i = self->start[g]; self->active[g] != 0 && i < self->start[g + 1]; i++) {
            size_t row = self->row[i],
                   code = data->cluster == NULL ? row : (size_t) data->cluster[row];
            double residual = (self->count[i] - fit->mean[i]) / (1 + self->alpha * fit->mean[i]);

            for (size_t c = 0; code < clusters && c < p; c++) {
                sums[code * p + c] += residual * self->basis[c * self->patterns + g];
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
        double own = imr_rate_by_alpha(fit).information, shared = 0;

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

    dependent = imr_rate_make_basis(self, p - 1);
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
        imr_rate_alpha_t by = imr_rate_by_alpha(&fit);

        self->alpha_std_error = 1 / sqrt(by.information);
        self->score_norm += by.slope * by.slope / by.information;
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
    self->elsewhere = INFINITY;
    ret = check_options(data, options, fault);
    if (ret != IMR_OK) {
        return ret;
    }
    ret = imr_rate_read_rows(self, data, fault);
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
