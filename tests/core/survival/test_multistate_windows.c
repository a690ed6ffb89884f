#include "survival/multistate_windows.h"

#include <math.h>

#include "../harness.h"

#define ROWS 400
#define STATES 3
#define MOVES 6

/* Changes at random between three states, of many at risk at first and of few in the end. */
typedef struct {
    double time[ROWS];
    int64_t at_risk[STATES * ROWS], events[MOVES * ROWS];
    int64_t from[MOVES], to[MOVES];
    imr_multistate_counts_t counts;
    imr_multistate_walk_t walk;
    imr_multistate_steps_t steps;
} changes_t;

static void
setup(changes_t *self, uint32_t seed)
{
    static const int64_t FROM[] = { 0, 0, 1, 1, 2, 2 }, TO[] = { 1, 2, 0, 2, 0, 1 };

    memcpy(self->from, FROM, sizeof(FROM));
    memcpy(self->to, TO, sizeof(TO));
    for (size_t j = 0; j < ROWS; j++) {
        self->time[j] = (double) j;
        for (size_t s = 0; s < STATES; s++) {
            self->at_risk[s * ROWS + j] = 4 + harness_draw(&seed, j < 300 ? 400 : 6);
        }
        for (size_t m = 0; m < MOVES; m++) {
            self->events[m * ROWS + j] = harness_draw(&seed, 3);
        }
    }
    self->counts = (imr_multistate_counts_t) { .n = ROWS, .states = STATES, .transitions = MOVES };
    self->counts.time = self->time;
    self->counts.at_risk = self->at_risk;
    self->counts.events = self->events;
    self->counts.from = self->from;
    self->counts.to = self->to;
    self->walk = (imr_multistate_walk_t) { .first = 0 };
    CHECK(imr_multistate_steps_init(&self->steps, &self->counts, &self->walk) == IMR_OK);
}

/* From the inverse of one position, times the product of another one: as step by step. */
static void
test_vectors_are_carried(void)
{
    static const double X[STATES] = { 0.5, -2, 1.25 };
    changes_t *self = malloc(sizeof(*self));
    double (*inverse)[STATES * STATES] = malloc((ROWS + 1) * sizeof(*inverse));
    double (*product)[STATES * STATES] = malloc((ROWS + 1) * sizeof(*product));

    for (uint32_t seed = 1; seed <= 3; seed++) {
        imr_multistate_windows_t windows;
        size_t count;

        setup(self, seed);
        count = self->steps.count;
        CHECK(imr_multistate_windows_init(&windows, &self->steps) == IMR_OK);
        imr_multistate_identity(STATES, inverse[0]);
        imr_multistate_identity(STATES, product[0]);
        for (size_t k = 0; k < count; k++) {
            memcpy(inverse[k + 1], inverse[k], sizeof(*inverse));
            memcpy(product[k + 1], product[k], sizeof(*product));
            if (imr_multistate_windows_add(&windows, k, product[k + 1], inverse[k + 1])) {
                imr_multistate_identity(STATES, product[k + 1]);
            }
        }
        imr_multistate_windows_finish(&windows);
        CHECK(windows.count > 20 && windows.count < count && windows.blocks > 8);
        for (size_t from = 0; from < count; from += 7) {
            double slow[STATES];

            memcpy(slow, X, sizeof(slow));
            for (size_t to = from; to <= count; to++) {
                double y[STATES];
                size_t window = windows.of[from];

                memcpy(y, X, sizeof(y));
                imr_multistate_times(STATES, inverse[from], y);
                imr_multistate_carry(&windows, STATES, &window, windows.of[to], y);
                imr_multistate_times(STATES, product[to], y);
                CHECK(window == windows.of[to]);
                for (size_t s = 0; s < STATES; s++) {
                    CHECK(fabs(y[s] - slow[s]) < 1e-12);
                }
                if (to < count) {
                    imr_multistate_advance(&self->steps, to, slow);
                }
            }
        }
        imr_multistate_windows_free(&windows);
        imr_multistate_windows_free(&windows);
        imr_multistate_steps_free(&self->steps);
    }
    free(self);
    free(inverse);
    free(product);
}

static void
test_out_of_memory(void)
{
    changes_t *self = malloc(sizeof(*self));
    imr_multistate_windows_t windows;

    setup(self, 1);
    FAIL_EACH_ALLOCATION(imr_multistate_windows_init(&windows, &self->steps), IMR_ERR_NOMEM,
        imr_multistate_windows_free(&windows));
    imr_multistate_steps_free(&self->steps);
    free(self);
}

HARNESS_MAIN(RUN(test_vectors_are_carried); RUN(test_out_of_memory);)
