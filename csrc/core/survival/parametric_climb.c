#include "survival/parametric_climb.h"

#include <math.h>
#include <string.h>

#include "base/cholesky.h"

#define MOST_ITERATIONS 300
#define MOST_HELD 100
/* What rounding leaves of a score, in units of what is good enough. */
#define NOISE 1e5
/* A profile has come to its end after so many steps that gained little. */
#define LITTLE 1e-10
#define MOST_IDLE 8
#define MOST_SCALES_AWAY 60.0 /* of the location from the latest time: a power law */

/* --- what is held ------------------------------------------------------------------------------ */

/* A hold on the location or on survival makes one parameter of the row asked about, the location or
 * the cure fraction, a function of the others. */
typedef struct {
    int local; /* which; IMR_LOCALS: none */
    double slope[IMR_LOCALS];
    double bend[IMR_LOCALS][IMR_LOCALS]; /* both halves */
} held_t;

int
imr_parametric_solve_location(imr_local_t *local, double time, double logit)
{
    double low = -INFINITY, high = INFINITY, reach = 1;
    double rises = local->distribution == IMR_GOMPERTZ ? -1 : 1;
    double *location = &local->at[IMR_LOCATION];
    imr_term_t term;

    for (int i = 0; i < 200; i++) {
        double step, next, excess;

        imr_parametric_logit(local, time, &term);
        excess = term.value - logit;
        if (isnan(excess)) {
            return 0;
        }
        if (excess * rises > 0) {
            high = *location;
        } else {
            low = *location;
        }
        step = -excess / term.slope[IMR_LOCATION];
        if (!(fabs(step) < reach)) { /* too far, or no slope to go by */
            step = (excess * rises > 0 ? -1 : 1) * reach;
            reach *= 2;
        }
        next = *location + step;
        if (!(next > low && next < high)) {
            if (isinf(low) || isinf(high) || !(fabs(high - low) > 1e-15 * fabs(low))) {
                return fabs(excess) < 1e-9 * (1 + fabs(logit));
            }
            next = 0.5 * (low + high);
        }
        if (fabs(next - *location) <= 4e-16 * fabs(next) || excess == 0) {
            return 1;
        }
        if (fabs(next) > 1e4) {
            return 0;
        }
        *location = next;
    }
    return fabs(term.value - logit) < 1e-9 * (1 + fabs(logit));
}

/* The survival of those not cured at the time held. */
static double
uncured_survival(const imr_parametric_t *self, const imr_hold_t *hold, const double *at)
{
    imr_local_t local =
        imr_parametric_local(self, at, imr_parametric_location(self, at, hold->covariates));
    imr_term_t term;

    local.cure = 0;
    imr_parametric_term(&local, IMR_ROW_RIGHT, hold->time, INFINITY, &term);
    return exp(term.value);
}

/* Which parameter gives way to the hold: the cure fraction where it makes most of the survival held,
 * for the location hardly moves that then. */
static int
choose(const imr_parametric_t *self, const imr_hold_t *hold, double *at)
{
    size_t cure = imr_parametric_place(self, IMR_CURE);

    if (hold->kind == IMR_HOLD_LOCATION || hold->kind == IMR_HOLD_SURVIVAL) {
        if (hold->kind == IMR_HOLD_SURVIVAL && cure < self->d) {
            if (hold->value > IMR_NO_CURE
                && uncured_survival(self, hold, at) < 0.5 / (1 + exp(-hold->value))) {
                return IMR_CURE;
            }
            at[cure] = fmin(at[cure], hold->value - 0.1);
        }
        return IMR_LOCATION;
    }
    return IMR_LOCALS;
}

