#include "survival/cox.h"

#include "../harness.h"
#include "cox_data.h"

static void
test_aml_as_in_r(void)
{
    /* coxph of survival 3.8.6, tests/golden/survival/cox_aml.json */
    const double coef[] = { 0.91553257501471763, 0.90421972368570025, 0.92176086915888056 };
    const double se[] = { 0.5119342751720054, 0.51224790730415115, 0.5162484008096544 };
    imr_cox_data_t data = aml();

    for (int ties = 0; ties < 3; ties++) {
        imr_cox_options_t options = options_of((imr_cox_ties_t) ties);
        imr_cox_t fit;
        imr_cox_rows_t rows;

        CHECK(imr_cox_fit(&fit, &rows, &data, &options, NULL, NULL) == IMR_OK);
        CHECK_NEAR(fit.coef[0], coef[ties], 1e-12);
        CHECK_NEAR(fit.std_error[0], se[ties], 1e-12);
        CHECK(fit.score_norm < 1e-8 && fit.monotone == -1 && fit.iterations < 8);
        CHECK_NEAR(fit.ratio_test.statistic, 2 * (fit.loglik - fit.loglik_null), 1e-12);
        imr_cox_free(&fit);
        imr_cox_free(&fit);
        imr_cox_rows_free(&rows);
    }
}

static void
test_a_monotone_likelihood_is_reported_with_its_limit(void)
{
    const double time[2] = { 1, 2 }, x[2] = { 3, 1 };
    const uint8_t event[2] = { 1, 0 };
    imr_cox_data_t data = { .n = 2, .p = 1, .time = time, .event = event, .x = x, .strata = 1 };
    imr_cox_options_t options = options_of(IMR_COX_EFRON);
    imr_cox_t fit;
    imr_cox_rows_t rows;
    imr_fault_t fault;

    CHECK(imr_cox_fit(&fit, &rows, &data, &options, NULL, &fault) == IMR_ERR_COX_MONOTONE);
    CHECK(fit.monotone == 0 && fit.monotone_sign == 1 && fault.row == 0 && rows.block == NULL);
    CHECK_NEAR(fit.monotone_limit, -0.5 * log(exp(3.841458820694124 / 2) - 1), 1e-8);
    options.penalty = IMR_COX_FIRTH;
    options.interval = IMR_COX_PROFILE;
    CHECK(imr_cox_fit(&fit, &rows, &data, &options, NULL, &fault) == IMR_OK);
    /* 3/2 log r - log(1 + r) - ... : r^(3/2) / (1 + r)^2 is largest at r = 3, for x two apart */
    CHECK_NEAR(fit.coef[0], log(3) / 2, 1e-9);
    CHECK(fit.low[0] < fit.coef[0] && fit.high[0] > fit.coef[0]);
    imr_cox_free(&fit);
    imr_cox_rows_free(&rows);
}

/* The first step lands so far out that score and information are both rounding. */
static void
test_a_monotone_likelihood_is_seen_from_its_plain(void)
{
    const double time[4] = { 5, 5, 5, 4 }, x[4] = { -1, -1, -1, -128 };
    const double offset[4] = { 3.875, 3.875, 3.875, 0.125 };
    const uint8_t event[4] = { 1, 1, 1, 1 };
    imr_cox_data_t data = {
        .n = 4, .p = 1, .time = time, .event = event, .x = x, .offset = offset, .strata = 1
    };
    imr_cox_options_t options = options_of(IMR_COX_EFRON);
    imr_cox_t fit;
    imr_cox_rows_t rows;

    CHECK(imr_cox_fit(&fit, &rows, &data, &options, NULL, NULL) == IMR_ERR_COX_MONOTONE);
    CHECK(fit.monotone_sign == -1 && isfinite(fit.monotone_limit));
}

/* Rows 0 and 3 are the only two ever compared, at 145: minus the logarithm of 1 + exp(13 beta + 3.875), of which
 * the information drowns in what row 1, never at risk, makes of the hazard of others. */
static void
test_a_monotone_likelihood_is_seen_past_a_row_never_at_risk(void)
{
    const double time[4] = { 145, 47.5, 1.25, 510 }, entry[4] = { 7, 4, 0, 7 };
    const double x[4] = { -14, -48, -1, -1 }, offset[4] = { 0, 2.25, 3.875, 3.875 };
    const uint8_t event[4] = { 1, 0, 1, 1 };
    imr_cox_data_t data = { .n = 4,
        .p = 1,
        .time = time,
        .event = event,
        .x = x,
        .entry = entry,
        .offset = offset,
        .strata = 1 };
    imr_cox_options_t options = options_of(IMR_COX_EFRON);
    imr_cox_t fit;
    imr_cox_rows_t rows;
    double fall = 0.5 * 3.841458820694124; /* half the quantile of chi-squared */

    CHECK(imr_cox_fit(&fit, &rows, &data, &options, NULL, NULL) == IMR_ERR_COX_MONOTONE);
    CHECK(fit.monotone_sign == -1);
    CHECK_NEAR(fit.monotone_limit, (log(expm1(fall)) - 3.875) / 13, 1e-8);
}

