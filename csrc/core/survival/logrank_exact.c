/* The patients are split in two halves; each half has few distinct sums (2^15 for 15 patients), and
 * pairs of sums at least as extreme as the one observed are counted by walking through two sorted
 * lists in opposite directions (Horowitz and Sahni 1974, for the knapsack). */
#include "survival/logrank_exact.h"

#include <math.h>
#include <string.h>

#include "base/mem.h"

/* --- a half ------------------------------------------------------------------------------------ */

static size_t
stratum_of(const imr_logrank_scores_t *scores, size_t patient)
{
    size_t low = 0, high = scores->strata;

    while (high - low > 1) { /* strata may be empty: the last one that begins at or before it */
        size_t middle = low + (high - low) / 2;

        if (scores->begin[middle] <= patient) {
            low = middle;
        } else {
            high = middle;
        }
    }
    return low;
}

/* The sums of two lists, the second moved by `score`, in order; equal ones are one. */
static size_t
merge(const imr_logrank_cell_t *a, size_t na, const imr_logrank_cell_t *b, size_t nb, int64_t score,
    imr_logrank_cell_t *out)
{
    size_t i = 0, j = 0, n = 0;

    while (i < na && j < nb) {
        int64_t moved = b[j].sum + score;

        if (a[i].sum < moved) {
            out[n++] = a[i++];
        } else if (moved < a[i].sum) {
            out[n++] = (imr_logrank_cell_t) { moved, b[j++].ways };
        } else {
            out[n++] = (imr_logrank_cell_t) { moved, a[i++].ways + b[j++].ways };
        }
    }
    for (; i < na; i++) {
        out[n++] = a[i];
    }
    for (; j < nb; j++) {
        out[n++] = (imr_logrank_cell_t) { b[j].sum + score, b[j].ways };
    }
    return n;
}

/* Takes a patient with this score, of a stratum where `labelled` in all get the label and `rest`
 * are still to come. Lists that can no longer lead there are dropped. */
static int
take(imr_logrank_half_t *self, int64_t score, size_t labelled, size_t rest)
{
    size_t lists = self->lists + 1 < labelled + 1 ? self->lists + 1 : labelled + 1;
    size_t room = 2 * self->begin[self->lists], n = 0;
    imr_logrank_cell_t *cells = imr_malloc(room, sizeof(*cells));
    size_t *begin = imr_malloc(lists + 1, sizeof(*begin));

    if (cells == NULL || begin == NULL) {
        imr_free(cells);
        imr_free(begin);
        return IMR_ERR_NOMEM;
    }
    for (size_t c = 0; c < lists; c++) {
        const imr_logrank_cell_t *same = NULL, *fewer = NULL;
        size_t n_same = 0, n_fewer = 0;

        begin[c] = n;
        if (c + rest < labelled) {
            continue;
        }
        if (c < self->lists) {
            same = self->cells + self->begin[c];
            n_same = self->begin[c + 1] - self->begin[c];
        }
        if (c > 0) {
            fewer = self->cells + self->begin[c - 1];
            n_fewer = self->begin[c] - self->begin[c - 1];
        }
        n += merge(same, n_same, fewer, n_fewer, score, cells + n);
    }
    begin[lists] = n;
    imr_free(self->cells);
    imr_free(self->begin);
    self->cells = cells;
    self->begin = begin;
    self->lists = lists;
    self->taken++;
    return IMR_OK;
}

/* A stratum is done: its only list, with all labels dealt out, starts the next one. */
static void
close_stratum(imr_logrank_half_t *self)
{
    size_t last = self->lists - 1;

    self->begin[1] = self->begin[last + 1]; /* the lists before it are empty */
    self->begin[0] = 0;
    self->lists = 1;
}

static int
take_next(imr_logrank_exact_t *self, int backwards, imr_fault_t *fault)
{
    const imr_logrank_scores_t *scores = self->scores;
    imr_logrank_half_t *half = &self->half[backwards];
    size_t patient = backwards ? scores->n - 1 - half->taken : half->taken;
    size_t s = stratum_of(scores, patient), labelled = scores->count[2 * s + 1];
    size_t rest = backwards ? patient - scores->begin[s] : scores->begin[s + 1] - 1 - patient;
    int status = take(half, scores->score[patient], labelled, rest);

    if (status != IMR_OK) {
        return imr_fault(fault, status, NULL, -1, NAN);
    }
    if (half->begin[half->lists] > IMR_LOGRANK_MOST_SUMS) {
        return imr_fault(fault, IMR_ERR_EXACT_PATIENTS, "time", -1, NAN);
    }
    if (rest == 0) {
        close_stratum(half);
    }
    return IMR_OK;
}

/* --- both halves ------------------------------------------------------------------------------- */

