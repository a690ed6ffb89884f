#include "response/paired.h"

#include "../harness.h"

typedef struct {
    double estimate, low, high;
} interval_t;

static imr_paired_rows_t
one_row(const int64_t *table)
{
    imr_paired_rows_t rows = { table, table + 1, table + 2, table + 3, 0, 0, 0, 0 };

    return rows;
}

static interval_t
interval_of(const int64_t *table, imr_paired_measure_t measure, imr_paired_method_t method)
{
    imr_paired_rows_t rows = one_row(table);
    imr_paired_options_t options = { measure, method, 0.95 };
    interval_t at = { NAN, NAN, NAN };

    CHECK(imr_paired(&rows, 0, 1, &options, &at.estimate, &at.low, &at.high, NULL) == IMR_OK);
    return at;
}

static double
pvalue_of(const int64_t *table, imr_paired_test_method_t method, imr_alternative_t alternative,
    double *statistic)
{
    imr_paired_rows_t rows = one_row(table);
    double pvalue = NAN;

    CHECK(imr_paired_test(&rows, 0, 1, method, alternative, statistic, &pvalue, NULL) == IMR_OK);
    return pvalue;
}

static void
test_the_table_of_fagerland(void)
{
    /* tests/golden/response/mcnemar_grid.json */
    int64_t table[] = { 1, 1, 7, 12 };
    double statistic;
    interval_t at;

    CHECK_NEAR(pvalue_of(table, IMR_PAIRED_TEST_MCNEMAR, IMR_TWO_SIDED, &statistic),
        0.033894853524689267, 1e-12);
    CHECK_NEAR(statistic, 4.5, 1e-15);
    pvalue_of(table, IMR_PAIRED_TEST_MCNEMAR_CC, IMR_TWO_SIDED, &statistic);
    CHECK_NEAR(statistic, 3.125, 1e-14);
    /* 2 (1 + 8) / 256 and 2 (1 + 8/2) / 256 */
    CHECK_NEAR(
        pvalue_of(table, IMR_PAIRED_TEST_EXACT, IMR_TWO_SIDED, &statistic), 18.0 / 256, 1e-13);
    CHECK(statistic == 1);
    CHECK_NEAR(
        pvalue_of(table, IMR_PAIRED_TEST_MID_P, IMR_TWO_SIDED, &statistic), 10.0 / 256, 1e-13);
    CHECK_NEAR(pvalue_of(table, IMR_PAIRED_TEST_EXACT, IMR_LESS, &statistic), 9.0 / 256, 1e-13);
    CHECK_NEAR(
        pvalue_of(table, IMR_PAIRED_TEST_EXACT, IMR_GREATER, &statistic), 255.0 / 256, 1e-13);
    at = interval_of(table, IMR_PAIRED_DIFFERENCE, IMR_PAIRED_TANGO);
    CHECK_NEAR(at.estimate, -6.0 / 21, 1e-15);
    CHECK_NEAR(at.low, -0.51723226479121609, 1e-5);
    CHECK_NEAR(at.high, -0.026002883911132819, 1e-5);
}

static void
test_no_change(void)
{
    /* the score statistic of 0 changes among 15 is 15 d / (1 - d): the limit is z^2 / (15 + z^2) */
    double square = 3.841458820694124, statistic;
    int64_t table[] = { 10, 0, 0, 5 }, nobody[] = { 0, 0, 0, 0 };
    interval_t at = interval_of(table, IMR_PAIRED_DIFFERENCE, IMR_PAIRED_TANGO);

    CHECK_NEAR(at.high, square / (15 + square), 1e-13);
    CHECK(at.estimate == 0 && at.low == -at.high);
    at = interval_of(table, IMR_PAIRED_ODDS_RATIO, IMR_PAIRED_CONDITIONAL);
    CHECK(isnan(at.estimate) && at.low == 0 && isinf(at.high));
    CHECK(pvalue_of(table, IMR_PAIRED_TEST_EXACT, IMR_TWO_SIDED, &statistic) == 1);
    CHECK(pvalue_of(table, IMR_PAIRED_TEST_MID_P, IMR_TWO_SIDED, &statistic) == 1);
    CHECK(isnan(pvalue_of(table, IMR_PAIRED_TEST_MCNEMAR, IMR_TWO_SIDED, &statistic)));
    CHECK(isnan(statistic));
    for (int method = 0; method <= IMR_PAIRED_WALD; method++) {
        at = interval_of(nobody, IMR_PAIRED_DIFFERENCE, (imr_paired_method_t) method);
        CHECK(isnan(at.estimate) && at.low == -1 && at.high == 1);
    }
}

