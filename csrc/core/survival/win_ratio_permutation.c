#include "survival/win_ratio_permutation.h"

#include <math.h>
#include <string.h>

#include "base/distribution.h"
#include "base/mem.h"
#include "base/order.h"
#include "base/resample.h"

/* The largest common multiple of the sizes of strata at which weighted scores are kept whole. */
#define MOST_MULTIPLE (INT64_C(1) << 30)
/* Sums that differ by this share of the observed one are equal but for rounding. */
#define SAME 1e-9

static size_t
treated_of(const imr_win_permutation_t *self, size_t s)
{
    return self->pairs->start[2 * s + 1] - self->pairs->start[2 * s];
}

static size_t
size_of(const imr_win_permutation_t *self, size_t s)
{
    return self->pairs->start[2 * s + 2] - self->pairs->start[2 * s];
}

static int64_t
common_divisor(int64_t a, int64_t b)
{
    while (b != 0) {
        int64_t rest = a % b;

        a = b;
        b = rest;
    }
    return a;
}

/* Of the sizes of the strata that have both groups; 0 if it is too large. */
static int64_t
common_multiple(const imr_win_permutation_t *self)
{
    int64_t multiple = 1;

    for (size_t s = 0; s < self->pairs->strata; s++) {
        int64_t size = (int64_t) size_of(self, s), treated = (int64_t) treated_of(self, s);

        if (!(treated > 0 && treated < size)) {
            continue;
        }
        size /= common_divisor(multiple, size);
        if (multiple > MOST_MULTIPLE / size) {
            return 0;
        }
        multiple *= size;
    }
    return multiple;
}

static int
has_both_groups(const imr_win_permutation_t *self, size_t s)
{
    return treated_of(self, s) > 0 && treated_of(self, s) < size_of(self, s);
}

/* The patients of the smaller group are drawn; the sum of group 1 is minus that of group 0. */
static size_t
drawn_of(const imr_win_permutation_t *self, size_t s)
{
    size_t treated = treated_of(self, s), others = size_of(self, s) - treated;

    return treated < others ? treated : others;
}

/* The scores over the size of their stratum, in units in which they are whole if that can be. */
static void
weigh(imr_win_permutation_t *self)
{
    const imr_win_pairs_t *pairs = self->pairs;
    int64_t multiple = common_multiple(self);

    self->is_whole = multiple > 0;
    for (size_t s = 0; s < pairs->strata; s++) {
        double size = (double) size_of(self, s), treated = (double) treated_of(self, s), weight;
        double squares = 0;

        if (!has_both_groups(self, s)) {
            continue;
        }
        weight = (self->is_whole ? (double) multiple : 1) / size;
        for (size_t p = pairs->start[2 * s]; p < pairs->start[2 * s + 2]; p++) {
            self->score[p] = weight * (double) pairs->score[p];
            squares += self->score[p] * self->score[p];
            self->observed += p < pairs->start[2 * s + 1] ? self->score[p] : 0;
        }
        self->variance += treated * (size - treated) / (size * (size - 1)) * squares;
    }
}

/* The scores of each stratum, of the group drawn, ascending, less the least of them, in `unit`s. */
static int
set_steps(imr_win_permutation_t *self, imr_fault_t *fault)
{
    const imr_win_pairs_t *pairs = self->pairs;
    int64_t unit = 0;

    for (size_t s = 0; s < pairs->strata; s++) {
        size_t first = pairs->start[2 * s], size = size_of(self, s);
        double *score = self->score + first, sign = 1;
        uint32_t *order = self->label + first;
        int status;

        if (!has_both_groups(self, s)) {
            continue;
        }
        sign = drawn_of(self, s) == treated_of(self, s) ? 1 : -1;
        status = imr_order(score, size, NULL, order, fault);
        if (status != IMR_OK) {
            return status;
        }
        for (size_t k = 0; k < size; k++) {
            self->step[first + k] = sign * score[order[sign > 0 ? k : size - 1 - k]];
        }
        self->base += (double) drawn_of(self, s) * self->step[first];
        for (size_t k = size; k-- > 0;) {
            self->step[first + k] -= self->step[first];
            unit = common_divisor((int64_t) self->step[first + k], unit);
        }
    }
    self->unit = unit > 0 ? (double) unit : 1;
    for (size_t s = 0; s < pairs->strata; s++) {
        double size = (double) size_of(self, s), drawn = (double) drawn_of(self, s);

        for (size_t p = pairs->start[2 * s]; p < pairs->start[2 * s + 2]; p++) {
            self->step[p] /= self->unit;
            self->reach += (double) (pairs->start[2 * s + 2] - p) <= drawn ? self->step[p] : 0;
        }
        self->work += size * drawn * (self->reach + 1);
    }
    return IMR_OK;
}

