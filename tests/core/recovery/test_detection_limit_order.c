#include "recovery/detection_limit_order.h"

#include "../harness.h"
#include "base/order.h"
#include "detection_rows.h"

/* <1, <1, <5, 0.5, 3, 7, 12 by hand. At or above 5: A = 2 detected, B = 5 below: P = 2/7. At or above 1
 * and below 5: A = 1 (3), B = 3 (two <1 and 0.5): P = 2/7 + 1/4 5/7 = 13/28. */
static void
test_positions_of_two_limits_by_hand(void)
{
    const double value[] = { 1, 1, 5, 0.5, 3, 7, 12 };
    const uint8_t below[] = { 1, 1, 1, 0, 0, 0, 0 };
    const double expected[] = { 15. / 28 / 3, 15. / 28 * 2 / 3, 5. / 7 / 2, 15. / 28 / 2,
        15. / 28 + 5. / 28 / 2, 5. / 7 + 2. / 21, 5. / 7 + 4. / 21 };
    imr_detection_rows_t rows = detection_rows(value, below, NULL, 7, IMR_DETECTION_LOGNORMAL);
    uint32_t order[7];
    double position[7];

    CHECK(imr_order(rows.value, 7, "value", order, NULL) == IMR_OK);
    imr_detection_positions(&rows, order, position);
    for (int i = 0; i < 7; i++) {
        CHECK_NEAR(position[i], expected[i], 1e-14);
    }
    imr_detection_rows_free(&rows);
}

static imr_detection_limit_t
answer_of(const double *value, const uint8_t *below, size_t n,
    imr_detection_distribution_t distribution, int *status)
{
    static const double p[] = { 0.5, 0.25 };
    imr_detection_rows_t rows = detection_rows(value, below, NULL, n, distribution);
    imr_detection_options_t options = {
        .method = IMR_DETECTION_ORDER_STATISTICS, .distribution = distribution, .level = 0.95
    };
    imr_detection_limit_t answer;

    *status = imr_detection_limit(&answer, &rows, &options, p, 2, NULL);
    imr_detection_rows_free(&rows);
    return answer;
}

static void
test_without_limits_it_is_the_sample(void)
{
    const double value[] = { 8, 1, 2, 4 };
    int status;
    imr_detection_limit_t a = answer_of(value, NULL, 4, IMR_DETECTION_LOGNORMAL, &status);

    CHECK(status == IMR_OK);
    CHECK_NEAR(a.mean.left, 3.75, 1e-14);
    CHECK_NEAR(a.sd.right, sqrt((4.25 * 4.25 + 2.75 * 2.75 + 1.75 * 1.75 + 0.0625) / 3), 1e-14);
    CHECK(a.quantile[0].left == 3 && a.quantile[1].left == 1.75); /* R's type 7 */
    CHECK_NEAR(a.parameter[0], 1.5 * log(2), 1e-13); /* the line passes the middle of the logs */
    imr_detection_limit_free(&a);
}

static void
test_too_little_is_named(void)
{
    const double value[] = { 3, 3, 3, 1 }, two[] = { 2, 3, 5 };
    const uint8_t below[] = { 0, 0, 0, 1 }, one[] = { 0, 0, 1 }, above[] = { 0, 0, 0, 1 };
    imr_detection_rows_t rows;
    imr_detection_options_t options = { .method = IMR_DETECTION_ORDER_STATISTICS, .level = 0.95 };
    imr_detection_limit_t answer;
    imr_fault_t fault;
    int status;

    (void) answer_of(value, below, 4, IMR_DETECTION_LOGNORMAL, &status);
    CHECK(status == IMR_ERR_ORDER_STATISTICS);
    (void) answer_of(two, one, 3, IMR_DETECTION_LOGNORMAL, &status);
    CHECK(status == IMR_ERR_ORDER_STATISTICS);
    (void) answer_of(two, one, 3, IMR_DETECTION_GAMMA, &status);
    CHECK(status == IMR_ERR_ORDER_DISTRIBUTION);
    rows = detection_rows(value, NULL, above, 4, IMR_DETECTION_LOGNORMAL);
    CHECK(imr_detection_limit(&answer, &rows, &options, NULL, 0, &fault) == IMR_ERR_NO_CURVE);
    imr_detection_rows_free(&rows);
}

static void
test_every_allocation_may_fail(void)
{
    const double value[] = { 8, 1, 2, 4 };
    const uint8_t below[] = { 0, 1, 0, 0 };
    imr_detection_rows_t rows = detection_rows(value, below, NULL, 4, IMR_DETECTION_LOGNORMAL);
    imr_detection_options_t options = { .method = IMR_DETECTION_ORDER_STATISTICS, .level = 0.95 };
    imr_detection_limit_t answer = { 0 };

    FAIL_EACH_ALLOCATION(
        imr_detection_order(&answer, &rows, &options, NULL, 0, NULL), IMR_ERR_NOMEM, (void) 0);
    imr_detection_rows_free(&rows);
}

HARNESS_MAIN({
    RUN(test_positions_of_two_limits_by_hand);
    RUN(test_without_limits_it_is_the_sample);
    RUN(test_too_little_is_named);
    RUN(test_every_allocation_may_fail);
})
