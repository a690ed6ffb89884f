/* Where the masses of onset days and of durations can lie. */
#include <math.h>
#include <string.h>

#include "base/mem.h"
#include "recovery/aplasia_npmle.h"

#define MOST_DAY 1e9

/* A duration of whole days: at least one begins here, an exact one does, one ends here. */
enum { BEGINS = 1, EXACT = 2, ENDS = 4 };

typedef enum { INNERMOST, FIRST_DAYS, LAST_DAYS } cells_t;

typedef struct {
    double first_day; /* of all onsets */
    size_t n_days; /* from it to the last, days without an onset included */
    size_t beyond; /* longer than any duration with an end: stands for no end */
    uint8_t *mark; /* of durations, beyond + 1 */
    uint32_t *cells_begun, *cells_ended; /* before a duration, up to it; beyond + 1 */
    uint32_t *rank; /* of each onset day among those on which an onset may be */
    void *block;
} grid_t;

/* --- the grid ----------------------------------------------------------------------------------- */

static int
check_days(const imr_aplasia_rows_t *rows, imr_fault_t *fault)
{
    static const char *const NAMES[] = { "onset_left", "onset_right", "recovery_left",
        "recovery_right" };
    const double *columns[] = { rows->onset_left, rows->onset_right, rows->recovery_left,
        rows->recovery_right };

    for (size_t i = 0; i < rows->n; i++) {
        for (int k = 0; k < 4; k++) {
            double t = columns[k][i];

            if (!isinf(t) && (t != floor(t) || fabs(t) > MOST_DAY)) {
                return imr_fault(fault, IMR_ERR_APLASIA_DAYS, NAMES[k], (int64_t) i, t);
            }
        }
    }
    return IMR_OK;
}

/* The first day on which the onset of row i may be. */
static double
first_onset(const imr_aplasia_rows_t *rows, size_t i)
{
    return rows->onset_left[i] + (rows->onset_left[i] < rows->onset_right[i]);
}

/* The durations of row i with an onset on this day. */
static void
durations_of(const imr_aplasia_rows_t *rows, size_t i, double onset, const grid_t *grid,
    size_t *begin, size_t *end)
{
    double left = rows->recovery_left[i], right = rows->recovery_right[i];

    *begin = (size_t) (left - onset + (left < right));
    *end = isinf(right) ? grid->beyond : (size_t) (right - onset);
}

static int
grid_init(grid_t *self, const imr_aplasia_rows_t *rows, int64_t split, size_t *n_pairs,
    imr_fault_t *fault)
{
    double first = INFINITY, last = -INFINITY, longest = 0, pairs = 0;

    memset(self, 0, sizeof(*self));
    for (size_t i = 0; i < rows->n; i++) {
        double end =
            isinf(rows->recovery_right[i]) ? rows->recovery_left[i] + 1 : rows->recovery_right[i];

        first = fmin(first, first_onset(rows, i));
        last = fmax(last, rows->onset_right[i]);
        longest = fmax(longest, end - first_onset(rows, i));
        pairs += rows->onset_right[i] - first_onset(rows, i) + 1;
    }
    if (pairs > IMR_APLASIA_MOST_PAIRS || longest > IMR_APLASIA_MOST_DAYS
        || last - first > IMR_APLASIA_MOST_DAYS) {
        (void) imr_fault(fault, IMR_ERR_APLASIA_SIZE, "onset_left", -1, NAN);
        return IMR_ERR_APLASIA_SIZE;
    }
    *n_pairs = (size_t) pairs;
    self->first_day = first;
    self->n_days = (size_t) (last - first) + 1;
    self->beyond = (size_t) longest + 1;
    self->block = imr_calloc(
        2 * (self->beyond + 1) + self->n_days + (self->beyond + 4) / 4, sizeof(uint32_t));
    if (self->block == NULL) {
        (void) imr_fault(fault, IMR_ERR_NOMEM, NULL, -1, NAN);
        return IMR_ERR_NOMEM;
    }
    self->cells_begun = self->block;
    self->cells_ended = self->cells_begun + self->beyond + 1;
    self->rank = self->cells_ended + self->beyond + 1;
    self->mark = (uint8_t *) (self->rank + self->n_days);
    for (size_t i = 0; i < rows->n; i++) {
        int exact = rows->recovery_left[i] == rows->recovery_right[i];

        for (double onset = first_onset(rows, i); onset <= rows->onset_right[i]; onset++) {
            size_t begin, end;

            durations_of(rows, i, onset, self, &begin, &end);
            self->mark[begin] |= (uint8_t) (BEGINS | (exact ? EXACT : 0));
            self->mark[end] |= ENDS;
            self->rank[(size_t) (onset - first)] = 1;
        }
    }
    if (split >= 0 && (size_t) split < self->beyond) { /* no cell lies on both sides of it */
        self->mark[split] |= ENDS;
        self->mark[split + 1] |= BEGINS;
    }
    return IMR_OK;
}

