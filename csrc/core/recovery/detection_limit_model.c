#include "recovery/detection_limit_model.h"

#include <math.h>

#include <gsl/gsl_sf_gamma.h>
#include <gsl/gsl_sf_log.h>

#include "base/distribution.h"
#include "base/mem.h"
#include "base/quantile.h"
#include "base/solve.h"
#include "recovery/tobit.h"
#include "recovery/tobit_climb.h"

/* So far below the maximum a profile takes steps of one length, which are halved, and not Newton's. */
#define FAR_BELOW 30.0

/* Beyond e^690 a limit is infinite, below e^-690 it is 0. */
#define MOST_LOG 690.0

#define LOG_TWO_PI 1.8378770664093454836

/* Of the climb where the likelihood is not curved downwards. */
#define MOST_STEP 2.0
#define LEAST_BEND 1e-6

/* place: the log of the mean (gamma), or the mean of (log) values; shape: the log of the gamma's shape,
 * or of the normal's sd. */
typedef struct {
    double place, shape;
} point_t;

typedef struct {
    const imr_detection_rows_t *rows;
    imr_detection_distribution_t distribution;
    double *y; /* the values; lognormal: their logs */
    double *log_y; /* gamma: the logs */
    point_t peak;
    double highest; /* of the log-likelihood of y */
    double width; /* about the standard error of a mean of y, or of its log */
} model_t;

/* --- the likelihood ---------------------------------------------------------------------------- */

/* log u - u + 1 at u = exp(d), to all digits near u = 1. */
static double
log_less_excess(double d)
{
    double x = expm1(d);

    return fabs(x) < 0.5 ? gsl_sf_log_1plusx_mx(x) : d - x;
}

/* In terms that are small where the shape is large, so that their sum is good to many digits. */
static double
gamma_loglik(const model_t *self, point_t at)
{
    double k = exp(at.shape), rate = exp(at.shape - at.place), sum = 0, tail = 0;

    if (!(k >= 1e-100 && k <= 1e100 && rate >= 1e-290 && rate <= 1e290)) {
        return -INFINITY;
    }
    for (size_t i = 0; i < self->rows->n; i++) {
        double x = self->y[i] * rate;
        int ret = IMR_OK;

        switch (self->rows->kind[i]) {
            case IMR_DETECTED:
                sum += k * log_less_excess(self->log_y[i] - at.place) - self->log_y[i];
                continue;
            case IMR_BELOW:
                ret = imr_gamma_cdf(x, k, 1, &tail);
                break;
            default:
                ret = imr_gamma_cdf_upper(x, k, 1, &tail);
                break;
        }
        sum += ret == IMR_OK ? log(tail) : -INFINITY;
    }
    return sum
        + (double) self->rows->detected
        * (0.5 * (at.shape - LOG_TWO_PI) - log(gsl_sf_gammastar(k)));
}

static double
loglik(const model_t *self, point_t at)
{
    double sum = 0, sd;

    if (self->distribution == IMR_DETECTION_GAMMA) {
        return gamma_loglik(self, at);
    }
    sd = exp(at.shape);
    if (!(sd > 0) || !isfinite(sd) || !isfinite(at.place)) {
        return -INFINITY;
    }
    for (size_t i = 0; i < self->rows->n; i++) {
        double z = (self->y[i] - at.place) / sd;
        uint8_t kind = self->rows->kind[i];

        sum += imr_tobit_term(kind == IMR_BELOW ? -INFINITY : z, kind == IMR_ABOVE ? INFINITY : z)
                   .loglik;
    }
    return sum - (double) self->rows->detected * at.shape;
}

/* --- gamma: the fit ---------------------------------------------------------------------------- */

static double
shifted(const model_t *self, point_t at, double place, double shape)
{
    point_t there = { at.place + place, at.shape + shape };

    return loglik(self, there);
}

/* First derivatives to the fourth order of the step, second ones to the second. */
static void
differentiate(const model_t *self, point_t at, double first[2], double second[3])
{
    const double d = 1e-3;
    double middle = loglik(self, at), near[2][2];

    for (int i = 0; i < 2; i++) {
        double u = i == 0 ? d : 0, v = i == 0 ? 0 : d;
        double plus = shifted(self, at, u, v), minus = shifted(self, at, -u, -v);
        double far = shifted(self, at, 2 * u, 2 * v) - shifted(self, at, -2 * u, -2 * v);

        near[i][0] = plus;
        near[i][1] = minus;
        first[i] = (8 * (plus - minus) - far) / (12 * d);
        second[i == 0 ? 0 : 2] = ((plus - middle) + (minus - middle)) / (d * d);
    }
    second[1] = ((shifted(self, at, d, d) - near[0][0] - near[1][0] + middle)
                    + (shifted(self, at, -d, -d) - near[0][1] - near[1][1] + middle))
        / (2 * d * d);
}

