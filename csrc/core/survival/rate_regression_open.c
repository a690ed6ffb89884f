/* Which coefficients are infinite when the means of some rows go to 0, and of what sign. */
#include <math.h>
#include <string.h>

#include "base/inner_product.h"
#include "base/nonnegative.h"
#include "survival/rate_regression_climb.h"

/* In proportion to the length of a vector, what is left of it when it lies in a plane, or in a cone. */
#define IN_PLANE 1e-7
#define IN_CONE 1e-6

/* The directions in which the likelihood never falls: those that are orthogonal to the active rows, and in
 * which no inactive one rises. */
typedef struct {
    const imr_rate_regression_t *model;
    size_t rank; /* of the active rows */
    double *plane; /* p p: an orthonormal basis of these */
    double *edge; /* p + 1 inactive rows, less their parts in the plane, of length 1 */
    double *left; /* p */
    double *length; /* patterns: of an inactive one outside the plane */
    imr_nonnegative_t quadratic;
    double *matrix, *wanted;
} cone_t;

/* Takes away the part in the plane; 0 if nothing is left. */
static double
leave_plane(const cone_t *cone, double *vector)
{
    size_t p = cone->model->p;
    double length = sqrt(imr_inner_product(vector, vector, p)), left;

    for (int pass = 0; pass < 2; pass++) {
        for (size_t k = 0; k < cone->rank; k++) {
            const double *axis = cone->plane + k * p;
            double along = imr_inner_product(axis, vector, p);

            for (size_t c = 0; c < p; c++) {
                vector[c] -= along * axis[c];
            }
        }
    }
    left = sqrt(imr_inner_product(vector, vector, p));
    return left > IN_PLANE * length ? left : 0;
}

/* Row i, less its part in the plane, of length 1; returns the length that it had. */
static double
row_outside(const cone_t *cone, size_t i, double *vector)
{
    const imr_rate_regression_t *model = cone->model;
    double left;

    for (size_t c = 0; c < model->p; c++) {
        vector[c] = model->basis[c * model->patterns + i];
    }
    left = leave_plane(cone, vector);
    for (size_t c = 0; c < model->p; c++) {
        vector[c] = left > 0 ? vector[c] / left : 0;
    }
    return left;
}

/* Of the inactive rows the one that rises most along what is left, which is outside the plane. */
static int
steepest(const cone_t *cone, double *edge)
{
    const imr_rate_regression_t *model = cone->model;
    size_t n = model->patterns, p = model->p, found = n;
    double most = 1e-9 * sqrt(imr_inner_product(cone->left, cone->left, p));

    for (size_t i = 0; i < n; i++) {
        double rise = 0;

        if (model->active[i] != 0 || !(cone->length[i] > 0)) {
            continue;
        }
        for (size_t c = 0; c < p; c++) {
            rise += model->basis[c * n + i] * cone->left[c];
        }
        if (rise > most * cone->length[i]) {
            most = rise / cone->length[i];
            found = i;
        }
    }
    return found < n && row_outside(cone, found, edge) > 0;
}

/* Is the vector a sum of inactive rows, none of them negative? Then it falls along all directions. Lawson and
 * Hanson's algorithm, over the few rows that have not been of 0. */
static int
is_sum_of_edges(cone_t *cone, const double *vector)
{
    imr_nonnegative_t *quadratic = &cone->quadratic;
    size_t p = cone->model->p, most = p + 1, held = 0;
    double length = imr_inner_product(vector, vector, p);

    memcpy(cone->left, vector, p * sizeof(double));
    for (size_t turn = 0; turn < 20 * most && held < most; turn++) {
        size_t kept = 0;

        if (!(imr_inner_product(cone->left, cone->left, p) > IN_CONE * IN_CONE * length)) {
            return 1;
        }
        if (!steepest(cone, cone->edge + held * p)) {
            return 0;
        }
        quadratic->x[held] = 0;
        held++;
        for (size_t a = 0; a < held; a++) {
            cone->wanted[a] = imr_inner_product(cone->edge + a * p, vector, p);
            quadratic->passive[a] = quadratic->x[a] > 0;
            for (size_t b = 0; b < held; b++) {
                cone->matrix[a * held + b] =
                    imr_inner_product(cone->edge + a * p, cone->edge + b * p, p);
            }
        }
        quadratic->count = held;
        imr_nonnegative_maximise(quadratic, 1e-12 * sqrt(length), 0);
        memcpy(cone->left, vector, p * sizeof(double));
        for (size_t a = 0; a < held; a++) {
            double share = quadratic->x[a];

            for (size_t c = 0; c < p; c++) {
                cone->left[c] -= share * cone->edge[a * p + c];
            }
            if (share > 0) {
                memmove(cone->edge + kept * p, cone->edge + a * p, p * sizeof(double));
                quadratic->x[kept++] = share;
            }
        }
        held = kept;
    }
    return !(imr_inner_product(cone->left, cone->left, p) > IN_CONE * IN_CONE * length);
}

size_t
imr_rate_open_size(size_t p)
{
    size_t most = p + 1;

    return p * p + most * p + 2 * p + 2 * most * most + 4 * most;
}

void
imr_rate_open_signs(imr_rate_climb_t *fit, double *scratch)
{
    imr_rate_regression_t *model = fit->model;
    size_t n = model->patterns, p = model->p, most = p + 1;
    cone_t cone = { .model = model, .plane = scratch, .length = fit->change };
    double *wanted;

    cone.edge = cone.plane + p * p;
    cone.left = cone.edge + most * p;
    wanted = cone.left + p;
    cone.matrix = wanted + p;
    cone.quadratic.factor = cone.matrix + most * most;
    cone.quadratic.solution = cone.quadratic.factor + most * most;
    cone.quadratic.x = cone.quadratic.solution + most;
    cone.wanted = cone.quadratic.x + most;
    cone.quadratic.passive = (uint8_t *) (cone.wanted + most);
    cone.quadratic.matrix = cone.matrix;
    cone.quadratic.wanted = cone.wanted;
    for (size_t i = 0; i < n && cone.rank < p; i++) {
        if (model->active[i] != 0 && row_outside(&cone, i, cone.left) > 0) {
            memcpy(cone.plane + cone.rank * p, cone.left, p * sizeof(double));
            cone.rank++;
        }
    }
    for (size_t i = 0; i < n; i++) {
        cone.length[i] = model->active[i] == 0 ? row_outside(&cone, i, cone.left) : 0;
    }
    for (size_t j = 0; j < p; j++) {
        imr_rate_coefficient_row(model, j, wanted);
        model->direction[j] = 0;
        if (leave_plane(&cone, wanted) > 0) {
            int falls = is_sum_of_edges(&cone, wanted);

            for (size_t c = 0; c < p; c++) {
                wanted[c] = -wanted[c];
            }
            model->direction[j] = falls ? -1 : is_sum_of_edges(&cone, wanted) ? 1 : NAN;
        }
    }
}
