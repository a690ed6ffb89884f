#include "survival/logrank_rows.h"

#include "../harness.h"
#include "base/rng.h"

enum { N = 600, GROUPS = 5 };

/* What the tables of a sweep add up to. */
typedef struct {
    size_t tables;
    double at_risk, events, product, all_at_risk, time, last;
    int ascending;
} totals_t;

static void
total(void *context, const imr_logrank_table_t *table)
{
    totals_t *totals = context;
    double n = 0, d = 0;

    for (size_t g = 0; g < GROUPS; g++) {
        totals->at_risk += (double) (g + 1) * table->at_risk[g];
        totals->events += (double) (g + 1) * table->events[g];
        totals->product += table->at_risk[g] * table->events[g];
        n += table->at_risk[g];
        d += table->events[g];
    }
    CHECK(n == table->all_at_risk && d == table->all_events && d > 0 && d <= n);
    totals->ascending += table->time > totals->last;
    totals->last = table->time;
    totals->all_at_risk += n;
    totals->time += table->time;
    totals->tables++;
}

static void
simulate(double *time, uint8_t *event, uint8_t *group, double scale)
{
    const uint64_t key[] = { 7, 11 };
    imr_rng_t rng;

    imr_rng_init(&rng, key, 0);
    for (size_t i = 0; i < N; i++) {
        time[i] = scale * imr_rng_below(&rng, 90);
        event[i] = (uint8_t) imr_rng_below(&rng, 2);
        group[i] = (uint8_t) imr_rng_below(&rng, GROUPS);
    }
}

/* Whole days are counted, seventh parts of days sorted as keys, rows with weights in general: the
 * tables are the same. */
static void
test_three_ways_lead_to_the_same_tables(void)
{
    double time[N], parts[N], weight[N];
    uint8_t event[N], group[N];
    totals_t totals[3] = { { .last = -1 }, { .last = -1 }, { .last = -1 } };
    int64_t patients[3][GROUPS], merged;
    imr_logrank_data_t data = { N, time, event, NULL, NULL, group, GROUPS, NULL, 0 };

    simulate(parts, event, group, 1.0 / 7);
    simulate(time, event, group, 1);
    for (size_t i = 0; i < N; i++) {
        weight[i] = 1;
    }
    CHECK(imr_logrank_sweep(&data, 1, total, &totals[0], patients[0], &merged, NULL) == IMR_OK);
    CHECK(merged == 0 && totals[0].ascending == (int) totals[0].tables && totals[0].tables > 80);
    data.time = parts;
    CHECK(imr_logrank_sweep(&data, 1, total, &totals[1], patients[1], &merged, NULL) == IMR_OK);
    data.weight = weight;
    CHECK(imr_logrank_sweep(&data, 1, total, &totals[2], patients[2], &merged, NULL) == IMR_OK);
    for (int way = 1; way < 3; way++) {
        CHECK(totals[way].tables == totals[0].tables);
        CHECK(totals[way].ascending == totals[0].ascending);
        CHECK(totals[way].at_risk == totals[0].at_risk && totals[way].events == totals[0].events);
        CHECK(totals[way].product == totals[0].product);
        CHECK_NEAR(totals[way].time, totals[0].time / 7, 1e-12);
        CHECK(memcmp(patients[way], patients[0], sizeof(patients[0])) == 0);
    }
}

static void
test_times_without_room_for_groups(void)
{
    /* a range of 2^63 leaves one bit for a payload */
    double time[] = { 5e-324, 1, 1e308, 1e308 };
    uint8_t event[] = { 1, 1, 1, 0 }, group[] = { 0, 1, 0, 4 };
    totals_t totals = { .last = -1 };
    int64_t patients[GROUPS], merged;
    uint64_t buffer[8];
    int swept;
    imr_logrank_data_t data = { 4, time, event, NULL, NULL, group, GROUPS, NULL, 0 };

    CHECK(imr_logrank_sweep_keys(&data, 0, buffer, total, &totals, patients, &merged, &swept, NULL)
            == IMR_OK
        && !swept && totals.tables == 0);
    CHECK(imr_logrank_sweep(&data, 0, total, &totals, patients, &merged, NULL) == IMR_OK);
    CHECK(totals.tables == 3 && patients[0] == 2 && patients[4] == 1);
}

static void
test_ties_by_rounding(void)
{
    double time[] = { 0.1 + 0.2, 0.3, 1 };
    uint8_t event[] = { 1, 1, 0 }, group[] = { 0, 1, 1 };
    imr_logrank_data_t data = { 3, time, event, NULL, NULL, group, GROUPS, NULL, 0 };

    for (int fix_ties = 0; fix_ties < 2; fix_ties++) {
        totals_t totals = { .last = -1 };
        int64_t patients[GROUPS], merged;

        CHECK(
            imr_logrank_sweep(&data, fix_ties, total, &totals, patients, &merged, NULL) == IMR_OK);
        CHECK(merged == fix_ties && totals.tables == (size_t) (2 - fix_ties));
    }
}

static void
test_entry_is_open_and_strata_are_apart(void)
{
    /* the third enters at 2, and is not at risk at 2; the fourth is in a stratum of its own */
    double time[] = { 2, 3, 4, 2 }, entry[] = { 0, 0, 2, 0 };
    uint8_t event[] = { 1, 1, 1, 1 }, group[] = { 0, 1, 2, 3 };
    int64_t stratum[] = { 1, 1, 1, 0 }, patients[GROUPS], merged;
    totals_t totals = { .last = -1 };
    imr_logrank_data_t data = { 4, time, event, entry, NULL, group, GROUPS, stratum, 2 };

    CHECK(imr_logrank_sweep(&data, 1, total, &totals, patients, &merged, NULL) == IMR_OK);
    CHECK(totals.tables == 4 && totals.all_at_risk == 1 + 2 + 2 + 1);
}

