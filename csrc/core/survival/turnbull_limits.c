#include "survival/turnbull_limits.h"

#include <math.h>
#include <string.h>

#include "base/mem.h"
#include "base/quantile.h"
#include "base/solve.h"
#include "survival/turnbull_steps.h"
#include "survival/turnbull_truncation.h"

/* Weights, for each row, beyond which a limit is given as the end of the range. */
#define MOST_PRESSURE 1e5

/* --- the maximum ------------------------------------------------------------------------------- */

static int
maximise(imr_turnbull_t *npmle, double *loglik, imr_stop_t *stop, imr_fault_t *fault)
{
    imr_turnbull_estimate_t estimate;
    int status = imr_turnbull_maximise(npmle, &estimate, stop, fault);

    if (status == IMR_OK) {
        *loglik = estimate.loglik;
        imr_free(estimate.block);
    }
    return status;
}

/* The same of left-truncated rows, with a press on a cut or NULL; *hazard becomes the cumulative hazard
 * up to the cut, and the press is no part of *loglik. */
static int
maximise_truncated(const imr_turnbull_limits_t *self, imr_turnbull_pressure_t *pressure,
    double *loglik, double *hazard, imr_fault_t *fault)
{
    imr_turnbull_truncation_t job;
    double gap, before = 0;
    int done = 0,
        status = imr_turnbull_truncation_init(&job, &self->ends, NULL, 0, pressure, fault);

    while (status == IMR_OK && !done) {
        status = imr_turnbull_truncation_advance(&job, &done, fault);
        if (status == IMR_OK && imr_stop_asked(self->stop, 8 * (job.npmle.work - before))) {
            status = imr_fault(fault, IMR_ERR_STOPPED, NULL, -1, NAN);
        }
        before = job.npmle.work;
    }
    if (status == IMR_OK) {
        status = imr_turnbull_truncation_certify(&job, loglik, &gap, fault);
    }
    if (status == IMR_OK && pressure != NULL) {
        *hazard = 0;
        for (size_t k = 0; k < job.npmle.n_cells; k++) {
            *hazard += job.chosen[k] < pressure->cut.cells ? job.npmle.mass[k] : 0;
        }
        *loglik += pressure->cost * *hazard;
    }
    imr_turnbull_truncation_free(&job);
    return status;
}

static int
find_maximum(imr_turnbull_limits_t *self, imr_fault_t *fault)
{
    imr_turnbull_t npmle;
    int status;

    if (self->ends.entry != NULL) {
        return maximise_truncated(self, NULL, &self->loglik, NULL, fault);
    }
    status = imr_turnbull_init(&npmle, &self->ends, NULL, 0, fault);
    if (status == IMR_OK) {
        status = maximise(&npmle, &self->loglik, self->stop, fault);
    }
    imr_turnbull_free(&npmle);
    return status;
}

void
imr_turnbull_limits_free(imr_turnbull_limits_t *self)
{
    imr_turnbull_ends_free(&self->ends);
    memset(self, 0, sizeof(*self));
}

int
imr_turnbull_limits_init(imr_turnbull_limits_t *self, const double *left, const double *right,
    const double *entry, size_t n, int fix_ties, double level, imr_stop_t *stop, imr_fault_t *fault)
{
    int status;

    memset(self, 0, sizeof(*self));
    if (!(level > 0 && level < 1)) {
        return imr_fault(fault, IMR_ERR_LEVEL, "level", -1, level);
    }
    status = imr_quantile_chi_squared(level, 1, &self->drop);
    if (status != IMR_OK) {
        return imr_fault(fault, status, "level", -1, level);
    }
    self->fix_ties = fix_ties;
    self->stop = stop;
    status = imr_turnbull_ends_init_entry(&self->ends, left, right, entry, n, fix_ties, fault);
    if (status == IMR_OK) {
        status = find_maximum(self, fault);
    }
    self->first_entry = entry == NULL ? 0 : UINT32_MAX;
    for (size_t i = 0; i < n && status == IMR_OK; i++) {
        uint32_t rank = self->ends.left[i];

        if (entry != NULL && self->ends.entry[i] < self->first_entry) {
            self->first_entry = self->ends.entry[i];
        }
        self->exact_zero |= rank == self->ends.right[i] && self->ends.value[rank] == 0;
    }
    if (status != IMR_OK) {
        imr_turnbull_limits_free(self);
    }
    return status;
}

