/* Any counts, test, rule and direction, and any small table: a p-value, or a status. */
#include <gsl/gsl_errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "response/exact_test.h"
#include "response/exact_test_table.h"

typedef struct {
    uint8_t x1, n1, x2, n2, method, rule, alternative, rows;
    double berger_boos;
    uint8_t cells[12];
} input_t;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check(int status, double pvalue)
{
    if (status == IMR_OK ? !(pvalue >= 0 && pvalue <= 1)
                         : imr_status_kind(status) != IMR_KIND_INPUT) {
        abort();
    }
}

static void
test_two_groups(const input_t *input)
{
    imr_exact_test_options_t options = { .method = (imr_exact_test_method_t) (input->method
                                             % (IMR_BOSCHLOO + 1)),
        .rule = (imr_exact_test_rule_t) (input->rule % (IMR_RULE_ABSOLUTE + 1)),
        .alternative = (imr_alternative_t) (input->alternative % (IMR_LESS + 1)),
        .berger_boos = input->berger_boos };
    int64_t n1 = input->n1 % 40, n2 = input->n2 % 40, x1 = input->x1 % (n1 + 2);
    int64_t x2 = input->x2 % (n2 + 2);
    imr_two_groups_rows_t rows = { .x1 = &x1, .n1 = &n1, .x2 = &x2, .n2 = &n2 };
    double statistic = 0, pvalue = 0, nuisance = 0;
    imr_exact_test_columns_t columns = { &statistic, &pvalue, &nuisance };
    imr_exact_test_plan_t *plan;
    imr_fault_t fault;
    int done = 0, status = imr_exact_test_plan_new(&plan, &rows, 1, &options, &fault);

    while (status == IMR_OK && !done) {
        status = imr_exact_test_plan_step(plan, &columns, &done, &fault);
    }
    imr_exact_test_plan_free(plan);
    check(status, pvalue);
    if (status == IMR_OK && !isnan(nuisance) && !(nuisance >= 0 && nuisance <= 1)) {
        abort();
    }
}

static void
test_table(const input_t *input)
{
    size_t rows = 1 + input->rows % 4;
    double probability = 0, pvalue = 0;
    int64_t table[12];
    imr_exact_table_t *test;
    imr_fault_t fault;
    int done = 0, status;

    for (size_t i = 0; i < 12; i++) {
        table[i] = input->cells[i] % 12 - (input->cells[i] == 255);
    }
    status = imr_exact_table_new(&test, table, rows, 12 / rows, &fault);
    while (status == IMR_OK && !done) {
        status = imr_exact_table_step(test, &done, &probability, &pvalue, &fault);
    }
    imr_exact_table_free(test);
    check(status, pvalue);
    if (status == IMR_OK && !(pvalue >= probability * (1 - 1e-9))) {
        abort();
    }
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    input_t input;

    if (size < sizeof(input)) {
        return 0;
    }
    memcpy(&input, data, sizeof(input));
    gsl_set_error_handler_off();
    test_two_groups(&input);
    test_table(&input);
    return 0;
}
