#include "survival/interval_cox_rows.h"

#include <math.h>
#include <string.h>

#include "base/cholesky.h"
#include "base/mem.h"
#include "survival/cox_monotone.h"
#include "survival/cox_rows.h"
#include "survival/turnbull.h"

#define LARGEST_X 1e100 /* squares and their sums fit */
#define CONSTANT 1e-13 /* spread, in units of the values, that rounding alone can make */
/* Of what a column's differences are a difference of: below it is rounding, or nearly so. */
#define COLLINEAR 1e-11

/* --- covariates --------------------------------------------------------------------------------- */

static int
check_covariates(const imr_interval_cox_data_t *data, imr_fault_t *fault)
{
    for (size_t i = 0; i < data->n; i++) {
        for (size_t j = 0; j < data->p; j++) {
            double x = data->x[i * data->p + j];

            if (!(fabs(x) <= LARGEST_X)) {
                return imr_fault(fault, isfinite(x) ? IMR_ERR_COX_RANGE : IMR_ERR_NONFINITE, "X",
                    (int64_t) i, x);
            }
        }
    }
    return IMR_OK;
}

/* Means and root mean squares of the columns, over all rows. */
static int
find_scales(imr_interval_cox_rows_t *self, const imr_interval_cox_data_t *data, imr_fault_t *fault)
{
    size_t n = data->n, p = self->p;

    for (size_t j = 0; j < p; j++) {
        double sum = 0, squares = 0, reach = 0, size = 0;

        for (size_t i = 0; i < n; i++) {
            sum += data->x[i * p + j] / (double) n;
        }
        for (size_t i = 0; i < n; i++) {
            double x = data->x[i * p + j], far = fabs(x - sum);

            reach = fmax(reach, far);
            size = fmax(size, fabs(x));
            squares += far * far;
        }
        self->center[j] = sum;
        self->scale[j] = sqrt(squares / (double) n);
        if (!(reach > CONSTANT * size) || !(self->scale[j] > 0)) {
            return imr_fault(fault, IMR_ERR_INTERVAL_COX_COLLINEAR, "X column", (int64_t) j, NAN);
        }
    }
    return IMR_OK;
}

/* --- cells -------------------------------------------------------------------------------------- */

/* The curve without covariates, whose cells are those of the model. */
static int
fit_null(const imr_turnbull_ends_t *ends, imr_turnbull_estimate_t *estimate, imr_stop_t *stop,
    imr_fault_t *fault)
{
    imr_turnbull_t npmle;
    int status = imr_turnbull_init(&npmle, ends, NULL, 0, fault);

    if (status == IMR_OK) {
        status = imr_turnbull_maximise(&npmle, estimate, stop, fault);
    }
    imr_turnbull_free(&npmle);
    return status;
}

static int
allocate(imr_interval_cox_rows_t *self, size_t n)
{
    size_t p = self->p, m = self->cells;
    double *next;

    if (p > 10000 || n > SIZE_MAX / 64 / (p + 1)) {
        return IMR_ERR_NOMEM;
    }
    self->block = imr_malloc(n * (p + 1) + 2 * p + 3 * m, sizeof(double));
    if (self->block == NULL) {
        return IMR_ERR_NOMEM;
    }
    next = self->block;
    self->z = next;
    self->center = self->z + n * p;
    self->scale = self->center + p;
    self->left = self->scale + p;
    self->right = self->left + m;
    self->hazard = self->right + m;
    self->begin = (uint32_t *) (self->hazard + m);
    self->end = self->begin + n;
    return IMR_OK;
}

/* Which cells each row holds: closed[v] of them end at value v or before. */
static void
place_rows(imr_interval_cox_rows_t *self, const imr_turnbull_ends_t *ends,
    const imr_interval_cox_data_t *data, uint32_t *closed)
{
    size_t p = self->p, cell = 0;

    for (size_t v = 0; v < ends->n_values; v++) {
        while (cell < self->cells && self->right[cell] <= ends->value[v]) {
            cell++;
        }
        closed[v] = (uint32_t) cell;
    }
    closed[ends->n_values] = (uint32_t) self->cells;
    for (size_t i = 0; i < ends->n; i++) {
        uint32_t begin = closed[ends->left[i]] - (ends->left[i] == ends->right[i]);
        uint32_t end = closed[ends->right[i]];

        self->events += ends->right[i] < ends->n_values;
        if (begin == 0 && end == self->cells) {
            continue;
        }
        self->begin[self->n] = begin;
        self->end[self->n] = end;
        for (size_t j = 0; j < p; j++) {
            self->z[self->n * p + j] = (data->x[i * p + j] - self->center[j]) / self->scale[j];
        }
        self->n++;
    }
}

