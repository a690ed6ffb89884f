#include "survival/interval_cox_climb.h"

#include <math.h>
#include <string.h>

#include "base/mem.h"
#include "survival/interval_cox_steps.h"

/* Far below what is certified, so that the coefficients are good to many digits too. */
#define WANTED_NORM 1e-10
#define WANTED_GAP 1e-12
/* A loose climb ends where a step gains about half the square of this, and going far out costs digits. */
#define LOOSE_NORM 1e-4
#define LOOSE_GAP 1e-7
#define MOST_ROUNDS 1000
#define WRONG_SCALE 10
#define MOST_IDLE 100 /* rounds without progress */
/* With less to gain, rounding is as large as what a step gains; the slopes at its ends decide. */
#define SMALL_GAIN 1e-7
#define LEAST_HAZARD 1e-30 /* far beyond, the curvature would overflow */
#define MOST_HAZARD 1e30
#define MOST_SPREAD 60.0 /* of log hazard ratios: sums of hazards keep no digits of the least */

/* --- set-up ------------------------------------------------------------------------------------- */

static double *
place_point(imr_interval_cox_point_t *point, double *next, size_t n, size_t p, size_t m)
{
    point->row = (imr_interval_cox_row_t *) next;
    point->coef = next + n * (sizeof(imr_interval_cox_row_t) / sizeof(double));
    point->score = point->coef + p;
    point->jump = point->score + p;
    point->sum = point->jump + m;
    point->rest = point->sum + m;
    point->slope = point->rest + m;
    point->bend = point->slope + m;
    point->gain = point->bend + m;
    return point->gain + m;
}

int
imr_interval_cox_climb_init(imr_interval_cox_climb_t *self, const imr_interval_cox_rows_t *rows,
    imr_stop_t *stop, imr_fault_t *fault)
{
    size_t p = rows->p, m = rows->cells;
    size_t doubles = 2 * (sizeof(imr_interval_cox_row_t) / sizeof(double) * rows->n + 2 * p + 6 * m)
        + 2 * (p + m) + 6 * (m + 1) + 2 * m + m * (p + 1) + 2 * p * p + 2 * p;
    double *next;

    memset(self, 0, sizeof(*self));
    self->rows = rows;
    self->stop = stop;
    self->fixed = p;
    self->block = imr_calloc(doubles * sizeof(double) + (m + 1 + p) * sizeof(size_t)
            + 3 * (m + 1) * sizeof(uint32_t) + m,
        1);
    if (self->block == NULL) {
        return imr_fault(fault, IMR_ERR_NOMEM, NULL, -1, NAN);
    }
    next = place_point(&self->here, self->block, rows->n, p, m);
    next = place_point(&self->trial, next, rows->n, p, m);
    self->step = next;
    self->first_step = self->step + p;
    self->change = self->first_step + p;
    self->first_change = self->change + m;
    self->at_risk = self->first_change + m;
    self->begun = (imr_sum_t *) (self->at_risk + m + 1);
    self->ended = self->begun + m + 1;
    self->excess = (double *) (self->ended + m + 1);
    self->level = self->excess + m + 1;
    self->level_weight = self->level + m;
    self->right = self->level_weight + m;
    self->schur = self->right + m * (p + 1);
    self->factor = self->schur + p * p;
    self->raw = self->factor + p * p;
    self->free_slope = self->raw + p;
    self->entry = (size_t *) (self->free_slope + p);
    self->free_column = self->entry + m + 1;
    self->cell = (uint32_t *) (self->free_column + p);
    self->place = self->cell + m + 1;
    self->reach = self->place + m + 1;
    self->gone = (uint8_t *) (self->reach + m + 1);
    memcpy(self->here.jump, rows->hazard, m * sizeof(double));
    return IMR_OK;
}

void
imr_interval_cox_climb_free(imr_interval_cox_climb_t *self)
{
    imr_free(self->block);
    imr_free(self->matrix);
    memset(self, 0, sizeof(*self));
}

/* --- the likelihood ----------------------------------------------------------------------------- */

/* Slopes in the sums, gains of the cells, and what they leave, out of the sums over rows. */
static void
find_gains(imr_interval_cox_climb_t *self, imr_interval_cox_point_t *point, double events)
{
    size_t m = self->rows->cells;
    imr_sum_t wanted = { 0, 0 }; /* what is large early cancels, and may be small late */
    double risk = 0, left = 0, most = 0;

    point->outside = 0;
    point->slope[0] = 0;
    for (size_t k = m; k-- > 0;) {
        if (k + 1 < m) {
            point->gain[k] = risk;
        }
        risk += self->at_risk[k];
    }
    for (size_t j = 0; j + 1 < m; j++) {
        double more, at_risk = point->gain[j];

        wanted = imr_sum_plus(wanted, self->begun[j]);
        wanted = imr_sum_plus(wanted, imr_sum_of(-self->ended[j].high, -self->ended[j].low));
        more = imr_sum_add(wanted, -at_risk).high;
        left += point->jump[j] * fabs(more);
        point->gain[j] = more / at_risk;
        most = fmax(most, point->gain[j]);
        if (point->jump[j] == 0) {
            point->outside = fmax(point->outside, point->gain[j]);
        }
        /* a later sum raises the hazard in the cell before it, and lowers that in the cell after */
        point->slope[j + 1] = more;
        point->slope[j] -= j > 0 ? more : 0;
    }
    for (size_t k = 1; k < m; k++) {
        point->slope[k] *= point->sum[k];
    }
    point->gap = most + left / events;
}

