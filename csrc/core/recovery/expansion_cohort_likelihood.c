#include "recovery/expansion_cohort_likelihood.h"

#include <math.h>
#include <string.h>

#include "base/cholesky.h"
#include "base/quantile.h"
#include "base/rng.h"
#include "recovery/tobit_climb.h"

enum { M = IMR_EXPANSION_PARAMETERS, TMAX = IMR_EXPANSION_TMAX };

#define LOG_ROOT_2_PI 0.918938533204672741780329736406

/* Points are a mixture: an eighth are drawn from the population, three eighths from a normal distribution
 * about the patient wider by WIDE, half from one as wide as it is. The first keep every weight bounded. */
enum { OF_POPULATION = 8, OF_WIDE = 2 };
#define WIDE 1.6
#define NARROW 1.05
/* Where the points are worth fewer draws than this share the place is sought anew. */
#define FEWEST 0.02
/* A point with less of the likelihood is left out of derivatives and moments. */
#define LEAST_SHARE 1e-12
/* No narrower than this share of the differences between patients. */
#define NARROWEST 1e-3

/* --- quasi-random numbers ---------------------------------------------------------------------- */

/* The digits of `index` in this base, mirrored at the point (Halton 1960). */
static double
radical_inverse(size_t index, size_t base)
{
    double value = 0, digit = 1 / (double) base;

    for (; index > 0; index /= base, digit /= (double) base) {
        value += digit * (double) (index % base);
    }
    return value;
}

size_t
imr_expansion_room(size_t points, const imr_course_t *course)
{
    return points * (2 * M + 3 + course->n - course->quantified);
}

void
imr_expansion_give_room(imr_expansion_patient_t *self, size_t points, double *room, uint32_t place)
{
    static const size_t base[M] = { 2, 3, 5, 7, 11, 13 };
    static const uint64_t key[2] = { 0x53746569, 0x2019 };
    double shift[M];
    imr_rng_t rng;

    self->points = points;
    self->normal = room;
    self->theta = self->normal + points * M;
    self->log_density = self->theta + points * M;
    self->squares = self->log_density + points;
    self->log_weight = self->squares + points;
    self->under_limit = self->log_weight + points;
    imr_rng_init(&rng, key, place);
    for (size_t c = 0; c < M; c++) { /* so that the errors of patients are independent */
        shift[c] = imr_rng_uniform(&rng);
    }
    for (size_t k = 0; k < points; k++) {
        for (size_t c = 0; c < M; c++) {
            double u = radical_inverse(k + 1, base[c]) + shift[c], z = 0;

            u = fmin(fmax(u - floor(u), 1e-9), 1 - 1e-9);
            self->normal[k * M + c] = imr_quantile_normal(u, &z) == IMR_OK ? z : 0;
        }
    }
}

/* --- where the points lie ---------------------------------------------------------------------- */

static size_t
list_random(const imr_expansion_population_t *population, size_t *which)
{
    size_t q = 0;

    for (size_t c = 0; c < imr_expansion_parameters(population->decline); c++) {
        if (population->between[c] > 0) {
            which[q++] = c;
        }
    }
    return q;
}

/* The factor of the covariance of the patient, no narrower than it may be. */
static void
factor_of(const imr_expansion_patient_t *self, const imr_expansion_population_t *population,
    const size_t *which, size_t q, double *factor)
{
    for (double share = NARROWEST;; share *= 10) {
        for (size_t r = 0; r < q; r++) {
            double between = population->between[which[r]];

            for (size_t c = 0; c <= r; c++) {
                factor[r * q + c] = self->covariance[which[r] * M + which[c]];
            }
            factor[r * q + r] += share * share * between * between;
        }
        if (imr_cholesky(factor, q, NULL) == q || share > 1e3) {
            return;
        }
    }
}

/* How far the log density of the wide and the narrow part lies below that of the narrow one at its middle. */
static double
log_normal_parts(double square, size_t q, double log_root)
{
    double narrow = -0.5 * square / (NARROW * NARROW) - (double) q * log(NARROW);
    double wide = -0.5 * square / (WIDE * WIDE) - (double) q * log(WIDE);
    double share = 1 - 1.0 / OF_WIDE - 1.0 / OF_POPULATION;

    return log(exp(narrow) / OF_WIDE + share * exp(wide)) - log_root;
}

