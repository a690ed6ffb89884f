/* Climbing the (penalised) likelihood of a logistic model, in an orthonormal basis of its design. */
#ifndef IMR_LOGISTIC_CLIMB_H
#define IMR_LOGISTIC_CLIMB_H

#include "response/logistic.h"

/* One climb, whose last coordinate may be held fixed. */
typedef struct {
    const imr_logistic_t *model;
    int firth;
    size_t free; /* coordinates that move: p, or p - 1 */
    double *coordinates; /* p */
    double *step, *score, *factor, *trial, *hat, *eta, *row; /* p, p, p p, p, n, n, p */
    double loglik, penalized, decrement;
    int64_t iterations;
} imr_logistic_climb_t;

/* Doubles that a climb works with, and how they are laid out in model->work. */
size_t imr_logistic_work_size(size_t n, size_t p);
void imr_logistic_climb_init(
    imr_logistic_climb_t *climb, const imr_logistic_t *model, int firth, size_t free);

/* Orthonormal columns and the upper triangle R with design = basis R, the columns taken in order
 * but for `last`, which comes at the end. Returns p, or the first column that depends on those before
 * it. */
size_t imr_logistic_orthogonalize(imr_logistic_t *self, size_t last);

/* factor x = b, and factor' x = b, for the leading m rows, in place. */
void imr_logistic_solve(const double *factor, size_t p, size_t m, double *b);
void imr_logistic_solve_transposed(const double *factor, size_t p, size_t m, double *b);

/* Climbs from the coordinates at hand to a maximum next to them; *separated, where asked for, ends a
 * climb to infinity. */
int IMR_MUST_CHECK imr_logistic_climb(imr_logistic_climb_t *climb, int *separated);

#endif
