#include "recovery/titre.h"

#include "../stop_sweep.h"

enum { N = 11 };

static const int64_t PATIENT[N] = { 0, 0, 0, 0, 0, 0, 2, 2, 2, 2, 2 };
static const double DAY[N] = { -3, 0, 21, 42, 63, 84, 0, 21, 42, 63, 84 };
static const double VALUE[N] = { 33, 31, 20.5, 13.5, 11.3, 9.4, 40, 39, 41, 38, 42 };

static imr_titre_rows_t
rows_of(void)
{
    imr_titre_rows_t rows = { .patient = PATIENT,
        .day = DAY,
        .value = VALUE,
        .limits = { .dilution = NAN },
        .n = N,
        .patients = 3 };

    return rows;
}

static const imr_titre_options_t OPTIONS = { 0, 21, NAN, 0, 0.95 };

static void
test_every_patient_has_a_row(void)
{
    imr_titre_rows_t rows = rows_of();
    imr_titre_t t;

    CHECK(imr_titre_init(&t, &rows, &OPTIONS, NULL) == IMR_OK);
    CHECK(imr_titre_fit(&t, NULL, NULL) == IMR_OK);
    CHECK(imr_titre_fit(&t, NULL, NULL) == IMR_OK); /* counts do not grow */
    CHECK(t.status[0] == IMR_TITRE_FITTED && t.samples[0] == 6);
    CHECK(
        fabs(t.share[0] - 0.75) < 0.03 && fabs(t.long_lived[0] - 8) < 1); /* 24 / 2^(t / 21) + 8 */
    CHECK(t.share_low[0] < t.share[0] && t.share[0] < t.share_high[0]);
    CHECK(t.first_day[0] == -3 && t.last_day[0] == 84);
    CHECK(t.status[1] == IMR_TITRE_NO_SAMPLES && isnan(t.share[1]) && isnan(t.first_day[1]));
    CHECK(t.status[2] == IMR_TITRE_FITTED && t.share[2] < 0.1 && t.samples[2] == 5);
    imr_titre_free(&t);
    imr_titre_free(&t);
}

static void
test_the_start_moves_with_the_days(void)
{
    imr_titre_rows_t rows = rows_of();
    imr_titre_options_t options = OPTIONS;
    double later[N];
    imr_titre_t t, moved;

    for (int i = 0; i < N; i++) {
        later[i] = DAY[i] + 100;
    }
    CHECK(imr_titre_init(&t, &rows, &options, NULL) == IMR_OK);
    CHECK(imr_titre_fit(&t, NULL, NULL) == IMR_OK);
    rows.day = later;
    options.start_day = 100;
    CHECK(imr_titre_init(&moved, &rows, &options, NULL) == IMR_OK);
    CHECK(imr_titre_fit(&moved, NULL, NULL) == IMR_OK);
    CHECK_NEAR(moved.share[0], t.share[0], 1e-12);
    CHECK_NEAR(moved.share_low[2], t.share_low[2], 1e-12);
    imr_titre_free(&t);
    imr_titre_free(&moved);
}

static void
test_limits_are_counted(void)
{
    static const double LLOQ = 10, ULOQ = 32;
    imr_titre_rows_t rows = rows_of();
    imr_titre_t t;

    rows.limits.lloq = &LLOQ;
    rows.limits.uloq = &ULOQ;
    CHECK(imr_titre_init(&t, &rows, &OPTIONS, NULL) == IMR_OK);
    CHECK(imr_titre_fit(&t, NULL, NULL) == IMR_OK);
    CHECK(t.below[0] == 1 && t.above[0] == 1 && t.above[2] == 5);
    CHECK(t.status[2] == IMR_TITRE_NONE_QUANTIFIED);
    imr_titre_free(&t);
}

/* Of known values the common variance is the sum of the squares over their degrees of freedom. */
static void
test_a_common_scatter(void)
{
    imr_titre_rows_t rows = rows_of();
    imr_titre_options_t options = OPTIONS;
    imr_titre_t each, common;
    double squares;

    CHECK(imr_titre_init(&each, &rows, &options, NULL) == IMR_OK);
    CHECK(imr_titre_fit(&each, NULL, NULL) == IMR_OK);
    options.is_common = 1;
    CHECK(imr_titre_init(&common, &rows, &options, NULL) == IMR_OK);
    CHECK(imr_titre_pool(&common, NULL, NULL) == IMR_OK && common.pooled == IMR_TITRE_FITTED);
    CHECK(imr_titre_fit(&common, NULL, NULL) == IMR_OK);
    squares = 4 * each.sd[0] * each.sd[0] + 3 * each.sd[2] * each.sd[2];
    CHECK_NEAR(common.sd[0], sqrt(squares / 7), 1e-9);
    CHECK(common.sd[2] == common.sd[0] && common.status[1] == IMR_TITRE_NO_SAMPLES);
    CHECK_NEAR(common.df[0], 7, 1e-9);
    CHECK_NEAR(common.share[0], each.share[0], 1e-9);
    CHECK(common.share_low[0] < common.share[0] && common.share[0] < common.share_high[0]);
    imr_titre_free(&each);
    imr_titre_free(&common);
}

