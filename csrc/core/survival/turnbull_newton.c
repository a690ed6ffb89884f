/* Newton's method on the cells with mass. */
#include <math.h>
#include <string.h>

#include "base/mem.h"
#include "survival/turnbull_steps.h"

/* Left-truncated rows need not determine all sums: along what they leave open the log-likelihood is a
 * line, and is given this part of the curvature, so that a step goes to where an increment is 0. */
#define FLAT 1e-10
#define LEAST_CURVATURE 1e-200
/* Eliminating an entry squared costs this part of visiting a row for its gradient. */
#define STEPS_A_VISIT 6

/* The unknowns are the running sums at the boundaries between s chosen cells. Minus the second
 * derivative is a weighted graph Laplacian: a row that holds the chosen cells u to v - 1 adds to the
 * entries (u, u), (v, v) and (u, v) alone. The end 0 is fixed, and unless rows are left-truncated the
 * end s, so that unknowns are the sums from 1 to fixed - 1. Row u of the matrix runs
 * from its diagonal to the last entry that elimination can fill. */
typedef struct {
    size_t s;
    size_t fixed; /* s, or s + 1 where the sum of all is unknown too */
    uint32_t *cell; /* the chosen ones */
    double *start; /* masses of the chosen cells, summing to 1, that the step is counted from */
    double *start_sum;
    uint32_t *reach; /* of row u: the last column */
    size_t *row; /* entry (u, v) is matrix[row[u] + v] */
    double *diagonal; /* before elimination */
    double *change; /* right-hand side, then solution */
    int is_flat; /* is there a sum that the rows do not determine? */
} newton_t;

/* Lays out the matrix for the chosen cells. Returns the work of filling and eliminating it, or
 * infinity where a row holds none of the cells. */
static double
lay_out(imr_turnbull_t *self, newton_t *newton)
{
    size_t s = newton->s, fixed = newton->fixed, at = 1;
    uint32_t *place = self->place, far = 0;
    double work = 0;

    for (size_t j = 0, i = 0; j <= self->n_cells; j++) {
        place[j] = (uint32_t) i;
        i += i < s && newton->cell[i] == j;
    }
    for (size_t u = 0; u <= s; u++) {
        newton->reach[u] = (uint32_t) u;
    }
    for (size_t j = 0; j < self->n_cells; j++) {
        size_t i = self->first[j + 1], first = self->first[j];

        while (first < i && !(self->weight[first] > 0)) {
            first++;
        }
        if (i > first && place[self->end[first]] == place[j]) {
            return INFINITY;
        }
        while (i > first && place[self->end[i - 1]] == fixed) {
            i--;
        }
        if (i > first && place[self->end[i - 1]] > newton->reach[place[j]]) {
            newton->reach[place[j]] = place[self->end[i - 1]];
        }
    }
    for (size_t u = 1; u < fixed; u++) {
        double length;

        far = newton->reach[u] > far ? newton->reach[u] : far;
        newton->reach[u] = far;
        newton->row[u] = at - u;
        at += far - u + 1;
        length = (double) (far - u + 1);
        work += length * length;
    }
    newton->row[fixed] = at;
    return work / STEPS_A_VISIT + (double) (self->n_distinct + self->n_cells);
}

static void
fill_system(imr_turnbull_t *self, newton_t *newton)
{
    size_t s = newton->s, fixed = newton->fixed;
    double *matrix = self->matrix, *change = newton->change;
    int truncated = self->cost != NULL;

    newton->start_sum[0] = 0;
    for (size_t u = 0; u < s; u++) {
        newton->start_sum[u + 1] = newton->start_sum[u] + newton->start[u];
    }
    memset(matrix, 0, newton->row[fixed] * sizeof(*matrix));
    memset(change, 0, (s + 1) * sizeof(*change));
    memset(newton->diagonal, 0, (s + 1) * sizeof(*newton->diagonal));
    for (size_t j = 0; j < self->n_cells; j++) {
        size_t u = self->place[j];

        for (size_t i = self->first[j]; i < self->first[j + 1]; i++) {
            size_t end = self->end[i], v = self->place[end];
            double p = imr_turnbull_p(self->mass, self->sum, j, end);
            double of_one = imr_turnbull_slope(p, truncated), slope = self->weight[i] * of_one;
            double bend = imr_turnbull_bend(slope, of_one, truncated);
            double pull = slope + bend * (p - (newton->start_sum[v] - newton->start_sum[u]));

            if (!(self->weight[i] > 0)) {
                continue;
            }
            change[u] -= pull;
            change[v] += pull;
            newton->diagonal[u] += bend;
            newton->diagonal[v] += bend;
            if (u > 0 && v < fixed) {
                matrix[newton->row[u] + v] -= bend;
            }
        }
    }
    for (size_t u = 0; self->cost != NULL && u < s; u++) {
        change[u] += self->cost[newton->cell[u]];
        change[u + 1] -= self->cost[newton->cell[u]];
    }
}

