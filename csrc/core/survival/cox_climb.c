#include "survival/cox_climb.h"

#include <math.h>
#include <string.h>

#include "base/cholesky.h"
#include "base/mem.h"

#define MOST_ITERATIONS 200
#define MOST_HALVINGS 40
#define MOST_IDLE 4 /* steps without gain, of a climb of which the height counts */
#define WANTED_NORM 1e-10
#define LOOSE_NORM 3e-6 /* half its square is what the likelihood can still gain */
#define STUCK_NORM 1e-4
#define SHORT_STEP 1e-3 /* of a log hazard ratio */
#define SUSPECT_FROM 8 /* iterations, after which a long step is suspect */
#define LONGEST 8.0 /* change of a log hazard ratio, once the full step has failed */
#define HOLLOW 1e-11 /* information that is rounding, in units of what it is a difference of */
#define RIDGE 1e-9
#define DIFFERENCE 1e-5 /* of a standard error: the step of a difference quotient */

int
imr_cox_climb_init(imr_cox_climb_t *self, imr_cox_likelihood_t *likelihood, imr_fault_t *fault)
{
    size_t p = likelihood->rows->p, width = likelihood->rows->width;
    double *next;

    memset(self, 0, sizeof(*self));
    self->likelihood = likelihood;
    self->fixed = p;
    self->block = next = imr_calloc(2 * width + 2 * p + 3 * p * p, sizeof(double));
    if (next == NULL) {
        return imr_fault(fault, IMR_ERR_NOMEM, NULL, -1, NAN);
    }
    self->coef = next;
    self->trial = self->coef + width;
    self->score = self->trial + width;
    self->step = self->score + p;
    self->information = self->step + p;
    self->matrix = self->information + p * p;
    self->plain = self->matrix + p * p;
    return IMR_OK;
}

void
imr_cox_climb_free(imr_cox_climb_t *self)
{
    imr_free(self->block);
    memset(self, 0, sizeof(*self));
}

/* Takes over what the likelihood's last evaluation, at coef, found. */
static void
take(imr_cox_climb_t *self)
{
    const imr_cox_likelihood_t *likelihood = self->likelihood;
    size_t p = likelihood->rows->p;

    self->value = likelihood->penalized;
    self->loglik = likelihood->loglik;
    memcpy(self->score, likelihood->score, p * sizeof(double));
    memcpy(self->information, likelihood->information, p * p * sizeof(double));
}

int
imr_cox_climb_start(imr_cox_climb_t *self, imr_fault_t *fault)
{
    int status = imr_cox_evaluate(self->likelihood, self->coef, fault);

    if (status == IMR_OK) {
        take(self);
    }
    return status;
}

/* Under Firth's penalty: matrix becomes minus the second derivative of the penalised likelihood, by
 * differences of its score. */
static int
differentiate(imr_cox_climb_t *self, imr_fault_t *fault)
{
    size_t p = self->likelihood->rows->p;

    memcpy(self->trial, self->coef, self->likelihood->rows->width * sizeof(double));
    for (size_t j = 0; j < p; j++) {
        double h = DIFFERENCE / sqrt(self->information[j * p + j]);
        int status;

        if (j == self->fixed) {
            continue;
        }
        self->trial[j] += h;
        status = imr_cox_evaluate(self->likelihood, self->trial, fault);
        if (status != IMR_OK) {
            return status;
        }
        for (size_t i = 0; i < p; i++) {
            self->matrix[i * p + j] = (self->score[i] - self->likelihood->score[i]) / h;
        }
        self->trial[j] = self->coef[j];
    }
    for (size_t i = 0; i < p; i++) {
        for (size_t j = 0; j < i; j++) {
            self->matrix[i * p + j] = self->matrix[j * p + i] =
                0.5 * (self->matrix[i * p + j] + self->matrix[j * p + i]);
        }
    }
    return IMR_OK;
}

/* Moves the free rows and columns of a p x p matrix to its front, as a free x free matrix. */
static size_t
keep_free(const imr_cox_climb_t *self, const double *from, double *to)
{
    size_t p = self->likelihood->rows->p, at = 0, free = 0;

    for (size_t i = 0; i < p; i++) {
        free += i != self->fixed;
        for (size_t j = 0; j < p; j++) {
            if (i != self->fixed && j != self->fixed) {
                to[at++] = from[i * p + j];
            }
        }
    }
    return free;
}

/* The step, and norm and reach. *flat says that the information is singular to rounding. */
static int
find_step(imr_cox_climb_t *self, int *flat, imr_fault_t *fault)
{
    const imr_cox_rows_t *rows = self->likelihood->rows;
    size_t p = rows->p, free, at = 0;
    int concave = 1;
    double *direction = self->trial;

    free = keep_free(self, self->information, self->plain);
    *flat = imr_cholesky(self->plain, free, NULL) < free;
    if (*flat) { /* where the likelihood is straight any curvature will do */
        keep_free(self, self->information, self->plain);
        for (size_t j = 0; j < free; j++) {
            self->plain[j * free + j] += RIDGE * (1 + fabs(self->plain[j * free + j]));
        }
        if (imr_cholesky(self->plain, free, NULL) < free) {
            return imr_fault(fault, IMR_ERR_NOCONV, "X", -1, NAN);
        }
    }
    for (size_t j = 0; j < p; j++) {
        if (j != self->fixed) {
            self->step[at++] = self->score[j];
        }
    }
    imr_solve_lower(self->plain, free, self->step);
    self->norm = 0;
    for (size_t j = 0; j < free; j++) {
        self->norm += self->step[j] * self->step[j];
    }
    self->norm = sqrt(self->norm);
    imr_solve_upper(self->plain, free, self->step);
    if (self->likelihood->firth && self->norm >= WANTED_NORM) {
        int status = differentiate(self, fault);

        if (status != IMR_OK) {
            return status;
        }
        keep_free(self, self->matrix, self->matrix);
        concave = imr_cholesky(self->matrix, free, NULL) == free;
        if (concave) {
            at = 0;
            for (size_t j = 0; j < p; j++) {
                if (j != self->fixed) {
                    self->step[at++] = self->score[j];
                }
            }
            imr_solve_lower(self->matrix, free, self->step);
            imr_solve_upper(self->matrix, free, self->step);
        }
    }
    memcpy(direction, self->step, free * sizeof(double));
    at = 0;
    self->reach = 0;
    for (size_t j = 0; j < p; j++) {
        self->step[j] = j == self->fixed ? 0 : direction[at++];
        self->reach += fabs(self->step[j]) * rows->reach[j];
    }
    if (!concave
        && self->reach < 1) { /* about to leave a valley: the slope says little of the way */
        for (size_t j = 0; j < p; j++) {
            self->step[j] /= self->reach;
        }
        self->reach = 1;
    }
    return IMR_OK;
}

