/* Sums that the likelihood, the residuals and the test of proportional hazards share. */
#include <math.h>

#include "survival/cox_likelihood.h"
#include "survival/cox_rows.h"

/* Two rows of gram and four rows of the data at a time: each number of gram is fetched and put back
 * once for four, each of the data fetched once for two. */
void
imr_cox_add_gram(double *restrict gram, size_t width, const double *restrict row,
    const double *restrict weight, size_t rows)
{
    size_t i = 0;

    for (; i + 4 <= rows; i += 4) {
        const double *a = row + i * width, *b = a + width, *c = b + width, *d = c + width;
        double u = weight[i], v = weight[i + 1], w = weight[i + 2], x = weight[i + 3];

        for (size_t r = 0; r < width; r += 2) {
            double *g = gram + r * width, *h = g + width;
            double ga = u * a[r], gb = v * b[r], gc = w * c[r], gd = x * d[r];
            double ha = u * a[r + 1], hb = v * b[r + 1], hc = w * c[r + 1], hd = x * d[r + 1];

            for (size_t s = r; s < width; s += 2) {
                double a0 = a[s], b0 = b[s], c0 = c[s], d0 = d[s];
                double a1 = a[s + 1], b1 = b[s + 1], c1 = c[s + 1], d1 = d[s + 1];

                g[s] += (ga * a0 + gb * b0) + (gc * c0 + gd * d0);
                g[s + 1] += (ga * a1 + gb * b1) + (gc * c1 + gd * d1);
                h[s] += (ha * a0 + hb * b0) + (hc * c0 + hd * d0);
                h[s + 1] += (ha * a1 + hb * b1) + (hc * c1 + hd * d1);
            }
        }
    }
    for (; i < rows; i++) {
        const double *a = row + i * width;

        for (size_t r = 0; r < width; r++) {
            double w = weight[i] * a[r];

            for (size_t s = r & ~(size_t) 1; s < width; s++) {
                gram[r * width + s] += w * a[s];
            }
        }
    }
}

void
imr_cox_terms(
    const imr_cox_rows_t *rows, imr_cox_ties_t ties, size_t k, double *terms, double *events_a_term)
{
    double count = (double) (rows->end[k] - rows->first_event[k]), weight = count;

    if (rows->weight != NULL) {
        weight = 0;
        for (int64_t i = rows->first_event[k]; i < rows->end[k]; i++) {
            weight += rows->weight[i];
        }
    }
    if (ties == IMR_COX_BRESLOW) {
        *terms = 1;
    } else {
        *terms = rows->sampling ? count : weight;
    }
    *events_a_term = weight / *terms;
}
