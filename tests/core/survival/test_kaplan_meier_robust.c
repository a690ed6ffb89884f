#include "survival/kaplan_meier_robust.h"

#include "../harness.h"

static const imr_kaplan_meier_options_t ROBUST = { .interval = IMR_KM_LOG_LOG,
    .variance = IMR_KM_ROBUST,
    .level = 0.95,
    .start_time = NAN,
    .fix_ties = 1 };

/* Without censoring and weights S is a mean of indicators, so its jackknife error is
 * sqrt(S (1 - S) / n), here at each of four events. */
static void
test_a_mean_has_the_error_of_a_mean(void)
{
    static const double time[] = { 1, 2, 3, 4, 5 };
    static const uint8_t event[] = { 1, 1, 1, 1, 1 };
    imr_kaplan_meier_data_t data = { .n = 5, .time = time, .event = event };
    imr_kaplan_meier_t km;

    CHECK(imr_kaplan_meier(&data, &ROBUST, &km, NULL) == IMR_OK);
    for (size_t j = 0; j < 4; j++) {
        CHECK_NEAR(km.std_error[j], sqrt(km.estimate[j] * (1 - km.estimate[j]) / 5), 4e-16);
    }
    CHECK(km.std_error[4] == 0 && isnan(km.low[4]) && isnan(km.high[4]));
    imr_kaplan_meier_free(&km);
}

/* Two patients with weights a and b, an event of the first at 1, of the second at 2, and a third who
 * enters at 1 with weight c. S(1) = b / (a + b): moved by a and by b alike, a b / (a + b)^2.
 * At 2, S is multiplied by c / (b + c). */
static void
test_two_steps_by_hand(void)
{
    double a = 0.5, b = 2, c = 1.5, s1 = b / (a + b), s2 = s1 * c / (b + c);
    double by_a = -s2 * a / (a + b), by_b = s2 * (a / (a + b) - b / (b + c));
    double by_c = s2 * b / (b + c);
    double time[] = { 1, 2, 3 }, entry[] = { 0, 0, 1 }, weight[] = { a, b, c };
    static const uint8_t event[] = { 1, 1, 0 };
    static const int64_t together[] = { 0, 1, 1 };
    imr_kaplan_meier_data_t data = {
        .n = 3, .time = time, .event = event, .entry = entry, .weight = weight
    };
    imr_kaplan_meier_t km;

    CHECK(imr_kaplan_meier(&data, &ROBUST, &km, NULL) == IMR_OK);
    CHECK_NEAR(km.estimate[1], s2, 4e-16);
    CHECK_NEAR(km.std_error[0], sqrt(2) * a * b / ((a + b) * (a + b)), 1e-15);
    CHECK_NEAR(km.std_error[1], sqrt(by_a * by_a + by_b * by_b + by_c * by_c), 1e-15);
    CHECK(km.std_error[2] == km.std_error[1]);
    imr_kaplan_meier_free(&km);
    data.cluster = together;
    data.clusters = 2;
    CHECK(imr_kaplan_meier(&data, &ROBUST, &km, NULL) == IMR_OK);
    CHECK_NEAR(km.std_error[1], hypot(by_a, by_b + by_c), 1e-15);
    imr_kaplan_meier_free(&km);
    FAIL_EACH_ALLOCATION(
        imr_kaplan_meier(&data, &ROBUST, &km, NULL), IMR_ERR_NOMEM, imr_kaplan_meier_free(&km));
}

/* Nelson and Aalen: H(1) = a / (a + b), the same movement as that of S(1). Two tied deaths of mean
 * weight m of r at risk: m/r + m/(r - m). */
