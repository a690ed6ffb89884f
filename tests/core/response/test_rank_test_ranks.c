#include "response/rank_test.h"

#include "../harness.h"

static imr_rank_options_t
defaults(void)
{
    imr_rank_options_t options = { IMR_TWO_SIDED, IMR_RANK_AUTO, IMR_RANK_ZEROS_WILCOXON, 1, 0,
        0.95 };

    return options;
}

static imr_rank_test_t
ranked(const double *x, const double *y, size_t n, const imr_rank_options_t *options)
{
    imr_rank_test_t test;

    CHECK(imr_signed_rank_init(&test, x, y, n, options, NULL) == IMR_OK);
    imr_rank_test_free(&test);
    return test;
}

static imr_rank_test_t
ranked_groups(
    const double *x, size_t m, const double *y, size_t n, const imr_rank_options_t *options)
{
    imr_rank_test_t test;

    CHECK(imr_rank_sum_init(&test, x, m, y, n, options, NULL) == IMR_OK);
    imr_rank_test_free(&test);
    return test;
}

static void
test_ranks_and_sizes(void)
{
    /* |d|: 0, 1, 2, 2, 3; the block of -2 and 2 shares the doubled rank 5 */
    double d[] = { 3, -2, 0, 1, 2 }, x[] = { 1, 2, 2, 5 }, y[] = { 2, 0, 5 };
    uint32_t ranks[] = { 2, 5, 5, 8 }, sizes[] = { 1, 1, 3, 2 };
    imr_rank_options_t options = defaults();
    imr_rank_test_t test;

    CHECK(imr_signed_rank_init(&test, d, NULL, 5, &options, NULL) == IMR_OK);
    CHECK(test.n_pattern == 4 && memcmp(test.pattern, ranks, sizeof(ranks)) == 0);
    CHECK(test.doubled == 15 && test.most == 20 && test.is_even);
    /* a quarter of the squares of 1, 2.5, 2.5, 4; beside a shift those of 1 to 5 */
    CHECK_NEAR(test.std_deviation_mu, sqrt(29.5 / 4), 1e-15);
    CHECK_NEAR(test.std_deviation, sqrt(55.0 / 4), 1e-15);
    imr_rank_test_free(&test);
    CHECK(imr_rank_sum_init(&test, x, 4, y, 3, &options, NULL) == IMR_OK);
    CHECK(test.n_pattern == 4 && memcmp(test.pattern, sizes, sizeof(sizes)) == 0);
    /* 1 exceeds 0; each 2 exceeds 0 and ties with 2; 5 exceeds two and ties with 5 */
    CHECK(test.doubled == 2 + 2 * 3 + 5 && test.most == 24 && !test.is_even);
    CHECK(test.ties == 5);
    CHECK_NEAR(test.std_deviation_mu, sqrt(1.0 * (8 - 30.0 / 42)), 1e-15);
    CHECK_NEAR(test.std_deviation, sqrt(1.0 * (8 - 6.0 / 42)), 1e-15);
    imr_rank_test_free(&test);
}

static void
test_ties_by_rounding(void)
{
    /* differences 0.2, 0.2 and -0.2, and one of 0: but for rounding */
    double before[] = { 0.3, 0.9, 0.1, 0.1 + 0.2 }, after[] = { 0.1, 0.7, 0.3, 0.3 };
    double x[] = { 0.1 + 0.2, 1 }, y[] = { 0.3, 0.3 }, tiny[] = { 1e-9, 2e-9, 1e6 };
    imr_rank_options_t options = defaults();
    imr_rank_test_t test = ranked(before, after, 4, &options);

    CHECK(test.zeros == 1 && test.ties == 3 && test.statistic == 4);
    test = ranked_groups(x, 2, y, 2, &options);
    CHECK(test.statistic == 3 && test.ties == 3);
    test = ranked(tiny, NULL, 3, &options); /* and a wide range is not rounding */
    CHECK(test.ties == 0 && test.zeros == 0);
    options.mu = 0.2;
    test = ranked(before, after, 4, &options);
    CHECK(test.zeros == 2);
    options.mu = 0.7;
    test = ranked_groups(x, 2, y, 2, &options);
    CHECK(test.statistic == 1 && test.ties == 3); /* 1 - 0.7 is 0.3 */
}

