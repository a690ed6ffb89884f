#include "../harness.h"
#include "panel_rows.h"

static double work[40000], buffer[3][64];

typedef struct {
    imr_panel_rows_t rows;
    imr_panel_model_t model;
    imr_panel_climb_t climb;
} case_t;

/* From intensities of exp(start) each. */
static int
climb_from(case_t *self, const imr_panel_data_t *data, double start)
{
    CHECK(imr_panel_rows(data, &self->rows, NULL) == IMR_OK);
    self->model =
        (imr_panel_model_t) { .rows = &self->rows, .p = data->chain.transitions, .work = work };
    self->climb = (imr_panel_climb_t) { .model = &self->model,
        .fixed = self->model.p,
        .value.hessian = buffer[0],
        .hessian = buffer[1],
        .factor = buffer[2],
        .enough = 1e-10,
        .highest = log(30 / self->rows.shortest) };
    for (size_t j = 0; j < self->model.p; j++) {
        self->climb.point.parameter[j] = start;
    }
    return imr_panel_climb(&self->climb);
}

/* Deaths over time at risk. */
static void
test_exact_deaths_are_an_exponential_model(void)
{
    int64_t patient[] = { 1, 1, 2, 2, 3, 3, 3 }, state[] = { 0, 1, 0, 0, 0, 0, 1 };
    double day[] = { 0, 11, 0, 20, 0, 30, 41 };
    imr_panel_data_t data = {
        .patient = patient, .day = day, .state = state, .n = 7, .chain = mortal, .exact = 2
    };
    case_t it;

    for (double start = -12; start < 2; start += 3) {
        CHECK(climb_from(&it, &data, start) == IMR_OK);
        CHECK_NEAR(exp(it.climb.point.parameter[0]), 2 / 72.0, 1e-10);
        CHECK_NEAR(it.climb.factor[0] * it.climb.factor[0], 2, 1e-9);
        CHECK(it.climb.score_norm < 1e-9 && it.climb.count == 1);
        imr_panel_rows_free(&it.rows);
    }
}

static void
test_every_start_leads_to_the_same_maximum(void)
{
    double first[3] = { 0 };
    case_t it;

    for (double start = -9; start < -1; start += 2) {
        CHECK(climb_from(&it, &relapses, start) == IMR_OK);
        CHECK(it.climb.score_norm < 1e-9 && it.climb.count == 3);
        for (size_t j = 0; j < 3; j++) {
            first[j] = start < -8 ? it.climb.point.parameter[j] : first[j];
            CHECK_NEAR(it.climb.point.parameter[j], first[j], 1e-8);
        }
        imr_panel_rows_free(&it.rows);
    }
}

/* active -> remission is seen, its return and death are not. */
static void
test_an_intensity_without_events_becomes_0(void)
{
    int64_t patient[] = { 1, 1, 1, 2, 2 }, state[] = { 0, 0, 1, 0, 0 };
    double day[] = { 0, 10, 20, 0, 10 };
    imr_panel_data_t data = relapses;
    case_t it;

    data.patient = patient;
    data.day = day;
    data.state = state;
    data.n = 5;
    CHECK(climb_from(&it, &data, -4) == IMR_OK);
    /* return: remission holds no interval, but lies on the way: it is left at 0 as well */
    CHECK((it.climb.point.zero >> 2 & 1) == 1 && it.climb.value.gradient[2] < 0);
    CHECK((it.climb.point.zero >> 1 & 1) == 1);
    CHECK_NEAR(exp(it.climb.point.parameter[0]), log(1.5) / 10, 1e-9);
    /* and a climb that begins there comes back, if it has to */
    it.climb.point.zero = 5;
    it.climb.point.parameter[0] = -3;
    CHECK(imr_panel_climb(&it.climb) == IMR_ERR_NOCONV); /* impossible data */
    imr_panel_rows_free(&it.rows);
}

static void
test_an_intensity_leaves_0_where_the_likelihood_rises(void)
{
    int64_t patient[] = { 1, 1, 1, 2, 2, 2 }, state[] = { 0, 1, 2, 0, 0, 2 };
    double day[] = { 0, 10, 20, 0, 10, 20 };
    /* 0 -> 1 -> 2, and 0 -> 2: patient 2 may have gone either way */
    imr_panel_data_t data = { .patient = patient,
        .day = day,
        .state = state,
        .n = 6,
        .chain = { 3, 3, { 0, 1, 0 }, { 1, 2, 2 } },
        .exact = 4 };
    case_t it;
    double top;

    CHECK(climb_from(&it, &data, -3) == IMR_OK);
    top = it.climb.value.loglik;
    it.climb.point.zero = 4;
    CHECK(imr_panel_climb(&it.climb) == IMR_OK);
    CHECK_NEAR(it.climb.value.loglik, top, 1e-10);
    imr_panel_rows_free(&it.rows);
}

/* Nobody can be told to have been in state 1 or 2, which are seen together. */
static void
test_what_cannot_be_told_apart_is_flat(void)
{
    int64_t patient[] = { 1, 1, 2, 2, 3, 3 }, state[] = { 0, 3, 0, 3, 0, 0 };
    double day[] = { 0, 10, 0, 10, 0, 10 };
    imr_panel_data_t data = { .patient = patient,
        .day = day,
        .state = state,
        .n = 6,
        .chain = { 3, 2, { 0, 0 }, { 1, 2 } },
        .sets = 1,
        .set = { 6 } };
    case_t it;

    CHECK(climb_from(&it, &data, -3) == IMR_ERR_PANEL_FLAT);
    imr_panel_rows_free(&it.rows);
}

HARNESS_MAIN({
    RUN(test_exact_deaths_are_an_exponential_model);
    RUN(test_every_start_leads_to_the_same_maximum);
    RUN(test_an_intensity_without_events_becomes_0);
    RUN(test_an_intensity_leaves_0_where_the_likelihood_rises);
    RUN(test_what_cannot_be_told_apart_is_flat);
})
