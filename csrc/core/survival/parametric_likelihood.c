#include "survival/parametric_likelihood.h"

#include <math.h>
#include <string.h>

/* What the evaluation of a row costs, in multiplications. */
#define WORK_A_ROW 60
#define WORK_A_SHAPE_ROW 3000

/* --- coordinates ------------------------------------------------------------------------------- */

size_t
imr_parametric_place(const imr_parametric_t *self, int local)
{
    size_t scale = 1 + self->k, shape = scale + (self->distribution == IMR_EXPONENTIAL ? 0 : 1);
    size_t cure = shape + (self->distribution == IMR_GENGAMMA ? 1 : 0);

    switch (local) {
        case IMR_LOCATION:
            return 0;
        case IMR_SCALE:
            return shape > scale ? scale : self->d;
        case IMR_SHAPE:
            return cure > shape ? shape : self->d;
        default:
            return self->cure ? cure : self->d;
    }
}

imr_local_t
imr_parametric_local(const imr_parametric_t *self, const double *at, double location)
{
    imr_local_t local = { .distribution = self->distribution, .cure = self->cure };

    local.at[IMR_LOCATION] = location;
    for (int m = IMR_SCALE; m < IMR_LOCALS; m++) {
        size_t place = imr_parametric_place(self, m);

        local.at[m] = place < self->d ? at[place] : 0;
    }
    if (self->cure && local.at[IMR_CURE] < IMR_NO_CURE) {
        local.at[IMR_CURE] = -INFINITY;
    }
    imr_local_settle(&local);
    return local;
}

double
imr_parametric_location(const imr_parametric_t *self, const double *at, const double *x)
{
    double location = at[0];

    for (size_t j = 0; j < self->k; j++) {
        location += at[1 + j] * x[j];
    }
    return location;
}

void
imr_parametric_logit(const imr_local_t *local, double time, imr_term_t *term)
{
    imr_term_t lower;

    imr_parametric_term(local, IMR_ROW_RIGHT, time, INFINITY, term);
    imr_parametric_term(local, IMR_ROW_LEFT, 0, time, &lower);
    term->value -= lower.value;
    for (int r = 0; r < IMR_LOCALS; r++) {
        term->slope[r] -= lower.slope[r];
        for (int c = 0; c <= r; c++) {
            term->bend[r][c] -= lower.bend[r][c];
        }
    }
}

double
imr_parametric_most_log_scale(const imr_parametric_t *self)
{
    return self->distribution == IMR_GAMMA ? 6 : 12;
}

/* --- the likelihood ---------------------------------------------------------------------------- */

/* Adds a row's term: location spread over the columns. */
static void
add_term(const imr_parametric_t *self, const imr_term_t *term, double weight, const double *x,
    const size_t *place, imr_parametric_point_t *point)
{
    size_t d = self->d, k = self->k;
    double *hessian = point->hessian;
    double slope = weight * term->slope[IMR_LOCATION];
    double bend = weight * term->bend[IMR_LOCATION][IMR_LOCATION];

    point->loglik += weight * term->value;
    point->score[0] += slope;
    hessian[0] += bend;
    for (size_t r = 0; r < k; r++) {
        double *row = hessian + (1 + r) * d, part = bend * x[r];

        point->score[1 + r] += slope * x[r];
        row[0] += part;
        for (size_t c = 0; c <= r; c++) {
            row[1 + c] += part * x[c];
        }
    }
    for (int m = IMR_SCALE; m < IMR_LOCALS; m++) {
        double *row = hessian + place[m] * d, mixed = weight * term->bend[m][IMR_LOCATION];

        if (place[m] == d) {
            continue;
        }
        point->score[place[m]] += weight * term->slope[m];
        row[0] += mixed;
        for (size_t c = 0; c < k; c++) {
            row[1 + c] += mixed * x[c];
        }
        for (int other = IMR_SCALE; other <= m; other++) {
            if (place[other] < d) {
                row[place[other]] += weight * term->bend[m][other];
            }
        }
    }
}

int
imr_parametric_evaluate(imr_parametric_t *self, const double *at, imr_parametric_point_t *point)
{
    size_t d = self->d, place[IMR_LOCALS];
    int shaped = self->distribution == IMR_GAMMA || self->distribution == IMR_GENGAMMA;
    double work = (double) (d * d) + (shaped ? WORK_A_SHAPE_ROW : WORK_A_ROW);
    imr_local_t local = imr_parametric_local(self, at, at[0]);
    imr_term_t term;

    for (int m = 0; m < IMR_LOCALS; m++) {
        place[m] = imr_parametric_place(self, m);
    }
    self->iterations++;
    point->loglik = 0;
    memset(point->score, 0, d * sizeof(double));
    memset(point->hessian, 0, d * d * sizeof(double));
    for (size_t i = 0; i < self->n; i++) {
        const double *x = self->columns + i * self->k;
        imr_row_kind_t kind = (imr_row_kind_t) self->kind[i];
        double weight = self->row_weight[i];

        if (imr_stop_asked(self->stop, work)) {
            return IMR_ERR_STOPPED;
        }
        if (kind == IMR_ROW_EMPTY || !(weight > 0)) {
            continue;
        }
        local.at[IMR_LOCATION] = imr_parametric_location(self, at, x);
        imr_parametric_term(&local, kind, self->a[i], self->b[i], &term);
        if (!(term.value > -INFINITY)) {
            point->loglik = -INFINITY;
            return IMR_OK;
        }
        add_term(self, &term, weight, x, place, point);
        if (self->entry[i] > -INFINITY) {
            imr_parametric_term(&local, IMR_ROW_RIGHT, self->entry[i], INFINITY, &term);
            if (!(term.value > -INFINITY)) {
                point->loglik = -INFINITY;
                return IMR_OK;
            }
            add_term(self, &term, -weight, x, place, point);
        }
    }
    for (size_t r = 0; r < d; r++) {
        for (size_t c = 0; c < r; c++) {
            point->hessian[c * d + r] = point->hessian[r * d + c];
        }
    }
    return IMR_OK;
}
