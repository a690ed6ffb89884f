#include "recovery/detection_limit_groups.h"

#include "../harness.h"

/* tests/golden/recovery/lod_two_group.json */
static const double VALUE[] = { 1, 1, 3, 4, 9, 12, 1, 2, 5, 7, 20, 31, 44, 1, 60, 75 };
static const uint8_t BELOW[] = { 1, 0, 0, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0, 1, 0, 0 };
static const int64_t GROUP[] = { 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1 };

enum { N = 16 };

static imr_detection_groups_t
groups_of(const double *value, const uint8_t *below, const int64_t *group, size_t n)
{
    imr_detection_groups_t groups;

    CHECK(imr_detection_groups_init(
              &groups, value, below, NULL, group, n, 2, IMR_DETECTION_LOGNORMAL, NULL)
        == IMR_OK);
    return groups;
}

static void
test_agrees_with_r(void)
{
    imr_detection_groups_t groups = groups_of(VALUE, BELOW, GROUP, N);
    imr_logrank_weights_t weights = { .kind = IMR_LOGRANK_FLEMING_HARRINGTON, .rho = 1 };
    imr_logrank_test_t rank;
    imr_detection_ratio_t ratio;

    CHECK(imr_detection_groups_flip(&groups, NULL) == IMR_OK);
    CHECK(imr_detection_rank_test(&groups, &weights, &rank, NULL) == IMR_OK);
    CHECK_NEAR(rank.statistic, 1.0614096301465457, 1e-12);
    CHECK(rank.z > 0 && rank.df == 1);
    CHECK(imr_detection_ratio_test(&groups, IMR_DETECTION_LOGNORMAL, 0.95, &ratio, NULL) == IMR_OK);
    CHECK_NEAR(ratio.loglik, -57.381647284564124, 1e-12);
    CHECK_NEAR(ratio.loglik_null, -57.908076535088796, 1e-12);
    CHECK_NEAR(ratio.effect, exp(0.99699851960672581), 1e-8);
    CHECK(ratio.low < 1 && ratio.high > ratio.effect);
    CHECK(imr_detection_ratio_test(&groups, IMR_DETECTION_LOGNORMAL, 2, &ratio, NULL)
        == IMR_ERR_LEVEL);
    imr_detection_groups_free(&groups);
    imr_detection_groups_free(&groups);
}

/* The second group lies below its limits altogether: the likelihood is that of the first alone. */
static void
test_a_group_without_detected_values_has_one_limit(void)
{
    const double value[] = { 2, 3, 5, 9, 1, 1, 2 };
    const uint8_t below[] = { 0, 0, 0, 0, 1, 1, 1 };
    const int64_t group[] = { 0, 0, 0, 0, 1, 1, 1 }, swapped[] = { 1, 1, 1, 1, 0, 0, 0 };
    imr_detection_groups_t groups = groups_of(value, below, group, 7);
    imr_detection_ratio_t ratio, other;
    double mean = 0, square = 0, expected;

    for (int i = 0; i < 4; i++) {
        mean += log(value[i]) / 4;
    }
    for (int i = 0; i < 4; i++) {
        square += (log(value[i]) - mean) * (log(value[i]) - mean) / 4;
    }
    expected = -2 * log(8 * atan(1) * square) - 2 - 4 * mean;
    CHECK(imr_detection_ratio_test(&groups, IMR_DETECTION_LOGNORMAL, 0.95, &ratio, NULL) == IMR_OK);
    CHECK_NEAR(ratio.loglik, expected, 1e-10);
    CHECK(ratio.effect == 0 && ratio.low == 0 && ratio.high > 0 && ratio.high < 1);
    CHECK(ratio.pvalue < 0.05);
    imr_detection_groups_free(&groups);
    groups = groups_of(value, below, swapped, 7);
    CHECK(imr_detection_ratio_test(&groups, IMR_DETECTION_LOGNORMAL, 0.95, &other, NULL) == IMR_OK);
    CHECK(isinf(other.effect) && isinf(other.high));
    CHECK_NEAR(other.low, 1 / ratio.high, 1e-7);
    CHECK_NEAR(other.pvalue, ratio.pvalue, 1e-10);
    imr_detection_groups_free(&groups);
}

static void
test_bad_input_is_named(void)
{
    const uint8_t all[N] = { 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1 },
                  above[N] = { [2] = 1 };
    imr_detection_groups_t groups;
    imr_detection_ratio_t ratio;
    imr_fault_t fault;
    int64_t wrong[N] = { [3] = 2 };

    CHECK(imr_detection_groups_init(
              &groups, VALUE, BELOW, NULL, GROUP, N, 1, IMR_DETECTION_LOGNORMAL, &fault)
        == IMR_ERR_ONE_GROUP);
    CHECK(imr_detection_groups_init(
              &groups, VALUE, BELOW, NULL, GROUP, N, 65, IMR_DETECTION_LOGNORMAL, &fault)
        == IMR_ERR_MANY_GROUPS);
    CHECK(imr_detection_groups_init(
              &groups, VALUE, BELOW, NULL, wrong, N, 2, IMR_DETECTION_LOGNORMAL, &fault)
        == IMR_ERR_CODE);
    CHECK(fault.row == 3);
    wrong[3] = 0;
    CHECK(imr_detection_groups_init(
              &groups, VALUE, BELOW, NULL, wrong, N, 2, IMR_DETECTION_LOGNORMAL, &fault)
        == IMR_ERR_ONE_GROUP);
    CHECK(imr_detection_groups_init(
              &groups, VALUE, BELOW, above, GROUP, N, 2, IMR_DETECTION_LOGNORMAL, &fault)
        == IMR_OK);
    CHECK(imr_detection_groups_flip(&groups, &fault) == IMR_ERR_NO_CURVE);
    imr_detection_groups_free(&groups);
    groups = groups_of(VALUE, all, GROUP, N);
    CHECK(imr_detection_ratio_test(&groups, IMR_DETECTION_LOGNORMAL, 0.95, &ratio, &fault)
        == IMR_ERR_NOTHING_DETECTED);
    imr_detection_groups_free(&groups);
}

static void
test_every_allocation_may_fail(void)
{
    imr_detection_groups_t groups, other;
    imr_detection_ratio_t ratio;

    FAIL_EACH_ALLOCATION(imr_detection_groups_init(&other, VALUE, BELOW, NULL, GROUP, N, 2,
                             IMR_DETECTION_LOGNORMAL, NULL),
        IMR_ERR_NOMEM, imr_detection_groups_free(&other));
    groups = groups_of(VALUE, BELOW, GROUP, N);
    FAIL_EACH_ALLOCATION(imr_detection_groups_flip(&groups, NULL), IMR_ERR_NOMEM, (void) 0);
    FAIL_EACH_ALLOCATION(
        imr_detection_ratio_test(&groups, IMR_DETECTION_LOGNORMAL, 0.95, &ratio, NULL),
        IMR_ERR_NOMEM, (void) 0);
    imr_detection_groups_free(&groups);
}

HARNESS_MAIN({
    RUN(test_agrees_with_r);
    RUN(test_a_group_without_detected_values_has_one_limit);
    RUN(test_bad_input_is_named);
    RUN(test_every_allocation_may_fail);
})
