#include "base/ascent.h"

#include <math.h>
#include <string.h>

#include "base/cholesky.h"
#include "base/inner_product.h"

enum { MOST = IMR_ASCENT_MOST, MOST_NEWTON = 12, MOST_HALVINGS = 30 };

#define DIFFERENCE 1e-3
#define WIDE_DIFFERENCE 5e-2 /* of the gradient */
#define LONGEST_STEP 5.0
#define FIRST_CONVERGED 1e-3 /* where Newton's method takes over */
#define CONVERGED 1e-5
#define NEARLY 1e-3

static int
is_stopped(const imr_ascent_t *self)
{
    return self->stopped != NULL && self->stopped(self->context);
}

static void
gradient_at(const imr_ascent_t *self, const double *x, double *gradient)
{
    double moved[MOST], up;

    if (self->gradient != NULL) {
        self->gradient(self->context, x, gradient);
        return;
    }
    memcpy(moved, x, sizeof(moved));
    for (size_t c = 0; c < self->count; c++) {
        moved[c] = x[c] + DIFFERENCE;
        up = self->value(self->context, moved);
        moved[c] = x[c] - DIFFERENCE;
        gradient[c] = (up - self->value(self->context, moved)) / (2 * DIFFERENCE);
        moved[c] = x[c];
    }
}

/* As far along the step as the value rises; 0 where it does not, or there is no step, as where the value has
 * no difference. */
static int
advance(imr_ascent_t *self, const double *step)
{
    double trial[MOST], share = 1, risen;

    for (size_t c = 0; c < self->count; c++) {
        if (!isfinite(step[c])) {
            return 0;
        }
    }
    for (int i = 0; i < MOST_HALVINGS; i++, share *= 0.5) {
        memcpy(trial, self->x, sizeof(trial));
        for (size_t c = 0; c < self->count; c++) {
            trial[c] += share * step[c];
        }
        risen = self->value(self->context, trial);
        if (risen > self->highest) {
            memcpy(self->x, trial, sizeof(trial));
            self->highest = risen;
            return 1;
        }
    }
    return 0;
}

void
imr_ascent_start(imr_ascent_t *self)
{
    memset(self->x, 0, sizeof(self->x));
    memset(self->inverse, 0, sizeof(self->inverse));
    for (size_t c = 0; c < self->count; c++) {
        self->inverse[c * self->count + c] = 1;
    }
    self->score_norm = INFINITY;
    self->highest = self->value(self->context, self->x);
}

/* The update of the inverse by a step and the change of minus the gradient along it. */
static void
update_inverse(imr_ascent_t *self, const double *step, const double *change)
{
    size_t d = self->count;
    double turned[MOST] = { 0 }, sy = imr_inner_product(step, change, d), yhy;

    if (!(sy > 1e-12)) {
        return;
    }
    for (size_t c = 0; c < d; c++) {
        turned[c] = imr_inner_product(self->inverse + c * d, change, d);
    }
    yhy = imr_inner_product(change, turned, d);
    for (size_t r = 0; r < d; r++) {
        for (size_t c = 0; c < d; c++) {
            self->inverse[r * d + c] += (1 + yhy / sy) * step[r] * step[c] / sy
                - (step[r] * turned[c] + turned[r] * step[c]) / sy;
        }
    }
}

int
imr_ascent_bfgs(imr_ascent_t *self, int steps)
{
    size_t d = self->count;
    double gradient[MOST] = { 0 }, before[MOST], step[MOST], old[MOST], change[MOST];

    gradient_at(self, self->x, gradient);
    for (int i = 0; i < steps && !is_stopped(self); i++) {
        double length = 0;

        for (size_t c = 0; c < d; c++) {
            step[c] = imr_inner_product(self->inverse + c * d, gradient, d);
            length = fmax(length, fabs(step[c]));
        }
        self->score_norm = sqrt(fabs(imr_inner_product(step, gradient, d)));
        if (self->score_norm < FIRST_CONVERGED) {
            return 0;
        }
        for (size_t c = 0; c < d && length > LONGEST_STEP; c++) {
            step[c] *= LONGEST_STEP / length;
        }
        memcpy(old, self->x, sizeof(old));
        memcpy(before, gradient, sizeof(before));
        self->iterations++;
        if (!advance(self, step)) {
            return 0;
        }
        if (self->ends != NULL && self->ends(self->context, self->x)) {
            return 1;
        }
        gradient_at(self, self->x, gradient);
        for (size_t c = 0; c < d; c++) {
            step[c] = self->x[c] - old[c];
            change[c] = before[c] - gradient[c];
        }
        update_inverse(self, step, change);
    }
    return 0;
}

/* Minus the second derivatives at x, by differences of the gradient. */
static void
curvature_at(const imr_ascent_t *self, double *curvature)
{
    size_t d = self->count;
    double moved[MOST], up[MOST], down[MOST];

    memcpy(moved, self->x, sizeof(moved));
    for (size_t r = 0; r < d; r++) {
        moved[r] = self->x[r] + WIDE_DIFFERENCE;
        gradient_at(self, moved, up);
        moved[r] = self->x[r] - WIDE_DIFFERENCE;
        gradient_at(self, moved, down);
        moved[r] = self->x[r];
        for (size_t c = 0; c < d; c++) {
            curvature[r * d + c] = (down[c] - up[c]) / (2 * WIDE_DIFFERENCE);
        }
    }
    for (size_t r = 0; r < d; r++) {
        for (size_t c = 0; c < r; c++) {
            curvature[r * d + c] = 0.5 * (curvature[r * d + c] + curvature[c * d + r]);
        }
    }
}

int
imr_ascent_newton(imr_ascent_t *self)
{
    size_t d = self->count;
    double gradient[MOST] = { 0 };

    for (int i = 0; i < MOST_NEWTON && !is_stopped(self); i++) {
        gradient_at(self, self->x, gradient);
        if (i % 3 == 0) {
            curvature_at(self, self->factor);
            if (imr_cholesky(self->factor, d, NULL) < d) {
                return IMR_ERR_NOCONV;
            }
        }
        imr_solve_lower(self->factor, d, gradient);
        self->score_norm = sqrt(imr_inner_product(gradient, gradient, d));
        if (self->score_norm < CONVERGED) {
            break;
        }
        imr_solve_upper(self->factor, d, gradient);
        if (!advance(self, gradient)) {
            break;
        }
    }
    return self->score_norm < NEARLY ? IMR_OK : IMR_ERR_NOCONV;
}
