/* Newton's method. The information on the log frailties is a diagonal matrix less a sum of outer
 * products over the sets, far too large for many groups to be formed; its product with a vector takes two passes
 * over the rows, and equations in it are solved by conjugate gradients. The coefficients remain
 * as a small system of their own. */
#include "survival/cox_frailty_climb.h"

#include <math.h>
#include <string.h>

#include "base/cholesky.h"
#include "base/compensated.h"
#include "base/inner_product.h"
#include "base/mem.h"
#include "survival/cox_residuals.h"
#include "survival/cox_rows.h"

#define MOST_ITERATIONS 200
#define MOST_HALVINGS 40
#define LOST 1e20 /* of the 32 digits that sums with their rounding errors have */
#define HOLLOW 1e-11 /* information that is rounding, in units of what it is a difference of */
#define RIDGE 1e-9
#define LONGEST 4.0 /* rise of a log frailty in one step: its exponential rises faster */
/* Fall of a log frailty at which its cluster's information is not yet rounding. */
#define FARTHEST 20.0
#define ROUNDED_NORM 3e-6 /* half its square is what the likelihood can still gain */
/* What may be left of an equation, squared and in proportion to the information or the score. */
#define SOLVED 1e-28
#define ROUGHLY_SOLVED 1e-12
/* Of the last norm: from there on equations are solved fully, as steps are wrong by much. */
#define SLOW 0.1
#define NEARLY 1e8 /* times that, once rounding holds it there */
#define NO_SCORE 1e-26 /* square of a score that needs no step */

int
imr_cox_frailty_climb_init(imr_cox_frailty_climb_t *self, imr_cox_rows_t *rows, imr_cox_ties_t ties,
    imr_stop_t *stop, imr_fault_t *fault)
{
    size_t n = rows->n, p = rows->p, width = rows->width, groups = (size_t) rows->clusters;
    double *next;
    int status;

    memset(self, 0, sizeof(*self));
    self->rows = rows;
    self->groups = groups;
    status = imr_cox_likelihood_init(&self->likelihood, rows, ties, 0, stop, fault);
    if (status == IMR_OK) {
        status = imr_cox_trace_init(&self->trace, rows, fault);
    }
    if (status != IMR_OK) {
        return status;
    }
    self->likelihood.trace = &self->trace;
    if (groups > SIZE_MAX / 64 / (2 * p + 16)) {
        return imr_fault(fault, IMR_ERR_NOMEM, NULL, -1, NAN);
    }
    self->block = next = imr_calloc(n + 2 * width + 2 * p + 2 * p * p + (10 + 2 * p) * groups
            + 5 * rows->sets + (rows->leaving == NULL ? 0 : 2 * n),
        sizeof(double));
    if (next == NULL) {
        return imr_fault(fault, IMR_ERR_NOMEM, NULL, -1, NAN);
    }
#define PLACE(field, count)                                                                        \
    do {                                                                                           \
        self->field = next;                                                                        \
        next += (count);                                                                           \
    } while (0)
    PLACE(known, n);
    PLACE(coef, width);
    PLACE(trial_coef, width);
    PLACE(score, p);
    PLACE(step, p);
    PLACE(schur, p * p);
    PLACE(unfactored, p * p);
    PLACE(events, groups);
    PLACE(log_frailty, groups);
    PLACE(trial_log, groups);
    PLACE(expected, groups);
    PLACE(slope, groups);
    PLACE(along, groups);
    PLACE(diagonal, groups);
    PLACE(residual, groups);
    PLACE(scaled, groups);
    PLACE(direction, groups);
    PLACE(mixed, p * groups);
    PLACE(solved, p * groups);
    PLACE(curve, rows->sets);
    PLACE(tied_curve, rows->sets);
    PLACE(tied_tied, rows->sets);
    PLACE(pull, rows->sets);
    PLACE(tied_pull, rows->sets);
#undef PLACE
    self->missed = rows->leaving == NULL ? NULL : (imr_sum_t *) (void *) next;
    self->image = self->trial_log; /* not in use while equations are solved */
    memcpy(self->known, rows->offset, n * sizeof(double));
    for (size_t k = 0; k < rows->sets; k++) {
        for (int64_t i = rows->first_event[k]; i < rows->end[k]; i++) {
            self->events[rows->cluster[i]] += 1;
        }
    }
    return IMR_OK;
}

