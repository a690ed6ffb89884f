#include "../harness.h"
#include "cox_data.h"

static void
test_gram_is_the_sum_of_outer_products(void)
{
    enum { MOST = 6, ROWS = 9 };
    double row[MOST * ROWS], weight[ROWS], gram[MOST * MOST];

    for (int i = 0; i < MOST * ROWS; i++) {
        row[i] = (i * 7) % 11 - 5; /* whole numbers: the sums are exact */
    }
    for (int i = 0; i < ROWS; i++) {
        weight[i] = 1 + i % 3;
    }
    for (size_t width = 2; width <= MOST; width += 2) {
        for (size_t rows = 0; rows <= ROWS; rows++) {
            for (size_t i = 0; i < width * width; i++) {
                gram[i] = 1; /* to be added to */
            }
            imr_cox_add_gram(gram, width, row, weight, rows);
            for (size_t r = 0; r < width; r++) {
                for (size_t s = r; s < width; s++) {
                    double expected = 1;

                    for (size_t i = 0; i < rows; i++) {
                        expected += weight[i] * row[i * width + r] * row[i * width + s];
                    }
                    CHECK(gram[r * width + s] == expected);
                }
            }
        }
    }
}

/* Three of five tied, t = 0.6: r = 1, 1 / 0.8, 1 / 0.6 with f = 0, 1/3, 2/3. */
static void
test_powers_by_hand(void)
{
    imr_cox_powers_t sums = imr_cox_powers(3, 0.6);

    CHECK_NEAR(sums.r, 1 + 1.25 + 5.0 / 3, 1e-14);
    CHECK_NEAR(sums.fr, 1.25 / 3 + 10.0 / 9, 1e-14);
    CHECK_NEAR(sums.rr, 1 + 1.5625 + 25.0 / 9, 1e-14);
    CHECK_NEAR(sums.frr, 1.5625 / 3 + 50.0 / 27, 1e-14);
    CHECK_NEAR(sums.ffrr, 1.5625 / 9 + 100.0 / 81, 1e-14);
    CHECK_NEAR(sums.log, log(0.8 * 0.6), 1e-14);
}

/* t = 1: the product of the terms is terms! / terms^terms, which a double cannot hold. */
static void
test_the_logarithm_of_a_product_out_of_range(void)
{
    CHECK_NEAR(imr_cox_powers(1000, 1).log, lgamma(1001) - 1000 * log(1000), 1e-13);
}

static void
test_terms_of_a_set(void)
{
    const double time[4] = { 1, 1, 2, 2 }, x[4] = { 0, 1, 0, 1 }, weight[4] = { 2, 3, 1, 1 };
    const uint8_t event[4] = { 1, 1, 0, 1 };
    imr_cox_data_t data = {
        .n = 4, .p = 1, .time = time, .event = event, .x = x, .weight = weight, .strata = 1
    };
    imr_cox_options_t options = options_of(IMR_COX_EFRON);
    imr_cox_rows_t rows;
    double terms, each;

    CHECK(imr_cox_rows_init(&rows, &data, &options, NULL) == IMR_OK);
    CHECK(rows.sets == 2); /* the last time comes first */
    imr_cox_terms(&rows, IMR_COX_EFRON, 1, &terms, &each);
    CHECK(terms == 5 && each == 1);
    imr_cox_terms(&rows, IMR_COX_BRESLOW, 1, &terms, &each);
    CHECK(terms == 1 && each == 5);
    imr_cox_rows_free(&rows);
    options.weights = IMR_COX_SAMPLING;
    CHECK(imr_cox_rows_init(&rows, &data, &options, NULL) == IMR_OK);
    imr_cox_terms(&rows, IMR_COX_EFRON, 1, &terms, &each);
    CHECK(terms == 2 && each == 2.5); /* two tied, who share their mean weight */
    imr_cox_rows_free(&rows);
}

HARNESS_MAIN({
    RUN(test_gram_is_the_sum_of_outer_products);
    RUN(test_powers_by_hand);
    RUN(test_the_logarithm_of_a_product_out_of_range);
    RUN(test_terms_of_a_set);
})
