#include "survival/cox_likelihood.h"

#include "../harness.h"
#include "cox_data.h"

/* One set of n rows, the first d with the event; log-likelihood by listing all choices of d rows. */
static double
by_listing(const double *x, int n, int d, double beta)
{
    double all = 0, own = 0;

    for (unsigned choice = 0; choice < 1u << n; choice++) {
        double sum = 0;
        int count = 0;

        for (int i = 0; i < n; i++) {
            if (choice >> i & 1) {
                sum += x[i];
                count++;
            }
        }
        all += count == d ? exp(beta * sum) : 0;
    }
    for (int i = 0; i < d; i++) {
        own += x[i];
    }
    return beta * own - log(all);
}

static void
test_all_choices_listed(void)
{
    enum { N = 9 };
    const double x[N] = { 1, -2, 0.5, 3, 0, 0.25, -1, 2, 1 };
    double time[N];
    uint8_t event[N];
    imr_cox_data_t data = { .n = N, .p = 1, .time = time, .event = event, .x = x, .strata = 1 };
    imr_cox_options_t options = options_of(IMR_COX_EXACT);

    for (int d = 1; d < N; d++) { /* beyond half the others are chosen instead */
        imr_cox_rows_t rows;
        imr_cox_likelihood_t at;

        for (int i = 0; i < N; i++) {
            time[i] = 1;
            event[i] = i < d;
        }
        CHECK(imr_cox_rows_init(&rows, &data, &options, NULL) == IMR_OK);
        CHECK(imr_cox_likelihood_init(&at, &rows, IMR_COX_EXACT, 0, NULL, NULL) == IMR_OK);
        for (double beta = -1.5; beta < 2; beta += 0.5) {
            double coef[2] = { beta * rows.scale[0], 0 };

            CHECK(imr_cox_evaluate(&at, coef, NULL) == IMR_OK);
            CHECK(fabs(at.loglik - by_listing(x, N, d, beta)) < 1e-12);
        }
        imr_cox_likelihood_free(&at);
        imr_cox_rows_free(&rows);
    }
}

static void
test_many_ties_neither_overflow_nor_vanish(void)
{
    enum { N = 3000 };
    static double time[N], x[N];
    static uint8_t event[N];
    imr_cox_data_t data = { .n = N, .p = 1, .time = time, .event = event, .x = x, .strata = 1 };
    imr_cox_options_t options = options_of(IMR_COX_EXACT);
    imr_cox_rows_t rows;
    imr_cox_likelihood_t at;
    double coef[2] = { 0, 0 };

    for (int i = 0; i < N; i++) {
        time[i] = 1;
        event[i] = i < N / 2;
        x[i] = i % 5;
    }
    CHECK(imr_cox_rows_init(&rows, &data, &options, NULL) == IMR_OK);
    CHECK(imr_cox_likelihood_init(&at, &rows, IMR_COX_EXACT, 0, NULL, NULL) == IMR_OK);
    CHECK(imr_cox_evaluate(&at, coef, NULL) == IMR_OK);
    /* minus the logarithm of 3000 choose 1500 */
    CHECK_NEAR(at.loglik, 2 * lgamma(1501) - lgamma(3001), 1e-12);
    imr_cox_likelihood_free(&at);
    imr_cox_rows_free(&rows);
}

static void
test_every_allocation_may_fail(void)
{
    imr_cox_data_t data = aml();
    imr_cox_options_t options = options_of(IMR_COX_EXACT);
    imr_cox_rows_t rows;
    imr_cox_likelihood_t at;
    double coef[2] = { 0, 0 };

    CHECK(imr_cox_rows_init(&rows, &data, &options, NULL) == IMR_OK);
    CHECK(imr_cox_likelihood_init(&at, &rows, IMR_COX_EXACT, 0, NULL, NULL) == IMR_OK);
    FAIL_EACH_ALLOCATION(imr_cox_evaluate(&at, coef, NULL), IMR_ERR_NOMEM, (void) 0);
    imr_cox_likelihood_free(&at);
    imr_cox_rows_free(&rows);
}

HARNESS_MAIN({
    RUN(test_all_choices_listed);
    RUN(test_many_ties_neither_overflow_nor_vanish);
    RUN(test_every_allocation_may_fail);
})
