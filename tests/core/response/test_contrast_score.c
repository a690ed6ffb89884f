#include "response/contrast_score.h"

#include "../harness.h"

static const double z95 = 1.959963984540054;

static double
limit_at(imr_contrast_measure_t measure, imr_contrast_method_t method, int64_t x1, int64_t n1,
    int64_t x2, int64_t n2, double z)
{
    imr_two_groups_t groups = { .x1 = x1, .n1 = n1, .x2 = x2, .n2 = n2 };
    double limit = NAN;

    CHECK(imr_contrast_score_limit(measure, method, &groups, z, &limit) == IMR_OK);
    return limit;
}

static double
statistic_at(imr_contrast_measure_t measure, imr_contrast_method_t method,
    const imr_two_groups_t *groups, double margin)
{
    double z = NAN;

    CHECK(imr_contrast_score_statistic(measure, method, groups, margin, &z) == IMR_OK);
    return z;
}

static void
test_limits_of_empty_and_full_groups_have_closed_forms(void)
{
    double square = z95 * z95, corrected = square * 20 / 19;

    /* 0/10 v 0/10: the restricted rate of group 2 is delta, and delta / (1 - delta) is z^2 / n */
    CHECK_NEAR(limit_at(IMR_DIFFERENCE, IMR_CONTRAST_MEE, 0, 10, 0, 10, z95),
        -square / (10 + square), 1e-14);
    CHECK_NEAR(limit_at(IMR_DIFFERENCE, IMR_CONTRAST_MIETTINEN_NURMINEN, 0, 10, 0, 10, -z95),
        corrected / (10 + corrected), 1e-14);
    CHECK_NEAR(limit_at(IMR_DIFFERENCE, IMR_CONTRAST_MEE, 10, 10, 10, 10, z95),
        -square / (10 + square), 1e-14);
    CHECK(limit_at(IMR_DIFFERENCE, IMR_CONTRAST_MIETTINEN_NURMINEN, 0, 7, 3, 3, z95) == -1);
    CHECK(limit_at(IMR_DIFFERENCE, IMR_CONTRAST_MIETTINEN_NURMINEN, 7, 7, 0, 3, -z95) == 1);
    /* 8/8 v 8/8: all of group 1 stay at rate 1 / (1 + z^2 / n) of that of group 2 */
    CHECK_NEAR(limit_at(IMR_RATIO, IMR_CONTRAST_KOOPMAN, 8, 8, 8, 8, z95), 8 / (8 + square), 1e-14);
    CHECK(limit_at(IMR_RATIO, IMR_CONTRAST_KOOPMAN, 0, 8, 3, 8, z95) == 0);
    CHECK(isinf(limit_at(IMR_RATIO, IMR_CONTRAST_KOOPMAN, 3, 8, 0, 8, -z95)));
    CHECK(limit_at(IMR_ODDS_RATIO, IMR_CONTRAST_MIETTINEN_NURMINEN, 0, 8, 0, 8, z95) == 0);
    CHECK(isinf(limit_at(IMR_ODDS_RATIO, IMR_CONTRAST_MIETTINEN_NURMINEN, 8, 8, 8, 8, -z95)));
}

/* For each table and measure, the statistic at the limit is the quantile. */
static void
test_limits_invert_the_statistic(void)
{
    static const double quantiles[] = { 0.3, 1.2815515655446004, 1.959963984540054, 3.5 };

    for (int64_t n1 = 1; n1 <= 9; n1 += 2) {
        for (int64_t n2 = 1; n2 <= 13; n2 += 4) {
            for (int64_t table = 0; table < (n1 + 1) * (n2 + 1); table++) {
                imr_two_groups_t groups = {
                    .x1 = table / (n2 + 1), .n1 = n1, .x2 = table % (n2 + 1), .n2 = n2
                };

                for (int job = 0; job < 16; job++) {
                    imr_contrast_measure_t measure = (imr_contrast_measure_t) (job % 4 % 3);
                    imr_contrast_method_t method = job % 4 == 3
                        ? IMR_CONTRAST_MIETTINEN_NURMINEN_1985
                        : IMR_CONTRAST_MIETTINEN_NURMINEN;
                    double z = quantiles[job / 4], low;

                    measure = job % 4 == 3 ? IMR_ODDS_RATIO : measure;
                    low = limit_at(measure, method, groups.x1, n1, groups.x2, n2, z);
                    if (low > (measure == IMR_DIFFERENCE ? -1 : 0) && low < INFINITY) {
                        CHECK_NEAR(statistic_at(measure, method, &groups, low), z, 1e-9);
                    }
                }
            }
        }
    }
}

static void
test_statistics_at_no_difference_are_pooled(void)
{
    /* 7/10 v 2/10: pooled rate 9/20 */
    imr_two_groups_t groups = { .x1 = 7, .n1 = 10, .x2 = 2, .n2 = 10 };
    double pooled = 0.5 / sqrt(0.45 * 0.55 * 0.2);

    CHECK_NEAR(statistic_at(IMR_DIFFERENCE, IMR_CONTRAST_MEE, &groups, 0), pooled, 1e-14);
    CHECK_NEAR(statistic_at(IMR_RATIO, IMR_CONTRAST_KOOPMAN, &groups, 1), pooled, 1e-14);
    CHECK_NEAR(statistic_at(IMR_ODDS_RATIO, IMR_CONTRAST_MIETTINEN_NURMINEN_1985, &groups, 1),
        pooled * sqrt(19 / 20.0), 1e-14);
    groups = (imr_two_groups_t) { .x1 = 0, .n1 = 10, .x2 = 0, .n2 = 4 };
    for (int measure = 0; measure < 3; measure++) {
        CHECK(statistic_at((imr_contrast_measure_t) measure, IMR_CONTRAST_MIETTINEN_NURMINEN,
                  &groups, measure == 0 ? 0 : 1)
            == 0);
    }
}

