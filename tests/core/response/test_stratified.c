#include "response/stratified.h"

#include "../harness.h"
#include "strata.h"

static imr_stratified_t
estimate_of(
    const imr_strata_t *strata, imr_stratified_measure_t measure, imr_stratified_method_t method)
{
    imr_stratified_options_t options = { measure, method, 0.95 };
    imr_stratified_t estimate = { NAN, NAN, NAN };
    imr_fault_t fault;

    CHECK(imr_stratified(strata, &options, &estimate, &fault) == IMR_OK);
    return estimate;
}

static void
test_rabbits_agree_with_r(void)
{
    /* tests/golden/response/cmh_rabbits.json */
    imr_strata_t strata = rabbits();
    imr_stratified_t odds =
        estimate_of(&strata, IMR_STRATIFIED_ODDS_RATIO, IMR_STRATIFIED_MANTEL_HAENSZEL);

    CHECK_NEAR(odds.estimate, 7, 1e-14);
    CHECK_NEAR(odds.low, 1.026712688461668, 1e-12);
    CHECK_NEAR(odds.high, 47.725133380222566, 1e-12);
}

static void
test_one_stratum_is_the_table_itself(void)
{
    int64_t x1 = 56, n1 = 70, x2 = 48, n2 = 80;
    imr_strata_t strata = { &x1, &n1, &x2, &n2, 1 };
    imr_stratified_t d = estimate_of(&strata, IMR_STRATIFIED_DIFFERENCE, IMR_STRATIFIED_NEWCOMBE);

    /* Newcombe 1998, table II, method 10 and method 5 (Mee), here with N / (N - 1) */
    CHECK_NEAR(d.estimate, 0.2, 1e-14);
    CHECK(fabs(d.low - 0.0524) < 5e-5 && fabs(d.high - 0.3339) < 5e-5);
    d = estimate_of(&strata, IMR_STRATIFIED_DIFFERENCE, IMR_STRATIFIED_MIETTINEN_NURMINEN);
    CHECK(fabs(d.low - 0.0528) < 5e-4 && fabs(d.high - 0.3382) < 5e-4);
    /* log ratio and log odds ratio have the variances of Katz and Woolf */
    d = estimate_of(&strata, IMR_STRATIFIED_RATIO, IMR_STRATIFIED_MANTEL_HAENSZEL);
    CHECK_NEAR(d.estimate, 0.8 / 0.6, 1e-14);
    CHECK_NEAR(log(d.high / d.estimate),
        1.959963984540054 * sqrt(1.0 / 56 - 1.0 / 70 + 1.0 / 48 - 1.0 / 80), 1e-12);
    d = estimate_of(&strata, IMR_STRATIFIED_ODDS_RATIO, IMR_STRATIFIED_MANTEL_HAENSZEL);
    CHECK_NEAR(d.estimate, 56.0 * 32 / (14 * 48), 1e-14);
    CHECK_NEAR(log(d.high / d.estimate),
        1.959963984540054 * sqrt(1.0 / 56 + 1.0 / 14 + 1.0 / 48 + 1.0 / 32), 1e-12);
}

static void
test_no_responder_has_a_width(void)
{
    int64_t none[] = { 0, 0 }, n1[] = { 10, 0 }, n2[] = { 10, 7 };
    imr_strata_t strata = { none, n1, none, n2, 2 };
    imr_stratified_t d =
        estimate_of(&strata, IMR_STRATIFIED_DIFFERENCE, IMR_STRATIFIED_MIETTINEN_NURMINEN);

    /* 0/10 against 0/10, as one table: (-.2879, .2879); the empty group adds nothing */
    CHECK(d.estimate == 0 && fabs(d.low + 0.2879) < 5e-5 && fabs(d.high - 0.2879) < 5e-5);
    d = estimate_of(&strata, IMR_STRATIFIED_DIFFERENCE, IMR_STRATIFIED_NEWCOMBE);
    CHECK(fabs(d.low + 0.2775) < 5e-5 && fabs(d.high - 0.2775) < 5e-5);
    d = estimate_of(&strata, IMR_STRATIFIED_RATIO, IMR_STRATIFIED_MANTEL_HAENSZEL);
    CHECK(isnan(d.estimate) && d.low == 0 && isinf(d.high));
}

static void
test_all_against_none(void)
{
    int64_t x1[] = { 4, 5 }, x2[] = { 0, 0 }, n2[] = { 6, 3 };
    imr_strata_t strata = { x1, x1, x2, n2, 2 };
    imr_stratified_t d =
        estimate_of(&strata, IMR_STRATIFIED_DIFFERENCE, IMR_STRATIFIED_MIETTINEN_NURMINEN);

    CHECK(d.estimate == 1 && d.high == 1 && d.low > 0.4 && d.low < 1);
    d = estimate_of(&strata, IMR_STRATIFIED_ODDS_RATIO, IMR_STRATIFIED_CONDITIONAL);
    CHECK(isinf(d.estimate) && d.low > 1 && isinf(d.high));
}