/* Elimination, without a square root. The matrix is positive definite; where rounding takes a pivot
 * away all the same, the sum there stays as it is. */
static void
solve_system(imr_turnbull_t *self, newton_t *newton)
{
    size_t fixed = newton->fixed;
    double *change = newton->change;

    for (size_t u = 1; u < fixed; u++) {
        self->matrix[newton->row[u] + u] += newton->diagonal[u];
    }
    for (size_t u = 1; u < fixed; u++) {
        double *pivot_row = self->matrix + newton->row[u], pivot = pivot_row[u];

        if (!(pivot > 1e-13 * newton->diagonal[u])) {
            pivot_row[u] = INFINITY;
            if (self->cost != NULL && newton->diagonal[u] > LEAST_CURVATURE) {
                pivot_row[u] = FLAT * newton->diagonal[u];
                memset(&pivot_row[u + 1], 0, (newton->reach[u] - u) * sizeof(*pivot_row));
                newton->is_flat = 1;
            }
            continue;
        }
        for (size_t i = u + 1; i <= newton->reach[u]; i++) {
            double factor = pivot_row[i] / pivot, *row = self->matrix + newton->row[i];

            if (factor == 0) {
                continue;
            }
            for (size_t v = i; v <= newton->reach[u]; v++) {
                row[v] -= factor * pivot_row[v];
            }
            change[i] -= factor * change[u];
        }
    }
    change[0] = 0;
    if (fixed == newton->s) {
        change[fixed] = 0;
    }
    for (size_t u = fixed - 1; u > 0; u--) {
        const double *row = self->matrix + newton->row[u];

        for (size_t v = u + 1; v <= newton->reach[u]; v++) {
            change[u] -= row[v] * change[v];
        }
        change[u] /= row[u];
    }
}

/* Drops the chosen cells whose mass would become negative; their share of the start goes to a
 * neighbour. Returns how many were dropped. */
static size_t
drop_negative(newton_t *newton)
{
    size_t kept = 0, before = newton->s;
    double homeless = 0;

    for (size_t u = 0; u < before; u++) {
        if (newton->start[u] + (newton->change[u + 1] - newton->change[u]) < 0) {
            *(kept > 0 ? &newton->start[kept - 1] : &homeless) += newton->start[u];
            continue;
        }
        newton->cell[kept] = newton->cell[u];
        newton->start[kept++] = newton->start[u] + homeless;
        homeless = 0;
    }
    newton->s = kept;
    return before - kept;
}

/* Shortens the step so that the first increment to become negative becomes 0. */
static void
shorten(newton_t *newton)
{
    double part = 1;

    for (size_t u = 0; u < newton->s; u++) {
        double change = newton->change[u + 1] - newton->change[u];

        if (newton->start[u] + change < 0) {
            part = fmin(part, -newton->start[u] / change);
        }
    }
    for (size_t u = 0; u <= newton->s; u++) {
        newton->change[u] *= part;
    }
}

int
imr_turnbull_newton_step(imr_turnbull_t *self, double most_work, imr_fault_t *fault)
{
    newton_t newton = { .cell = self->size,
        .start = self->level,
        .start_sum = self->trial_sum,
        .reach = self->reach,
        .row = self->entry,
        .diagonal = self->curvature,
        .change = self->change };
    double work;

    for (size_t j = 0; j < self->n_cells; j++) {
        if (self->mass[j] > 0) {
            newton.cell[newton.s] = (uint32_t) j;
            newton.start[newton.s++] = self->mass[j];
        }
    }
    do {
        newton.fixed = newton.s + (self->cost != NULL);
        work = newton.fixed < 2 ? INFINITY : lay_out(self, &newton);
        if (work > most_work) {
            return IMR_OK;
        }
        most_work -= work;
        self->work += work;
        self->newton_work += work;
        if (newton.row[newton.fixed] > self->matrix_room) {
            imr_free(self->matrix);
            self->matrix_room = newton.row[newton.fixed];
            self->matrix = imr_malloc(self->matrix_room, sizeof(*self->matrix));
            if (self->matrix == NULL) {
                self->matrix_room = 0;
                return imr_fault(fault, IMR_ERR_NOMEM, NULL, -1, NAN);
            }
        }
        fill_system(self, &newton);
        newton.is_flat = 0;
        solve_system(self, &newton);
        if (newton.is_flat) {
            shorten(&newton);
            break;
        }
    } while (drop_negative(&newton) > 0);
    memset(self->target, 0, self->n_cells * sizeof(*self->target));
    for (size_t u = 0; u < newton.s; u++) {
        self->target[newton.cell[u]] =
            fmax(0, newton.start[u] + (newton.change[u + 1] - newton.change[u]));
    }
    imr_turnbull_step_to_target(self, 2);
    return IMR_OK;
}
