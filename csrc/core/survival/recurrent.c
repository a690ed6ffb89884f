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

/* The influence of a patient on the estimate, over the number of patients, is v - mean * d; of one at risk
 * both are known but for what all at risk have lost alike (`lost`). */
typedef struct {
    double v, d;
    double own; /* sum of 1 / (at risk) over own events */
} influence_t;

typedef struct {
    const imr_recurrent_rows_t *rows;
    size_t group;
    influence_t *of; /* each patient */
    double lost_v, lost_d;
    imr_sum_t vv, vd, dd; /* sums of products over all patients */
    imr_sum_t v, d, own; /* sums over those at risk */
    double gross; /* what went into vv, vd and dd, without signs */
    double at_risk;
    double poisson, sample, sample_gross;
    double least; /* at risk at any time so far */
    double survival, mean;
    size_t next_start, next_stop, next_event;
} walk_t;

/* --- entries and exits --------------------------------------------------------------------------- */

static int
is_member(const walk_t *walk, uint32_t patient)
{
    return walk->rows->group[patient] == walk->group;
}

static void
enter_before(walk_t *walk, double time)
{
    const imr_recurrent_rows_t *rows = walk->rows;

    for (; walk->next_start < rows->spans; walk->next_start++) {
        uint32_t span = rows->by_start[walk->next_start], patient = rows->patient[span];
        influence_t *of = walk->of + patient;

        if (!(rows->start[span] < time)) {
            return;
        }
        if (!is_member(walk, patient)) {
            continue;
        }
        walk->v = imr_sum_add(walk->v, of->v);
        walk->d = imr_sum_add(walk->d, of->d);
        walk->own = imr_sum_add(walk->own, of->own);
        of->v += walk->lost_v;
        of->d += walk->lost_d;
        walk->at_risk++;
    }
}

static void
leave(walk_t *walk, uint32_t patient)
{
    influence_t *of = walk->of + patient;

    of->v -= walk->lost_v;
    of->d -= walk->lost_d;
    walk->v = imr_sum_add(walk->v, -of->v);
    walk->d = imr_sum_add(walk->d, -of->d);
    walk->own = imr_sum_add(walk->own, -of->own);
    walk->at_risk--;
}

/* --- one time ------------------------------------------------------------------------------------ */

static void
add_product(walk_t *walk, imr_sum_t *sum, double product)
{
    *sum = imr_sum_add(*sum, product);
    walk->gross += fabs(product);
}

/* `times` patients at risk, whose parts sum to v and d, gain step_v and step_d each. */
static void
gain(walk_t *walk, double v, double d, double times, double step_v, double step_d)
{
    add_product(walk, &walk->vv, step_v * (2 * v + times * step_v));
    if (step_d != 0) {
        add_product(walk, &walk->vd, step_d * v + step_v * d + times * step_v * step_d);
        add_product(walk, &walk->dd, step_d * (2 * d + times * step_d));
    }
}

/* Of those at risk a patient has k of the `all` events of one time: the influence of each gains
 * (k - all / at risk) / at risk, times scale_v and scale_d. The sum over those at risk stays. */
typedef struct {
    double all, scale_v, scale_d;
    double v, d, patients; /* of those with events, before */
} tie_t;

static void
affect(walk_t *walk, tie_t *tie, uint32_t patient, double k)
{
    influence_t *of = walk->of + patient;
    double r = walk->at_risk, step = (k * r - tie->all) / (r * r);
    double v = of->v - walk->lost_v, d = of->d - walk->lost_d;

    gain(walk, v, d, 1, tie->scale_v * step, tie->scale_d * step);
    tie->v += v;
    tie->d += d;
    tie->patients++;
    of->v += tie->scale_v * (k / r);
    of->d += tie->scale_d * (k / r);
}

