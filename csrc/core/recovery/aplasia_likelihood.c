#include "recovery/aplasia_likelihood.h"

#include <math.h>
#include <string.h>

#include "base/cholesky.h"
#include "base/mem.h"

/* Within a panel of Gauss and Legendre's rule a duration grows by this factor at most, so that W moves
 * by 2.2 from sigma 0.1 on. */
#define PANEL 1.25
/* Durations below this part of the longest of a row are one panel. */
#define SHORT 0.01
#define LEAST_P 1e-300
#define MOST_STEPS 200
/* of the unknown of a tie, for differences */
#define TIE_STEP 1e-4

/* --- the parts of the rows --------------------------------------------------------------------- */

/* Durations from `low` to `high` at which recovery may begin, in panels from the top down. Returns
 * the number of parts; fills them unless part is NULL. */
static size_t
parts_of(imr_aplasia_part_t *part, double low, double high, double gap, double centre)
{
    double width = high - low, top = high, edge = fmax(low, SHORT * high);
    size_t n = 0;

    while (top > low) {
        int is_last = top <= edge;
        double bottom = is_last ? low : fmax(top / PANEL, edge);

        for (int k = 0; k < (is_last ? IMR_APLASIA_NODES : IMR_APLASIA_FEW_NODES); k++, n++) {
            imr_aplasia_node_t node = is_last ? imr_aplasia_nodes[k] : imr_aplasia_few_nodes[k];
            double x = node.at, duration, weight = node.weight * (top - bottom) / width;

            if (part == NULL) {
                continue;
            }
            if (is_last) { /* down to 0 the probability rises like a power: more nodes there */
                weight *= 4 * x * x * x;
                x *= x * x * x;
            }
            duration = bottom + (top - bottom) * x;
            part[n].from = log(duration) - centre;
            part[n].to = log(duration + gap) - centre;
            part[n].weight = weight;
        }
        top = bottom;
    }
    return n;
}

static double
log_less(double duration, double centre)
{
    return duration > 0 ? log(duration) - centre : -INFINITY;
}

/* The parts of row i, or their number alone when part is NULL. */
static size_t
parts_of_row(imr_aplasia_part_t *part, const imr_aplasia_rows_t *rows, size_t i, double centre)
{
    double width = rows->onset_right[i] - rows->onset_left[i];
    double gap = rows->recovery_right[i] - rows->recovery_left[i];
    double least = rows->recovery_left[i] - rows->onset_right[i];

    if (width > 0 && gap > 0) {
        return parts_of(part, least, least + width, gap, centre);
    }
    if (part != NULL) { /* the average of a density over the onset is a probability over width */
        part->from = log_less(least, centre);
        part->to = log(least + (width > 0 ? width : gap)) - centre;
        part->weight = 1;
    }
    return 1;
}

int
imr_aplasia_likelihood_init(imr_aplasia_likelihood_t *self, const imr_aplasia_rows_t *rows,
    imr_aplasia_distribution_t distribution, imr_fault_t *fault)
{
    size_t n = rows->n, parts = 0;
    double longest = 0;

    memset(self, 0, sizeof(*self));
    self->rows = rows;
    self->distribution = distribution;
    for (size_t i = 0; i < n; i++) {
        double end =
            isinf(rows->recovery_right[i]) ? rows->recovery_left[i] : rows->recovery_right[i];

        longest = fmax(longest, end - rows->onset_left[i]);
        parts += parts_of_row(NULL, rows, i, 0);
    }
    self->centre = longest > 0 ? log(longest) : 0;
    self->block = imr_malloc(
        parts * sizeof(*self->part) + n * (2 * sizeof(double) + 1) + (n + 1) * sizeof(*self->first),
        1);
    if (self->block == NULL) {
        return imr_fault(fault, IMR_ERR_NOMEM, NULL, -1, NAN);
    }
    self->part = self->block;
    self->extra = (double *) (self->part + parts);
    self->offset = self->extra + n;
    self->first = (size_t *) (self->offset + n);
    self->exact = (uint8_t *) (self->first + n + 1);
    self->first[0] = 0;
    for (size_t i = 0; i < n; i++) {
        double width = rows->onset_right[i] - rows->onset_left[i];
        double gap = rows->recovery_right[i] - rows->recovery_left[i];
        imr_aplasia_part_t *part = self->part + self->first[i];

        self->first[i + 1] = self->first[i] + parts_of_row(part, rows, i, self->centre);
        self->offset[i] = 0;
        self->exact[i] = width == 0 && gap == 0;
        self->extra[i] = self->exact[i] ? -part->from - self->centre : gap == 0 ? -log(width) : 0;
    }
    return IMR_OK;
}

