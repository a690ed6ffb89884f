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

static const imr_distribution_t all[] = { IMR_EXPONENTIAL, IMR_WEIBULL, IMR_LOGNORMAL,
    IMR_LOGLOGISTIC, IMR_GAMMA, IMR_GENGAMMA, IMR_GOMPERTZ };

static const double aml_column[] = { 1, 0.5, 3, 2, 0, 1, 0.3, 2.2, 1.7, 0.1, 0.8 };

/* A fit with one covariate, on rows of each kind, some truncated. */
static inline int
with_column(imr_parametric_t *self, imr_distribution_t distribution, int cure)
{
    static const double left[] = { 5, 0, 14, 28, 9, 31, 45, 12, 60, 3 };
    static const double right[] = { 9, 8, 14, INFINITY, 30, 31, INFINITY, 12, 61, 17 };
    static const double entry[] = { 2, 0, 0, 10, 0, 7, 0, 0, 20, 0 };
    static const double column[] = { 1, 0.5, 3, 2, 0, 1, 0.3, 2.2, 1.7, 0.1 };
    imr_parametric_data_t data = {
        .left = left, .right = right, .entry = entry, .columns = column, .n = 10, .k = 1
    };

    if (distribution == IMR_GENGAMMA) { /* these rows do not determine its shape */
        data = aml();
        data.columns = aml_column;
        data.k = 1;
    }
    return fit(self, data, distribution, cure, NULL);
}

#endif
