/* Small data for the C tests of the frailty. */
#ifndef COX_FRAILTY_DATA_H
#define COX_FRAILTY_DATA_H

#include "cox_data.h"

/* Two centres of six patients, three with x = -1 and three with x = 1: all of the first have the event
 * at time 1, all of the second at time 2. By symmetry the coefficient is 0 under Breslow's rule, and
 * the profile is a formula: docs/methods/survival/cox_frailty.md. */
enum { PAIR = 12, PAIR_EVENTS = 6 };
static const double PAIR_TIME[PAIR] = { 1, 1, 1, 1, 1, 1, 2, 2, 2, 2, 2, 2 };
static const double PAIR_X[PAIR] = { -1, 1, -1, 1, -1, 1, -1, 1, -1, 1, -1, 1 };
static const uint8_t PAIR_EVENT[PAIR] = { 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1 };
static const int64_t PAIR_CLUSTER[PAIR] = { 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1 };

static inline imr_cox_data_t
pair(void)
{
    return (imr_cox_data_t) { .n = PAIR,
        .p = 1,
        .time = PAIR_TIME,
        .event = PAIR_EVENT,
        .x = PAIR_X,
        .strata = 1,
        .cluster = PAIR_CLUSTER,
        .clusters = 2 };
}

static inline double
pair_loglik(double theta)
{
    double d = PAIR_EVENTS, sum = -d * log(2 * d * d) + 2 * d;

    for (int j = 1; j < PAIR_EVENTS; j++) {
        sum += 2 * log1p(j * theta);
    }
    return sum - (d + 1 / theta) * log1p(d * theta) - (d + 2 / theta) * log1p(d * theta / 2);
}

/* Ten rows of two covariates in four clusters and two strata, with ties, late entries and offsets. */
enum { TEN = 10 };
static const double TEN_TIME[TEN] = { 4, 3, 3, 2, 5, 4, 3, 6, 2, 4 };
static const double TEN_ENTRY[TEN] = { 0, 1, 0, 0, 2, 3, 0, 1, 0, 0 };
static const uint8_t TEN_EVENT[TEN] = { 1, 1, 1, 1, 0, 1, 1, 0, 1, 1 };
static const double TEN_X[2 * TEN] = { 1, 5, 0, 7, 2, 6, 1, 8, 3, 5, 0, 6, 2, 4, 1, 9, 1, 3, 0, 5 };
static const double TEN_OFFSET[TEN] = { 0.1, 0, -0.3, 0, 0.2, 0, 0, 0.5, 0, -0.1 };
static const int64_t TEN_STRATUM[TEN] = { 0, 0, 0, 0, 0, 1, 0, 0, 1, 1 };
static const int64_t TEN_CLUSTER[TEN] = { 0, 0, 1, 1, 2, 2, 2, 3, 3, 0 };

static inline imr_cox_data_t
ten(void)
{
    return (imr_cox_data_t) { .n = TEN,
        .p = 2,
        .time = TEN_TIME,
        .event = TEN_EVENT,
        .x = TEN_X,
        .entry = TEN_ENTRY,
        .offset = TEN_OFFSET,
        .stratum = TEN_STRATUM,
        .strata = 2,
        .cluster = TEN_CLUSTER,
        .clusters = 4 };
}

#endif
