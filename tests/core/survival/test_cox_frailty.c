#include "survival/cox_frailty.h"

#include "../harness.h"
#include "cox_frailty_data.h"

static void
test_two_centres_by_hand(void)
{
    imr_cox_data_t data = pair();
    imr_cox_options_t options = options_of(IMR_COX_BRESLOW);
    imr_cox_frailty_t fit;
    double theta, d = PAIR_EVENTS;

    CHECK(imr_cox_frailty_fit(&fit, &data, &options, NULL, NULL) == IMR_OK);
    theta = fit.theta;
    CHECK(theta > 0.01 && fit.score_norm < 1e-8);
    CHECK_NEAR(fit.loglik, pair_loglik(theta), 1e-13);
    CHECK(fit.loglik > pair_loglik(0.999 * theta) && fit.loglik > pair_loglik(1.001 * theta));
    CHECK_NEAR(fit.loglik_flat, -d * log(2 * d * d), 1e-13);
    CHECK(fabs(fit.coef[0]) < 1e-12);
    CHECK_NEAR(fit.std_error[0], 1 / sqrt(2 * d), 1e-12);
    CHECK_NEAR(fit.frailty[0], (1 + d * theta) / (1 + d * theta / 2), 1e-11);
    CHECK_NEAR(fit.frailty[1], 1 / (1 + d * theta / 2), 1e-11);
    CHECK_NEAR(fit.expected[0], d / 2, 1e-10);
    CHECK(fit.frailty_low[0] < fit.frailty[0] && fit.frailty[0] < fit.frailty_high[0]);
    CHECK(fit.events[0] == 6 && fit.events[1] == 6 && fit.events_total == 12);
    CHECK_NEAR(fit.test.statistic, 2 * (fit.loglik - fit.loglik_flat), 1e-13);
    /* the likelihood ratio statistic is below its 95% quantile at 0 */
    CHECK(fit.theta_low == 0);
    CHECK_NEAR(2 * (fit.loglik - pair_loglik(fit.theta_high)), 3.841458820694124, 1e-9);
    imr_cox_frailty_free(&fit);
    imr_cox_frailty_free(&fit);
}

/* The information on the log frailties is d q (1 - q) [1 -1; -1 1] + diag(u) / theta, with q = u_1 / 2. */
static void
test_effective_parameters_by_hand(void)
{
    imr_cox_data_t data = pair();
    imr_cox_options_t options = options_of(IMR_COX_BRESLOW);
    imr_cox_frailty_t fit;
    double d = PAIR_EVENTS, a, b, c, determinant;

    CHECK(imr_cox_frailty_fit(&fit, &data, &options, NULL, NULL) == IMR_OK);
    a = fit.frailty[0] / fit.theta;
    b = fit.frailty[1] / fit.theta;
    c = d * fit.frailty[0] * fit.frailty[1] / 4;
    determinant = (a + c) * (b + c) - c * c;
    CHECK_NEAR(fit.df, 1 + 2 - a * (b + c) / determinant - b * (a + c) / determinant, 1e-10);
    imr_cox_frailty_free(&fit);
}

static void
test_without_scatter_it_is_a_cox_regression(void)
{
    imr_cox_data_t data = aml();
    int64_t cluster[AML];
    imr_cox_options_t options = options_of(IMR_COX_EFRON);
    imr_cox_frailty_t fit;
    imr_cox_t plain;
    imr_cox_rows_t rows;

    for (size_t i = 0; i < AML; i++) {
        cluster[i] = (int64_t) i % 3;
    }
    data.cluster = cluster;
    data.clusters = 3;
    CHECK(imr_cox_frailty_fit(&fit, &data, &options, NULL, NULL) == IMR_OK);
    CHECK(imr_cox_fit(&plain, &rows, &data, &options, NULL, NULL) == IMR_OK);
    CHECK(fit.theta == 0 && fit.theta_low == 0 && fit.theta_high > 0 && isfinite(fit.theta_high));
    CHECK(fit.test.statistic == 0 && fit.test.pvalue == 1 && fit.df == 1);
    CHECK_NEAR(fit.coef[0], plain.coef[0], 1e-14);
    CHECK_NEAR(fit.std_error[0], plain.std_error[0], 1e-14);
    CHECK_NEAR(fit.loglik, plain.loglik, 1e-14);
    CHECK(fit.frailty[2] == 1 && fit.frailty_std_error[2] == 0);
    imr_cox_frailty_free(&fit);
    imr_cox_free(&plain);
    imr_cox_rows_free(&rows);
}

