#include "survival/recurrent.h"

#include "../harness.h"

#define Z_95 1.959963984540054

static const int64_t PATIENT[] = { 1, 1, 1, 2, 2, 3, 4, 4 }, EVENT[] = { 1, 1, 0, 1, 0, 0, 1, 0 };
static const double TIME[] = { 20, 90, 180, 45, 200, 150, 90, 210 };

static imr_recurrent_rows_t
rows_of(const int64_t *patient, const double *time, const int64_t *event, size_t n)
{
    imr_recurrent_data_t data = { .n = n, .patient = patient, .time = time, .event = event };
    imr_recurrent_rows_t rows;

    data.groups = 1;
    data.window = NAN;
    CHECK(imr_recurrent_rows(&data, &rows, NULL) == IMR_OK);
    return rows;
}

static imr_recurrent_t
fit(const imr_recurrent_rows_t *rows, imr_recurrent_variance_t variance,
    imr_recurrent_interval_t interval)
{
    imr_recurrent_options_t options = { variance, interval, 0.95 };
    imr_recurrent_t curve;

    CHECK(imr_recurrent(rows, 0, &options, &curve, NULL) == IMR_OK);
    return curve;
}

/* Nobody leaves before the last event: the mean of the counts 2, 1, 0, 1, whose squares about it sum to 2. */
static void
test_variances_by_hand(void)
{
    imr_recurrent_rows_t rows = rows_of(PATIENT, TIME, EVENT, 8);
    imr_recurrent_t curve = fit(&rows, IMR_RECURRENT_ROBUST, IMR_RECURRENT_LOG);

    CHECK(curve.n == 7 && curve.patients == 4);
    CHECK(curve.time[2] == 90 && curve.at_risk[2] == 4 && curve.events[2] == 2);
    CHECK_NEAR(curve.estimate[0], 0.25, 1e-15);
    CHECK_NEAR(curve.estimate[2], 1, 1e-15);
    CHECK_NEAR(curve.std_error[2], sqrt(2.0 / 16), 1e-14);
    CHECK_NEAR(curve.std_error[0], sqrt((9.0 + 3) / 256), 1e-14);
    CHECK_NEAR(curve.low[2], exp(-Z_95 * sqrt(2.0 / 16)), 1e-12);
    CHECK_NEAR(curve.high[2], exp(Z_95 * sqrt(2.0 / 16)), 1e-12);
    CHECK(curve.censored[3] == 1 && curve.at_risk[4] == 3 && curve.survival[6] == 1);
    CHECK_NEAR(curve.start_high, -log(0.025) / 4, 1e-14);
    imr_recurrent_free(&curve);
    imr_recurrent_free(&curve);
    curve = fit(&rows, IMR_RECURRENT_SAMPLE, IMR_RECURRENT_PLAIN);
    CHECK_NEAR(curve.std_error[2], sqrt(2.0 / 3 / 4), 1e-14);
    CHECK_NEAR(curve.low[2], 1 - Z_95 * sqrt(1.0 / 6), 1e-12);
    CHECK(curve.low[0] == 0);
    imr_recurrent_free(&curve);
    curve = fit(&rows, IMR_RECURRENT_POISSON, IMR_RECURRENT_PLAIN);
    CHECK_NEAR(curve.std_error[2], 0.5, 1e-14);
    CHECK_NEAR(curve.high[2], 1 + Z_95 * 0.5, 1e-12);
    imr_recurrent_free(&curve);
    imr_recurrent_rows_free(&rows);
}

/* Three patients, events at 1, 2, 4, a death at 3 before the last: 1/3 + 1/3 + 2/3 * 1/2. */
static void
test_a_death_by_hand(void)
{
    static const int64_t patient[] = { 1, 1, 2, 2, 3, 3 }, event[] = { 1, 0, 1, 2, 1, 0 };
    static const double time[] = { 1, 5, 2, 3, 4, 6 };
    imr_recurrent_rows_t rows = rows_of(patient, time, event, 6);
    imr_recurrent_options_t poisson = { IMR_RECURRENT_POISSON, IMR_RECURRENT_LOG, 0.95 };
    imr_recurrent_t curve = fit(&rows, IMR_RECURRENT_ROBUST, IMR_RECURRENT_LOG);
    imr_fault_t fault;
    /* v - mean * d at 4, times 3: events at 1 and 2, the death at 3 with 2/3 before, the event at 4 */
    double one = 2.0 / 3 - 1.0 / 3 + (2.0 / 3 - 1) * (-1.0 / 3) - 1.0 / 2;
    double two = -1.0 / 3 + 2.0 / 3 + (2.0 / 3 - 1) * (2.0 / 3);
    double three = -1.0 / 3 - 1.0 / 3 + (2.0 / 3 - 1) * (-1.0 / 3) + 1.0 / 2;

    CHECK_NEAR(curve.estimate[3], 1, 1e-15);
    CHECK_NEAR(curve.survival[2], 2.0 / 3, 1e-15);
    CHECK(curve.terminal[2] == 1 && curve.censored[2] == 0 && curve.at_risk[3] == 2);
    CHECK_NEAR(curve.std_error[3], sqrt(one * one + two * two + three * three) / 3, 1e-14);
    imr_recurrent_free(&curve);
    CHECK(imr_recurrent(&rows, 0, &poisson, &curve, &fault) == IMR_ERR_RECURRENT_VARIANCE);
    CHECK(strcmp(fault.argument, "variance") == 0);
    imr_recurrent_rows_free(&rows);
}

