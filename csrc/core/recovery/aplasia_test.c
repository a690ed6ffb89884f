#include "recovery/aplasia_test.h"

#include <math.h>
#include <string.h>

#include "base/distribution.h"
#include "base/mem.h"
#include "recovery/aplasia_npmle_steps.h"

/* Scores are whole multiples of it: coarser than their errors, as sums are told apart only where they differ
 * by more than a unit each. Masses are good to 1e-8 where the likelihood is flat, and x log x of that is 2e-7. */
#define UNIT 0x1p-22
/* Scores that are all smaller are 0 but for such errors. */
#define NO_SCORE 1e-6

/* x log x */
static double
entropy(double x)
{
    return x > 0 ? x * log(x) : 0;
}

static double
score_of(const imr_aplasia_npmle_t *npmle, size_t i)
{
    double score = 0, p = 0;

    for (size_t k = npmle->first[i]; k < npmle->first[i + 1]; k++) {
        size_t begin = npmle->begin[k], end = npmle->end[k];
        double weight = imr_aplasia_onset_mass(npmle, i, k);
        double after = 1 - npmle->sum[begin];
        double beyond = end == npmle->n_cells ? 0 : 1 - npmle->sum[end];

        score += weight * (entropy(after) - entropy(beyond));
        p += weight * (after - beyond);
    }
    return score / p;
}

int
imr_aplasia_test_init(imr_aplasia_test_t *self, const imr_aplasia_npmle_t *npmle,
    const int64_t *label, imr_fault_t *fault)
{
    imr_logrank_scores_t *scores = &self->scores;
    size_t n = npmle->rows;
    double mean = 0, most = 0, square = 0, second = 0, *score;

    memset(self, 0, sizeof(*self));
    for (size_t i = 0; i < n; i++) {
        second += label[i] == 1;
        if (label[i] != 0 && label[i] != 1) {
            return imr_fault(fault, IMR_ERR_TWO_GROUPS, "group", (int64_t) i, NAN);
        }
    }
    if (second == 0 || second == (double) n) {
        return imr_fault(fault, IMR_ERR_TWO_GROUPS, "group", -1, NAN);
    }
    score = imr_malloc(n, sizeof(*score));
    scores->score = imr_malloc(n, sizeof(*scores->score));
    scores->label = imr_malloc(n, sizeof(*scores->label));
    scores->begin = imr_calloc(2, sizeof(*scores->begin));
    scores->count = imr_calloc(2, sizeof(*scores->count));
    if (score == NULL || scores->score == NULL || scores->label == NULL || scores->begin == NULL
        || scores->count == NULL) {
        imr_free(score);
        imr_aplasia_test_free(self);
        return imr_fault(fault, IMR_ERR_NOMEM, NULL, -1, NAN);
    }
    scores->n = n;
    scores->strata = scores->sets = 1;
    scores->groups = 2;
    scores->begin[1] = n;
    for (size_t i = 0; i < n; i++) {
        score[i] = score_of(npmle, i);
        mean += score[i] / (double) n;
    }
    for (size_t i = 0; i < n; i++) {
        score[i] -= mean; /* 0 but for rounding */
        most = fmax(most, fabs(score[i]));
    }
    scores->unit[0] = most > NO_SCORE ? UNIT : 0;
    for (size_t i = 0; i < n; i++) {
        scores->label[i] = (uint32_t) label[i];
        scores->count[label[i]]++;
        scores->score[i] = most > NO_SCORE ? (int64_t) nearbyint(score[i] / UNIT) : 0;
        self->statistic += label[i] == 1 ? score[i] : 0;
        square += score[i] * score[i];
    }
    square *= second * ((double) n - second) / ((double) n * (double) (n - 1));
    self->z = most > NO_SCORE ? self->statistic / sqrt(square) : NAN;
    imr_free(score);
    return IMR_OK;
}

void
imr_aplasia_test_free(imr_aplasia_test_t *self)
{
    imr_logrank_scores_free(&self->scores);
    memset(self, 0, sizeof(*self));
}

int
imr_aplasia_test_normal(const imr_aplasia_test_t *self, imr_alternative_t alternative,
    double *pvalue, imr_fault_t *fault)
{
    double z = alternative == IMR_LESS ? -self->z : self->z, upper;
    int status;

    if (isnan(z)) {
        *pvalue = 1;
        return IMR_OK;
    }
    status = imr_normal_cdf_upper(alternative == IMR_TWO_SIDED ? fabs(z) : z, &upper);
    if (status != IMR_OK) {
        return imr_fault(fault, status, "z", -1, z);
    }
    *pvalue = alternative == IMR_TWO_SIDED ? fmin(1, 2 * upper) : upper;
    return IMR_OK;
}
