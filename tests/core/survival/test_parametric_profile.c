#include "survival/parametric.h"

#include "parametric_fit.h"

#define QUANTILE 1.959963984540054 /* of the standard normal at 0.975 */

/* Hand: with d events in time t the log-likelihood of a rate r is d log r - r t, so both limits of the
 * log scale solve d (log(s / m) + m / s - 1) = QUANTILE^2 / 2, m = t / d. */
static void
test_exponential_profile(void)
{
    double low, high, ends[2];
    imr_parametric_value_t median, survival;
    imr_parametric_t self;

    CHECK(fit(&self, aml(), IMR_EXPONENTIAL, 0, NULL) == IMR_OK);
    CHECK(
        imr_parametric_limits(&self, 0, 0.95, IMR_PARAMETRIC_PROFILE, &low, &high, NULL) == IMR_OK);
    ends[0] = low - log(423.0 / 7);
    ends[1] = high - log(423.0 / 7);
    for (int i = 0; i < 2; i++) {
        CHECK_NEAR(2 * 7 * (ends[i] + exp(-ends[i]) - 1), QUANTILE * QUANTILE, 1e-8);
    }
    /* with one parameter, every other interval is that of the rate */
    CHECK(imr_parametric_quantile(&self, NULL, 0.5, 0.95, IMR_PARAMETRIC_PROFILE, &median, NULL)
        == IMR_OK);
    CHECK_NEAR(median.estimate, 423.0 / 7 * log(2), 1e-12);
    CHECK_NEAR(median.low, exp(low) * log(2), 1e-8);
    CHECK_NEAR(median.high, exp(high) * log(2), 1e-8);
    CHECK(imr_parametric_survival(&self, NULL, 30, 0.95, IMR_PARAMETRIC_PROFILE, &survival, NULL)
        == IMR_OK);
    CHECK_NEAR(survival.low, exp(-30 / exp(low)), 1e-8);
    CHECK_NEAR(survival.high, exp(-30 / exp(high)), 1e-8);
    imr_parametric_free(&self);
}

/* Hand: Wald's limits of the log rate, of the median on the log scale and of log(-log S). */
static void
test_exponential_wald(void)
{
    double low, high, error = sqrt(1.0 / 7), mean = 423.0 / 7;
    imr_parametric_value_t median, survival;
    imr_parametric_t self;

    CHECK(fit(&self, aml(), IMR_EXPONENTIAL, 0, NULL) == IMR_OK);
    CHECK(imr_parametric_limits(&self, 0, 0.95, IMR_PARAMETRIC_WALD, &low, &high, NULL) == IMR_OK);
    CHECK_NEAR(low, log(mean) - QUANTILE * error, 1e-12);
    CHECK_NEAR(high, log(mean) + QUANTILE * error, 1e-12);
    CHECK(imr_parametric_quantile(&self, NULL, 0.5, 0.95, IMR_PARAMETRIC_WALD, &median, NULL)
        == IMR_OK);
    CHECK_NEAR(median.std_error, mean * log(2) * error, 1e-12);
    CHECK_NEAR(median.high, mean * log(2) * exp(QUANTILE * error), 1e-12);
    CHECK(imr_parametric_survival(&self, NULL, 30, 0.95, IMR_PARAMETRIC_WALD, &survival, NULL)
        == IMR_OK);
    CHECK_NEAR(survival.low, exp(-30 / mean * exp(QUANTILE * error)), 1e-12);
    CHECK_NEAR(survival.std_error, exp(-30 / mean) * 30 / mean * error, 1e-12);
    imr_parametric_free(&self);
}

/* The interval of the p quantile holds t exactly when that of the survival at t holds 1 - p. */
static void
test_quantiles_and_survival_are_two_views_of_one_profile(void)
{
    imr_parametric_value_t quantile, low, high;
    imr_parametric_t self;

    for (int d = IMR_EXPONENTIAL; d <= IMR_GOMPERTZ; d++) {
        CHECK(fit(&self, visits(), (imr_distribution_t) d, 0, NULL) == IMR_OK);
        for (double p = 0.25; p < 1; p += 0.25) {
            CHECK(imr_parametric_quantile(
                      &self, NULL, p, 0.9, IMR_PARAMETRIC_PROFILE, &quantile, NULL)
                == IMR_OK);
            CHECK(quantile.low < quantile.estimate && quantile.estimate < quantile.high);
            CHECK(imr_parametric_survival(
                      &self, NULL, quantile.estimate, 0.9, IMR_PARAMETRIC_PROFILE, &low, NULL)
                == IMR_OK);
            CHECK_NEAR(low.estimate, 1 - p, 1e-10);
            CHECK(imr_parametric_survival(
                      &self, NULL, quantile.low, 0.9, IMR_PARAMETRIC_PROFILE, &low, NULL)
                == IMR_OK);
            CHECK_NEAR(low.low, 1 - p, 1e-6);
            if (isfinite(quantile.high)) {
                CHECK(imr_parametric_survival(
                          &self, NULL, quantile.high, 0.9, IMR_PARAMETRIC_PROFILE, &high, NULL)
                    == IMR_OK);
                CHECK_NEAR(high.high, 1 - p, 1e-6);
            }
        }
        imr_parametric_free(&self);
    }
}

