#include "response/logistic_climb.h"

#include <math.h>
#include <string.h>

#include "base/orthonormal.h"

#define MOST_ITERATIONS 1000
#define BRISK_ITERATIONS 15 /* enough for most climbs */
#define CONVERGED 1e-20 /* of the squared score, in units of its variance */

size_t
imr_logistic_work_size(size_t n, size_t p)
{
    return p * p + 5 * p + 2 * n;
}

void
imr_logistic_climb_init(
    imr_logistic_climb_t *fit, const imr_logistic_t *model, int firth, size_t free)
{
    size_t n = model->n, p = model->p;

    memset(fit, 0, sizeof(*fit));
    fit->model = model;
    fit->firth = firth;
    fit->free = free;
    fit->coordinates = model->work;
    fit->step = fit->coordinates + p;
    fit->score = fit->step + p;
    fit->trial = fit->score + p;
    fit->row = fit->trial + p;
    fit->factor = fit->row + p;
    fit->hat = fit->factor + p * p;
    fit->eta = fit->hat + n;
}

/* --- linear algebra ----------------------------------------------------------------------------- */

size_t
imr_logistic_orthogonalize(imr_logistic_t *self, size_t last)
{
    return imr_orthonormal(self->design, self->n, self->p, last, self->basis, self->triangle);
}

/* The lower Cholesky factor in place; 0 unless the matrix is positive definite. */
static int
cholesky(double *matrix, size_t p)
{
    for (size_t c = 0; c < p; c++) {
        for (size_t r = c; r < p; r++) {
            double sum = matrix[r * p + c];

            for (size_t k = 0; k < c; k++) {
                sum -= matrix[r * p + k] * matrix[c * p + k];
            }
            if (r == c) {
                if (!(sum > 1e-290)) {
                    return 0;
                }
                matrix[c * p + c] = sqrt(sum);
            } else {
                matrix[r * p + c] = sum / matrix[c * p + c];
            }
        }
    }
    return 1;
}

/* factor x = b, for the leading m rows, in place */
void
imr_logistic_solve(const double *factor, size_t p, size_t m, double *b)
{
    for (size_t r = 0; r < m; r++) {
        for (size_t k = 0; k < r; k++) {
            b[r] -= factor[r * p + k] * b[k];
        }
        b[r] /= factor[r * p + r];
    }
}

/* factor' x = b, likewise */
void
imr_logistic_solve_transposed(const double *factor, size_t p, size_t m, double *b)
{
    for (size_t r = m; r-- > 0;) {
        for (size_t k = r + 1; k < m; k++) {
            b[r] -= factor[k * p + r] * b[k];
        }
        b[r] /= factor[r * p + r];
    }
}

/* --- the likelihood ----------------------------------------------------------------------------- */

/* Likelihood and information at the coordinates; 0 where the information vanishes. */
static int
evaluate(imr_logistic_climb_t *fit, const double *coordinates)
{
    const imr_logistic_t *model = fit->model;
    size_t n = model->n, p = model->p;
    double log_determinant = 0;

    memset(fit->factor, 0, p * p * sizeof(double));
    fit->loglik = 0;
    for (size_t i = 0; i < n; i++) {
        double eta = 0, weight, tail;

        for (size_t c = 0; c < p; c++) {
            fit->row[c] = model->basis[c * n + i];
            eta += fit->row[c] * coordinates[c];
        }
        fit->eta[i] = eta;
        tail = exp(-fabs(eta));
        weight = tail / ((1 + tail) * (1 + tail));
        fit->loglik -= fmax(-model->sign[i] * eta, 0) + log1p(tail);
        for (size_t r = 0; r < p; r++) {
            double part = weight * fit->row[r];

            for (size_t c = 0; c <= r; c++) {
                fit->factor[r * p + c] += part * fit->row[c];
            }
        }
    }
    if (!cholesky(fit->factor, p)) {
        fit->penalized = -INFINITY;
        return 0;
    }
    for (size_t c = 0; c < p; c++) {
        log_determinant += log(fit->factor[c * p + c]);
    }
    fit->penalized = fit->loglik + (fit->firth ? log_determinant : 0);
    return 1;
}

/* The factor of the information of the data that Firth's penalty amounts to: row i counts 1 + its
 * hat value times. */
static void
augment_information(imr_logistic_climb_t *fit)
{
    const imr_logistic_t *model = fit->model;
    size_t n = model->n, p = model->p;

    memset(fit->factor, 0, p * p * sizeof(double));
    for (size_t i = 0; i < n; i++) {
        double tail = exp(-fabs(fit->eta[i]));
        double weight = (1 + fit->hat[i]) * tail / ((1 + tail) * (1 + tail));

        for (size_t r = 0; r < p; r++) {
            for (size_t c = 0; c <= r; c++) {
                fit->factor[r * p + c] +=
                    weight * model->basis[r * n + i] * model->basis[c * n + i];
            }
        }
    }
    (void) cholesky(fit->factor, p); /* it exceeds the information, which has a factor */
}