static int
status_of(const imr_logrank_data_t *data, const char *argument, int64_t row)
{
    totals_t totals = { 0 };
    int64_t patients[IMR_LOGRANK_MOST_GROUPS], merged;
    imr_fault_t fault = { 0 };
    int status = imr_logrank_sweep(data, 1, total, &totals, patients, &merged, &fault);

    CHECK(status == fault.status && fault.row == row);
    CHECK(fault.argument != NULL && strcmp(fault.argument, argument) == 0);
    CHECK(totals.tables == 0);
    return status;
}

static void
test_bad_rows_are_named(void)
{
    double time[N], entry[N] = { 0 }, weight[N];
    uint8_t event[N], group[N];
    int64_t stratum[N] = { 0 };
    imr_logrank_data_t data = { N, time, event, NULL, NULL, group, GROUPS, NULL, 0 };

    simulate(time, event, group, 1);
    for (size_t i = 0; i < N; i++) {
        time[i] += 1;
        weight[i] = 2;
    }
    for (int way = 0; way < 3; way++) { /* days, keys, rows */
        event[7] = 2;
        CHECK(status_of(&data, "event", 7) == IMR_ERR_EVENT);
        event[7] = 1;
        group[9] = GROUPS;
        CHECK(status_of(&data, "group", 9) == IMR_ERR_CODE);
        group[9] = 0;
        time[5] = -1;
        CHECK(status_of(&data, "time", 5) == IMR_ERR_NEGATIVE);
        time[5] = INFINITY;
        CHECK(status_of(&data, "time", 5) == IMR_ERR_NONFINITE);
        time[5] = 3;
        time[0] = way == 0 ? 0.5 : time[0];
        data.weight = way == 1 ? weight : NULL;
    }
    data.weight = weight;
    weight[3] = 1.5;
    CHECK(status_of(&data, "case_weights", 3) == IMR_ERR_FREQUENCY);
    weight[3] = -1;
    CHECK(status_of(&data, "case_weights", 3) == IMR_ERR_NEGATIVE);
    weight[3] = NAN;
    CHECK(status_of(&data, "case_weights", 3) == IMR_ERR_NONFINITE);
    weight[3] = 0x1p54;
    CHECK(status_of(&data, "case_weights", 3) == IMR_ERR_COUNT);
    memset(weight, 0, sizeof(weight));
    CHECK(status_of(&data, "case_weights", -1) == IMR_ERR_NO_WEIGHT);
    data.weight = NULL;
    data.entry = entry;
    entry[4] = time[4];
    CHECK(status_of(&data, "entry", 4) == IMR_ERR_INTERVAL);
    entry[4] = -2;
    CHECK(status_of(&data, "entry", 4) == IMR_ERR_NEGATIVE);
    entry[4] = time[4] * (1 - 1e-12);
    CHECK(status_of(&data, "entry", 4) == IMR_ERR_INTERVAL_TIED);
    entry[4] = 0;
    data.stratum = stratum;
    data.strata = 1;
    stratum[6] = 1;
    CHECK(status_of(&data, "strata", 6) == IMR_ERR_CODE);
}

static void
test_without_fixing_ties_an_empty_interval_is_named(void)
{
    double time[] = { 2, 3 }, entry[] = { 0, 3 };
    uint8_t event[] = { 1, 1 }, group[] = { 0, 1 };
    imr_logrank_data_t data = { 2, time, event, entry, NULL, group, GROUPS, NULL, 0 };
    totals_t totals = { 0 };
    int64_t patients[GROUPS], merged;
    imr_fault_t fault;

    CHECK(
        imr_logrank_sweep(&data, 0, total, &totals, patients, &merged, &fault) == IMR_ERR_INTERVAL);
    CHECK(fault.row == 1 && strcmp(fault.argument, "entry") == 0);
}

static void
test_failing_allocations(void)
{
    double time[N], entry[N] = { 0 }, weight[N];
    uint8_t event[N], group[N];
    totals_t totals = { 0 };
    int64_t patients[GROUPS], merged;
    imr_logrank_data_t data = { N, time, event, NULL, NULL, group, GROUPS, NULL, 0 };

    simulate(time, event, group, 1);
    for (size_t i = 0; i < N; i++) {
        time[i] += 1;
        weight[i] = 1;
    }
    FAIL_EACH_ALLOCATION(imr_logrank_sweep(&data, 1, total, &totals, patients, &merged, NULL),
        IMR_ERR_NOMEM, (void) 0);
    time[0] = 0.5;
    FAIL_EACH_ALLOCATION(imr_logrank_sweep(&data, 1, total, &totals, patients, &merged, NULL),
        IMR_ERR_NOMEM, (void) 0);
    data.entry = entry;
    data.weight = weight;
    FAIL_EACH_ALLOCATION(imr_logrank_sweep(&data, 1, total, &totals, patients, &merged, NULL),
        IMR_ERR_NOMEM, (void) 0);
}

HARNESS_MAIN({
    RUN(test_three_ways_lead_to_the_same_tables);
    RUN(test_times_without_room_for_groups);
    RUN(test_ties_by_rounding);
    RUN(test_entry_is_open_and_strata_are_apart);
    RUN(test_bad_rows_are_named);
    RUN(test_without_fixing_ties_an_empty_interval_is_named);
    RUN(test_failing_allocations);
})
