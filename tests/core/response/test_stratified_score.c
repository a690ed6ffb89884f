#include "response/stratified_score.h"

#include "../harness.h"
#include "strata.h"

static const double z = 1.9599639845400545;

static imr_stratified_t
limits_of(
    const imr_strata_t *strata, imr_stratified_measure_t measure, imr_stratified_method_t method)
{
    imr_stratified_options_t options = { measure, method, 0.95 };
    imr_stratified_t estimate = { NAN, 0, INFINITY };
    imr_fault_t fault;

    CHECK(imr_stratified_score(strata, &options, z, &estimate, &fault) == IMR_OK);
    return estimate;
}

static void
test_equal_group_sizes_leave_the_weights_no_choice(void)
{
    /* n2 = 2 n1 in all strata: every weight is proportional to n1 */
    int64_t x1[] = { 2, 5 }, n1[] = { 4, 7 }, x2[] = { 1, 6 }, n2[] = { 8, 14 };
    imr_strata_t strata = { x1, n1, x2, n2, 2 };

    for (int m = IMR_STRATIFIED_DIFFERENCE; m <= IMR_STRATIFIED_RATIO; m++) {
        imr_stratified_t usual =
            limits_of(&strata, (imr_stratified_measure_t) m, IMR_STRATIFIED_MIETTINEN_NURMINEN);
        imr_stratified_t own = limits_of(
            &strata, (imr_stratified_measure_t) m, IMR_STRATIFIED_MIETTINEN_NURMINEN_1985);

        CHECK_NEAR(own.estimate, usual.estimate, 1e-14);
        CHECK_NEAR(own.low, usual.low, 1e-13);
        CHECK_NEAR(own.high, usual.high, 1e-13);
    }
}

static void
test_one_stratum_without_responders_has_closed_limits(void)
{
    /* 0/10 and 0/10: (-c, c), c = v / (n + v), v = z^2 N / (N - 1) */
    int64_t x = 0, n = 10;
    imr_strata_t strata = { &x, &n, &x, &n, 1 };
    double v = z * z * 20 / 19;
    imr_stratified_t d =
        limits_of(&strata, IMR_STRATIFIED_DIFFERENCE, IMR_STRATIFIED_MIETTINEN_NURMINEN_1985);
    imr_stratified_t ratio =
        limits_of(&strata, IMR_STRATIFIED_RATIO, IMR_STRATIFIED_MIETTINEN_NURMINEN_1985);

    CHECK_NEAR(d.low, -v / (10 + v), 1e-14);
    CHECK_NEAR(d.high, v / (10 + v), 1e-14);
    CHECK(isnan(ratio.estimate) && ratio.low == 0 && isinf(ratio.high));
}

static void
test_a_group_without_responders_bounds_the_ratio_on_one_side(void)
{
    int64_t some[] = { 3, 2 }, none[] = { 0, 0 }, n1[] = { 5, 6 }, n2[] = { 9, 4 };
    imr_strata_t over = { some, n1, none, n2, 2 }, under = { none, n2, some, n1, 2 };
    imr_stratified_t up =
        limits_of(&over, IMR_STRATIFIED_RATIO, IMR_STRATIFIED_MIETTINEN_NURMINEN_1985);
    imr_stratified_t down =
        limits_of(&under, IMR_STRATIFIED_RATIO, IMR_STRATIFIED_MIETTINEN_NURMINEN_1985);

    CHECK(isinf(up.estimate) && isinf(up.high) && up.low > 1);
    CHECK(down.estimate == 0 && down.low == 0);
    CHECK_NEAR(down.high, 1 / up.low, 1e-12);
}

static void
test_running_out_of_memory_is_a_status(void)
{
    imr_strata_t strata = rabbits();
    imr_stratified_options_t options = { IMR_STRATIFIED_DIFFERENCE,
        IMR_STRATIFIED_MIETTINEN_NURMINEN, 0.95 };
    imr_stratified_t estimate;

    FAIL_EACH_ALLOCATION(
        imr_stratified_score(&strata, &options, z, &estimate, NULL), IMR_ERR_NOMEM, (void) 0);
}

HARNESS_MAIN({
    RUN(test_equal_group_sizes_leave_the_weights_no_choice);
    RUN(test_one_stratum_without_responders_has_closed_limits);
    RUN(test_a_group_without_responders_bounds_the_ratio_on_one_side);
    RUN(test_running_out_of_memory_is_a_status);
})
