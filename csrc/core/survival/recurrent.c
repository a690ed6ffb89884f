#include "survival/recurrent.h"

#include <float.h>
#include <math.h>
#include <string.h>

#include "base/compensated.h"
#include "base/mem.h"
#include "base/quantile.h"
#include "survival/kaplan_meier_summary.h"

/* A variance below this share of what was added and taken off is a difference of rounding. */
#define NOTHING (64 * DBL_EPSILON)

/* So many values are added as they are before their sum is added to one that is compensated: the rounding
 * of that is below NOTHING. */
#define RUN 64

/* A value of each patient but for what all at risk have lost alike. */
typedef struct {
    double *of; /* NULL: not needed */
    double lost;
    imr_sum_t sum; /* over those at risk */
} part_t;

/* The influence of a patient on the estimate, over the number of patients, is v - mean * d. */
typedef struct {
    const imr_recurrent_rows_t *rows; /* of the group */
    part_t v, d;
    part_t own; /* sums of 1 / (at risk) over own events */
    imr_sum_t vv, vd, dd; /* sums of products over all patients */
    double gross; /* what went into vv, vd and dd, without signs */
    double at_risk;
    double poisson, sample, sample_gross;
    double least; /* at risk at any time so far */
    double survival, mean;
    size_t next_start, next_stop, next_event;
} walk_t;

/* --- entries and exits --------------------------------------------------------------------------- */

static void
enter(part_t *part, uint32_t patient)
{
    if (part->of != NULL) {
        part->sum = imr_sum_add(part->sum, part->of[patient]);
        part->of[patient] += part->lost;
    }
}

static void
enter_before(walk_t *walk, double time)
{
    const imr_recurrent_rows_t *rows = walk->rows;

    for (; walk->next_start < rows->spans; walk->next_start++) {
        uint32_t span = rows->by_start[walk->next_start], patient = rows->patient[span];

        if (!(rows->start[span] < time)) {
            return;
        }
        enter(&walk->v, patient);
        enter(&walk->d, patient);
        enter(&walk->own, patient);
        walk->at_risk++;
    }
}

static void
leave(const walk_t *walk, part_t *part, const uint32_t *patient, size_t n)
{
    if (part->of == NULL) {
        return;
    }
    for (size_t k = 0, end; k < n; k = end) {
        double value = 0;

        for (end = n - k < RUN ? n : k + RUN; k < end; k++) {
            value += part->of[patient[k]] - part->lost;
        }
        part->sum = imr_sum_add(part->sum, -value);
    }
    for (size_t k = 0; k < n && walk->rows->by_start != NULL; k++) { /* else nobody comes back */
        part->of[patient[k]] -= part->lost;
    }
}

/* --- one time ------------------------------------------------------------------------------------ */

/* Events of one kind at one time; those of a patient stand together. Where patient i has k of them, the
 * influence of each at risk gains e = (k - count / at risk) / at risk, times a scale. */
typedef struct {
    const uint32_t *patient;
    size_t count;
    double at_risk, share; /* events of one at risk */
} tie_t;

/* A sum, and that of the sizes of what is in it. */
typedef struct {
    double value, size;
} total_t;

/* Sums over those at risk of e times their parts as they were before, and of e * e. */
typedef struct {
    total_t with_part, squares;
} gain_t;

static tie_t
tie_of(const walk_t *walk, const uint32_t *patient, size_t count)
{
    return (tie_t) { patient, count, walk->at_risk, (double) count / walk->at_risk };
}

/* The part of each patient with k events gains scale * k / at risk: in one pass, as it fetches parts from all
 * over memory. */
static gain_t
gain(part_t *part, const tie_t *tie, double scale)
{
    double r = tie->at_risk, once = scale * (1 / r), size = 0, squares = 0;
    double of_all = tie->share * part->sum.high, of_share = tie->share * (double) tie->count;
    imr_sum_t sum = { 0, 0 };
    size_t n = tie->count;

    for (size_t k = 0, end; k < n;) {
        double value = 0;

        for (end = n - k < RUN ? n : k + RUN; k < end;) {
            size_t first = k++;
            double *of = part->of + tie->patient[first], before = *of - part->lost, own;

            while (k < n && tie->patient[k] == tie->patient[first]) {
                k++;
            }
            own = (double) (k - first);
            value += own * before;
            size += own * fabs(before);
            squares += own * own;
            *of += k - first == 1 ? once : scale * (own / r);
        }
        sum = imr_sum_add(sum, value);
    }
    return (gain_t) { { (sum.high - of_all) / r, (size + fabs(of_all)) / r },
        { (squares - of_share) / (r * r), (squares + of_share) / (r * r) } };
}

