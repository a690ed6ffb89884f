#include "response/rank_test.h"

#include "../harness.h"

/* Hollander and Wolfe 1973: depression at two visits, permeability at term and before. */
static const double FIRST[] = { 1.83, 0.50, 1.62, 2.48, 1.68, 1.88, 1.55, 3.06, 1.30 };
static const double SECOND[] = { 0.878, 0.647, 0.598, 2.05, 1.06, 1.29, 1.06, 3.14, 1.29 };
static const double TERM[] = { 0.80, 0.83, 1.89, 1.04, 1.45, 1.38, 1.91, 1.64, 0.73, 1.46 };
static const double EARLY[] = { 1.15, 0.88, 0.90, 0.74, 1.21 };

static imr_rank_options_t
defaults(void)
{
    imr_rank_options_t options = { IMR_TWO_SIDED, IMR_RANK_AUTO, IMR_RANK_ZEROS_WILCOXON, 1, 0,
        0.95 };

    return options;
}

static int
finish(imr_rank_test_t *test, int status, imr_fault_t *fault)
{
    int done = 0;

    while (status == IMR_OK && !done) {
        status = imr_rank_test_advance(test, &done, fault);
    }
    return status;
}

static int
run_signed(imr_rank_test_t *test, const double *x, const double *y, size_t n,
    const imr_rank_options_t *options, imr_fault_t *fault)
{
    return finish(test, imr_signed_rank_init(test, x, y, n, options, fault), fault);
}

static int
run_sum(imr_rank_test_t *test, const double *x, size_t m, const double *y, size_t n,
    const imr_rank_options_t *options, imr_fault_t *fault)
{
    return finish(test, imr_rank_sum_init(test, x, m, y, n, options, fault), fault);
}

static imr_rank_test_t
signed_rank(const double *x, const double *y, size_t n, const imr_rank_options_t *options)
{
    imr_rank_test_t test;

    CHECK(run_signed(&test, x, y, n, options, NULL) == IMR_OK);
    imr_rank_test_free(&test);
    return test;
}

static imr_rank_test_t
rank_sum(const double *x, size_t m, const double *y, size_t n, const imr_rank_options_t *options)
{
    imr_rank_test_t test;

    CHECK(run_sum(&test, x, m, y, n, options, NULL) == IMR_OK);
    imr_rank_test_free(&test);
    return test;
}

static void
test_the_book_of_hollander_and_wolfe(void)
{
    imr_rank_options_t options = defaults();
    imr_rank_test_t test = signed_rank(FIRST, SECOND, 9, &options);

    /* tests/golden/response/rank_tests.json */
    CHECK(test.statistic == 40 && test.is_exact && test.ties == 0 && test.zeros == 0);
    CHECK_NEAR(test.pvalue, 0.0390625, 1e-14); /* 20/512 */
    CHECK_NEAR(test.estimate, 0.46, 1e-14);
    CHECK_NEAR(test.low, 0.01, 1e-13);
    CHECK_NEAR(test.high, 0.786, 1e-14);
    CHECK_NEAR(test.achieved_level, 1 - 0.0390625, 1e-14);
    test = rank_sum(TERM, 10, EARLY, 5, &options);
    CHECK(test.statistic == 35);
    CHECK_NEAR(test.pvalue, 0.2544122544122544, 1e-14); /* 764/3003 */
    CHECK_NEAR(test.estimate, 0.305, 1e-14);
    CHECK_NEAR(test.low, -0.15, 1e-13);
    CHECK_NEAR(test.high, 0.76, 1e-14);
    options.alternative = IMR_GREATER;
    test = rank_sum(TERM, 10, EARLY, 5, &options);
    CHECK_NEAR(test.pvalue, 0.1272061272061272, 1e-14);
    CHECK(isinf(test.high) && isfinite(test.low));
    options.alternative = IMR_LESS;
    test = rank_sum(EARLY, 5, TERM, 10, &options);
    CHECK_NEAR(test.pvalue, 0.1272061272061272, 1e-14);
    CHECK(test.low == -INFINITY && isfinite(test.high));
}

