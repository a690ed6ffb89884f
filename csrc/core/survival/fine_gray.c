#include "survival/fine_gray.h"

#include <math.h>
#include <string.h>

#include "base/distribution.h"
#include "base/mem.h"
#include "base/quantile.h"
#include "survival/fine_gray_rows.h"

#define MOST_ITERATIONS 200
#define CONVERGED 1e-20 /* of the squared score, in units of its variance */
#define LONGEST_STEP 5.0 /* of a linear predictor */
#define SUSPICIOUS                                                                                 \
    12.0 /* from this spread of the linear predictors on, is there no largest likelihood? */

/* --- the likelihood at one point --------------------------------------------------------------- */

typedef struct {
    const imr_fine_gray_rows_t *rows;
    double *beta, *step, *trial, *score, *gross; /* p each */
    double *information, *factor; /* p p */
    double *eta, *risk; /* n: linear predictor, its exponential over that of the largest */
    double *jump, *mean; /* n_times, n_times p: of the hazard; of the covariates at risk */
    double *competing; /* n_times: risk of those who have had a competing event */
    double *of_stratum; /* (5 + 3 p) strata: sums of each stratum */
    double largest; /* eta */
    double loglik, decrement;
    int64_t iterations;
    void *block;
} fit_t;

static int
allocate_fit(fit_t *fit, const imr_fine_gray_rows_t *rows)
{
    size_t n = rows->n, p = rows->p, m = rows->n_times, s = rows->strata;
    double *at = imr_malloc(5 * p + 2 * p * p + 2 * n + 2 * m + m * p + (5 + 3 * p) * s, 8);

    if (at == NULL) {
        return IMR_ERR_NOMEM;
    }
    fit->rows = rows;
    fit->block = at;
    fit->beta = at;
    fit->step = at + p;
    fit->trial = at + 2 * p;
    fit->score = at + 3 * p;
    fit->gross = at + 4 * p;
    fit->information = at + 5 * p;
    fit->factor = fit->information + p * p;
    fit->eta = fit->factor + p * p;
    fit->risk = fit->eta + n;
    fit->jump = fit->risk + n;
    fit->competing = fit->jump + m;
    fit->mean = fit->competing + m;
    fit->of_stratum = fit->mean + m * p;
    return IMR_OK;
}

static inline double
product(const double *a, const double *b, size_t p)
{
    double sum = 0;

    for (size_t c = 0; c < p; c++) {
        sum += a[c] * b[c];
    }
    return sum;
}

static inline void
add_times(double *sum, double factor, const double *z, size_t p)
{
    for (size_t c = 0; c < p; c++) {
        sum[c] += factor * z[c];
    }
}

/* The lower half of matrix + factor z z' */
static inline void
add_square(double *matrix, double factor, const double *z, size_t p)
{
    for (size_t r = 0; r < p; r++) {
        double part = factor * z[r];

        for (size_t c = 0; c <= r; c++) {
            matrix[r * p + c] += part * z[c];
        }
    }
}

static void
predict_rows(fit_t *fit, const double *beta)
{
    const imr_fine_gray_rows_t *rows = fit->rows;

    fit->largest = -INFINITY;
    for (size_t i = 0; i < rows->n; i++) {
        fit->eta[i] = product(rows->z + i * rows->p, beta, rows->p);
        fit->largest = fmax(fit->largest, fit->eta[i]);
    }
    for (size_t i = 0; i < rows->n; i++) {
        fit->risk[i] = exp(fit->eta[i] - fit->largest);
    }
}

/* What those who have had a competing event before each time of interest add to its risk set, and to
 * the sum of covariates over it. */
static void
sum_competing(fit_t *fit)
{
    const imr_fine_gray_rows_t *rows = fit->rows;
    size_t p = rows->p, strata = rows->strata, e = 0;
    double *risk = fit->of_stratum, *sum = risk + strata;

    memset(risk, 0, strata * (1 + p) * sizeof(double));
    for (size_t g = 0; g < rows->groups && e < rows->n_times; g++) {
        if (rows->event_group[e] == g) {
            const double *G = rows->censoring + e * strata;
            double *mean = fit->mean + e * p;

            fit->competing[e] = 0;
            memset(mean, 0, p * sizeof(double));
            for (size_t s = 0; s < strata; s++) {
                fit->competing[e] += G[s] * risk[s];
                add_times(mean, G[s], sum + s * p, p);
            }
            e++;
        }
        for (size_t i = rows->first[g]; i < rows->first[g + 1]; i++) {
            if (rows->kind[i] == 2) {
                double part = fit->risk[i] * rows->weight[i];

                risk[rows->stratum[i]] += part;
                add_times(sum + rows->stratum[i] * p, part, rows->z + i * p, p);
            }
        }
    }
}

