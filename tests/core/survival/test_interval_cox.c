#include "survival/interval_cox.h"

#include "interval_cox_data.h"

static const imr_interval_cox_options_t PROFILE = { IMR_INTERVAL_COX_PROFILE, 0.95, 1 };
static const imr_interval_cox_options_t WALD = { IMR_INTERVAL_COX_WALD, 0.9, 1 };

static int
fit_of(const double *left, const double *right, const double *x, size_t n, size_t p,
    imr_interval_cox_t *self, imr_fault_t *fault)
{
    imr_interval_cox_data_t data = { .n = n, .p = p, .left = left, .right = right, .x = x };

    return imr_interval_cox_fit(self, &data, &PROFILE, NULL, fault);
}

/* With one visit the two shares are free, so that the fit is exact. */
static void
test_one_visit_in_closed_form(void)
{
    imr_interval_cox_data_t data = eight();
    imr_interval_cox_t fit;

    CHECK(imr_interval_cox_fit(&fit, &data, &PROFILE, NULL, NULL) == IMR_OK);
    CHECK_NEAR(fit.coef[0], log(log(0.5) / log(0.75)), 1e-12);
    CHECK_NEAR(fit.hazard_ratio[0], log(0.5) / log(0.75), 1e-12);
    CHECK_NEAR(fit.loglik, log(0.25) + 3 * log(0.75) + 4 * log(0.5), 1e-14);
    CHECK_NEAR(fit.loglik_null, 3 * log(3.0 / 8) + 5 * log(5.0 / 8), 1e-14);
    CHECK_NEAR(fit.ratio_statistic, 2 * (fit.loglik - fit.loglik_null), 1e-13);
    CHECK(fit.pvalue[0] == fit.ratio_pvalue && fit.events == 3 && fit.n_support == 2);
    CHECK(fit.low[0] < 0 && fit.high[0] > fit.coef[0] && fit.monotone == -1);
    CHECK(fit.score_norm < 1e-12 && fit.kkt_gap < 1e-12);
    CHECK_NEAR(fit.cumulative_hazard[0], -log(0.75) * exp(0.5 * fit.coef[0]),
        1e-12); /* at the mean of x */
    CHECK(isinf(fit.cumulative_hazard[1]) && fit.left[1] == 28 && isinf(fit.right[1]));
    imr_interval_cox_free(&fit);
    imr_interval_cox_free(&fit);
}

/* Twice the profile of one visit falls by 1 in the mean at a standard error, by the quantile at a limit. */
static double
profile_of_eight(double coef)
{
    double low = -40, high = 10;

    for (int i = 0; i < 200; i++) { /* the derivative in the logarithm of the hazard falls */
        double middle = 0.5 * (low + high), h = exp(middle), g = h * exp(coef);

        *(h / expm1(h) - 3 * h + 2 * g / expm1(g) - 2 * g > 0 ? &low : &high) = middle;
    }
    high = exp(low);
    low = high * exp(coef);
    return log(-expm1(-high)) - 3 * high + 2 * log(-expm1(-low)) - 2 * low;
}

static void
test_limits_and_standard_error_of_one_visit(void)
{
    imr_interval_cox_data_t data = eight();
    imr_interval_cox_t fit;
    double coef, se;

    CHECK(imr_interval_cox_fit(&fit, &data, &PROFILE, NULL, NULL) == IMR_OK);
    coef = fit.coef[0];
    se = fit.std_error[0];
    CHECK_NEAR(profile_of_eight(coef), fit.loglik, 1e-12);
    CHECK_NEAR(2 * (fit.loglik - profile_of_eight(fit.low[0])), 3.841458820694124, 1e-9);
    CHECK_NEAR(2 * (fit.loglik - profile_of_eight(fit.high[0])), 3.841458820694124, 1e-9);
    CHECK_NEAR(2 * fit.loglik - profile_of_eight(coef - se) - profile_of_eight(coef + se), 1, 1e-9);
    CHECK_NEAR(fit.z[0], coef / se, 1e-14);
    imr_interval_cox_free(&fit);
    CHECK(imr_interval_cox_fit(&fit, &data, &WALD, NULL, NULL) == IMR_OK);
    CHECK_NEAR(fit.high[0] - fit.coef[0], 1.6448536269514722 * se, 1e-12);
    CHECK_NEAR(fit.pvalue[0], erfc(coef / se / sqrt(2)), 1e-12);
    imr_interval_cox_free(&fit);
}

