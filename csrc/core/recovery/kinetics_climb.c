#include "recovery/kinetics_climb.h"

#include <math.h>
#include <string.h>

#include "base/cholesky.h"
#include "recovery/tobit_climb.h"

enum { MOST_STEPS = 100, MOST_TRIALS = 40 };

#define CONVERGED 1e-8 /* before the last step, which shortens the score tenfold at least */
#define ENOUGH_FOR_A_PROFILE 1e-4 /* whose log-likelihood is short by half its square */
#define NEARLY 1e-6 /* enough where rounding ends the climb */
#define ROUNDING 1e-13 /* of the log-likelihood */
#define SLOW 0.1 /* a step of scoring that shortens the score by less */
#define DIFFERENCE 1e-4 /* in standard errors */
#define EXACT 1e-26 /* squares of this share of the values are rounding */

/* --- likelihood -------------------------------------------------------------------------------- */

/* The standardised distance of row i above the curve, and its derivatives by the curve (its level, or
 * its logarithm where the error is proportional) and by h. */
static double
distance(const imr_kinetics_climb_t *self, size_t i, double h, double *by_level, double *by_h)
{
    double ratio;

    if (self->error != IMR_KINETICS_PROPORTIONAL) {
        *by_level = -h;
        *by_h = self->value[i] - self->level[i];
        return h * *by_h;
    }
    ratio = self->value[i] * exp(-self->level[i]);
    *by_level = -h * ratio;
    *by_h = ratio - 1;
    return h * (ratio - 1);
}

static imr_tobit_term_t
below_term(double z)
{
    return imr_tobit_term(-INFINITY, z);
}

double
imr_kinetics_loglik(imr_kinetics_climb_t *self, const double *phi, double h)
{
    double theta[IMR_KINETICS_MOST], unused[IMR_KINETICS_MOST], sum = 0, z, a, b;

    memcpy(theta, phi, sizeof(theta));
    if (!imr_kinetics_to_theta(
            self->model, self->coordinates, self->threshold, self->origin, theta, unused)) {
        return -INFINITY;
    }
    imr_kinetics_curve(self->model, theta, self->origin, self->day, self->n,
        self->error != IMR_KINETICS_ADDITIVE, self->level, self->slope);
    for (size_t i = 0; i < self->n; i++) {
        z = distance(self, i, h, &a, &b);
        if (self->below[i]) {
            sum += below_term(z).loglik;
        } else {
            sum -= 0.5 * z * z;
            if (self->joint) {
                sum += log(h);
            }
            if (self->error == IMR_KINETICS_PROPORTIONAL) {
                sum -= self->level[i];
            }
        }
    }
    return isnan(sum) || sum == INFINITY ? -INFINITY : sum;
}

double
imr_kinetics_below_weight(const imr_kinetics_climb_t *self, size_t i)
{
    double a, b;

    return -below_term(distance(self, i, self->h, &a, &b)).middle_middle;
}

/* The derivatives of the curve at row i by the coordinates, in place of those by theta. */
static void
change_coordinates(const imr_kinetics_climb_t *self, double *slope, const double *of_replaced)
{
    size_t p = imr_kinetics_unknowns(self->model), r = self->replaced;
    double by_replaced = slope[r];

    slope[r] = 0;
    for (size_t c = 0; c < p; c++) {
        slope[c] += by_replaced * of_replaced[c];
    }
}

/* Least squares in the model's own coordinates, which most fits are; inlined for each number of them. */
static inline void
add_squares(imr_kinetics_climb_t *self, const size_t p)
{
    double v[IMR_KINETICS_MOST] = { 0 }, factor[IMR_KINETICS_MOST * IMR_KINETICS_MOST] = { 0 };

    for (size_t i = 0; i < self->n; i++) {
        const double *slope = self->slope + i * IMR_KINETICS_MOST;
        double r = self->value[i] - self->level[i];

        for (size_t c = 0; c < p; c++) {
            v[c] += r * slope[c];
            for (size_t b = 0; b <= c; b++) {
                factor[c * p + b] += slope[c] * slope[b];
            }
        }
    }
    memcpy(self->gradient, v, sizeof(v));
    memcpy(self->factor, factor, sizeof(factor));
}

