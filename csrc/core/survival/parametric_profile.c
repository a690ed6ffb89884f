/* Limits: by the profile of the likelihood, or by Wald's normal approximation. */
#include <math.h>
#include <string.h>

#include "base/distribution.h"
#include "base/quantile.h"
#include "survival/parametric_climb.h"

#define CLOSE 1e-14
#define ROOT_TOLERANCE 1e-9
#define MOST_ROOTS 100
/* Beyond these a survival is 0 or 1 to the last digit. */
#define LEAST_LOGIT (-600.0)
#define MOST_LOGIT 36.0
/* A parameter's limit so many standard errors away is infinite. */
#define FAR_ERRORS 30
/* A quantile this much later than the latest time, or earlier, on the log scale, is unbounded. */
#define FAR_LATER 40
#define FAR_EARLIER 100

/* --- the signed root --------------------------------------------------------------------------- */

/* What is sought along a profile. */
typedef enum { SEEK_PARAMETER, SEEK_LOCATION, SEEK_STANDARD, SEEK_LOG_TIME } seek_t;

typedef struct {
    imr_parametric_t *self;
    imr_hold_t hold;
    seek_t seek;
    double highest; /* the log-likelihood at the estimate */
    double quantile; /* the root at a limit */
} profile_t;

/* An inside time out of a log time, and back. */
static double
inside_time(const imr_parametric_t *self, double log_time)
{
    return self->distribution == IMR_GOMPERTZ ? exp(log_time) / self->unit : log_time;
}

/* Brings a cure fraction at its boundary to where it can move. */
static void
loosen_cure(const profile_t *profile)
{
    imr_parametric_t *self = profile->self;
    size_t cure = imr_parametric_place(self, IMR_CURE);

    if (cure < self->d && !(profile->seek == SEEK_PARAMETER && profile->hold.parameter == cure)) {
        self->at[cure] = fmax(self->at[cure], -6);
    }
}

/* The distribution at location 0 and scale 1, on which survival is sought: there its limits lie about as
 * far from the estimate as their standard errors say. */
static imr_local_t
standard_of(const imr_parametric_t *self)
{
    imr_local_t local = imr_parametric_local(self, self->estimate, 0);

    local.distribution = self->distribution == IMR_GOMPERTZ || self->distribution == IMR_EXPONENTIAL
        ? IMR_WEIBULL
        : self->distribution == IMR_GAMMA ? IMR_GENGAMMA
                                          : self->distribution;
    local.cure = 0;
    local.at[IMR_SCALE] = 0;
    imr_local_settle(&local);
    return local;
}

/* log(S / (1 - S)) at w in the standard distribution, and its slope. */
static double
standard_logit(const imr_parametric_t *self, double w, double *slope)
{
    imr_local_t local = standard_of(self);
    imr_term_t term;

    local.at[IMR_LOCATION] = -w;
    imr_parametric_logit(&local, 0, &term);
    *slope = -term.slope[IMR_LOCATION];
    return term.value;
}

/* Where it has this value. */
static int
standard_place(const imr_parametric_t *self, double logit, double *w)
{
    imr_local_t local = standard_of(self);
    int found = imr_parametric_solve_location(&local, 0, logit);

    *w = -local.at[IMR_LOCATION];
    return found;
}

/* Puts self->at where x is held, but for a hold that the climb imposes itself. */
static void
put(profile_t *profile, const double *from, double x)
{
    imr_parametric_t *self = profile->self;
    double slope;

    memcpy(self->at, from, self->d * sizeof(double));
    switch (profile->seek) {
        case SEEK_PARAMETER:
            self->at[profile->hold.parameter] = x;
            break;
        case SEEK_LOCATION:
            profile->hold.value = x;
            break;
        case SEEK_STANDARD:
            profile->hold.value = standard_logit(self, x, &slope);
            break;
        case SEEK_LOG_TIME:
            profile->hold.time = inside_time(self, x);
            break;
    }
    loosen_cure(profile);
}

/* The root of twice the log-likelihood that is lost when x is held: 0 at the estimate, infinite where
 * the climb finds no maximum, neither from the last place where it did nor from the estimate. */
