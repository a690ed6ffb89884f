#include "recovery/expansion_fit_limits.h"

#include <math.h>
#include <string.h>

#include "base/solve.h"

enum { LEAST_BEFORE = 2, LEAST_AFTER = 2, STARTS = 3, NEAR_THE_LARGEST = 6, MOST_DOUBLINGS = 12 };

/* Log-likelihoods that differ by less are those of one maximum. */
#define SAME_MAXIMUM 1e-7

/* --- starts ----------------------------------------------------------------------------------- */

typedef struct {
    double level, slope; /* at day 0, and a day */
} line_t;

static double
start_value(const imr_stein_rows_t *rows, size_t i)
{
    return rows->log_copies[i] - (rows->below[i] ? 0.7 : 0);
}

static line_t
line_through(const imr_stein_rows_t *rows, size_t from, size_t to)
{
    double n = (double) (to - from), day = 0, value = 0, days = 0, products = 0;
    line_t line = { 0, 0 };

    for (size_t i = from; i < to; i++) {
        day += rows->day[i] / n;
        value += start_value(rows, i) / n;
    }
    for (size_t i = from; i < to; i++) {
        days += (rows->day[i] - day) * (rows->day[i] - day);
        products += (rows->day[i] - day) * (start_value(rows, i) - value);
    }
    line.slope = days > 0 ? products / days : 0;
    line.level = value - line.slope * day;
    return line;
}

/* The rise by a line, the fast decline by one through the first half of the others, the slow one by the
 * second half, more or less steep. */
static void
set_start(imr_stein_climb_t *climb, int variant)
{
    const imr_stein_rows_t *rows = &climb->rows;
    size_t n = rows->n, half = rows->rising + (n - rows->rising + 1) / 2;
    line_t rise = line_through(rows, 0, rows->rising), late, early;
    double least = 0.1 / (rows->day[n - 1] - rows->day[0]), fast, slow, share;
    double top = 0.5 * (climb->first_day + climb->last_day);

    half = half + 1 < n ? half + 1 : half;
    early = line_through(rows, rows->rising, half);
    late = line_through(rows, n - half >= 2 ? half - 1 : rows->rising, n);
    fast = fmax(-early.slope, 2 * least);
    slow = fmin(fmax(-late.slope, least), 0.5 * fast);
    if (variant == 1) {
        slow *= 0.2;
    }
    climb->phi[IMR_STEIN_DAY] = top;
    climb->phi[IMR_STEIN_PEAK] =
        fmax(start_value(rows, rows->rising - 1), start_value(rows, rows->rising));
    share = late.level - slow * top - climb->phi[IMR_STEIN_PEAK];
    share = variant == 2 ? 0.3 : fmin(fmax(exp(share), 1e-4), 0.5);
    climb->phi[IMR_STEIN_RISE] = log(fmax(rise.slope, least));
    climb->phi[IMR_STEIN_FAST] = log(fast);
    climb->phi[IMR_STEIN_SLOW] = log(slow);
    climb->phi[IMR_STEIN_SHARE] = log(share / (1 - share));
    climb->phi[IMR_STEIN_PRECISION] = 0.7;
}

/* --- maxima ----------------------------------------------------------------------------------- */

/* The two phases of a decline can be named either way: the slow one is the second. */
static void
name_phases(imr_stein_climb_t *climb)
{
    double fast = climb->phi[IMR_STEIN_SLOW];

    if (climb->rows.decline == IMR_DECLINE_BIEXPONENTIAL && fast > climb->phi[IMR_STEIN_FAST]) {
        climb->phi[IMR_STEIN_SLOW] = climb->phi[IMR_STEIN_FAST];
        climb->phi[IMR_STEIN_FAST] = fast;
        climb->phi[IMR_STEIN_SHARE] = -climb->phi[IMR_STEIN_SHARE];
    }
}

/* Puts a maximum among those kept; 1 where it becomes the first. */
static int
keep(imr_stein_maxima_t *self, const imr_stein_climb_t *climb)
{
    size_t place = self->count;

    while (place > 0 && self->climb[place - 1].loglik < climb->loglik) {
        place--;
    }
    if (place == IMR_STEIN_CANDIDATES) {
        return 0;
    }
    self->count += self->count < IMR_STEIN_CANDIDATES ? 1 : 0;
    memmove(&self->climb[place + 1], &self->climb[place],
        (self->count - place - 1) * sizeof(*self->climb));
    self->climb[place] = *climb;
    name_phases(&self->climb[place]);
    return place == 0;
}

/* The largest value that was quantified. */
static size_t
largest(const imr_stein_rows_t *rows)
{
    size_t peak = 0;

    for (size_t i = 0; i < rows->n; i++) {
        if (!rows->below[i]
            && (rows->below[peak] || rows->log_copies[i] > rows->log_copies[peak])) {
            peak = i;
        }
    }
    return peak;
}

