#include "survival/parametric.h"

#include "parametric_fit.h"

/* Hand: the rate is events over time at risk, 7/423; minus its log is the intercept. */
static void
test_exponential_is_events_over_time(void)
{
    imr_parametric_t self;
    double estimate, covariance;

    CHECK(fit(&self, aml(), IMR_EXPONENTIAL, 0, NULL) == IMR_OK);
    imr_parametric_estimates(&self, &estimate, &covariance);
    CHECK_NEAR(estimate, log(423.0 / 7), 1e-12);
    CHECK_NEAR(covariance, 1.0 / 7, 1e-12);
    CHECK_NEAR(self.loglik, 7 * log(7.0 / 423) - 7, 1e-13);
    CHECK(self.score_norm < 1e-9);
    imr_parametric_free(&self);
    imr_parametric_free(&self);
}

/* Hand: without censoring log-normal has the mean and the (n, not n - 1) spread of log time. */
static void
test_lognormal_is_mean_and_spread(void)
{
    double mean = 0, spread = 0, estimate[2], covariance[4];
    imr_parametric_data_t data = { .left = aml_time, .n = 11 };
    imr_parametric_t self;

    for (int i = 0; i < 11; i++) {
        mean += log(aml_time[i]) / 11;
    }
    for (int i = 0; i < 11; i++) {
        spread += (log(aml_time[i]) - mean) * (log(aml_time[i]) - mean) / 11;
    }
    CHECK(fit(&self, data, IMR_LOGNORMAL, 0, NULL) == IMR_OK);
    imr_parametric_estimates(&self, estimate, covariance);
    CHECK_NEAR(estimate[0], mean, 1e-12);
    CHECK_NEAR(estimate[1], 0.5 * log(spread), 1e-9);
    CHECK_NEAR(covariance[0], spread / 11, 1e-8);
    CHECK_NEAR(covariance[3], 0.5 / 11, 1e-8);
    imr_parametric_free(&self);
}

/* Each is a generalised gamma distribution with some q, whose likelihood is therefore no lower. */
static void
test_generalised_gamma_holds_the_others(void)
{
    imr_distribution_t inner[] = { IMR_WEIBULL, IMR_LOGNORMAL, IMR_GAMMA, IMR_EXPONENTIAL };
    imr_parametric_t self, other;

    CHECK(fit(&self, aml(), IMR_GENGAMMA, 0, NULL) == IMR_OK);
    CHECK(self.higher_beyond); /* a lower start at the first event is more likely still */
    for (int i = 0; i < 4; i++) {
        CHECK(fit(&other, aml(), inner[i], 0, NULL) == IMR_OK);
        CHECK(other.loglik <= self.loglik);
        imr_parametric_free(&other);
    }
    imr_parametric_free(&self);
}

/* The parameters of a fit give it back. */
static void
test_resumed(void)
{
    double estimate[3], covariance[9], again[3];
    imr_parametric_data_t data = visits();
    imr_parametric_t self, other;
    imr_fault_t fault;

    for (int cure = 0; cure < 2; cure++) {
        CHECK(fit(&self, data, IMR_WEIBULL, cure, NULL) == IMR_OK);
        imr_parametric_estimates(&self, estimate, covariance);
        CHECK(imr_parametric_init(&other, &data, IMR_WEIBULL, cure, NULL) == IMR_OK);
        CHECK(imr_parametric_resume(&other, estimate, NULL, NULL) == IMR_OK);
        imr_parametric_estimates(&other, again, covariance);
        CHECK_NEAR(other.loglik, self.loglik, 1e-14);
        CHECK_NEAR(again[0], estimate[0], 1e-14);
        CHECK(other.boundary == self.boundary);
        estimate[0] = NAN;
        CHECK(imr_parametric_resume(&other, estimate, NULL, &fault) == IMR_ERR_NONFINITE);
        imr_parametric_free(&self);
        imr_parametric_free(&other);
    }
}

/* Half never have the event, and nobody is censored before the last one: hand, 4/8. */
static void
test_a_cure_fraction_with_a_long_follow_up(void)
{
    double time[] = { 1, 2, 3, 4, 99, 99, 99, 99 }, estimate[3], covariance[9];
    uint8_t event[] = { 1, 1, 1, 1, 0, 0, 0, 0 };
    imr_parametric_data_t data = { .left = time, .event = event, .n = 8 };
    imr_parametric_t self;

    CHECK(fit(&self, data, IMR_WEIBULL, 1, NULL) == IMR_OK);
    imr_parametric_estimates(&self, estimate, covariance);
    CHECK(fabs(estimate[2]) < 1e-6 && !self.boundary);
    CHECK_NEAR(covariance[8], 0.5, 1e-5); /* 1 / (8 / 2 / 2) */
    CHECK_NEAR(self.follow_up, 1.0 / 256, 1e-14); /* (1 - 4/8)^8 */
    imr_parametric_free(&self);
}

