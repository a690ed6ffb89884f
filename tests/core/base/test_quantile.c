#include "base/quantile.h"

#include <float.h>

#include <gsl/gsl_cdf.h>

#include "../harness.h"

typedef int (*tail_t)(double x, double a, double b, double *p);

static double
tail_at(tail_t tail, double x, double a, double b)
{
    double p = NAN;

    CHECK(tail(x, a, b, &p) == IMR_OK);
    return p;
}

/* The contract: back-error 1e-13, or the two neighbours of x enclose the solution. */
static int
is_solution(tail_t tail, double x, double a, double b, double p)
{
    double left, right;

    if (fabs(tail_at(tail, x, a, b) - p) <= 1e-13 * p) {
        return 1;
    }
    left = tail_at(tail, nextafter(x, -INFINITY), a, b);
    right = tail_at(tail, nextafter(x, INFINITY), a, b);
    return fmin(left, right) <= p && p <= fmax(left, right);
}

static int
chi_squared(double x, double df, double unused, double *p)
{
    (void) unused;
    return imr_chi_squared_cdf(x, df, p);
}

static int
chi_squared_upper(double x, double df, double unused, double *q)
{
    (void) unused;
    return imr_chi_squared_cdf_upper(x, df, q);
}

static int
t_lower(double x, double df, double unused, double *p)
{
    (void) unused;
    return imr_t_cdf(x, df, p);
}

/* P(X >= k) of the binomial distribution summed term by term from logarithms of factorials, in long
 * double: slow, obvious, and a stranger to the continued fractions. */
static double
plain_upper(int k, int n, double rate)
{
    static long double log_factorial[1001];
    static int filled;
    long double term, sum;

    for (; filled < 1000; filled++) {
        log_factorial[filled + 1] = log_factorial[filled] + logl(filled + 1.0L);
    }
    term = expl(log_factorial[n] - log_factorial[k] - log_factorial[n - k]
        + k * logl((long double) rate) + (n - k) * log1pl(-(long double) rate));
    sum = term;
    for (int j = k; j < n && term > 1e-22L * sum; j++) {
        term *= (long double) (n - j) / (j + 1) * ((long double) rate / (1 - (long double) rate));
        sum += term;
    }
    return (double) sum;
}

/* Some processors, and valgrind, compute long double as double. */
static double
plain_tolerance(void)
{
    volatile long double one = 1, small = 0x1p-60L;

    return one + small != one ? 1e-13 : 1e-11;
}

static const double tails[] = { 0.05, 0.025, 0.005 }; /* levels 0.90, 0.95, 0.99 */

/* All k <= n <= 1000: lower limit beta(k, n - k + 1), upper limit beta(k + 1, n - k). */
static void
test_clopper_pearson_limits_to_a_thousand(void)
{
    double tolerance = plain_tolerance();

    for (int i = 0; i < 3; i++) {
        for (int n = 1; n <= 1000; n += harness_step(83)) {
            for (int k = 0; k <= n; k++) {
                double low = -1, high = -1;

                if (k > 0) {
                    CHECK(imr_quantile_beta(tails[i], k, n - k + 1, &low) == IMR_OK);
                    CHECK(is_solution(imr_beta_cdf, low, k, n - k + 1, tails[i]));
                }
                if (k < n) {
                    CHECK(imr_quantile_beta_upper(tails[i], k + 1, n - k, &high) == IMR_OK);
                    CHECK(is_solution(imr_beta_cdf_upper, high, k + 1, n - k, tails[i]));
                }
                if (k > 0 && (n < 60 || k % 97 == 5 || n - k < 3)) {
                    CHECK_NEAR(plain_upper(k, n, low), tails[i], tolerance);
                }
            }
        }
    }
}

