/* Newton's method on the coefficients and the cells with a hazard. */
#include <math.h>
#include <string.h>

#include "base/cholesky.h"
#include "base/mem.h"
#include "survival/interval_cox_steps.h"

/* Of what information is a difference of: below the first it is rounding, below the second nearly so. */
#define ROUNDING 1e-14
#define NO_INFORMATION 1e-11
#define LEAST_INFORMATION 1e-300
#define WORTH 1e-12 /* the gain with which a cell without a hazard is tried, */
#define NEAR 1e-3 /* when the norm of the step before was less */
#define NO_LOSS 1e-7 /* the gain below 0 with which a hazard may count as one without loss */

/* The unknowns are the logarithms of the cumulative hazards at the s - 1 boundaries between s chosen
 * cells, which are equal at all boundaries with the same place, and the free coefficients. Row u of
 * the matrix runs from its diagonal to the last entry that elimination can fill. A row of `right` has
 * the slope, and minus the mixed derivatives with the free coefficients.
 *
 * No entry of the matrix beside its diagonal is positive, and the sum of a row, its excess, is known
 * without a difference. So entries are kept with the other sign, pivots are sums of what is left of a row
 * and its excess, and elimination only ever adds: no digit is lost, however far hazards lie apart. */
typedef struct {
    imr_interval_cox_climb_t *climb;
    size_t s, width;
    double threshold; /* the part of a coefficient's information below which it has none */
    int moved; /* are the boundaries of a place apart? */
    double *start; /* the sum that the change of each place is counted from */
    double *solution;
} newton_t;

static void
choose_columns(imr_interval_cox_climb_t *climb)
{
    climb->n_free = 0;
    for (size_t j = 0; j < climb->rows->p; j++) {
        if (j != climb->fixed) {
            climb->free_column[climb->n_free++] = j;
        }
    }
}

/* Lays out the matrix, and makes room for it. */
static int
lay_out(newton_t *self)
{
    imr_interval_cox_climb_t *climb = self->climb;
    const imr_interval_cox_rows_t *rows = climb->rows;
    size_t s = self->s, at = 1, chosen = 0;
    uint32_t far = 0;

    for (size_t k = 0; k <= rows->cells; k++) {
        climb->place[k] = (uint32_t) chosen;
        chosen += chosen < s && climb->cell[chosen] == k;
        if (k < rows->cells) {
            self->start[climb->place[k]] = climb->here.sum[k];
        }
    }
    for (size_t u = 0; u < s; u++) {
        climb->reach[u] = (uint32_t) u;
    }
    for (size_t i = 0; i < rows->n; i++) {
        uint32_t u = climb->place[rows->begin[i]], v = climb->place[rows->end[i]];

        if (u > 0 && v < s && v > climb->reach[u]) {
            climb->reach[u] = v;
        }
    }
    for (size_t u = 1; u < s; u++) {
        far = climb->reach[u] > far ? climb->reach[u] : far;
        climb->reach[u] = far;
        climb->entry[u] = at - u; /* entry (u, v) is matrix[entry[u] + v] */
        at += far - u + 1;
    }
    if (at > climb->matrix_room) {
        imr_free(climb->matrix);
        climb->matrix_room = 0;
        climb->matrix = imr_malloc(at, sizeof(double));
        if (climb->matrix == NULL) {
            return IMR_ERR_NOMEM;
        }
        climb->matrix_room = at;
    }
    memset(climb->matrix, 0, at * sizeof(double));
    return IMR_OK;
}

/* How far the start of a boundary's place is from the boundary itself. */
static double
offset_of(const newton_t *self, size_t k)
{
    const imr_interval_cox_climb_t *climb = self->climb;
    double sum = climb->here.sum[k], start = self->start[climb->place[k]];

    return self->moved && start != sum ? log(start / sum) : 0;
}