/* Gives the parameter the value that the hold wants. 0 where there is none. */
static int
impose(const imr_parametric_t *self, const imr_hold_t *hold, int local, double *at)
{
    double location, survival, wanted = 1 / (1 + exp(-hold->value));
    imr_local_t row;

    if (local == IMR_LOCALS) {
        return 1;
    }
    if (local == IMR_CURE) {
        survival = uncured_survival(self, hold, at);
        at[imr_parametric_place(self, IMR_CURE)] = log(wanted - survival) + log1p(exp(hold->value));
        return survival < wanted;
    }
    location = imr_parametric_location(self, at, hold->covariates);
    if (hold->kind == IMR_HOLD_LOCATION) {
        at[0] += hold->value - location;
        return 1;
    }
    row = imr_parametric_local(self, at, location);
    if (!imr_parametric_solve_location(&row, hold->time, hold->value)) {
        return 0;
    }
    at[0] += row.at[IMR_LOCATION] - location;
    return 1;
}

/* The derivatives of the parameter that gives way. */
static void
differentiate(
    const imr_parametric_t *self, const imr_hold_t *hold, int gone, const double *at, held_t *held)
{
    imr_local_t row;
    imr_term_t term;

    memset(held, 0, sizeof(*held));
    held->local = gone;
    if (gone != IMR_LOCALS && hold->kind == IMR_HOLD_SURVIVAL) {
        double bend[IMR_LOCALS][IMR_LOCALS], front;

        row = imr_parametric_local(self, at, imr_parametric_location(self, at, hold->covariates));
        imr_parametric_logit(&row, hold->time, &term);
        for (int r = 0; r < IMR_LOCALS; r++) {
            for (int c = 0; c <= r; c++) {
                bend[r][c] = bend[c][r] = term.bend[r][c];
            }
        }
        front = -1 / term.slope[gone];
        for (int m = 0; m < IMR_LOCALS; m++) {
            held->slope[m] = m == gone ? 0 : front * term.slope[m];
        }
        for (int r = 0; r < IMR_LOCALS; r++) {
            for (int c = 0; c < IMR_LOCALS; c++) {
                held->bend[r][c] = r == gone || c == gone ? 0
                                                          : front
                        * (bend[r][c] + bend[r][gone] * held->slope[c]
                            + bend[c][gone] * held->slope[r]
                            + bend[gone][gone] * held->slope[r] * held->slope[c]);
            }
        }
    }
    if (gone == IMR_LOCATION) {
        held->slope[IMR_LOCATION] = -1; /* the intercept makes up for the other columns */
    }
}

/* Which parameter of a row a coordinate belongs to, and its derivative in it. */
static int
local_of(const imr_parametric_t *self, const imr_hold_t *hold, size_t coordinate, double *factor)
{
    *factor = 1;
    if (coordinate <= self->k) {
        *factor = coordinate == 0 ? 1 : hold->covariates[coordinate - 1];
        return IMR_LOCATION;
    }
    for (int m = IMR_SCALE; m < IMR_CURE; m++) {
        if (imr_parametric_place(self, m) == coordinate) {
            return m;
        }
    }
    return IMR_CURE;
}

/* The derivatives along the hold: those of the parameter that gives way go over to the others. */
static void
chain(const imr_parametric_t *self, const imr_hold_t *hold, const held_t *held,
    imr_parametric_point_t *point)
{
    size_t d = self->d, gone;
    double *hessian = point->hessian, *along = self->direction, front;

    if (held->local == IMR_LOCALS) {
        return;
    }
    gone = imr_parametric_place(self, held->local);
    front = point->score[gone];
    for (size_t j = 0; j < d; j++) {
        double factor;
        int local = local_of(self, hold, j, &factor);

        along[j] = j == gone ? 0 : held->slope[local] * factor;
    }
    for (size_t r = 0; r < d; r++) {
        double r_factor;
        int r_local = local_of(self, hold, r, &r_factor);

        if (r == gone) {
            continue;
        }
        point->score[r] += front * along[r];
        for (size_t c = 0; c < d; c++) {
            double factor;
            int local = local_of(self, hold, c, &factor);

            if (c != gone) {
                hessian[r * d + c] += along[r] * hessian[gone * d + c]
                    + along[c] * hessian[gone * d + r]
                    + along[r] * along[c] * hessian[gone * d + gone]
                    + front * held->bend[r_local][local] * r_factor * factor;
            }
        }
    }
}

/* --- steps ------------------------------------------------------------------------------------- */

