#include "response/pooled_term.h"

#include <math.h>

static double
log_sigmoid(double eta)
{
    return fmin(eta, 0) - log1p(exp(-fabs(eta)));
}

static double
sigmoid(double eta)
{
    return 1 / (1 + exp(-eta));
}

/* Gauss-Hermite nodes for exp(-t^2), each by bisection on the count of sign changes of the
 * orthonormal Hermite polynomials. The weights are those of the integrand itself: w exp(t^2). */
void
imr_pooled_rule(int nodes, imr_pooled_rule_t *rule)
{
    rule->nodes = nodes;
    for (int i = 0; i < nodes; i++) {
        double low = -sqrt(2.0 * nodes + 1), high = -low, t, slope = 1;

        for (int halving = 0; halving < 60; halving++) {
            double older = 0, old = 1;
            int above = 0; /* Sturm: sign changes count the zeros above t */

            t = (low + high) / 2;
            for (int j = 0; j < nodes; j++) {
                double next = t * sqrt(2.0 / (j + 1)) * old - sqrt((double) j / (j + 1)) * older;

                above += (next < 0) != (old < 0);
                older = old;
                old = next;
            }
            slope = sqrt(2.0 * nodes) * older;
            if (above > i) {
                low = t;
            } else {
                high = t;
            }
        }
        t = (low + high) / 2;
        rule->node[i] = t;
        /* w = 2 / (h')^2 for polynomials normalised to 1 / pi^(1/4) */
        rule->log_weight[i] = log(2) + 0.5 * log(acos(-1)) - 2 * log(fabs(slope)) + t * t;
    }
}

/* --- binomial-normal ----------------------------------------------------------------------------- */

/* The integrand of one series: where it peaks and how sharply, and its weighted sums. */
typedef struct {
    double events, n, eta, deviation;
    double mode, curvature, top; /* of the log of the integrand, in z */
    double total; /* of the integrand, as a share of its peak */
    double moment[5]; /* of r, rz, r^2, r^2 z, r^2 z^2, where r is events - n rate */
    double binomial[3]; /* of v, vz, vz^2, where v is n rate (1 - rate) */
} integrand_t;

static double
log_integrand(const integrand_t *self, double z, double *rate)
{
    double eta = self->eta + self->deviation * z, small = exp(-fabs(eta));

    *rate = (eta < 0 ? small : 1) / (1 + small);
    /* no difference of two large numbers */
    return (eta < 0 ? self->events : self->events - self->n) * eta - self->n * log1p(small)
        - z * z / 2;
}

static void
find_mode(integrand_t *self)
{
    double low = -fabs(self->deviation) * self->n, high = -low; /* the slope changes sign between */
    double z = 0;

    for (int i = 0; i < 200; i++) {
        double rate = sigmoid(self->eta + self->deviation * z);
        double slope = self->deviation * (self->events - self->n * rate) - z, step;

        self->curvature = 1 + self->deviation * self->deviation * self->n * rate * (1 - rate);
        step = slope / self->curvature;
        if (fabs(step) < 1e-13 * (1 + fabs(z))) {
            break;
        }
        low = slope > 0 ? z : low;
        high = slope > 0 ? high : z;
        z = z + step > low && z + step < high ? z + step : (low + high) / 2;
    }
    self->mode = z;
}

/* One node; `drift` is how the node moves with the spread, `shift` with eta. */
static void
add_node(integrand_t *self, double z, double log_share, double rate, double shift, double drift)
{
    double share = exp(log_share), r = self->events - self->n * rate, tilt, v;

    tilt = self->deviation * r - z; /* slope of the integrand in z */
    v = self->n * rate * (1 - rate);
    self->total += share;
    self->moment[0] += share * (r + tilt * shift);
    self->moment[1] += share * (r * z + tilt * drift);
    self->moment[2] += share * r * r;
    self->moment[3] += share * r * r * z;
    self->moment[4] += share * r * r * z * z;
    self->binomial[0] += share * v;
    self->binomial[1] += share * v * z;
    self->binomial[2] += share * v * z * z;
}

/* Equal steps from the peak outwards, until nothing is left: the error falls as exp(-2 pi a / step),
 * a being the width of the strip round the real line that the integrand is smooth in: the poles of
 * the rate lie pi / deviation away. */
