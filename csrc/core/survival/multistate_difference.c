#include "survival/multistate_difference.h"

#include <math.h>
#include <string.h>

#include "base/mem.h"
#include "base/resample.h"
#include "survival/multistate_summary.h"

#define MOST IMR_MULTISTATE_MOST
#define ROUNDING 1e-9 /* differences as close as this are equal */

/* --- the groups as they are ---------------------------------------------------------------------- */

static int
read_group(imr_multistate_difference_t *self, const imr_multistate_rows_t *rows, size_t g,
    const imr_multistate_options_t *options, imr_stop_t *stop, imr_fault_t *fault)
{
    const imr_multistate_measure_t *measure = &self->measure;
    double column[4][MOST];
    int64_t at_risk[MOST];
    imr_multistate_values_t values = { column[0], column[1], column[2], column[3], at_risk };
    imr_multistate_t fit;
    int status = imr_multistate(rows, g, options, &fit, stop, fault);

    if (status != IMR_OK) {
        return status;
    }
    if (isnan(measure->at)) {
        status =
            imr_multistate_time(&fit, rows->closed, options, measure->tau, &values, stop, fault);
    } else {
        status = imr_multistate_at(&fit, rows->closed, options, 0, &measure->at, 1, &values, fault);
        if (status != IMR_OK) {
            imr_fault(fault, status, "at", -1, measure->at);
        } else if (isnan(column[0][measure->state])) {
            status = imr_fault(fault, IMR_ERR_TAU, "at", -1, measure->at);
        }
    }
    if (status == IMR_OK) {
        self->estimate[g] = column[0][measure->state];
        self->std_error[g] = column[1][measure->state];
        self->low[g] = column[2][measure->state];
        self->high[g] = column[3][measure->state];
        self->patients[g] = fit.patients;
    }
    imr_multistate_free(&fit);
    return status;
}

static void
compare(imr_multistate_difference_t *self)
{
    const double *p = self->estimate, *low = self->low, *high = self->high;

    self->difference = p[1] - p[0];
    self->difference_std_error = hypot(self->std_error[0], self->std_error[1]);
    self->difference_low = self->difference - hypot(p[1] - low[1], high[0] - p[0]);
    self->difference_high = self->difference + hypot(high[1] - p[1], p[0] - low[0]);
}

/* --- deals --------------------------------------------------------------------------------------- */

static uint32_t
move_of(const imr_multistate_steps_t *steps, size_t k, int64_t from, int64_t to)
{
    size_t m = steps->step[k].begin;

    while (steps->move[m].from != from || steps->move[m].to != to) {
        m++;
    }
    return (uint32_t) m;
}

static int
deal_cards(imr_multistate_difference_t *self, const imr_multistate_rows_t *rows)
{
    const imr_multistate_counts_t *counts = &self->pooled.counts;
    const imr_multistate_steps_t *steps = &self->steps;
    size_t moves = steps->step[steps->count].begin, states = counts->states;
    uint32_t *before = imr_malloc(counts->places + 1, sizeof(*before)), patient[2] = { 0 },
             mine = 0;
    char *at = imr_malloc(counts->spans * sizeof(imr_multistate_card_t)
            + ((steps->count + 1) * states + moves) * sizeof(int64_t)
            + 2 * rows->patients * sizeof(uint32_t),
        1);

    self->block = at;
    if (before == NULL || at == NULL) {
        imr_free(before);
        return IMR_ERR_NOMEM;
    }
    self->change = (int64_t *) at;
    self->moves = self->change + (steps->count + 1) * states;
    self->card = (imr_multistate_card_t *) (self->moves + moves);
    self->label = (uint32_t *) (self->card + counts->spans);
    self->dealt = self->label + rows->patients;
    memcpy(self->label, rows->group, rows->patients * sizeof(*self->label));
    imr_multistate_steps_before(steps, before);
    for (size_t q = 0; q < counts->spans; q++) {
        const imr_multistate_stretch_t *span = &counts->span[q];
        size_t end = before[span->end + 1];

        if (span->first) { /* the next of the group */
            uint32_t *of_group = &patient[q >= rows->of_group[1]];

            while (rows->group[*of_group] != (q >= rows->of_group[1])) {
                ++*of_group;
            }
            mine = (*of_group)++;
        }
        self->card[q] = (imr_multistate_card_t) {
            .patient = mine,
            .begin = before[span->begin],
            .end = (uint32_t) end,
            .move = span->next < 0 ? UINT32_MAX : move_of(steps, end - 1, span->state, span->next),
            .state = span->state,
            .first = span->first,
        };
    }
    imr_free(before);
    return IMR_OK;
}