static void
add_rows(imr_kinetics_climb_t *self)
{
    size_t p = imr_kinetics_unknowns(self->model), m = p + (self->joint != 0);
    double theta[IMR_KINETICS_MOST], of_replaced[IMR_KINETICS_MOST] = { 0 }, h = self->h;
    double *v = self->gradient, *factor = self->factor;

    memset(v, 0, sizeof(self->gradient));
    memset(factor, 0, sizeof(self->factor));
    if (self->coordinates != IMR_COORDINATES_OWN) {
        memcpy(theta, self->phi, sizeof(theta));
        imr_kinetics_to_theta(
            self->model, self->coordinates, self->threshold, self->origin, theta, of_replaced);
    }
    for (size_t i = 0; i < self->n; i++) {
        double d[IMR_KINETICS_SIDE], by_level, by_h, z = distance(self, i, h, &by_level, &by_h);
        double *slope = self->slope + i * IMR_KINETICS_MOST, first, weight = 1, extra = 0;

        if (self->coordinates != IMR_COORDINATES_OWN) {
            change_coordinates(self, slope, of_replaced);
        }
        if (self->below[i]) {
            imr_tobit_term_t term = below_term(z);

            if (!(term.middle > 0)) {
                continue; /* far below: certain whatever the curve does */
            }
            first = term.middle;
            weight = -term.middle_middle;
        } else {
            first = -z;
            if (self->error == IMR_KINETICS_PROPORTIONAL) { /* Fisher's scoring, as exp bends */
                for (size_t c = 0; c < p; c++) {
                    v[c] += slope[c] * (-1 - z * by_level);
                    for (size_t b = 0; b <= c; b++) {
                        factor[c * m + b] += slope[c] * slope[b] * (h * h + 2);
                    }
                    factor[p * m + c] -= 2 / h * slope[c];
                }
                v[p] += 1 / h - z * by_h;
                factor[p * m + p] += 2 / (h * h);
                continue;
            }
            extra = 1 / h;
        }
        for (size_t c = 0; c < p; c++) {
            d[c] = by_level * slope[c];
        }
        d[p] = by_h;
        for (size_t c = 0; c < m; c++) {
            v[c] += first * d[c];
            for (size_t b = 0; b <= c; b++) {
                factor[c * m + b] += weight * d[c] * d[b];
            }
        }
        if (self->joint) {
            v[p] += extra;
            factor[p * m + p] += extra * extra;
        }
    }
}

void
imr_kinetics_derivatives(imr_kinetics_climb_t *self)
{
    size_t p = imr_kinetics_unknowns(self->model), m = p + (self->joint != 0), k = self->fixed;
    double *v = self->gradient, *factor = self->factor;

    if (self->joint || self->coordinates != IMR_COORDINATES_OWN) {
        add_rows(self);
    } else if (p == 3) {
        add_squares(self, 3);
    } else if (p == 2) {
        add_squares(self, 2);
    } else {
        add_squares(self, 4);
    }
    if (k < p) {
        v[k] = 0;
        for (size_t c = 0; c < m; c++) {
            factor[(c > k ? c : k) * m + (c > k ? k : c)] = c == k;
        }
    }
}

/* --- the climb --------------------------------------------------------------------------------- */

/* The step of damped scoring; 0 where the matrix has no factor. *gain is the length of the score in the
 * metric of the step. */
static int
damped_step(const imr_kinetics_climb_t *self, size_t m, double damping, double *step, double *gain)
{
    double matrix[IMR_KINETICS_SIDE * IMR_KINETICS_SIDE], sum = 0;

    memcpy(matrix, self->factor, m * m * sizeof(double));
    memcpy(step, self->gradient, m * sizeof(double));
    for (size_t c = 0; c < m; c++) {
        matrix[c * m + c] += damping * matrix[c * m + c];
    }
    if (imr_cholesky(matrix, m, NULL) < m) {
        return 0;
    }
    imr_solve_lower(matrix, m, step);
    for (size_t c = 0; c < m; c++) {
        sum += step[c] * step[c];
    }
    imr_solve_upper(matrix, m, step);
    *gain = sqrt(sum);
    return isfinite(sum);
}

/* Where scoring is slow: minus the second derivatives, those of the curve included, by differences of the
 * gradient, if they are positive definite. Leaves the point as it was. */
