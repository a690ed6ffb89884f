/* From rows to the cells that can hold mass. */
#include <math.h>
#include <string.h>

#include "base/mem.h"
#include "base/order.h"
#include "recovery/reconstitution.h"

/* --- rows -------------------------------------------------------------------------------------- */

/* Times that differ by rounding alone become one, so that a return and a competing event at one time
 * are seen to be. times: left, right and competing of n rows each. */
static int
settle_ties(double *times, size_t n, size_t *merged, imr_fault_t *fault)
{
    double *finite;
    size_t count = 0;
    int is_whole = 1, status;

    for (size_t i = 0; i < 3 * n; i++) {
        is_whole = is_whole && (isinf(times[i]) || times[i] == floor(times[i]));
        count += !isinf(times[i]);
    }
    if (is_whole) {
        return IMR_OK;
    }
    finite = imr_malloc(count, sizeof(*finite));
    if (finite == NULL) {
        return imr_fault(fault, IMR_ERR_NOMEM, NULL, -1, NAN);
    }
    count = 0;
    for (size_t i = 0; i < 3 * n; i++) {
        if (!isinf(times[i])) {
            finite[count++] = times[i];
        }
    }
    status = imr_fix_ties(NULL, finite, count, NULL, finite, merged, fault);
    count = 0;
    for (size_t i = 0; i < 3 * n && status == IMR_OK; i++) {
        if (isinf(times[i])) {
            continue;
        }
        if (i >= n && i < 2 * n && finite[count] == times[i - n] && times[i] != times[i - n]) {
            /* settled already: only one that was equal before may be equal now */
            status = imr_fault(fault, IMR_ERR_INTERVAL_TIED, "left", (int64_t) (i - n), times[i]);
        }
        times[i] = finite[count++];
    }
    imr_free(finite);
    return status;
}

static int
check_competing(double competing, size_t row, imr_fault_t *fault)
{
    if (isnan(competing)) {
        return imr_fault(fault, IMR_ERR_COMPETING_MISSING, "competing", (int64_t) row, NAN);
    }
    return competing < 0 ? imr_fault(fault, IMR_ERR_NEGATIVE, "competing", (int64_t) row, competing)
                         : IMR_OK;
}

/* What came first: its two ends, and its kind. */
static void
find_first(imr_reconstitution_rows_t *self, double *times, size_t n, size_t row, int unseen_returns)
{
    double *left = &times[row], *right = &times[n + row], competing = times[2 * n + row];

    if (isinf(*right) && isinf(competing)) {
        self->kind[row] = IMR_RECONSTITUTION_CENSORED;
    } else if (*right <= competing) {
        self->kind[row] = IMR_RECONSTITUTION_RETURN;
    } else {
        self->unseen[row] = *left < competing;
        *right = competing;
        if (self->unseen[row] && unseen_returns) {
            self->kind[row] = IMR_RECONSTITUTION_RETURN;
        } else {
            self->kind[row] = IMR_RECONSTITUTION_COMPETING;
            *left = competing;
        }
    }
}

int
imr_reconstitution_rows_init(imr_reconstitution_rows_t *self, const double *left,
    const double *right, const double *competing, const int64_t *cause, int64_t causes, size_t n,
    int unseen_returns, int fix_ties, imr_fault_t *fault)
{
    double *times = NULL;
    int status;

    memset(self, 0, sizeof(*self));
    if (n == 0) {
        return imr_fault(fault, IMR_ERR_NO_ROWS, NULL, -1, NAN);
    }
    times = imr_malloc(n, 3 * sizeof(*times));
    self->kind = imr_calloc(n, 2);
    if (times == NULL || self->kind == NULL) {
        status = imr_fault(fault, IMR_ERR_NOMEM, NULL, -1, NAN);
        goto out;
    }
    self->unseen = self->kind + n;
    self->cause = cause;
    for (size_t i = 0; i < n; i++) {
        double l = left[i] + 0.0, r = right[i] + 0.0;
        double c = competing == NULL ? INFINITY : competing[i] + 0.0;

        status = imr_turnbull_check_row(l, r, i, fault);
        if (status == IMR_OK) {
            status = check_competing(c, i, fault);
        }
        if (status == IMR_OK && cause != NULL && (cause[i] < 0 || cause[i] >= causes)) {
            status =
                imr_fault(fault, IMR_ERR_COMPETING_CAUSE, "cause", (int64_t) i, (double) cause[i]);
        }
        if (status != IMR_OK) {
            goto out;
        }
        times[i] = l;
        times[n + i] = r;
        times[2 * n + i] = c;
    }
    if (fix_ties) {
        status = settle_ties(times, n, &self->merged, fault);
        if (status != IMR_OK) {
            goto out;
        }
    }
    for (size_t i = 0; i < n; i++) {
        find_first(self, times, n, i, unseen_returns);
    }
    status = imr_turnbull_ends_init(&self->ends, times, times + n, n, 0, fault);
out:
    imr_free(times);
    return status;
}