static int
root_at(profile_t *profile, double x, double *root)
{
    imr_parametric_t *self = profile->self;
    int status;

    put(profile, self->near, x);
    status = imr_parametric_climb(self, &profile->hold, CLOSE);
    if (status == IMR_ERR_NOCONV) {
        put(profile, self->estimate, x);
        status = imr_parametric_climb(self, &profile->hold, CLOSE);
    }
    *root = INFINITY;
    if (status == IMR_OK) {
        *root = sqrt(2 * fmax(profile->highest - self->here.loglik, 0));
        memcpy(self->near, self->at, self->d * sizeof(double));
    }
    return status == IMR_ERR_NOCONV ? IMR_OK : status;
}

/* --- the search -------------------------------------------------------------------------------- */

typedef struct {
    double x, root;
} spot_t;

/* The next root is sought from the estimate. */
static void
from_estimate(imr_parametric_t *self)
{
    memcpy(self->near, self->estimate, self->d * sizeof(double));
}

/* Between a place inside the limits and one outside: the secant of the last two, kept within. */
static int
refine(profile_t *profile, spot_t inside, spot_t outside, double *limit)
{
    spot_t last = inside, now = outside;
    double wanted = profile->quantile;

    for (int i = 0; i < MOST_ROOTS; i++) {
        double low = fmin(inside.x, outside.x), high = fmax(inside.x, outside.x);
        double x = now.x + (wanted - now.root) / (now.root - last.root) * (now.x - last.x);
        int status;

        if (!(x > low && x < high) || i % 8 == 7) {
            x = 0.5 * (low + high);
        }
        if (!(x > low && x < high) || (high - low < 1e-9 * fabs(low) && isinf(outside.root))) {
            *limit = inside.x; /* neighbours: the likelihood jumps here */
            return isinf(outside.root) ? IMR_ERR_PROFILE_LOST : IMR_OK;
        }
        last = now;
        now.x = x;
        status = root_at(profile, x, &now.root);
        if (status != IMR_OK) {
            return status;
        }
        if (fabs(now.root - wanted) < ROOT_TOLERANCE
            || (high - low < 1e-14 * (fabs(low) + fabs(high)) && isfinite(outside.root))) {
            *limit = x;
            return IMR_OK;
        }
        if (now.root < wanted) {
            inside = now;
        } else {
            outside = now;
        }
    }
    return IMR_ERR_PROFILE_LOST;
}

/* From the estimate outwards, in steps that shrink where a climb fails; *limit is infinite where nothing
 * within `far` is as unlikely. */
static int
find_limit(
    profile_t *profile, double estimate, double error, double side, double far, double *limit)
{
    double wanted = profile->quantile, step = wanted * error;
    spot_t last = { estimate, 0 };

    from_estimate(profile->self);
    for (int i = 0; i < MOST_ROOTS; i++) {
        double reach = fmin(fabs(last.x - estimate) + step, far), wide;
        spot_t now = { estimate + side * reach, 0 };
        int status = root_at(profile, now.x, &now.root);

        if (status != IMR_OK) {
            return status;
        }
        if (isinf(now.root)) {
            step *= 0.25;
            continue;
        }
        if (fabs(now.root - wanted) < ROOT_TOLERANCE) {
            *limit = now.x;
            return IMR_OK;
        }
        if (now.root > wanted) {
            return refine(profile, last, now, limit);
        }
        if (!(reach < far)) {
            *limit = side * INFINITY;
            return IMR_OK;
        }
        wide = fabs(now.x - last.x);
        step = (wanted - now.root) / (now.root - last.root) * wide;
        step = step > 0 && step < 2 * wide ? step : 2 * wide;
        last = now;
    }
    return IMR_ERR_PROFILE_LOST;
}

static int
begin(imr_parametric_t *self, profile_t *profile, double level, imr_fault_t *fault)
{
    int status;

    memset(profile, 0, sizeof(*profile));
    profile->self = self;
    profile->highest = self->loglik - self->constant;
    if (!(level > 0 && level < 1)) {
        return imr_fault(fault, IMR_ERR_LEVEL, "level", -1, level);
    }
    status = imr_quantile_normal(0.5 + 0.5 * level, &profile->quantile);
    return status == IMR_OK ? IMR_OK : imr_fault(fault, status, "level", -1, level);
}

/* --- parameters -------------------------------------------------------------------------------- */

/* Holds parameter j: for the intercept, the location where the user's covariates are all 0. *inside is
 * its value, *error its standard error, and the user's value is inside times factor plus shift. */
