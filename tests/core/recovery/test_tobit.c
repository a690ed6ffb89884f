#include "recovery/tobit.h"

#include "../harness.h"

enum { N = 8 };

/* 0, 1, .. 7 but for three below 3, with a column that is 1 for every other row */
static void
make(double *low, double *high, double *x)
{
    for (int i = 0; i < N; i++) {
        low[i] = high[i] = i;
        x[i] = i % 2;
    }
    for (int i = 0; i < 3; i++) {
        low[i] = -INFINITY;
        high[i] = 3;
    }
}

static void
test_without_limits_it_is_least_squares(void)
{
    double y[] = { 1, 2, 4, 3, 7, 8 }, x[] = { 0, 0, 0, 1, 1, 1 }, low, high, p, sd;
    imr_tobit_t fit;

    /* means 7/3 and 6; squares about them 14/3 and 14 */
    sd = sqrt((14.0 / 3 + 14) / 6);
    CHECK(imr_tobit_fit(&fit, y, y, x, 6, 1, NULL) == IMR_OK);
    CHECK_NEAR(fit.coef[0], 7.0 / 3, 1e-10);
    CHECK_NEAR(fit.coef[1], 11.0 / 3, 1e-10);
    CHECK_NEAR(fit.sd, sd, 1e-10);
    CHECK_NEAR(fit.std_error[1], sd * sqrt(2.0 / 3), 1e-8);
    CHECK_NEAR(fit.std_error[2], sqrt(1.0 / 12), 1e-8);
    CHECK(fit.exact == 6 && fit.below == 0 && fit.above == 0 && fit.between == 0);
    /* the profile of a coefficient: n log(1 + (b - coef)^2 / (4 se^2 ..)) in closed form */
    CHECK(imr_tobit_profile(&fit, 1, 0.95, &low, &high, &p, NULL) == IMR_OK);
    CHECK_NEAR(
        high - fit.coef[1], sqrt((exp(3.841458820694124 / 6) - 1) * 6 * sd * sd / (6.0 / 4)), 1e-8);
    CHECK_NEAR(low + high, 2 * fit.coef[1], 1e-8);
    CHECK_NEAR(p, erfc(sqrt(3 * log(1 + fit.coef[1] * fit.coef[1] * 1.5 / (6 * sd * sd)))), 1e-7);
    CHECK(imr_tobit_profile(&fit, 2, 0.95, &low, &high, &p, NULL) == IMR_OK);
    CHECK(low < sd && sd < high && isnan(p));
    CHECK(imr_tobit_profile(&fit, 2, 1, &low, &high, &p, NULL) == IMR_ERR_LEVEL);
    imr_tobit_free(&fit);
    imr_tobit_free(&fit);
}

static void
test_limits_do_not_move_with_unit_and_origin(void)
{
    double low[N], high[N], x[N], a, b, c, d, p, q;
    imr_tobit_t fit, other;

    make(low, high, x);
    CHECK(imr_tobit_fit(&fit, low, high, x, N, 1, NULL) == IMR_OK);
    CHECK(imr_tobit_profile(&fit, 0, 0.9, &a, &b, &p, NULL) == IMR_OK);
    for (int i = 0; i < N; i++) {
        low[i] = 1000 + 0.01 * low[i];
        high[i] = 1000 + 0.01 * high[i];
    }
    CHECK(imr_tobit_fit(&other, low, high, x, N, 1, NULL) == IMR_OK);
    CHECK(imr_tobit_profile(&other, 0, 0.9, &c, &d, &q, NULL) == IMR_OK);
    CHECK_NEAR(other.coef[1], 0.01 * fit.coef[1], 1e-7);
    CHECK_NEAR(c, 1000 + 0.01 * a, 1e-12);
    CHECK_NEAR(d, 1000 + 0.01 * b, 1e-12);
    CHECK_NEAR(other.loglik, fit.loglik + 5 * log(100), 1e-9);
    imr_tobit_free(&fit);
    imr_tobit_free(&other);
}

static int
fit_of(double *low, double *high, double *x, size_t k, imr_fault_t *fault)
{
    imr_tobit_t fit;
    int ret = imr_tobit_fit(&fit, low, high, x, N, k, fault);

    imr_tobit_free(&fit);
    return ret;
}