/* All of a point out of its coefficients and jumps. */
static void
evaluate(imr_interval_cox_climb_t *self, imr_interval_cox_point_t *point)
{
    const imr_interval_cox_rows_t *rows = self->rows;
    size_t p = rows->p, m = rows->cells;
    imr_sum_t sum = { 0, 0 };
    double events = 0;

    point->loglik = 0;
    memset(point->score, 0, p * sizeof(double));
    memset(point->bend, 0, m * sizeof(double));
    memset(self->at_risk, 0, 5 * (m + 1) * sizeof(double)); /* and begun, ended */
    for (size_t j = 0; j < m; j++) {
        point->sum[j] = sum.high;
        point->rest[j] = sum.low;
        sum = imr_sum_add(sum, point->jump[j]);
    }
    for (size_t i = 0; i < rows->n; i++) {
        size_t a = rows->begin[i], b = rows->end[i];
        double ratio = exp(imr_interval_cox_log_ratio(rows, point->coef, i));
        double between = ratio * imr_interval_cox_between(rows, point, i);
        double x = ratio * point->sum[a];
        imr_interval_cox_row_t *row = &point->row[i];

        if (!(between > LEAST_HAZARD && x < MOST_HAZARD && ratio > 0)
            || (b < m && !(between < MOST_HAZARD))) {
            point->loglik = -INFINITY;
            return;
        }
        imr_interval_cox_row(row, x, between);
        point->loglik -= x + log1p(row->q);
        self->at_risk[a] += ratio;
        if (b < m) {
            self->begun[a] = imr_sum_add(self->begun[a], ratio * row->q);
            self->ended[b] = imr_sum_add(self->ended[b], ratio * row->q);
            point->bend[b] += row->yy;
            events++;
        }
        point->bend[a] += row->xx;
        for (size_t j = 0; j < p; j++) {
            point->score[j] += rows->z[i * p + j] * row->slope;
        }
    }
    find_gains(self, point, events);
}

/* --- steps -------------------------------------------------------------------------------------- */

double
imr_interval_cox_slope(const imr_interval_cox_climb_t *self, const imr_interval_cox_point_t *point)
{
    double slope = 0;

    for (size_t k = 1; k < self->rows->cells; k++) {
        slope += point->slope[k] * self->change[k];
    }
    for (size_t j = 0; j < self->rows->p; j++) {
        slope += point->score[j] * self->step[j];
    }
    return slope;
}

/* The point at a part of the step. The jumps are differences of sums that change nearly alike. */
static void
go_part(imr_interval_cox_climb_t *self, double part)
{
    const imr_interval_cox_point_t *here = &self->here;

    for (size_t j = 0; j < self->rows->p; j++) {
        self->trial.coef[j] = here->coef[j] + part * self->step[j];
    }
    for (size_t j = 0; j + 1 < self->rows->cells; j++) {
        double low = part * self->change[j], high = part * self->change[j + 1];
        double before = j == 0 ? 0 : here->sum[j] * exp(low) * expm1(high - low);

        self->trial.jump[j] =
            part == 1 && self->gone[j] ? 0 : fmax(0, here->jump[j] * exp(high) + before);
    }
}

/* Goes along the step as far as the log-likelihood rises, in at most so many tries. It is concave: where
 * its slope is not negative it has risen all the way. */
static int
go(imr_interval_cox_climb_t *self, int tries)
{
    double slope = imr_interval_cox_slope(self, &self->here), part = 1;

    if (!(slope > 0)) {
        return 0;
    }
    for (int i = 0; i < tries; i++) {
        double there = -INFINITY;

        go_part(self, part);
        evaluate(self, &self->trial);
        if (isfinite(self->trial.loglik)) {
            there = imr_interval_cox_slope(self, &self->trial);
        }
        if (there >= 0
            || (there >= -0.5 * slope
                && (slope < SMALL_GAIN || self->trial.loglik >= self->here.loglik))) {
            imr_interval_cox_point_t old = self->here;

            self->here = self->trial;
            self->trial = old;
            return 1;
        }
        part *= fmin(0.9, fmax(0.1, slope / (slope - there)));
    }
    return 0;
}

/* The iterative convex minorant: Newton's step in the logarithm of each sum by itself, projected by
 * pooling on those that do not fall. */
