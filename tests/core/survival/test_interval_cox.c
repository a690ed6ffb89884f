#include "survival/interval_cox.h"

#include "turnbull_fit.h"

enum { N = 40 };

static const double DROP = 3.8414588206941258; /* 0.95 quantile of chi-squared on 1 */

static void
covariates(double *x, size_t p)
{
    uint64_t state = 7;

    for (size_t i = 0; i < N * p; i++) {
        x[i] = floor(10 * draw(&state));
    }
}

/* 5 of 5 by the visit, 0 of 5 in the other group: 5 log(1 - exp(-h)) - 5 ratio h. */
static void
test_a_group_without_events(void)
{
    double left[10], right[10], x[10], ratio, hazard, fall;
    imr_interval_cox_data_t data = { 10, 1, left, right, x };
    imr_interval_cox_options_t options = { .level = 0.95, .infinite = 1, .fix_ties = 1 };
    imr_interval_cox_t fit_of;
    imr_fault_t fault;

    for (int i = 0; i < 10; i++) {
        left[i] = i < 5 ? 0 : 28;
        right[i] = i < 5 ? 28 : INFINITY;
        x[i] = i < 5;
    }
    CHECK(imr_interval_cox(&data, &options, &fit_of, NULL) == IMR_OK);
    CHECK(fit_of.coef[0] == INFINITY && fit_of.high[0] == INFINITY && isinf(fit_of.std_error[0]));
    ratio = exp(-fit_of.low[0]);
    hazard = log1p(1 / ratio);
    fall = -2 * (5 * log1p(-exp(-hazard)) - 5 * ratio * hazard);
    CHECK_NEAR(fall, DROP, 1e-6);
    CHECK(fabs(fit_of.loglik) < 1e-9);
    imr_free(fit_of.block);
    options.infinite = 0;
    CHECK(imr_interval_cox(&data, &options, &fit_of, &fault) == IMR_ERR_INTERVAL_COX_MONOTONE);
    CHECK(fault.row == 0 && strcmp(fault.argument, "X column") == 0);
}

/* One visit at which all were seen: log(-log) of the shares without the event are the baseline and, with
 * one covariate of two values, the coefficient. */
static void
test_one_visit_is_a_complementary_log_log(void)
{
    double left[20], right[20], x[20];
    imr_interval_cox_data_t data = { 20, 1, left, right, x };
    imr_interval_cox_options_t options = { .level = 0.95, .fix_ties = 1 };
    imr_interval_cox_t f;
    double variance;

    for (int i = 0; i < 20; i++) {
        int event = i < 3 || i >= 13; /* 3 of 10, then 7 of 10 */

        x[i] = i >= 10;
        left[i] = event ? 0 : 28;
        right[i] = event ? 28 : INFINITY;
    }
    CHECK(imr_interval_cox(&data, &options, &f, NULL) == IMR_OK);
    CHECK_NEAR(f.coef[0], log(-log(0.3)) - log(-log(0.7)), 1e-9);
    CHECK_NEAR(f.loglik, 6 * log(0.3) + 14 * log(0.7), 1e-12);
    CHECK_NEAR(f.null_loglik, 20 * log(0.5), 1e-12);
    /* delta method: (1 - s) / (n s (log s)^2) in each group */
    variance = 0.3 / (10 * 0.7 * log(0.7) * log(0.7)) + 0.7 / (10 * 0.3 * log(0.3) * log(0.3));
    CHECK_NEAR(f.std_error[0], sqrt(variance), 1e-7);
    CHECK_NEAR(f.statistic[0], 2 * (f.loglik - f.null_loglik), 1e-7);
    CHECK(f.n_support == 2 && f.cell_right[0] == 28 && f.estimate[1] == 0 && f.mean[0] == 0.5);
    CHECK(f.kkt_gap < 1e-12 && f.low[0] < f.coef[0] && f.high[0] > f.coef[0]);
    imr_free(f.block);
}

