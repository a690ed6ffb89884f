#include "survival/multistate_in_order.h"

#include "../harness.h"

#define N 6

/* Patient -4 in three rows, 2 in two, 9 in one. */
static const int64_t PATIENT[] = { -4, -4, -4, 2, 2, 9 }, EVENT[] = { 2, 3, 0, 1, 0, 0 };
static const int64_t INITIAL[] = { 1, 1, 1, 2, 2, 3 }, GROUP[] = { 1, 1, 1, 0, 0, 1 };
static const double ENTRY[] = { 0, 2, 5, 3, 4, 0 }, TIME[] = { 2, 5, 9, 4, 5, 7 };

/* Rows in order, the same backwards, and so with (2, 5] as two rows, which are read one by one. */
static void
test_all_ways_of_reading_see_the_same(void)
{
    static const int64_t SPLIT_PATIENT[] = { 9, 2, 2, -4, -4, -4, -4 };
    static const int64_t SPLIT_EVENT[] = { 0, 0, 1, 0, 3, 0, 2 };
    static const int64_t SPLIT_INITIAL[] = { 3, 2, 2, 1, 1, 1, 1 };
    static const int64_t SPLIT_GROUP[] = { 1, 0, 0, 1, 1, 1, 1 };
    static const double SPLIT_ENTRY[] = { 0, 4, 3, 5, 3, 2, 0 },
                        SPLIT_TIME[] = { 7, 5, 4, 9, 5, 3, 2 };
    int64_t patient[N], event[N], initial[N], group[N];
    double entry[N], time[N];

    for (size_t i = 0; i < N; i++) {
        patient[N - 1 - i] = PATIENT[i];
        event[N - 1 - i] = EVENT[i];
        initial[N - 1 - i] = INITIAL[i];
        group[N - 1 - i] = GROUP[i];
        entry[N - 1 - i] = ENTRY[i];
        time[N - 1 - i] = TIME[i];
    }
    for (int late = 0; late < 2; late++) {
        imr_multistate_data_t data = { .n = N, .groups = 2, .states = 3 };
        imr_multistate_rows_t rows[3];

        for (int way = 0; way < 3; way++) {
            const double *entries[] = { ENTRY, entry, SPLIT_ENTRY };

            data.n = way < 2 ? N : N + 1;
            data.patient = way == 0 ? PATIENT : way == 1 ? patient : SPLIT_PATIENT;
            data.time = way == 0 ? TIME : way == 1 ? time : SPLIT_TIME;
            data.event = way == 0 ? EVENT : way == 1 ? event : SPLIT_EVENT;
            data.initial = way == 0 ? INITIAL : way == 1 ? initial : SPLIT_INITIAL;
            data.group = way == 0 ? GROUP : way == 1 ? group : SPLIT_GROUP;
            data.entry = late ? entries[way] : NULL;
            CHECK(imr_multistate_rows(&data, &rows[way], NULL) == IMR_OK);
        }
        CHECK(rows[0].spans == N && rows[0].patients == 3 && rows[0].places == 10);
        CHECK(rows[0].of_group[1] == 2 && rows[0].of_group[2] == N);
        for (int way = 1; way < 3; way++) {
            CHECK(rows[way].spans == N && rows[way].places == 10);
            CHECK(memcmp(rows[0].span, rows[way].span, (N + 1) * sizeof(*rows->span)) == 0);
            CHECK(memcmp(rows[0].group, rows[way].group, 3 * sizeof(*rows->group)) == 0);
            CHECK(memcmp(rows[0].ends, rows[way].ends, 10) == 0);
            CHECK(memcmp(rows[0].moves, rows[way].moves, sizeof(rows->moves)) == 0);
            CHECK(memcmp(rows[0].closed, rows[way].closed, sizeof(rows->closed)) == 0);
        }
        for (int way = 0; way < 3; way++) {
            imr_multistate_rows_free(&rows[way]);
        }
    }
}

typedef struct {
    int64_t patient[N], event[N], initial[N], group[N];
    double entry[N], time[N];
} columns_t;

/* Whether the columns are read so. */
static int
is_read(const columns_t *columns)
{
    static imr_multistate_stretch_t span[N];
    static uint32_t group[N];
    static uint8_t ends[65536], seen[IMR_MULTISTATE_MOST][IMR_MULTISTATE_CODES];
    imr_multistate_data_t data = { .n = N, .groups = 2, .states = 3 };
    imr_multistate_rows_t rows = { .groups = 2, .span = span, .group = group, .ends = ends };

    data.patient = columns->patient;
    data.event = columns->event;
    data.initial = columns->initial;
    data.group = columns->group;
    data.entry = columns->entry;
    data.time = columns->time;
    return imr_multistate_in_order(&rows, &data, seen);
}

#define IS_LEFT(column, row, value)                                                                \
    do {                                                                                           \
        columns_t bad = columns;                                                                   \
        bad.column[row] = value;                                                                   \
        CHECK(!is_read(&bad));                                                                     \
    } while (0)

static void
test_other_rows_are_left_alone(void)
{
    columns_t columns;

    memcpy(columns.patient, PATIENT, sizeof(PATIENT));
    memcpy(columns.event, EVENT, sizeof(EVENT));
    memcpy(columns.initial, INITIAL, sizeof(INITIAL));
    memcpy(columns.group, GROUP, sizeof(GROUP));
    memcpy(columns.entry, ENTRY, sizeof(ENTRY));
    memcpy(columns.time, TIME, sizeof(TIME));
    CHECK(is_read(&columns));
    IS_LEFT(patient, 0, 3);
    IS_LEFT(patient, 5, INT64_MAX);
    IS_LEFT(patient, 0, INT64_MIN);
    IS_LEFT(patient, 3, -4);
    IS_LEFT(event, 1, 0);
    IS_LEFT(event, 1, 2);
    IS_LEFT(event, 5, 3);
    IS_LEFT(event, 5, 4);
    IS_LEFT(event, 5, -1);
    IS_LEFT(event, 5, 256);
    IS_LEFT(event, 5, INT64_C(1) << 32);
    IS_LEFT(initial, 1, 2);
    IS_LEFT(initial, 5, 0);
    IS_LEFT(initial, 5, 4);
    IS_LEFT(initial, 5, (INT64_C(1) << 32) + 3);
    IS_LEFT(group, 4, 1);
    IS_LEFT(group, 5, 2);
    IS_LEFT(group, 5, -1);
    IS_LEFT(entry, 1, 3);
    IS_LEFT(entry, 1, 1);
    IS_LEFT(entry, 5, 7);
    IS_LEFT(entry, 5, -1);
    IS_LEFT(entry, 5, 0.5);
    IS_LEFT(entry, 5, NAN);
    IS_LEFT(time, 5, 7.5);
    IS_LEFT(time, 5, 65536);
    IS_LEFT(time, 5, NAN);
    IS_LEFT(time, 5, -1);
    IS_LEFT(time, 1, 6);
}

HARNESS_MAIN(RUN(test_all_ways_of_reading_see_the_same); RUN(test_other_rows_are_left_alone);)
