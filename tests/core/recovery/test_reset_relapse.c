#include "recovery/reset_relapse.h"

#include "../harness.h"

/* Return in (90, 120], no relapse to day 400; return in (60, 100], relapse on day 80; return in (60, 90],
 * relapse on day 190. */
static const double LEFT[] = { 90, 60, 60 }, RIGHT[] = { 120, 100, 90 };
static const double FOLLOWED[] = { 400, 200, 300 }, RELAPSE[] = { INFINITY, 80, 190 };

static imr_reset_relapse_rows_t
rows_of(size_t n)
{
    return (imr_reset_relapse_rows_t) { n, LEFT, RIGHT, FOLLOWED, RELAPSE, NULL };
}

static void
test_middle_of_the_interval(void)
{
    imr_reset_relapse_rows_t rows = rows_of(3);
    imr_reset_relapse_t r;
    double p = 1 - sqrt(0.975);

    CHECK(imr_reset_relapse(&r, &rows, 1, 0.95, NULL) == IMR_OK);
    CHECK(r.counted == 3 && r.ambiguous == 1);
    /* returns on days 105, 80 and 75 */
    CHECK(r.before.events == 1 && r.before.time == 105 + 80 + 75);
    CHECK(r.after.events == 1 && r.after.time == 295 + 0 + 115);
    CHECK_NEAR(r.after.rate, 1.0 / 410, 1e-15);
    CHECK_NEAR(r.after.low, -log(0.975) / 410, 1e-12);
    CHECK_NEAR(r.ratio, 260.0 / 410, 1e-15);
    /* one of two after: a beta(1, 2) and, turned round, the same */
    CHECK_NEAR(r.low, 260.0 / 410 * p / (1 - p), 1e-12);
    CHECK_NEAR(r.high, 260.0 / 410 * (1 - p) / p, 1e-12);
    CHECK(r.pvalue == 1);
}

static void
test_all_days_of_return(void)
{
    imr_reset_relapse_rows_t rows = rows_of(3);
    imr_reset_relapse_t r;
    double p = 1 - sqrt(0.975);

    CHECK(imr_reset_relapse(&r, &rows, 1, 0.95, NULL) == IMR_OK);
    CHECK(r.before.events_least == 0 && r.before.events_most == 1);
    CHECK(r.after.events_least == 1 && r.after.events_most == 2);
    CHECK(r.before.time_least == 90 + 60 + 60 && r.before.time_most == 120 + 80 + 90);
    CHECK(r.after.time_least == 280 + 100 && r.after.time_most == 310 + 20 + 130);
    CHECK(r.before.rate_least == 0);
    CHECK_NEAR(r.before.rate_most, 1.0 / 230, 1e-15);
    CHECK_NEAR(r.after.rate_least, 1.0 / 440, 1e-15);
    CHECK_NEAR(r.after.rate_most, 2.0 / 380, 1e-15);
    CHECK_NEAR(r.ratio_least, 230.0 / 440, 1e-15);
    CHECK(isinf(r.ratio_most) && isinf(r.high_most));
    CHECK_NEAR(r.low_least, 230.0 / 440 * p / (1 - p), 1e-12);
    CHECK(r.before.low_least == 0 && r.pvalue_most == 1);
    /* the count is 2 in 380 days at most: upper limit 7.2247 (definition of Garwood's limits) */
    CHECK_NEAR(r.after.high_most, 7.224687667706 / 380, 1e-10);
}

/* Without relapse the upper limit is that of zero events; the ratio is unknown. */
static void
test_no_relapse(void)
{
    imr_reset_relapse_rows_t rows = rows_of(1);
    imr_reset_relapse_t r;

    CHECK(imr_reset_relapse(&r, &rows, 365, 0.95, NULL) == IMR_OK);
    CHECK(r.before.rate == 0 && r.after.rate == 0 && r.ambiguous == 0);
    CHECK_NEAR(r.after.high, -log(0.025) / 295 * 365, 1e-12);
    CHECK_NEAR(r.after.high_most, -log(0.025) / 280 * 365, 1e-12);
    CHECK_NEAR(r.before.high_most, -log(0.025) / 90 * 365, 1e-12);
    CHECK(isnan(r.ratio) && r.low == 0 && isinf(r.high) && r.pvalue == 1);
    CHECK(isnan(r.ratio_least) && isnan(r.ratio_most) && r.low_least == 0 && r.pvalue_most == 1);
}

