/* The likelihood of a rate regression, and its sums over rows. */
#include <math.h>
#include <string.h>

#include "survival/rate_regression_climb.h"

#define LARGEST 600.0 /* log of a mean, whose square over a variance is a number */

/* The linear predictors, and the means at the longest exposures. */
static void
predict(imr_rate_climb_t *fit, const double *coordinates)
{
    const imr_rate_regression_t *model = fit->model;
    size_t patterns = model->patterns;
    double *restrict predictor = fit->predictor;

    memcpy(predictor, model->offset, patterns * sizeof(double));
    for (size_t c = 0; c < model->p; c++) {
        const double *column = model->basis + c * patterns;
        double at = coordinates[c];

        for (size_t g = 0; g < patterns; g++) {
            predictor[g] += at * column[g];
        }
    }
    fit->largest_mean = 0;
    for (size_t g = 0; g < patterns; g++) {
        double at = predictor[g] < LARGEST ? predictor[g] : LARGEST;
        double mean = model->active[g] == 0 ? 0 : exp(at);

        fit->longest_mean[g] = mean;
        fit->largest_mean = mean > fit->largest_mean ? mean : fit->largest_mean;
    }
}

void
imr_rate_spread_means(imr_rate_climb_t *fit)
{
    const imr_rate_regression_t *model = fit->model;

    for (size_t g = 0; fit->mean != fit->longest_mean && g < model->patterns; g++) {
        double longest = fit->longest_mean[g];

        for (size_t i = model->start[g]; i < model->start[g + 1]; i++) {
            fit->mean[i] = longest * model->share[i];
        }
    }
}

/* The product of 1 + alpha mean of a run, of which 1 is left out so that small ones keep their digits. */
static double
rise_of_run(const double *mean, size_t count, double alpha)
{
    double rise[IMR_RATE_LONGEST_RUN];

    if (count < IMR_RATE_LONGEST_RUN) {
        rise[0] = alpha * mean[0];
        for (size_t i = 1; i < count; i++) {
            rise[0] = alpha * mean[i] + (1 + alpha * mean[i]) * rise[0];
        }
        return rise[0];
    }
    for (size_t i = 0; i < IMR_RATE_LONGEST_RUN; i++) {
        rise[i] = alpha * mean[i];
    }
    for (size_t half = IMR_RATE_LONGEST_RUN / 2; half > 0; half /= 2) {
        for (size_t i = 0; i < half; i++) {
            rise[i] += rise[i + half] + rise[i] * rise[i + half];
        }
    }
    return rise[0];
}

/* Of rows with the same y the logarithm of the product. */
double
imr_rate_rests(const imr_rate_regression_t *model, const double *mean, double alpha, double *all)
{
    const imr_rate_run_t *run = model->run, *end = run + model->runs;
    double weighted = 0;

    *all = 0;
    while (run < end) {
        double y = model->count[run->from], log_rest = 0, rise = 0;

        for (; run < end && model->count[run->from] == y; run++) {
            double next = rise_of_run(mean + run->from, run->end - run->from, alpha);

            if (!(next < IMR_RATE_HUGE)) {
                for (size_t i = run->from; i < run->end; i++) {
                    log_rest += imr_rate_log1p(alpha * mean[i]);
                }
            } else if (rise * next < IMR_RATE_HUGE) {
                rise = next + (1 + next) * rise;
            } else {
                log_rest += imr_rate_log1p(rise);
                rise = next;
            }
        }
        log_rest += imr_rate_log1p(rise);
        *all += log_rest;
        weighted += y * log_rest;
    }
    return -(weighted + *all / alpha);
}

/* The same at the climb's means, which are held at exp(LARGEST). */
static double
loglik_of_rests(imr_rate_climb_t *fit)
{
    const imr_rate_regression_t *model = fit->model;
    double loglik = imr_rate_rests(model, fit->mean, fit->alpha, &fit->log_rest);
    double all = 0, weighted = 0;

    for (size_t g = 0; fit->largest_mean >= exp(LARGEST) && g < model->patterns; g++) {
        if (fit->predictor[g] > LARGEST && model->active[g] != 0) {
            double beyond = fit->predictor[g] - LARGEST;

            all += beyond * (double) (model->start[g + 1] - model->start[g]);
            weighted += beyond * model->events[g];
        }
    }
    fit->log_rest += all;
    return loglik - (weighted + all / fit->alpha);
}

int
imr_rate_is_there(const imr_rate_climb_t *fit)
{
    return fit->at_alpha == fit->alpha
        && memcmp(fit->at, fit->coordinates, fit->model->p * sizeof(double)) == 0;
}

int
imr_rate_evaluate(imr_rate_climb_t *fit, const double *coordinates)
{
    const imr_rate_regression_t *model = fit->model;
    size_t patterns = model->patterns, bytes = model->p * sizeof(double);
    double loglik;

    if (isnan(fit->at_alpha) || memcmp(fit->at, coordinates, bytes) != 0) {
        predict(fit, coordinates);
        memcpy(fit->at, coordinates, bytes);
    } else if (fit->at_alpha == fit->alpha) {
        fit->loglik = fit->at_loglik;
        return isfinite(fit->loglik);
    }
    fit->at_alpha = fit->alpha;
    loglik = model->within + imr_inner_product_in_parts(model->events, fit->predictor, patterns);
    if (fit->alpha > 0) {
        if (fit->alpha != fit->table_alpha) {
            imr_rate_fill_table(fit);
        }
        imr_rate_spread_means(fit);
        loglik += fit->table + loglik_of_rests(fit);
    } else {
        loglik -= imr_inner_product_in_parts(fit->longest_mean, model->shares, patterns);
    }
    fit->loglik = fit->at_loglik = loglik;
    return isfinite(loglik);
}

/* Adds a row. */
static inline void
add_row(imr_rate_sums_t *sums, double y, double mean, double alpha)
{
    double share = 1 / (1 + alpha * mean), part = mean * share, residual = (y - mean) * share;

    sums->residual += residual;
    sums->weight += part * share * (1 + alpha * y);
    sums->cross += residual * part;
    sums->part += part;
    sums->square += part * part;
    sums->count += y * part;
    sums->count_square += y * part * part;
}

void
imr_rate_sum_rows(imr_rate_climb_t *fit)
{
    const imr_rate_regression_t *model = fit->model;
    double alpha = fit->alpha;
    const double *y = model->count, *mean = fit->mean;

    memset(&fit->sums, 0, sizeof(fit->sums));
    for (size_t g = 0; g < model->patterns; g++) {
        imr_rate_sums_t sums = { 0, 0, 0, 0, 0, 0, 0 };

        for (size_t i = model->start[g]; i < model->start[g + 1]; i++) {
            add_row(&sums, y[i], mean[i], alpha);
        }
        fit->residual[g] = sums.residual;
        fit->weight[g] = sums.weight;
        fit->cross[g] = alpha * sums.cross;
        fit->sums.part += sums.part;
        fit->sums.square += sums.square;
        fit->sums.count += sums.count;
        fit->sums.count_square += sums.count_square;
    }
}
