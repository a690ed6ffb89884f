#include "survival/recurrent_days.h"

#include "../harness.h"

enum { MOST_PATIENTS = 12, MOST_ROWS = 80 };

typedef struct {
    size_t n;
    int64_t patient[MOST_ROWS], event[MOST_ROWS], group[MOST_ROWS];
    double time[MOST_ROWS];
} table_t;

static imr_recurrent_data_t
data_of(const table_t *table)
{
    imr_recurrent_data_t data = { .n = table->n, .patient = table->patient, .time = table->time };

    data.event = table->event;
    data.group = table->group;
    data.groups = 3;
    data.window = NAN;
    data.fix_ties = 1;
    return data;
}

static int64_t
below(uint64_t *state, int64_t bound)
{
    *state = *state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (int64_t) (*state >> 33) % bound;
}

static void
add_row(table_t *table, int64_t patient, int64_t day, int64_t event, int64_t group)
{
    table->patient[table->n] = patient;
    table->time[table->n] = (double) day;
    table->event[table->n] = event;
    table->group[table->n] = group;
    table->n++;
}

/* Patients from `least` on, some numbers left out, with up to 5 events, in blocks. */
static void
make_blocks(table_t *table, uint64_t *state, int64_t least, int terminal)
{
    int64_t number = least;

    table->n = 0;
    for (int64_t i = 1 + below(state, MOST_PATIENTS); i > 0; i--) {
        int64_t events = below(state, 6), end = below(state, 12), group = below(state, 3);

        number += 1 + below(state, 2);
        add_row(table, number, end, terminal && below(state, 2) ? 2 : 0, group);
        for (; events > 0; events--) {
            add_row(table, number, below(state, end + 1), 1, group);
        }
    }
}

static void
shuffle(table_t *table, uint64_t *state)
{
    for (size_t i = table->n - 1; i > 0; i--) {
        size_t j = (size_t) below(state, (int64_t) i + 1);
        table_t old = *table;

        table->patient[i] = old.patient[j];
        table->patient[j] = old.patient[i];
        table->event[i] = old.event[j];
        table->event[j] = old.event[i];
        table->group[i] = old.group[j];
        table->group[j] = old.group[i];
        table->time[i] = old.time[j];
        table->time[j] = old.time[i];
    }
}

/* What is counted is what is sorted. 1 if it could be counted. */
static int
is_as_sorted(const imr_recurrent_data_t *data)
{
    imr_recurrent_rows_t rows, sorted;
    int counted;

    CHECK(imr_recurrent_days(data, &rows, &counted, NULL) == IMR_OK);
    if (!counted) {
        CHECK(rows.block == NULL && rows.events == 0);
        return 0;
    }
    CHECK(imr_recurrent_rows_ordered(data, &sorted, NULL) == IMR_OK);
    CHECK(rows.patients == sorted.patients && rows.spans == sorted.spans);
    CHECK(rows.events == sorted.events && rows.terminals == sorted.terminals);
    CHECK(rows.joined == 0 && rows.merged == 0 && rows.other_row == -1);
    CHECK(rows.start == NULL && rows.by_start == NULL && rows.order == NULL);
    for (size_t i = 0; i < rows.patients; i++) {
        CHECK(rows.group[i] == sorted.group[i] && rows.patient[i] == sorted.patient[i]);
        CHECK(rows.stop[i] == sorted.stop[i] && rows.terminal[i] == sorted.terminal[i]);
    }
    for (size_t k = 0; k < rows.events; k++) {
        CHECK(rows.event_time[k] == sorted.event_time[k]);
        CHECK(rows.event_patient[k] == sorted.event_patient[k]);
    }
    imr_recurrent_rows_free(&rows);
    imr_recurrent_rows_free(&sorted);
    return 1;
}

static void
test_counted_as_sorted(void)
{
    static const int64_t LEAST[] = { 0, -7, -(INT64_C(1) << 61), INT64_MAX - 24 };
    uint64_t state = 1;
    int counted = 0;

    for (int round = 0; round < 400; round++) {
        table_t table;
        imr_recurrent_data_t data;

        make_blocks(&table, &state, LEAST[round % 4], round % 3 == 0);
        if (round % 2 == 0) {
            shuffle(&table, &state);
        }
        data = data_of(&table);
        data.group = round % 5 == 0 ? NULL : data.group;
        counted += is_as_sorted(&data);
    }
    CHECK(counted > 300);
}

