#include "recovery/reset_states.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/order.h"
#include "base/quantile.h"
#include "response/proportion.h"

#define STATES IMR_RESET_STATES
/* What a share or an error of a share may be from 0 and 1 by rounding. */
#define TINY 1e-12

/* --- one patient --------------------------------------------------------------------------------- */

enum { ONSET, BACK, RELAPSE, FREE_FROM, FREE_TO, END, DAYS };

typedef struct {
    double day[DAYS];
    int dead;
} path_t;

static double
of(const double *column, size_t i, double absent)
{
    return column == NULL ? absent : column[i];
}

static path_t
path_of(const imr_reset_state_rows_t *rows, size_t i)
{
    double left = rows->return_left[i], right = rows->return_right[i];
    double back = isfinite(right) ? left + rows->turn * (right - left) : INFINITY;

    return (
        path_t) { { rows->onset[i], back, rows->relapse[i], of(rows->drug_free_from, i, INFINITY),
                      of(rows->drug_free_to, i, INFINITY), rows->followed[i] },
        of(rows->dead, i, 0) == 1 };
}

/* On a day, or (just_before) up to it. */
static imr_reset_state_t
state_on(const path_t *path, double day, int just_before)
{
    const double *d = path->day;
#define CAME(k) (just_before ? d[k] < day : d[k] <= day)

    if (path->dead && CAME(END)) {
        return IMR_RESET_DEAD;
    }
    if (CAME(RELAPSE)) {
        return IMR_RESET_RELAPSE_STATE;
    }
    if (!CAME(ONSET)) {
        return IMR_RESET_ACTIVE;
    }
    if (!CAME(BACK)) {
        return IMR_RESET_APLASTIC;
    }
    return CAME(FREE_FROM) && !CAME(FREE_TO) ? IMR_RESET_DRUG_FREE : IMR_RESET_ON_DRUGS;
#undef CAME
}

static int
check_row(const imr_reset_state_rows_t *rows, size_t i, imr_fault_t *fault)
{
    const struct {
        const double *column;
        const char *name;
    } columns[] = { { rows->followed, "followed" }, { rows->onset, "onset" },
        { rows->return_left, "return_left" }, { rows->return_right, "return_right" },
        { rows->relapse, "relapse" }, { rows->drug_free_from, "drug_free_from" },
        { rows->drug_free_to, "drug_free_to" } };
    int64_t row = (int64_t) i;
    double dead = of(rows->dead, i, 0);

    for (size_t k = 0; k < sizeof(columns) / sizeof(columns[0]); k++) {
        double day = of(columns[k].column, i, INFINITY);

        if (isnan(rows->return_left[i]) && isnan(rows->return_right[i])
            && (columns[k].column == rows->return_left
                || columns[k].column == rows->return_right)) {
            continue;
        }
        if (isnan(day)) {
            return imr_fault(fault, IMR_ERR_RESET_DAY, columns[k].name, row, day);
        }
        if (day < 0) {
            return imr_fault(fault, IMR_ERR_NEGATIVE, columns[k].name, row, day);
        }
        if (isinf(day) && k == 0) {
            return imr_fault(fault, IMR_ERR_NONFINITE, columns[k].name, row, day);
        }
        if (isfinite(day) && day > rows->followed[i]) {
            return imr_fault(fault, IMR_ERR_RESET_AFTER_END, columns[k].name, row, day);
        }
    }
    if (!(dead == 0 || dead == 1)) {
        return imr_fault(
            fault, isnan(dead) ? IMR_ERR_RESET_DAY : IMR_ERR_RESET_FLAG, "dead", row, dead);
    }
    if (isfinite(rows->return_right[i]) && !(rows->return_left[i] < rows->return_right[i])) {
        return imr_fault(fault, IMR_ERR_RESET_ORDER, "return_left", row, rows->return_left[i]);
    }
    if (isfinite(rows->return_right[i]) && rows->onset[i] > rows->return_left[i]) {
        return imr_fault(fault, IMR_ERR_RESET_ORDER, "onset", row, rows->onset[i]);
    }
    if (rows->drug_free_from != NULL && isfinite(rows->drug_free_from[i])
        && !(rows->drug_free_from[i] < of(rows->drug_free_to, i, INFINITY))) {
        return imr_fault(
            fault, IMR_ERR_RESET_ORDER, "drug_free_from", row, rows->drug_free_from[i]);
    }
    return IMR_OK;
}

/* --- changes of state, in order ------------------------------------------------------------------ */

/* A patient goes from one state to another, or (to STATES) leaves follow-up from it. */
typedef struct {
    double day;
    size_t patient;
    int from, to;
} change_t;

