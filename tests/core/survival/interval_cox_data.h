/* Small data for the C tests of the interval-censored regression. */
#ifndef INTERVAL_COX_DATA_H
#define INTERVAL_COX_DATA_H

#include "../harness.h"
#include "survival/interval_cox_steps.h"
#include "turnbull_fit.h"

enum { EIGHT = 8 };

/* One visit on day 28: the event had come in 1 of 4 patients with x = 0, in 2 of 4 with x = 1. */
static const double EIGHT_LEFT[EIGHT] = { 0, 28, 28, 28, 0, 0, 28, 28 };
static const double EIGHT_RIGHT[EIGHT] = { 28, INFINITY, INFINITY, INFINITY, 28, 28, INFINITY,
    INFINITY };
static const double EIGHT_X[EIGHT] = { 0, 0, 0, 0, 1, 1, 1, 1 };

/* Visits of one group on days 1 and 3, of the other on day 2: half, half and three quarters have had the
 * event, so that the hazard ratio may lie anywhere from 1/2 to 1. */
static const double APART_LEFT[EIGHT] = { 0, 1, 0, 2, 0, 0, 0, 3 };
static const double APART_RIGHT[EIGHT] = { 1, INFINITY, 2, INFINITY, 3, 3, 3, INFINITY };
static const double APART_X[EIGHT] = { 0, 0, 1, 1, 0, 0, 0, 0 };

static inline imr_interval_cox_data_t
eight(void)
{
    return (imr_interval_cox_data_t) {
        .n = EIGHT, .p = 1, .left = EIGHT_LEFT, .right = EIGHT_RIGHT, .x = EIGHT_X
    };
}

static inline imr_interval_cox_data_t
apart(void)
{
    return (imr_interval_cox_data_t) {
        .n = EIGHT, .p = 1, .left = APART_LEFT, .right = APART_RIGHT, .x = APART_X
    };
}

/* n patients with visits as in turnbull_fit.h, a third of them exact, and two covariates. */
enum { MANY = 120 };

static inline imr_interval_cox_data_t
many(double *left, double *right, double *x)
{
    uint64_t state = 7;

    visits(left, right, MANY, 0.3, 3);
    for (size_t i = 0; i < MANY; i++) {
        x[2 * i] = (double) (i % 2);
        x[2 * i + 1] = 50 + 20 * draw(&state);
    }
    return (imr_interval_cox_data_t) { .n = MANY, .p = 2, .left = left, .right = right, .x = x };
}

#endif
