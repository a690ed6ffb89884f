#include <math.h>
#include <string.h>

#include "base/cholesky.h"
#include "recovery/kinetics_fit.h"

#define PRECISION 1e-7 /* of the root of the likelihood ratio */
#define HIGHER 1e-5 /* in log-likelihood: a point above the maximum, beyond rounding */
#define FAR_IN_LOGS 25.0
#define FAR_IN_SPANS 50.0
#define FAR_IN_COUNTS 1e4

enum { MOST_EXPANSIONS = 25, MOST_STEPS = 60 };

/* --- one side ---------------------------------------------------------------------------------- */

/* The profile of a coordinate from its estimate on: where the climb of the other unknowns stands. */
typedef struct {
    imr_kinetics_climb_t climb; /* at the last value asked */
    double at; /* the estimate */
    double highest; /* log-likelihood there */
    double cut; /* root of the likelihood ratio at the limit */
    double root; /* at the last value asked; infinite where no curve has it */
    int is_higher;
} profile_t;

/* Asks the profile at x, from the unknowns where it stands, moved along `direction`. */
static void
ask(profile_t *self, double x, const double *direction)
{
    imr_kinetics_climb_t *climb = &self->climb, before = *climb;
    size_t p = imr_kinetics_unknowns(climb->model);
    double step = x - climb->phi[climb->fixed], ratio;
    int ended;

    for (size_t c = 0; direction != NULL && c < p; c++) {
        climb->phi[c] += step * direction[c];
    }
    if (direction != NULL && climb->joint) {
        double h = climb->h + step * direction[p];

        climb->h = h > 0.5 * climb->h ? h : 0.5 * climb->h;
    }
    climb->phi[climb->fixed] = x;
    if (imr_kinetics_loglik(climb, climb->phi, climb->h) == -INFINITY && direction != NULL) {
        memcpy(climb->phi, before.phi, sizeof(before.phi));
        climb->h = before.h;
        climb->phi[climb->fixed] = x;
    }
    ended = imr_kinetics_climb(climb); /* short of a maximum it stands at a likelihood at least */
    if (climb->loglik == -INFINITY) {
        *climb = before;
        self->root = ended == IMR_OK ? 0 : INFINITY;
        return;
    }
    ratio = climb->joint ? 2 * (self->highest - climb->loglik)
                         : (double) climb->n * log(climb->loglik / self->highest);
    self->is_higher = ratio < -2 * HIGHER;
    self->root = sqrt(fmax(ratio, 0));
}

/* How far from the estimate the likelihood is followed. */
static double
far_away(const imr_kinetics_climb_t *climb, const imr_kinetics_slot_t *slot)
{
    double span = climb->day[climb->n - 1] - climb->day[0], largest = 0;

    switch (slot->quantity) {
        case IMR_KINETICS_FLOOR:
        case IMR_KINETICS_PLATEAU:
            if (slot->shown == IMR_SHOWN_ITSELF) {
                for (size_t i = 0; i < climb->n; i++) {
                    largest = fmax(largest, climb->count[i]);
                }
                return FAR_IN_COUNTS * largest;
            }
            return FAR_IN_LOGS;
        case IMR_KINETICS_RATE:
        case IMR_KINETICS_DOUBLING_TIME:
            return climb->model == IMR_KINETICS_EXPONENTIAL ? FAR_IN_SPANS / span : FAR_IN_LOGS;
        case IMR_KINETICS_MIDPOINT:
            return slot->shown == IMR_SHOWN_EXP ? FAR_IN_LOGS : FAR_IN_SPANS * span;
        case IMR_KINETICS_RETURN_DAY:
        case IMR_KINETICS_CART_THRESHOLD:
        case IMR_KINETICS_CROSSING_DAY:
            return FAR_IN_SPANS * span;
        default:
            return FAR_IN_LOGS;
    }
}

