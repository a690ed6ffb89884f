#include "survival/win_ratio_pairs.h"

#include <limits.h>
#include <math.h>
#include <string.h>

#include "base/mem.h"
#include "base/order.h"

/* Ranks are doubled, and fit an int32. */
#define MOST_ROWS (UINT32_C(1) << 29)
/* A difference of scores may fall short of the threshold by so much of it: rounding. */
#define SHORT_OF_THRESHOLD 1.5e-8

/* What decides a pair: i beats j if low[i] > high[j] and reach[i] >= reach[j], where there is one. */
typedef struct {
    int32_t *low, *high, *reach; /* by place; reach NULL: no such condition */
} levels_t;

/* --- from outcomes to ranks ---------------------------------------------------------------------- */

static int
check_values(const imr_win_outcome_t *outcome, size_t n, imr_fault_t *fault)
{
    for (size_t i = 0; i < n; i++) {
        double x = outcome->value[i];
        int64_t row = (int64_t) i;

        if (!isfinite(x)) {
            return imr_fault(fault, IMR_ERR_NONFINITE, outcome->value_name, row, x);
        }
        if (outcome->kind != IMR_WIN_SCORE && x < 0) {
            return imr_fault(fault, IMR_ERR_NEGATIVE, outcome->value_name, row, x);
        }
        if (outcome->kind == IMR_WIN_COUNT && x != floor(x)) {
            return imr_fault(fault, IMR_ERR_WIN_COUNT, outcome->value_name, row, x);
        }
        if (outcome->kind == IMR_WIN_SCORE && !(fabs(x) <= 1e300)) {
            return imr_fault(fault, IMR_ERR_SCORE_RANGE, outcome->value_name, row, x);
        }
        if (outcome->kind == IMR_WIN_TIME && outcome->event[i] > 1) {
            return imr_fault(
                fault, IMR_ERR_EVENT, outcome->second_name, row, (double) outcome->event[i]);
        }
        if (outcome->kind == IMR_WIN_COUNT && outcome->follow_up != NULL) {
            double t = outcome->follow_up[i];

            if (!isfinite(t)) {
                return imr_fault(fault, IMR_ERR_NONFINITE, outcome->second_name, row, t);
            }
            if (t < 0) {
                return imr_fault(fault, IMR_ERR_NEGATIVE, outcome->second_name, row, t);
            }
        }
    }
    if (!(outcome->threshold >= 0 && outcome->threshold <= 1e300)) {
        return imr_fault(fault, outcome->threshold < 0 ? IMR_ERR_NEGATIVE : IMR_ERR_NONFINITE,
            outcome->threshold_name, -1, outcome->threshold);
    }
    return IMR_OK;
}

typedef struct {
    double *value; /* n, by place: worked on */
    uint32_t *order; /* n */
    int32_t *rank; /* n, by place: twice the number of smaller distinct values */
} work_t;

/* The value of each place, the better one the larger. */
static void
take_values(work_t *work, const imr_win_pairs_t *self, const double *value, int smaller)
{
    for (size_t p = 0; p < self->n; p++) {
        double x = value[self->row[p]];

        work->value[p] = smaller ? -x : x;
    }
}

static int
rank_values(work_t *work, size_t n, int32_t *rank, imr_fault_t *fault)
{
    int status = imr_order(work->value, n, "value", work->order, fault);
    int32_t next = 0;

    for (size_t k = 0; status == IMR_OK && k < n; k++) {
        if (k > 0 && work->value[work->order[k]] > work->value[work->order[k - 1]]) {
            next += 2;
        }
        rank[work->order[k]] = next;
    }
    return status;
}

static int
fix_and_rank(work_t *work, size_t n, int32_t *rank, imr_fault_t *fault)
{
    size_t merged;
    int status = imr_fix_ties(NULL, work->value, n, NULL, work->value, &merged, fault);

    return status == IMR_OK ? rank_values(work, n, rank, fault) : status;
}

/* high: the rank of the largest value that is less than threshold above this one. */
static void
raise_by_threshold(const work_t *work, size_t n, double threshold, int32_t *high)
{
    double least = threshold * (1 - SHORT_OF_THRESHOLD);
    size_t above = 0;

    for (size_t k = 0; k < n; k++) {
        size_t p = work->order[k];

        while (above + 1 < n && work->value[work->order[above + 1]] - work->value[p] < least) {
            above++;
        }
        high[p] = work->rank[work->order[above > k ? above : k]];
    }
}

