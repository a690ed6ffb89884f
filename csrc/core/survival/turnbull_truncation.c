/* From left-truncated rows to the unknowns of the maximisation, and from its answer to a curve. */
#include "survival/turnbull_truncation.h"

#include <math.h>
#include <string.h>

#include "base/mem.h"
#include "survival/turnbull_steps.h"

#define NOWHERE UINT32_MAX
/* A cell may have mass when its gradient is so near its cost. */
#define TIGHT 1e-6
/* Bounds that move by less are at their end. */
#define STILL 1e-12
/* Bounds that are so near each other differ by rounding alone. */
#define SAME_SUM 1e-9
/* Bounds are looked for in at most so many visits of a row: they are then wider than they need be. */
#define MOST_VISITS 3e7

/* --- rows as ranges of cells ------------------------------------------------------------------- */

typedef struct {
    uint32_t start; /* the first cell after entry */
    uint32_t first, end; /* the cells that hold the event */
} range_t;

static range_t
range_of(const imr_turnbull_ends_t *ends, const uint32_t *closed, size_t i)
{
    uint32_t entry = ends->entry[i];

    return (range_t) { entry == 0 ? 0 : closed[entry - 1],
        closed[ends->left[i]] - (imr_turnbull_is_exact(ends, i) ? 1 : 0), closed[ends->right[i]] };
}

/* Is a row censored at its very entry? It then says nothing. */
static int
is_idle(const imr_turnbull_ends_t *ends, size_t i)
{
    return ends->right[i] == ends->n_values && ends->entry[i] == ends->left[i] + 1;
}

typedef struct {
    const imr_turnbull_ends_t *ends;
    const int64_t *group;
    int64_t code;
} rows_t;

static int
is_taken(const rows_t *rows, size_t i)
{
    return rows->group == NULL || rows->group[i] == rows->code;
}

/* Marks the ends that bound cells; an entry does as a right end does, since mass after it costs more.
 * Returns how many rows there are; *telling becomes how many of them say something. */
static size_t
mark_ends(const rows_t *rows, uint8_t *kinds, size_t *telling)
{
    const imr_turnbull_ends_t *ends = rows->ends;
    size_t n = 0;

    *telling = 0;
    for (size_t i = 0; i < ends->n; i++) {
        if (!is_taken(rows, i)) {
            continue;
        }
        n++;
        if (is_idle(ends, i)) {
            continue;
        }
        ++*telling;
        if (imr_turnbull_is_exact(ends, i)) {
            kinds[ends->left[i]] |= IMR_IS_EXACT;
        } else {
            kinds[ends->left[i]] |= IMR_IS_LEFT_END;
            kinds[ends->right[i]] |= IMR_IS_RIGHT_END;
        }
        if (ends->entry[i] > 0) {
            kinds[ends->entry[i] - 1] |= IMR_IS_RIGHT_END;
        }
    }
    if (*telling == 0) { /* one cell, after the last of them */
        for (size_t i = 0; i < ends->n; i++) {
            if (is_taken(rows, i)) {
                kinds[ends->left[i]] |= IMR_IS_LEFT_END;
            }
        }
        kinds[ends->n_values] |= IMR_IS_RIGHT_END;
    }
    return n;
}

/* How many rows are known to pass each cell. */
static void
find_costs(imr_turnbull_truncation_t *self, const rows_t *rows, const uint32_t *closed)
{
    double level = 0;

    self->begin = self->n_cells;
    memset(self->cost, 0, (self->n_cells + 1) * sizeof(*self->cost));
    for (size_t i = 0; i < rows->ends->n; i++) {
        if (is_taken(rows, i) && !is_idle(rows->ends, i)) {
            range_t range = range_of(rows->ends, closed, i);

            self->cost[range.start] += 1;
            self->cost[range.first] -= 1;
            self->begin = range.start < self->begin ? range.start : self->begin;
        }
    }
    for (size_t j = 0; j < self->n_cells; j++) {
        level += self->cost[j];
        self->cost[j] = level;
    }
}

/* A cell that nobody is known to have passed, and that somebody enters after, has no hazard that the
 * data tell. */