static void
test_jeffreys_limits_to_a_thousand(void)
{
    for (int i = 0; i < 3; i++) {
        for (int n = 1; n <= 1000; n += harness_step(83)) {
            for (int k = 0; k <= n; k++) {
                double a = k + 0.5, b = n - k + 0.5, low = -1, high = -1;

                CHECK(imr_quantile_beta(tails[i], a, b, &low) == IMR_OK);
                CHECK(is_solution(imr_beta_cdf, low, a, b, tails[i]));
                CHECK(imr_quantile_beta_upper(tails[i], a, b, &high) == IMR_OK);
                CHECK(is_solution(imr_beta_cdf_upper, high, a, b, tails[i]));
            }
        }
    }
}

/* Exact limits of a Poisson mean. */
static void
test_gamma_of_whole_shapes_to_twenty_thousand(void)
{
    for (int i = 0; i < 3; i++) {
        for (int shape = 1; shape <= 20000; shape += harness_step(83)) {
            double low = -1, high = -1;

            CHECK(imr_quantile_gamma(tails[i], shape, 1, &low) == IMR_OK);
            CHECK(is_solution(imr_gamma_cdf, low, shape, 1, tails[i]));
            CHECK(imr_quantile_gamma_upper(tails[i], shape, 1, &high) == IMR_OK);
            CHECK(is_solution(imr_gamma_cdf_upper, high, shape, 1, tails[i]));
        }
    }
}

/* p near 1 and q near 0 are one equation: 1 - 0.975 is not 0.025, and 1 - 1e-20 is 1. */
static void
test_both_sides_of_one_equation(void)
{
    for (double shape = 0.1; shape < 1e9; shape *= 3) {
        for (double p = 0x1p-40; p < 1; p *= 2) {
            double x = -1, y = -1, tolerance = 4e-15 * fmax(1, 1 / shape);

            CHECK(imr_quantile_beta(p, shape, 7.5, &x) == IMR_OK);
            CHECK(imr_quantile_beta_upper(1 - p, shape, 7.5, &y) == IMR_OK);
            CHECK_NEAR(y, x, tolerance);
            CHECK(imr_quantile_gamma(p, shape, 2, &x) == IMR_OK);
            CHECK(imr_quantile_gamma_upper(1 - p, shape, 2, &y) == IMR_OK);
            CHECK_NEAR(y, x, tolerance);
            CHECK(imr_quantile_chi_squared(p, 2 * shape, &y) == IMR_OK);
            CHECK_NEAR(y, x, tolerance);
            CHECK(imr_quantile_t(p, shape, &x) == IMR_OK);
            CHECK(imr_quantile_t(1 - p, shape, &y) == IMR_OK);
            CHECK(x == -y);
        }
    }
}

/* x has the rounding of p, times the slope of log x against log p, which is 1 / shape at 0.
 * beta(a, 1): p^(1/a). beta(1, b): 1 - (1 - p)^(1/b). Gamma(1): -log(1 - p). t with 1 degree of
 * freedom: -1 / tan(pi p); with 2: (2p - 1) sqrt(2 / (4p (1 - p))). */
static void
test_closed_forms(void)
{
    static const double pi = 3.14159265358979323846;

    for (double p = 1e-300; p < 1; p *= 1.7) {
        double x = -1, near = p < 1e-200 ? 2e-14 : 4e-15;

        for (double shape = 0.25; shape < 1e6; shape *= 4) {
            double tolerance = near * fmax(1, 1 / shape);

            CHECK(imr_quantile_beta(p, shape, 1, &x) == IMR_OK);
            CHECK_NEAR(x, pow(p, 1 / shape), tolerance);
            CHECK(imr_quantile_beta(p, 1, shape, &x) == IMR_OK);
            CHECK_NEAR(x, -expm1(log1p(-p) / shape), tolerance);
            CHECK(imr_quantile_beta_upper(p, shape, 1, &x) == IMR_OK);
            CHECK_NEAR(x, exp(log1p(-p) / shape), tolerance);
        }
        CHECK(imr_quantile_gamma(p, 1, 3, &x) == IMR_OK);
        CHECK_NEAR(x, -3 * log1p(-p), near);
        CHECK(imr_quantile_gamma_upper(p, 1, 3, &x) == IMR_OK);
        CHECK_NEAR(x, -3 * log(p), near);
        CHECK(imr_quantile_t(p, 1, &x) == IMR_OK);
        if (p < 0.25) {
            CHECK_NEAR(x, -1 / tan(pi * p), near);
        }
        CHECK(imr_quantile_t(p, 2, &x) == IMR_OK);
        CHECK_NEAR(x, (2 * p - 1) / sqrt(2 * p * (1 - p)), near);
    }
}

