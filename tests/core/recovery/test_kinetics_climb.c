#include "recovery/kinetics_climb.h"

#include "../harness.h"
#include "kinetics_rows.h"

static void
test_least_squares_are_those_of_r(void)
{
    /* R 4.2.2: nls of SSlogis, tests/golden/recovery/kinetics.json */
    rows_t rows;
    imr_kinetics_climb_t climb = climb_of(
        &rows, IMR_KINETICS_LOGISTIC, IMR_KINETICS_ADDITIVE, CHICK_DAY, CHICK_WEIGHT, 12, 0);

    climb.phi[0] = log(300);
    climb.phi[1] = 15;
    climb.phi[2] = log(8);
    CHECK(imr_kinetics_climb(&climb) == IMR_OK);
    CHECK(climb.score_norm < 1e-6);
    CHECK_NEAR(exp(climb.phi[0]), 937.02057313072009, 1e-7);
    CHECK_NEAR(climb.phi[1], 35.22279448289337, 1e-7);
    CHECK_NEAR(exp(climb.phi[2]), 11.405191715367877, 1e-7);
    CHECK_NEAR(-2 * climb.loglik, 76.662356256188033, 1e-12);
}

static void
test_the_likelihood_is_that_of_the_rows(void)
{
    static const double phi[IMR_KINETICS_MOST] = { 4.5, 115, 2.7 };
    const double sd = 0.4, h = 1 / sd;
    rows_t rows;

    for (int e = 0; e < 3; e++) {
        imr_kinetics_climb_t climb = climb_of(&rows, IMR_KINETICS_LOGISTIC,
            (imr_kinetics_error_t) e, PATIENT_DAY, PATIENT_COUNT, 8, 2);
        double sum = 0;

        climb.joint = 1;
        for (size_t i = 0; i < 8; i++) {
            double f = exp(4.5) / (1 + exp((115 - PATIENT_DAY[i]) / exp(2.7)));
            double y = PATIENT_COUNT[i], s = e == IMR_KINETICS_PROPORTIONAL ? sd * f : sd;
            double z = e == IMR_KINETICS_LOG ? (log(y) - log(f)) / s : (y - f) / s;

            sum += i < 2 ? log(0.5 * erfc(-z * sqrt(0.5))) : -0.5 * z * z - log(s);
        }
        CHECK_NEAR(imr_kinetics_loglik(&climb, phi, h), sum, 1e-12);
    }
}

static void
test_the_gradient_is_that_of_the_likelihood(void)
{
    static const double phi[][IMR_KINETICS_MOST] = { { 4.5, 115, 2.7 }, { 4.5, 85, 2.7 } };
    rows_t rows;

    for (int e = 0; e < 3; e++) {
        for (int crossing = 0; crossing < 2; crossing++) {
            imr_kinetics_climb_t climb = climb_of(&rows, IMR_KINETICS_LOGISTIC,
                (imr_kinetics_error_t) e, PATIENT_DAY, PATIENT_COUNT, 8, 2);

            climb.joint = 1;
            climb.h = 2;
            climb.coordinates = crossing ? IMR_COORDINATES_CROSSING : IMR_COORDINATES_OWN;
            climb.replaced = 1;
            memcpy(climb.phi, phi[crossing], sizeof(climb.phi));
            imr_kinetics_loglik(&climb, climb.phi, climb.h);
            imr_kinetics_derivatives(&climb);
            for (size_t c = 0; c < 4; c++) {
                double moved[IMR_KINETICS_MOST], step = 1e-6 * (c < 3 ? 1 + fabs(climb.phi[c]) : 1);
                double up, down, h = c == 3 ? step : 0;

                memcpy(moved, climb.phi, sizeof(moved));
                moved[c % 3] += c < 3 ? step : 0;
                up = imr_kinetics_loglik(&climb, moved, 2 + h);
                moved[c % 3] -= c < 3 ? 2 * step : 0;
                down = imr_kinetics_loglik(&climb, moved, 2 - h);
                CHECK(fabs((up - down) / (2 * step) - climb.gradient[c])
                    <= 1e-5 * (1 + fabs(climb.gradient[c])));
            }
        }
    }
}

static void
test_a_maximum_of_all_unknowns_has_no_slope(void)
{
    rows_t rows;

    for (int e = 0; e < 3; e++) {
        imr_kinetics_climb_t climb = climb_of(&rows, IMR_KINETICS_LOGISTIC,
            (imr_kinetics_error_t) e, PATIENT_DAY, PATIENT_COUNT, 8, 2);

        climb.joint = 1;
        climb.phi[0] = 4.5;
        climb.phi[1] = 118;
        climb.phi[2] = 2.8;
        climb.h = e == IMR_KINETICS_ADDITIVE ? 0.1 : 3;
        CHECK(imr_kinetics_climb(&climb) == IMR_OK);
        CHECK(climb.score_norm < 1e-8);
        for (size_t c = 0; c < 4; c++) {
            CHECK(fabs(climb.gradient[c]) <= 1e-6 * sqrt(climb.factor[c * 4 + c]));
        }
        for (size_t i = 0; i < 2; i++) {
            double weight = imr_kinetics_below_weight(&climb, i);

            CHECK(weight >= 0 && weight < 1);
        }
    }
}

static void
test_a_fixed_coordinate_stays(void)
{
    rows_t rows;
    imr_kinetics_climb_t climb = climb_of(
        &rows, IMR_KINETICS_LOGISTIC, IMR_KINETICS_ADDITIVE, CHICK_DAY, CHICK_WEIGHT, 12, 0);

    climb.phi[0] = log(400);
    climb.phi[1] = 20;
    climb.phi[2] = log(8);
    climb.fixed = 0;
    CHECK(imr_kinetics_climb(&climb) == IMR_OK);
    CHECK(climb.phi[0] == log(400));
    CHECK(-2 * climb.loglik > 76.66);
    /* no curve of this plateau crosses the threshold */
    climb.coordinates = IMR_COORDINATES_CROSSING;
    climb.replaced = climb.fixed = 1;
    climb.threshold = 1000;
    CHECK(imr_kinetics_climb(&climb) == IMR_ERR_NOCONV);
    CHECK(climb.loglik == -INFINITY);
}

HARNESS_MAIN({
    RUN(test_least_squares_are_those_of_r);
    RUN(test_the_likelihood_is_that_of_the_rows);
    RUN(test_the_gradient_is_that_of_the_likelihood);
    RUN(test_a_maximum_of_all_unknowns_has_no_slope);
    RUN(test_a_fixed_coordinate_stays);
})
