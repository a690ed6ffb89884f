#include "survival/kaplan_meier_band.h"

#include "../harness.h"

static double
hall_wellner(double level, double from, double to)
{
    double k = NAN;

    CHECK(imr_hall_wellner_critical(level, from, to, &k) == IMR_OK);
    return k;
}

static double
equal_precision(double level, double from, double to)
{
    double e = NAN;

    CHECK(imr_equal_precision_critical(level, from, to, &e) == IMR_OK);
    return e;
}

static void
test_critical_values_agree_with_eigenfunction_expansions(void)
{
    /* tests/reference/kaplan_meier_band.py; its chances are good to 2e-13, so at the level of 0.99,
     * where they change by 0.05 a unit, its critical values are good to 4e-12 */
    static const struct {
        double level, from, to, hall_wellner, equal_precision;
    } TWIN[] = {
        { 0.95, 0.1, 0.6, 1.321066938863, 2.887283936900 },
        { 0.95, 0.3, 0.9, 1.347069516908, 2.935893519418 },
        { 0.90, 0.02, 0.5, 1.133397177471, 2.740512094173 },
        { 0.99, 0.25, 0.75, 1.623521832960, 3.397866037915 },
        { 0.50, 0.4, 0.45, 0.505483125333, 1.023171835819 },
    };

    for (size_t i = 0; i < sizeof(TWIN) / sizeof(TWIN[0]); i++) {
        double level = TWIN[i].level, from = TWIN[i].from, to = TWIN[i].to;

        CHECK_NEAR(hall_wellner(level, from, to), TWIN[i].hall_wellner, 5e-12);
        CHECK_NEAR(equal_precision(level, from, to), TWIN[i].equal_precision, 5e-12);
    }
}

static void
test_hall_wellner_agrees_with_the_printed_table(void)
{
    /* Klein and Moeschberger 2003, tables C.4: four decimals */
    CHECK(fabs(hall_wellner(0.95, 0.10, 0.60) - 1.3211) < 6e-5);
    CHECK(fabs(hall_wellner(0.95, 0.12, 0.58) - 1.3133) < 6e-5);
    CHECK(fabs(hall_wellner(0.95, 0.00, 0.54) - 1.2953) < 6e-5);
    CHECK(fabs(hall_wellner(0.99, 0.12, 0.50) - 1.5520) < 6e-5);
    CHECK(fabs(hall_wellner(0.90, 0.28, 1.00) - 1.2130) < 7e-5);
}

static void
test_the_whole_bridge_is_kolmogorovs_distribution(void)
{
    static const double LEVEL[] = { 1e-6, 0.01, 0.5, 0.95, 0.999999 };

    for (size_t i = 0; i < 5; i++) {
        double k = hall_wellner(LEVEL[i], 0, 1), miss = 0;

        for (int j = 60; j >= 1; j--) {
            miss += (j % 2 == 0 ? -2 : 2) * exp(-2.0 * j * j * k * k);
        }
        CHECK(fabs(miss - (1 - LEVEL[i])) < 1e-15);
        /* ends that hardly move differ little from ends that do not */
        CHECK(fabs(hall_wellner(LEVEL[i], 1e-9, 1 - 1e-9) / k - 1) < 1e-8);
    }
}

static void
test_one_time_gives_the_normal_quantile(void)
{
    /* 97.5% and 99.95% of the standard normal distribution, R's qnorm */
    CHECK_NEAR(equal_precision(0.95, 0.5, 0.5), 1.959963984540054, 1e-14);
    CHECK_NEAR(equal_precision(0.999, 0.2, 0.2), 3.290526731491895, 1e-14);
    CHECK_NEAR(hall_wellner(0.95, 0.2, 0.2), 0.4 * 1.959963984540054, 1e-14);
    /* P(|B| or its neighbour leaves) grows by the square root of the distance */
    CHECK_NEAR(equal_precision(0.95, 0.5, 0.5 + 1e-12), 1.959963984540054, 2e-6);
}

static void
test_both_values_look_the_same_from_the_other_end(void)
{
    CHECK_NEAR(hall_wellner(0.95, 0.125, 0.25), hall_wellner(0.95, 0.75, 0.875), 1e-14);
    CHECK_NEAR(hall_wellner(0.8, 0, 0.25), hall_wellner(0.8, 0.75, 1), 1e-14);
    CHECK_NEAR(equal_precision(0.95, 0.125, 0.25), equal_precision(0.95, 0.75, 0.875), 1e-14);
}

static void
test_a_wider_range_or_a_higher_level_widens_the_band(void)
{
    static const double LEVEL[] = { 1e-6, 0.01, 0.3, 0.95, 0.9999, 1 - 1e-9 };
    static const double TO[] = { 0.5, 0.5 + 1e-10, 0.5001, 0.5003, 0.501, 0.6, 0.9, 0.9999,
        1 - 1e-12 };

    for (size_t i = 0; i < 6; i++) {
        for (size_t j = 1; j < 9; j++) {
            double level = LEVEL[i];

            CHECK(hall_wellner(level, 0.5, TO[j]) >= hall_wellner(level, 0.5, TO[j - 1]));
            CHECK(equal_precision(level, 0.5, TO[j]) > equal_precision(level, 0.5, TO[j - 1]));
            if (i > 0) {
                CHECK(hall_wellner(level, 0.5, TO[j]) > hall_wellner(LEVEL[i - 1], 0.5, TO[j]));
                CHECK(
                    equal_precision(level, 0.5, TO[j]) > equal_precision(LEVEL[i - 1], 0.5, TO[j]));
            }
        }
    }
}

