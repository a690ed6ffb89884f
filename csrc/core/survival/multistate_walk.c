#include "survival/multistate_walk.h"

#include <math.h>
#include <string.h>

#include "survival/multistate_jackknife.h"
#include "survival/multistate_steps.h"

#define MOST IMR_MULTISTATE_MOST

/* --- the estimate -------------------------------------------------------------------------------- */

/* A state that holds all is at 1 exactly, not within rounding. */
static void
settle(double *p, size_t states)
{
    size_t holding = 0, last = 0;

    for (size_t s = 0; s < states; s++) {
        p[s] = fmin(p[s], 1);
        if (p[s] > 0) {
            holding++;
            last = s;
        }
    }
    if (holding == 1) {
        p[last] = 1;
    }
}

static void
fill_estimate(imr_multistate_steps_t *self, imr_multistate_path_t *path)
{
    const imr_multistate_walk_t *walk = self->walk;
    size_t states = self->counts->states, k = 0;
    double p[MOST];

    memcpy(p, walk->start, states * sizeof(*p));
    path->lost_row = path->lost_state = -1;
    for (size_t s = 0; s < states && path->time != NULL; s++) {
        path->time[s] = self->lead * p[s];
    }
    for (size_t j = walk->first; j < self->counts->n; j++) {
        if (j == self->step[k].row) {
            for (size_t m = self->step[k].begin; m < self->step[k + 1].begin; m++) {
                imr_multistate_move_t *move = &self->move[m];

                move->mass = p[move->from] * move->one;
                if (p[move->from] == 0 && path->lost_row < 0) {
                    path->lost_row = (int64_t) j;
                    path->lost_state = move->from;
                }
            }
            imr_multistate_advance(self, k, p);
            settle(p, states);
            for (size_t s = 0; s < states && path->time != NULL; s++) {
                path->time[s] += self->step[k].width * p[s];
            }
            k++;
        }
        memcpy(path->estimate + (j - walk->first) * states, p, states * sizeof(*p));
    }
}

/* --- Greenwood's variance ------------------------------------------------------------------------ */

typedef struct {
    double c[MOST][MOST]; /* covariance of the estimate */
    double k[MOST][MOST]; /* of the time in a state (row) with the estimate */
    double *variance; /* of the time in each state, or NULL */
    size_t states;
} spread_t;

static void
spread_flat(spread_t *self, double width)
{
    for (size_t s = 0; s < self->states && self->variance != NULL; s++) {
        self->variance[s] += width * (2 * self->k[s][s] + width * self->c[s][s]);
        for (size_t u = 0; u < self->states; u++) {
            self->k[s][u] += width * self->c[s][u];
        }
    }
}

/* Rows of a square matrix times the matrix of a step. */
static void
spread_advance(const imr_multistate_steps_t *steps, size_t step, double x[MOST][MOST])
{
    for (size_t s = 0; s < steps->counts->states; s++) {
        imr_multistate_advance(steps, step, x[s]);
    }
}

/* And its columns, all at once. */
static void
spread_columns(const imr_multistate_steps_t *steps, size_t step, double x[MOST][MOST])
{
    size_t states = steps->counts->states;
    double moved[MOST][MOST];

    for (size_t s = 0; s < states; s++) {
        memset(moved[s], 0, states * sizeof(moved[s][0]));
    }
    for (size_t m = steps->step[step].begin; m < steps->step[step + 1].begin; m++) {
        const imr_multistate_move_t *move = &steps->move[m];
        double *from = x[move->from], *to = moved[move->to], rate = move->rate;

        for (size_t u = 0; u < states; u++) {
            to[u] += from[u] * rate;
        }
        for (size_t u = 0; u < states && move->ends; u++) {
            from[u] *= move->stay;
        }
    }
    for (size_t s = 0; s < states; s++) {
        for (size_t u = 0; u < states; u++) {
            x[s][u] += moved[s][u];
        }
    }
}

/* Rows and columns of a symmetric matrix: as columns, which vectors do, and its transpose's. */
static void
spread_both(const imr_multistate_steps_t *steps, size_t step, double x[MOST][MOST])
{
    size_t states = steps->counts->states;

    spread_columns(steps, step, x);
    for (size_t s = 0; s < states; s++) {
        for (size_t u = 0; u < s; u++) {
            double swapped = x[s][u];

            x[s][u] = x[u][s];
            x[u][s] = swapped;
        }
    }
    spread_columns(steps, step, x);
}