typedef struct {
    path_t *path;
    change_t *change;
    size_t changes, n;
    double longest;
    int64_t first[STATES]; /* how many begin there */
} changes_t;

/* By day; who leaves on a day was at risk on it. */
static int
by_day(const void *a, const void *b)
{
    const change_t *x = a, *y = b;

    if (x->day != y->day) {
        return x->day < y->day ? -1 : 1;
    }
    if ((x->to == STATES) != (y->to == STATES)) {
        return x->to == STATES ? 1 : -1;
    }
    return x->patient < y->patient ? -1 : x->patient > y->patient;
}

static int
ascending(const void *a, const void *b)
{
    double x = *(const double *) a, y = *(const double *) b;

    return (x > y) - (x < y);
}

/* Days that differ by rounding alone become one day. */
static int
merge_days(changes_t *self)
{
    double *days = imr_malloc(2 * self->n * DAYS, sizeof(double));
    double *merged = days == NULL ? NULL : days + self->n * DAYS;
    size_t count = 0, distinct = 0;

    if (days == NULL) {
        return IMR_ERR_NOMEM;
    }
    for (size_t i = 0; i < self->n; i++) {
        for (size_t k = 0; k < DAYS; k++) {
            if (isfinite(self->path[i].day[k])) {
                days[count++] = self->path[i].day[k];
            }
        }
    }
    qsort(days, count, sizeof(double), ascending);
    for (size_t k = 0; k < count; k++) {
        if (distinct == 0 || days[k] != days[distinct - 1]) {
            days[distinct++] = days[k];
        }
    }
    imr_merge_ties(days, distinct, merged);
    for (size_t i = 0; i < self->n; i++) {
        for (size_t k = 0; k < DAYS; k++) {
            if (isfinite(self->path[i].day[k])) {
                const double *found =
                    bsearch(&self->path[i].day[k], days, distinct, sizeof(double), ascending);

                self->path[i].day[k] = merged[found - days];
            }
        }
    }
    imr_free(days);
    return IMR_OK;
}

static void
list_changes(changes_t *self)
{
    for (size_t i = 0; i < self->n; i++) {
        const path_t *path = &self->path[i];

        self->first[state_on(path, 0, 0)]++;
        self->longest = fmax(self->longest, path->day[END]);
        for (size_t k = 0; k < DAYS; k++) {
            double day = path->day[k];
            int from, to, seen = !(day > 0 && day <= path->day[END]);

            for (size_t j = 0; j < k; j++) {
                seen |= path->day[j] == day;
            }
            from = seen ? 0 : (int) state_on(path, day, 1);
            to = seen ? 0 : (int) state_on(path, day, 0);
            if (from != to) {
                self->change[self->changes++] = (change_t) { day, i, from, to };
            }
        }
        if (!path->dead) {
            self->change[self->changes++] =
                (change_t) { path->day[END], i, (int) state_on(path, path->day[END], 0), STATES };
        }
    }
    qsort(self->change, self->changes, sizeof(change_t), by_day);
}

/* --- the estimate -------------------------------------------------------------------------------- */

typedef struct {
    const double *at; /* ascending */
    size_t days;
    double tau;
} wanted_t;

/* The shares after so many changes from a state (row) to another (column). */
static void
move(double share[STATES], const int64_t at_risk[STATES], int64_t moving[STATES][STATES])
{
    double moved[STATES] = { 0 };

    for (size_t from = 0; from < STATES; from++) {
        int64_t stay = at_risk[from];

        for (size_t to = 0; to < STATES; to++) {
            if (moving[from][to] > 0) {
                stay -= moving[from][to];
                moved[to] += share[from] * ((double) moving[from][to] / (double) at_risk[from]);
            }
        }
        moved[from] += at_risk[from] > 0 ? share[from] * ((double) stay / (double) at_risk[from])
                                         : share[from];
    }
    for (size_t s = 0; s < STATES; s++) {
        share[s] = fmin(1, moved[s]);
    }
}

/* Shares on the days wanted (days x states), then the expected days in each state, of all patients but
 * one (n: of all). */
