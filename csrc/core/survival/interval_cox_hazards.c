/* The hazards at given hazard ratios: log P = -ratio before + log(1 - exp(-ratio within)) is concave in
 * them, and Newton's quadratic programmes with hazards of 0 or more lead to the maximum (Wang 2007). */
#include "survival/interval_cox_hazards.h"

#include <math.h>
#include <string.h>

#include "base/cholesky.h"

#define MOST_STEPS 500
/* A gain in log-likelihood a row that rounding may hide. */
#define CLOSE 1e-10
#define SMALLEST_GAP 1e-14
#define SMALL_GAP 1e-10
/* Of a diagonal entry, what has to be left of it for a cell to join the support. */
#define LEAST_PIVOT 1e-12

/* --- the likelihood ---------------------------------------------------------------------------- */

/* At `hazard`; minus infinity where a row has no probability. */
static double
evaluate(imr_interval_hazards_t *self, const double *hazard)
{
    double *sum = self->part, total = 0, loglik = 0;

    for (size_t j = 0; j < self->m; j++) {
        sum[j] = total;
        total += hazard[j];
    }
    sum[self->m] = total;
    for (size_t i = 0; i < self->n; i++) {
        size_t first = self->first[i], end = self->end[i];
        double within = 0, y;

        self->before[i] = sum[first];
        loglik -= self->ratio[i] * sum[first];
        self->within[i] = self->odds[i] = self->bend[i] = 0;
        if (end > self->m) {
            continue;
        }
        /* a few cells are summed, so that small hazards do not drown */
        within = sum[end] - sum[first];
        if (end - first <= 8) {
            within = 0;
            for (size_t j = first; j < end; j++) {
                within += hazard[j];
            }
        }
        y = self->ratio[i] * within;
        if (!(y > 0)) {
            return -INFINITY;
        }
        self->within[i] = within;
        self->odds[i] = 1 / expm1(y);
        self->bend[i] = self->ratio[i] * self->ratio[i] * self->odds[i] * (1 + self->odds[i]);
        if (!isfinite(self->bend[i])) {
            return -INFINITY; /* hazard ratios too far apart for doubles */
        }
        loglik += log(-expm1(-y));
    }
    return isfinite(loglik) ? loglik : -INFINITY;
}

/* The score in each hazard, from the last evaluation. Each entry is a sum of its own: running sums would
 * leave nothing of a small one where hazard ratios lie far apart. */
static void
find_score(imr_interval_hazards_t *self)
{
    memset(self->score, 0, self->m * sizeof(*self->score));
    for (size_t i = 0; i < self->n; i++) {
        double gain = self->ratio[i] * self->odds[i];

        for (size_t j = 0; j < self->first[i]; j++) {
            self->score[j] -= self->ratio[i];
        }
        for (size_t j = self->first[i]; j < self->end[i] && j < self->m; j++) {
            self->score[j] += gain;
        }
    }
}

static void
fill_matrix(imr_interval_hazards_t *self)
{
    size_t m = self->m;
    double *a = self->matrix;

    memset(a, 0, m * m * sizeof(*a));
    for (size_t i = 0; i < self->n; i++) {
        for (size_t u = self->first[i]; u < self->end[i] && self->end[i] <= m; u++) {
            for (size_t v = self->first[i]; v < self->end[i]; v++) {
                a[u * m + v] += self->bend[i];
            }
        }
    }
}

/* --- the quadratic programme ------------------------------------------------------------------- */

/* Factors the part of the support. Returns s, or which cell in it has nothing of its own to say. */
static size_t
factor_support(imr_interval_hazards_t *self)
{
    size_t s = self->s, m = self->m;

    for (size_t u = 0; u < s; u++) {
        for (size_t v = 0; v < s; v++) {
            self->factor[u * s + v] = self->matrix[self->support[u] * m + self->support[v]];
        }
        self->part[u] = LEAST_PIVOT * self->factor[u * s + u];
    }
    return imr_cholesky(self->factor, s, self->part);
}

static void
leave(imr_interval_hazards_t *self, size_t u)
{
    memmove(self->support + u, self->support + u + 1, (self->s - u - 1) * sizeof(*self->support));
    self->s--;
}

/* The best targets on the support, none of which is negative: towards them from the targets there
 * are, cells that come to 0 leaving (Lawson and Hanson 1974). */
static void
solve_support(imr_interval_hazards_t *self)
{
    for (;;) {
        size_t bad = factor_support(self), s = self->s, stuck = s;
        double share = 1, *wanted = self->part;

        if (bad < s) {
            self->target[self->support[bad]] = 0;
            leave(self, bad);
            continue;
        }
        for (size_t u = 0; u < s; u++) {
            wanted[u] = self->pull[self->support[u]];
        }
        imr_solve_lower(self->factor, s, wanted);
        imr_solve_upper(self->factor, s, wanted);
        for (size_t u = 0; u < s; u++) {
            double here = self->target[self->support[u]];

            if (!(wanted[u] > 0) && here / (here - wanted[u]) < share) {
                share = here / (here - wanted[u]);
                stuck = u;
            }
        }
        for (size_t u = 0; u < s; u++) {
            double *to = &self->target[self->support[u]];

            *to += share * (wanted[u] - *to);
        }
        if (stuck == s) {
            return;
        }
        self->target[self->support[stuck]] = 0;
        leave(self, stuck);
    }
}

