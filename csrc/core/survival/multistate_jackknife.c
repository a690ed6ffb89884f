#include "survival/multistate_jackknife.h"

#include <math.h>
#include <string.h>

#include "base/mem.h"

#define MOST IMR_MULTISTATE_MOST
#define NONE UINT32_MAX

/* --- what steps do ------------------------------------------------------------------------------- */

/* What step k turns of those at risk, and of those who change. */
static void
turn(imr_multistate_jackknife_t *self, size_t k, const double *inverse, double *staying)
{
    const imr_multistate_steps_t *steps = self->steps;
    size_t states = steps->counts->states, begin = steps->step[k].begin;
    size_t end = steps->step[k + 1].begin;

    for (size_t m = begin; m < end; m++) {
        const imr_multistate_move_t *move = &steps->move[m];
        size_t from = (size_t) move->from, to = (size_t) move->to;

        for (size_t s = 0; s < states; s++) {
            double one = move->mass * (inverse[to * states + s] - inverse[from * states + s]);

            self->gained[m * states + s] = one;
            staying[from * states + s] -= move->rate * one;
        }
    }
    for (size_t m = begin; m < end; m++) {
        const double *from = staying + (size_t) steps->move[m].from * states;
        const double *to = staying + (size_t) steps->move[m].to * states;

        for (size_t s = 0; s < states; s++) {
            self->gained[m * states + s] += from[s] - to[s];
        }
        memcpy(self->stayed + m * states, from, states * sizeof(*from));
    }
}

static void
turn_all(imr_multistate_jackknife_t *self)
{
    const imr_multistate_steps_t *steps = self->steps;
    size_t states = steps->counts->states;
    double inverse[MOST * MOST], staying[MOST * MOST] = { 0 };

    imr_multistate_identity(states, inverse);
    imr_multistate_identity(states, self->product);
    for (size_t k = 0; k < steps->count; k++) {
        if (imr_multistate_windows_add(&self->windows, k, self->product, inverse)) {
            for (size_t s = 0; s < states; s++) {
                imr_multistate_times(states, self->product, staying + s * states);
            }
            imr_multistate_identity(states, self->product);
        }
        turn(self, k, inverse, staying);
    }
    imr_multistate_windows_finish(&self->windows);
    imr_multistate_identity(states, self->product);
}

/* --- indices ------------------------------------------------------------------------------------- */

/* Steps before each row, of n + 1. */
static void
count_steps(const imr_multistate_steps_t *self, size_t *before)
{
    size_t k = 0;

    for (size_t j = 0; j <= self->counts->n; j++) {
        before[j] = k;
        k += j < self->counts->n && self->step[k].row == j;
    }
}

/* Where moves are found. */
static void
index_moves(imr_multistate_jackknife_t *self)
{
    const imr_multistate_steps_t *steps = self->steps;
    const imr_multistate_counts_t *counts = steps->counts;
    size_t states = counts->states, row = states * sizeof(uint32_t);

    for (size_t t = 0; t < counts->transitions; t++) {
        self->place[counts->from[t]][counts->to[t]] = (uint16_t) t;
    }
    memset(self->move_of, 0xff, counts->transitions * (steps->count + 1) * sizeof(uint32_t));
    memset(self->last, 0xff, row);
    memset(self->next + steps->count * states, 0xff, row);
    for (size_t k = 0; k < steps->count; k++) {
        memcpy(self->last + (k + 1) * states, self->last + k * states, row);
        for (size_t m = steps->step[k].begin; m < steps->step[k + 1].begin; m++) {
            const imr_multistate_move_t *move = &steps->move[m];

            self->last[(k + 1) * states + (size_t) move->from] = (uint32_t) m;
            self->move_of[(k + 1) * counts->transitions + self->place[move->from][move->to]] =
                (uint32_t) m;
            self->step_of[m] = (uint32_t) k;
        }
    }
    for (size_t k = steps->count; k > 0; k--) {
        memcpy(self->next + (k - 1) * states, self->next + k * states, row);
        for (size_t m = steps->step[k - 1].begin; m < steps->step[k].begin; m++) {
            self->next[(k - 1) * states + (size_t) steps->move[m].from] = (uint32_t) m;
        }
    }
}

/* --- patients ------------------------------------------------------------------------------------ */

static void
add(size_t states, double *sum, double sign, const double *y)
{
    for (size_t s = 0; s < states; s++) {
        sum[s] += sign * y[s];
    }
}

/* Those at risk in state h from position k on are one more (sign 1) or less; y is carried to where that
 * matters next. */
