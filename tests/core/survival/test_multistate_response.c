#include "survival/multistate_response.h"

#include "../harness.h"

#define N 4

/* A response that ended, one that goes on, none, and one from the start that ended on the last day. */
static const double FOLLOWED[N] = { 9, 8, 5, 7 };
static const double RESPONSE[N] = { 2, 3, INFINITY, 0 };
static const double END[N] = { 6, INFINITY, INFINITY, 7 };
static const int64_t GROUP[N] = { 1, 0, 1, 0 };

static imr_multistate_response_t
hand_days(void)
{
    return (imr_multistate_response_t) { N, FOLLOWED, RESPONSE, END, GROUP, 2, 1 };
}

static void
test_rows_by_hand(void)
{
    static const int64_t PATIENT[] = { 0, 0, 0, 1, 1, 2, 3 }, EVENT[] = { 2, 3, 0, 2, 0, 0, 3 };
    static const int64_t INITIAL[] = { 1, 1, 1, 1, 1, 1, 2 }, OF[] = { 1, 1, 1, 0, 0, 1, 0 };
    static const double TIME[] = { 2, 6, 9, 3, 8, 5, 7 };
    imr_multistate_response_t days = hand_days();
    imr_multistate_layout_t layout;
    imr_multistate_rows_t rows;

    CHECK(imr_multistate_response(&days, &layout, NULL) == IMR_OK);
    CHECK(layout.data.n == 7 && layout.merged == 0);
    for (size_t k = 0; k < layout.data.n; k++) {
        CHECK(layout.data.patient[k] == PATIENT[k] && layout.data.time[k] == TIME[k]);
        CHECK(layout.data.event[k] == EVENT[k] && layout.data.initial[k] == INITIAL[k]);
        CHECK(layout.data.group[k] == OF[k]);
    }
    CHECK(imr_multistate_rows(&layout.data, &rows, NULL) == IMR_OK);
    CHECK(rows.patients == N && rows.closed[2] && !rows.closed[1]);
    imr_multistate_rows_free(&rows);
    imr_multistate_layout_free(&layout);
    imr_multistate_layout_free(&layout);
}

/* 0.1 + 0.2 and 0.3 are one day: the response is on the last day, and nobody is followed after it. */
static void
test_days_that_differ_by_rounding_are_one(void)
{
    static const double SEEN = 0.3, FROM = 0.1 + 0.2, NEVER = INFINITY;
    imr_multistate_response_t days = { 1, &SEEN, &FROM, &NEVER, NULL, 0, 1 };
    imr_multistate_layout_t layout;
    imr_fault_t fault;

    CHECK(imr_multistate_response(&days, &layout, NULL) == IMR_OK);
    CHECK(layout.data.n == 1 && layout.merged == 1 && layout.data.group == NULL);
    imr_multistate_layout_free(&layout);
    days.fix_ties = 0;
    CHECK(imr_multistate_response(&days, &layout, &fault) == IMR_ERR_MULTISTATE_AFTER_FOLLOWED);
    CHECK(strcmp(fault.argument, "response") == 0 && fault.row == 0 && fault.value == FROM);
}

static void
refuses(double followed, double response, double end, int status, const char *argument)
{
    double seen[] = { 9, followed }, from[] = { 2, response }, until[] = { 3, end };
    imr_multistate_response_t days = { .n = 2, .followed = seen, .response = from, .end = until };
    imr_multistate_layout_t layout;
    imr_fault_t fault;

    CHECK(imr_multistate_response(&days, &layout, &fault) == status);
    CHECK(strcmp(fault.argument, argument) == 0 && fault.row == 1 && layout.block == NULL);
}

static void
test_days_that_cannot_be(void)
{
    imr_multistate_response_t none = { .n = 0 };
    imr_multistate_response_t many = { .n = UINT32_MAX };
    imr_multistate_layout_t layout;

    refuses(NAN, 2, 3, IMR_ERR_NONFINITE, "followed");
    refuses(INFINITY, 2, 3, IMR_ERR_NONFINITE, "followed");
    refuses(-1, 2, 3, IMR_ERR_NEGATIVE, "followed");
    refuses(9, NAN, 3, IMR_ERR_MULTISTATE_UNKNOWN_DAY, "response");
    refuses(9, -INFINITY, 3, IMR_ERR_NEGATIVE, "response");
    refuses(9, 2, NAN, IMR_ERR_MULTISTATE_UNKNOWN_DAY, "end");
    refuses(9, 10, INFINITY, IMR_ERR_MULTISTATE_AFTER_FOLLOWED, "response");
    refuses(9, 2, 10, IMR_ERR_MULTISTATE_AFTER_FOLLOWED, "end");
    refuses(9, 2, 2, IMR_ERR_MULTISTATE_END, "end");
    refuses(9, 0, 0, IMR_ERR_MULTISTATE_END, "end");
    CHECK(imr_multistate_response(&none, &layout, NULL) == IMR_ERR_NO_PATIENT);
    CHECK(imr_multistate_response(&many, &layout, NULL) == IMR_ERR_TOO_MANY_ROWS);
}

static void
test_out_of_memory(void)
{
    static const double SEEN[N] = { 9.5, 8, 5, 7 }; /* to be merged, since not whole */
    imr_multistate_response_t days = hand_days();
    imr_multistate_layout_t layout;

    days.followed = SEEN;
    FAIL_EACH_ALLOCATION(imr_multistate_response(&days, &layout, NULL), IMR_ERR_NOMEM,
        imr_multistate_layout_free(&layout));
}

HARNESS_MAIN(RUN(test_rows_by_hand); RUN(test_days_that_differ_by_rounding_are_one);
    RUN(test_days_that_cannot_be); RUN(test_out_of_memory);)
