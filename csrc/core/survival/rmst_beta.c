#include "survival/rmst_beta.h"

/* The area ahead of a time, as a share of tau, if survival were 1 there. */
typedef struct {
    double mean, variance;
} area_t;

/* B times the area, B a Beta(a, b) of its own; b = 0 stands for 1. */
static area_t
times_beta(area_t area, double a, double b)
{
    double n = a + b, mean = a / n, variance = mean * (b / n) / (n + 1);
    area_t product = { mean * area.mean,
        (variance + mean * mean) * area.variance + variance * area.mean * area.mean };

    return product;
}

void
imr_rmst_beta_parts(const imr_kaplan_meier_t *curve, size_t rows, int64_t at_risk, double tau,
    imr_beta_part_t *minus, imr_beta_part_t *plus)
{
    area_t under = { 0, 0 }, over = { 0, 0 };
    double next = tau, last = (double) at_risk;

    /* The lower area falls at the event before: as if the next event came at once, whoever is last
     * seen in between being gone by then. */
    for (size_t j = rows; j-- > 0;) {
        double r = (double) curve->at_risk[j], d = (double) curve->events[j];

        if (d > 0) {
            under.mean += (next - curve->time[j]) / tau;
            over.mean += (next - curve->time[j]) / tau;
            under = last > 0 ? times_beta(under, last, 1) : (area_t) { 0, 0 };
            under = times_beta(under, r - d + 1, d - 1);
            over = times_beta(over, r - d + 1, d);
            next = curve->time[j];
            last = r;
        }
    }
    under.mean += next / tau;
    over.mean += next / tau;
    under = last > 0 ? times_beta(under, last, 1) : (area_t) { 0, 0 };
    *minus = imr_beta_part(under.mean, under.variance);
    *plus = imr_beta_part(over.mean, over.variance);
}
