#include "base/orthonormal.h"

#include "../harness.h"

enum { N = 5, P = 3 };

static const double design[P * N] = { 1, 1, 1, 1, 1, 2020, 2021, 2022, 2024, 2025, 3, 1, 4, 1, 5 };

static void
test_columns_are_orthonormal_and_give_the_design_back(void)
{
    double basis[P * N], triangle[P * P];

    for (size_t last = 0; last < P; last++) {
        CHECK(imr_orthonormal(design, N, P, last, basis, triangle) == P);
        for (size_t a = 0; a < P; a++) {
            size_t source = a == P - 1 ? last : a + (a >= last ? 1 : 0);

            for (size_t b = 0; b < P; b++) {
                double product = 0;

                for (size_t i = 0; i < N; i++) {
                    product += basis[a * N + i] * basis[b * N + i];
                }
                CHECK(fabs(product - (a == b)) < 1e-14);
            }
            for (size_t i = 0; i < N; i++) {
                double value = 0;

                for (size_t b = 0; b < P; b++) {
                    value += basis[b * N + i] * triangle[b * P + a];
                }
                CHECK_NEAR(value, design[source * N + i], 1e-13);
            }
        }
    }
}

static void
test_a_dependent_column_is_named(void)
{
    double dependent[P * N], basis[P * N], triangle[P * P];

    memcpy(dependent, design, sizeof(design));
    for (size_t i = 0; i < N; i++) {
        dependent[2 * N + i] = 3 * design[N + i] - 7;
    }
    CHECK(imr_orthonormal(dependent, N, P, 2, basis, triangle) == 2);
    CHECK(imr_orthonormal(dependent, N, P, 1, basis, triangle) == 1);
    memset(dependent + N, 0, N * sizeof(double));
    CHECK(imr_orthonormal(dependent, N, P, 2, basis, triangle) == 1);
}

HARNESS_MAIN({
    RUN(test_columns_are_orthonormal_and_give_the_design_back);
    RUN(test_a_dependent_column_is_named);
})
