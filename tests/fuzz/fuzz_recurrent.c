/* libFuzzer: any rows are refused with a status that names an argument, or give a mean that never falls, at
 * most the events, with limits round it, counts that add up, and the same whatever the order of the rows; a test with
 * scores that sum to 0; and intervals for a regression with each event once, those of one stratum apart. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "survival/recurrent.h"
#include "survival/recurrent_cox.h"
#include "survival/recurrent_test.h"

#define REQUIRE(condition)                                                                         \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            abort();                                                                               \
        }                                                                                          \
    } while (0)
#define MOST 24

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static double
time_of(uint8_t byte)
{
    static const double ODD[] = { NAN, -1, INFINITY, 1e-300, 1e300, 0.1 + 0.2, 0.3 };

    return byte >= 249 ? ODD[byte - 249] : byte % 32 / 2.0;
}

static void
check_curve(const imr_recurrent_rows_t *rows, size_t group, const imr_recurrent_options_t *options)
{
    imr_recurrent_t curve;
    imr_fault_t fault;
    int status = imr_recurrent(rows, group, options, &curve, &fault);
    int64_t events = 0;
    double before = 0;

    if (status != IMR_OK) {
        REQUIRE(status == IMR_ERR_NO_PATIENT || status == IMR_ERR_RECURRENT_VARIANCE);
        return;
    }
    REQUIRE(curve.n > 0);
    for (size_t j = 0; j < curve.n; j++) {
        REQUIRE(j == 0 || curve.time[j - 1] < curve.time[j]);
        REQUIRE(curve.at_risk[j] > 0 && curve.terminal[j] + curve.censored[j] <= curve.at_risk[j]);
        REQUIRE(curve.events[j] + curve.terminal[j] + curve.censored[j] > 0);
        REQUIRE(curve.survival[j] >= 0 && curve.survival[j] <= 1);
        events += curve.events[j];
        REQUIRE(curve.estimate[j] >= before && curve.estimate[j] <= (double) events * (1 + 1e-12));
        before = curve.estimate[j];
        if (!isnan(curve.std_error[j])) {
            REQUIRE(curve.std_error[j] >= 0);
            REQUIRE(curve.low[j] >= 0 && curve.low[j] <= curve.estimate[j]);
            REQUIRE(curve.high[j] >= curve.estimate[j]);
        } else {
            REQUIRE(options->variance != IMR_RECURRENT_POISSON && events > 0);
        }
    }
    imr_recurrent_free(&curve);
}

/* The rows from the last to the first have the same curve. */
static void
turned(const imr_recurrent_data_t *data, const imr_recurrent_rows_t *rows)
{
    const imr_recurrent_options_t options = { IMR_RECURRENT_ROBUST, IMR_RECURRENT_LOG, 0.9 };
    int64_t patient[MOST], event[MOST], group[MOST];
    double time[MOST], entry[MOST];
    imr_recurrent_data_t other = *data;
    imr_recurrent_rows_t other_rows;

    for (size_t i = 0; i < data->n; i++) {
        size_t k = data->n - 1 - i;

        patient[i] = data->patient[k];
        event[i] = data->event[k];
        group[i] = data->group[k];
        time[i] = data->time[k];
        entry[i] = data->entry == NULL ? 0 : data->entry[k];
    }
    other.patient = patient;
    other.event = event;
    other.group = group;
    other.time = time;
    other.entry = data->entry == NULL ? NULL : entry;
    REQUIRE(imr_recurrent_rows(&other, &other_rows, NULL) == IMR_OK);
    REQUIRE(other_rows.events == rows->events && other_rows.spans == rows->spans);
    for (size_t g = 0; g < data->groups; g++) {
        imr_recurrent_t a, b;

        if (imr_recurrent(rows, g, &options, &a, NULL) != IMR_OK) {
            continue;
        }
        REQUIRE(imr_recurrent(&other_rows, g, &options, &b, NULL) == IMR_OK);
        REQUIRE(a.n == b.n && memcmp(a.estimate, b.estimate, a.n * sizeof(double)) == 0);
        imr_recurrent_free(&a);
        imr_recurrent_free(&b);
    }
    imr_recurrent_rows_free(&other_rows);
}

static void
check_layout(
    const imr_recurrent_data_t *data, imr_recurrent_rows_t *rows, imr_recurrent_model_t model)
{
    double covariate[MOST] = { 0 };
    imr_recurrent_layout_t layout;
    imr_fault_t fault;
    size_t events = 0;

    if (imr_recurrent_layout(data, rows, covariate, 1, model, &layout, &fault) != IMR_OK) {
        REQUIRE(
            fault.status == IMR_ERR_RECURRENT_SAME_TIME || fault.status == IMR_ERR_RECURRENT_GAP);
        return;
    }
    for (size_t k = 0; k < layout.n; k++) {
        REQUIRE(layout.entry[k] >= 0 && layout.entry[k] < layout.time[k]);
        REQUIRE(layout.stratum[k] >= 1 && layout.source[k] < (int64_t) data->n);
        events += layout.event[k];
    }
    REQUIRE(events == rows->events);
    imr_recurrent_layout_free(&layout);
}