/* Adds a row at the places u and v (0, or s: none). */
static void
add_row(newton_t *self, size_t i, const imr_interval_cox_row_t *row)
{
    imr_interval_cox_climb_t *climb = self->climb;
    const imr_interval_cox_rows_t *rows = climb->rows;
    const double *z = rows->z + i * rows->p;
    size_t u = climb->place[rows->begin[i]], v = climb->place[rows->end[i]];
    double off_u = u > 0 ? offset_of(self, rows->begin[i]) : 0;
    double off_v = v < self->s ? offset_of(self, rows->end[i]) : 0;
    double pull = row->ratio_x * off_u + row->ratio_y * off_v;

    if (u > 0) {
        climb->excess[u] += row->ratio_x;
        climb->right[u * self->width] -= row->xx * off_u - row->xy * off_v;
    }
    if (v < self->s) {
        climb->excess[v] += row->ratio_y;
        climb->right[v * self->width] -= row->yy * off_v - row->xy * off_u;
    }
    if (u > 0 && v < self->s) {
        climb->matrix[climb->entry[u] + v] += row->xy;
    }
    for (size_t r = 0; r < climb->n_free; r++) {
        double z_r = z[climb->free_column[r]];

        climb->free_slope[r] -= z_r * pull;
        if (u > 0) {
            climb->right[u * self->width + 1 + r] += z_r * row->ratio_x;
        }
        if (v < self->s) {
            climb->right[v * self->width + 1 + r] += z_r * row->ratio_y;
        }
        for (size_t c = 0; c <= r; c++) {
            climb->schur[r * climb->n_free + c] += z_r * z[climb->free_column[c]] * row->ratio;
        }
    }
}

/* 0 where a row's event lies in none of the chosen cells. */
static int
fill(newton_t *self)
{
    imr_interval_cox_climb_t *climb = self->climb;
    const imr_interval_cox_rows_t *rows = climb->rows;

    memset(climb->right, 0, self->s * self->width * sizeof(double));
    memset(climb->excess, 0, self->s * sizeof(double));
    memset(climb->schur, 0, climb->n_free * climb->n_free * sizeof(double));
    for (size_t k = 1; k < rows->cells; k++) {
        climb->right[climb->place[k] * self->width] += climb->here.slope[k];
    }
    for (size_t r = 0; r < climb->n_free; r++) {
        climb->free_slope[r] = climb->here.score[climb->free_column[r]];
    }
    for (size_t i = 0; i < rows->n; i++) {
        if (climb->place[rows->begin[i]] == climb->place[rows->end[i]]) {
            return 0;
        }
        add_row(self, i, &climb->here.row[i]);
    }
    for (size_t r = 0; r < climb->n_free; r++) {
        climb->raw[r] = climb->schur[r * climb->n_free + r];
    }
    return 1;
}

/* Eliminates the baseline, without a square root. Returns the square of the norm of its slopes. */
static int
eliminate(newton_t *self, double *square, imr_fault_t *fault)
{
    imr_interval_cox_climb_t *climb = self->climb;
    size_t s = self->s, width = self->width, p = climb->n_free;

    *square = 0;
    for (size_t u = 1; u < s; u++) {
        double *pivot_row = climb->matrix + climb->entry[u], *right_u = climb->right + u * width;
        size_t reach = climb->reach[u];
        double pivot = climb->excess[u];

        for (size_t v = u + 1; v <= reach; v++) {
            pivot += pivot_row[v];
        }
        pivot = pivot > 0 ? pivot : INFINITY;
        pivot_row[u] = pivot;
        for (size_t i = u + 1; i <= reach; i++) {
            double factor = pivot_row[i] / pivot;
            double *row = climb->matrix + climb->entry[i], *right = climb->right + i * width;

            if (factor == 0) {
                continue;
            }
            climb->excess[i] += factor * climb->excess[u];
            for (size_t v = i + 1; v <= reach; v++) {
                row[v] += factor * pivot_row[v];
            }
            for (size_t c = 0; c < width; c++) {
                right[c] += factor * right_u[c];
            }
        }
        *square += right_u[0] * right_u[0] / pivot;
        for (size_t r = 0; r < p; r++) {
            double part = right_u[1 + r] / pivot;

            climb->free_slope[r] -= part * right_u[0];
            for (size_t c = 0; c <= r; c++) {
                climb->schur[r * p + c] -= part * right_u[1 + c];
            }
        }
        if (imr_stop_asked(climb->stop,
                (double) (reach - u + 1) * (double) (reach - u + 1 + width) + (double) (p * p))) {
            return imr_fault(fault, IMR_ERR_STOPPED, NULL, -1, NAN);
        }
    }
    return IMR_OK;
}

