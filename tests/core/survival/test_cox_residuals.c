#include "survival/cox_residuals.h"

#include "../harness.h"
#include "base/mem.h"
#include "cox_data.h"

static void
test_two_arms_by_hand(void)
{
    /* beta is 0 by symmetry: hazards 2/4 and 2/2 under Breslow's rule */
    const double time[4] = { 1, 1, 2, 2 }, x[4] = { 1, 0, 0, 1 };
    const uint8_t event[4] = { 1, 1, 1, 1 };
    const double zero[1] = { 0 }, covariance[1] = { 2 };
    const double martingale[4] = { 0.5, 0.5, -0.5, -0.5 };
    const double score[4] = { 0.25, 0.25, 0.25, 0.25 - 0.5 };
    imr_cox_data_t data = { .n = 4, .p = 1, .time = time, .event = event, .x = x, .strata = 1 };
    imr_cox_options_t options = options_of(IMR_COX_BRESLOW);
    imr_cox_rows_t rows;
    double residual[4], event_time[4];
    int64_t event_row[4];

    CHECK(imr_cox_rows_init(&rows, &data, &options, NULL) == IMR_OK);
    CHECK(imr_cox_event_rows(&rows) == 4);
    CHECK(imr_cox_residuals(&rows, IMR_COX_BRESLOW, zero, covariance, IMR_COX_MARTINGALE, residual,
              NULL, NULL, NULL, NULL)
        == IMR_OK);
    for (int i = 0; i < 4; i++) {
        CHECK_NEAR(residual[i], martingale[i], 1e-14);
    }
    CHECK(imr_cox_residuals(&rows, IMR_COX_BRESLOW, zero, covariance, IMR_COX_SCHOENFELD, residual,
              event_row, event_time, NULL, NULL)
        == IMR_OK);
    for (int i = 0; i < 4; i++) {
        CHECK_NEAR(residual[i], x[event_row[i]] - 0.5, 1e-14);
        CHECK(event_time[i] == time[event_row[i]] && event_time[i] == 1 + (i > 1));
    }
    CHECK(imr_cox_residuals(&rows, IMR_COX_BRESLOW, zero, covariance, IMR_COX_SCALED_SCHOENFELD,
              residual, event_row, event_time, NULL, NULL)
        == IMR_OK);
    CHECK_NEAR(residual[0], 4 * 2 * (x[event_row[0]] - 0.5), 1e-14);
    CHECK(imr_cox_residuals(&rows, IMR_COX_BRESLOW, zero, covariance, IMR_COX_SCORE, residual, NULL,
              NULL, NULL, NULL)
        == IMR_OK);
    CHECK_NEAR(residual[0], score[0], 1e-14); /* (x - 1/2) (1 - 1/2) */
    CHECK_NEAR(residual[1], -score[1], 1e-14);
    CHECK_NEAR(residual[3], score[3], 1e-14); /* (x - 1/2) (1 - 3/2) */
    CHECK(imr_cox_residuals(&rows, IMR_COX_BRESLOW, zero, covariance, IMR_COX_DFBETA, residual,
              NULL, NULL, NULL, NULL)
        == IMR_OK);
    CHECK_NEAR(residual[3], 2 * score[3], 1e-14);
    CHECK(imr_cox_residuals(&rows, IMR_COX_EXACT, zero, covariance, IMR_COX_SCORE, residual, NULL,
              NULL, NULL, NULL)
        == IMR_ERR_COX_EXACT);
    imr_cox_rows_free(&rows);
}

/* Row 0 twice over: a residual is scaled by the events there are, not by the rows they stand in. */
static void
test_a_weight_counts_as_so_many_events(void)
{
    const double time[3] = { 1, 2, 3 }, x[3] = { 1, 0, 1 }, weight[3] = { 2, 1, 1 };
    const double coef[1] = { 0 }, covariance[1] = { 2 };
    const uint8_t event[3] = { 1, 1, 0 };
    imr_cox_data_t data = {
        .n = 3, .p = 1, .time = time, .event = event, .x = x, .weight = weight, .strata = 1
    };
    imr_cox_options_t options = options_of(IMR_COX_BRESLOW);
    imr_cox_rows_t rows;
    double residual[2], event_time[2];
    int64_t event_row[2];

    CHECK(imr_cox_rows_init(&rows, &data, &options, NULL) == IMR_OK);
    CHECK(imr_cox_residuals(&rows, IMR_COX_BRESLOW, coef, covariance, IMR_COX_SCALED_SCHOENFELD,
              residual, event_row, event_time, NULL, NULL)
        == IMR_OK);
    CHECK_NEAR(residual[0], 3 * 2 * (1 - 0.75), 1e-14);
    CHECK_NEAR(residual[1], 3 * 2 * (0 - 0.5), 1e-14);
    imr_cox_rows_free(&rows);
}

/* One value among large ones: the coefficient that suits those makes hazards that a double does not hold
 * beside each other, and a trace of them would be cut short. */
