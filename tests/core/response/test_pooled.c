#include "response/pooled.h"

#include "../harness.h"

/* tests/golden/response/meta_small_allresponders.json, metafor 3.8.1 */
static const int64_t EVENTS[] = { 8, 3, 4, 0, 12, 15, 6, 5 };
static const int64_t PATIENTS[] = { 8, 3, 4, 5, 12, 15, 7, 9 };
static const double ONES[] = { 1, 1, 1, 1, 1, 1, 1, 1 };

enum { K = 8 };

static imr_pooled_t
pooled(imr_pooled_method_t method, imr_pooled_tau2_t tau2, int nodes)
{
    imr_series_t series = { EVENTS, PATIENTS, ONES, K, 1 };
    imr_pooled_options_t options = {
        .method = method, .tau2 = tau2, .nodes = nodes, .level = 0.95
    };
    imr_pooled_t result = { .tau2 = NAN };
    double y[K], v[K], weight[K];

    CHECK(imr_pooled(&series, &options, &result, y, v, weight, NULL) == IMR_OK);
    return result;
}

static void
test_reml_agrees_with_metafor(void)
{
    imr_pooled_t result = pooled(IMR_POOLED_LOGIT, IMR_POOLED_REML, 1);

    CHECK_NEAR(result.coef[0], 1.5435957803893807, 1e-5);
    CHECK_NEAR(result.std_error[0], 0.64276127391672222, 1e-5);
    CHECK_NEAR(result.tau2, 1.6328628402782861, 1e-4);
    CHECK_NEAR(result.q, 14.667208054318772, 1e-12);
    CHECK_NEAR(result.i2, 0.52161788846054847, 1e-4);
    CHECK(result.tau2_low < result.tau2 && result.tau2 < result.tau2_high);
}

static void
test_two_estimators_are_one(void)
{
    double paule_mandel = pooled(IMR_POOLED_LOGIT, IMR_POOLED_PM, 1).tau2;

    CHECK_NEAR(pooled(IMR_POOLED_LOGIT, IMR_POOLED_EB, 1).tau2, paule_mandel, 1e-14);
}

static void
test_whole_series_count_as_one_unit_each(void)
{
    const int64_t events[] = { 5, 0, 7, 3 }, n[] = { 5, 4, 7, 3 };
    imr_series_t series = { events, n, ONES, 4, 1 };
    imr_pooled_options_t options = { .method = IMR_POOLED_GLMM, .level = 0.95 };
    imr_pooled_t result = { 0 };
    double y[4], v[4], weight[4];

    /* binom.test(3, 4) in R 4.2.2 */
    CHECK(imr_pooled(&series, &options, &result, y, v, weight, NULL) == IMR_OK);
    CHECK(isinf(result.tau2) && result.rate == 0.75 && result.mean_rate == 0.75);
    CHECK_NEAR(result.rate_low, 0.19412044968324341, 1e-12);
    CHECK_NEAR(result.rate_high, 0.99369053679029018, 1e-12);
    CHECK(result.prediction_low == 0 && result.prediction_high == 1);
    options.method = IMR_POOLED_BETA_BINOMIAL;
    CHECK(imr_pooled(&series, &options, &result, y, v, weight, NULL) == IMR_OK);
    CHECK(result.correlation == 1 && result.rate == 0.75);
    series.n = series.events = (const int64_t[]) { 5, 8, 3, 1 }; /* responders alone */
    CHECK(imr_pooled(&series, &options, &result, y, v, weight, NULL) == IMR_OK);
    CHECK(result.correlation == 0 && result.rate == 1 && result.rate_high == 1);
    CHECK_NEAR(result.rate_low, pow(0.025, 1.0 / 17), 1e-12);
    series.events = (const int64_t[]) { 1, 0, 1, 1 }; /* series of one patient tell no spread */
    series.n = (const int64_t[]) { 1, 1, 1, 1 };
    CHECK(imr_pooled(&series, &options, &result, y, v, weight, NULL) == IMR_OK);
    CHECK(result.correlation == 0 && result.rate == 0.75);
    CHECK_NEAR(result.rate_low, 0.19412044968324341, 1e-12);
}

static void
test_bad_input_is_named(void)
{
    imr_series_t series = { EVENTS, PATIENTS, ONES, K, 1 }, none = { EVENTS, PATIENTS, ONES, 0, 1 };
    imr_series_t wide = { EVENTS, PATIENTS, ONES, 4, 2 }, bad = { PATIENTS, EVENTS, ONES, K, 1 };
    int64_t zero[] = { 0 }, whole[] = { 3, 0 }, of[] = { 3, 4 };
    double slope[] = { 1, 0, 1, 1 };
    imr_series_t nobody = { zero, zero, ONES, 1, 1 }, split = { whole, of, slope, 2, 2 };
    imr_pooled_options_t options = { .method = IMR_POOLED_LOGIT, .nodes = 9, .level = 0.95 };
    imr_pooled_t result;
    imr_fault_t fault;
    double y[K], v[K], weight[K];

    CHECK(imr_pooled(&none, &options, &result, y, v, weight, &fault) == IMR_ERR_NO_ROWS);
    CHECK(imr_pooled(&wide, &options, &result, y, v, weight, &fault) == IMR_ERR_MODERATORS);
    CHECK(imr_pooled(&bad, &options, &result, y, v, weight, &fault) == IMR_ERR_EVENTS_EXCEED);
    CHECK(imr_pooled(&nobody, &options, &result, y, v, weight, &fault) == IMR_ERR_SERIES_SIZE);
    options.method = IMR_POOLED_GLMM;
    CHECK(imr_pooled(&split, &options, &result, y, v, weight, &fault) == IMR_ERR_HETEROGENEITY);
    options.nodes = 65;
    CHECK(imr_pooled(&series, &options, &result, y, v, weight, &fault) == IMR_ERR_NODES);
    options.nodes = 9;
    options.level = 1;
    CHECK(imr_pooled(&series, &options, &result, y, v, weight, &fault) == IMR_ERR_LEVEL);
}

HARNESS_MAIN({
    RUN(test_reml_agrees_with_metafor);
    RUN(test_two_estimators_are_one);
    RUN(test_whole_series_count_as_one_unit_each);
    RUN(test_bad_input_is_named);
})
