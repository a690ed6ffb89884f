#include "survival/logrank_permutation.h"

#include <math.h>
#include <string.h>

#include "base/mem.h"
#include "base/resample.h"

/* Statistics that are equal but for rounding differ by less, as such or in proportion. */
#define SAME 1e-9

void
imr_logrank_permutation_free(imr_logrank_permutation_t *self)
{
    imr_free(self->sum);
    imr_free(self->excess);
    imr_free(self->link);
    imr_free(self->label);
    memset(self, 0, sizeof(*self));
}

static double
toward(imr_alternative_t alternative, double value)
{
    return alternative == IMR_GREATER ? value : alternative == IMR_LESS ? -value : fabs(value);
}

/* The excesses sum to 0, so the first score may be taken off all. */
static double
linear(const imr_logrank_permutation_t *self, const int64_t *sum)
{
    double value = 0;

    for (size_t g = 1; g < self->scores->groups; g++) {
        double score = self->trend == NULL ? 1 : self->trend[g] - self->trend[0];

        value += score * ((double) sum[g] * self->scores->unit[0]);
    }
    return value;
}

static double
linear_variance(const imr_logrank_permutation_t *self)
{
    static const double SECOND[] = { 0, 1 };

    return imr_logrank_linear_variance(
        self->scores->groups, self->scores->link, self->trend == NULL ? SECOND : self->trend);
}

static double
quadratic(imr_logrank_permutation_t *self, const int64_t *sum)
{
    const imr_logrank_scores_t *scores = self->scores;
    int64_t df;

    for (size_t g = 0; g < scores->groups; g++) {
        self->excess[g] = (double) sum[g] * scores->unit[0];
    }
    memcpy(self->link, scores->link, scores->groups * scores->groups * sizeof(double));
    return imr_logrank_quadratic(scores->groups, self->link, self->excess, &df);
}

static double
largest(const imr_logrank_permutation_t *self, const int64_t *sum)
{
    const imr_logrank_scores_t *scores = self->scores;
    double most = -INFINITY;

    for (size_t w = 0; w < scores->sets; w++) {
        double variance = scores->link[4 * w + 1];

        if (variance > 0) {
            double z = (double) sum[2 * w + 1] * scores->unit[w] / sqrt(variance);

            most = fmax(most, toward(self->alternative, z));
        }
    }
    return most;
}

static double
extremeness(imr_logrank_permutation_t *self, const int64_t *sum)
{
    const imr_logrank_scores_t *scores = self->scores;

    if (scores->sets > 1) {
        return largest(self, sum);
    }
    if (scores->groups > 2 && self->trend == NULL) {
        return quadratic(self, sum);
    }
    return toward(self->alternative, linear(self, sum));
}

/* How far rounding can move a sum of n scores, each of which is rounded to half a unit. */
static double
slack_of(const imr_logrank_permutation_t *self)
{
    const imr_logrank_scores_t *scores = self->scores;
    double gap = 1;

    if (scores->sets > 1 || (scores->groups > 2 && self->trend == NULL)) {
        return SAME * (1 + fabs(self->observed)); /* in deviations, or squares of them */
    }
    for (size_t g = 1; self->trend != NULL && g < scores->groups; g++) {
        gap = fmax(g == 1 ? 0 : gap, fabs(self->trend[g] - self->trend[0]));
    }
    return (double) scores->n * scores->unit[0] * gap;
}

int
imr_logrank_permutation_init(imr_logrank_permutation_t *self, const imr_logrank_scores_t *scores,
    const double *trend, imr_alternative_t alternative, imr_fault_t *fault)
{
    size_t groups = scores->groups;

    memset(self, 0, sizeof(*self));
    self->scores = scores;
    self->trend = trend;
    self->alternative = alternative;
    self->z = NAN;
    self->sum = imr_malloc(scores->sets * groups, sizeof(*self->sum));
    self->excess = imr_malloc(groups, sizeof(*self->excess));
    self->link = imr_malloc(groups * groups, sizeof(*self->link));
    self->label = imr_malloc(scores->n, sizeof(*self->label));
    if (self->sum == NULL || self->excess == NULL || self->link == NULL || self->label == NULL) {
        imr_logrank_permutation_free(self);
        return imr_fault(fault, IMR_ERR_NOMEM, NULL, -1, NAN);
    }
    imr_logrank_scores_sum(scores, scores->label, self->sum);
    self->observed = extremeness(self, self->sum);
    self->least = self->observed - slack_of(self);
    if (scores->sets == 1 && (groups == 2 || trend != NULL)) {
        double variance = linear_variance(self);

        self->z = variance > 0 ? linear(self, self->sum) / sqrt(variance) : 0;
    }
    return IMR_OK;
}

uint64_t
imr_logrank_permute(
    imr_logrank_permutation_t *self, const uint64_t key[2], uint32_t begin, uint32_t end)
{
    const imr_logrank_scores_t *scores = self->scores;
    uint64_t extreme = 0;

    for (uint32_t i = begin; i < end; i++) {
        uint32_t *label = self->label;
        imr_rng_t rng;

        imr_rng_init(&rng, key, i);
        for (size_t s = 0; s < scores->strata; s++) {
            uint32_t *first = label;

            for (size_t g = 0; g < scores->groups; g++) {
                for (size_t k = scores->count[s * scores->groups + g]; k > 0; k--) {
                    *label++ = (uint32_t) g;
                }
            }
            imr_shuffle(&rng, first, (size_t) (label - first));
        }
        imr_logrank_scores_sum(scores, self->label, self->sum);
        extreme += extremeness(self, self->sum) >= self->least;
    }
    return extreme;
}
