#include "recovery/reconstitution_share.h"

#include <math.h>
#include <string.h>

/* exp of less is nothing beside what the integral is added up to */
#define LEAST_LOG (-745.0)
/* In panels of Gauss and Legendre's rule z moves by NARROW, of the normal distribution by STRETCH; by WIDE
 * beyond BULK where the tails are exponential; and so little that the logarithm of the density moves by
 * STEEP. The logarithm of time moves by STRETCH, as exp(-rate s) falls with it. */
#define NARROW 1
#define WIDE 4
#define BULK 5.0
#define STEEP 8
#define STRETCH 1.25

/* The range of z outside which W has a probability below 1e-16. */
static void
range_of(imr_aplasia_distribution_t distribution, double *low, double *high)
{
    *low = distribution == IMR_APLASIA_LOGNORMAL ? -8.5 : -37;
    *high = distribution == IMR_APLASIA_LOGNORMAL ? 8.5
        : distribution == IMR_APLASIA_WEIBULL     ? 3.7
                                                  : 37;
}

/* Of the panel that ends at z. */
static double
width_of(imr_aplasia_distribution_t distribution, double z)
{
    if (distribution == IMR_APLASIA_LOGNORMAL) {
        return fmin(STRETCH, STEEP / fmax(1, -z));
    }
    if (z <= -BULK || z > BULK + WIDE) {
        return WIDE;
    }
    return distribution == IMR_APLASIA_WEIBULL ? fmin(NARROW, STEEP * exp(-z)) : NARROW;
}

static void
add_node(imr_reconstitution_share_t *self, const imr_aplasia_w_t *w, const double *v, double z,
    double weight)
{
    enum {
        A = IMR_RECONSTITUTION_ALPHA,
        T = IMR_RECONSTITUTION_THETA,
        R = IMR_RECONSTITUTION_RATE
    };
    double theta = v[T], y = (v[A] + z) / theta, s = exp(fmin(700, y));
    imr_aplasia_log_density_t d = imr_aplasia_log_density(w, z);
    double log_part = d.value - v[R] * s, part, a, t;

    if (!(log_part > LEAST_LOG)) {
        return;
    }
    /* the node is a time s: z = theta y - alpha moves with the unknowns */
    part = weight * exp(log_part);
    a = -d.slope;
    t = d.slope * y + 1 / theta;
    self->value += part;
    self->slope[A] += part * a;
    self->slope[T] += part * t;
    self->slope[R] -= part * s;
    self->bend[A][A] += part * (a * a + d.bend);
    self->bend[A][T] += part * (a * t - d.bend * y);
    self->bend[T][T] += part * (t * t + d.bend * y * y - 1 / (theta * theta));
    self->bend[A][R] -= part * a * s;
    self->bend[T][R] -= part * t * s;
    self->bend[R][R] += part * s * s;
}

void
imr_reconstitution_share(imr_reconstitution_share_t *self, imr_aplasia_distribution_t distribution,
    const double *v, double end)
{
    double theta = v[IMR_RECONSTITUTION_THETA], rate = v[IMR_RECONSTITUTION_RATE], low, high, top;
    imr_aplasia_w_t w = imr_aplasia_w(distribution, theta);

    memset(self, 0, sizeof(*self));
    range_of(distribution, &low, &high);
    top = fmin(high, theta * end - v[IMR_RECONSTITUTION_ALPHA]);
    if (rate > 0) { /* later than this exp(-rate s) is nothing */
        top = fmin(top, theta * log(-LEAST_LOG / rate) - v[IMR_RECONSTITUTION_ALPHA]);
    }
    low += fmin(0, top);
    while (top > low) {
        double width = width_of(distribution, top);

        width = rate > 0 ? fmin(width, STRETCH * theta) : width;
        width = fmin(width, top - low);
        for (int k = 0; k < IMR_APLASIA_FEW_NODES; k++) {
            imr_aplasia_node_t node = imr_aplasia_few_nodes[k];

            add_node(self, &w, v, top - width * node.at, width * node.weight);
        }
        top -= width;
    }
    for (int i = 0; i < IMR_RECONSTITUTION_UNKNOWNS; i++) {
        for (int j = 0; j < i; j++) {
            self->bend[i][j] = self->bend[j][i];
        }
    }
}