/* Log-likelihood, score, jumps and means. */
static void
sum_at_risk(fit_t *fit)
{
    const imr_fine_gray_rows_t *rows = fit->rows;
    size_t p = rows->p, e = rows->n_times;
    double *sum = fit->of_stratum, risk = 0;

    memset(sum, 0, p * sizeof(double));
    memset(fit->score, 0, p * sizeof(double));
    fit->loglik = 0;
    for (size_t g = rows->groups; g-- > 0 && e > 0;) {
        for (size_t i = rows->first[g]; i < rows->first[g + 1]; i++) {
            risk += fit->risk[i];
            add_times(sum, fit->risk[i], rows->z + i * p, p);
        }
        if (rows->event_group[e - 1] == g) {
            double *mean = fit->mean + --e * p, total = risk + fit->competing[e];

            for (size_t c = 0; c < p; c++) {
                mean[c] = (sum[c] + mean[c]) / total;
            }
            fit->jump[e] = rows->events[e] / total;
            fit->loglik -= rows->events[e] * log(total);
            for (size_t i = rows->first[g]; i < rows->first[g + 1]; i++) {
                if (rows->kind[i] == 1) {
                    fit->loglik += fit->eta[i] - fit->largest;
                    for (size_t c = 0; c < p; c++) {
                        fit->score[c] += rows->z[i * p + c] - mean[c];
                    }
                }
            }
        }
    }
}

/* Sum over patients of z z', each with its risk times the hazard it has been under: its own until its
 * time, and after a competing event the weighted one. */
static void
sum_information(fit_t *fit)
{
    const imr_fine_gray_rows_t *rows = fit->rows;
    size_t p = rows->p, strata = rows->strata, e = 0;
    double *weighted = fit->of_stratum, *total = weighted + strata, hazard = 0;

    memset(fit->information, 0, p * p * sizeof(double));
    memset(weighted, 0, 2 * strata * sizeof(double));
    for (size_t k = 0; k < rows->n_times; k++) {
        add_times(total, fit->jump[k], rows->censoring + k * strata, strata);
    }
    for (size_t g = 0; g < rows->groups; g++) {
        if (e < rows->n_times && rows->event_group[e] == g) {
            hazard += fit->jump[e];
            add_times(weighted, fit->jump[e], rows->censoring + e * strata, strata);
            e++;
        }
        for (size_t i = rows->first[g]; i < rows->first[g + 1]; i++) {
            size_t s = rows->stratum[i];
            double under = hazard;

            if (rows->kind[i] == 2) {
                under += rows->weight[i] * fmax(total[s] - weighted[s], 0);
            }
            add_square(fit->information, fit->risk[i] * under, rows->z + i * p, p);
        }
    }
    for (size_t c = 0; c < p; c++) {
        fit->gross[c] = fit->information[c * p + c];
    }
    for (size_t k = 0; k < rows->n_times; k++) {
        add_square(fit->information, -rows->events[k], fit->mean + k * p, p);
    }
}

static void
evaluate(fit_t *fit, const double *beta)
{
    predict_rows(fit, beta);
    sum_competing(fit);
    sum_at_risk(fit);
}

/* --- the climb --------------------------------------------------------------------------------- */

/* factor x = b, then factor' x = b, in place */
static void
solve(const double *factor, size_t p, double *b)
{
    for (size_t r = 0; r < p; r++) {
        b[r] = (b[r] - product(factor + r * p, b, r)) / factor[r * p + r];
    }
    for (size_t r = p; r-- > 0;) {
        for (size_t k = r + 1; k < p; k++) {
            b[r] -= factor[k * p + r] * b[k];
        }
        b[r] /= factor[r * p + r];
    }
}