static void
test_hazards_by_hand(void)
{
    static const double time[] = { 1, 1, 2 }, weight[] = { 1, 3, 2 };
    static const uint8_t event[] = { 1, 1, 0 };
    imr_kaplan_meier_data_t data = { .n = 3, .time = time, .event = event, .weight = weight };
    imr_kaplan_meier_options_t options = ROBUST;
    imr_kaplan_meier_t km;
    double r = 6, m = 2, by_r, by_m;

    options.form = IMR_KM_NELSON_AALEN;
    CHECK(imr_kaplan_meier(&data, &options, &km, NULL) == IMR_OK);
    CHECK_NEAR(km.cumulative_hazard[0], 4.0 / 6, 2e-16);
    /* dH/dw is 1/6 - 4/36 for the dead, -4/36 for the third */
    CHECK_NEAR(km.cumulative_hazard_std_error[0], sqrt(10 / 324.0 + 4 * 16 / 1296.0), 4e-16);
    CHECK_NEAR(km.std_error[0], km.estimate[0] * km.cumulative_hazard_std_error[0], 4e-16);
    imr_kaplan_meier_free(&km);

    options.form = IMR_KM_FLEMING_HARRINGTON;
    CHECK(imr_kaplan_meier(&data, &options, &km, NULL) == IMR_OK);
    CHECK_NEAR(km.cumulative_hazard[0], m / r + m / (r - m), 4e-16);
    by_r = -m / (r * r) - m / ((r - m) * (r - m));
    by_m = 1 / r + r / ((r - m) * (r - m)); /* each death moves m by half its weight */
    CHECK_NEAR(km.cumulative_hazard_std_error[0],
        sqrt(10 * pow(by_r + by_m / 2, 2) + 4 * by_r * by_r), 1e-15);
    imr_kaplan_meier_free(&km);
}

/* The area to 2.5 under the curve of two_steps: (S(1) + S(2) / 2) moves with each weight as they do. */
static void
test_the_area_by_hand(void)
{
    static const double time[] = { 1, 2, 3 }, entry[] = { 0, 0, 1 }, weight[] = { 0.5, 2, 1.5 };
    static const uint8_t event[] = { 1, 1, 0 };
    imr_kaplan_meier_data_t data = {
        .n = 3, .time = time, .event = event, .entry = entry, .weight = weight
    };
    imr_kaplan_meier_t km;
    double area[3], error, a = 0.5, b = 2, c = 1.5, s1 = b / (a + b), s2 = s1 * c / (b + c);
    double move1 = a * b / ((a + b) * (a + b));
    double by_a = -move1 - s2 * a / (a + b) / 2;
    double by_b = move1 + s2 * (a / (a + b) - b / (b + c)) / 2, by_c = s2 * b / (b + c) / 2;

    CHECK(imr_kaplan_meier(&data, &ROBUST, &km, NULL) == IMR_OK);
    area[0] = s1 + s2 / 2;
    area[1] = s2 / 2;
    area[2] = 0;
    CHECK(imr_kaplan_meier_robust_area(&km, IMR_KM_PRODUCT_LIMIT, 3, area, &error, NULL) == IMR_OK);
    CHECK_NEAR(error, sqrt(by_a * by_a + by_b * by_b + by_c * by_c), 1e-15);
    FAIL_EACH_ALLOCATION(
        imr_kaplan_meier_robust_area(&km, IMR_KM_PRODUCT_LIMIT, 3, area, &error, NULL),
        IMR_ERR_NOMEM, (void) 0);
    imr_kaplan_meier_free(&km);
}

/* A copy of each patient in its own cluster is one patient. */
static void
test_copies_in_clusters_add_nothing(void)
{
    enum { N = 60 };
    double time[2 * N], entry[2 * N];
    uint8_t event[2 * N];
    int64_t cluster[2 * N];
    imr_kaplan_meier_data_t data = { .n = N, .time = time, .event = event, .entry = entry };
    imr_kaplan_meier_t once, twice;

    for (int i = 0; i < 2 * N; i++) {
        entry[i] = (i % N * 7) % 5;
        time[i] = entry[i] + 1 + (i % N * 11) % 17;
        event[i] = (i % N) % 3 > 0;
        cluster[i] = i % N;
    }
    CHECK(imr_kaplan_meier(&data, &ROBUST, &once, NULL) == IMR_OK);
    data.n = 2 * N;
    data.cluster = cluster;
    data.clusters = N;
    CHECK(imr_kaplan_meier(&data, &ROBUST, &twice, NULL) == IMR_OK);
    CHECK(once.n == twice.n);
    for (size_t j = 0; j < once.n; j++) {
        CHECK_NEAR(twice.std_error[j], once.std_error[j], 1e-13);
        CHECK_NEAR(twice.estimate[j], once.estimate[j], 1e-14);
    }
    imr_kaplan_meier_free(&once);
    imr_kaplan_meier_free(&twice);
}

HARNESS_MAIN({
    RUN(test_a_mean_has_the_error_of_a_mean);
    RUN(test_two_steps_by_hand);
    RUN(test_hazards_by_hand);
    RUN(test_the_area_by_hand);
    RUN(test_copies_in_clusters_add_nothing);
})
