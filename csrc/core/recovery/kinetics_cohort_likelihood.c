#include <math.h>
#include <string.h>

#include "base/cholesky.h"
#include "base/hermite.h"
#include "recovery/kinetics_cohort.h"

enum { MOST_STEPS = 40, MOST_TRIALS = 12 };

#define CONVERGED 1e-9

/* The parameters that differ between patients. */
static size_t
list_random(const imr_kinetics_cohort_t *self, size_t *which)
{
    size_t q = 0;

    for (size_t c = 0; c < self->p; c++) {
        if (self->between[c] > 0) {
            which[q++] = c;
        }
    }
    return q;
}

/* Log density of the counts and of the distances `off` from the common theta, without constants. */
static double
joint_loglik(const imr_kinetics_cohort_t *self, imr_kinetics_climb_t *climb, const double *off)
{
    double phi[IMR_KINETICS_MOST], sum = 0;

    for (size_t c = 0; c < IMR_KINETICS_MOST; c++) {
        phi[c] = self->theta[c] + off[c];
        if (self->between[c] > 0) {
            sum -= 0.5 * off[c] * off[c] / (self->between[c] * self->between[c]);
        }
    }
    return climb->n == 0 ? sum : sum + imr_kinetics_loglik(climb, phi, self->h);
}

/* Score and information of `off` at the point whose density was asked last. */
static void
at_point(const imr_kinetics_cohort_t *self, imr_kinetics_climb_t *climb, const double *off,
    const size_t *which, size_t q, double *score, double *information)
{
    size_t m = self->p + 1;

    memset(climb->gradient, 0, sizeof(climb->gradient));
    memset(climb->factor, 0, sizeof(climb->factor));
    if (climb->n > 0) {
        for (size_t c = 0; c < IMR_KINETICS_MOST; c++) {
            climb->phi[c] = self->theta[c] + off[c];
        }
        climb->h = self->h;
        imr_kinetics_derivatives(climb);
    }
    for (size_t r = 0; r < q; r++) {
        size_t c = which[r];
        double precision = 1 / (self->between[c] * self->between[c]);

        score[r] = climb->gradient[c] - precision * off[c];
        for (size_t s = 0; s <= r; s++) {
            information[r * q + s] = climb->factor[c * m + which[s]];
        }
        information[r * q + r] += precision;
    }
}

/* Moves `off` to the mode of the joint density, leaves the factor of the information there, and returns the
 * log density; -infinity where there is no mode. */
static double
find_mode(const imr_kinetics_cohort_t *self, imr_kinetics_climb_t *climb, double *off,
    const size_t *which, size_t q, double *factor)
{
    double loglik = joint_loglik(self, climb, off), damping = 0;

    if (loglik == -INFINITY) {
        memset(off, 0, IMR_KINETICS_MOST * sizeof(double));
        loglik = joint_loglik(self, climb, off);
    }
    for (int i = 0; i < MOST_STEPS && loglik > -INFINITY; i++) {
        double score[IMR_KINETICS_MOST], step[IMR_KINETICS_MOST], trial[IMR_KINETICS_MOST];
        double information[IMR_KINETICS_MOST * IMR_KINETICS_MOST], length = 0, risen = -INFINITY;

        at_point(self, climb, off, which, q, score, information);
        for (int t = 0; t < MOST_TRIALS; t++) {
            memcpy(factor, information, q * q * sizeof(double));
            for (size_t r = 0; r < q; r++) {
                factor[r * q + r] *= 1 + damping;
            }
            if (imr_cholesky(factor, q, NULL) < q) {
                return -INFINITY;
            }
            memcpy(step, score, q * sizeof(double));
            imr_solve_lower(factor, q, step);
            length = 0;
            for (size_t r = 0; r < q; r++) {
                length += step[r] * step[r];
            }
            length = sqrt(length);
            if (length < CONVERGED && damping == 0) {
                return loglik;
            }
            imr_solve_upper(factor, q, step);
            memcpy(trial, off, sizeof(trial));
            for (size_t r = 0; r < q; r++) {
                trial[which[r]] += step[r];
            }
            risen = joint_loglik(self, climb, trial);
            if (risen > loglik - 1e-13 * fabs(loglik)) {
                break;
            }
            damping = damping > 0 ? 10 * damping : 1e-2;
        }
        if (!(risen > loglik - 1e-13 * fabs(loglik))) {
            break;
        }
        memcpy(off, trial, sizeof(trial));
        loglik = risen;
        damping = damping < 1e-3 ? 0 : 0.1 * damping;
    }
    if (loglik > -INFINITY) {
        double score[IMR_KINETICS_MOST];

        loglik = joint_loglik(self, climb, off);
        at_point(self, climb, off, which, q, score, factor);
        if (imr_cholesky(factor, q, NULL) < q) {
            return -INFINITY;
        }
    }
    return loglik;
}

/* A patient whose mode has been found: what the quadrature is given. */
typedef struct {
    const imr_kinetics_cohort_t *cohort;
    imr_kinetics_climb_t *climb;
    const double *off, *factor;
    const size_t *which;
    size_t q;
    double at_mode;
} about_mode_t;

/* The log density relative to that at the mode, z standard errors from it. */
static double
relative_loglik(void *context, double *z)
{
    const about_mode_t *self = context;
    double point[IMR_KINETICS_MOST];

    imr_solve_upper(self->factor, self->q, z);
    memcpy(point, self->off, sizeof(point));
    for (size_t c = 0; c < self->q; c++) {
        point[self->which[c]] += z[c];
    }
    return joint_loglik(self->cohort, self->climb, point) - self->at_mode;
}

static double
patient_loglik(imr_kinetics_cohort_t *self, size_t patient)
{
    imr_kinetics_climb_t *climb = &self->climb[patient];
    double *off = self->off + patient * IMR_KINETICS_MOST;
    double factor[IMR_KINETICS_MOST * IMR_KINETICS_MOST], loglik;
    size_t which[IMR_KINETICS_MOST], q = list_random(self, which);

    for (size_t c = 0; c < IMR_KINETICS_MOST; c++) {
        off[c] = self->between[c] > 0 ? off[c] : 0;
    }
    loglik = find_mode(self, climb, off, which, q, factor);
    if (loglik == -INFINITY) {
        return loglik;
    }
    if (self->nodes > 1 && q > 0 && climb->n > 0) {
        about_mode_t about = { self, climb, off, factor, which, q, loglik };

        loglik += log(imr_hermite_mean(q, self->nodes, relative_loglik, &about));
    }
    for (size_t r = 0; r < q; r++) {
        loglik -= log(factor[r * q + r] * self->between[which[r]]);
    }
    return loglik;
}

double
imr_kinetics_cohort_loglik(imr_kinetics_cohort_t *self)
{
    double sum = 0;

    for (size_t i = 0; i < self->patients; i++) {
        sum += patient_loglik(self, i);
    }
    return isnan(sum) ? -INFINITY : sum;
}