static void
test_certified_on_simulated_visits(void)
{
    double left[N], right[N], x[3 * N];
    imr_interval_cox_data_t data = { N, 3, left, right, x };
    imr_interval_cox_options_t options = { .level = 0.9, .infinite = 1, .fix_ties = 1 };

    covariates(x, 3);
    for (uint64_t seed = 1; seed < 8; seed++) {
        imr_interval_cox_t f;

        visits(left, right, N, 0.1 * (double) (seed % 3), seed);
        CHECK(imr_interval_cox(&data, &options, &f, NULL) == IMR_OK);
        CHECK(f.kkt_gap < 1e-10 && f.loglik >= f.null_loglik);
        for (size_t a = 0; a < 3; a++) {
            CHECK(f.low[a] < f.coef[a] && f.coef[a] < f.high[a]);
            CHECK(f.statistic[a] >= 0 && f.pvalue[a] > 0 && f.pvalue[a] <= 1);
        }
        imr_free(f.block);
    }
}

static int
stop_now(void *context)
{
    ++*(int *) context;
    return 1;
}

static void
test_what_is_wrong_is_named(void)
{
    enum { MANY = 3000 };
    double *left = malloc(MANY * sizeof(double)), *right = malloc(MANY * sizeof(double));
    double *x = calloc(51 * MANY, sizeof(double));
    imr_interval_cox_data_t data = { 4, 1, left, right, x };
    imr_interval_cox_options_t options = { .level = 0.95, .fix_ties = 1 };
    imr_interval_cox_t f;
    imr_fault_t fault;
    int questions = 0;
    imr_stop_t stop = { stop_now, &questions, 0 };

    for (int i = 0; i < MANY; i++) {
        left[i] = right[i] = i + 0.5;
        x[i] = i % 2;
    }
    options.level = 1;
    CHECK(imr_interval_cox(&data, &options, &f, &fault) == IMR_ERR_LEVEL);
    options.level = 0.95;
    data.p = 51;
    CHECK(imr_interval_cox(&data, &options, &f, &fault) == IMR_ERR_INTERVAL_COX_SIZE);
    data.p = 1;
    data.n = MANY;
    CHECK(imr_interval_cox(&data, &options, &f, &fault) == IMR_ERR_INTERVAL_COX_SIZE);
    data.n = 400;
    options.stop = &stop;
    CHECK(imr_interval_cox(&data, &options, &f, &fault) == IMR_ERR_STOPPED && questions == 1);
    options.stop = NULL;
    data.n = 4;
    x[2] = NAN;
    CHECK(imr_interval_cox(&data, &options, &f, &fault) == IMR_ERR_NONFINITE && fault.row == 2);
    x[2] = 1e200;
    CHECK(imr_interval_cox(&data, &options, &f, &fault) == IMR_ERR_COX_RANGE && fault.row == 2);
    x[0] = x[1] = x[2] = x[3] = 5;
    CHECK(imr_interval_cox(&data, &options, &f, &fault) == IMR_ERR_INTERVAL_COX_COLLINEAR);
    data.n = 1;
    CHECK(imr_interval_cox(&data, &options, &f, &fault) == IMR_ERR_INTERVAL_COX_NOTHING);
    data.n = 0;
    CHECK(imr_interval_cox(&data, &options, &f, &fault) == IMR_ERR_NO_ROWS && f.block == NULL);
    free(left);
    free(right);
    free(x);
}

static void
test_no_allocation_is_taken_for_granted(void)
{
    double left[N], right[N], x[2 * N];
    imr_interval_cox_data_t data = { N, 2, left, right, x };
    imr_interval_cox_options_t options = { .level = 0.95, .fix_ties = 1 };
    imr_interval_cox_t f;

    covariates(x, 2);
    visits(left, right, N, 0.2, 11);
    FAIL_EACH_ALLOCATION(
        imr_interval_cox(&data, &options, &f, NULL), IMR_ERR_NOMEM, imr_free(f.block));
}

HARNESS_MAIN({
    RUN(test_a_group_without_events);
    RUN(test_one_visit_is_a_complementary_log_log);
    RUN(test_certified_on_simulated_visits);
    RUN(test_what_is_wrong_is_named);
    RUN(test_no_allocation_is_taken_for_granted);
})