void
imr_cox_frailty_climb_free(imr_cox_frailty_climb_t *self)
{
    imr_free(self->block);
    imr_free(self->trace.total);
    imr_cox_likelihood_free(&self->likelihood);
    memset(self, 0, sizeof(*self));
}

/* --- evaluation --------------------------------------------------------------------------------- */

/* Is a set's share of the hazard lost in what came before it? A late row has the difference. */
static int
is_lost(const imr_cox_frailty_climb_t *self)
{
    const imr_cox_rows_t *rows = self->rows;
    double before = 0;

    for (size_t k = rows->sets; rows->leaving != NULL && k-- > 0;) {
        before =
            k + 1 == rows->sets || rows->set_stratum[k] != rows->set_stratum[k + 1] ? 0 : before;
        if (before > LOST * self->likelihood.hazard[k]) {
            return 1;
        }
        before += self->likelihood.hazard[k];
    }
    return 0;
}

/* The penalised likelihood at a point; minus infinity where hazard ratios are out of range. */
static int
evaluate(imr_cox_frailty_climb_t *self, const double *coef, const double *log_frailty,
    double *value, imr_fault_t *fault)
{
    imr_cox_rows_t *rows = self->rows;
    double penalty = 0;
    int status;

    for (size_t i = 0; i < rows->n; i++) {
        rows->offset[i] = self->known[i] + log_frailty[rows->cluster[i]];
    }
    status = imr_cox_evaluate(&self->likelihood, coef, fault);
    for (size_t g = 0; g < self->groups; g++) {
        penalty += expm1(log_frailty[g]) - log_frailty[g];
    }
    *value = self->likelihood.loglik - (penalty > 0 ? penalty / self->theta : 0);
    if (isfinite(*value) && is_lost(self)) {
        *value = -INFINITY;
    }
    return status;
}

/* Sums of each group, and of each set what `multiply` needs. Over the terms of a set, with f the part
 * of the tied ones that a term leaves out and T its risk: the sums of 1 / T^2, f / T^2, f^2 / T^2. */
static void
take(imr_cox_frailty_climb_t *self)
{
    const imr_cox_rows_t *rows = self->rows;
    const imr_cox_likelihood_t *likelihood = &self->likelihood;

    memset(self->expected, 0, self->groups * sizeof(double));
    for (size_t i = 0; i < rows->n; i++) {
        self->expected[rows->cluster[i]] += likelihood->out[i];
    }
    for (size_t k = 0; k < rows->sets; k++) {
        double share = 1 / self->trace.total[k], terms, events;
        double tied = fmin(1, self->trace.tied_total[k] * share);
        imr_cox_powers_t powers;

        imr_cox_terms(rows, likelihood->ties, k, &terms, &events);
        powers = imr_cox_powers(terms, tied);
        self->curve[k] = events * powers.rr * share * share;
        self->tied_curve[k] = events * powers.frr * share * share;
        self->tied_tied[k] = events * powers.ffrr * share * share;
    }
}

/* --- products with the information -------------------------------------------------------------- */

/* Without late entries nothing is taken off again, and a plain sum will do. */
static inline imr_sum_t
plus(imr_sum_t sum, double x, int late)
{
    if (late) {
        return imr_sum_add(sum, x);
    }
    sum.high += x;
    return sum;
}

static inline double
move_of(const imr_cox_frailty_climb_t *self, const double *vector, size_t column, size_t i)
{
    const imr_cox_rows_t *rows = self->rows;

    return vector == NULL ? rows->z[i * rows->width + column] : vector[rows->cluster[i]];
}

/* pull: what each set takes off the hazard of a row when log hazard ratios move by `vector` of the
 * row's group, or by covariate `column` (vector NULL); tied_pull, what of that does not concern the
 * rows with the event. */
static void
pull_sets(imr_cox_frailty_climb_t *self, const double *vector, size_t column)
{
    const imr_cox_rows_t *rows = self->rows;
    const double *risk = self->likelihood.risk;
    int late = rows->leaving != NULL;
    imr_sum_t sum = { 0, 0 };

    for (size_t k = 0; k < rows->sets; k++) {
        size_t begin = (size_t) rows->begin[k], first = (size_t) rows->first_event[k];
        double tied = 0;

        if (imr_cox_begins_stratum(rows, k)) {
            sum.high = sum.low = 0;
        }
        for (size_t i = begin; i < first; i++) {
            sum = plus(sum, risk[i] * move_of(self, vector, column, i), late);
        }
        for (int64_t q = late ? rows->leave_begin[k] : 0; late && q < rows->leave_end[k]; q++) {
            size_t i = (size_t) rows->leaving[q];

            sum = plus(sum, -risk[i] * move_of(self, vector, column, i), late);
        }
        for (size_t i = first; i < (size_t) rows->end[k]; i++) {
            double moved = risk[i] * move_of(self, vector, column, i);

            sum = plus(sum, moved, late);
            tied += moved;
        }
        self->pull[k] = self->curve[k] * sum.high - self->tied_curve[k] * tied;
        self->tied_pull[k] = self->tied_curve[k] * sum.high - self->tied_tied[k] * tied;
    }
}

