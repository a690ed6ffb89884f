#include "survival/multistate_jackknife.h"

#include <math.h>
#include <string.h>

#include "base/mem.h"

#define MOST IMR_MULTISTATE_MOST

/* --- products of many steps ---------------------------------------------------------------------- */

/* Node b of level l is the product of 2^l blocks; levels lie one after the other. */
static size_t
nodes_of(size_t blocks, size_t level)
{
    return blocks >> level;
}

static double *
node_at(const imr_multistate_jackknife_t *self, size_t level, size_t b)
{
    size_t states = self->steps->counts->states, before = 0;

    for (size_t l = 0; l < level; l++) {
        before += nodes_of(self->blocks, l);
    }
    return self->nodes + (before + b) * states * states;
}

static void
times_matrix(size_t states, const double *matrix, double *x)
{
    double y[MOST] = { 0 };

    for (size_t s = 0; s < states; s++) {
        for (size_t u = 0; u < states; u++) {
            y[u] += x[s] * matrix[s * states + u];
        }
    }
    memcpy(x, y, states * sizeof(*x));
}

static void
fill_nodes(imr_multistate_jackknife_t *self)
{
    size_t states = self->steps->counts->states;

    for (size_t b = 0; b < self->blocks; b++) {
        double *node = node_at(self, 0, b);

        for (size_t s = 0; s < states; s++) {
            memset(node + s * states, 0, states * sizeof(*node));
            node[s * states + s] = 1;
            for (size_t k = b * self->size; k < (b + 1) * self->size; k++) {
                imr_multistate_advance(self->steps, k, node + s * states);
            }
        }
    }
    for (size_t l = 1; l < self->levels; l++) {
        for (size_t b = 0; b < nodes_of(self->blocks, l); b++) {
            const double *first = node_at(self, l - 1, 2 * b), *second = first + states * states;
            double *node = node_at(self, l, b);

            memcpy(node, first, states * states * sizeof(*node));
            for (size_t s = 0; s < states; s++) {
                times_matrix(states, second, node + s * states);
            }
        }
    }
}

/* x times the matrices of steps from..to - 1. */
static void
advance_many(const imr_multistate_jackknife_t *self, size_t from, size_t to, double *x)
{
    size_t size = self->size;

    while (from < to) {
        size_t block = from / size, level = 0;

        if (from % size != 0 || from + size > to) {
            imr_multistate_advance(self->steps, from++, x);
            continue;
        }
        while (level + 1 < self->levels && block % ((size_t) 2 << level) == 0
            && from + (size * 2 << level) <= to) {
            level++;
        }
        times_matrix(self->steps->counts->states, node_at(self, level, block >> level), x);
        from += size << level;
    }
}

/* --- set-up -------------------------------------------------------------------------------------- */

static size_t
begin_of(const imr_multistate_steps_t *steps, size_t q)
{
    size_t begin = (size_t) steps->counts->begin[q];

    return begin > steps->walk->first ? begin : steps->walk->first;
}

/* Stretches by a row of each, in a counting sort; count has room for n + 1. */
static void
sort_by_row(const imr_multistate_steps_t *steps, int by_end, size_t *count, size_t *order)
{
    const imr_multistate_counts_t *counts = steps->counts;

    memset(count, 0, (counts->n + 1) * sizeof(*count));
    for (size_t q = 0; q < counts->spans; q++) {
        count[(by_end ? (size_t) counts->end[q] : begin_of(steps, q)) + 1]++;
    }
    for (size_t j = 0; j < counts->n; j++) {
        count[j + 1] += count[j];
    }
    for (size_t q = 0; q < counts->spans; q++) {
        order[count[by_end ? (size_t) counts->end[q] : begin_of(steps, q)]++] = q;
    }
}

