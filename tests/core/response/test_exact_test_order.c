#include "response/exact_test_order.h"

#include "../harness.h"

enum { N1 = 4, N2 = 4, TABLES = 25 };

static void
order_all(imr_order_t order, imr_alternative_t alternative, double *weights, double *statistics)
{
    double column[2 * (N1 + N2 + 2)];

    imr_exact_order(order, alternative, N1, N2, column, weights, statistics);
}

static void
test_tea_by_hand(void)
{
    /* four events: 1 16 36 16 1 of 70 */
    static const double chances[] = { 1, 16, 36, 16, 1 };
    double weights[TABLES], statistics[TABLES];

    order_all(IMR_ORDER_FISHER, IMR_TWO_SIDED, weights, statistics);
    for (int x1 = 0; x1 <= 4; x1++) {
        CHECK_NEAR(weights[x1 * 5 + 4 - x1], chances[x1] / 70, 1e-15);
    }
    CHECK_NEAR(statistics[3 * 5 + 1], 34 / 70.0, 1e-14);
    CHECK_NEAR(statistics[0 * 5 + 4], 2 / 70.0, 1e-14);
    CHECK(statistics[2 * 5 + 2] == 1);
    order_all(IMR_ORDER_FISHER, IMR_GREATER, weights, statistics);
    CHECK_NEAR(statistics[3 * 5 + 1], 17 / 70.0, 1e-14);
    order_all(IMR_ORDER_FISHER, IMR_LESS, weights, statistics);
    CHECK_NEAR(statistics[3 * 5 + 1], 69 / 70.0, 1e-14);
}

static void
test_deviates_by_hand(void)
{
    double weights[TABLES], statistics[TABLES];

    order_all(IMR_ORDER_POOLED, IMR_TWO_SIDED, weights, statistics);
    CHECK_NEAR(statistics[3 * 5 + 1], 0.5 / sqrt(0.25 * 0.5), 1e-14);
    CHECK_NEAR(statistics[1 * 5 + 3], -0.5 / sqrt(0.25 * 0.5), 1e-14);
    CHECK(statistics[0] == 0 && statistics[TABLES - 1] == 0);
    order_all(IMR_ORDER_UNPOOLED, IMR_TWO_SIDED, weights, statistics);
    CHECK_NEAR(statistics[3 * 5 + 1], 0.5 / sqrt(2 * 0.1875 / 4), 1e-14);
    CHECK(statistics[4 * 5] == INFINITY && statistics[4] == -INFINITY);
}

static void
test_keys_fall_towards_the_extreme(void)
{
    CHECK(imr_exact_key(IMR_ORDER_POOLED, IMR_GREATER, 2.5) == -2.5);
    CHECK(imr_exact_key(IMR_ORDER_POOLED, IMR_LESS, 2.5) == 2.5);
    CHECK(imr_exact_key(IMR_ORDER_UNPOOLED, IMR_TWO_SIDED, 2.5) == -2.5);
    CHECK(imr_exact_key(IMR_ORDER_FISHER, IMR_TWO_SIDED, 0.25) == 0.25);
    CHECK(imr_exact_key_bound(IMR_ORDER_POOLED, -INFINITY) == -INFINITY);
    CHECK(imr_exact_key_bound(IMR_ORDER_FISHER, 1e-200) > 1e-200);
    CHECK(imr_exact_key_bound(IMR_ORDER_FISHER, 1e-200) < 1.001e-200);
}

HARNESS_MAIN({
    RUN(test_tea_by_hand);
    RUN(test_deviates_by_hand);
    RUN(test_keys_fall_towards_the_extreme);
})
