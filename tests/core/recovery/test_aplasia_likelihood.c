#include "recovery/aplasia_likelihood.h"

#include "aplasia_rows.h"

static double
value_at(const imr_aplasia_likelihood_t *l, double mu, double sigma)
{
    double v[] = { (mu - l->centre) / sigma, 1 / sigma };

    return imr_aplasia_loglik(l, v, NULL, NULL);
}

/* Of an exponential duration the average over the onset is a closed form. */
static void
test_the_likelihood_of_an_exponential_duration(void)
{
    imr_aplasia_rows_t rows;
    imr_aplasia_likelihood_t l;
    double rate = exp(-4.5);
    static const double LEAST[] = { 0, 5, 81 };

    for (int i = 0; i < 3; i++) {
        put(0, 0, 10, 10 + LEAST[i], 38 + LEAST[i]);
        begin(&rows, 1, 0);
        CHECK(imr_aplasia_likelihood_init(&l, &rows, IMR_APLASIA_WEIBULL, NULL) == IMR_OK);
        CHECK_NEAR(value_at(&l, 4.5, 1),
            log(exp(-rate * LEAST[i]) * (1 - exp(-10 * rate)) / (10 * rate)
                * (1 - exp(-28 * rate))),
            1e-12);
        imr_aplasia_likelihood_free(&l);
        imr_aplasia_rows_free(&rows);
    }
}

/* A wide onset, down to a duration of 0, and a small sigma: against ten thousand onsets. */
static void
test_the_rule_is_exact_enough(void)
{
    static const double LEAST[] = { 0, 0.5, 10, 84 }, SIGMA[] = { 0.05, 0.1, 0.5, 2 };
    static const double ERROR[] = { 2e-4, 1e-7, 1e-7, 1e-7 }; /* the sum's own: 1e-8 */

    for (int i = 0; i < 16; i++) {
        double least = LEAST[i / 4], sigma = SIGMA[i % 4], sum = 0;
        int parts = 10000;
        imr_aplasia_rows_t rows;
        imr_aplasia_likelihood_t l;

        put(0, 0, 30, 30 + least, 50 + least);
        begin(&rows, 1, 0);
        CHECK(imr_aplasia_likelihood_init(&l, &rows, IMR_APLASIA_LOGNORMAL, NULL) == IMR_OK);
        for (int k = 0; k < parts; k++) {
            double t = least + 30 * (k + 0.5) / parts, mu = log(least + 25);
            imr_aplasia_w_t w = imr_aplasia_w(IMR_APLASIA_LOGNORMAL, 1 / sigma);

            sum += imr_aplasia_point(&w, (log(t + 20) - mu) / sigma).lower
                - imr_aplasia_point(&w, (log(t) - mu) / sigma).lower;
        }
        CHECK(fabs(exp(value_at(&l, log(least + 25), sigma)) - sum / parts) < ERROR[i % 4]);
        imr_aplasia_likelihood_free(&l);
        imr_aplasia_rows_free(&rows);
    }
}

static void
test_derivatives_are_differences(void)
{
    imr_aplasia_rows_t rows;
    imr_aplasia_likelihood_t l;
    double h = 1e-5;

    begin(&rows, mixed(), 1);
    for (int k = 0; k < 3; k++) {
        double v[] = { -0.9, 2.4, 0.3 }, gradient[3], hessian[9];

        CHECK(
            imr_aplasia_likelihood_init(&l, &rows, (imr_aplasia_distribution_t) k, NULL) == IMR_OK);
        l.offset[1] = 0.1;
        CHECK_NEAR(imr_aplasia_loglik(&l, v, gradient, hessian),
            imr_aplasia_loglik(&l, v, NULL, NULL), 1e-15);
        for (int j = 0; j < 3; j++) {
            double low[3], high[3], gradient_low[3], gradient_high[3], scratch[9];
            double value_low, value_high;

            memcpy(low, v, sizeof(v));
            memcpy(high, v, sizeof(v));
            low[j] -= h;
            high[j] += h;
            value_low = imr_aplasia_loglik(&l, low, gradient_low, scratch);
            value_high = imr_aplasia_loglik(&l, high, gradient_high, scratch);
            CHECK_NEAR((value_high - value_low) / (2 * h), gradient[j], 1e-7);
            for (int i = 0; i < 3; i++) {
                CHECK_NEAR(
                    (gradient_high[i] - gradient_low[i]) / (2 * h), hessian[i * 3 + j], 1e-6);
            }
        }
        imr_aplasia_likelihood_free(&l);
    }
    imr_aplasia_rows_free(&rows);
}

