#include "survival/kaplan_meier_band.h"

#include <complex.h>
#include <math.h>

#include "base/quantile.h"
#include "base/solve.h"

#define PI 3.14159265358979323846
#define IMAGES 10000 /* far more than any level above 1e-6 takes */

/* The chance that a path leaves the band, as a function of the band's half width. */
typedef struct {
    double from, to; /* of the Brownian bridge */
    double duration; /* of the Ornstein-Uhlenbeck process */
    double miss; /* 1 - level */
} crossing_t;

static double
normal_density(double x, double variance)
{
    return exp(-x * x / (2 * variance)) / sqrt(2 * PI * variance);
}

/* --- Hall and Wellner ------------------------------------------------------------------------- */

/* Gauss-Legendre nodes and weights, 16 points on (-1, 1). */
static const double NODE[8] = { 0.09501250983763744019, 0.28160355077925891323,
    0.45801677765722738634, 0.61787624440264374845, 0.75540440835500303390, 0.86563120238783174388,
    0.94457502307323257608, 0.98940093499164993260 };
static const double WEIGHT[8] = { 0.18945061045506849629, 0.18260341504492358887,
    0.16915651939500253819, 0.14959598881657673208, 0.12462897125553387205, 0.09515851168249278481,
    0.06225352393864789286, 0.02715245941175409485 };

/* P(-k < U < k), U normal with mean mu and sd sigma (0 allowed), good for both far tails. */
static double
inside(double k, double mu, double sigma)
{
    double near, far;

    mu = fabs(mu);
    if (!(sigma > 0)) {
        return mu < k;
    }
    near = (mu - k) / (sigma * sqrt(2));
    far = (mu + k) / (sigma * sqrt(2));
    return (erfc(near) - erfc(far)) / 2;
}

static double
outside(double k, double mu, double sigma)
{
    if (!(sigma > 0)) {
        return fabs(mu) >= k;
    }
    return (erfc((k - mu) / (sigma * sqrt(2))) + erfc((k + mu) / (sigma * sqrt(2)))) / 2;
}

/* The density of B(to) = v, |v| < k, times the chance that |B| left k on [from, to]. The images of
 * v at 2jk + (-1)^j v, with alternate signs, absorb the path at -k and k; given B(to) = c,
 * B(from) has mean c from / to. */
static double
crossing_density(double k, double v, const crossing_t *job)
{
    double slope = job->from / job->to;
    double sigma = sqrt(slope * (job->to - job->from));
    double sum = normal_density(v, job->to) * outside(k, slope * v, sigma);

    for (int j = 1; j < IMAGES; j++) {
        double image = j % 2 == 0 ? v : -v, right = 2 * j * k + image, left = image - 2 * j * k;
        double term = normal_density(right, job->to) * inside(k, slope * right, sigma)
            + normal_density(left, job->to) * inside(k, slope * left, sigma);

        sum += j % 2 == 0 ? -term : term;
        if (term <= 1e-17 * sum) {
            break;
        }
    }
    return sum * normal_density(v, 1 - job->to) * sqrt(2 * PI);
}

/* P(|B(a)| > k for an a in [from, to]): B(to) is already out, or it is within and the path left
 * before. The variance of B(to) is not below that of B(from). */
static double
bridge_crossing(double k, const crossing_t *job)
{
    double to = job->to, sd = sqrt(to * (1 - to)), sum = 0;
    double high = fmin(k, 2 * k * (1 - to) + 12 * sd); /* beyond lies nothing that counts */
    /* near k the density bends within this */
    double step = sqrt((to - job->from) * to / job->from);

    if (to == 1) { /* and from == 0: Kolmogorov's distribution */
        for (int j = 1; j == 1 || 2.0 * (j - 1) * (j - 1) * k * k < 750; j++) {
            sum += (j % 2 == 0 ? -2 : 2) * exp(-2.0 * j * j * k * k);
        }
        return sum;
    }
    for (step = fmin(step, sd); high > 0 && step > 0; step = fmin(2 * step, sd)) {
        double low = fmax(0, high - step), centre = (low + high) / 2, half = (high - low) / 2;

        for (int i = 0; i < 8; i++) {
            sum += WEIGHT[i] * half
                * (crossing_density(k, centre - half * NODE[i], job)
                    + crossing_density(k, centre + half * NODE[i], job));
        }
        high = low;
    }
    return erfc(k / (sd * sqrt(2))) + 2 * sum; /* the density is even in v */
}

