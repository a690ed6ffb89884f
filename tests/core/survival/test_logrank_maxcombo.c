#include "survival/logrank_maxcombo.h"

#include "../harness.h"

static const imr_logrank_weights_t FOUR[] = { { IMR_LOGRANK_FLEMING_HARRINGTON, 0, 0 },
    { IMR_LOGRANK_FLEMING_HARRINGTON, 0, 1 }, { IMR_LOGRANK_FLEMING_HARRINGTON, 1, 0 },
    { IMR_LOGRANK_FLEMING_HARRINGTON, 1, 1 } };

static const double TIME[] = { 1, 2, 4, 5, 6, 7, 8, 9, 10, 11, 1, 3, 4, 6, 14, 16, 18, 20, 22, 24 };
static const uint8_t EVENT[] = { 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 1, 0, 0 };
static const uint8_t GROUP[] = { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1 };

static imr_logrank_data_t
late(void)
{
    imr_logrank_data_t data = { 20, TIME, EVENT, NULL, NULL, GROUP, 2, NULL, 0 };

    return data;
}

static imr_logrank_maxcombo_t
fit(const imr_logrank_data_t *data, const imr_logrank_weights_t *weights, size_t combinations,
    imr_alternative_t alternative)
{
    imr_logrank_maxcombo_t answer = { 0 };

    CHECK(
        imr_logrank_maxcombo(data, weights, combinations, alternative, 1, &answer, NULL) == IMR_OK);
    return answer;
}

static void
test_each_z_is_that_of_its_test(void)
{
    imr_logrank_data_t data = late();
    imr_logrank_maxcombo_t max = fit(&data, FOUR, 4, IMR_TWO_SIDED);

    for (size_t a = 0; a < 4; a++) {
        imr_logrank_options_t options = { FOUR[a], NULL, IMR_TWO_SIDED, 0.95, 1 };
        imr_logrank_t one;

        CHECK(imr_logrank(&data, &options, &one, NULL) == IMR_OK);
        CHECK_NEAR(max.z[a], one.test.z, 1e-13);
        CHECK(max.correlation[5 * a] == 1);
        if (max.chosen == (int64_t) a) {
            CHECK(one.test.pvalue < max.pvalue && max.pvalue < 4 * one.test.pvalue);
        }
    }
    CHECK(max.chosen == 1 && max.statistic == max.z[1] && max.patients[1] == 10);
}

static void
test_one_combination_is_the_test(void)
{
    imr_logrank_data_t data = late();

    for (int alternative = 0; alternative < 3; alternative++) {
        imr_alternative_t here = (imr_alternative_t) alternative;
        imr_logrank_options_t options = { FOUR[0], NULL, here, 0.95, 1 };
        imr_logrank_t one;

        CHECK(imr_logrank(&data, &options, &one, NULL) == IMR_OK);
        CHECK_NEAR(fit(&data, FOUR, 1, here).pvalue, one.test.pvalue, 1e-12);
    }
}

static void
test_directions_mirror_each_other(void)
{
    uint8_t swapped[20];
    imr_logrank_data_t data = late();
    imr_logrank_maxcombo_t less = fit(&data, FOUR, 4, IMR_LESS), greater;

    for (size_t i = 0; i < 20; i++) {
        swapped[i] = 1 - GROUP[i];
    }
    data.group = swapped;
    greater = fit(&data, FOUR, 4, IMR_GREATER);
    CHECK_NEAR(less.pvalue, greater.pvalue, 1e-10);
    CHECK_NEAR(less.statistic, -greater.statistic, 1e-12);
    CHECK(fit(&data, FOUR, 4, IMR_LESS).pvalue > 0.5);
}

static void
test_weights_that_tell_nothing_take_no_part(void)
{
    /* one time with events: S(t-) is 1, so that gamma of 1 gives weight 0 */
    double time[] = { 1, 2, 1, 3, 4 };
    uint8_t event[] = { 1, 0, 0, 0, 0 }, group[] = { 0, 0, 1, 1, 1 }, none[5] = { 0 };
    imr_logrank_data_t data = { 5, time, event, NULL, NULL, group, 2, NULL, 0 };
    imr_logrank_maxcombo_t max = fit(&data, FOUR, 4, IMR_TWO_SIDED);

    CHECK(isnan(max.z[1]) && isnan(max.z[3]) && max.z[0] == max.z[2] && max.chosen == 0);
    CHECK(isnan(max.correlation[1]) && max.correlation[2] == 1);
    CHECK_NEAR(max.pvalue, erfc(fabs(max.z[0]) / sqrt(2)), 1e-8);
    data.event = none;
    max = fit(&data, FOUR, 4, IMR_TWO_SIDED);
    CHECK(max.chosen == -1 && max.statistic == 0 && max.pvalue == 1);
}

static void
test_bad_input_is_named(void)
{
    imr_logrank_data_t data = late();
    imr_logrank_weights_t bad = { IMR_LOGRANK_FLEMING_HARRINGTON, 0, 200 };
    uint8_t event[20] = { 7 };
    imr_logrank_maxcombo_t answer;
    imr_fault_t fault;

    CHECK(imr_logrank_maxcombo(&data, FOUR, 0, IMR_TWO_SIDED, 1, &answer, &fault)
        == IMR_ERR_COMBINATIONS);
    CHECK(imr_logrank_maxcombo(&data, FOUR, 5, IMR_TWO_SIDED, 1, &answer, &fault)
        == IMR_ERR_COMBINATIONS);
    CHECK(imr_logrank_maxcombo(&data, &bad, 1, IMR_TWO_SIDED, 1, &answer, &fault)
        == IMR_ERR_WEIGHT_EXPONENT);
    data.event = event;
    CHECK(imr_logrank_maxcombo(&data, FOUR, 4, IMR_TWO_SIDED, 1, &answer, &fault) == IMR_ERR_EVENT);
    data.groups = 3;
    CHECK(imr_logrank_maxcombo(&data, FOUR, 4, IMR_TWO_SIDED, 1, &answer, &fault)
        == IMR_ERR_TWO_GROUPS);
}

HARNESS_MAIN({
    RUN(test_each_z_is_that_of_its_test);
    RUN(test_one_combination_is_the_test);
    RUN(test_directions_mirror_each_other);
    RUN(test_weights_that_tell_nothing_take_no_part);
    RUN(test_bad_input_is_named);
})