static void
test_empty_strata_leave_everything_open(void)
{
    int64_t none[] = { 0, 0 }, n1[] = { 3, 0 };
    imr_strata_t strata = { none, n1, none, none, 2 };

    for (int measure = 0; measure <= IMR_STRATIFIED_ODDS_RATIO; measure++) {
        imr_stratified_t d = estimate_of(
            &strata, (imr_stratified_measure_t) measure, IMR_STRATIFIED_MANTEL_HAENSZEL);

        CHECK(isnan(d.estimate) && (d.low == -1 || d.low == 0) && d.high >= 1);
    }
}

static void
test_wilson_over_one_stratum_is_wilson(void)
{
    /* Wilson's limits for 7 of 10: (7 + z^2/2 +- z sqrt(7 * 3 / 10 + z^2 / 4)) / (10 + z^2) */
    double z = 1.959963984540054, root = z * sqrt(2.1 + z * z / 4), weights[3];
    int64_t x[] = { 7, 0 }, n[] = { 10, 0 }, none[] = { 0, 0, 0 }, of[] = { 5, 5, 5 };
    imr_stratified_t rate;

    CHECK(imr_stratified_proportion(x, n, 2, 0.95, weights, &rate, NULL) == IMR_OK);
    CHECK_NEAR(rate.estimate, 0.7, 1e-14);
    CHECK_NEAR(rate.low, (7 + z * z / 2 - root) / (10 + z * z), 1e-14);
    CHECK_NEAR(rate.high, (7 + z * z / 2 + root) / (10 + z * z), 1e-14);
    CHECK(weights[0] == 1 && weights[1] == 0);
    /* three strata of 0/5: the quantile is z / sqrt(3), so the limit is that of 0/15 */
    CHECK(imr_stratified_proportion(none, of, 3, 0.95, weights, &rate, NULL) == IMR_OK);
    CHECK(rate.estimate == 0 && rate.low == 0);
    CHECK_NEAR(rate.high, z * z / (15 + z * z), 1e-12);
    CHECK(imr_stratified_proportion(none, none, 3, 0.95, weights, &rate, NULL) == IMR_OK);
    CHECK(isnan(rate.estimate) && rate.low == 0 && rate.high == 1 && weights[2] == 0);
}

static void
test_bad_input_is_named(void)
{
    int64_t x1[] = { 1, 9 }, n1[] = { 8, 8 }, x2[] = { 1, -1 }, n2[] = { 8, 8 };
    imr_strata_t strata = { x1, n1, x2, n2, 2 };
    imr_stratified_options_t options = { IMR_STRATIFIED_DIFFERENCE, IMR_STRATIFIED_NEWCOMBE, 0.95 };
    imr_stratified_t estimate;
    imr_fault_t fault;
    double weights[2];

    CHECK(imr_stratified(&strata, &options, &estimate, &fault) == IMR_ERR_EVENTS_EXCEED);
    CHECK(fault.row == 1 && strcmp(fault.argument, "x1") == 0);
    x1[1] = 8;
    CHECK(imr_stratified(&strata, &options, &estimate, &fault) == IMR_ERR_NEGATIVE);
    CHECK(fault.row == 1 && strcmp(fault.argument, "x2") == 0);
    x2[1] = 0;
    n1[0] = INT64_MAX;
    CHECK(imr_stratified(&strata, &options, &estimate, &fault) == IMR_ERR_COUNT);
    n1[0] = 8;
    options.measure = IMR_STRATIFIED_RATIO;
    CHECK(imr_stratified(&strata, &options, &estimate, &fault) == IMR_ERR_MEASURE);
    options.level = 1;
    CHECK(imr_stratified(&strata, &options, &estimate, &fault) == IMR_ERR_LEVEL);
    strata.strata = 0;
    CHECK(imr_stratified(&strata, &options, &estimate, &fault) == IMR_ERR_NO_STRATUM);
    CHECK(imr_stratified_proportion(x1, n1, 0, 0.95, weights, &estimate, &fault)
        == IMR_ERR_NO_STRATUM);
    CHECK(imr_stratified_proportion(x1, n1, 2, 0, weights, &estimate, &fault) == IMR_ERR_LEVEL);
    CHECK(imr_stratified_proportion(n1, x1, 2, 0.95, weights, &estimate, &fault)
        == IMR_ERR_EVENTS_EXCEED);
}

static void
test_failed_allocations(void)
{
    imr_strata_t strata = rabbits();
    imr_stratified_options_t newcombe = { IMR_STRATIFIED_DIFFERENCE, IMR_STRATIFIED_NEWCOMBE,
        0.95 };
    imr_stratified_options_t exact = { IMR_STRATIFIED_ODDS_RATIO, IMR_STRATIFIED_CONDITIONAL,
        0.95 };
    imr_stratified_t estimate;

    FAIL_EACH_ALLOCATION(
        imr_stratified(&strata, &newcombe, &estimate, NULL), IMR_ERR_NOMEM, (void) 0);
    FAIL_EACH_ALLOCATION(imr_stratified(&strata, &exact, &estimate, NULL), IMR_ERR_NOMEM, (void) 0);
}

HARNESS_MAIN({
    RUN(test_rabbits_agree_with_r);
    RUN(test_one_stratum_is_the_table_itself);
    RUN(test_no_responder_has_a_width);
    RUN(test_all_against_none);
    RUN(test_empty_strata_leave_everything_open);
    RUN(test_wilson_over_one_stratum_is_wilson);
    RUN(test_bad_input_is_named);
    RUN(test_failed_allocations);
})