static void
test_clusters_that_never_meet_say_nothing_of_the_variance(void)
{
    imr_cox_data_t data = pair();
    imr_cox_options_t options = options_of(IMR_COX_EFRON);
    imr_cox_frailty_t fit;

    data.stratum = PAIR_CLUSTER;
    data.strata = 2;
    CHECK(imr_cox_frailty_fit(&fit, &data, &options, NULL, NULL) == IMR_OK);
    CHECK(fit.theta == 0 && fit.theta_low == 0 && fit.theta_high == INFINITY);
    imr_cox_frailty_free(&fit);
}

/* Four clusters of one row; two frailties fall to 2e-6, and the information on the rest is flat along the
 * coefficient. The maximum by tests/reference/cox_frailty.py's definition over a grid of theta. */
static void
test_a_likelihood_that_is_almost_flat(void)
{
    const double time[4] = { 4, 5, 3, 2 }, entry[4] = { 1, 4, 0, 0 };
    const double x[4] = { -4, -3, -8, -6 }, offset[4] = { 12, 6.5, 11.5, 0 };
    const uint8_t event[4] = { 1, 1, 1, 1 };
    const int64_t cluster[4] = { 0, 1, 2, 3 };
    imr_cox_data_t data = { .n = 4,
        .p = 1,
        .time = time,
        .event = event,
        .x = x,
        .entry = entry,
        .offset = offset,
        .strata = 1,
        .cluster = cluster,
        .clusters = 4 };
    imr_cox_options_t options = options_of(IMR_COX_BRESLOW);
    imr_cox_frailty_t fit;

    CHECK(imr_cox_frailty_fit(&fit, &data, &options, NULL, NULL) == IMR_OK);
    CHECK(fit.score_norm < 1e-8);
    CHECK_NEAR(fit.loglik, -9.375643728953362, 1e-10);
    CHECK_NEAR(fit.theta, 8.505683805820661, 1e-6);
    imr_cox_frailty_free(&fit);
}

/* The row with x = -112 is at risk with a hazard e^330 times that of the others when one of them has the
 * event: the frailty that is left to its cluster has a scale of 1e-143. */
static void
test_a_frailty_of_next_to_nothing(void)
{
    const double time[4] = { 48, 52, 900, 1 }, x[4] = { -16, -112, -6, 0 };
    const double offset[4] = { 4, 12, 30, 17 };
    const uint8_t event[4] = { 0, 1, 1, 1 };
    const int64_t cluster[4] = { 0, 1, 0, 0 };
    imr_cox_data_t data = { .n = 4,
        .p = 1,
        .time = time,
        .event = event,
        .x = x,
        .offset = offset,
        .strata = 1,
        .cluster = cluster,
        .clusters = 2 };
    imr_cox_options_t options = options_of(IMR_COX_EFRON);
    imr_cox_frailty_t fit;

    CHECK(imr_cox_frailty_fit(&fit, &data, &options, NULL, NULL) == IMR_OK);
    CHECK_NEAR(fit.loglik, -10.868138482741221, 1e-10);
    CHECK_NEAR(fit.theta, 168.474085787902, 1e-6);
    for (size_t g = 0; g < 2; g++) {
        CHECK(0 < fit.frailty_low[g] && fit.frailty_low[g] < fit.frailty[g]);
        CHECK(fit.frailty[g] < fit.frailty_high[g]);
        CHECK_NEAR(fit.frailty[g] * (1 + fit.theta * fit.expected[g]),
            1 + fit.theta * (double) fit.events[g], 1e-9);
    }
    imr_cox_frailty_free(&fit);
}

