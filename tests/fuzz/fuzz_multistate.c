/* libFuzzer: any rows are refused with a status that names an argument, or give shares that add up to 1, with
 * limits round them, counts that add up, and the same whatever the order of the rows; times in the states that
 * add up to the horizon; probabilities of transitions that do; and a test of two groups that finds them among
 * the deals. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "survival/multistate.h"
#include "survival/multistate_difference.h"
#include "survival/multistate_summary.h"

#define REQUIRE(condition)                                                                         \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            abort();                                                                               \
        }                                                                                          \
    } while (0)
#define MOST 24
#define STATES 4

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static double
time_of(uint8_t byte)
{
    static const double ODD[] = { NAN, -1, INFINITY, 1e-300, 1e300, 0.1 + 0.2, 0.3 };

    return byte >= 249 ? ODD[byte - 249] : byte % 32 / 2.0;
}

static int
near(double a, double b)
{
    return fabs(a - b) <= 1e-9 * (1 + fabs(b));
}

static void
check_values(const imr_multistate_values_t *values, size_t states, size_t step, double total)
{
    double sum = 0;

    for (size_t s = 0; s < states; s++) {
        double p = values->estimate[s * step];

        if (isnan(p)) {
            return;
        }
        sum += p;
        REQUIRE(p >= 0 && values->std_error[s * step] >= 0);
        REQUIRE(values->low[s * step] >= 0 && values->low[s * step] <= p * (1 + 1e-9));
        REQUIRE(values->high[s * step] >= p * (1 - 1e-9));
        REQUIRE(values->high[s * step] <= total * (1 + 1e-9));
    }
    REQUIRE(near(sum, total));
}

/* What is read off the fit. */
static void
check_summary(const imr_multistate_t *fit, const uint8_t *closed,
    const imr_multistate_options_t *options, const uint8_t *bytes)
{
    size_t states = fit->counts.states;
    double columns[4][STATES * 2], times[] = { time_of(bytes[0]), time_of(bytes[1]) };
    int64_t at_risk[STATES * 2];
    imr_multistate_values_t values = { columns[0], columns[1], columns[2], columns[3], at_risk };
    imr_fault_t fault = { 0 };
    int status = imr_multistate_at(fit, closed, options, 1, times, 2, &values, &fault);

    if (status == IMR_OK) {
        check_values(&values, states, 2, 1);
    } else {
        REQUIRE(strcmp(fault.argument, "times") == 0);
    }
    status = imr_multistate_time(fit, closed, options, times[0], &values, NULL, &fault);
    if (status == IMR_OK) {
        check_values(&values, states, 1, times[0]);
    } else {
        REQUIRE(status == IMR_ERR_TAU || status == IMR_ERR_NOT_POSITIVE);
    }
    status = imr_multistate_transition(fit, closed, options, bytes[2] & 1, bytes[2] / 2 % states,
        times[0], times + 1, 1, &values, NULL, &fault);
    if (status == IMR_OK) {
        check_values(&values, states, 1, 1);
    } else {
        REQUIRE(status == IMR_ERR_MULTISTATE_BACKWARDS || status == IMR_ERR_NEGATIVE
            || status == IMR_ERR_NONFINITE);
    }
}

static void
check_fit(const imr_multistate_t *fit)
{
    const imr_multistate_counts_t *counts = &fit->counts;
    size_t n = counts->n;

    REQUIRE(n > 0 && imr_multistate_counts_fit(counts) && fit->patients > 0);
    for (size_t j = 0; j < n; j++) {
        double sum = 0;
        int64_t there = 0;

        REQUIRE(j == 0 || counts->time[j - 1] < counts->time[j]);
        for (size_t s = 0; s < counts->states; s++) {
            size_t k = s * n + j;

            sum += fit->estimate[k];
            there += counts->at_risk[k];
            REQUIRE(counts->at_risk[k] >= 0 && fit->censored[k] >= 0);
            REQUIRE(fit->estimate[k] >= 0 && fit->estimate[k] <= 1 && fit->std_error[k] >= 0);
            REQUIRE(fit->low[k] >= 0 && fit->low[k] <= fit->estimate[k] && fit->high[k] <= 1);
            REQUIRE(fit->high[k] >= fit->estimate[k]);
        }
        REQUIRE(near(sum, 1));
        REQUIRE(there > 0 && there <= fit->patients && fit->known[j] >= there);
        for (size_t k = 0; k < counts->transitions; k++) {
            REQUIRE(counts->events[k * n + j] >= 0);
            REQUIRE(counts->events[k * n + j] <= counts->at_risk[(size_t) counts->from[k] * n + j]);
        }
    }
}