void
imr_aplasia_likelihood_free(imr_aplasia_likelihood_t *self)
{
    imr_free(self->block);
    memset(self, 0, sizeof(*self));
}

/* --- the log-likelihood ------------------------------------------------------------------------ */

/* A probability, what it leaves of 1, and its derivatives in eta = alpha + x' gamma and theta. */
typedef struct {
    double p, rest, eta, theta, eta_eta, eta_theta, theta_theta;
} share_t;

static void
add_end(share_t *share, const imr_aplasia_point_t *point, double y, double weight)
{
    double f = weight * point->density, bend = weight * point->bend;
    double z_theta = weight * point->z_theta;

    if (point->density == 0) {
        return;
    }
    share->eta -= f;
    share->theta += f * y + weight * point->theta;
    share->eta_eta += bend;
    share->eta_theta -= bend * y + z_theta;
    share->theta_theta += (bend * y + 2 * z_theta) * y + weight * point->theta_theta;
}

static share_t
share_of_row(const imr_aplasia_likelihood_t *self, size_t i, double eta, const imr_aplasia_w_t *w,
    int with_slopes)
{
    share_t share = { 0 };

    for (size_t k = self->first[i]; k < self->first[i + 1]; k++) {
        const imr_aplasia_part_t *part = &self->part[k];
        imr_aplasia_point_t here = { .upper = 1 }, there = { .lower = 1 };
        double y = part->from - self->offset[i], y_to = part->to - self->offset[i];
        int is_late = 0;

        if (isfinite(y)) {
            double z = w->theta * y - eta;

            here = imr_aplasia_point(w, z);
            if (with_slopes) {
                add_end(&share, &here, y, -part->weight);
            }
            is_late = z > 0;
        }
        if (isfinite(y_to)) {
            there = imr_aplasia_point(w, w->theta * y_to - eta);
            if (with_slopes) {
                add_end(&share, &there, y_to, part->weight);
            }
        }
        share.p += part->weight * (is_late ? here.upper - there.upper : there.lower - here.lower);
        share.rest += part->weight * (here.lower + there.upper);
    }
    return share;
}

/* Of one row, with the derivatives in (eta, theta) unless slope is NULL. */
static double
log_share(const imr_aplasia_likelihood_t *self, size_t i, double eta, const imr_aplasia_w_t *w,
    share_t *slope)
{
    double theta = w->theta;
    share_t s;

    if (self->exact[i]) {
        double y = self->part[self->first[i]].from - self->offset[i];
        imr_aplasia_log_density_t d = imr_aplasia_log_density(w, theta * y - eta);

        if (slope != NULL) {
            slope->eta = -d.slope;
            slope->theta = d.slope * y + d.theta + 1 / theta;
            slope->eta_eta = d.bend;
            slope->eta_theta = -d.bend * y - d.z_theta;
            slope->theta_theta =
                (d.bend * y + 2 * d.z_theta) * y + d.theta_theta - 1 / (theta * theta);
        }
        return d.value + log(theta) + self->extra[i];
    }
    s = share_of_row(self, i, eta, w, slope != NULL);
    if (!(s.p > LEAST_P)) {
        return -INFINITY;
    }
    if (slope != NULL) {
        slope->eta = s.eta / s.p;
        slope->theta = s.theta / s.p;
        slope->eta_eta = s.eta_eta / s.p - slope->eta * slope->eta;
        slope->eta_theta = s.eta_theta / s.p - slope->eta * slope->theta;
        slope->theta_theta = s.theta_theta / s.p - slope->theta * slope->theta;
    }
    /* near 1 what is left of it counts, however small */
    return (s.rest < 0.5 ? log1p(-s.rest) : log(s.p)) + self->extra[i];
}

