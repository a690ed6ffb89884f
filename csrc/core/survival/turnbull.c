/* The maximisation: steps of expectation and maximisation, of the iterative convex minorant and, where
 * these are slow and at the end, of Newton's method on the support. */
#include "survival/turnbull.h"

#include <math.h>
#include <string.h>

#include "survival/turnbull_steps.h"

/* A turn ends after so many visits of a row: some tens of milliseconds. */
#define WORK_A_TURN 2e6
#define NEWTON_A_TURN 1e7
/* Newton's method is tried when a round leaves more than this part of the excess. */
#define SLOW 0.5
/* Far below what is certified, so that the masses are good to many digits too. */
#define WANTED_GAP 1e-13
#define GOOD_GAP 1e-11
#define MOST_ITERATIONS 1000000
/* At the maximum no P is below 1 / rows; far below, the curvature would overflow. */
#define LEAST_P 1e-100

/* --- the gradient ------------------------------------------------------------------------------ */

/* The gradient at `mass`, whose running sums it fills; minus the second derivative in each sum too,
 * unless curvature is NULL. Returns the largest gradient less the total weight, or infinity where a row has
 * no mass, and then the gradient is of no use. */
static inline double
gradient_of(const imr_turnbull_t *self, const double *mass, double *sum, double *gradient,
    double *curvature, int truncated)
{
    size_t m = self->n_cells;
    double total = 0, most = 0, level = 0, slack = 0;
    double *step = gradient; /* what begins at each cell, less what ends before it */

    sum[0] = 0;
    for (size_t j = 0; j < m; j++) {
        total += mass[j];
        sum[j + 1] = total;
    }
    memset(step, 0, m * sizeof(*step));
    if (curvature != NULL) {
        memset(curvature, 0, (m + 1) * sizeof(*curvature));
    }
    for (size_t j = 0; j < m; j++) {
        double begins = 0, bends = 0;

        for (size_t i = self->first[j]; i < self->first[j + 1]; i++) {
            size_t end = self->end[i];
            double p = imr_turnbull_p(mass, sum, j, end), slope, weight = self->weight[i];

            if (!(weight > 0)) {
                continue;
            }
            if (!(p > LEAST_P)) {
                return INFINITY;
            }
            p = imr_turnbull_slope(p, truncated);
            slope = weight * p;
            begins += slope;
            if (end < m) {
                step[end] -= slope;
            }
            if (curvature != NULL) {
                double bend = imr_turnbull_bend(slope, p, truncated);

                bends += bend;
                curvature[end] += bend;
            }
        }
        step[j] += begins;
        if (curvature != NULL) {
            curvature[j] += bends;
        }
    }
    for (size_t j = 0; j < m; j++) {
        level += step[j];
        gradient[j] = level;
        if (!truncated) {
            most = level > most ? level : most;
        } else {
            most = fmax(most, level / self->cost[j]);
            slack += mass[j] * fabs(self->cost[j] - level);
        }
    }
    return truncated ? (fmax(most, 1) - 1) * self->total + slack : most - self->total;
}

static double
find_gradient(const imr_turnbull_t *self, const double *mass, double *sum, double *gradient,
    double *curvature)
{
    return self->cost == NULL ? gradient_of(self, mass, sum, gradient, curvature, 0)
                              : gradient_of(self, mass, sum, gradient, curvature, 1);
}

/* --- steps ------------------------------------------------------------------------------------- */

static void
swap(double **a, double **b)
{
    double *c = *a;

    *a = *b;
    *b = c;
}

static void
take_trial(imr_turnbull_t *self, double excess)
{
    swap(&self->mass, &self->trial_mass);
    swap(&self->sum, &self->trial_sum);
    swap(&self->gradient, &self->trial_gradient);
    self->excess = excess;
}

static double
try_masses(imr_turnbull_t *self, double *curvature)
{
    self->iterations++;
    self->work += (double) (self->n_distinct + self->n_cells);
    return find_gradient(self, self->trial_mass, self->trial_sum, self->trial_gradient, curvature);
}

/* The slope of the log-likelihood from `mass` towards the target, at the masses of a gradient. */
static double
slope_to_target(const imr_turnbull_t *self, const double *gradient)
{
    double slope = 0;

    for (size_t j = 0; j < self->n_cells; j++) {
        slope += (gradient[j] - imr_turnbull_cost(self, j)) * (self->target[j] - self->mass[j]);
    }
    return slope;
}

/* How much higher the log-likelihood is at the trial masses than at `mass`. */
static double
gain_of_trial(const imr_turnbull_t *self)
{
    double gain = 0;

    for (size_t j = 0; j < self->n_cells; j++) {
        for (size_t i = self->first[j]; i < self->first[j + 1]; i++) {
            size_t end = self->end[i];
            double p = imr_turnbull_p(self->mass, self->sum, j, end);
            double there = imr_turnbull_p(self->trial_mass, self->trial_sum, j, end);

            if (self->weight[i] > 0) {
                double more =
                    self->cost == NULL ? (there - p) / p : exp(-p) * expm1(p - there) / expm1(-p);

                gain += self->weight[i] * log1p(more);
            }
        }
        if (self->cost != NULL) {
            gain -= self->cost[j] * (self->trial_mass[j] - self->mass[j]);
        }
    }
    return gain;
}

/* Goes to the target, or as far towards it as the log-likelihood rises. It is concave: where its
 * slope is not negative it has risen all the way, so most steps need no logarithm. */
