#include "response/exact_test.h"

#include <math.h>
#include <stdlib.h>

#include "base/mem.h"
#include "base/quantile.h"
#include "response/contrast_conditional.h"
#include "response/exact_test_order.h"
#include "response/exact_test_supremum.h"

enum { FISHER_ROWS_A_STEP = 1024, TABLES_A_STEP = 64 };

#define RULES_OF_METHOD(name, words, rules) rules,
static const unsigned char METHOD_RULES[] = { IMR_EXACT_TEST_METHOD_LIST(RULES_OF_METHOD) };

int
imr_exact_test_has_rule(imr_exact_test_method_t method, imr_exact_test_rule_t rule)
{
    return (METHOD_RULES[method] >> rule) & 1;
}

/* A row, copied: the columns belong to somebody who may write into them meanwhile. */
typedef struct {
    imr_two_groups_t groups;
    size_t row;
} member_t;

/* A table that some row asks for; a group has less than 2^32. */
typedef struct {
    double key, statistic;
    uint32_t table;
} wanted_t;

/* One n1 and n2: all tables, those asked for in the order of their keys, and the answers. */
typedef struct {
    int64_t n1, n2;
    size_t tables, wanted, begun; /* `begun` of the wanted are answered */
    double *weights, *statistics; /* of each table */
    double *shown, *pvalues, *nuisances; /* the answers */
    double *column, *more; /* scratch; tables to add, by number of events */
    double *low, *high; /* Berger and Boos: the rates looked at, by number of events */
    uint32_t *order; /* tables by the first wanted one that they are as extreme as */
    uint32_t *start; /* where in `order` the tables of each wanted one begin */
    wanted_t *queue;
    imr_supremum_t supremum;
} group_t;

struct imr_exact_test_plan {
    imr_two_groups_rows_t rows;
    size_t n, next; /* rows before `next` are answered, in the order of members */
    imr_exact_test_options_t options;
    member_t *members;
    size_t end; /* members next..end - 1 share a group, which is open */
    imr_alternative_t direction;
    group_t group;
};

static imr_order_t
order_of(imr_exact_test_method_t method)
{
    switch (method) {
        case IMR_BARNARD:
            return IMR_ORDER_POOLED;
        case IMR_BARNARD_UNPOOLED:
            return IMR_ORDER_UNPOOLED;
        default:
            return IMR_ORDER_FISHER;
    }
}

static int
is_conditional(imr_exact_test_method_t method)
{
    return method == IMR_FISHER || method == IMR_FISHER_MID_P;
}

static int
is_doubled(const imr_exact_test_options_t *options)
{
    return options->alternative == IMR_TWO_SIDED && options->rule == IMR_RULE_CENTRAL;
}

/* --- Fisher: row by row ------------------------------------------------------------------------- */

static imr_conditional_rule_t
conditional_rule(const imr_exact_test_options_t *options)
{
    if (options->method == IMR_FISHER_MID_P) {
        return IMR_CONDITIONAL_MID_P;
    }
    switch (options->rule) {
        case IMR_RULE_MINLIKE:
            return IMR_CONDITIONAL_MINLIKE;
        case IMR_RULE_BLAKER:
            return IMR_CONDITIONAL_BLAKER;
        default:
            return IMR_CONDITIONAL_CENTRAL;
    }
}

static int
read_row(
    const imr_exact_test_plan_t *plan, size_t row, imr_two_groups_t *groups, imr_fault_t *fault)
{
    int64_t most = is_conditional(plan->options.method) ? IMR_CONDITIONAL_MOST_PATIENTS
                                                        : IMR_EXACT_TEST_MOST_PATIENTS;
    int ret = imr_two_groups_read(&plan->rows, row, groups, fault);

    return ret == IMR_OK ? imr_two_groups_check_size(groups, most, row, fault) : ret;
}

static int
fisher_rows(
    imr_exact_test_plan_t *plan, const imr_exact_test_columns_t *columns, imr_fault_t *fault)
{
    size_t end = plan->next + FISHER_ROWS_A_STEP;
    imr_two_groups_t groups;
    int ret;

    for (; plan->next < plan->n && plan->next < end; plan->next++) {
        ret = read_row(plan, plan->next, &groups, fault);
        if (ret != IMR_OK) {
            return ret;
        }
        columns->nuisance[plan->next] = NAN;
        if (groups.n1 == 0 || groups.n2 == 0) {
            columns->statistic[plan->next] = NAN;
            columns->pvalue[plan->next] = 1;
            continue;
        }
        columns->statistic[plan->next] = (double) groups.x1;
        columns->pvalue[plan->next] = imr_conditional_pvalue(
            conditional_rule(&plan->options), &groups, 1, plan->options.alternative);
    }
    return IMR_OK;
}

