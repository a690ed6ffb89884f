#include "recovery/expansion_fit_climb.h"

#include "../harness.h"

enum { N = 9 };

static const double DAY[N] = { 2, 4, 6, 8, 10, 14, 28, 90, 180 };
static const double NOISE[N] = { 0.3, -0.2, 0.25, -0.35, 0.2, -0.3, 0.1, 0.25, -0.2 };

/* The samples of a curve with its peak on day 9, `noise` times NOISE away from it. */
static void
prepare(imr_stein_climb_t *self, double *value, uint8_t *below, double noise)
{
    double phi[IMR_STEIN_UNKNOWNS] = { log(20000), 9, log(0.9), log(0.2), log(0.02), log(0.005),
        1 };

    memset(self, 0, sizeof(*self));
    self->rows = (imr_stein_rows_t) { .decline = IMR_DECLINE_BIEXPONENTIAL,
        .n = N,
        .day = DAY,
        .log_copies = value,
        .below = below,
        .rising = 4 };
    self->first_day = 8;
    self->last_day = 10;
    memcpy(self->phi, phi, sizeof(phi));
    for (int i = 0; i < N; i++) {
        below[i] = 0;
        value[i] = imr_stein_log_curve(IMR_DECLINE_BIEXPONENTIAL, phi, DAY[i], i < 4, NULL, NULL)
            + noise * NOISE[i];
    }
    for (int k = 0; k < IMR_STEIN_UNKNOWNS; k++) {
        self->phi[k] += k == IMR_STEIN_DAY ? 0.4 : 0.3;
    }
}

static void
test_a_curve_without_scatter_is_found_again(void)
{
    imr_stein_climb_t climb;
    double value[N];
    uint8_t below[N];

    prepare(&climb, value, below, 0);
    CHECK(imr_stein_climb(&climb));
    CHECK_NEAR(climb.phi[IMR_STEIN_PEAK], log(20000), 1e-8);
    CHECK_NEAR(climb.phi[IMR_STEIN_DAY], 9, 1e-8);
    CHECK_NEAR(climb.phi[IMR_STEIN_RISE], log(0.9), 1e-7);
    CHECK_NEAR(climb.phi[IMR_STEIN_FAST], log(0.2), 1e-7);
    CHECK_NEAR(climb.phi[IMR_STEIN_SHARE], log(0.02), 1e-7);
    CHECK_NEAR(climb.phi[IMR_STEIN_SLOW], log(0.005), 1e-7);
    CHECK(climb.phi[IMR_STEIN_PRECISION] == IMR_STEIN_MOST_PRECISION);
}

/* Every way off the maximum leads down. */
static void
test_a_maximum_among_its_neighbours(void)
{
    imr_stein_climb_t climb;
    double value[N];
    uint8_t below[N];

    prepare(&climb, value, below, 1);
    below[0] = below[8] = 1;
    CHECK(imr_stein_climb(&climb));
    CHECK(climb.score_norm < 1e-7);
    CHECK(climb.phi[IMR_STEIN_DAY] >= 8 && climb.phi[IMR_STEIN_DAY] <= 10);
    for (int k = 0; k < IMR_STEIN_UNKNOWNS; k++) {
        for (int side = -1; side <= 1; side += 2) {
            double phi[IMR_STEIN_UNKNOWNS];

            memcpy(phi, climb.phi, sizeof(phi));
            phi[k] += 1e-3 * side;
            if (phi[IMR_STEIN_DAY] >= 8 && phi[IMR_STEIN_DAY] <= 10) {
                CHECK(imr_stein_loglik(&climb.rows, phi, NULL, NULL) < climb.loglik);
            }
        }
    }
}

static void
test_what_is_fixed_stays(void)
{
    imr_stein_climb_t climb;
    double value[N], free_loglik;
    uint8_t below[N];
    size_t free[IMR_STEIN_UNKNOWNS];

    prepare(&climb, value, below, 1);
    CHECK(imr_stein_free(&climb, free) == 7);
    CHECK(imr_stein_climb(&climb));
    free_loglik = climb.loglik;
    climb.fixed[IMR_STEIN_SLOW] = 1;
    climb.phi[IMR_STEIN_SLOW] += 0.5;
    CHECK(imr_stein_free(&climb, free) == 6);
    CHECK(imr_stein_climb(&climb) && climb.loglik < free_loglik);
    prepare(&climb, value, below, 1);
    climb.rows.decline = IMR_DECLINE_EXPONENTIAL;
    CHECK(imr_stein_free(&climb, free) == 5);
    CHECK(imr_stein_climb(&climb) && climb.loglik < free_loglik);
    CHECK(climb.phi[IMR_STEIN_SLOW] == log(0.005) + 0.3);
}

/* All of the rise below the limit: the steeper, the likelier. */
static void
test_a_rise_without_end_is_told(void)
{
    imr_stein_climb_t climb;
    double value[N];
    uint8_t below[N];

    prepare(&climb, value, below, 1);
    for (int i = 0; i < 4; i++) {
        below[i] = 1;
        value[i] = 0;
    }
    CHECK(!imr_stein_climb(&climb));
}

HARNESS_MAIN({
    RUN(test_a_curve_without_scatter_is_found_again);
    RUN(test_a_maximum_among_its_neighbours);
    RUN(test_what_is_fixed_stays);
    RUN(test_a_rise_without_end_is_told);
})
