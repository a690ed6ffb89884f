#include "survival/rate_regression_rows.h"

#include "../harness.h"
#include "rate_rows.h"

/* Two arms, written with either zero: patterns in their order of appearance, rows in them by their counts, runs of
 * both by their counts. */
static void
test_rows_with_the_same_covariates_are_one_pattern(void)
{
    int64_t events[] = { 3, 0, 3, 1, 0, 2 };
    double time[] = { 2, 1, 4, 0.5, 1, 3 }, x[] = { 1, 0.0, 1, -0.0, 1, 1 };
    imr_rate_data_t rows = { events, time, x, NULL, 6, 1, 0 };
    const size_t order[] = { 4, 5, 0, 2, 1, 3 };
    const imr_rate_run_t runs[] = { { 0, 1 }, { 4, 5 }, { 5, 6 }, { 1, 2 }, { 2, 4 } };
    imr_rate_regression_t model = { 0 };

    CHECK(imr_rate_read_rows(&model, &rows, NULL) == IMR_OK);
    CHECK(model.patterns == 2 && model.start[1] == 4 && model.start[2] == 6);
    CHECK(model.design[0] == 2 && model.design[1] == sqrt(2));
    CHECK(model.design[2] == 2 && model.design[3] == 0);
    /* the last column less its mean, 2 / 3 */
    CHECK(imr_rate_make_basis(&model, 1) == 2);
    CHECK_NEAR(model.basis[0], 1 / sqrt(6), 1e-15);
    CHECK_NEAR(model.basis[1], 1 / sqrt(6), 1e-15);
    CHECK_NEAR(model.basis[2], 1 / sqrt(12), 1e-15);
    CHECK_NEAR(model.basis[3], -1 / sqrt(3), 1e-15);
    for (size_t i = 0; i < 6; i++) {
        double longest = i < 4 ? 4 : 1;

        CHECK(model.row[i] == order[i] && model.count[i] == (double) events[order[i]]);
        CHECK(model.share[i] == time[order[i]] / longest);
    }
    CHECK(model.runs == 5 && memcmp(model.run, runs, sizeof(runs)) == 0);
    CHECK(model.offset[0] == log(4) && model.offset[1] == 0);
    CHECK(model.events[0] == 8 && model.shares[0] == 2.5 && model.shares[1] == 1.5);
    CHECK_NEAR(model.within, 2 * log(0.75) + 3 * log(0.5) + log(0.5), 1e-15);
    CHECK(model.above[0] == 4 && model.above[1] == 3 && model.above[2] == 2);
    CHECK(model.total_events == 9 && model.total_exposure == 11.5);
    imr_rate_regression_free(&model);
}

/* With as many values of a covariate as rows each row is its own pattern, all in order of their counts; the
 * same where a few rows are alike. A run has at most IMR_RATE_LONGEST_RUN rows. */
static void
test_many_patterns_are_one_for_each_row(void)
{
    enum { MANY = 40 };
    int64_t events[MANY];
    double x[MANY];
    imr_rate_data_t rows = { events, NULL, x, NULL, MANY, 1, 0 };

    for (size_t alike = 0; alike < 2; alike++) {
        imr_rate_regression_t model = { 0 };

        for (size_t i = 0; i < MANY; i++) {
            events[i] = i % 2;
            x[i] = (double) (i < 2 * alike ? 0 : i);
        }
        CHECK(imr_rate_read_rows(&model, &rows, NULL) == IMR_OK);
        CHECK(model.patterns == MANY && model.runs == 6);
        CHECK(model.run[0].end == 8 && model.run[2].end == 20 && model.run[5].end == MANY);
        for (size_t i = 0; i < MANY; i++) {
            CHECK(model.start[i] == i && model.row[i] == (i < 20 ? 2 * i : 2 * i - 39));
            CHECK(model.design[MANY + i] == x[model.row[i]] && model.share[i] == 1);
        }
        imr_rate_regression_free(&model);
    }
}

static void
test_the_first_bad_row_is_named(void)
{
    int64_t events[] = { 1, 2, 3 };
    double time[] = { 1, 0, 1 }, x[] = { 0, 1, 2, NAN, 4, 5 };
    imr_rate_data_t rows = { events, time, x, NULL, 3, 2, 0 };
    imr_rate_regression_t model = { 0 };
    imr_fault_t fault;

    CHECK(imr_rate_read_rows(&model, &rows, &fault) == IMR_ERR_RATE_NO_EXPOSURE && fault.row == 1);
    time[1] = 1;
    CHECK(imr_rate_read_rows(&model, &rows, &fault) == IMR_ERR_NONFINITE && fault.row == 1);
    events[2] = -1; /* counts are looked at first */
    CHECK(imr_rate_read_rows(&model, &rows, &fault) == IMR_ERR_NEGATIVE && fault.row == 2);
    CHECK(model.block == NULL);
}

static void
test_running_out_of_memory_is_reported(void)
{
    imr_rate_regression_t model = { 0 };

    FAIL_EACH_ALLOCATION(imr_rate_read_rows(&model, &flare_rows, NULL), IMR_ERR_NOMEM,
        imr_rate_regression_free(&model));
}

HARNESS_MAIN({
    RUN(test_rows_with_the_same_covariates_are_one_pattern);
    RUN(test_many_patterns_are_one_for_each_row);
    RUN(test_the_first_bad_row_is_named);
    RUN(test_running_out_of_memory_is_reported);
})
