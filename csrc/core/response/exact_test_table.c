#include "response/exact_test_table.h"

#include <math.h>
#include <stdlib.h>

#include "base/mem.h"
#include "response/binomial.h"

/* What one test may take: patients, different states of one column, and steps (a minute or so). */
#define MOST_PATIENTS 1000000
#define MOST_STATES ((size_t) 1 << 21)
#define MOST_WORK 2000000000U
#define WORK_A_STEP 1000000U

/* Costs this close are equal, per unit; distinct ones differ by the logarithm of a fraction. */
static const double merged_per_unit = 8589934592.0; /* 2^33 */

/* The cost of a table is the sum of log x! over its cells: the dearer, the less likely. A state is
 * the remaining totals of the rows, as one number, with a cost so far; `times` counts the ways. A
 * node is the totals alone: what the columns to come cost at least and at most, and their mass. */
typedef struct {
    uint64_t totals;
    int64_t rounded; /* the cost, or NODE */
    double cost, times; /* of a node: the least and the greatest cost to come */
    double mass; /* of a node: log of the sum of exp(-cost) over what may come */
} slot_t;

#define NODE INT64_MIN
#define FREE (INT64_MIN + 1)

struct imr_exact_table {
    size_t rows, columns, column; /* the column being filled */
    int64_t *row_total, *column_total, *left, *sorted, *cell;
    double *row_log, *column_mass; /* column_mass[j]: sum of log c! from column j on */
    double *log_factorial;
    double seen, bound, constant,
        pvalue; /* the cost of the table seen, and what still counts as it;
                                             log probability + cost */
    slot_t *states; /* before this column, in the order of their totals */
    size_t n_states, begin, end; /* those with the totals at work */
    int is_open; /* the cells hold the next way to fill the column */
    slot_t *slots; /* after this column: a hash table */
    size_t capacity, used;
    uint64_t work;
};

/* --- the hash table ------------------------------------------------------------------------------- */

static size_t
place_of(const slot_t *slots, size_t capacity, uint64_t totals, int64_t rounded)
{
    uint64_t hash = (totals ^ ((uint64_t) rounded * UINT64_C(0x9e3779b97f4a7c15)))
        * UINT64_C(0xff51afd7ed558ccd);
    size_t place = (size_t) (hash ^ (hash >> 32)) & (capacity - 1);

    while (slots[place].rounded != FREE
        && (slots[place].rounded != rounded || slots[place].totals != totals)) {
        place = (place + 1) & (capacity - 1);
    }
    return place;
}

static int
set_capacity(imr_exact_table_t *self, size_t capacity)
{
    slot_t *slots = imr_malloc(capacity, sizeof(slot_t));

    if (slots == NULL) {
        return IMR_ERR_NOMEM;
    }
    for (size_t i = 0; i < capacity; i++) {
        slots[i].rounded = FREE;
    }
    for (size_t i = 0; i < self->capacity; i++) {
        const slot_t *slot = &self->slots[i];

        if (slot->rounded != FREE) {
            slots[place_of(slots, capacity, slot->totals, slot->rounded)] = *slot;
        }
    }
    imr_free(self->slots);
    self->slots = slots;
    self->capacity = capacity;
    return IMR_OK;
}

/* The slot for this state or node, new ones with rounded == FREE. */
static int
find_slot(imr_exact_table_t *self, uint64_t totals, int64_t rounded, slot_t **slot)
{
    int ret;

    if (2 * (self->used + 1) > self->capacity) {
        if (self->used >= MOST_STATES) {
            return IMR_ERR_TABLE_SIZE;
        }
        ret = set_capacity(self, 2 * self->capacity);
        if (ret != IMR_OK) {
            return ret;
        }
    }
    *slot = &self->slots[place_of(self->slots, self->capacity, totals, rounded)];
    return IMR_OK;
}

static void
take_slot(imr_exact_table_t *self, slot_t *slot, uint64_t totals, int64_t rounded)
{
    slot->totals = totals;
    slot->rounded = rounded;
    self->used++;
}

/* --- what may come after a column ------------------------------------------------------------------ */

static int
descending(const void *a, const void *b)
{
    int64_t x = *(const int64_t *) a, y = *(const int64_t *) b;

    return (x < y) - (x > y);
}

/* Remaining totals in falling order as one number: they never exceed the first ones so sorted. */
static uint64_t
pack(const imr_exact_table_t *self, const int64_t *totals)
{
    uint64_t number = 0;

    for (size_t i = 0; i < self->rows; i++) {
        number = number * (uint64_t) (self->row_total[i] + 1) + (uint64_t) totals[i];
    }
    return number;
}

