#include "recovery/repertoire_overlap.h"

#include <math.h>

#include "base/mem.h"
#include "recovery/repertoire_rarefaction.h"

#define NEGLIGIBLE 1e-20

/* Moves to the next clone that both have: 0 where there is none. */
static int
next_shared(const imr_repertoire_sample_t *first, const imr_repertoire_sample_t *second, size_t *i,
    size_t *j)
{
    while (*i < first->n && *j < second->n && first->clone[*i] != second->clone[*j]) {
        if (first->clone[*i] < second->clone[*j]) {
            ++*i;
        } else {
            ++*j;
        }
    }
    return *i < first->n && *j < second->n;
}

static double
sum_of_squares(const imr_repertoire_sizes_t *sizes)
{
    double sum = 0;

    for (size_t i = 0; i < sizes->n; i++) {
        double share = (double) sizes->size[i] / (double) sizes->reads;

        sum += sizes->clones[i] * share * share;
    }
    return sum;
}

void
imr_repertoire_overlap(const imr_repertoire_sample_t *first, const imr_repertoire_sample_t *second,
    imr_repertoire_overlap_t *overlap)
{
    double shared = 0, least = 0, product = 0;

    for (size_t i = 0, j = 0; next_shared(first, second, &i, &j); i++, j++) {
        double p = (double) first->count[i] / (double) first->sizes->reads;
        double q = (double) second->count[j] / (double) second->sizes->reads;

        shared++;
        least += fmin(p, q);
        product += p * q;
    }
    overlap->shared = shared;
    overlap->jaccard = shared / (first->sizes->richness + second->sizes->richness - shared);
    overlap->weighted_jaccard = fmin(least / (2 - least), 1);
    overlap->morisita_horn =
        fmin(2 * product / (sum_of_squares(first->sizes) + sum_of_squares(second->sizes)), 1);
}

/* --- rarefied ---------------------------------------------------------------------------------- */

/* upper[i]: the probability of first + i reads or more, which is 1 below `first`. */
typedef struct {
    int64_t first;
    size_t n;
    double *upper;
} tail_t;

/* Weights that count lie within so many of the mode: a hypergeometric number is a sum of independent ones
 * of 0 and 1, so that Bernstein's bound exp(-t^2 / (2 variance + 2 t / 3)) holds. */
static double
reach(const imr_repertoire_sizes_t *sizes, int64_t depth)
{
    double size = (double) sizes->size[sizes->n - 1], reads = (double) sizes->reads;
    double share = (double) depth / reads, variance = size * share * (1 - share);

    return fmin(16 * sqrt(variance) + 64, fmin(size, (double) depth) + 1);
}

static void
tail_init(tail_t *self, const imr_repertoire_draw_t *draw, size_t most)
{
    double *upper = self->upper, weight = 1, sum = 0;
    size_t down = 0, up = 0;

    /* the weights below the mode, then those from it on, behind them */
    for (int64_t k = draw->mode; k > draw->least && weight > NEGLIGIBLE && down < most; k--) {
        weight *= imr_repertoire_draw_down(draw, k);
        upper[down++] = weight;
    }
    for (size_t i = 0; i < down / 2; i++) {
        double swap = upper[i];

        upper[i] = upper[down - 1 - i];
        upper[down - 1 - i] = swap;
    }
    weight = 1;
    upper[down] = weight;
    for (int64_t k = draw->mode; k < draw->most && weight > NEGLIGIBLE && up < most; k++) {
        weight *= imr_repertoire_draw_up(draw, k);
        upper[down + ++up] = weight;
    }
    self->first = draw->mode - (int64_t) down;
    self->n = down + up + 1;
    for (size_t i = self->n; i-- > 0;) {
        sum += upper[i];
        upper[i] = sum;
    }
    for (size_t i = 0; i < self->n; i++) {
        upper[i] /= sum;
    }
}

static double
tail_at(const tail_t *self, int64_t k)
{
    return k <= self->first ? 1 : self->upper[k - self->first];
}

/* The mean of the lesser of two numbers of reads: the sum of P(X >= k) P(Y >= k). */
static double
mean_of_least(const tail_t *x, const tail_t *y)
{
    int64_t begin = x->first < y->first ? x->first : y->first;
    int64_t end_x = x->first + (int64_t) x->n, end_y = y->first + (int64_t) y->n;
    double sum = (double) begin;

    for (int64_t k = begin + 1; k < end_x && k < end_y; k++) {
        sum += tail_at(x, k) * tail_at(y, k);
    }
    return sum;
}

static double
present_of(const imr_repertoire_sizes_t *sizes, const double *present, int64_t size)
{
    size_t low = 0, high = sizes->n - 1;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (sizes->size[middle] < size) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return present[low];
}

static double
mean_of_present(const imr_repertoire_sizes_t *sizes, const double *present)
{
    double sum = 0;

    for (size_t i = 0; i < sizes->n; i++) {
        sum += sizes->clones[i] * present[i];
    }
    return sum;
}

/* The mean of the sum of squared shares of a subsample. */
static double
mean_of_squares(const imr_repertoire_sizes_t *sizes, int64_t depth)
{
    return 1 / imr_repertoire_rarefied_hill(sizes, depth, 2);
}

int
imr_repertoire_rarefied_overlap(const imr_repertoire_sample_t *first,
    const imr_repertoire_sample_t *second, int64_t depth, imr_repertoire_overlap_t *overlap,
    imr_fault_t *fault)
{
    const imr_repertoire_sizes_t *a = first->sizes, *b = second->sizes;
    double least = 0, product = 0, shared = 0, richness, *numbers;
    double *present_a, *present_b;
    size_t most;
    tail_t x = { 0 }, y = { 0 };
    int status = imr_repertoire_check_depth(a, depth, 1, -1, fault);

    status = status == IMR_OK ? imr_repertoire_check_depth(b, depth, 1, -1, fault) : status;
    if (status != IMR_OK) {
        return status;
    }
    most = (size_t) fmax(reach(a, depth), reach(b, depth));
    numbers = imr_malloc(a->n + b->n + 2 * (2 * most + 1), sizeof(*numbers));
    if (numbers == NULL) {
        return imr_fault(fault, IMR_ERR_NOMEM, NULL, -1, NAN);
    }
    present_a = numbers;
    present_b = present_a + a->n;
    x.upper = present_b + b->n;
    y.upper = x.upper + 2 * most + 1;
    imr_repertoire_present(a, depth, present_a);
    imr_repertoire_present(b, depth, present_b);
    for (size_t i = 0, j = 0; next_shared(first, second, &i, &j); i++, j++) {
        int64_t size_a = first->count[i], size_b = second->count[j];
        imr_repertoire_draw_t draw_a = imr_repertoire_draw(a->reads, size_a, depth);
        imr_repertoire_draw_t draw_b = imr_repertoire_draw(b->reads, size_b, depth);

        tail_init(&x, &draw_a, most);
        tail_init(&y, &draw_b, most);
        least += mean_of_least(&x, &y);
        shared += present_of(a, present_a, size_a) * present_of(b, present_b, size_b);
        product += ((double) size_a / (double) a->reads) * ((double) size_b / (double) b->reads);
    }
    least /= (double) depth;
    richness = mean_of_present(a, present_a) + mean_of_present(b, present_b);
    overlap->shared = shared;
    overlap->jaccard = shared / (richness - shared);
    overlap->weighted_jaccard = fmin(least / (2 - least), 1);
    overlap->morisita_horn =
        fmin(2 * product / (mean_of_squares(a, depth) + mean_of_squares(b, depth)), 1);
    imr_free(numbers);
    return IMR_OK;
}