/* The restricted rates by definition: the likelihood on a grid of rates, refined around its best. */
static double
difference_statistic_by_search(const imr_two_groups_t *groups, double margin)
{
    double x1 = (double) groups->x1, n1 = (double) groups->n1;
    double x2 = (double) groups->x2, n2 = (double) groups->n2;
    double low = fmax(0, -margin), high = fmin(1, 1 - margin), p1, p2 = low;

    for (int round = 0; round < 12; round++) {
        double best = -INFINITY, step = (high - low) / 40, found = low;

        for (int i = 0; i <= 40; i++) {
            double likelihood = 0;

            p2 = fmin(low + i * step, high);
            p1 = p2 + margin;
            likelihood += x1 > 0 ? x1 * log(p1) : 0;
            likelihood += x1 < n1 ? (n1 - x1) * log1p(-p1) : 0;
            likelihood += x2 > 0 ? x2 * log(p2) : 0;
            likelihood += x2 < n2 ? (n2 - x2) * log1p(-p2) : 0;
            if (likelihood > best) {
                best = likelihood;
                found = p2;
            }
        }
        low = fmax(low, found - 2 * step);
        high = fmin(high, found + 2 * step);
    }
    p2 = 0.5 * (low + high);
    p1 = p2 + margin;
    return (x1 / n1 - x2 / n2 - margin) / sqrt(p1 * (1 - p1) / n1 + p2 * (1 - p2) / n2);
}

static void
test_restricted_rates_have_the_greatest_likelihood(void)
{
    static const double margins[] = { -0.6, -0.1, 0.05, 0.35 };

    for (int64_t x1 = 0; x1 <= 5; x1++) {
        for (int64_t x2 = 0; x2 <= 8; x2++) {
            for (int i = 0; i < 4; i++) {
                imr_two_groups_t groups = { .x1 = x1, .n1 = 5, .x2 = x2, .n2 = 8 };

                CHECK_NEAR(statistic_at(IMR_DIFFERENCE, IMR_CONTRAST_MEE, &groups, margins[i]),
                    difference_statistic_by_search(&groups, margins[i]), 1e-6);
            }
        }
    }
}

static void
test_skewness_moves_both_statistic_and_limit(void)
{
    for (int64_t x1 = 0; x1 <= 8; x1++) {
        for (int64_t x2 = 0; x2 <= 8; x2++) {
            imr_two_groups_t groups = { .x1 = x1, .n1 = 8, .x2 = x2, .n2 = 8 };

            for (int measure = 0; measure < 2; measure++) {
                imr_contrast_measure_t of = (imr_contrast_measure_t) measure;
                double low = limit_at(of, IMR_CONTRAST_SCAS, x1, 8, x2, 8, z95);
                double z;

                CHECK(low >= (of == IMR_DIFFERENCE ? -1 : 0));
                if (low > (of == IMR_DIFFERENCE ? -1 : 0)) {
                    z = statistic_at(of, IMR_CONTRAST_SCAS, &groups, low);
                    CHECK_NEAR(z, z95, 1e-8);
                }
            }
        }
    }
}

/* Tables that once broke a search: the score is flat, then steep, so that Newton's steps swing; and
 * the correction for skewness has no bound near 8/8 v 8/8. */
static void
test_tables_that_once_failed(void)
{
    static const int64_t tables[][4] = { { 460, 917, 1, 187 }, { 28, 29, 0, 12 }, { 20, 20, 4, 4 },
        { 612, 612, 311, 311 }, { 148, 148, 8, 374 }, { 1, 773, 0, 187 } };
    static const double quantiles[] = { 0.6744897501960817, 1.959963984540054, 4.891638475698 };

    for (int i = 0; i < 6; i++) {
        imr_two_groups_t groups = { tables[i][0], tables[i][1], tables[i][2], tables[i][3] };

        for (int job = 0; job < 12; job++) {
            imr_contrast_measure_t measure = job % 2 == 0 ? IMR_DIFFERENCE : IMR_RATIO;
            imr_contrast_method_t method =
                job / 2 % 2 == 0 ? IMR_CONTRAST_MIETTINEN_NURMINEN : IMR_CONTRAST_SCAS;
            double z = quantiles[job / 4];
            double low = limit_at(measure, method, groups.x1, groups.n1, groups.x2, groups.n2, z);

            if (low > (measure == IMR_DIFFERENCE ? -1 : 0)) {
                CHECK_NEAR(statistic_at(measure, method, &groups, low), z, 1e-7);
            }
        }
    }
}

HARNESS_MAIN({
    RUN(test_limits_of_empty_and_full_groups_have_closed_forms);
    RUN(test_limits_invert_the_statistic);
    RUN(test_statistics_at_no_difference_are_pooled);
    RUN(test_restricted_rates_have_the_greatest_likelihood);
    RUN(test_skewness_moves_both_statistic_and_limit);
    RUN(test_tables_that_once_failed);
})