static double
bridge_excess(double k, const void *context)
{
    const crossing_t *job = context;

    return bridge_crossing(k, job) - job->miss;
}

/* --- equal precision -------------------------------------------------------------------------- */

/* B(a) / sqrt(a (1 - a)) is the stationary Ornstein-Uhlenbeck process in time log(a / (1 - a)) / 2.
 * For a path that starts at random, the Laplace transform in time of the chance to have left
 * (-e, e) is (P(|Z| > e) + 2 e phi(e) r(z)) / z with
 * r(z) = M(z/2 + 1, 3/2, e^2/2) / M(z/2, 1/2, e^2/2), Kummer's functions. */

/* r by the continued fraction of Gauss (DLMF 13.5.1), from the tail forward. */
static double complex
kummer_ratio(double complex z, double y)
{
    double complex a = z / 2, fraction = 1;
    int n = 30 + (int) (2 * (y + sqrt(cabs(a) * y)));

    for (; n >= 1; n--) {
        double complex even = (a + n) / ((2 * n - 0.5) * (2 * n + 0.5));
        double complex odd = (a - (n - 0.5)) / ((2 * n - 1.5) * (2 * n - 0.5));

        fraction = 1 + odd * y / (1 + even * y / fraction);
    }
    return 1 / fraction;
}

/* The inverse Laplace transform of r(z) / z at a time > 0, on the cotangent contour of Weideman
 * (2006): an error of 3.9^-POINTS. */
static double
inverse_transform(double e, double duration)
{
    enum { POINTS = 26 };
    double sum = 0;

    for (int k = 0; k < POINTS / 2; k++) {
        double theta = (2 * k + 1) * PI / POINTS, angle = 0.6407 * theta;
        double cotangent = 1 / tan(angle), sine = sin(angle);
        double scale = POINTS / duration;
        double complex z = scale * (0.5017 * theta * cotangent - 0.6122 + 0.2645 * theta * I);
        double complex slope = scale * (0.5017 * (cotangent - angle / (sine * sine)) + 0.2645 * I);

        sum += cimag(cexp(z * duration) * kummer_ratio(z, e * e / 2) / z * slope);
    }
    return 2 * sum / POINTS;
}

/* The same for a short time, in which no path reaches both barriers: with w = e z r(z) the
 * logarithmic derivative at the barrier of the solution that decays away from it, Riccati's
 * equation w' + w^2 = e w + z gives w = sqrt(z) + w[0] + w[1] / sqrt(z) + ..., and each power of z
 * inverts by itself. */
static double
inverse_short_time(double e, double duration)
{
    double v = e * e / 8 - 0.25;
    double w[] = { e / 2, v, -e / 8, (0.125 - v * v) / 2, v * e / 4,
        (v * v * v - 3 * v / 8 - 5 * e * e / 64) / 2, (9.0 / 64 - v * v) * e / 2 };
    double root = sqrt(duration), power = duration, sum = root / tgamma(1.5);

    for (int k = 0; k < 7; k++) {
        sum += w[k] * power / tgamma(2 + k / 2.0);
        power *= root;
    }
    return sum / e;
}

static double
diffusion_excess(double e, const void *context)
{
    const crossing_t *job = context;
    double duration = job->duration, inverse = 0;

    if (duration > 0) {
        inverse = duration < 5e-4 && duration < e * e / 40 ? inverse_short_time(e, duration)
                                                           : inverse_transform(e, duration);
    }
    return erfc(e / sqrt(2)) + 2 * e * normal_density(e, 1) * inverse - job->miss;
}

/* --- critical values -------------------------------------------------------------------------- */

/* The half width at which the path leaves the band with chance 1 - level, from a first guess. */
static int
solve(imr_function_t excess, const crossing_t *job, double guess, double *critical)
{
    double low = guess, high = guess;

    while (excess(low, job) < 0 && low > guess * 1e-7) {
        low /= 2;
    }
    while (excess(high, job) > 0) {
        high *= 2;
    }
    return imr_solve_bracketed(excess, job, low, high, 0, critical);
}

