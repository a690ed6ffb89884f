#include "recovery/reset_relapse.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "survival/incidence.h"
#include "survival/incidence_contrast.h"

/* Less time than this is none. */
#define LEAST_TIME 1e-100

/* --- rows ---------------------------------------------------------------------------------------- */

typedef struct {
    double left, right, followed, relapse, start;
} patient_t;

static patient_t
patient_of(const imr_reset_relapse_rows_t *rows, size_t i)
{
    return (patient_t) { rows->return_left[i], rows->return_right[i], rows->followed[i],
        rows->relapse[i], rows->start == NULL ? 0 : rows->start[i] };
}

static int
check_day(double day, const char *name, size_t i, int may_be_infinite, imr_fault_t *fault)
{
    if (isnan(day)) {
        return imr_fault(fault, IMR_ERR_RESET_DAY, name, (int64_t) i, day);
    }
    if (day < 0) {
        return imr_fault(fault, IMR_ERR_NEGATIVE, name, (int64_t) i, day);
    }
    return isinf(day) && !may_be_infinite
        ? imr_fault(fault, IMR_ERR_NONFINITE, name, (int64_t) i, day)
        : IMR_OK;
}

static int
check_row(const patient_t *p, size_t i, imr_fault_t *fault)
{
    int64_t row = (int64_t) i;
    int status = check_day(p->followed, "followed", i, 0, fault);

    status = status == IMR_OK ? check_day(p->start, "start", i, 0, fault) : status;
    status = status == IMR_OK ? check_day(p->relapse, "relapse", i, 1, fault) : status;
    if (status != IMR_OK) {
        return status;
    }
    if (isnan(p->left) != isnan(p->right)) {
        return imr_fault(
            fault, IMR_ERR_RESET_DAY, isnan(p->left) ? "return_left" : "return_right", row, NAN);
    }
    if (!isnan(p->left)) {
        status = check_day(p->left, "return_left", i, 0, fault);
        if (status != IMR_OK) {
            return status;
        }
        if (!(p->left < p->right)) {
            return imr_fault(fault, IMR_ERR_RESET_ORDER, "return_left", row, p->left);
        }
    }
    if (isfinite(p->right) && p->right > p->followed) {
        return imr_fault(fault, IMR_ERR_RESET_AFTER_END, "return_right", row, p->right);
    }
    if (isfinite(p->relapse) && p->relapse > p->followed) {
        return imr_fault(fault, IMR_ERR_RESET_AFTER_END, "relapse", row, p->relapse);
    }
    if (p->start > p->followed) {
        return imr_fault(fault, IMR_ERR_RESET_AFTER_END, "start", row, p->start);
    }
    if (!(p->relapse - p->start >= LEAST_TIME)) {
        return imr_fault(fault, IMR_ERR_RESET_ORDER, "start", row, p->start);
    }
    return IMR_OK;
}

/* --- what the days of return leave open ---------------------------------------------------------- */

/* Events and time on both sides of the return. */
typedef struct {
    int64_t events[2];
    double time[2];
} split_t;

/* early and late: with the return as early and as late as it may be. A patient whose relapse lies in the
 * interval of return is open: `early` lacks its relapse and its time from the earliest return to relapse,
 * `gain`, which go to one side or the other; `late` lacks its relapse. */
typedef struct {
    split_t middle, early, late;
    double *gain,
        *rest; /* of `open` patients, the largest first; the sum of the gains from each on */
    size_t open, counted;
} splits_t;

static double
within(double day, double low, double high)
{
    return day < low ? low : day > high ? high : day;
}

static void
add(split_t *self, double start, double turn, double end)
{
    self->time[0] += turn - start;
    self->time[1] += end - turn;
}

static void
add_patient(splits_t *self, const patient_t *p)
{
    int relapsed = isfinite(p->relapse);
    double end = relapsed ? p->relapse : p->followed;
    double early = within(p->left, p->start, end), late = within(p->right, p->start, end);
    double middle = isfinite(p->right) ? 0.5 * (p->left + p->right) : INFINITY;

    self->counted++;
    add(&self->middle, p->start, within(middle, p->start, end), end);
    self->middle.events[end > middle] += relapsed;
    if (relapsed && p->left < end && end <= p->right) {
        self->gain[self->open++] = end - early;
        add(&self->early, p->start, early, early);
        add(&self->late, p->start, end, end);
        return;
    }
    add(&self->early, p->start, early, end);
    add(&self->late, p->start, late, end);
    self->early.events[end > p->right] += relapsed;
    self->late.events[end > p->right] += relapsed;
}

static int
descending(const void *a, const void *b)
{
    double x = *(const double *) a, y = *(const double *) b;

    return (x < y) - (x > y);
}