/* The hazard of each cell out of the masses; from the last, so that small probabilities are not what 1
 * leaves of a sum. */
static void
find_hazards(imr_interval_cox_rows_t *self, const double *mass)
{
    double after = 0;

    for (size_t j = self->cells; j-- > 0;) {
        after += mass[j];
        self->hazard[j] = j + 1 == self->cells ? INFINITY : -log1p(-mass[j] / after);
    }
}

/* --- pairs whose order is known ----------------------------------------------------------------- */

/* Row i certainly has the event before row j if end_i <= begin_j. For each boundary: how many rows
 * begin there or after, the sums of their z, and how many end there or before. */
typedef struct {
    double *later, *sums, *earlier; /* cells + 1, (cells + 1) x p, cells + 1 */
} pairs_t;

static int
pairs_init(pairs_t *self, const imr_interval_cox_rows_t *rows)
{
    size_t m = rows->cells, p = rows->p;

    self->later = imr_calloc((m + 1) * (p + 2), sizeof(double));
    if (self->later == NULL) {
        return IMR_ERR_NOMEM;
    }
    self->earlier = self->later + m + 1;
    self->sums = self->earlier + m + 1;
    for (size_t i = 0; i < rows->n; i++) {
        self->later[rows->begin[i]] += 1;
        self->earlier[rows->end[i]] += 1;
        for (size_t j = 0; j < p; j++) {
            self->sums[rows->begin[i] * p + j] += rows->z[i * p + j];
        }
    }
    self->earlier[m] = 0;
    for (size_t k = m; k-- > 0;) {
        self->later[k] += self->later[k + 1];
        for (size_t j = 0; j < p; j++) {
            self->sums[k * p + j] += self->sums[(k + 1) * p + j];
        }
    }
    for (size_t k = 1; k <= m; k++) {
        self->earlier[k] += self->earlier[k - 1];
    }
    return IMR_OK;
}

/* The sum of (z_i - z_j)(z_i - z_j)' over such pairs is singular exactly if the likelihood does not
 * depend on some combination of the coefficients. */
static int
check_pairs(const imr_interval_cox_rows_t *rows, imr_fault_t *fault)
{
    size_t p = rows->p, m = rows->cells, dependent;
    double *matrix = imr_calloc(p * p + p, sizeof(double)), *least, total = 0;
    pairs_t pairs = { 0 };
    int status = matrix == NULL ? IMR_ERR_NOMEM : pairs_init(&pairs, rows);

    if (status != IMR_OK) {
        imr_free(matrix);
        return imr_fault(fault, status, NULL, -1, NAN);
    }
    least = matrix + p * p;
    for (size_t i = 0; i < rows->n; i++) {
        const double *z = rows->z + i * p, *sums = pairs.sums + rows->end[i] * p;
        int has_event = rows->end[i] < m;
        double after = has_event ? pairs.later[rows->end[i]] : 0;
        double weight = after + pairs.earlier[rows->begin[i]];

        total += after;
        for (size_t r = 0; r < p; r++) {
            least[r] += COLLINEAR * weight * z[r] * z[r];
            for (size_t c = 0; c <= r; c++) {
                matrix[r * p + c] += weight * z[r] * z[c];
                if (has_event) {
                    matrix[r * p + c] -= z[r] * sums[c] + sums[r] * z[c];
                }
            }
        }
    }
    dependent = imr_cholesky(matrix, p, least);
    imr_free(matrix);
    imr_free(pairs.later);
    if (total == 0) {
        return imr_fault(fault, IMR_ERR_INTERVAL_COX_ORDER, "right", -1, NAN);
    }
    return dependent == p
        ? IMR_OK
        : imr_fault(fault, IMR_ERR_INTERVAL_COX_COLLINEAR, "X column", (int64_t) dependent, NAN);
}

/* --- all together ------------------------------------------------------------------------------- */

static int
fill(imr_interval_cox_rows_t *self, const imr_turnbull_ends_t *ends,
    const imr_turnbull_estimate_t *estimate, const imr_interval_cox_data_t *data,
    imr_fault_t *fault)
{
    uint32_t *closed = imr_malloc(ends->n_values + 1, sizeof(*closed));
    int status;

    if (closed == NULL || allocate(self, data->n) != IMR_OK) {
        imr_free(closed);
        return imr_fault(fault, IMR_ERR_NOMEM, NULL, -1, NAN);
    }
    memcpy(self->left, estimate->cell_left, self->cells * sizeof(double));
    memcpy(self->right, estimate->cell_right, self->cells * sizeof(double));
    find_hazards(self, estimate->cell_mass);
    status = find_scales(self, data, fault);
    if (status == IMR_OK) {
        place_rows(self, ends, data, closed);
        status = self->events > 0 ? check_pairs(self, fault)
                                  : imr_fault(fault, IMR_ERR_COX_NO_EVENT, "right", -1, NAN);
    }
    imr_free(closed);
    return status;
}

