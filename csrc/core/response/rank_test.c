#include "response/rank_test.h"

#include <math.h>

#include "base/distribution.h"

/* --- p-values ----------------------------------------------------------------------------------- */

static void
make_null(imr_rank_test_t *self)
{
    if (self->second == 0) {
        imr_rank_null_signs(&self->null, self->pattern, self->n_pattern);
    } else {
        imr_rank_null_draws(&self->null, self->pattern, self->n_pattern);
    }
}

static double
exact_pvalue(const imr_rank_null_t *null, uint64_t doubled, imr_alternative_t alternative)
{
    size_t t = (size_t) doubled, other = null->total - t, end = t < other ? t : other;

    switch (alternative) {
        case IMR_GREATER:
            return imr_rank_null_upper(null, t);
        case IMR_LESS:
            return imr_rank_null_lower(null, t);
        case IMR_TWO_SIDED:
            break;
    }
    if (t == other) {
        return 1;
    }
    return fmin(1, imr_rank_null_lower(null, end) + imr_rank_null_upper(null, null->total - end));
}

/* excess: the statistic less its mean. */
static int
asymptotic_pvalue(double excess, double deviation, int correct, imr_alternative_t alternative,
    double *pvalue, imr_fault_t *fault)
{
    double half = correct ? 0.5 : 0, z = NAN;
    int ret;

    *pvalue = NAN;
    if (!(deviation > 0)) {
        return IMR_OK;
    }
    switch (alternative) {
        case IMR_GREATER:
            z = excess - half;
            break;
        case IMR_LESS:
            z = -excess - half;
            break;
        case IMR_TWO_SIDED:
            z = fmax(0, fabs(excess) - half);
            break;
    }
    ret = imr_normal_cdf_upper(z / deviation, pvalue);
    if (ret != IMR_OK) {
        return imr_fault(fault, ret, "x", -1, z);
    }
    *pvalue *= alternative == IMR_TWO_SIDED ? 2 : 1;
    return IMR_OK;
}

static int
pvalue_at_mu(imr_rank_test_t *self, imr_fault_t *fault)
{
    if (self->is_exact) {
        make_null(self);
        self->pvalue = exact_pvalue(&self->null, self->doubled, self->options.alternative);
        return IMR_OK;
    }
    return asymptotic_pvalue(((double) self->doubled - (double) self->most / 2) / 2,
        self->std_deviation_mu, self->options.correct, self->options.alternative, &self->pvalue,
        fault);
}

/* The pattern beside a shift, just above it: sum is the shift, or twice the shift of signed ranks.
 * Left of it the nearest difference is the largest, right of it the smallest. */
static void
signed_pattern(imr_rank_test_t *self, double sum)
{
    const imr_rank_blocks_t *d = &self->blocks[0];
    size_t left = 0, right, seen = 0;

    while (left < d->n && d->value[left] + d->value[left] <= sum) {
        left++;
    }
    right = left;
    for (size_t step = 0; step < d->n; step++) {
        int is_left = left > 0 && (right == d->n || d->value[left - 1] + d->value[right] > sum);
        size_t size = imr_rank_block_rows(d, is_left ? --left : right++);

        for (size_t i = 0; i < size; i++) {
            self->pattern[seen + i] = (uint32_t) (2 * seen + size + 1);
        }
        seen += size;
    }
    self->n_pattern = seen;
}

static void
group_pattern(imr_rank_test_t *self, double sum)
{
    const imr_rank_blocks_t *x = &self->blocks[0], *y = &self->blocks[1];
    size_t i = 0, j = y->n;

    self->n_pattern = 0;
    while (i < x->n || j > 0) {
        int is_x = i < x->n && (j == 0 || x->value[i] + y->value[j - 1] <= sum);

        self->pattern[self->n_pattern++] =
            is_x ? imr_rank_block_rows(x, i++) : imr_rank_block_rows(y, --j);
    }
}

/* Makes the exact distribution beside a shift the current one. */
static void
make_null_beside(imr_rank_test_t *self, double sum)
{
    if (self->is_exact) {
        if (self->second == 0) {
            signed_pattern(self, sum);
        } else {
            group_pattern(self, sum);
        }
        make_null(self);
    }
}

/* The p-value of a shift above just k of the sums, where that many count against it. */
static int
pvalue_beside(const imr_rank_test_t *self, int64_t k, imr_alternative_t alternative, double *pvalue,
    imr_fault_t *fault)
{
    int64_t statistic = self->shifts.count - k;

    if (self->is_exact) {
        *pvalue = exact_pvalue(&self->null, 2 * (uint64_t) statistic, alternative);
        return IMR_OK;
    }
    return asymptotic_pvalue((double) statistic - (double) self->shifts.count / 2,
        self->std_deviation, self->options.correct, alternative, pvalue, fault);
}

/* --- limits ------------------------------------------------------------------------------------- */

/* Has the interval begun above k sums (is_upper: has it ended)? Never before the middle (is_upper:
 * never before it), so that it holds the estimate. From no to yes as k rises. */
static int
answer(const imr_rank_test_t *self, int is_upper, int64_t k, int *yes, imr_fault_t *fault)
{
    double alpha = 1 - self->options.level, pvalue = 1;
    int64_t rest = self->shifts.count - k;
    int ret = IMR_OK, is_kept;

    if (self->options.alternative != IMR_TWO_SIDED || (is_upper ? k > rest : k < rest)) {
        ret = pvalue_beside(self, k, self->options.alternative, &pvalue, fault);
    }
    is_kept = pvalue >= alpha * (1 - 1e-12) - 2.3e-16; /* what rounding did to alpha */
    *yes = is_upper ? !is_kept : is_kept;
    return ret;
}