/* --- rates --------------------------------------------------------------------------------------- */

/* Garwood's limits. */
static int
rate_of(
    int64_t events, double time, double per, double level, double *rate, double *low, double *high)
{
    imr_incidence_options_t options = { IMR_INCIDENCE_GARWOOD, IMR_TWO_SIDED, level, per };

    if (!(time >= LEAST_TIME)) {
        *rate = events > 0 ? INFINITY : NAN;
        *low = 0;
        *high = INFINITY;
        return IMR_OK;
    }
    return imr_incidence(&events, 0, &time, 0, 0, 1, &options, rate, low, high, NULL);
}

static double
ratio_of(const split_t *s)
{
    if (s->events[0] + s->events[1] == 0 || (s->time[1] == 0 && s->events[1] == 0)
        || (s->time[0] == 0 && s->events[0] == 0)) {
        return NAN;
    }
    if (s->events[0] == 0 || s->time[1] == 0) {
        return INFINITY;
    }
    return (double) s->events[1] / s->time[1] / ((double) s->events[0] / s->time[0]);
}

/* Of the ratio of the rate on one side (1: after return) over the other, given the number of relapses: the
 * lower of two limits, and the probability of so many relapses on that side or more at equal rates. */
static int
one_side(const split_t *s, int side, double level, double *low, double *p)
{
    static const double SAME = 1;
    imr_incidence_contrast_options_t options = { IMR_INCIDENCE_RATIO, IMR_INCIDENCE_CONDITIONAL,
        IMR_GREATER, 0.5 + 0.5 * level, 1 };
    imr_incidence_pairs_t pair = { .x1 = &s->events[side],
        .x2 = &s->events[!side],
        .t1 = &s->time[side],
        .t2 = &s->time[!side],
        .margin = &SAME };
    double estimate, high, statistic;
    imr_incidence_contrast_columns_t columns = { &estimate, low, &high, &statistic, p };

    *low = 0;
    *p = 1;
    if (s->events[0] + s->events[1] == 0 || !(s->time[0] >= LEAST_TIME)
        || !(s->time[1] >= LEAST_TIME)) {
        return IMR_OK;
    }
    return imr_incidence_contrast(&pair, 0, 1, &options, &columns, NULL);
}

static double
two_sided(double p, double q)
{
    return fmin(1, 2 * fmin(p, q));
}

/* --- all days of return -------------------------------------------------------------------------- */

static int
find_middle(imr_reset_relapse_t *self, const split_t *s, double per, double level)
{
    imr_reset_period_t *const periods[] = { &self->before, &self->after };
    double over = 0, p[2] = { 1, 1 };
    int status = IMR_OK;

    for (int k = 0; status == IMR_OK && k < 2; k++) {
        periods[k]->events = s->events[k];
        periods[k]->time = s->time[k];
        status = rate_of(s->events[k], s->time[k], per, level, &periods[k]->rate, &periods[k]->low,
            &periods[k]->high);
        if (status == IMR_OK) {
            status = one_side(s, k, level, k ? &self->low : &over, &p[k]);
        }
    }
    self->ratio = ratio_of(s);
    self->high = over > 0 ? 1 / over : INFINITY;
    self->pvalue = two_sided(p[0], p[1]);
    return status;
}

static double
least_of(double a, double b)
{
    return isnan(a) || b < a ? b : a;
}

/* Widens what is known by one division of the relapses. */
static int
widen(imr_reset_relapse_t *self, const split_t *s, double per, double level, double *greater)
{
    imr_reset_period_t *before = &self->before, *after = &self->after;
    double rate, low, high, p;
    int status = rate_of(s->events[0], s->time[0], per, level, &rate, &low, &high);

    before->rate_most = -least_of(-before->rate_most, -rate);
    before->high_most = fmax(before->high_most, high);
    if (status == IMR_OK) {
        status = rate_of(s->events[1], s->time[1], per, level, &rate, &low, &high);
    }
    after->rate_least = least_of(after->rate_least, rate);
    after->low_least = fmin(after->low_least, low);
    self->ratio_least = least_of(self->ratio_least, ratio_of(s));
    if (status == IMR_OK) {
        status = one_side(s, 1, level, &low, &p);
        *greater = fmax(*greater, p);
        self->low_least = fmin(self->low_least, low);
    }
    return status;
}