/* --- one limit --------------------------------------------------------------------------------- */

/* The problem with a cut, and a side that is pressed on. */
typedef struct {
    imr_turnbull_limits_t *limits;
    imr_turnbull_cut_t cut;
    imr_turnbull_t npmle;
    double *start; /* masses none of which is 0 */
    int side;
    double other; /* what is left of the mass on the other side */
    double excess; /* root of the fall of twice the log-likelihood, less that of the drop */
    int status;
    imr_fault_t fault;
} press_t;

static double
mass_of(const imr_turnbull_t *npmle, size_t first, size_t end)
{
    double mass = 0;

    for (size_t j = first; j < end; j++) {
        mass += npmle->mass[j];
    }
    return mass;
}

/* The root of the fall, as it is nearly linear in the weight. NaN after a failure. */
static double
fall(double weight, const void *context)
{
    press_t *self = *(press_t *const *) context;
    imr_turnbull_t *npmle = &self->npmle;
    size_t m = npmle->n_cells, cells = self->cut.cells;
    double loglik, before, after, here;

    if (self->status != IMR_OK) {
        return NAN; /* the solver asks at both ends before it looks */
    }
    memcpy(npmle->mass, self->start, m * sizeof(*self->start));
    imr_turnbull_press(npmle, &self->cut, self->side, weight);
    self->status = maximise(npmle, &loglik, self->limits->stop, &self->fault);
    if (self->status != IMR_OK) {
        return NAN;
    }
    before = mass_of(npmle, 0, cells);
    after = mass_of(npmle, cells, m);
    here = self->side == 0 ? before : after;
    self->other = self->side == 0 ? after : before;
    loglik -= weight * log(here / (before + after));
    self->excess = sqrt(fmax(0, 2 * (self->limits->loglik - loglik))) - sqrt(self->limits->drop);
    return self->excess;
}

/* The least mass on the other side than `side` of the cut among the curves that are likely enough. */
static int
least_other(imr_turnbull_limits_t *limits, size_t at, int side, double *least, imr_fault_t *fault)
{
    press_t press = { .limits = limits, .cut = { .at = at }, .side = side }, *context = &press;
    double low = 0, high, most;
    int status = imr_turnbull_init_cut(&press.npmle, &limits->ends, &press.cut, fault);

    *least = 0;
    if (status != IMR_OK) {
        goto out;
    }
    press.start = imr_malloc(press.npmle.n_cells, sizeof(*press.start));
    if (press.start == NULL) {
        status = imr_fault(fault, IMR_ERR_NOMEM, NULL, -1, NAN);
        goto out;
    }
    memcpy(press.start, press.npmle.mass, press.npmle.n_cells * sizeof(*press.start));
    most = MOST_PRESSURE * (double) press.npmle.rows;
    for (high = 0.5 * sqrt((double) press.npmle.rows);; high *= 4) {
        (void) fall(high, &context);
        if (press.status != IMR_OK) {
            status = press.status;
            if (fault != NULL) {
                *fault = press.fault;
            }
            goto out;
        }
        if (press.excess >= 0) {
            break;
        }
        if (press.other == 0 || high > most) {
            goto out; /* all of the mass may be on the side pressed on */
        }
        low = high;
    }
    if (low == 0) { /* the fall at no weight is 0 */
        low = 1e-9 * high;
    }
    status = imr_solve_bracketed(fall, &context, low, high, 1e-11 * high, &high);
    if (status == IMR_OK) {
        (void) fall(high, &context);
    }
    status = press.status != IMR_OK ? press.status : status;
    if (status != IMR_OK) {
        imr_fault_t plain = { status, NULL, -1, NAN };

        if (fault != NULL) {
            *fault = press.status != IMR_OK ? press.fault : plain;
        }
        goto out;
    }
    *least = press.other;
out:
    imr_free(press.start);
    imr_turnbull_free(&press.npmle);
    return status;
}

