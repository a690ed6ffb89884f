#include "recovery/aplasia_parametric.h"

#include <math.h>
#include <string.h>

#include "base/mem.h"

#define SCORE_CERTIFIED 1e-8
/* 1 / sigma from which Newton's method starts, in turn; the best of their ends is the answer */
static const double STARTS[] = { 0.5, 2, 6 };
#define N_STARTS (sizeof(STARTS) / sizeof(STARTS[0]))
/* a log-likelihood that falls by less, five units of W away, rises without end */
#define FLAT 1e-6
/* a rise of the log-likelihood that is none but rounding */
#define ENOUGH 1e-17

/* --- where there is no maximum ----------------------------------------------------------------- */

/* Has row i a probability that does not vanish when all durations are t? */
static int
allows(const imr_aplasia_rows_t *rows, size_t i, double t)
{
    double least = rows->recovery_left[i] - rows->onset_right[i];
    double most = rows->recovery_right[i] - rows->onset_left[i];

    return least <= t && t <= most;
}

/* The row of an exact duration that all other exact ones equal and all rows allow; n if there is none. */
static size_t
unbounded_at(const imr_aplasia_likelihood_t *likelihood)
{
    const imr_aplasia_rows_t *rows = likelihood->rows;
    size_t found = rows->n;
    double t = 0;

    for (size_t i = 0; i < rows->n && found == rows->n; i++) {
        if (likelihood->exact[i]) {
            found = i;
            t = rows->recovery_left[i] - rows->onset_left[i];
        }
    }
    for (size_t i = 0; i < rows->n && found < rows->n; i++) {
        if (!allows(rows, i, t)) {
            return rows->n;
        }
    }
    return found;
}

/* Is there a duration that every row is sure to hold, wherever its onset was? Then its logarithm less
 * centre, in the middle of all such, is *middle; with it alone all probabilities are 1. */
static int
common_duration(const imr_aplasia_likelihood_t *likelihood, double *middle)
{
    const imr_aplasia_rows_t *rows = likelihood->rows;
    double from = 0, to = INFINITY;

    for (size_t i = 0; i < rows->n; i++) {
        from = fmax(from, rows->recovery_left[i] - rows->onset_left[i]);
        to = fmin(to, rows->recovery_right[i] - rows->onset_right[i]);
    }
    if (!(from < to)) {
        return 0;
    }
    *middle = 0.5 * (log(from) + log(to)) - likelihood->centre;
    return 1;
}

/* Has no row a duration that is too short for it? */
static int
all_from_zero(const imr_aplasia_likelihood_t *likelihood)
{
    for (size_t i = 0; i < likelihood->rows->n; i++) {
        for (size_t k = likelihood->first[i]; k < likelihood->first[i + 1]; k++) {
            if (isfinite(likelihood->part[k].from)) {
                return 0;
            }
        }
    }
    return 1;
}

/* A column that is constant or a combination of those before it; p if there is none. */
static int
find_collinear(const imr_aplasia_rows_t *rows, size_t *column, imr_fault_t *fault)
{
    size_t n = rows->n, p = rows->p;
    double *basis = imr_malloc(p * n, sizeof(*basis));

    *column = p;
    if (basis == NULL) {
        return imr_fault(fault, IMR_ERR_NOMEM, NULL, -1, NAN);
    }
    for (size_t j = 0; j < p && *column == p; j++) {
        double *b = basis + j * n, mean = 0, size = 0, left = 0;

        for (size_t i = 0; i < n; i++) {
            mean += rows->covariate[i * p + j] / (double) n;
        }
        for (size_t i = 0; i < n; i++) {
            b[i] = rows->covariate[i * p + j] - mean;
            size += rows->covariate[i * p + j] * rows->covariate[i * p + j];
        }
        for (size_t k = 0; k < j; k++) {
            const double *other = basis + k * n;
            double product = 0;

            for (size_t i = 0; i < n; i++) {
                product += b[i] * other[i];
            }
            for (size_t i = 0; i < n; i++) {
                b[i] -= product * other[i];
            }
        }
        for (size_t i = 0; i < n; i++) {
            left += b[i] * b[i];
        }
        if (!(left > 1e-20 * size)) {
            *column = j;
        }
        for (size_t i = 0; i < n; i++) {
            b[i] /= sqrt(left);
        }
    }
    imr_free(basis);
    return IMR_OK;
}

/* A column along which the log-likelihood does not fall from v on; p if there is none. */
static size_t
find_monotone(const imr_aplasia_likelihood_t *likelihood, const double *v, double loglik)
{
    const imr_aplasia_rows_t *rows = likelihood->rows;
    size_t p = rows->p, m = p + IMR_APLASIA_GAMMA;

    for (size_t j = 0; j < p; j++) {
        double low = INFINITY, high = -INFINITY, trial[IMR_APLASIA_MOST_UNKNOWNS];

        for (size_t i = 0; i < rows->n; i++) {
            low = fmin(low, rows->covariate[i * p + j]);
            high = fmax(high, rows->covariate[i * p + j]);
        }
        for (int side = 0; side < 4; side++) { /* with the intercept of either extreme held */
            double move = (side % 2 ? 5 : -5) / (high - low);

            memcpy(trial, v, m * sizeof(*v));
            trial[IMR_APLASIA_GAMMA + j] += move;
            trial[IMR_APLASIA_ALPHA] -= move * (side < 2 ? low : high);
            if (imr_aplasia_loglik(likelihood, trial, NULL, NULL) > loglik - FLAT) {
                return j;
            }
        }
    }
    return p;
}

