#include "survival/rate_regression_climb.h"

#include "../harness.h"
#include "rate_rows.h"

static void
test_the_logarithm_keeps_its_digits(void)
{
    for (int power = -400; power < 1000; power++) {
        for (double u = ldexp(1, power); u < ldexp(2, power); u *= 1.07) {
            CHECK(fabs(imr_rate_log1p(u) - log1p(u)) <= 4e-16 * log1p(u));
            if (u < 0.999) {
                CHECK(fabs(imr_rate_log1p(-u) - log1p(-u)) <= -4e-16 * log1p(-u));
            }
        }
    }
    CHECK(imr_rate_log1p(0) == 0);
}

/* By its definition, of the negative binomial distribution with mean and alpha, less its constant. */
static double
plain(double alpha, double intercept, double slope)
{
    double sum = 0;

    for (size_t i = 0; i < N; i++) {
        double y = (double) flares[i], mean = years[i] * exp(intercept + slope * arm[i]);

        sum += y * log(mean);
        if (!(alpha > 0)) {
            sum -= mean;
            continue;
        }
        sum -= (y + 1 / alpha) * log1p(alpha * mean);
        for (int64_t j = 1; j < flares[i]; j++) {
            sum += log1p((double) j * alpha);
        }
    }
    return sum;
}

static void
test_the_likelihood_is_its_definition_in_whatever_order_it_is_asked(void)
{
    imr_rate_options_t options = rate_options(IMR_RATE_NEGATIVE_BINOMIAL, IMR_RATE_WALD);
    static const double alphas[] = { 0, 0.5, 0.5, 1e-3, 0, 20, 0.5 };
    double coef[] = { 0.3, -0.6 };
    imr_rate_regression_t model;
    imr_rate_climb_t climb;

    CHECK(imr_rate_regression_fit(&model, &flare_rows, &options, NULL, NULL) == IMR_OK);
    imr_rate_climb_init(&climb, &model, model.p);
    for (int turn = 0; turn < 3; turn++, coef[1] += 0.4) {
        imr_rate_restart(&climb, coef, 1);
        for (size_t i = 0; i < 7; i++) { /* the means are asked for again, or all is */
            climb.alpha = alphas[i];
            climb.loglik = NAN;
            CHECK(imr_rate_evaluate(&climb, climb.coordinates));
            CHECK(imr_rate_is_there(&climb));
            CHECK_NEAR(climb.loglik, plain(alphas[i], coef[0], coef[1]), 1e-11);
        }
        climb.alpha = 2;
        CHECK(!imr_rate_is_there(&climb));
        climb.alpha = 0.5;
        climb.coordinates[1] += 0.1;
        CHECK(!imr_rate_is_there(&climb));
    }
    imr_rate_regression_free(&model);
}

HARNESS_MAIN({
    RUN(test_the_logarithm_keeps_its_digits);
    RUN(test_the_likelihood_is_its_definition_in_whatever_order_it_is_asked);
})