/* image: by groups, the information (without the penalty's) times a move as in `pull_sets`. What a row
 * does not have of the pull, since it entered late, may be much more than what it has. */
static int
multiply(imr_cox_frailty_climb_t *self, const double *vector, size_t column, double *image,
    imr_fault_t *fault)
{
    const imr_cox_rows_t *rows = self->rows;
    const double *risk = self->likelihood.risk, *out = self->likelihood.out;
    int late = rows->leaving != NULL;
    imr_sum_t pull = { 0, 0 };

    pull_sets(self, vector, column);
    memset(image, 0, self->groups * sizeof(double));
    if (late) {
        memset(self->missed, 0, rows->n * sizeof(*self->missed));
    }
    for (size_t k = rows->sets; k-- > 0;) {
        size_t first = (size_t) rows->first_event[k], end = (size_t) rows->end[k];
        imr_sum_t tied;

        if (k + 1 == rows->sets || rows->set_stratum[k] != rows->set_stratum[k + 1]) {
            pull.high = pull.low = 0;
        }
        tied = plus(pull, self->pull[k] - self->tied_pull[k], late);
        pull = plus(pull, self->pull[k], late);
        for (int64_t q = late ? rows->leave_begin[k] : 0; late && q < rows->leave_end[k]; q++) {
            self->missed[rows->leaving[q]] = pull;
        }
        for (size_t i = (size_t) rows->begin[k]; i < end; i++) {
            imr_sum_t own = i < first ? pull : tied;

            if (late) {
                own.high = (own.high - self->missed[i].high) + (own.low - self->missed[i].low);
            }
            image[rows->cluster[i]] +=
                out[i] * move_of(self, vector, column, i) - risk[i] * own.high;
        }
    }
    return imr_stop_asked(self->likelihood.stop, 20 * (double) rows->n)
        ? imr_fault(fault, IMR_ERR_STOPPED, NULL, -1, NAN)
        : IMR_OK;
}

/* The same with the penalty's information, of a vector of groups. */
static int
multiply_groups(
    imr_cox_frailty_climb_t *self, const double *vector, double *image, imr_fault_t *fault)
{
    int status = multiply(self, vector, 0, image, fault);

    for (size_t g = 0; g < self->groups; g++) {
        image[g] += (self->diagonal[g] - self->expected[g]) * vector[g];
    }
    return status;
}

/* Conjugate gradients, preconditioned by the diagonal. */
int
imr_cox_frailty_solve(imr_cox_frailty_climb_t *self, const double *right, double enough,
    double *solution, imr_fault_t *fault)
{
    size_t groups = self->groups;
    double *residual = self->residual, *scaled = self->scaled, *direction = self->direction;
    double *image = self->image, left;
    int status = multiply_groups(self, solution, image, fault);

    for (size_t g = 0; g < groups; g++) {
        residual[g] = right[g] - image[g];
        scaled[g] = direction[g] = residual[g] / self->diagonal[g];
    }
    left = imr_inner_product(residual, scaled, groups);
    for (size_t round = 0; status == IMR_OK && left > enough; round++) {
        double length, part, before = left;

        if (round > 4 * groups + 50) { /* rounding holds the residual where it is */
            return left <= NEARLY * enough ? IMR_OK
                                           : imr_fault(fault, IMR_ERR_NOCONV, "cluster", -1, NAN);
        }
        status = multiply_groups(self, direction, image, fault);
        length = imr_inner_product(direction, image, groups);
        if (!(length > 0)) {
            return imr_fault(fault, IMR_ERR_NOCONV, "cluster", -1, NAN);
        }
        part = left / length;
        for (size_t g = 0; g < groups; g++) {
            solution[g] += part * direction[g];
            residual[g] -= part * image[g];
            scaled[g] = residual[g] / self->diagonal[g];
        }
        left = imr_inner_product(residual, scaled, groups);
        for (size_t g = 0; g < groups; g++) {
            direction[g] = scaled[g] + left / before * direction[g];
        }
    }
    return status;
}

