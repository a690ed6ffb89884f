#include "survival/multistate_jackknife.h"

#include <math.h>
#include <string.h>

#include "base/mem.h"

#define MOST IMR_MULTISTATE_MOST
#define BETWEEN 1024 /* stretches between two questions whether to stop */

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
    double inverse[MOST * MOST], staying[MOST * MOST];

    memset(staying, 0, states * states * sizeof(*staying));
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

/* Where y of a stretch is added: by the steps up to its end, and by its move or (after the moves) the state
 * in which it ends otherwise. A sum that nobody asks for is the last one. */
static void
index_sums(imr_multistate_jackknife_t *self)
{
    const imr_multistate_steps_t *steps = self->steps;
    const imr_multistate_counts_t *counts = steps->counts;
    size_t states = counts->states, moves = self->moves, kinds = counts->transitions + states;
    uint32_t *none = self->sum_of + (steps->count + 1) * kinds;

    memset(self->place, 0, sizeof(self->place));
    memset(self->leads, 0, sizeof(self->leads));
    for (size_t h = 0; h < states; h++) {
        self->place[h][0] = (uint16_t) (counts->transitions + h);
    }
    for (size_t t = 0; t < counts->transitions; t++) {
        self->place[counts->from[t]][counts->to[t] + 1] = (uint16_t) t;
        self->leads[counts->from[t] + 1] = 1;
    }
    for (size_t t = 0; t < kinds; t++) {
        none[t] = (uint32_t) (2 * moves);
    }
    memset(self->last, 0xff, states * sizeof(*self->last));
    self->window_of[2 * moves] = 0;
    for (size_t k = 0; k < steps->count; k++) {
        uint32_t *last = self->last + (k + 1) * states;

        memcpy(last, last - states, states * sizeof(*last));
        memcpy(self->sum_of + (k + 1) * kinds, none, kinds * sizeof(*none));
        for (size_t m = steps->step[k].begin; m < steps->step[k + 1].begin; m++) {
            const imr_multistate_move_t *move = &steps->move[m];

            last[move->from] = (uint32_t) m;
            self->sum_of[(k + 1) * kinds + self->place[move->from][move->to + 1]] = (uint32_t) m;
            self->window_of[m] = self->window_of[moves + m] = self->windows.of[k];
            self->stayed_in[m] = self->windows.of[k + 1];
        }
    }
    memcpy(self->sum_of, none, kinds * sizeof(*none));
    for (size_t k = steps->count; k > 0; k--) {
        uint32_t *next = self->sum_of + (k - 1) * kinds + counts->transitions;

        memcpy(next, next + kinds, states * sizeof(*next));
        for (size_t m = steps->step[k - 1].begin; m < steps->step[k].begin; m++) {
            next[steps->move[m].from] = (uint32_t) (moves + m);
        }
    }
}

/* --- set-up -------------------------------------------------------------------------------------- */

int
imr_multistate_jackknife_init(imr_multistate_jackknife_t *self, const imr_multistate_steps_t *steps)
{
    const imr_multistate_counts_t *counts = steps->counts;
    size_t states = counts->states, positions = steps->count + 1;
    size_t moves = steps->step[steps->count].begin;
    size_t doubles = (4 * moves + 2 + 2 * states) * states;
    size_t kinds = counts->transitions + states;
    size_t words =
        3 * moves + 1 + states * positions + kinds * (positions + 1) + counts->places + 1;
    double *at = imr_malloc(doubles * sizeof(*at) + words * sizeof(uint32_t), 1);
    int status = imr_multistate_windows_init(&self->windows, steps);

    self->block = at;
    if (at == NULL || status != IMR_OK) {
        return IMR_ERR_NOMEM;
    }
    self->steps = steps;
    self->moves = moves;
    self->sums = at;
    self->gained = self->sums + (2 * moves + 1) * states;
    self->stayed = self->gained + (moves + 1) * states;
    self->at_risk = self->stayed + moves * states;
    self->product = self->at_risk + states * states;
    self->window_of = (uint32_t *) (self->product + states * states);
    self->stayed_in = self->window_of + 2 * moves + 1;
    self->last = self->stayed_in + moves;
    self->sum_of = self->last + states * positions;
    self->before = self->sum_of + kinds * (positions + 1);
    memset(self->sums, 0, (2 * moves + 1) * states * sizeof(*at));
    memset(self->gained + moves * states, 0, states * sizeof(*at));
    memset(self->at_risk, 0, states * states * sizeof(*at));
    imr_multistate_steps_before(steps, self->before);
    turn_all(self);
    index_sums(self);
    return IMR_OK;
}

