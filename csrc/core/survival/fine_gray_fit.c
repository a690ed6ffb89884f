#include "survival/fine_gray_fit.h"

#include <math.h>
#include <string.h>

#include "base/mem.h"

#define MOST_ITERATIONS 200
#define CONVERGED 1e-20 /* of the squared score, in units of its variance */
#define LONGEST_STEP 5.0 /* of a linear predictor */
#define SUSPICIOUS 12.0 /* from this spread of the linear predictors on, look for infinite ones */

/* --- the likelihood at one point --------------------------------------------------------------- */

int
imr_fine_gray_fit_init(imr_fine_gray_fit_t *fit, const imr_fine_gray_rows_t *rows, imr_stop_t *stop)
{
    size_t n = rows->n, p = rows->p, m = rows->n_times, s = rows->strata;
    double *at = imr_malloc(5 * p + 2 * p * p + 2 * n + 2 * m + m * p + (5 + 3 * p) * s, 8);

    if (at == NULL) {
        return IMR_ERR_NOMEM;
    }
    fit->rows = rows;
    fit->stop = stop;
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

void
imr_fine_gray_fit_free(imr_fine_gray_fit_t *fit)
{
    imr_free(fit->block);
    memset(fit, 0, sizeof(*fit));
}

static void
predict_rows(imr_fine_gray_fit_t *fit, const double *beta)
{
    const imr_fine_gray_rows_t *rows = fit->rows;

    fit->largest = -INFINITY;
    for (size_t i = 0; i < rows->n; i++) {
        fit->eta[i] = imr_inner_product(rows->z + i * rows->p, beta, rows->p);
        fit->largest = fmax(fit->largest, fit->eta[i]);
    }
    for (size_t i = 0; i < rows->n; i++) {
        fit->risk[i] = exp(fit->eta[i] - fit->largest);
    }
}

/* Shall the fit stop, after work on the rows of one time, each of so many multiplications? */
static int
stopped(const imr_fine_gray_fit_t *fit, size_t g, size_t multiplications)
{
    const imr_fine_gray_rows_t *rows = fit->rows;

    return imr_stop_asked(fit->stop,
        (double) ((rows->first[g + 1] - rows->first[g]) * (multiplications + 5) + rows->strata));
}

/* What those who have had a competing event before each time of interest add to its risk set, and to
 * the sum of covariates over it. */
static int
sum_competing(imr_fine_gray_fit_t *fit)
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
                imr_fine_gray_add_times(mean, G[s], sum + s * p, p);
            }
            e++;
        }
        for (size_t i = rows->first[g]; i < rows->first[g + 1]; i++) {
            if (rows->kind[i] == 2) {
                double part = fit->risk[i] * rows->weight[i];

                risk[rows->stratum[i]] += part;
                imr_fine_gray_add_times(sum + rows->stratum[i] * p, part, rows->z + i * p, p);
            }
        }
        if (stopped(fit, g, p)) {
            return IMR_ERR_STOPPED;
        }
    }
    return IMR_OK;
}

/* Log-likelihood, score, jumps and means. */
static int
sum_at_risk(imr_fine_gray_fit_t *fit)
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
            imr_fine_gray_add_times(sum, fit->risk[i], rows->z + i * p, p);
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
        if (stopped(fit, g, p)) {
            return IMR_ERR_STOPPED;
        }
    }
    return IMR_OK;
}

/* Sum over patients of z z', each with its risk times the hazard it has been under: its own until its
 * time, and after a competing event the weighted one. */
static int
sum_information(imr_fine_gray_fit_t *fit)
{
    const imr_fine_gray_rows_t *rows = fit->rows;
    size_t p = rows->p, strata = rows->strata, e = 0;
    double *weighted = fit->of_stratum, *total = weighted + strata, hazard = 0;

    memset(fit->information, 0, p * p * sizeof(double));
    memset(weighted, 0, 2 * strata * sizeof(double));
    for (size_t k = 0; k < rows->n_times; k++) {
        imr_fine_gray_add_times(total, fit->jump[k], rows->censoring + k * strata, strata);
    }
    for (size_t g = 0; g < rows->groups; g++) {
        if (e < rows->n_times && rows->event_group[e] == g) {
            hazard += fit->jump[e];
            imr_fine_gray_add_times(weighted, fit->jump[e], rows->censoring + e * strata, strata);
            e++;
        }
        for (size_t i = rows->first[g]; i < rows->first[g + 1]; i++) {
            size_t s = rows->stratum[i];
            double under = hazard;

            if (rows->kind[i] == 2) {
                under += rows->weight[i] * fmax(total[s] - weighted[s], 0);
            }
            imr_fine_gray_add_square(fit->information, fit->risk[i] * under, rows->z + i * p, p);
        }
        if (stopped(fit, g, p * p)) {
            return IMR_ERR_STOPPED;
        }
    }
    for (size_t c = 0; c < p; c++) {
        fit->gross[c] = fit->information[c * p + c];
    }
    for (size_t k = 0; k < rows->n_times; k++) {
        imr_fine_gray_add_square(fit->information, -rows->events[k], fit->mean + k * p, p);
        if (imr_stop_asked(fit->stop, (double) (p * p))) {
            return IMR_ERR_STOPPED;
        }
    }
    return IMR_OK;
}