static total_t
plus(double a, total_t one, double b, total_t two)
{
    return (total_t) { a * one.value + b * two.value, a * one.size + b * two.size };
}

static void
add(walk_t *walk, imr_sum_t *sum, double factor, total_t total)
{
    *sum = imr_sum_add(*sum, factor * total.value);
    walk->gross += factor * total.size;
}

/* The influence of those at risk gains scale_v * e and scale_d * e, of which the sum is 0. */
static void
affect(walk_t *walk, const tie_t *tie, double scale_v, double scale_d)
{
    double lost = tie->share / tie->at_risk;
    gain_t v, d;

    if (walk->v.of == NULL) {
        return;
    }
    v = gain(&walk->v, tie, scale_v);
    add(walk, &walk->vv, scale_v, plus(2, v.with_part, scale_v, v.squares));
    walk->v.lost += scale_v * lost;
    if (scale_d > 0) {
        d = gain(&walk->d, tie, scale_d);
        add(walk, &walk->vd, 1, plus(scale_d, v.with_part, scale_v, d.with_part));
        add(walk, &walk->vd, scale_v * scale_d, v.squares);
        add(walk, &walk->dd, scale_d, plus(2, d.with_part, scale_d, d.squares));
        walk->d.lost += scale_d * lost;
    }
}

/* Nelson's increment: the variance of what patients have at this time, and twice its covariance with
 * what they had before. */
static void
add_sample(walk_t *walk, const tie_t *tie)
{
    double r = tie->at_risk, scale = r > 1 ? r / (r - 1) : NAN;
    gain_t own;

    if (walk->own.of == NULL) {
        return;
    }
    own = gain(&walk->own, tie, 1);
    walk->own.sum = imr_sum_add(walk->own.sum, tie->share);
    walk->sample += scale * (2 * own.with_part.value + own.squares.value);
    walk->sample_gross += scale * (2 * own.with_part.size + own.squares.size);
}

/* The events of this time; returns how many. */
static int64_t
take_events(walk_t *walk, double time)
{
    const imr_recurrent_rows_t *rows = walk->rows;
    size_t begin = walk->next_event, end = begin;
    tie_t tie;

    while (end < rows->events && rows->event_time[end] <= time) {
        end++;
    }
    walk->next_event = end;
    if (end == begin) {
        return 0;
    }
    tie = tie_of(walk, rows->event_patient + begin, end - begin);
    affect(walk, &tie, walk->survival, 0);
    add_sample(walk, &tie);
    walk->poisson += (double) tie.count / (walk->at_risk * walk->at_risk);
    walk->mean += walk->survival * tie.share;
    return (int64_t) tie.count;
}

/* Terminal events and other ends of this time, after its events. */
static void
take_ends(walk_t *walk, double time, int64_t *terminal, int64_t *censored)
{
    const imr_recurrent_rows_t *rows = walk->rows;
    const uint32_t *patient = rows->patient + walk->next_stop;
    size_t begin = walk->next_stop, end = begin, terminals = 0;

    for (; end < rows->spans && rows->stop[end] <= time; end++) {
        terminals += rows->terminal[end];
    }
    walk->next_stop = end;
    if (terminals > 0) {
        tie_t tie = tie_of(walk, patient, terminals);

        affect(walk, &tie, walk->mean, 1);
        walk->survival *= 1 - tie.share;
    }
    leave(walk, &walk->v, patient, end - begin);
    leave(walk, &walk->d, patient, end - begin);
    leave(walk, &walk->own, patient, end - begin);
    walk->at_risk -= (double) (end - begin);
    *terminal = (int64_t) terminals;
    *censored = (int64_t) (end - begin - terminals);
}

/* --- the curve ----------------------------------------------------------------------------------- */

static double
variance_of(const walk_t *walk, imr_recurrent_variance_t variance)
{
    double mean = walk->mean, found, gross;

    if (variance == IMR_RECURRENT_POISSON) {
        return walk->poisson;
    }
    found = walk->sample;
    gross = walk->sample_gross;
    if (variance == IMR_RECURRENT_ROBUST) {
        imr_sum_t sum = imr_sum_plus(imr_sum_times(walk->dd, mean), imr_sum_times(walk->vd, -2));

        found = imr_sum_plus(walk->vv, imr_sum_times(sum, mean)).high;
        gross = walk->gross * (1 + mean) * (1 + mean);
    }
    return found > NOTHING * gross ? found : NAN;
}

/* The upper limit of a mean count where nobody of so many had an event (exact, of a Poisson count). */
static double
high_of_none(double level, double at_risk)
{
    return -log(0.5 * (1 - level)) / at_risk;
}

