#include "recovery/aplasia_npmle_limits.h"

#include <math.h>
#include <string.h>

#include "base/mem.h"
#include "base/solve.h"

/* A sum of masses counts as equal to a probability that it misses by less. */
#define SAME 1e-8
/* The part of the masses that is spread evenly before a climb, so that no cell starts without. */
#define SPREAD 0.1
/* Masses before or after a split are kept at this or more, and count as 0 there. */
#define EDGE 1e-9

typedef struct {
    const imr_aplasia_ratio_t *ratio;
    double *mass; /* at the maximum */
    size_t split;
    int status;
    imr_fault_t *fault;
} search_t;

static int
search_init(search_t *self, const imr_aplasia_ratio_t *ratio, imr_fault_t *fault)
{
    const imr_aplasia_npmle_t *npmle = ratio->self;

    *self = (search_t) { .ratio = ratio, .fault = fault };
    self->mass = imr_malloc(npmle->n_cells, sizeof(double));
    if (self->mass == NULL) {
        return imr_fault(fault, IMR_ERR_NOMEM, NULL, -1, NAN);
    }
    memcpy(self->mass, npmle->mass, npmle->n_cells * sizeof(double));
    return IMR_OK;
}

/* Puts the masses back as they were. */
static void
search_end(search_t *self)
{
    imr_aplasia_npmle_t *npmle = self->ratio->self;

    memcpy(npmle->mass, self->mass, npmle->n_cells * sizeof(double));
    imr_free(self->mass);
}

static double
mass_before(const search_t *self, size_t split)
{
    double total = 0;

    for (size_t j = 0; j < split; j++) {
        total += self->mass[j];
    }
    return split == self->ratio->self->n_cells ? 1 : total;
}

/* Masses to climb from: those of the maximum, in proportion, and a part evenly. */
static void
spread(const search_t *self, size_t low, size_t high, double total)
{
    double *mass = self->ratio->self->mass, sum = 0, even = total / (double) (high - low);

    for (size_t j = low; j < high; j++) {
        sum += self->mass[j];
    }
    for (size_t j = low; j < high; j++) {
        mass[j] = sum > 0 ? (1 - SPREAD) * total * self->mass[j] / sum + SPREAD * even : even;
    }
}

/* How far the largest log-likelihood, with a mass of `early` before the split, is above the cut. */
static double
above_cut(double early, const void *context)
{
    search_t *self = (search_t *) (uintptr_t) context;
    const imr_aplasia_ratio_t *ratio = self->ratio;
    imr_aplasia_npmle_t *npmle = ratio->self;
    double value;

    if (self->status != IMR_OK || self->split == 0 || self->split == npmle->n_cells) {
        return -1e300; /* nothing can be before, or after it */
    }
    spread(self, 0, self->split, early);
    spread(self, self->split, npmle->n_cells, 1 - early);
    self->status = imr_aplasia_npmle_climb(npmle, self->split, early, ratio->stop, self->fault);
    value = isinf(npmle->excess) ? -INFINITY : imr_aplasia_npmle_loglik(npmle);
    return isfinite(value) ? value - ratio->loglik + ratio->drop : -1e300;
}

/* The mass before the split at which the largest log-likelihood falls to the cut, on the way from that of
 * the maximum to `end`, which is 0 or 1. */
static double
limit_of(search_t *self, size_t split, double end)
{
    double from = fmax(EDGE, fmin(1 - EDGE, mass_before(self, split)));
    double near = fmax(EDGE, fmin(1 - EDGE, end)), root = end;
    int status;

    self->split = split;
    if (split == 0 || split == self->ratio->self->n_cells) {
        return split > 0;
    }
    if (from == near || above_cut(near, self) >= 0) {
        return end;
    }
    status = imr_solve_bracketed(above_cut, self, from, near, 1e-8, &root);
    if (status != IMR_OK && self->status == IMR_OK) {
        self->status = imr_fault(self->fault, status, "limit", -1, NAN);
    }
    return root;
}

