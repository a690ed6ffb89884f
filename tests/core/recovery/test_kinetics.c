#include "recovery/kinetics.h"

#include "../harness.h"

enum { N = 11 };

static const int64_t PATIENT[] = { 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1 };
static const double DAY[] = { 28, -7, 56, 84, 112, 140, 180, -7, 28, 56, 84 };
static const double COUNT[] = { 0, 210, 2, 9, 41, 70, 95, 150, 0, 0, 0 };
static const double LLOQ = 1;

static imr_kinetics_rows_t
rows_of(void)
{
    imr_kinetics_rows_t rows = {
        .patient = PATIENT, .day = DAY, .count = COUNT, .lloq = &LLOQ, .n = N, .patients = 3
    };

    return rows;
}

static imr_kinetics_options_t
options_of(void)
{
    imr_kinetics_options_t options = { .models = { IMR_KINETICS_LOGISTIC },
        .n_models = 1,
        .start_day = -INFINITY,
        .threshold = 10,
        .level = 0.95,
        .limits = 1 };

    return options;
}

static void
test_every_patient_has_a_row(void)
{
    imr_kinetics_rows_t rows = rows_of();
    imr_kinetics_options_t options = options_of();
    imr_kinetics_t answer;
    double *crossing;

    CHECK(imr_kinetics_init(&answer, &rows, &options, NULL) == IMR_OK);
    imr_kinetics_fit(&answer, 0, 3);
    CHECK(answer.status[0] == IMR_KINETICS_FITTED);
    CHECK(answer.status[1] == IMR_KINETICS_ALL_BELOW);
    CHECK(answer.status[2] == IMR_KINETICS_NO_SAMPLES);
    CHECK(answer.samples[0] == 6 && answer.below[0] == 1 && answer.left_out[0] == 1);
    CHECK(answer.first_day[0] == 28 && answer.last_day[0] == 180);
    CHECK(isnan(answer.first_day[2]) && answer.samples[2] == 0);
    CHECK(answer.quantities == 6);
    CHECK(answer.quantity[5] == IMR_KINETICS_CROSSING_DAY);
    crossing = answer.estimate + 5;
    CHECK(crossing[0] > 80 && crossing[0] < 90);
    CHECK(answer.low[5] < crossing[0] && answer.high[5] > crossing[0]);
    CHECK(isnan(answer.estimate[6]) && isnan(answer.low[6]));
    imr_kinetics_free(&answer);
    imr_kinetics_free(&answer);
}

static void
test_the_start_is_the_lowest_count_after_a_depletion(void)
{
    static const int64_t one[] = { 0, 0, 0, 0, 0 };
    static const double day[] = { 1, 2, 3, 4, 5 };
    static const double scatter[] = { 5, 4, 6, 9, 14 }, depleted[] = { 9, 4, 6, 9, 14 };
    imr_kinetics_rows_t rows = {
        .patient = one, .day = day, .count = scatter, .n = 5, .patients = 1
    };
    imr_kinetics_options_t options = options_of();
    imr_kinetics_t answer;

    options.limits = 0;
    CHECK(imr_kinetics_init(&answer, &rows, &options, NULL) == IMR_OK);
    imr_kinetics_fit(&answer, 0, 1);
    CHECK(answer.left_out[0] == 0);
    imr_kinetics_free(&answer);
    rows.count = depleted;
    CHECK(imr_kinetics_init(&answer, &rows, &options, NULL) == IMR_OK);
    imr_kinetics_fit(&answer, 0, 1);
    CHECK(answer.left_out[0] == 1 && answer.first_day[0] == 2);
    imr_kinetics_free(&answer);
    options.start = IMR_KINETICS_FROM_DAY;
    options.start_day = 4;
    CHECK(imr_kinetics_init(&answer, &rows, &options, NULL) == IMR_OK);
    imr_kinetics_fit(&answer, 0, 1);
    CHECK(answer.left_out[0] == 3 && answer.status[0] == IMR_KINETICS_TOO_FEW);
    imr_kinetics_free(&answer);
}