/* Relapses after return only, in the same time: P = 2 / 2^5 for five of five. */
static void
test_exact_pvalue(void)
{
    double left[5], right[5], followed[5], relapse[5];
    imr_reset_relapse_rows_t rows = { 5, left, right, followed, relapse, NULL };
    imr_reset_relapse_t r;

    for (size_t i = 0; i < 5; i++) {
        left[i] = 99;
        right[i] = 101;
        followed[i] = 300;
        relapse[i] = 200;
    }
    CHECK(imr_reset_relapse(&r, &rows, 1, 0.95, NULL) == IMR_OK);
    CHECK_NEAR(r.pvalue, 2.0 / 32, 1e-13);
    /* the earliest return: 99 days before it of 200 */
    CHECK_NEAR(r.pvalue_most, 2 * pow(101.0 / 200, 5), 1e-12);
    CHECK(isinf(r.ratio) && isinf(r.high));
    /* five of five: share 0.025^(1/5) */
    CHECK_NEAR(r.low, pow(0.025, 0.2) / (1 - pow(0.025, 0.2)), 1e-12);
}

/* Not returned: all its time is before, but for the days after the last sample that may be after. */
static void
test_not_returned_and_start(void)
{
    double left[] = { 150, NAN }, right[] = { INFINITY, NAN }, followed[] = { 200, 300 };
    double relapse[] = { INFINITY, INFINITY }, start[] = { 10, 0 };
    imr_reset_relapse_rows_t rows = { 2, left, right, followed, relapse, start };
    imr_reset_relapse_t r;

    CHECK(imr_reset_relapse(&r, &rows, 1, 0.95, NULL) == IMR_OK);
    CHECK(r.counted == 1 && r.before.time == 190 && r.after.time == 0);
    CHECK(isnan(r.after.rate) && r.after.low == 0 && isinf(r.after.high));
    CHECK(r.before.time_least == 140 && r.after.time_most == 50 && r.after.time_least == 0);
    relapse[0] = 140;
    CHECK(imr_reset_relapse(&r, &rows, 1, 0.95, NULL) == IMR_OK);
    CHECK(r.before.events_least == 1 && r.after.events_most == 0 && r.ambiguous == 0);
    CHECK(isnan(r.ratio) && r.pvalue == 1);
    relapse[0] = 160;
    CHECK(imr_reset_relapse(&r, &rows, 1, 0.95, NULL) == IMR_OK);
    CHECK(r.before.events == 1 && r.ambiguous == 1 && r.after.events_most == 1);
    CHECK(isinf(r.after.rate_most) && isinf(r.after.high_most));
    rows.n = 1;
    left[0] = right[0] = NAN;
    CHECK(imr_reset_relapse(&r, &rows, 1, 0.95, NULL) == IMR_ERR_NO_PATIENT);
}

/* Extremes without time: the ratio is infinite or 0 on all days on which there is one. */
static void
test_extremes_without_time(void)
{
    double left[] = { 0 }, right[] = { 82 }, followed[] = { 82 }, relapse[] = { 50 };
    imr_reset_relapse_rows_t rows = { 1, left, right, followed, relapse, NULL };
    imr_reset_relapse_t r;

    CHECK(imr_reset_relapse(&r, &rows, 1, 0.95, NULL) == IMR_OK);
    CHECK(isinf(r.ratio) && isinf(r.ratio_least) && isinf(r.ratio_most));
    CHECK_NEAR(r.after.rate_least, 1.0 / 50, 1e-15);
    relapse[0] = INFINITY;
    CHECK(imr_reset_relapse(&r, &rows, 1, 0.95, NULL) == IMR_OK);
    CHECK(r.before.rate == 0 && r.before.rate_least == 0 && r.before.rate_most == 0);
    CHECK(r.after.rate_most == 0 && isinf(r.before.high_most) && isinf(r.after.high_most));
    CHECK(isnan(r.ratio_least) && isnan(r.ratio_most));
}