static void
unpack(const imr_exact_table_t *self, uint64_t number, int64_t *totals)
{
    for (size_t i = self->rows; i > 0; i--) {
        uint64_t base = (uint64_t) (self->row_total[i - 1] + 1);

        totals[i - 1] = (int64_t) (number % base);
        number /= base;
    }
}

/* At least: any weights a_i + b_j bound the cost from below, cell by cell (Lagrange); those of an
 * even table, with half a patient more in each cell, come close. */
static double
least_to_come(const imr_exact_table_t *self, const int64_t *totals, size_t from)
{
    double rows = 0, columns = (double) (self->columns - from), patients = 0, bound = 0, share;

    for (size_t i = 0; i < self->rows && totals[i] > 0; i++) {
        rows += 1;
        patients += (double) totals[i];
    }
    for (size_t i = 0; i < (size_t) rows; i++) {
        share = (double) totals[i] + 0.5 * columns;
        self->row_log[i] = log(share);
        bound += self->row_log[i] * (double) totals[i];
    }
    for (size_t j = from; j < self->columns; j++) {
        double column =
            ((double) self->column_total[j] + 0.5 * rows) / (patients + 0.5 * rows * columns);
        double column_log = log(column);

        bound += column_log * (double) self->column_total[j];
        for (size_t i = 0; i < (size_t) rows; i++) {
            double likely = floor(((double) totals[i] + 0.5 * columns) * column);
            double room =
                (double) (totals[i] < self->column_total[j] ? totals[i] : self->column_total[j]);
            int64_t x = (int64_t) fmin(likely, room);

            bound -= (self->row_log[i] + column_log) * (double) x - self->log_factorial[x];
        }
    }
    return bound;
}

/* The greatest cost of dividing `total` into parts of at most limits[0] >= limits[1] >= ... */
static double
dearest(const imr_exact_table_t *self, int64_t total, const int64_t *limits)
{
    double cost = 0;

    for (; total > 0; limits++) {
        int64_t part = total < *limits ? total : *limits;

        cost += self->log_factorial[part];
        total -= part;
    }
    return cost;
}

/* At most: each row, or each column, by itself as uneven as the other totals allow. */
static double
greatest_to_come(const imr_exact_table_t *self, const int64_t *totals, size_t from)
{
    double by_row = 0, by_column = 0;

    for (size_t i = 0; i < self->rows; i++) {
        by_row += dearest(self, totals[i], self->column_total + from);
    }
    for (size_t j = from; j < self->columns; j++) {
        by_column += dearest(self, self->column_total[j], totals);
    }
    return fmin(by_row, by_column);
}

/* cost: the least, times: the greatest. */
static void
fill_node(const imr_exact_table_t *self, slot_t *node, const int64_t *totals)
{
    size_t from = self->column + 1;
    int64_t patients = 0;
    double rows = 0;

    for (size_t i = 0; i < self->rows; i++) {
        rows += self->log_factorial[totals[i]];
        patients += totals[i];
    }
    node->mass = self->log_factorial[patients] - rows - self->column_mass[from];
    if (from + 1 == self->columns) {
        node->cost = node->times = rows; /* the last column is what is left */
        return;
    }
    node->cost = least_to_come(self, totals, from);
    node->times = greatest_to_come(self, totals, from);
}

/* --- one column ------------------------------------------------------------------------------------ */

/* Fills the first cells of the column as far as their rows allow. */
static void
fill_cells(imr_exact_table_t *self, size_t cells, int64_t patients)
{
    for (size_t i = 0; i < cells; i++) {
        self->cell[i] = patients < self->left[i] ? patients : self->left[i];
        patients -= self->cell[i];
    }
}

/* The next way to fill the column: one patient moves down, and those above fill up anew. */
static int
next_cells(imr_exact_table_t *self)
{
    int64_t above = 0;

    for (size_t i = 0; i < self->rows; i++) {
        if (above > 0 && self->cell[i] < self->left[i]) {
            self->cell[i]++;
            fill_cells(self, i, above - 1);
            return 1;
        }
        above += self->cell[i];
    }
    return 0;
}