static void
change_risk(
    imr_multistate_jackknife_t *self, size_t h, size_t k, double sign, size_t *window, double *y)
{
    size_t states = self->steps->counts->states;
    uint32_t m = self->next[k * states + h];

    if (m != NONE) {
        imr_multistate_carry(&self->windows, window, self->windows.of[self->step_of[m]], y);
        add(states, self->flow + m * states, sign, y);
    }
}

/* y of a patient who comes into state h at position k; nothing before it counts. */
static void
come_late(imr_multistate_jackknife_t *self, size_t h, size_t k, size_t *window, double *y)
{
    size_t states = self->steps->counts->states;
    uint32_t m = self->last[k * states + h];

    memset(y, 0, states * sizeof(*y));
    *window = self->windows.of[k];
    if (m != NONE) {
        *window = self->windows.of[self->step_of[m] + 1];
        add(states, y, -1, self->stayed + m * states);
        imr_multistate_carry(&self->windows, window, self->windows.of[k], y);
    }
    change_risk(self, h, k, 1, window, y);
}

/* The stretches from q on of one patient; returns the first of the next. */
static size_t
follow(imr_multistate_jackknife_t *self, size_t q, const double *original, size_t *known)
{
    const imr_multistate_counts_t *counts = self->steps->counts;
    const imr_multistate_walk_t *walk = self->steps->walk;
    size_t states = counts->states, patient = (size_t) counts->patient[q], window = 0;
    int is_known = walk->counted > 0 && (size_t) counts->begin[q] <= walk->until;
    double y[MOST];

    while (q < counts->spans && (size_t) counts->patient[q] == patient
        && (size_t) counts->end[q] < walk->first) {
        q++; /* it is over before the walk begins */
    }
    if (q == counts->spans || (size_t) counts->patient[q] != patient) {
        return q;
    }
    if (is_known) {
        memcpy(y, original + (size_t) counts->state[q] * states, states * sizeof(*y));
        known[counts->state[q]]++;
    } else {
        come_late(self, (size_t) counts->state[q], self->before[counts->begin[q]], &window, y);
    }
    for (;; q++) {
        size_t h = (size_t) counts->state[q], done = self->before[counts->end[q] + 1];
        int last = q + 1 == counts->spans || (size_t) counts->patient[q + 1] != patient;

        if (counts->next[q] >= 0) {
            size_t to = (size_t) counts->next[q];
            size_t cell = done * counts->transitions + self->place[h][to];
            uint32_t m = self->move_of[cell];

            if (m != NONE) {
                imr_multistate_carry(&self->windows, &window, self->windows.of[done - 1], y);
                add(states, self->moved + m * states, 1, y);
                imr_multistate_carry(&self->windows, &window, self->windows.of[done], y);
                add(states, y, 1, self->gained + m * states);
            }
            h = to;
        }
        if (last) {
            change_risk(self, h, done, -1, &window, y);
            return q + 1;
        }
    }
}

/* --- set-up and sums ----------------------------------------------------------------------------- */

int
imr_multistate_jackknife_init(imr_multistate_jackknife_t *self, const imr_multistate_steps_t *steps)
{
    const imr_multistate_counts_t *counts = steps->counts;
    size_t states = counts->states, positions = steps->count + 1;
    size_t moves = steps->step[steps->count].begin, doubles = 4 * moves * states;
    size_t words = moves + (2 * states + counts->transitions) * positions;
    double *at = imr_malloc(
        doubles * sizeof(*at) + (counts->n + 1) * sizeof(size_t) + words * sizeof(uint32_t), 1);
    int status = imr_multistate_windows_init(&self->windows, steps);

    self->block = at;
    if (at == NULL || status != IMR_OK) {
        return IMR_ERR_NOMEM;
    }
    self->steps = steps;
    self->moved = at;
    self->flow = self->moved + moves * states;
    self->gained = self->flow + moves * states;
    self->stayed = self->gained + moves * states;
    self->before = (size_t *) (self->stayed + moves * states);
    self->step_of = (uint32_t *) (self->before + counts->n + 1);
    self->next = self->step_of + moves;
    self->last = self->next + states * positions;
    self->move_of = self->last + states * positions;
    memset(self->moved, 0, 2 * moves * states * sizeof(*at));
    memset(self->place, 0, sizeof(self->place));
    memset(self->at_risk, 0, sizeof(self->at_risk));
    count_steps(steps, self->before);
    index_moves(self);
    turn_all(self);
    return IMR_OK;
}