int
imr_win_permutation_init(
    imr_win_permutation_t *self, const imr_win_pairs_t *pairs, imr_fault_t *fault)
{
    size_t n = pairs->n;
    int status = IMR_OK;

    memset(self, 0, sizeof(*self));
    self->block = imr_calloc(n, 2 * sizeof(double) + sizeof(uint32_t));
    if (self->block == NULL) {
        return imr_fault(fault, IMR_ERR_NOMEM, NULL, -1, NAN);
    }
    self->pairs = pairs;
    self->score = self->block;
    self->step = self->score + n;
    self->label = (uint32_t *) (self->step + n);
    weigh(self);
    self->work = self->is_whole ? 0 : INFINITY;
    if (self->is_whole) {
        status = set_steps(self, fault);
    }
    if (status != IMR_OK) {
        imr_win_permutation_free(self);
    }
    return status;
}

void
imr_win_permutation_free(imr_win_permutation_t *self)
{
    imr_free(self->block);
    memset(self, 0, sizeof(*self));
}

/* --- the exact distribution ---------------------------------------------------------------------- */

/* row[r] holds, for r patients drawn so far, the chances of their sums (and those of earlier strata)
 * below length[r]. */
typedef struct {
    double *row, *sum; /* (drawn + 1) x width; width: of the strata so far */
    size_t *length;
    size_t width, upto; /* upto: the length of sum */
} distribution_t;

/* One more patient, of `left` not yet looked at, drawn with the chance that the others leave. */
static double
add_patient(distribution_t *d, size_t drawn, size_t seen, size_t left, size_t step)
{
    double work = 0;

    for (size_t r = seen + 1 < drawn ? seen + 1 : drawn;; r--) {
        double *restrict row = d->row + r * d->width;
        double stay = drawn - r < left ? (double) (left - (drawn - r)) / (double) left : 0;

        for (size_t t = 0; t < d->length[r]; t++) {
            row[t] *= stay;
        }
        work += (double) d->length[r];
        if (r == 0) {
            return work;
        }
        if (d->length[r - 1] > 0) {
            const double *restrict less = row - d->width;
            double take = drawn - (r - 1) < left ? (double) (drawn - (r - 1)) / (double) left : 1;

            for (size_t t = 0; t < d->length[r - 1]; t++) {
                row[t + step] += less[t] * take;
            }
            work += (double) d->length[r - 1];
            /* steps ascend: this is the largest sum of r patients */
            d->length[r] = d->length[r - 1] + step;
        }
    }
}

static int
add_stratum(imr_win_permutation_t *self, distribution_t *d, size_t s, imr_stop_t *stop)
{
    size_t drawn = drawn_of(self, s), size = size_of(self, s);
    const double *step = self->step + self->pairs->start[2 * s];

    memset(d->row, 0, (drawn + 1) * d->width * sizeof(double));
    memset(d->length, 0, (drawn + 1) * sizeof(*d->length));
    memcpy(d->row, d->sum, d->upto * sizeof(double));
    d->length[0] = d->upto;
    for (size_t k = 0; k < size; k++) {
        double work = add_patient(d, drawn, k, size - k, (size_t) step[k]);

        if (imr_stop_asked(stop, work)) {
            return IMR_ERR_STOPPED;
        }
    }
    d->upto = d->length[drawn];
    memcpy(d->sum, d->row + drawn * d->width, d->upto * sizeof(double));
    return IMR_OK;
}

