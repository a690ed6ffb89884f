#include "survival/cox_curve.h"

#include "../harness.h"
#include "cox_data.h"

static const double ZERO[2] = { 0, 0 }, NONE[4] = { 0, 0, 0, 0 };

static void
test_without_effect_it_is_the_nelson_aalen_estimate(void)
{
    imr_cox_data_t data = six();
    imr_cox_options_t options = options_of(IMR_COX_BRESLOW);
    const double x[2] = { 4, 1 }, times[5] = { 5.5, 2, 3, 4, 5 };
    imr_cox_asked_t asked = { .m = 1, .n_times = 5, .x = x, .times = times, .level = 0.95 };
    imr_cox_rows_t rows;
    imr_cox_baseline_t table;
    double out[5][5];

    CHECK(imr_cox_rows_init(&rows, &data, &options, NULL) == IMR_OK);
    CHECK(imr_cox_baseline(&table, &rows, IMR_COX_BRESLOW, ZERO, NONE, x, NULL, NULL) == IMR_OK);
    /* at 3 three of five (weights), at 4 two of three */
    CHECK(table.n == 2 && table.time[0] == 3 && table.time[1] == 4);
    CHECK(table.at_risk[0] == 5 && table.events[0] == 3);
    CHECK(table.at_risk[1] == 3 && table.events[1] == 2);
    CHECK_NEAR(table.cumulative_hazard[0], 0.6, 1e-14);
    CHECK_NEAR(table.cumulative_hazard[1], 0.6 + 2.0 / 3, 1e-14);
    CHECK_NEAR(table.std_error[1], sqrt(3.0 / 25 + 2.0 / 9), 1e-14);
    imr_cox_baseline_free(&table);
    imr_cox_baseline_free(&table);
    CHECK(imr_cox_predict(&rows, IMR_COX_BRESLOW, ZERO, NONE, &asked, out[0], out[1], out[2],
              out[3], out[4], NULL, NULL)
        == IMR_OK);
    CHECK(isnan(out[0][0]) && isnan(out[4][0])); /* after the last follow-up */
    CHECK(out[0][1] == 1 && out[3][1] == 1 && out[4][1] == 1);
    CHECK_NEAR(out[0][2], exp(-0.6), 1e-14);
    CHECK_NEAR(out[1][4], 0.6 + 2.0 / 3, 1e-14);
    CHECK(out[3][4] < out[0][4] && out[0][4] < out[4][4]);
    imr_cox_rows_free(&rows);
}

static void
test_bad_questions_are_named(void)
{
    imr_cox_data_t data = six();
    imr_cox_options_t options = options_of(IMR_COX_BRESLOW);
    double x[2] = { 4, 1 }, times[1] = { 2 }, out[1];
    int64_t stratum[1] = { 1 };
    imr_cox_asked_t asked = { .m = 1, .n_times = 1, .x = x, .times = times, .level = 0.95 };
    imr_cox_rows_t rows;
    imr_fault_t fault;

#define ASK                                                                                        \
    imr_cox_predict(                                                                               \
        &rows, IMR_COX_BRESLOW, ZERO, NONE, &asked, out, out, out, out, out, NULL, &fault)
    CHECK(imr_cox_rows_init(&rows, &data, &options, NULL) == IMR_OK);
    asked.stratum = stratum;
    CHECK(ASK == IMR_ERR_CODE && strcmp(fault.argument, "strata") == 0);
    x[1] = NAN;
    CHECK(ASK == IMR_ERR_NONFINITE && strcmp(fault.argument, "X") == 0);
    times[0] = -1;
    CHECK(ASK == IMR_ERR_NEGATIVE);
    times[0] = NAN;
    CHECK(ASK == IMR_ERR_NONFINITE && strcmp(fault.argument, "times") == 0);
    asked.level = 1;
    CHECK(ASK == IMR_ERR_LEVEL);
#undef ASK
    imr_cox_rows_free(&rows);
}

static int
predicted(const imr_cox_rows_t *rows)
{
    const double x[2] = { 4, 1 }, times[1] = { 3 };
    imr_cox_asked_t asked = { .m = 1, .n_times = 1, .x = x, .times = times, .level = 0.95 };
    double out[5];

    return imr_cox_predict(rows, IMR_COX_EFRON, ZERO, NONE, &asked, out, out + 1, out + 2, out + 3,
        out + 4, NULL, NULL);
}

static void
test_every_allocation_may_fail(void)
{
    imr_cox_data_t data = six();
    imr_cox_options_t options = options_of(IMR_COX_EFRON);
    imr_cox_rows_t rows;
    imr_cox_baseline_t table;

    CHECK(imr_cox_rows_init(&rows, &data, &options, NULL) == IMR_OK);
    FAIL_EACH_ALLOCATION(predicted(&rows), IMR_ERR_NOMEM, (void) 0);
    FAIL_EACH_ALLOCATION(
        imr_cox_baseline(&table, &rows, IMR_COX_EFRON, ZERO, NONE, ZERO, NULL, NULL), IMR_ERR_NOMEM,
        imr_cox_baseline_free(&table));
    imr_cox_rows_free(&rows);
}

HARNESS_MAIN({
    RUN(test_without_effect_it_is_the_nelson_aalen_estimate);
    RUN(test_bad_questions_are_named);
    RUN(test_every_allocation_may_fail);
})