void
imr_turnbull_step_to_target(imr_turnbull_t *self, int tries)
{
    double slope = slope_to_target(self, self->gradient), part = 1;

    if (!(slope > 0)) {
        return;
    }
    for (int i = 0; i < tries; i++) {
        double excess, slope_there;

        for (size_t j = 0; j < self->n_cells; j++) {
            self->trial_mass[j] = part == 1
                ? self->target[j]
                : self->mass[j] + part * (self->target[j] - self->mass[j]);
        }
        excess = try_masses(self, NULL);
        slope_there = isinf(excess) ? -INFINITY : slope_to_target(self, self->trial_gradient);
        if (slope_there >= 0 || (slope_there >= -0.25 * slope && gain_of_trial(self) >= 0)) {
            take_trial(self, excess);
            return;
        }
        part *= fmin(0.9, fmax(0.1, slope / (slope - slope_there)));
    }
}

/* Self-consistency: each row gives its weight to its cells in proportion to their masses. With left
 * truncation each cell has events as a Poisson process has: those expected, over all who were there. */
static void
expectation_step(imr_turnbull_t *self)
{
    double total = 0;

    if (self->cost != NULL) {
        for (size_t j = 0; j < self->n_cells; j++) {
            self->trial_mass[j] = self->mass[j] * (self->gradient[j] + self->cover[j])
                / (self->cost[j] + self->cover[j]);
        }
        take_trial(self, try_masses(self, self->curvature));
        return;
    }
    for (size_t j = 0; j < self->n_cells; j++) {
        self->trial_mass[j] = self->mass[j] * self->gradient[j];
        total += self->trial_mass[j];
    }
    for (size_t j = 0; j < self->n_cells; j++) {
        self->trial_mass[j] /= total;
    }
    take_trial(self, try_masses(self, self->curvature));
}

/* The iterative convex minorant: Newton's step in each running sum by itself, projected by pooling
 * on the sums that do not fall. */
static void
minorant_step(imr_turnbull_t *self)
{
    size_t m = self->n_cells, pools = 0, cell = 0;
    double before = 0, most = self->cost == NULL ? 1 : INFINITY;

    for (size_t k = 1; k < m + (self->cost != NULL); k++) {
        double weight = fmax(self->curvature[k], LEAST_P), slope = self->gradient[k - 1];
        double level;
        uint32_t size = 1;

        slope -= k < m ? self->gradient[k] : 0;
        if (self->cost != NULL) {
            slope -= self->cost[k - 1] - (k < m ? self->cost[k] : 0);
        }
        level = self->sum[k] + slope / weight;

        for (; pools > 0 && self->level[pools - 1] >= level; pools--) {
            double more = self->level_weight[pools - 1];

            level = (level * weight + self->level[pools - 1] * more) / (weight + more);
            weight += more;
            size += self->size[pools - 1];
        }
        self->level[pools] = level;
        self->level_weight[pools] = weight;
        self->size[pools++] = size;
    }
    memset(self->target, 0, m * sizeof(*self->target));
    for (size_t i = 0; i < pools; i++) {
        double level = fmin(most, fmax(before, self->level[i]));

        self->target[cell] = level - before;
        cell += self->size[i];
        before = level;
    }
    if (self->cost == NULL) {
        self->target[m - 1] += 1 - before;
    }
    imr_turnbull_step_to_target(self, 24);
}

/* --- the iteration ----------------------------------------------------------------------------- */

/* Is the excess as small as is worth the while, or as rounding lets it become? */
static int
has_ended(const imr_turnbull_t *self)
{
    double gap = self->excess / self->total;

    return gap <= WANTED_GAP || (gap <= GOOD_GAP && self->rounds_since_less > 4)
        || (gap <= IMR_TURNBULL_CERTIFIED && self->rounds_since_less > 100)
        || self->iterations > MOST_ITERATIONS;
}

/* One expectation step, one of the convex minorant; then Newton's, if these were slow, or the end is
 * near, and it costs no more than all they did so far. */
static int
round_of_steps(imr_turnbull_t *self, imr_fault_t *fault)
{
    double before = self->excess;
    int status;

    expectation_step(self);
    minorant_step(self);
    if (self->excess > SLOW * before || self->excess < 1e-7 * self->total) {
        if (self->newton_wait > 0) {
            self->newton_wait--;
            return IMR_OK;
        }
        before = self->excess;
        status = imr_turnbull_newton_step(
            self, fmin(NEWTON_A_TURN, self->work - 2 * self->newton_work), fault);
        if (status != IMR_OK) {
            return status;
        }
        self->newton_pause = self->excess < SLOW * before ? 0 : 2 * self->newton_pause + 1;
        self->newton_wait = self->newton_pause;
    }
    return IMR_OK;
}

int
imr_turnbull_advance(imr_turnbull_t *self, int *done, imr_fault_t *fault)
{
    double end = self->work + WORK_A_TURN;
    int status;

    *done = 0;
    if (self->iterations == 0) {
        memcpy(self->trial_mass, self->mass, self->n_cells * sizeof(*self->mass));
        take_trial(self, try_masses(self, NULL));
        self->least_excess = self->excess;
    }
    while (self->work < end) {
        if (has_ended(self)) {
            *done = 1;
            return IMR_OK;
        }
        status = round_of_steps(self, fault);
        if (status != IMR_OK) {
            return status;
        }
        self->rounds_since_less++;
        if (self->excess < 0.9 * self->least_excess) {
            self->least_excess = self->excess;
            self->rounds_since_less = 0;
        }
    }
    return IMR_OK;
}
