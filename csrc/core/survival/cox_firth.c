/* Firth's penalty, half the logarithm of the determinant of the information, and its derivative:
 * half the sum, over the terms of all sets, of the third central moments of the covariates at risk,
 * contracted with the inverse information. In y = L^-1 z, where L L' is the information, the
 * contraction is a length: E |y - Ey|^2 (y - Ey). */
#include <math.h>
#include <string.h>

#include "base/cholesky.h"
#include "base/mem.h"
#include "survival/cox_likelihood.h"
#include "survival/cox_rows.h"

/* Sums over rows at risk of risk times: 1, y, |y|^2, |y|^2 y, y y'. */
typedef struct {
    double total, length;
    double *sum, *length_sum; /* p */
    double *square; /* p x p, lower half */
} moments_t;

typedef struct {
    const imr_cox_likelihood_t *likelihood;
    size_t p;
    double *factor; /* p x p */
    double *y; /* sets' rows x p */
    double *slope; /* p */
    double *mean; /* p */
    moments_t all, tied;
    double *block;
} penalty_t;

static int
penalty_init(penalty_t *self, const imr_cox_likelihood_t *likelihood)
{
    size_t n = likelihood->rows->n, p = likelihood->rows->p;
    double *next;

    self->likelihood = likelihood;
    self->p = p;
    if (p > 10000 || n > SIZE_MAX / 64 / p) {
        return IMR_ERR_NOMEM;
    }
    self->block = next = imr_malloc(n * p + 3 * p * p + 6 * p, sizeof(double));
    if (next == NULL) {
        return IMR_ERR_NOMEM;
    }
    self->y = next;
    self->factor = self->y + n * p;
    self->all.square = self->factor + p * p;
    self->tied.square = self->all.square + p * p;
    self->slope = self->tied.square + p * p;
    self->mean = self->slope + p;
    self->all.sum = self->mean + p;
    self->all.length_sum = self->all.sum + p;
    self->tied.sum = self->all.length_sum + p;
    self->tied.length_sum = self->tied.sum + p;
    return IMR_OK;
}

static void
clear(moments_t *moments, size_t p)
{
    moments->total = moments->length = 0;
    memset(moments->sum, 0, p * sizeof(double));
    memset(moments->length_sum, 0, p * sizeof(double));
    memset(moments->square, 0, p * p * sizeof(double));
}

static void
add_row(const penalty_t *self, moments_t *moments, size_t i)
{
    size_t p = self->p;
    const double *y = self->y + i * p;
    double risk = self->likelihood->risk[i], length = 0;

    for (size_t r = 0; r < p; r++) {
        length += y[r] * y[r];
        moments->sum[r] += risk * y[r];
        for (size_t c = 0; c <= r; c++) {
            moments->square[r * p + c] += risk * y[r] * y[c];
        }
    }
    moments->total += risk;
    moments->length += risk * length;
    for (size_t r = 0; r < p; r++) {
        moments->length_sum[r] += risk * length * y[r];
    }
}

/* Adds to slope the third moment of a term that counts the tied rows as 1 - f of themselves. */
static void
add_term(penalty_t *self, double f, double events)
{
    const moments_t *all = &self->all, *tied = &self->tied;
    size_t p = self->p;
    double share = 1 / (all->total - f * tied->total), norm = 0;
    double length = (all->length - f * tied->length) * share;

    for (size_t r = 0; r < p; r++) {
        self->mean[r] = (all->sum[r] - f * tied->sum[r]) * share;
        norm += self->mean[r] * self->mean[r];
    }
    for (size_t r = 0; r < p; r++) {
        double turn = 0; /* E y y' times Ey */

        for (size_t c = 0; c < p; c++) {
            size_t at = r > c ? r * p + c : c * p + r;

            turn += (all->square[at] - f * tied->square[at]) * share * self->mean[c];
        }
        self->slope[r] += events
            * ((all->length_sum[r] - f * tied->length_sum[r]) * share - length * self->mean[r]
                - 2 * (turn - norm * self->mean[r]));
    }
}

/* The moments of set k; those of the set before it are at hand. */
static void
pass_to_set(penalty_t *self, size_t k)
{
    const imr_cox_rows_t *rows = self->likelihood->rows;
    size_t begin = (size_t) rows->begin[k], end = (size_t) rows->end[k];
    size_t first = (size_t) rows->first_event[k];
    uint8_t *gone = self->likelihood->gone;

    if (imr_cox_begins_stratum(rows, k)) {
        clear(&self->all, self->p);
    }
    for (size_t i = begin; i < end; i++) {
        add_row(self, &self->all, i);
    }
    if (gone != NULL && rows->leave_begin[k] < rows->leave_end[k]) {
        size_t stratum = k;

        while (!imr_cox_begins_stratum(rows, stratum)) {
            stratum--;
        }
        for (int64_t q = rows->leave_begin[k]; q < rows->leave_end[k]; q++) {
            gone[rows->leaving[q]] = 1;
        }
        clear(&self->all, self->p);
        for (size_t i = (size_t) rows->begin[stratum]; i < end; i++) {
            if (!gone[i]) {
                add_row(self, &self->all, i);
            }
        }
    }
    clear(&self->tied, self->p);
    for (size_t i = first; i < end; i++) {
        add_row(self, &self->tied, i);
    }
}

int
imr_cox_firth(imr_cox_likelihood_t *self, imr_fault_t *fault)
{
    const imr_cox_rows_t *rows = self->rows;
    size_t p = rows->p;
    penalty_t penalty = { 0 };
    double terms, events;
    int status = penalty_init(&penalty, self);

    if (status != IMR_OK) {
        return imr_fault(fault, status, NULL, -1, NAN);
    }
    memcpy(penalty.factor, self->information, p * p * sizeof(double));
    if (imr_cholesky(penalty.factor, p, NULL) < p) {
        self->penalized = -INFINITY;
        goto out;
    }
    for (size_t j = 0; j < p; j++) {
        self->penalized += log(penalty.factor[j * p + j]);
    }
    for (size_t i = 0; i < rows->n; i++) {
        memcpy(penalty.y + i * p, rows->z + i * rows->width, p * sizeof(double));
        imr_solve_lower(penalty.factor, p, penalty.y + i * p);
    }
    if (self->gone != NULL) {
        memset(self->gone, 0, rows->n);
    }
    memset(penalty.slope, 0, p * sizeof(double));
    for (size_t k = 0; k < rows->sets; k++) {
        pass_to_set(&penalty, k);
        imr_cox_terms(rows, self->ties, k, &terms, &events);
        for (double l = 0; l < terms; l++) {
            add_term(&penalty, l / terms, events);
            if (imr_stop_asked(self->stop, (double) (p * p + 1000))) {
                status = imr_fault(fault, IMR_ERR_STOPPED, NULL, -1, NAN);
                goto out;
            }
        }
    }
    for (size_t r = 0; r < p; r++) {
        for (size_t c = 0; c <= r; c++) {
            self->score[r] += 0.5 * penalty.factor[r * p + c] * penalty.slope[c];
        }
    }
out:
    imr_free(penalty.block);
    return status;
}
