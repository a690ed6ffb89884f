#include "survival/cox_frailty_climb.h"

#include "../harness.h"
#include "cox_frailty_data.h"

/* A climb on sorted rows, at the maximum for a variance of theta. */
static void
climb_to(imr_cox_frailty_climb_t *climb, imr_cox_rows_t *rows, imr_cox_ties_t ties, double theta)
{
    imr_cox_data_t data = ten();
    imr_cox_options_t options = options_of(ties);

    CHECK(imr_cox_rows_init(rows, &data, &options, NULL) == IMR_OK);
    CHECK(imr_cox_frailty_climb_init(climb, rows, ties, NULL, NULL) == IMR_OK);
    CHECK(imr_cox_frailty_climb(climb, theta, 1e-11, NULL) == IMR_OK);
}

static void
release(imr_cox_frailty_climb_t *climb, imr_cox_rows_t *rows)
{
    imr_cox_frailty_climb_free(climb);
    imr_cox_frailty_climb_free(climb);
    imr_cox_rows_free(rows);
}

static void
test_at_the_maximum_frailties_are_their_means_given_the_data(void)
{
    for (int ties = IMR_COX_EFRON; ties <= IMR_COX_BRESLOW; ties++) {
        imr_cox_frailty_climb_t climb;
        imr_cox_rows_t rows;
        double theta = 0.8;

        climb_to(&climb, &rows, (imr_cox_ties_t) ties, theta);
        for (size_t g = 0; g < climb.groups; g++) {
            double frailty = exp(climb.log_frailty[g]), hazard = climb.expected[g] / frailty;

            CHECK_NEAR(frailty, (1 + theta * climb.events[g]) / (1 + theta * hazard), 1e-10);
        }
        CHECK(fabs(climb.likelihood.score[0]) < 1e-9 && fabs(climb.likelihood.score[1]) < 1e-9);
        CHECK(climb.norm < 1e-10);
        release(&climb, &rows);
    }
}

/* The slope of the likelihood in the log frailties at a moved point, by the definition. */
static void
slope_of(imr_cox_frailty_climb_t *climb, size_t moved, double by, double *slope)
{
    imr_cox_rows_t *rows = climb->rows;

    for (size_t i = 0; i < rows->n; i++) {
        size_t g = (size_t) rows->cluster[i];

        rows->offset[i] = climb->known[i] + climb->log_frailty[g] + (g == moved ? by : 0);
    }
    CHECK(imr_cox_evaluate(&climb->likelihood, climb->coef, NULL) == IMR_OK);
    for (size_t g = 0; g < climb->groups; g++) {
        slope[g] =
            climb->events[g] - expm1(climb->log_frailty[g] + (g == moved ? by : 0)) / climb->theta;
    }
    for (size_t i = 0; i < rows->n; i++) {
        slope[rows->cluster[i]] -= climb->likelihood.out[i];
    }
}

static void
test_the_information_is_the_change_of_the_slope(void)
{
    for (int ties = IMR_COX_EFRON; ties <= IMR_COX_BRESLOW; ties++) {
        imr_cox_frailty_climb_t climb;
        imr_cox_rows_t rows;

        climb_to(&climb, &rows, (imr_cox_ties_t) ties, 2);
        for (size_t h = 0; h < climb.groups; h++) {
            double unit[4] = { 0 }, column[4] = { 0 }, up[4], down[4], image[4] = { 0 };

            unit[h] = 1;
            CHECK(imr_cox_frailty_solve(&climb, unit, 1e-28, column, NULL) == IMR_OK);
            for (size_t g = 0; g < climb.groups; g++) {
                slope_of(&climb, g, 1e-5, up);
                slope_of(&climb, g, -1e-5, down);
                for (size_t k = 0; k < climb.groups; k++) {
                    image[k] += column[g] * (down[k] - up[k]) / 2e-5;
                }
            }
            slope_of(&climb, 0, 0, up);
            for (size_t g = 0; g < climb.groups; g++) {
                CHECK(fabs(image[g] - unit[g]) < 1e-8);
            }
        }
        release(&climb, &rows);
    }
}

static void
test_the_mixed_information_is_the_change_of_the_slope(void)
{
    imr_cox_frailty_climb_t climb;
    imr_cox_rows_t rows;
    double up[4], down[4];

    climb_to(&climb, &rows, IMR_COX_EFRON, 2);
    CHECK(imr_cox_frailty_inform(&climb, NULL) == IMR_OK);
    for (size_t j = 0; j < 2; j++) {
        climb.coef[j] += 1e-5;
        slope_of(&climb, 0, 0, up);
        climb.coef[j] -= 2e-5;
        slope_of(&climb, 0, 0, down);
        climb.coef[j] += 1e-5;
        for (size_t g = 0; g < climb.groups; g++) {
            CHECK(fabs((down[g] - up[g]) / 2e-5 - climb.mixed[j * climb.groups + g]) < 1e-8);
        }
    }
    release(&climb, &rows);
}

static void
test_hazards_out_of_range_are_refused(void)
{
    imr_cox_frailty_climb_t climb;
    imr_cox_rows_t rows;

    climb_to(&climb, &rows, IMR_COX_EFRON, 1);
    CHECK(imr_cox_frailty_climb_flat(&climb, NULL) == IMR_OK && climb.value < 0);
    climb.coef[0] = 1e4;
    CHECK(imr_cox_frailty_climb_flat(&climb, NULL) == IMR_ERR_COX_FRAILTY_SPREAD);
    release(&climb, &rows);
}

static void
test_every_allocation_may_fail(void)
{
    imr_cox_frailty_climb_t climb;
    imr_cox_rows_t rows;
    imr_cox_data_t data = ten();
    imr_cox_options_t options = options_of(IMR_COX_EFRON);

    CHECK(imr_cox_rows_init(&rows, &data, &options, NULL) == IMR_OK);
    FAIL_EACH_ALLOCATION(imr_cox_frailty_climb_init(&climb, &rows, IMR_COX_EFRON, NULL, NULL),
        IMR_ERR_NOMEM, imr_cox_frailty_climb_free(&climb));
    imr_cox_rows_free(&rows);
}

HARNESS_MAIN({
    RUN(test_at_the_maximum_frailties_are_their_means_given_the_data);
    RUN(test_the_information_is_the_change_of_the_slope);
    RUN(test_the_mixed_information_is_the_change_of_the_slope);
    RUN(test_hazards_out_of_range_are_refused);
    RUN(test_every_allocation_may_fail);
})