/* The factor of schur, to which a little is added where a coefficient has no information of its own, so
 * that it goes where its slope points, if it has one. Returns the first such, or their number if there is
 * none. */
static size_t
factorise(imr_interval_cox_climb_t *climb, double threshold)
{
    size_t p = climb->n_free, first = p, none;

    for (size_t r = 0; r < p; r++) {
        climb->raw[r] *= threshold;
    }
    for (double more = 4;; more *= 4) {
        memcpy(climb->factor, climb->schur, p * p * sizeof(double));
        none = imr_cholesky(climb->factor, p, climb->raw);
        if (none == p) {
            return first;
        }
        first = first == p ? none : first;
        if (!isfinite(more * climb->raw[none])) { /* nothing is known of any */
            memset(climb->factor, 0, p * p * sizeof(double));
            memset(climb->free_slope, 0, p * sizeof(double));
            for (size_t r = 0; r < p; r++) {
                climb->factor[r * p + r] = 1;
            }
            return first;
        }
        climb->schur[none * p + none] += fmax(more * climb->raw[none], LEAST_INFORMATION);
    }
}

/* Solves for the free coefficients, then for the baseline. Returns the square of the norm of what is left
 * of the slopes of the coefficients. */
static double
substitute(newton_t *self)
{
    imr_interval_cox_climb_t *climb = self->climb;
    size_t s = self->s, width = self->width, p = climb->n_free;
    double square = 0;

    imr_solve_lower(climb->factor, p, climb->free_slope);
    for (size_t r = 0; r < p; r++) {
        square += climb->free_slope[r] * climb->free_slope[r];
    }
    imr_solve_upper(climb->factor, p, climb->free_slope);
    memset(climb->step, 0, climb->rows->p * sizeof(double));
    for (size_t r = 0; r < p; r++) {
        climb->step[climb->free_column[r]] = climb->free_slope[r];
    }
    for (size_t u = s; u-- > 1;) {
        const double *row = climb->matrix + climb->entry[u];
        double change = climb->right[u * width];

        for (size_t r = 0; r < p; r++) {
            change -= climb->right[u * width + 1 + r] * climb->free_slope[r];
        }
        for (size_t v = u + 1; v <= climb->reach[u]; v++) {
            change += row[v] * self->solution[v];
        }
        self->solution[u] = change / row[u];
    }
    return square;
}

static void
read_changes(newton_t *self)
{
    imr_interval_cox_climb_t *climb = self->climb;
    size_t m = climb->rows->cells;

    memset(climb->gone, 1, m);
    for (size_t u = 0; u < self->s; u++) {
        climb->gone[climb->cell[u]] = 0;
    }
    climb->change[0] = 0;
    for (size_t k = 1; k < m; k++) {
        climb->change[k] = self->solution[climb->place[k]] + offset_of(self, k);
    }
}

/* By how much the logarithm of the sum grows over the chosen cell u, at the start. */
static double
rise_over(const newton_t *self, size_t u)
{
    return log1p((self->start[u + 1] - self->start[u]) / self->start[u]);
}

/* Drops the chosen cells whose hazard would not stay positive. Returns how many, and the part of the step
 * after which the first would be gone. */
static size_t
drop_negative(newton_t *self, double *part)
{
    imr_interval_cox_climb_t *climb = self->climb;
    size_t kept = 1;

    *part = 1;
    for (size_t u = 1; u < self->s; u++) {
        if (u + 1 < self->s) {
            double rise = rise_over(self, u);
            double after = rise + (self->solution[u + 1] - self->solution[u]);

            if (!(after > 0)) {
                *part = fmin(*part, rise / (rise - after));
                continue;
            }
        }
        climb->cell[kept++] = climb->cell[u];
    }
    kept = self->s - kept;
    self->s -= kept;
    return kept;
}

