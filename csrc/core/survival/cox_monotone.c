/* The likelihood has no maximum if and only if there is a direction d with z_i'd >= z_k'd for each
 * event i and each row k at risk with it, not all of them equal. The score at 0 is a sum with
 * positive weights of all the differences z_i - z_k, so that such a d has a positive product with it;
 * hence the score's projection on the cone of directions along which nobody loses is 0 exactly if
 * there is a maximum. The projection is found by adding the worst loser to the losers held at 0, as
 * Lawson and Hanson's nonnegative least squares do. */
#include "survival/cox_monotone.h"

#include <math.h>
#include <string.h>

#include "base/cholesky.h"
#include "base/mem.h"
#include "survival/cox_rows.h"

#define SAME 1e-9 /* differences and lengths that count as 0, in units of the largest */
#define MOST_ROUNDS 1000

typedef struct {
    const imr_cox_rows_t *rows;
    imr_cox_ties_t ties;
    imr_stop_t *stop;
    size_t held; /* constraints held, at most p */
    double *constraint; /* p + 1 rows of p */
    double *weight, *trial; /* p + 1: of each held constraint */
    double *gram, *right; /* (p + 1) x (p + 1), p + 1 */
    double *direction, *target; /* p */
    double *height; /* n: z_i'direction */
    uint32_t *heap; /* n: rows at risk, the highest first */
    size_t heaped;
    uint8_t *gone; /* n */
    double *block;
} cone_t;

/* --- the worst loser ---------------------------------------------------------------------------- */

static void
heap_add(cone_t *self, size_t row)
{
    size_t at = self->heaped++;

    while (at > 0) {
        size_t above = (at - 1) / 2;

        if (self->height[self->heap[above]] >= self->height[row]) {
            break;
        }
        self->heap[at] = self->heap[above];
        at = above;
    }
    self->heap[at] = (uint32_t) row;
}

static void
heap_drop_first(cone_t *self)
{
    uint32_t row = self->heap[--self->heaped];
    size_t at = 0;

    for (size_t below = 1; below < self->heaped; below = 2 * at + 1) {
        if (below + 1 < self->heaped
            && self->height[self->heap[below + 1]] > self->height[self->heap[below]]) {
            below++;
        }
        if (self->height[row] >= self->height[self->heap[below]]) {
            break;
        }
        self->heap[at] = self->heap[below];
        at = below;
    }
    self->heap[at] = row;
}

/* The event and the row at risk with it between which the direction loses most; returns the loss, or
 * 0. *largest is the largest |z'd|. */
static double
worst_loss(cone_t *self, size_t *event, size_t *rival, double *largest)
{
    const imr_cox_rows_t *rows = self->rows;
    int tied_compete = self->ties == IMR_COX_EFRON || self->ties == IMR_COX_BRESLOW;
    double worst = 0;

    *largest = 0;
    memset(self->gone, 0, rows->n);
    for (size_t k = 0; k < rows->sets; k++) {
        size_t first = (size_t) rows->first_event[k], end = (size_t) rows->end[k], lowest = first;

        if (imr_cox_begins_stratum(rows, k)) {
            self->heaped = 0;
        }
        for (size_t i = (size_t) rows->begin[k]; i < end; i++) {
            self->height[i] = 0;
            for (size_t j = 0; j < rows->p; j++) {
                self->height[i] += rows->z[i * rows->width + j] * self->direction[j];
            }
            *largest = fmax(*largest, fabs(self->height[i]));
            if (i < first || tied_compete) {
                heap_add(self, i);
            }
            if (i >= first && self->height[i] < self->height[lowest]) {
                lowest = i;
            }
        }
        for (int64_t q = rows->leaving == NULL ? 0 : rows->leave_begin[k];
            rows->leaving != NULL && q < rows->leave_end[k]; q++) {
            self->gone[rows->leaving[q]] = 1;
        }
        while (self->heaped > 0 && self->gone[self->heap[0]]) {
            heap_drop_first(self);
        }
        if (self->heaped > 0 && self->height[self->heap[0]] - self->height[lowest] > worst) {
            worst = self->height[self->heap[0]] - self->height[lowest];
            *event = lowest;
            *rival = self->heap[0];
        }
        for (size_t i = first; i < end && !tied_compete; i++) {
            heap_add(self, i);
        }
    }
    return worst;
}

/* --- the projection ----------------------------------------------------------------------------- */

/* trial: the weights with which target + sum of weight times constraint is shortest; 0 if the held
 * constraints depend on each other. */