static void
test_normal_and_t(void)
{
    double x = -1, p = -1;

    CHECK(imr_quantile_normal(0.5, &x) == IMR_OK && x == 0 && !signbit(x));
    CHECK(imr_quantile_t(0.5, 3, &x) == IMR_OK && x == 0 && !signbit(x));
    CHECK(imr_quantile_normal(0.975, &x) == IMR_OK);
    CHECK_NEAR(x, 1.959963984540054, 2e-16); /* R: qnorm(0.975) */
    for (double q = DBL_MIN; q < 0.5; q *= 1.3) {
        CHECK(imr_quantile_normal(q, &x) == IMR_OK);
        CHECK(imr_normal_cdf(x, &p) == IMR_OK);
        CHECK(fabs(p - q) <= 1e-13 * q || fabs(p - q) <= 2.3e-16 * x * x * q);
        CHECK(imr_quantile_t(q, 1e24, &p) == IMR_OK && p == x);
        for (double df = 0.5; df < 1e20; df *= 11) {
            if (imr_quantile_t(q, df, &x) == IMR_OK) {
                CHECK(is_solution(t_lower, x, df, 0, q));
            } else {
                CHECK(df < 1.1 && q < 1e-150); /* beyond the doubles: RANGE, below */
            }
        }
    }
    /* Odd round 1/2: the slope of the quantile there is sqrt(2 pi). */
    CHECK(imr_quantile_normal(0.5 - 0x1p-50, &x) == IMR_OK);
    CHECK_NEAR(x, -0x1p-50 * 2.50662827463100050242, 2e-16);
}

static void
test_far_tails_and_odd_shapes(void)
{
    for (double p = 1e-300; p < 0.9; p *= 1e13) {
        for (double a = 1e-100; a < 1e100; a *= 300) {
            double x = -1;

            for (double b = 1e-4; b < 1e99; b *= 1e7) {
                CHECK(imr_quantile_beta(p, a, b, &x) == IMR_OK && x >= 0 && x <= 1);
                CHECK(is_solution(imr_beta_cdf, x, a, b, p));
                CHECK(imr_quantile_beta_upper(p, a, b, &x) == IMR_OK && x >= 0 && x <= 1);
                CHECK(is_solution(imr_beta_cdf_upper, x, a, b, p));
            }
            CHECK(imr_quantile_chi_squared(p, 2 * a, &x) == IMR_OK && x >= 0);
            CHECK(is_solution(chi_squared, x, 2 * a, 0, p));
            CHECK(imr_quantile_chi_squared_upper(p, 2 * a, &x) == IMR_OK && x >= 0);
            CHECK(is_solution(chi_squared_upper, x, 2 * a, 0, p));
        }
    }
}

/* gsl_cdf_beta_Pinv(0.975, 3, 258) is NaN; R: qbeta(0.975, 3, 258), the upper limit of 2 of 260.
 * Where GSL gives an answer on which its own distribution function agrees, ours is the same. */