static void
test_bad_input_is_named(void)
{
    double low[N], high[N], x[2 * N];
    imr_tobit_t fit;
    imr_fault_t fault;

    make(low, high, x);
    CHECK(imr_tobit_fit(&fit, low, high, x, 0, 1, &fault) == IMR_ERR_NO_ROWS);
    low[5] = NAN;
    CHECK(fit_of(low, high, x, 1, &fault) == IMR_ERR_NONFINITE && fault.row == 5);
    low[5] = 6;
    CHECK(fit_of(low, high, x, 1, &fault) == IMR_ERR_LIMITS_CROSSED && fault.row == 5);
    low[5] = -INFINITY;
    high[5] = INFINITY;
    CHECK(fit_of(low, high, x, 1, &fault) == IMR_ERR_LIMITS_OPEN && fault.row == 5);
    low[5] = INFINITY;
    CHECK(fit_of(low, high, x, 1, &fault) == IMR_ERR_LIMIT_RANGE && fault.row == 5);
    low[5] = -INFINITY;
    high[5] = -1e200;
    CHECK(fit_of(low, high, x, 1, &fault) == IMR_ERR_LIMIT_RANGE && fault.row == 5);
    low[5] = 5;
    high[5] = 5 + 1e-9;
    CHECK(fit_of(low, high, x, 1, &fault) == IMR_ERR_LIMITS_NARROW && fault.row == 5);
    make(low, high, x);
    x[2] = NAN;
    CHECK(fit_of(low, high, x, 1, &fault) == IMR_ERR_NONFINITE && fault.row == 2);
    x[2] = 1e200;
    CHECK(fit_of(low, high, x, 1, &fault) == IMR_ERR_COVARIATE_RANGE && fault.row == 2);
    for (int i = 0; i < N; i++) {
        x[2 * i] = i;
        x[2 * i + 1] = 1 - 2 * i;
    }
    CHECK(fit_of(low, high, x, 2, &fault) == IMR_ERR_COLLINEAR && fault.row == 1);
}

static void
test_a_likelihood_without_a_maximum_is_named(void)
{
    double low[N], high[N], x[N];
    imr_tobit_t fit;
    imr_fault_t fault;

    make(low, high, x);
    for (int i = 0; i < N; i++) { /* all that are below a limit, and no other, have 1 */
        x[i] = i < 3;
    }
    CHECK(fit_of(low, high, x, 1, &fault) == IMR_ERR_TOBIT_INFINITE && fault.row == 0);
    for (int i = 0; i < N; i++) {
        low[i] = -INFINITY;
    }
    CHECK(fit_of(low, high, x, 0, &fault) == IMR_ERR_NOTHING_DETECTED);
    for (int i = 0; i < N; i++) { /* a detected value, below all limits */
        low[i] = i == 0 ? 1 : -INFINITY;
        high[i] = 1 + i;
    }
    CHECK(fit_of(low, high, x, 0, &fault) == IMR_ERR_TOBIT_PERFECT);
    for (int i = 0; i < N;
        i++) { /* intervals that meet at 0: the likelihood rises as sd falls to 0 */
        low[i] = i % 3 == 0 ? -INFINITY : 0;
        high[i] = i % 3 == 0 ? 0 : 4 + i;
    }
    CHECK(fit_of(low, high, x, 0, &fault) == IMR_ERR_TOBIT_PERFECT);
    low[0] = -INFINITY; /* two that meet: the slope is soon too small to see */
    high[0] = low[1] = -5.125;
    high[1] = -0.625;
    CHECK(imr_tobit_fit(&fit, low, high, NULL, 2, 0, &fault) == IMR_ERR_TOBIT_PERFECT);
    for (int i = 0; i < N; i++) {
        low[i] = high[i] = 1;
    }
    CHECK(fit_of(low, high, x, 0, &fault) == IMR_ERR_TOBIT_PERFECT);
    for (int i = 0; i < N; i++) { /* on a line */
        x[i] = i;
        low[i] = high[i] = 1 + 2 * i;
    }
    CHECK(fit_of(low, high, x, 1, &fault) == IMR_ERR_TOBIT_PERFECT);
}

static void
test_every_allocation_may_fail(void)
{
    double low[N], high[N], x[N];
    imr_tobit_t fit;

    make(low, high, x);
    FAIL_EACH_ALLOCATION(
        imr_tobit_fit(&fit, low, high, x, N, 1, NULL), IMR_ERR_NOMEM, imr_tobit_free(&fit));
}

HARNESS_MAIN({
    RUN(test_without_limits_it_is_least_squares);
    RUN(test_limits_do_not_move_with_unit_and_origin);
    RUN(test_bad_input_is_named);
    RUN(test_a_likelihood_without_a_maximum_is_named);
    RUN(test_every_allocation_may_fail);
})
