#include "response/rank_test_shifts.h"

#include <math.h>
#include <string.h>

#include "base/mem.h"
#include "base/order.h"

#define ROOM 2048

/* rows <= 2^31, so that nothing overflows */
static int64_t
own_pairs(int64_t rows)
{
    return rows * (rows + 1) / 2;
}

/* --- memory ------------------------------------------------------------------------------------- */

int
imr_rank_shifts_init(imr_rank_shifts_t *self, const imr_rank_blocks_t *first,
    const imr_rank_blocks_t *second, imr_fault_t *fault)
{
    int64_t rows = first->upto[first->n - 1], n = (int64_t) first->n, pairs;
    char *at;
    size_t room;

    memset(self, 0, sizeof(*self));
    self->first = *first;
    self->is_own = second == NULL;
    self->second = self->is_own ? *first : *second;
    if (self->is_own) {
        self->count = own_pairs(rows);
        pairs = own_pairs(n);
    } else {
        self->count = rows * second->upto[second->n - 1];
        pairs = n * (int64_t) second->n;
    }
    self->pairs = pairs;
    room = self->room = pairs < ROOM ? (size_t) pairs : ROOM;
    self->block = at = imr_malloc(
        room * (2 * sizeof(double) + 2 * sizeof(int64_t) + sizeof(uint32_t)) + sizeof(int64_t), 1);
    if (self->block == NULL) {
        return imr_fault(fault, IMR_ERR_NOMEM, NULL, -1, NAN);
    }
    self->sum = (double *) (void *) at;
    self->found = self->sum + room;
    self->found_rows = (int64_t *) (void *) (self->found + room);
    self->below = self->found_rows + room;
    self->order = (uint32_t *) (void *) (self->below + room + 1);
    return IMR_OK;
}

void
imr_rank_shifts_free(imr_rank_shifts_t *self)
{
    imr_free(self->block);
    self->block = NULL;
}

/* --- counting ----------------------------------------------------------------------------------- */

/* Along block i ascending, the end of the sums <= bound descends. */
static imr_rank_cut_t
count_upto(const imr_rank_shifts_t *self, double bound)
{
    const imr_rank_blocks_t *a = &self->first, *b = &self->second;
    imr_rank_cut_t count = { 0, 0, -INFINITY, INFINITY };
    size_t end = b->n; /* sums with blocks from here on exceed the bound */

    for (size_t i = 0; i < a->n; i++) {
        size_t start = self->is_own ? i : 0;
        double x = a->value[i];
        int64_t rows;

        while (end > start && x + b->value[end - 1] > bound) {
            end--;
        }
        if (end < b->n && x + b->value[end] < count.next) {
            count.next = x + b->value[end];
        }
        if (end <= start) {
            break;
        }
        if (x + b->value[end - 1] > count.last) {
            count.last = x + b->value[end - 1];
        }
        count.blocks += (int64_t) (end - start);
        rows = imr_rank_block_rows(a, i);
        if (self->is_own) {
            count.rows += rows * (b->upto[end - 1] - b->upto[i]) + own_pairs(rows);
        } else {
            count.rows += rows * b->upto[end - 1];
        }
    }
    return count;
}

/* Lists the sums from low to high, at most room of them, in order; before: rows that are smaller. */
static int
list(imr_rank_shifts_t *self, double low, double high, int64_t before, imr_fault_t *fault)
{
    const imr_rank_blocks_t *a = &self->first, *b = &self->second;
    size_t start = b->n, end = b->n, n = 0;
    int ret;

    for (size_t i = 0; i < a->n; i++) {
        size_t least = self->is_own ? i : 0;
        double x = a->value[i];

        while (end > 0 && x + b->value[end - 1] > high) {
            end--;
        }
        while (start > 0 && x + b->value[start - 1] >= low) {
            start--;
        }
        for (size_t j = start > least ? start : least; j < end; j++) {
            int64_t rows = imr_rank_block_rows(a, i);

            self->found[n] = x + b->value[j];
            self->found_rows[n++] =
                self->is_own && j == i ? own_pairs(rows) : rows * imr_rank_block_rows(b, j);
        }
    }
    ret = imr_order(self->found, n, NULL, self->order, fault);
    if (ret != IMR_OK) {
        return ret;
    }
    self->listed = 0;
    self->below[0] = before;
    for (size_t j = 0; j < n; j++) {
        double sum = self->found[self->order[j]];

        if (self->listed == 0 || sum > self->sum[self->listed - 1]) {
            self->sum[self->listed++] = sum;
            self->below[self->listed] = self->below[self->listed - 1];
        }
        self->below[self->listed] += self->found_rows[self->order[j]];
    }
    return IMR_OK;
}