/* x = 1 comes by day 1, x = 0 not: (1 - exp(-r h)) exp(-h) is largest at h = log(1 + r) / r. */
static void
test_monotone_likelihood_has_one_limit(void)
{
    const double left[] = { 0, 1 }, right[] = { 1, INFINITY }, x[] = { 1, 0 }, minus[] = { -1, 0 };
    imr_interval_cox_t fit;
    imr_fault_t fault;
    double r;

    CHECK(fit_of(left, right, x, 2, 1, &fit, &fault) == IMR_ERR_INTERVAL_COX_MONOTONE);
    CHECK(strcmp(fault.argument, "X column") == 0 && fault.row == 0);
    CHECK(fit.monotone == 0 && fit.monotone_sign == 1 && fit.block == NULL);
    r = exp(fit.monotone_limit);
    CHECK_NEAR(-2 * (log(r / (1 + r)) - log1p(r) / r), 3.841458820694124, 1e-6);
    CHECK(fit_of(left, right, minus, 2, 1, &fit, NULL) == IMR_ERR_INTERVAL_COX_MONOTONE);
    CHECK_NEAR(fit.monotone_limit, -log(r), 1e-6);
    CHECK(fit.monotone_sign == -1);
}

/* The two columns can make up for each other, so that neither has a limit. */
static void
test_monotone_likelihood_without_a_limit(void)
{
    const double left[] = { 0, 1, 1 }, right[] = { 1, INFINITY, INFINITY };
    const double x[] = { 2, 3, 1, 2, 0, 0 };
    imr_interval_cox_t fit;

    CHECK(fit_of(left, right, x, 3, 2, &fit, NULL) == IMR_ERR_INTERVAL_COX_MONOTONE);
    CHECK(isinf(fit.monotone_limit));
}

static void
test_what_has_no_answer_is_named(void)
{
    const double left[] = { 0, 1, 2 }, right[] = { 3, 4, 5 },
                 open[] = { INFINITY, INFINITY, INFINITY };
    const double apart_right[] = { 1, 2, INFINITY };
    const double x[] = { 0, 1, 1 }, same[] = { 1, 1, 1 }, two[] = { 0, 1, 1, 0, 3, -2 };
    const double bad[] = { 0, NAN, 1 }, far[] = { 0, 1, 1e101 };
    imr_interval_cox_data_t data = eight(), apart_data = apart();
    imr_interval_cox_options_t level = { IMR_INTERVAL_COX_PROFILE, 1, 1 };
    imr_interval_cox_t fit;
    imr_fault_t fault;

    CHECK(fit_of(left, right, x, 3, 1, &fit, &fault) == IMR_ERR_INTERVAL_COX_ORDER);
    CHECK(strcmp(fault.argument, "right") == 0);
    CHECK(fit_of(left, open, x, 3, 1, &fit, &fault) == IMR_ERR_COX_NO_EVENT);
    CHECK(fit_of(left, right, x, 1, 1, &fit, &fault) == IMR_ERR_INTERVAL_COX_COLLINEAR);
    CHECK(fit_of(left, right, x, 0, 1, &fit, &fault) == IMR_ERR_NO_ROWS);
    CHECK(fit_of(left, right, x, 3, 0, &fit, &fault) == IMR_ERR_NO_COLUMN);
    CHECK(fit_of(right, left, x, 3, 1, &fit, &fault) == IMR_ERR_LEFT_AFTER_RIGHT);
    CHECK(fit_of(left, apart_right, same, 3, 1, &fit, &fault) == IMR_ERR_INTERVAL_COX_COLLINEAR);
    CHECK(fit_of(left, apart_right, two, 3, 2, &fit, &fault) == IMR_ERR_INTERVAL_COX_COLLINEAR);
    CHECK(fault.row == 1);
    CHECK(fit_of(left, apart_right, bad, 3, 1, &fit, &fault) == IMR_ERR_NONFINITE);
    CHECK(strcmp(fault.argument, "X") == 0 && fault.row == 1);
    CHECK(fit_of(left, apart_right, far, 3, 1, &fit, &fault) == IMR_ERR_COX_RANGE);
    CHECK(imr_interval_cox_fit(&fit, &apart_data, &PROFILE, NULL, &fault)
        == IMR_ERR_INTERVAL_COX_RANGE);
    CHECK(strcmp(fault.argument, "X column") == 0 && fault.row == 0);
    CHECK(imr_interval_cox_fit(&fit, &data, &level, NULL, &fault) == IMR_ERR_LEVEL);
}