void
imr_reconstitution_rows_free(imr_reconstitution_rows_t *self)
{
    imr_turnbull_ends_free(&self->ends);
    imr_free(self->kind);
    memset(self, 0, sizeof(*self));
}

/* --- cells ------------------------------------------------------------------------------------- */

enum { IS_EXACT = 1, IS_RIGHT_END = 2, IS_LEFT_END = 4, IS_CENSORED = 8, IS_COMPETING = 16 };

/* How many cells of return, and how many blocks, end at each value or before it. */
typedef struct {
    uint8_t *kinds;
    uint32_t *returns, *blocks;
} scan_t;

static int
is_of(const int64_t *group, int64_t code, size_t row)
{
    return group == NULL || group[row] == code;
}

/* A cell (opened, cut] if one is open, and from there on one is. */
static void
close_at_cut(imr_reconstitution_t *self, double cut, double *opened, int *is_open)
{
    if (*is_open) {
        self->left[self->returns] = *opened;
        self->right[self->returns++] = cut;
    }
    self->cut_cells = self->returns;
    *opened = cut;
    *is_open = 1;
}

/* A cell of return is a left end (or a censoring) directly followed by a right one. At one time the
 * order is: the left end of an exact row, right ends, competing events, then left ends. The cut is a
 * right end of what began at 0, and a left end; NaN is none. */
static void
find_cells(imr_reconstitution_t *self, const imr_turnbull_ends_t *ends, double cut, scan_t *scan)
{
    double opened = 0;
    int is_open = !isnan(cut), in_block = 0, to_cut = !isnan(cut);

    for (size_t v = 0; v < ends->n_values; v++) {
        double time = ends->value[v];
        uint8_t kinds = scan->kinds[v];

        if (to_cut && time > cut) {
            close_at_cut(self, cut, &opened, &is_open);
            to_cut = 0;
        }

        if (kinds & IS_EXACT) {
            opened = time;
            is_open = 1;
        }
        if (is_open && (kinds & (IS_EXACT | IS_RIGHT_END))) {
            self->left[self->returns] = opened;
            self->right[self->returns++] = time;
            is_open = 0;
            self->has_rest = 0;
        }
        if (to_cut && time == cut) {
            close_at_cut(self, cut, &opened, &is_open);
            to_cut = 0;
        }
        if (kinds & IS_COMPETING) {
            self->blocks += !in_block;
            in_block = 1;
            self->has_rest = 0;
        }
        scan->returns[v] = (uint32_t) self->returns;
        scan->blocks[v] = (uint32_t) self->blocks;
        if (kinds & (IS_LEFT_END | IS_CENSORED)) {
            opened = time;
            is_open = 1;
        }
        if (kinds & IS_CENSORED) {
            in_block = 0;
            self->has_rest = 1;
            self->last_censored = time;
        }
    }
    if (to_cut) {
        close_at_cut(self, cut, &opened, &is_open);
    }
    self->has_rest = self->has_rest || !isnan(cut);
    self->n_cells = self->returns + self->blocks + (size_t) self->has_rest;
}