static void
hold_parameter(imr_parametric_t *self, profile_t *profile, size_t j, double *inside, double *error,
    double *factor, double *shift)
{
    size_t d = self->d, k = self->k;
    double variance = 0;

    *factor = j >= 1 && j <= k                        ? 1 / self->spread[j - 1]
        : self->distribution == IMR_GOMPERTZ && j > k ? 1 / self->unit
                                                      : 1;
    *shift = j == 0 ? -log(self->unit) : 0;
    if (j > 0) {
        profile->hold.kind = IMR_HOLD_PARAMETER;
        profile->hold.parameter = j;
        profile->seek = SEEK_PARAMETER;
        *inside = self->estimate[j];
        *error = sqrt(self->covariance[j * d + j]);
        return;
    }
    for (size_t c = 0; c < k; c++) {
        self->asked[c] = -self->centre[c] / self->spread[c];
    }
    profile->hold.kind = IMR_HOLD_LOCATION;
    profile->hold.covariates = self->asked;
    profile->seek = SEEK_LOCATION;
    *inside = imr_parametric_location(self, self->estimate, self->asked);
    for (size_t r = 0; r <= k; r++) {
        for (size_t c = 0; c <= k; c++) {
            variance += (r == 0 ? 1 : self->asked[r - 1]) * (c == 0 ? 1 : self->asked[c - 1])
                * self->covariance[r * d + c];
        }
    }
    *error = sqrt(variance);
}

/* How far from the estimate limits are sought; beyond they are infinite. */
static void
reach_of(
    const imr_parametric_t *self, size_t j, double inside, double error, double *down, double *up)
{
    *down = *up = FAR_ERRORS * error;
    if (j == 0 && self->k == 0) {
        *down = *up = fmin(*down, FAR_EARLIER);
    } else if (j == imr_parametric_place(self, IMR_CURE)) {
        *down = *up = -2 * IMR_NO_CURE;
    } else if (j == imr_parametric_place(self, IMR_SHAPE)) {
        *down = inside + IMR_MOST_SHAPE;
        *up = IMR_MOST_SHAPE - inside;
    } else if (j == imr_parametric_place(self, IMR_SCALE)) {
        int gompertz = self->distribution == IMR_GOMPERTZ;

        *down = inside - (gompertz ? -IMR_MOST_GOMPERTZ_SHAPE : IMR_LEAST_LOG_SCALE);
        *up = (gompertz ? IMR_MOST_GOMPERTZ_SHAPE : imr_parametric_most_log_scale(self)) - inside;
    }
}

int
imr_parametric_limits(imr_parametric_t *self, size_t j, double level,
    imr_parametric_interval_t interval, double *low, double *high, imr_fault_t *fault)
{
    size_t cure = imr_parametric_place(self, IMR_CURE);
    double inside, error, factor, shift, down, up;
    profile_t profile;
    int status = begin(self, &profile, level, fault);

    if (status != IMR_OK) {
        return status;
    }
    hold_parameter(self, &profile, j, &inside, &error, &factor, &shift);
    *low = inside - profile.quantile * error;
    *high = inside + profile.quantile * error;
    if (j == cure && self->boundary) {
        inside = IMR_NO_CURE;
        error = 25 / profile.quantile; /* to a cure fraction of 0.7% */
        *low = *high = -INFINITY;
    }
    if (interval == IMR_PARAMETRIC_PROFILE) {
        reach_of(self, j, inside, error, &down, &up);
        status = *low == -INFINITY ? IMR_OK : find_limit(&profile, inside, error, -1, down, low);
        if (status == IMR_OK) {
            status = find_limit(&profile, inside, error, 1, up, high);
        }
        if (status != IMR_OK) {
            return imr_fault(fault, status, status == IMR_ERR_STOPPED ? NULL : "interval", -1, NAN);
        }
    }
    *low = *low * factor + shift;
    *high = *high * factor + shift;
    return IMR_OK;
}

int
imr_parametric_pvalue(imr_parametric_t *self, size_t j, imr_parametric_interval_t interval,
    double *pvalue, imr_fault_t *fault)
{
    double inside, error, factor, shift, root;
    profile_t profile;
    int status = begin(self, &profile, 0.95, fault);

    if (status == IMR_OK) {
        hold_parameter(self, &profile, j, &inside, &error, &factor, &shift);
        root = inside / error;
        if (interval == IMR_PARAMETRIC_PROFILE) {
            from_estimate(self);
            status = root_at(&profile, 0, &root);
            root = fmin(root, 1e3); /* no maximum there: next to nothing is likely */
        }
    }
    if (status == IMR_OK) {
        status = imr_chi_squared_cdf_upper(root * root, 1, pvalue);
    }
    return status == IMR_OK ? IMR_OK : imr_fault(fault, status, "X column", (int64_t) j - 1, NAN);
}