double
imr_aplasia_loglik(
    const imr_aplasia_likelihood_t *self, const double *v, double *gradient, double *hessian)
{
    const imr_aplasia_rows_t *rows = self->rows;
    imr_aplasia_w_t w = imr_aplasia_w(self->distribution, v[IMR_APLASIA_THETA]);
    size_t p = rows->p, m = p + IMR_APLASIA_GAMMA;
    double value = 0;

    if (gradient != NULL) {
        memset(gradient, 0, m * sizeof(*gradient));
        memset(hessian, 0, m * m * sizeof(*hessian));
    }
    for (size_t i = 0; i < rows->n; i++) {
        const double *x = rows->covariate + i * p;
        double eta = v[IMR_APLASIA_ALPHA], log_p;
        share_t s = { 0 };

        for (size_t j = 0; j < p; j++) {
            eta += x[j] * v[IMR_APLASIA_GAMMA + j];
        }
        log_p = log_share(self, i, eta, &w, gradient == NULL ? NULL : &s);
        value += log_p;
        if (isinf(log_p)) {
            return -INFINITY;
        }
        if (gradient == NULL) {
            continue;
        }
        gradient[IMR_APLASIA_ALPHA] += s.eta;
        gradient[IMR_APLASIA_THETA] += s.theta;
        hessian[0] += s.eta_eta;
        hessian[m] += s.eta_theta;
        hessian[m + 1] += s.theta_theta;
        for (size_t j = 0; j < p; j++) {
            size_t row = (IMR_APLASIA_GAMMA + j) * m;

            gradient[IMR_APLASIA_GAMMA + j] += s.eta * x[j];
            hessian[row] += s.eta_eta * x[j];
            hessian[row + 1] += s.eta_theta * x[j];
            for (size_t k = 0; k <= j; k++) {
                hessian[row + IMR_APLASIA_GAMMA + k] += s.eta_eta * x[j] * x[k];
            }
        }
    }
    for (size_t j = 0; gradient != NULL && j < m; j++) { /* the other half */
        for (size_t k = 0; k < j; k++) {
            hessian[k * m + j] = hessian[j * m + k];
        }
    }
    return value;
}

/* --- the climb --------------------------------------------------------------------------------- */

/* Newton's step in the free unknowns, from minus the second derivatives made positive definite where
 * they are not. Returns the slope of the log-likelihood along it. */
static double
newton_step(
    const double *gradient, const double *hessian, const uint8_t *frozen, size_t m, double *step)
{
    double factor[IMR_APLASIA_MOST_UNKNOWNS * IMR_APLASIA_MOST_UNKNOWNS];
    double solution[IMR_APLASIA_MOST_UNKNOWNS] = { 0 }, most = 0, slope = 0;
    size_t free[IMR_APLASIA_MOST_UNKNOWNS], count = 0;

    for (size_t j = 0; j < m; j++) {
        step[j] = 0;
        if (!frozen[j]) {
            most = fmax(most, fabs(hessian[j * m + j]));
            free[count++] = j;
        }
    }
    for (double ridge = 0; ridge < 1e6 && most > 0; ridge = ridge > 0 ? 10 * ridge : 1e-6) {
        for (size_t i = 0; i < count; i++) {
            for (size_t j = 0; j < count; j++) {
                double h = hessian[free[i] * m + free[j]];

                factor[i * count + j] = -h + (i == j ? ridge * (fabs(h) + 1e-6 * most) : 0);
            }
            solution[i] = gradient[free[i]];
        }
        if (imr_cholesky(factor, count, NULL) == count) {
            imr_solve_lower(factor, count, solution);
            imr_solve_upper(factor, count, solution);
            break;
        }
        memset(solution, 0, sizeof(solution));
    }
    for (size_t i = 0; i < count; i++) {
        step[free[i]] = solution[i];
        slope += solution[i] * gradient[free[i]];
    }
    return slope;
}

static double
score_of(const double *gradient, const uint8_t *frozen, size_t m, size_t n)
{
    double score = 0;

    for (size_t j = 0; j < m; j++) {
        score = frozen[j] ? score : fmax(score, fabs(gradient[j]));
    }
    return score / (double) n;
}

/* As imr_aplasia_loglik, of the unknown of a tie in the place of theta where there is one. */
static double
loglik_on(const imr_aplasia_likelihood_t *self, const imr_aplasia_tie_t *tie, const double *v,
    double *gradient, double *hessian)
{
    enum { A = IMR_APLASIA_ALPHA, T = IMR_APLASIA_THETA };
    size_t m = self->rows->p + IMR_APLASIA_GAMMA;
    double w[IMR_APLASIA_MOST_UNKNOWNS] = { 0 }, alpha[3], theta[3], value;
    double alpha_slope, alpha_bend, theta_slope, theta_bend;

    if (tie == NULL) {
        return imr_aplasia_loglik(self, v, gradient, hessian);
    }
    memcpy(w, v, m * sizeof(*v));
    for (int k = 0; k < 3; k++) {
        tie->at(v[T] + (k - 1) * TIE_STEP, &alpha[k], &theta[k], tie->context);
    }
    w[A] = alpha[1];
    w[T] = theta[1];
    if (!isfinite(alpha[0]) || !isfinite(alpha[1]) || !isfinite(alpha[2])) {
        memset(gradient, 0, m * sizeof(*gradient));
        return -INFINITY;
    }
    value = imr_aplasia_loglik(self, w, gradient, hessian);
    if (isinf(value)) {
        return value;
    }
    alpha_slope = (alpha[2] - alpha[0]) / (2 * TIE_STEP);
    alpha_bend = (alpha[2] - 2 * alpha[1] + alpha[0]) / (TIE_STEP * TIE_STEP);
    theta_slope = (theta[2] - theta[0]) / (2 * TIE_STEP);
    theta_bend = (theta[2] - 2 * theta[1] + theta[0]) / (TIE_STEP * TIE_STEP);
    hessian[T * m + T] = theta_slope * theta_slope * hessian[T * m + T]
        + 2 * alpha_slope * theta_slope * hessian[A * m + T]
        + alpha_slope * alpha_slope * hessian[A * m + A] + alpha_bend * gradient[A]
        + theta_bend * gradient[T];
    gradient[T] = alpha_slope * gradient[A] + theta_slope * gradient[T];
    for (size_t j = IMR_APLASIA_GAMMA; j < m; j++) {
        hessian[j * m + T] = hessian[T * m + j] =
            alpha_slope * hessian[A * m + j] + theta_slope * hessian[T * m + j];
    }
    return value;
}