/* Rows of return that hold the same cells become one. */
static void
gather_returns(imr_reconstitution_t *self, const imr_reconstitution_rows_t *rows,
    const int64_t *group, int64_t code, const scan_t *scan, uint64_t *keys, uint64_t *scratch)
{
    const imr_turnbull_ends_t *ends = &rows->ends;
    uint64_t *sorted;
    size_t count = 0;

    for (size_t i = 0; i < ends->n; i++) {
        if (is_of(group, code, i) && rows->kind[i] == IMR_RECONSTITUTION_RETURN) {
            uint32_t end = scan->returns[ends->right[i]];
            uint32_t begin =
                ends->left[i] == ends->right[i] ? end - 1 : scan->returns[ends->left[i]];

            keys[count++] = (uint64_t) begin << 32 | end;
        }
    }
    sorted = imr_sort_keys(keys, scratch, count);
    for (size_t i = 0; i < count; i++) {
        if (i == 0 || sorted[i] != sorted[i - 1]) {
            self->begin[self->n_distinct] = (uint32_t) (sorted[i] >> 32);
            self->end[self->n_distinct] = (uint32_t) (sorted[i] & UINT32_MAX);
            self->weight[self->n_distinct++] = 0;
        }
        self->weight[self->n_distinct - 1] += 1;
    }
}

static void
gather_competing(imr_reconstitution_t *self, const imr_reconstitution_rows_t *rows,
    const int64_t *group, int64_t code, const scan_t *scan, uint64_t *keys, uint64_t *scratch)
{
    const imr_turnbull_ends_t *ends = &rows->ends;
    uint64_t *sorted;
    size_t count = 0;

    memset(self->block_weight, 0, self->blocks * sizeof(*self->block_weight));
    for (size_t i = 0; i < ends->n; i++) {
        if (is_of(group, code, i) && rows->kind[i] == IMR_RECONSTITUTION_COMPETING) {
            keys[count++] = (uint64_t) ends->left[i] << 32
                | (rows->cause == NULL ? 0 : (uint64_t) rows->cause[i] & UINT32_MAX);
        }
    }
    sorted = imr_sort_keys(keys, scratch, count);
    for (size_t i = 0; i < count; i++) {
        size_t v = sorted[i] >> 32, block = scan->blocks[v] - 1;

        if (i == 0 || sorted[i] != sorted[i - 1]) {
            self->point[self->n_points++] = (imr_reconstitution_point_t) { ends->value[v],
                (int64_t) (sorted[i] & UINT32_MAX), 0, block };
        }
        self->point[self->n_points - 1].patients += 1;
        self->block_weight[block] += 1;
    }
}

/* Censored rows that hold the same cells become one class. censored: how many at each value. */
static void
gather_censored(
    imr_reconstitution_t *self, const scan_t *scan, const double *censored, size_t n_values)
{
    size_t cell = 0, block = 0;

    for (size_t v = 0; v < n_values; v++) {
        if (censored[v] == 0) {
            continue;
        }
        if (self->n_classes == 0 || scan->returns[v] > cell || scan->blocks[v] > block) {
            for (; cell < scan->returns[v]; cell++) {
                self->reach[cell] = (uint32_t) self->n_classes;
            }
            for (; block < scan->blocks[v]; block++) {
                self->reach[self->returns + block] = (uint32_t) self->n_classes;
            }
            self->class_weight[self->n_classes++] = 0;
        }
        self->class_weight[self->n_classes - 1] += censored[v];
    }
    for (; cell < self->returns; cell++) {
        self->reach[cell] = (uint32_t) self->n_classes;
    }
    for (; block < self->blocks; block++) {
        self->reach[self->returns + block] = (uint32_t) self->n_classes;
    }
    if (self->has_rest) {
        self->reach[self->n_cells - 1] = (uint32_t) self->n_classes;
    }
}

/* The arrays, in one block: m cells of return at most, c competing events, n rows. */
static int
make_room(imr_reconstitution_t *self, size_t m, size_t c, size_t n)
{
    size_t cells = m + c + 1, bytes;
    double *next;

    bytes = (2 * m + 8 * cells + 2 * c + 4 * n + 3) * sizeof(double) + (m + 1) * sizeof(double)
        + (n + 2) * sizeof(double) + c * sizeof(imr_reconstitution_point_t)
        + (2 * n + 2 * cells) * sizeof(uint32_t) + cells;
    self->block = imr_calloc(bytes, 1);
    if (self->block == NULL) {
        return 0;
    }
    self->point = self->block;
    next = (double *) (self->point + c);
    self->left = next;
    self->right = self->left + m;
    self->mass = self->right + m;
    self->gradient = self->mass + cells;
    self->trial_mass = self->gradient + cells;
    self->trial_gradient = self->trial_mass + cells;
    self->target = self->trial_gradient + cells;
    self->solution = self->target + cells;
    self->at = self->solution + cells;
    self->block_weight = self->at + 2 * cells;
    self->weight = self->block_weight + 2 * c;
    self->class_weight = self->weight + n;
    self->p = self->class_weight + n;
    self->trial_p = self->p + n + 1;
    self->sum = self->trial_p + n + 1;
    self->bucket = self->sum + m + 1;
    self->begin = (uint32_t *) (self->bucket + n + 2);
    self->end = self->begin + n;
    self->reach = self->end + n;
    self->candidate = self->reach + cells;
    self->passive = (uint8_t *) (self->candidate + cells);
    return 1;
}