static void
lay(imr_expansion_patient_t *self, const imr_expansion_population_t *population)
{
    size_t which[M], q = list_random(population, which), below;
    double factor[M * M], log_root = 0, log_between = 0;

    factor_of(self, population, which, q, factor);
    for (size_t r = 0; r < q; r++) {
        log_root += log(factor[r * q + r]);
        log_between += log(population->between[which[r]]);
    }
    below = self->course.n - self->course.quantified;
    for (size_t k = 0; k < self->points; k++) {
        double *theta = self->theta + k * M, z[M], off[M], square = 0, of_population = 0, parts;
        const double *normal = self->normal + k * M;
        int is_population = k < self->points / OF_POPULATION;
        double scale = k < self->points / OF_WIDE ? WIDE : NARROW;

        memcpy(theta, population->theta, sizeof(population->theta));
        for (size_t r = 0; r < q; r++) {
            size_t c = which[r];
            double moved = 0;

            for (size_t s = 0; s <= r; s++) {
                moved += factor[r * q + s] * normal[which[s]];
            }
            theta[c] = is_population ? population->theta[c] + population->between[c] * normal[c]
                                     : self->mean[c] + scale * moved;
        }
        for (size_t r = 0; r < q; r++) {
            size_t c = which[r];

            z[r] = theta[c] - self->mean[c];
            off[r] = (theta[c] - population->theta[c]) / population->between[c];
            of_population -= 0.5 * off[r] * off[r];
        }
        imr_solve_lower(factor, q, z);
        for (size_t r = 0; r < q; r++) {
            square += z[r] * z[r];
        }
        of_population -= log_between + log((double) OF_POPULATION);
        parts = log_normal_parts(square, q, log_root);
        self->log_density[k] = fmax(of_population, parts) + log1p(exp(-fabs(of_population - parts)))
            - (double) q * LOG_ROOT_2_PI;
        self->squares[k] = imr_course_squares(&self->course, theta, self->under_limit + k * below);
    }
}

void
imr_expansion_lay_points(imr_expansion_patient_t *self,
    const imr_expansion_population_t *population, imr_expansion_pieces_t *scratch)
{
    for (int turn = 0; turn < 2; turn++) { /* the second time where the weights of the first say */
        if (!self->has_place || self->effective < FEWEST * (double) self->points) {
            memcpy(self->mean, population->theta, sizeof(self->mean));
            memset(self->covariance, 0, sizeof(self->covariance));
            for (size_t c = 0; c < M; c++) {
                self->covariance[c * M + c] = population->between[c] * population->between[c];
            }
            imr_expansion_laplace(scratch, &self->course, population, self->mean, self->covariance);
            self->has_place = 1;
        }
        lay(self, population);
        imr_expansion_patient_loglik(self, population, NULL);
        if (turn == 0) {
            imr_expansion_patient_moments(self, self->mean, self->covariance);
        }
    }
}

void
imr_expansion_keep_points(imr_expansion_patient_t *self)
{
    memcpy(self->kept_mean, self->mean, sizeof(self->mean));
    memcpy(self->kept_covariance, self->covariance, sizeof(self->covariance));
}

void
imr_expansion_return_points(
    imr_expansion_patient_t *self, const imr_expansion_population_t *population)
{
    memcpy(self->mean, self->kept_mean, sizeof(self->mean));
    memcpy(self->covariance, self->kept_covariance, sizeof(self->covariance));
    self->has_place = 1;
    lay(self, population);
    imr_expansion_patient_loglik(self, population, NULL);
}

/* --- sums over the points ---------------------------------------------------------------------- */

/* A parameter that does not differ and is not where the points were laid moves them all. */
static void
move_points(imr_expansion_patient_t *self, const imr_expansion_population_t *population)
{
    size_t below = self->course.n - self->course.quantified;
    int moves = 0;

    for (size_t c = 0; c < imr_expansion_parameters(population->decline); c++) {
        moves |= !(population->between[c] > 0) && self->theta[c] != population->theta[c];
    }
    for (size_t k = 0; k < self->points && moves; k++) {
        double *theta = self->theta + k * M;

        for (size_t c = 0; c < M; c++) {
            theta[c] = population->between[c] > 0 ? theta[c] : population->theta[c];
        }
        self->squares[k] = imr_course_squares(&self->course, theta, self->under_limit + k * below);
    }
}

