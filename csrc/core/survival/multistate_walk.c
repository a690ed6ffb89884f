#include "survival/multistate_walk.h"

#include <math.h>
#include <string.h>

#include "base/mem.h"
#include "survival/multistate_rows.h"

#define MOST IMR_MULTISTATE_MOST

/* --- steps: the rows with transitions ------------------------------------------------------------ */

/* A transition at a step. Those out of one state follow each other; `ends` marks the last one. */
typedef struct {
    int from, to, ends;
    double rate; /* of those at risk, who change so */
    double stay; /* who stay in from (with ends) */
    double one; /* a patient at risk, in shares of from */
    double mass; /* and of the whole, along the path */
} move_t;

typedef struct {
    size_t row, begin; /* its first move */
    double width; /* time up to the next step, within (since, tau] */
} step_t;

typedef struct {
    const imr_multistate_counts_t *counts;
    const imr_multistate_walk_t *walk;
    size_t count; /* steps; one more marks the end of the moves */
    step_t *step;
    move_t *move;
    double lead; /* time up to the first step */
    void *block;
} steps_t;

static double
width_of(const imr_multistate_walk_t *walk, double from, double to)
{
    double begin = fmax(from, walk->since), end = fmin(to, walk->tau);

    return end > begin ? end - begin : 0;
}

static void
add_moves(steps_t *self, size_t row, size_t *moves)
{
    const imr_multistate_counts_t *counts = self->counts;
    move_t *last = NULL;
    double left = 0;

    for (size_t k = 0; k < counts->transitions; k++) {
        int64_t events = counts->events[k * counts->n + row];
        size_t from = (size_t) counts->from[k];
        double at_risk = (double) counts->at_risk[from * counts->n + row];

        if (events == 0) {
            continue;
        }
        if (last == NULL || last->from != (int) from) {
            left = at_risk;
        } else {
            last->ends = 0;
        }
        left -= (double) events;
        last = &self->move[(*moves)++];
        *last = (move_t) { (int) from, (int) counts->to[k], 1, (double) events / at_risk,
            left / at_risk, 1 / at_risk, 0 };
    }
}

static int
steps_init(steps_t *self, const imr_multistate_counts_t *counts, const imr_multistate_walk_t *walk)
{
    size_t moves = 0, rows = 0, n = counts->n;

    for (size_t j = walk->first; j < n; j++) {
        size_t before = moves;

        for (size_t k = 0; k < counts->transitions; k++) {
            moves += counts->events[k * n + j] > 0;
        }
        rows += moves > before;
    }
    self->counts = counts;
    self->walk = walk;
    self->count = rows;
    self->block = imr_malloc(moves * sizeof(move_t) + (rows + 1) * sizeof(step_t), 1);
    if (self->block == NULL) {
        return IMR_ERR_NOMEM;
    }
    self->step = self->block;
    self->move = (move_t *) (self->step + rows + 1);
    moves = rows = 0;
    for (size_t j = walk->first; j < n; j++) {
        size_t before = moves;

        add_moves(self, j, &moves);
        if (moves > before) {
            self->step[rows++] = (step_t) { j, before, 0 };
        }
    }
    self->step[rows] = (step_t) { n, moves, 0 };
    self->lead = width_of(walk, -INFINITY, rows == 0 ? INFINITY : counts->time[self->step[0].row]);
    for (size_t k = 0; k < rows; k++) {
        double next = k + 1 < rows ? counts->time[self->step[k + 1].row] : INFINITY;

        self->step[k].width = width_of(walk, counts->time[self->step[k].row], next);
    }
    return IMR_OK;
}