static void
test_of_several_models_the_one_with_the_least_aicc_is_taken(void)
{
    static const int64_t patient[] = { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1 };
    static const double day[] = { 14, 28, 56, 70, 84, 98, 112, 140, 180, 210, 7 };
    static const double count[] = { 0, 0, 2, 4.2, 9, 19, 41, 70, 95, 88, 0 };
    imr_kinetics_rows_t rows = { patient, day, count, &LLOQ, 0, NULL, NULL, 11, 2 };
    imr_kinetics_options_t options = options_of();
    imr_kinetics_t answer;

    options.models[1] = IMR_KINETICS_EXPONENTIAL;
    options.models[2] = IMR_KINETICS_GOMPERTZ;
    options.n_models = 3;
    options.limits = 0;
    options.threshold = NAN;
    CHECK(imr_kinetics_init(&answer, &rows, &options, NULL) == IMR_OK);
    imr_kinetics_fit(&answer, 0, 2);
    CHECK(answer.model[0] == IMR_KINETICS_LOGISTIC);
    CHECK(answer.aicc[0] == answer.aicc_of[0]);
    CHECK(answer.aicc_of[0] < answer.aicc_of[1] && answer.aicc_of[0] < answer.aicc_of[2]);
    /* of those that all fail the simplest */
    CHECK(answer.model[1] == IMR_KINETICS_EXPONENTIAL);
    imr_kinetics_free(&answer);
}

static void
test_a_long_series_out_of_order_is_sorted(void)
{
    enum { LONG = 40 };
    int64_t patient[LONG] = { 0 };
    double day[LONG], count[LONG];
    imr_kinetics_rows_t rows = {
        .patient = patient, .day = day, .count = count, .n = LONG, .patients = 1
    };
    imr_kinetics_options_t options = options_of();
    imr_kinetics_t answer;

    for (size_t i = 0; i < LONG; i++) {
        day[i] = 5 * (double) (LONG - i);
        count[i] = 100 / (1 + exp((100 - day[i]) / 15)) * (i % 2 == 0 ? 1.1 : 0.9);
    }
    options.limits = 0;
    CHECK(imr_kinetics_init(&answer, &rows, &options, NULL) == IMR_OK);
    imr_kinetics_fit(&answer, 0, 1);
    CHECK(answer.first_day[0] == 5 && answer.last_day[0] == 200);
    CHECK(answer.status[0] == IMR_KINETICS_FITTED);
    CHECK_NEAR(answer.estimate[1], 100, 0.05);
    imr_kinetics_free(&answer);
    FAIL_EACH_ALLOCATION(imr_kinetics_init(&answer, &rows, &options, NULL), IMR_ERR_NOMEM,
        imr_kinetics_free(&answer));
}

static void
check_fault(const imr_kinetics_rows_t *rows, const imr_kinetics_options_t *options, int status,
    const char *argument, int64_t row)
{
    imr_kinetics_t answer;
    imr_fault_t fault = { 0 };

    CHECK(imr_kinetics_init(&answer, rows, options, &fault) == status);
    CHECK(fault.status == status && fault.row == row);
    CHECK((argument == NULL && fault.argument == NULL)
        || (fault.argument != NULL && strcmp(fault.argument, argument) == 0));
    CHECK(answer.block == NULL && answer.sample == NULL);
}

#define BAD_ROW(column, bad, status, argument)                                                     \
    do {                                                                                           \
        imr_kinetics_rows_t spoilt = rows_of();                                                    \
        double values[N];                                                                          \
        for (size_t i = 0; i < N; i++) {                                                           \
            values[i] = spoilt.column == NULL ? 1 : spoilt.column[spoilt.column == &LLOQ ? 0 : i]; \
        }                                                                                          \
        values[3] = (bad);                                                                         \
        spoilt.column = values;                                                                    \
        spoilt.lloq_step = spoilt.lloq != &LLOQ;                                                   \
        check_fault(&spoilt, &options, status, argument, 3);                                       \
    } while (0)