int
imr_aplasia_npmle_survival(imr_aplasia_between_t *answer, const imr_aplasia_ratio_t *ratio,
    double time, imr_fault_t *fault)
{
    const imr_aplasia_npmle_t *npmle = ratio->self;
    size_t ended = 0, begun = 0;
    search_t search;
    int status;

    if (!isfinite(time)) {
        return imr_fault(fault, IMR_ERR_NONFINITE, "time", -1, time);
    }
    if (time < 0) {
        return imr_fault(fault, IMR_ERR_NEGATIVE, "time", -1, time);
    }
    status = search_init(&search, ratio, fault);
    if (status != IMR_OK) {
        return status;
    }
    for (size_t j = 0; j < npmle->n_cells; j++) {
        ended += npmle->right[j] <= time;
        begun += npmle->left[j] < time || npmle->right[j] <= time;
    }
    answer->left = fmax(0, 1 - mass_before(&search, begun));
    answer->right = fmax(0, 1 - mass_before(&search, ended));
    answer->low = answer->high = NAN;
    if (npmle->is_uniform) {
        answer->low = fmin(answer->left, 1 - limit_of(&search, begun, 1));
        answer->high = fmax(answer->right, 1 - limit_of(&search, ended, 0));
    }
    search_end(&search);
    return search.status;
}

/* May the mass before the split be at least (at_least) or at most p? */
static int
is_plausible(search_t *self, size_t split, double p, int at_least)
{
    double mass = mass_before(self, split);

    self->split = split;
    return (at_least ? mass >= p : mass <= p) || above_cut(p, self) >= 0;
}

/* How many of the first cells may hold p, at the least; `enough` do at the maximum. */
static size_t
fewest_cells(search_t *self, size_t enough, double p)
{
    size_t low = 1;

    while (low < enough) {
        size_t middle = low + (enough - low) / 2;

        if (is_plausible(self, middle, p, 1)) {
            enough = middle;
        } else {
            low = middle + 1;
        }
    }
    return enough;
}

/* How many of the first cells may hold no more than p, at the most; `few` do at the maximum. */
static size_t
most_cells(search_t *self, size_t few, double p)
{
    size_t high = self->ratio->self->n_cells - 1;

    while (few < high) {
        size_t middle = high - (high - few) / 2;

        if (is_plausible(self, middle, p, 0)) {
            few = middle;
        } else {
            high = middle - 1;
        }
    }
    return few;
}

int
imr_aplasia_npmle_quantile(
    imr_aplasia_between_t *answer, const imr_aplasia_ratio_t *ratio, double p, imr_fault_t *fault)
{
    const imr_aplasia_npmle_t *npmle = ratio->self;
    size_t first = 0, last, m = npmle->n_cells;
    double total = 0;
    search_t search;
    int status;

    if (!(p > 0 && p < 1)) {
        return imr_fault(fault, IMR_ERR_PROBABILITY, "p", -1, p);
    }
    status = search_init(&search, ratio, fault);
    if (status != IMR_OK) {
        return status;
    }
    while (first + 1 < m && total + search.mass[first] < p - SAME) {
        total += search.mass[first++];
    }
    /* where the curve is flat at p, up to the next mass */
    for (last = first, total += search.mass[first]; last + 1 < m && total <= p + SAME;) {
        total += search.mass[++last];
    }
    answer->left = npmle->left[first];
    answer->right = npmle->right[last];
    answer->low = answer->high = NAN;
    if (npmle->is_uniform) {
        answer->low = npmle->left[fewest_cells(&search, first + 1, p) - 1];
        answer->high = npmle->right[most_cells(&search, last, p)];
    }
    search_end(&search);
    return search.status;
}

int
imr_aplasia_npmle_mean(imr_aplasia_between_t *answer, const imr_aplasia_npmle_t *self,
    double horizon, imr_fault_t *fault)
{
    *answer = (imr_aplasia_between_t) { 0, 0, NAN, NAN };
    if (!(horizon > 0 && isfinite(horizon))) {
        return imr_fault(fault, IMR_ERR_NOT_POSITIVE, "horizon", -1, horizon);
    }
    for (size_t j = 0; j < self->n_cells; j++) {
        if (self->mass[j] > 0) {
            answer->left += self->mass[j] * fmin(horizon, self->left[j]);
            answer->right += self->mass[j] * fmin(horizon, self->right[j]);
        }
    }
    return IMR_OK;
}
