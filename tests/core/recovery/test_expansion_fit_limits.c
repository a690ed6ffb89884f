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
    *rows = (imr_stein_rows_t) { .decline = IMR_DECLINE_BIEXPONENTIAL,
        .n = N,
        .day = day,
        .log_copies = value,
        .below = below };
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

/* Walks at random in what is likely enough, and only where the log of the curve on a day goes on (up or
 * down). Returns how far it comes. */
static double
walk(const imr_stein_climb_t *from, double day, double direction, double drop, int steps)
{
    static const double width[] = { 0.3, 0.5, 0.2, 0.3, 0.6, 0.5, 0.3 };
    imr_stein_rows_t rows = from->rows;
    double phi[IMR_STEIN_UNKNOWNS], best = -INFINITY, scale = 1;
    uint64_t state = 1;

    memcpy(phi, from->phi, sizeof(phi));
    for (int i = 0; i < steps; i++) {
        double moved[IMR_STEIN_UNKNOWNS], level;

        scale = pow(10, -3.0 * (i % 100) / 100.0);
        for (int k = 0; k < IMR_STEIN_UNKNOWNS; k++) {
            state = state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
            moved[k] = phi[k] + scale * width[k] * ((double) (state >> 32) / 2147483648.0 - 1);
        }
        rows.rising = 0;
        while (rows.day[rows.rising] < moved[IMR_STEIN_DAY]) {
            rows.rising++;
        }
        level = direction
            * imr_stein_log_curve(rows.decline, moved, day, day < moved[IMR_STEIN_DAY], NULL, NULL);
        if (level > best && imr_stein_loglik(&rows, moved, NULL, NULL) >= from->loglik - drop) {
            memcpy(phi, moved, sizeof(phi));
            best = level;
        }
    }
    return direction * best;
}

static void
test_the_limits_of_the_curve_are_those_of_what_is_likely(void)
{
    static const double days[] = { 2, 8, 9.5, 12, 40 };
    double day[N], value[N], ends[2];
    uint8_t below[N];
    imr_stein_rows_t rows;
    imr_stein_maxima_t maxima;
    int quick = harness_step(20);

    prepare(&rows, day, value, below);
    imr_stein_maxima(&maxima, &rows);
    for (int d = 0; d < 5; d++) {
        imr_stein_curve_limits(&maxima, days[d], 1.92, ends);
        for (int e = 0; e < 2; e++) {
            double way = e == 0 ? -1 : 1;
            double reached = walk(&maxima.climb[0], days[d], way, 1.92, 60000 / quick);
            double short_of = way * (ends[e] - reached) / (ends[1] - ends[0]);

            CHECK(short_of > -1e-6 && (quick > 1 || short_of < 0.06));
        }
    }
}

HARNESS_MAIN({
    RUN(test_the_profile_has_fallen_by_so_much);
    RUN(test_the_day_of_the_peak);
    RUN(test_an_open_end_is_infinite);
    RUN(test_the_limits_of_the_curve_are_those_of_what_is_likely);
})