static int
shortest(cone_t *self)
{
    size_t p = self->rows->p, held = self->held;

    for (size_t r = 0; r < held; r++) {
        const double *a = self->constraint + r * p;

        self->trial[r] = 0;
        for (size_t j = 0; j < p; j++) {
            self->trial[r] -= a[j] * self->target[j];
        }
        for (size_t c = 0; c <= r; c++) {
            const double *b = self->constraint + c * p;
            double product = 0;

            for (size_t j = 0; j < p; j++) {
                product += a[j] * b[j];
            }
            self->gram[r * held + c] = product;
        }
        self->right[r] = 1e-14; /* constraints have length 1 */
    }
    if (imr_cholesky(self->gram, held, self->right) < held) {
        return 0;
    }
    imr_solve_lower(self->gram, held, self->trial);
    imr_solve_upper(self->gram, held, self->trial);
    return 1;
}

/* Lets go of the constraints whose weight would become negative; 0 as `shortest`. */
static int
settle(cone_t *self)
{
    size_t p = self->rows->p;

    for (;;) {
        double part = 1;
        size_t kept = 0;

        if (!shortest(self)) {
            return 0;
        }
        for (size_t r = 0; r < self->held; r++) {
            if (!(self->trial[r] > 0)) {
                part = fmin(part, self->weight[r] / (self->weight[r] - self->trial[r]));
            }
        }
        for (size_t r = 0; r < self->held; r++) {
            double weight = self->weight[r] + part * (self->trial[r] - self->weight[r]);

            if (weight > 0 && (self->trial[r] > 0 || weight > 1e-15 * self->weight[r])) {
                self->weight[kept] = weight;
                memmove(self->constraint + kept * p, self->constraint + r * p, p * sizeof(double));
                kept++;
            }
        }
        if (kept == self->held) {
            return 1;
        }
        self->held = kept;
    }
}

/* direction: target plus the weighted constraints; returns its length. */
static double
point(cone_t *self)
{
    size_t p = self->rows->p;
    double length = 0;

    memcpy(self->direction, self->target, p * sizeof(double));
    for (size_t r = 0; r < self->held; r++) {
        for (size_t j = 0; j < p; j++) {
            self->direction[j] += self->weight[r] * self->constraint[r * p + j];
        }
    }
    for (size_t j = 0; j < p; j++) {
        length += self->direction[j] * self->direction[j];
    }
    return sqrt(length);
}

static void
hold(cone_t *self, size_t event, size_t rival)
{
    const imr_cox_rows_t *rows = self->rows;
    double *a = self->constraint + self->held * rows->p, length = 0;

    for (size_t j = 0; j < rows->p; j++) {
        a[j] = rows->z[event * rows->width + j] - rows->z[rival * rows->width + j];
        length += a[j] * a[j];
    }
    length = sqrt(length);
    for (size_t j = 0; j < rows->p; j++) {
        a[j] /= length;
    }
    self->weight[self->held++] = 0;
}

static int
cone_init(cone_t *self)
{
    size_t n = self->rows->n, p = self->rows->p, most = p + 1;

    self->block = imr_malloc(
        most * p + 3 * most + most * most + 2 * p + n + (n + 1) / 2 + n / 8 + 1, sizeof(double));
    if (self->block == NULL) {
        return IMR_ERR_NOMEM;
    }
    self->constraint = self->block;
    self->weight = self->constraint + most * p;
    self->trial = self->weight + most;
    self->right = self->trial + most;
    self->gram = self->right + most;
    self->direction = self->gram + most * most;
    self->target = self->direction + p;
    self->height = self->target + p;
    self->heap = (uint32_t *) (self->height + n);
    self->gone = (uint8_t *) (self->height + n + (n + 1) / 2);
    return IMR_OK;
}

int
imr_cox_monotone(const imr_cox_rows_t *rows, imr_cox_ties_t ties, const double *score,
    double *direction, int *found, imr_stop_t *stop, imr_fault_t *fault)
{
    cone_t cone = { .rows = rows, .ties = ties, .stop = stop };
    size_t p = rows->p, event = 0, rival = 0;
    double target = 0, length, loss, largest;
    int status = cone_init(&cone);

    *found = 0;
    if (status != IMR_OK) {
        return imr_fault(fault, status, NULL, -1, NAN);
    }
    memcpy(cone.target, score, p * sizeof(double));
    for (size_t j = 0; j < p; j++) {
        target = fmax(target, fabs(score[j]));
    }
    for (int round = 0; round < MOST_ROUNDS; round++) {
        length = point(&cone);
        if (!(length > SAME * target)) {
            break;
        }
        loss = worst_loss(&cone, &event, &rival, &largest);
        if (!(loss > SAME * largest)) {
            *found = 1;
            memcpy(direction, cone.direction, p * sizeof(double));
            break;
        }
        if (imr_stop_asked(stop, (double) (rows->n * (p + 20)))) {
            status = imr_fault(fault, IMR_ERR_STOPPED, NULL, -1, NAN);
            break;
        }
        if (cone.held > p) {
            break;
        }
        hold(&cone, event, rival);
        if (!settle(&cone)) {
            break;
        }
    }
    imr_free(cone.block);
    return status;
}
