#include "survival/panel_markov_likelihood.h"

#include "../harness.h"
#include "panel_rows.h"

static double work[40000], hessian[64], other_hessian[64];

static double
loglik_at(const imr_panel_model_t *model, const imr_panel_point_t *point)
{
    imr_panel_value_t value = { .hessian = other_hessian };

    CHECK(imr_panel_likelihood(model, point, 0, &value) == IMR_OK);
    return value.loglik;
}

/* Visits at which deaths are found, deaths of known days, and a set of states. */
static void
test_contributions_are_those_of_the_formulas(void)
{
    int64_t patient[] = { 1, 1, 2, 2, 3, 3 }, state[] = { 0, 0, 0, 1, 0, 2 };
    double day[] = { 0, 2, 0, 5, 0, 4 }, q = 0.3;
    imr_panel_data_t data = { .patient = patient,
        .day = day,
        .state = state,
        .n = 6,
        .chain = mortal,
        .sets = 1,
        .set = { 3 } };
    imr_panel_point_t point = { .parameter = { log(0.3) } };
    imr_panel_rows_t rows;
    imr_panel_model_t model = { .rows = &rows, .p = 1, .work = work };

    CHECK(imr_panel_rows(&data, &rows, NULL) == IMR_OK);
    CHECK_NEAR(loglik_at(&model, &point), -2 * q + log1p(-exp(-5 * q)), 1e-13);
    imr_panel_rows_free(&rows);
    data.exact = 2;
    CHECK(imr_panel_rows(&data, &rows, NULL) == IMR_OK);
    CHECK_NEAR(loglik_at(&model, &point), -2 * q + log(q) - 5 * q, 1e-13);
    point.zero = 1;
    CHECK(loglik_at(&model, &point) == -INFINITY);
    imr_panel_rows_free(&rows);
}

/* The score and the information of short gaps, and of those for which the matrix is squared. */
static void
test_derivatives_are_those_of_differences(void)
{
    double columns[N_RELAPSES], day[N_RELAPSES];
    imr_panel_data_t data = relapses;

    CHECK(imr_panel_likelihood_work_size(&relapsing) <= 40000);
    for (size_t i = 0; i < N_RELAPSES; i++) {
        columns[i] = (double) (relapse_patient[i] % 3);
        day[i] = relapse_day[i];
    }
    data.columns = columns;
    data.day = day;
    data.k = 1;
    for (int late = 0; late < 2; late++) {
        imr_panel_rows_t rows;
        imr_panel_model_t model = { .rows = &rows,
            .effects = 2,
            .transition = { 0, 2 },
            .column = { 0, 0 },
            .p = 5,
            .work = work };
        imr_panel_point_t point = { .parameter = { -3.5, -4, -6, 0.3, -0.2 } };
        imr_panel_value_t value = { .hessian = hessian }, up = { .hessian = other_hessian },
                          down = up;

        day[4] = late ? 3000 : day[4];
        CHECK(imr_panel_rows(&data, &rows, NULL) == IMR_OK);
        CHECK(imr_panel_likelihood(&model, &point, 2, &value) == IMR_OK);
        CHECK_NEAR(value.loglik, loglik_at(&model, &point), 1e-13);
        for (size_t a = 0; a < 5; a++) {
            double step = 1e-5, slope;

            point.parameter[a] += step;
            CHECK(imr_panel_likelihood(&model, &point, 1, &up) == IMR_OK);
            point.parameter[a] -= 2 * step;
            CHECK(imr_panel_likelihood(&model, &point, 1, &down) == IMR_OK);
            point.parameter[a] += step;
            slope = (up.loglik - down.loglik) / (2 * step);
            CHECK(fabs(value.gradient[a] - slope) < 1e-7 * (1 + fabs(slope)));
            for (size_t b = 0; b <= a; b++) {
                double bend = (up.gradient[b] - down.gradient[b]) / (2 * step);

                CHECK(fabs(hessian[a * 5 + b] - bend) < 1e-7 * (1 + fabs(bend)));
            }
        }
        imr_panel_rows_free(&rows);
    }
}

/* At 0 the slope is in the intensity itself. */
static void
test_the_slope_at_zero_is_that_of_the_intensity(void)
{
    int64_t patient[] = { 1, 1 }, state[] = { 0, 0 };
    double day[] = { 0, 7 };
    imr_panel_data_t data = {
        .patient = patient, .day = day, .state = state, .n = 2, .chain = mortal
    };
    imr_panel_point_t point = { .zero = 1 };
    imr_panel_rows_t rows;
    imr_panel_model_t model = { .rows = &rows, .p = 1, .work = work };
    imr_panel_value_t value = { .hessian = hessian };

    CHECK(imr_panel_rows(&data, &rows, NULL) == IMR_OK);
    CHECK(imr_panel_likelihood(&model, &point, 2, &value) == IMR_OK);
    CHECK(value.loglik == 0 && hessian[0] == 0);
    CHECK_NEAR(value.gradient[0], -7, 1e-13);
    imr_panel_rows_free(&rows);
}

HARNESS_MAIN({
    RUN(test_contributions_are_those_of_the_formulas);
    RUN(test_derivatives_are_those_of_differences);
    RUN(test_the_slope_at_zero_is_that_of_the_intensity);
})