static int
check_links(const imr_turnbull_truncation_t *self, const rows_t *rows, const uint32_t *closed,
    imr_fault_t *fault)
{
    const imr_turnbull_ends_t *ends = rows->ends;
    size_t gap = 0, last = self->n_cells - 1;

    while (gap < last && self->cost[gap] > 0) {
        gap++;
    }
    if (gap == last && isinf(self->right[last])) {
        return IMR_OK;
    }
    for (size_t i = 0; i < ends->n; i++) {
        if (is_taken(rows, i) && range_of(ends, closed, i).start > gap) {
            return imr_fault(fault, IMR_ERR_TURNBULL_UNLINKED, "entry", (int64_t) i,
                ends->value[ends->entry[i] - 1]);
        }
    }
    return IMR_OK;
}

/* --- unknowns ---------------------------------------------------------------------------------- */

/* Cells that the same rows hold, next to each other, are told apart by cost alone: the cheapest stands
 * for them. `holds` has the change from cell to cell of how many rows hold it, `bound` whether rows
 * begin or end there. Returns how many unknowns there are; the last cell is none. */
static size_t
choose_cells(imr_turnbull_truncation_t *self, const double *holds, const uint8_t *bound)
{
    size_t count = 0, cell;
    double level = 0;

    for (size_t j = 0; j + 1 < self->n_cells; j++) {
        level += holds[j];
        self->place[j] = NOWHERE;
        if (!(level > 0)) {
            continue;
        }
        if (j == 0 || bound[j]) {
            self->chosen[count++] = (uint32_t) j;
        }
        self->place[j] = (uint32_t) (count - 1);
        cell = self->chosen[count - 1];
        if (self->cost[j] < self->cost[cell]) {
            self->chosen[count - 1] = (uint32_t) j;
        }
    }
    self->place[self->n_cells - 1] = NOWHERE;
    return count;
}

/* The guess: the events of each row spread over its unknowns, over those who passed. Of exact and
 * right-censored rows it is the answer. */
static void
guess_increments(imr_turnbull_t *npmle)
{
    double *spread = npmle->trial_sum, held = 0, events = 0;
    size_t m = npmle->n_cells;

    memset(spread, 0, (m + 1) * sizeof(*spread));
    memset(npmle->cover, 0, (m + 1) * sizeof(*npmle->cover));
    for (size_t j = 0; j < m; j++) {
        for (size_t i = npmle->first[j]; i < npmle->first[j + 1]; i++) {
            size_t end = npmle->end[i];
            double part = npmle->weight[i] / (double) (end - j);

            spread[j] += part;
            spread[end] -= part;
            npmle->cover[j] += npmle->weight[i];
            npmle->cover[end] -= npmle->weight[i];
        }
        events += spread[j];
        held += npmle->cover[j];
        npmle->cover[j] = held;
        npmle->mass[j] = log1p(fmax(events, 1e-3 * held) / npmle->cost[j]);
    }
}

