/* The scores of rows that a test of two groups deals out. */
#include <math.h>
#include <string.h>

#include "base/mem.h"
#include "recovery/reconstitution.h"

static double
x_log_x(double x)
{
    return x > 0 ? x * log(x) : 0;
}

/* Mass times score of each cell: a log a - b log b where 1 - F falls from a to b, and log(1 - F) at the
 * end for no return at all. */
static void
weigh_cells(const imr_reconstitution_t *cells, double *weighed)
{
    double before = 0, never = 0;

    for (size_t j = 0; j < cells->returns; j++) {
        double after = fmin(1, before + cells->mass[j]);

        weighed[j] = x_log_x(1 - before) - x_log_x(1 - after);
        before = after;
    }
    for (size_t j = cells->returns; j < cells->n_cells; j++) {
        never += cells->mass[j];
    }
    for (size_t j = cells->returns; j < cells->n_cells; j++) {
        weighed[j] = cells->mass[j] > 0 ? cells->mass[j] * log(never) : 0;
    }
}

static int
maximise(imr_reconstitution_t *cells, const imr_reconstitution_rows_t *rows, imr_fault_t *fault)
{
    imr_reconstitution_estimate_t estimate;
    int done = 0, status = imr_reconstitution_init(cells, rows, NULL, 0, NAN, fault);

    while (status == IMR_OK && !done) {
        status = imr_reconstitution_advance(cells, &done, fault);
    }
    if (status == IMR_OK) {
        status = imr_reconstitution_finish(cells, &estimate, fault);
        imr_free(estimate.block);
    }
    return status;
}

/* The mean score of the cells that a row holds, each by its mass. */
static double
score_of(const imr_reconstitution_t *cells, const imr_reconstitution_rows_t *rows, size_t row,
    const double *weighed)
{
    const imr_turnbull_ends_t *ends = &rows->ends;
    double left = ends->value[ends->left[row]], sum = 0, mass = 0;
    int is_return = rows->kind[row] == IMR_RECONSTITUTION_RETURN;
    int is_competing = rows->kind[row] == IMR_RECONSTITUTION_COMPETING;
    double right = is_return ? ends->value[ends->right[row]] : INFINITY;

    for (size_t j = 0; j < cells->returns && !is_competing; j++) {
        double a = cells->left[j], b = cells->right[j];

        if (left == right ? a == left && b == left : a >= left && b <= right && b > left) {
            sum += weighed[j];
            mass += cells->mass[j];
        }
    }
    for (size_t i = 0; i < cells->n_points && !is_return; i++) {
        const imr_reconstitution_point_t *point = &cells->point[i];

        if (is_competing ? point->time == left : point->time > left) {
            double share = point->patients / cells->block_weight[point->block];

            sum += share * weighed[cells->returns + point->block];
            mass += share * cells->mass[cells->returns + point->block];
        }
    }
    if (cells->has_rest && !is_return && !is_competing) {
        sum += weighed[cells->n_cells - 1];
        mass += cells->mass[cells->n_cells - 1];
    }
    return sum / mass;
}

int
imr_reconstitution_scores(const imr_reconstitution_rows_t *rows, double *score, imr_fault_t *fault)
{
    imr_reconstitution_t cells;
    double *weighed = NULL;
    int status;

    memset(&cells, 0, sizeof(cells));
    status = maximise(&cells, rows, fault);
    if (status != IMR_OK) {
        goto out;
    }
    weighed = imr_malloc(cells.n_cells, sizeof(*weighed));
    if (weighed == NULL) {
        status = imr_fault(fault, IMR_ERR_NOMEM, NULL, -1, NAN);
        goto out;
    }
    weigh_cells(&cells, weighed);
    for (size_t i = 0; i < rows->ends.n; i++) {
        score[i] = score_of(&cells, rows, i, weighed);
    }
out:
    imr_free(weighed);
    imr_reconstitution_free(&cells);
    return status;
}