static void
test_a_climb_ends_where_no_free_derivative_is_left(void)
{
    imr_aplasia_rows_t rows;
    imr_aplasia_likelihood_t l;

    begin(&rows, mixed(), 1);
    for (int k = 0; k < 3; k++) {
        double v[3] = { 0, 1, 0 }, gradient[3], hessian[9], score;
        uint8_t frozen[3] = { 0 };
        imr_aplasia_route_t route = { frozen, NULL, 1e-17, NULL };
        int at_bound;

        CHECK(
            imr_aplasia_likelihood_init(&l, &rows, (imr_aplasia_distribution_t) k, NULL) == IMR_OK);
        imr_aplasia_climb(&l, &route, v, &score, &at_bound);
        CHECK(score < 1e-10 && at_bound == 0);
        frozen[IMR_APLASIA_THETA] = 1;
        v[IMR_APLASIA_THETA] = 1;
        imr_aplasia_climb(&l, &route, v, &score, &at_bound);
        imr_aplasia_loglik(&l, v, gradient, hessian);
        CHECK(v[IMR_APLASIA_THETA] == 1 && fabs(gradient[0]) < 1e-9 && fabs(gradient[2]) < 1e-9);
        CHECK(fabs(gradient[1]) > 0.1);
        imr_aplasia_likelihood_free(&l);
    }
    imr_aplasia_rows_free(&rows);
}

/* Two intervals that meet: the log-likelihood rises for ever as sigma falls. */
static void
test_a_climb_ends_at_the_bound(void)
{
    imr_aplasia_rows_t rows;
    imr_aplasia_likelihood_t l;
    double v[2] = { 0, 1 }, score;
    uint8_t frozen[2] = { 0 };
    imr_aplasia_route_t route = { frozen, NULL, 1e-17, NULL };
    int at_bound;

    put(0, 0, 0, 84, 112);
    put(1, 0, 0, 112, 140);
    begin(&rows, 2, 0);
    CHECK(imr_aplasia_likelihood_init(&l, &rows, IMR_APLASIA_LOGNORMAL, NULL) == IMR_OK);
    CHECK_NEAR(imr_aplasia_climb(&l, &route, v, &score, &at_bound), 2 * log(0.5), 1e-4);
    CHECK(at_bound == 1 && score < 1e-10);
    CHECK_NEAR(v[IMR_APLASIA_THETA], 1 / IMR_APLASIA_LEAST_SIGMA, 1e-15);
    imr_aplasia_likelihood_free(&l);
    imr_aplasia_rows_free(&rows);
}

static void
test_no_allocation_is_taken_for_granted(void)
{
    imr_aplasia_rows_t rows;
    imr_aplasia_likelihood_t l;

    begin(&rows, mixed(), 0);
    FAIL_EACH_ALLOCATION(imr_aplasia_likelihood_init(&l, &rows, IMR_APLASIA_WEIBULL, NULL),
        IMR_ERR_NOMEM, imr_aplasia_likelihood_free(&l));
    imr_aplasia_rows_free(&rows);
}

HARNESS_MAIN({
    RUN(test_the_likelihood_of_an_exponential_duration);
    RUN(test_the_rule_is_exact_enough);
    RUN(test_derivatives_are_differences);
    RUN(test_a_climb_ends_where_no_free_derivative_is_left);
    RUN(test_a_climb_ends_at_the_bound);
    RUN(test_no_allocation_is_taken_for_granted);
})