/* --- Newton's method ---------------------------------------------------------------------------- */

/* mixed, solved and schur, not yet factored. */
static int
inform(imr_cox_frailty_climb_t *self, double part, imr_fault_t *fault)
{
    size_t p = self->rows->p, groups = self->groups;
    int status = IMR_OK;

    memcpy(self->schur, self->likelihood.information, p * p * sizeof(double));
    for (size_t j = 0; j < p && status == IMR_OK; j++) {
        double *mixed = self->mixed + j * groups, *solved = self->solved + j * groups;
        double enough = part * self->likelihood.magnitude[j];

        status = multiply(self, NULL, j, mixed, fault);
        if (status == IMR_OK) {
            status = imr_cox_frailty_solve(self, mixed, enough, solved, fault);
        }
        for (size_t c = 0; c <= j && status == IMR_OK; c++) { /* the error is a product of two */
            self->schur[j * p + c] -= imr_inner_product(self->mixed + c * groups, solved, groups)
                + imr_inner_product(self->solved + c * groups, self->residual, groups);
        }
    }
    return status;
}

/* The factor of schur; where that is rounding, of a little more: any curvature will do for a step. */
static int
factor(imr_cox_frailty_climb_t *self, imr_fault_t *fault)
{
    size_t p = self->rows->p;
    double *plain = self->unfactored;

    memcpy(plain, self->schur, p * p * sizeof(double));
    for (double ridge = RIDGE; imr_cholesky(self->schur, p, NULL) < p; ridge *= 1e3) {
        if (ridge > 1) {
            return imr_fault(fault, IMR_ERR_NOCONV, "X", -1, NAN);
        }
        memcpy(self->schur, plain, p * p * sizeof(double));
        for (size_t j = 0; j < p; j++) {
            self->schur[j * p + j] += ridge * (1 + self->likelihood.magnitude[j]);
        }
    }
    return IMR_OK;
}

/* The step and the norm of the score; `part` is what may be left of equations. */
static int
find_step(imr_cox_frailty_climb_t *self, double part, imr_fault_t *fault)
{
    size_t p = self->rows->p, groups = self->groups;
    double norm, size = 0;
    int status;

    for (size_t g = 0; g < groups; g++) {
        self->slope[g] =
            self->events[g] - self->expected[g] - expm1(self->log_frailty[g]) / self->theta;
        self->diagonal[g] = self->expected[g] + exp(self->log_frailty[g]) / self->theta;
        size += self->slope[g] * self->slope[g] / self->diagonal[g];
    }
    memcpy(self->score, self->likelihood.score, p * sizeof(double));
    status = inform(self, part, fault);
    if (status == IMR_OK) {
        status = factor(self, fault);
    }
    if (status == IMR_OK) {
        memset(self->along, 0, groups * sizeof(double));
        status = imr_cox_frailty_solve(
            self, self->slope, fmax(part * size, NO_SCORE), self->along, fault);
    }
    if (status != IMR_OK) {
        return status;
    }
    for (size_t j = 0; j < p; j++) {
        self->step[j] =
            self->score[j] - imr_inner_product(self->mixed + j * groups, self->along, groups);
    }
    imr_solve_lower(self->schur, p, self->step);
    imr_solve_upper(self->schur, p, self->step);
    for (size_t j = 0; j < p; j++) {
        for (size_t g = 0; g < groups; g++) {
            self->along[g] -= self->step[j] * self->solved[j * groups + g];
        }
    }
    norm = imr_inner_product(self->step, self->score, p)
        + imr_inner_product(self->along, self->slope, groups);
    self->norm = sqrt(fmax(norm, 0));
    return IMR_OK;
}

/* A step where the information is rounding: that of a cluster alone at risk, which an earlier step left far
 * down, where all is flat. Along the slope, in units of the penalty's curvature at no frailty. */
static void
slope_alone(imr_cox_frailty_climb_t *self)
{
    memset(self->step, 0, self->rows->p * sizeof(double));
    for (size_t g = 0; g < self->groups; g++) {
        self->along[g] = fmax(-LONGEST, fmin(LONGEST, self->theta * self->slope[g]));
    }
    self->norm = INFINITY;
}