/* The rows that tell an event, which does not lie in the last cell, as ranges of unknowns. */
static int
gather(imr_turnbull_truncation_t *self, const rows_t *rows, const uint32_t *closed, size_t telling,
    imr_fault_t *fault)
{
    size_t m = self->n_cells, n = 0;
    imr_turnbull_t *npmle = &self->npmle;
    double *holds = imr_calloc(m + 1, sizeof(*holds));
    uint8_t *bound = imr_calloc(m + 1, sizeof(*bound));
    uint64_t *keys = imr_malloc(telling + 1, sizeof(*keys));
    uint64_t *scratch = imr_malloc(telling + 1, sizeof(*scratch));
    int end_bits = 0, status = IMR_OK;

    if (holds == NULL || bound == NULL || keys == NULL || scratch == NULL) {
        status = imr_fault(fault, IMR_ERR_NOMEM, NULL, -1, NAN);
        goto out;
    }
    for (size_t i = 0; i < rows->ends->n; i++) {
        range_t range = range_of(rows->ends, closed, i);

        if (is_taken(rows, i) && range.end < m) {
            holds[range.first] += 1;
            holds[range.end] -= 1;
            bound[range.first] = bound[range.end] = 1;
            keys[n++] = (uint64_t) range.first << 32 | range.end;
        }
    }
    npmle->n_cells = choose_cells(self, holds, bound);
    npmle->rows = self->rows;
    npmle->total = (double) n;
    if (n == 0) {
        goto out;
    }
    if (!imr_turnbull_make_room(npmle, n, npmle->n_cells)) {
        status = imr_fault(fault, IMR_ERR_NOMEM, NULL, -1, NAN);
        goto out;
    }
    npmle->cost = imr_malloc(2 * npmle->n_cells + 1, sizeof(*npmle->cost));
    if (npmle->cost == NULL) {
        status = imr_fault(fault, IMR_ERR_NOMEM, NULL, -1, NAN);
        goto out;
    }
    npmle->cover = npmle->cost + npmle->n_cells;
    for (size_t k = 0; k < npmle->n_cells; k++) {
        npmle->cost[k] = self->cost[self->chosen[k]];
    }
    while (npmle->n_cells >> end_bits != 0) {
        end_bits++;
    }
    for (size_t i = 0; i < n; i++) {
        uint64_t first = self->place[keys[i] >> 32];
        uint64_t last = self->place[(keys[i] & UINT32_MAX) - 1];

        keys[i] = first << end_bits | (last + 1);
    }
    imr_turnbull_gather(npmle, keys, scratch, n, end_bits);
    guess_increments(npmle);
out:
    imr_free(holds);
    imr_free(bound);
    imr_free(keys);
    imr_free(scratch);
    return status;
}

static int
make_room(imr_turnbull_truncation_t *self, size_t m)
{
    self->block = imr_malloc((3 * m + 1) * sizeof(double) + 2 * m * sizeof(uint32_t), 1);
    if (self->block == NULL) {
        return 0;
    }
    self->left = self->block;
    self->right = self->left + m;
    self->cost = self->right + m;
    self->place = (uint32_t *) (self->cost + m + 1);
    self->chosen = self->place + m;
    return 1;
}

static void
press(imr_turnbull_truncation_t *self, imr_turnbull_pressure_t *pressure)
{
    pressure->least = INFINITY;
    for (size_t j = self->begin; j < pressure->cut.cells; j++) {
        pressure->least = fmin(pressure->least, self->cost[j]);
        self->cost[j] += pressure->cost;
    }
}

int
imr_turnbull_truncation_init(imr_turnbull_truncation_t *self, const imr_turnbull_ends_t *ends,
    const int64_t *group, int64_t code, imr_turnbull_pressure_t *pressure, imr_fault_t *fault)
{
    rows_t rows = { ends, group, code };
    uint8_t *kinds = imr_calloc(ends->n_values + 1, sizeof(*kinds));
    uint32_t *closed = imr_malloc(ends->n_values + 1, sizeof(*closed));
    size_t most_cells = pressure == NULL ? 1 : 3, telling;
    int status = IMR_OK;

    memset(self, 0, sizeof(*self));
    if (kinds == NULL || closed == NULL) {
        status = imr_fault(fault, IMR_ERR_NOMEM, NULL, -1, NAN);
        goto out;
    }
    self->rows = mark_ends(&rows, kinds, &telling);
    if (self->rows == 0) {
        status = imr_fault(fault, IMR_ERR_NO_ROWS, NULL, -1, NAN);
        goto out;
    }
    for (size_t v = 0; v < ends->n_values; v++) {
        most_cells += (kinds[v] & (IMR_IS_EXACT | IMR_IS_RIGHT_END)) != 0;
    }
    if (!make_room(self, most_cells)) {
        status = imr_fault(fault, IMR_ERR_NOMEM, NULL, -1, NAN);
        goto out;
    }
    self->n_cells = imr_turnbull_find_cells(
        ends, kinds, self->left, self->right, pressure == NULL ? NULL : &pressure->cut, closed);
    find_costs(self, &rows, closed);
    if (pressure == NULL) {
        status = check_links(self, &rows, closed, fault);
    } else {
        press(self, pressure);
    }
    if (status == IMR_OK) {
        status = gather(self, &rows, closed, telling, fault);
    }
out:
    imr_free(kinds);
    imr_free(closed);
    return status;
}