static int
evaluate(imr_fine_gray_fit_t *fit, const double *beta)
{
    predict_rows(fit, beta);
    if (imr_stop_asked(fit->stop, (double) (fit->rows->n * (fit->rows->p + 10)))
        || sum_competing(fit) != IMR_OK || sum_at_risk(fit) != IMR_OK) {
        return IMR_ERR_STOPPED;
    }
    return IMR_OK;
}

/* --- the climb --------------------------------------------------------------------------------- */

/* Newton's step. *unknown is p, or the column about which the data say nothing. */
static int
newton_step(imr_fine_gray_fit_t *fit, size_t *unknown)
{
    size_t p = fit->rows->p, dependent;

    if (sum_information(fit) != IMR_OK) {
        return IMR_ERR_STOPPED;
    }
    memcpy(fit->factor, fit->information, p * p * sizeof(double));
    dependent = imr_fine_gray_cholesky(fit->factor, p, fit->gross);
    if (dependent == p) {
        memcpy(fit->step, fit->score, p * sizeof(double));
        imr_fine_gray_solve(fit->factor, p, fit->step);
        fit->decrement = fmax(imr_inner_product(fit->step, fit->score, p), 0);
    }
    *unknown = dependent;
    return IMR_OK;
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
rises_for_ever(const imr_fine_gray_fit_t *fit, const double *along, double spread)
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
refuse_monotone(const imr_fine_gray_fit_t *fit, imr_fault_t *fault)
{
    size_t most = 0;

    for (size_t c = 1; c < fit->rows->p; c++) { /* scaled columns spread alike */
        most = fabs(fit->step[c]) > fabs(fit->step[most]) ? c : most;
    }
    return imr_fault(fault, IMR_ERR_MONOTONE, "X column", (int64_t) most, NAN);
}

/* Goes along the step as far as the likelihood rises; *higher is 0 if it does not. longest is how far a
 * whole step moves the linear predictors apart. */
static int
climb(imr_fine_gray_fit_t *fit, double longest, int *higher)
{
    double start = fit->loglik, part = fmin(1, LONGEST_STEP / longest);
    size_t p = fit->rows->p;

    *higher = 1;
    for (int halving = 0; halving < 40; halving++, part /= 2) {
        memcpy(fit->trial, fit->beta, p * sizeof(double));
        imr_fine_gray_add_times(fit->trial, part, fit->step, p);
        if (evaluate(fit, fit->trial) != IMR_OK) {
            return IMR_ERR_STOPPED;
        }
        if (fit->loglik >= start - 1e-13 * fabs(start)) {
            memcpy(fit->beta, fit->trial, p * sizeof(double));
            return IMR_OK;
        }
    }
    *higher = 0;
    return evaluate(fit, fit->beta);
}

int
imr_fine_gray_maximise(imr_fine_gray_fit_t *fit, double *loglik_null, imr_fault_t *fault)
{
    const imr_fine_gray_rows_t *rows = fit->rows;
    size_t n = rows->n, p = rows->p, unknown;
    double before = INFINITY, spread = 0, longest;
    int status, higher;

    memset(fit->beta, 0, p * sizeof(double));
    status = evaluate(fit, fit->beta);
    *loglik_null = fit->loglik;
    for (fit->iterations = 0; status == IMR_OK && fit->iterations < MOST_ITERATIONS;
        fit->iterations++) {
        status = newton_step(fit, &unknown);
        if (status != IMR_OK) {
            break;
        }
        if (unknown < p) {
            return spread > SUSPICIOUS
                ? refuse_monotone(fit, fault)
                : imr_fault(fault, IMR_ERR_NO_INFORMATION, "X column", (int64_t) unknown, NAN);
        }
        if (spread > SUSPICIOUS) {
            for (size_t i = 0; i < n; i++) {
                fit->eta[i] = imr_inner_product(rows->z + i * p, fit->step, p);
            }
            longest = spread_of(fit->eta, n);
            if (longest > 0.1 && rises_for_ever(fit, fit->eta, longest)) {
                return refuse_monotone(fit, fault);
            }
            status = evaluate(fit, fit->beta);
            if (status != IMR_OK) {
                break;
            }
        }
        if (fit->decrement < CONVERGED || (fit->decrement < 1e-15 && fit->decrement >= before)) {
            return IMR_OK;
        }
        before = fit->decrement;
        for (size_t i = 0; i < n; i++) {
            fit->eta[i] = imr_inner_product(rows->z + i * p, fit->step, p);
        }
        status = climb(fit, fmax(spread_of(fit->eta, n), 1e-300), &higher);
        if (status == IMR_OK && !higher) {
            if (fit->decrement < 1e-15) {
                status = newton_step(fit, &unknown);
                if (status == IMR_OK && unknown == p) {
                    return IMR_OK;
                }
            }
            break;
        }
        spread = spread_of(fit->eta, n);
    }
    return imr_fault(fault, status == IMR_OK ? IMR_ERR_NOCONV : status, NULL, -1, NAN);
}