static void
test_what_is_refused(void)
{
    const double time[3] = { 1, 2, 3 }, x[3] = { 3, 2, 1 }, weight[PAIR] = { 1 };
    const uint8_t event[3] = { 1, 1, 0 };
    const int64_t cluster[3] = { 0, 1, 1 };
    const double late_time[4] = { 145, 47.5, 1.25, 510 }, late_entry[4] = { 7, 4, 0, 7 };
    const double late_x[4] = { -14, -48, -1, -1 }, late_offset[4] = { 0, 2.25, 3.875, 3.875 };
    const uint8_t late_event[4] = { 1, 0, 1, 1 };
    const int64_t late_cluster[4] = { 1, 0, 2, 2 };
    imr_cox_data_t data = pair();
    imr_cox_data_t monotone = { .n = 3,
        .p = 1,
        .time = time,
        .event = event,
        .x = x,
        .strata = 1,
        .cluster = cluster,
        .clusters = 2 };
    imr_cox_options_t options = options_of(IMR_COX_EXACT);
    imr_cox_frailty_t fit;
    imr_fault_t fault;

    CHECK(imr_cox_frailty_fit(&fit, &data, &options, NULL, &fault) == IMR_ERR_COX_FRAILTY_TIES);
    options.ties = IMR_COX_EFRON;
    data.weight = weight;
    CHECK(imr_cox_frailty_fit(&fit, &data, &options, NULL, &fault) == IMR_ERR_COX_FRAILTY_CLUSTER);
    data = pair();
    data.clusters = 1;
    CHECK(imr_cox_frailty_fit(&fit, &data, &options, NULL, &fault) == IMR_ERR_CODE);
    CHECK(fault.row == 6 && strcmp(fault.argument, "cluster") == 0);
    CHECK(imr_cox_frailty_fit(&fit, &monotone, &options, NULL, &fault)
        == IMR_ERR_COX_FRAILTY_MONOTONE);
    CHECK(fault.row == 0);
    monotone.time = late_time; /* the table of test_cox.c in which a row is never at risk */
    monotone.entry = late_entry;
    monotone.event = late_event;
    monotone.x = late_x;
    monotone.offset = late_offset;
    monotone.cluster = late_cluster;
    monotone.n = 4;
    monotone.clusters = 3;
    CHECK(imr_cox_frailty_fit(&fit, &monotone, &options, NULL, &fault)
        == IMR_ERR_COX_FRAILTY_MONOTONE);
    options.level = 1;
    data = pair();
    CHECK(imr_cox_frailty_fit(&fit, &data, &options, NULL, &fault) == IMR_ERR_LEVEL);
}

static void
test_it_stops_when_asked(void)
{
    imr_cox_data_t data = pair();
    imr_cox_options_t options = options_of(IMR_COX_EFRON);
    imr_cox_frailty_t fit;

    for (double work = 0; work < 3e5; work += 1000) {
        imr_stop_t stop = { .asked = harness_stop, .work = IMR_WORK_A_QUESTION - work };
        int status = imr_cox_frailty_fit(&fit, &data, &options, &stop, NULL);

        CHECK(status == IMR_ERR_STOPPED || (status == IMR_OK && work > 0));
        imr_cox_frailty_free(&fit);
    }
}

static void
test_every_allocation_may_fail(void)
{
    imr_cox_data_t data = pair(), given = ten();
    imr_cox_options_t options = options_of(IMR_COX_EFRON);
    imr_cox_frailty_t fit;

    FAIL_EACH_ALLOCATION(imr_cox_frailty_fit(&fit, &data, &options, NULL, NULL), IMR_ERR_NOMEM,
        imr_cox_frailty_free(&fit));
    FAIL_EACH_ALLOCATION(imr_cox_frailty_fit(&fit, &given, &options, NULL, NULL), IMR_ERR_NOMEM,
        imr_cox_frailty_free(&fit));
}

HARNESS_MAIN({
    RUN(test_two_centres_by_hand);
    RUN(test_effective_parameters_by_hand);
    RUN(test_without_scatter_it_is_a_cox_regression);
    RUN(test_clusters_that_never_meet_say_nothing_of_the_variance);
    RUN(test_a_likelihood_that_is_almost_flat);
    RUN(test_a_frailty_of_next_to_nothing);
    RUN(test_what_is_refused);
    RUN(test_it_stops_when_asked);
    RUN(test_every_allocation_may_fail);
})