static void
set_limits(imr_recurrent_t *self, size_t j, const walk_t *walk,
    const imr_recurrent_options_t *options, double z)
{
    double estimate = walk->mean, error = sqrt(variance_of(walk, options->variance));

    self->estimate[j] = estimate;
    self->survival[j] = walk->survival;
    if (estimate == 0) {
        self->std_error[j] = self->low[j] = 0;
        self->high[j] = high_of_none(options->level, walk->least);
        return;
    }
    self->std_error[j] = error;
    if (options->interval == IMR_RECURRENT_LOG) {
        self->low[j] = estimate * exp(-z * error / estimate);
        self->high[j] = estimate * exp(z * error / estimate);
    } else {
        double low = estimate - z * error;

        self->low[j] = low < 0 ? 0 : low; /* NaN stays */
        self->high[j] = estimate + z * error;
    }
}

/* Those who are there from the start on, of whom the first limit is. */
static double
first_at_risk(const imr_recurrent_rows_t *rows)
{
    size_t count = 0;

    if (rows->by_start == NULL) {
        return (double) rows->spans;
    }
    while (count < rows->spans
        && rows->start[rows->by_start[count]] == rows->start[rows->by_start[0]]) {
        count++;
    }
    return (double) count;
}

static void
fill(imr_recurrent_t *self, walk_t *walk, const imr_recurrent_options_t *options, double z)
{
    const imr_recurrent_rows_t *rows = walk->rows;

    walk->least = first_at_risk(rows);
    if (rows->by_start == NULL) {
        walk->at_risk = walk->least;
        walk->next_start = rows->spans;
    }
    self->start_high = high_of_none(options->level, walk->least);
    for (; walk->next_stop < rows->spans; self->n++) { /* nobody has an event after the last end */
        size_t j = self->n;
        double before = walk->at_risk, time = rows->stop[walk->next_stop];

        if (walk->next_event < rows->events) {
            time = fmin(time, rows->event_time[walk->next_event]);
        }
        enter_before(walk, time);
        walk->least = fmin(walk->least, before > 0 ? before : walk->at_risk);
        self->time[j] = time;
        self->at_risk[j] = (int64_t) walk->at_risk;
        self->events[j] = take_events(walk, time);
        take_ends(walk, time, &self->terminal[j], &self->censored[j]);
        set_limits(self, j, walk, options, z);
    }
}

/* --- the patients of a group --------------------------------------------------------------------- */

static size_t
count_members(const imr_recurrent_rows_t *rows, size_t group)
{
    size_t count = 0;

    for (size_t i = 0; i < rows->patients; i++) {
        count += rows->group[i] == group;
    }
    return count;
}

static int
allocate_group(imr_recurrent_rows_t *own, const imr_recurrent_rows_t *rows)
{
    size_t entries = rows->by_start == NULL ? 0 : rows->spans;
    double *place = imr_malloc(rows->events + rows->spans + entries,
        sizeof(double) + 2 * sizeof(uint32_t) + sizeof(uint8_t));

    if (place == NULL) {
        return IMR_ERR_NOMEM;
    }
    own->block = own->event_time = place;
    own->stop = place + rows->events;
    own->start = entries == 0 ? NULL : own->stop + rows->spans;
    own->event_patient = (uint32_t *) (own->stop + rows->spans + entries);
    own->patient = own->event_patient + rows->events;
    own->by_start = entries == 0 ? NULL : own->patient + rows->spans;
    own->order = own->patient + rows->spans + entries; /* here: of each stretch, its place in own */
    own->terminal = (uint8_t *) (own->order + entries);
    return IMR_OK;
}

/* Stretches and events of one group, in the same order: what the walk is over. */
static int
select_group(imr_recurrent_rows_t *own, const imr_recurrent_rows_t *rows, size_t group)
{
    if (allocate_group(own, rows) != IMR_OK) {
        return IMR_ERR_NOMEM;
    }
    for (size_t k = 0; k < rows->events; k++) {
        own->event_time[own->events] = rows->event_time[k];
        own->event_patient[own->events] = rows->event_patient[k];
        own->events += rows->group[rows->event_patient[k]] == group;
    }
    for (size_t k = 0; k < rows->spans; k++) {
        own->stop[own->spans] = rows->stop[k];
        own->patient[own->spans] = rows->patient[k];
        own->terminal[own->spans] = rows->terminal[k];
        if (rows->by_start != NULL) {
            own->start[own->spans] = rows->start[k];
            own->order[k] = (uint32_t) own->spans;
        }
        own->spans += rows->group[rows->patient[k]] == group;
    }
    for (size_t k = 0, next = 0; k < rows->spans && rows->by_start != NULL; k++) {
        uint32_t span = rows->by_start[k];

        own->by_start[next] = own->order[span];
        next += rows->group[rows->patient[span]] == group;
    }
    return IMR_OK;
}

