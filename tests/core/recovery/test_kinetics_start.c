#include "../harness.h"
#include "kinetics_rows.h"

/* Curves without scatter on a usual schedule. */
static const double DAY[] = { 14, 28, 56, 84, 112, 140, 180, 210, 270, 330 };

static void
check_start(imr_kinetics_model_t model, const double *theta, double tolerance)
{
    imr_kinetics_start_t starts[IMR_KINETICS_STARTS];
    rows_t rows;
    imr_kinetics_climb_t climb;
    double count[10];
    size_t n;

    imr_kinetics_curve(model, theta, DAY[0], DAY, 10, 0, count, NULL);
    for (int e = 0; e < 2; e++) {
        climb = climb_of(
            &rows, model, e == 0 ? IMR_KINETICS_LOG : IMR_KINETICS_ADDITIVE, DAY, count, 10, 0);
        n = imr_kinetics_starts(&climb, starts);
        CHECK(n > 0 && n <= IMR_KINETICS_STARTS);
        for (size_t i = 1; i < n; i++) {
            CHECK(starts[i - 1].misfit <= starts[i].misfit);
        }
        memcpy(climb.phi, starts[0].theta, sizeof(climb.phi));
        CHECK(imr_kinetics_climb(&climb) == IMR_OK);
        for (size_t c = 0; c < imr_kinetics_unknowns(model); c++) {
            CHECK(fabs(climb.phi[c] - theta[c]) <= tolerance * (1 + fabs(theta[c])));
        }
    }
}

static void
test_every_model_is_found_again(void)
{
    static const double logistic[] = { 4.5, 110, 2.8, 0 }, gompertz[] = { 4.5, 110, 3.6, 0 };
    static const double emax[] = { 4.5, 4.7, 1.4, 0 }, exponential[] = { -0.2, 0.02, 0, 0 };
    static const double approach[] = { 4.5, 0.7, -4.5, 0 }, logistic4[] = { 2, 90, 110, 2.8 };
    static const double biexponential[] = { 5, -3, 2, -6 };

    check_start(IMR_KINETICS_LOGISTIC, logistic, 1e-6);
    check_start(IMR_KINETICS_GOMPERTZ, gompertz, 1e-6);
    check_start(IMR_KINETICS_EMAX, emax, 1e-6);
    check_start(IMR_KINETICS_EXPONENTIAL, exponential, 1e-6);
    check_start(IMR_KINETICS_APPROACH, approach, 1e-6);
    check_start(IMR_KINETICS_LOGISTIC4, logistic4, 1e-5);
    check_start(IMR_KINETICS_BIEXPONENTIAL, biexponential, 1e-5);
}

static void
test_a_turnover_starts_before_the_first_count(void)
{
    static const double theta[IMR_KINETICS_MOST] = { 0.5, -3.5, 60 };
    imr_kinetics_start_t starts[IMR_KINETICS_STARTS];
    rows_t rows;
    double count[10];
    imr_kinetics_climb_t climb;

    imr_kinetics_curve(IMR_KINETICS_TURNOVER, theta, 0, DAY, 10, 0, count, NULL);
    count[0] = count[1] = count[2] = 1; /* the limit */
    climb = climb_of(&rows, IMR_KINETICS_TURNOVER, IMR_KINETICS_LOG, DAY, count, 10, 3);
    climb.joint = 1;
    CHECK(imr_kinetics_starts(&climb, starts) > 0);
    CHECK(starts[0].theta[2] > 50 && starts[0].theta[2] < 84);
}

static void
test_falling_counts_give_a_grid(void)
{
    static const double day[] = { 10, 20, 30, 40 }, count[] = { 8, 7, 6, 5 };
    imr_kinetics_start_t starts[IMR_KINETICS_STARTS];
    rows_t rows;
    imr_kinetics_climb_t climb =
        climb_of(&rows, IMR_KINETICS_LOGISTIC, IMR_KINETICS_LOG, day, count, 4, 0);

    CHECK(imr_kinetics_starts(&climb, starts) == 8);
}

HARNESS_MAIN({
    RUN(test_every_model_is_found_again);
    RUN(test_a_turnover_starts_before_the_first_count);
    RUN(test_falling_counts_give_a_grid);
})