static void
test_scales_and_shifts_of_covariates(void)
{
    double left[MANY], right[MANY], x[2 * MANY];
    imr_interval_cox_data_t data = many(left, right, x);
    imr_interval_cox_t fit, moved;

    CHECK(imr_interval_cox_fit(&fit, &data, &PROFILE, NULL, NULL) == IMR_OK);
    for (size_t i = 0; i < MANY; i++) {
        x[2 * i] = 1000 - 100 * x[2 * i];
    }
    CHECK(imr_interval_cox_fit(&moved, &data, &PROFILE, NULL, NULL) == IMR_OK);
    CHECK_NEAR(moved.loglik, fit.loglik, 1e-13);
    CHECK_NEAR(moved.coef[0], -fit.coef[0] / 100, 1e-8);
    CHECK_NEAR(moved.low[0], -fit.high[0] / 100, 1e-8);
    CHECK_NEAR(moved.std_error[0], fit.std_error[0] / 100, 1e-8);
    CHECK_NEAR(moved.high[1], fit.high[1], 1e-8);
    CHECK_NEAR(moved.pvalue[1], fit.pvalue[1], 1e-8);
    imr_interval_cox_free(&fit);
    imr_interval_cox_free(&moved);
}

static void
test_curves(void)
{
    const double coef[] = { log(2), 0 }, center[] = { 1, 5 }, hazard[] = { 0, 0.5, INFINITY };
    const double x[] = { 1, 9, 2, 5, 1e6, 0, -1e6, 0 }, bad[] = { 1, NAN }, far[] = { 1, 1e200 };
    double survival[12];
    imr_fault_t fault;

    CHECK(imr_interval_cox_survival(coef, center, 2, hazard, 3, x, 4, survival, NULL) == IMR_OK);
    CHECK(survival[0] == 1 && survival[2] == 0);
    CHECK_NEAR(survival[1], exp(-0.5), 1e-15);
    CHECK_NEAR(survival[4], exp(-1), 1e-15);
    CHECK(survival[6] == 1 && survival[7] == 0 && survival[8] == 0);
    CHECK(survival[9] == 1 && survival[10] == 1 && survival[11] == 0);
    CHECK(imr_interval_cox_survival(coef, center, 2, hazard, 3, bad, 1, survival, &fault)
        == IMR_ERR_NONFINITE);
    CHECK(imr_interval_cox_survival(coef, center, 2, hazard, 3, far, 1, survival, &fault)
        == IMR_ERR_COX_RANGE);
}

static void
test_a_stop_is_heard(void)
{
    double left[MANY], right[MANY], x[2 * MANY];
    imr_interval_cox_data_t data = many(left, right, x);
    imr_interval_cox_t fit;

    for (double work = 0; work < 9e6; work += 1e6) {
        imr_stop_t stop = { harness_stop, NULL, IMR_WORK_A_QUESTION - work };
        int status = imr_interval_cox_fit(&fit, &data, &PROFILE, &stop, NULL);

        CHECK(status == IMR_ERR_STOPPED || status == IMR_OK);
        CHECK(work > 1e6 || status == IMR_ERR_STOPPED);
        imr_interval_cox_free(&fit);
    }
}

static void
test_memory_running_out(void)
{
    const double left[] = { 0, 1, 1, 2 }, right[] = { 1, INFINITY, 2, INFINITY };
    const double x[] = { 1, 0, 1, 0 };
    imr_interval_cox_data_t data = eight();
    imr_interval_cox_data_t monotone = { .n = 4, .p = 1, .left = left, .right = right, .x = x };
    imr_interval_cox_t fit;

    FAIL_EACH_ALLOCATION(imr_interval_cox_fit(&fit, &data, &PROFILE, NULL, NULL), IMR_ERR_NOMEM,
        imr_interval_cox_free(&fit));
    FAIL_EACH_ALLOCATION(imr_interval_cox_fit(&fit, &monotone, &PROFILE, NULL, NULL), IMR_ERR_NOMEM,
        imr_interval_cox_free(&fit));
}

HARNESS_MAIN(RUN(test_one_visit_in_closed_form); RUN(test_limits_and_standard_error_of_one_visit);
    RUN(test_monotone_likelihood_has_one_limit); RUN(test_monotone_likelihood_without_a_limit);
    RUN(test_what_has_no_answer_is_named); RUN(test_scales_and_shifts_of_covariates);
    RUN(test_curves); RUN(test_a_stop_is_heard); RUN(test_memory_running_out);)