/* --- predictions ------------------------------------------------------------------------------- */

static int
ask(imr_parametric_t *self, const double *x, imr_local_t *local, imr_fault_t *fault)
{
    for (size_t j = 0; j < self->k; j++) {
        if (!isfinite(x[j])) {
            return imr_fault(fault, IMR_ERR_NONFINITE, "X", (int64_t) j, x[j]);
        }
        self->asked[j] = (x[j] - self->centre[j]) / self->spread[j];
    }
    *local = imr_parametric_local(
        self, self->estimate, imr_parametric_location(self, self->estimate, self->asked));
    return IMR_OK;
}

/* The standard error of what has these slopes in the parameters of a row at the covariates asked. */
static double
error_of(const imr_parametric_t *self, const double *slope)
{
    double variance = 0, *along = self->direction;
    size_t d = self->d;

    along[0] = slope[IMR_LOCATION];
    for (size_t j = 0; j < self->k; j++) {
        along[1 + j] = slope[IMR_LOCATION] * self->asked[j];
    }
    for (int m = IMR_SCALE; m < IMR_LOCALS; m++) {
        size_t place = imr_parametric_place(self, m);

        if (place < d) {
            along[place] = slope[m];
        }
    }
    for (size_t r = 0; r < d; r++) {
        for (size_t c = 0; c < d; c++) {
            double covariance = self->covariance[r * d + c];

            variance += isnan(covariance) ? 0 : along[r] * along[c] * covariance;
        }
    }
    return sqrt(fmax(variance, 0));
}

int
imr_parametric_survival(imr_parametric_t *self, const double *x, double time, double level,
    imr_parametric_interval_t interval, imr_parametric_value_t *value, imr_fault_t *fault)
{
    imr_local_t local;
    imr_term_t survival, logit;
    profile_t profile;
    double inside, error, power, slope, w, first, last, low, high;
    int status = begin(self, &profile, level, fault);

    if (status == IMR_OK) {
        status = ask(self, x, &local, fault);
    }
    if (status != IMR_OK) {
        return status;
    }
    if (!isfinite(time)) {
        return imr_fault(fault, IMR_ERR_NONFINITE, "times", -1, time);
    }
    if (!(time >= 0)) {
        return imr_fault(fault, IMR_ERR_NEGATIVE, "times", -1, time);
    }
    *value = (imr_parametric_value_t) { 1, 0, 1, 1 };
    if (!(time > 0)) {
        return IMR_OK;
    }
    inside = inside_time(self, log(time));
    imr_parametric_term(&local, IMR_ROW_RIGHT, inside, INFINITY, &survival);
    value->estimate = value->low = value->high = exp(survival.value);
    if (!(survival.value > LEAST_LOGIT) || !(survival.value < -exp(-MOST_LOGIT))) {
        return IMR_OK; /* 0 or 1 to the last digit */
    }
    error = error_of(self, survival.slope);
    value->std_error = value->estimate * error;
    if (interval == IMR_PARAMETRIC_WALD) {
        power = exp(profile.quantile * error / -survival.value);
        value->low = exp(survival.value * power);
        value->high = exp(survival.value / power);
        return IMR_OK;
    }
    profile.hold =
        (imr_hold_t) { .kind = IMR_HOLD_SURVIVAL, .time = inside, .covariates = self->asked };
    profile.seek = SEEK_STANDARD;
    imr_parametric_logit(&local, inside, &logit);
    if (!standard_place(self, logit.value, &w) || !standard_place(self, LEAST_LOGIT, &last)
        || !standard_place(self, MOST_LOGIT, &first)) {
        return imr_fault(fault, IMR_ERR_NOCONV, "times", -1, time);
    }
    (void) standard_logit(self, w, &slope);
    error = error_of(self, logit.slope) / fabs(slope);
    status = find_limit(&profile, w, error, -1, w - first, &high);
    if (status == IMR_OK) {
        status = find_limit(&profile, w, error, 1, last - w, &low);
    }
    if (status != IMR_OK) {
        return imr_fault(fault, status, status == IMR_ERR_STOPPED ? NULL : "times", -1, time);
    }
    value->low = isinf(low) ? 0 : 1 / (1 + exp(-standard_logit(self, low, &slope)));
    value->high = isinf(high) ? 1 : 1 / (1 + exp(-standard_logit(self, high, &slope)));
    return IMR_OK;
}

