#include "survival/curve_difference.h"

#include "../harness.h"

/* S is 3/4, 1/2, 1/4 in the first group at 2, 4, 6; 2/3, 1/3, 0 in the second at 1, 3, 5. */
static const double TIME[] = { 2, 4, 6, 8, 1, 3, 5 };
static const uint8_t EVENT[] = { 1, 1, 1, 0, 1, 1, 1 };
static const int64_t GROUP[] = { 0, 0, 0, 0, 1, 1, 1 };
static const imr_kaplan_meier_data_t DATA = {
    .n = 7, .time = TIME, .event = EVENT, .group = GROUP, .groups = 2
};

typedef struct {
    double s, r, d, e, low, high, z, p;
    int64_t n, m;
} row_t;

static int
at(imr_kaplan_meier_interval_t transform, size_t reference, double t, row_t *row)
{
    imr_curve_difference_options_t options = { transform, 0.95, reference, 1 };
    imr_curve_difference_t table = { &row->s, &row->r, &row->n, &row->m, &row->d, &row->e,
        &row->low, &row->high, &row->z, &row->p };

    return imr_curve_difference(&DATA, &options, &t, 1, &table, NULL);
}

/* Klein and others 2007: variances of S are S^2 v with v = 1/12 + 1/6 = 1/4 and 1/6 + 1/2 = 2/3. */
static void
test_every_transform_by_hand(void)
{
    double s = 0.5, r = 1.0 / 3, v = 0.25, w = 2.0 / 3;
    row_t row;

    CHECK(at(IMR_KM_PLAIN, 1, 4, &row) == IMR_OK);
    CHECK_NEAR(row.d, s - r, 1e-15);
    CHECK_NEAR(row.e, sqrt(s * s * v + r * r * w), 1e-14);
    CHECK_NEAR(row.z, (s - r) / row.e, 1e-14);
    CHECK_NEAR(row.low, s - r - 1.959963984540054 * row.e, 1e-13);
    CHECK(row.n == 3 && row.m == 1);
    CHECK(at(IMR_KM_LOG, 1, 4, &row) == IMR_OK);
    CHECK_NEAR(row.z, log(s / r) / sqrt(v + w), 1e-14);
    CHECK(at(IMR_KM_LOG_LOG, 1, 4, &row) == IMR_OK);
    CHECK_NEAR(
        row.z, log(log(r) / log(s)) / sqrt(v / (log(s) * log(s)) + w / (log(r) * log(r))), 1e-14);
    CHECK(at(IMR_KM_LOGIT, 1, 4, &row) == IMR_OK);
    CHECK_NEAR(row.z, log(2) / sqrt(v / ((1 - s) * (1 - s)) + w / ((1 - r) * (1 - r))), 1e-14);
    CHECK(at(IMR_KM_ARCSINE, 1, 4, &row) == IMR_OK);
    CHECK_NEAR(row.z,
        (asin(sqrt(s)) - asin(sqrt(r))) / sqrt(s * v / (4 * (1 - s)) + r * w / (4 * (1 - r))),
        1e-14);
    CHECK(row.low < row.d && row.d < row.high && row.low > -1 && row.high < 1);
    CHECK_NEAR(row.p, erfc(row.z / sqrt(2)), 1e-13);
}

static void
test_the_reference_is_what_is_subtracted(void)
{
    row_t here, there;

    for (int transform = IMR_KM_PLAIN; transform <= IMR_KM_BETA_PRODUCT_MID_P; transform++) {
        CHECK(at((imr_kaplan_meier_interval_t) transform, 0, 4, &here) == IMR_OK);
        CHECK(at((imr_kaplan_meier_interval_t) transform, 1, 4, &there) == IMR_OK);
        CHECK_NEAR(here.d, -there.d, 0);
        CHECK_NEAR(here.low, -there.high, 1e-14);
        CHECK_NEAR(here.p, there.p, 1e-10);
    }
}

static void
test_survival_of_0_and_1_and_beyond(void)
{
    static const double times[] = { 0, 1.5, 5, 9 };
    row_t row;

    for (int i = 0; i < 3; i++) {
        CHECK(at(IMR_KM_LOG_LOG, 0, times[i], &row) == IMR_OK);
        CHECK(isnan(row.low) && isnan(row.p) && isnan(row.z) && isfinite(row.d));
        CHECK(at(IMR_KM_BETA_PRODUCT, 0, times[i], &row) == IMR_OK);
        CHECK(row.low < row.d && row.d < row.high && row.p > 0 && row.p <= 1);
        CHECK(row.low >= -1 && row.high <= 1 && isnan(row.z));
    }
    CHECK(at(IMR_KM_BETA_PRODUCT, 0, 9, &row) == IMR_OK);
    CHECK(isnan(row.s) != isnan(row.r) && isnan(row.d) && isnan(row.low) && isnan(row.p));
    CHECK(at(IMR_KM_LOG_LOG, 0, -1, &row) == IMR_ERR_NEGATIVE);
    CHECK(at(IMR_KM_LOG_LOG, 0, NAN, &row) == IMR_ERR_NONFINITE);
}

static void
test_two_groups_are_needed(void)
{
    imr_curve_difference_options_t options = { IMR_KM_PLAIN, 0.95, 0, 1 };
    imr_kaplan_meier_data_t data = DATA;
    imr_curve_difference_t table = { 0 };

    data.groups = 3;
    CHECK(imr_curve_difference(&data, &options, NULL, 0, &table, NULL) == IMR_ERR_TWO_GROUPS);
    data.group = NULL;
    data.groups = 2;
    CHECK(imr_curve_difference(&data, &options, NULL, 0, &table, NULL) == IMR_ERR_TWO_GROUPS);
}

static void
test_allocations_that_fail(void)
{
    row_t row;

    FAIL_EACH_ALLOCATION(at(IMR_KM_BETA_PRODUCT, 0, 4, &row), IMR_ERR_NOMEM, (void) 0);
}

HARNESS_MAIN({
    RUN(test_every_transform_by_hand);
    RUN(test_the_reference_is_what_is_subtracted);
    RUN(test_survival_of_0_and_1_and_beyond);
    RUN(test_two_groups_are_needed);
    RUN(test_allocations_that_fail);
})