static void
test_limits_by_hand_on_each_scale(void)
{
    /* S = 0.7 with a relative error of 0.3; tests/reference/kaplan_meier_band.py */
    static const double LOW[] = { 0.49, 0.4373152252357934, 0.4766381468760785 };
    static const double HIGH[] = { 0.91, 0.8574342856964758, 0.8820917273727243 };
    double estimate = 0.7, greenwood, critical, low, high, z = 1.959963984540054;

    for (int scale = IMR_BAND_PLAIN; scale <= IMR_BAND_ARCSINE; scale++) {
        imr_kaplan_meier_band_options_t options = { IMR_BAND_EQUAL_PRECISION,
            (imr_kaplan_meier_band_scale_t) scale, 0.95 };

        greenwood = 0.3 * 0.3 / (z * z);
        CHECK(imr_kaplan_meier_band(
                  &estimate, &greenwood, 0, 1, 10, &options, &critical, &low, &high, NULL)
            == IMR_OK);
        CHECK_NEAR(critical, z, 1e-14);
        CHECK_NEAR(low, LOW[scale], 1e-14);
        CHECK_NEAR(high, HIGH[scale], 1e-14);
    }
}

static void
test_hall_wellner_uses_the_number_of_patients(void)
{
    double estimate[] = { 1, 0.8, 0.5, 0.5 }, greenwood[] = { 0, 0.0625, 0.25, 0.25 };
    double low[4] = { -1, -1, -1, -1 }, high[4] = { -1, -1, -1, -1 }, critical;
    imr_kaplan_meier_band_options_t options = { IMR_BAND_HALL_WELLNER, IMR_BAND_PLAIN, 0.9 };

    CHECK(imr_kaplan_meier_band(estimate, greenwood, 1, 4, 4, &options, &critical, low, high, NULL)
        == IMR_OK);
    CHECK_NEAR(critical, hall_wellner(0.9, 0.2, 0.5), 1e-15); /* 4 g / (1 + 4 g) */
    CHECK_NEAR(high[1], fmin(1, 0.8 * (1 + critical * 1.25 / 2)), 1e-15);
    CHECK_NEAR(high[2], fmin(1, 0.5 * (1 + critical)), 1e-15); /* (1 + n g) / sqrt(n) = 1 */
    CHECK(low[2] == fmax(0, 0.5 - critical * 0.5) && low[3] == low[2]);
    CHECK(low[0] == -1 && high[0] == -1);
}

static void
test_bad_input_is_named(void)
{
    double estimate[] = { 1, 0.5, 0 }, greenwood[] = { 0, 0.25, INFINITY }, low[3], high[3], x;
    imr_kaplan_meier_band_options_t options = { IMR_BAND_HALL_WELLNER, IMR_BAND_PLAIN, 0.9 };
    imr_fault_t fault;

#define BAND(begin, end, n)                                                                        \
    imr_kaplan_meier_band(estimate, greenwood, (begin), (end), (n), &options, &x, low, high, &fault)
    CHECK(BAND(0, 2, 4) == IMR_ERR_BAND_RANGE);
    CHECK(strcmp(fault.argument, "range") == 0 && fault.row == -1);
    CHECK(BAND(1, 3, 4) == IMR_ERR_BAND_RANGE);
    CHECK(BAND(1, 1, 4) == IMR_ERR_BAND_RANGE);
    CHECK(BAND(1, 2, 0) == IMR_ERR_NOT_POSITIVE);
    CHECK(strcmp(fault.argument, "n") == 0);
    options.level = 1;
    CHECK(BAND(1, 2, 4) == IMR_ERR_LEVEL);
    greenwood[0] = 0.3;
    estimate[0] = 0.6;
    options.level = 0.9;
    CHECK(BAND(0, 2, 4) == IMR_ERR_BAND_RANGE); /* greenwood falls */
    greenwood[0] = 0.2;
    estimate[0] = 1;
    CHECK(BAND(0, 2, 4) == IMR_ERR_BAND_RANGE);
    CHECK(imr_hall_wellner_critical(0.95, 0, 0, &x) == IMR_ERR_BAND_RANGE);
    CHECK(imr_hall_wellner_critical(0.95, 1, 1, &x) == IMR_ERR_BAND_RANGE);
    CHECK(imr_hall_wellner_critical(0.95, 0.5, NAN, &x) == IMR_ERR_BAND_RANGE);
    CHECK(imr_hall_wellner_critical(NAN, 0.5, 0.6, &x) == IMR_ERR_LEVEL);
    CHECK(imr_equal_precision_critical(0.95, 0, 0.5, &x) == IMR_ERR_BAND_RANGE);
    CHECK(imr_equal_precision_critical(0.95, 0.5, 1, &x) == IMR_ERR_BAND_RANGE);
    CHECK(imr_equal_precision_critical(0, 0.5, 0.6, &x) == IMR_ERR_LEVEL);
}

HARNESS_MAIN({
    RUN(test_critical_values_agree_with_eigenfunction_expansions);
    RUN(test_hall_wellner_agrees_with_the_printed_table);
    RUN(test_the_whole_bridge_is_kolmogorovs_distribution);
    RUN(test_one_time_gives_the_normal_quantile);
    RUN(test_both_values_look_the_same_from_the_other_end);
    RUN(test_a_wider_range_or_a_higher_level_widens_the_band);
    RUN(test_limits_by_hand_on_each_scale);
    RUN(test_hall_wellner_uses_the_number_of_patients);
    RUN(test_bad_input_is_named);
})
