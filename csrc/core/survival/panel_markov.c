#include "survival/panel_markov.h"

#include <math.h>
#include <string.h>

#include "base/cholesky.h"
#include "base/mem.h"
#include "base/quantile.h"

/* Of the score, in units of standard errors. */
#define ENOUGH 1e-10

/* Times the shortest gap: nothing more is seen of a faster intensity. Times the longest one: it is fast. */
#define FASTEST 20.0
#define FAST 5.0

/* An information about a log intensity below this, of at least one for each event, is none. */
#define NOTHING 1e-6

/* Where the parameters can be told apart no better than this, they are flat. */
#define TOGETHER 1e-6

/* Different pairs of rows up to which a climb begins anew: more of them hardly leave several maxima. */
#define FEW 500

/* What an intensity that has no end may still move the others by. */
#define STILL 1e-4

static int
check_options(const imr_panel_data_t *data, const imr_panel_options_t *options, imr_fault_t *fault)
{
    if (!(options->level > 0 && options->level < 1)) {
        return imr_fault(fault, IMR_ERR_LEVEL, "level", -1, options->level);
    }
    if (options->effects > IMR_PANEL_MOST_EFFECTS) {
        return imr_fault(fault, IMR_ERR_PANEL_SIZE, "covariates", -1, (double) options->effects);
    }
    for (size_t e = 0; e < options->effects; e++) {
        if (options->transition[e] < 0 || options->column[e] < 0
            || (size_t) options->transition[e] >= data->chain.transitions
            || (size_t) options->column[e] >= data->k) {
            return imr_fault(fault, IMR_ERR_CODE, "effects", (int64_t) e, NAN);
        }
    }
    return IMR_OK;
}

static int
prepare(imr_panel_markov_t *self, const imr_panel_options_t *options, imr_stop_t *stop)
{
    imr_panel_model_t *model = &self->model;
    size_t p;

    self->transitions = self->rows.chain.transitions;
    self->p = p = self->transitions + options->effects;
    model->rows = &self->rows;
    model->effects = options->effects;
    model->p = p;
    model->stop = stop;
    for (size_t e = 0; e < options->effects; e++) {
        model->transition[e] = (uint8_t) options->transition[e];
        model->column[e] = (uint8_t) options->column[e];
    }
    self->block = imr_calloc(
        2 * p + 4 * p * p + imr_panel_likelihood_work_size(&self->rows.chain), sizeof(double));
    if (self->block == NULL) {
        return IMR_ERR_NOMEM;
    }
    self->estimate = self->block;
    self->std_error = self->estimate + p;
    self->covariance = self->std_error + p;
    self->climb.value.hessian = self->covariance + p * p;
    self->climb.hessian = self->climb.value.hessian + p * p;
    self->climb.factor = self->climb.hessian + p * p;
    model->work = self->climb.factor + p * p;
    self->climb.model = model;
    self->climb.fixed = p;
    self->climb.enough = ENOUGH;
    self->climb.highest = log(FASTEST / self->rows.shortest);
    return IMR_OK;
}

/* Half an event each, and those that are seen, over the time that begins in the state. */
static void
crude_rates(const imr_panel_markov_t *self, double *log_rate)
{
    const imr_panel_rows_t *rows = &self->rows;
    double time[IMR_PANEL_MOST_STATES] = { 0 }, count[IMR_PANEL_MOST_TRANSITIONS] = { 0 };

    for (size_t i = 0; i < rows->intervals; i++) {
        const imr_panel_interval_t *interval = &rows->interval[i];

        time[interval->start] += interval->count * interval->gap;
        for (size_t j = 0; j < self->transitions; j++) {
            if (rows->chain.from[j] == interval->start
                && interval->target == UINT32_C(1) << rows->chain.to[j]) {
                count[j] += interval->count;
            }
        }
    }
    for (size_t j = 0; j < self->transitions; j++) {
        double followed = time[rows->chain.from[j]];

        log_rate[j] = log((count[j] + 0.5) / (followed > 0 ? followed : rows->total));
    }
}

/* --- the maximum ----------------------------------------------------------------------------------- */

/* The fastest transition, if it is so fast that hardly anybody stays for the longest gap; or their number. */
static size_t
find_fast(const imr_panel_markov_t *self)
{
    double most = log(FAST / self->rows.longest);
    size_t fastest = self->transitions;

    for (size_t j = 0; j < self->transitions; j++) {
        if (!(self->climb.point.zero >> j & 1) && self->climb.point.parameter[j] > most) {
            most = self->climb.point.parameter[j];
            fastest = j;
        }
    }
    return fastest;
}

static int
name_fault(const imr_panel_markov_t *self, int status, imr_fault_t *fault)
{
    size_t fastest = find_fast(self);

    if ((status == IMR_ERR_PANEL_FLAT || status == IMR_ERR_NOCONV) && fastest < self->transitions) {
        status = IMR_ERR_PANEL_FAST;
    }
    return imr_fault(
        fault, status, "transitions", status == IMR_ERR_PANEL_FAST ? (int64_t) fastest : -1, NAN);
}

