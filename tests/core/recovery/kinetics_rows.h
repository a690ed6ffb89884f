/* Rows for the tests of recovery curves. */
#ifndef IMR_TEST_KINETICS_ROWS_H
#define IMR_TEST_KINETICS_ROWS_H

#include "recovery/kinetics_climb.h"

enum { MOST_ROWS = 16 };

typedef struct {
    double day[MOST_ROWS], count[MOST_ROWS], value[MOST_ROWS], level[MOST_ROWS];
    double slope[MOST_ROWS * IMR_KINETICS_MOST];
    uint8_t below[MOST_ROWS];
} rows_t;

/* ChickWeight, chick 1 (R's datasets): days 0 to 21. */
static const double CHICK_DAY[] = { 0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 21 };
static const double CHICK_WEIGHT[] = { 42, 51, 59, 64, 76, 93, 106, 125, 149, 171, 199, 205 };

/* A patient after CAR T cells: two counts below 1, then a recovery. */
static const double PATIENT_DAY[] = { 14, 28, 56, 84, 112, 140, 180, 210 };
static const double PATIENT_COUNT[] = { 1, 1, 2, 9, 41, 70, 95, 88 };

static imr_kinetics_climb_t
climb_of(rows_t *rows, imr_kinetics_model_t model, imr_kinetics_error_t error, const double *day,
    const double *count, size_t n, size_t below)
{
    imr_kinetics_climb_t climb = { .model = model,
        .error = error,
        .n = n,
        .day = rows->day,
        .count = rows->count,
        .value = rows->value,
        .below = rows->below,
        .origin = day[0],
        .fixed = IMR_KINETICS_SIDE,
        .threshold = 10,
        .h = 1,
        .level = rows->level,
        .slope = rows->slope };

    for (size_t i = 0; i < n; i++) {
        rows->day[i] = day[i];
        rows->count[i] = count[i];
        rows->value[i] = error == IMR_KINETICS_LOG ? log(count[i]) : count[i];
        rows->below[i] = i < below;
    }
    return climb;
}

#endif