void
imr_turnbull_truncation_free(imr_turnbull_truncation_t *self)
{
    imr_free(self->npmle.cost);
    imr_turnbull_free(&self->npmle);
    imr_free(self->block);
    memset(self, 0, sizeof(*self));
}

int
imr_turnbull_truncation_advance(imr_turnbull_truncation_t *self, int *done, imr_fault_t *fault)
{
    *done = self->npmle.n_cells == 0;
    return *done ? IMR_OK : imr_turnbull_advance(&self->npmle, done, fault);
}

/* --- curves of the same likelihood ------------------------------------------------------------- */

static uint32_t
root_of(uint32_t *parent, uint32_t node)
{
    while (parent[node] != node) {
        node = parent[node] = parent[parent[node]];
    }
    return node;
}

static int
is_tight(const imr_turnbull_t *npmle, size_t k)
{
    return npmle->gradient[k] >= npmle->cost[k] * (1 - TIGHT);
}

static int
has_mass(const imr_turnbull_t *npmle, size_t k)
{
    return npmle->mass[k] > 0;
}

/* Joins sums of increments whose differences the rows determine, if only the cells that `may` have mass
 * have any. Returns how many components there are: each but that of 0 could be moved by itself. */
static size_t
find_components(
    const imr_turnbull_t *npmle, int (*may)(const imr_turnbull_t *, size_t), uint32_t *parent)
{
    size_t m = npmle->n_cells, count = m + 1;

    for (size_t k = 0; k <= m; k++) {
        parent[k] = (uint32_t) k;
    }
    for (size_t k = 0; k < m; k++) {
        for (size_t i = npmle->first[k]; i <= npmle->first[k + 1]; i++) {
            uint32_t from = root_of(parent, (uint32_t) k), to;

            if (i == npmle->first[k + 1]) { /* after the rows, the cell itself */
                to = root_of(parent, (uint32_t) (may(npmle, k) ? k : k + 1));
            } else {
                to = root_of(parent, npmle->end[i]);
            }
            count -= from != to;
            parent[from > to ? from : to] = from > to ? to : from;
        }
    }
    return count;
}

/* x becomes the bound if that is lower (sign 1) or higher (sign -1). */
static void
move(double *x, double bound, double sign, int *moved)
{
    if (sign * (*x - bound) > STILL) {
        *x = bound;
        *moved = 1;
    }
}

/* The largest (sign 1) or least (sign -1) sums among solutions: the rows and order allow no more. */
static void
bound_sums(const imr_turnbull_t *npmle, uint32_t *parent, double sign, double *bound)
{
    size_t m = npmle->n_cells;
    double visits = 0;
    int moved = 1;

    for (size_t k = 0; k <= m; k++) {
        bound[k] = root_of(parent, (uint32_t) k) == 0 ? npmle->sum[k]
            : sign > 0                                ? npmle->sum[m] + npmle->total
                                                      : 0;
    }
    for (; moved && visits < MOST_VISITS; visits += (double) (npmle->n_distinct + m)) {
        moved = 0;
        for (size_t k = 0; k < m; k++) {
            for (size_t i = npmle->first[k]; i < npmle->first[k + 1]; i++) {
                size_t end = npmle->end[i];
                double p = npmle->sum[end] - npmle->sum[k];

                move(&bound[end], bound[k] + p, sign, &moved);
                move(&bound[k], bound[end] - p, sign, &moved);
            }
            if (sign > 0 || !is_tight(npmle, k)) {
                move(&bound[k], bound[k + 1], 1, &moved);
            }
            if (sign < 0 || !is_tight(npmle, k)) {
                move(&bound[k + 1], bound[k], -1, &moved);
            }
        }
    }
}

/* The least and the most probability after each cell. Where several cells of one unknown have its
 * cost, its increment may lie in any of them. */