static void
estimate(const changes_t *self, const wanted_t *wanted, size_t without, double *answer)
{
    double share[STATES], *time = answer + wanted->days * STATES, now = 0;
    int64_t at_risk[STATES], moving[STATES][STATES];
    int64_t patients = (int64_t) (self->n - (without < self->n));
    size_t next = 0, c = 0;

    for (size_t s = 0; s < STATES; s++) {
        at_risk[s] = self->first[s];
        time[s] = 0;
    }
    if (without < self->n) {
        at_risk[state_on(&self->path[without], 0, 0)]--;
    }
    for (size_t s = 0; s < STATES; s++) {
        share[s] = (double) at_risk[s] / (double) patients;
    }
    for (;;) {
        double day = c < self->changes ? self->change[c].day : INFINITY;
        double until = fmin(day, wanted->tau);

        for (; next < wanted->days && wanted->at[next] < day; next++) {
            memcpy(answer + next * STATES, share, sizeof(share));
        }
        for (size_t s = 0; s < STATES && until > now; s++) {
            time[s] += (until - now) * share[s];
        }
        now = fmax(now, until);
        if (c == self->changes) {
            break;
        }
        memset(moving, 0, sizeof(moving));
        for (size_t k = c; k < self->changes && self->change[k].day == day; k++) {
            const change_t *change = &self->change[k];

            if (change->patient != without && change->to < STATES) {
                moving[change->from][change->to]++;
            }
        }
        move(share, at_risk, moving);
        for (; c < self->changes && self->change[c].day == day; c++) {
            const change_t *change = &self->change[c];

            if (change->patient != without) {
                at_risk[change->from]--;
                if (change->to < STATES) {
                    at_risk[change->to]++;
                }
            }
        }
    }
}

/* --- limits -------------------------------------------------------------------------------------- */

static int
clopper_pearson(int64_t x, int64_t n, double level, double *low, double *high)
{
    imr_proportion_options_t options = { IMR_PROPORTION_CLOPPER_PEARSON, IMR_TWO_SIDED, level };
    imr_proportion_memo_t memo = { 0 };
    double share;
    int status = imr_proportion_memo_init(&memo, &n, 0, 1);

    if (status == IMR_OK) {
        status = imr_proportion(&x, 0, &n, 0, 0, 1, &options, &memo, &share, low, high, NULL);
    }
    imr_proportion_memo_free(&memo);
    return status;
}

/* Exact of counts. Of an estimate of 0, of 1 or without spread: as if of the patients known. */
static int
share_limits(double share, double error, double reach, int64_t known, int is_count, double level,
    double *low, double *high)
{
    double count = share * (double) known, other;
    int status;

    if (!is_count && share > TINY && share < 1 - TINY && error > TINY && isfinite(reach)) {
        double spread = error / (share * (1 - share)), logit = log(share / (1 - share));

        *low = 1 / (1 + exp(reach * spread - logit));
        *high = 1 / (1 + exp(-reach * spread - logit));
        return IMR_OK;
    }
    if (is_count) {
        return clopper_pearson((int64_t) round(count), known, level, low, high);
    }
    status = clopper_pearson((int64_t) floor(count + TINY), known, level, low, &other);
    return status == IMR_OK
        ? clopper_pearson((int64_t) ceil(count - TINY), known, level, &other, high)
        : status;
}

/* Student's. Without any spread all that is known is that a share of the patients as large as the upper
 * limit of none of n may stay anything from no day to tau. */
static int
time_limits(double time, double error, double reach, int64_t n, double tau, double level,
    double *low, double *high)
{
    double zero, other = 1;
    int status;

    if (error > TINY * tau && isfinite(reach)) {
        *low = fmax(0, time - reach * error);
        *high = fmin(tau, time + reach * error);
        return IMR_OK;
    }
    status = clopper_pearson(0, n, level, &zero, &other);
    *low = time * (1 - other);
    *high = fmin(tau, time * (1 - other) + tau * other);
    return status;
}

static void
count_known(imr_reset_states_t *self, const changes_t *changes, const double *at)
{
    memset(self->present, 0, self->days * STATES * sizeof(int64_t));
    for (size_t d = 0; d < self->days; d++) {
        self->known[d] = 0;
        for (size_t i = 0; i < changes->n; i++) {
            const path_t *path = &changes->path[i];
            int known = path->dead || path->day[END] >= at[d];

            self->known[d] += known;
            self->present[d * STATES + (size_t) state_on(path, at[d], 0)] += known;
        }
        self->complete[d] = self->known[d] == (int64_t) changes->n;
    }
}