int
imr_logrank_exact_init(imr_logrank_exact_t *self, const imr_logrank_scores_t *scores,
    imr_alternative_t alternative, imr_fault_t *fault)
{
    memset(self, 0, sizeof(*self));
    self->scores = scores;
    self->alternative = alternative;
    for (int i = 0; i < 2; i++) {
        imr_logrank_half_t *half = &self->half[i];

        half->cells = imr_malloc(1, sizeof(*half->cells));
        half->begin = imr_malloc(2, sizeof(*half->begin));
        if (half->cells == NULL || half->begin == NULL) {
            imr_logrank_exact_free(self);
            return imr_fault(fault, IMR_ERR_NOMEM, NULL, -1, NAN);
        }
        half->cells[0] = (imr_logrank_cell_t) { 0, 1 };
        half->begin[0] = 0;
        half->begin[1] = 1;
        half->lists = 1;
    }
    return IMR_OK;
}

void
imr_logrank_exact_free(imr_logrank_exact_t *self)
{
    for (int i = 0; i < 2; i++) {
        imr_free(self->half[i].cells);
        imr_free(self->half[i].begin);
    }
    memset(self, 0, sizeof(*self));
}

static double
ways_of(const imr_logrank_cell_t *cells, size_t n)
{
    double ways = 0;

    for (size_t i = 0; i < n; i++) {
        ways += cells[i].ways;
    }
    return ways;
}

/* The pairs whose sum is at least `least`. */
static double
pairs_above(
    const imr_logrank_cell_t *a, size_t na, const imr_logrank_cell_t *b, size_t nb, int64_t least)
{
    double pairs = 0, above = 0;

    for (size_t i = 0; i < na; i++) {
        while (nb > 0 && a[i].sum + b[nb - 1].sum >= least) {
            above += b[--nb].ways;
        }
        pairs += a[i].ways * above;
    }
    return pairs;
}

/* The pairs whose sum is at most `most`. */
static double
pairs_below(
    const imr_logrank_cell_t *a, size_t na, const imr_logrank_cell_t *b, size_t nb, int64_t most)
{
    double pairs = 0, below = 0;
    size_t j = 0;

    for (size_t i = na; i > 0; i--) {
        while (j < nb && a[i - 1].sum + b[j].sum <= most) {
            below += b[j++].ways;
        }
        pairs += a[i - 1].ways * below;
    }
    return pairs;
}

/* Each score is rounded to half a unit, so sums that should be equal differ by n units at most. */
static double
probability(const imr_logrank_exact_t *self)
{
    const imr_logrank_scores_t *scores = self->scores;
    const imr_logrank_half_t *first = &self->half[0], *last = &self->half[1];
    size_t s = stratum_of(scores, first->taken);
    size_t split = first->taken > scores->begin[s] && first->taken < scores->n;
    size_t labelled = split ? scores->count[2 * s + 1] : 0;
    int64_t sum[2], slack = (int64_t) scores->n, least, most;
    double ways = 0, extreme = 0;

    imr_logrank_scores_sum(scores, scores->label, sum);
    least = sum[1] - slack;
    most = sum[1] + slack;
    if (self->alternative == IMR_TWO_SIDED) {
        least = (sum[1] < 0 ? -sum[1] : sum[1]) - slack;
        most = -least;
        if (least <= 0) {
            return 1;
        }
    }
    for (size_t c = 0; c < first->lists; c++) {
        size_t others = labelled - c;
        const imr_logrank_cell_t *a = first->cells + first->begin[c], *b;
        size_t na = first->begin[c + 1] - first->begin[c], nb;

        if (c > labelled || others >= last->lists) {
            continue;
        }
        b = last->cells + last->begin[others];
        nb = last->begin[others + 1] - last->begin[others];
        ways += ways_of(a, na) * ways_of(b, nb);
        if (self->alternative != IMR_LESS) {
            extreme += pairs_above(a, na, b, nb, least);
        }
        if (self->alternative != IMR_GREATER) {
            extreme += pairs_below(a, na, b, nb, most);
        }
    }
    return extreme < ways ? extreme / ways : 1;
}

int
imr_logrank_exact_step(imr_logrank_exact_t *self, int *done, double *pvalue, imr_fault_t *fault)
{
    const imr_logrank_half_t *half = self->half;
    size_t cells[] = { half[0].begin[half[0].lists], half[1].begin[half[1].lists] };

    *done = half[0].taken + half[1].taken == self->scores->n || self->scores->unit[0] == 0;
    if (!*done) {
        return take_next(self, cells[1] < cells[0], fault);
    }
    *pvalue = self->scores->unit[0] == 0 ? 1 : probability(self);
    return IMR_OK;
}
