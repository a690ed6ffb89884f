/* From rows to the cells that can hold mass: end points read and ranked, maximal intersections, and
 * the rows as ranges of them. */
#include "survival/turnbull.h"

#include <math.h>
#include <string.h>

#include "base/mem.h"
#include "base/order.h"
#include "survival/turnbull_steps.h"

/* The ends of a row, or its entry too, are ordered together, and ranks are of 32 bits. */
#define MOST_NUMBERS UINT32_MAX

/* --- end points -------------------------------------------------------------------------------- */

int
imr_turnbull_check_row(double left, double right, size_t row, imr_fault_t *fault)
{
    if (isnan(left)) {
        return imr_fault(fault, IMR_ERR_NONFINITE, "left", (int64_t) row, left);
    }
    if (left < 0) {
        return imr_fault(fault, IMR_ERR_NEGATIVE, "left", (int64_t) row, left);
    }
    if (isinf(left)) {
        return imr_fault(fault, IMR_ERR_LEFT_INFINITE, "left", (int64_t) row, left);
    }
    if (isnan(right)) {
        return imr_fault(fault, IMR_ERR_RIGHT_MISSING, "right", (int64_t) row, NAN);
    }
    return left > right ? imr_fault(fault, IMR_ERR_LEFT_AFTER_RIGHT, "left", (int64_t) row, left)
                        : IMR_OK;
}

static int
check_entry(double entry, double left, size_t row, imr_fault_t *fault)
{
    if (isnan(entry)) {
        return imr_fault(fault, IMR_ERR_NONFINITE, "entry", (int64_t) row, entry);
    }
    if (entry < 0 && !isinf(entry)) {
        return imr_fault(fault, IMR_ERR_NEGATIVE, "entry", (int64_t) row, entry);
    }
    return isinf(entry) && entry > left
        ? imr_fault(fault, IMR_ERR_ENTRY_AFTER_LEFT, "entry", (int64_t) row, entry)
        : IMR_OK;
}

/* What ranks say, after times that only rounding tells apart have become one. */
static int
check_ranks(const imr_turnbull_ends_t *self, const double *ends, size_t row, imr_fault_t *fault)
{
    double left = ends[row], right = ends[self->n + row];
    int exact = self->left[row] == self->right[row];

    if (exact && left != right) {
        return imr_fault(fault, IMR_ERR_INTERVAL_TIED, "left", (int64_t) row, left);
    }
    if (self->entry != NULL && self->entry[row] > 0) {
        uint32_t rank = self->entry[row] - 1;
        double entry = ends[2 * self->n + row];

        if (rank > self->left[row]) {
            return imr_fault(fault, IMR_ERR_ENTRY_AFTER_LEFT, "entry", (int64_t) row, entry);
        }
        if (exact && rank == self->left[row]) {
            return imr_fault(fault, entry == left ? IMR_ERR_INTERVAL : IMR_ERR_INTERVAL_TIED,
                "entry", (int64_t) row, entry);
        }
    }
    return IMR_OK;
}

/* 1 if each finite end is a whole number of days, and not so late that counting them would cost more
 * than sorting; *last_day is then the latest. */
static int
are_days(const double *ends, size_t count, uint32_t *last_day)
{
    double limit = fmin(IMR_DAYS, 8 * (double) count + 64), last = 0;

    for (size_t i = 0; i < count; i++) {
        if (isinf(ends[i])) {
            continue;
        }
        if (!(ends[i] < limit) || ends[i] != floor(ends[i])) {
            return 0;
        }
        last = fmax(last, ends[i]);
    }
    *last_day = (uint32_t) last;
    return 1;
}