/* q at an end of its range, pushed outwards by `push`. */
static int
leaves_range(const imr_parametric_t *self, const double *push)
{
    size_t shape = imr_parametric_place(self, IMR_SHAPE);

    return shape < self->d && fabs(self->at[shape]) >= IMR_MOST_SHAPE
        && push[shape] * self->at[shape] > 0;
}

/* The coordinates that move; q does not when `edge`. */
static size_t
list_free(imr_parametric_t *self, const imr_hold_t *hold, int gone, int edge)
{
    size_t cure = imr_parametric_place(self, IMR_CURE), m = 0;
    size_t given = gone == IMR_LOCALS ? self->d : imr_parametric_place(self, gone);
    size_t shape = edge ? imr_parametric_place(self, IMR_SHAPE) : self->d;

    for (size_t j = 0; j < self->d; j++) {
        int held = j == given || (hold->kind == IMR_HOLD_PARAMETER && j == hold->parameter);

        if (!held && j != shape && !(j == cure && self->at[j] < IMR_NO_CURE)) {
            self->free[m++] = j;
        }
    }
    return m;
}

/* Newton's step of the m free coordinates, the information raised until it is positive definite, and
 * *raised says whether. Returns the squared score in units of its variance: twice what the step gains. */
static double
newton_step(imr_parametric_t *self, size_t m, int *raised)
{
    const double *hessian = self->here.hessian, *score = self->here.score;
    double most = 0, ridge = 0, decrement = 0, *factor = self->reduced, *b = self->trial;

    for (size_t r = 0; r < m; r++) {
        most = fmax(most, fabs(hessian[self->free[r] * self->d + self->free[r]]));
    }
    for (int i = 0;; i++) {
        for (size_t r = 0; r < m; r++) {
            for (size_t c = 0; c <= r; c++) {
                factor[r * m + c] = -hessian[self->free[r] * self->d + self->free[c]];
            }
            factor[r * m + r] += ridge * (fabs(factor[r * m + r]) + 1e-8 * most);
        }
        if (imr_cholesky(factor, m, NULL) == m) {
            break;
        }
        if (i > 40) {
            return NAN;
        }
        ridge = i == 0 ? 0.01 : 3 * ridge;
    }
    for (size_t r = 0; r < m; r++) {
        b[r] = score[self->free[r]];
    }
    imr_solve_lower(factor, m, b);
    for (size_t r = 0; r < m; r++) {
        decrement += b[r] * b[r];
    }
    imr_solve_upper(factor, m, b);
    memset(self->step, 0, self->d * sizeof(double));
    for (size_t r = 0; r < m; r++) {
        self->step[self->free[r]] = b[r];
    }
    *raised = ridge > 0;
    return decrement;
}

/* How much of a step keeps every parameter where the likelihood's second order still tells. */
static double
part_of_step(const imr_parametric_t *self)
{
    static const double most[IMR_LOCALS] = { 4, 1.5, 0.7, 3 };
    int gompertz = self->distribution == IMR_GOMPERTZ;
    double scale = imr_parametric_local(self, self->at, 0).scale, worst = 1;

    for (size_t j = 0; j <= self->k; j++) {
        worst = fmax(worst, fabs(self->step[j]) / (most[IMR_LOCATION] * (gompertz ? 1 : scale)));
    }
    for (int m = IMR_SCALE; m < IMR_LOCALS; m++) {
        size_t place = imr_parametric_place(self, m);

        if (place < self->d) {
            worst = fmax(worst, fabs(self->step[place]) / (most[m] * (gompertz ? 4 : 1)));
        }
    }
    return 1 / worst;
}

static void
take(imr_parametric_t *self)
{
    imr_parametric_point_t point = self->here;

    self->here = self->there;
    self->there = point;
    memcpy(self->at, self->trial, self->d * sizeof(double));
}