int
imr_multistate_jackknife_init(imr_multistate_jackknife_t *self, const imr_multistate_steps_t *steps)
{
    const imr_multistate_counts_t *counts = steps->counts;
    const imr_multistate_walk_t *walk = steps->walk;
    size_t states = counts->states, square = states * states, nodes = 0, *scratch;
    double *at;

    memset(self, 0, sizeof(*self));
    self->steps = steps;
    self->row = walk->first;
    self->size = states; /* so that all products take states times the room of the steps */
    self->blocks = steps->count / self->size;
    for (; nodes_of(self->blocks, self->levels) > 0; self->levels++) {
        nodes += nodes_of(self->blocks, self->levels);
    }
    at = imr_malloc(counts->spans * (states + 3) + 3 * square + states + square * states
            + nodes * square + counts->n + 2,
        sizeof(double));
    if (at == NULL) {
        return IMR_ERR_NOMEM;
    }
    self->block = at;
    self->u = at;
    self->staying = at + counts->spans * states;
    self->original = self->staying + square;
    self->at_risk = self->original + square;
    self->moved = self->at_risk + square;
    self->nodes = self->moved + square * states;
    self->count = (int64_t *) (self->nodes + nodes * square);
    self->since = (size_t *) (self->count + states);
    self->by_begin = self->since + counts->spans;
    self->by_end = self->by_begin + counts->spans;
    scratch = self->by_end + counts->spans;
    memset(self->u, 0, (size_t) ((char *) self->since - (char *) self->u));
    sort_by_row(steps, 0, scratch, self->by_begin);
    sort_by_row(steps, 1, scratch, self->by_end);
    while (self->going < counts->spans
        && (size_t) counts->end[self->by_end[self->going]] < walk->first) {
        self->going++;
    }
    for (size_t h = 0; h < states && walk->counted > 0; h++) {
        for (size_t s = 0; s < states; s++) {
            self->original[h * states + s] = ((h == s) - walk->start[s]) / (double) walk->counted;
        }
    }
    fill_nodes(self);
    return IMR_OK;
}

void
imr_multistate_jackknife_free(imr_multistate_jackknife_t *self)
{
    imr_free(self->block);
    memset(self, 0, sizeof(*self));
}

/* --- rows ---------------------------------------------------------------------------------------- */

/* u of a stretch, now. */
static void
read_u(const imr_multistate_jackknife_t *self, size_t q, double *u)
{
    size_t states = self->steps->counts->states;
    size_t h = (size_t) self->steps->counts->state[q];

    if (self->since[q] == SIZE_MAX) {
        memcpy(u, self->original + h * states, states * sizeof(*u));
        return;
    }
    memcpy(u, self->u + q * states, states * sizeof(*u));
    advance_many(self, self->since[q], self->done, u);
    for (size_t s = 0; s < states; s++) {
        u[s] += self->staying[h * states + s];
    }
}

/* Those who begin to be at risk at the row; u of a patient who moved lies in that of the stretch. */
static void
let_in(imr_multistate_jackknife_t *self)
{
    const imr_multistate_counts_t *counts = self->steps->counts;
    const imr_multistate_walk_t *walk = self->steps->walk;
    size_t states = counts->states;

    for (; self->coming < counts->spans
        && begin_of(self->steps, self->by_begin[self->coming]) == self->row;
        self->coming++) {
        size_t q = self->by_begin[self->coming], h = (size_t) counts->state[q];
        int first = q == 0 || counts->patient[q - 1] != counts->patient[q];
        int known = first && walk->counted > 0 && (size_t) counts->begin[q] <= walk->until;
        double *u = self->u + q * states;

        if ((size_t) counts->end[q] < self->row) {
            continue; /* it is over before the walk begins */
        }
        self->since[q] = known ? SIZE_MAX : self->done;
        self->count[h]++;
        for (size_t s = 0; s < states; s++) {
            self->at_risk[h * states + s] += known ? self->original[h * states + s] : u[s];
            u[s] -= self->staying[h * states + s];
        }
    }
}

static void
let_out(imr_multistate_jackknife_t *self, size_t h, const double *u)
{
    size_t states = self->steps->counts->states;
    double *sum = self->at_risk + h * states;

    self->count[h]--;
    for (size_t s = 0; s < states; s++) {
        sum[s] = self->count[h] == 0 ? 0 : sum[s] - u[s];
    }
}

/* Sums over those who change at the row. `going` stays at the first stretch that ends at it. */
static void
sum_moved(imr_multistate_jackknife_t *self)
{
    const imr_multistate_counts_t *counts = self->steps->counts;
    size_t states = counts->states;

    for (size_t i = self->going; i < counts->spans; i++) {
        size_t q = self->by_end[i];
        double u[MOST], *sum;

        if ((size_t) counts->end[q] != self->row) {
            break;
        }
        if (counts->next[q] < 0) {
            continue;
        }
        read_u(self, q, u);
        sum =
            self->moved + ((size_t) counts->state[q] * states + (size_t) counts->next[q]) * states;
        for (size_t s = 0; s < states; s++) {
            sum[s] += u[s];
        }
        memcpy(self->u + q * states, u, states * sizeof(*u)); /* before the step */
    }
}

