#include "recovery/expansion_model.h"

#include "../harness.h"

enum { P = IMR_STEIN_PRECISION, Q = IMR_STEIN_UNKNOWNS };

/* Stein 2019: 24000 on day 9.3, 3900 times the start; .16 and .0032 a day, .0079 of it slow */
static void
typical(double *phi)
{
    phi[IMR_STEIN_PEAK] = log(24000);
    phi[IMR_STEIN_DAY] = 9.3;
    phi[IMR_STEIN_RISE] = log(log(3900) / 9.3);
    phi[IMR_STEIN_FAST] = log(0.16);
    phi[IMR_STEIN_SHARE] = log(0.0079 / (1 - 0.0079));
    phi[IMR_STEIN_SLOW] = log(0.0032);
    phi[IMR_STEIN_PRECISION] = -log(0.56);
}

static double
curve(const double *phi, double day)
{
    return exp(imr_stein_log_curve(IMR_DECLINE_BIEXPONENTIAL, phi, day, day < 9.3, NULL, NULL));
}

static void
test_the_typical_curve(void)
{
    static const double day[] = { 0, 5, 9.3, 14, 28, 90, 180, 365 };
    static const double copies[] = { 6.154, 524.60, 24000, 11411.5, 1373.56, 146.51, 109.80,
        60.75 };
    double phi[Q];

    typical(phi);
    for (int i = 0; i < 8; i++) {
        CHECK_NEAR(curve(phi, day[i]), copies[i], i == 0 || i == 7 ? 1e-4 : 4e-5);
    }
    CHECK(round(imr_stein_area(IMR_DECLINE_BIEXPONENTIAL, phi, 28)) == 171774);
    CHECK_NEAR(log(2) / exp(phi[IMR_STEIN_RISE]), 0.7796, 1e-4);
    /* one phase: up to day 2 the rise alone; without an end the peak over each rate */
    CHECK_NEAR(imr_stein_area(IMR_DECLINE_EXPONENTIAL, phi, 2),
        (curve(phi, 2) - curve(phi, 0)) / exp(phi[IMR_STEIN_RISE]), 1e-13);
    CHECK_NEAR(imr_stein_area(IMR_DECLINE_EXPONENTIAL, phi, 1e4),
        (24000 - curve(phi, 0)) / exp(phi[IMR_STEIN_RISE]) + 24000 / 0.16, 1e-13);
}

static void
check_derivatives(const imr_stein_rows_t *rows, const double *phi)
{
    double gradient[Q], hessian[Q * Q], unused[Q * Q], before[Q], after[Q], moved[Q];
    const double step = 1e-5;

    imr_stein_loglik(rows, phi, gradient, hessian);
    for (int k = 0; k < Q; k++) {
        double high, low;

        memcpy(moved, phi, sizeof(moved));
        moved[k] = phi[k] + step;
        high = imr_stein_loglik(rows, moved, after, unused);
        moved[k] = phi[k] - step;
        low = imr_stein_loglik(rows, moved, before, unused);
        CHECK(fabs((high - low) / (2 * step) - gradient[k]) < 1e-6 * (1 + fabs(gradient[k])));
        CHECK(imr_stein_loglik(rows, moved, NULL, NULL) == low);
        for (int j = 0; j < Q; j++) {
            double slope = (after[j] - before[j]) / (2 * step);

            CHECK(fabs(slope - hessian[k * Q + j]) < 1e-6 * (1 + fabs(slope)));
        }
    }
}

static void
test_derivatives_agree_with_differences(void)
{
    double day[] = { 2, 4, 7, 9, 12, 20, 40, 100 }, value[8], phi[Q];
    uint8_t below[8] = { 1, 0, 0, 0, 0, 0, 0, 1 };
    imr_stein_rows_t rows = { .decline = IMR_DECLINE_BIEXPONENTIAL,
        .n = 8,
        .day = day,
        .log_copies = value,
        .below = below,
        .rising = 4 };

    typical(phi);
    for (int i = 0; i < 8; i++) {
        value[i] = below[i] ? log(60) : log(curve(phi, day[i])) + 0.4 * sin(5 * day[i]);
    }
    check_derivatives(&rows, phi);
    phi[IMR_STEIN_SHARE] = 1; /* a day on which the slow phase is the larger */
    check_derivatives(&rows, phi);
    rows.decline = IMR_DECLINE_EXPONENTIAL;
    check_derivatives(&rows, phi);
}

HARNESS_MAIN({
    RUN(test_the_typical_curve);
    RUN(test_derivatives_agree_with_differences);
})
