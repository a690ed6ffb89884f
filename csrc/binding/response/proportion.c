#include "binding.h"

#include "response/proportion.h"
#include "response/proportion_test.h"

static const char *const METHODS[] = { IMR_PROPORTION_METHOD_LIST(IMR_WORDS_OF_CHOICE) };
static const char *const TEST_METHODS[] = { IMR_PROPORTION_TEST_METHOD_LIST(IMR_WORDS_OF_CHOICE) };
static const char *const ALTERNATIVES[] = { IMR_ALTERNATIVE_LIST(IMR_WORDS_OF_CHOICE) };
static const char *const ARGUMENTS[] = { "events", "n", "null" };

enum {
    N_METHODS = 0 IMR_PROPORTION_METHOD_LIST(IMR_ONE_OF_CHOICE),
    N_TEST_METHODS = 0 IMR_PROPORTION_TEST_METHOD_LIST(IMR_ONE_OF_CHOICE),
    N_ALTERNATIVES = 0 IMR_ALTERNATIVE_LIST(IMR_ONE_OF_CHOICE)
};

static PyObject *
interval(PyObject *module, PyObject *args)
{
    PyObject *events, *n, *method, *alternative, *result = NULL;
    PyObject *outputs[3] = { NULL, NULL, NULL };
    double *data[3];
    imr_proportion_options_t options;
    imr_proportion_memo_t memo = { -1, NULL };
    imr_rows_t rows = { .count = 2 };
    imr_fault_t fault;
    int choice, status = IMR_OK;

    if (!PyArg_ParseTuple(args, "OOOOd:proportion_interval", &events, &n, &method, &alternative,
            &options.level)) {
        return NULL;
    }
    if ((choice = imr_choice(module, method, "method", METHODS, N_METHODS)) < 0) {
        return NULL;
    }
    options.method = (imr_proportion_method_t) choice;
    choice = imr_choice(module, alternative, "alternative", ALTERNATIVES, N_ALTERNATIVES);
    if (choice < 0) {
        return NULL;
    }
    options.alternative = (imr_alternative_t) choice;
    rows.arrays[0] = imr_array_int64(module, events, "events");
    rows.arrays[1] = rows.arrays[0] == NULL ? NULL : imr_array_int64(module, n, "n");
    if (imr_rows_init(module, &rows, ARGUMENTS) < 0) {
        goto out;
    }
    if (imr_rows_outputs(&rows, outputs, data, 3) < 0) {
        goto out;
    }
    if (imr_proportion_memo_init(&memo, PyArray_DATA(rows.arrays[1]), rows.steps[1], rows.n)
        != IMR_OK) {
        PyErr_NoMemory();
        goto out;
    }
    for (size_t begin = 0; begin < rows.n && status == IMR_OK; begin += IMR_ROWS_A_TURN) {
        size_t end = begin + IMR_ROWS_A_TURN < rows.n ? begin + IMR_ROWS_A_TURN : rows.n;

        if (PyErr_CheckSignals() < 0) {
            goto out;
        }
        Py_BEGIN_ALLOW_THREADS
        status = imr_proportion(PyArray_DATA(rows.arrays[0]), rows.steps[0],
            PyArray_DATA(rows.arrays[1]), rows.steps[1], begin, end, &options, &memo, data[0],
            data[1], data[2], &fault);
        Py_END_ALLOW_THREADS
    }
    if (status != IMR_OK) {
        imr_raise_rows(module, &rows, ARGUMENTS, &fault);
        goto out;
    }
    result = imr_rows_results(outputs, 3);
out:
    imr_proportion_memo_free(&memo);
    imr_rows_free(&rows);
    for (int i = 0; i < 3; i++) {
        Py_XDECREF(outputs[i]);
    }
    return result;
}

static PyObject *
test(PyObject *module, PyObject *args)
{
    PyObject *events, *n, *null, *method, *alternative, *result = NULL;
    PyObject *outputs[2] = { NULL, NULL };
    double *data[2];
    imr_rows_t rows = { .count = 3 };
    imr_fault_t fault;
    int which, direction, status = IMR_OK;

    if (!PyArg_ParseTuple(
            args, "OOOOO:proportion_test", &events, &n, &null, &method, &alternative)) {
        return NULL;
    }
    which = imr_choice(module, method, "method", TEST_METHODS, N_TEST_METHODS);
    if (which < 0) {
        return NULL;
    }
    direction = imr_choice(module, alternative, "alternative", ALTERNATIVES, N_ALTERNATIVES);
    if (direction < 0) {
        return NULL;
    }
    rows.arrays[0] = imr_array_int64(module, events, "events");
    rows.arrays[1] = rows.arrays[0] == NULL ? NULL : imr_array_int64(module, n, "n");
    rows.arrays[2] = rows.arrays[1] == NULL ? NULL : imr_array_double(module, null, "null");
    if (imr_rows_init(module, &rows, ARGUMENTS) < 0) {
        goto out;
    }
    if (imr_rows_outputs(&rows, outputs, data, 2) < 0) {
        goto out;
    }
    for (size_t begin = 0; begin < rows.n && status == IMR_OK; begin += IMR_ROWS_A_TURN) {
        size_t end = begin + IMR_ROWS_A_TURN < rows.n ? begin + IMR_ROWS_A_TURN : rows.n;

        if (PyErr_CheckSignals() < 0) {
            goto out;
        }
        Py_BEGIN_ALLOW_THREADS
        status = imr_proportion_test(PyArray_DATA(rows.arrays[0]), rows.steps[0],
            PyArray_DATA(rows.arrays[1]), rows.steps[1], PyArray_DATA(rows.arrays[2]),
            rows.steps[2], begin, end, (imr_proportion_test_method_t) which,
            (imr_alternative_t) direction, data[0], data[1], &fault);
        Py_END_ALLOW_THREADS
    }
    if (status != IMR_OK) {
        imr_raise_rows(module, &rows, ARGUMENTS, &fault);
        goto out;
    }
    result = imr_rows_results(outputs, 2);
out:
    imr_rows_free(&rows);
    Py_XDECREF(outputs[0]);
    Py_XDECREF(outputs[1]);
    return result;
}

PyMethodDef imr_proportion_methods[] = {
    { "proportion_interval", interval, METH_VARARGS,
        "proportion_interval($module, events, n, method, alternative, level, /)\n--\n\n"
        "(estimate, low, high) of response.proportion." },
    { "proportion_test", test, METH_VARARGS,
        "proportion_test($module, events, n, null, method, alternative, /)\n--\n\n"
        "(statistic, pvalue) of response.proportion_test." },
    { NULL, NULL, 0, NULL },
};
