#include "recovery/expansion_fit_limits.h"

#include "../harness.h"

enum { N = 10 };

static void
prepare(imr_stein_rows_t *rows, double *day, double *value, uint8_t *below)
{
    static const double at[N] = { 3, 5, 7, 9, 11, 14, 21, 28, 60, 120 };
    static const double copies[N] = { 80, 400, 3000, 15000, 21000, 9000, 5000, 1100, 300, 140 };

    for (int i = 0; i < N; i++) {
        day[i] = at[i];
        value[i] = log(copies[i]);
        below[i] = 0;
    }
    *rows = (imr_stein_rows_t) { IMR_DECLINE_BIEXPONENTIAL, N, day, value, below, 0 };
}

/* The profile at its limits, by a climb from elsewhere. */
static void
test_the_profile_has_fallen_by_so_much(void)
{
    static const size_t unknowns[] = { IMR_STEIN_PEAK, IMR_STEIN_RISE, IMR_STEIN_FAST };
    double day[N], value[N], ends[2];
    uint8_t below[N];
    imr_stein_rows_t rows;
    imr_stein_maxima_t maxima;

    prepare(&rows, day, value, below);
    imr_stein_maxima(&maxima, &rows);
    CHECK(maxima.count > 0 && maxima.highest <= maxima.climb[0].loglik + 1e-8);
    for (size_t i = 1; i < maxima.count; i++) {
        CHECK(maxima.climb[i].loglik <= maxima.climb[i - 1].loglik);
    }
    for (int u = 0; u < 3; u++) {
        CHECK(!imr_stein_limits(&maxima, unknowns[u], 1.92, ends));
        CHECK(ends[0] < maxima.climb[0].phi[unknowns[u]]);
        CHECK(ends[1] > maxima.climb[0].phi[unknowns[u]]);
        for (int e = 0; e < 2; e++) {
            double highest = -INFINITY;

            for (size_t i = 0; i < maxima.count; i++) {
                imr_stein_climb_t climb = maxima.climb[i];

                climb.phi[unknowns[u]] = ends[e];
                climb.phi[IMR_STEIN_PRECISION] -= 0.3;
                climb.fixed[unknowns[u]] = 1;
                if (imr_stein_climb(&climb)) {
                    highest = fmax(highest, climb.loglik);
                }
            }
            CHECK(fabs(maxima.climb[0].loglik - highest - 1.92) < 1e-5);
        }
    }
}

static void
test_the_day_of_the_peak(void)
{
    double day[N], value[N], ends[2];
    uint8_t below[N];
    imr_stein_rows_t rows;
    imr_stein_maxima_t maxima;

    prepare(&rows, day, value, below);
    imr_stein_maxima(&maxima, &rows);
    CHECK(!imr_stein_limits(&maxima, IMR_STEIN_DAY, 1.92, ends));
    CHECK(7 < ends[0] && ends[0] < maxima.climb[0].phi[IMR_STEIN_DAY]);
    CHECK(maxima.climb[0].phi[IMR_STEIN_DAY] < ends[1] && ends[1] < 14);
}

/* All late samples below the limit: the slow share may be nothing. */
static void
test_an_open_end_is_infinite(void)
{
    double day[N], value[N], ends[2];
    uint8_t below[N];
    imr_stein_rows_t rows;
    imr_stein_maxima_t maxima;

    prepare(&rows, day, value, below);
    rows.decline = IMR_DECLINE_EXPONENTIAL;
    imr_stein_maxima(&maxima, &rows);
    CHECK(maxima.count > 0);
    rows.decline = IMR_DECLINE_BIEXPONENTIAL;
    prepare(&rows, day, value, below);
    imr_stein_maxima(&maxima, &rows);
    CHECK(!imr_stein_limits(&maxima, IMR_STEIN_SLOW, 20, ends));
    CHECK(ends[0] == -INFINITY);
}

HARNESS_MAIN({
    RUN(test_the_profile_has_fallen_by_so_much);
    RUN(test_the_day_of_the_peak);
    RUN(test_an_open_end_is_infinite);
})