/* Starts where all sums lie above the shift (is_upper: where none does), to see whether there is a
 * limit at all. */
static int
search_start(imr_rank_test_t *self, int is_upper, imr_fault_t *fault)
{
    imr_rank_search_t *search = &self->search;
    int yes, ret;

    search->no = 0;
    search->yes = self->shifts.count;
    make_null_beside(self, is_upper ? INFINITY : -INFINITY);
    ret = answer(self, is_upper, is_upper ? self->shifts.count : 0, &yes, fault);
    search->is_open = yes == is_upper;
    return ret;
}

/* Where ties do not change, the answer to k needs no shift; so all of it is one turn. */
static int
search_count(imr_rank_test_t *self, int is_upper, imr_fault_t *fault)
{
    imr_rank_search_t *search = &self->search;
    imr_rank_shift_t shift;
    int64_t no = 0, yes = self->shifts.count;
    int ret;

    while (yes - no > 1) {
        int64_t middle = no + (yes - no) / 2;
        int is_yes;

        ret = answer(self, is_upper, middle, &is_yes, fault);
        if (ret != IMR_OK) {
            return ret;
        }
        *(is_yes ? &yes : &no) = middle;
    }
    ret = imr_rank_shifts_select(&self->shifts, yes, &shift, fault);
    search->no = search->yes = shift.below;
    search->value = shift.value;
    return ret;
}

static int
search_step(imr_rank_test_t *self, int is_upper, imr_fault_t *fault)
{
    imr_rank_search_t *search = &self->search;
    imr_rank_shift_t shift;
    int is_yes, ret;

    if (self->is_even || !self->is_exact) {
        return search_count(self, is_upper, fault);
    }
    ret = imr_rank_shifts_select(
        &self->shifts, search->no + (search->yes - search->no + 1) / 2, &shift, fault);
    if (ret != IMR_OK) {
        return ret;
    }
    make_null_beside(self, shift.value);
    ret = answer(self, is_upper, shift.upto, &is_yes, fault);
    if (is_yes) {
        search->yes = shift.below;
        search->value = shift.value;
    } else {
        search->no = shift.upto;
    }
    return ret;
}

/* The p-value just outside a limit. */
static int
search_end(imr_rank_test_t *self, int is_upper, imr_fault_t *fault)
{
    imr_rank_search_t *search = &self->search;
    imr_rank_shift_t shift = { -INFINITY, 0, 0 };
    double pvalue;
    int ret = IMR_OK;

    if (is_upper) {
        ret = imr_rank_shifts_select(&self->shifts, search->yes + 1, &shift, fault);
    } else if (search->yes > 0) {
        ret = imr_rank_shifts_select(&self->shifts, search->yes, &shift, fault);
    }
    if (ret != IMR_OK) {
        return ret;
    }
    make_null_beside(self, shift.value);
    ret = pvalue_beside(self, shift.upto, self->options.alternative, &pvalue, fault);
    self->outside = fmax(self->outside, pvalue);
    return ret;
}

static int
estimate(imr_rank_test_t *self, imr_fault_t *fault)
{
    int64_t count = self->shifts.count;
    imr_rank_shift_t middle, next;
    int ret = imr_rank_shifts_select(&self->shifts, (count + 1) / 2, &middle, fault);

    next = middle;
    if (ret == IMR_OK && count % 2 == 0 && middle.upto == count / 2) {
        ret = imr_rank_shifts_select(&self->shifts, count / 2 + 1, &next, fault);
    }
    /* halves of numbers near the smallest lose their last bit */
    self->estimate = middle.value == next.value ? middle.value : middle.value / 2 + next.value / 2;
    return ret;
}

/* --- turns -------------------------------------------------------------------------------------- */

enum { PVALUE, ESTIMATE, LOWER_START, LOWER, LOWER_END, UPPER_START, UPPER, UPPER_END, DONE };

static void
finish(imr_rank_test_t *self)
{
    double scale = self->second == 0 ? 2 : 1;

    self->estimate /= scale;
    self->low /= scale;
    self->high /= scale;
    self->achieved_level = 1 - self->outside;
}

int
imr_rank_test_advance(imr_rank_test_t *self, int *done, imr_fault_t *fault)
{
    imr_rank_search_t *search = &self->search;
    int is_upper = self->stage >= UPPER_START, ret = IMR_OK;

    switch (self->stage++) {
        case PVALUE:
            ret = pvalue_at_mu(self, fault);
            break;
        case ESTIMATE:
            ret = estimate(self, fault);
            self->low = -INFINITY;
            self->high = INFINITY;
            break;
        case LOWER_START:
        case UPPER_START:
            if (self->options.alternative == (is_upper ? IMR_GREATER : IMR_LESS)) {
                self->stage += 2; /* no limit on this side */
                break;
            }
            ret = search_start(self, is_upper, fault);
            self->stage += search->is_open ? 0 : 2;
            break;
        case LOWER:
        case UPPER:
            if (search->no < search->yes) {
                ret = search_step(self, is_upper, fault);
                self->stage--; /* once more */
            } else {
                *(is_upper ? &self->high : &self->low) = search->value;
            }
            break;
        case LOWER_END:
        case UPPER_END:
            ret = search_end(self, is_upper, fault);
            break;
        default:
            finish(self);
            *done = 1;
            break;
    }
    return ret;
}
