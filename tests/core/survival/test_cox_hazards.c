#include "survival/cox_hazards.h"

#include "../harness.h"
#include "cox_data.h"

static void
test_one_covariate_by_its_sums(void)
{
    /* The score of theta is the sum of g times the Schoenfeld residuals; its information, given beta,
     * c - b^2 / a with the sums of the sets' variances times 1, g, g^2. Here beta is taken as 0. */
    const double time[4] = { 1, 2, 3, 4 }, x[4] = { 1, 0, 1, 0 }, zero[1] = { 0 };
    const uint8_t event[4] = { 1, 1, 1, 1 };
    const double variance[4] = { 0.25, 2.0 / 9, 0.25, 0 }, away[4] = { 0.5, -1.0 / 3, 0.5, 0 };
    double g[4] = { 16, 9, 4, 1 }; /* of the sets: from the last time to the first */
    double a = 0, b = 0, c = 0, u = 0;
    imr_cox_data_t data = { .n = 4, .p = 1, .time = time, .event = event, .x = x, .strata = 1 };
    imr_cox_options_t options = options_of(IMR_COX_EFRON);
    imr_cox_rows_t rows;
    imr_cox_test_t test[2];

    for (int i = 0; i < 4; i++) {
        double here = g[3 - i] - 7.5;

        a += variance[i];
        b += here * variance[i];
        c += here * here * variance[i];
        u += here * away[i];
    }
    CHECK(imr_cox_rows_init(&rows, &data, &options, NULL) == IMR_OK);
    CHECK(imr_cox_hazards(&rows, IMR_COX_EFRON, zero, g, test, NULL, NULL) == IMR_OK);
    CHECK_NEAR(test[0].statistic, u * u / (c - b * b / a), 1e-12);
    CHECK_NEAR(test[1].statistic, test[0].statistic, 1e-15);
    for (int i = 0; i < 4; i++) {
        g[i] = 3;
    }
    CHECK(imr_cox_hazards(&rows, IMR_COX_EFRON, zero, g, test, NULL, NULL) == IMR_OK);
    CHECK(isnan(test[0].statistic) && isnan(test[1].pvalue));
    CHECK(imr_cox_hazards(&rows, IMR_COX_MARGINAL, zero, g, test, NULL, NULL) == IMR_ERR_COX_EXACT);
    imr_cox_rows_free(&rows);
}

static void
test_every_allocation_may_fail(void)
{
    imr_cox_data_t data = six();
    imr_cox_options_t options = options_of(IMR_COX_EFRON);
    const double zero[2] = { 0, 0 }, g[2] = { 2, 1 };
    imr_cox_rows_t rows;
    imr_cox_test_t test[3];

    CHECK(imr_cox_rows_init(&rows, &data, &options, NULL) == IMR_OK);
    FAIL_EACH_ALLOCATION(
        imr_cox_hazards(&rows, IMR_COX_EFRON, zero, g, test, NULL, NULL), IMR_ERR_NOMEM, (void) 0);
    imr_cox_rows_free(&rows);
}

HARNESS_MAIN({
    RUN(test_one_covariate_by_its_sums);
    RUN(test_every_allocation_may_fail);
})
