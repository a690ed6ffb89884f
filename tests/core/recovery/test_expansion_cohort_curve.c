#include "recovery/expansion_cohort_curve.h"

#include "../harness.h"
#include "expansion_patient.h"

/* Oracle: the typical curve of Stein 2019 and what follows from it, worked out from its closed form. */
static const double TYPICAL[M] = { 10.085809109330082, 2.2300144001592104, 8.268731832117737,
    -1.8325814637483102, -4.832943556573988, -5.744604469176456 };

static void
test_quantities_of_the_typical_curve(void)
{
    static const double expected[IMR_COHORT_QUANTITIES] = { 24000, 9.3, 3900, 0.7796, 4.332, 6.154,
        171774, 0.0079, 216.6 };
    double covariance[M * M] = { 0 };

    for (int q = 0; q < IMR_COHORT_QUANTITIES; q++) {
        imr_expansion_quantity_value_t value = imr_expansion_cohort_quantity(
            IMR_DECLINE_BIEXPONENTIAL, (imr_expansion_cohort_quantity_t) q, TYPICAL, covariance, 2);

        CHECK_NEAR(value.estimate, expected[q], 1e-4);
        CHECK(value.std_error == 0 && value.low == value.high);
    }
    CHECK(imr_expansion_cohort_quantities(IMR_DECLINE_EXPONENTIAL) == IMR_COHORT_SLOW_SHARE);
}

static void
test_limits_are_those_of_logarithms(void)
{
    double covariance[M * M] = { 0 };
    imr_expansion_quantity_value_t value;

    for (size_t c = 0; c < M; c++) {
        covariance[c * M + c] = 0.04;
    }
    value = imr_expansion_cohort_quantity(
        IMR_DECLINE_BIEXPONENTIAL, IMR_COHORT_HALF_LIFE, TYPICAL, covariance, 2);
    CHECK_NEAR(value.high / value.estimate, exp(0.4), 1e-12);
    CHECK_NEAR(value.estimate / value.low, exp(0.4), 1e-12);
    CHECK_NEAR(value.std_error, 0.2 * value.estimate, 1e-12);
    /* peak over fold: both variances */
    value = imr_expansion_cohort_quantity(
        IMR_DECLINE_BIEXPONENTIAL, IMR_COHORT_INITIAL, TYPICAL, covariance, 1);
    CHECK_NEAR(log(value.high / value.estimate), sqrt(0.08), 1e-12);
    value = imr_expansion_cohort_quantity(
        IMR_DECLINE_BIEXPONENTIAL, IMR_COHORT_SLOW_SHARE, TYPICAL, covariance, 2);
    CHECK_NEAR(value.high, 1 / (1 + exp(-TYPICAL[4] - 0.4)), 1e-12);
    CHECK_NEAR(value.std_error, 0.2 * 0.0079 * 0.9921, 1e-3);
    /* the area is nearly in proportion to the peak */
    memset(covariance, 0, sizeof(covariance));
    covariance[0] = 0.04;
    value = imr_expansion_cohort_quantity(
        IMR_DECLINE_BIEXPONENTIAL, IMR_COHORT_AUC_0_28, TYPICAL, covariance, 1);
    CHECK_NEAR(value.std_error, 0.2 * value.estimate, 1e-6);
}

static void
test_a_curve_that_does_not_rise_never_doubles(void)
{
    double theta[M], covariance[M * M] = { 0 };
    imr_expansion_quantity_value_t value;

    memcpy(theta, TYPICAL, sizeof(theta));
    theta[IMR_EXPANSION_FOLD] = -1;
    value = imr_expansion_cohort_quantity(
        IMR_DECLINE_BIEXPONENTIAL, IMR_COHORT_DOUBLING_TIME, theta, covariance, 2);
    CHECK(value.estimate == INFINITY && isnan(value.low) && isnan(value.high));
    value = imr_expansion_cohort_quantity(
        IMR_DECLINE_BIEXPONENTIAL, IMR_COHORT_AUC_0_28, theta, covariance, 2);
    CHECK(isnan(value.estimate));
}

static void
test_the_band_of_a_height_is_that_of_the_normal(void)
{
    static const double day[] = { 0, 5, 9.3, 14, 28, 90, 180, 365 };
    /* definitions of the typical curve on these days */
    static const double expected[] = { 6.154, 524.60, 24000, 11411.5, 1373.56, 146.51, 109.80,
        60.75 };
    double covariance[M * M] = { 0 }, curve[8], low[8], high[8];

    covariance[0] = 0.25;
    CHECK(imr_expansion_cohort_curve(IMR_DECLINE_BIEXPONENTIAL, TYPICAL, covariance, INFINITY, day,
              8, 0.9, curve, low, high, NULL)
        == IMR_OK);
    for (size_t i = 0; i < 8; i++) {
        CHECK_NEAR(curve[i], expected[i], 1e-4);
        CHECK_NEAR(log(high[i] / curve[i]), 0.5 * 1.6448536269514722, 0.05);
        CHECK_NEAR(log(curve[i] / low[i]), log(high[i] / curve[i]), 1e-9); /* pairs */
    }
    CHECK(imr_expansion_cohort_curve(IMR_DECLINE_BIEXPONENTIAL, TYPICAL, covariance, 4, day, 1, 0.9,
              curve, low, high, NULL)
        == IMR_OK);
    /* the upper 5% of t with 4 degrees of freedom is 2.132 */
    CHECK_NEAR(log(high[0] / curve[0]), 0.5 * 2.131846786326649, 0.08);
}

static int
curve_on(double day, double level, imr_fault_t *fault)
{
    double covariance[M * M] = { 0 }, curve, low, high;

    return imr_expansion_cohort_curve(IMR_DECLINE_EXPONENTIAL, TYPICAL, covariance, 3, &day, 1,
        level, &curve, &low, &high, fault);
}

static void
test_what_is_no_day_is_refused(void)
{
    imr_fault_t fault;

    CHECK(curve_on(NAN, 0.9, &fault) == IMR_ERR_NONFINITE && fault.row == 0);
    CHECK(curve_on(-1, 0.9, &fault) == IMR_ERR_NEGATIVE && fault.value == -1);
    CHECK(curve_on(1, 1, &fault) == IMR_ERR_LEVEL);
    FAIL_EACH_ALLOCATION(curve_on(1, 0.9, &fault), IMR_ERR_NOMEM, (void) 0);
}

HARNESS_MAIN({
    RUN(test_quantities_of_the_typical_curve);
    RUN(test_limits_are_those_of_logarithms);
    RUN(test_a_curve_that_does_not_rise_never_doubles);
    RUN(test_the_band_of_a_height_is_that_of_the_normal);
    RUN(test_what_is_no_day_is_refused);
})
