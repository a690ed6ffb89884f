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

            CHECK_NEAR(
                imr_course_log_curve((imr_expansion_decline_t) decline, THETA, day), expected, 1e-12);
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

static double
trace_of(const double *inverse, const double *hessian)
{
    double sum = 0;

    for (size_t k = 0; k < (size_t) M * M; k++) {
        sum += inverse[k] * hessian[k];
    }
    return sum;
}

static void
test_third_derivatives_are_those_of_differences(void)
{
    double inverse[M * M];

    for (size_t r = 0; r < M; r++) { /* any symmetric matrix */
        for (size_t c = 0; c < M; c++) {
            inverse[r * M + c] = 0.1 * (r == c) + 0.01 * (double) ((r + 1) * (c + 1) % 5);
        }
    }
    for (int decline = 0; decline < 2; decline++) {
        imr_course_t course = course_of((imr_expansion_decline_t) decline, PATIENT_SAMPLES);
        double gradient[M], up[M * M], down[M * M], theta[M], log_h = 0.3, step = 1e-5, a, b;
        imr_course_third_t third;

        imr_course_third(&course, THETA, log_h, inverse, &third);
        for (size_t r = 0; r < imr_expansion_parameters(course.decline); r++) {
            memcpy(theta, THETA, sizeof(theta));
            theta[r] += step;
            imr_course_loglik(&course, theta, log_h, gradient, up);
            theta[r] = THETA[r] - step;
            imr_course_loglik(&course, theta, log_h, gradient, down);
            if (r != IMR_EXPANSION_TMAX) {
                CHECK(fabs((trace_of(inverse, up) - trace_of(inverse, down)) / (2 * step)
                          - third.trace[r])
                    < 1e-5);
            }
        }
        a = imr_course_loglik(&course, THETA, log_h + step, gradient, up);
        b = imr_course_loglik(&course, THETA, log_h - step, theta, down);
        CHECK(fabs((a - b) / (2 * step) - third.score_of_h) < 1e-6);
        CHECK(fabs((trace_of(inverse, up) - trace_of(inverse, down)) / (2 * step) - third.trace_by_h)
            < 1e-5);
        for (size_t c = 0; c < M; c++) {
            CHECK(fabs((gradient[c] - theta[c]) / (2 * step) - third.mixed[c]) < 1e-6);
        }
    }
}

HARNESS_MAIN({
    RUN(test_the_curve_is_that_of_expansion_fit);
    RUN(test_derivatives_are_those_of_differences);
    RUN(test_third_derivatives_are_those_of_differences);
})
