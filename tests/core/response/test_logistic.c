#include "response/logistic.h"

#include "../harness.h"

enum { N = 16 };

/* 8 of 8 responded with x = 1, 2 of 8 with x = 0 */
static void
two_by_two(uint8_t *event, double *x, int of_first)
{
    for (int i = 0; i < N; i++) {
        x[i] = i < 8;
        event[i] = (uint8_t) (i < 8 ? i < of_first : i < 10);
    }
}

static void
test_a_two_by_two_table_is_its_log_odds_with_half_a_patient_more(void)
{
    uint8_t event[N];
    double x[N], low, high, p;
    imr_logistic_t fit;

    two_by_two(event, x, 8);
    CHECK(imr_logistic_fit(&fit, event, x, N, 1, IMR_LOGISTIC_FIRTH, NULL) == IMR_OK);
    CHECK_NEAR(fit.coef[0], log(2.5 / 6.5), 1e-10);
    CHECK_NEAR(fit.coef[1], log(8.5 / 0.5) - log(2.5 / 6.5), 1e-10);
    CHECK(fit.separated);
    CHECK(fit.score_norm < 1e-9);
    /* logistf 1.26.1, tests/golden/response/firth_8of8.json */
    CHECK(imr_logistic_profile(&fit, 1, 0.95, &low, &high, &p, NULL) == IMR_OK);
    CHECK_NEAR(low, 1.2092017462069506, 1e-5);
    CHECK_NEAR(high, 8.7944404570238532, 1e-5);
    CHECK_NEAR(p, 0.0019889344673563736, 1e-5);
    imr_logistic_free(&fit);
    imr_logistic_free(&fit);
}

static void
test_without_a_penalty_it_is_the_observed_log_odds(void)
{
    uint8_t event[N];
    double x[N], low, high, p;
    imr_logistic_t fit;

    two_by_two(event, x, 7);
    CHECK(imr_logistic_fit(&fit, event, x, N, 1, IMR_LOGISTIC_UNPENALIZED, NULL) == IMR_OK);
    CHECK_NEAR(fit.coef[1], log(7.0) - log(2.0 / 6), 1e-10);
    CHECK_NEAR(fit.std_error[1], sqrt(1.0 / 7 + 1 + 0.5 + 1.0 / 6), 1e-10);
    CHECK_NEAR(fit.loglik, 7 * log(7.0 / 8) + log(1.0 / 8) + 2 * log(0.25) + 6 * log(0.75), 1e-13);
    /* the test of the slope compares with one rate of 9/16 */
    CHECK(imr_logistic_profile(&fit, 1, 0.95, &low, &high, &p, NULL) == IMR_OK);
    CHECK_NEAR(p, erfc(sqrt(fit.loglik - 9 * log(9.0 / 16) - 7 * log(7.0 / 16))), 1e-8);
    CHECK(low < fit.coef[1] && fit.coef[1] < high);
    imr_logistic_free(&fit);
}

static void
test_bad_input_is_named(void)
{
    uint8_t event[N];
    double x[N], pair[2 * N], low, high, p;
    imr_logistic_t fit;
    imr_fault_t fault;

    two_by_two(event, x, 8);
    CHECK(imr_logistic_fit(&fit, event, x, N, 1, IMR_LOGISTIC_UNPENALIZED, &fault)
        == IMR_ERR_SEPARATED);
    CHECK(strcmp(fault.argument, "X column") == 0 && fault.row == 0 && fit.block == NULL);
    CHECK(imr_logistic_fit(&fit, event, x, 8, 1, IMR_LOGISTIC_UNPENALIZED, &fault)
        == IMR_ERR_ONE_OUTCOME);
    CHECK(imr_logistic_fit(&fit, event, x, 8, 1, IMR_LOGISTIC_FIRTH, &fault)
        == IMR_ERR_COLLINEAR); /* x is 1 throughout, as the intercept */
    CHECK(fault.row == 0);
    CHECK(imr_logistic_fit(&fit, event, x, 0, 1, IMR_LOGISTIC_FIRTH, &fault) == IMR_ERR_NO_ROWS);
    for (int i = 0; i < N; i++) {
        pair[2 * i] = i;
        pair[2 * i + 1] = 3 * i + 7;
    }
    CHECK(
        imr_logistic_fit(&fit, event, pair, N, 2, IMR_LOGISTIC_FIRTH, &fault) == IMR_ERR_COLLINEAR);
    CHECK(fault.row == 1);
    x[3] = NAN;
    CHECK(imr_logistic_fit(&fit, event, x, N, 1, IMR_LOGISTIC_FIRTH, &fault) == IMR_ERR_NONFINITE);
    CHECK(fault.row == 3);
    two_by_two(event, x, 8);
    CHECK(imr_logistic_fit(&fit, event, x, N, 1, IMR_LOGISTIC_FIRTH, &fault) == IMR_OK);
    CHECK(imr_logistic_profile(&fit, 1, 95, &low, &high, &p, &fault) == IMR_ERR_LEVEL);
    imr_logistic_free(&fit);
}

static void
test_every_allocation_may_fail(void)
{
    uint8_t event[N];
    double x[N];
    imr_logistic_t fit;

    two_by_two(event, x, 8);
    FAIL_EACH_ALLOCATION(imr_logistic_fit(&fit, event, x, N, 1, IMR_LOGISTIC_FIRTH, NULL),
        IMR_ERR_NOMEM, imr_logistic_free(&fit));
}

HARNESS_MAIN({
    RUN(test_a_two_by_two_table_is_its_log_odds_with_half_a_patient_more);
    RUN(test_without_a_penalty_it_is_the_observed_log_odds);
    RUN(test_bad_input_is_named);
    RUN(test_every_allocation_may_fail);
})