/* Newton's step. Returns p, or the column about which the data say nothing. */
static size_t
newton_step(fit_t *fit)
{
    size_t p = fit->rows->p, dependent;

    sum_information(fit);
    memcpy(fit->factor, fit->information, p * p * sizeof(double));
    dependent = imr_fine_gray_cholesky(fit->factor, p, fit->gross);
    if (dependent == p) {
        memcpy(fit->step, fit->score, p * sizeof(double));
        solve(fit->factor, p, fit->step);
        fit->decrement = fmax(product(fit->step, fit->score, p), 0);
    }
    return dependent;
}

static double
spread_of(const double *value, size_t n)
{
    double low = value[0], high = value[0];

    for (size_t i = 1; i < n; i++) {
        low = fmin(low, value[i]);
        high = fmax(high, value[i]);
    }
    return high - low;
}

/* Along a direction in which nobody at risk lies above those who have the event, the likelihood rises
 * for ever. along: the covariates' products with it, n values. */
static int
rises_for_ever(const fit_t *fit, const double *along, double spread)
{
    const imr_fine_gray_rows_t *rows = fit->rows;
    size_t strata = rows->strata, e = 0;
    double *most = fit->of_stratum, highest = -INFINITY;

    for (size_t s = 0; s < strata; s++) {
        most[s] = -INFINITY;
    }
    for (size_t g = 0; g < rows->groups && e < rows->n_times; g++) {
        if (rows->event_group[e] == g) {
            fit->competing[e] = -INFINITY;
            for (size_t s = 0; s < strata; s++) {
                if (rows->censoring[e * strata + s] > 0) {
                    fit->competing[e] = fmax(fit->competing[e], most[s]);
                }
            }
            e++;
        }
        for (size_t i = rows->first[g]; i < rows->first[g + 1]; i++) {
            if (rows->kind[i] == 2) {
                most[rows->stratum[i]] = fmax(most[rows->stratum[i]], along[i]);
            }
        }
    }
    for (size_t g = rows->groups; g-- > 0 && e > 0;) {
        for (size_t i = rows->first[g]; i < rows->first[g + 1]; i++) {
            highest = fmax(highest, along[i]);
        }
        if (rows->event_group[e - 1] == g) {
            double top = fmax(highest, fit->competing[--e]);

            for (size_t i = rows->first[g]; i < rows->first[g + 1]; i++) {
                if (rows->kind[i] == 1 && along[i] < top - 1e-7 * spread) {
                    return 0;
                }
            }
        }
    }
    return 1;
}

/* The column that moves the linear predictors most along the step. */
static int
refuse_monotone(const fit_t *fit, imr_fault_t *fault)
{
    size_t most = 0;

    for (size_t c = 1; c < fit->rows->p; c++) { /* scaled columns spread alike */
        most = fabs(fit->step[c]) > fabs(fit->step[most]) ? c : most;
    }
    return imr_fault(fault, IMR_ERR_MONOTONE, "X column", (int64_t) most, NAN);
}

/* Goes along the step as far as the likelihood rises; 0 if it does not. `along` is left in eta. */
static int
climb(fit_t *fit, double longest)
{
    double start = fit->loglik, part = fmin(1, LONGEST_STEP / longest);
    size_t p = fit->rows->p;

    for (int halving = 0; halving < 40; halving++, part /= 2) {
        memcpy(fit->trial, fit->beta, p * sizeof(double));
        add_times(fit->trial, part, fit->step, p);
        evaluate(fit, fit->trial);
        if (fit->loglik >= start - 1e-13 * fabs(start)) {
            memcpy(fit->beta, fit->trial, p * sizeof(double));
            return 1;
        }
    }
    evaluate(fit, fit->beta);
    return 0;
}

