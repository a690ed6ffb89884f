#include "survival/logrank.h"

#include "../harness.h"

/* The arms of tests/golden/survival/logrank_aml.json. */
static const double TIME[] = { 9, 13, 13, 18, 23, 28, 31, 34, 45, 48, 161, 5, 5, 8, 8, 12, 16, 23,
    27, 30, 33, 43, 45 };
static const uint8_t EVENT[] = { 1, 1, 0, 1, 1, 0, 1, 1, 0, 1, 0, 1, 1, 1, 1, 1, 0, 1, 1, 1, 1, 1,
    1 };
static const uint8_t ARM[] = { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1,
    1 };

static imr_logrank_data_t
aml(void)
{
    imr_logrank_data_t data = { 23, TIME, EVENT, NULL, NULL, ARM, 2, NULL, 0 };

    return data;
}

static imr_logrank_options_t
options_of(imr_logrank_kind_t kind, double rho, double gamma)
{
    imr_logrank_options_t options = { { kind, rho, gamma }, NULL, IMR_TWO_SIDED, 0.95, 1 };

    return options;
}

static imr_logrank_t
fit(const imr_logrank_data_t *data, const imr_logrank_options_t *options)
{
    imr_logrank_t answer = { 0 };

    CHECK(imr_logrank(data, options, &answer, NULL) == IMR_OK);
    return answer;
}

static void
test_aml_agrees_with_r(void)
{
    imr_logrank_data_t data = aml();
    imr_logrank_options_t options = options_of(IMR_LOGRANK_EQUAL, 0, 0);
    imr_logrank_t lr = fit(&data, &options);
    double covariance[4];

    CHECK_NEAR(lr.test.statistic, 3.3963886989776011, 1e-13);
    CHECK_NEAR(lr.test.pvalue, 0.065339322040505132, 1e-12);
    CHECK(lr.test.df == 1 && lr.test.z > 0 && lr.patients[0] == 11 && lr.patients[1] == 12);
    CHECK_NEAR(lr.sums.expected[0], 10.689335992300725, 1e-14);
    imr_logrank_covariance(&lr.sums, covariance);
    CHECK_NEAR(covariance[0], 4.0075507459387349, 1e-14);
    CHECK(covariance[1] == -covariance[0] && covariance[3] == covariance[0]);
    options = options_of(IMR_LOGRANK_FLEMING_HARRINGTON, 0.5, 0);
    CHECK_NEAR(fit(&data, &options).test.statistic, 3.0186432878698306, 1e-13);
}

static void
test_by_hand(void)
{
    /* groups a: 1, 3+; b: 2, 4: tables (4; 2 of a), (3; 1 of a), (1) */
    double time[] = { 1, 3, 2, 4 };
    uint8_t event[] = { 1, 0, 1, 1 }, group[] = { 0, 0, 1, 1 };
    imr_logrank_data_t data = { 4, time, event, NULL, NULL, group, 2, NULL, 0 };
    imr_logrank_options_t options = options_of(IMR_LOGRANK_EQUAL, 0, 0);
    imr_logrank_t lr = fit(&data, &options);
    double u = 2 - (2.0 / 4 + 2.0 / 3 + 1), v = 1.0 / 4 + 2.0 / 9;

    CHECK_NEAR(lr.test.z, u / sqrt(v), 1e-14);
    CHECK_NEAR(lr.test.hazard_ratio, exp(u / v), 1e-14);
    CHECK_NEAR(log(lr.test.high / lr.test.low), 2 * 1.959963984540054 / sqrt(v), 1e-12);
    options = options_of(IMR_LOGRANK_GEHAN, 0, 0);
    u = 4 * (0 - 2.0 / 4) + 3 * (1 - 2.0 / 3);
    v = 16 * (1.0 / 4) + 9 * (2.0 / 9);
    CHECK_NEAR(fit(&data, &options).test.z, u / sqrt(v), 1e-14);
    options = options_of(IMR_LOGRANK_TARONE_WARE, 0, 0);
    u = 2 * (0 - 2.0 / 4) + sqrt(3) * (1 - 2.0 / 3);
    v = 4 * (1.0 / 4) + 3 * (2.0 / 9);
    CHECK_NEAR(fit(&data, &options).test.z, u / sqrt(v), 1e-14);
    /* Peto and Prentice: 4/5 at the first time, 4/5 * 3/4 at the second */
    options = options_of(IMR_LOGRANK_PETO, 0, 0);
    u = 0.8 * (0 - 2.0 / 4) + 0.6 * (1 - 2.0 / 3);
    v = 0.64 * (1.0 / 4) + 0.36 * (2.0 / 9);
    CHECK_NEAR(fit(&data, &options).test.z, u / sqrt(v), 1e-14);
    /* S(t-) is 1, then 3/4 */
    options = options_of(IMR_LOGRANK_FLEMING_HARRINGTON, 1, 2);
    u = 0.75 * 0.0625 * (1 - 2.0 / 3);
    v = 0.75 * 0.0625 * 0.75 * 0.0625 * (2.0 / 9);
    CHECK_NEAR(fit(&data, &options).test.z, u / sqrt(v), 1e-13);
    CHECK(isnan(fit(&data, &options).test.hazard_ratio));
}

