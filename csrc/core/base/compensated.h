/* Sums that carry their own rounding error (double-double): about 32 digits where terms cancel. */
#ifndef IMR_COMPENSATED_H
#define IMR_COMPENSATED_H

typedef struct {
    double high;
    double low;
} imr_sum_t;

static inline imr_sum_t
imr_sum_of(double high, double low)
{
    imr_sum_t sum = { high + low, 0 };

    sum.low = low - (sum.high - high);
    return sum;
}

/* self + x, exactly but for the last digits of the low part */
static inline imr_sum_t
imr_sum_add(imr_sum_t self, double x)
{
    double sum = self.high + x, part = sum - self.high;

    return imr_sum_of(sum, self.low + ((self.high - (sum - part)) + (x - part)));
}

/* a * b, exactly (Dekker); |a| and |b| below 2^990 */
static inline imr_sum_t
imr_sum_product(double a, double b)
{
    double a_scaled = 134217729.0 * a, b_scaled = 134217729.0 * b;
    double a_high = a_scaled - (a_scaled - a), a_low = a - a_high;
    double b_high = b_scaled - (b_scaled - b), b_low = b - b_high;
    imr_sum_t product = { a * b, 0 };

    product.low =
        ((a_high * b_high - product.high) + a_high * b_low + a_low * b_high) + a_low * b_low;
    return product;
}

static inline imr_sum_t
imr_sum_plus(imr_sum_t self, imr_sum_t other)
{
    return imr_sum_add(imr_sum_add(self, other.high), other.low);
}

static inline imr_sum_t
imr_sum_times(imr_sum_t self, double x)
{
    return imr_sum_add(imr_sum_product(self.high, x), self.low * x);
}

#endif