/* Two infinite intensities out of one state, or round a circle, leave open where they lead. */
static int
has_one_way(const imr_panel_markov_t *self)
{
    const imr_panel_chain_t *chain = &self->rows.chain;
    uint32_t reach[IMR_PANEL_MOST_STATES], left = 0;

    imr_panel_reach(chain, self->infinite, reach);
    for (size_t j = 0; j < self->transitions; j++) {
        if (self->infinite >> j & 1) {
            if ((left | reach[chain->to[j]]) >> chain->from[j] & 1) {
                return 0;
            }
            left |= UINT32_C(1) << chain->from[j];
        }
    }
    return 1;
}

/* Where the climb ended because nothing more was to be gained by a higher intensity: to its bound. */
static int
raise_to_bounds(imr_panel_markov_t *self)
{
    imr_panel_climb_t *climb = &self->climb;
    int raised = 0;

    for (size_t j = 0; j < self->transitions; j++) {
        imr_panel_value_t value = { .hessian = climb->hessian };
        imr_panel_point_t point = climb->point;
        int status;

        if ((point.zero | climb->idle) >> j & 1
            || -climb->value.hessian[j * self->p + j] > NOTHING) {
            continue;
        }
        point.parameter[j] = climb->highest;
        status = imr_panel_likelihood(&self->model, &point, 0, &value);
        if (status != IMR_OK) {
            return status;
        }
        if (value.loglik > climb->value.loglik - NOTHING) {
            climb->point = point;
            raised = 1;
        }
    }
    return raised ? imr_panel_climb(climb) : IMR_OK;
}

/* From crude rates, from faster and slower ones, and from equal ones: few visits may leave several maxima. The
 * highest is the answer, but one without end only where there is no other. */
static int
climb_from_all(imr_panel_markov_t *self)
{
    static const double faster[] = { 0, 2, -2, 0 };
    enum { STARTS = sizeof faster / sizeof *faster };
    imr_panel_climb_t *climb = &self->climb;
    imr_panel_point_t best = { .zero = 0 };
    double crude[IMR_PANEL_MOST_TRANSITIONS], highest = -INFINITY, flat = -INFINITY, equal = 0;
    int first = IMR_OK, best_is_bounded = 1;

    crude_rates(self, crude);
    for (size_t j = 0; j < self->transitions; j++) {
        equal += crude[j] / (double) self->transitions;
    }
    for (int start = 0; start < STARTS && (start == 0 || self->rows.intervals <= FEW); start++) {
        int status;

        climb->point = (imr_panel_point_t) { .zero = 0 };
        for (size_t j = 0; j < self->transitions; j++) {
            double rate = start == STARTS - 1 ? equal : crude[j] + faster[start];

            climb->point.parameter[j] = fmin(climb->highest, rate);
        }
        status = imr_panel_climb(climb);
        if (status == IMR_OK) {
            status = raise_to_bounds(self);
        }
        if (status == IMR_ERR_STOPPED) {
            return status;
        }
        first = start == 0 ? status : first;
        if (status == IMR_ERR_PANEL_FLAT && find_fast(self) == self->transitions) {
            flat = fmax(flat, climb->value.loglik);
        }
        if (status == IMR_OK) {
            int bounded = imr_panel_is_bounded(climb) || climb->weakest < TOGETHER;

            if (!isfinite(highest) || bounded < best_is_bounded
                || (bounded == best_is_bounded
                    && climb->value.loglik > highest + IMR_PANEL_HIGHER * (1 + fabs(highest)))) {
                highest = climb->value.loglik;
                best = climb->point;
                best_is_bounded = bounded;
            }
        }
    }
    if (!isfinite(highest)) {
        return first;
    }
    if (flat > highest - IMR_PANEL_HIGHER * (1 + fabs(highest))) {
        return IMR_ERR_PANEL_FLAT;
    }
    climb->point = best;
    return IMR_OK;
}

