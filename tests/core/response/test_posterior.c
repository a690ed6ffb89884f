#include "response/posterior.h"

#include "../harness.h"

static imr_shapes_t
shapes_of(const double *alpha, const double *beta)
{
    imr_shapes_t shapes = { alpha, 0, beta, 0 };

    return shapes;
}

static double
greater(double a, double b, double c, double d, double margin)
{
    imr_shapes_t shapes = shapes_of(&a, &b), other = shapes_of(&c, &d);
    double probability = NAN;

    CHECK(imr_posterior_greater(&shapes, &other, margin, 0, 1, &probability, NULL) == IMR_OK);
    return probability;
}

static void
test_shapes_mean_and_median(void)
{
    /* Beta(9, 1): median 0.5^(1/9) */
    int64_t events = 8, n = 8;
    double one = 1, alpha, beta, mean, median;
    imr_shapes_t prior = shapes_of(&one, &one);

    CHECK(imr_posterior(&events, 0, &n, 0, &prior, 0, 1, &alpha, &beta, &mean, &median, NULL)
        == IMR_OK);
    CHECK(alpha == 9 && beta == 1);
    CHECK_NEAR(mean, 0.9, 1e-15);
    CHECK_NEAR(median, pow(0.5, 1.0 / 9), 1e-14);
}

static void
test_intervals_in_closed_form(void)
{
    /* Beta(9, 1): P(X <= x) = x^9, rising; Beta(1, 9) is its mirror */
    double nine = 9, one = 1, low, high;
    imr_shapes_t rising = shapes_of(&nine, &one), falling = shapes_of(&one, &nine);

    CHECK(imr_posterior_interval(&rising, 0, 1, IMR_POSTERIOR_EQUAL_TAILED, 0.95, &low, &high, NULL)
        == IMR_OK);
    CHECK_NEAR(low, pow(0.025, 1.0 / 9), 1e-14);
    CHECK_NEAR(high, pow(0.975, 1.0 / 9), 1e-14);
    CHECK(imr_posterior_interval(
              &rising, 0, 1, IMR_POSTERIOR_HIGHEST_DENSITY, 0.95, &low, &high, NULL)
        == IMR_OK);
    CHECK_NEAR(low, pow(0.05, 1.0 / 9), 1e-14);
    CHECK(high == 1);
    CHECK(imr_posterior_interval(
              &falling, 0, 1, IMR_POSTERIOR_HIGHEST_DENSITY, 0.95, &low, &high, NULL)
        == IMR_OK);
    CHECK(low == 0);
    CHECK_NEAR(high, 1 - pow(0.05, 1.0 / 9), 1e-13);
}

static void
test_the_shortest_interval_of_a_symmetric_density_is_the_equal_tailed_one(void)
{
    double five = 5, low, high, low_tailed, high_tailed;
    imr_shapes_t shapes = shapes_of(&five, &five);

    CHECK(
        imr_posterior_interval(&shapes, 0, 1, IMR_POSTERIOR_HIGHEST_DENSITY, 0.9, &low, &high, NULL)
        == IMR_OK);
    CHECK(imr_posterior_interval(
              &shapes, 0, 1, IMR_POSTERIOR_EQUAL_TAILED, 0.9, &low_tailed, &high_tailed, NULL)
        == IMR_OK);
    CHECK_NEAR(low, low_tailed, 1e-12);
    CHECK_NEAR(high, high_tailed, 1e-12);
}

static void
test_without_a_peak_the_interval_is_equal_tailed(void)
{
    double half = 0.5, one = 1, low, high;
    imr_shapes_t both_ends = shapes_of(&half, &half), flat = shapes_of(&one, &one);

    CHECK(imr_posterior_interval(
              &both_ends, 0, 1, IMR_POSTERIOR_HIGHEST_DENSITY, 0.95, &low, &high, NULL)
        == IMR_OK);
    CHECK_NEAR(low, pow(sin(0.025 * acos(-1) / 2), 2), 1e-12); /* the arcsine law */
    CHECK(
        imr_posterior_interval(&flat, 0, 1, IMR_POSTERIOR_HIGHEST_DENSITY, 0.95, &low, &high, NULL)
        == IMR_OK);
    CHECK_NEAR(low, 0.025, 1e-13);
    CHECK_NEAR(high, 0.975, 1e-13);
}

static void
test_greater_in_closed_form(void)
{
    /* uniform X, Y: P(X > Y + d) = (1 - d)^2 / 2; X^(1/a) powers: P(X > Y) = a / (a + c) */
    CHECK_NEAR(greater(1, 1, 1, 1, 0), 0.5, 1e-13);
    CHECK_NEAR(greater(1, 1, 1, 1, 0.3), 0.245, 1e-13);
    CHECK_NEAR(greater(1, 1, 1, 1, -0.3), 1 - 0.245, 1e-13);
    CHECK_NEAR(greater(9, 1, 3, 1, 0), 0.75, 1e-13);
    CHECK_NEAR(greater(0.1, 1, 0.2, 1, 0), 1.0 / 3, 1e-13);
    CHECK_NEAR(greater(0.5, 3, 0.5, 3, 0), 0.5, 1e-13);
    /* X = Y = 0.9 and 0.1 of 2000: P is far below what 1 - P keeps; symmetry is exact */
    CHECK(greater(200, 1800, 1800, 200, 0) < 1e-200);
    CHECK_NEAR(greater(1800, 200, 200, 1800, 0), 1, 1e-13);
    CHECK_NEAR(greater(4e5, 6e5, 3, 7, 0.05) + greater(3, 7, 4e5, 6e5, -0.05), 1, 1e-12);
}

