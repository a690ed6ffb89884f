/* A cohort for the tests of mixed recovery curves. */
#ifndef IMR_TEST_COHORT_ROWS_H
#define IMR_TEST_COHORT_ROWS_H

#include "recovery/kinetics_cohort.h"

enum { COHORT_PATIENTS = 6, COHORT_DAYS = 6, COHORT_ROWS = COHORT_PATIENTS * COHORT_DAYS };

typedef struct {
    int64_t patient[COHORT_ROWS];
    double day[COHORT_ROWS], count[COHORT_ROWS], lloq;
    imr_kinetics_t read;
} cohort_rows_t;

/* Logistic recoveries about 100 cells/uL on day 120 with fixed scatter; counts below 1 are below. */
static int
read_cohort(cohort_rows_t *rows, imr_kinetics_model_t model, imr_kinetics_error_t error)
{
    static const double day[] = { 28, 56, 84, 112, 140, 180 };
    static const double plateau[] = { 70, 85, 95, 110, 130, 150 };
    static const double middle[] = { 133, 105, 118, 140, 122, 95 };
    static const double noise[] = { 1.2, 0.8, 1.1, 0.9, 0.85, 1.25, 1.0 };
    imr_kinetics_rows_t given = { rows->patient, rows->day, rows->count, &rows->lloq, 0, NULL, NULL,
        COHORT_ROWS, COHORT_PATIENTS };
    imr_kinetics_options_t options = { .models = { model },
        .n_models = 1,
        .error = error,
        .start = IMR_KINETICS_FROM_DAY,
        .start_day = -INFINITY,
        .threshold = 10,
        .level = 0.95 };

    rows->lloq = 1;
    for (size_t i = 0; i < COHORT_ROWS; i++) {
        size_t p = i / COHORT_DAYS;

        rows->patient[i] = (int64_t) p;
        rows->day[i] = day[i % COHORT_DAYS];
        rows->count[i] = plateau[p] / (1 + exp((middle[p] - rows->day[i]) / 16)) * noise[i % 7];
    }
    return imr_kinetics_init(&rows->read, &given, &options, NULL);
}

#endif
