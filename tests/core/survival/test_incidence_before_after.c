#include "survival/incidence_before_after.h"

#include "../harness.h"

static const int64_t before[] = { 3, 2, 4, 1, 6 }, after[] = { 0, 1, 0, 0, 1 };
static const double time_before[] = { 1, 1, 2, 1, 2 }, time_after[] = { 1, 2, 1, 1.5, 0.5 };
static const imr_before_after_rows_t rows = { before, after, time_before, time_after, 5 };
static const imr_incidence_contrast_options_t options = { IMR_INCIDENCE_RATIO,
    IMR_INCIDENCE_CONDITIONAL, IMR_TWO_SIDED, 0.95, 1 };

static void
test_the_expected_events_are_worked_by_hand(void)
{
    imr_before_after_t answer;

    CHECK(imr_incidence_before_after(&answer, &rows, 1, 2, &options, NULL) == IMR_OK);
    CHECK(answer.before == 16 && answer.after == 2);
    CHECK(answer.time_before == 7 && answer.time_after == 6);
    CHECK_NEAR(answer.ratio, 2.0 / 6 / (16.0 / 7), 1e-14);
    /* (x + 2) / (T + 2) each: 5/3, 4/3, 6/4, 3/3, 8/4 */
    CHECK_NEAR(answer.expected, 5.0 / 3 + 2 * 4.0 / 3 + 1.5 + 1.5 + 0.5 * 2, 1e-14);
    /* all patients of one rate: all of the excess before was chance */
    CHECK(imr_incidence_before_after(&answer, &rows, 1, INFINITY, &options, NULL) == IMR_OK);
    CHECK_NEAR(answer.expected, 6, 1e-14);
}

static void
test_the_mixture_is_fitted_to_the_counts_before(void)
{
    imr_before_after_t answer;
    int64_t none[] = { 0, 0, 0, 0, 0 };
    imr_before_after_rows_t quiet = rows;

    CHECK(imr_incidence_before_after(&answer, &rows, NAN, NAN, &options, NULL) == IMR_OK);
    CHECK(isinf(answer.theta)); /* less scatter than Poisson's */
    CHECK_NEAR(answer.mean, 16.0 / 7, 1e-12);
    CHECK_NEAR(answer.expected, 6 * 16.0 / 7, 1e-12);
    quiet.before = none;
    CHECK(imr_incidence_before_after(&answer, &quiet, NAN, NAN, &options, NULL) == IMR_OK);
    CHECK(isinf(answer.ratio) && isnan(answer.expected) && isnan(answer.theta));
}

static void
test_bad_input_is_named(void)
{
    double bad[] = { 1, 1, 0, 1, 2 };
    int64_t quiet[] = { 3, 2, 0, 1, 6 };
    imr_before_after_rows_t wrong = rows;
    imr_before_after_t answer;
    imr_fault_t fault;

    wrong.time_before = bad;
    CHECK(imr_incidence_before_after(&answer, &wrong, NAN, NAN, &options, &fault)
        == IMR_ERR_NO_EXPOSURE);
    CHECK(strcmp(fault.argument, "time_before") == 0 && fault.row == 2);
    wrong.before = quiet;
    CHECK(imr_incidence_before_after(&answer, &wrong, NAN, NAN, &options, &fault)
        == IMR_ERR_RATE_NO_EXPOSURE);
    wrong = rows;
    bad[2] = -1;
    wrong.time_after = bad;
    CHECK(imr_incidence_before_after(&answer, &wrong, NAN, NAN, &options, &fault)
        == IMR_ERR_NEGATIVE);
    CHECK(strcmp(fault.argument, "time_after") == 0);
    wrong.n = 0;
    CHECK(
        imr_incidence_before_after(&answer, &wrong, NAN, NAN, &options, &fault) == IMR_ERR_NO_ROWS);
    CHECK(
        imr_incidence_before_after(&answer, &rows, 0, 1, &options, &fault) == IMR_ERR_NOT_POSITIVE);
    CHECK(imr_incidence_before_after(&answer, &rows, 1, -INFINITY, &options, &fault)
        == IMR_ERR_NOT_POSITIVE);
}

HARNESS_MAIN({
    RUN(test_the_expected_events_are_worked_by_hand);
    RUN(test_the_mixture_is_fitted_to_the_counts_before);
    RUN(test_bad_input_is_named);
})