/* An extreme that no time is left for is what comes near it: with other days of return there is some. */
static void
fill_ends(imr_reset_relapse_t *self, const split_t *last)
{
    const imr_reset_period_t *after = &self->after;
    int any = last->events[0] + last->events[1] > 0;

    if (isnan(self->before.rate_most) && self->before.time_most > 0) {
        self->before.rate_most = 0;
    }
    if (any && isnan(self->ratio_most) && last->events[1] == 0 && after->time_most > 0) {
        self->ratio_most = 0;
    }
    if (any && isnan(self->ratio_least) && last->events[0] == 0 && self->before.time_most > 0) {
        self->ratio_least = self->ratio_most;
    }
}

/* The ratio is largest where the open relapses come right after returns that are as late as they may be:
 * all four numbers are then at their ends at once. It is least with the earliest returns and some of the
 * open relapses before them; of as many, those after return that bring the most time with them. */
static int
find_bounds(imr_reset_relapse_t *self, splits_t *splits, double per, double level)
{
    imr_reset_period_t *before = &self->before, *after = &self->after;
    split_t s = splits->early, last = splits->late;
    double low, high, over = 0, less = 1, greater = 0;
    int64_t open = (int64_t) splits->open;
    int status = IMR_OK;

    before->events_least = s.events[0];
    before->events_most = s.events[0] + open;
    after->events_least = s.events[1];
    after->events_most = s.events[1] + open;
    before->time_most = last.time[0];
    after->time_least = last.time[1];
    before->rate_most = after->rate_least = self->ratio_least = NAN;
    before->high_most = 0;
    after->low_least = self->low_least = INFINITY;
    for (size_t j = 0; status == IMR_OK && j <= splits->open; j++) {
        s.events[0] = splits->early.events[0] + open - (int64_t) j;
        s.events[1] = splits->early.events[1] + (int64_t) j;
        s.time[0] = splits->early.time[0] + splits->rest[j];
        s.time[1] += j > 0 ? splits->gain[j - 1] : 0;
        status = widen(self, &s, per, level, &greater);
    }
    before->time_least = s.time[0];
    after->time_most = s.time[1];
    last.events[1] += open;
    self->ratio_most = ratio_of(&last);
    fill_ends(self, &last);
    if (status == IMR_OK) {
        status = rate_of(last.events[0], last.time[0], per, level, &before->rate_least,
            &before->low_least, &high);
    }
    if (status == IMR_OK && last.time[1] > 0) {
        status = rate_of(
            last.events[1], last.time[1], per, level, &after->rate_most, &low, &after->high_most);
    } else {
        after->rate_most = last.events[1] > 0 ? INFINITY : after->rate_least;
        after->high_most = INFINITY;
    }
    if (status == IMR_OK) {
        status = one_side(&last, 0, level, &over, &less);
    }
    self->high_most = over > 0 ? 1 / over : INFINITY;
    self->pvalue_most = two_sided(less, greater);
    return status;
}

int
imr_reset_relapse(imr_reset_relapse_t *self, const imr_reset_relapse_rows_t *rows, double per,
    double level, imr_fault_t *fault)
{
    splits_t splits = { 0 };
    int status = IMR_OK;

    memset(self, 0, sizeof(*self));
    if (!(level > 0 && 0.5 + 0.5 * level < 1)) {
        return imr_fault(fault, IMR_ERR_LEVEL, "level", -1, level);
    }
    if (!(per >= 1e-100 && per <= 1e100)) {
        return imr_fault(fault, IMR_ERR_NOT_POSITIVE, "per", -1, per);
    }
    splits.gain = imr_malloc(2 * rows->n + 1, sizeof(double));
    if (splits.gain == NULL) {
        return imr_fault(fault, IMR_ERR_NOMEM, NULL, -1, NAN);
    }
    for (size_t i = 0; i < rows->n; i++) {
        patient_t p = patient_of(rows, i);

        status = check_row(&p, i, fault);
        if (status != IMR_OK) {
            goto out;
        }
        if (!isnan(p.left)) {
            add_patient(&splits, &p);
        }
    }
    if (splits.counted == 0) {
        status = imr_fault(fault, IMR_ERR_NO_PATIENT, "return_left", -1, NAN);
        goto out;
    }
    qsort(splits.gain, splits.open, sizeof(double), descending);
    splits.rest = splits.gain + rows->n;
    splits.rest[splits.open] = 0;
    for (size_t j = splits.open; j-- > 0;) {
        splits.rest[j] = splits.rest[j + 1] + splits.gain[j];
    }
    self->counted = splits.counted;
    self->ambiguous = (int64_t) splits.open;
    status = find_middle(self, &splits.middle, per, level);
    if (status == IMR_OK) {
        status = find_bounds(self, &splits, per, level);
    }
    if (status != IMR_OK) {
        imr_fault(fault, status, "level", -1, level);
    }
out:
    imr_free(splits.gain);
    return status;
}