/* Newton's step where the likelihood is curved downwards. Elsewhere each direction is taken as if it were
 * curved so by as much as it is curved upwards, and the step is no longer than MOST_STEP. */
static void
find_step(const double first[2], const double second[3], double step[2])
{
    double half = 0.5 * (second[0] - second[2]), middle = 0.5 * (second[0] + second[2]);
    double radius = hypot(half, second[1]), angle = 0.5 * atan2(second[1], half), longest;
    double x = cos(angle), y = sin(angle);
    double along = (x * first[0] + y * first[1]) / fmax(fabs(middle + radius), LEAST_BEND);
    double across = (x * first[1] - y * first[0]) / fmax(fabs(middle - radius), LEAST_BEND);

    step[0] = x * along - y * across;
    step[1] = y * along + x * across;
    longest = hypot(step[0], step[1]);
    if (middle + radius >= 0 && longest > MOST_STEP) {
        step[0] *= MOST_STEP / longest;
        step[1] *= MOST_STEP / longest;
    }
}

static int
climb_gamma(model_t *self, double *score_norm, int64_t *iterations)
{
    self->highest = loglik(self, self->peak);
    for (*iterations = 0; *iterations < 100; ++*iterations) {
        double first[2], second[3], det, share = 1, decrement, step[2];
        int risen = 0;

        differentiate(self, self->peak, first, second);
        det = second[0] * second[2] - second[1] * second[1];
        find_step(first, second, step);
        decrement = first[0] * step[0] + first[1] * step[1];
        *score_norm = sqrt(fmax(decrement, 0));
        for (int halving = 0; halving < 40 && *score_norm > 1e-10 && !risen; halving++) {
            point_t trial = { self->peak.place + share * step[0],
                self->peak.shape + share * step[1] };
            double there = loglik(self, trial);

            risen = there > self->highest;
            if (risen) {
                self->peak = trial;
                self->highest = there;
            }
            share *= 0.5;
        }
        if (!risen) {
            return second[0] < 0 && det > 0 && *score_norm < 1e-6 ? IMR_OK : IMR_ERR_NOCONV;
        }
    }
    return IMR_ERR_NOCONV;
}

/* --- what is asked of the distribution ----------------------------------------------------------- */

typedef enum { MEAN, SD, QUANTILE } asked_t;

typedef struct {
    const model_t *model;
    asked_t asked;
    double p, z; /* of a quantile */
    double critical; /* the largest fall of twice the log-likelihood within the limits */
    double begin; /* where a profile begins to look for the parameter left free */
    double *free; /* where it ended */
} profile_t;

/* log Q with P(X <= Q) = p of the gamma distribution with mean 1. Far below 1, where Q may be below the
 * smallest double, its distribution function is a power. */
static double
log_gamma_quantile(double p, double log_shape)
{
    double k = exp(log_shape), power = (log(p) + gsl_sf_lngamma(k + 1)) / k, q = 0;

    if (power < -100) {
        return power - log_shape;
    }
    return imr_quantile_gamma(p, k, 1, &q) == IMR_OK ? log(q) - log_shape : NAN;
}

/* log{exp(s^2) - 1} */
static double
log_expm1_square(double sd)
{
    double square = sd * sd;

    return square > 30 ? square : log(expm1(square));
}

/* The point at which what is asked is `value` (its log; normal: itself), given the free parameter: the
 * shape, or the place for the sd of a normal distribution. */
static point_t
point_of(const profile_t *self, double value, double free)
{
    double sd = exp(free);
    point_t at = { value, free };

    switch (self->model->distribution) {
        case IMR_DETECTION_GAMMA:
            if (self->asked == SD) {
                at.place = value + 0.5 * free;
            } else if (self->asked == QUANTILE) {
                at.place = value - log_gamma_quantile(self->p, free);
            }
            break;
        case IMR_DETECTION_LOGNORMAL:
            if (self->asked == MEAN) {
                at.place = value - 0.5 * sd * sd;
            } else if (self->asked == SD) {
                at.place = value - 0.5 * sd * sd - 0.5 * log_expm1_square(sd);
            } else {
                at.place = value - self->z * sd;
            }
            break;
        case IMR_DETECTION_NORMAL:
        default:
            if (self->asked == SD) {
                at.place = free;
                at.shape = value;
            } else if (self->asked == QUANTILE) {
                at.place = value - self->z * sd;
            }
            break;
    }
    return at;
}

