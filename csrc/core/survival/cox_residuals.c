#include "survival/cox_residuals.h"

#include <math.h>
#include <string.h>

#include "base/mem.h"
#include "survival/cox_rows.h"

int
imr_cox_trace_init(imr_cox_trace_t *self, const imr_cox_rows_t *rows, imr_fault_t *fault)
{
    size_t sets = rows->sets;

    self->total = imr_malloc(sets * 2 * (rows->width + 1), sizeof(double));
    if (self->total == NULL) {
        return imr_fault(fault, IMR_ERR_NOMEM, NULL, -1, NAN);
    }
    self->tied_total = self->total + sets;
    self->sum = self->tied_total + sets;
    self->tied_sum = self->sum + sets * rows->width;
    return IMR_OK;
}

/* Adds up over the terms of set k: means of the covariates; the same times the share of the hazard of
 * a term, and times f of that (NULL: not wanted). */
static void
sum_terms(const imr_cox_rows_t *rows, imr_cox_ties_t ties, const imr_cox_trace_t *trace, size_t k,
    double *mean, double *pull, double *tied_pull)
{
    size_t width = rows->width;
    const double *sum = trace->sum + k * width, *tied = trace->tied_sum + k * width;
    double total = trace->total[k], tied_total = trace->tied_total[k], terms, events;
    double first = 0, first_f = 0, second = 0, second_f = 0, second_ff = 0;

    imr_cox_terms(rows, ties, k, &terms, &events);
    for (double l = 0; l < terms; l++) {
        double f = l / terms, r = 1 / (total - f * tied_total);

        first += r;
        first_f += f * r;
        second += r * r;
        second_f += f * r * r;
        second_ff += f * f * r * r;
    }
    for (size_t j = 0; j < width; j++) {
        mean[j] = (sum[j] * first - tied[j] * first_f) / terms;
        if (pull != NULL) {
            pull[j] = events * (sum[j] * second - tied[j] * second_f);
            tied_pull[j] = events * (sum[j] * second_f - tied[j] * second_ff);
        }
    }
}

void
imr_cox_set_mean(const imr_cox_rows_t *rows, imr_cox_ties_t ties, const imr_cox_trace_t *trace,
    size_t k, double *mean)
{
    sum_terms(rows, ties, trace, k, mean, NULL, NULL);
}

/* score += sign * hazard ratio * (z hazard - pull) for one row */
static void
pull_row(const imr_cox_likelihood_t *likelihood, size_t i, double sign, double hazard,
    const double *pull, double *score)
{
    const imr_cox_rows_t *rows = likelihood->rows;
    const double *z = rows->z + i * rows->width;
    double ratio = sign * exp(likelihood->eta[i]);

    for (size_t j = 0; j < rows->p; j++) {
        score[i * rows->p + j] += ratio * (z[j] * hazard - pull[j]);
    }
}

int
imr_cox_score_residuals(const imr_cox_likelihood_t *likelihood, double *score, imr_fault_t *fault)
{
    const imr_cox_rows_t *rows = likelihood->rows;
    size_t p = rows->p, width = rows->width;
    double *mean = imr_malloc(4 * width, sizeof(double)), *pull, *tied_pull, *all_pull;
    double hazard = 0;

    if (mean == NULL) {
        return imr_fault(fault, IMR_ERR_NOMEM, NULL, -1, NAN);
    }
    pull = mean + width;
    tied_pull = pull + width;
    all_pull = tied_pull + width;
    memset(score, 0, rows->n * p * sizeof(double));
    for (size_t k = rows->sets; k-- > 0;) {
        if (k + 1 == rows->sets || rows->set_stratum[k] != rows->set_stratum[k + 1]) {
            hazard = 0;
            memset(all_pull, 0, width * sizeof(double));
        }
        sum_terms(rows, likelihood->ties, likelihood->trace, k, mean, pull, tied_pull);
        hazard += likelihood->hazard[k];
        for (size_t j = 0; j < width; j++) {
            all_pull[j] += pull[j];
        }
        for (int64_t q = rows->leaving == NULL ? 0 : rows->leave_begin[k];
             rows->leaving != NULL && q < rows->leave_end[k]; q++) {
            pull_row(likelihood, (size_t) rows->leaving[q], 1, hazard, all_pull, score);
        }
        for (size_t i = (size_t) rows->begin[k]; i < (size_t) rows->end[k]; i++) {
            pull_row(likelihood, i, -1, hazard, all_pull, score);
            if (i >= (size_t) rows->first_event[k]) {
                pull_row(likelihood, i, 1, likelihood->excess[k], tied_pull, score);
                for (size_t j = 0; j < p; j++) {
                    score[i * p + j] += rows->z[i * width + j] - mean[j];
                }
            }
        }
    }
    imr_free(mean);
    return IMR_OK;
}