void
imr_multistate_jackknife_free(imr_multistate_jackknife_t *self)
{
    imr_multistate_windows_free(&self->windows);
    imr_free(self->block);
    memset(self, 0, sizeof(*self));
}

/* --- patients ------------------------------------------------------------------------------------ */

/* By way of what is no memory to the compiler, which then takes several at once. */
static inline void
add(size_t states, double *sum, double sign, const double *y)
{
    double x[MOST];

    for (size_t s = 0; s < states; s++) {
        x[s] = sum[s] + sign * y[s];
    }
    for (size_t s = 0; s < states; s++) {
        sum[s] = x[s];
    }
}

/* Where y of those who come into state h at position k, or leave it without a move, is taken off. */
static uint32_t
sum_between(const imr_multistate_jackknife_t *self, size_t h, size_t k)
{
    const imr_multistate_counts_t *counts = self->steps->counts;
    size_t kinds = counts->transitions + counts->states;

    return self->sum_of[k * kinds + counts->transitions + h];
}

/* y, and its window, of a patient who comes into state h at position k; nothing before it counts. */
static size_t
come_late(imr_multistate_jackknife_t *self, size_t h, size_t k, double *y)
{
    size_t states = self->steps->counts->states, window = self->windows.of[k];
    uint32_t m = self->last[k * states + h], sum = sum_between(self, h, k);

    memset(y, 0, states * sizeof(*y));
    if (m != UINT32_MAX) {
        add(states, y, -1, self->stayed + m * states);
        window = self->stayed_in[m];
    }
    imr_multistate_carry(&self->windows, states, &window, self->window_of[sum], y);
    add(states, self->sums + sum * states, -1, y);
    return window;
}

/* All stretches, those of a patient one after the other. Nothing branches on where a patient's stretches
 * begin and end, which no processor foresees. */
static inline int
follow(imr_multistate_jackknife_t *self, size_t states, const double *original, size_t *known,
    imr_stop_t *stop)
{
    const imr_multistate_counts_t counts = *self->steps->counts;
    const imr_multistate_walk_t walk = *self->steps->walk;
    const imr_multistate_windows_t *windows = &self->windows;
    size_t kinds = counts.transitions + states, spans = counts.spans, moves = self->moves;
    size_t window = 0, place = imr_multistate_place(&counts, walk.first);
    size_t late_from = walk.counted == 0 ? 0 : imr_multistate_place(&counts, walk.until + 1);
    double x[MOST], y[MOST] = { 0 };
    int first = 1;

    for (size_t q = 0; q < spans; q++) {
        const imr_multistate_stretch_t span = counts.span[q];
        size_t h = (size_t) span.state, next = (size_t) (span.next + 1);
        size_t done = self->before[span.end + 1];
        size_t sum = self->sum_of[done * kinds + self->place[h][next]];
        int last = q + 1 == spans || counts.span[q + 1].first;
        int late = first & (span.begin >= late_from);

        if (q % BETWEEN == 0 && imr_stop_asked(stop, (double) (4 * states * BETWEEN))) {
            return IMR_ERR_STOPPED;
        }
        if (span.end < place) { /* over before the walk begins */
            first = 1;
            continue;
        }
        known[h] += (size_t) first;
        window &= (size_t) first - 1;
        for (size_t s = 0; s < states; s++) {
            y[s] = first ? original[h * states + s] : y[s];
        }
        if (late) {
            known[h]--;
            window = come_late(self, h, self->before[span.begin], x);
            for (size_t s = 0; s < states; s++) {
                y[s] = x[s];
            }
        }
        imr_multistate_carry(windows, states, &window, self->window_of[sum], y);
        add(states, self->sums + sum * states, 1, y);
        imr_multistate_carry(windows, states, &window, windows->of[done], y);
        add(states, y, 1, self->gained + (sum < moves ? sum : moves) * states);
        if (last & self->leads[next]) { /* last seen as he enters a state */
            sum = sum_between(self, next - 1, done);
            imr_multistate_carry(windows, states, &window, self->window_of[sum], y);
            add(states, self->sums + sum * states, 1, y);
        }
        first = last;
    }
    return IMR_OK;
}

