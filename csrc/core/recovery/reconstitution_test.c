/* The score of a row is the expectation, given the row, of that of the day of return T, which is infinite
 * where there is none: with S = 1 - F at T, the derivative of the log density where S is raised to a
 * power. */
#include "recovery/reconstitution_test.h"

#include <math.h>
#include <string.h>

#include "base/mem.h"

/* Of the largest score a unit leaves so many bits: scores of an iteration are good to 1e-9. */
#define BITS 30

/* without_return[j]: the probability of no return in the first j cells. */
typedef struct {
    const imr_reconstitution_t *cells;
    double *without_return;
    double never; /* in all cells */
} curve_t;

static double
x_log_x(double x)
{
    return x > 0 ? x * log(x) : 0;
}

/* How many cells of return end at a time or before it. */
static size_t
cells_until(const imr_reconstitution_t *cells, double time)
{
    size_t low = 0, high = cells->returns;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (cells->right[middle] <= time) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

static double
score_return(const curve_t *self, double left, double right)
{
    size_t end = cells_until(self->cells, right);
    size_t begin = left == right ? end - 1 : cells_until(self->cells, left);
    double before = self->without_return[begin], after = self->without_return[end];

    return (x_log_x(before) - x_log_x(after)) / (before - after);
}

/* Whoever is censored returns later, has a competing event later, or neither. */
static double
score_censored(const curve_t *self, double time)
{
    const imr_reconstitution_t *cells = self->cells;
    double here = self->without_return[cells_until(cells, time)], others = 0, sum;

    for (size_t i = 0; i < cells->n_points; i++) {
        const imr_reconstitution_point_t *point = &cells->point[i];

        if (point->time > time) {
            others += cells->mass[cells->returns + point->block] * point->patients
                / cells->block_weight[point->block];
        }
    }
    if (cells->has_rest) {
        others += cells->mass[cells->n_cells - 1];
    }
    sum = x_log_x(here) - x_log_x(self->never) + (others > 0 ? others * log(self->never) : 0);
    return sum / (here - self->never + others);
}

static void
score_rows(const curve_t *self, const imr_reconstitution_rows_t *rows, double *score)
{
    const imr_turnbull_ends_t *ends = &rows->ends;

    for (size_t i = 0; i < ends->n; i++) {
        double left = ends->value[ends->left[i]];

        score[i] = rows->kind[i] == IMR_RECONSTITUTION_RETURN
            ? score_return(self, left, ends->value[ends->right[i]])
            : rows->kind[i] == IMR_RECONSTITUTION_CENSORED ? score_censored(self, left)
                                                           : log(self->never);
    }
}

int
imr_reconstitution_scores(
    const imr_reconstitution_rows_t *rows, double *score, imr_stop_t *stop, imr_fault_t *fault)
{
    imr_reconstitution_t cells;
    imr_reconstitution_estimate_t estimate = { 0 };
    curve_t curve = { &cells, NULL, 0 };
    int done = 0, status = imr_reconstitution_init(&cells, rows, NULL, 0, fault);
    double work = (double) cells.n_cells * (double) cells.n_cells * (double) cells.n_cells;

    while (status == IMR_OK && !done) {
        status = imr_stop_asked(stop, work) ? imr_fault(fault, IMR_ERR_STOPPED, NULL, -1, NAN)
                                            : imr_reconstitution_advance(&cells, &done, fault);
    }
    if (status == IMR_OK) {
        status = imr_reconstitution_finish(&cells, &estimate, fault);
        imr_free(estimate.block);
    }
    if (status != IMR_OK) {
        goto out;
    }
    curve.without_return = imr_malloc(cells.returns + 1, sizeof(double));
    if (curve.without_return == NULL) {
        status = imr_fault(fault, IMR_ERR_NOMEM, NULL, -1, NAN);
        goto out;
    }
    /* from the end, so that what remains is no difference of nearly equal numbers */
    for (size_t j = cells.returns; j < cells.n_cells; j++) {
        curve.never += cells.mass[j];
    }
    curve.without_return[cells.returns] = curve.never;
    for (size_t j = cells.returns; j-- > 0;) {
        curve.without_return[j] = curve.without_return[j + 1] + cells.mass[j];
    }
    score_rows(&curve, rows, score);
out:
    imr_free(curve.without_return);
    imr_reconstitution_free(&cells);
    return status;
}

int
imr_reconstitution_deal(const imr_reconstitution_rows_t *rows, const int64_t *group,
    imr_logrank_scores_t *scores, imr_stop_t *stop, imr_fault_t *fault)
{
    size_t n = rows->ends.n;
    double *score = imr_malloc(n, sizeof(*score));
    int64_t *stratum = imr_calloc(n, sizeof(*stratum));
    uint8_t *label = imr_malloc(n, 1);
    imr_logrank_given_t given = { n, score, 0, BITS, label, 2, stratum, 1 };
    int status = IMR_ERR_NOMEM;

    memset(scores, 0, sizeof(*scores));
    if (score == NULL || stratum == NULL || label == NULL) {
        imr_fault(fault, status, NULL, -1, NAN);
        goto out;
    }
    status = imr_reconstitution_scores(rows, score, stop, fault);
    if (status == IMR_OK) {
        for (size_t i = 0; i < n; i++) {
            given.size = fmax(given.size, fabs(score[i]));
            label[i] = (uint8_t) group[i];
        }
        status = imr_logrank_scores_given(scores, &given, fault);
    }
out:
    imr_free(score);
    imr_free(stratum);
    imr_free(label);
    return status;
}
