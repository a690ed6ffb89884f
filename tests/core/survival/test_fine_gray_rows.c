#include "survival/fine_gray_rows.h"

#include "../harness.h"

static const double TIME[] = { 3, 1, 2, 2, 0.1 + 0.2, 0.3 };
static const uint8_t CAUSE[] = { 1, 0, 2, 0, 1, 4 };
static const double X[] = { 1, 3, 5, 7, 9, 11 };
static const int64_t STRATUM[] = { 0, 0, 0, 1, 1, 1 };

static imr_fine_gray_data_t
plain(void)
{
    return (imr_fine_gray_data_t) { .n = 6,
        .time = TIME,
        .cause = CAUSE,
        .columns = X,
        .p = 1,
        .strata = 1,
        .level = 0.95,
        .fix_ties = 1 };
}

/* In order: 0.3 (events 1 and 4), 1 (censored, 4 at risk), 2 (competing, and censored of 3), 3. */
static void
test_rows_are_in_order_of_time(void)
{
    static const uint8_t KINDS[] = { 1, 2, 0, 2, 0, 1 };
    imr_fine_gray_data_t data = plain();
    imr_fine_gray_rows_t rows;

    CHECK(imr_fine_gray_rows(&data, &rows, NULL, NULL) == IMR_OK);
    CHECK(rows.groups == 4 && rows.n_times == 2 && rows.merged == 1 && rows.strata == 1);
    CHECK(rows.first[0] == 0 && rows.first[1] == 2 && rows.first[2] == 3 && rows.first[4] == 6);
    CHECK(rows.event_group[0] == 0 && rows.event_group[1] == 3 && rows.events[1] == 1);
    for (size_t i = 0; i < 6; i++) {
        CHECK(rows.kind[i] == KINDS[i]);
    }
    CHECK(rows.center[0] == 6 && rows.scale[0] == 5 && rows.z[5] == -1);
    CHECK(rows.censoring[0] == 1);
    CHECK_NEAR(rows.censoring[1], 3.0 / 4 * 2 / 3, 1e-15);
    CHECK_NEAR(rows.weight[3], 4.0 / 3, 1e-15); /* at 2, before the censoring at 2 */
    imr_fine_gray_rows_free(&rows);
    imr_fine_gray_rows_free(&rows);
}

/* Stratum 0: times 3, 1, 2, censored at 1 of 3. Stratum 1: censored at 2, alone. */
static void
test_each_stratum_has_its_censoring(void)
{
    imr_fine_gray_data_t data = plain();
    imr_fine_gray_rows_t rows;

    data.stratum = STRATUM;
    data.strata = 2;
    CHECK(imr_fine_gray_rows(&data, &rows, NULL, NULL) == IMR_OK);
    CHECK(rows.censoring[0] == 1 && rows.censoring[1] == 1);
    CHECK_NEAR(rows.censoring[2], 2.0 / 3, 1e-15);
    CHECK(rows.censoring[3] == 0);
    CHECK_NEAR(rows.weight[3], 1.5, 1e-15);
    imr_fine_gray_rows_free(&rows);
}

static void
test_a_singular_matrix_is_told_from_one_that_is_not(void)
{
    double full[] = { 4, 0, 2, 5 }, singular[] = { 4, 0, 2, 1 };
    static const double GROSS[] = { 4, 5 };

    CHECK(imr_fine_gray_cholesky(full, 2, GROSS) == 2);
    CHECK(full[0] == 2 && full[2] == 1 && full[3] == 2);
    CHECK(imr_fine_gray_cholesky(singular, 2, GROSS) == 1);
}

static void
test_no_allocation_is_taken_for_granted(void)
{
    imr_fine_gray_data_t data = plain();
    imr_fine_gray_rows_t rows;

    FAIL_EACH_ALLOCATION(imr_fine_gray_rows(&data, &rows, NULL, NULL), IMR_ERR_NOMEM,
        imr_fine_gray_rows_free(&rows));
}

HARNESS_MAIN({
    RUN(test_rows_are_in_order_of_time);
    RUN(test_each_stratum_has_its_censoring);
    RUN(test_a_singular_matrix_is_told_from_one_that_is_not);
    RUN(test_no_allocation_is_taken_for_granted);
})