/* The highest of the maxima from all starts while the peak lies before sample k; with `flat` those of a slow
 * phase that does not fall, to which climbs run away without end. 1 where one of the climbs found none. */
static int
climb_from_starts(imr_stein_maxima_t *self, const imr_stein_rows_t *rows, size_t k, int flat,
    imr_stein_climb_t *best)
{
    int lost = 0;

    for (int variant = 0; variant < STARTS; variant++) {
        imr_stein_climb_t climb = { .rows = *rows };

        climb.rows.rising = k;
        climb.first_day = rows->day[k - 1];
        climb.last_day = rows->day[k];
        set_start(&climb, variant);
        if (flat) {
            climb.fixed[IMR_STEIN_SLOW] = 1;
            climb.phi[IMR_STEIN_SLOW] = -INFINITY;
        }
        if (!imr_stein_climb(&climb)) {
            lost = 1;
        } else if (climb.loglik > best->loglik) {
            *best = climb;
        }
        self->highest = fmax(self->highest, climb.loglik);
    }
    return lost;
}

void
imr_stein_maxima(imr_stein_maxima_t *self, const imr_stein_rows_t *rows)
{
    size_t peak = largest(rows);
    size_t from = peak > NEAR_THE_LARGEST ? peak - NEAR_THE_LARGEST : 0;

    memset(self, 0, sizeof(*self));
    self->highest = -INFINITY;
    for (size_t k = from > LEAST_BEFORE ? from : LEAST_BEFORE;
        k + LEAST_AFTER <= rows->n && k <= peak + NEAR_THE_LARGEST; k++) {
        imr_stein_climb_t best = { .loglik = -INFINITY };

        if (climb_from_starts(self, rows, k, 0, &best)
            && rows->decline == IMR_DECLINE_BIEXPONENTIAL) {
            climb_from_starts(self, rows, k, 1, &best);
        }
        if (best.loglik > -INFINITY) {
            keep(self, &best);
        }
    }
}

/* --- limits ----------------------------------------------------------------------------------- */

typedef struct {
    imr_stein_maxima_t *maxima;
    size_t unknown;
    double target; /* log-likelihood */
    int higher; /* a higher maximum was met */
} profile_t;

/* What the search for a root is given: the profile keeps what it meets. */
typedef struct {
    profile_t *profile;
} profile_root_t;

/* The profile of a rate or share ends where the two phases become one. */
static double
one_phase(const imr_stein_climb_t *from, size_t unknown, double value)
{
    imr_stein_climb_t climb = *from;

    climb.rows.decline = IMR_DECLINE_EXPONENTIAL;
    memset(climb.fixed, 0, sizeof(climb.fixed));
    if (unknown != IMR_STEIN_SHARE) {
        climb.fixed[IMR_STEIN_FAST] = 1;
        climb.phi[IMR_STEIN_FAST] = value;
    }
    imr_stein_climb(&climb);
    return climb.loglik;
}

/* Where a slow phase that does not fall may begin to. */
static double
slight_fall(const imr_stein_rows_t *rows)
{
    return log(0.1 / rows->day[rows->n - 1]);
}

static double
profile_of(profile_t *self, const imr_stein_climb_t *from, double value)
{
    imr_stein_climb_t climb = *from;
    int phases = self->unknown == IMR_STEIN_FAST || self->unknown == IMR_STEIN_SLOW
        || self->unknown == IMR_STEIN_SHARE;

    climb.phi[self->unknown] = value;
    climb.fixed[self->unknown] = 1;
    if (self->unknown == IMR_STEIN_DAY) {
        climb.first_day = climb.last_day = value;
        climb.rows.rising = 0;
        while (climb.rows.rising < climb.rows.n && climb.rows.day[climb.rows.rising] < value) {
            climb.rows.rising++;
        }
    }
    imr_stein_climb(&climb);
    if (phases && climb.phi[IMR_STEIN_SLOW] > climb.phi[IMR_STEIN_FAST]) {
        return one_phase(from, self->unknown, value);
    }
    if (climb.loglik > self->maxima->climb[0].loglik + SAME_MAXIMUM) {
        climb.fixed[self->unknown] = 0;
        if (self->unknown == IMR_STEIN_DAY) {
            size_t k = climb.rows.rising;

            climb.first_day = climb.rows.day[k > 0 ? k - 1 : 0];
            climb.last_day = climb.rows.day[k < climb.rows.n ? k : climb.rows.n - 1];
        }
        if (imr_stein_climb(&climb)) {
            self->higher |= keep(self->maxima, &climb);
        }
    }
    return climb.loglik;
}

