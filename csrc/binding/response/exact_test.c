#include "binding.h"

#include "response/exact_test.h"
#include "response/exact_test_table.h"

enum { N_COUNTS = 4, N_OUTPUTS = 3 };

#define WORDS_OF_METHOD(name, words, rules) words,
#define ONE_OF_METHOD(name, words, rules) +1

static const char *const METHODS[] = { IMR_EXACT_TEST_METHOD_LIST(WORDS_OF_METHOD) };
static const char *const RULES[] = { IMR_EXACT_TEST_RULE_LIST(IMR_WORDS_OF_CHOICE) };
static const char *const ALTERNATIVES[] = { IMR_ALTERNATIVE_LIST(IMR_WORDS_OF_CHOICE) };
static const char *const ARGUMENTS[] = { "x1", "n1", "x2", "n2" };

enum {
    N_METHODS = 0 IMR_EXACT_TEST_METHOD_LIST(ONE_OF_METHOD),
    N_RULES = 0 IMR_EXACT_TEST_RULE_LIST(IMR_ONE_OF_CHOICE),
    N_ALTERNATIVES = 0 IMR_ALTERNATIVE_LIST(IMR_ONE_OF_CHOICE)
};

/* The rule named, or the method's own for None; -1 with an InputError that lists those it has. */
static int
read_rule(PyObject *module, PyObject *value, imr_exact_test_method_t method)
{
    const char *names[N_RULES];
    int positions[N_RULES], count = 0, choice = 0;

    for (int i = 0; i < N_RULES; i++) {
        if (imr_exact_test_has_rule(method, (imr_exact_test_rule_t) i)) {
            names[count] = RULES[i];
            positions[count++] = i;
        }
    }
    if (value != Py_None) {
        choice = imr_choice(module, value, "two_sided", names, count);
    }
    return choice < 0 ? -1 : positions[choice];
}

static int
read_options(PyObject *module, PyObject *method, PyObject *rule, PyObject *alternative,
    imr_exact_test_options_t *options)
{
    int choice = imr_choice(module, method, "method", METHODS, N_METHODS);

    if (choice < 0) {
        return -1;
    }
    options->method = (imr_exact_test_method_t) choice;
    choice = read_rule(module, rule, options->method);
    if (choice < 0) {
        return -1;
    }
    options->rule = (imr_exact_test_rule_t) choice;
    choice = imr_choice(module, alternative, "alternative", ALTERNATIVES, N_ALTERNATIVES);
    if (choice < 0) {
        return -1;
    }
    options->alternative = (imr_alternative_t) choice;
    return 0;
}

/* -1 with an exception. */
static int
work(PyObject *module, const imr_rows_t *rows, const imr_exact_test_options_t *options,
    const imr_exact_test_columns_t *columns)
{
    imr_two_groups_rows_t groups = { .x1 = PyArray_DATA(rows->arrays[0]),
        .n1 = PyArray_DATA(rows->arrays[1]),
        .x2 = PyArray_DATA(rows->arrays[2]),
        .n2 = PyArray_DATA(rows->arrays[3]),
        .x1_step = rows->steps[0],
        .n1_step = rows->steps[1],
        .x2_step = rows->steps[2],
        .n2_step = rows->steps[3] };
    imr_exact_test_plan_t *plan = NULL;
    imr_fault_t fault;
    int status, done = rows->n == 0;

    Py_BEGIN_ALLOW_THREADS
    status = imr_exact_test_plan_new(&plan, &groups, rows->n, options, &fault);
    Py_END_ALLOW_THREADS
    while (status == IMR_OK && !done) {
        Py_BEGIN_ALLOW_THREADS
        status = imr_exact_test_plan_step(plan, columns, &done, &fault);
        Py_END_ALLOW_THREADS
        if (PyErr_CheckSignals() < 0) {
            imr_exact_test_plan_free(plan);
            return -1;
        }
    }
    imr_exact_test_plan_free(plan);
    if (status != IMR_OK) {
        imr_raise_rows(module, rows, ARGUMENTS, &fault);
        return -1;
    }
    return 0;
}

