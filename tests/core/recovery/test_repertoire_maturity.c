#include "recovery/repertoire_maturity.h"

#include "../harness.h"

enum { N = 5 };

static const double MUTATION[] = { 0.02, 0.1, 0.04, 0, 0.06 };
static const int64_t ISOTYPE[] = { IMR_ISOTYPE_M, IMR_ISOTYPE_G, IMR_ISOTYPE_G, IMR_ISOTYPE_M,
    IMR_ISOTYPE_A };
static const int64_t CLONE[] = { 1, 0, 1, 2, 0 };

static imr_maturity_rows_t
five(void)
{
    imr_maturity_rows_t rows = { N, 1, MUTATION, ISOTYPE, CLONE, NULL };

    return rows;
}

static void
test_three_clones_by_hand(void)
{
    imr_maturity_rows_t rows = five();
    imr_maturity_t maturity;
    double t = 0.95 * sqrt(2 / 0.0975), sd; /* the quantile of 2 degrees of freedom */

    /* clones of 0.08, 0.03 and 0: mean 0.11 / 3 */
    CHECK(imr_repertoire_maturity(&rows, 0.95, &maturity, NULL) == IMR_OK);
    CHECK(maturity.sequences == 5 && maturity.clones == 3);
    CHECK_NEAR(maturity.mutation.estimate, 0.11 / 3, 1e-14);
    sd = sqrt((pow(0.08 - 0.11 / 3, 2) + pow(0.03 - 0.11 / 3, 2) + pow(0.11 / 3, 2)) / 2);
    CHECK(maturity.mutation.low == 0);
    CHECK_NEAR(maturity.mutation.high, 0.11 / 3 + t * sd / sqrt(3), 1e-12);
    CHECK_NEAR(maturity.isotype[IMR_ISOTYPE_M].estimate, 1.5 / 3, 1e-15);
    CHECK_NEAR(maturity.isotype[IMR_ISOTYPE_G].estimate, 1.0 / 3, 1e-15);
    CHECK_NEAR(maturity.isotype[IMR_ISOTYPE_A].estimate, 0.5 / 3, 1e-15);
    CHECK_NEAR(maturity.switched.estimate, 1.5 / 3, 1e-15);
    /* 1 of 3: 1 - 0.975^(1/3) */
    CHECK_NEAR(maturity.isotype[IMR_ISOTYPE_G].low, 1 - cbrt(0.975), 1e-13);
    /* 0 of 3: 1 - 0.025^(1/3) */
    CHECK(maturity.isotype[IMR_ISOTYPE_E].low == 0);
    CHECK_NEAR(maturity.isotype[IMR_ISOTYPE_E].high, 1 - cbrt(0.025), 1e-13);
}

static void
test_one_rate_has_the_limits_of_a_share(void)
{
    double none[] = { 0, 0, 0, 0, 0 }, same[] = { 0.1, 0.1, 0.1, 0.1, 0.1 };
    imr_maturity_rows_t rows = { N, 1, none, NULL, NULL, NULL };
    imr_maturity_t maturity;

    CHECK(imr_repertoire_maturity(&rows, 0.95, &maturity, NULL) == IMR_OK);
    CHECK(maturity.clones == 5 && maturity.mutation.estimate == 0 && maturity.mutation.low == 0);
    CHECK_NEAR(maturity.mutation.high, 1 - pow(0.025, 0.2), 1e-13);
    CHECK(isnan(maturity.switched.estimate) && isnan(maturity.isotype[0].low));
    rows.mutation = same;
    rows.clone = CLONE;
    CHECK(imr_repertoire_maturity(&rows, 0.95, &maturity, NULL) == IMR_OK);
    CHECK(maturity.mutation.estimate == 0.1);
    CHECK(maturity.mutation.low > 0 && maturity.mutation.high > 0.5);
    rows.n = 1;
    rows.clone = NULL;
    CHECK(imr_repertoire_maturity(&rows, 0.95, &maturity, NULL) == IMR_OK);
    CHECK(maturity.mutation.low < 1e-12 && maturity.mutation.high > 0.97);
}

static void
test_samples_are_apart(void)
{
    int64_t sample[] = { 1, 0, 1, 0, 1 };
    imr_maturity_rows_t rows = { N, 3, MUTATION, ISOTYPE, CLONE, sample };
    imr_maturity_t maturity[3];

    CHECK(imr_repertoire_maturity(&rows, 0.95, maturity, NULL) == IMR_OK);
    CHECK(maturity[0].sequences == 2 && maturity[0].clones == 2);
    CHECK(maturity[1].sequences == 3 && maturity[1].clones == 2);
    CHECK_NEAR(maturity[1].mutation.estimate, (0.03 + 0.06) / 2, 1e-14);
    CHECK(maturity[2].clones == 0 && isnan(maturity[2].mutation.estimate));
}

static void
test_bad_input_is_named(void)
{
    double percent[] = { 0, 2, 0, 0, 0 }, missing[] = { NAN, 0, 0, 0, 0 };
    int64_t codes[] = { 0, 0, 0, 0, 5 };
    imr_maturity_rows_t rows = five();
    imr_maturity_t maturity;
    imr_fault_t fault;

    CHECK(imr_repertoire_maturity(&rows, 1, &maturity, &fault) == IMR_ERR_LEVEL);
    rows.mutation = percent;
    CHECK(imr_repertoire_maturity(&rows, 0.95, &maturity, &fault) == IMR_ERR_MUTATION);
    CHECK(strcmp(fault.argument, "mutation") == 0 && fault.row == 1 && fault.value == 2);
    rows.mutation = missing;
    CHECK(imr_repertoire_maturity(&rows, 0.95, &maturity, &fault) == IMR_ERR_NONFINITE);
    rows = five();
    rows.isotype = codes;
    CHECK(imr_repertoire_maturity(&rows, 0.95, &maturity, &fault) == IMR_ERR_CODE);
    CHECK(strcmp(fault.argument, "isotype") == 0 && fault.row == 4);
    rows = five();
    rows.clone = codes;
    CHECK(imr_repertoire_maturity(&rows, 0.95, &maturity, &fault) == IMR_ERR_CODE);
    rows = five();
    rows.sample = codes;
    CHECK(imr_repertoire_maturity(&rows, 0.95, &maturity, &fault) == IMR_ERR_CODE);
    rows.n = 0;
    CHECK(imr_repertoire_maturity(&rows, 0.95, &maturity, &fault) == IMR_ERR_NO_ROWS);
}

static void
test_every_allocation_may_fail(void)
{
    imr_maturity_rows_t rows = five();
    imr_maturity_t maturity;

    FAIL_EACH_ALLOCATION(
        imr_repertoire_maturity(&rows, 0.95, &maturity, NULL), IMR_ERR_NOMEM, (void) 0);
}

HARNESS_MAIN({
    RUN(test_three_clones_by_hand);
    RUN(test_one_rate_has_the_limits_of_a_share);
    RUN(test_samples_are_apart);
    RUN(test_bad_input_is_named);
    RUN(test_every_allocation_may_fail);
})