/* The log-likelihood of the samples at a point, and its derivative by log h. */
static double
samples_at(const imr_expansion_patient_t *self, size_t k, double log_h, double *by_h)
{
    size_t below = self->course.n - self->course.quantified;
    double n = (double) self->course.quantified, h = exp(log_h), square = h * h * self->squares[k];
    double sum = n * (log_h - LOG_ROOT_2_PI) - 0.5 * square;

    *by_h = n - square;
    for (size_t j = 0; j < below; j++) {
        double z = h * self->under_limit[k * below + j];
        imr_tobit_term_t term = imr_tobit_term(-INFINITY, z);

        sum += term.loglik;
        *by_h += z * term.middle;
    }
    return sum;
}

/* Derivatives of the log-likelihood of the samples by parameters that do not differ. */
static void
add_common(const imr_expansion_patient_t *self, const imr_expansion_population_t *population,
    size_t k, double share, double *gradient)
{
    double own[M];

    imr_course_loglik(&self->course, self->theta + k * M, population->log_h, own, NULL);
    for (size_t c = 0; c < M; c++) {
        gradient[c] += population->between[c] > 0 ? 0 : share * own[c];
    }
}

double
imr_expansion_patient_loglik(
    imr_expansion_patient_t *self, const imr_expansion_population_t *population, double *gradient)
{
    size_t which[M], q = list_random(population, which);
    double most = -INFINITY, total = 0, log_between = 0, by_h;

    if (gradient != NULL) {
        memset(gradient, 0, IMR_EXPANSION_SLOTS * sizeof(*gradient));
    }
    move_points(self, population);
    for (size_t r = 0; r < q; r++) {
        log_between += log(population->between[which[r]]) + LOG_ROOT_2_PI;
    }
    for (size_t k = 0; k < self->points; k++) {
        double value = samples_at(self, k, population->log_h, &by_h) - log_between;

        for (size_t r = 0; r < q; r++) {
            size_t c = which[r];
            double off = (self->theta[k * M + c] - population->theta[c]) / population->between[c];

            value -= 0.5 * off * off;
        }
        value -= self->log_density[k];
        self->log_weight[k] = isnan(value) ? -INFINITY : value;
        most = fmax(most, self->log_weight[k]);
    }
    if (!isfinite(most)) { /* the points then tell of where they were laid */
        for (size_t k = 0; k < self->points; k++) {
            self->log_weight[k] = -log((double) self->points);
        }
        return -INFINITY;
    }
    for (size_t k = 0; k < self->points; k++) {
        total += exp(self->log_weight[k] - most);
    }
    total = most + log(total);
    for (size_t k = 0; k < self->points; k++) {
        self->log_weight[k] -= total; /* of a sum of 1 */
    }
    if (gradient == NULL) {
        return total - log((double) self->points);
    }
    for (size_t k = 0; k < self->points; k++) {
        double share = exp(self->log_weight[k]);

        if (!(share > LEAST_SHARE)) {
            continue;
        }
        samples_at(self, k, population->log_h, &by_h);
        gradient[IMR_EXPANSION_BY_H] += share * by_h;
        for (size_t r = 0; r < q; r++) {
            size_t c = which[r];
            double off = (self->theta[k * M + c] - population->theta[c]) / population->between[c];

            gradient[c] += share * off / population->between[c];
            gradient[IMR_EXPANSION_BY_BETWEEN + c] += share * (off * off - 1);
        }
        if (q < imr_expansion_parameters(population->decline)) {
            add_common(self, population, k, share, gradient);
        }
    }
    return total - log((double) self->points);
}

void
imr_expansion_patient_moments(imr_expansion_patient_t *self, double *mean, double *covariance)
{
    double squares = 0;

    memset(mean, 0, M * sizeof(*mean));
    memset(covariance, 0, IMR_EXPANSION_SQUARE * sizeof(*covariance));
    for (int pass = 0; pass < 2; pass++) { /* the mean; what lies about it */
        for (size_t k = 0; k < self->points; k++) {
            const double *theta = self->theta + k * M;
            double share = exp(self->log_weight[k]);

            squares += pass == 0 ? share * share : 0;
            for (size_t r = 0; r < M && share > LEAST_SHARE; r++) {
                mean[r] += pass == 0 ? share * theta[r] : 0;
                for (size_t c = 0; c < M && pass == 1; c++) {
                    covariance[r * M + c] += share * (theta[r] - mean[r]) * (theta[c] - mean[c]);
                }
            }
        }
    }
    self->effective = 1 / squares;
}