static void
true_curvature(imr_kinetics_climb_t *self, size_t m)
{
    size_t p = imr_kinetics_unknowns(self->model);
    imr_kinetics_climb_t here = *self;
    double rows[IMR_KINETICS_SIDE * IMR_KINETICS_SIDE] = { 0 };
    double sd = self->joint ? 1 : sqrt(-2 * here.loglik / (double) self->n);

    for (size_t c = 0; c < m; c++) {
        double step = DIFFERENCE * sd / sqrt(here.factor[c * m + c]);

        if (c == here.fixed) {
            continue;
        }
        memcpy(self->phi, here.phi, sizeof(here.phi));
        self->h = here.h;
        if (c < p) {
            self->phi[c] += step;
        } else {
            self->h += step;
        }
        imr_kinetics_loglik(self, self->phi, self->h);
        imr_kinetics_derivatives(self);
        for (size_t b = 0; b < m; b++) {
            rows[c * m + b] = (here.gradient[b] - self->gradient[b]) / step;
        }
    }
    *self = here;
    for (size_t c = 0; c < m; c++) {
        for (size_t b = 0; b <= c && c != here.fixed; b++) {
            self->factor[c * m + b] =
                b == here.fixed ? 0 : 0.5 * (rows[c * m + b] + rows[b * m + c]);
        }
    }
    memcpy(rows, self->factor, sizeof(rows));
    if (imr_cholesky(rows, m, NULL) < m) {
        memcpy(self->factor, here.factor, sizeof(rows));
    }
}

static double
sum_of_squares(const imr_kinetics_climb_t *self)
{
    double sum = 0;

    for (size_t i = 0; i < self->n; i++) {
        sum += self->value[i] * self->value[i];
    }
    return sum;
}

int
imr_kinetics_climb(imr_kinetics_climb_t *self)
{
    size_t p = imr_kinetics_unknowns(self->model), m = p + (self->joint != 0);
    double damping = 1e-3, before = INFINITY;
    double least = self->joint ? 0 : 0.5 * EXACT * sum_of_squares(self);
    double enough = self->fixed < p ? ENOUGH_FOR_A_PROFILE : CONVERGED;
    int risen = 0;

    self->loglik = imr_kinetics_loglik(self, self->phi, self->h);
    self->score_norm = INFINITY;
    if (self->loglik == -INFINITY) {
        return IMR_ERR_NOCONV;
    }
    for (self->iterations = 0; self->iterations < MOST_STEPS; self->iterations++) {
        double step[IMR_KINETICS_SIDE], trial[IMR_KINETICS_MOST], h, loglik, gain;

        risen = 0;
        imr_kinetics_derivatives(self);
        if (self->score_norm > SLOW * before && self->score_norm < 1) {
            true_curvature(self, m);
        }
        before = self->score_norm;
        if (self->joint ? self->sharpest > 0 && self->h > self->sharpest : -self->loglik <= least) {
            self->score_norm = 0;
            return IMR_OK;
        }
        for (int t = 0; t < MOST_TRIALS && !risen; t++) {
            if (!damped_step(self, m, damping, step, &gain)) {
                damping = fmax(10 * damping, 1e-6);
                continue;
            }
            if (!self->joint) { /* residuals are not yet in units of their standard deviation */
                gain *= sqrt(0.5 * (double) self->n / -self->loglik);
            }
            self->score_norm = damping < 1e-2 ? gain : INFINITY;
            memset(trial, 0, sizeof(trial));
            for (size_t c = 0; c < p; c++) {
                trial[c] = self->phi[c] + step[c];
            }
            h = self->joint ? self->h + step[p] : self->h;
            loglik = h > 0 ? imr_kinetics_loglik(self, trial, h) : -INFINITY;
            if (loglik > self->loglik
                || (gain < NEARLY && loglik > self->loglik - ROUNDING * fabs(self->loglik))) {
                memcpy(self->phi, trial, p * sizeof(double));
                self->h = h;
                self->loglik = loglik;
                damping = damping < 1e-8 ? 0 : 0.1 * damping;
                risen = 1;
            } else if (gain < NEARLY && damping < 1e-2) {
                break; /* rounding hides what is left */
            } else {
                damping = fmax(10 * damping, 1e-6);
            }
        }
        if (self->score_norm < enough || !risen
            || (self->score_norm < NEARLY && self->score_norm > 0.5 * before)) {
            break;
        }
    }
    if (!risen) { /* the curve at hand is that of a trial */
        self->loglik = imr_kinetics_loglik(self, self->phi, self->h);
    }
    imr_kinetics_derivatives(self);
    return self->score_norm < fmax(enough, NEARLY) ? IMR_OK : IMR_ERR_NOCONV;
}
