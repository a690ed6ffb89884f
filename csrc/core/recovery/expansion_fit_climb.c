#include "recovery/expansion_fit_climb.h"

#include <float.h>
#include <math.h>
#include <string.h>

#include "base/cholesky.h"

enum { Q = IMR_STEIN_UNKNOWNS, MOST_STEPS = 300, MOST_DAMPINGS = 40 };

/* A score this many standard errors from 0 is that of a maximum. */
#define AT_MAXIMUM 1e-8
/* No step changes a log or logit by more. */
#define LONGEST_STEP 2.0
/* Of the standard error of a log or logit. */
#define LARGEST_ERROR 10.0

size_t
imr_stein_free(const imr_stein_climb_t *self, size_t free[IMR_STEIN_UNKNOWNS])
{
    size_t count = 0;

    for (size_t k = 0; k < Q; k++) {
        int absent = self->rows.decline == IMR_DECLINE_EXPONENTIAL
            && (k == IMR_STEIN_SHARE || k == IMR_STEIN_SLOW);

        if (!self->fixed[k] && !absent) {
            free[count++] = k;
        }
    }
    return count;
}

/* Leaves out what stands at its end and would go beyond. */
static size_t
movable(const imr_stein_climb_t *self, const double *gradient, size_t *free)
{
    size_t count = imr_stein_free(self, free), kept = 0;
    const double *phi = self->phi;

    for (size_t i = 0; i < count; i++) {
        size_t k = free[i];
        int stuck = (k == IMR_STEIN_DAY
                        && ((phi[k] <= self->first_day && gradient[k] <= 0)
                            || (phi[k] >= self->last_day && gradient[k] >= 0)))
            || (k == IMR_STEIN_PRECISION && phi[k] >= IMR_STEIN_MOST_PRECISION && gradient[k] >= 0);

        if (!stuck) {
            free[kept++] = k;
        }
    }
    return kept;
}

/* The Newton step of the unknowns in `free` with so much damping; 0 where it does not rise. *norm is then
 * what is left of the score, without damping. */
static int
newton_step(const double *gradient, const double *hessian, const size_t *free, size_t count,
    double damping, double *step, double *norm)
{
    double matrix[Q * Q], least[Q] = { 0 };

    for (size_t r = 0; r < count; r++) {
        for (size_t c = 0; c <= r; c++) {
            matrix[r * count + c] = -hessian[free[r] * Q + free[c]];
        }
        matrix[r * count + r] += damping * (fabs(matrix[r * count + r]) + 1e-8);
        least[r] = 1e-12 * fabs(matrix[r * count + r]);
        step[r] = gradient[free[r]];
    }
    if (imr_cholesky(matrix, count, least) < count) {
        return 0;
    }
    imr_solve_lower(matrix, count, step);
    *norm = 0;
    for (size_t r = 0; r < count; r++) {
        *norm += step[r] * step[r];
    }
    *norm = sqrt(*norm);
    imr_solve_upper(matrix, count, step);
    return isfinite(*norm);
}

/* A maximum that leaves an unknown open is none: its likelihood rises for ever, by less than is seen. */
static int
is_flat(const double *hessian, const size_t *free, size_t count)
{
    double matrix[Q * Q] = { 0 }, inverse[Q * Q];

    for (size_t r = 0; r < count; r++) {
        for (size_t c = 0; c <= r; c++) {
            matrix[r * count + c] = -hessian[free[r] * Q + free[c]];
        }
    }
    if (imr_cholesky(matrix, count, NULL) < count) {
        return 1;
    }
    imr_cholesky_inverse(matrix, count, inverse);
    for (size_t r = 0; r < count; r++) {
        if (free[r] != IMR_STEIN_DAY && !(inverse[r * count + r] < LARGEST_ERROR * LARGEST_ERROR)) {
            return 1;
        }
    }
    return 0;
}

/* Where a step leads, shortened and kept between the ends. */
static void
move(const imr_stein_climb_t *self, const size_t *free, size_t count, const double *step,
    double *moved)
{
    double longest = 0;

    for (size_t i = 0; i < count; i++) {
        longest = fmax(longest, free[i] == IMR_STEIN_DAY ? 0 : fabs(step[i]));
    }
    memcpy(moved, self->phi, Q * sizeof(*moved));
    for (size_t i = 0; i < count; i++) {
        moved[free[i]] += longest > LONGEST_STEP ? step[i] * (LONGEST_STEP / longest) : step[i];
    }
    moved[IMR_STEIN_DAY] = fmin(fmax(moved[IMR_STEIN_DAY], self->first_day), self->last_day);
    moved[IMR_STEIN_PRECISION] = fmin(moved[IMR_STEIN_PRECISION], IMR_STEIN_MOST_PRECISION);
}

static int
ran_away(const imr_stein_climb_t *self, const size_t *free, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (free[i] != IMR_STEIN_DAY && free[i] != IMR_STEIN_PEAK
            && !(fabs(self->phi[free[i]]) < IMR_STEIN_FAR)) {
            return 1;
        }
    }
    return 0;
}

/* One step uphill by as little damping as it takes; 0 where none is found. */
static int
rise(imr_stein_climb_t *self, const double *gradient, const double *hessian, const size_t *free,
    size_t count, double *damping)
{
    double step[Q], moved[Q], norm;

    for (int tries = 0; tries < MOST_DAMPINGS; tries++) {
        if (newton_step(gradient, hessian, free, count, *damping, step, &norm)) {
            double loglik;

            move(self, free, count, step, moved);
            loglik = imr_stein_loglik(&self->rows, moved, NULL, NULL);
            if (loglik > self->loglik) {
                memcpy(self->phi, moved, sizeof(moved));
                self->loglik = loglik;
                *damping = *damping > 1e-9 ? *damping / 10 : 0;
                return 1;
            }
        }
        *damping = *damping > 0 ? *damping * 10 : 1e-6;
    }
    return 0;
}

int
imr_stein_climb(imr_stein_climb_t *self)
{
    double gradient[Q], hessian[(size_t) Q * Q], step[Q], damping = 0;
    size_t free[Q], count;
    int risen = 1;

    self->phi[IMR_STEIN_DAY] =
        fmin(fmax(self->phi[IMR_STEIN_DAY], self->first_day), self->last_day);
    for (self->iterations = 0; self->iterations < MOST_STEPS; self->iterations++) {
        self->loglik = imr_stein_loglik(&self->rows, self->phi, gradient, hessian);
        count = movable(self, gradient, free);
        if (!isfinite(self->loglik) || ran_away(self, free, count)) {
            return 0;
        }
        if (newton_step(gradient, hessian, free, count, 0, step, &self->score_norm)) {
            double rounding = 1e3 * DBL_EPSILON * exp(self->phi[IMR_STEIN_PRECISION]);

            if (self->score_norm < AT_MAXIMUM + rounding || (!risen && self->score_norm < 1e-5)) {
                return !is_flat(hessian, free, count);
            }
        } else if (!risen) {
            return 0;
        }
        if (!risen) {
            return 0;
        }
        risen = rise(self, gradient, hessian, free, count, &damping);
    }
    return 0;
}