/* The groups as they are, and any deal of few. */
static void
check_difference(const imr_multistate_rows_t *rows, size_t groups,
    const imr_multistate_options_t *options, const uint8_t *bytes)
{
    double when = time_of(bytes[0]), pvalue;
    imr_multistate_measure_t measure = { bytes[1] % STATES, bytes[2] & 1 ? when : NAN, when, 1 };
    imr_multistate_difference_t self;
    imr_fault_t fault;
    int status;

    status = imr_multistate_difference_init(&self, rows, groups, &measure, options, NULL, &fault);
    if (status != IMR_OK) {
        REQUIRE(status == IMR_ERR_TWO_GROUPS || status == IMR_ERR_NO_PATIENT
            || status == IMR_ERR_TAU || status == IMR_ERR_NOT_POSITIVE || status == IMR_ERR_NEGATIVE
            || status == IMR_ERR_NONFINITE);
        return;
    }
    REQUIRE(near(imr_multistate_difference_of(&self, self.label), self.difference));
    REQUIRE(self.difference_low <= self.difference && self.difference <= self.difference_high);
    REQUIRE(imr_multistate_difference_exact(&self, &pvalue, NULL, NULL) == IMR_OK);
    REQUIRE(pvalue > 0 && pvalue <= 1);
    imr_multistate_difference_free(&self);
}

/* The rows from the last to the first have the same shares. */
static void
turned(const imr_multistate_data_t *data, const imr_multistate_rows_t *rows,
    const imr_multistate_options_t *options)
{
    int64_t patient[MOST], event[MOST], initial[MOST], group[MOST];
    double time[MOST], entry[MOST];
    imr_multistate_data_t other = *data;
    imr_multistate_rows_t other_rows;

    for (size_t i = 0; i < data->n; i++) {
        size_t k = data->n - 1 - i;

        patient[i] = data->patient[k];
        event[i] = data->event[k];
        initial[i] = data->initial[k];
        group[i] = data->group[k];
        time[i] = data->time[k];
        entry[i] = data->entry == NULL ? 0 : data->entry[k];
    }
    other.patient = patient;
    other.event = event;
    other.initial = initial;
    other.group = group;
    other.time = time;
    other.entry = data->entry == NULL ? NULL : entry;
    REQUIRE(imr_multistate_rows(&other, &other_rows, NULL) == IMR_OK);
    REQUIRE(other_rows.spans == rows->spans);
    for (size_t g = 0; g < data->groups; g++) {
        imr_multistate_t a, b;

        if (imr_multistate(rows, g, options, &a, NULL, NULL) != IMR_OK) {
            continue;
        }
        REQUIRE(imr_multistate(&other_rows, g, options, &b, NULL, NULL) == IMR_OK);
        REQUIRE(a.counts.n == b.counts.n);
        REQUIRE(memcmp(a.estimate, b.estimate, a.counts.n * STATES * sizeof(double)) == 0);
        imr_multistate_free(&a);
        imr_multistate_free(&b);
    }
    imr_multistate_rows_free(&other_rows);
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    int64_t patient[MOST], event[MOST], initial[MOST], group[MOST];
    double time[MOST], entry[MOST];
    uint8_t allowed[STATES * STATES], absorbing[STATES];
    imr_multistate_data_t data = { .patient = patient, .time = time, .event = event };
    imr_multistate_options_t options;
    imr_multistate_rows_t rows;
    imr_fault_t fault;

    if (size < 6) {
        return 0;
    }
    data.n = (size - 6) / 3 < MOST ? (size - 6) / 3 : MOST;
    data.group = group;
    data.groups = 1 + bytes[0] % 2;
    data.fix_ties = bytes[0] >> 2 & 1;
    data.entry = bytes[0] & 8 ? entry : NULL;
    data.initial = initial;
    data.states = STATES;
    for (size_t k = 0; k < STATES * STATES; k++) {
        allowed[k] = (bytes[1 + k / 8] >> k % 8 & 1) || k % 3 == 1;
    }
    for (size_t s = 0; s < STATES; s++) {
        absorbing[s] = s == 3;
        allowed[s * STATES + s] = 0;
    }
    data.allowed = bytes[0] & 16 ? allowed : NULL;
    data.absorbing = bytes[0] & 32 ? absorbing : NULL;
    options = (imr_multistate_options_t) { (imr_multistate_variance_t) (bytes[3] % 2),
        (imr_multistate_interval_t) (bytes[3] / 2 % 4), 0.9 };
    for (size_t i = 0; i < data.n; i++) {
        const uint8_t *row = bytes + 6 + 3 * i;

        patient[i] = row[0] % 8;
        event[i] = row[0] / 8 % 6 - (row[0] >= 240);
        initial[i] = 1 + patient[i] % STATES;
        group[i] = patient[i] % (int64_t) data.groups;
        time[i] = time_of(row[1]);
        /* as a rule a row goes on where the one before it ended, so that some histories are whole */
        entry[i] =
            row[2] < 128 && i > 0 && patient[i] == patient[i - 1] ? time[i - 1] : time_of(row[2]);
    }
    if (imr_multistate_rows(&data, &rows, &fault) != IMR_OK) {
        REQUIRE(fault.argument != NULL && rows.block == NULL);
        REQUIRE(rows.other_row < (int64_t) data.n && rows.from < STATES);
        return 0;
    }
    for (size_t g = 0; g < data.groups; g++) {
        imr_multistate_t fit;

        if (imr_multistate(&rows, g, &options, &fit, NULL, &fault) != IMR_OK) {
            REQUIRE(fault.status == IMR_ERR_NO_PATIENT);
            continue;
        }
        check_fit(&fit);
        check_summary(&fit, rows.closed, &options, bytes + 3);
        imr_multistate_free(&fit);
    }
    check_difference(&rows, data.groups, &options, bytes + 3);
    turned(&data, &rows, &options);
    imr_multistate_rows_free(&rows);
    return 0;
}