/* A day is its own rank, and no two differ by rounding alone. */
static int
rank_days(imr_turnbull_ends_t *self, const double *ends, uint32_t last_day, imr_fault_t *fault)
{
    self->n_values = (size_t) last_day + 1;
    self->value = imr_malloc(self->n_values, sizeof(*self->value));
    if (self->value == NULL) {
        return imr_fault(fault, IMR_ERR_NOMEM, NULL, -1, NAN);
    }
    for (size_t day = 0; day < self->n_values; day++) {
        self->value[day] = (double) day;
    }
    for (size_t i = 0; i < self->n; i++) {
        double r = ends[self->n + i];

        self->left[i] = (uint32_t) ends[i];
        self->right[i] = isinf(r) ? last_day + 1 : (uint32_t) r;
        if (self->entry != NULL) {
            double entry = ends[2 * self->n + i];

            self->entry[i] = isinf(entry) ? 0 : (uint32_t) entry + 1;
        }
    }
    return IMR_OK;
}

static uint32_t *
rank_of(imr_turnbull_ends_t *self, size_t end)
{
    size_t n = self->n;

    return end < n    ? &self->left[end]
        : end < 2 * n ? &self->right[end - n]
                      : &self->entry[end - 2 * n];
}

/* A run of neighbours that differ by rounding alone has one rank, and the value of its first. */
static int
rank_times(imr_turnbull_ends_t *self, const double *ends, int fix_ties, imr_fault_t *fault)
{
    size_t count = (self->entry == NULL ? 2 : 3) * self->n, n_finite, n_distinct = 0, distinct = 0;
    uint32_t *order = imr_malloc(count, sizeof(*order));
    double *taken = imr_malloc(count, sizeof(*taken));
    int status = IMR_OK;

    self->value = imr_malloc(count, sizeof(*self->value));
    if (order == NULL || taken == NULL || self->value == NULL) {
        status = imr_fault(fault, IMR_ERR_NOMEM, NULL, -1, NAN);
        goto out;
    }
    status = imr_order(ends, count, "left", order, fault);
    if (status != IMR_OK) {
        goto out;
    }
    for (n_finite = count; isinf(ends[order[n_finite - 1]]); n_finite--) {
    }
    for (size_t i = 0; i < n_finite; i++) {
        if (i == 0 || ends[order[i]] != ends[order[i - 1]]) {
            taken[n_distinct++] = ends[order[i]];
        }
    }
    if (fix_ties) {
        self->merged = imr_merge_ties(taken, n_distinct, taken);
    }
    for (size_t i = 0; i < count; i++) {
        size_t end = order[i];

        if (i < n_finite) {
            distinct += i > 0 && ends[end] != ends[order[i - 1]];
            if (self->n_values == 0 || taken[distinct] != self->value[self->n_values - 1]) {
                self->value[self->n_values++] = taken[distinct];
            }
        }
        *rank_of(self, end) = end < 2 * self->n ? (uint32_t) (self->n_values - (i < n_finite))
            : i < n_finite                      ? (uint32_t) self->n_values
                                                : 0;
    }
out:
    imr_free(order);
    imr_free(taken);
    return status;
}

int
imr_turnbull_ends_init(imr_turnbull_ends_t *self, const double *left, const double *right, size_t n,
    int fix_ties, imr_fault_t *fault)
{
    return imr_turnbull_ends_init_entry(self, left, right, NULL, n, fix_ties, fault);
}

int
imr_turnbull_ends_init_entry(imr_turnbull_ends_t *self, const double *left, const double *right,
    const double *entry, size_t n, int fix_ties, imr_fault_t *fault)
{
    size_t columns = entry == NULL ? 2 : 3;
    double *ends = NULL;
    uint32_t last_day;
    int status;

    memset(self, 0, sizeof(*self));
    self->n = n;
    if (n == 0) {
        return imr_fault(fault, IMR_ERR_NO_ROWS, NULL, -1, NAN);
    }
    if (n > MOST_NUMBERS / columns) {
        return imr_fault(fault, IMR_ERR_TOO_MANY_ENDS, "left", -1, NAN);
    }
    ends = imr_malloc(columns * n, sizeof(*ends));
    self->left = imr_malloc(n, sizeof(*self->left));
    self->right = imr_malloc(n, sizeof(*self->right));
    self->entry = entry == NULL ? NULL : imr_malloc(n, sizeof(*self->entry));
    if (ends == NULL || self->left == NULL || self->right == NULL
        || (entry != NULL && self->entry == NULL)) {
        status = imr_fault(fault, IMR_ERR_NOMEM, NULL, -1, NAN);
        goto out;
    }
    /* checked as they are copied, so that no later change of the arrays can matter */
    for (size_t i = 0; i < n; i++) {
        ends[i] = left[i] + 0.0; /* -0.0 becomes 0.0 */
        ends[n + i] = right[i] + 0.0;
        status = imr_turnbull_check_row(ends[i], ends[n + i], i, fault);
        if (status == IMR_OK && entry != NULL) {
            double value = entry[i] + 0.0;

            status = check_entry(value, ends[i], i, fault);
            ends[2 * n + i] = isinf(value) ? INFINITY : value; /* no value of its own */
        }
        if (status != IMR_OK) {
            goto out;
        }
    }
    status = are_days(ends, columns * n, &last_day) ? rank_days(self, ends, last_day, fault)
                                                    : rank_times(self, ends, fix_ties, fault);
    for (size_t i = 0; i < n && status == IMR_OK && (self->merged > 0 || entry != NULL); i++) {
        status = check_ranks(self, ends, i, fault);
    }
out:
    imr_free(ends);
    return status;
}