int
imr_reconstitution_init(imr_reconstitution_t *self, const imr_reconstitution_rows_t *rows,
    const int64_t *group, int64_t code, imr_fault_t *fault)
{
    return imr_reconstitution_init_cut(self, rows, group, code, NAN, fault);
}

int
imr_reconstitution_init_cut(imr_reconstitution_t *self, const imr_reconstitution_rows_t *rows,
    const int64_t *group, int64_t code, double cut, imr_fault_t *fault)
{
    const imr_turnbull_ends_t *ends = &rows->ends;
    size_t values = ends->n_values, most = 4;
    scan_t scan = { imr_calloc(values + 1, 1), imr_malloc(values + 1, sizeof(uint32_t)),
        imr_malloc(values + 1, sizeof(uint32_t)) };
    double *censored = imr_calloc(values + 1, sizeof(*censored));
    uint64_t *keys = NULL;
    int status = IMR_OK;

    memset(self, 0, sizeof(*self));
    self->last_censored = NAN;
    if (scan.kinds == NULL || scan.returns == NULL || scan.blocks == NULL || censored == NULL) {
        status = imr_fault(fault, IMR_ERR_NOMEM, NULL, -1, NAN);
        goto out;
    }
    for (size_t i = 0; i < ends->n; i++) {
        uint32_t left = ends->left[i], right = ends->right[i];

        if (!is_of(group, code, i)) {
            continue;
        }
        self->rows++;
        self->n_unseen += rows->unseen[i];
        if (rows->kind[i] == IMR_RECONSTITUTION_CENSORED) {
            scan.kinds[left] |= IS_CENSORED;
            censored[left] += 1;
        } else if (rows->kind[i] == IMR_RECONSTITUTION_COMPETING) {
            scan.kinds[left] |= IS_COMPETING;
            self->n_competing++;
        } else {
            self->n_returned++;
            scan.kinds[left] |= left == right ? IS_EXACT : IS_LEFT_END;
            scan.kinds[right] |= left == right ? IS_EXACT : IS_RIGHT_END;
        }
    }
    for (size_t v = 0; v < values; v++) {
        most += (scan.kinds[v] & (IS_EXACT | IS_RIGHT_END)) != 0;
    }
    if (self->rows == 0) {
        status = imr_fault(fault, IMR_ERR_NO_ROWS, NULL, -1, NAN);
        goto out;
    }
    keys = imr_malloc(2 * self->rows, sizeof(*keys));
    if (keys == NULL || !make_room(self, most, self->n_competing, self->rows)) {
        status = imr_fault(fault, IMR_ERR_NOMEM, NULL, -1, NAN);
        goto out;
    }
    find_cells(self, ends, cut, &scan);
    self->total = (double) self->rows;
    if (self->n_cells > IMR_RECONSTITUTION_MOST_CELLS) {
        status = imr_fault(fault, IMR_ERR_RECONSTITUTION_SIZE, "left", -1, NAN);
        goto out;
    }
    gather_returns(self, rows, group, code, &scan, keys, keys + self->rows);
    gather_competing(self, rows, group, code, &scan, keys, keys + self->rows);
    gather_censored(self, &scan, censored, values);
    for (size_t j = 0; j < self->n_cells; j++) {
        self->mass[j] = 1 / (double) self->n_cells;
    }
out:
    imr_free(scan.kinds);
    imr_free(scan.returns);
    imr_free(scan.blocks);
    imr_free(censored);
    imr_free(keys);
    return status;
}

void
imr_reconstitution_free(imr_reconstitution_t *self)
{
    imr_free(self->block);
    imr_free(self->matrix);
    memset(self, 0, sizeof(*self));
}
