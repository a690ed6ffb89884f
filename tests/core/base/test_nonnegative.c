#include "base/nonnegative.h"

#include "../harness.h"

enum { N = 4 };
static double matrix[N * N], wanted[N], x[N], factor[N * N], solution[N];
static uint8_t passive[N];

static void
maximise(size_t count, int bold)
{
    imr_nonnegative_t self = { count, matrix, wanted, x, passive, factor, solution };

    imr_nonnegative_maximise(&self, 1e-12, bold);
}

static double
rise(size_t count, size_t j)
{
    double sum = wanted[j];

    for (size_t k = 0; k < count; k++) {
        sum -= matrix[j < k ? j * count + k : k * count + j] * x[k];
    }
    return sum;
}

static void
test_an_unconstrained_maximum(void)
{
    static const double H[] = { 2, 1, NAN, 3 };

    for (int bold = 0; bold < 2; bold++) {
        memcpy(matrix, H, sizeof(H));
        wanted[0] = 4;
        wanted[1] = 7;
        x[0] = x[1] = 1;
        maximise(2, bold);
        CHECK_NEAR(x[0], 1, 1e-14);
        CHECK_NEAR(x[1], 2, 1e-14);
    }
}

/* By hand: without the second number the first is 2; with it, it would be negative. */
static void
test_a_number_at_0(void)
{
    static const double H[] = { 2, 1, NAN, 3 };

    for (int bold = 0; bold < 2; bold++) {
        memcpy(matrix, H, sizeof(H));
        wanted[0] = 4;
        wanted[1] = -5;
        x[0] = x[1] = 1;
        maximise(2, bold);
        CHECK_NEAR(x[0], 2, 1e-14);
        CHECK(x[1] == 0);
    }
}

/* Random problems: no number rises, and none that is positive falls. */
static void
test_the_conditions_of_a_maximum(void)
{
    unsigned seed = 1;

    for (int problem = 0; problem < 2000; problem++) {
        double b[N * N];

        for (int j = 0; j < N * N; j++) {
            seed = seed * 1664525u + 1013904223u;
            b[j] = (double) (seed >> 8) / (1 << 24) - 0.3;
        }
        memset(matrix, 0, sizeof(matrix));
        for (size_t i = 0; i < N; i++) {
            for (size_t j = i; j < N; j++) {
                for (size_t k = 0; k < N; k++) {
                    matrix[i * N + j] += b[k * N + i] * b[k * N + j];
                }
            }
            wanted[i] = 3 * b[i] - b[N + i];
            x[i] = 1;
        }
        maximise(N, problem % 2);
        for (size_t j = 0; j < N; j++) {
            CHECK(x[j] >= 0 && (x[j] == 0 ? rise(N, j) < 1e-8 : fabs(rise(N, j)) < 1e-8));
        }
    }
}

/* Two numbers that do the same: one is enough. */
static void
test_numbers_that_depend_on_each_other(void)
{
    for (int j = 0; j < 4; j++) {
        matrix[j] = 1;
    }
    wanted[0] = wanted[1] = 3;
    x[0] = x[1] = 0.5;
    maximise(2, 1);
    CHECK_NEAR(x[0] + x[1], 3, 1e-14);
    CHECK(x[0] == 0 || x[1] == 0);
}

HARNESS_MAIN({
    RUN(test_an_unconstrained_maximum);
    RUN(test_a_number_at_0);
    RUN(test_the_conditions_of_a_maximum);
    RUN(test_numbers_that_depend_on_each_other);
})
