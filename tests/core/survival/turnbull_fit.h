/* Shared by the C tests of turnbull: rows to an estimate, in one call. */
#ifndef IMR_TURNBULL_FIT_H
#define IMR_TURNBULL_FIT_H

#include "../harness.h"
#include "base/mem.h"
#include "survival/turnbull.h"

static inline int
begin(imr_turnbull_t *npmle, const double *left, const double *right, size_t n, imr_fault_t *fault)
{
    imr_turnbull_ends_t ends;
    int status = imr_turnbull_ends_init(&ends, left, right, n, 1, fault);

    memset(npmle, 0, sizeof(*npmle));
    if (status == IMR_OK) {
        status = imr_turnbull_init(npmle, &ends, NULL, 0, fault);
    }
    imr_turnbull_ends_free(&ends);
    return status;
}

static inline int
fit(imr_turnbull_estimate_t *estimate, const double *left, const double *right, size_t n,
    imr_fault_t *fault)
{
    imr_turnbull_t npmle;
    int done = 0, status = begin(&npmle, left, right, n, fault);

    memset(estimate, 0, sizeof(*estimate));
    while (status == IMR_OK && !done) {
        status = imr_turnbull_advance(&npmle, &done, fault);
    }
    if (status == IMR_OK) {
        status = imr_turnbull_finish(&npmle, estimate, fault);
    }
    imr_turnbull_free(&npmle);
    return status;
}

/* Numbers from 0 to 1, the same on each run. */
static inline double
draw(uint64_t *state)
{
    *state = *state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (double) (*state >> 11) * 0x1p-53;
}

/* n patients seen every 28 days (with 30% of visits missed), times on average about 150 days; a part
 * of them exact. */
static inline void
visits(double *left, double *right, size_t n, double exact, uint64_t seed)
{
    for (size_t i = 0; i < n; i++) {
        double time = -150 * log(draw(&seed) + 1e-12);

        left[i] = 0;
        right[i] = INFINITY;
        for (int v = 1; v <= 12; v++) {
            double day = 28 * v + floor(7 * draw(&seed));

            if (draw(&seed) < 0.3) {
                continue;
            }
            if (day < time) {
                left[i] = day;
            } else if (isinf(right[i])) {
                right[i] = day;
            }
        }
        if (draw(&seed) < exact) {
            left[i] = right[i] = time;
        }
    }
}

#endif
