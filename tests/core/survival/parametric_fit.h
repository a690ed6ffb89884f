/* Shared by the C tests of parametric: rows to a fit, in one call. */
#ifndef IMR_PARAMETRIC_FIT_H
#define IMR_PARAMETRIC_FIT_H

#include "../harness.h"
#include "survival/parametric.h"

/* Eleven remission times of the maintained group of the AML data, in weeks; the event of four unseen. */
static const double aml_time[] = { 9, 13, 13, 18, 23, 28, 31, 34, 45, 48, 161 };
static const uint8_t aml_event[] = { 1, 1, 0, 1, 1, 0, 1, 1, 0, 1, 0 };
/* Visits every 28 days: three between two, one exact, one before the first, one after the last. */
static const double visit_left[] = { 84, 56, 112, 84, 140, 0 };
static const double visit_right[] = { 112, 84, 140, 84, INFINITY, 28 };

static inline imr_parametric_data_t
aml(void)
{
    return (imr_parametric_data_t) { .left = aml_time, .event = aml_event, .n = 11 };
}

static inline imr_parametric_data_t
visits(void)
{
    return (imr_parametric_data_t) { .left = visit_left, .right = visit_right, .n = 6 };
}

static inline int
fit(imr_parametric_t *self, imr_parametric_data_t data, imr_distribution_t distribution, int cure,
    imr_fault_t *fault)
{
    int status = imr_parametric_init(self, &data, distribution, cure, fault);

    return status == IMR_OK ? imr_parametric_fit(self, NULL, fault) : status;
}

#endif
