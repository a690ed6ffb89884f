/* Chains and rows of panel data that several tests use. */
#ifndef PANEL_ROWS_H
#define PANEL_ROWS_H

#include "survival/panel_markov.h"

enum { ACTIVE, REMISSION, DEAD };

/* active -> remission -> active, and active -> dead: Q's first row is -(a + d), a, d. */
static const imr_panel_chain_t relapsing = { 3, 3, { ACTIVE, REMISSION, ACTIVE },
    { REMISSION, ACTIVE, DEAD } };

static const imr_panel_chain_t progressive = { 3, 2, { 0, 1 }, { 1, 2 } };
static const imr_panel_chain_t mortal = { 2, 1, { 0 }, { 1 } };

enum { N_RELAPSES = 18 };
static const int64_t relapse_patient[N_RELAPSES] = { 1, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 3, 4, 4,
    4, 4 };
static const double relapse_day[N_RELAPSES] = { 0, 30, 60, 90, 120, 0, 30, 60, 75, 0, 30, 60, 91,
    120, 0, 28, 60, 90 };
static const int64_t relapse_state[N_RELAPSES] = { 0, 1, 1, 0, 0, 0, 0, 1, 2, 0, 1, 1, 1, 1, 0, 0,
    0, 2 };

static const imr_panel_data_t relapses = { .patient = relapse_patient,
    .day = relapse_day,
    .state = relapse_state,
    .n = N_RELAPSES,
    .chain = { 3, 3, { ACTIVE, REMISSION, ACTIVE }, { REMISSION, ACTIVE, DEAD } },
    .exact = 1U << DEAD };

static inline imr_panel_options_t
panel_options(imr_panel_limits_t limits)
{
    return (imr_panel_options_t) { .limits = limits, .level = 0.95 };
}

#endif