/* --- selection ---------------------------------------------------------------------------------- */

static int
is_listed(const imr_rank_shifts_t *self, int64_t k)
{
    return self->listed > 0 && k > self->below[0] && k <= self->below[self->listed];
}

static imr_rank_shift_t
look_up(const imr_rank_shifts_t *self, int64_t k)
{
    size_t low = 0, high = self->listed - 1;
    imr_rank_shift_t shift;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (self->below[middle + 1] >= k) {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    shift.value = self->sum[low];
    shift.below = self->below[low];
    shift.upto = self->below[low + 1];
    return shift;
}

/* The nearest cuts on both sides of the k-th sum. */
static void
nearest_cuts(const imr_rank_shifts_t *self, int64_t k, imr_rank_cut_t *under, imr_rank_cut_t *over)
{
    size_t n = self->n_cuts < IMR_RANK_CUTS ? self->n_cuts : IMR_RANK_CUTS;

    for (size_t i = 0; i < n; i++) {
        const imr_rank_cut_t *cut = &self->cuts[i];

        if (cut->rows < k && cut->rows > under->rows) {
            *under = *cut;
        } else if (cut->rows >= k && cut->rows < over->rows) {
            *over = *cut;
        }
    }
}

/* The k-th sum lies from under.next to over.last. Each turn looks at a value between, where the k-th
 * would be if all were spread evenly; when that did not halve their number, at the value whose bits
 * are half way. */
int
imr_rank_shifts_select(
    imr_rank_shifts_t *self, int64_t k, imr_rank_shift_t *shift, imr_fault_t *fault)
{
    const imr_rank_blocks_t *a = &self->first, *b = &self->second;
    imr_rank_cut_t under = { 0, 0, -INFINITY, a->value[0] + b->value[0] };
    imr_rank_cut_t over = { self->count, self->pairs, a->value[a->n - 1] + b->value[b->n - 1],
        INFINITY };
    int bisect = 0;

    if (is_listed(self, k)) {
        *shift = look_up(self, k);
        return IMR_OK;
    }
    nearest_cuts(self, k, &under, &over);
    while (under.next < over.last && over.blocks - under.blocks > (int64_t) self->room) {
        int64_t left = over.blocks - under.blocks;
        double low = under.next, high = over.last;
        double share = (double) (k - under.rows) / (double) (over.rows - under.rows);
        double bound = low + (high - low) * share;
        imr_rank_cut_t cut;

        if (bisect || !(bound >= low && bound < high)) {
            uint64_t from = imr_key(low);

            bound = imr_key_value(from + (imr_key(high) - from) / 2);
        }
        cut = count_upto(self, bound);
        self->cuts[self->n_cuts++ % IMR_RANK_CUTS] = cut;
        *(cut.rows >= k ? &over : &under) = cut;
        bisect = over.blocks - under.blocks > left / 2 && !bisect;
    }
    if (under.next < over.last) {
        int ret = list(self, under.next, over.last, under.rows, fault);

        if (ret == IMR_OK) {
            *shift = look_up(self, k);
        }
        return ret;
    }
    shift->value = over.last;
    shift->below = under.rows;
    shift->upto = over.rows;
    return IMR_OK;
}
