#include "survival/multistate_jackknife.h"

#include "../harness.h"
#include "multistate_data.h"

#define PATIENTS 60
#define MOST_ROWS (PATIENTS * 8)
#define STATES 4

/* Patients who wander between four states at many times, some of whom come late. */
typedef struct {
    int64_t patient[MOST_ROWS], event[MOST_ROWS], initial[MOST_ROWS];
    double entry[MOST_ROWS], time[MOST_ROWS];
    imr_multistate_data_t data;
} wanderers_t;

static void
wander(wanderers_t *self, uint32_t seed)
{
    size_t n = 0;

    for (int64_t who = 0; who < PATIENTS; who++) {
        int64_t first = 1 + harness_draw(&seed, 2);
        double start = harness_draw(&seed, 4) == 0 ? harness_draw(&seed, 100) / 16. : 0;

        for (uint32_t left = 1 + harness_draw(&seed, 8); left > 0; left--) {
            self->patient[n] = who;
            self->initial[n] = first;
            self->entry[n] = start;
            self->time[n] = start += (1 + harness_draw(&seed, 200)) / 16.;
            self->event[n] = harness_draw(&seed, STATES + 1);
            n++;
        }
    }
    self->data = (imr_multistate_data_t) { .n = n, .patient = self->patient, .time = self->time };
    self->data.event = self->event;
    self->data.entry = self->entry;
    self->data.initial = self->initial;
    self->data.states = STATES;
    self->data.groups = 1;
}

/* u of the patient with stretches begin..end - 1, step by step as it is defined, and squares of it. */
static void
add_squares(const imr_multistate_steps_t *steps, size_t begin, size_t end, double *squares,
    double *time_squares)
{
    const imr_multistate_counts_t *counts = steps->counts;
    const imr_multistate_walk_t *walk = steps->walk;
    double u[STATES], area[STATES];
    const imr_multistate_stretch_t *span = counts->span;
    int known = walk->counted > 0 && counts->before[span[begin].begin] <= walk->until;
    size_t q = begin;

    for (size_t s = 0; s < STATES; s++) {
        double mine = (int) s == span[begin].state ? 1 : 0;

        u[s] = known ? (mine - walk->start[s]) / (double) walk->counted : 0;
        area[s] = steps->lead * u[s];
    }
    for (size_t k = 0; k < steps->count; k++) {
        size_t row = steps->step[k].row;

        imr_multistate_advance(steps, k, u);
        while (q < end && counts->before[span[q].end] < row) {
            q++;
        }
        for (size_t m = steps->step[k].begin; m < steps->step[k + 1].begin; m++) {
            const imr_multistate_move_t *move = &steps->move[m];

            if (q < end && counts->before[span[q].begin] <= row && move->from == span[q].state) {
                int goes = counts->before[span[q].end] == row && span[q].next == move->to;

                u[move->to] += move->mass * (goes - move->rate);
                u[move->from] -= move->mass * (goes - move->rate);
            }
        }
        for (size_t s = 0; s < STATES; s++) {
            squares[k * STATES + s] += u[s] * u[s];
            area[s] += steps->step[k].width * u[s];
        }
    }
    for (size_t s = 0; s < STATES; s++) {
        time_squares[s] += area[s] * area[s];
    }
}

