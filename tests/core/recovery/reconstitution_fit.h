/* Shared by the C tests of reconstitution: rows to an estimate, in one call. */
#ifndef IMR_RECONSTITUTION_FIT_H
#define IMR_RECONSTITUTION_FIT_H

#include "../harness.h"
#include "base/mem.h"
#include "recovery/reconstitution.h"

static inline int
fit(imr_reconstitution_estimate_t *estimate, const double *left, const double *right,
    const double *competing, size_t n, imr_fault_t *fault)
{
    imr_reconstitution_rows_t rows;
    imr_reconstitution_t cells = { 0 };
    int done = 0, status;

    memset(estimate, 0, sizeof(*estimate));
    status = imr_reconstitution_rows_init(&rows, left, right, competing, NULL, 1, n, 0, 1, fault);
    if (status == IMR_OK) {
        status = imr_reconstitution_init(&cells, &rows, NULL, 0, fault);
    }
    while (status == IMR_OK && !done) {
        status = imr_reconstitution_advance(&cells, &done, fault);
    }
    if (status == IMR_OK) {
        status = imr_reconstitution_finish(&cells, estimate, fault);
    }
    imr_reconstitution_free(&cells);
    imr_reconstitution_rows_free(&rows);
    return status;
}

/* Numbers from 0 to 1, the same on each run. */
static inline double
draw(uint64_t *state)
{
    *state = *state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (double) (*state >> 11) * 0x1p-53;
}

/* n patients with a visit every `every` days or so for a year: return after 150 days on average, a
 * competing event after 500. */
static inline void
visits(double *left, double *right, double *competing, size_t n, double every, uint64_t seed)
{
    for (size_t i = 0; i < n; i++) {
        double time = -150 * log(draw(&seed) + 1e-12), death = -500 * log(draw(&seed) + 1e-12);
        double end = fmin(death, 365);

        left[i] = 0;
        right[i] = INFINITY;
        competing[i] = death < 365 ? floor(death) : INFINITY;
        for (double day = every; day <= end; day += every + floor(7 * draw(&seed))) {
            if (day < time) {
                left[i] = day;
            } else if (isinf(right[i])) {
                right[i] = day;
            }
        }
    }
}

#endif
