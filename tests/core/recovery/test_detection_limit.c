#include "recovery/detection_limit.h"

#include "../harness.h"
#include "detection_rows.h"

static const double VALUE[] = { 1, 5, 5, 7, 3, 12 };
static const uint8_t BELOW[] = { 1, 1, 1, 0, 0, 0 };
static const double P[] = { 0.5, 0.9 };

enum { N = 6 };

static void
test_rows_of_a_group_are_kept(void)
{
    const int64_t group[] = { 0, 1, 0, 1, 0, 1 };
    const uint8_t above[] = { 0, 0, 0, 0, 0, 1 };
    imr_detection_rows_t rows;

    CHECK(imr_detection_rows_init(
              &rows, VALUE, BELOW, above, group, 1, N, IMR_DETECTION_LOGNORMAL, NULL)
        == IMR_OK);
    CHECK(rows.n == 3 && rows.below == 1 && rows.above == 1 && rows.detected == 1);
    CHECK(rows.value[1] == 7 && rows.kind[1] == IMR_DETECTED && rows.kind[2] == IMR_ABOVE);
    imr_detection_rows_free(&rows);
    imr_detection_rows_free(&rows);
}

static int
status_of(
    double first, uint8_t above, imr_detection_distribution_t distribution, imr_fault_t *fault)
{
    double value[] = { 2, 3, first };
    uint8_t below[] = { 0, 0, 1 }, beyond[] = { 0, 0, above };
    imr_detection_rows_t rows;
    int ret = imr_detection_rows_init(&rows, value, below, beyond, NULL, 0, 3, distribution, fault);

    imr_detection_rows_free(&rows);
    return ret;
}

static void
test_bad_rows_are_named(void)
{
    imr_detection_rows_t rows;
    imr_fault_t fault;

    CHECK(status_of(NAN, 0, IMR_DETECTION_NORMAL, &fault) == IMR_ERR_NONFINITE && fault.row == 2);
    CHECK(status_of(0, 0, IMR_DETECTION_GAMMA, &fault) == IMR_ERR_VALUE_ZERO && fault.row == 2);
    CHECK(status_of(1e-200, 0, IMR_DETECTION_GAMMA, &fault) == IMR_ERR_LIMIT_RANGE);
    CHECK(status_of(-1e200, 0, IMR_DETECTION_NORMAL, &fault) == IMR_ERR_LIMIT_RANGE);
    CHECK(status_of(1, 1, IMR_DETECTION_GAMMA, &fault) == IMR_ERR_BELOW_AND_ABOVE);
    CHECK(status_of(-1, 0, IMR_DETECTION_NORMAL, &fault) == IMR_OK);
    CHECK(
        imr_detection_rows_init(&rows, VALUE, NULL, NULL, NULL, 0, 0, IMR_DETECTION_NORMAL, &fault)
        == IMR_ERR_NO_ROWS);
}

static void
test_every_method_answers_and_bad_options_are_named(void)
{
    imr_detection_rows_t rows = detection_rows(VALUE, BELOW, NULL, N, IMR_DETECTION_LOGNORMAL);
    imr_detection_options_t options = { .level = 0.95 };
    const double wrong[] = { 0.5, 1 };
    imr_detection_limit_t answer;
    imr_fault_t fault;

    for (int method = 0; method < 3; method++) {
        options.method = (imr_detection_method_t) method;
        CHECK(imr_detection_limit(&answer, &rows, &options, P, 2, &fault) == IMR_OK);
        CHECK(answer.curve.n == 5 && answer.quantile[0].right < answer.quantile[1].right);
        CHECK(isnan(answer.loglik) == (method != IMR_DETECTION_LIKELIHOOD));
        imr_detection_limit_free(&answer);
        imr_detection_limit_free(&answer);
    }
    CHECK(imr_detection_limit(&answer, &rows, &options, wrong, 2, &fault) == IMR_ERR_PROBABILITY);
    CHECK(fault.row == 1 && answer.block == NULL);
    options.level = 95;
    CHECK(imr_detection_limit(&answer, &rows, &options, P, 2, &fault) == IMR_ERR_LEVEL);
    imr_detection_rows_free(&rows);
}

static void
test_every_allocation_may_fail(void)
{
    imr_detection_rows_t rows = detection_rows(VALUE, BELOW, NULL, N, IMR_DETECTION_LOGNORMAL);
    imr_detection_options_t options = { .level = 0.95 };
    imr_detection_limit_t answer;
    imr_detection_rows_t other;

    for (int method = 0; method < 3; method++) {
        options.method = (imr_detection_method_t) method;
        FAIL_EACH_ALLOCATION(imr_detection_limit(&answer, &rows, &options, P, 2, NULL),
            IMR_ERR_NOMEM, imr_detection_limit_free(&answer));
    }
    FAIL_EACH_ALLOCATION(imr_detection_rows_init(
                             &other, VALUE, BELOW, NULL, NULL, 0, N, IMR_DETECTION_LOGNORMAL, NULL),
        IMR_ERR_NOMEM, imr_detection_rows_free(&other));
    imr_detection_rows_free(&rows);
}

HARNESS_MAIN({
    RUN(test_rows_of_a_group_are_kept);
    RUN(test_bad_rows_are_named);
    RUN(test_every_method_answers_and_bad_options_are_named);
    RUN(test_every_allocation_may_fail);
})