/* What the step adds: of each move, mass (moved - rate at_risk), after the step, by (to - from). */
static void
add_products(imr_multistate_jackknife_t *self, size_t k, double *covariance, size_t stride)
{
    const imr_multistate_steps_t *steps = self->steps;
    size_t states = steps->counts->states;

    for (size_t m = steps->step[k].begin; m < steps->step[k + 1].begin; m++) {
        const imr_multistate_move_t *move = &steps->move[m];
        size_t from = (size_t) move->from, to = (size_t) move->to;
        double x[MOST], *sum = self->moved + (from * states + to) * states;

        for (size_t s = 0; s < states; s++) {
            x[s] = move->mass * (sum[s] - move->rate * self->at_risk[from * states + s]);
            sum[s] = 0;
        }
        imr_multistate_advance(steps, k, x);
        for (size_t s = 0; s < states; s++) {
            covariance[s * stride + to] += x[s];
            covariance[to * stride + s] += x[s];
            covariance[s * stride + from] -= x[s];
            covariance[from * stride + s] -= x[s];
        }
    }
}

/* The step itself. What it adds to all at risk and what it adds to those who change is 0 in sum. */
static void
take_step(imr_multistate_jackknife_t *self, size_t k)
{
    const imr_multistate_steps_t *steps = self->steps;
    size_t states = steps->counts->states;

    for (size_t h = 0; h < states; h++) {
        imr_multistate_advance(steps, k, self->staying + h * states);
        imr_multistate_advance(steps, k, self->original + h * states);
        imr_multistate_advance(steps, k, self->at_risk + h * states);
    }
    for (size_t m = steps->step[k].begin; m < steps->step[k + 1].begin; m++) {
        const imr_multistate_move_t *move = &steps->move[m];
        size_t from = (size_t) move->from, to = (size_t) move->to;
        double part = move->mass * move->rate;

        self->staying[from * states + to] -= part;
        self->staying[from * states + from] += part;
        self->original[from * states + to] -= part;
        self->original[from * states + from] += part;
    }
}

/* u of a stretch that ends in a change at step k, after it. */
static void
change_u(const imr_multistate_jackknife_t *self, size_t q, size_t k, double *u)
{
    const imr_multistate_steps_t *steps = self->steps;
    const imr_multistate_counts_t *counts = steps->counts;

    memcpy(u, self->u + q * counts->states, counts->states * sizeof(*u));
    imr_multistate_advance(steps, k, u);
    for (size_t m = steps->step[k].begin; m < steps->step[k + 1].begin; m++) {
        const imr_multistate_move_t *move = &steps->move[m];
        double part = move->mass * ((move->to == counts->next[q]) - move->rate);

        if (move->from == counts->state[q]) {
            u[move->to] += part;
            u[move->from] -= part;
        }
    }
}

/* Those whose stretch ends at the row leave; a change hands u on to the next stretch of the patient. */
static void
let_all_out(imr_multistate_jackknife_t *self)
{
    const imr_multistate_counts_t *counts = self->steps->counts;
    size_t states = counts->states;

    for (;
        self->going < counts->spans && (size_t) counts->end[self->by_end[self->going]] == self->row;
        self->going++) {
        size_t q = self->by_end[self->going];
        double u[MOST];

        if (counts->next[q] < 0) {
            read_u(self, q, u);
        } else {
            change_u(self, q, self->done - 1, u);
            if (q + 1 < counts->spans && counts->patient[q + 1] == counts->patient[q]) {
                memcpy(self->u + (q + 1) * states, u, states * sizeof(*u));
            }
        }
        let_out(self, (size_t) counts->state[q], u);
    }
}

void
imr_multistate_jackknife_row(
    imr_multistate_jackknife_t *self, size_t row, double *covariance, size_t stride)
{
    const imr_multistate_steps_t *steps = self->steps;

    self->row = row;
    let_in(self);
    if (steps->step[self->done].row == row) {
        sum_moved(self);
        add_products(self, self->done, covariance, stride);
        take_step(self, self->done);
        self->done++;
    }
    let_all_out(self);
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