void
imr_turnbull_ends_free(imr_turnbull_ends_t *self)
{
    imr_free(self->value);
    imr_free(self->left);
    imr_free(self->right);
    imr_free(self->entry);
    memset(self, 0, sizeof(*self));
}

/* --- cells ------------------------------------------------------------------------------------- */

/* Goes along the line, closing a cell at each right end that follows a left one. */
typedef struct {
    double *left, *right;
    double opened;
    int is_open;
    size_t m;
} scan_t;

static void
open_cell(scan_t *scan, double time)
{
    scan->opened = time;
    scan->is_open = 1;
}

static void
close_cell(scan_t *scan, double time)
{
    if (scan->is_open) {
        scan->left[scan->m] = scan->opened;
        scan->right[scan->m++] = time;
        scan->is_open = 0;
    }
}

static void
cut_line(scan_t *scan, imr_turnbull_cut_t *cut, size_t at, double time)
{
    if (cut != NULL && cut->at == at) {
        close_cell(scan, time);
        cut->cells = scan->m;
        open_cell(scan, time);
    }
}

/* A cell is a left end directly followed by a right one. At one time the order is: the left end of
 * an exact row (closed), right ends, left ends (open). *closed becomes, for each value, how many
 * cells end there or before. */
size_t
imr_turnbull_find_cells(const imr_turnbull_ends_t *ends, const uint8_t *kinds, double *left,
    double *right, imr_turnbull_cut_t *cut, uint32_t *closed)
{
    scan_t scan = { .left = left, .right = right, .is_open = cut != NULL };

    for (size_t v = 0; v < ends->n_values; v++) {
        double time = ends->value[v];

        cut_line(&scan, cut, 2 * v, scan.opened);
        if (kinds[v] & IMR_IS_EXACT) {
            open_cell(&scan, time);
        }
        if (kinds[v] & (IMR_IS_EXACT | IMR_IS_RIGHT_END)) {
            close_cell(&scan, time);
        }
        cut_line(&scan, cut, 2 * v + 1, time);
        closed[v] = (uint32_t) scan.m;
        if (kinds[v] & IMR_IS_LEFT_END) {
            open_cell(&scan, time);
        }
    }
    cut_line(&scan, cut, 2 * ends->n_values, scan.opened);
    if (cut != NULL || (kinds[ends->n_values] & IMR_IS_RIGHT_END)) {
        close_cell(&scan, INFINITY);
    }
    closed[ends->n_values] = (uint32_t) scan.m;
    return scan.m;
}