static PyObject *
exact_test(PyObject *module, PyObject *args)
{
    PyObject *counts[N_COUNTS], *method, *rule, *alternative, *result = NULL;
    PyObject *outputs[N_OUTPUTS] = { NULL }, *items[N_OUTPUTS + 1];
    double *data[N_OUTPUTS];
    imr_exact_test_options_t options;
    imr_exact_test_columns_t columns;
    imr_rows_t rows = { .count = N_COUNTS };

    if (!PyArg_ParseTuple(args, "OOOOOOOd:exact_test", &counts[0], &counts[1], &counts[2],
            &counts[3], &method, &rule, &alternative, &options.berger_boos)
        || read_options(module, method, rule, alternative, &options) < 0) {
        return NULL;
    }
    for (int i = 0; i < N_COUNTS; i++) {
        rows.arrays[i] = imr_array_int64(module, counts[i], ARGUMENTS[i]);
        if (rows.arrays[i] == NULL) {
            goto out;
        }
    }
    if (imr_rows_init(module, &rows, ARGUMENTS) < 0) {
        goto out;
    }
    if (imr_rows_outputs(&rows, outputs, data, N_OUTPUTS) < 0) {
        goto out;
    }
    columns = (imr_exact_test_columns_t) { data[0], data[1], data[2] };
    if (work(module, &rows, &options, &columns) < 0) {
        goto out;
    }
    for (int i = 0; i < N_OUTPUTS; i++) {
        items[i] = imr_rows_result(outputs[i]);
        outputs[i] = NULL;
    }
    items[N_OUTPUTS] = PyUnicode_FromString(RULES[options.rule]);
    result = imr_pack(items, N_OUTPUTS + 1);
out:
    imr_rows_free(&rows);
    for (int i = 0; i < N_OUTPUTS; i++) {
        Py_XDECREF(outputs[i]);
    }
    return result;
}

/* Names the cell at fault by its row and column. */
static PyObject *
raise_cell(PyObject *module, const imr_fault_t *fault, npy_intp columns)
{
    if (fault->row < 0) {
        return imr_raise(module, fault);
    }
    return imr_raise_input(module, "table[%zd, %zd] is %lld; %s",
        (Py_ssize_t) (fault->row / columns), (Py_ssize_t) (fault->row % columns),
        (long long) fault->value, imr_status_words(fault->status));
}

static PyObject *
exact_test_table(PyObject *module, PyObject *args)
{
    PyObject *value, *result = NULL;
    PyArrayObject *table;
    imr_exact_table_t *test = NULL;
    imr_fault_t fault;
    double probability = 0, pvalue = 0;
    int status, done = 0;

    if (!PyArg_ParseTuple(args, "O:exact_test_table", &value)) {
        return NULL;
    }
    table = imr_array_int64(module, value, "table");
    if (table == NULL) {
        return NULL;
    }
    if (PyArray_NDIM(table) != 2) {
        imr_raise_input(module,
            "table has %d dimensions; give a row a group and a column a category",
            PyArray_NDIM(table));
        goto out;
    }
    status = imr_exact_table_new(&test, PyArray_DATA(table), (size_t) PyArray_DIM(table, 0),
        (size_t) PyArray_DIM(table, 1), &fault);
    while (status == IMR_OK && !done) {
        if (PyErr_CheckSignals() < 0) {
            goto out;
        }
        Py_BEGIN_ALLOW_THREADS
        status = imr_exact_table_step(test, &done, &probability, &pvalue, &fault);
        Py_END_ALLOW_THREADS
    }
    result = status == IMR_OK ? Py_BuildValue("(dd)", probability, pvalue)
                              : raise_cell(module, &fault, PyArray_DIM(table, 1));
out:
    imr_exact_table_free(test);
    Py_DECREF((PyObject *) table);
    return result;
}

PyMethodDef imr_exact_test_methods[] = {
    { "exact_test", exact_test, METH_VARARGS,
        "exact_test($module, x1, n1, x2, n2, method, two_sided, alternative, berger_boos, /)\n"
        "--\n\n"
        "(statistic, pvalue, nuisance, two_sided) of response.exact_test." },
    { "exact_test_table", exact_test_table, METH_VARARGS,
        "exact_test_table($module, table, /)\n--\n\n"
        "(statistic, pvalue) of response.exact_test_table." },
    { NULL, NULL, 0, NULL },
};