static double
value_at_peak(const profile_t *self)
{
    double place = self->model->peak.place, shape = self->model->peak.shape, sd = exp(shape);

    switch (self->model->distribution) {
        case IMR_DETECTION_GAMMA:
            return self->asked == MEAN ? place
                : self->asked == SD    ? place - 0.5 * shape
                                       : place + log_gamma_quantile(self->p, shape);
        case IMR_DETECTION_LOGNORMAL:
            return self->asked == MEAN ? place + 0.5 * sd * sd
                : self->asked == SD    ? place + 0.5 * sd * sd + 0.5 * log_expm1_square(sd)
                                       : place + self->z * sd;
        case IMR_DETECTION_NORMAL:
        default:
            return self->asked == MEAN ? place : self->asked == SD ? shape : place + self->z * sd;
    }
}

/* --- profiles ---------------------------------------------------------------------------------- */

static double
loglik_given(const profile_t *self, double value, double free)
{
    double answer = loglik(self->model, point_of(self, value, free));

    return isnan(answer) ? -INFINITY : answer;
}

/* The largest log-likelihood given the value, by Newton's method in the free parameter; a difference
 * quotient will do, since the maximum is flat there. */
static double
profile_loglik(const profile_t *self, double value)
{
    double unit = self->asked == SD && self->model->distribution == IMR_DETECTION_NORMAL
        ? exp(value) / sqrt((double) self->model->rows->n)
        : 1;
    double free = self->begin, here = loglik_given(self, value, free), d = 1e-3 * unit;

    for (int iteration = 0; iteration < 100; iteration++) {
        double plus = loglik_given(self, value, free + d);
        double minus = loglik_given(self, value, free - d);
        double slope = 0.5 * (plus - minus) / d;
        double bend = ((plus - here) + (minus - here)) / (d * d), step, share = 1;
        int risen = 0;

        if (!(bend < 0) || here < self->model->highest - FAR_BELOW) {
            step = plus > minus ? unit : -unit;
        } else {
            step = -slope / bend;
        }
        step = fmax(-2 * unit, fmin(2 * unit, step));
        for (int halving = 0; halving < 30 && fabs(share * step) > 1e-8 * unit && !risen;
            halving++) {
            double there = loglik_given(self, value, free + share * step);

            risen = there > here;
            if (risen) {
                free += share * step;
                here = there;
            }
            share *= 0.5;
        }
        if (!risen || fabs(step) < 1e-6 * unit) {
            break;
        }
    }
    *self->free = free;
    return here;
}

static double
excess(double value, const void *context)
{
    const profile_t *self = context;

    return 2 * (self->model->highest - profile_loglik(self, value)) - self->critical;
}

static int
search_limit(profile_t *self, double inside, double side, double *limit)
{
    int bounded = self->model->distribution != IMR_DETECTION_NORMAL || self->asked == SD;
    double width = self->asked == SD && self->model->distribution == IMR_DETECTION_NORMAL
        ? 0.5
        : self->model->width;

    for (int doubling = 0; doubling < 100; doubling++, width *= 1.5) {
        double outside = inside + side * width;

        if (bounded && fabs(outside) > MOST_LOG) {
            break;
        }
        if (excess(outside, self) > 0) {
            return imr_solve_bracketed(excess, self, inside, outside, 1e-10 * width, limit);
        }
        inside = outside;
        self->begin = *self->free;
    }
    *limit = side * INFINITY;
    return IMR_OK;
}

static int
ask(const model_t *model, asked_t asked, double p, double critical, imr_detection_value_t *answer)
{
    int by_place = asked == SD && model->distribution == IMR_DETECTION_NORMAL, ret = IMR_OK;
    int logs = model->distribution != IMR_DETECTION_NORMAL || asked == SD;
    double free, peak, limits[2];
    profile_t profile = {
        .model = model, .asked = asked, .p = p, .critical = critical, .free = &free
    };

    if (asked == QUANTILE) {
        ret = imr_quantile_normal(p, &profile.z);
    }
    peak = value_at_peak(&profile);
    for (int side = 0; side < 2 && ret == IMR_OK; side++) {
        profile.begin = by_place ? model->peak.place : model->peak.shape;
        ret = search_limit(&profile, peak, 2 * side - 1, &limits[side]);
    }
    if (ret == IMR_OK) {
        answer->left = answer->right = logs ? exp(peak) : peak;
        answer->low = logs ? exp(limits[0]) : limits[0];
        answer->high = logs ? exp(limits[1]) : limits[1];
    }
    return ret;
}

/* --- the fit ----------------------------------------------------------------------------------- */

