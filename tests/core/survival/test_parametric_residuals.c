#include "survival/parametric.h"

#include "parametric_fit.h"

/* Hand: the cumulative hazard of an exponential time is the time over the mean. */
static void
test_exponential(void)
{
    double left[11], right[11], martingale[11], deviance[11], mean = 423.0 / 7, sum = 0;
    imr_parametric_t self;

    CHECK(fit(&self, aml(), IMR_EXPONENTIAL, 0, NULL) == IMR_OK);
    imr_parametric_residuals(&self, left, right, martingale, deviance);
    for (int i = 0; i < 11; i++) {
        double h = aml_time[i] / mean;

        CHECK_NEAR(left[i], h, 1e-10);
        CHECK(aml_event[i] ? right[i] == left[i] : isinf(right[i]));
        CHECK_NEAR(martingale[i], aml_event[i] - h, 1e-9);
        CHECK_NEAR(deviance[i],
            aml_event[i] ? (h > 1 ? 1 : -1) * sqrt(2 * (h - 1 - log(h))) : sqrt(2 * h), 1e-8);
        sum += martingale[i];
    }
    CHECK(fabs(sum) < 1e-10);
    imr_parametric_free(&self);
}

/* Given that the unit exponential hazard lies in (a, b], its mean is a + 1 - d / (e^d - 1), d = b - a. */
static void
test_intervals_and_truncation(void)
{
    double left[6], right[6], martingale[6], deviance[6], entry[] = { 0, 20, 0, 50, 0, 0 }, sum = 0;
    imr_parametric_data_t data = visits();
    imr_parametric_t self;

    data.entry = entry;
    for (int d = IMR_EXPONENTIAL; d <= IMR_GOMPERTZ; d++) {
        if (d == IMR_GENGAMMA) {
            continue; /* six rows do not determine it */
        }
        CHECK(fit(&self, data, (imr_distribution_t) d, 0, NULL) == IMR_OK);
        imr_parametric_residuals(&self, left, right, martingale, deviance);
        sum = 0;
        for (int i = 0; i < 6; i++) {
            double width = right[i] - left[i];

            CHECK(left[i] >= 0 && right[i] >= left[i] && isfinite(deviance[i]));
            CHECK((visit_left[i] == 0) == (left[i] == 0));
            if (i != 3 && i != 4) {
                CHECK_NEAR(martingale[i], width / expm1(width) - left[i], 1e-12);
            }
            sum += martingale[i];
        }
        /* the score of the hazard's height */
        CHECK((d != IMR_EXPONENTIAL && d != IMR_WEIBULL && d != IMR_GOMPERTZ) || fabs(sum) < 1e-8);
        imr_parametric_residuals(&self, left, right, martingale, NULL);
        imr_parametric_free(&self);
    }
}

HARNESS_MAIN({
    RUN(test_exponential);
    RUN(test_intervals_and_truncation);
})
