#include "survival/logrank_one_sample.h"

#include "../harness.h"

static const double TIME[] = { 1, 2, 2, 3, 3, 4, 5 };
static const uint8_t EVENT[] = { 1, 1, 1, 0, 1, 1, 1 };

static imr_logrank_one_sample_t
fit(const imr_logrank_one_sample_data_t *data, imr_alternative_t alternative)
{
    imr_logrank_one_sample_t answer = { 0 };

    CHECK(imr_logrank_one_sample(data, alternative, 0.95, &answer, NULL) == IMR_OK);
    return answer;
}

static void
test_by_hand(void)
{
    double expected[] = { 0.5, 1, 1, 1.5, 1.5, 2, 2.5 }, few = 0, term = exp(-10);
    imr_logrank_one_sample_data_t data = { 7, TIME, EVENT, NULL, expected, 0, NULL, NULL };
    imr_logrank_one_sample_t one = fit(&data, IMR_TWO_SIDED);

    for (int k = 0; k <= 6; k++) {
        few += term;
        term *= 10.0 / (k + 1);
    }
    CHECK(one.observed == 6 && one.expected == 10);
    CHECK_NEAR(one.z, -4 / sqrt(10), 1e-14);
    CHECK_NEAR(one.statistic, 1.6, 1e-14);
    CHECK_NEAR(one.pvalue, erfc(sqrt(0.8)), 1e-12);
    CHECK_NEAR(one.exact_pvalue, 2 * few, 1e-12);
    /* Garwood's limits for 6 (R poisson.test) */
    CHECK_NEAR(one.low, 0.22018942534908512, 1e-12);
    CHECK_NEAR(one.high, 1.3059474022518684, 1e-12);
    one = fit(&data, IMR_LESS);
    CHECK_NEAR(one.exact_pvalue, few, 1e-12);
    CHECK(one.low == 0 && one.high < 1.3 && one.pvalue < 0.5);
    one = fit(&data, IMR_GREATER);
    CHECK_NEAR(one.exact_pvalue, 1 - few + 0.063055458, 1e-7); /* P(X = 6) = 0.0630555 */
    CHECK(isinf(one.high) && one.pvalue > 0.5);
}

static void
test_a_curve_of_constant_hazard_is_its_hazard(void)
{
    double at[] = { 0.5, 2.5, 7 }, survival[] = { exp(-0.1), exp(-0.5), exp(-1.4) };
    double entry[] = { 0, 1, 0.5, 0, 2.5, 0, 3 };
    imr_logrank_one_sample_data_t data = { 7, TIME, EVENT, NULL, NULL, 3, at, survival };

    CHECK_NEAR(fit(&data, IMR_TWO_SIDED).expected, 0.2 * 20, 1e-14);
    data.entry = entry;
    CHECK_NEAR(fit(&data, IMR_TWO_SIDED).expected, 0.2 * (20 - 7), 1e-13);
}

static void
test_nothing_observed_or_expected(void)
{
    double none[7] = { 0 }, some[] = { 1, 0, 0, 0, 0, 0, 1 };
    uint8_t event[7] = { 0 };
    imr_logrank_one_sample_data_t data = { 7, TIME, event, NULL, some, 0, NULL, NULL };
    imr_logrank_one_sample_t one = fit(&data, IMR_TWO_SIDED);
    imr_fault_t fault;

    CHECK(one.ratio == 0 && one.low == 0);
    CHECK_NEAR(one.high, -log(0.025) / 2, 1e-13);
    CHECK_NEAR(one.exact_pvalue, 2 * exp(-2), 1e-13);
    data.expected = none;
    for (int alternative = 0; alternative < 3; alternative++) {
        one = fit(&data, (imr_alternative_t) alternative);
        CHECK(isnan(one.ratio) && one.low == 0 && isinf(one.high) && one.z == 0);
        CHECK(one.pvalue == 1 && one.exact_pvalue == 1);
    }
    data.event = EVENT;
    CHECK(imr_logrank_one_sample(&data, IMR_TWO_SIDED, 0.95, &one, &fault) == IMR_ERR_NO_HAZARD);
}

static void
test_bad_input_is_named(void)
{
    double time[] = { 1, 2 }, entry[] = { 0, 1 }, expected[] = { 1, 1 };
    double at[] = { 1, 3 }, survival[] = { 0.5, 0.4 };
    uint8_t event[] = { 1, 0 };
    imr_logrank_one_sample_data_t data = { 2, time, event, entry, NULL, 2, at, survival };
    imr_logrank_one_sample_t one;
    imr_fault_t fault;

#define STATUS() imr_logrank_one_sample(&data, IMR_TWO_SIDED, 0.95, &one, &fault)
    time[1] = 3.5;
    CHECK(STATUS() == IMR_ERR_BEYOND_REFERENCE && fault.row == 1);
    time[1] = -3;
    CHECK(STATUS() == IMR_ERR_NEGATIVE);
    time[1] = NAN;
    CHECK(STATUS() == IMR_ERR_NONFINITE);
    time[1] = 1;
    CHECK(STATUS() == IMR_ERR_INTERVAL && strcmp(fault.argument, "entry") == 0);
    entry[1] = -1;
    CHECK(STATUS() == IMR_ERR_NEGATIVE);
    entry[1] = 0;
    event[0] = 2;
    CHECK(STATUS() == IMR_ERR_EVENT && fault.row == 0);
    survival[1] = 0.6;
    CHECK(STATUS() == IMR_ERR_REFERENCE_SURVIVAL && fault.row == 1);
    survival[1] = 0;
    CHECK(STATUS() == IMR_ERR_REFERENCE_SURVIVAL);
    at[0] = 0;
    CHECK(STATUS() == IMR_ERR_REFERENCE_TIME && fault.row == 0);
    data.points = 0;
    CHECK(STATUS() == IMR_ERR_BEYOND_REFERENCE);
    data.expected = expected;
    data.entry = NULL;
    expected[1] = -1;
    CHECK(STATUS() == IMR_ERR_EVENT);
    event[0] = 1;
    CHECK(STATUS() == IMR_ERR_NEGATIVE && strcmp(fault.argument, "expected") == 0);
    expected[1] = INFINITY;
    CHECK(STATUS() == IMR_ERR_NONFINITE);
    CHECK(imr_logrank_one_sample(&data, IMR_TWO_SIDED, 1, &one, &fault) == IMR_ERR_LEVEL);
    data.n = 0;
    CHECK(STATUS() == IMR_ERR_NO_PATIENT);
#undef STATUS
}

HARNESS_MAIN({
    RUN(test_by_hand);
    RUN(test_a_curve_of_constant_hazard_is_its_hazard);
    RUN(test_nothing_observed_or_expected);
    RUN(test_bad_input_is_named);
})