int
imr_win_permutation_exact(imr_win_permutation_t *self, imr_stop_t *stop, imr_fault_t *fault)
{
    distribution_t d = { 0 };
    size_t most = 0;
    double sum = 0, least = fabs(self->observed) - 0.5; /* whole numbers */
    int status = IMR_OK;

    if (!(self->work <= IMR_WIN_MOST_WORK)) {
        return imr_fault(fault, IMR_ERR_WIN_EXACT, "method", -1, NAN);
    }
    for (size_t s = 0; s < self->pairs->strata; s++) {
        most = drawn_of(self, s) > most ? drawn_of(self, s) : most;
    }
    d.width = (size_t) self->reach + 1;
    d.row = imr_malloc((most + 2) * d.width, sizeof(double));
    d.length = imr_malloc(most + 1, sizeof(*d.length));
    if (d.row == NULL || d.length == NULL) {
        status = imr_fault(fault, IMR_ERR_NOMEM, NULL, -1, NAN);
        goto out;
    }
    d.sum = d.row + (most + 1) * d.width;
    d.sum[0] = 1;
    d.upto = 1;
    for (size_t s = 0; s < self->pairs->strata; s++) {
        if (has_both_groups(self, s) && add_stratum(self, &d, s, stop) != IMR_OK) {
            status = imr_fault(fault, IMR_ERR_STOPPED, NULL, -1, NAN);
            goto out;
        }
    }
    for (size_t t = 0; t < d.upto; t++) {
        sum += fabs(self->base + self->unit * (double) t) > least ? d.sum[t] : 0;
    }
    self->pvalue = fmin(1, sum);
out:
    imr_free(d.row);
    imr_free(d.length);
    return status;
}

/* --- other distributions ------------------------------------------------------------------------- */

int
imr_win_permutation_random(imr_win_permutation_t *self, const uint64_t key[2], uint32_t begin,
    uint32_t end, imr_stop_t *stop, imr_fault_t *fault)
{
    const imr_win_pairs_t *pairs = self->pairs;
    double least = fabs(self->observed) * (1 - SAME);

    for (uint32_t b = begin; b < end; b++) {
        double sum = 0;
        imr_rng_t rng;

        imr_rng_init(&rng, key, b);
        for (size_t s = 0; s < pairs->strata; s++) {
            size_t first = pairs->start[2 * s], last = pairs->start[2 * s + 2];

            if (!has_both_groups(self, s)) {
                continue;
            }
            for (size_t p = first; p < last; p++) {
                self->label[p] = p < pairs->start[2 * s + 1];
            }
            imr_shuffle(&rng, self->label + first, last - first);
            for (size_t p = first; p < last; p++) {
                sum += self->label[p] ? self->score[p] : 0;
            }
        }
        self->extreme += fabs(sum) >= least;
        self->seen++;
        if (imr_stop_asked(stop, 10 * (double) pairs->n)) {
            return imr_fault(fault, IMR_ERR_STOPPED, NULL, -1, NAN);
        }
    }
    self->pvalue = (1 + (double) self->extreme) / (1 + (double) self->seen);
    return IMR_OK;
}

int
imr_win_permutation_asymptotic(imr_win_permutation_t *self, imr_fault_t *fault)
{
    double upper;
    int status;

    self->pvalue = 1;
    if (!(self->variance > 0)) {
        return IMR_OK;
    }
    status = imr_normal_cdf_upper(fabs(self->observed) / sqrt(self->variance), &upper);
    if (status != IMR_OK) {
        return imr_fault(fault, status, NULL, -1, NAN);
    }
    self->pvalue = fmin(1, 2 * upper);
    return IMR_OK;
}