/* Both relapses may lie after return, with no time before it: none, not the rounding of a difference. */
static void
test_no_time_is_none(void)
{
    double left[] = { 0, 0 }, right[] = { 240, 7 }, followed[] = { 240, 7 };
    double relapse[] = { 218.4, 6.37 }, start[] = { 205.2, 5.985 };
    imr_reset_relapse_rows_t rows = { 2, left, right, followed, relapse, start };
    imr_reset_relapse_t r;

    CHECK(imr_reset_relapse(&r, &rows, 1, 0.95, NULL) == IMR_OK);
    CHECK(r.ambiguous == 2 && r.before.time_least == 0 && r.before.time == 0);
    CHECK(isinf(r.before.high) && isinf(r.before.high_most));
}

static void
refuses(const double values[5], int status, const char *argument)
{
    imr_reset_relapse_rows_t rows = { 1, values, values + 1, values + 2, values + 3, values + 4 };
    imr_reset_relapse_t r;
    imr_fault_t fault = { 0 };

    CHECK(imr_reset_relapse(&r, &rows, 1, 0.95, &fault) == status);
    CHECK(fault.argument != NULL && strcmp(fault.argument, argument) == 0);
}

static void
test_what_is_refused(void)
{
    imr_reset_relapse_rows_t rows = rows_of(3);
    imr_reset_relapse_t r;

    CHECK(imr_reset_relapse(&r, &rows, 1, 1, NULL) == IMR_ERR_LEVEL);
    CHECK(imr_reset_relapse(&r, &rows, 0, 0.95, NULL) == IMR_ERR_NOT_POSITIVE);
    refuses((double[]) { 60, 90, NAN, INFINITY, 0 }, IMR_ERR_RESET_DAY, "followed");
    refuses((double[]) { 60, 90, INFINITY, INFINITY, 0 }, IMR_ERR_NONFINITE, "followed");
    refuses((double[]) { 60, 90, 100, NAN, 0 }, IMR_ERR_RESET_DAY, "relapse");
    refuses((double[]) { 60, 90, 100, 101, 0 }, IMR_ERR_RESET_AFTER_END, "relapse");
    refuses((double[]) { 60, 90, 100, INFINITY, -1 }, IMR_ERR_NEGATIVE, "start");
    refuses((double[]) { 60, 90, 100, INFINITY, 101 }, IMR_ERR_RESET_AFTER_END, "start");
    refuses((double[]) { 60, 90, 100, 50, 50 }, IMR_ERR_RESET_ORDER, "start");
    refuses((double[]) { 60, 90, 100, 1e-300, 0 }, IMR_ERR_RESET_ORDER, "start");
    refuses((double[]) { 60, NAN, 100, INFINITY, 0 }, IMR_ERR_RESET_DAY, "return_right");
    refuses((double[]) { NAN, 60, 100, INFINITY, 0 }, IMR_ERR_RESET_DAY, "return_left");
    refuses((double[]) { -1, 60, 100, INFINITY, 0 }, IMR_ERR_NEGATIVE, "return_left");
    refuses((double[]) { 90, 90, 100, INFINITY, 0 }, IMR_ERR_RESET_ORDER, "return_left");
    refuses((double[]) { 60, 101, 100, INFINITY, 0 }, IMR_ERR_RESET_AFTER_END, "return_right");
}

static void
test_allocations(void)
{
    imr_reset_relapse_rows_t rows = rows_of(3);
    imr_reset_relapse_t r;

    FAIL_EACH_ALLOCATION(imr_reset_relapse(&r, &rows, 1, 0.95, NULL), IMR_ERR_NOMEM, (void) 0);
}

HARNESS_MAIN(RUN(test_middle_of_the_interval); RUN(test_all_days_of_return); RUN(test_no_relapse);
    RUN(test_exact_pvalue); RUN(test_not_returned_and_start); RUN(test_extremes_without_time);
    RUN(test_no_time_is_none); RUN(test_what_is_refused); RUN(test_allocations);)