/* Counts from duration to duration what has begun before it, and what has ended up to it. */
static void
count_cells(grid_t *grid)
{
    uint32_t begun = 0, ended = 0;

    for (size_t d = 0; d <= grid->beyond; d++) {
        uint32_t begins = grid->cells_begun[d];

        ended += grid->cells_ended[d];
        grid->cells_begun[d] = begun;
        grid->cells_ended[d] = ended;
        begun += begins;
    }
}

/* The cell `count` holds the durations from `open` to d. */
static void
put_cell(grid_t *grid, imr_aplasia_npmle_t *self, size_t count, size_t open, size_t d)
{
    int is_time = open == d && (grid->mark[d] & EXACT);

    self->left[count] = (double) open - !is_time;
    self->right[count] = d == grid->beyond ? INFINITY : (double) d;
    grid->cells_begun[open] = 1;
    grid->cells_ended[d] = 1;
}

/* Counts the innermost intervals: from the last duration that begins before one that ends, to that one.
 * Fills their ends when self is not NULL. */
static size_t
find_innermost(grid_t *grid, imr_aplasia_npmle_t *self)
{
    size_t count = 0, open = 0;
    int is_open = 0;

    for (size_t d = 0; d <= grid->beyond; d++) {
        if (grid->mark[d] & BEGINS) {
            open = d;
            is_open = 1;
        }
        if ((grid->mark[d] & ENDS) && is_open) {
            if (self != NULL) {
                put_cell(grid, self, count, open, d);
            }
            count++;
            is_open = 0;
        }
    }
    return count;
}

static size_t
find_ends(grid_t *grid, imr_aplasia_npmle_t *self, int of_last)
{
    size_t count = 0;

    for (size_t d = 0; d <= grid->beyond; d++) {
        if (grid->mark[d] & (of_last ? ENDS : BEGINS)) {
            if (self != NULL) {
                put_cell(grid, self, count, d, d);
                *(of_last ? &self->left[count] : &self->right[count]) =
                    of_last ? self->right[count] : self->left[count];
            }
            count++;
        }
    }
    return count;
}

static size_t
find_cells(grid_t *grid, imr_aplasia_npmle_t *self, cells_t kind)
{
    size_t count =
        kind == INNERMOST ? find_innermost(grid, self) : find_ends(grid, self, kind == LAST_DAYS);

    if (self != NULL) {
        count_cells(grid);
    }
    return count;
}

static size_t
rank_days(grid_t *grid, imr_aplasia_npmle_t *self)
{
    size_t count = 0;

    for (size_t k = 0; k < grid->n_days; k++) {
        if (grid->rank[k] > 0) {
            if (self != NULL) {
                self->day[count] = grid->first_day + (double) k;
                grid->rank[k] = (uint32_t) count + 1;
            }
            count++;
        }
    }
    return count;
}

/* --- the problem -------------------------------------------------------------------------------- */