static void
test_no_common_scatter(void)
{
    static const double STEPS[N] = { 640, 640, 320, 160, 160, 160, 80, 80, 80, 80, 80 }, HIGH = 1e6;
    imr_titre_rows_t rows = rows_of();
    imr_titre_options_t options = OPTIONS;
    imr_titre_t t;

    options.is_common = 1;
    rows.value = STEPS; /* any small scatter will do */
    rows.limits.dilution = 2;
    CHECK(imr_titre_init(&t, &rows, &options, NULL) == IMR_OK);
    CHECK(imr_titre_pool(&t, NULL, NULL) == IMR_OK);
    CHECK(imr_titre_fit(&t, NULL, NULL) == IMR_OK);
    CHECK(t.status[0] == IMR_TITRE_NO_SCATTER && t.status[2] == IMR_TITRE_NO_SCATTER);
    CHECK(t.status[1] == IMR_TITRE_NO_SAMPLES && isnan(t.share[0]) && isnan(t.sd[0]));
    imr_titre_free(&t);
    rows.limits = (imr_titre_limits_t) { .lloq = &HIGH, .dilution = NAN };
    CHECK(imr_titre_init(&t, &rows, &options, NULL) == IMR_OK);
    CHECK(imr_titre_pool(&t, NULL, NULL) == IMR_OK && t.pooled == IMR_TITRE_TOO_FEW);
    CHECK(imr_titre_fit(&t, NULL, NULL) == IMR_OK);
    CHECK(t.status[0] == IMR_TITRE_NONE_QUANTIFIED);
    imr_titre_free(&t);
}

static int
fit_of(const imr_titre_rows_t *rows, imr_titre_t *t, imr_stop_t *stop)
{
    int status = imr_titre_init(t, rows, &OPTIONS, NULL);

    return status == IMR_OK ? imr_titre_fit(t, stop, NULL) : status;
}

static int
pool_of(const imr_titre_rows_t *rows, imr_titre_t *t, imr_stop_t *stop)
{
    imr_titre_options_t options = OPTIONS;
    int status;

    options.is_common = 1;
    status = imr_titre_init(t, rows, &options, NULL);
    return status == IMR_OK ? imr_titre_pool(t, stop, NULL) : status;
}

static void
test_it_stops_when_asked(void)
{
    imr_titre_rows_t rows = rows_of();
    imr_titre_t t;

    for (int is_pooled = 0; is_pooled < 2; is_pooled++) {
        for (long k = 0;; k = 3 * k + 1) { /* a few of thousands of questions */
            stop_sweep_t sweep = { { stop_sweep_asked, &sweep, IMR_WORK_A_QUESTION }, k };
            int status =
                is_pooled ? pool_of(&rows, &t, &sweep.stop) : fit_of(&rows, &t, &sweep.stop);

            imr_titre_free(&t);
            CHECK(status == (sweep.left >= 0 ? IMR_OK : IMR_ERR_STOPPED));
            if (sweep.left >= 0) {
                CHECK(k > 0);
                break;
            }
        }
    }
}

static void
test_bad_options(void)
{
    static const imr_titre_options_t BAD[] = { { 0, 21, NAN, 0, 1 }, { 0, 0, NAN, 0, 0.9 },
        { 0, INFINITY, NAN, 0, 0.9 }, { 0, 21, 0, 0, 0.9 }, { NAN, 21, NAN, 0, 0.9 },
        { 1e7, 21, NAN, 0, 0.9 } };
    static const int STATUS[] = { IMR_ERR_LEVEL, IMR_ERR_TITRE_HALF_LIFE, IMR_ERR_TITRE_HALF_LIFE,
        IMR_ERR_TITRE_SD, IMR_ERR_NONFINITE, IMR_ERR_TITRE_DAY };
    imr_titre_rows_t rows = rows_of();
    imr_fault_t fault;
    imr_titre_t t;

    for (int i = 0; i < 6; i++) {
        CHECK(imr_titre_init(&t, &rows, &BAD[i], &fault) == STATUS[i]);
        CHECK(fault.argument != NULL && fault.row == -1);
        imr_titre_free(&t);
    }
    rows.limits.dilution = 0;
    CHECK(imr_titre_init(&t, &rows, &OPTIONS, &fault) == IMR_ERR_TITRE_DILUTION);
}

static void
test_each_allocation_fails(void)
{
    imr_titre_rows_t rows = rows_of();
    imr_titre_t t;

    FAIL_EACH_ALLOCATION(
        imr_titre_init(&t, &rows, &OPTIONS, NULL), IMR_ERR_NOMEM, imr_titre_free(&t));
}

HARNESS_MAIN({
    RUN(test_every_patient_has_a_row);
    RUN(test_the_start_moves_with_the_days);
    RUN(test_limits_are_counted);
    RUN(test_a_common_scatter);
    RUN(test_no_common_scatter);
    RUN(test_it_stops_when_asked);
    RUN(test_bad_options);
    RUN(test_each_allocation_fails);
})