/* scratch: room for two answers, and one of squares. */
static int
find_limits(imr_reset_states_t *self, const changes_t *changes, const wanted_t *wanted,
    double level, double *scratch, imr_stop_t *stop, imr_fault_t *fault)
{
    size_t n = changes->n, cells = (self->days + 1) * STATES;
    double *mean = scratch, *square = scratch + cells, *one = square + cells, reach = INFINITY;
    int status = IMR_OK;

    memset(scratch, 0, 2 * cells * sizeof(double));
    if (n > 1) {
        status = imr_quantile_t(0.5 + 0.5 * level, (double) (n - 1), &reach);
    }
    for (size_t i = 0; status == IMR_OK && n > 1 && i < n; i++) {
        estimate(changes, wanted, i, one);
        for (size_t k = 0; k < cells; k++) {
            double from = one[k] - mean[k];

            mean[k] += from / (double) (i + 1);
            square[k] += from * (one[k] - mean[k]);
        }
        if (imr_stop_asked(stop, 20 * (double) (changes->changes + cells))) {
            return imr_fault(fault, IMR_ERR_STOPPED, NULL, -1, NAN);
        }
    }
    for (size_t k = 0; status == IMR_OK && k < cells; k++) {
        double error = sqrt(square[k] * (double) (n - 1) / (double) n);
        size_t d = k / STATES, s = k % STATES;

        if (d < self->days && self->complete[d]) {
            self->share[k] = round(self->share[k] * (double) n) / (double) n;
        }
        status = d < self->days ? share_limits(self->share[k], error, reach, self->known[d],
                                      (int) self->complete[d], level, self->low + k, self->high + k)
                                : time_limits(self->time[s], error, reach, (int64_t) n, wanted->tau,
                                      level, self->time_low + s, self->time_high + s);
    }
    return status == IMR_OK ? IMR_OK : imr_fault(fault, status, "level", -1, level);
}

static int
check(const imr_reset_state_rows_t *rows, const wanted_t *wanted, double level, imr_fault_t *fault)
{
    double longest = 0;

    if (rows->n == 0) {
        return imr_fault(fault, IMR_ERR_NO_PATIENT, "followed", -1, NAN);
    }
    if (!(level > 0 && 0.5 + 0.5 * level < 1)) {
        return imr_fault(fault, IMR_ERR_LEVEL, "level", -1, level);
    }
    for (size_t i = 0; i < rows->n; i++) {
        int status = check_row(rows, i, fault);

        if (status != IMR_OK) {
            return status;
        }
        longest = fmax(longest, rows->followed[i]);
    }
    for (size_t d = 0; d < wanted->days; d++) {
        double day = wanted->at[d];

        if (isnan(day)) {
            return imr_fault(fault, IMR_ERR_NONFINITE, "at", (int64_t) d, day);
        }
        if (day < 0 || day > longest) {
            return imr_fault(
                fault, day < 0 ? IMR_ERR_NEGATIVE : IMR_ERR_TAU, "at", (int64_t) d, day);
        }
    }
    if (!(wanted->tau > 0)) {
        return imr_fault(fault, IMR_ERR_NOT_POSITIVE, "tau", -1, wanted->tau);
    }
    return wanted->tau > longest ? imr_fault(fault, IMR_ERR_TAU, "tau", -1, wanted->tau) : IMR_OK;
}

int
imr_reset_states_init(imr_reset_states_t *self, const imr_reset_state_rows_t *rows,
    const double *at, size_t days, double tau, double level, imr_stop_t *stop, imr_fault_t *fault)
{
    wanted_t wanted = { at, days, tau };
    changes_t changes = { .n = rows->n };
    size_t cells = (days + 1) * STATES;
    double *scratch = NULL;
    int status = check(rows, &wanted, level, fault);

    memset(self, 0, sizeof(*self));
    if (status != IMR_OK) {
        return status;
    }
    self->block = self->share = imr_malloc(4 * cells + 2 * days, sizeof(double));
    changes.path = imr_malloc(rows->n, sizeof(path_t));
    changes.change = imr_malloc(rows->n * (DAYS + 1), sizeof(change_t));
    scratch = imr_malloc(3 * cells, sizeof(double));
    if (self->block == NULL || changes.path == NULL || changes.change == NULL || scratch == NULL) {
        status = imr_fault(fault, IMR_ERR_NOMEM, NULL, -1, NAN);
        goto out;
    }
    self->n = rows->n;
    self->days = days;
    self->time = self->share + days * STATES; /* after the shares, as `estimate` writes them */
    self->low = self->share + cells;
    self->time_low = self->low + days * STATES;
    self->high = self->low + cells;
    self->time_high = self->high + days * STATES;
    self->known = (int64_t *) (self->high + cells);
    self->complete = self->known + days;
    self->present = self->complete + days;
    for (size_t i = 0; i < rows->n; i++) {
        changes.path[i] = path_of(rows, i);
    }
    status = merge_days(&changes);
    if (status != IMR_OK) {
        imr_fault(fault, status, NULL, -1, NAN);
        goto out;
    }
    list_changes(&changes);
    estimate(&changes, &wanted, rows->n, self->share);
    count_known(self, &changes, at);
    status = find_limits(self, &changes, &wanted, level, scratch, stop, fault);
out:
    imr_free(changes.path);
    imr_free(changes.change);
    imr_free(scratch);
    if (status != IMR_OK) {
        imr_reset_states_free(self);
    }
    return status;
}

void
imr_reset_states_free(imr_reset_states_t *self)
{
    imr_free(self->block);
    memset(self, 0, sizeof(*self));
}
