/* Small data for the C tests of the Cox regression. */
#ifndef COX_DATA_H
#define COX_DATA_H

#include "survival/cox_likelihood.h"
#include "survival/cox_rows.h"

/* Remission of acute myelogenous leukemia, Embury and others 1977: arm 1 has no maintenance. */
enum { AML = 23 };
static const double AML_TIME[AML] = { 9, 13, 13, 18, 23, 28, 31, 34, 45, 48, 161, 5, 5, 8, 8, 12,
    16, 23, 27, 30, 33, 43, 45 };
static const uint8_t AML_EVENT[AML] = { 1, 1, 0, 1, 1, 0, 1, 1, 0, 1, 0, 1, 1, 1, 1, 1, 0, 1, 1, 1,
    1, 1, 1 };
static const double AML_ARM[AML] = { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1,
    1, 1 };

static inline imr_cox_data_t
aml(void)
{
    return (imr_cox_data_t) {
        .n = AML, .p = 1, .time = AML_TIME, .event = AML_EVENT, .x = AML_ARM, .strata = 1
    };
}

static inline imr_cox_options_t
options_of(imr_cox_ties_t ties)
{
    return (imr_cox_options_t) { .ties = ties, .level = 0.95, .fix_ties = 1 };
}

/* Six rows of two covariates in two strata, with late entries, weights and clusters. */
enum { SIX = 6 };
static const double SIX_TIME[SIX] = { 4, 3, 3, 2, 5, 4 }, SIX_ENTRY[SIX] = { 0, 1, 0, 0, 2, 3 };
static const uint8_t SIX_EVENT[SIX] = { 1, 1, 1, 1, 0, 1 };
static const double SIX_X[2 * SIX] = { 1, 5, 0, 7, 2, 6, 1, 8, 3, 5, 0, 6 };
static const double SIX_WEIGHT[SIX] = { 1, 2, 1, 0, 1, 1 };
static const int64_t SIX_CLUSTER[SIX] = { 0, 0, 1, 1, 2, 2 };

static inline imr_cox_data_t
six(void)
{
    return (imr_cox_data_t) { .n = SIX,
        .p = 2,
        .time = SIX_TIME,
        .event = SIX_EVENT,
        .x = SIX_X,
        .entry = SIX_ENTRY,
        .weight = SIX_WEIGHT,
        .strata = 1,
        .cluster = SIX_CLUSTER,
        .clusters = 3 };
}

#endif