static void
test_agreement_with_gsl_where_it_is_right(void)
{
    double x = -1;
    int compared = 0;

    CHECK(imr_quantile_beta(0.975, 3, 258, &x) == IMR_OK);
    CHECK_NEAR(x, 0.027509464774955861, 1e-14);
    for (int n = 1; n <= 60; n++) {
        for (int k = 1; k <= n; k++) {
            double theirs = gsl_cdf_beta_Pinv(0.025, k, n - k + 1);

            if (fabs(gsl_cdf_beta_P(theirs, k, n - k + 1) / 0.025 - 1) < 1e-12) {
                CHECK(imr_quantile_beta(0.025, k, n - k + 1, &x) == IMR_OK);
                CHECK_NEAR(x, theirs, 1e-11);
                compared++;
            }
            theirs = gsl_cdf_gamma_Qinv(0.025, k, 1);
            if (fabs(gsl_cdf_gamma_Q(theirs, k, 1) / 0.025 - 1) < 1e-12) {
                CHECK(imr_quantile_gamma_upper(0.025, k, 1, &x) == IMR_OK);
                CHECK_NEAR(x, theirs, 1e-11);
                compared++;
            }
        }
    }
    CHECK(compared > 3000); /* of 3660 */
}

/* Any of these in any place gives a status or an answer in the support. Among them are the calls
 * on which GSL never returns: beta(0.5; 0, 1), (0.5; 1, 0), (0.5; NaN, 1), (0.5; inf, 1). */
static void
test_no_argument_gives_nan(void)
{
    static const double odd[] = { NAN, INFINITY, -INFINITY, 0, -0.0, -1, 0.5, 1, 2, 0.975, 5e-324,
        1e-308, 1e-100, 1e-20, 1 - 0x1p-53, 1 + 0x1p-52, 258, 1e5, 1e10, 1e17, 1e25, 1e26, 1e100,
        1e101, DBL_MAX };
    enum { ODD = sizeof odd / sizeof odd[0] };

    for (int i = 0; i < ODD; i++) {
        for (int j = 0; j < ODD; j++) {
            for (int k = 0; k < ODD; k++) {
                double p = odd[i], a = odd[j], b = odd[k], x[7];
                int status[7], right = p > 0 && p < 1;

                for (int m = 0; m < 7; m++) {
                    x[m] = -77;
                }
                status[0] = imr_quantile_beta(p, a, b, &x[0]);
                status[1] = imr_quantile_beta_upper(p, a, b, &x[1]);
                status[2] = imr_quantile_gamma(p, a, b, &x[2]);
                status[3] = imr_quantile_gamma_upper(p, a, b, &x[3]);
                status[4] = imr_quantile_chi_squared(p, a, &x[4]);
                status[5] = imr_quantile_chi_squared_upper(p, a, &x[5]);
                status[6] = imr_quantile_t(p, a, &x[6]);
                for (int m = 0; m < 7; m++) {
                    if (status[m] == IMR_OK) {
                        CHECK(right && isfinite(x[m]) && (m > 1 || x[m] <= 1));
                        CHECK(m == 6 || x[m] >= 0);
                    } else {
                        CHECK(x[m] == -77);
                        CHECK(status[m] == (right ? IMR_ERR_NOT_POSITIVE : IMR_ERR_PROBABILITY)
                            || (m == 6 && status[m] == IMR_ERR_RANGE));
                    }
                }
                if (right && a >= 1e-100 && a <= 1e100 && b >= 1e-100 && b <= 1e100) {
                    CHECK(status[0] == IMR_OK && status[1] == IMR_OK);
                    CHECK(status[2] == IMR_OK && status[3] == IMR_OK);
                }
            }
        }
    }
}

static void
test_an_answer_beyond_the_doubles(void)
{
    double x = 42;

    CHECK(imr_quantile_t(1e-300, 0.5, &x) == IMR_ERR_RANGE); /* about -1e600 */
    CHECK(imr_quantile_t(1 - 0x1p-53, 0.01, &x) == IMR_ERR_RANGE);
    CHECK(imr_quantile_normal(0, &x) == IMR_ERR_PROBABILITY);
    CHECK(imr_quantile_normal(1, &x) == IMR_ERR_PROBABILITY);
    CHECK(imr_quantile_normal(NAN, &x) == IMR_ERR_PROBABILITY);
    CHECK(x == 42);
    /* An answer below the doubles is 0: 0.5^(1/1e-4) is 1e-3010. */
    CHECK(imr_quantile_beta(0.5, 1e-4, 1, &x) == IMR_OK && x == 0);
    CHECK(imr_quantile_beta_upper(0.5, 1, 1e-4, &x) == IMR_OK && x == 1);
    CHECK(imr_quantile_gamma(0.5, 1e-4, 1, &x) == IMR_OK && x == 0);
}

