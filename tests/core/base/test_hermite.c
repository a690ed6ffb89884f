#include "base/hermite.h"

#include "../harness.h"

/* exp(f + z'z / 2) is the product of z_c^power over the dimensions. */
typedef struct {
    size_t q;
    int power;
} moment_t;

static double
moment(void *context, double *z)
{
    const moment_t *self = context;
    double product = 1, half = 0;

    for (size_t c = 0; c < self->q; c++) {
        product *= pow(z[c], self->power);
        half += 0.5 * z[c] * z[c];
    }
    return log(product) - half;
}

static void
test_even_moments_of_the_normal_are_exact(void)
{
    static const double moments[] = { 1, 0, 1, 0, 3, 0, 15, 0, 105, 0, 945, 0, 10395 };

    for (size_t nodes = 1; nodes <= 7; nodes += 2) {
        for (int power = 0; power <= 2 * (int) nodes - 2; power += 2) {
            for (size_t q = 1; q <= 3; q++) {
                moment_t asked = { q, power };

                CHECK_NEAR(imr_hermite_mean(q, nodes, moment, &asked),
                    pow(moments[power], (double) q), 1e-13);
            }
        }
    }
}

static void
test_which_numbers_of_nodes_there_are(void)
{
    CHECK(imr_hermite_has(1) && imr_hermite_has(3) && imr_hermite_has(7));
    CHECK(!imr_hermite_has(0) && !imr_hermite_has(4) && !imr_hermite_has(9));
}

HARNESS_MAIN({
    RUN(test_even_moments_of_the_normal_are_exact);
    RUN(test_which_numbers_of_nodes_there_are);
})
