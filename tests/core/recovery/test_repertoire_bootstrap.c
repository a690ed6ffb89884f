#include "recovery/repertoire_bootstrap.h"

#include "../harness.h"

static const uint64_t KEY[] = { 1, 2 };
static const double ORDERS[] = { 0, 2 };
static const int64_t COUNT[] = { 6, 3, 1 };

enum { WIDTH = IMR_REPERTOIRE_RESAMPLED + 2 };

static void
test_the_estimate_is_that_of_the_sample(void)
{
    imr_repertoire_bootstrap_t job;
    double value[WIDTH];

    CHECK(imr_repertoire_bootstrap_init(&job, COUNT, 3, ORDERS, 2, 0, NULL) == IMR_OK);
    CHECK(imr_repertoire_bootstrap_estimate(&job, value, NULL) == IMR_OK);
    CHECK_NEAR(value[3], 1 - 0.36 - 0.09 - 0.01, 1e-14);
    CHECK(value[4] == 1 && value[5] == 1 && value[6] == 3);
    CHECK_NEAR(value[7], 1 / 0.46, 1e-14);
    imr_repertoire_bootstrap_free(&job);
}

/* The mean of 1 - sum of squared shares over resamples is (1 - 1/n) of that of the sample; its standard
 * deviation here is about 0.1, so that of the mean of 20000 is 0.0007. */
static void
test_the_mean_of_many_replicates(void)
{
    imr_repertoire_bootstrap_t job;
    double value[WIDTH], sum = 0, again;
    uint32_t n = 20000;

    CHECK(imr_repertoire_bootstrap_init(&job, COUNT, 3, ORDERS, 2, 0, NULL) == IMR_OK);
    for (uint32_t i = 0; i < n; i++) {
        CHECK(imr_repertoire_bootstrap_replicate(&job, KEY, i, value, NULL) == IMR_OK);
        sum += value[3];
    }
    CHECK_NEAR(sum / n, 0.54 * 0.9, 0.005);
    again = value[3];
    CHECK(imr_repertoire_bootstrap_replicate(&job, KEY, n - 1, value, NULL) == IMR_OK);
    CHECK(value[3] == again);
    imr_repertoire_bootstrap_free(&job);
}

/* A binomial share of a large clone, and reads one by one of the small ones. */
static void
test_large_clones_beside_small_ones(void)
{
    int64_t mixed[] = { 5, 300, 1, 90, 60, 44 }, large[] = { 400, 100 };
    double simpson = 0, richness = 0, n = 500, value[WIDTH];
    double squares = 0, expected = 0;
    imr_repertoire_bootstrap_t job;
    int replicates = 20000;

    CHECK(imr_repertoire_bootstrap_init(&job, mixed, 6, ORDERS, 2, 0, NULL) == IMR_OK);
    CHECK(job.single == 110);
    for (int i = 0; i < 6; i++) {
        double p = (double) mixed[i] / n;

        squares += p * p;
        expected += 1 - pow(1 - p, n);
    }
    for (int i = 0; i < replicates; i++) {
        CHECK(imr_repertoire_bootstrap_replicate(&job, KEY, (uint32_t) i, value, NULL) == IMR_OK);
        simpson += value[3] / replicates;
        richness += value[6] / replicates;
    }
    /* standard deviations of a resample 0.02, and 0.5 at most: of the means 0.00014 and 0.0035 */
    CHECK(fabs(simpson - (1 - squares) * (1 - 1 / n)) < 6e-4);
    CHECK(fabs(richness - expected) < 0.015);
    imr_repertoire_bootstrap_free(&job);
    /* two clones: 1 - sum of squares is 2 q (1 - q) */
    CHECK(imr_repertoire_bootstrap_init(&job, large, 2, ORDERS, 2, 0, NULL) == IMR_OK);
    simpson = 0;
    for (int i = 0; i < replicates; i++) {
        CHECK(imr_repertoire_bootstrap_replicate(&job, KEY, (uint32_t) i, value, NULL) == IMR_OK);
        simpson += value[3] / replicates;
    }
    CHECK(fabs(simpson - 0.32 * (1 - 1 / n)) < 6e-4);
    imr_repertoire_bootstrap_free(&job);
    CHECK(imr_repertoire_bootstrap_init(&job, large, 1, ORDERS, 2, 0, NULL) == IMR_OK);
    CHECK(imr_repertoire_bootstrap_replicate(&job, KEY, 0, value, NULL) == IMR_OK);
    CHECK(value[6] == 1 && value[5] == 1);
    imr_repertoire_bootstrap_free(&job);
}

static void
test_one_read(void)
{
    int64_t one[] = { 1 };
    imr_repertoire_bootstrap_t job;
    double value[WIDTH];

    CHECK(imr_repertoire_bootstrap_init(&job, one, 1, ORDERS, 2, 0, NULL) == IMR_OK);
    CHECK(imr_repertoire_bootstrap_replicate(&job, KEY, 0, value, NULL) == IMR_OK);
    CHECK(value[0] == 0 && value[1] == 1 && value[6] == 1 && value[7] == 1);
    imr_repertoire_bootstrap_free(&job);
}

static void
test_bad_input_is_named(void)
{
    int64_t count[] = { INT64_C(1) << 31, INT64_C(1) << 31 };
    double order = -1;
    imr_repertoire_bootstrap_t job;
    imr_fault_t fault;

    CHECK(imr_repertoire_bootstrap_init(&job, count, 2, ORDERS, 2, 0, &fault)
        == IMR_ERR_RESAMPLED_READS);
    CHECK(
        imr_repertoire_bootstrap_init(&job, COUNT, 3, ORDERS, 2, 0.95, &fault) == IMR_ERR_COVERAGE);
    CHECK(strcmp(fault.argument, "coverage") == 0 && fault.value == 0.9);
    CHECK(
        imr_repertoire_bootstrap_init(&job, COUNT, 3, &order, 1, 0, &fault) == IMR_ERR_HILL_ORDER);
}

static int
all_of_it(void)
{
    imr_repertoire_bootstrap_t job;
    double value[WIDTH];
    int status = imr_repertoire_bootstrap_init(&job, COUNT, 3, ORDERS, 2, 0, NULL);

    if (status == IMR_OK) {
        status = imr_repertoire_bootstrap_estimate(&job, value, NULL);
    }
    if (status == IMR_OK) {
        status = imr_repertoire_bootstrap_replicate(&job, KEY, 0, value, NULL);
    }
    imr_repertoire_bootstrap_free(&job);
    return status;
}

static void
test_every_allocation_may_fail(void)
{
    FAIL_EACH_ALLOCATION(all_of_it(), IMR_ERR_NOMEM, (void) 0);
}

HARNESS_MAIN({
    RUN(test_the_estimate_is_that_of_the_sample);
    RUN(test_the_mean_of_many_replicates);
    RUN(test_large_clones_beside_small_ones);
    RUN(test_one_read);
    RUN(test_bad_input_is_named);
    RUN(test_every_allocation_may_fail);
})