/* The limit on the side of `step`, which is the first guess of its distance; infinite where it is open. */
static double
find_limit(profile_t *self, const imr_kinetics_slot_t *slot, double step, const double *direction)
{
    double inner = 0, outer = INFINITY, root_inner = 0, root_outer = INFINITY, far, next;
    double side = step < 0 ? -1 : 1, at = self->at;
    imr_kinetics_climb_t inside = self->climb; /* every climb starts from within the limit */

    far = far_away(&self->climb, slot);
    next = fmin(fabs(step), far);
    for (int i = 0; i < MOST_STEPS; i++) {
        double weight;

        ask(self, at + side * next, i == 0 ? direction : NULL);
        if (self->is_higher) {
            return NAN;
        }
        if (fabs(self->root - self->cut) <= PRECISION * self->cut) {
            return at + side * next;
        }
        if (self->root < self->cut) {
            inner = next;
            root_inner = self->root;
            inside = self->climb;
            if (next >= far) {
                return side * INFINITY;
            }
        } else {
            outer = next;
            root_outer = self->root;
            self->climb = inside;
        }
        if (outer == INFINITY) {
            if (i >= MOST_EXPANSIONS) {
                return side * INFINITY;
            }
            next = fmin(far, inner * fmin(fmax(1.02 * self->cut / root_inner, 1.02), 3));
            continue;
        }
        if (outer - inner <= 1e-12 * (fabs(at) + outer)) {
            break;
        }
        /* the root is nearly a line of the distance; halves where it is not */
        weight = isfinite(root_outer) ? (self->cut - root_inner) / (root_outer - root_inner) : 0.5;
        weight = i % 4 == 3 ? 0.5 : fmin(fmax(weight, 0.02), 0.98);
        next = inner + weight * (outer - inner);
    }
    return at + side * 0.5 * (inner + outer);
}

/* --- both -------------------------------------------------------------------------------------- */

/* Sets the climb at the maximum in the coordinates of the slot; the way the other unknowns take with the
 * coordinate, and the standard error of that, without the factor for df. */
static int
set_coordinates(profile_t *self, const imr_kinetics_fit_t *fit, const imr_kinetics_slot_t *slot,
    double *direction, double *std_error)
{
    imr_kinetics_climb_t *climb = &self->climb;
    size_t p = imr_kinetics_unknowns(climb->model), m = p + (climb->joint != 0);
    size_t k = slot->coordinate;
    double inverse[IMR_KINETICS_SIDE * IMR_KINETICS_SIDE];

    climb->coordinates = slot->coordinates;
    climb->replaced = climb->fixed = k;
    climb->phi[k] = self->at;
    self->highest = imr_kinetics_loglik(climb, climb->phi, climb->h);
    climb->fixed = IMR_KINETICS_SIDE;
    imr_kinetics_derivatives(climb);
    climb->fixed = k;
    if (imr_cholesky(climb->factor, m, NULL) < m) {
        return 0;
    }
    imr_cholesky_inverse(climb->factor, m, inverse);
    for (size_t c = 0; c < m; c++) {
        direction[c] = inverse[c * m + k] / inverse[k * m + k];
    }
    *std_error = sqrt(inverse[k * m + k]) * (climb->joint ? 1 : sqrt(fit->rss / (double) climb->n));
    return 1;
}

void
imr_kinetics_show_ends(imr_shown_t shown, const double ends[2], const imr_kinetics_cart_t *cart,
    double *low, double *high)
{
    double from = ends[0], to = ends[1];
    double slope;

    switch (shown) {
        case IMR_SHOWN_EXP:
            *low = exp(from);
            *high = exp(to);
            break;
        case IMR_SHOWN_EXP_NEGATIVE:
            *low = exp(-to);
            *high = exp(-from);
            break;
        case IMR_SHOWN_DOUBLING_OF_LOG_SCALE:
            *low = log(2) * exp(from);
            *high = log(2) * exp(to);
            break;
        case IMR_SHOWN_DOUBLING_OF_RATE:
            *low = log(2) / to;
            *high = from > 0 ? log(2) / from : INFINITY;
            break;
        case IMR_SHOWN_CART: /* the level falls with the day */
            *low = isinf(to) ? 0
                             : imr_kinetics_cart_level(cart->day, cart->level, cart->n, to, &slope);
            *high = isinf(from)
                ? INFINITY
                : imr_kinetics_cart_level(cart->day, cart->level, cart->n, from, &slope);
            break;
        case IMR_SHOWN_ITSELF:
        default:
            *low = from;
            *high = to;
            break;
    }
}