/* Rows that hold the same cells become one, in the order of the first cell and then of the last. */
void
imr_turnbull_gather(imr_turnbull_t *self, uint64_t *keys, uint64_t *scratch, size_t n, int end_bits)
{
    uint64_t *sorted = imr_sort_keys(keys, scratch, n);
    uint64_t end_mask = ((uint64_t) 1 << end_bits) - 1;
    size_t cell = 0;

    for (size_t i = 0; i < n; i++) {
        if (i > 0 && sorted[i] == sorted[i - 1]) {
            self->weight[self->n_distinct - 1] += 1;
            continue;
        }
        for (; cell <= sorted[i] >> end_bits; cell++) {
            self->first[cell] = (uint32_t) self->n_distinct;
        }
        self->end[self->n_distinct] = (uint32_t) (sorted[i] & end_mask);
        self->weight[self->n_distinct++] = 1;
    }
    for (; cell <= self->n_cells; cell++) {
        self->first[cell] = (uint32_t) self->n_distinct;
    }
}

/* The first guess: the product-limit estimate, where a row that holds the last cell counts as
 * censored, and the event of any other is spread evenly over its cells. Of rows that are exact or
 * right-censored this is the answer, Kaplan-Meier's. Each cell gets some mass. */
static void
guess_masses(imr_turnbull_t *self)
{
    size_t m = self->n_cells;
    double *step = self->trial_sum;
    double events = 0, at_risk = self->total, survival = 1;

    memset(step, 0, (m + 1) * sizeof(*step));
    for (size_t j = 0; j < m; j++) {
        for (size_t i = self->first[j]; i < self->first[j + 1]; i++) {
            size_t end = self->end[i];

            if (end == m) {
                at_risk -= self->weight[i];
            } else {
                step[j] += self->weight[i] / (double) (end - j);
                step[end] -= self->weight[i] / (double) (end - j);
            }
        }
        events += step[j];
        self->mass[j] = j + 1 < m ? survival * (events / at_risk) : survival;
        survival *= (at_risk - events) / at_risk;
        at_risk -= events;
    }
}

/* The arrays, in one block: doubles, sizes, then 32-bit numbers. */
int
imr_turnbull_make_room(imr_turnbull_t *self, size_t n, size_t m)
{
    size_t bytes = (n + 9 * m + 4 * (m + 1)) * sizeof(double) + (m + 2) * sizeof(size_t)
        + (n + m + 3 * (m + 1)) * sizeof(uint32_t);

    self->block = imr_malloc(bytes, 1);
    if (self->block == NULL) {
        return 0;
    }
    self->weight = self->block;
    self->left = self->weight + n;
    self->right = self->left + m;
    self->mass = self->right + m;
    self->gradient = self->mass + m;
    self->trial_mass = self->gradient + m;
    self->trial_gradient = self->trial_mass + m;
    self->target = self->trial_gradient + m;
    self->level = self->target + m;
    self->level_weight = self->level + m;
    self->sum = self->level_weight + m;
    self->trial_sum = self->sum + m + 1;
    self->curvature = self->trial_sum + m + 1;
    self->change = self->curvature + m + 1;
    self->entry = (size_t *) (self->change + m + 1);
    self->end = (uint32_t *) (self->entry + m + 2);
    self->size = self->end + n;
    self->first = self->size + m;
    self->place = self->first + m + 1;
    self->reach = self->place + m + 1;
    return 1;
}

static size_t
find_distinct(const imr_turnbull_t *self, size_t first, size_t end)
{
    size_t i = self->first[first];

    while (self->end[i] != end) {
        i++;
    }
    return i;
}

/* The rows of the cut have been given the weight of one row each, so that each cell has some mass. */
static void
take_weight_off(imr_turnbull_t *self, imr_turnbull_cut_t *cut)
{
    cut->row[0] = find_distinct(self, 0, cut->cells);
    cut->row[1] = find_distinct(self, cut->cells, self->n_cells);
    for (int side = 0; side < 2; side++) {
        cut->weight[side] = self->weight[cut->row[side]] -= 1;
        self->total -= 1;
    }
}

