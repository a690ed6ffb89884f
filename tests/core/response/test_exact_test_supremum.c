#include "response/exact_test_supremum.h"

#include "../harness.h"

static void
test_one_number_of_events_peaks_at_its_share(void)
{
    imr_supremum_t supremum;
    double rate = NAN;

    CHECK(imr_supremum_init(&supremum, 8) == IMR_OK);
    /* half of the tables with 2 of 8 events: 28 p^2 (1 - p)^6 / 2 is greatest at 1/4 */
    imr_supremum_add(&supremum, 2, 0.5);
    CHECK_NEAR(imr_supremum_find(&supremum, 0, 1, &rate), 14 * pow(0.25, 2) * pow(0.75, 6), 1e-13);
    CHECK(fabs(rate - 0.25) < 1e-6);
    /* within a range that leaves the peak out, it is at the nearer end */
    CHECK_NEAR(
        imr_supremum_find(&supremum, 0.4, 0.9, &rate), 14 * pow(0.4, 2) * pow(0.6, 6), 1e-13);
    CHECK(rate == 0.4);
    /* and within one too narrow for a point of the grid */
    CHECK_NEAR(imr_supremum_find(&supremum, 0.2499, 0.2502, &rate),
        14 * pow(0.25, 2) * pow(0.75, 6), 1e-13);
    CHECK(fabs(rate - 0.25) < 1e-6);
    imr_supremum_clear(&supremum);
    CHECK(imr_supremum_find(&supremum, 0, 1, &rate) == 0);
    /* none and all */
    imr_supremum_add(&supremum, 0, 0.25);
    imr_supremum_add(&supremum, 8, 0.5);
    CHECK(imr_supremum_find(&supremum, 0, 1, &rate) == 0.5 && rate == 1);
    imr_supremum_free(&supremum);
    imr_supremum_free(&supremum);
}

static void
test_the_higher_of_two_peaks(void)
{
    imr_supremum_t supremum;
    double best = 0, rate = NAN, found;

    CHECK(imr_supremum_init(&supremum, 30) == IMR_OK);
    imr_supremum_add(&supremum, 3, 0.2);
    imr_supremum_add(&supremum, 20, 0.31);
    imr_supremum_add(&supremum, 22, 0.02);
    found = imr_supremum_find(&supremum, 0, 1, &rate);
    for (int i = 1; i < 100000; i++) {
        double p = i / 100000.0;
        double value = 0.2 * 4060 * pow(p, 3) * pow(1 - p, 27)
            + 0.31 * 30045015 * pow(p, 20) * pow(1 - p, 10)
            + 0.02 * 5852925 * pow(p, 22) * pow(1 - p, 8);

        best = fmax(best, value);
    }
    CHECK(found >= best * (1 - 1e-12) && found < best * (1 + 1e-8));
    imr_supremum_free(&supremum);
}

static void
test_small_probabilities_and_many_patients(void)
{
    imr_supremum_t supremum;
    double rate = NAN;

    CHECK(imr_supremum_init(&supremum, 2000) == IMR_OK);
    imr_supremum_add(&supremum, 1000, 1e-200);
    /* C(2000, 1000) / 2^2000 = 0.017839 */
    CHECK_NEAR(imr_supremum_find(&supremum, 0, 1, &rate), 1.7839e-202, 1e-4);
    CHECK(fabs(rate - 0.5) < 1e-6);
    imr_supremum_free(&supremum);
}

static void
test_out_of_memory(void)
{
    imr_supremum_t supremum;

    FAIL_EACH_ALLOCATION(
        imr_supremum_init(&supremum, 6), IMR_ERR_NOMEM, imr_supremum_free(&supremum));
}

HARNESS_MAIN({
    RUN(test_one_number_of_events_peaks_at_its_share);
    RUN(test_the_higher_of_two_peaks);
    RUN(test_small_probabilities_and_many_patients);
    RUN(test_out_of_memory);
})
