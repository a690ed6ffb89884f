#include "survival/rmst.h"

#include "../harness.h"
#include "../stop_sweep.h"

/* Two groups with censorings, one of them tied with an event. */
static const double TIME[] = { 1, 2, 2, 4, 6, 7, 1, 3, 3, 5, 8, 9 };
static const uint8_t EVENT[] = { 1, 1, 0, 0, 1, 1, 0, 1, 1, 0, 1, 1 };
static const int64_t GROUP[] = { 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1 };
static const double AGE[] = { 3, 1, 4, 1, 5, 9, 2, 6, 5, 3, 5, 8 };

static imr_rmst_adjusted_data_t
data_of(const double *covariate, size_t covariates)
{
    imr_rmst_adjusted_data_t data = { 12, TIME, EVENT, GROUP, 2, 0, covariate, covariates };

    return data;
}

/* Weights of the inverse probability of censoring give back the areas under the curves. */
static void
test_without_covariates_it_is_the_difference_of_the_areas(void)
{
    imr_kaplan_meier_data_t rows = {
        .n = 12, .time = TIME, .event = EVENT, .group = GROUP, .groups = 2
    };
    imr_rmst_options_t options = { 6.5, 0.95, IMR_RMST_PLAIN, 1 };
    imr_rmst_adjusted_data_t data = data_of(NULL, 0);
    imr_rmst_effect_t e[6], plain[3];
    imr_rmst_t means[2];
    double tau;

    CHECK(imr_rmst(&rows, &options, means, &tau, NULL) == IMR_OK);
    CHECK(imr_rmst_contrast(means + 1, means, tau, &options, plain, NULL) == IMR_OK);
    CHECK(imr_rmst_adjusted(&data, tau, &options, e, NULL, NULL) == IMR_OK);
    for (int m = 0; m < 3; m++) {
        CHECK_NEAR(e[2 * m + 1].estimate, plain[m].estimate, 1e-12);
        CHECK(e[2 * m + 1].std_error > 0 && e[2 * m + 1].low < e[2 * m + 1].high);
        CHECK(fabs(e[2 * m + 1].std_error / plain[m].std_error - 1) < 0.2);
    }
}

static void
test_the_reference_is_what_is_subtracted(void)
{
    imr_rmst_options_t options = { 6.5, 0.95, IMR_RMST_PLAIN, 1 };
    imr_rmst_adjusted_data_t data = data_of(AGE, 1);
    imr_rmst_effect_t here[6], there[6];

    CHECK(imr_rmst_adjusted(&data, 6.5, &options, here, NULL, NULL) == IMR_OK);
    data.reference = 1;
    CHECK(imr_rmst_adjusted(&data, 6.5, &options, there, NULL, NULL) == IMR_OK);
    CHECK_NEAR(there[0].estimate, -here[1].estimate, 1e-11);
    CHECK_NEAR(there[0].std_error, here[1].std_error, 1e-11);
    CHECK_NEAR(there[2].estimate, 1 / here[3].estimate, 1e-11);
    CHECK_NEAR(there[4].pvalue, here[5].pvalue, 1e-10);
}

static void
test_collinear_covariates_are_named(void)
{
    double both[24] = { 0 }, constant[12];
    imr_rmst_options_t options = { 6.5, 0.95, IMR_RMST_PLAIN, 1 };
    imr_rmst_adjusted_data_t data = data_of(both, 2);
    imr_rmst_effect_t e[6];
    imr_fault_t fault;

    for (int i = 0; i < 12; i++) {
        both[2 * i] = AGE[i];
        both[2 * i + 1] = 2 * AGE[i] + 3 * (double) GROUP[i];
        constant[i] = 1e6;
    }
    CHECK(imr_rmst_adjusted(&data, 6.5, &options, e, NULL, &fault) == IMR_ERR_COLLINEAR);
    CHECK(fault.row == 1 && strcmp(fault.argument, "covariates column") == 0);
    data = data_of(constant, 1);
    CHECK(imr_rmst_adjusted(&data, 6.5, &options, e, NULL, &fault) == IMR_ERR_COLLINEAR);
    constant[3] = INFINITY;
    CHECK(imr_rmst_adjusted(&data, 6.5, &options, e, NULL, &fault) == IMR_ERR_NONFINITE);
    CHECK(fault.row == 3);
}

/* Nobody of the second group loses time: its ratio of lost times is 0, at minus infinity. */
static void
test_ratios_without_a_finite_solution(void)
{
    imr_rmst_options_t options = { 0.9, 0.95, IMR_RMST_PLAIN, 1 };
    imr_rmst_adjusted_data_t data = data_of(AGE, 1);
    double time[12];
    imr_rmst_effect_t e[6];

    CHECK(imr_rmst_adjusted(&data, 0.9, &options, e, NULL, NULL) == IMR_OK); /* nobody loses any */
    CHECK(e[1].estimate == 0 && e[1].pvalue == 1);
    CHECK(isnan(e[5].estimate) && e[5].low == 0 && e[5].high == INFINITY && isnan(e[5].pvalue));
    memcpy(time, TIME, sizeof(time));
    time[0] = 0.5;
    data.time = time;
    CHECK(imr_rmst_adjusted(&data, 0.9, &options, e, NULL, NULL) == IMR_OK);
    CHECK(e[1].estimate > 0 && isnan(e[5].estimate));
    options.level = 1;
    CHECK(imr_rmst_adjusted(&data, 6.5, &options, e, NULL, NULL) == IMR_ERR_LEVEL);
}

static void
test_allocations_that_fail(void)
{
    imr_rmst_options_t options = { 6.5, 0.95, IMR_RMST_PLAIN, 1 };
    imr_rmst_adjusted_data_t data = data_of(AGE, 1);
    imr_rmst_effect_t e[6];

    FAIL_EACH_ALLOCATION(
        imr_rmst_adjusted(&data, 6.5, &options, e, NULL, NULL), IMR_ERR_NOMEM, (void) 0);
}

static void
test_it_stops_at_each_question(void)
{
    imr_rmst_options_t options = { 6.5, 0.95, IMR_RMST_PLAIN, 1 };
    imr_rmst_adjusted_data_t data = data_of(AGE, 1);
    imr_rmst_effect_t e[6];

    STOP_AT_EACH_QUESTION(imr_rmst_adjusted(&data, 6.5, &options, e, &sweep.stop, NULL), (void) 0);
}

HARNESS_MAIN({
    RUN(test_without_covariates_it_is_the_difference_of_the_areas);
    RUN(test_the_reference_is_what_is_subtracted);
    RUN(test_collinear_covariates_are_named);
    RUN(test_ratios_without_a_finite_solution);
    RUN(test_allocations_that_fail);
    RUN(test_it_stops_at_each_question);
})
