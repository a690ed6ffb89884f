#include "response/contrast.h"

#include "../harness.h"

#define ONE_OF_METHOD(name, words, measures) +1
enum { METHODS = 0 IMR_CONTRAST_METHOD_LIST(ONE_OF_METHOD) };

typedef struct {
    double estimate, low, high, statistic, pvalue;
} answer_t;

static int
answer_to(imr_contrast_options_t options, int64_t x1, int64_t n1, int64_t x2, int64_t n2,
    double margin, answer_t *answer, imr_fault_t *fault)
{
    imr_two_groups_rows_t rows = { .x1 = &x1, .n1 = &n1, .x2 = &x2, .n2 = &n2 };
    imr_contrast_columns_t columns = { &answer->estimate, &answer->low, &answer->high,
        &answer->statistic, &answer->pvalue };

    return imr_contrast(&rows, &margin, 0, 0, 1, &options, &columns, fault);
}

static imr_contrast_options_t
two_sided(imr_contrast_method_t method, imr_contrast_measure_t measure)
{
    imr_contrast_options_t options = {
        .measure = measure, .method = method, .alternative = IMR_TWO_SIDED, .level = 0.95
    };

    return options;
}

/* Every method of every measure on every table of 3 and 4 patients: an answer inside its space. */
static void
test_every_table_has_an_answer(void)
{
    for (int job = 0; job < 3 * METHODS; job++) {
        imr_contrast_measure_t measure = (imr_contrast_measure_t) (job / METHODS);
        imr_contrast_method_t method = (imr_contrast_method_t) (job % METHODS);
        double least = measure == IMR_DIFFERENCE ? -1 : 0;
        double most = measure == IMR_DIFFERENCE ? 1 : INFINITY;

        if (!imr_contrast_is_defined(method, measure)) {
            continue;
        }
        for (int64_t table = 0; table < 4 * 5; table++) {
            answer_t a;

            CHECK(answer_to(two_sided(method, measure), table / 5, 3, table % 5, 4,
                      measure == IMR_DIFFERENCE ? 0 : 1, &a, NULL)
                == IMR_OK);
            CHECK(least <= a.low && a.low <= a.high && a.high <= most);
            CHECK(isnan(a.estimate) || (a.low <= a.estimate && a.estimate <= a.high));
            CHECK(a.pvalue >= 0 && a.pvalue <= 1 && !isnan(a.statistic));
        }
    }
}

static void
test_a_group_without_patients_leaves_everything_open(void)
{
    answer_t a;

    CHECK(
        answer_to(two_sided(IMR_CONTRAST_WALD, IMR_DIFFERENCE), 0, 0, 3, 4, 0, &a, NULL) == IMR_OK);
    CHECK(isnan(a.estimate) && a.low == -1 && a.high == 1 && isnan(a.statistic) && a.pvalue == 1);
    CHECK(answer_to(two_sided(IMR_CONTRAST_KATZ, IMR_RATIO), 2, 3, 0, 0, 1, &a, NULL) == IMR_OK);
    CHECK(isnan(a.estimate) && a.low == 0 && isinf(a.high) && a.pvalue == 1);
}

static void
test_directions(void)
{
    imr_contrast_options_t options = two_sided(IMR_CONTRAST_MIETTINEN_NURMINEN, IMR_DIFFERENCE);
    answer_t both, greater, less;

    CHECK(answer_to(options, 9, 10, 3, 10, -0.1, &both, NULL) == IMR_OK);
    options.alternative = IMR_GREATER;
    options.level = 0.975;
    CHECK(answer_to(options, 9, 10, 3, 10, -0.1, &greater, NULL) == IMR_OK);
    options.alternative = IMR_LESS;
    CHECK(answer_to(options, 9, 10, 3, 10, -0.1, &less, NULL) == IMR_OK);
    CHECK_NEAR(greater.low, both.low, 1e-12);
    CHECK_NEAR(less.high, both.high, 1e-12);
    CHECK(greater.high == 1 && less.low == -1);
    CHECK_NEAR(greater.pvalue + less.pvalue, 1, 1e-14);
    CHECK_NEAR(both.pvalue, 2 * greater.pvalue, 1e-14);
}

static void
test_bad_input_is_named(void)
{
    imr_contrast_options_t options = two_sided(IMR_CONTRAST_KATZ, IMR_DIFFERENCE);
    imr_fault_t fault;
    answer_t a;

    CHECK(answer_to(options, 1, 3, 1, 4, 0, &a, &fault) == IMR_ERR_MEASURE);
    options.method = IMR_CONTRAST_CHAN_ZHANG;
    CHECK(answer_to(options, 4, 3, 1, 4, 0, &a, &fault) == IMR_ERR_EVENTS_EXCEED);
    CHECK(strcmp(fault.argument, "x1") == 0 && fault.value == 4);
    CHECK(answer_to(options, 1, 3, -1, 4, 0, &a, &fault) == IMR_ERR_NEGATIVE);
    CHECK(strcmp(fault.argument, "x2") == 0);
    CHECK(answer_to(options, 0, 3, 0, -4, 0, &a, &fault) == IMR_ERR_NEGATIVE);
    CHECK(answer_to(options, 0, INT64_MAX, 0, 4, 0, &a, &fault) == IMR_ERR_COUNT);
    CHECK(answer_to(options, 0, 3, 0, 1001, 0, &a, &fault) == IMR_ERR_EXACT_SIZE);
    CHECK(answer_to(options, 0, 1001, 0, 3, 0, &a, &fault) == IMR_ERR_EXACT_SIZE);
    CHECK(answer_to(options, 1, 3, 1, 4, 1, &a, &fault) == IMR_ERR_DIFFERENCE_MARGIN);
    CHECK(strcmp(fault.argument, "margin") == 0);
    options = two_sided(IMR_CONTRAST_CONDITIONAL_BLAKER, IMR_ODDS_RATIO);
    CHECK(answer_to(options, 1, 3, 1, 4, 0, &a, &fault) == IMR_ERR_RATIO_MARGIN);
    options.alternative = IMR_LESS;
    CHECK(answer_to(options, 1, 3, 1, 4, 1, &a, &fault) == IMR_ERR_CONDITIONAL_ONE_SIDED);
    options.level = NAN;
    CHECK(answer_to(options, 1, 3, 1, 4, 1, &a, &fault) == IMR_ERR_LEVEL);
}

static void
test_out_of_memory(void)
{
    answer_t a;

    FAIL_EACH_ALLOCATION(
        answer_to(two_sided(IMR_CONTRAST_CHAN_ZHANG, IMR_DIFFERENCE), 1, 2, 1, 2, 0, &a, NULL),
        IMR_ERR_NOMEM, (void) 0);
}

HARNESS_MAIN({
    RUN(test_every_table_has_an_answer);
    RUN(test_a_group_without_patients_leaves_everything_open);
    RUN(test_directions);
    RUN(test_bad_input_is_named);
    RUN(test_out_of_memory);
})