static int
begin(imr_turnbull_t *self, const imr_turnbull_ends_t *ends, const int64_t *group, int64_t code,
    imr_turnbull_cut_t *cut, imr_fault_t *fault)
{
    uint8_t *kinds = imr_calloc(ends->n_values + 1, sizeof(*kinds));
    uint32_t *closed = imr_malloc(ends->n_values + 1, sizeof(*closed));
    uint64_t *keys = NULL, *scratch = NULL;
    size_t rows = 0, most_cells = cut == NULL ? 1 : 3, n = 0;
    int end_bits = 0, status = IMR_OK;

    memset(self, 0, sizeof(*self));
    if (kinds == NULL || closed == NULL) {
        status = imr_fault(fault, IMR_ERR_NOMEM, NULL, -1, NAN);
        goto out;
    }
    for (size_t i = 0; i < ends->n; i++) {
        if (group != NULL && group[i] != code) {
            continue;
        }
        rows++;
        if (imr_turnbull_is_exact(ends, i)) {
            kinds[ends->left[i]] |= IMR_IS_EXACT;
        } else {
            kinds[ends->left[i]] |= IMR_IS_LEFT_END;
            kinds[ends->right[i]] |= IMR_IS_RIGHT_END;
        }
    }
    for (size_t v = 0; v < ends->n_values; v++) {
        most_cells += (kinds[v] & (IMR_IS_EXACT | IMR_IS_RIGHT_END)) != 0;
    }
    if (rows == 0) {
        status = imr_fault(fault, IMR_ERR_NO_ROWS, NULL, -1, NAN);
        goto out;
    }
    self->rows = rows;
    rows += cut == NULL ? 0 : 2;
    self->total = (double) rows;
    keys = imr_malloc(rows, sizeof(*keys));
    scratch = imr_malloc(rows, sizeof(*scratch));
    if (keys == NULL || scratch == NULL || !imr_turnbull_make_room(self, rows, most_cells)) {
        status = imr_fault(fault, IMR_ERR_NOMEM, NULL, -1, NAN);
        goto out;
    }
    self->n_cells = imr_turnbull_find_cells(ends, kinds, self->left, self->right, cut, closed);
    while (self->n_cells >> end_bits != 0) {
        end_bits++;
    }
    for (size_t i = 0; i < ends->n; i++) {
        if (group == NULL || group[i] == code) {
            uint64_t first = closed[ends->left[i]] - (imr_turnbull_is_exact(ends, i) ? 1 : 0);

            keys[n++] = first << end_bits | closed[ends->right[i]];
        }
    }
    if (cut != NULL) {
        keys[n++] = cut->cells;
        keys[n++] = (uint64_t) cut->cells << end_bits | self->n_cells;
    }
    imr_turnbull_gather(self, keys, scratch, n, end_bits);
    guess_masses(self);
    if (cut != NULL) {
        take_weight_off(self, cut);
    }
out:
    imr_free(kinds);
    imr_free(closed);
    imr_free(keys);
    imr_free(scratch);
    return status;
}

int
imr_turnbull_init(imr_turnbull_t *self, const imr_turnbull_ends_t *ends, const int64_t *group,
    int64_t code, imr_fault_t *fault)
{
    return begin(self, ends, group, code, NULL, fault);
}

int
imr_turnbull_init_cut(imr_turnbull_t *self, const imr_turnbull_ends_t *ends,
    imr_turnbull_cut_t *cut, imr_fault_t *fault)
{
    return begin(self, ends, NULL, 0, cut, fault);
}

void
imr_turnbull_press(imr_turnbull_t *self, const imr_turnbull_cut_t *cut, int side, double weight)
{
    self->weight[cut->row[side]] = cut->weight[side] + weight;
    self->weight[cut->row[!side]] = cut->weight[!side];
    self->total = (double) self->rows + weight;
    self->iterations = 0;
    self->work = self->newton_work = 0;
    self->rounds_since_less = self->newton_wait = self->newton_pause = 0;
}

void
imr_turnbull_closed(const imr_turnbull_t *self, const imr_turnbull_ends_t *ends, uint32_t *closed)
{
    size_t m = 0;

    for (size_t v = 0; v < ends->n_values; v++) {
        while (m < self->n_cells && self->right[m] <= ends->value[v]) {
            m++;
        }
        closed[v] = (uint32_t) m;
    }
    closed[ends->n_values] = (uint32_t) self->n_cells;
}

void
imr_turnbull_free(imr_turnbull_t *self)
{
    imr_free(self->block);
    imr_free(self->matrix);
    memset(self, 0, sizeof(*self));
}