/* The normal fit of y, which for the gamma distribution is where the climb begins. ends: 2n. */
static int
fit_normal(
    imr_detection_limit_t *self, model_t *model, const double *y, double *ends, imr_fault_t *fault)
{
    size_t n = model->rows->n;
    imr_tobit_t fit;
    int ret;

    for (size_t i = 0; i < n; i++) {
        uint8_t kind = model->rows->kind[i];

        ends[i] = kind == IMR_BELOW ? -INFINITY : y[i];
        ends[n + i] = kind == IMR_ABOVE ? INFINITY : y[i];
    }
    ret = imr_tobit_fit(&fit, ends, ends + n, NULL, n, 0, fault);
    if (ret == IMR_OK) {
        model->peak.place = fit.coef[0];
        model->peak.shape = log(fit.sd);
        model->width = fit.sd / sqrt((double) n);
        self->score_norm = fit.score_norm;
        self->iterations = fit.iterations;
        imr_tobit_free(&fit);
    }
    return ret;
}

static int
fit(imr_detection_limit_t *self, model_t *model, double *ends, imr_fault_t *fault)
{
    int ret = fit_normal(self, model, model->log_y, ends, fault);
    double sd;

    if (ret != IMR_OK) {
        return ret;
    }
    if (model->distribution == IMR_DETECTION_GAMMA) {
        sd = exp(model->peak.shape);
        model->peak.place += 0.5 * fmin(sd * sd, 4);
        model->peak.shape = -2 * log(sd);
        if (isinf(loglik(model, model->peak))) { /* a tail underflows: as wide as the values */
            for (size_t i = 0; i < model->rows->n; i++) {
                model->peak.place = fmax(model->peak.place, model->log_y[i]);
            }
        }
        ret = climb_gamma(model, &self->score_norm, &self->iterations);
        if (ret != IMR_OK) {
            return imr_fault(fault, ret, NULL, -1, NAN);
        }
        model->width = 1 / sqrt(exp(model->peak.shape) * (double) model->rows->n);
    }
    model->highest = loglik(model, model->peak);
    self->loglik = model->highest;
    for (size_t i = 0; i < model->rows->n; i++) {
        if (model->distribution == IMR_DETECTION_LOGNORMAL
            && model->rows->kind[i] == IMR_DETECTED) {
            self->loglik -= model->y[i];
        }
    }
    self->parameter[0] = model->peak.place;
    self->parameter[1] = exp(model->peak.shape);
    if (model->distribution == IMR_DETECTION_GAMMA) {
        self->parameter[0] = exp(model->peak.shape);
        self->parameter[1] = exp(model->peak.place - model->peak.shape);
    }
    return IMR_OK;
}

/* n log{1 + t^2 / (n - 1)}: where nothing is censored, the limits of a normal mean are then those of
 * Student's t. */
static int
critical_of(size_t n, double level, double *critical)
{
    double t;
    int ret = imr_quantile_t(0.5 + 0.5 * level, (double) (n - 1), &t);

    if (ret == IMR_OK) {
        *critical = (double) n * log1p(t * t / (double) (n - 1));
    }
    return ret;
}

int
imr_detection_model(imr_detection_limit_t *self, const imr_detection_rows_t *rows,
    const imr_detection_options_t *options, const double *p, size_t n_p, imr_fault_t *fault)
{
    model_t model = { .rows = rows, .distribution = options->distribution };
    double *block, critical = 0;
    int ret;

    if (rows->detected == 0) {
        return imr_fault(fault, IMR_ERR_NOTHING_DETECTED, "value", -1, NAN);
    }
    block = imr_malloc(rows->n, 4 * sizeof(double));
    if (block == NULL) {
        return imr_fault(fault, IMR_ERR_NOMEM, NULL, -1, NAN);
    }
    model.log_y = block + 2 * rows->n;
    model.y = block + 3 * rows->n;
    for (size_t i = 0; i < rows->n; i++) {
        double value = rows->value[i];

        model.log_y[i] = options->distribution == IMR_DETECTION_NORMAL ? value : log(value);
        model.y[i] = options->distribution == IMR_DETECTION_LOGNORMAL ? model.log_y[i] : value;
    }
    ret = fit(self, &model, block, fault);
    if (ret != IMR_OK) {
        goto out;
    }
    ret = critical_of(rows->n, options->level, &critical);
    if (ret == IMR_OK) {
        ret = ask(&model, MEAN, NAN, critical, &self->mean);
    }
    if (ret == IMR_OK) {
        ret = ask(&model, SD, NAN, critical, &self->sd);
    }
    for (size_t i = 0; i < n_p && ret == IMR_OK; i++) {
        ret = ask(&model, QUANTILE, p[i], critical, &self->quantile[i]);
    }
    if (ret != IMR_OK) {
        imr_fault(fault, ret, NULL, -1, NAN);
    }
out:
    imr_free(block);
    return ret;
}