static int
read_level(levels_t *level, work_t *work, const imr_win_pairs_t *self,
    const imr_win_outcome_t *outcome, imr_fault_t *fault)
{
    size_t n = self->n;
    int status;

    take_values(work, self, outcome->value, outcome->smaller);
    if (outcome->kind == IMR_WIN_TIME) {
        status = fix_and_rank(work, n, work->rank, fault);
    } else {
        status = rank_values(work, n, work->rank, fault);
    }
    if (status != IMR_OK) {
        return status;
    }
    for (size_t p = 0; p < n; p++) {
        level->low[p] = level->high[p] = work->rank[p];
        if (outcome->kind == IMR_WIN_TIME && !outcome->event[self->row[p]]) {
            /* beyond its time, an event of which comes first: just after, or (-time) just before */
            level->low[p] = outcome->smaller ? INT32_MIN : work->rank[p] + 1;
            level->high[p] = outcome->smaller ? work->rank[p] - 1 : INT32_MAX;
        }
    }
    if (outcome->kind == IMR_WIN_SCORE && outcome->threshold > 0) {
        raise_by_threshold(work, n, outcome->threshold, level->high);
    }
    if (outcome->kind == IMR_WIN_COUNT && outcome->follow_up != NULL) {
        /* fewer events in a longer time are fewer in the shared one too; more, in a shorter one */
        take_values(work, self, outcome->follow_up, !outcome->smaller);
        return fix_and_rank(work, n, level->reach, fault);
    }
    level->reach = NULL;
    return IMR_OK;
}

/* --- pairs --------------------------------------------------------------------------------------- */

/* Decides the pairs of place p with from..to - 1 that are open (sign 0) by one level; 1 where p wins. */
static void
decide(const levels_t *level, size_t p, size_t from, size_t to, int32_t *restrict sign)
{
    const int32_t *restrict low = level->low, *restrict high = level->high;
    const int32_t *restrict reach = level->reach;
    int32_t own_low = low[p], own_high = high[p];

    if (reach == NULL) {
        for (size_t q = from; q < to; q++) {
            int32_t s = (own_low > high[q]) - (low[q] > own_high);

            sign[q] = sign[q] != 0 ? sign[q] : s;
        }
        return;
    }
    for (size_t q = from; q < to; q++) {
        int32_t s = ((own_low > high[q]) & (reach[p] >= reach[q]))
            - ((low[q] > own_high) & (reach[q] >= reach[p]));

        sign[q] = sign[q] != 0 ? sign[q] : s;
    }
}

static void
count_signs(const int32_t *restrict sign, size_t from, size_t to, int64_t *won, int64_t *lost)
{
    int32_t up = 0, down = 0;

    for (size_t q = from; q < to; q++) {
        up += sign[q] > 0;
        down += sign[q] < 0;
    }
    *won = up;
    *lost = down;
}

/* Place p of group 1 against the places from..to - 1 of group 0. */
static void
compare_across(imr_win_pairs_t *self, const levels_t *levels, size_t p, size_t from, size_t to,
    int32_t *restrict sign)
{
    int64_t won = 0, lost = 0, pairs = (int64_t) (to - from);

    memset(sign + from, 0, (to - from) * sizeof(*sign));
    for (size_t k = 0; k < self->outcomes; k++) {
        int64_t won_before = won, lost_before = lost;

        if (won + lost < pairs) {
            decide(&levels[k], p, from, to, sign);
            count_signs(sign, from, to, &won, &lost);
        }
        self->wins[k] += won - won_before;
        self->losses[k] += lost - lost_before;
        self->ties[k] += pairs - won - lost;
    }
    for (size_t q = from; q < to; q++) {
        self->won[q] += sign[q] > 0;
        self->lost[q] += sign[q] < 0;
        self->score[q] -= sign[q];
    }
    self->won[p] = won;
    self->lost[p] = lost;
    self->score[p] += won - lost;
    self->pairs += pairs;
}

/* Place p against later ones of its own group, which counts for the scores alone. */
static void
compare_within(
    imr_win_pairs_t *self, const levels_t *levels, size_t p, size_t to, int32_t *restrict sign)
{
    int64_t sum = 0;

    memset(sign + p, 0, (to - p) * sizeof(*sign));
    for (size_t k = 0; k < self->outcomes; k++) {
        decide(&levels[k], p, p + 1, to, sign);
    }
    for (size_t q = p + 1; q < to; q++) {
        self->score[q] -= sign[q];
        sum += sign[q];
    }
    self->score[p] += sum;
}

static int
compare_all(imr_win_pairs_t *self, const levels_t *levels, int32_t *sign, imr_stop_t *stop)
{
    for (size_t s = 0; s < self->strata; s++) {
        size_t first = self->start[2 * s], second = self->start[2 * s + 1];
        size_t end = self->start[2 * s + 2];

        for (size_t p = first; p < end; p++) {
            compare_within(self, levels, p, p < second ? second : end, sign);
            if (p < second) {
                compare_across(self, levels, p, second, end, sign);
            }
            if (imr_stop_asked(stop, 2 * (double) self->outcomes * (double) (end - p))) {
                return IMR_ERR_STOPPED;
            }
        }
    }
    return IMR_OK;
}

/* --- the data ------------------------------------------------------------------------------------ */