/* A share that is not reached: the estimate is infinite, the lower limit is a time. */
static void
test_beyond_a_cure_fraction(void)
{
    double time[] = { 1, 2, 3, 4, 99, 99, 99, 99 }, low, high;
    uint8_t event[] = { 1, 1, 1, 1, 0, 0, 0, 0 };
    imr_parametric_data_t data = { .left = time, .event = event, .n = 8 };
    imr_parametric_value_t value;
    imr_parametric_t self;

    CHECK(fit(&self, data, IMR_WEIBULL, 1, NULL) == IMR_OK);
    CHECK(imr_parametric_quantile(&self, NULL, 0.7, 0.95, IMR_PARAMETRIC_PROFILE, &value, NULL)
        == IMR_OK);
    CHECK(value.estimate == INFINITY && value.high == INFINITY && value.low > 2 && value.low < 99);
    CHECK(imr_parametric_quantile(&self, NULL, 0.7, 0.95, IMR_PARAMETRIC_WALD, &value, NULL)
        == IMR_OK);
    CHECK(value.low == INFINITY && isnan(value.std_error));
    CHECK(imr_parametric_quantile(&self, NULL, 0.1, 0.95, IMR_PARAMETRIC_PROFILE, &value, NULL)
        == IMR_OK);
    CHECK(value.low < value.estimate && value.estimate < value.high && value.high < 99);
    /* the cure fraction is a rate of 4/8 but for the last digits: its profile is the binomial one,
     * 8 log(1 / (4 p (1 - p))) = QUANTILE^2 */
    CHECK(
        imr_parametric_limits(&self, 2, 0.95, IMR_PARAMETRIC_PROFILE, &low, &high, NULL) == IMR_OK);
    CHECK_NEAR(low, -high, 1e-4);
    CHECK_NEAR(-8 * log(4 / ((1 + exp(-high)) * (1 + exp(high)))), QUANTILE * QUANTILE, 1e-4);
    imr_parametric_free(&self);
}

static void
test_pvalues(void)
{
    double column[] = { 0, 1, 0, 1, 1, 0, 1, 0, 1, 0, 1 }, wald, ratio, estimate[3], covariance[9];
    imr_parametric_data_t data = aml();
    imr_parametric_t self, null;

    CHECK(fit(&null, data, IMR_WEIBULL, 0, NULL) == IMR_OK);
    data.columns = column;
    data.k = 1;
    CHECK(fit(&self, data, IMR_WEIBULL, 0, NULL) == IMR_OK);
    CHECK(imr_parametric_pvalue(&self, 1, IMR_PARAMETRIC_PROFILE, &ratio, NULL) == IMR_OK);
    CHECK_NEAR(ratio, erfc(sqrt(self.loglik - null.loglik)), 1e-8);
    CHECK(imr_parametric_pvalue(&self, 1, IMR_PARAMETRIC_WALD, &wald, NULL) == IMR_OK);
    imr_parametric_estimates(&self, estimate, covariance);
    CHECK_NEAR(wald, erfc(fabs(estimate[1]) / sqrt(2 * covariance[4])), 1e-10);
    imr_parametric_free(&self);
    imr_parametric_free(&null);
}

static void
test_bad_questions(void)
{
    double low, high, x = NAN, column[] = { 0, 1, 0, 1, 1, 0, 1, 0, 1, 0, 1 };
    imr_parametric_data_t data = aml();
    imr_parametric_value_t value;
    imr_parametric_t self;
    imr_fault_t fault;

    data.columns = column;
    data.k = 1;
    CHECK(fit(&self, data, IMR_WEIBULL, 0, NULL) == IMR_OK);
    CHECK(imr_parametric_limits(&self, 0, 1, IMR_PARAMETRIC_WALD, &low, &high, &fault)
        == IMR_ERR_LEVEL);
    CHECK(imr_parametric_survival(&self, &x, 5, 0.9, IMR_PARAMETRIC_WALD, &value, &fault)
        == IMR_ERR_NONFINITE);
    CHECK(strcmp(fault.argument, "X") == 0 && fault.row == 0);
    x = 1;
    CHECK(imr_parametric_survival(&self, &x, -5, 0.9, IMR_PARAMETRIC_WALD, &value, &fault)
        == IMR_ERR_NEGATIVE);
    CHECK(imr_parametric_survival(&self, &x, INFINITY, 0.9, IMR_PARAMETRIC_WALD, &value, &fault)
        == IMR_ERR_NONFINITE);
    CHECK(imr_parametric_survival(&self, &x, 0, 0.9, IMR_PARAMETRIC_PROFILE, &value, &fault)
        == IMR_OK);
    CHECK(value.estimate == 1 && value.low == 1 && value.std_error == 0);
    CHECK(imr_parametric_survival(&self, &x, 1e300, 0.9, IMR_PARAMETRIC_PROFILE, &value, &fault)
        == IMR_OK);
    CHECK(value.estimate == 0 && value.low == 0);
    CHECK(imr_parametric_quantile(&self, &x, 1, 0.9, IMR_PARAMETRIC_WALD, &value, &fault)
        == IMR_ERR_PROBABILITY);
    imr_parametric_free(&self);
}

HARNESS_MAIN({
    RUN(test_exponential_profile);
    RUN(test_exponential_wald);
    RUN(test_quantiles_and_survival_are_two_views_of_one_profile);
    RUN(test_beyond_a_cure_fraction);
    RUN(test_pvalues);
    RUN(test_bad_questions);
})