static void
test_small_and_silent(void)
{
    static const int64_t both[] = { 1, 2, 1, 2 }, seen[] = { 1, 1, 0, 0 }, none[] = { 0, 0 };
    static const double times[] = { 3, 3, 8, 8 };
    imr_recurrent_rows_t rows = rows_of(both, times, seen, 4);
    imr_recurrent_t curve = fit(&rows, IMR_RECURRENT_ROBUST, IMR_RECURRENT_LOG);

    CHECK(curve.estimate[1] == 1 && isnan(curve.std_error[0])); /* the patients do not differ */
    CHECK(isnan(curve.low[1]) && isnan(curve.high[1]));
    imr_recurrent_free(&curve);
    imr_recurrent_rows_free(&rows);
    rows = rows_of(both, times + 1, none, 2); /* ends at 3 and 8 */
    curve = fit(&rows, IMR_RECURRENT_ROBUST, IMR_RECURRENT_PLAIN);
    CHECK(curve.n == 2 && curve.estimate[1] == 0 && curve.low[1] == 0);
    CHECK_NEAR(curve.high[0], -log(0.025) / 2, 1e-14);
    CHECK_NEAR(curve.high[1], -log(0.025), 1e-14);
    imr_recurrent_free(&curve);
    imr_recurrent_rows_free(&rows);
    rows = rows_of(PATIENT, TIME, EVENT, 3); /* one patient */
    curve = fit(&rows, IMR_RECURRENT_SAMPLE, IMR_RECURRENT_LOG);
    CHECK(curve.estimate[2] == 2 && isnan(curve.std_error[2]));
    imr_recurrent_free(&curve);
    imr_recurrent_rows_free(&rows);
}

static void
test_groups_and_bad_options(void)
{
    static const int64_t GROUP[] = { 1, 1, 1, 0, 0, 0, 1, 1 };
    imr_recurrent_data_t data = { .n = 8, .patient = PATIENT, .time = TIME, .event = EVENT };
    imr_recurrent_options_t options = { IMR_RECURRENT_ROBUST, IMR_RECURRENT_LOG, 0.95 };
    imr_recurrent_rows_t rows;
    imr_recurrent_t curve;
    imr_fault_t fault;

    data.group = GROUP;
    data.groups = 3;
    data.window = NAN;
    CHECK(imr_recurrent_rows(&data, &rows, NULL) == IMR_OK);
    CHECK(imr_recurrent(&rows, 1, &options, &curve, NULL) == IMR_OK);
    CHECK(curve.patients == 2 && curve.n == 4);
    CHECK_NEAR(curve.estimate[3], 1.5, 1e-15);
    CHECK_NEAR(curve.std_error[3], sqrt(2 * 0.0625), 1e-14);
    imr_recurrent_free(&curve);
    CHECK(imr_recurrent(&rows, 2, &options, &curve, &fault) == IMR_ERR_NO_PATIENT);
    CHECK(strcmp(fault.argument, "group") == 0);
    options.level = 1;
    CHECK(imr_recurrent(&rows, 1, &options, &curve, &fault) == IMR_ERR_LEVEL);
    imr_recurrent_free(&curve);
    imr_recurrent_rows_free(&rows);
}

static void
test_at_times(void)
{
    static const double times[] = { 0, 20, 44, 45, 210, 211 };
    imr_recurrent_rows_t rows = rows_of(PATIENT, TIME, EVENT, 8);
    imr_recurrent_t curve = fit(&rows, IMR_RECURRENT_ROBUST, IMR_RECURRENT_LOG);
    double found[5][6], bad;
    imr_fault_t fault;

    CHECK(imr_recurrent_at(
              &curve, 1, times, 6, found[0], found[1], found[2], found[3], found[4], NULL)
        == IMR_OK);
    CHECK(found[0][0] == 0 && found[0][1] == 0.25 && found[0][2] == 0.25 && found[0][3] == 0.5);
    CHECK(found[0][4] == 1 && isnan(found[0][5]) && isnan(found[3][5]));
    CHECK(found[3][0] == curve.start_high && found[1][3] == curve.std_error[1]);
    CHECK(found[4][0] == 4 && found[4][4] == 1 && found[4][5] == 0);
    bad = -1;
    CHECK(imr_recurrent_at(
              &curve, 1, &bad, 1, found[0], found[1], found[2], found[3], found[4], &fault)
        == IMR_ERR_NEGATIVE);
    imr_recurrent_free(&curve);
    imr_recurrent_rows_free(&rows);
}

static void
test_each_allocation_fails(void)
{
    imr_recurrent_rows_t rows = rows_of(PATIENT, TIME, EVENT, 8);
    imr_recurrent_options_t options = { IMR_RECURRENT_ROBUST, IMR_RECURRENT_LOG, 0.95 };
    imr_recurrent_t curve;

    FAIL_EACH_ALLOCATION(
        imr_recurrent(&rows, 0, &options, &curve, NULL), IMR_ERR_NOMEM, imr_recurrent_free(&curve));
    rows.group[0] = 1; /* then one group is taken out of two */
    FAIL_EACH_ALLOCATION(
        imr_recurrent(&rows, 0, &options, &curve, NULL), IMR_ERR_NOMEM, imr_recurrent_free(&curve));
    imr_recurrent_rows_free(&rows);
}

HARNESS_MAIN({
    RUN(test_variances_by_hand);
    RUN(test_a_death_by_hand);
    RUN(test_small_and_silent);
    RUN(test_groups_and_bad_options);
    RUN(test_at_times);
    RUN(test_each_allocation_fails);
})
