#include "binding.h"

#include "response/paired.h"

static const char *const MEASURES[] = { IMR_PAIRED_MEASURE_LIST(IMR_WORDS_OF_CHOICE) };
static const char *const METHODS[] = { IMR_PAIRED_METHOD_LIST(IMR_WORDS_OF_CHOICE) };
static const char *const TESTS[] = { IMR_PAIRED_TEST_LIST(IMR_WORDS_OF_CHOICE) };
static const char *const ALTERNATIVES[] = { IMR_ALTERNATIVE_LIST(IMR_WORDS_OF_CHOICE) };
static const char *const ARGUMENTS[] = { "both", "first", "second", "neither" };

enum {
    N_MEASURES = 0 IMR_PAIRED_MEASURE_LIST(IMR_ONE_OF_CHOICE),
    N_METHODS = 0 IMR_PAIRED_METHOD_LIST(IMR_ONE_OF_CHOICE),
    N_TESTS = 0 IMR_PAIRED_TEST_LIST(IMR_ONE_OF_CHOICE),
    N_ALTERNATIVES = 0 IMR_ALTERNATIVE_LIST(IMR_ONE_OF_CHOICE)
};

/* The counts of a call, and what the core reads of them. */
typedef struct {
    imr_rows_t rows;
    imr_paired_rows_t counts;
} tables_t;

/* -1 with an exception; imr_rows_free(&self->rows) in any case. */
static int
tables_init(PyObject *module, tables_t *self, PyObject *const *values)
{
    memset(self, 0, sizeof(*self));
    self->rows.count = 4;
    for (int i = 0; i < 4; i++) {
        self->rows.arrays[i] = imr_array_int64(module, values[i], ARGUMENTS[i]);
        if (self->rows.arrays[i] == NULL) {
            return -1;
        }
    }
    if (imr_rows_init(module, &self->rows, ARGUMENTS) < 0) {
        return -1;
    }
    self->counts.both = PyArray_DATA(self->rows.arrays[0]);
    self->counts.first = PyArray_DATA(self->rows.arrays[1]);
    self->counts.second = PyArray_DATA(self->rows.arrays[2]);
    self->counts.neither = PyArray_DATA(self->rows.arrays[3]);
    self->counts.both_step = self->rows.steps[0];
    self->counts.first_step = self->rows.steps[1];
    self->counts.second_step = self->rows.steps[2];
    self->counts.neither_step = self->rows.steps[3];
    return 0;
}

static PyObject *
paired(PyObject *module, PyObject *args)
{
    PyObject *values[4], *measure, *method, *outputs[3] = { NULL, NULL, NULL };
    tables_t tables;
    double *data[3];
    imr_paired_options_t options;
    imr_fault_t fault;
    int choice, status = IMR_OK;

    if (!PyArg_ParseTuple(args, "OOOOOOd:paired", &values[0], &values[1], &values[2], &values[3],
            &measure, &method, &options.level)) {
        return NULL;
    }
    if ((choice = imr_choice(module, measure, "measure", MEASURES, N_MEASURES)) < 0) {
        return NULL;
    }
    options.measure = (imr_paired_measure_t) choice;
    if ((choice = imr_choice(module, method, "method", METHODS, N_METHODS)) < 0) {
        return NULL;
    }
    options.method = (imr_paired_method_t) choice;
    if (tables_init(module, &tables, values) < 0
        || imr_rows_outputs(&tables.rows, outputs, data, 3) < 0) {
        goto failed;
    }
    for (size_t begin = 0; begin < tables.rows.n; begin += IMR_ROWS_A_TURN) {
        size_t end =
            begin + IMR_ROWS_A_TURN < tables.rows.n ? begin + IMR_ROWS_A_TURN : tables.rows.n;

        if (PyErr_CheckSignals() < 0) {
            goto failed;
        }
        Py_BEGIN_ALLOW_THREADS
        status =
            imr_paired(&tables.counts, begin, end, &options, data[0], data[1], data[2], &fault);
        Py_END_ALLOW_THREADS
        if (status != IMR_OK) {
            imr_raise_rows(module, &tables.rows, ARGUMENTS, &fault);
            goto failed;
        }
    }
    imr_rows_free(&tables.rows);
    return imr_rows_results(outputs, 3);
failed:
    imr_rows_free(&tables.rows);
    for (int i = 0; i < 3; i++) {
        Py_XDECREF(outputs[i]);
    }
    return NULL;
}

static PyObject *
test(PyObject *module, PyObject *args)
{
    PyObject *values[4], *method, *alternative, *outputs[2] = { NULL, NULL };
    tables_t tables;
    double *data[2];
    imr_fault_t fault;
    int which, direction, status = IMR_OK;

    if (!PyArg_ParseTuple(args, "OOOOOO:paired_test", &values[0], &values[1], &values[2],
            &values[3], &method, &alternative)) {
        return NULL;
    }
    if ((which = imr_choice(module, method, "method", TESTS, N_TESTS)) < 0) {
        return NULL;
    }
    direction = imr_choice(module, alternative, "alternative", ALTERNATIVES, N_ALTERNATIVES);
    if (direction < 0) {
        return NULL;
    }
    if (tables_init(module, &tables, values) < 0
        || imr_rows_outputs(&tables.rows, outputs, data, 2) < 0) {
        goto failed;
    }
    for (size_t begin = 0; begin < tables.rows.n; begin += IMR_ROWS_A_TURN) {
        size_t end =
            begin + IMR_ROWS_A_TURN < tables.rows.n ? begin + IMR_ROWS_A_TURN : tables.rows.n;

        if (PyErr_CheckSignals() < 0) {
            goto failed;
        }
        Py_BEGIN_ALLOW_THREADS
        status = imr_paired_test(&tables.counts, begin, end, (imr_paired_test_method_t) which,
            (imr_alternative_t) direction, data[0], data[1], &fault);
        Py_END_ALLOW_THREADS
        if (status != IMR_OK) {
            imr_raise_rows(module, &tables.rows, ARGUMENTS, &fault);
            goto failed;
        }
    }
    imr_rows_free(&tables.rows);
    return imr_rows_results(outputs, 2);
failed:
    imr_rows_free(&tables.rows);
    Py_XDECREF(outputs[0]);
    Py_XDECREF(outputs[1]);
    return NULL;
}

PyMethodDef imr_paired_methods[] = {
    { "paired", paired, METH_VARARGS,
        "paired($module, both, first, second, neither, measure, method, level, /)\n--\n\n"
        "(estimate, low, high) of response.paired." },
    { "paired_test", test, METH_VARARGS,
        "paired_test($module, both, first, second, neither, method, alternative, /)\n--\n\n"
        "(statistic, pvalue) of response.paired_test." },
    { NULL, NULL, 0, NULL },
};