/* The curve of all patients, and the time as it is a row of theirs, if it is one within rounding. */
static int
read_pooled(imr_multistate_difference_t *self, const imr_multistate_rows_t *rows,
    const imr_multistate_options_t *options, imr_stop_t *stop, imr_fault_t *fault)
{
    imr_multistate_measure_t *measure = &self->measure;
    imr_multistate_options_t quick = *options;
    size_t until = 0, steps = 0;
    int status, exact;

    quick.variance = IMR_MULTISTATE_GREENWOOD;
    status = imr_multistate(rows, IMR_MULTISTATE_ALL, &quick, &self->pooled, stop, fault);
    if (status == IMR_OK && !isnan(measure->at)) {
        status = imr_multistate_locate(
            &self->pooled.counts, measure->fix_ties, measure->at, 0, &until, &exact, fault);
        if (status != IMR_OK) {
            return imr_fault(fault, status, "at", -1, measure->at);
        }
        measure->at = exact ? self->pooled.counts.time[until - 1] : measure->at;
    }
    if (status != IMR_OK) {
        return status;
    }
    self->walk.tau = isnan(measure->at) ? measure->tau : 0;
    status = imr_multistate_steps_init(&self->steps, &self->pooled.counts, &self->walk);
    if (status != IMR_OK) {
        return imr_fault(fault, status, NULL, -1, NAN);
    }
    while (steps < self->steps.count && self->steps.step[steps].row < until) {
        steps++;
    }
    self->last = isnan(measure->at) ? self->steps.count : steps;
    return IMR_OK;
}

int
imr_multistate_difference_init(imr_multistate_difference_t *self, const imr_multistate_rows_t *rows,
    size_t groups, const imr_multistate_measure_t *measure, const imr_multistate_options_t *options,
    imr_stop_t *stop, imr_fault_t *fault)
{
    int status;

    memset(self, 0, sizeof(*self));
    self->measure = *measure;
    if (groups != 2) {
        return imr_fault(fault, IMR_ERR_TWO_GROUPS, "group", -1, NAN);
    }
    status = read_pooled(self, rows, options, stop, fault);
    for (size_t g = 0; g < 2 && status == IMR_OK; g++) {
        status = read_group(self, rows, g, options, stop, fault);
    }
    if (status == IMR_OK) {
        compare(self);
        status = deal_cards(self, rows);
        if (status != IMR_OK) {
            imr_fault(fault, status, NULL, -1, NAN);
        }
    }
    if (status != IMR_OK) {
        imr_multistate_difference_free(self);
    }
    return status;
}

void
imr_multistate_difference_free(imr_multistate_difference_t *self)
{
    imr_free(self->block);
    imr_multistate_steps_free(&self->steps);
    imr_multistate_free(&self->pooled);
    memset(self, 0, sizeof(*self));
}

/* The counts of group g in a deal; *first is the step of its first move. */
static void
count_group(imr_multistate_difference_t *self, const uint32_t *label, uint32_t g, size_t *first)
{
    const imr_multistate_steps_t *steps = &self->steps;
    size_t states = self->pooled.counts.states;

    memset(self->change, 0, (steps->count + 1) * states * sizeof(int64_t));
    memset(self->moves, 0, steps->step[steps->count].begin * sizeof(int64_t));
    *first = steps->count;
    for (size_t q = 0; q < self->pooled.counts.spans; q++) {
        const imr_multistate_card_t *card = &self->card[q];

        if (label[card->patient] != g) {
            continue;
        }
        self->change[card->begin * states + (size_t) card->state]++;
        self->change[card->end * states + (size_t) card->state]--;
        if (card->move != UINT32_MAX) {
            self->moves[card->move]++;
            *first = card->end - 1 < *first ? card->end - 1 : *first;
        }
    }
}

/* Shares of the initial states of those of the group who come at or before its first move. */
static void
start_group(const imr_multistate_difference_t *self, const uint32_t *label, uint32_t g,
    size_t first, double *p)
{
    double counted = 0;

    for (size_t s = 0; s < self->pooled.counts.states; s++) {
        p[s] = 0;
    }
    for (size_t q = 0; q < self->pooled.counts.spans; q++) {
        const imr_multistate_card_t *card = &self->card[q];

        if (card->first && card->begin <= first && label[card->patient] == g) {
            p[card->state]++;
            counted++;
        }
    }
    for (size_t s = 0; s < self->pooled.counts.states; s++) {
        p[s] /= counted;
    }
}