static void
test_auto_ends(void)
{
    static double d[300];
    imr_rank_options_t options = defaults();

    for (int i = 0; i < 300; i++) {
        d[i] = i - 100.25;
    }
    CHECK(ranked(d, NULL, 271, &options).is_exact);
    CHECK(!ranked(d, NULL, 272, &options).is_exact);
    CHECK(ranked_groups(d, 47, d + 100, 47, &options).is_exact);
    CHECK(!ranked_groups(d, 48, d + 100, 48, &options).is_exact);
}

static void
test_bad_input_is_named(void)
{
    static double many[737];
    double x[] = { 1, 2, NAN }, y[] = { 1, INFINITY, 3 };
    imr_rank_options_t options = defaults();
    imr_rank_test_t test;
    imr_fault_t fault;

    CHECK(imr_signed_rank_init(&test, x, NULL, 3, &options, &fault) == IMR_ERR_NONFINITE);
    CHECK(strcmp(fault.argument, "x") == 0 && fault.row == 2);
    imr_rank_test_free(&test);
    CHECK(imr_signed_rank_init(&test, x, y, 2, &options, &fault) == IMR_ERR_SCORE_RANGE);
    CHECK(strcmp(fault.argument, "y") == 0 && fault.row == 1);
    imr_rank_test_free(&test);
    CHECK(imr_rank_sum_init(&test, y, 3, x, 2, &options, &fault) == IMR_ERR_SCORE_RANGE);
    CHECK(strcmp(fault.argument, "x") == 0 && fault.row == 1);
    imr_rank_test_free(&test);
    CHECK(imr_rank_sum_init(&test, x, 2, x, 3, &options, &fault) == IMR_ERR_NONFINITE);
    CHECK(strcmp(fault.argument, "y") == 0);
    imr_rank_test_free(&test);
    CHECK(imr_signed_rank_init(&test, x, NULL, 0, &options, &fault) == IMR_ERR_NO_ROWS);
    imr_rank_test_free(&test);
    CHECK(imr_rank_sum_init(&test, x, 0, y, 1, &options, &fault) == IMR_ERR_NO_ROWS);
    CHECK(strcmp(fault.argument, "x") == 0);
    CHECK(imr_rank_sum_init(&test, x, 1, y, 0, &options, &fault) == IMR_ERR_NO_ROWS);
    CHECK(strcmp(fault.argument, "y") == 0);
    options.method = IMR_RANK_EXACT;
    CHECK(imr_signed_rank_init(&test, many, NULL, 737, &options, &fault) == IMR_ERR_RANKS_SIZE);
    options.mu = NAN;
    CHECK(imr_signed_rank_init(&test, x, NULL, 2, &options, &fault) == IMR_ERR_NONFINITE);
    CHECK(strcmp(fault.argument, "mu") == 0);
    options.mu = 2e300;
    CHECK(imr_signed_rank_init(&test, x, NULL, 2, &options, &fault) == IMR_ERR_SCORE_RANGE);
    options.level = 1;
    CHECK(imr_signed_rank_init(&test, x, NULL, 2, &options, &fault) == IMR_ERR_LEVEL);
    options = defaults();
    CHECK(imr_signed_rank_init(&test, many, NULL, SIZE_MAX / 2, &options, &fault)
        == IMR_ERR_TOO_MANY_ENDS);
}

static void
test_allocations(void)
{
    double x[] = { 1, 1, 2, 4, 4, 4, 8, 8 }, y[] = { 3, 3, 5, 5, 5, 9 };
    imr_rank_options_t options = defaults();
    imr_rank_test_t test;

    FAIL_EACH_ALLOCATION(imr_signed_rank_init(&test, x, NULL, 8, &options, NULL), IMR_ERR_NOMEM,
        imr_rank_test_free(&test));
    FAIL_EACH_ALLOCATION(imr_rank_sum_init(&test, x, 8, y, 6, &options, NULL), IMR_ERR_NOMEM,
        imr_rank_test_free(&test));
}

HARNESS_MAIN({
    RUN(test_ranks_and_sizes);
    RUN(test_ties_by_rounding);
    RUN(test_auto_ends);
    RUN(test_bad_input_is_named);
    RUN(test_allocations);
})
