#include "response/pooled_likelihood.h"

#include "../harness.h"

static const int64_t EVENTS[] = { 8, 3, 4, 0, 12, 15, 6, 5 };
static const int64_t PATIENTS[] = { 8, 3, 4, 5, 12, 15, 7, 9 };
static const double ONES[] = { 1, 1, 1, 1, 1, 1, 1, 1 };

static imr_pooled_t
fit(const int64_t *events, const int64_t *n, size_t k, imr_pooled_method_t method, int nodes)
{
    imr_series_t series = { events, n, ONES, k, 1 };
    imr_pooled_options_t options = { .method = method, .nodes = nodes, .level = 0.95 };
    imr_pooled_t result = { 0 };

    CHECK(imr_pooled_likelihood(&series, &options, &result, NULL) == IMR_OK);
    return result;
}

static void
test_the_mixed_model_agrees_with_glmer(void)
{
    /* tests/golden/response/meta_small_allresponders.json: rma.glmm, lme4 with 7 nodes */
    imr_pooled_t result = fit(EVENTS, PATIENTS, 8, IMR_POOLED_GLMM, 7);

    /* glmer stops 0.1% from the peak, 1.4e-6 below it: see tests/api/response/test_pooled.py */
    CHECK_NEAR(result.coef[0], 3.6710681561528586, 1e-3);
    CHECK_NEAR(sqrt(result.covariance[0]), 2.0659819683889542, 1e-2);
    CHECK_NEAR(result.tau2, 16.281325928144515, 2e-3);
    CHECK(result.loglik > -17.52660929730360); /* of our likelihood at glmer's answer */
}

static void
test_equal_series_have_no_heterogeneity(void)
{
    const int64_t events[] = { 4, 4, 4 }, n[] = { 8, 8, 8 };
    imr_pooled_t mixed = fit(events, n, 3, IMR_POOLED_GLMM, 9);
    imr_pooled_t beta = fit(events, n, 3, IMR_POOLED_BETA_BINOMIAL, 9);

    CHECK(fabs(mixed.coef[0]) < 1e-9 && mixed.tau2 == 0);
    CHECK(fabs(beta.coef[0]) < 1e-9 && beta.correlation == 0);
    CHECK_NEAR(mixed.covariance[0], 1.0 / 6, 1e-5); /* 1 / (24 / 4) */
    CHECK_NEAR(beta.loglik, 24 * log(0.5), 1e-12);
}

HARNESS_MAIN({
    RUN(test_the_mixed_model_agrees_with_glmer);
    RUN(test_equal_series_have_no_heterogeneity);
})