/* All states with the totals at work go on through the cells as they stand. */
static int
pass_column(imr_exact_table_t *self)
{
    double cost = 0, least, greatest, mass, so_far;
    uint64_t totals;
    slot_t *slot;
    int ret;

    for (size_t i = 0; i < self->rows; i++) {
        cost += self->log_factorial[self->cell[i]];
        self->sorted[i] = self->left[i] - self->cell[i];
    }
    qsort(self->sorted, self->rows, sizeof(int64_t), descending);
    totals = pack(self, self->sorted);
    ret = find_slot(self, totals, NODE, &slot);
    if (ret != IMR_OK) {
        return ret;
    }
    if (slot->rounded == FREE) {
        take_slot(self, slot, totals, NODE);
        fill_node(self, slot, self->sorted);
    }
    least = slot->cost;
    greatest = slot->times;
    mass = slot->mass;
    for (size_t i = self->begin; i < self->end; i++) {
        so_far = self->states[i].cost + cost;
        if (so_far + greatest < self->bound) {
            continue; /* all are likelier */
        }
        if (so_far + least >= self->bound) {
            self->pvalue += self->states[i].times * exp(self->constant - so_far + mass);
            continue;
        }
        ret = find_slot(self, totals, (int64_t) (so_far * merged_per_unit), &slot);
        if (ret != IMR_OK) {
            return ret;
        }
        if (slot->rounded == FREE) {
            take_slot(self, slot, totals, (int64_t) (so_far * merged_per_unit));
            slot->cost = so_far;
            slot->times = 0;
        }
        slot->times += self->states[i].times;
    }
    return IMR_OK;
}

static int
by_totals(const void *a, const void *b)
{
    uint64_t x = ((const slot_t *) a)->totals, y = ((const slot_t *) b)->totals;

    return (x > y) - (x < y);
}

/* The states found become those of the next column. */
static int
next_column(imr_exact_table_t *self)
{
    size_t n = 0;

    for (size_t i = 0; i < self->capacity; i++) {
        n += self->slots[i].rounded != FREE && self->slots[i].rounded != NODE;
    }
    imr_free(self->states);
    self->states = imr_malloc(n, sizeof(slot_t));
    if (self->states == NULL) {
        return IMR_ERR_NOMEM;
    }
    self->n_states = 0;
    for (size_t i = 0; i < self->capacity; i++) {
        if (self->slots[i].rounded != FREE && self->slots[i].rounded != NODE) {
            self->states[self->n_states++] = self->slots[i];
        }
        self->slots[i].rounded = FREE;
    }
    qsort(self->states, n, sizeof(slot_t), by_totals);
    self->used = self->begin = self->end = 0;
    self->column++;
    return IMR_OK;
}

static void
open_states(imr_exact_table_t *self)
{
    self->begin = self->end;
    while (self->end < self->n_states
        && self->states[self->end].totals == self->states[self->begin].totals) {
        self->end++;
    }
    unpack(self, self->states[self->begin].totals, self->left);
    fill_cells(self, self->rows, self->column_total[self->column]);
    self->is_open = 1;
}

int
imr_exact_table_step(
    imr_exact_table_t *self, int *done, double *probability, double *pvalue, imr_fault_t *fault)
{
    uint64_t until = self->work + WORK_A_STEP;
    int ret = IMR_OK;

    while (self->n_states > 0 && self->work < until && ret == IMR_OK) {
        if (!self->is_open && self->end == self->n_states) {
            ret = next_column(self);
            continue;
        }
        if (!self->is_open) {
            open_states(self);
        }
        ret = pass_column(self);
        self->work += self->end - self->begin + 16;
        self->is_open = next_cells(self);
    }
    if (ret == IMR_OK && self->work > MOST_WORK) {
        ret = IMR_ERR_TABLE_SIZE;
    }
    *done = self->n_states == 0;
    *probability = exp(self->constant - self->seen);
    *pvalue = fmin(1, self->pvalue);
    return ret == IMR_OK ? ret
                         : imr_fault(fault, ret, ret == IMR_ERR_NOMEM ? NULL : "table", -1, NAN);
}

/* --- the table -------------------------------------------------------------------------------------- */

void
imr_exact_table_free(imr_exact_table_t *self)
{
    if (self == NULL) {
        return;
    }
    imr_free(self->row_total);
    imr_free(self->row_log);
    imr_free(self->states);
    imr_free(self->slots);
    imr_free(self);
}

static int
check_table(const int64_t *table, size_t cells, int64_t *patients, imr_fault_t *fault)
{
    *patients = 0;
    for (size_t i = 0; i < cells; i++) {
        if (table[i] < 0) {
            return imr_fault(fault, IMR_ERR_NEGATIVE, "table", (int64_t) i, (double) table[i]);
        }
        if (table[i] > MOST_PATIENTS - *patients) {
            return imr_fault(fault, IMR_ERR_TABLE_SIZE, "table", -1, NAN);
        }
        *patients += table[i];
    }
    return IMR_OK;
}