/* Goes along the step as far as the likelihood does not fall; *better is 0 if it falls at once. */
static int
go(imr_cox_climb_t *self, int *better, imr_fault_t *fault)
{
    size_t p = self->likelihood->rows->p;
    double next = fmin(0.5, LONGEST / self->reach), part = fmin(1, 1000 / self->reach),
           allowed = 1e-12 * (1 + fabs(self->value));

    *better = 0;
    self->trial[self->likelihood->rows->width - 1] = 0;
    for (int halving = 0; halving < MOST_HALVINGS; halving++, part = next, next /= 2) {
        int status;

        for (size_t j = 0; j < p; j++) {
            self->trial[j] = self->coef[j] + part * self->step[j];
        }
        status = imr_cox_evaluate(self->likelihood, self->trial, fault);
        if (status != IMR_OK) {
            return status;
        }
        if (self->likelihood->penalized >= self->value - allowed) {
            memcpy(self->coef, self->trial, p * sizeof(double));
            take(self);
            *better = 1;
            return IMR_OK;
        }
    }
    return IMR_OK;
}

/* Has the climb ended at a maximum, as far as rounding lets it be seen? Of a profile the height counts,
 * not the place. */
static int
has_arrived(const imr_cox_climb_t *self, double norm_before)
{
    int profile = self->fixed < self->likelihood->rows->p;

    if (self->loose && self->norm < LOOSE_NORM) {
        return 1;
    }
    return self->norm < WANTED_NORM
        || (self->norm < (profile ? LOOSE_NORM : IMR_COX_CERTIFIED)
            && self->norm > 0.5 * norm_before);
}

/* Is the information of a column, given those before it, nothing but rounding? So it is where a long step
 * has led onto the plain that a monotone likelihood ends in, and there the score is 0. */
static int
is_hollow(const imr_cox_climb_t *self)
{
    const imr_cox_likelihood_t *likelihood = self->likelihood;
    size_t p = likelihood->rows->p;

    for (size_t j = 0; j < p; j++) {
        double pivot = self->plain[j * p + j];

        if (!(pivot * pivot > HOLLOW * likelihood->magnitude[j])) {
            return 1;
        }
    }
    return 0;
}

int
imr_cox_climb(imr_cox_climb_t *self, imr_fault_t *fault)
{
    int status = imr_cox_climb_start(self, fault);

    return status == IMR_OK ? imr_cox_climb_on(self, fault) : status;
}

int
imr_cox_climb_on(imr_cox_climb_t *self, imr_fault_t *fault)
{
    double norm_before = INFINITY, value_before;
    int height_counts = self->loose || self->fixed < self->likelihood->rows->p, idle = 0;
    int status = IMR_OK, flat = 0, better = 1;

    self->ending = IMR_COX_AT_MAXIMUM;
    if (!isfinite(self->value)) {
        return IMR_OK; /* out of range */
    }
    for (self->iterations = 0; status == IMR_OK && self->iterations < MOST_ITERATIONS;
        self->iterations++) {
        status = find_step(self, &flat, fault);
        if (status == IMR_ERR_NOCONV && self->watch) {
            self->ending = IMR_COX_SUSPECT;
            return IMR_OK;
        }
        if (status != IMR_OK) {
            return status;
        }
        if (self->watch
            && (flat || (has_arrived(self, norm_before) && is_hollow(self))
                || (self->reach > SHORT_STEP
                    && (self->iterations >= SUSPECT_FROM || self->norm < WANTED_NORM)))) {
            self->ending = IMR_COX_SUSPECT;
            return IMR_OK;
        }
        if (has_arrived(self, norm_before) && (!flat || self->loose)) {
            return IMR_OK;
        }
        norm_before = self->norm;
        value_before = self->value;
        status = go(self, &better, fault);
        idle = self->value > value_before + 1e-13 * (1 + fabs(value_before)) ? 0 : idle + 1;
        if (status == IMR_OK && (!better || idle > MOST_IDLE) && self->norm < STUCK_NORM
            && height_counts) {
            return IMR_OK; /* rounding hides the rest, which is of no account to the height */
        }
        if (status != IMR_OK || !better) {
            break;
        }
    }
    if (status == IMR_OK && self->watch) {
        self->ending = IMR_COX_SUSPECT;
        return IMR_OK;
    }
    return status == IMR_OK ? imr_fault(fault, IMR_ERR_NOCONV, "X", -1, NAN) : status;
}