/* --- one limit of left-truncated rows ---------------------------------------------------------- */

/* The answers for two presses on a cut: one whose curve is likely enough, and a greater that is not. */
typedef struct {
    imr_turnbull_limits_t *limits;
    imr_turnbull_pressure_t pressure;
    double sign; /* of the press: 1 asks for less hazard before the cut, -1 for more */
    double inside, inside_loglik; /* hazard and log-likelihood */
    double outside, outside_cost;
    double excess;
    int status;
    imr_fault_t fault;
} squeeze_t;

static double
truncated_fall(double cost, const void *context)
{
    squeeze_t *self = *(squeeze_t *const *) context;
    double loglik, hazard;

    if (self->status != IMR_OK) {
        return NAN;
    }
    self->pressure.cost = self->sign * cost;
    self->status =
        maximise_truncated(self->limits, &self->pressure, &loglik, &hazard, &self->fault);
    if (self->status != IMR_OK) {
        return NAN;
    }
    self->excess = sqrt(fmax(0, 2 * (self->limits->loglik - loglik))) - sqrt(self->limits->drop);
    if (self->excess < 0) {
        self->inside = hazard;
        self->inside_loglik = loglik;
    } else {
        self->outside = hazard;
        self->outside_cost = cost;
    }
    return self->excess;
}

/* The least (sign 1) or largest (sign -1) cumulative hazard up to the cut among the curves that are
 * likely enough. Where it jumps as the press grows, all between is as likely as a line says. */
static int
extreme_hazard(
    imr_turnbull_limits_t *limits, size_t at, double sign, double *hazard, imr_fault_t *fault)
{
    squeeze_t squeeze = { .limits = limits, .pressure.cut.at = at, .sign = sign };
    squeeze_t *context = &squeeze;
    double low = 0, high = 0, most = MOST_PRESSURE * (double) limits->ends.n, part = 1, line;
    imr_turnbull_truncation_t job;
    int status =
        imr_turnbull_truncation_init(&job, &limits->ends, NULL, 0, &squeeze.pressure, fault);

    imr_turnbull_truncation_free(&job);
    if (status != IMR_OK) {
        return status;
    }
    *hazard = sign > 0 ? 0 : INFINITY;
    if (sign < 0 && !(squeeze.pressure.least > 0)) {
        return IMR_OK; /* somewhere before the cut nobody is known to pass */
    }
    squeeze.excess = -1;
    squeeze.outside = *hazard;
    while (squeeze.excess < 0 && squeeze.status == IMR_OK) {
        low = high;
        part /= 4;
        high = sign < 0 ? squeeze.pressure.least * (1 - part)
            : high == 0 ? 0.5 * sqrt((double) limits->ends.n)
                        : 4 * high;
        if (part < 0x1p-50 || high > most) {
            break;
        }
        (void) truncated_fall(high, &context);
        if (sign > 0 && squeeze.excess < 0 && squeeze.inside == 0) {
            return squeeze.status; /* none need have had it */
        }
    }
    if (squeeze.excess >= 0) {
        low = low == 0 ? 1e-9 * high : low;
        status = imr_solve_bracketed(truncated_fall, &context, low, high, 1e-11 * high, &high);
    } else {
        squeeze.outside_cost = sign < 0 ? squeeze.pressure.least : high;
    }
    if (squeeze.status != IMR_OK || status != IMR_OK) {
        imr_fault_t plain = { status, NULL, -1, NAN };

        if (fault != NULL) {
            *fault = squeeze.status != IMR_OK ? squeeze.fault : plain;
        }
        return squeeze.status != IMR_OK ? squeeze.status : status;
    }
    line = (squeeze.inside_loglik - (limits->loglik - 0.5 * limits->drop)) / squeeze.outside_cost;
    *hazard = sign < 0 ? fmin(squeeze.outside, squeeze.inside + line)
                       : fmax(squeeze.outside, squeeze.inside - line);
    return IMR_OK;
}