static void
test_all_change(void)
{
    int64_t table[] = { 0, 8, 0, 0 };
    interval_t at = interval_of(table, IMR_PAIRED_DIFFERENCE, IMR_PAIRED_TANGO);
    double rate = pow(0.025, 1.0 / 8), square = 3.841458820694124;

    /* 8 (1 - d)^2 = z^2 (1 - d)(1 + d): the variance is 1 - d^2 where all move one way */
    CHECK(at.estimate == 1 && at.high == 1);
    CHECK_NEAR(at.low, (8 - square) / (8 + square), 1e-12);
    at = interval_of(table, IMR_PAIRED_DIFFERENCE, IMR_PAIRED_NEWCOMBE);
    CHECK(at.high == 1 && at.low > 0 && at.low < 1);
    at = interval_of(table, IMR_PAIRED_ODDS_RATIO, IMR_PAIRED_CONDITIONAL);
    CHECK(isinf(at.estimate) && isinf(at.high));
    CHECK_NEAR(at.low, rate / (1 - rate), 1e-13);
    at = interval_of(table, IMR_PAIRED_ODDS_RATIO, IMR_PAIRED_CONDITIONAL_MID_P);
    rate = pow(0.05, 1.0 / 8);
    CHECK_NEAR(at.low, rate / (1 - rate), 1e-13);
}

static void
test_limits_mirror_each_other(void)
{
    for (int64_t b = 0; b < 7; b++) {
        for (int64_t c = 0; c < 7; c++) {
            int64_t table[] = { 3, b, c, 2 }, mirror[] = { 3, c, b, 2 };

            for (int method = 0; method <= IMR_PAIRED_WALD; method++) {
                imr_paired_method_t which = (imr_paired_method_t) method;
                interval_t at = interval_of(table, IMR_PAIRED_DIFFERENCE, which);
                interval_t other = interval_of(mirror, IMR_PAIRED_DIFFERENCE, which);

                CHECK(fabs(at.low + other.high) < 1e-13 && at.low <= at.estimate);
                CHECK(at.estimate <= at.high);
            }
        }
    }
}

static void
test_bad_input_is_named(void)
{
    int64_t table[] = { 1, -1, 7, 12 };
    imr_paired_rows_t rows = one_row(table);
    imr_paired_options_t options = { IMR_PAIRED_DIFFERENCE, IMR_PAIRED_TANGO, 0.95 };
    double estimate, low, high;
    imr_fault_t fault;

    CHECK(imr_paired(&rows, 0, 1, &options, &estimate, &low, &high, &fault) == IMR_ERR_NEGATIVE);
    CHECK(strcmp(fault.argument, "first") == 0 && fault.value == -1);
    CHECK(imr_paired_test(&rows, 0, 1, IMR_PAIRED_TEST_EXACT, IMR_TWO_SIDED, &low, &high, &fault)
        == IMR_ERR_NEGATIVE);
    table[1] = 1;
    table[3] = INT64_MAX;
    CHECK(imr_paired(&rows, 0, 1, &options, &estimate, &low, &high, &fault) == IMR_ERR_COUNT);
    CHECK(strcmp(fault.argument, "neither") == 0);
    options.measure = IMR_PAIRED_ODDS_RATIO;
    CHECK(imr_paired(&rows, 0, 1, &options, &estimate, &low, &high, &fault) == IMR_ERR_MEASURE);
    options.level = NAN;
    CHECK(imr_paired(&rows, 0, 1, &options, &estimate, &low, &high, &fault) == IMR_ERR_LEVEL);
}

HARNESS_MAIN({
    RUN(test_the_table_of_fagerland);
    RUN(test_no_change);
    RUN(test_all_change);
    RUN(test_limits_mirror_each_other);
    RUN(test_bad_input_is_named);
})