/* x times the matrix of a step: what is in each state before, to what is after. */
static inline void
advance(const steps_t *self, size_t k, double *x)
{
    double moved[MOST];
    size_t states = self->counts->states;

    for (size_t s = 0; s < states; s++) {
        moved[s] = 0;
    }
    for (size_t m = self->step[k].begin; m < self->step[k + 1].begin; m++) {
        const move_t *move = &self->move[m];

        moved[move->to] += x[move->from] * move->rate;
        if (move->ends) {
            x[move->from] *= move->stay;
        }
    }
    for (size_t s = 0; s < states; s++) {
        x[s] += moved[s];
    }
}

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
fill_estimate(steps_t *self, imr_multistate_path_t *path)
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
                move_t *move = &self->move[m];

                move->mass = p[move->from] * move->one;
                if (p[move->from] == 0 && path->lost_row < 0) {
                    path->lost_row = (int64_t) j;
                    path->lost_state = move->from;
                }
            }
            advance(self, k, p);
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

/* Rows of a square matrix times the matrix of a step; with both = 1 its columns too. */
static void
spread_advance(const steps_t *steps, size_t step, double x[MOST][MOST], int both)
{
    size_t states = steps->counts->states;

    for (size_t s = 0; s < states; s++) {
        advance(steps, step, x[s]);
    }
    for (size_t u = 0; u < states && both; u++) {
        double column[MOST];

        for (size_t s = 0; s < states; s++) {
            column[s] = x[s][u];
        }
        advance(steps, step, column);
        for (size_t s = 0; s < states; s++) {
            x[s][u] = column[s];
        }
    }
}

