#include "base/cholesky.h"

#include "../harness.h"

static void
test_a_system_by_hand(void)
{
    /* [[4, 2], [2, 10]] = L L' with L = [[2, 0], [1, 3]] */
    double matrix[4] = { 4, -99, 2, 10 }, b[2] = { 8, 13 }, inverse[4];

    CHECK(imr_cholesky(matrix, 2, NULL) == 2);
    CHECK_NEAR(matrix[0], 2, 0);
    CHECK_NEAR(matrix[2], 1, 0);
    CHECK_NEAR(matrix[3], 3, 0);
    imr_solve_lower(matrix, 2, b);
    CHECK_NEAR(b[0], 4, 0);
    CHECK_NEAR(b[1], 3, 0);
    imr_solve_upper(matrix, 2, b);
    CHECK_NEAR(b[0], 1.5, 1e-15);
    CHECK_NEAR(b[1], 1, 1e-15);
    imr_cholesky_inverse(matrix, 2, inverse);
    CHECK_NEAR(inverse[0], 10.0 / 36, 1e-15);
    CHECK_NEAR(inverse[1], -2.0 / 36, 1e-15);
    CHECK_NEAR(inverse[2], -2.0 / 36, 1e-15);
    CHECK_NEAR(inverse[3], 4.0 / 36, 1e-15);
}

static void
test_a_dependent_column_is_named(void)
{
    double singular[9] = { 1, 0, 0, 1, 1, 0, 2, 2, 5 }, near[4] = { 1, 0, 1, 1 + 1e-9 };
    double least[2] = { 1e-8, 1e-8 };

    CHECK(imr_cholesky(singular, 3, NULL) == 1);
    CHECK(imr_cholesky(near, 2, least) == 1);
    near[0] = NAN;
    CHECK(imr_cholesky(near, 2, NULL) == 0);
}

HARNESS_MAIN({
    RUN(test_a_system_by_hand);
    RUN(test_a_dependent_column_is_named);
})
