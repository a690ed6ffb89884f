#include "recovery/tobit_mixed_climb.h"

#include <math.h>
#include <string.h>

#include "base/cholesky.h"

/* Information that counts as none, as a share of that of exact values. */
#define FLAT 1e-9
/* A saddle in rho lies at 0; the first step away from it, and what counts as near. */
#define LEAP 0.3
#define NEAR_0 1e-3

/* Where the data hardly tell the two standard deviations apart, and it is a height that is wanted: so small
 * a gain will do after many steps, and where rho has gone as far as it may. */
#define SLOW 1e-7
#define SLOW_TO_THE_END 1e-5

enum { MANY_STEPS = 20, MOST_STEPS = 100, MOST_HALVINGS = 50 };

/* The unknown that the plane gives away, or their number. */
static size_t
dependent_of(const imr_tobit_mixed_climb_t *self)
{
    size_t m = self->likelihood->unknowns, most = m;

    for (size_t r = 0; r < m && self->plane != NULL; r++) {
        if (most == m || fabs(self->plane[r]) > fabs(self->plane[most])) {
            most = r;
        }
    }
    return most;
}

/* Score and factor of the free unknowns; returns their number. In all but the last of them the likelihood
 * is concave: there a hollow is taken as a hill, so that the step leads upwards. */
static size_t
reduce(imr_tobit_mixed_climb_t *self, size_t dependent, double *score)
{
    const imr_tobit_mixed_likelihood_t *likelihood = self->likelihood;
    size_t m = likelihood->unknowns, k = 0, free = dependent < m ? m - 1 : m, failed;
    const double *info = likelihood->information, *plane = self->plane;
    double floor = FLAT * (double) likelihood->n;

    for (size_t r = 0; r < m; r++) {
        double share = dependent < m ? plane[r] / plane[dependent] : 0;
        size_t j = 0;

        if (r == dependent) {
            continue;
        }
        score[k] =
            likelihood->score[r] - (dependent < m ? share * likelihood->score[dependent] : 0);
        for (size_t c = 0; c <= r; c++) {
            double other;

            if (c == dependent) {
                continue;
            }
            self->factor[k * free + j] = info[r * m + c];
            if (dependent < m) {
                other = plane[c] / plane[dependent];
                self->factor[k * free + j] += share * other * info[dependent * m + dependent]
                    - share * info[dependent * m + c] - other * info[r * m + dependent];
            }
            j++;
        }
        if (dependent < m && k + 1 < free) {
            self->factor[k * free + k] += floor;
        }
        k++;
    }
    failed = imr_cholesky(self->factor, free, NULL);
    if (failed + 1 == free) {
        double pivot = fabs(self->factor[free * free - 1]);

        self->factor[free * free - 1] = sqrt(fmax(pivot, floor));
        failed = free + 1;
    }
    return failed;
}

/* As far along the step as the log-likelihood rises, or near the maximum falls by rounding alone. *moved
 * says whether it does. */
static int
advance(imr_tobit_mixed_climb_t *self, const double *step, int saddle, double *start, int *moved)
{
    imr_tobit_mixed_likelihood_t *likelihood = self->likelihood;
    size_t m = likelihood->unknowns;
    double share = 1, rounding;

    rounding = self->score_norm < 1e-3 && !saddle
        ? 1e-13 * ((double) likelihood->n + fabs(self->loglik))
        : 0;
    memcpy(start, self->at, m * sizeof(double));
    *moved = 0;
    for (int halving = 0; halving < MOST_HALVINGS; halving++, share *= 0.5) {
        int ret;

        for (size_t r = 0; r < m; r++) {
            self->at[r] = start[r] + share * step[r];
        }
        if (fabs(self->at[m - 1]) > 2 * fabs(start[m - 1]) + 1) {
            continue;
        }
        ret = imr_tobit_mixed_likelihood_at(likelihood, self->at);
        if (ret != IMR_OK) {
            return ret;
        }
        if (likelihood->loglik > self->loglik - rounding) {
            self->loglik = likelihood->loglik;
            *moved = 1;
            return IMR_OK;
        }
    }
    memcpy(self->at, start, m * sizeof(double));
    return imr_tobit_mixed_likelihood_at(likelihood, self->at);
}