int
imr_multistate_jackknife_sums(imr_multistate_jackknife_t *self, imr_stop_t *stop)
{
    const imr_multistate_walk_t *walk = self->steps->walk;
    size_t states = self->steps->counts->states, known[MOST] = { 0 };
    double original[MOST * MOST];
    int status;

    memset(original, 0, states * states * sizeof(*original));
    for (size_t h = 0; h < states && walk->counted > 0; h++) {
        for (size_t s = 0; s < states; s++) {
            original[h * states + s] = ((h == s) - walk->start[s]) / (double) walk->counted;
        }
    }
    switch (states) { /* loops of a known length take half of the time */
        case 3:
            status = follow(self, 3, original, known, stop);
            break;
        case 4:
            status = follow(self, 4, original, known, stop);
            break;
        default:
            status = follow(self, states, original, known, stop);
    }
    for (size_t h = 0; h < states && walk->counted > 0; h++) {
        add(states, self->at_risk + h * states, (double) known[h], original + h * states);
    }
    return status;
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
        const double *moved = self->sums + m * states, *at_risk = self->at_risk + from * states;
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

        add(states, at_risk, -1, self->sums + m * states);
        if (move->ends && move->stay == 0) {
            memset(at_risk, 0, states * sizeof(*at_risk));
        }
        if (turns) {
            imr_multistate_times(states, self->product, self->sums + m * states);
        }
    }
    for (size_t s = 0; s < states && turns; s++) {
        imr_multistate_times(states, self->product, self->at_risk + s * states);
    }
    for (size_t m = begin; m < end; m++) {
        const imr_multistate_move_t *move = &steps->move[m];
        double *at_risk = self->at_risk + (size_t) move->to * states;

        add(states, at_risk, 1, self->sums + m * states);
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
            add(states, self->at_risk + (size_t) steps->move[m].from * states, -1,
                self->sums + (self->moves + m) * states);
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

/* What a stretch turns of a value. */
static double
turn_of(const imr_multistate_steps_t *self, const imr_multistate_stretch_t *span,
    const uint32_t *before, const double *value, const double *sums)
{
    size_t states = self->counts->states, state = (size_t) span->state;
    size_t begin = before[span->begin], end = before[span->end + 1];
    double turn = sums[end * states + state] - sums[begin * states + state];

    if (span->next >= 0 && self->counts->before[span->end] >= self->walk->first) {
        const double *after = value + (end - 1) * states;

        turn += mass_at(self, end - 1, span->state) * (after[span->next] - after[state]);
    }
    return turn;
}

static double
sum_of_squares(const imr_multistate_steps_t *self, const uint32_t *before, const double *value,
    const double *sums, const double *at_start)
{
    const imr_multistate_counts_t *counts = self->counts;
    const imr_multistate_walk_t *walk = self->walk;
    size_t late_from = walk->counted == 0 ? 0 : imr_multistate_place(counts, walk->until + 1);
    double mean = 0, squares = 0, turn = 0;

    for (size_t s = 0; s < counts->states; s++) {
        mean += walk->start[s] * at_start[s];
    }
    for (size_t q = 0; q < counts->spans; q++) {
        const imr_multistate_stretch_t *span = &counts->span[q];

        if (span->first) {
            squares += turn * turn;
            turn = span->begin < late_from ? (at_start[span->state] - mean) / (double) walk->counted
                                           : 0;
        }
        turn += turn_of(self, span, before, value, sums);
    }
    return squares + turn * turn;
}

int
imr_multistate_jackknife_time(const imr_multistate_steps_t *steps, double *variance)
{
    size_t states = steps->counts->states, cells = steps->count * states;
    double *value = imr_malloc(2 * cells + states + steps->counts->places + 1, sizeof(double));
    double *sums = value == NULL ? NULL : value + cells;
    uint32_t *before;

    if (value == NULL) {
        return IMR_ERR_NOMEM;
    }
    before = (uint32_t *) (sums + cells + states);
    imr_multistate_steps_before(steps, before);
    for (size_t s = 0; s < states; s++) {
        double at_start[MOST];

        fill_values(steps, s, value, at_start);
        fill_sums(steps, value, sums);
        variance[s] = sum_of_squares(steps, before, value, sums, at_start);
    }
    imr_free(value);
    return IMR_OK;
}
