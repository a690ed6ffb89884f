#include "survival/interval_cox_climb.h"

#include "interval_cox_data.h"

/* Derivatives of one row by differences. */
static void
test_derivatives_of_a_row(void)
{
    const double x[] = { 0.3, 2, 1e-3, 0.7, 1e-9 }, between[] = { 0.4, 5, 1e-6, 0.02, 0.03 };
    const double h = 1e-4;

    for (size_t i = 0; i < 5; i++) {
        imr_interval_cox_row_t row, more, less;
        double y = x[i] + between[i];

        imr_interval_cox_row(&row, x[i], between[i]);
        imr_interval_cox_row(&more, x[i] * exp(h), between[i] * exp(h));
        imr_interval_cox_row(&less, x[i] * exp(-h), between[i] * exp(-h));
        CHECK_NEAR(row.slope, row.slope_x + row.slope_y, 1e-5);
        CHECK_NEAR(-(more.slope - less.slope) / (2 * h), row.ratio, 1e-5);
        CHECK_NEAR(-(more.slope_x - less.slope_x) / (2 * h), row.ratio_x, 1e-5);
        CHECK_NEAR(row.ratio_x + row.ratio_y, row.ratio, 1e-9);
        CHECK_NEAR(row.xx - row.xy, row.ratio_x, 1e-4);
        CHECK_NEAR(row.yy - row.xy, row.ratio_y, 1e-4);
        CHECK_NEAR(row.q, exp(-y) / (exp(-x[i]) - exp(-y)), 1e-9);
    }
}

static void
test_an_open_row(void)
{
    imr_interval_cox_row_t row;

    imr_interval_cox_row(&row, 0.7, INFINITY);
    CHECK(row.slope == -0.7 && row.slope_x == -0.7 && row.slope_y == 0 && row.ratio == 0.7);
    CHECK(row.xx == 0.7 && row.yy == 0 && row.xy == 0 && row.ratio_x == 0.7 && row.ratio_y == 0);
}

/* From the curve without coefficients, and from coefficients far off, to one and the same maximum. */
static void
test_one_maximum_from_anywhere(void)
{
    const double starts[][2] = { { 0, 0 }, { 3, -2 }, { -4, 1 }, { 10, 10 } };
    double left[MANY], right[MANY], x[2 * MANY], loglik = 0, coef = 0;
    imr_interval_cox_data_t data = many(left, right, x);
    imr_interval_cox_rows_t rows;

    CHECK(imr_interval_cox_rows_init(&rows, &data, 1, NULL, NULL) == IMR_OK);
    for (size_t s = 0; s < 4; s++) {
        imr_interval_cox_climb_t climb;

        CHECK(imr_interval_cox_climb_init(&climb, &rows, NULL, NULL) == IMR_OK);
        memcpy(climb.here.coef, starts[s], sizeof(starts[s]));
        CHECK(imr_interval_cox_climb(&climb, NULL) == IMR_OK);
        CHECK(climb.norm < 1e-8 && climb.here.gap < 1e-8);
        CHECK(s == 0 || fabs(climb.here.loglik - loglik) < 1e-10);
        CHECK(s == 0 || fabs(climb.here.coef[0] - coef) < 1e-8);
        CHECK(climb.here.loglik > rows.loglik_null);
        loglik = climb.here.loglik;
        coef = climb.here.coef[0];
        climb.fixed = 0;
        climb.here.coef[0] = 0.3;
        CHECK(imr_interval_cox_climb(&climb, NULL) == IMR_OK);
        CHECK(climb.here.coef[0] == 0.3 && climb.here.loglik < loglik);
        CHECK_NEAR(climb.here.score[1], 0, 1e300 * 1e-7);
        imr_interval_cox_climb_free(&climb);
        imr_interval_cox_climb_free(&climb);
    }
    imr_interval_cox_rows_free(&rows);
}

/* Where coefficients are out of range there is nowhere to climb from. */
static void
test_out_of_range(void)
{
    imr_interval_cox_data_t data = eight();
    imr_interval_cox_rows_t rows;
    imr_interval_cox_climb_t climb;

    CHECK(imr_interval_cox_rows_init(&rows, &data, 1, NULL, NULL) == IMR_OK);
    CHECK(imr_interval_cox_climb_init(&climb, &rows, NULL, NULL) == IMR_OK);
    climb.here.coef[0] = 1e4;
    CHECK(imr_interval_cox_climb(&climb, NULL) == IMR_ERR_INTERVAL_COX_SPREAD);
    imr_interval_cox_climb_free(&climb);
    imr_interval_cox_rows_free(&rows);
}

static int
climb_up(imr_interval_cox_climb_t *climb, const imr_interval_cox_rows_t *rows)
{
    int status = imr_interval_cox_climb_init(climb, rows, NULL, NULL);

    return status == IMR_OK ? imr_interval_cox_climb(climb, NULL) : status;
}

static void
test_memory_running_out(void)
{
    imr_interval_cox_data_t data = eight();
    imr_interval_cox_rows_t rows;
    imr_interval_cox_climb_t climb;

    CHECK(imr_interval_cox_rows_init(&rows, &data, 1, NULL, NULL) == IMR_OK);
    FAIL_EACH_ALLOCATION(
        climb_up(&climb, &rows), IMR_ERR_NOMEM, imr_interval_cox_climb_free(&climb));
    imr_interval_cox_rows_free(&rows);
}

HARNESS_MAIN(RUN(test_derivatives_of_a_row); RUN(test_an_open_row);
    RUN(test_one_maximum_from_anywhere); RUN(test_out_of_range); RUN(test_memory_running_out);)