static double
value_of(imr_multistate_difference_t *self, const uint32_t *label, uint32_t g)
{
    const imr_multistate_steps_t *steps = &self->steps;
    size_t states = self->pooled.counts.states, first;
    int64_t at_risk[MOST] = { 0 };
    double p[MOST], time;

    count_group(self, label, g, &first);
    start_group(self, label, g, first, p);
    time = steps->lead * p[self->measure.state];
    for (size_t k = 0; k < self->last; k++) {
        double moved[MOST] = { 0 };

        for (size_t s = 0; s < states; s++) {
            at_risk[s] += self->change[k * states + s];
        }
        for (size_t m = steps->step[k].begin; m < steps->step[k + 1].begin; m++) {
            size_t from = (size_t) steps->move[m].from;

            if (self->moves[m] > 0) {
                double part = p[from] * ((double) self->moves[m] / (double) at_risk[from]);

                moved[steps->move[m].to] += part;
                moved[from] -= part;
            }
        }
        for (size_t s = 0; s < states; s++) {
            p[s] += moved[s];
        }
        time += steps->step[k].width * p[self->measure.state];
    }
    return isnan(self->measure.at) ? time : p[self->measure.state];
}

double
imr_multistate_difference_of(imr_multistate_difference_t *self, const uint32_t *label)
{
    double first = value_of(self, label, 0);

    return value_of(self, label, 1) - first;
}

static int
is_extreme(imr_multistate_difference_t *self, const uint32_t *label)
{
    double scale = isnan(self->measure.at) ? self->measure.tau : 1;

    return fabs(imr_multistate_difference_of(self, label))
        >= fabs(self->difference) - ROUNDING * scale;
}

double
imr_multistate_difference_deals(const imr_multistate_difference_t *self)
{
    double deals = 1;

    for (int64_t k = 1; k <= self->patients[1] && deals < 1e15; k++) {
        deals = deals * (double) (self->patients[0] + k) / (double) k;
    }
    return round(deals);
}

/* The next choice of those in the second group, in the order of the patients' numbers; 0: there is none.
 * The last of them that can move on does, and those after it follow it closely. */
static int
next_deal(uint32_t *label, size_t n)
{
    size_t after = 0, i = n;

    while (i > 0 && label[i - 1] == 1) {
        label[--i] = 0;
        after++;
    }
    while (i > 0 && label[i - 1] == 0) {
        i--;
    }
    if (i == 0) {
        return 0;
    }
    label[i - 1] = 0;
    for (size_t k = 0; k <= after; k++) {
        label[i + k] = 1;
    }
    return 1;
}

int
imr_multistate_difference_exact(
    imr_multistate_difference_t *self, double *pvalue, imr_stop_t *stop, imr_fault_t *fault)
{
    size_t n = (size_t) (self->patients[0] + self->patients[1]);
    double work = 4 * (double) (self->pooled.counts.spans + self->steps.count), deals = 0, hits = 0;

    if (imr_multistate_difference_deals(self) > IMR_MULTISTATE_MOST_DEALS) {
        return imr_fault(fault, IMR_ERR_EXACT_PATIENTS, "patient", -1, NAN);
    }
    for (size_t i = 0; i < n; i++) {
        self->dealt[i] = i < (size_t) self->patients[1];
    }
    do {
        deals++;
        hits += is_extreme(self, self->dealt);
        if (imr_stop_asked(stop, work)) {
            return imr_fault(fault, IMR_ERR_STOPPED, NULL, -1, NAN);
        }
    } while (next_deal(self->dealt, n));
    *pvalue = hits / deals;
    return IMR_OK;
}

uint64_t
imr_multistate_difference_random(
    imr_multistate_difference_t *self, const uint64_t key[2], uint32_t begin, uint32_t end)
{
    size_t n = (size_t) (self->patients[0] + self->patients[1]);
    uint64_t hits = 0;

    for (uint32_t i = begin; i < end; i++) {
        imr_rng_t rng;

        imr_rng_init(&rng, key, i);
        memcpy(self->dealt, self->label, n * sizeof(*self->dealt));
        imr_shuffle(&rng, self->dealt, n);
        hits += (uint64_t) is_extreme(self, self->dealt);
    }
    return hits;
}