/* Days 3 and 1 of patient 5, on day 4 the end, and a death on day 2. */
static const table_t FEW = { .n = 5,
    .patient = { 5, 5, 5, 8, 8 },
    .event = { 1, 0, 1, 2, 1 },
    .group = { 2, 2, 2, 0, 0 },
    .time = { 3, 4, 1, 2, 2 } };

static void
test_by_hand(void)
{
    imr_recurrent_data_t data = data_of(&FEW);
    imr_recurrent_rows_t rows;
    int counted;

    CHECK(imr_recurrent_days(&data, &rows, &counted, NULL) == IMR_OK && counted);
    CHECK(rows.patients == 2 && rows.events == 3 && rows.terminals == 1);
    CHECK(rows.group[0] == 2 && rows.group[1] == 0);
    CHECK(rows.event_time[0] == 1 && rows.event_time[1] == 2 && rows.event_time[2] == 3);
    CHECK(rows.event_patient[0] == 0 && rows.event_patient[1] == 1 && rows.event_patient[2] == 0);
    CHECK(rows.stop[0] == 2 && rows.patient[0] == 1 && rows.terminal[0] == 1);
    CHECK(rows.stop[1] == 4 && rows.patient[1] == 0 && rows.terminal[1] == 0);
    imr_recurrent_rows_free(&rows);
}

/* Left to be sorted, or refused with row and reason, by imr_recurrent_rows. */
static void
test_what_is_left(void)
{
    static const double ENTRY[5] = { 0 };
    table_t table = FEW;
    imr_recurrent_data_t data = data_of(&table);

    CHECK(is_as_sorted(&data));
    data.entry = ENTRY;
    CHECK(!is_as_sorted(&data));
    data.entry = NULL;
    data.window = 2;
    CHECK(!is_as_sorted(&data));
    data.window = NAN;
    data.groups = 2;
    CHECK(!is_as_sorted(&data));
    data.groups = 3;
    data.n = 0;
    CHECK(!is_as_sorted(&data));
    data.n = 5;
    for (int change = 0; change < 11; change++) {
        table = FEW;
        switch (change) {
            case 0:
                table.time[1] = 3.5;
                break;
            case 1:
                table.time[1] = 300;
                break; /* more days than there are rows */
            case 2:
                table.time[1] = NAN;
                break;
            case 3:
                table.time[1] = -1;
                break;
            case 4:
                table.time[1] = 2;
                break; /* the end before an event */
            case 5:
                table.event[1] = 1;
                break; /* no end */
            case 6:
                table.event[0] = 2;
                break; /* two */
            case 7:
                table.event[0] = 3;
                break;
            case 8:
                table.event[0] = -1;
                break;
            case 9:
                table.group[1] = -1;
                break;
            default:
                table.group[1] = 1;
                break; /* two groups of one patient */
        }
        CHECK(!is_as_sorted(&data));
    }
    table = FEW;
    table.patient[4] = 4; /* not in order, and without an end */
    CHECK(!is_as_sorted(&data));
    table.patient[3] = 4;
    CHECK(is_as_sorted(&data));
    table.patient[3] = table.patient[4] = -20; /* too far off for a table */
    CHECK(!is_as_sorted(&data));
    table.patient[3] = table.patient[4] = INT64_MIN;
    CHECK(!is_as_sorted(&data));
    table.patient[0] = table.patient[1] = table.patient[2] =
        INT64_MAX; /* one less than INT64_MIN, wrapped */
    CHECK(!is_as_sorted(&data));
}

static void
test_each_allocation_fails(void)
{
    table_t table = FEW;
    imr_recurrent_data_t data = data_of(&table);
    imr_recurrent_rows_t rows;
    int counted;

    table.patient[3] = table.patient[4] = 4;
    FAIL_EACH_ALLOCATION(imr_recurrent_days(&data, &rows, &counted, NULL), IMR_ERR_NOMEM,
        imr_recurrent_rows_free(&rows));
}

HARNESS_MAIN({
    RUN(test_counted_as_sorted);
    RUN(test_by_hand);
    RUN(test_what_is_left);
    RUN(test_each_allocation_fails);
})