double
imr_aplasia_climb(const imr_aplasia_likelihood_t *self, const imr_aplasia_route_t *route, double *v,
    double *score, int *at_bound)
{
    const imr_aplasia_tie_t *tie = route->tie;
    double gradient[2][IMR_APLASIA_MOST_UNKNOWNS], step[IMR_APLASIA_MOST_UNKNOWNS];
    double hessian[2][IMR_APLASIA_MOST_UNKNOWNS * IMR_APLASIA_MOST_UNKNOWNS];
    double trial[IMR_APLASIA_MOST_UNKNOWNS] = { 0 };
    double least = tie == NULL ? 1 / IMR_APLASIA_MOST_SIGMA : tie->least;
    double most = tie == NULL ? 1 / IMR_APLASIA_LEAST_SIGMA : tie->most;
    double value;
    size_t m = self->rows->p + IMR_APLASIA_GAMMA;
    uint8_t held[IMR_APLASIA_MOST_UNKNOWNS];
    int here = 0, is_last = 0;

    v[IMR_APLASIA_THETA] = fmax(least, fmin(most, v[IMR_APLASIA_THETA]));
    value = loglik_on(self, tie, v, gradient[0], hessian[0]);
    for (int i = 0;; i++) {
        double *theta = &v[IMR_APLASIA_THETA], slope, part = 1, least_part, next = -INFINITY;
        double slope_of_theta = gradient[here][IMR_APLASIA_THETA];

        if (imr_stop_asked(route->stop, (double) (100 * self->first[self->rows->n] * m))) {
            return NAN;
        }
        memcpy(held, route->frozen, m);
        *at_bound = *theta >= most && slope_of_theta >= 0 ? 1
            : *theta <= least && slope_of_theta <= 0      ? -1
                                                          : 0;
        held[IMR_APLASIA_THETA] |= *at_bound != 0;
        *score = isinf(value) ? INFINITY : score_of(gradient[here], held, m, self->rows->n);
        slope = isinf(value) ? 0 : newton_step(gradient[here], hessian[here], held, m, step);
        if (i == MOST_STEPS || is_last || !(slope > 0)) {
            return value;
        }
        if (*theta + step[IMR_APLASIA_THETA] > most || *theta + step[IMR_APLASIA_THETA] < least) {
            double room = (step[IMR_APLASIA_THETA] > 0 ? most : least) - *theta;

            if (room == 0) { /* along the bound, which the step alone would leave */
                held[IMR_APLASIA_THETA] = 1;
                slope = newton_step(gradient[here], hessian[here], held, m, step);
            } else {
                part = room / step[IMR_APLASIA_THETA];
            }
        }
        least_part = 1e-10 * part;
        for (; part > least_part; part /= 2) {
            for (size_t j = 0; j < m; j++) {
                trial[j] = v[j] + part * step[j];
            }
            trial[IMR_APLASIA_THETA] = fmax(least, fmin(most, trial[IMR_APLASIA_THETA]));
            next = loglik_on(self, tie, trial, gradient[1 - here], hessian[1 - here]);
            /* at the top the value has no more digits to rise by, the score has */
            if (next > value
                || (next >= value - 1e-13 * (1 + fabs(value))
                    && score_of(gradient[1 - here], held, m, self->rows->n) < *score)) {
                break;
            }
        }
        if (part <= least_part) {
            return value;
        }
        is_last = slope < route->enough; /* it squares what is left to go */
        memcpy(v, trial, m * sizeof(*v));
        value = next;
        here = 1 - here;
    }
}