/* The first day on which a curve that stays below the threshold may yet cross it: the profile over days
 * on which it would, whose likelihood falls towards the first of them. */
static double
first_possible_day(profile_t *self, const imr_kinetics_slot_t *slot)
{
    imr_kinetics_climb_t *climb = &self->climb;
    size_t k = slot->coordinate;
    double last = climb->day[climb->n - 1], span = last - climb->day[0];
    double within = INFINITY, without = climb->day[0], x = last + span;

    climb->coordinates = slot->coordinates;
    climb->replaced = climb->fixed = k;
    if (climb->model == IMR_KINETICS_LOGISTIC4) {
        climb->phi[1] = climb->threshold + 0.05 * (climb->threshold - climb->phi[0]);
    } else if (climb->model == IMR_KINETICS_TURNOVER) {
        climb->phi[0] = log(1.05 * climb->threshold) + climb->phi[1];
    } else {
        climb->phi[0] = log(1.05 * climb->threshold);
    }
    for (int i = 0; i < MOST_STEPS; i++) {
        imr_kinetics_climb_t before = *climb;

        climb->phi[k] = x;
        ask(self, x, NULL);
        if (self->is_higher) {
            return NAN;
        }
        if (self->root <= self->cut) {
            within = x;
        } else {
            without = x;
            *climb = self->root == INFINITY ? before : *climb;
        }
        if (within - without <= 1e-9 * span) {
            break;
        }
        if (within == INFINITY) {
            if (x > last + FAR_IN_SPANS * span) {
                return INFINITY;
            }
            x = last + 3 * (x - last);
        } else {
            x = 0.5 * (within + without);
        }
    }
    return within;
}

int
imr_kinetics_ends(imr_kinetics_climb_t *climb, const imr_kinetics_fit_t *fit,
    const imr_kinetics_slot_t *slot, double t, double ends[2])
{
    profile_t self = { .climb = *climb };
    double slope[IMR_KINETICS_MOST], direction[IMR_KINETICS_SIDE] = { 0 }, std_error;

    memcpy(self.climb.phi, fit->theta, sizeof(fit->theta));
    self.climb.h = climb->joint ? climb->h : 1;
    self.cut = sqrt(fit->effective * log1p(t * t / fit->df));
    self.at = imr_kinetics_coordinate(
        climb->model, slot, climb->threshold, climb->origin, fit->theta, slope);
    ends[0] = ends[1] = NAN;
    if (fit->is_exact) {
        return 0;
    }
    if (!isfinite(self.at)) {
        self.highest = climb->loglik;
        ends[0] = first_possible_day(&self, slot);
        ends[1] = INFINITY;
    } else if (set_coordinates(&self, fit, slot, direction, &std_error)) {
        imr_kinetics_climb_t top = self.climb;

        for (int side = 0; side < 2 && !self.is_higher; side++) {
            self.climb = top;
            ends[side] =
                find_limit(&self, slot, (side == 0 ? -1 : 1) * self.cut * std_error, direction);
        }
    }
    if (!self.is_higher
        || !imr_kinetics_to_theta(climb->model, slot->coordinates, climb->threshold, climb->origin,
            self.climb.phi, slope)) {
        return 0;
    }
    memcpy(climb->phi, self.climb.phi, sizeof(climb->phi));
    climb->h = self.climb.h;
    return 1;
}