/* Halves the step until the likelihood does not fall. *better: it was taken. */
static int
search(imr_parametric_t *self, const imr_hold_t *hold, int gone, double slack, int *better)
{
    double part = part_of_step(self), start = self->here.loglik;
    size_t shape = imr_parametric_place(self, IMR_SHAPE);
    int status;

    *better = 0;
    for (int halving = 0; halving < 45; halving++, part /= halving < 3 ? 2 : 4) {
        for (size_t j = 0; j < self->d; j++) {
            self->trial[j] = self->at[j] + part * self->step[j];
        }
        if (shape < self->d && self->step[shape] != 0) {
            self->trial[shape] = fmax(-IMR_MOST_SHAPE, fmin(IMR_MOST_SHAPE, self->trial[shape]));
        }
        if (!impose(self, hold, gone, self->trial)) {
            continue;
        }
        status = imr_parametric_evaluate(self, self->trial, &self->there);
        if (status != IMR_OK) {
            return status;
        }
        if (self->there.loglik >= start - slack) {
            take(self);
            *better = 1;
            return IMR_OK;
        }
    }
    return IMR_OK;
}

static int
runs_away(const imr_parametric_t *self, const imr_hold_t *hold)
{
    imr_local_t local = imr_parametric_local(self, self->at, 0);
    size_t place = imr_parametric_place(self, IMR_SCALE);
    double scale = local.at[IMR_SCALE];

    if (place < self->d && !(hold->kind == IMR_HOLD_PARAMETER && hold->parameter == place)) {
        if (self->distribution == IMR_GOMPERTZ) {
            return fabs(scale) > IMR_MOST_GOMPERTZ_SHAPE ? IMR_ERR_SHAPE_INFINITE : 0;
        }
        if (scale < IMR_LEAST_LOG_SCALE) {
            return IMR_ERR_SCALE_ZERO;
        }
        if (scale > imr_parametric_most_log_scale(self)
            || (hold->kind == IMR_HOLD_NOTHING
                && fabs(self->at[0] - log(self->longest)) > MOST_SCALES_AWAY * local.scale)) {
            return IMR_ERR_SCALE_INFINITE;
        }
    }
    return 0;
}

int
imr_parametric_climb(imr_parametric_t *self, const imr_hold_t *hold, double close)
{
    held_t held;
    int status, idle = 0, better, raised, gone = choose(self, hold, self->at);

    if (!impose(self, hold, gone, self->at)) {
        return IMR_ERR_NOCONV;
    }
    status = imr_parametric_evaluate(self, self->at, &self->here);
    if (status != IMR_OK) {
        return status;
    }
    if (!(self->here.loglik > -INFINITY)) {
        return IMR_ERR_NOCONV;
    }
    for (int i = 0; i < (hold->kind == IMR_HOLD_NOTHING ? MOST_ITERATIONS : MOST_HELD); i++) {
        size_t m;
        double start = self->here.loglik, slack = 1e-14 * (fabs(start) + self->weight), decrement;

        gone = choose(self, hold, self->at);
        differentiate(self, hold, gone, self->at, &held);
        chain(self, hold, &held, &self->here);
        m = list_free(self, hold, gone, leaves_range(self, self->here.score));
        decrement = newton_step(self, m, &raised);
        if (leaves_range(self, self->step)) {
            m = list_free(self, hold, gone, 1);
            decrement = newton_step(self, m, &raised);
        }
        self->ran_away = runs_away(self, hold);
        if (self->ran_away || m == 0 || (decrement < close && !raised)
            || (idle > 3 && decrement < NOISE * close)) {
            return IMR_OK;
        }
        if (isnan(decrement)) {
            return IMR_ERR_NOCONV;
        }
        status = search(self, hold, gone, slack, &better);
        if (status != IMR_OK) {
            return status;
        }
        if (!better) {
            return decrement < NOISE * close ? IMR_OK : IMR_ERR_NOCONV;
        }
        idle = self->here.loglik > start + fmax(slack, LITTLE) ? 0 : idle + 1;
        if (idle > MOST_IDLE && hold->kind != IMR_HOLD_NOTHING) {
            return IMR_OK; /* a valley that rises no more: its height is what a profile needs */
        }
    }
    return IMR_ERR_NOCONV;
}