static int
maximise(fit_t *fit, double *loglik_null, imr_fault_t *fault)
{
    const imr_fine_gray_rows_t *rows = fit->rows;
    size_t n = rows->n, p = rows->p, unknown;
    double before = INFINITY, spread = 0, longest;

    memset(fit->beta, 0, p * sizeof(double));
    evaluate(fit, fit->beta);
    *loglik_null = fit->loglik;
    for (fit->iterations = 0; fit->iterations < MOST_ITERATIONS; fit->iterations++) {
        unknown = newton_step(fit);
        if (unknown < p) {
            return spread > SUSPICIOUS
                ? refuse_monotone(fit, fault)
                : imr_fault(fault, IMR_ERR_NO_INFORMATION, "X column", (int64_t) unknown, NAN);
        }
        if (spread > SUSPICIOUS) {
            for (size_t i = 0; i < n; i++) {
                fit->eta[i] = product(rows->z + i * p, fit->step, p);
            }
            longest = spread_of(fit->eta, n);
            if (longest > 0.1 && rises_for_ever(fit, fit->eta, longest)) {
                return refuse_monotone(fit, fault);
            }
            evaluate(fit, fit->beta);
        }
        if (fit->decrement < CONVERGED || (fit->decrement < 1e-15 && fit->decrement >= before)) {
            return IMR_OK;
        }
        before = fit->decrement;
        for (size_t i = 0; i < n; i++) {
            fit->eta[i] = product(rows->z + i * p, fit->step, p);
        }
        if (!climb(fit, fmax(spread_of(fit->eta, n), 1e-300))) {
            return fit->decrement < 1e-15 && newton_step(fit) == p
                ? IMR_OK
                : imr_fault(fault, IMR_ERR_NOCONV, NULL, -1, NAN);
        }
        spread = spread_of(fit->eta, n);
    }
    return imr_fault(fault, IMR_ERR_NOCONV, NULL, -1, NAN);
}

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

/* The sum over patients of the squares of their influences on the score, in `information`. */
static void
sum_influences(fit_t *fit, double *scratch)
{
    const imr_fine_gray_rows_t *rows = fit->rows;
    size_t p = rows->p, strata = rows->strata, e = 0;
    double *at_risk = fit->of_stratum, *risk = at_risk + strata, *hazard = risk + strata;
    double *total = hazard + strata, *done = total + strata;
    double *sum = done + strata, *pull = sum + p * strata, *drag = pull + p * strata;
    double *means = scratch, *own_means = means + 2 * p * strata, *influence = own_means + p;
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
            add_times(all_means + s * p, part, fit->mean + k * p, p);
        }
    }
    for (size_t g = 0; g < rows->groups; g++) {
        size_t begin = rows->first[g], end = rows->first[g + 1];
        int here = e < rows->n_times && rows->event_group[e] == g;

        for (size_t i = begin; i < end; i++) {
            size_t s = rows->stratum[i];

            if (rows->kind[i] == 0) {
                double *ahead = influence;

                for (size_t c = 0; c < p; c++) {
                    ahead[c] = all_means[s * p + c] - means[s * p + c];
                }
                pull_of(pull + s * p, sum + s * p, risk[s], total[s] - hazard[s], ahead, p);
                add_times(drag + s * p, 1 / (at_risk[s] * at_risk[s]), pull + s * p, p);
            }
        }
        if (here) {
            own += fit->jump[e];
            add_times(own_means, fit->jump[e], fit->mean + e * p, p);
            for (size_t s = 0; s < strata; s++) {
                double part = fit->jump[e] * rows->censoring[e * strata + s];

                hazard[s] += part;
                add_times(means + s * p, part, fit->mean + e * p, p);
            }
        }
        for (size_t i = begin; i < end; i++) {
            size_t s = rows->stratum[i];
            const double *z = rows->z + i * p;
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
            add_square(fit->information, 1, influence, p);
        }
        e += here ? 1 : 0;
        for (size_t i = begin; i < end; i++) {
            size_t s = rows->stratum[i];

            if (rows->kind[i] == 2) {
                double part = fit->risk[i] * rows->weight[i];

                risk[s] += part;
                add_times(sum + s * p, part, rows->z + i * p, p);
            }
            done[s]++;
        }
        for (size_t i = begin; i < end; i++) {
            size_t s = rows->stratum[i];

            at_risk[s] -= done[s];
            done[s] = 0;
        }
    }
}

/* --- the result -------------------------------------------------------------------------------- */

static int
allocate_result(imr_fine_gray_t *self, const imr_fine_gray_rows_t *rows)
{
    size_t p = rows->p, m = rows->n_times;
    double *at = imr_malloc(7 * p + 2 * p * p + 2 * m, sizeof(*at));

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
    return IMR_OK;
}

