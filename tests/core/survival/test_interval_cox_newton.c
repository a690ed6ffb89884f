#include "interval_cox_data.h"

static void
begin_at(const imr_interval_cox_data_t *data, imr_interval_cox_rows_t *rows,
    imr_interval_cox_climb_t *climb)
{
    CHECK(imr_interval_cox_rows_init(rows, data, 1, NULL, NULL) == IMR_OK);
    CHECK(imr_interval_cox_climb_init(climb, rows, NULL, NULL) == IMR_OK);
    CHECK(imr_interval_cox_climb(climb, NULL) == IMR_OK);
}

/* At a maximum Newton's step is 0, and information agrees with the profile's second difference. */
static void
test_the_information_of_the_profile(void)
{
    const double h = 1e-3;
    imr_interval_cox_data_t data = eight();
    imr_interval_cox_rows_t rows;
    imr_interval_cox_climb_t climb;
    double loglik, coef, sides = 0, information;
    int found;

    begin_at(&data, &rows, &climb);
    CHECK(imr_interval_cox_newton(&climb, &found, NULL) == IMR_OK && found);
    CHECK(climb.norm < 1e-12 && fabs(climb.step[0]) < 1e-12);
    information = climb.schur[0];
    loglik = climb.here.loglik;
    coef = climb.here.coef[0];
    climb.fixed = 0;
    for (int side = -1; side <= 1; side += 2) {
        climb.here.coef[0] = coef + side * h;
        CHECK(imr_interval_cox_climb(&climb, NULL) == IMR_OK);
        sides += loglik - climb.here.loglik;
    }
    CHECK_NEAR(sides / (h * h), information, 1e-5);
    imr_interval_cox_climb_free(&climb);
    imr_interval_cox_rows_free(&rows);
}

/* Hazards that the data do not want are dropped in one step, whose end has none of them. */
static void
test_cells_are_dropped(void)
{
    double left[MANY], right[MANY], x[2 * MANY];
    imr_interval_cox_data_t data = many(left, right, x);
    imr_interval_cox_rows_t rows;
    imr_interval_cox_climb_t climb;
    size_t without = 0, again = 0;

    begin_at(&data, &rows, &climb);
    for (size_t j = 0; j + 1 < rows.cells; j++) {
        without += climb.here.jump[j] == 0;
        climb.here.jump[j] = 1.0 / (double) rows.cells;
    }
    CHECK(without > 0);
    CHECK(imr_interval_cox_climb(&climb, NULL) == IMR_OK);
    for (size_t j = 0; j + 1 < rows.cells; j++) {
        again += climb.here.jump[j] == 0;
        CHECK(climb.here.jump[j] == 0 || fabs(climb.here.gain[j]) < 1e-8);
        CHECK(climb.here.gain[j] < 1e-8);
    }
    CHECK(again == without);
    imr_interval_cox_climb_free(&climb);
    imr_interval_cox_rows_free(&rows);
}

static void
test_a_flat_likelihood(void)
{
    imr_interval_cox_data_t data = eight(), other = apart();
    imr_interval_cox_rows_t rows;
    imr_interval_cox_climb_t climb;
    size_t column;
    int flat;

    begin_at(&data, &rows, &climb);
    CHECK(imr_interval_cox_flat(&climb, &flat, &column, NULL) == IMR_OK && !flat);
    imr_interval_cox_climb_free(&climb);
    imr_interval_cox_rows_free(&rows);
    begin_at(&other, &rows, &climb);
    CHECK(imr_interval_cox_flat(&climb, &flat, &column, NULL) == IMR_OK && flat && column == 0);
    imr_interval_cox_climb_free(&climb);
    imr_interval_cox_rows_free(&rows);
}

static void
test_memory_running_out(void)
{
    imr_interval_cox_data_t data = eight();
    imr_interval_cox_rows_t rows;
    imr_interval_cox_climb_t climb;
    int found;

    CHECK(imr_interval_cox_rows_init(&rows, &data, 1, NULL, NULL) == IMR_OK);
    CHECK(imr_interval_cox_climb_init(&climb, &rows, NULL, NULL) == IMR_OK);
    FAIL_EACH_ALLOCATION(imr_interval_cox_newton(&climb, &found, NULL), IMR_ERR_NOMEM, (void) 0);
    imr_interval_cox_climb_free(&climb);
    imr_interval_cox_rows_free(&rows);
}

HARNESS_MAIN(RUN(test_the_information_of_the_profile); RUN(test_cells_are_dropped);
    RUN(test_a_flat_likelihood); RUN(test_memory_running_out);)
