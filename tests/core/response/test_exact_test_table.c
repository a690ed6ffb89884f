#include "response/exact_test_table.h"

#include "../harness.h"

static int
test_of(const int64_t *table, size_t rows, size_t columns, double *probability, double *pvalue,
    imr_fault_t *fault)
{
    imr_exact_table_t *test = NULL;
    int done = 0, ret = imr_exact_table_new(&test, table, rows, columns, fault);

    while (ret == IMR_OK && !done) {
        ret = imr_exact_table_step(test, &done, probability, pvalue, fault);
    }
    imr_exact_table_free(test);
    return ret;
}

static double
pvalue_of(const int64_t *table, size_t rows, size_t columns)
{
    double probability, pvalue = NAN;

    CHECK(test_of(table, rows, columns, &probability, &pvalue, NULL) == IMR_OK);
    return pvalue;
}

static void
test_tables_by_hand(void)
{
    static const int64_t tea[] = { 3, 1, 1, 3 };
    /* three rows of one patient in two columns of 2 and 1: three tables, equally likely */
    static const int64_t even[] = { 1, 0, 1, 0, 0, 1 };
    /* 2 x 3: all of group 1 in one category; 3! 3! / 6! of each split, 2 of the 20 are this uneven */
    static const int64_t split[] = { 3, 0, 0, 0, 0, 0, 0, 3 };
    double probability = NAN, pvalue = NAN;

    CHECK(test_of(tea, 2, 2, &probability, &pvalue, NULL) == IMR_OK);
    CHECK_NEAR(pvalue, 34 / 70.0, 1e-14);
    CHECK_NEAR(probability, 16 / 70.0, 1e-14);
    CHECK_NEAR(pvalue_of(even, 3, 2), 1, 1e-14);
    CHECK(test_of(split, 4, 2, &probability, &pvalue, NULL) == IMR_OK);
    CHECK_NEAR(pvalue, 2 / 20.0, 1e-14);
    CHECK_NEAR(probability, 1 / 20.0, 1e-14);
}

static void
test_margins_that_leave_one_table(void)
{
    static const int64_t row[] = { 3, 4, 5 }, empty[] = { 0, 0, 0, 0 }, column[] = { 0, 3, 0, 4 };

    CHECK(pvalue_of(row, 1, 3) == 1);
    CHECK(pvalue_of(row, 3, 1) == 1);
    CHECK(pvalue_of(empty, 2, 2) == 1);
    CHECK(pvalue_of(column, 2, 2) == 1);
    CHECK(pvalue_of(row, 0, 3) == 1);
}

/* All tables with these margins, one cell after the other, in logarithms. */
typedef struct {
    int64_t left[3], columns[4];
    double seen, constant, sum;
} listing_t;

static void
list_tables(listing_t *listing, int row, int column, int64_t in_column, double cost)
{
    if (column == 4) {
        listing->sum += cost >= listing->seen - 1e-7 ? exp(listing->constant - cost) : 0;
        return;
    }
    if (row == 3) {
        if (in_column == 0) {
            list_tables(
                listing, 0, column + 1, column < 3 ? listing->columns[column + 1] : 0, cost);
        }
        return;
    }
    for (int64_t x = 0; x <= listing->left[row] && x <= in_column; x++) {
        listing->left[row] -= x;
        list_tables(listing, row + 1, column, in_column - x, cost + lgamma((double) x + 1));
        listing->left[row] += x;
    }
}

static void
test_tables_equal_a_listing(void)
{
    uint32_t random = 7;

    for (int trial = 0; trial < 60; trial++) {
        int64_t table[12] = { 0 };
        listing_t listing = { { 0 }, { 0 }, 0, 0, 0 };

        for (int patient = 0; patient < 14; patient++) {
            random = random * 1664525u + 1013904223u;
            table[(random >> 16) % 12]++;
        }
        for (int i = 0; i < 12; i++) {
            listing.left[i / 4] += table[i];
            listing.columns[i % 4] += table[i];
            listing.seen += lgamma((double) table[i] + 1);
        }
        listing.constant = -lgamma(15);
        for (int i = 0; i < 7; i++) {
            listing.constant +=
                lgamma((double) (i < 3 ? listing.left[i] : listing.columns[i - 3]) + 1);
        }
        list_tables(&listing, 0, 0, listing.columns[0], 0);
        CHECK_NEAR(pvalue_of(table, 3, 4), listing.sum, 1e-11);
    }
}

static void
test_bad_input_is_named(void)
{
    static const int64_t negative[] = { 1, 2, -3, 4 };
    static const int64_t large[] = { 500000, 500001, 1, 1 };
    double probability, pvalue;
    imr_fault_t fault;
    int64_t wide[24 * 24];

    CHECK(test_of(negative, 2, 2, &probability, &pvalue, &fault) == IMR_ERR_NEGATIVE);
    CHECK(fault.row == 2 && fault.value == -3 && strcmp(fault.argument, "table") == 0);
    CHECK(test_of(large, 2, 2, &probability, &pvalue, &fault) == IMR_ERR_TABLE_SIZE);
    for (int i = 0; i < 24 * 24; i++) {
        wide[i] = i % 5;
    }
    CHECK(test_of(wide, 24, 24, &probability, &pvalue, &fault) == IMR_ERR_TABLE_SIZE);
}

static void
test_out_of_memory(void)
{
    static const int64_t table[] = { 3, 1, 2, 0, 2, 5, 1, 1, 4 };
    double probability, pvalue;

    FAIL_EACH_ALLOCATION(
        test_of(table, 3, 3, &probability, &pvalue, NULL), IMR_ERR_NOMEM, (void) 0);
}

HARNESS_MAIN({
    RUN(test_tables_by_hand);
    RUN(test_margins_that_leave_one_table);
    RUN(test_tables_equal_a_listing);
    RUN(test_bad_input_is_named);
    RUN(test_out_of_memory);
})