int
imr_interval_cox_rows_init(imr_interval_cox_rows_t *self, const imr_interval_cox_data_t *data,
    int fix_ties, imr_stop_t *stop, imr_fault_t *fault)
{
    imr_turnbull_ends_t ends;
    imr_turnbull_estimate_t estimate = { 0 };
    int status = imr_turnbull_ends_init(&ends, data->left, data->right, data->n, fix_ties, fault);

    memset(self, 0, sizeof(*self));
    self->p = data->p;
    if (status == IMR_OK && data->p == 0) {
        status = imr_fault(fault, IMR_ERR_NO_COLUMN, "X", -1, NAN);
    }
    if (status == IMR_OK) {
        status = check_covariates(data, fault);
    }
    if (status == IMR_OK) {
        status = fit_null(&ends, &estimate, stop, fault);
    }
    if (status == IMR_OK) {
        self->cells = estimate.n_cells;
        self->merged = (int64_t) ends.merged;
        self->loglik_null = estimate.loglik;
        status = fill(self, &ends, &estimate, data, fault);
    }
    imr_free(estimate.block);
    imr_turnbull_ends_free(&ends);
    if (status != IMR_OK) {
        imr_interval_cox_rows_free(self);
    }
    return status;
}

void
imr_interval_cox_rows_free(imr_interval_cox_rows_t *self)
{
    imr_free(self->block);
    memset(self, 0, sizeof(*self));
}

/* --- monotone likelihood ------------------------------------------------------------------------ */

/* The likelihood rises for ever along a direction exactly if in no pair of known order the earlier row
 * loses against the later. That is the cone of Cox's discrete partial likelihood for rows that are at
 * risk up to `begin`, and others with an event at `end` that come under observation just before. */
int
imr_interval_cox_monotone(const imr_interval_cox_rows_t *rows, const double *towards,
    double *direction, int *found, imr_stop_t *stop, imr_fault_t *fault)
{
    size_t n = rows->n, p = rows->p, count = 0;
    double *time = imr_malloc(2 * n, sizeof(double)), *entry = imr_malloc(2 * n, sizeof(double));
    double *x = imr_malloc(2 * n * p, sizeof(double)), *target = imr_calloc(p, sizeof(double));
    uint8_t *event = imr_malloc(2 * n, 1);
    imr_cox_options_t options = { .ties = IMR_COX_EXACT, .level = 0.95 };
    imr_cox_rows_t cox = { 0 };
    pairs_t pairs = { 0 };
    int status = IMR_ERR_NOMEM;

    if (time != NULL && entry != NULL && x != NULL && target != NULL && event != NULL) {
        status = pairs_init(&pairs, rows);
    }
    if (status != IMR_OK) {
        status = imr_fault(fault, status, NULL, -1, NAN);
        goto out;
    }
    for (size_t i = 0; i < 2 * n; i++) {
        size_t row = i % n;
        const double *z = rows->z + row * p;
        int is_event = i >= n;
        uint32_t at = is_event ? rows->end[row] : rows->begin[row];

        if (is_event ? at == rows->cells : at == 0) {
            continue;
        }
        time[count] = at;
        entry[count] = is_event ? at - 0.5 : 0;
        event[count] = (uint8_t) is_event;
        memcpy(x + count * p, z, p * sizeof(double));
        count++;
        for (size_t j = 0; is_event && j < p; j++) {
            target[j] += pairs.later[at] * z[j] - pairs.sums[at * p + j];
        }
    }
    {
        imr_cox_data_t data = {
            .n = count, .p = p, .time = time, .event = event, .x = x, .entry = entry, .strata = 1
        };

        status = imr_cox_rows_init(&cox, &data, &options, fault);
    }
    if (status != IMR_OK) {
        goto out;
    }
    for (size_t j = 0; j < p; j++) { /* z of the one is z of the other over its scale */
        target[j] = towards == NULL ? target[j] / cox.scale[j] : towards[j] / cox.scale[j];
    }
    status = imr_cox_monotone(&cox, IMR_COX_EXACT, target, direction, found, stop, fault);
    for (size_t j = 0; status == IMR_OK && *found && j < p; j++) {
        direction[j] /= cox.scale[j];
    }
out:
    imr_cox_rows_free(&cox);
    imr_free(pairs.later);
    imr_free(time);
    imr_free(entry);
    imr_free(x);
    imr_free(target);
    imr_free(event);
    return status;
}
