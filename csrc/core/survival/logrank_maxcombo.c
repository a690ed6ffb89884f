#include "survival/logrank_maxcombo.h"

#include <math.h>
#include <string.h>

#include "base/normal_box.h"
#include "survival/logrank_rows.h"
#include "survival/logrank_weight.h"

typedef struct {
    const imr_logrank_weights_t *weights;
    size_t combinations, stratum;
    imr_logrank_pooled_t pooled[IMR_LOGRANK_MOST_COMBINATIONS];
    double events[2];
    double excess[IMR_LOGRANK_MOST_COMBINATIONS]; /* of the second group */
    double covariance[IMR_LOGRANK_MOST_COMBINATIONS * IMR_LOGRANK_MOST_COMBINATIONS];
} sums_t;

static void
add(void *context, const imr_logrank_table_t *table)
{
    sums_t *self = context;
    double n = table->all_at_risk, d = table->all_events, share = table->at_risk[1] / n;
    double spread = imr_logrank_spread(n, d) * share * (table->at_risk[0] / n);
    double weight[IMR_LOGRANK_MOST_COMBINATIONS];

    for (size_t a = 0; a < self->combinations; a++) {
        if (table->stratum != self->stratum) {
            self->pooled[a] = (imr_logrank_pooled_t) { 1, 1 };
        }
        weight[a] = imr_logrank_weight(&self->pooled[a], &self->weights[a], n, d);
        self->excess[a] += weight[a] * (table->events[1] - d * share);
        for (size_t b = 0; b <= a; b++) {
            self->covariance[a * self->combinations + b] += weight[a] * weight[b] * spread;
        }
    }
    self->stratum = table->stratum;
    self->events[0] += table->events[0];
    self->events[1] += table->events[1];
}

int
imr_logrank_maxcombo_check(const imr_logrank_data_t *data, const imr_logrank_weights_t *weights,
    size_t combinations, imr_fault_t *fault)
{
    if (combinations < 1 || combinations > IMR_LOGRANK_MOST_COMBINATIONS) {
        return imr_fault(fault, IMR_ERR_COMBINATIONS, "combinations", -1, NAN);
    }
    for (size_t a = 0; a < combinations; a++) {
        imr_logrank_options_t options = { weights[a], NULL, IMR_TWO_SIDED, 0.95, 1 };
        int status = imr_logrank_check(data, &options, fault);

        if (status != IMR_OK) {
            return status;
        }
    }
    return data->groups == 2 ? IMR_OK : imr_fault(fault, IMR_ERR_TWO_GROUPS, "group", -1, NAN);
}

static double
toward(imr_alternative_t alternative, double z)
{
    return alternative == IMR_GREATER ? z : alternative == IMR_LESS ? -z : fabs(z);
}

/* Fills z, the correlations, and what is chosen. Returns how many combinations take part; their
 * correlations are in `joint`. */
static size_t
standardise(
    const sums_t *sums, imr_alternative_t alternative, imr_logrank_maxcombo_t *self, double *joint)
{
    size_t m = sums->combinations, taking = 0, part[IMR_LOGRANK_MOST_COMBINATIONS];

    self->chosen = -1;
    for (size_t a = 0; a < m; a++) {
        double variance = sums->covariance[a * m + a];

        self->z[a] = variance > 0 ? sums->excess[a] / sqrt(variance) : NAN;
        if (variance > 0) {
            part[taking++] = a;
            if (self->chosen < 0
                || toward(alternative, self->z[a]) > toward(alternative, self->statistic)) {
                self->chosen = (int64_t) a;
                self->statistic = self->z[a];
            }
        }
        for (size_t b = 0; b <= a; b++) {
            double correlation =
                sums->covariance[a * m + b] / sqrt(variance) / sqrt(sums->covariance[b * m + b]);

            /* NaN, of one without a variance, stays */
            correlation = correlation > 1 ? 1 : correlation;
            self->correlation[a * m + b] = self->correlation[b * m + a] =
                a == b && variance > 0 ? 1 : correlation;
        }
    }
    for (size_t i = 0; i < taking; i++) {
        for (size_t j = 0; j < taking; j++) {
            joint[i * taking + j] = self->correlation[part[i] * m + part[j]];
        }
    }
    return taking;
}

int
imr_logrank_maxcombo(const imr_logrank_data_t *data, const imr_logrank_weights_t *weights,
    size_t combinations, imr_alternative_t alternative, int fix_ties, imr_logrank_maxcombo_t *self,
    imr_fault_t *fault)
{
    sums_t sums = { .weights = weights, .combinations = combinations, .stratum = SIZE_MAX };
    double joint[IMR_LOGRANK_MOST_COMBINATIONS * IMR_LOGRANK_MOST_COMBINATIONS];
    size_t taking;
    int status = imr_logrank_maxcombo_check(data, weights, combinations, fault);

    if (status != IMR_OK) {
        return status;
    }
    memset(self, 0, sizeof(*self));
    self->combinations = combinations;
    status = imr_logrank_sweep(data, fix_ties, add, &sums, self->patients, &self->merged, fault);
    if (status != IMR_OK) {
        return status;
    }
    self->events[0] = sums.events[0];
    self->events[1] = sums.events[1];
    taking = standardise(&sums, alternative, self, joint);
    self->pvalue = 1;
    if (taking > 0) {
        self->pvalue = imr_normal_outside(
            taking, joint, toward(alternative, self->statistic), alternative == IMR_TWO_SIDED);
    }
    return IMR_OK;
}