static void
test_directions(void)
{
    imr_logrank_data_t data = aml();
    imr_logrank_options_t options = options_of(IMR_LOGRANK_EQUAL, 0, 0);
    double both = fit(&data, &options).test.pvalue, scores[] = { 3, 1 };

    options.alternative = IMR_GREATER;
    CHECK_NEAR(fit(&data, &options).test.pvalue, both / 2, 1e-12);
    options.alternative = IMR_LESS;
    CHECK_NEAR(fit(&data, &options).test.pvalue, 1 - both / 2, 1e-12);
    options.scores = scores; /* the hazard falls with the score */
    CHECK_NEAR(fit(&data, &options).test.pvalue, both / 2, 1e-12);
}

/* Three groups of which the first two are followed up to 5 and the third comes later: it is never
 * at risk together with them. */
static void
test_degrees_of_freedom_drop(void)
{
    double time[] = { 1, 2, 4, 3, 5, 8, 9 }, entry[] = { 0, 0, 0, 0, 0, 6, 6 };
    uint8_t event[] = { 1, 1, 0, 1, 1, 1, 1 }, group[] = { 0, 0, 0, 1, 1, 2, 2 };
    imr_logrank_data_t data = { 7, time, event, entry, NULL, group, 3, NULL, 0 };
    imr_logrank_options_t options = options_of(IMR_LOGRANK_EQUAL, 0, 0);
    imr_logrank_t all = fit(&data, &options), two;

    CHECK(all.test.df == 1 && isnan(all.test.z));
    data.n = 5;
    data.groups = 2;
    two = fit(&data, &options);
    CHECK_NEAR(all.test.statistic, two.test.statistic, 1e-14);
    CHECK(two.test.df == 1);
}

static void
test_nothing_to_compare(void)
{
    double time[] = { 1, 2, 3, 4 };
    uint8_t none[] = { 0, 0, 0, 0 }, last[] = { 0, 0, 0, 1 }, arm[] = { 0, 1, 0, 1 };
    uint8_t one_arm[] = { 0, 1, 0, 1 };
    imr_logrank_data_t data = { 4, time, none, NULL, NULL, arm, 2, NULL, 0 };
    imr_logrank_options_t options = options_of(IMR_LOGRANK_EQUAL, 0, 0);

    for (int i = 0; i < 2; i++) {
        imr_logrank_test_t test = fit(&data, &options).test;

        CHECK(test.statistic == 0 && test.df == 0 && test.pvalue == 1 && test.z == 0);
        CHECK(isnan(test.hazard_ratio) && test.low == 0 && isinf(test.high));
        data.event = last; /* the only one left has the event */
    }
    data.event = one_arm;
    CHECK(fit(&data, &options).sums.events[0] == 0);
    CHECK(fit(&data, &options).test.statistic > 0);
}

/* Elimination in the network against Cramer's rule for three groups. */
static void
test_quadratic_form(void)
{
    double link[] = { 0, 2, 3, 0, 0, 5, 0, 0, 0 }, excess[] = { 1, -4, 3 };
    double a = 5, b = -2, c = 7, determinant = a * c - b * b;
    double expected = (c * 1 - 2 * b * 1 * -4 + a * 16) / determinant;
    int64_t df;

    CHECK_NEAR(imr_logrank_quadratic(3, link, excess, &df), expected, 1e-14);
    CHECK(df == 2);
}

static void
test_bad_options_are_named(void)
{
    imr_logrank_data_t data = aml();
    imr_logrank_options_t options = options_of(IMR_LOGRANK_EQUAL, 0, 0);
    double scores[] = { 1, 1 };
    imr_logrank_t answer;
    imr_fault_t fault;

    data.groups = 1;
    CHECK(imr_logrank(&data, &options, &answer, &fault) == IMR_ERR_ONE_GROUP);
    data.groups = 65;
    CHECK(imr_logrank(&data, &options, &answer, &fault) == IMR_ERR_MANY_GROUPS);
    data.groups = 3;
    options.alternative = IMR_LESS;
    CHECK(imr_logrank(&data, &options, &answer, &fault) == IMR_ERR_DIRECTION);
    data.groups = 2;
    options.scores = scores;
    CHECK(imr_logrank(&data, &options, &answer, &fault) == IMR_ERR_SCORES_EQUAL);
    scores[1] = NAN;
    CHECK(imr_logrank(&data, &options, &answer, &fault) == IMR_ERR_SCORE && fault.row == 1);
    options.level = 1;
    CHECK(imr_logrank(&data, &options, &answer, &fault) == IMR_ERR_LEVEL);
    options.weights.gamma = -1;
    CHECK(imr_logrank(&data, &options, &answer, &fault) == IMR_ERR_WEIGHT_EXPONENT);
    CHECK(strcmp(fault.argument, "gamma") == 0 && fault.value == -1);
    data.n = 0;
    CHECK(imr_logrank(&data, &options, &answer, &fault) == IMR_ERR_NO_PATIENT);
    data.n = (size_t) UINT32_MAX + 1;
    CHECK(imr_logrank(&data, &options, &answer, &fault) == IMR_ERR_TOO_MANY_ROWS);
}

HARNESS_MAIN({
    RUN(test_aml_agrees_with_r);
    RUN(test_by_hand);
    RUN(test_directions);
    RUN(test_degrees_of_freedom_drop);
    RUN(test_nothing_to_compare);
    RUN(test_quadratic_form);
    RUN(test_bad_options_are_named);
})