/* Along (1, -2) two tied events gain on row 0 and lose to nobody. Their offsets make these comparisons
 * count little in the score. */
static void
test_offsets_do_not_hide_a_monotone_likelihood(void)
{
    const double time[4] = { 3, 1, 1, 6 }, entry[4] = { 0, 0, 0, 5 };
    const double x[8] = { 1, -2, 2, -2, 0, -3, 6, -3 }, offset[4] = { 6, 25, 18, 12 };
    const uint8_t event[4] = { 1, 1, 1, 1 };
    imr_cox_data_t data = {
        .n = 4, .p = 2, .time = time, .event = event, .x = x, .entry = entry, .strata = 1
    };
    imr_cox_options_t options = options_of(IMR_COX_BRESLOW);
    imr_cox_t fit;
    imr_cox_rows_t rows;

    CHECK(imr_cox_fit(&fit, &rows, &data, &options, NULL, NULL) == IMR_ERR_COX_MONOTONE);
    data.offset = offset;
    CHECK(imr_cox_fit(&fit, &rows, &data, &options, NULL, NULL) == IMR_ERR_COX_MONOTONE);
}

static void
test_options_that_do_not_go_together(void)
{
    const double weight[AML] = { 0.5 };
    imr_cox_data_t data = aml();
    imr_cox_options_t options = options_of(IMR_COX_EXACT);
    imr_cox_t fit;
    imr_cox_rows_t rows;
    imr_fault_t fault;

    options.robust = 1;
    CHECK(imr_cox_fit(&fit, &rows, &data, &options, NULL, &fault) == IMR_ERR_COX_EXACT);
    options.ties = IMR_COX_EFRON;
    options.penalty = IMR_COX_FIRTH;
    CHECK(imr_cox_fit(&fit, &rows, &data, &options, NULL, &fault) == IMR_ERR_COX_FIRTH);
    options.penalty = IMR_COX_UNPENALIZED;
    options.interval = IMR_COX_PROFILE;
    CHECK(imr_cox_fit(&fit, &rows, &data, &options, NULL, &fault) == IMR_ERR_COX_PROFILE_ROBUST);
    options.level = 0;
    CHECK(imr_cox_fit(&fit, &rows, &data, &options, NULL, &fault) == IMR_ERR_LEVEL);
    options = options_of(IMR_COX_MARGINAL);
    options.weights = IMR_COX_SAMPLING;
    data.weight = weight;
    CHECK(imr_cox_fit(&fit, &rows, &data, &options, NULL, &fault) == IMR_ERR_COX_EXACT_WEIGHTS);
}

static void
release(imr_cox_t *fit, imr_cox_rows_t *rows)
{
    imr_cox_free(fit);
    imr_cox_rows_free(rows);
}

static void
test_every_allocation_may_fail(void)
{
    const double time[4] = { 1, 2, 3, 4 }, x[4] = { 3, 2, 1, 0 };
    const uint8_t event[4] = { 1, 1, 1, 0 };
    imr_cox_data_t monotone = { .n = 4, .p = 1, .time = time, .event = event, .x = x, .strata = 1 };
    imr_cox_data_t data = aml();
    imr_cox_options_t options = options_of(IMR_COX_EFRON);
    imr_cox_t fit;
    imr_cox_rows_t rows;

    options.robust = 1;
    FAIL_EACH_ALLOCATION(
        imr_cox_fit(&fit, &rows, &data, &options, NULL, NULL), IMR_ERR_NOMEM, release(&fit, &rows));
    options = options_of(IMR_COX_BRESLOW);
    options.penalty = IMR_COX_FIRTH;
    options.interval = IMR_COX_PROFILE;
    FAIL_EACH_ALLOCATION(
        imr_cox_fit(&fit, &rows, &data, &options, NULL, NULL), IMR_ERR_NOMEM, release(&fit, &rows));
    options = options_of(IMR_COX_EXACT);
    FAIL_EACH_ALLOCATION(imr_cox_fit(&fit, &rows, &monotone, &options, NULL, NULL), IMR_ERR_NOMEM,
        release(&fit, &rows));
}

HARNESS_MAIN({
    RUN(test_aml_as_in_r);
    RUN(test_a_monotone_likelihood_is_reported_with_its_limit);
    RUN(test_a_monotone_likelihood_is_seen_from_its_plain);
    RUN(test_a_monotone_likelihood_is_seen_past_a_row_never_at_risk);
    RUN(test_offsets_do_not_hide_a_monotone_likelihood);
    RUN(test_options_that_do_not_go_together);
    RUN(test_every_allocation_may_fail);
})