static int
allocate(imr_win_pairs_t *self, imr_fault_t *fault)
{
    size_t n = self->n;
    int64_t *place = imr_calloc(4 * n + 2 * self->strata + 2 + 3 * self->outcomes, sizeof(*place));

    if (place == NULL) {
        return imr_fault(fault, IMR_ERR_NOMEM, NULL, -1, NAN);
    }
    self->block = place;
    self->won = place;
    self->lost = (place += n);
    self->score = (place += n);
    self->wins = (place += n);
    self->losses = (place += self->outcomes);
    self->ties = (place += self->outcomes);
    self->row = (size_t *) (place += self->outcomes);
    self->start = (size_t *) (place + n);
    return IMR_OK;
}

/* Puts the rows into their order, and checks that there is something to compare. */
static int
place_rows(imr_win_pairs_t *self, const imr_win_data_t *data, imr_fault_t *fault)
{
    size_t *start = self->start, of_group[2] = { 0, 0 };
    int is_paired = 0;

    for (size_t i = 0; i < self->n; i++) {
        int64_t group = data->group[i], stratum = data->stratum == NULL ? 0 : data->stratum[i];

        if (group != 0 && group != 1) {
            return imr_fault(fault, IMR_ERR_TWO_GROUPS, "group", (int64_t) i, NAN);
        }
        if (stratum < 0 || (uint64_t) stratum >= self->strata) {
            return imr_fault(fault, IMR_ERR_CODE, "strata", (int64_t) i, (double) stratum);
        }
        of_group[group]++;
        start[2 * stratum + (group == 0) + 1]++;
    }
    if (of_group[0] == 0 || of_group[1] == 0) {
        return imr_fault(fault, IMR_ERR_TWO_GROUPS, "group", -1, NAN);
    }
    for (size_t s = 0; s < self->strata; s++) {
        is_paired |= start[2 * s + 1] > 0 && start[2 * s + 2] > 0;
    }
    if (!is_paired) {
        return imr_fault(fault, IMR_ERR_WIN_STRATA, "strata", -1, NAN);
    }
    for (size_t c = 0; c < 2 * self->strata; c++) {
        start[c + 1] += start[c];
    }
    /* each cell is filled from its end, which leaves start[c + 1] where the cell begins */
    for (size_t i = self->n; i-- > 0;) {
        size_t stratum = data->stratum == NULL ? 0 : (size_t) data->stratum[i];

        self->row[--start[2 * stratum + (data->group[i] == 0) + 1]] = i;
    }
    for (size_t c = 0; c < 2 * self->strata; c++) {
        start[c] = start[c + 1];
    }
    start[2 * self->strata] = self->n;
    return IMR_OK;
}

static int
compare(imr_win_pairs_t *self, const imr_win_data_t *data, imr_stop_t *stop, imr_fault_t *fault)
{
    size_t n = self->n, outcomes = self->outcomes;
    levels_t *levels = imr_malloc(outcomes, sizeof(*levels));
    double *room = imr_malloc(n, 2 * sizeof(double) + (3 * outcomes + 1) * sizeof(int32_t));
    work_t work = { .value = room };
    int32_t *place;
    int status = IMR_OK;

    if (levels == NULL || room == NULL) {
        status = imr_fault(fault, IMR_ERR_NOMEM, NULL, -1, NAN);
        goto out;
    }
    work.order = (uint32_t *) (room + n);
    work.rank = (int32_t *) (work.order + n);
    place = work.rank + n;
    for (size_t k = 0; k < outcomes && status == IMR_OK; k++, place += 3 * n) {
        levels[k] = (levels_t) { place, place + n, place + 2 * n };
        status = check_values(&data->outcome[k], n, fault);
        if (status == IMR_OK) {
            status = read_level(&levels[k], &work, self, &data->outcome[k], fault);
        }
    }
    if (status == IMR_OK) {
        status = compare_all(self, levels, place, stop);
        if (status != IMR_OK) {
            status = imr_fault(fault, status, NULL, -1, NAN);
        }
    }
out:
    imr_free(levels);
    imr_free(room);
    return status;
}

int
imr_win_pairs_init(
    imr_win_pairs_t *self, const imr_win_data_t *data, imr_stop_t *stop, imr_fault_t *fault)
{
    int status;

    memset(self, 0, sizeof(*self));
    if (data->n > MOST_ROWS) {
        return imr_fault(fault, IMR_ERR_TOO_MANY_ROWS, "group", -1, (double) data->n);
    }
    self->n = data->n;
    self->outcomes = data->outcomes;
    self->strata = data->strata;
    status = allocate(self, fault);
    if (status == IMR_OK) {
        status = place_rows(self, data, fault);
    }
    if (status == IMR_OK) {
        status = compare(self, data, stop, fault);
    }
    if (status != IMR_OK) {
        imr_win_pairs_free(self);
    }
    return status;
}

void
imr_win_pairs_free(imr_win_pairs_t *self)
{
    imr_free(self->block);
    memset(self, 0, sizeof(*self));
}