void
imr_cox_expected(const imr_cox_likelihood_t *likelihood, double *expected)
{
    const imr_cox_rows_t *rows = likelihood->rows;
    double hazard = 0;

    memset(expected, 0, rows->n * sizeof(double));
    for (size_t k = rows->sets; k-- > 0;) {
        if (k + 1 == rows->sets || rows->set_stratum[k] != rows->set_stratum[k + 1]) {
            hazard = 0;
        }
        hazard += likelihood->hazard[k];
        for (int64_t q = rows->leaving == NULL ? 0 : rows->leave_begin[k];
             rows->leaving != NULL && q < rows->leave_end[k]; q++) {
            expected[rows->leaving[q]] = -hazard;
        }
        for (size_t i = (size_t) rows->begin[k]; i < (size_t) rows->end[k]; i++) {
            double own = i >= (size_t) rows->first_event[k] ? likelihood->excess[k] : 0;

            expected[i] = exp(likelihood->eta[i]) * (hazard + expected[i] - own);
        }
    }
}

/* --- the robust covariance ---------------------------------------------------------------------- */

/* The sum over rows of multiplicity times score score', or over clusters of the square of their
 * weighted sums, into square. */
static void
add_squares(const double *score, const double *times, size_t n, size_t p, double *square)
{
    memset(square, 0, p * p * sizeof(double));
    for (size_t i = 0; i < n; i++) {
        const double *a = score + i * p;

        for (size_t r = 0; r < p; r++) {
            double part = (times == NULL ? 1 : times[i]) * a[r];

            for (size_t c = 0; c <= r; c++) {
                square[r * p + c] += part * a[c];
            }
        }
    }
    for (size_t r = 0; r < p; r++) {
        for (size_t c = 0; c < r; c++) {
            square[c * p + r] = square[r * p + c];
        }
    }
}

static void
multiply(const double *a, const double *b, size_t p, double *product)
{
    for (size_t r = 0; r < p; r++) {
        for (size_t c = 0; c < p; c++) {
            double sum = 0;

            for (size_t k = 0; k < p; k++) {
                sum += a[r * p + k] * b[k * p + c];
            }
            product[r * p + c] = sum;
        }
    }
}

int
imr_cox_robust(const imr_cox_likelihood_t *likelihood, const double *covariance, double *robust,
    imr_fault_t *fault)
{
    const imr_cox_rows_t *rows = likelihood->rows;
    size_t n = rows->n, p = rows->p, clusters = rows->cluster == NULL ? 0 : (size_t) rows->clusters;
    double *score = imr_malloc(n * p, sizeof(double)), *square = imr_malloc(2 * p * p, sizeof(double));
    double *sums = imr_calloc(clusters * p, sizeof(double));
    int status = IMR_ERR_NOMEM;

    if (score == NULL || square == NULL || sums == NULL) {
        imr_fault(fault, status, NULL, -1, NAN);
        goto out;
    }
    status = imr_cox_score_residuals(likelihood, score, fault);
    if (status != IMR_OK) {
        goto out;
    }
    if (rows->cluster != NULL) {
        for (size_t i = 0; i < n; i++) {
            double weight = imr_cox_weight(rows, i);

            for (size_t j = 0; j < p; j++) {
                sums[(size_t) rows->cluster[i] * p + j] += weight * score[i * p + j];
            }
        }
        add_squares(sums, NULL, clusters, p, square);
    } else if (rows->sampling) {
        for (size_t i = 0; i < n; i++) {
            for (size_t j = 0; j < p; j++) {
                score[i * p + j] *= rows->weight[i];
            }
        }
        add_squares(score, NULL, n, p, square);
    } else {
        add_squares(score, rows->weight, n, p, square);
    }
    multiply(covariance, square, p, square + p * p);
    multiply(square + p * p, covariance, p, robust);
out:
    imr_free(score);
    imr_free(square);
    imr_free(sums);
    return status;
}
