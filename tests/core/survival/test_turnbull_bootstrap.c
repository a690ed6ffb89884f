#include "survival/turnbull_bootstrap.h"

#include "base/resample.h"
#include "turnbull_fit.h"

static const uint64_t KEY[] = { 20261126, 3 };
enum { N = 30, REPLICATES = 20 };

/* Each replicate is the estimate of the rows it drew, read off by hand. */
static void
test_a_replicate_is_a_fit_of_drawn_rows(void)
{
    double left[N], right[N], times[] = { 28, 84, 100.5, 150 }, shares[] = { 0.25, 0.5 };
    double low[4 * REPLICATES], high[4 * REPLICATES], from[2 * REPLICATES], to[2 * REPLICATES];
    imr_turnbull_bootstrap_t job;

    visits(left, right, N, 0.2, 5);
    CHECK(imr_turnbull_bootstrap_init(&job, left, right, N, 1, NULL, NULL) == IMR_OK);
    CHECK(imr_turnbull_bootstrap(&job, KEY, 0, REPLICATES, times, 4, 0, low, high, NULL) == IMR_OK);
    CHECK(imr_turnbull_bootstrap(&job, KEY, 0, REPLICATES, shares, 2, 1, from, to, NULL) == IMR_OK);
    for (uint32_t r = 0; r < REPLICATES; r++) {
        double l[N], u[N];
        uint32_t counts[N];
        size_t n = 0;
        imr_rng_t rng;
        imr_turnbull_estimate_t e;

        imr_rng_init(&rng, KEY, r);
        imr_resample_counts(&rng, N, counts);
        for (size_t i = 0; i < N; i++) {
            for (uint32_t k = 0; k < counts[i]; k++) {
                l[n] = left[i];
                u[n++] = right[i];
            }
        }
        CHECK(n == N && fit(&e, l, u, N, NULL) == IMR_OK);
        for (size_t t = 0; t < 4; t++) {
            double none = 0, all = 0;

            for (size_t j = 0; j < e.n_support; j++) {
                all += e.right[j] > times[t] ? e.mass[j] : 0;
                none += e.left[j] >= times[t] && e.right[j] > times[t] ? e.mass[j] : 0;
            }
            CHECK(fabs(low[t * REPLICATES + r] - none) < 1e-9);
            CHECK(fabs(high[t * REPLICATES + r] - all) < 1e-9);
        }
        for (size_t q = 0; q < 2; q++) {
            size_t j = 0;

            while (e.estimate[j] > 1 - shares[q] + 1e-8) {
                j++;
            }
            CHECK(from[q * REPLICATES + r] == e.left[j]);
            CHECK(to[q * REPLICATES + r] >= e.right[j]);
        }
        imr_free(e.block);
    }
    imr_turnbull_bootstrap_free(&job);
}

static void
test_replicates_do_not_depend_on_the_calls(void)
{
    double left[N], right[N], time = 84, all[20], part[10], unused[20];
    imr_turnbull_bootstrap_t job;

    visits(left, right, N, 0, 5);
    CHECK(imr_turnbull_bootstrap_init(&job, left, right, N, 1, NULL, NULL) == IMR_OK);
    CHECK(imr_turnbull_bootstrap(&job, KEY, 0, 20, &time, 1, 0, all, unused, NULL) == IMR_OK);
    CHECK(imr_turnbull_bootstrap(&job, KEY, 10, 20, &time, 1, 0, part, unused, NULL) == IMR_OK);
    CHECK(memcmp(all + 10, part, sizeof(part)) == 0);
    imr_turnbull_bootstrap_free(&job);
}

static void
test_one_patient(void)
{
    double left = 28, right = 56, time[] = { 20, 40, 56 }, low[3], high[3];
    imr_turnbull_bootstrap_t job;

    CHECK(imr_turnbull_bootstrap_init(&job, &left, &right, 1, 1, NULL, NULL) == IMR_OK);
    CHECK(imr_turnbull_bootstrap(&job, KEY, 0, 1, time, 3, 0, low, high, NULL) == IMR_OK);
    CHECK(
        low[0] == 1 && high[0] == 1 && low[1] == 0 && high[1] == 1 && low[2] == 0 && high[2] == 0);
    imr_turnbull_bootstrap_free(&job);
}

static void
test_what_is_wrong_is_named(void)
{
    double left = 28, right = 56, wrong[] = { 0.5, 1 }, low[2], high[2], nan = NAN;
    imr_turnbull_bootstrap_t job;
    imr_fault_t fault;

    CHECK(imr_turnbull_bootstrap_init(&job, &right, &left, 1, 1, NULL, &fault)
        == IMR_ERR_LEFT_AFTER_RIGHT);
    CHECK(imr_turnbull_bootstrap_init(&job, &left, &right, 1, 1, NULL, &fault) == IMR_OK);
    CHECK(imr_turnbull_bootstrap(&job, KEY, 0, 1, wrong, 2, 1, low, high, &fault)
        == IMR_ERR_PROBABILITY);
    CHECK(fault.row == 1 && fault.value == 1);
    CHECK(imr_turnbull_bootstrap(&job, KEY, 0, 1, &nan, 1, 0, low, high, &fault)
        == IMR_ERR_NONFINITE);
    imr_turnbull_bootstrap_free(&job);
}

static int
replicate(const double *left, const double *right, double *low, double *high)
{
    double time = 84;
    imr_turnbull_bootstrap_t job;
    int status = imr_turnbull_bootstrap_init(&job, left, right, N, 1, NULL, NULL);

    if (status == IMR_OK) {
        status = imr_turnbull_bootstrap(&job, KEY, 0, 2, &time, 1, 0, low, high, NULL);
    }
    imr_turnbull_bootstrap_free(&job);
    return status;
}

static void
test_no_allocation_is_taken_for_granted(void)
{
    double left[N], right[N], low[2], high[2];

    visits(left, right, N, 0.2, 11);
    FAIL_EACH_ALLOCATION(replicate(left, right, low, high), IMR_ERR_NOMEM, (void) low);
}

HARNESS_MAIN({
    RUN(test_a_replicate_is_a_fit_of_drawn_rows);
    RUN(test_replicates_do_not_depend_on_the_calls);
    RUN(test_one_patient);
    RUN(test_what_is_wrong_is_named);
    RUN(test_no_allocation_is_taken_for_granted);
})