/* One row of quantile.json by our own functions. */
static int
answer(const char *call, const double *at, double *x)
{
#define IS(name) (strcmp(call, name) == 0)
    if (IS("qbeta")) {
        return imr_quantile_beta(at[0], at[1], at[2], x);
    }
    if (IS("qbeta_upper")) {
        return imr_quantile_beta_upper(at[0], at[1], at[2], x);
    }
    if (IS("qgamma")) {
        return imr_quantile_gamma(at[0], at[1], 1, x);
    }
    if (IS("qgamma_upper")) {
        return imr_quantile_gamma_upper(at[0], at[1], 1, x);
    }
    if (IS("qchisq")) {
        return imr_quantile_chi_squared(at[0], at[1], x);
    }
    if (IS("qchisq_upper")) {
        return imr_quantile_chi_squared_upper(at[0], at[1], x);
    }
    if (IS("qt")) {
        return imr_quantile_t(at[0], at[1], x);
    }
    if (IS("qnorm")) {
        return imr_quantile_normal(at[0], x);
    }
    if (IS("pbinom")) {
        return imr_binomial_cdf((int64_t) at[0], (int64_t) at[1], at[2], x);
    }
    return IS("dbinom") ? imr_binomial_pmf((int64_t) at[0], (int64_t) at[1], at[2], x) : 1;
#undef IS
}

/* tests/golden/base/quantile.json, by make_quantile.R. R itself is off by up to 6e-14. */
static void
test_agreement_with_r(void)
{
    FILE *file = fopen(IMR_GOLDEN "/base/quantile.json", "r");
    char line[512], call[32];
    int rows = 0;

    CHECK(file != NULL);
    while (file != NULL && fgets(line, sizeof line, file) != NULL) {
        double at[3] = { 0 }, x = NAN;
        char *next, *value = strstr(line, "\"value\": ");

        if (value == NULL || sscanf(line, " {\"call\": \"%31[a-z_]\"", call) != 1) {
            continue;
        }
        next = strchr(line, '[');
        for (int i = 0; i < 3 && next != NULL && *next != ']'; i++) {
            at[i] = strtod(next + 1, &next);
        }
        CHECK(answer(call, at, &x) == IMR_OK);
        CHECK_NEAR(x, strtod(value + 9, NULL), 1e-13);
        rows++;
    }
    CHECK(rows > 300);
    if (file != NULL) {
        fclose(file);
    }
}

static void
test_nothing_is_allocated(void)
{
    double x = 0;

    harness_fail_allocation(0);
    CHECK(imr_quantile_beta(0.3, 0.01, 5, &x) == IMR_OK);
    CHECK(imr_quantile_gamma(0.3, 0.01, 5, &x) == IMR_OK);
    CHECK(imr_quantile_t(0.3, 0.7, &x) == IMR_OK);
    CHECK(imr_quantile_normal(0.3, &x) == IMR_OK);
    CHECK(imr_binomial_upper(3, 7, 0.3, &x) == IMR_OK);
    CHECK(!harness_allocation_failed());
    harness_fail_allocation(-1);
}

HARNESS_MAIN({
    RUN(test_clopper_pearson_limits_to_a_thousand);
    RUN(test_jeffreys_limits_to_a_thousand);
    RUN(test_gamma_of_whole_shapes_to_twenty_thousand);
    RUN(test_both_sides_of_one_equation);
    RUN(test_closed_forms);
    RUN(test_normal_and_t);
    RUN(test_far_tails_and_odd_shapes);
    RUN(test_agreement_with_gsl_where_it_is_right);
    RUN(test_no_argument_gives_nan);
    RUN(test_an_answer_beyond_the_doubles);
    RUN(test_agreement_with_r);
    RUN(test_nothing_is_allocated);
})