void
imr_multistate_jackknife_free(imr_multistate_jackknife_t *self)
{
    imr_multistate_windows_free(&self->windows);
    imr_free(self->block);
    memset(self, 0, sizeof(*self));
}

int
imr_multistate_jackknife_sums(imr_multistate_jackknife_t *self, imr_stop_t *stop)
{
    const imr_multistate_counts_t *counts = self->steps->counts;
    const imr_multistate_walk_t *walk = self->steps->walk;
    size_t states = counts->states, known[MOST] = { 0 };
    double original[MOST * MOST];

    for (size_t h = 0; h < states && walk->counted > 0; h++) {
        for (size_t s = 0; s < states; s++) {
            original[h * states + s] = ((h == s) - walk->start[s]) / (double) walk->counted;
        }
    }
    for (size_t q = 0; q < counts->spans;) {
        size_t begin = q;

        q = follow(self, q, original, known);
        if (imr_stop_asked(stop, (double) ((q - begin) * 4 * states))) {
            return IMR_ERR_STOPPED;
        }
    }
    for (size_t h = 0; h < states && walk->counted > 0; h++) {
        add(states, self->at_risk + h * states, (double) known[h], original + h * states);
    }
    return IMR_OK;
}

/* --- steps --------------------------------------------------------------------------------------- */

/* What the step adds: of each move, mass (moved - rate at_risk), after the step, by (to - from). */
static void
add_products(imr_multistate_jackknife_t *self, size_t k, double *covariance, size_t stride)
{
    const imr_multistate_steps_t *steps = self->steps;
    size_t states = steps->counts->states;

    for (size_t m = steps->step[k].begin; m < steps->step[k + 1].begin; m++) {
        const imr_multistate_move_t *move = &steps->move[m];
        size_t from = (size_t) move->from, to = (size_t) move->to;
        const double *moved = self->moved + m * states, *at_risk = self->at_risk + from * states;
        double x[MOST];

        for (size_t s = 0; s < states; s++) {
            x[s] = move->mass * (moved[s] - move->rate * at_risk[s]);
        }
        imr_multistate_times(states, self->product, x);
        for (size_t s = 0; s < states; s++) {
            covariance[s * stride + to] += x[s];
            covariance[to * stride + s] += x[s];
            covariance[s * stride + from] -= x[s];
            covariance[from * stride + s] -= x[s];
        }
    }
}

/* The moves from one state to another at step k, after it. */
static void
move_on(imr_multistate_jackknife_t *self, size_t k)
{
    const imr_multistate_steps_t *steps = self->steps;
    size_t states = steps->counts->states, begin = steps->step[k].begin;
    size_t end = steps->step[k + 1].begin;
    int turns = self->windows.of[k] != self->windows.of[k + 1];

    for (size_t m = begin; m < end; m++) {
        const imr_multistate_move_t *move = &steps->move[m];
        double *at_risk = self->at_risk + (size_t) move->from * states;

        add(states, at_risk, -1, self->moved + m * states);
        if (move->ends && move->stay == 0) {
            memset(at_risk, 0, states * sizeof(*at_risk));
        }
        if (turns) {
            imr_multistate_times(states, self->product, self->moved + m * states);
        }
    }
    for (size_t s = 0; s < states && turns; s++) {
        imr_multistate_times(states, self->product, self->at_risk + s * states);
    }
    for (size_t m = begin; m < end; m++) {
        const imr_multistate_move_t *move = &steps->move[m];
        double *at_risk = self->at_risk + (size_t) move->to * states;

        add(states, at_risk, 1, self->moved + m * states);
        add(states, at_risk, move->rate / move->one, self->gained + m * states);
    }
    if (turns) {
        imr_multistate_identity(states, self->product);
    }
}

void
imr_multistate_jackknife_step(
    imr_multistate_jackknife_t *self, size_t k, double *covariance, size_t stride)
{
    const imr_multistate_steps_t *steps = self->steps;
    size_t states = steps->counts->states;

    for (size_t m = steps->step[k].begin; m < steps->step[k + 1].begin; m++) {
        if (steps->move[m].ends) {
            add(states, self->at_risk + (size_t) steps->move[m].from * states, 1,
                self->flow + self->next[k * states + (size_t) steps->move[m].from] * states);
        }
    }
    for (size_t s = 0; s < states; s++) {
        imr_multistate_advance(steps, k, self->product + s * states);
    }
    add_products(self, k, covariance, stride);
    move_on(self, k);
}

/* --- time in a state ----------------------------------------------------------------------------- */