static void
affect_the_others(walk_t *walk, const tie_t *tie)
{
    double r = walk->at_risk, step = tie->all / (r * r);

    gain(walk, walk->v.high - tie->v, walk->d.high - tie->d, r - tie->patients,
        -tie->scale_v * step, -tie->scale_d * step);
    walk->lost_v += tie->scale_v * step;
    walk->lost_d += tie->scale_d * step;
}

/* Nelson's increment: the variance of what patients have at this time, and twice its covariance with
 * what they had before. */
static void
add_sample(walk_t *walk, double all, double squares, double with_own)
{
    double r = walk->at_risk, here = (squares - all * all / r) / (r - 1) / r;
    double before = all / r * walk->own.high;

    walk->sample += r > 1 ? here + 2 * (with_own - before) / (r - 1) : NAN;
    walk->sample_gross += r > 1 ? here + 2 * (with_own + before) / (r - 1) : 0;
}

/* The events of this time; returns how many. Those of one patient stand together. */
static int64_t
take_events(walk_t *walk, double time)
{
    const imr_recurrent_rows_t *rows = walk->rows;
    size_t begin = walk->next_event, end = begin;
    tie_t tie = { .all = 0, .scale_v = walk->survival };
    double squares = 0, with_own = 0;

    for (; end < rows->events && rows->event_time[end] == time; end++) {
        tie.all += is_member(walk, rows->event_patient[end]);
    }
    walk->next_event = end;
    if (tie.all == 0) {
        return 0;
    }
    for (size_t k = begin, next; k < end; k = next) {
        uint32_t patient = rows->event_patient[k];

        for (next = k; next < end && rows->event_patient[next] == patient; next++) {
        }
        if (is_member(walk, patient)) {
            double count = (double) (next - k);

            squares += count * count;
            with_own += count * walk->of[patient].own;
            affect(walk, &tie, patient, count);
        }
    }
    affect_the_others(walk, &tie);
    add_sample(walk, tie.all, squares, with_own);
    for (size_t k = begin; k < end; k++) {
        if (is_member(walk, rows->event_patient[k])) {
            walk->of[rows->event_patient[k]].own += 1 / walk->at_risk;
        }
    }
    walk->own = imr_sum_add(walk->own, tie.all / walk->at_risk);
    walk->poisson += tie.all / (walk->at_risk * walk->at_risk);
    walk->mean += walk->survival * (tie.all / walk->at_risk);
    return (int64_t) tie.all;
}