/* Where a climb does not end: has a cluster a hazard so large that its frailty is next to nothing? */
static int
is_far(const imr_cox_frailty_climb_t *self)
{
    for (size_t g = 0; g < self->groups; g++) {
        if (self->log_frailty[g] < -FARTHEST) {
            return 1;
        }
    }
    return 0;
}

/* Goes along the step as far as the likelihood does not fall; *better is 0 if it falls at once, and
 * *outside 1 if the whole step leads to hazard ratios out of range. */
static int
go(imr_cox_frailty_climb_t *self, int *better, int *outside, imr_fault_t *fault)
{
    size_t p = self->rows->p, groups = self->groups;
    double longest = 0, part, value;

    for (size_t g = 0; g < groups; g++) {
        longest = fmax(longest, self->along[g]);
    }
    part = fmin(1, LONGEST / longest);
    *better = *outside = 0;
    for (int halving = 0; halving < MOST_HALVINGS; halving++, part /= 2) {
        int status;

        for (size_t j = 0; j < p; j++) {
            self->trial_coef[j] = self->coef[j] + part * self->step[j];
        }
        for (size_t g = 0; g < groups; g++) {
            self->trial_log[g] = self->log_frailty[g] + part * self->along[g];
        }
        status = evaluate(self, self->trial_coef, self->trial_log, &value, fault);
        if (status != IMR_OK) {
            return status;
        }
        *outside |= !isfinite(value);
        if (value >= self->value - 1e-12 * (1 + fabs(self->value))) {
            memcpy(self->coef, self->trial_coef, p * sizeof(double));
            memcpy(self->log_frailty, self->trial_log, groups * sizeof(double));
            self->value = value;
            *better = 1;
            return IMR_OK;
        }
    }
    return evaluate(self, self->coef, self->log_frailty, &value, fault);
}

static int
start(imr_cox_frailty_climb_t *self, double theta, imr_fault_t *fault)
{
    int status;

    self->theta = theta;
    status = evaluate(self, self->coef, self->log_frailty, &self->value, fault);
    if (status == IMR_OK && !isfinite(self->value)) {
        status = imr_fault(fault, IMR_ERR_COX_FRAILTY_SPREAD, "X", -1, NAN);
    }
    if (status == IMR_OK) {
        take(self);
    }
    return status;
}

int
imr_cox_frailty_climb_flat(imr_cox_frailty_climb_t *self, imr_fault_t *fault)
{
    memset(self->log_frailty, 0, self->groups * sizeof(double));
    return start(self, 0, fault);
}

int
imr_cox_frailty_climb(
    imr_cox_frailty_climb_t *self, double theta, double wanted, imr_fault_t *fault)
{
    double before = INFINITY, part = ROUGHLY_SOLVED;
    int better = 1, outside = 0, status = start(self, theta, fault);

    for (int iteration = 0; status == IMR_OK && iteration < MOST_ITERATIONS; iteration++) {
        status = find_step(self, part, fault);
        if (status == IMR_ERR_NOCONV && part < ROUGHLY_SOLVED) {
            part = ROUGHLY_SOLVED;
            status = find_step(self, part, fault);
        }
        if (status == IMR_ERR_NOCONV) {
            slope_alone(self);
            status = IMR_OK;
        }
        if (status != IMR_OK || self->norm < wanted
            || (self->norm < ROUNDED_NORM && self->norm > 0.5 * before) || !better) {
            break;
        }
        part = self->norm > SLOW * before ? SOLVED : part;
        before = self->norm;
        self->iterations++;
        status = go(self, &better, &outside, fault);
        if (status == IMR_OK) {
            take(self);
        }
    }
    if (status == IMR_OK && !(self->norm < fmax(wanted, ROUNDED_NORM))) {
        status = imr_fault(fault,
            outside || is_far(self) ? IMR_ERR_COX_FRAILTY_SPREAD : IMR_ERR_NOCONV, "X", -1, NAN);
    }
    return status;
}

int
imr_cox_frailty_inform(imr_cox_frailty_climb_t *self, imr_fault_t *fault)
{
    size_t p = self->rows->p, hollow;
    int status = inform(self, SOLVED, fault);

    if (status != IMR_OK) {
        return status;
    }
    for (size_t j = 0; j < p; j++) {
        self->step[j] = HOLLOW * self->likelihood.magnitude[j];
    }
    hollow = imr_cholesky(self->schur, p, self->step);
    return hollow == p
        ? IMR_OK
        : imr_fault(fault, IMR_ERR_COX_FRAILTY_HOLLOW, "X column", (int64_t) hollow, NAN);
}