/* Backwards: how the time in a state depends on the shares, times the matrix of step k. */
static void
retreat(const imr_multistate_steps_t *self, size_t k, double *x)
{
    double after[MOST];

    memcpy(after, x, self->counts->states * sizeof(*x));
    for (size_t m = self->step[k].begin; m < self->step[k + 1].begin; m++) {
        const imr_multistate_move_t *move = &self->move[m];

        if (m == self->step[k].begin || self->move[m - 1].ends) {
            x[move->from] = 0;
        }
        x[move->from] += move->rate * after[move->to];
        if (move->ends) {
            x[move->from] += move->stay * after[move->from];
        }
    }
}

/* The value of time in state s: of a share after each step (steps x states), and of one at the start. */
static void
fill_values(const imr_multistate_steps_t *self, size_t s, double *value, double *at_start)
{
    size_t states = self->counts->states;
    double x[MOST] = { 0 };

    for (size_t k = self->count; k > 0; k--) {
        x[s] += self->step[k - 1].width;
        memcpy(value + (k - 1) * states, x, states * sizeof(*x));
        retreat(self, k - 1, x);
    }
    x[s] += self->lead;
    memcpy(at_start, x, states * sizeof(*x));
}

/* What being at risk in each state turns, added up to and with each step: steps + 1 x states. */
static void
fill_sums(const imr_multistate_steps_t *self, const double *value, double *sums)
{
    size_t states = self->counts->states;

    memset(sums, 0, states * sizeof(*sums));
    for (size_t k = 0; k < self->count; k++) {
        double *sum = sums + (k + 1) * states;

        memcpy(sum, sum - states, states * sizeof(*sums));
        for (size_t m = self->step[k].begin; m < self->step[k + 1].begin; m++) {
            const imr_multistate_move_t *move = &self->move[m];

            sum[move->from] -= move->mass * move->rate
                * (value[k * states + (size_t) move->to] - value[k * states + (size_t) move->from]);
        }
    }
}

/* Of a patient at risk in a state who changes at step k. */
static double
mass_at(const imr_multistate_steps_t *self, size_t k, int64_t state)
{
    for (size_t m = self->step[k].begin; m < self->step[k + 1].begin; m++) {
        if (self->move[m].from == state) {
            return self->move[m].mass;
        }
    }
    return 0;
}

/* What the stretch q turns of a value. */
static double
turn_of(const imr_multistate_steps_t *self, size_t q, const size_t *before, const double *value,
    const double *sums)
{
    const imr_multistate_counts_t *counts = self->counts;
    size_t states = counts->states, state = (size_t) counts->state[q];
    size_t begin = before[counts->begin[q]], end = before[counts->end[q] + 1];
    double turn = sums[end * states + state] - sums[begin * states + state];

    if (counts->next[q] >= 0 && (size_t) counts->end[q] >= self->walk->first) {
        const double *after = value + (end - 1) * states;

        turn += mass_at(self, end - 1, counts->state[q]) * (after[counts->next[q]] - after[state]);
    }
    return turn;
}

static double
sum_of_squares(const imr_multistate_steps_t *self, const size_t *before, const double *value,
    const double *sums, const double *at_start)
{
    const imr_multistate_counts_t *counts = self->counts;
    const imr_multistate_walk_t *walk = self->walk;
    double mean = 0, squares = 0;

    for (size_t s = 0; s < counts->states; s++) {
        mean += walk->start[s] * at_start[s];
    }
    for (size_t q = 0; q < counts->spans;) {
        size_t first = q;
        double turn = 0;

        if (walk->counted > 0 && (size_t) counts->begin[q] <= walk->until) {
            turn = (at_start[counts->state[q]] - mean) / (double) walk->counted;
        }
        for (; q < counts->spans && counts->patient[q] == counts->patient[first]; q++) {
            turn += turn_of(self, q, before, value, sums);
        }
        squares += turn * turn;
    }
    return squares;
}

int
imr_multistate_jackknife_time(const imr_multistate_steps_t *steps, double *variance)
{
    size_t states = steps->counts->states, cells = steps->count * states;
    double *value = imr_malloc(2 * cells + states + steps->counts->n + 1, sizeof(double));
    double *sums = value == NULL ? NULL : value + cells;
    size_t *before;

    if (value == NULL) {
        return IMR_ERR_NOMEM;
    }
    before = (size_t *) (sums + cells + states);
    count_steps(steps, before);
    for (size_t s = 0; s < states; s++) {
        double at_start[MOST];

        fill_values(steps, s, value, at_start);
        fill_sums(steps, value, sums);
        variance[s] = sum_of_squares(steps, before, value, sums, at_start);
    }
    imr_free(value);
    return IMR_OK;
}