/* Newton's step in all unknowns, of the half-solved score of the free ones. At a saddle in rho, in which
 * the likelihood is even, rho leaves 0. */
static void
find_step(imr_tobit_mixed_climb_t *self, size_t dependent, int saddle, double *score, double *step)
{
    size_t m = self->likelihood->unknowns, k = 0;
    double sum = 0;

    imr_solve_upper(self->factor, dependent < m ? m - 1 : m, score);
    for (size_t r = 0; r < m; r++) {
        step[r] = r == dependent ? 0 : score[k++];
    }
    if (saddle) {
        step[m - 1] = LEAP;
    }
    for (size_t r = 0; r < m && dependent < m; r++) {
        sum += self->plane[r] * step[r];
    }
    if (dependent < m) {
        step[dependent] = -sum / self->plane[dependent];
    }
}

int
imr_tobit_mixed_climb(imr_tobit_mixed_climb_t *self)
{
    imr_tobit_mixed_likelihood_t *likelihood = self->likelihood;
    size_t m = likelihood->unknowns, dependent = dependent_of(self);
    size_t free = dependent < m ? m - 1 : m;
    double *score = self->work, *step = score + m, *start = step + m, before = INFINITY;
    double last = -INFINITY;
    int ret = imr_tobit_mixed_likelihood_at(likelihood, self->at), moved = 1;

    self->loglik = likelihood->loglik;
    self->iterations = 0;
    for (int steps = 0; steps < MOST_STEPS && ret == IMR_OK; steps++, self->iterations++) {
        size_t found = reduce(self, dependent, score);
        int hollow = found > free, saddle;
        double norm = 0;

        if (found < free || !isfinite(self->loglik)) {
            return IMR_ERR_NOCONV;
        }
        self->pull = dependent < m ? likelihood->score[dependent] / self->plane[dependent] : 0;
        imr_solve_lower(self->factor, free, score);
        for (size_t r = 0; r < free; r++) {
            norm += score[r] * score[r];
        }
        self->score_norm = sqrt(norm);
        if (self->wanted > 1e-6
            && ((steps > MANY_STEPS && self->loglik < last + SLOW)
                || (fabs(self->at[m - 1]) > IMR_TOBIT_MIXED_MOST
                    && self->loglik < last + SLOW_TO_THE_END))) {
            return IMR_OK;
        }
        last = self->loglik;
        if (!moved
            || (!hollow
                && (self->score_norm < self->wanted
                    || (self->score_norm < 1e-6 && self->score_norm > 0.5 * before)))) {
            break;
        }
        if (fabs(self->at[m - 1]) > IMR_TOBIT_MIXED_MOST) {
            return IMR_ERR_TOBIT_MIXED_RIGID;
        }
        if (steps > MANY_STEPS && hollow && self->score_norm < 1e-6) {
            return IMR_ERR_TOBIT_MIXED_FLAT;
        }
        saddle = hollow && dependent + 1 != m && fabs(self->at[m - 1]) < NEAR_0;
        find_step(self, dependent, saddle, score, step);
        before = self->score_norm;
        ret = advance(self, step, saddle, start, &moved);
    }
    if (ret != IMR_OK) {
        return ret;
    }
    if (self->score_norm < fmax(self->wanted, 1e-6)) {
        return IMR_OK;
    }
    if (!(self->score_norm < 1e-2 && self->loglik < last + SLOW)) {
        return IMR_ERR_NOCONV;
    }
    return self->wanted > 1e-6 ? IMR_OK : IMR_ERR_TOBIT_MIXED_FLAT; /* as high as rounding shows */
}