static int
minorant_step(imr_interval_cox_climb_t *self)
{
    const imr_interval_cox_point_t *here = &self->here;
    size_t m = self->rows->cells, pools = 0, k = 1;
    uint32_t *size = self->cell;

    memset(self->step, 0, self->rows->p * sizeof(double));
    memset(self->gone, 0, m);
    for (size_t boundary = 1; boundary < m; boundary++) {
        double weight = fmax(here->bend[boundary], LEAST_HAZARD);
        double level =
            log(here->sum[boundary]) + fmax(-20, fmin(20, here->slope[boundary] / weight));
        uint32_t held = 1;

        for (; pools > 0 && self->level[pools - 1] >= level; pools--) {
            double more = self->level_weight[pools - 1];

            level = (level * weight + self->level[pools - 1] * more) / (weight + more);
            weight += more;
            held += size[pools - 1];
        }
        self->level[pools] = level;
        self->level_weight[pools] = weight;
        size[pools++] = held;
    }
    self->change[0] = 0;
    for (size_t i = 0; i < pools; i++) {
        for (uint32_t c = 0; c < size[i]; c++, k++) {
            self->change[k] = self->level[i] - log(here->sum[k]);
            self->gone[k - 1] = c > 0;
        }
    }
    return go(self, 30);
}

/* --- the climb ---------------------------------------------------------------------------------- */

static int
has_ended(const imr_interval_cox_climb_t *self, int since_less)
{
    double norm = self->norm, gap = self->here.gap;

    if (self->loose && norm <= LOOSE_NORM && gap <= LOOSE_GAP) {
        return 1;
    }
    return (norm <= WANTED_NORM && gap <= WANTED_GAP)
        || (norm <= IMR_INTERVAL_COX_CERTIFIED && gap <= IMR_INTERVAL_COX_CERTIFIED
            && since_less > 5);
}

/* Where coefficients have been set far from where the hazards were found, all hazards have a wrong scale:
 * takes that of as many events as there are, if that is better. */
static void
match_scale(imr_interval_cox_climb_t *self)
{
    const imr_interval_cox_rows_t *rows = self->rows;
    imr_interval_cox_point_t *here = &self->here;
    double total = 0, events = 0;

    for (size_t i = 0; i < rows->n; i++) {
        int has_event = rows->end[i] < rows->cells;

        events += has_event;
        total += exp(imr_interval_cox_log_ratio(rows, here->coef, i))
            * here->sum[has_event ? rows->end[i] : rows->begin[i]];
    }
    if (!(total < WRONG_SCALE * events) && isfinite(total)) {
        for (size_t j = 0; j + 1 < rows->cells; j++) {
            self->trial.jump[j] = here->jump[j] * (events / total);
        }
        memcpy(self->trial.coef, here->coef, rows->p * sizeof(double));
        evaluate(self, &self->trial);
        if (self->trial.loglik > here->loglik) {
            imr_interval_cox_point_t old = *here;

            *here = self->trial;
            self->trial = old;
        }
    }
}

/* Why a climb has no end: hazard ratios so far apart that digits are lost, no information, or rounding. */
static int
explain(imr_interval_cox_climb_t *self, double measure, imr_fault_t *fault)
{
    const imr_interval_cox_rows_t *rows = self->rows;
    double low = INFINITY, high = -INFINITY;
    size_t largest = 0, column;
    int flat, status;

    for (size_t i = 0; i < rows->n; i++) {
        double ratio = imr_interval_cox_log_ratio(rows, self->here.coef, i);

        low = fmin(low, ratio);
        high = fmax(high, ratio);
    }
    for (size_t j = 1; j < rows->p; j++) {
        largest = fabs(self->here.coef[j]) > fabs(self->here.coef[largest]) ? j : largest;
    }
    if (high - low > MOST_SPREAD || !isfinite(self->here.loglik)) {
        return imr_fault(fault, IMR_ERR_INTERVAL_COX_SPREAD, "X column", (int64_t) largest, NAN);
    }
    status = imr_interval_cox_flat(self, &flat, &column, fault);
    if (status != IMR_OK) {
        return status;
    }
    return flat ? imr_fault(fault, IMR_ERR_INTERVAL_COX_RANGE, "X column", (int64_t) column, NAN)
                : imr_fault(fault, IMR_ERR_UNCERTIFIED, "score_norm", -1, measure);
}

int
imr_interval_cox_climb(imr_interval_cox_climb_t *self, imr_fault_t *fault)
{
    double least = INFINITY, measure = INFINITY;
    int since_less = 0, found, moved, status;

    evaluate(self, &self->here);
    match_scale(self);
    self->norm = INFINITY;
    for (int round = 0;
        round < MOST_ROUNDS && since_less < MOST_IDLE && isfinite(self->here.loglik); round++) {
        status = imr_interval_cox_newton(self, &found, fault);
        if (status != IMR_OK) {
            return status;
        }
        self->iterations++;
        if (has_ended(self, since_less)) {
            return IMR_OK;
        }
        measure = fmax(self->norm, self->here.gap);
        since_less = measure < 0.9 * least ? 0 : since_less + 1;
        least = fmin(least, measure);
        moved = found && go(self, 12);
        if (!moved || (found == 1 && self->here.outside > WANTED_GAP)) {
            moved |= minorant_step(self);
        }
        if (!moved) { /* rounding ends it */
            since_less += 6;
            if (!(measure <= IMR_INTERVAL_COX_CERTIFIED)) {
                break;
            }
        }
    }
    return explain(self, measure, fault);
}