static int
make_room(imr_aplasia_npmle_t *self, imr_fault_t *fault)
{
    size_t n = self->rows, m = self->n_cells, k = self->n_days, most = m > k ? m : k;
    size_t doubles = 7 * m + 1 + 5 * k + 3 * n + 4 * most;
    double *next;

    self->block = imr_malloc(doubles * sizeof(double) + (n + 1) * sizeof(size_t)
            + (3 * self->n_pairs + most) * sizeof(uint32_t) + most,
        1);
    if (self->block == NULL) {
        (void) imr_fault(fault, IMR_ERR_NOMEM, NULL, -1, NAN);
        return IMR_ERR_NOMEM;
    }
    next = self->block;
    self->left = next;
    self->right = self->left + m;
    self->mass = self->right + m;
    self->gradient = self->mass + m;
    self->sum = self->gradient + m;
    self->old_mass = self->sum + m + 1;
    self->base_mass = self->old_mass + m;
    self->day = self->base_mass + m;
    self->base_start = self->day + k;
    self->old_start = self->base_start + k;
    self->start = self->old_start + k;
    self->start_gradient = self->start + k;
    self->p = self->start_gradient + k;
    self->other = self->p + n;
    self->change = self->other + n;
    self->x = self->change + n;
    self->target = self->x + most;
    self->wanted = self->target + most;
    self->solution = self->wanted + most;
    self->first = (size_t *) (self->solution + most);
    self->onset = (uint32_t *) (self->first + n + 1);
    self->begin = self->onset + self->n_pairs;
    self->end = self->begin + self->n_pairs;
    self->candidate = self->end + self->n_pairs;
    self->passive = (uint8_t *) (self->candidate + most);
    return IMR_OK;
}

static void
fill_pairs(imr_aplasia_npmle_t *self, const imr_aplasia_rows_t *rows, const grid_t *grid)
{
    size_t at = 0;

    for (size_t i = 0; i < rows->n; i++) {
        self->first[i] = at;
        for (double onset = first_onset(rows, i); onset <= rows->onset_right[i]; onset++, at++) {
            size_t begin, end;

            durations_of(rows, i, onset, grid, &begin, &end);
            self->onset[at] = grid->rank[(size_t) (onset - grid->first_day)] - 1;
            self->begin[at] = grid->cells_begun[begin];
            self->end[at] = grid->cells_ended[end];
        }
    }
    self->first[rows->n] = at;
}

static int
init(imr_aplasia_npmle_t *self, const imr_aplasia_rows_t *rows, int is_uniform, cells_t kind,
    int64_t split, imr_fault_t *fault)
{
    grid_t grid = { 0 };
    int status;

    memset(self, 0, sizeof(*self));
    self->is_uniform = is_uniform;
    status = check_days(rows, fault);
    if (status == IMR_OK) {
        status = grid_init(&grid, rows, split, &self->n_pairs, fault);
    }
    if (status == IMR_OK) {
        self->rows = rows->n;
        self->n_cells = find_cells(&grid, NULL, kind);
        self->n_days = rank_days(&grid, NULL);
        status = make_room(self, fault);
    }
    if (status == IMR_OK) {
        (void) find_cells(&grid, self, kind);
        (void) rank_days(&grid, self);
        fill_pairs(self, rows, &grid);
        for (size_t j = 0; j < self->n_cells; j++) {
            self->mass[j] = 1 / (double) self->n_cells;
        }
        for (size_t j = 0; j < self->n_days; j++) {
            self->start[j] = 1 / (double) self->n_days;
        }
    }
    imr_free(grid.block);
    return status;
}

int
imr_aplasia_npmle_init(imr_aplasia_npmle_t *self, const imr_aplasia_rows_t *rows, int is_uniform,
    int64_t split, imr_fault_t *fault)
{
    return init(self, rows, is_uniform, INNERMOST, split, fault);
}

int
imr_aplasia_npmle_init_ends(
    imr_aplasia_npmle_t *self, const imr_aplasia_rows_t *rows, int of_last, imr_fault_t *fault)
{
    return init(self, rows, 1, of_last ? LAST_DAYS : FIRST_DAYS, -1, fault);
}

void
imr_aplasia_npmle_free(imr_aplasia_npmle_t *self)
{
    imr_free(self->block);
    imr_free(self->column);
    imr_free(self->matrix);
    memset(self, 0, sizeof(*self));
}