/* Terminal events and other ends of this time, after its events. */
static void
take_ends(walk_t *walk, double time, int64_t *terminal, int64_t *censored)
{
    const imr_recurrent_rows_t *rows = walk->rows;
    size_t begin = walk->next_stop, end = begin;
    tie_t tie = { .all = 0, .scale_v = walk->mean, .scale_d = 1 };

    *terminal = *censored = 0;
    for (; end < rows->spans && rows->stop[end] == time; end++) {
        if (is_member(walk, rows->patient[end])) {
            *terminal += rows->terminal[end];
            *censored += !rows->terminal[end];
        }
    }
    walk->next_stop = end;
    tie.all = (double) *terminal;
    if (tie.all > 0) {
        for (size_t k = begin; k < end; k++) {
            if (rows->terminal[k] && is_member(walk, rows->patient[k])) {
                affect(walk, &tie, rows->patient[k], 1);
            }
        }
        affect_the_others(walk, &tie);
        walk->survival *= 1 - tie.all / walk->at_risk;
    }
    for (size_t k = begin; k < end; k++) {
        if (is_member(walk, rows->patient[k])) {
            leave(walk, rows->patient[k]);
        }
    }
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

/* The next time at which something happens in the group; 0 when there is none. */
static int
next_time(walk_t *walk, double *time)
{
    const imr_recurrent_rows_t *rows = walk->rows;

    while (walk->next_event < rows->events
        && !is_member(walk, rows->event_patient[walk->next_event])) {
        walk->next_event++;
    }
    while (walk->next_stop < rows->spans && !is_member(walk, rows->patient[walk->next_stop])) {
        walk->next_stop++;
    }
    if (walk->next_stop == rows->spans) {
        return 0; /* nobody has an event after the last end */
    }
    *time = rows->stop[walk->next_stop];
    if (walk->next_event < rows->events) {
        *time = fmin(*time, rows->event_time[walk->next_event]);
    }
    return 1;
}

/* Those who are there from the start on, of whom the first limit is. */
static double
first_at_risk(const walk_t *walk)
{
    const imr_recurrent_rows_t *rows = walk->rows;
    double count = 0, start = INFINITY;

    for (size_t k = 0; k < rows->spans; k++) {
        uint32_t span = rows->by_start[k];

        if (is_member(walk, rows->patient[span])) {
            if (rows->start[span] > start) {
                break;
            }
            start = rows->start[span];
            count++;
        }
    }
    return count;
}

static void
fill(imr_recurrent_t *self, walk_t *walk, const imr_recurrent_options_t *options, double z)
{
    double time;

    walk->least = first_at_risk(walk);
    self->start_high = high_of_none(options->level, walk->least);
    for (; next_time(walk, &time); self->n++) {
        size_t j = self->n;
        double before = walk->at_risk;

        enter_before(walk, time);
        walk->least = fmin(walk->least, before > 0 ? before : walk->at_risk);
        self->time[j] = time;
        self->at_risk[j] = (int64_t) walk->at_risk;
        self->events[j] = take_events(walk, time);
        take_ends(walk, time, &self->terminal[j], &self->censored[j]);
        set_limits(self, j, walk, options, z);
    }
}

static int
allocate(imr_recurrent_t *self, const walk_t *walk, imr_fault_t *fault)
{
    const imr_recurrent_rows_t *rows = walk->rows;
    size_t m = 0;
    double *place;

    for (size_t k = 0; k < rows->events; k++) {
        m += is_member(walk, rows->event_patient[k])
            && (k == 0 || rows->event_time[k] != rows->event_time[k - 1]
                || !is_member(walk, rows->event_patient[k - 1]));
    }
    for (size_t k = 0; k < rows->spans; k++) {
        m += is_member(walk, rows->patient[k])
            && (k == 0 || rows->stop[k] != rows->stop[k - 1]
                || !is_member(walk, rows->patient[k - 1]));
    }
    place = imr_malloc(m, 6 * sizeof(double) + 4 * sizeof(int64_t));
    if (place == NULL) {
        return imr_fault(fault, IMR_ERR_NOMEM, NULL, -1, NAN);
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
    walk_t walk = { .rows = rows, .group = group, .survival = 1 };
    double z;
    int status;

    memset(self, 0, sizeof(*self));
    if (!(options->level > 0 && 0.5 + 0.5 * options->level < 1)) {
        return imr_fault(fault, IMR_ERR_LEVEL, "level", -1, options->level);
    }
    if (rows->terminals > 0 && options->variance != IMR_RECURRENT_ROBUST) {
        return imr_fault(fault, IMR_ERR_RECURRENT_VARIANCE, "variance", -1, NAN);
    }
    for (size_t i = 0; i < rows->patients; i++) {
        self->patients += rows->group[i] == group;
    }
    if (self->patients == 0) {
        return imr_fault(fault, IMR_ERR_NO_PATIENT, "group", -1, NAN);
    }
    status = imr_quantile_normal(0.5 + 0.5 * options->level, &z);
    if (status != IMR_OK) {
        return imr_fault(fault, status, "level", -1, options->level);
    }
    walk.of = imr_calloc(rows->patients, sizeof(*walk.of));
    if (walk.of == NULL) {
        return imr_fault(fault, IMR_ERR_NOMEM, NULL, -1, NAN);
    }
    status = allocate(self, &walk, fault);
    if (status == IMR_OK) {
        fill(self, &walk, options, z);
    }
    imr_free(walk.of);
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
