#include "recovery/aplasia_gamma.h"

#include "../harness.h"
#include "base/distribution.h"

/* Over the range of shapes, in both tails: the tails of base/distribution, and their differences in k,
 * with errors of h^4. */
static void
test_tails_and_derivatives(void)
{
    for (double k = 0.0625; k <= 400; k *= 2.3) {
        imr_gamma_shape_t shape = imr_gamma_shape(k);
        double scale = fmin(k, sqrt(k)), h = 1e-3 * scale; /* of the way in k */

        for (double z = -6; z <= 6; z += 0.75) {
            double x = k * exp(z / sqrt(k)), tail[5], slope[5], upper;
            imr_gamma_point_t p = imr_gamma_point(&shape, x);

            for (int i = 0; i < 5; i++) {
                imr_gamma_shape_t other = imr_gamma_shape(k + (i - 2) * h);

                CHECK(imr_gamma_cdf(x, k + (i - 2) * h, 1, &tail[i]) == IMR_OK);
                slope[i] = imr_gamma_point(&other, x).slope;
            }
            CHECK(imr_gamma_cdf_upper(x, k, 1, &upper) == IMR_OK);
            CHECK(fabs(p.lower - tail[2]) <= 1e-11 * tail[2] + 1e-14);
            CHECK(fabs(p.upper - upper) <= 1e-11 * upper + 1e-14);
            CHECK(fabs((tail[0] - 8 * tail[1] + 8 * tail[3] - tail[4]) / (12 * h) - p.slope)
                < 1e-9 / scale);
            CHECK(fabs((slope[0] - 8 * slope[1] + 8 * slope[3] - slope[4]) / (12 * h) - p.bend)
                < 1e-9 / (scale * scale));
        }
    }
}

static void
test_ends(void)
{
    imr_gamma_shape_t shape = imr_gamma_shape(3);
    imr_gamma_point_t p = imr_gamma_point(&shape, 0);

    CHECK(p.lower == 0 && p.upper == 1 && p.slope == 0 && p.bend == 0);
    p = imr_gamma_point(&shape, 1e300);
    CHECK(p.lower == 1 && p.upper == 0 && p.slope == 0 && p.bend == 0);
    p = imr_gamma_point(&shape, 1e-300);
    CHECK(p.lower == 0 && p.upper == 1);
}

HARNESS_MAIN({
    RUN(test_tails_and_derivatives);
    RUN(test_ends);
})