/* Where the quadratic approximation at the hazards has its maximum. */
static void
find_target(imr_interval_hazards_t *self)
{
    size_t m = self->m;

    self->s = 0;
    for (size_t j = 0; j < m; j++) {
        double along = 0;

        for (size_t k = 0; k < m; k++) {
            along += self->matrix[j * m + k] * self->hazard[k];
        }
        self->pull[j] = self->score[j] + along;
        self->target[j] = self->hazard[j];
        if (self->hazard[j] > 0) {
            self->support[self->s++] = j;
        }
    }
    solve_support(self);
    for (size_t joined = 0; joined < 3 * m; joined++) {
        size_t best = m, u;
        double most = 1e-10 * (double) self->n;

        for (size_t j = 0; j < m; j++) {
            double slope = self->pull[j];

            if (self->target[j] > 0) {
                continue;
            }
            for (u = 0; u < self->s; u++) {
                slope -= self->matrix[j * m + self->support[u]] * self->target[self->support[u]];
            }
            if (slope > most) {
                most = slope;
                best = j;
            }
        }
        if (best == m) {
            return;
        }
        for (u = self->s; u > 0 && self->support[u - 1] > best; u--) {
            self->support[u] = self->support[u - 1];
        }
        self->support[u] = best;
        self->s++;
        solve_support(self);
        if (!(self->target[best] > 0)) {
            return; /* it has nothing of its own to say */
        }
    }
}

/* --- the maximum ------------------------------------------------------------------------------- */

double
imr_interval_hazards_gap(const imr_interval_hazards_t *self)
{
    double gap = 0;

    for (size_t j = 0; j < self->m; j++) {
        double wrong =
            self->hazard[j] > 0 ? self->hazard[j] * fabs(self->score[j]) : self->score[j];

        gap = fmax(gap, wrong / (double) self->n);
    }
    return gap;
}

/* The support and factor of the hazards as they are. */
static void
settle(imr_interval_hazards_t *self)
{
    self->s = 0;
    for (size_t j = 0; j < self->m; j++) {
        if (self->hazard[j] > 0) {
            self->support[self->s++] = j;
        }
    }
    while (factor_support(self) < self->s) {
        leave(self, factor_support(self));
    }
}

static void
set_trial(const imr_interval_hazards_t *self, double share, double *trial)
{
    for (size_t j = 0; j < self->m; j++) {
        trial[j] = share == 1 ? self->target[j]
                              : self->hazard[j] + share * (self->target[j] - self->hazard[j]);
    }
}

/* Towards the target as far as the log-likelihood rises; 0 if it does not. Near the maximum, where
 * rounding hides that, all of the way. */
static int
go_on(imr_interval_hazards_t *self, double slope)
{
    double *trial = self->pull, share = 1, loglik; /* pull has done its work */

    if (!(slope > 0)) {
        return 0;
    }
    for (int half = 0; half < 40; half++) {
        set_trial(self, share, trial);
        loglik = evaluate(self, trial);
        if (loglik > self->loglik || (slope < CLOSE * (double) self->n && isfinite(loglik))) {
            memcpy(self->hazard, trial, self->m * sizeof(*trial));
            self->loglik = loglik;
            return 1;
        }
        share /= 2;
    }
    return 0;
}

int
imr_interval_hazards_maximise(imr_interval_hazards_t *self, imr_fault_t *fault)
{
    size_t m = self->m;
    double gap = INFINITY;

    self->loglik = evaluate(self, self->hazard);
    for (int step = 0, idle = 0; step < MOST_STEPS; step++) {
        double slope = 0, gap_here;

        self->iterations++;
        find_score(self);
        fill_matrix(self);
        gap_here = imr_interval_hazards_gap(self);
        idle = gap_here < 0.5 * gap ? 0 : idle + 1;
        gap = fmin(gap, gap_here);
        if (gap_here <= SMALLEST_GAP || (gap_here <= SMALL_GAP && idle > 2)) {
            break;
        }
        if (imr_stop_asked(
                self->stop, 20 * (double) self->n + (double) m * (double) m * (double) m / 6)) {
            return imr_fault(fault, IMR_ERR_STOPPED, NULL, -1, NAN);
        }
        find_target(self);
        for (size_t j = 0; j < m; j++) {
            slope += self->score[j] * (self->target[j] - self->hazard[j]);
        }
        if (!go_on(self, slope)) {
            break;
        }
    }
    self->loglik = evaluate(self, self->hazard);
    find_score(self);
    fill_matrix(self);
    settle(self);
    return IMR_OK;
}