/* The walk from row `first`, from the shares at the start or (first > 0) from state 0. */
static void
compare(const imr_multistate_t *fit, size_t first, double tau)
{
    static const double CERTAIN[STATES] = { 1 };
    const imr_multistate_counts_t *counts = &fit->counts;
    size_t cells = (counts->n - first) * STATES;
    imr_multistate_walk_t walk = { .first = first, .tau = tau };
    imr_multistate_path_t path;
    imr_multistate_steps_t steps;
    double *memory = calloc(3 * cells, sizeof(double)), *squares = memory + 2 * cells, p[STATES];
    double time[STATES], variance[STATES], time_squares[STATES] = { 0 };
    size_t k = 0;

    walk.start = first > 0 ? CERTAIN : fit->start;
    if (first == 0) {
        imr_multistate_find_start(fit, &walk.counted, &walk.until, NULL);
    }
    path = (imr_multistate_path_t) { memory, memory + cells, time, variance, 0, 0 };
    CHECK(imr_multistate_walk(counts, &walk, &path, NULL, NULL) == IMR_OK);
    CHECK(imr_multistate_steps_init(&steps, counts, &walk) == IMR_OK);
    memcpy(p, walk.start, sizeof(p));
    for (; k < steps.count; k++) {
        for (size_t m = steps.step[k].begin; m < steps.step[k + 1].begin; m++) {
            steps.move[m].mass = p[steps.move[m].from] * steps.move[m].one;
        }
        imr_multistate_advance(&steps, k, p);
    }
    for (size_t begin = 0, end; begin < counts->spans; begin = end) {
        for (end = begin + 1; end < counts->spans && !counts->span[end].first; end++) {
        }
        add_squares(&steps, begin, end, squares, time_squares);
    }
    for (k = 0; k < steps.count; k++) {
        for (size_t s = 0; s < STATES; s++) {
            size_t cell = (steps.step[k].row - first) * STATES + s;

            if (path.estimate[cell] > 0 && path.estimate[cell] < 1) {
                CHECK_NEAR(path.variance[cell], squares[k * STATES + s], 1e-10);
            }
        }
    }
    for (size_t s = 0; s < STATES; s++) {
        CHECK_NEAR(variance[s], time_squares[s], 1e-10);
    }
    imr_multistate_steps_free(&steps);
    free(memory);
}

/* As the sums of squares that it is, over hundreds of steps. */
static void
test_sums_of_squares(void)
{
    wanderers_t *self = malloc(sizeof(*self));

    for (uint32_t seed = 1; seed <= 4; seed++) {
        imr_multistate_options_t options = usual_options(IMR_MULTISTATE_JACKKNIFE);
        imr_multistate_rows_t rows;
        imr_multistate_t fit;

        wander(self, seed);
        CHECK(imr_multistate_rows(&self->data, &rows, NULL) == IMR_OK);
        CHECK(imr_multistate(&rows, 0, &options, &fit, NULL, NULL) == IMR_OK);
        CHECK(fit.counts.n > 150);
        compare(&fit, 0, 30);
        compare(&fit, 40, 30);
        imr_multistate_free(&fit);
        imr_multistate_rows_free(&rows);
    }
    free(self);
}

static void
test_out_of_memory(void)
{
    imr_multistate_data_t data = hand_data();
    imr_multistate_options_t options = usual_options(IMR_MULTISTATE_JACKKNIFE);
    imr_multistate_walk_t walk = { .tau = 4 };
    imr_multistate_rows_t rows;
    imr_multistate_t fit;
    imr_multistate_steps_t steps;
    imr_multistate_jackknife_t self;
    double variance[3];

    CHECK(imr_multistate_rows(&data, &rows, NULL) == IMR_OK);
    CHECK(imr_multistate(&rows, 0, &options, &fit, NULL, NULL) == IMR_OK);
    walk.start = fit.start;
    CHECK(imr_multistate_steps_init(&steps, &fit.counts, &walk) == IMR_OK);
    FAIL_EACH_ALLOCATION(imr_multistate_jackknife_init(&self, &steps), IMR_ERR_NOMEM,
        imr_multistate_jackknife_free(&self));
    FAIL_EACH_ALLOCATION(imr_multistate_jackknife_time(&steps, variance), IMR_ERR_NOMEM, (void) 0);
    imr_multistate_steps_free(&steps);
    imr_multistate_free(&fit);
    imr_multistate_rows_free(&rows);
}

HARNESS_MAIN(RUN(test_sums_of_squares); RUN(test_out_of_memory);)
