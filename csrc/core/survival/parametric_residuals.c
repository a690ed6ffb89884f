/* Residuals of the rows at the estimate. */
#include <math.h>

#include "survival/parametric_climb.h"

static double
cumulative_hazard(const imr_local_t *local, double time)
{
    imr_term_t term;

    if (time == -INFINITY || (local->distribution == IMR_GOMPERTZ && !(time > 0))) {
        return 0;
    }
    if (time == INFINITY) {
        return INFINITY;
    }
    imr_parametric_term(local, IMR_ROW_RIGHT, time, INFINITY, &term);
    return -term.value;
}

void
imr_parametric_residuals(
    const imr_parametric_t *self, double *left, double *right, double *martingale, double *deviance)
{
    for (size_t i = 0; i < self->n; i++) {
        const double *x = self->columns + i * self->k;
        imr_local_t local = imr_parametric_local(
            self, self->estimate, imr_parametric_location(self, self->estimate, x));
        imr_row_kind_t kind = (imr_row_kind_t) self->kind[i];
        double before = cumulative_hazard(&local, self->entry[i]), width, sign;

        left[i] = cumulative_hazard(&local, self->a[i]) - before;
        right[i] = cumulative_hazard(&local, self->b[i]) - before;
        width = right[i] - left[i];
        /* 1 less the expected hazard, given the row */
        martingale[i] = -left[i] + (width > 0 ? (isinf(width) ? 0 : width / expm1(width)) : 1);
        if (deviance != NULL) {
            deviance[i] =
                sqrt(2 * imr_parametric_deviance(&local, kind, self->a[i], self->b[i], &sign));
            deviance[i] *= sign;
        }
    }
}