static void
test_bad_input_is_named(void)
{
    static const uint8_t flags[N] = { 0, 0, 0, 0, 1 };
    imr_kinetics_options_t options = options_of(), changed;
    imr_kinetics_rows_t rows;
    int64_t codes[N] = { 0, 0, 3 };
    double zero = 0;

    BAD_ROW(day, NAN, IMR_ERR_NONFINITE, "day");
    BAD_ROW(day, 2e6, IMR_ERR_KINETICS_RANGE, "day");
    BAD_ROW(count, INFINITY, IMR_ERR_NONFINITE, "count");
    BAD_ROW(count, -1, IMR_ERR_NEGATIVE, "count");
    BAD_ROW(count, 1e60, IMR_ERR_KINETICS_RANGE, "count");
    BAD_ROW(lloq, 0, IMR_ERR_NOT_POSITIVE, "lloq");
    BAD_ROW(cart, -1, IMR_ERR_NEGATIVE, "cart");
    BAD_ROW(cart, 1e60, IMR_ERR_KINETICS_RANGE, "cart");
    rows = rows_of();
    rows.lloq = NULL;
    check_fault(&rows, &options, IMR_ERR_KINETICS_ZERO, "count", 0);
    rows = rows_of();
    rows.below = flags;
    check_fault(&rows, &options, IMR_ERR_COUNT_ABOVE_LIMIT, "count", 4);
    rows = rows_of();
    rows.patient = codes;
    check_fault(&rows, &options, IMR_ERR_PATIENT_CODE, "patient", 2);
    rows = rows_of();
    rows.lloq = &zero;
    check_fault(&rows, &options, IMR_ERR_NOT_POSITIVE, "lloq", -1);
    rows = rows_of();
    rows.n = 0;
    check_fault(&rows, &options, IMR_ERR_NO_ROWS, "patient", -1);
    rows = rows_of();
    rows.n = (size_t) UINT32_MAX + 1;
    check_fault(&rows, &options, IMR_ERR_TOO_MANY_ROWS, "patient", -1);
    rows = rows_of();
    changed = options;
    changed.level = 1;
    check_fault(&rows, &changed, IMR_ERR_LEVEL, "level", -1);
    changed = options;
    changed.threshold = 0;
    check_fault(&rows, &changed, IMR_ERR_NOT_POSITIVE, "threshold", -1);
    changed = options;
    changed.start = IMR_KINETICS_FROM_DAY;
    changed.start_day = NAN;
    check_fault(&rows, &changed, IMR_ERR_NONFINITE, "start", -1);
    changed = options;
    changed.models[0] = IMR_KINETICS_TURNOVER;
    check_fault(&rows, &changed, IMR_ERR_KINETICS_CART, NULL, -1);
}

static void
test_curves_have_limits_on_the_log_scale(void)
{
    const double theta[IMR_KINETICS_MOST] = { log(3), 0.1 };
    double covariance[IMR_KINETICS_MOST * IMR_KINETICS_MOST] = { 0.04 };
    double day[] = { 20, 30 }, estimate[2], low[2], high[2], nothing[IMR_KINETICS_MOST];
    imr_fault_t fault;

    CHECK(imr_kinetics_at(IMR_KINETICS_EXPONENTIAL, theta, covariance, 20, 10, 0.95, day, 2,
              estimate, low, high, &fault)
        == IMR_OK);
    CHECK_NEAR(estimate[1], 3 * exp(1), 1e-14);
    /* R 4.2.2: qt(0.975, 10) */
    CHECK_NEAR(high[0], 3 * exp(0.2 * 2.2281388519862747), 1e-12);
    CHECK_NEAR(low[0] * high[0], 9, 1e-12);
    CHECK(imr_kinetics_at(IMR_KINETICS_EXPONENTIAL, theta, covariance, 20, 1e-3, 0.95, day, 2,
              estimate, low, high, &fault)
        == IMR_OK);
    CHECK(low[0] == 0 && high[0] == INFINITY);
    nothing[0] = NAN;
    CHECK(imr_kinetics_at(IMR_KINETICS_EXPONENTIAL, nothing, covariance, 20, NAN, 0.95, day, 2,
              estimate, low, high, &fault)
        == IMR_OK);
    CHECK(isnan(estimate[0]) && isnan(high[0]));
    day[1] = INFINITY;
    CHECK(imr_kinetics_at(IMR_KINETICS_EXPONENTIAL, theta, covariance, 20, 10, 0.95, day, 2,
              estimate, low, high, &fault)
        == IMR_ERR_NONFINITE);
    CHECK(fault.row == 1);
    CHECK(imr_kinetics_at(IMR_KINETICS_EXPONENTIAL, theta, covariance, 20, 10, 1, day, 1, estimate,
              low, high, &fault)
        == IMR_ERR_LEVEL);
    day[0] = 0;
    CHECK(imr_kinetics_at(IMR_KINETICS_EMAX, theta, covariance, 20, 10, 0.95, day, 1, estimate, low,
              high, &fault)
        == IMR_OK);
    CHECK(estimate[0] == 0);
}

HARNESS_MAIN({
    RUN(test_every_patient_has_a_row);
    RUN(test_the_start_is_the_lowest_count_after_a_depletion);
    RUN(test_of_several_models_the_one_with_the_least_aicc_is_taken);
    RUN(test_a_long_series_out_of_order_is_sorted);
    RUN(test_bad_input_is_named);
    RUN(test_curves_have_limits_on_the_log_scale);
})