/* log(to / from) without overflow, and to the last digits when they are close. */
static double
log_ratio(double from, double to)
{
    return isfinite(to / from) ? log(to / from) : log(to) - log(from);
}

static int
equal_precision(double level, double duration, double *critical)
{
    crossing_t job = { .duration = duration, .miss = 1 - level };

    return solve(diffusion_excess, &job, 2, critical);
}

int
imr_hall_wellner_critical(double level, double from, double to, double *critical)
{
    crossing_t job = { .from = from, .to = to, .miss = 1 - level };

    if (!(level > 0 && level < 1)) {
        return IMR_ERR_LEVEL;
    }
    if (!(from >= 0 && from <= to && to <= 1 && to > 0 && from < 1)) {
        return IMR_ERR_BAND_RANGE;
    }
    if (from * (1 - from) > to * (1 - to)) { /* the bridge looks the same from its other end */
        job.from = 1 - to;
        job.to = 1 - from;
    }
    return solve(bridge_excess, &job,
        job.from < 0.5 && job.to > 0.5 ? 1 : 2 * sqrt(job.to * (1 - job.to)), critical);
}

int
imr_equal_precision_critical(double level, double from, double to, double *critical)
{
    if (!(level > 0 && level < 1)) {
        return IMR_ERR_LEVEL;
    }
    if (!(from > 0 && from <= to && to < 1)) {
        return IMR_ERR_BAND_RANGE;
    }
    return equal_precision(level, (log_ratio(from, to) + log1p(-from) - log1p(-to)) / 2, critical);
}

/* --- the band --------------------------------------------------------------------------------- */

/* The limits of S whose relative error is at most `error`, on the scale chosen. */
static void
limits(double s, double error, imr_kaplan_meier_band_scale_t scale, double *low, double *high)
{
    double ratio, angle, shift;

    switch (scale) {
        case IMR_BAND_PLAIN:
            *low = fmax(0, s - error * s);
            *high = fmin(1, s + error * s);
            break;
        case IMR_BAND_LOG_LOG:
            ratio = exp(error / log(s)); /* below 1 */
            *low = pow(s, 1 / ratio);
            *high = pow(s, ratio);
            break;
        case IMR_BAND_ARCSINE:
            angle = asin(sqrt(s));
            shift = error / 2 * sqrt(s / (1 - s));
            *low = pow(sin(fmax(0, angle - shift)), 2);
            *high = pow(sin(fmin(PI / 2, angle + shift)), 2);
            break;
    }
}

int
imr_kaplan_meier_band(const double *estimate, const double *greenwood, size_t begin, size_t end,
    double n, const imr_kaplan_meier_band_options_t *options, double *critical, double *low,
    double *high, imr_fault_t *fault)
{
    int hall_wellner = options->kind == IMR_BAND_HALL_WELLNER;
    double first, last;
    int ret;

    if (!(options->level > 0 && options->level < 1)) {
        return imr_fault(fault, IMR_ERR_LEVEL, "level", -1, options->level);
    }
    if (!(n > 0 && isfinite(n))) {
        return imr_fault(fault, IMR_ERR_NOT_POSITIVE, "n", -1, n);
    }
    if (!(begin < end && greenwood[begin] > 0 && greenwood[end - 1] >= greenwood[begin]
            && isfinite(greenwood[end - 1]))) {
        return imr_fault(fault, IMR_ERR_BAND_RANGE, "range", -1, NAN);
    }
    for (size_t i = begin; i < end; i++) {
        if (!(estimate[i] > 0 && estimate[i] < 1)) {
            return imr_fault(fault, IMR_ERR_BAND_RANGE, "range", -1, NAN);
        }
    }
    first = greenwood[begin];
    last = greenwood[end - 1];
    ret = hall_wellner ? imr_hall_wellner_critical(options->level, n * first / (1 + n * first),
                             n * last / (1 + n * last), critical)
                       : equal_precision(options->level, log_ratio(first, last) / 2, critical);
    if (ret != IMR_OK) {
        return imr_fault(fault, ret, "level", -1, options->level);
    }
    for (size_t i = begin; i < end; i++) {
        double error = hall_wellner ? (1 + n * greenwood[i]) / sqrt(n) : sqrt(greenwood[i]);

        limits(estimate[i], *critical * error, options->scale, &low[i], &high[i]);
    }
    return IMR_OK;
}
