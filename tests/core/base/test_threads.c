/* Every entry of the core from four threads at once, on shared inputs: the answers are those of one
 * thread, and the thread sanitizer sees no race. It backs the claim that the core keeps no state. */
#include <pthread.h>

#include "../harness.h"
#include "base/mem.h"
#include "base/order.h"
#include "base/quantile.h"
#include "base/resample.h"
#include "recovery/depletion.h"
#include "response/proportion.h"
#include "response/proportion_test.h"
#include "survival/kaplan_meier.h"
#include "survival/kaplan_meier_bootstrap.h"
#include "survival/turnbull.h"

enum { THREADS = 4, ROUNDS = 3, ROWS = 60 };

static int64_t patient[ROWS], events[ROWS], n[ROWS];
static double day[ROWS], count[ROWS], time_of_row[ROWS], left[ROWS], right[ROWS];
static uint8_t event[ROWS];

/* What one thread computed, to be compared to the last bit. */
typedef struct {
    int status;
    double numbers[512];
    size_t used;
} answer_t;

static void
keep(answer_t *answer, const double *numbers, size_t many)
{
    for (size_t i = 0; i < many && answer->used < 512; i++) {
        answer->numbers[answer->used++] = numbers[i];
    }
}

static void
base(answer_t *answer)
{
    const uint64_t key[2] = { 1, 2 };
    uint32_t permutation[ROWS], counts[ROWS];
    double value;
    imr_rng_t rng;

    answer->status |= imr_order(day, ROWS, "day", permutation, NULL);
    imr_rng_init(&rng, key, 7);
    imr_resample_counts(&rng, ROWS, counts);
    for (size_t i = 0; i < ROWS; i++) {
        value = permutation[i] + 1000.0 * counts[i];
        keep(answer, &value, 1);
    }
    answer->status |= imr_quantile_beta(0.025, 3, 258, &value);
    keep(answer, &value, 1);
}

static void
rates(answer_t *answer)
{
    double estimate[ROWS], low[ROWS], high[ROWS];
    imr_fault_t fault;

    for (int method = 0; method <= IMR_PROPORTION_WALD; method++) {
        imr_proportion_options_t options = { (imr_proportion_method_t) method, IMR_TWO_SIDED,
            0.95 };
        imr_proportion_memo_t memo;

        answer->status |= imr_proportion_memo_init(&memo, n, 1, ROWS);
        answer->status |=
            imr_proportion(events, 1, n, 1, 0, ROWS, &options, &memo, estimate, low, high, &fault);
        imr_proportion_memo_free(&memo);
        keep(answer, low, 10);
        keep(answer, high, 10);
    }
    for (int method = 0; method <= IMR_PROPORTION_TEST_SCORE; method++) {
        double half = 0.5;

        answer->status |= imr_proportion_test(events, 1, n, 1, &half, 0, 0, ROWS,
            (imr_proportion_test_method_t) method, IMR_TWO_SIDED, low, high, &fault);
        keep(answer, high, 10);
    }
}

static void
episodes(answer_t *answer)
{
    double limit = 1;
    imr_count_series_t series = { .patient = patient,
        .day = day,
        .count = count,
        .lloq = &limit,
        .lloq_step = 0,
        .n = ROWS,
        .patients = 6,
        .n_series = 1 };
    imr_depletion_options_t options = { 10, 10, NAN, 2, 0, 0 };
    imr_depletion_t depletion;
    imr_fault_t fault;
    int status = imr_depletion(&depletion, &series, &options, &fault);

    answer->status |= status;
    if (status == IMR_OK) {
        keep(answer, depletion.recovery_right, 6);
        imr_depletion_free(&depletion);
    }
}

static void
curves(answer_t *answer)
{
    imr_kaplan_meier_data_t data = { .n = ROWS, .time = time_of_row, .event = event, .groups = 1 };
    uint64_t key[2] = { 3, 4 };
    double medians[20];
    imr_kaplan_meier_bootstrap_t bootstrap;
    imr_fault_t fault;

    /* The two beta product intervals are filled by a call of their own. */
    for (int interval = 0; interval < IMR_KM_BETA_PRODUCT; interval++) {
        imr_kaplan_meier_options_t options = { .interval = (imr_kaplan_meier_interval_t) interval,
            .level = 0.95,
            .start_time = NAN,
            .fix_ties = 1 };
        imr_kaplan_meier_t curve;

        answer->status |= imr_kaplan_meier(&data, &options, &curve, &fault);
        keep(answer, curve.low, curve.n < 8 ? curve.n : 8);
        imr_kaplan_meier_free(&curve);
    }
    answer->status |= imr_kaplan_meier_bootstrap_init(&bootstrap, time_of_row, event, ROWS, &fault);
    answer->status |=
        imr_kaplan_meier_bootstrap_replicates(&bootstrap, 0.5, key, 0, 20, medians, &fault);
    imr_kaplan_meier_bootstrap_free(&bootstrap);
    keep(answer, medians, 20);
}

static void
returns(answer_t *answer)
{
    imr_turnbull_ends_t ends;
    imr_turnbull_t job;
    imr_turnbull_estimate_t estimate;
    imr_fault_t fault;
    int done = 0;

    answer->status |= imr_turnbull_ends_init(&ends, left, right, ROWS, 1, &fault);
    answer->status |= imr_turnbull_init(&job, &ends, NULL, 0, &fault);
    while (answer->status == IMR_OK && !done) {
        answer->status |= imr_turnbull_advance(&job, &done, &fault);
    }
    if (answer->status == IMR_OK) {
        answer->status |= imr_turnbull_finish(&job, &estimate, &fault);
        keep(answer, estimate.mass, estimate.n_support);
        imr_free(estimate.block);
    }
    imr_turnbull_free(&job);
    imr_turnbull_ends_free(&ends);
}

static void *
work(void *into)
{
    answer_t *answer = into;

    for (int round = 0; round < ROUNDS; round++) {
        answer->status = IMR_OK;
        answer->used = 0;
        base(answer);
        rates(answer);
        episodes(answer);
        curves(answer);
        returns(answer);
    }
    return NULL;
}

static void
test_threads_give_the_answers_of_one_thread(void)
{
    static answer_t alone, answers[THREADS];
    pthread_t threads[THREADS];

    for (size_t i = 0; i < ROWS; i++) {
        patient[i] = (int64_t) (i / 10);
        day[i] = (double) (i % 10 * 28) - 14;
        count[i] = i % 10 == 0 ? 150 : i % 10 < 5 + i / 20 ? 0.5 : 40;
        n[i] = (int64_t) (i % 12);
        events[i] = n[i] * (int64_t) (i % 3) / 2;
        time_of_row[i] = (double) (1 + i * 37 % 50);
        event[i] = i % 4 != 0;
        left[i] = (double) (i * 37 % 50);
        right[i] = i % 7 == 0 ? INFINITY : left[i] + 1 + (double) (i % 9);
    }
    work(&alone);
    CHECK(alone.status == IMR_OK);
    CHECK(alone.used > 100);
    for (int t = 0; t < THREADS; t++) {
        CHECK(pthread_create(&threads[t], NULL, work, &answers[t]) == 0);
    }
    for (int t = 0; t < THREADS; t++) {
        CHECK(pthread_join(threads[t], NULL) == 0);
        CHECK(answers[t].status == IMR_OK);
        CHECK(answers[t].used == alone.used);
        CHECK(memcmp(answers[t].numbers, alone.numbers, alone.used * sizeof(double)) == 0);
    }
}

HARNESS_MAIN({ RUN(test_threads_give_the_answers_of_one_thread); })