/* The step of scoring, and how far the score is from 0. */
static void
direction(imr_logistic_climb_t *fit)
{
    const imr_logistic_t *model = fit->model;
    size_t n = model->n, p = model->p;

    memset(fit->score, 0, p * sizeof(double));
    for (size_t i = 0; i < n; i++) {
        double tail = exp(-fabs(fit->eta[i])), up = fit->eta[i] > 0 ? 1 : tail;
        double rate = up / (1 + tail), rest = (fit->eta[i] > 0 ? tail : 1) / (1 + tail);
        double residual = model->sign[i] > 0 ? rest : -rate, hat = 0;

        for (size_t c = 0; c < p; c++) {
            fit->row[c] = model->basis[c * n + i];
        }
        if (fit->firth) {
            memcpy(fit->step, fit->row, p * sizeof(double));
            imr_logistic_solve(fit->factor, p, p, fit->step);
            for (size_t c = 0; c < p; c++) {
                hat += fit->step[c] * fit->step[c];
            }
            hat *= rate * rest;
            fit->hat[i] = hat;
            residual += hat * 0.5 * (rest - rate);
        }
        for (size_t c = 0; c < p; c++) {
            fit->score[c] += residual * fit->row[c];
        }
    }
    if (fit->firth) {
        augment_information(fit); /* with the plain one the steps would overshoot */
    }
    memcpy(fit->step, fit->score, p * sizeof(double));
    imr_logistic_solve(fit->factor, p, fit->free, fit->step);
    fit->decrement = 0;
    for (size_t c = 0; c < fit->free; c++) {
        fit->decrement += fit->step[c] * fit->step[c];
    }
    imr_logistic_solve_transposed(fit->factor, p, fit->free, fit->step);
    for (size_t c = fit->free; c < p; c++) {
        fit->step[c] = 0;
    }
}

/* The largest change of a linear predictor along the step; *worst is the smallest change towards
 * the outcome observed, in units of it: not negative means that the step separates. */
static double
largest_change(const imr_logistic_climb_t *fit, double *worst)
{
    const imr_logistic_t *model = fit->model;
    double largest = 0, least = INFINITY;

    for (size_t i = 0; i < model->n; i++) {
        double change = 0;

        for (size_t c = 0; c < model->p; c++) {
            change += model->basis[c * model->n + i] * fit->step[c];
        }
        largest = fmax(largest, fabs(change));
        least = fmin(least, model->sign[i] * change);
    }
    *worst = largest > 0 ? least / largest : -1;
    return largest;
}

/* Climbs from the coordinates at hand; *separated, where asked for, ends a climb to infinity. */
/* Tries part of the step; 1 when the likelihood there is at least `least`. */
static int
try_step(imr_logistic_climb_t *fit, double part, double least)
{
    for (size_t c = 0; c < fit->model->p; c++) {
        fit->trial[c] = fit->coordinates[c] + part * fit->step[c];
    }
    return evaluate(fit, fit->trial) && fit->penalized >= least;
}

/* Doubles the step as long as that is better: along a ridge scoring is slow. */
static void
stretch_step(imr_logistic_climb_t *fit, double part)
{
    double most = fit->penalized;

    for (int doubling = 0; doubling < 20 && try_step(fit, 2 * part, most); doubling++) {
        most = fit->penalized;
        part *= 2;
    }
    (void) try_step(fit, part, most);
}

int
imr_logistic_climb(imr_logistic_climb_t *fit, int *separated)
{
    size_t p = fit->model->p;
    int idle = 0;

    if (!evaluate(fit, fit->coordinates)) {
        return IMR_ERR_NOCONV;
    }
    for (fit->iterations = 0; fit->iterations < MOST_ITERATIONS; fit->iterations++) {
        double start = fit->penalized, largest, worst, part;
        int better = 0;

        direction(fit);
        if (fit->decrement < CONVERGED || (idle > 20 && fit->decrement < 1e-9)) {
            return IMR_OK;
        }
        largest = largest_change(fit, &worst);
        if (separated != NULL && worst >= (fit->iterations < 12 ? -1e-12 : -1e-7)
            && largest > 0.1) {
            *separated = 1;
            return IMR_OK;
        }
        part = 2 * fmin(1, 5 / largest);
        for (int halving = 0; halving < 40 && !better; halving++) {
            part /= 2;
            better = try_step(fit, part, start - 1e-13 * fabs(start));
        }
        if (!better) {
            if (fit->decrement > 1e-14 || !evaluate(fit, fit->coordinates)) {
                return IMR_ERR_NOCONV;
            }
            direction(fit);
            return IMR_OK;
        }
        if (fit->firth && fit->iterations >= BRISK_ITERATIONS && idle == 0) {
            stretch_step(fit, part);
        }
        memcpy(fit->coordinates, fit->trial, p * sizeof(double));
        idle = fit->penalized > start + 1e-13 * fabs(start) ? 0 : idle + 1;
    }
    return IMR_ERR_NOCONV;
}
