#include "base/hermite.h"

#include <math.h>

/* Abramowitz and Stegun 25.4.46, rescaled. */
static const double NODES[4][IMR_HERMITE_MOST_NODES] = { { 0 },
    { -1.7320508075688772, 0, 1.7320508075688772 },
    { -2.8569700138728056, -1.3556261799742659, 0, 1.3556261799742659, 2.8569700138728056 },
    { -3.7504397177257425, -2.3667594107345416, -1.1544053947399682, 0, 1.1544053947399682,
        2.3667594107345416, 3.7504397177257425 } };
static const double WEIGHTS[4][IMR_HERMITE_MOST_NODES] = { { 1 }, { 1.0 / 6, 2.0 / 3, 1.0 / 6 },
    { 0.011257411327720691, 0.22207592200561264, 0.53333333333333333, 0.22207592200561264,
        0.011257411327720691 },
    { 0.00054826885597221792, 0.030757123967586491, 0.24012317860501271, 0.45714285714285714,
        0.24012317860501271, 0.030757123967586491, 0.00054826885597221792 } };

double
imr_hermite_mean(size_t q, size_t nodes, double (*f)(void *context, double *z), void *context)
{
    const double *node = NODES[nodes / 2], *weights = WEIGHTS[nodes / 2];
    size_t index[IMR_HERMITE_MOST] = { 0 }, r = 0;
    double sum = 0;

    while (r < q) {
        double z[IMR_HERMITE_MOST], weight = 1, half = 0;

        for (size_t c = 0; c < q; c++) {
            z[c] = node[index[c]];
            weight *= weights[index[c]];
            half += 0.5 * z[c] * z[c];
        }
        sum += weight * exp(f(context, z) + half);
        for (r = 0; r < q && ++index[r] == nodes; r++) {
            index[r] = 0;
        }
    }
    return sum;
}