/* What the changes at a step add: a multinomial of those at risk in each state. */
static void
spread_step(spread_t *self, const steps_t *steps, size_t step)
{
    size_t begin = steps->step[step].begin, end = steps->step[step + 1].begin;

    while (begin < end) {
        double share[MOST] = { 0 }, size;
        const move_t *move = &steps->move[begin];

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

static void
fill_greenwood(const steps_t *steps, imr_multistate_path_t *path)
{
    const imr_multistate_walk_t *walk = steps->walk;
    spread_t self = { .variance = path->time_variance, .states = steps->counts->states };
    size_t k = 0, states = self.states;

    for (size_t s = 0; s < states; s++) {
        for (size_t u = 0; u < states && walk->counted > 0; u++) {
            self.c[s][u] = walk->start[s] * ((s == u) - walk->start[u]) / (double) walk->counted;
        }
        if (self.variance != NULL) {
            self.variance[s] = 0;
        }
    }
    spread_flat(&self, steps->lead);
    for (size_t j = walk->first; j < steps->counts->n; j++) {
        if (j == steps->step[k].row) {
            spread_advance(steps, k, self.c, 1);
            if (self.variance != NULL) {
                spread_advance(steps, k, self.k, 0);
            }
            spread_step(&self, steps, k);
            spread_flat(&self, steps->step[k].width);
            k++;
        }
        for (size_t s = 0; s < states && path->variance != NULL; s++) {
            path->variance[(j - walk->first) * states + s] = self.c[s][s];
        }
    }
}

/* --- the infinitesimal jackknife ----------------------------------------------------------------- */

/* The first step at row `row` or later. */
static size_t
step_at(const steps_t *self, size_t row)
{
    size_t low = 0, high = self->count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (self->step[middle].row < row) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

/* How the estimate turns with the weight of a patient who is at risk in `state` at step k and goes to
 * `next` (-1: stays). */
static inline void
add_patient(const steps_t *self, size_t k, int state, int next, double *u)
{
    for (size_t m = self->step[k].begin; m < self->step[k + 1].begin; m++) {
        const move_t *move = &self->move[m];

        if (move->from == state) {
            double part = move->mass * move->rate;

            u[move->to] -= part;
            u[state] += part;
            if (move->to == next) {
                u[next] += move->mass;
                u[state] -= move->mass;
            }
        }
    }
}

/* Squares of what the patient with stretches begin..end - 1 turns, added to the sums after each step. */
static void
add_squares(const steps_t *self, size_t begin, size_t end, double *squares, double *time_squares)
{
    const imr_multistate_counts_t *counts = self->counts;
    const imr_multistate_walk_t *walk = self->walk;
    size_t states = counts->states, q = begin, k;
    int known = walk->counted > 0 && (size_t) counts->begin[begin] <= walk->until;
    double u[MOST], area[MOST];

    for (size_t s = 0; s < states; s++) {
        double mine = (int64_t) s == counts->state[begin] ? 1 : 0;

        u[s] = known ? (mine - walk->start[s]) / (double) walk->counted : 0;
        area[s] = self->lead * u[s];
    }
    for (k = known ? 0 : step_at(self, (size_t) counts->begin[begin]); k < self->count; k++) {
        int64_t row = (int64_t) self->step[k].row;

        advance(self, k, u);
        while (q < end && counts->end[q] < row) {
            q++;
        }
        if (q < end && counts->begin[q] <= row) {
            add_patient(self, k, (int) counts->state[q],
                counts->end[q] == row ? (int) counts->next[q] : -1, u);
        }
        for (size_t s = 0; s < states; s++) {
            squares[k * states + s] += u[s] * u[s];
            area[s] += self->step[k].width * u[s];
        }
    }
    for (size_t s = 0; s < states && time_squares != NULL; s++) {
        time_squares[s] += area[s] * area[s];
    }
}

static int
fill_jackknife(const steps_t *steps, imr_multistate_path_t *path, imr_stop_t *stop)
{
    const imr_multistate_counts_t *counts = steps->counts;
    const imr_multistate_walk_t *walk = steps->walk;
    size_t states = counts->states, k = 0;
    double *squares = imr_calloc(steps->count * states + 1, sizeof(*squares));

    if (squares == NULL) {
        return IMR_ERR_NOMEM;
    }
    for (size_t s = 0; s < states && path->time_variance != NULL; s++) {
        path->time_variance[s] = 0;
    }
    for (size_t begin = 0, end; begin < counts->spans; begin = end) {
        for (end = begin + 1; end < counts->spans && counts->patient[end] == counts->patient[begin];
            end++) {
        }
        add_squares(steps, begin, end, squares, path->time_variance);
        if (imr_stop_asked(stop, (double) (steps->count * (states + 4)))) {
            imr_free(squares);
            return IMR_ERR_STOPPED;
        }
    }
    for (size_t j = walk->first; j < counts->n && path->variance != NULL; j++) {
        double *variance = path->variance + (j - walk->first) * states;

        k += j == steps->step[k].row;
        for (size_t s = 0; s < states; s++) {
            double share = walk->start[s];

            variance[s] = k > 0     ? squares[(k - 1) * states + s]
                : walk->counted > 0 ? share * (1 - share) / (double) walk->counted
                                    : 0;
        }
    }
    imr_free(squares);
    return IMR_OK;
}

/* --- the one entry ------------------------------------------------------------------------------- */

int
imr_multistate_walk(const imr_multistate_counts_t *counts, const imr_multistate_walk_t *walk,
    imr_multistate_path_t *path, imr_stop_t *stop, imr_fault_t *fault)
{
    steps_t steps = { .count = 0 };
    size_t cells = (counts->n - walk->first) * counts->states;
    int status = steps_init(&steps, counts, walk);

    if (status != IMR_OK) {
        return imr_fault(fault, status, NULL, -1, NAN);
    }
    fill_estimate(&steps, path);
    if (walk->variance == IMR_MULTISTATE_GREENWOOD) {
        fill_greenwood(&steps, path);
    } else {
        status = fill_jackknife(&steps, path, stop);
    }
    for (size_t i = 0; i < cells && status == IMR_OK && path->variance != NULL; i++) {
        double p = path->estimate[i];

        path->variance[i] = p > 0 && p < 1 ? fmax(path->variance[i], 0) : 0;
    }
    for (size_t s = 0; s < counts->states && status == IMR_OK && path->time_variance != NULL; s++) {
        path->time_variance[s] = fmax(path->time_variance[s], 0);
    }
    imr_free(steps.block);
    return status == IMR_OK ? IMR_OK : imr_fault(fault, status, NULL, -1, NAN);
}
