/* A cohort drawn from the published population of Stein 2019, for the tests of its curves. */
#ifndef IMR_TEST_EXPANSION_COHORT_ROWS_H
#define IMR_TEST_EXPANSION_COHORT_ROWS_H

#include "base/rng.h"
#include "recovery/expansion_cohort.h"

enum { MOST_PATIENTS = 60, VISITS = 13, MOST_ROWS = MOST_PATIENTS * VISITS };

/* fold 3900, peak 24000 on day 9.3, alpha 0.16, share 0.0079, beta 0.0032 a day */
static const double TRUTH[IMR_EXPANSION_PARAMETERS] = { 10.0858, 2.2300, 8.2687, -1.8326, -4.8329,
    -5.7446 };
static const double SPREAD[IMR_EXPANSION_PARAMETERS] = { 0.806, 0.616, 1.549, 0.954, 0.894, 0.927 };

typedef struct {
    int64_t patient[MOST_ROWS];
    double day[MOST_ROWS], copies[MOST_ROWS], lloq;
    double theta[MOST_PATIENTS * IMR_EXPANSION_PARAMETERS];
    imr_count_series_t series;
} expansion_rows_t;

/* Log standard deviation sd about the curves; `visits` of the 13 samples, those up to day 28 being nine. */
static void
draw_cohort(expansion_rows_t *rows, size_t patients, size_t visits, double sd, uint64_t seed)
{
    static const double day[VISITS] = { 1, 3, 5, 7, 9, 11, 14, 21, 28, 60, 90, 180, 365 };
    uint64_t key[2] = { seed, 7 };
    imr_rng_t rng;

    imr_rng_init(&rng, key, 0);
    rows->lloq = 50;
    rows->series = (imr_count_series_t) { .patient = rows->patient,
        .day = rows->day,
        .count = rows->copies,
        .lloq = &rows->lloq,
        .n = patients * visits,
        .patients = patients,
        .n_series = 1 };
    for (size_t i = 0; i < patients; i++) {
        double *theta = rows->theta + i * IMR_EXPANSION_PARAMETERS;

        for (size_t c = 0; c < IMR_EXPANSION_PARAMETERS; c++) {
            theta[c] = TRUTH[c] + SPREAD[c] * imr_rng_normal(&rng);
        }
        for (size_t k = 0; k < visits; k++) {
            size_t row = i * visits + k;

            rows->patient[row] = (int64_t) i;
            rows->day[row] = day[k];
            rows->copies[row] = exp(imr_course_log_curve(IMR_DECLINE_BIEXPONENTIAL, theta, day[k])
                + sd * imr_rng_normal(&rng));
        }
    }
}

#endif