static void
bound_cells(const imr_turnbull_truncation_t *self, const double *least_sum, const double *most_sum,
    imr_turnbull_estimate_t *estimate)
{
    const imr_turnbull_t *npmle = &self->npmle;
    double least = 0, most = 0;

    for (size_t j = 0; j + 1 < self->n_cells;) {
        uint32_t k = self->place[j];
        size_t end = j + 1, last = j;

        if (k == NOWHERE) {
            estimate->cell_least[j] = exp(-most);
            estimate->cell_most[j++] = exp(-least);
            continue;
        }
        for (; end < self->n_cells && self->place[end] == k; end++) {
        }
        for (size_t c = j; c < end; c++) {
            last = self->cost[c] == npmle->cost[k] && is_tight(npmle, k) ? c : last;
        }
        last = last < self->chosen[k] ? self->chosen[k] : last;
        for (; j < end; j++) {
            if (j == self->chosen[k]) {
                most = most_sum[k + 1];
            }
            if (j == last) {
                least = least_sum[k + 1];
            }
            estimate->cell_least[j] = exp(-most);
            estimate->cell_most[j] = exp(-least);
        }
    }
}

static void
bound_curve(imr_turnbull_truncation_t *self, imr_turnbull_estimate_t *estimate)
{
    imr_turnbull_t *npmle = &self->npmle;
    double *least = npmle->trial_sum, *most = npmle->curvature;
    uint32_t *parent = npmle->reach;

    estimate->rank -= find_components(npmle, has_mass, parent) - 1;
    (void) find_components(npmle, is_tight, parent);
    bound_sums(npmle, parent, -1, least);
    bound_sums(npmle, parent, 1, most);
    for (size_t k = 0; k <= npmle->n_cells; k++) {
        if (most[k] - least[k] <= SAME_SUM) {
            least[k] = most[k] = npmle->sum[k];
        }
    }
    bound_cells(self, least, most, estimate);
}

/* --- the estimate ------------------------------------------------------------------------------ */

int
imr_turnbull_truncation_certify(
    imr_turnbull_truncation_t *self, double *loglik, double *kkt_gap, imr_fault_t *fault)
{
    *loglik = *kkt_gap = 0;
    if (self->npmle.n_cells > 0) {
        imr_turnbull_drop_leftovers(&self->npmle);
        *kkt_gap = imr_turnbull_certify(&self->npmle, loglik);
    }
    if (!(*kkt_gap <= IMR_TURNBULL_CERTIFIED)) {
        return imr_fault(fault, IMR_ERR_UNCERTIFIED, "kkt_gap", -1, *kkt_gap);
    }
    *kkt_gap = fmax(0, *kkt_gap);
    return IMR_OK;
}

int
imr_turnbull_truncation_finish(
    imr_turnbull_truncation_t *self, imr_turnbull_estimate_t *estimate, imr_fault_t *fault)
{
    imr_turnbull_t *npmle = &self->npmle;
    size_t m = self->n_cells, s = 1;
    double hazard = 0, *mass;
    int status;

    memset(estimate, 0, sizeof(*estimate));
    status = imr_turnbull_truncation_certify(self, &estimate->loglik, &estimate->kkt_gap, fault);
    if (status != IMR_OK) {
        return status;
    }
    for (size_t k = 0; k < npmle->n_cells; k++) {
        s += npmle->mass[k] > 0;
    }
    status = imr_turnbull_estimate_room(estimate, s, m, fault);
    if (status != IMR_OK) {
        return status;
    }
    memcpy(estimate->cell_left, self->left, m * sizeof(*self->left));
    memcpy(estimate->cell_right, self->right, m * sizeof(*self->right));
    mass = estimate->cell_mass;
    memset(mass, 0, m * sizeof(*mass));
    for (size_t k = 0; k < npmle->n_cells; k++) {
        mass[self->chosen[k]] = exp(-hazard) * -expm1(-npmle->mass[k]);
        hazard += npmle->mass[k];
    }
    mass[m - 1] = exp(-hazard);
    imr_turnbull_read_support(estimate);
    estimate->rank = s;
    if (npmle->n_cells > 0) {
        bound_curve(self, estimate);
    }
    return IMR_OK;
}