/* The profile log-likelihood less the target. */
static double
above_target(double value, const void *context)
{
    const profile_root_t *root = context;
    profile_t *self = root->profile;
    double loglik = -INFINITY, best = self->maxima->climb[0].loglik;

    for (size_t i = 0; i < self->maxima->count && !self->higher; i++) {
        imr_stein_climb_t from = self->maxima->climb[i];

        if (!(from.loglik > self->target) && i > 0) {
            continue;
        }
        loglik = fmax(loglik, profile_of(self, &from, value));
        if (from.fixed[IMR_STEIN_SLOW] && self->unknown != IMR_STEIN_SLOW && !self->higher) {
            from.fixed[IMR_STEIN_SLOW] = 0; /* elsewhere the slow phase may fall */
            from.phi[IMR_STEIN_SLOW] = slight_fall(&from.rows);
            loglik = fmax(loglik, profile_of(self, &from, value));
        }
    }
    return fmin(loglik, best) - self->target;
}

/* Goes from the maximum in one direction until the profile is below its target. */
static double
limit(profile_t *self, double direction, double farthest)
{
    double at = self->maxima->climb[0].phi[self->unknown], inside = at, root = at;
    double step = self->unknown == IMR_STEIN_DAY ? 0.5 : 0.25;
    profile_root_t context = { self };

    if (at == -INFINITY) { /* of a slow phase that does not fall */
        if (direction < 0) {
            return at;
        }
        at = inside = fmax(slight_fall(&self->maxima->climb[0].rows) - 5, 1 - IMR_STEIN_FAR);
    }

    for (int i = 0; i < MOST_DOUBLINGS && !self->higher; i++, step *= 2) {
        double outside = direction > 0 ? fmin(at + step, farthest) : fmax(at - step, farthest);

        if (above_target(outside, &context) < 0) {
            if (self->higher
                || imr_solve_bracketed(above_target, &context, inside, outside, 1e-9, &root)
                    != IMR_OK) {
                return NAN;
            }
            return root;
        }
        if (outside == farthest) {
            break;
        }
        inside = outside;
    }
    return direction * INFINITY;
}

int
imr_stein_limits(imr_stein_maxima_t *self, size_t unknown, double drop, double ends[2])
{
    const imr_stein_rows_t *rows = &self->climb[0].rows;
    double farthest[2] = { -IMR_STEIN_FAR, IMR_STEIN_FAR };
    profile_t profile = { self, unknown, self->climb[0].loglik - drop, 0 };

    if (unknown == IMR_STEIN_DAY) {
        farthest[0] = rows->day[0];
        farthest[1] = rows->day[rows->n - 1];
    } else if (unknown == IMR_STEIN_PEAK) {
        farthest[0] = self->climb[0].phi[unknown] - IMR_STEIN_FAR;
        farthest[1] = self->climb[0].phi[unknown] + IMR_STEIN_FAR;
    }
    ends[0] = limit(&profile, -1, farthest[0]);
    ends[1] = limit(&profile, 1, farthest[1]);
    return profile.higher;
}

/* The maximum with the log of the curve on a day in place of that of the peak, and the peak on one side of that
 * day, which is another kink. */
static void
anchor_at(imr_stein_maxima_t *self, const imr_stein_climb_t *from, double day, int rises)
{
    imr_stein_climb_t climb = *from;

    climb.rows.anchored = 1;
    climb.rows.anchor = day;
    climb.rows.anchor_rises = rises;
    if (rises) {
        climb.first_day = fmax(climb.first_day, day);
    } else {
        climb.last_day = fmin(climb.last_day, day);
    }
    if (!(climb.first_day < climb.last_day)) {
        return;
    }
    climb.phi[IMR_STEIN_DAY] =
        fmin(fmax(climb.phi[IMR_STEIN_DAY], climb.first_day), climb.last_day);
    climb.phi[IMR_STEIN_PEAK] =
        imr_stein_log_curve(climb.rows.decline, climb.phi, day, rises, NULL, NULL);
    if (imr_stein_climb(&climb)) {
        keep(self, &climb);
    }
}

void
imr_stein_curve_limits(const imr_stein_maxima_t *self, double day, double drop, double ends[2])
{
    imr_stein_maxima_t anchored = { .highest = self->highest };

    ends[0] = ends[1] = NAN;
    for (size_t i = 0; i < self->count; i++) {
        anchor_at(&anchored, &self->climb[i], day, 0);
        anchor_at(&anchored, &self->climb[i], day, 1);
    }
    if (anchored.count > 0 && imr_stein_limits(&anchored, IMR_STEIN_PEAK, drop, ends)) {
        ends[0] = ends[1] = NAN;
    }
}