/* inverse information, then inverse influences inverse, both in the units of the columns. */
static void
fill_covariances(imr_fine_gray_t *self, fit_t *fit, double *product_of)
{
    const imr_fine_gray_rows_t *rows = fit->rows;
    size_t p = rows->p;
    double *inverse = self->information_inverse;

    memset(inverse, 0, p * p * sizeof(double));
    for (size_t c = 0; c < p; c++) {
        inverse[c * p + c] = 1;
        solve(fit->factor, p, inverse + c * p);
    }
    for (size_t r = 0; r < p; r++) {
        for (size_t c = 0; c < r; c++) {
            fit->information[c * p + r] = fit->information[r * p + c];
            inverse[r * p + c] = inverse[c * p + r]; /* but for rounding it is */
        }
    }
    for (size_t r = 0; r < p; r++) {
        for (size_t c = 0; c < p; c++) {
            product_of[r * p + c] = product(inverse + r * p, fit->information + c * p, p);
        }
    }
    for (size_t r = 0; r < p; r++) {
        for (size_t c = 0; c <= r; c++) {
            double unit = rows->scale[r] * rows->scale[c];
            double value = product(product_of + r * p, inverse + c * p, p) / unit;

            self->covariance[r * p + c] = self->covariance[c * p + r] = value;
        }
    }
    for (size_t r = 0; r < p; r++) {
        for (size_t c = 0; c < p; c++) {
            inverse[r * p + c] /= rows->scale[r] * rows->scale[c];
        }
        self->std_error[r] = sqrt(self->covariance[r * p + r]);
    }
}

static void
fill_result(imr_fine_gray_t *self, const fit_t *fit)
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
imr_fine_gray(imr_fine_gray_t *self, const imr_fine_gray_data_t *data, imr_fault_t *fault)
{
    imr_fine_gray_rows_t rows = { 0 };
    fit_t fit = { 0 };
    double *scratch = NULL, critical;
    size_t p = data->p;
    int status;

    memset(self, 0, sizeof(*self));
    if (!(data->level > 0 && data->level < 1)
        || imr_quantile_normal((1 - data->level) / 2, &critical) != IMR_OK) {
        return imr_fault(fault, IMR_ERR_LEVEL, "level", -1, data->level);
    }
    status = imr_fine_gray_rows(data, &rows, fault);
    if (status != IMR_OK) {
        goto out;
    }
    scratch = imr_malloc((2 * rows.strata + 2 + p) * p, sizeof(*scratch));
    if (scratch == NULL || allocate_fit(&fit, &rows) != IMR_OK
        || allocate_result(self, &rows) != IMR_OK) {
        status = imr_fault(fault, IMR_ERR_NOMEM, NULL, -1, NAN);
        goto out;
    }
    status = maximise(&fit, &self->loglik_null, fault);
    if (status != IMR_OK) {
        goto out;
    }
    sum_influences(&fit, scratch);
    fill_covariances(self, &fit, scratch);
    fill_result(self, &fit);
    status = fill_tests(self, critical, fault);
out:
    if (status != IMR_OK) {
        imr_fine_gray_free(self);
    }
    imr_free(scratch);
    imr_free(fit.block);
    imr_fine_gray_rows_free(&rows);
    return status;
}

int
imr_fine_gray_predict(const imr_fine_gray_t *self, const double *columns, size_t m,
    const double *time, size_t count, double *incidence, imr_fault_t *fault)
{
    for (size_t j = 0; j < count; j++) {
        if (!(time[j] >= 0 && isfinite(time[j]))) {
            return imr_fault(fault, time[j] < 0 ? IMR_ERR_NEGATIVE : IMR_ERR_NONFINITE, "times",
                (int64_t) j, time[j]);
        }
    }
    for (size_t i = 0; i < m; i++) {
        double predictor = 0;

        for (size_t c = 0; c < self->p; c++) {
            double x = columns[i * self->p + c];

            if (!isfinite(x)) {
                return imr_fault(fault, IMR_ERR_NONFINITE, "X", (int64_t) i, x);
            }
            predictor += self->coef[c] * (x - self->center[c]);
        }
        for (size_t j = 0; j < count; j++) {
            size_t low = 0, high = self->n_times;

            while (low < high) {
                size_t middle = low + (high - low) / 2;

                if (self->time[middle] <= time[j]) {
                    low = middle + 1;
                } else {
                    high = middle;
                }
            }
            incidence[i * count + j] =
                low == 0 ? 0 : -expm1(-self->cumulative_hazard[low - 1] * exp(predictor));
        }
    }
    return IMR_OK;
}