/* --- limits ------------------------------------------------------------------------------------ */

/* The cut just after which a time is. */
static size_t
cut_at(const imr_turnbull_limits_t *self, double time)
{
    const double *value = self->ends.value;
    size_t low = 0, high = self->ends.n_values;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (value[middle] < time) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    for (size_t v = low > 0 ? low - 1 : 0; v <= low && v < self->ends.n_values; v++) {
        if (time == value[v] || (self->fix_ties && imr_turnbull_same_time(time, value[v]))) {
            return 2 * v + 1;
        }
    }
    return 2 * low;
}

/* Is the cut where nothing can have happened yet: before 0, at 0 without an event there, or not after
 * the first entry? */
static int
is_origin(const imr_turnbull_limits_t *self, size_t at)
{
    if (self->first_entry > 0) {
        return at < 2 * (size_t) self->first_entry;
    }
    return self->ends.n_values > 0 && self->ends.value[0] == 0
        && (at == 0 || (at == 1 && !self->exact_zero));
}

static int
low_limit(imr_turnbull_limits_t *self, size_t at, double *low, imr_fault_t *fault)
{
    int status;

    *low = 1;
    if (is_origin(self, at)) {
        return IMR_OK;
    }
    if (self->ends.entry == NULL) {
        return least_other(self, at, 0, low, fault);
    }
    status = extreme_hazard(self, at, -1, low, fault);
    *low = exp(-*low);
    return status;
}

static int
high_limit(imr_turnbull_limits_t *self, size_t at, double *high, imr_fault_t *fault)
{
    int status;

    *high = 1;
    if (is_origin(self, at)) {
        return IMR_OK;
    }
    if (self->ends.entry == NULL) {
        status = least_other(self, at, 1, high, fault);
        *high = 1 - *high;
        return status;
    }
    status = extreme_hazard(self, at, 1, high, fault);
    *high = exp(-*high);
    return status;
}

int
imr_turnbull_survival_limits(
    imr_turnbull_limits_t *self, double time, double *low, double *high, imr_fault_t *fault)
{
    int status;
    size_t at;

    if (isnan(time)) {
        return imr_fault(fault, IMR_ERR_NONFINITE, "times", -1, time);
    }
    if (time < 0 || (time == 0 && !self->exact_zero)) {
        *low = *high = 1;
        return IMR_OK;
    }
    if (isinf(time)) {
        *low = *high = 0;
        return IMR_OK;
    }
    at = cut_at(self, time);
    status = low_limit(self, at, low, fault);
    return status == IMR_OK ? high_limit(self, at, high, fault) : status;
}

/* Both limits fall with time. */
int
imr_turnbull_quantile_limits(
    imr_turnbull_limits_t *self, double p, double *low, double *high, imr_fault_t *fault)
{
    const double *value = self->ends.value;
    size_t last = 2 * self->ends.n_values, first, end, middle;
    double limit;
    int status = IMR_OK;

    if (!(p > 0 && p < 1)) {
        return imr_fault(fault, IMR_ERR_PROBABILITY, "p", -1, p);
    }
    /* the first cut at which as many may have had it; after all values they may */
    for (first = 0, end = last; first < end;) {
        middle = first + (end - first) / 2;
        status = low_limit(self, middle, &limit, fault);
        if (status != IMR_OK) {
            return status;
        }
        if (limit <= 1 - p) {
            end = middle;
        } else {
            first = middle + 1;
        }
    }
    *low = first == 0 ? 0 : value[(first - 1) / 2];
    /* the last cut at which no more need have had it; at the first nobody need have had it */
    for (first = 1, end = last + 1; first < end;) {
        middle = first + (end - first) / 2;
        status = high_limit(self, middle, &limit, fault);
        if (status != IMR_OK) {
            return status;
        }
        if (limit >= 1 - p) {
            first = middle + 1;
        } else {
            end = middle;
        }
    }
    *high = first - 1 == last ? INFINITY : value[(first - 1) / 2];
    return IMR_OK;
}