/* What the changes at a step add: a multinomial of those at risk in each state. */
static void
spread_step(spread_t *self, const imr_multistate_steps_t *steps, size_t step)
{
    size_t begin = steps->step[step].begin, end = steps->step[step + 1].begin;

    while (begin < end) {
        double share[MOST] = { 0 }, size;
        const imr_multistate_move_t *move = &steps->move[begin];

        size = move->mass * move->mass / move->one;
        for (;; move++) {
            share[move->to] = move->rate;
            if (move->ends) {
                break;
            }
        }
        share[move->from] = move->stay;
        begin = (size_t) (move - steps->move) + 1;
        for (size_t s = 0; s < self->states; s++) {
            for (size_t u = 0; u < self->states; u++) {
                self->c[s][u] -= size * share[s] * share[u];
            }
            self->c[s][s] += size * share[s];
        }
    }
}

/* The variance after each row: Greenwood's, with what the jackknife (or NULL) adds to it. */
static int
fill_variance(const imr_multistate_steps_t *steps, imr_multistate_jackknife_t *jackknife,
    imr_multistate_path_t *path, imr_stop_t *stop)
{
    const imr_multistate_walk_t *walk = steps->walk;
    size_t k = 0, states = steps->counts->states;
    spread_t self; /* of which so many states are used */

    self.states = states;
    self.variance = jackknife == NULL ? path->time_variance : NULL;
    for (size_t s = 0; s < states; s++) {
        for (size_t u = 0; u < states; u++) {
            self.k[s][u] = 0;
            self.c[s][u] = walk->counted > 0
                ? walk->start[s] * ((s == u) - walk->start[u]) / (double) walk->counted
                : 0;
        }
        if (self.variance != NULL) {
            self.variance[s] = 0;
        }
    }
    spread_flat(&self, steps->lead);
    for (size_t j = walk->first; j < steps->counts->n; j++) {
        int is_step = j == steps->step[k].row;

        if (is_step) {
            spread_both(steps, k, self.c);
            if (self.variance != NULL) {
                spread_advance(steps, k, self.k);
            }
            spread_step(&self, steps, k);
            if (jackknife != NULL) {
                imr_multistate_jackknife_step(jackknife, k, &self.c[0][0], MOST);
            }
            spread_flat(&self, steps->step[k].width);
            k++;
        }
        for (size_t s = 0; s < states && path->variance != NULL; s++) {
            path->variance[(j - walk->first) * states + s] = self.c[s][s];
        }
        if (imr_stop_asked(stop, (double) (8 * states * states))) {
            return IMR_ERR_STOPPED;
        }
    }
    return IMR_OK;
}

static int
fill_jackknife(const imr_multistate_steps_t *steps, imr_multistate_path_t *path, imr_stop_t *stop)
{
    imr_multistate_jackknife_t jackknife;
    int status = IMR_OK;

    if (path->variance != NULL) {
        status = imr_multistate_jackknife_init(&jackknife, steps);
        if (status == IMR_OK) {
            status = imr_multistate_jackknife_sums(&jackknife, stop);
        }
        if (status == IMR_OK) {
            status = fill_variance(steps, &jackknife, path, stop);
        }
        imr_multistate_jackknife_free(&jackknife);
    }
    if (path->time_variance != NULL && status == IMR_OK) {
        status = imr_multistate_jackknife_time(steps, path->time_variance);
    }
    return status;
}

/* --- the one entry ------------------------------------------------------------------------------- */

int
imr_multistate_walk(const imr_multistate_counts_t *counts, const imr_multistate_walk_t *walk,
    imr_multistate_path_t *path, imr_stop_t *stop, imr_fault_t *fault)
{
    imr_multistate_steps_t steps;
    size_t cells = (counts->n - walk->first) * counts->states;
    int status = imr_multistate_steps_init(&steps, counts, walk);

    if (status == IMR_OK) {
        fill_estimate(&steps, path);
        /* without a step the two variances are those of the start */
        status = walk->variance == IMR_MULTISTATE_GREENWOOD || steps.count == 0
            ? fill_variance(&steps, NULL, path, stop)
            : fill_jackknife(&steps, path, stop);
    }
    for (size_t i = 0; i < cells && status == IMR_OK && path->variance != NULL; i++) {
        double p = path->estimate[i];

        path->variance[i] = p > 0 && p < 1 ? fmax(path->variance[i], 0) : 0;
    }
    for (size_t s = 0; s < counts->states && status == IMR_OK && path->time_variance != NULL; s++) {
        path->time_variance[s] = fmax(path->time_variance[s], 0);
    }
    imr_multistate_steps_free(&steps);
    return status == IMR_OK ? IMR_OK : imr_fault(fault, status, NULL, -1, NAN);
}