static int
allocate(imr_recurrent_t *self, const imr_recurrent_rows_t *rows)
{
    size_t rows_at_most = rows->events + rows->spans;
    size_t m = rows->times < rows_at_most ? rows->times : rows_at_most;
    double *place;

    place = imr_malloc(m, 6 * sizeof(double) + 4 * sizeof(int64_t));
    if (place == NULL) {
        return IMR_ERR_NOMEM;
    }
    self->block = self->time = place;
    self->estimate = (place += m);
    self->std_error = (place += m);
    self->low = (place += m);
    self->high = (place += m);
    self->survival = (place += m);
    self->at_risk = (int64_t *) (place + m);
    self->events = self->at_risk + m;
    self->terminal = self->events + m;
    self->censored = self->terminal + m;
    return IMR_OK;
}

int
imr_recurrent(const imr_recurrent_rows_t *rows, size_t group,
    const imr_recurrent_options_t *options, imr_recurrent_t *self, imr_fault_t *fault)
{
    imr_recurrent_rows_t own = { .patients = count_members(rows, group), .times = rows->times };
    walk_t walk = { .rows = rows, .survival = 1 };
    double z, *parts = NULL;
    int status;

    memset(self, 0, sizeof(*self));
    if (!(options->level > 0 && 0.5 + 0.5 * options->level < 1)) {
        return imr_fault(fault, IMR_ERR_LEVEL, "level", -1, options->level);
    }
    if (rows->terminals > 0 && options->variance != IMR_RECURRENT_ROBUST) {
        return imr_fault(fault, IMR_ERR_RECURRENT_VARIANCE, "variance", -1, NAN);
    }
    if (own.patients == 0) {
        return imr_fault(fault, IMR_ERR_NO_PATIENT, "group", -1, NAN);
    }
    status = imr_quantile_normal(0.5 + 0.5 * options->level, &z);
    if (status != IMR_OK) {
        return imr_fault(fault, status, "level", -1, options->level);
    }
    self->patients = (int64_t) own.patients;
    if (own.patients < rows->patients) {
        status = select_group(&own, rows, group);
        walk.rows = &own;
    }
    parts = imr_calloc(rows->patients, (rows->terminals > 0 ? 2 : 1) * sizeof(*parts));
    if (parts == NULL || status != IMR_OK || allocate(self, walk.rows) != IMR_OK) {
        status = imr_fault(fault, IMR_ERR_NOMEM, NULL, -1, NAN);
        goto out;
    }
    /* only what the variance is made of; d stays 0 without terminal events */
    if (options->variance == IMR_RECURRENT_ROBUST) {
        walk.v.of = parts;
        walk.d.of = rows->terminals > 0 ? parts + rows->patients : NULL;
    } else if (options->variance == IMR_RECURRENT_SAMPLE) {
        walk.own.of = parts;
    }
    fill(self, &walk, options, z);
out:
    imr_recurrent_rows_free(&own);
    imr_free(parts);
    return status;
}

void
imr_recurrent_free(imr_recurrent_t *self)
{
    imr_free(self->block);
    memset(self, 0, sizeof(*self));
}

int
imr_recurrent_at(const imr_recurrent_t *self, int fix_ties, const double *times, size_t count,
    double *estimate, double *std_error, double *low, double *high, double *at_risk,
    imr_fault_t *fault)
{
    const imr_kaplan_meier_t rows = { .n = self->n, .time = self->time, .at_risk = self->at_risk };

    for (size_t k = 0; k < count; k++) {
        int64_t there;
        size_t next, until;
        int exact, status;

        status =
            imr_kaplan_meier_locate(&rows, fix_ties, times[k], k, &next, &exact, &there, fault);

        if (status != IMR_OK) {
            return status;
        }
        until = exact ? next + 1 : next;
        at_risk[k] = (double) there;
        if (next == self->n) { /* after the last row */
            estimate[k] = std_error[k] = low[k] = high[k] = NAN;
        } else if (until == 0) {
            estimate[k] = std_error[k] = low[k] = 0;
            high[k] = self->start_high;
        } else {
            estimate[k] = self->estimate[until - 1];
            std_error[k] = self->std_error[until - 1];
            low[k] = self->low[until - 1];
            high[k] = self->high[until - 1];
        }
    }
    return IMR_OK;
}