/* --- one group of an unconditional test ----------------------------------------------------------- */

static void
group_free(group_t *self)
{
    imr_supremum_free(&self->supremum);
    imr_free(self->weights);
    imr_free(self->order);
    imr_free(self->queue);
    self->weights = NULL;
    self->order = NULL;
    self->queue = NULL;
}

static int
by_key(const void *a, const void *b)
{
    double x = ((const wanted_t *) a)->key, y = ((const wanted_t *) b)->key;

    return (x > y) - (x < y);
}

/* The first wanted table whose region holds a table with this key; `wanted` when none does. */
static size_t
first_region(const group_t *self, imr_order_t order, double key)
{
    size_t low = 0, high = self->wanted;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (key <= imr_exact_key_bound(order, self->queue[middle].key)) {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    return low;
}

/* Sorts all tables by the region in which they appear first, by counting. */
static void
sort_tables(group_t *self, imr_order_t order, imr_alternative_t direction)
{
    uint32_t *region = self->order + self->tables, sum = 0, count;

    for (size_t i = 0; i <= self->wanted; i++) {
        self->start[i] = 0;
    }
    for (size_t t = 0; t < self->tables; t++) {
        region[t] = (uint32_t) first_region(
            self, order, imr_exact_key(order, direction, self->statistics[t]));
        self->start[region[t]]++;
    }
    for (size_t i = 0; i <= self->wanted; i++) {
        count = self->start[i];
        self->start[i] = sum;
        sum += count;
    }
    for (size_t t = 0; t < self->tables; t++) {
        self->order[self->start[region[t]]++] = (uint32_t) t;
    }
    for (size_t i = self->wanted; i > 0; i--) {
        self->start[i] = self->start[i - 1];
    }
    self->start[0] = 0;
}

static int
group_alloc(group_t *self, int64_t n1, int64_t n2)
{
    size_t n = (size_t) (n1 + n2);

    self->n1 = n1;
    self->n2 = n2;
    self->tables = ((size_t) n1 + 1) * ((size_t) n2 + 1);
    self->weights = imr_malloc(5 * self->tables + 2 * (n + 2) + 3 * (n + 1), sizeof(double));
    self->order = imr_malloc(3 * self->tables + 2, sizeof(uint32_t));
    self->queue = imr_malloc(self->tables, sizeof(wanted_t));
    if (self->weights == NULL || self->order == NULL || self->queue == NULL) {
        return IMR_ERR_NOMEM;
    }
    self->statistics = self->weights + self->tables;
    self->shown = self->statistics + self->tables;
    self->pvalues = self->shown + self->tables;
    self->nuisances = self->pvalues + self->tables;
    self->column = self->nuisances + self->tables;
    self->more = self->column + 2 * (n + 2);
    self->low = self->more + n + 1;
    self->high = self->low + n + 1;
    self->start = self->order + 2 * self->tables;
    return imr_supremum_init(&self->supremum, n1 + n2);
}

/* Clopper and Pearson's interval for the common rate, at the level 1 - berger_boos. */
static int
fill_ranges(group_t *self, double berger_boos)
{
    int64_t n = self->n1 + self->n2;
    int ret = IMR_OK;

    for (int64_t k = 0; k <= n; k++) {
        double a = (double) k, b = (double) (n - k);

        self->low[k] = 0;
        self->high[k] = 1;
        if (berger_boos > 0 && k > 0 && ret == IMR_OK) {
            ret = imr_quantile_beta(berger_boos / 2, a, b + 1, &self->low[k]);
        }
        if (berger_boos > 0 && k < n && ret == IMR_OK) {
            ret = imr_quantile_beta_upper(berger_boos / 2, a + 1, b, &self->high[k]);
        }
    }
    return ret;
}

/* Orders all tables in one direction, and queues those that the rows ask for. */
static void
group_direct(imr_exact_test_plan_t *plan, imr_alternative_t direction)
{
    group_t *self = &plan->group;
    imr_order_t order = order_of(plan->options.method);

    plan->direction = direction;
    imr_exact_order(
        order, direction, self->n1, self->n2, self->column, self->weights, self->statistics);
    for (size_t i = 0; i < self->wanted; i++) {
        wanted_t *wanted = &self->queue[i];

        wanted->statistic = self->statistics[wanted->table];
        wanted->key = imr_exact_key(order, direction, wanted->statistic);
    }
    qsort(self->queue, self->wanted, sizeof(wanted_t), by_key);
    sort_tables(self, order, direction);
    imr_supremum_clear(&self->supremum);
    self->begun = 0;
}

static uint32_t
table_of(const member_t *member)
{
    return (uint32_t) (member->groups.x1 * (member->groups.n2 + 1) + member->groups.x2);
}

static int
group_open(imr_exact_test_plan_t *plan)
{
    const member_t *first = &plan->members[plan->next];
    group_t *self = &plan->group;
    int ret;

    plan->end = plan->next;
    while (plan->end < plan->n && plan->members[plan->end].groups.n1 == first->groups.n1
        && plan->members[plan->end].groups.n2 == first->groups.n2) {
        plan->end++;
    }
    ret = group_alloc(self, first->groups.n1, first->groups.n2);
    if (ret == IMR_OK) {
        ret = fill_ranges(self, plan->options.berger_boos);
    }
    if (ret != IMR_OK) {
        return ret;
    }
    for (size_t t = 0; t < self->tables; t++) {
        self->pvalues[t] = -1; /* nobody asked */
    }
    self->wanted = 0;
    for (size_t i = plan->next; i < plan->end; i++) {
        uint32_t table = table_of(&plan->members[i]);

        if (self->pvalues[table] < 0) {
            self->pvalues[table] = 2; /* above any p-value, for the lesser of two directions */
            self->queue[self->wanted++].table = table;
        }
    }
    for (int64_t k = 0; k <= self->n1 + self->n2; k++) {
        self->more[k] = 0;
    }
    group_direct(plan, is_doubled(&plan->options) ? IMR_LESS : plan->options.alternative);
    return IMR_OK;
}

static size_t
events_of(const group_t *self, uint32_t table)
{
    uint32_t width = (uint32_t) self->n2 + 1;

    return table / width + table % width;
}

/* The next wanted table: its region is that of the one before and some more tables. */
static void
answer_next(imr_exact_test_plan_t *plan)
{
    group_t *self = &plan->group;
    const wanted_t *wanted = &self->queue[self->begun];
    size_t events = events_of(self, wanted->table);
    double pvalue, rate;

    for (uint32_t i = self->start[self->begun]; i < self->start[self->begun + 1]; i++) {
        self->more[events_of(self, self->order[i])] += self->weights[self->order[i]];
    }
    for (int64_t k = 0; k <= self->n1 + self->n2; k++) {
        if (self->more[k] > 0) {
            imr_supremum_add(&self->supremum, k, self->more[k]);
            self->more[k] = 0;
        }
    }
    self->begun++;
    pvalue = imr_supremum_find(&self->supremum, self->low[events], self->high[events], &rate)
        + plan->options.berger_boos;
    if (pvalue < self->pvalues[wanted->table]) {
        self->pvalues[wanted->table] = pvalue;
        self->nuisances[wanted->table] = rate;
        self->shown[wanted->table] = wanted->statistic;
    }
}

static void
group_close(imr_exact_test_plan_t *plan, const imr_exact_test_columns_t *columns)
{
    group_t *self = &plan->group;
    double times = is_doubled(&plan->options) ? 2 : 1;

    for (; plan->next < plan->end; plan->next++) {
        const member_t *member = &plan->members[plan->next];
        uint32_t table = table_of(member);

        columns->statistic[member->row] = self->shown[table];
        columns->nuisance[member->row] = self->nuisances[table];
        columns->pvalue[member->row] = fmin(1, times * self->pvalues[table]);
    }
    group_free(self);
}

/* A group without patients needs no tables. */
static int
skip_empty(imr_exact_test_plan_t *plan, const imr_exact_test_columns_t *columns)
{
    const member_t *member = &plan->members[plan->next];

    if (member->groups.n1 > 0 && member->groups.n2 > 0) {
        return 0;
    }
    columns->statistic[member->row] = columns->nuisance[member->row] = NAN;
    columns->pvalue[member->row] = 1;
    plan->next++;
    return 1;
}

static int
unconditional_rows(
    imr_exact_test_plan_t *plan, const imr_exact_test_columns_t *columns, imr_fault_t *fault)
{
    group_t *self = &plan->group;
    int ret;

    for (size_t work = 0; work < TABLES_A_STEP && plan->next < plan->n; work++) {
        if (self->weights == NULL) {
            if (skip_empty(plan, columns)) {
                continue;
            }
            ret = group_open(plan);
            if (ret != IMR_OK) {
                group_free(self);
                return imr_fault(fault, ret, NULL, -1, NAN);
            }
        }
        if (self->begun < self->wanted) {
            answer_next(plan);
        } else if (is_doubled(&plan->options) && plan->direction == IMR_LESS) {
            group_direct(plan, IMR_GREATER);
        } else {
            group_close(plan, columns);
        }
    }
    return IMR_OK;
}

/* --- plans ---------------------------------------------------------------------------------------- */

static int
check_options(const imr_exact_test_options_t *options, imr_fault_t *fault)
{
    if (!imr_exact_test_has_rule(options->method, options->rule)) {
        return imr_fault(fault, IMR_ERR_TWO_SIDED_RULE, "two_sided", -1, NAN);
    }
    if (!(options->berger_boos >= 0 && options->berger_boos < 1)) {
        return imr_fault(fault, IMR_ERR_BERGER_BOOS, "berger_boos", -1, options->berger_boos);
    }
    if (options->berger_boos > 0 && is_conditional(options->method)) {
        return imr_fault(fault, IMR_ERR_NO_NUISANCE, "berger_boos", -1, options->berger_boos);
    }
    return IMR_OK;
}

static int
by_size(const void *a, const void *b)
{
    const imr_two_groups_t *x = &((const member_t *) a)->groups;
    const imr_two_groups_t *y = &((const member_t *) b)->groups;

    if (x->n1 != y->n1) {
        return x->n1 < y->n1 ? -1 : 1;
    }
    return (x->n2 > y->n2) - (x->n2 < y->n2);
}

static int
collect_members(imr_exact_test_plan_t *plan, imr_fault_t *fault)
{
    int ret = IMR_OK;

    plan->members = imr_malloc(plan->n, sizeof(member_t));
    if (plan->members == NULL) {
        return imr_fault(fault, IMR_ERR_NOMEM, NULL, -1, NAN);
    }
    for (size_t i = 0; i < plan->n && ret == IMR_OK; i++) {
        plan->members[i].row = i;
        ret = read_row(plan, i, &plan->members[i].groups, fault);
    }
    if (ret == IMR_OK && (plan->rows.n1_step != 0 || plan->rows.n2_step != 0)) {
        qsort(plan->members, plan->n, sizeof(member_t), by_size);
    }
    return ret;
}

int
imr_exact_test_plan_new(imr_exact_test_plan_t **plan, const imr_two_groups_rows_t *rows, size_t n,
    const imr_exact_test_options_t *options, imr_fault_t *fault)
{
    int ret = check_options(options, fault);

    *plan = NULL;
    if (ret != IMR_OK) {
        return ret;
    }
    *plan = imr_calloc(1, sizeof(imr_exact_test_plan_t));
    if (*plan == NULL) {
        return imr_fault(fault, IMR_ERR_NOMEM, NULL, -1, NAN);
    }
    (*plan)->rows = *rows;
    (*plan)->n = n;
    (*plan)->options = *options;
    if (!is_conditional(options->method)) {
        ret = collect_members(*plan, fault);
    }
    if (ret != IMR_OK) {
        imr_exact_test_plan_free(*plan);
        *plan = NULL;
    }
    return ret;
}

void
imr_exact_test_plan_free(imr_exact_test_plan_t *plan)
{
    if (plan == NULL) {
        return;
    }
    group_free(&plan->group);
    imr_free(plan->members);
    imr_free(plan);
}

int
imr_exact_test_plan_step(imr_exact_test_plan_t *plan, const imr_exact_test_columns_t *columns,
    int *done, imr_fault_t *fault)
{
    int ret = is_conditional(plan->options.method) ? fisher_rows(plan, columns, fault)
                                                   : unconditional_rows(plan, columns, fault);

    *done = plan->next == plan->n;
    return ret;
}
