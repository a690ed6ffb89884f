#include "survival/cox_likelihood.h"

#include "../harness.h"
#include "cox_data.h"

/* The sum over the orders of rows order[at..d - 1] of the chance of each, `left` being at risk. */
static double
over_orders(double *risk, int at, int d, double left)
{
    double sum = 0;

    if (at == d) {
        return 1;
    }
    for (int i = at; i < d; i++) {
        double first = risk[i];

        risk[i] = risk[at];
        risk[at] = first;
        sum += first / left * over_orders(risk, at + 1, d, left - first);
        risk[at] = risk[i];
        risk[i] = first;
    }
    return sum;
}

static void
test_the_integral_is_the_sum_over_orders(void)
{
    enum { N = 8 };
    const double x[N] = { 1, -2, 0.5, 3, 0, 0.25, -1, 2 };
    double time[N], risk[N];
    uint8_t event[N];
    imr_cox_data_t data = { .n = N, .p = 1, .time = time, .event = event, .x = x, .strata = 1 };
    imr_cox_options_t options = options_of(IMR_COX_MARGINAL);

    for (int d = 1; d < N; d++) {
        imr_cox_rows_t rows;
        imr_cox_likelihood_t at;

        for (int i = 0; i < N; i++) {
            time[i] = 1;
            event[i] = i < d;
        }
        CHECK(imr_cox_rows_init(&rows, &data, &options, NULL) == IMR_OK);
        CHECK(imr_cox_likelihood_init(&at, &rows, IMR_COX_MARGINAL, 0, NULL, NULL) == IMR_OK);
        for (double beta = -2; beta < 2.5; beta += 0.5) {
            double coef[2] = { beta * rows.scale[0], 0 }, total = 0;

            for (int i = 0; i < N; i++) {
                risk[i] = exp(beta * x[i]);
                total += risk[i];
            }
            CHECK(imr_cox_evaluate(&at, coef, NULL) == IMR_OK);
            CHECK(fabs(at.loglik - log(over_orders(risk, 0, d, total))) < 1e-12);
        }
        imr_cox_likelihood_free(&at);
        imr_cox_rows_free(&rows);
    }
}

static void
test_if_nobody_stays_every_order_will_do(void)
{
    const double time[3] = { 1, 1, 1 }, x[3] = { 0, 1, 5 };
    const uint8_t event[3] = { 1, 1, 1 };
    imr_cox_data_t data = { .n = 3, .p = 1, .time = time, .event = event, .x = x, .strata = 1 };
    imr_cox_options_t options = options_of(IMR_COX_MARGINAL);
    imr_cox_rows_t rows;
    imr_cox_likelihood_t at;
    double coef[2] = { 0.7, 0 };

    CHECK(imr_cox_rows_init(&rows, &data, &options, NULL) == IMR_OK);
    CHECK(imr_cox_likelihood_init(&at, &rows, IMR_COX_MARGINAL, 0, NULL, NULL) == IMR_OK);
    CHECK(imr_cox_evaluate(&at, coef, NULL) == IMR_OK);
    CHECK(at.loglik == 0 && at.score[0] == 0 && at.information[0] == 0);
    imr_cox_likelihood_free(&at);
    imr_cox_rows_free(&rows);
}

static void
test_every_allocation_may_fail(void)
{
    imr_cox_data_t data = aml();
    imr_cox_options_t options = options_of(IMR_COX_MARGINAL);
    imr_cox_rows_t rows;
    imr_cox_likelihood_t at;
    double coef[2] = { 0, 0 };

    CHECK(imr_cox_rows_init(&rows, &data, &options, NULL) == IMR_OK);
    CHECK(imr_cox_likelihood_init(&at, &rows, IMR_COX_MARGINAL, 0, NULL, NULL) == IMR_OK);
    FAIL_EACH_ALLOCATION(imr_cox_evaluate(&at, coef, NULL), IMR_ERR_NOMEM, (void) 0);
    imr_cox_likelihood_free(&at);
    imr_cox_rows_free(&rows);
}

HARNESS_MAIN({
    RUN(test_the_integral_is_the_sum_over_orders);
    RUN(test_if_nobody_stays_every_order_will_do);
    RUN(test_every_allocation_may_fail);
})