/* The first step, shortened so that no hazard becomes negative. */
static void
take_first_part(imr_interval_cox_climb_t *climb, double part)
{
    const double *sum = climb->here.sum;

    for (size_t j = 0; j < climb->rows->p; j++) {
        climb->step[j] = part * climb->first_step[j];
    }
    memset(climb->gone, 0, climb->rows->cells);
    climb->change[0] = 0;
    for (size_t k = 1; k < climb->rows->cells; k++) {
        climb->change[k] = part * climb->first_change[k];
        climb->gone[k - 1] = k > 1
            && log1p(climb->here.jump[k - 1] / sum[k - 1]) + climb->change[k] - climb->change[k - 1]
                <= 1e-12 * fabs(climb->change[k]);
    }
}

static int
solve(newton_t *self, double *square, size_t *flat, imr_fault_t *fault)
{
    size_t p = self->climb->n_free;
    int status = lay_out(self);

    if (status == IMR_OK
        && imr_stop_asked(
            self->climb->stop, (double) self->climb->rows->n * (double) (p * p + 100))) {
        status = IMR_ERR_STOPPED;
    }
    if (status != IMR_OK) {
        return imr_fault(fault, status, NULL, -1, NAN);
    }
    if (!fill(self)) {
        *square = -1;
        return IMR_OK;
    }
    status = eliminate(self, square, fault);
    if (status == IMR_OK) {
        *flat = factorise(self->climb, self->threshold);
        *square += substitute(self);
    }
    return status;
}

static newton_t
newton_of(imr_interval_cox_climb_t *climb, double threshold)
{
    choose_columns(climb);
    return (newton_t) { .climb = climb,
        .width = climb->n_free + 1,
        .threshold = threshold,
        .start = climb->level,
        .solution = climb->level_weight };
}

int
imr_interval_cox_newton(imr_interval_cox_climb_t *climb, int *found, imr_fault_t *fault)
{
    newton_t self = newton_of(climb, ROUNDING);
    size_t m = climb->rows->cells, flat, dropped;
    double part = 1, square, again;
    int is_near = climb->norm < NEAR;
    int status;

    *found = 0;
    for (size_t j = 0; j < m; j++) {
        if (j + 1 == m || climb->here.jump[j] > 0 || (is_near && climb->here.gain[j] > WORTH)) {
            climb->cell[self.s++] = (uint32_t) j;
        }
    }
    status = solve(&self, &square, &flat, fault);
    if (status != IMR_OK || square < 0) {
        climb->norm = INFINITY;
        return status;
    }
    climb->norm = sqrt(square);
    read_changes(&self);
    memcpy(climb->first_step, climb->step, climb->rows->p * sizeof(double));
    memcpy(climb->first_change, climb->change, m * sizeof(double));
    for (dropped = drop_negative(&self, &part); dropped > 0;) {
        double ignored;

        self.moved = 1;
        status = solve(&self, &again, &flat, fault);
        if (status != IMR_OK) {
            return status;
        }
        if (again < 0) {
            take_first_part(climb, part);
            *found = 2;
            return IMR_OK;
        }
        read_changes(&self);
        dropped = drop_negative(&self, &ignored);
        if (dropped == 0 && !(imr_interval_cox_slope(climb, &climb->here) > 0)) {
            take_first_part(climb, part);
            *found = 2;
            return IMR_OK;
        }
    }
    *found = 1;
    return IMR_OK;
}

int
imr_interval_cox_flat(
    imr_interval_cox_climb_t *climb, int *flat, size_t *column, imr_fault_t *fault)
{
    newton_t self = newton_of(climb, NO_INFORMATION);
    size_t m = climb->rows->cells, none = climb->n_free;
    double square;
    int status;

    for (size_t j = 0; j < m; j++) {
        if (j + 1 == m || climb->here.jump[j] > 0 || climb->here.gain[j] > -NO_LOSS) {
            climb->cell[self.s++] = (uint32_t) j;
        }
    }
    status = solve(&self, &square, &none, fault);
    *flat = none < climb->n_free;
    *column = *flat ? climb->free_column[none] : 0;
    return status;
}
