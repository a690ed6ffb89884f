/* One group against a reference: events observed and expected, their ratio, the one-sample log-rank
 * test. Formulas, sources and edge cases: docs/methods/survival/logrank_one_sample.md. */
#ifndef IMR_LOGRANK_ONE_SAMPLE_H
#define IMR_LOGRANK_ONE_SAMPLE_H

#include <stddef.h>
#include <stdint.h>

#include "base/alternative.h"
#include "base/status.h"

/* n patients. Either expected holds the cumulative hazard of each under the reference, or curve_time
 * and curve_survival a curve of one hazard between each two of its times, from survival 1 at 0. */
typedef struct {
    size_t n;
    const double *time;
    const uint8_t *event;
    const double *entry; /* NULL: from the start; only with a curve */
    const double *expected; /* NULL with a curve */
    size_t points;
    const double *curve_time, *curve_survival;
} imr_logrank_one_sample_data_t;

typedef struct {
    double observed, expected;
    double ratio, low,
        high; /* observed / expected with exact Poisson limits; NaN, 0, inf at 0 / 0 */
    double z; /* 0 where nobody was expected to have the event, and nobody had */
    double statistic, pvalue; /* the chi-squared on one degree of freedom */
    double exact_pvalue; /* from the Poisson distribution; two-sided: twice the smaller tail */
} imr_logrank_one_sample_t;

/* IMR_ERR_NO_PATIENT, IMR_ERR_NONFINITE, IMR_ERR_NEGATIVE, IMR_ERR_EVENT, IMR_ERR_INTERVAL,
 * IMR_ERR_REFERENCE_TIME, IMR_ERR_REFERENCE_SURVIVAL, IMR_ERR_BEYOND_REFERENCE, IMR_ERR_NO_HAZARD,
 * IMR_ERR_LEVEL. */
int IMR_MUST_CHECK imr_logrank_one_sample(const imr_logrank_one_sample_data_t *data,
    imr_alternative_t alternative, double level, imr_logrank_one_sample_t *self,
    imr_fault_t *fault);

#endif
