#include "recovery/expansion_cohort_course.h"

#include "../harness.h"
#include "expansion_patient.h"

static const double THETA[M] = { 10.0, 2.2, 8.1, -1.8, -4.5, -5.6 };

static void
test_the_curve_is_that_of_expansion_fit(void)
{
    /* the same curve in the unknowns of expansion_model, in which the rise has a rate */
    double phi[] = { 10.0, exp(2.2), log(8.1) - 2.2, -1.8, -4.5, -5.6, 0 };

    for (int decline = 0; decline < 2; decline++) {
        for (int day = 0; day < 200; day += 3) {
            double expected = imr_stein_log_curve(
                (imr_expansion_decline_t) decline, phi, day, day < exp(2.2), NULL, NULL);

            CHECK_NEAR(imr_course_log_curve((imr_expansion_decline_t) decline, THETA, day),
                expected, 1e-12);
        }
    }
}

static void
test_derivatives_are_those_of_differences(void)
{
    for (int decline = 0; decline < 2; decline++) {
        imr_course_t course = course_of((imr_expansion_decline_t) decline, PATIENT_SAMPLES);
        double gradient[M], hessian[M * M], up[M], down[M], unused[M * M], theta[M];
        double log_h = 0.3, step = 1e-5;

        imr_course_loglik(&course, THETA, log_h, gradient, hessian);
        for (size_t r = 0; r < imr_expansion_parameters(course.decline); r++) {
            double higher, lower;

            if (r == IMR_EXPANSION_TMAX) {
                CHECK(gradient[r] == 0 && hessian[r * M + r] == 0);
                continue;
            }
            memcpy(theta, THETA, sizeof(theta));
            theta[r] += step;
            higher = imr_course_loglik(&course, theta, log_h, up, unused);
            theta[r] = THETA[r] - step;
            lower = imr_course_loglik(&course, theta, log_h, down, unused);
            CHECK(fabs((higher - lower) / (2 * step) - gradient[r]) < 1e-6);
            for (size_t c = 0; c < M; c++) {
                CHECK(fabs((up[c] - down[c]) / (2 * step) - hessian[r * M + c]) < 1e-6);
            }
        }
        CHECK(imr_course_loglik(&course, THETA, log_h, NULL, NULL)
            == imr_course_loglik(&course, THETA, log_h, gradient, hessian));
    }
}

static void
test_squares_make_up_the_likelihood(void)
{
    imr_course_t course = course_of(IMR_DECLINE_BIEXPONENTIAL, PATIENT_SAMPLES);
    double under[2], log_h = 0.3, sum, expected;

    sum = imr_course_squares(&course, THETA, under);
    /* log Phi of the two below their limit, by the error function */
    expected = 7 * (log_h - 0.918938533204672741780329736406) - 0.5 * exp(2 * log_h) * sum;
    for (int j = 0; j < 2; j++) {
        expected += log(0.5 * erfc(-exp(log_h) * under[j] / sqrt(2)));
    }
    CHECK_NEAR(imr_course_loglik(&course, THETA, log_h, NULL, NULL), expected, 1e-12);
    CHECK_NEAR(under[0],
        PATIENT_VALUE[0] - imr_course_log_curve(course.decline, THETA, PATIENT_DAY[0]), 1e-12);
}

static void
test_a_curve_without_value_has_no_likelihood(void)
{
    imr_course_t course = course_of(IMR_DECLINE_BIEXPONENTIAL, PATIENT_SAMPLES);
    double theta[M];

    memcpy(theta, THETA, sizeof(theta));
    theta[IMR_EXPANSION_CMAX] = NAN;
    CHECK(imr_course_loglik(&course, theta, 0, NULL, NULL) == -INFINITY);
}

HARNESS_MAIN({
    RUN(test_the_curve_is_that_of_expansion_fit);
    RUN(test_derivatives_are_those_of_differences);
    RUN(test_squares_make_up_the_likelihood);
    RUN(test_a_curve_without_value_has_no_likelihood);
})
