#include "survival/incidence_posterior.h"

#include "../harness.h"

static void
test_the_posterior_of_no_event_under_an_exponential_prior_is_exponential(void)
{
    double prior_shape = 1, prior_rate = 2, exposure = 8, against = 0.3, probability[4];
    double shape, rate, mean, median, low, high, above;
    imr_gamma_rows_t prior = { &prior_shape, &prior_rate, 0, 0 };
    imr_gamma_rows_t posterior = { &shape, &rate, 0, 0 };
    int64_t events = 0;

    CHECK(imr_incidence_posterior(
              &events, 0, &exposure, 0, &prior, 0, 1, &shape, &rate, &mean, &median, NULL)
        == IMR_OK);
    CHECK(shape == 1 && rate == 10);
    CHECK_NEAR(mean, 0.1, 1e-15);
    CHECK_NEAR(median, log(2) / 10, 1e-13);
    CHECK(imr_incidence_posterior_interval(&posterior, 0, 1, 0.9, &low, &high, NULL) == IMR_OK);
    CHECK_NEAR(low, -log(0.95) / 10, 1e-12);
    CHECK_NEAR(high, -log(0.05) / 10, 1e-12);
    CHECK(imr_incidence_posterior_above(&posterior, &against, 0, 0, 1, &above, NULL) == IMR_OK);
    CHECK_NEAR(above, exp(-3), 1e-13);
    /* a geometric count: P(y) = 1/2 (1/2)^y when the exposure to come is as long as rate */
    exposure = 10;
    CHECK(imr_incidence_posterior_predictive(&posterior, &exposure, 0, 3, 0, 1, probability, NULL)
        == IMR_OK);
    for (int y = 0; y <= 3; y++) {
        CHECK_NEAR(probability[y], ldexp(1, -1 - y), 1e-14);
    }
}

static void
test_predictive_probabilities_add_up(void)
{
    enum { MOST = 3000 };
    double shape = 400.5, rate = 7, exposure = 10, sum = 0, mean = 0;
    double *probability = malloc((MOST + 1) * sizeof(double));
    imr_gamma_rows_t posterior = { &shape, &rate, 0, 0 };

    CHECK(
        imr_incidence_posterior_predictive(&posterior, &exposure, 0, MOST, 0, 1, probability, NULL)
        == IMR_OK);
    for (int y = 0; y <= MOST; y++) {
        sum += probability[y];
        mean += y * probability[y];
    }
    CHECK_NEAR(sum, 1, 1e-11);
    CHECK_NEAR(mean, shape / rate * exposure, 1e-11);
    CHECK(imr_incidence_posterior_predictive(&posterior, &exposure, 0, 5, 0, 1, probability, NULL)
        == IMR_OK);
    CHECK_NEAR(probability[0], exp(shape * log(rate / (rate + exposure))), 1e-11);
    free(probability);
}

static void
test_bad_input_is_named(void)
{
    double prior_shape = 0, prior_rate = 0, exposure = 1, one = 1, zero = 0, out[4], bad = NAN;
    imr_gamma_rows_t prior = { &prior_shape, &prior_rate, 0, 0 };
    imr_gamma_rows_t good = { &one, &one, 0, 0 }, no_shape = { &zero, &one, 0, 0 };
    imr_gamma_rows_t no_rate = { &one, &zero, 0, 0 };
    int64_t events = 0;
    imr_fault_t fault;

    CHECK(imr_incidence_posterior(
              &events, 0, &exposure, 0, &prior, 0, 1, out, out + 1, out + 2, out + 3, &fault)
        == IMR_ERR_GAMMA_PRIOR);
    CHECK(strcmp(fault.argument, "prior shape") == 0);
    prior_shape = 0.5;
    exposure = 0;
    CHECK(imr_incidence_posterior(
              &events, 0, &exposure, 0, &prior, 0, 1, out, out + 1, out + 2, out + 3, &fault)
        == IMR_ERR_GAMMA_PRIOR);
    CHECK(strcmp(fault.argument, "prior rate") == 0);
    events = 1;
    CHECK(imr_incidence_posterior(
              &events, 0, &exposure, 0, &prior, 0, 1, out, out + 1, out + 2, out + 3, &fault)
        == IMR_ERR_NO_EXPOSURE);
    CHECK(imr_incidence_posterior_interval(&no_shape, 0, 1, 0.95, out, out, &fault)
        == IMR_ERR_NOT_POSITIVE);
    CHECK(imr_incidence_posterior_interval(&good, 0, 1, 1, out, out, &fault) == IMR_ERR_LEVEL);
    CHECK(imr_incidence_posterior_above(&no_rate, &one, 0, 0, 1, out, &fault)
        == IMR_ERR_NOT_POSITIVE);
    CHECK(imr_incidence_posterior_above(&good, &bad, 0, 0, 1, out, &fault) == IMR_ERR_NONFINITE);
    bad = -1;
    CHECK(imr_incidence_posterior_above(&good, &bad, 0, 0, 1, out, &fault) == IMR_ERR_NEGATIVE);
    CHECK(imr_incidence_posterior_predictive(&good, &one, 0, -1, 0, 1, out, &fault)
        == IMR_ERR_FUTURE_EVENTS);
    CHECK(imr_incidence_posterior_predictive(&good, &zero, 0, 1, 0, 1, out, &fault)
        == IMR_ERR_NOT_POSITIVE);
    CHECK(imr_incidence_posterior_predictive(&no_rate, &one, 0, 1, 0, 1, out, &fault)
        == IMR_ERR_NOT_POSITIVE);
}

HARNESS_MAIN({
    RUN(test_the_posterior_of_no_event_under_an_exponential_prior_is_exponential);
    RUN(test_predictive_probabilities_add_up);
    RUN(test_bad_input_is_named);
})