static void
test_zeros(void)
{
    /* |d| without zeros: 1, 2, 2, 3, 3, 4, 5 with ranks 1, 2.5, 2.5, 4.5, 4.5, 6, 7; negative are
     * the 1 and one 2: 3.5. Sums of at most 3.5: 0, 1, 2.5, 2.5, 3.5, 3.5: 2 * 6/128. */
    double d[] = { 0, 0, -1, 2, 3, 3, 5, 0, -2, 4 };
    imr_rank_options_t options = defaults();
    imr_rank_test_t test = signed_rank(d, NULL, 10, &options);

    CHECK(test.zeros == 3 && test.ties == 4 && test.statistic == 24.5);
    CHECK_NEAR(test.pvalue, 12.0 / 128, 1e-14);
    /* Pratt: 4, 5.5, 5.5, 7.5, 7.5, 9, 10; negative 9.5. At most 9.5: 0, 4, 5.5, 5.5, 7.5, 7.5, 9,
     * 9.5, 9.5 */
    options.zeros = IMR_RANK_ZEROS_PRATT;
    test = signed_rank(d, NULL, 10, &options);
    CHECK(test.statistic == 49 - 9.5);
    CHECK_NEAR(test.pvalue, 18.0 / 128, 1e-14);
}

static void
test_few_patients(void)
{
    double one[] = { 2.5 }, zeros[] = { 0, 0, 0 }, fives[] = { 5, 5, 5, 5, 5, 5, 5, 5 };
    imr_rank_options_t options = defaults();
    imr_rank_test_t test = signed_rank(one, NULL, 1, &options);

    CHECK(test.pvalue == 1 && test.estimate == 2.5);
    CHECK(test.low == -INFINITY && test.high == INFINITY && test.achieved_level == 1);
    test = signed_rank(zeros, NULL, 3, &options);
    CHECK(test.pvalue == 1 && test.estimate == 0 && test.statistic == 0 && test.zeros == 3);
    CHECK(test.low == -INFINITY && test.high == INFINITY); /* 2/8 beside 0 */
    test = rank_sum(fives, 8, fives, 8, &options);
    CHECK(test.pvalue == 1 && test.statistic == 32 && test.ties == 16);
    CHECK(test.low == 0 && test.high == 0); /* 2/12870 beside 0 */
    CHECK_NEAR(test.achieved_level, 1 - 2.0 / 12870, 1e-14);
    test = rank_sum(one, 1, fives, 3, &options);
    CHECK_NEAR(
        test.pvalue, 0.25, 1e-14); /* W is 0, or 2 with three chances of four; 1.5 on average */
    CHECK(test.low == -INFINITY && test.high == INFINITY && test.estimate == -2.5);
    options.method = IMR_RANK_ASYMPTOTIC;
    test = signed_rank(zeros, NULL, 3, &options);
    CHECK(isnan(test.pvalue) && test.estimate == 0);
    test = rank_sum(fives, 8, fives, 8, &options);
    CHECK(isnan(test.pvalue) && test.low == 0 && test.high == 0);
}

static void
test_a_p_value_of_just_alpha_is_kept(void)
{
    /* n = 6: P(V <= 1) is 2/64; at level 1 - 4/64 the shift with V = 1 stays, as in R */
    double d[] = { 1, 2, 4, 8, 16, 32 };
    imr_rank_options_t options = defaults();
    imr_rank_test_t test;

    options.level = 1 - 4.0 / 64;
    test = signed_rank(d, NULL, 6, &options);
    CHECK(test.low == 1 && test.high == 32);
    CHECK_NEAR(test.achieved_level, 1 - 2.0 / 64, 1e-14);
    options.level = 1 - 4.0 / 64 - 1e-9;
    test = signed_rank(d, NULL, 6, &options);
    CHECK(test.low == 1.5 && test.high == 24);
    CHECK_NEAR(test.achieved_level, 1 - 4.0 / 64, 1e-14);
}

HARNESS_MAIN({
    RUN(test_the_book_of_hollander_and_wolfe);
    RUN(test_zeros);
    RUN(test_few_patients);
    RUN(test_a_p_value_of_just_alpha_is_kept);
})