/* The log time at which survival has a logit; infinite where it never has. */
static double
log_time_of(const imr_parametric_t *self, imr_local_t local, double logit)
{
    double hazard = logit > 0 ? log1p(exp(-logit)) : -logit + log1p(exp(logit));
    double location = local.at[IMR_LOCATION], shape = local.at[IMR_SCALE], x;

    if (self->distribution == IMR_GOMPERTZ) { /* hazard = rate (e^(shape t) - 1) / shape */
        x = shape * hazard * exp(-location);
        return !(x > -1)
            ? INFINITY
            : log(fabs(x) < 1e-10 ? hazard * exp(-location) * (1 - 0.5 * x) : log1p(x) / shape)
                + log(self->unit);
    }
    if (local.cure && !(logit > log(local.cured) - log1p(-local.cured))) {
        return INFINITY;
    }
    local.at[IMR_LOCATION] = 0;
    if (!imr_parametric_solve_location(&local, 0, logit)) {
        return INFINITY;
    }
    return location - local.at[IMR_LOCATION];
}

/* The lower limit of a quantile that is not reached: the latest time that is too early. */
static int
limit_unreached(profile_t *profile, double *low)
{
    spot_t last, now = { log(profile->self->longest), 0 };
    int status = root_at(profile, now.x, &now.root), upwards = now.root > profile->quantile;

    for (double step = 0.25; status == IMR_OK && step < FAR_LATER; step *= 2) {
        last = now;
        now.x += upwards ? step : -step;
        status = root_at(profile, now.x, &now.root);
        if (status == IMR_OK && upwards != (now.root > profile->quantile)) {
            return upwards ? refine(profile, now, last, low) : refine(profile, last, now, low);
        }
    }
    *low = upwards ? INFINITY : -INFINITY;
    return status;
}

int
imr_parametric_quantile(imr_parametric_t *self, const double *x, double p, double level,
    imr_parametric_interval_t interval, imr_parametric_value_t *value, imr_fault_t *fault)
{
    double logit, estimate, error, slope, latest, low, high;
    imr_local_t local;
    imr_term_t term;
    profile_t profile;
    int status = begin(self, &profile, level, fault);

    if (status == IMR_OK) {
        status = ask(self, x, &local, fault);
    }
    if (status != IMR_OK) {
        return status;
    }
    if (!(p > 0 && p < 1)) {
        return imr_fault(fault, IMR_ERR_PROBABILITY, "p", -1, p);
    }
    logit = log1p(-p) - log(p);
    estimate = log_time_of(self, local, logit);
    profile.hold =
        (imr_hold_t) { .kind = IMR_HOLD_SURVIVAL, .value = logit, .covariates = self->asked };
    profile.seek = SEEK_LOG_TIME;
    *value = (imr_parametric_value_t) { exp(estimate), NAN, INFINITY, INFINITY };
    if (!isfinite(estimate)) {
        low = INFINITY;
        if (interval == IMR_PARAMETRIC_PROFILE) {
            from_estimate(self);
            status = limit_unreached(&profile, &low);
        }
        value->low = exp(low);
        return status == IMR_OK
            ? IMR_OK
            : imr_fault(fault, status, status == IMR_ERR_STOPPED ? NULL : "p", -1, p);
    }
    imr_parametric_term(&local, IMR_ROW_RIGHT, inside_time(self, estimate), INFINITY, &term);
    slope = imr_parametric_time_slope(&local, inside_time(self, estimate), &term);
    error = error_of(self, term.slope) / fabs(slope);
    value->std_error = value->estimate * error;
    low = estimate - profile.quantile * error;
    high = estimate + profile.quantile * error;
    if (interval == IMR_PARAMETRIC_PROFILE) {
        latest = fmax(log(self->longest), estimate);
        status = find_limit(&profile, estimate, error, -1, estimate - latest + FAR_EARLIER, &low);
        if (status == IMR_OK) {
            status = find_limit(&profile, estimate, error, 1, latest - estimate + FAR_LATER, &high);
        }
        if (status != IMR_OK) {
            return imr_fault(fault, status, status == IMR_ERR_STOPPED ? NULL : "p", -1, p);
        }
    }
    value->low = exp(low);
    value->high = exp(high);
    return IMR_OK;
}
