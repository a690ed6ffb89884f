/* The rows of two arms that the tests of rate regression share. */
#ifndef RATE_ROWS_H
#define RATE_ROWS_H

#include "survival/rate_regression.h"

enum { N = 48 };

/* tests/golden/survival/rate_flares_nb.json */
static const int64_t flares[N] = { 5, 12, 1, 0, 0, 0, 0, 1, 0, 8, 1, 1, 0, 3, 0, 1, 5, 1, 4, 1, 0,
    2, 9, 3, 0, 0, 2, 0, 0, 1, 7, 2, 0, 5, 1, 0, 0, 5, 1, 0, 1, 1, 3, 1, 4, 4, 0, 3 };
static const double years[N] = { 0.89, 1.24, 1.48, 1.38, 0.51, 0.55, 0.58, 0.49, 1.03, 0.73, 0.65,
    0.62, 0.48, 1.65, 1, 1.17, 1.94, 0.53, 1.26, 1.43, 1.43, 1.11, 0.81, 0.55, 1.3, 1.47, 1.41,
    1.35, 1.92, 0.75, 1.98, 1.44, 1.33, 1.6, 0.64, 1.83, 1.92, 1.92, 1.53, 1.49, 0.52, 1.03, 0.73,
    1.92, 1.89, 1.75, 0.72, 1.88 };
static const double arm[N] = { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
    0, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1 };

static const imr_rate_data_t flare_rows = { flares, years, arm, NULL, N, 1, 0 };

/* no event in 6 patient-years, 11 in 5.7 */
static const int64_t zero_arm_events[] = { 0, 0, 0, 0, 0, 0, 3, 1, 2, 0, 4, 1 };
static const double zero_arm_years[] = { 1, 1.2, 0.8, 1, 1, 1, 1, 1.1, 0.9, 1, 1, 0.7 };
static const double zero_arm[] = { 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0 };
static const imr_rate_data_t zero_arm_rows = { zero_arm_events, zero_arm_years, zero_arm, NULL, 12,
    1, 0 };

static inline imr_rate_options_t
rate_options(imr_rate_family_t family, imr_rate_interval_t interval)
{
    imr_rate_options_t options = { family, IMR_RATE_MODEL, IMR_RATE_EXPECTED, interval, 0.95 };

    return options;
}

#endif