/* Intensities at their bound: infinite, when nothing else moves if the bound does. */
static int
check_bounds(imr_panel_markov_t *self, imr_fault_t *fault)
{
    imr_panel_climb_t *climb = &self->climb;
    imr_panel_point_t before;
    int status;

    for (size_t a = self->transitions; a < self->p; a++) {
        if (fabs(climb->point.parameter[a]) >= imr_panel_bound(climb, a) - IMR_PANEL_AT_BOUND
            && !((climb->point.zero | climb->idle) >> imr_panel_transition_of(&self->model, a)
                & 1)) {
            return imr_fault(fault, IMR_ERR_PANEL_MONOTONE, "covariates column",
                self->model.column[a - self->transitions], NAN);
        }
    }
    for (size_t j = 0; j < self->transitions; j++) {
        if (!((climb->point.zero | climb->idle) >> j & 1)
            && climb->point.parameter[j] >= climb->highest - IMR_PANEL_AT_BOUND) {
            self->infinite |= UINT64_C(1) << j;
        }
    }
    if (climb->weakest < TOGETHER) {
        return name_fault(self, IMR_ERR_PANEL_FLAT, fault);
    }
    if (self->infinite == 0) {
        return IMR_OK;
    }
    if (!has_one_way(self)) {
        return name_fault(self, IMR_ERR_PANEL_FAST, fault);
    }
    before = climb->point;
    climb->highest += log(2);
    for (size_t j = 0; j < self->transitions; j++) {
        climb->point.parameter[j] += self->infinite >> j & 1 ? log(2) : 0;
    }
    status = imr_panel_climb(climb);
    for (size_t a = 0; a < self->p && status == IMR_OK; a++) {
        double moved = fabs(climb->point.parameter[a] - before.parameter[a]);
        int infinite = a < self->transitions && self->infinite >> a & 1;

        if (climb->point.zero != before.zero
            || (infinite ? climb->point.parameter[a] < climb->highest - IMR_PANEL_AT_BOUND
                         : moved > STILL)) {
            status = IMR_ERR_PANEL_FAST;
        }
    }
    return status == IMR_OK ? IMR_OK : name_fault(self, status, fault);
}

/* Estimates and their covariance in the units of the user. */
static void
summarise(imr_panel_markov_t *self)
{
    imr_panel_climb_t *climb = &self->climb;
    size_t p = self->p, m = climb->count;

    self->loglik = climb->value.loglik;
    memset(self->covariance, 0, p * p * sizeof(double));
    for (size_t a = 0; a < p; a++) {
        size_t j = imr_panel_transition_of(&self->model, a);
        int idle = (int) (climb->idle >> j & 1), zero = (int) (climb->point.zero >> j & 1);

        self->std_error[a] = NAN;
        if (a < self->transitions) {
            self->estimate[a] = self->infinite >> a & 1 ? INFINITY
                : idle                                  ? NAN
                : zero                                  ? 0
                                                        : exp(climb->point.parameter[a]);
        } else {
            self->estimate[a] = idle || zero ? NAN
                                             : climb->point.parameter[a]
                    / self->rows.scale[self->model.column[a - self->transitions]];
        }
    }
    imr_cholesky_inverse(climb->factor, m, climb->hessian);
    for (size_t r = 0; r < m; r++) {
        size_t a = climb->free[r];

        for (size_t c = 0; c < m; c++) {
            size_t b = climb->free[c];
            double units = (a < self->transitions
                                   ? 1
                                   : self->rows.scale[self->model.column[a - self->transitions]])
                * (b < self->transitions
                        ? 1
                        : self->rows.scale[self->model.column[b - self->transitions]]);

            self->covariance[a * p + b] = climb->hessian[r * m + c] / units;
        }
        self->std_error[a] = sqrt(self->covariance[a * p + a]);
    }
}

int
imr_panel_markov_fit(imr_panel_markov_t *self, const imr_panel_data_t *data,
    const imr_panel_options_t *options, imr_stop_t *stop, imr_fault_t *fault)
{
    int status;

    memset(self, 0, sizeof(*self));
    self->rows.other_row = -1;
    status = check_options(data, options, fault);
    if (status == IMR_OK) {
        status = imr_panel_rows(data, &self->rows, fault);
    }
    if (status != IMR_OK) {
        return status;
    }
    self->options = *options;
    status = prepare(self, options, stop);
    if (status != IMR_OK) {
        return imr_fault(fault, status, NULL, -1, NAN);
    }
    status = imr_quantile_chi_squared(options->level, 1, &self->quantile);
    if (status != IMR_OK) {
        return imr_fault(fault, status, "level", -1, options->level);
    }
    status = climb_from_all(self);
    if (status != IMR_OK) {
        return name_fault(self, status, fault);
    }
    self->higher = self->climb.point;
    return imr_panel_markov_refit(self, fault);
}

int
imr_panel_markov_refit(imr_panel_markov_t *self, imr_fault_t *fault)
{
    imr_panel_climb_t *climb = &self->climb;
    int status;

    climb->highest = log(FASTEST / self->rows.shortest);
    climb->point = self->higher;
    self->found_higher = 0;
    self->infinite = 0;
    status = imr_panel_climb(climb);
    if (status == IMR_OK) {
        status = raise_to_bounds(self);
    }
    if (status != IMR_OK) {
        return name_fault(self, status, fault);
    }
    status = check_bounds(self, fault);
    if (status == IMR_OK) {
        summarise(self);
    }
    return status;
}

void
imr_panel_markov_free(imr_panel_markov_t *self)
{
    imr_panel_rows_free(&self->rows);
    imr_free(self->block);
    self->block = NULL;
}