/* --- the maximum ------------------------------------------------------------------------------- */

/* The mean of what the rows say of the log durations, less centre. */
static double
middle_of(const imr_aplasia_likelihood_t *likelihood)
{
    double total = 0, count = 0;

    for (size_t i = 0; i < likelihood->rows->n; i++) {
        const imr_aplasia_part_t *part = &likelihood->part[likelihood->first[i]];

        if (isfinite(part->to) || isfinite(part->from)) {
            total += !isfinite(part->to) ? part->from
                : !isfinite(part->from)  ? part->to - 1
                                         : 0.5 * (part->from + part->to);
            count++;
        }
    }
    return total / count;
}

/* The best end of climbs from several starts. */
static void
climb_from_all(
    imr_aplasia_fit_t *self, const imr_aplasia_likelihood_t *likelihood, imr_stop_t *stop)
{
    size_t m = likelihood->rows->p + IMR_APLASIA_GAMMA;
    uint8_t frozen[IMR_APLASIA_MOST_UNKNOWNS] = { 0 };
    imr_aplasia_route_t route = { frozen, NULL, ENOUGH, stop };
    double middle = middle_of(likelihood);

    self->loglik = -INFINITY;
    for (size_t k = 0; k < N_STARTS; k++) {
        double v[IMR_APLASIA_MOST_UNKNOWNS] = { 0 }, score, loglik;
        int at_bound;

        v[IMR_APLASIA_THETA] = STARTS[k];
        v[IMR_APLASIA_ALPHA] = STARTS[k] * middle;
        loglik = imr_aplasia_climb(likelihood, &route, v, &score, &at_bound);
        if (isnan(loglik)) {
            self->loglik = loglik;
            return;
        }
        if (loglik > self->loglik + 1e-10 * fabs(loglik) || k == 0
            || (loglik > self->loglik - 1e-10 * fabs(loglik) && score < self->score)) {
            self->loglik = loglik;
            self->score = score;
            self->at_bound = -at_bound; /* of sigma, not of theta */
            memcpy(self->v, v, m * sizeof(*v));
        }
    }
}

/* All probabilities are 1 at sigma 0: at the least sigma, where the log-likelihood is largest. */
static void
climb_at_least_sigma(imr_aplasia_fit_t *self, const imr_aplasia_likelihood_t *likelihood,
    double middle, imr_stop_t *stop)
{
    uint8_t frozen[IMR_APLASIA_MOST_UNKNOWNS] = { 0 };
    imr_aplasia_route_t route = { frozen, NULL, ENOUGH, stop };
    int at_bound;

    memset(frozen, 1, sizeof(frozen));
    frozen[IMR_APLASIA_ALPHA] = 0;
    self->v[IMR_APLASIA_THETA] = 1 / IMR_APLASIA_LEAST_SIGMA;
    self->v[IMR_APLASIA_ALPHA] = middle / IMR_APLASIA_LEAST_SIGMA;
    self->loglik = imr_aplasia_climb(likelihood, &route, self->v, &self->score, &at_bound);
    self->at_bound = -1;
}

int
imr_aplasia_fit(imr_aplasia_fit_t *self, const imr_aplasia_likelihood_t *likelihood,
    imr_stop_t *stop, imr_fault_t *fault)
{
    const imr_aplasia_rows_t *rows = likelihood->rows;
    size_t p = rows->p, row = unbounded_at(likelihood), column;
    double middle;
    int status, is_early = all_from_zero(likelihood);

    memset(self, 0, sizeof(*self));
    self->distribution = likelihood->distribution;
    if (row < rows->n) {
        return imr_fault(fault, IMR_ERR_APLASIA_UNBOUNDED, "recovery_left", (int64_t) row,
            rows->recovery_left[row]);
    }
    if (rows->recovered == 0 || is_early) { /* the later, or the earlier, the better */
        if (p > 0) {
            return imr_fault(fault, IMR_ERR_APLASIA_MONOTONE, "X", 0, NAN);
        }
        self->mu = rows->recovered == 0 ? INFINITY : -INFINITY;
        self->sigma = NAN;
        return IMR_OK;
    }
    if (p > 0) {
        status = find_collinear(rows, &column, fault);
        if (status != IMR_OK) {
            return status;
        }
        if (column < p) {
            return imr_fault(fault, IMR_ERR_APLASIA_COLLINEAR, "X", (int64_t) column, NAN);
        }
    }
    if (common_duration(likelihood, &middle)) {
        climb_at_least_sigma(self, likelihood, middle, stop);
    } else {
        climb_from_all(self, likelihood, stop);
    }
    if (isnan(self->loglik)) {
        return imr_fault(fault, IMR_ERR_STOPPED, NULL, -1, NAN);
    }
    column = find_monotone(likelihood, self->v, self->loglik);
    if (column < p) {
        return imr_fault(fault, IMR_ERR_APLASIA_MONOTONE, "X", (int64_t) column, NAN);
    }
    self->sigma = 1 / self->v[IMR_APLASIA_THETA];
    self->mu = likelihood->centre + self->v[IMR_APLASIA_ALPHA] * self->sigma;
    for (size_t j = 0; j < p; j++) {
        self->coefficient[j] = self->v[IMR_APLASIA_GAMMA + j] * self->sigma;
    }
    return self->score <= SCORE_CERTIFIED
        ? IMR_OK
        : imr_fault(fault, IMR_ERR_NOCONV, "score", -1, self->score);
}