static void
test_predictive_by_hand(void)
{
    /* Beta(1, 1): 0..m are equally likely. Beta(2, 1), m = 2: C(2,y) B(2+y, 3-y) / B(2, 1) =
     * 1/6, 1/3, 1/2 */
    double one = 1, two = 2, probability[3];
    imr_shapes_t flat = shapes_of(&one, &one), shapes = shapes_of(&two, &one);

    CHECK(imr_posterior_predictive(&flat, 2, 0, 1, probability, NULL) == IMR_OK);
    for (int y = 0; y <= 2; y++) {
        CHECK_NEAR(probability[y], 1.0 / 3, 1e-15);
    }
    CHECK(imr_posterior_predictive(&shapes, 2, 0, 1, probability, NULL) == IMR_OK);
    for (int y = 0; y <= 2; y++) {
        CHECK_NEAR(probability[y], (y + 1) / 6.0, 1e-15);
    }
}

static void
test_success_by_hand(void)
{
    /* Beta(2, 1) and 2 more: P(rate > 1/2) of Beta(2 + y, 3 - y) is 5/16, 11/16, 15/16 */
    double one = 1, two = 2, probability;
    imr_shapes_t shapes = shapes_of(&two, &one);

    CHECK(imr_posterior_success(&shapes, 2, 0.5, 0.6, 0, 1, &probability, NULL) == IMR_OK);
    CHECK_NEAR(probability, 5.0 / 6, 1e-14);
    CHECK(imr_posterior_success(&shapes, 2, 0.5, 0.9, 0, 1, &probability, NULL) == IMR_OK);
    CHECK_NEAR(probability, 0.5, 1e-14);
    CHECK(imr_posterior_success(&shapes, 2, 0.5, 0.99, 0, 1, &probability, NULL) == IMR_OK);
    CHECK(probability == 0);
    CHECK(imr_posterior_success(&shapes, 2, 0, 0.99, 0, 1, &probability, NULL) == IMR_OK);
    CHECK(probability == 1);
}

static void
test_bad_input_is_named(void)
{
    int64_t events = 9, n = 8;
    double one = 1, none = 0, answer[4], rate = 1.5;
    imr_shapes_t good = shapes_of(&one, &one), bad = shapes_of(&one, &none);
    imr_fault_t fault;

    CHECK(imr_posterior(&events, 0, &n, 0, &good, 0, 1, &answer[0], &answer[1], &answer[2],
              &answer[3], &fault)
        == IMR_ERR_EVENTS_EXCEED);
    events = 8;
    CHECK(imr_posterior(
              &events, 0, &n, 0, &bad, 0, 1, &answer[0], &answer[1], &answer[2], &answer[3], &fault)
        == IMR_ERR_PRIOR);
    CHECK(strcmp(fault.argument, "prior beta") == 0 && fault.value == 0);
    n = INT64_MAX;
    CHECK(imr_posterior(&events, 0, &n, 0, &good, 0, 1, &answer[0], &answer[1], &answer[2],
              &answer[3], &fault)
        == IMR_ERR_COUNT);
    CHECK(imr_posterior_above(&bad, &one, 0, 0, 1, answer, &fault) == IMR_ERR_PRIOR);
    CHECK(imr_posterior_above(&good, &rate, 0, 0, 1, answer, &fault) == IMR_ERR_NULL_RATE);
    CHECK(imr_posterior_interval(
              &good, 0, 1, IMR_POSTERIOR_EQUAL_TAILED, 1, &answer[0], &answer[1], &fault)
        == IMR_ERR_LEVEL);
    CHECK(imr_posterior_greater(&good, &good, 1, 0, 1, answer, &fault) == IMR_ERR_RATE_MARGIN);
    CHECK(imr_posterior_greater(&good, &bad, 0, 0, 1, answer, &fault) == IMR_ERR_PRIOR);
    CHECK(imr_posterior_predictive(&good, -1, 0, 1, answer, &fault) == IMR_ERR_FUTURE_PATIENTS);
    CHECK(imr_posterior_success(&good, 3, 2, 0.9, 0, 1, answer, &fault) == IMR_ERR_NULL_RATE);
    CHECK(imr_posterior_success(&good, 3, 0.5, NAN, 0, 1, answer, &fault) == IMR_ERR_PROBABILITY);
}

HARNESS_MAIN({
    RUN(test_shapes_mean_and_median);
    RUN(test_intervals_in_closed_form);
    RUN(test_the_shortest_interval_of_a_symmetric_density_is_the_equal_tailed_one);
    RUN(test_without_a_peak_the_interval_is_equal_tailed);
    RUN(test_greater_in_closed_form);
    RUN(test_predictive_by_hand);
    RUN(test_success_by_hand);
    RUN(test_bad_input_is_named);
})