static double
integrate(integrand_t *self)
{
    double step = fmin(0.6 / sqrt(self->curvature), 0.35 / fabs(self->deviation)), rate;

    self->top = log_integrand(self, self->mode, &rate);
    add_node(self, self->mode, 0, rate, 0, 0);
    for (int side = -1; side <= 1; side += 2) {
        for (int j = 1;; j++) {
            double z = self->mode + side * j * step;
            double log_share = log_integrand(self, z, &rate) - self->top;

            if (!(log_share > -33)) {
                break;
            }
            add_node(self, z, log_share, rate, 0, 0);
        }
    }
    return step;
}

/* Gauss-Hermite scaled to the peak. The nodes move with the parameters, and so do the slopes; growth
 * holds the relative slopes of the scale. */
static double
integrate_by_nodes(integrand_t *self, const imr_pooled_rule_t *rule, double growth[2])
{
    double s = self->deviation, c = self->curvature, scale = sqrt(2 / c), rate, v, third;
    double mode[2], eta[2];

    self->top = log_integrand(self, self->mode, &rate);
    v = self->n * rate * (1 - rate);
    third = v * (1 - 2 * rate);
    mode[0] = -s * v / c;
    mode[1] = (self->events - self->n * rate - s * v * self->mode) / c;
    eta[0] = 1 + s * mode[0];
    eta[1] = self->mode + s * mode[1];
    growth[0] = -s * s * third * eta[0] / (2 * c);
    growth[1] = -(2 * s * v + s * s * third * eta[1]) / (2 * c);
    for (int i = 0; i < rule->nodes; i++) {
        double t = scale * rule->node[i], z = self->mode + t;
        double log_share = log_integrand(self, z, &rate) - self->top + rule->log_weight[i];

        add_node(self, z, log_share, rate, mode[0] + growth[0] * t, mode[1] + growth[1] * t);
    }
    return scale;
}

void
imr_pooled_mixed_term(const imr_pooled_rule_t *rule, int64_t events, int64_t n, double eta,
    double deviation, imr_pooled_term_t *term)
{
    integrand_t self = {
        .events = (double) events, .n = (double) n, .eta = eta, .deviation = deviation
    };
    double growth[2] = { 0, 0 }, scale, slope[2], r, rate, v;

    if (deviation == 0) {
        term->value = log_integrand(&self, 0, &rate);
        r = self.events - self.n * rate;
        v = self.n * rate * (1 - rate);
        *term = (imr_pooled_term_t) { term->value, { r, 0 }, { -v, 0, r * r - v } };
        return;
    }
    find_mode(&self);
    scale = rule->nodes > 0 ? integrate_by_nodes(&self, rule, growth) : integrate(&self);
    term->value = self.top + log(self.total * scale) - 0.5 * log(2 * acos(-1));
    slope[0] = self.moment[0] / self.total;
    slope[1] = self.moment[1] / self.total;
    term->slope[0] = slope[0] + growth[0];
    term->slope[1] = slope[1] + growth[1];
    term->curvature[0] = (self.moment[2] - self.binomial[0]) / self.total - slope[0] * slope[0];
    term->curvature[1] = (self.moment[3] - self.binomial[1]) / self.total - slope[0] * slope[1];
    term->curvature[2] = (self.moment[4] - self.binomial[2]) / self.total - slope[1] * slope[1];
}

/* --- beta-binomial ------------------------------------------------------------------------------- */

void
imr_pooled_beta_term(int64_t events, int64_t n, double eta, double spread, imr_pooled_term_t *term)
{
    double rate = sigmoid(eta), rest = sigmoid(-eta), by_rate = 0, second = 0, mixed = 0;

    /* the factors of j = 0 are the rate or its rest alone: their logarithm keeps its digits */
    *term = (imr_pooled_term_t) { 0 };
    for (int64_t j = 0; j < n; j++) {
        double times = (double) j, whole = 1 / (1 + times * spread), up = 0, down = 0;

        if (j < events) {
            up = 1 / (rate + times * spread);
            term->value += j == 0 ? log_sigmoid(eta) : log(rate + times * spread);
        }
        if (j < n - events) {
            down = 1 / (rest + times * spread);
            term->value += j == 0 ? log_sigmoid(-eta) : log(rest + times * spread);
        }
        term->value += j == 0 ? 0 : log(whole);
        by_rate += up - down;
        second -= up * up + down * down;
        mixed += times * (down * down - up * up);
        term->slope[1] += times * (up + down - whole);
        term->curvature[2] -= times * times * (up * up + down * down - whole * whole);
    }
    /* from the rate to its log-odds */
    term->slope[0] = by_rate * rate * rest;
    term->curvature[0] =
        second * rate * rest * rate * rest + by_rate * rate * rest * (1 - 2 * rate);
    term->curvature[1] = mixed * rate * rest;
}