/* Totals of the lines that have any, in falling order; their number. */
static size_t
fill_totals(const int64_t *table, size_t lines, size_t line_step, size_t cells, size_t cell_step,
    int64_t *totals)
{
    size_t n = 0;

    for (size_t i = 0; i < lines; i++) {
        totals[n] = 0;
        for (size_t j = 0; j < cells; j++) {
            totals[n] += table[i * line_step + j * cell_step];
        }
        n += totals[n] > 0;
    }
    qsort(totals, n, sizeof(int64_t), descending);
    return n;
}

/* The shorter side of the table makes the rows, whose totals are the states. */
static int
alloc_test(
    imr_exact_table_t *self, const int64_t *table, size_t rows, size_t columns, int64_t patients)
{
    int tall = rows > columns;
    size_t most_rows = tall ? columns : rows, most_columns = tall ? rows : columns;

    self->row_total = imr_malloc(4 * most_rows + most_columns + 5, sizeof(int64_t));
    self->row_log = imr_malloc(most_rows + most_columns + (size_t) patients + 3, sizeof(double));
    self->states = imr_malloc(1, sizeof(slot_t));
    if (self->row_total == NULL || self->row_log == NULL || self->states == NULL) {
        return IMR_ERR_NOMEM;
    }
    self->left = self->row_total + most_rows + 1;
    self->sorted = self->left + most_rows + 1;
    self->cell = self->sorted + most_rows + 1;
    self->column_total = self->cell + most_rows + 1;
    self->column_mass = self->row_log + most_rows;
    self->log_factorial = self->column_mass + most_columns + 1;
    self->rows = fill_totals(
        table, most_rows, tall ? 1 : columns, most_columns, tall ? columns : 1, self->row_total);
    self->columns = fill_totals(
        table, most_columns, tall ? columns : 1, most_rows, tall ? 1 : columns, self->column_total);
    return set_capacity(self, 1024);
}

static int
start_test(imr_exact_table_t *self, const int64_t *table, size_t cells, int64_t patients)
{
    uint64_t most = 1;

    self->log_factorial[0] = 0;
    for (int64_t k = 1; k <= patients; k++) {
        self->log_factorial[k] = self->log_factorial[k - 1] + log((double) k);
    }
    self->constant = -self->log_factorial[patients];
    for (size_t i = 0; i < self->rows; i++) {
        self->constant += self->log_factorial[self->row_total[i]];
        if (most > UINT64_MAX / (uint64_t) (self->row_total[i] + 1)) {
            return IMR_ERR_TABLE_SIZE;
        }
        most *= (uint64_t) (self->row_total[i] + 1);
    }
    self->column_mass[self->columns] = 0;
    for (size_t j = self->columns; j > 0; j--) {
        double cost = self->log_factorial[self->column_total[j - 1]];

        self->constant += cost;
        self->column_mass[j - 1] = self->column_mass[j] + cost;
    }
    for (size_t i = 0; i < cells; i++) {
        self->seen += self->log_factorial[table[i]];
    }
    self->bound = self->seen - log1p(IMR_TIE_TOLERANCE);
    if (self->rows < 2 || self->columns < 2) {
        self->seen = self->constant; /* the margins leave one table */
        self->pvalue = 1;
        return IMR_OK;
    }
    self->states[0] = (slot_t) { .totals = pack(self, self->row_total), .cost = 0, .times = 1 };
    self->n_states = 1;
    return IMR_OK;
}

int
imr_exact_table_new(
    imr_exact_table_t **test, const int64_t *table, size_t rows, size_t columns, imr_fault_t *fault)
{
    int64_t patients;
    int ret = check_table(table, rows * columns, &patients, fault);

    *test = NULL;
    if (ret != IMR_OK) {
        return ret;
    }
    *test = imr_calloc(1, sizeof(imr_exact_table_t));
    ret = *test == NULL ? IMR_ERR_NOMEM : alloc_test(*test, table, rows, columns, patients);
    if (ret == IMR_OK) {
        ret = start_test(*test, table, rows * columns, patients);
    }
    if (ret != IMR_OK) {
        imr_exact_table_free(*test);
        *test = NULL;
        return imr_fault(fault, ret, ret == IMR_ERR_NOMEM ? NULL : "table", -1, NAN);
    }
    return IMR_OK;
}
