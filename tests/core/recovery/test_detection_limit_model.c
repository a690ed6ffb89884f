#include "recovery/detection_limit_model.h"

#include "../harness.h"
#include "detection_rows.h"

/* tests/golden/recovery/detection_limit.json, survreg and optim of R 4.2.2 */
static const double VALUE[] = { 0.5, 1, 1, 2.4, 3.1, 5, 5, 6.2, 9.7, 14.8, 22, 35, 80, 100, 100 };
static const uint8_t BELOW[] = { 1, 1, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0 };
static const uint8_t ABOVE[] = { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1 };
static const double P[] = { 0.5 };

enum { N = 15 };

static int
fit(imr_detection_limit_t *answer, const double *value, const uint8_t *below, const uint8_t *above,
    size_t n, imr_detection_distribution_t distribution)
{
    imr_detection_rows_t rows = detection_rows(value, below, above, n, distribution);
    imr_detection_options_t options = { .distribution = distribution, .level = 0.95 };
    int ret = imr_detection_limit(answer, &rows, &options, P, 1, NULL);

    imr_detection_rows_free(&rows);
    return ret;
}

static void
test_agrees_with_r(void)
{
    imr_detection_limit_t a;

    CHECK(fit(&a, VALUE, BELOW, ABOVE, N, IMR_DETECTION_LOGNORMAL) == IMR_OK);
    CHECK_NEAR(a.parameter[0], 1.8608932519554, 1e-9);
    CHECK_NEAR(a.parameter[1], 2.54491101217838, 1e-9);
    CHECK_NEAR(a.loglik, -48.5970930635551, 1e-13);
    CHECK_NEAR(a.quantile[0].left, exp(1.8608932519554), 1e-8);
    CHECK(a.score_norm < 1e-8);
    imr_detection_limit_free(&a);
    CHECK(fit(&a, VALUE, BELOW, ABOVE, N, IMR_DETECTION_GAMMA) == IMR_OK);
    CHECK_NEAR(a.mean.left, 37.9322769059759, 1e-5); /* optim's own tolerance */
    CHECK_NEAR(a.parameter[0], 0.292008726780618, 1e-5);
    CHECK_NEAR(a.loglik, -48.7739860116516, 1e-13);
    CHECK(a.score_norm < 1e-8);
    imr_detection_limit_free(&a);
}

static void
test_without_limits_the_mean_has_students_limits(void)
{
    const double y[] = { 1, 2, 4, 8, 5 };
    const double mean = 4, t = 2.7764451051977934; /* R: qt(0.975, 4) */
    const double sd = sqrt((9 + 4 + 0 + 16 + 1) / 4.0);
    imr_detection_limit_t a;

    CHECK(fit(&a, y, NULL, NULL, 5, IMR_DETECTION_NORMAL) == IMR_OK);
    CHECK_NEAR(a.mean.left, mean, 1e-10);
    CHECK_NEAR(a.mean.low, mean - t * sd / sqrt(5), 1e-8);
    CHECK_NEAR(a.mean.high, mean + t * sd / sqrt(5), 1e-8);
    CHECK_NEAR(a.sd.left, sd * sqrt(0.8), 1e-10);
    CHECK(a.sd.low < a.sd.left && a.sd.left < a.sd.high);
    imr_detection_limit_free(&a);
}

static void
test_no_maximum_is_named(void)
{
    const double value[] = { 3, 5, 7 };
    const uint8_t all[] = { 1, 1, 1 }, two[] = { 0, 1, 1 }, last[] = { 1, 1, 0 };
    imr_detection_limit_t a;

    for (int d = 0; d < 3; d++) {
        imr_detection_distribution_t distribution = (imr_detection_distribution_t) d;

        CHECK(fit(&a, value, all, NULL, 3, distribution) == IMR_ERR_NOTHING_DETECTED);
        CHECK(fit(&a, value, two, NULL, 3, distribution) == IMR_ERR_TOBIT_PERFECT);
        CHECK(fit(&a, value, NULL, NULL, 1, distribution) == IMR_ERR_TOBIT_PERFECT);
        /* one detected value above the limits of the others is enough */
        CHECK(fit(&a, value, last, NULL, 3, distribution) == IMR_OK);
        CHECK(a.mean.low < a.mean.left && a.mean.left < a.mean.high);
        imr_detection_limit_free(&a);
    }
}

/* found by fuzzing: where the climb began, the chance of more than 1792 was below the smallest double */
static void
test_a_gamma_fit_begins_where_the_likelihood_is_positive(void)
{
    const double value[] = { 1792, 1792, 1792, 1792, 0.0546875, 0.0234375, 0.1875 };
    const uint8_t below[] = { 1, 1, 1, 0, 1, 1, 0 }, above[] = { 0, 0, 0, 1, 0, 0, 0 };
    imr_detection_limit_t a;

    CHECK(fit(&a, value, below, above, 7, IMR_DETECTION_GAMMA) == IMR_OK);
    CHECK(a.score_norm < 1e-6 && a.mean.low < a.mean.left);
    imr_detection_limit_free(&a);
}

/* The likelihood equations: the mean is that of the values, and log k - psi(k) is the log of their mean less
 * the mean of their logs. */
static void
test_values_that_differ_little_have_a_gamma_fit(void)
{
    for (double spread = 0.1; spread > 1e-3; spread *= 0.8) {
        const double y[] = { 1 + spread, 1 - spread, 1 + spread, 1 - spread };
        double wanted = -0.5 * log1p(-spread * spread), k;
        imr_detection_limit_t a;

        CHECK(fit(&a, y, NULL, NULL, 4, IMR_DETECTION_GAMMA) == IMR_OK);
        k = a.parameter[0];
        CHECK_NEAR(a.mean.left, 1, 1e-8);
        CHECK_NEAR((1 / (2 * k) + 1 / (12 * k * k) - pow(k, -4) / 120) / wanted, 1, 1e-6);
        imr_detection_limit_free(&a);
    }
}

static void
test_every_allocation_may_fail(void)
{
    imr_detection_rows_t rows = detection_rows(VALUE, BELOW, ABOVE, N, IMR_DETECTION_LOGNORMAL);
    imr_detection_options_t options = { .level = 0.95 };
    imr_detection_limit_t answer = { 0 };

    FAIL_EACH_ALLOCATION(
        imr_detection_model(&answer, &rows, &options, NULL, 0, NULL), IMR_ERR_NOMEM, (void) 0);
    imr_detection_rows_free(&rows);
}

HARNESS_MAIN({
    RUN(test_agrees_with_r);
    RUN(test_without_limits_the_mean_has_students_limits);
    RUN(test_no_maximum_is_named);
    RUN(test_a_gamma_fit_begins_where_the_likelihood_is_positive);
    RUN(test_values_that_differ_little_have_a_gamma_fit);
    RUN(test_every_allocation_may_fail);
})