/* Sorted rows are those that were counted, or sorted in the first place; and are laid out. */
static void
sorted(
    const imr_recurrent_data_t *data, const imr_recurrent_rows_t *rows, imr_recurrent_model_t model)
{
    imr_recurrent_rows_t other;

    REQUIRE(imr_recurrent_rows_ordered(data, &other, NULL) == IMR_OK);
    REQUIRE(other.patients == rows->patients && other.terminals == rows->terminals);
    REQUIRE(other.spans == rows->spans && other.events == rows->events);
    for (size_t k = 0; k < rows->spans; k++) {
        REQUIRE(other.stop[k] == rows->stop[k] && other.patient[k] == rows->patient[k]);
        REQUIRE(other.terminal[k] == rows->terminal[k]);
    }
    for (size_t k = 0; k < rows->events; k++) {
        REQUIRE(other.event_time[k] == rows->event_time[k]);
        REQUIRE(other.event_patient[k] == rows->event_patient[k]);
    }
    REQUIRE(memcmp(other.group, rows->group, rows->patients * sizeof(*rows->group)) == 0);
    check_layout(data, &other, model);
    imr_recurrent_rows_free(&other);
}

static void
check_test(const imr_recurrent_rows_t *rows, imr_recurrent_weight_t weight)
{
    imr_recurrent_test_t test;
    imr_logrank_scores_t scores;
    double sum = 0, pvalue;

    if (imr_recurrent_test(rows, weight, &test, NULL) != IMR_OK) {
        return;
    }
    REQUIRE(isfinite(test.excess) && test.variance >= 0);
    for (size_t i = 0; i < test.patients; i++) {
        REQUIRE(fabs(test.score[i]) <= test.size);
        sum += test.score[i];
    }
    REQUIRE(fabs(sum) <= 1e-9 * (1 + test.size));
    REQUIRE(
        isnan(test.z) || imr_recurrent_test_pvalue(&test, IMR_TWO_SIDED, &pvalue, NULL) == IMR_OK);
    REQUIRE(isnan(test.z) || (pvalue >= 0 && pvalue <= 1));
    REQUIRE(imr_recurrent_test_deal(&test, rows, &scores, NULL) == IMR_OK);
    imr_logrank_scores_free(&scores);
    imr_recurrent_test_free(&test);
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    int64_t patient[MOST], event[MOST], group[MOST];
    double time[MOST], entry[MOST];
    imr_recurrent_data_t data = { .patient = patient, .time = time, .event = event };
    imr_recurrent_rows_t rows;
    imr_fault_t fault;

    if (size < 3) {
        return 0;
    }
    data.n = (size - 3) / 3 < MOST ? (size - 3) / 3 : MOST;
    data.group = group;
    data.groups = 1 + bytes[0] % 2;
    data.fix_ties = bytes[0] >> 2 & 1;
    data.entry = bytes[0] & 8 ? entry : NULL;
    data.window = bytes[0] & 16 ? bytes[1] / 16.0 : NAN;
    for (size_t i = 0; i < data.n; i++) {
        const uint8_t *row = bytes + 3 + 3 * i;

        patient[i] = row[0] % 8;
        event[i] = row[0] / 8 % 4 - (row[0] >= 248);
        group[i] = patient[i] % (int64_t) data.groups;
        time[i] = bytes[0] & 32 ? row[1] % 16 : time_of(row[1]); /* whole days are counted */
        entry[i] = time_of(row[2]);
    }
    if (imr_recurrent_rows(&data, &rows, &fault) != IMR_OK) {
        REQUIRE(fault.argument != NULL && rows.block == NULL);
        REQUIRE(rows.other_row < (int64_t) data.n);
        return 0;
    }
    for (size_t g = 0; g < data.groups; g++) {
        const imr_recurrent_options_t options = { (imr_recurrent_variance_t) (bytes[2] % 3),
            (imr_recurrent_interval_t) (bytes[2] / 3 % 2), 0.95 };

        check_curve(&rows, g, &options);
    }
    turned(&data, &rows);
    sorted(&data, &rows, (imr_recurrent_model_t) (bytes[2] / 16 % 5));
    check_test(&rows, (imr_recurrent_weight_t) (bytes[2] / 8 % 2));
    imr_recurrent_rows_free(&rows);
    return 0;
}