static void
test_hazards_too_far_apart_are_refused(void)
{
    const double time[4] = { 0, 0, 0, 114 }, x[4] = { 1900544, 116, 0, 912 };
    const uint8_t event[4] = { 0, 1, 0, 1 };
    imr_cox_data_t data = { .n = 4, .p = 1, .time = time, .event = event, .x = x, .strata = 1 };
    imr_cox_options_t options = options_of(IMR_COX_EFRON);
    imr_cox_rows_t rows;
    imr_cox_t fit;
    imr_fault_t fault;
    double residual[4];

    CHECK(imr_cox_fit(&fit, &rows, &data, &options, NULL, NULL) == IMR_OK);
    CHECK(imr_cox_residuals(&rows, IMR_COX_EFRON, fit.coef, fit.naive, IMR_COX_MARTINGALE, residual,
              NULL, NULL, NULL, &fault)
        == IMR_ERR_COX_SPREAD);
    CHECK(strcmp(fault.argument, "X") == 0);
    imr_cox_free(&fit);
    imr_cox_rows_free(&rows);
}

/* What a row that entered late has of the hazard is far less than what came before it entered. */
static void
test_a_late_row_among_far_hazards(void)
{
    const double time[7] = { 9.75, 0.75, 28, 43, 30, 55.25, 43 };
    const double entry[7] = { 4, 0, 0, 2, 7, 2, 4 };
    const double x[7] = { 0, -65536, -393216, -720896, -32, -1408, 832 };
    const uint8_t event[7] = { 1, 1, 0, 0, 0, 1, 1 };
    imr_cox_data_t data = {
        .n = 7, .p = 1, .time = time, .entry = entry, .event = event, .x = x, .strata = 1
    };
    imr_cox_options_t options = options_of(IMR_COX_EFRON);
    const double coef[1] = { 8.5e-4 }, covariance[1] = { 1 };
    imr_cox_rows_t rows;
    imr_cox_t fit;
    double residual[7], sum = 0;

    CHECK(imr_cox_fit(&fit, &rows, &data, &options, NULL, NULL) == IMR_OK);
    CHECK(imr_cox_residuals(&rows, IMR_COX_EFRON, coef, covariance, IMR_COX_MARTINGALE, residual,
              NULL, NULL, NULL, NULL)
        == IMR_OK);
    CHECK(fabs(residual[0]
              - (1 - 1 / (1 + exp(8.5e-4 * -32) + exp(8.5e-4 * -1408) + exp(8.5e-4 * 832))))
        < 1e-12);
    for (size_t i = 0; i < 7; i++) {
        sum += residual[i];
    }
    CHECK(fabs(sum) < 1e-12);
    imr_cox_free(&fit);
    imr_cox_rows_free(&rows);
}

static int
robust_of(const imr_cox_rows_t *rows, double *robust)
{
    imr_cox_likelihood_t at = { 0 };
    imr_cox_trace_t trace = { 0 };
    const double covariance[4] = { 1, 0, 0, 1 }, coef[2] = { 0, 0 };
    int status = imr_cox_trace_at(&at, &trace, rows, IMR_COX_EFRON, coef, NULL, NULL);

    if (status == IMR_OK) {
        status = imr_cox_robust(&at, covariance, robust, NULL);
    }
    imr_free(trace.total);
    imr_cox_likelihood_free(&at);
    return status;
}

static int
all_residuals(const imr_cox_rows_t *rows, double *residual, int64_t *row, double *time)
{
    const double covariance[4] = { 1, 0, 0, 1 }, coef[2] = { 0, 0 };

    for (int kind = IMR_COX_MARTINGALE; kind <= IMR_COX_SCALED_SCHOENFELD; kind++) {
        int status = imr_cox_residuals(rows, IMR_COX_EFRON, coef, covariance,
            (imr_cox_residual_t) kind, residual, row, time, NULL, NULL);

        if (status != IMR_OK) {
            return status;
        }
    }
    return IMR_OK;
}

static void
test_every_allocation_may_fail(void)
{
    imr_cox_data_t data = six();
    imr_cox_options_t options = options_of(IMR_COX_EFRON);
    imr_cox_rows_t rows;
    double residual[2 * SIX], time[SIX], robust[4];
    int64_t row[SIX];

    CHECK(imr_cox_rows_init(&rows, &data, &options, NULL) == IMR_OK);
    FAIL_EACH_ALLOCATION(all_residuals(&rows, residual, row, time), IMR_ERR_NOMEM, (void) 0);
    FAIL_EACH_ALLOCATION(robust_of(&rows, robust), IMR_ERR_NOMEM, (void) 0);
    CHECK(robust[0] > 0 && robust[0] * robust[3] >= robust[1] * robust[2]);
    imr_cox_rows_free(&rows);
}

HARNESS_MAIN({
    RUN(test_two_arms_by_hand);
    RUN(test_a_weight_counts_as_so_many_events);
    RUN(test_hazards_too_far_apart_are_refused);
    RUN(test_a_late_row_among_far_hazards);
    RUN(test_every_allocation_may_fail);
})