static void
test_no_maximum_is_said_to_be_none(void)
{
    static const struct {
        double left[4], right[4];
        size_t n;
        imr_distribution_t distribution;
        int cure, status;
    } cases[] = {
        { { 3, 5 }, { INFINITY, INFINITY }, 2, IMR_WEIBULL, 0, IMR_ERR_NO_EVENT_SEEN },
        { { 0, 0 }, { 5, 7 }, 2, IMR_EXPONENTIAL, 0, IMR_ERR_NEVER_FREE },
        { { 5 }, { 5 }, 1, IMR_LOGNORMAL, 0, IMR_ERR_SCALE_ZERO },
        { { 5, 5, 5 }, { 5, 5, 5 }, 3, IMR_GAMMA, 0, IMR_ERR_SCALE_ZERO },
        { { 5, 5, 2 }, { 5, 5, 8 }, 3, IMR_GOMPERTZ, 0, IMR_ERR_SCALE_ZERO },
        { { 2, 5 }, { 5, 8 }, 2, IMR_WEIBULL, 0, IMR_ERR_SCALE_ZERO },
        { { 5, 9 }, { 5, INFINITY }, 2, IMR_WEIBULL, 1, IMR_ERR_SCALE_ZERO },
        { { 0, 10 }, { 5, INFINITY }, 2, IMR_WEIBULL, 0, IMR_ERR_SCALE_INFINITE },
        { { 1, 2, 2.1 }, { 1, 2, 2.1 }, 3, IMR_GENGAMMA, 0, IMR_ERR_SHAPE_INFINITE },
        { { 1, 2, 4 }, { 1, 2, 4 }, 3, IMR_GOMPERTZ, 1, IMR_ERR_CURE_GOMPERTZ },
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        imr_parametric_data_t data = {
            .left = cases[i].left, .right = cases[i].right, .n = cases[i].n
        };
        imr_parametric_t self;
        imr_fault_t fault = { 0 };

        CHECK(fit(&self, data, cases[i].distribution, cases[i].cure, &fault) == cases[i].status);
        CHECK(fault.status == cases[i].status && fault.argument != NULL);
        imr_parametric_free(&self);
    }
}

static void
test_separation_names_the_column(void)
{
    double columns[22];
    imr_parametric_data_t data = aml();
    imr_parametric_t self;
    imr_fault_t fault;

    data.columns = columns;
    data.k = 2;
    for (int i = 0; i < 11; i++) { /* nobody with the second has an event */
        columns[2 * i] = i % 3;
        columns[2 * i + 1] = aml_event[i] ? 0 : 1;
    }
    for (int d = IMR_EXPONENTIAL; d <= IMR_GOMPERTZ; d++) {
        if (d == IMR_GENGAMMA) {
            continue; /* its shape runs away too, and is named */
        }
        CHECK(fit(&self, data, (imr_distribution_t) d, 0, &fault) == IMR_ERR_TIME_SEPARATED);
        CHECK(strcmp(fault.argument, "X column") == 0 && fault.row == 1);
        imr_parametric_free(&self);
    }
}

static void
test_a_stop_is_heard(void)
{
    imr_parametric_data_t data = aml();
    imr_stop_t stop = { .asked = harness_stop, .work = IMR_WORK_A_QUESTION };
    imr_parametric_t self;

    for (int cure = 0; cure < 2; cure++) {
        CHECK(imr_parametric_init(&self, &data, cure ? IMR_WEIBULL : IMR_GENGAMMA, cure, NULL)
            == IMR_OK);
        stop.work = IMR_WORK_A_QUESTION;
        CHECK(imr_parametric_fit(&self, &stop, NULL) == IMR_ERR_STOPPED);
        imr_parametric_free(&self);
    }
}

HARNESS_MAIN({
    RUN(test_exponential_is_events_over_time);
    RUN(test_lognormal_is_mean_and_spread);
    RUN(test_generalised_gamma_holds_the_others);
    RUN(test_resumed);
    RUN(test_a_cure_fraction_with_a_long_follow_up);
    RUN(test_no_maximum_is_said_to_be_none);
    RUN(test_separation_names_the_column);
    RUN(test_a_stop_is_heard);
})
