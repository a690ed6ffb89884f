#include "survival/turnbull_bootstrap.h"

#include <math.h>
#include <string.h>

#include "base/mem.h"
#include "base/resample.h"
#include "survival/turnbull_steps.h"

/* A sum of masses counts as equal to a share that it misses by less. */
#define SAME_PROBABILITY 1e-8

void
imr_turnbull_bootstrap_free(imr_turnbull_bootstrap_t *self)
{
    imr_turnbull_ends_free(&self->ends);
    imr_free(self->drawn.left);
    imr_free(self->drawn.right);
    imr_free(self->counts);
    memset(self, 0, sizeof(*self));
}

int
imr_turnbull_bootstrap_init(imr_turnbull_bootstrap_t *self, const double *left, const double *right,
    size_t n, int fix_ties, imr_stop_t *stop, imr_fault_t *fault)
{
    int status;

    memset(self, 0, sizeof(*self));
    self->fix_ties = fix_ties;
    self->stop = stop;
    status = imr_turnbull_ends_init(&self->ends, left, right, n, fix_ties, fault);
    if (status != IMR_OK) {
        imr_turnbull_bootstrap_free(self);
        return status;
    }
    self->drawn.n = n;
    self->drawn.n_values = self->ends.n_values;
    self->drawn.value = self->ends.value;
    self->drawn.left = imr_malloc(n, sizeof(uint32_t));
    self->drawn.right = imr_malloc(n, sizeof(uint32_t));
    self->counts = imr_malloc(n, sizeof(uint32_t));
    if (self->drawn.left == NULL || self->drawn.right == NULL || self->counts == NULL) {
        imr_turnbull_bootstrap_free(self);
        return imr_fault(fault, IMR_ERR_NOMEM, NULL, -1, NAN);
    }
    return IMR_OK;
}

static void
draw(imr_turnbull_bootstrap_t *self, const uint64_t key[2], uint32_t replicate)
{
    size_t n = self->ends.n, at = 0;
    imr_rng_t rng;

    imr_rng_init(&rng, key, replicate);
    imr_resample_counts(&rng, n, self->counts);
    for (size_t i = 0; i < n; i++) {
        for (uint32_t k = self->counts[i]; k > 0; k--) {
            self->drawn.left[at] = self->ends.left[i];
            self->drawn.right[at++] = self->ends.right[i];
        }
    }
}

static void
read_survival(const imr_turnbull_bootstrap_t *self, const imr_turnbull_estimate_t *estimate,
    double time, double *low, double *high)
{
    *low = *high = 0;
    for (size_t j = estimate->n_support; j > 0; j--) {
        double left = estimate->left[j - 1], right = estimate->right[j - 1];

        if (right <= time || (self->fix_ties && imr_turnbull_same_time(time, right))) {
            break;
        }
        *high += estimate->mass[j - 1];
        if (left >= time || (self->fix_ties && imr_turnbull_same_time(time, left))) {
            *low += estimate->mass[j - 1];
        }
    }
}

static void
read_quantile(const imr_turnbull_estimate_t *estimate, double p, double *low, double *high)
{
    size_t s = estimate->n_support, first = 0, last;

    while (first + 1 < s && estimate->estimate[first] > 1 - p + SAME_PROBABILITY) {
        first++;
    }
    for (last = first; last + 1 < s && estimate->estimate[last] >= 1 - p - SAME_PROBABILITY;) {
        last++;
    }
    *low = estimate->left[first];
    *high = estimate->right[last];
}

int
imr_turnbull_bootstrap(imr_turnbull_bootstrap_t *self, const uint64_t key[2], uint32_t begin,
    uint32_t end, const double *asked, size_t n_asked, int shares, double *low, double *high,
    imr_fault_t *fault)
{
    size_t count = end - begin;

    for (size_t a = 0; a < n_asked; a++) {
        if (shares && !(asked[a] > 0 && asked[a] < 1)) {
            return imr_fault(fault, IMR_ERR_PROBABILITY, "p", (int64_t) a, asked[a]);
        }
        if (isnan(asked[a])) {
            return imr_fault(fault, IMR_ERR_NONFINITE, "times", (int64_t) a, asked[a]);
        }
    }
    for (size_t i = 0; i < count; i++) {
        imr_turnbull_estimate_t estimate;
        imr_turnbull_t npmle;
        int status;

        draw(self, key, begin + (uint32_t) i);
        status = imr_turnbull_init(&npmle, &self->drawn, NULL, 0, fault);
        if (status == IMR_OK) {
            status = imr_turnbull_maximise(&npmle, &estimate, self->stop, fault);
        }
        imr_turnbull_free(&npmle);
        if (status != IMR_OK) {
            return status;
        }
        for (size_t a = 0; a < n_asked; a++) {
            size_t to = a * count + i;

            if (shares) {
                read_quantile(&estimate, asked[a], &low[to], &high[to]);
            } else {
                read_survival(self, &estimate, asked[a], &low[to], &high[to]);
            }
        }
        imr_free(estimate.block);
    }
    return IMR_OK;
}
