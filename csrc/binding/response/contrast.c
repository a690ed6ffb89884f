#include "binding.h"

#include "response/contrast.h"

enum { N_COUNTS = 4, N_OUTPUTS = 5 };

#define WORDS_OF_METHOD(name, words, measures) words,
#define ONE_OF_METHOD(name, words, measures) +1

static const char *const MEASURES[] = { IMR_CONTRAST_MEASURE_LIST(IMR_WORDS_OF_CHOICE) };
static const char *const METHODS[] = { IMR_CONTRAST_METHOD_LIST(WORDS_OF_METHOD) };
static const char *const ALTERNATIVES[] = { IMR_ALTERNATIVE_LIST(IMR_WORDS_OF_CHOICE) };
static const char *const ARGUMENTS[] = { "x1", "n1", "x2", "n2", "margin" };

enum {
    N_MEASURES = 0 IMR_CONTRAST_MEASURE_LIST(IMR_ONE_OF_CHOICE),
    N_METHODS = 0 IMR_CONTRAST_METHOD_LIST(ONE_OF_METHOD),
    N_ALTERNATIVES = 0 IMR_ALTERNATIVE_LIST(IMR_ONE_OF_CHOICE)
};

/* Names the methods that the measure has. */
static int
check_defined(PyObject *module, const imr_contrast_options_t *options)
{
    PyObject *list, *name;

    if (imr_contrast_is_defined(options->method, options->measure)) {
        return 0;
    }
    list = PyList_New(0);
    for (int i = 0; list != NULL && i < N_METHODS; i++) {
        if (imr_contrast_is_defined((imr_contrast_method_t) i, options->measure)) {
            name = PyUnicode_FromString(METHODS[i]);
            if (name == NULL || PyList_Append(list, name) < 0) {
                Py_CLEAR(list);
            }
            Py_XDECREF(name);
        }
    }
    if (list != NULL) {
        imr_raise_input(module, "method '%s' is not defined for measure '%s'; choose one of %R",
            METHODS[options->method], MEASURES[options->measure], list);
        Py_DECREF(list);
    }
    return -1;
}

static int
read_options(PyObject *module, PyObject *measure, PyObject *method, PyObject *alternative,
    imr_contrast_options_t *options)
{
    int choice = imr_choice(module, measure, "measure", MEASURES, N_MEASURES);

    if (choice < 0) {
        return -1;
    }
    options->measure = (imr_contrast_measure_t) choice;
    choice = imr_choice(module, method, "method", METHODS, N_METHODS);
    if (choice < 0) {
        return -1;
    }
    options->method = (imr_contrast_method_t) choice;
    choice = imr_choice(module, alternative, "alternative", ALTERNATIVES, N_ALTERNATIVES);
    if (choice < 0) {
        return -1;
    }
    options->alternative = (imr_alternative_t) choice;
    return check_defined(module, options);
}

static PyObject *
contrast(PyObject *module, PyObject *args)
{
    PyObject *counts[N_COUNTS], *margin, *measure, *method, *alternative, *result = NULL;
    PyObject *outputs[N_OUTPUTS] = { NULL };
    double *data[N_OUTPUTS];
    imr_contrast_options_t options;
    imr_contrast_columns_t columns;
    imr_two_groups_rows_t groups;
    imr_rows_t rows = { .count = N_COUNTS + 1 };
    imr_fault_t fault;
    size_t turn;
    int status = IMR_OK;

    if (!PyArg_ParseTuple(args, "OOOOOOOOd:contrast", &counts[0], &counts[1], &counts[2],
            &counts[3], &margin, &measure, &method, &alternative, &options.level)
        || read_options(module, measure, method, alternative, &options) < 0) {
        return NULL;
    }
    for (int i = 0; i < N_COUNTS; i++) {
        rows.arrays[i] = imr_array_int64(module, counts[i], ARGUMENTS[i]);
        if (rows.arrays[i] == NULL) {
            goto out;
        }
    }
    rows.arrays[N_COUNTS] = imr_array_double(module, margin, ARGUMENTS[N_COUNTS]);
    if (imr_rows_init(module, &rows, ARGUMENTS) < 0) {
        goto out;
    }
    if (imr_rows_outputs(&rows, outputs, data, N_OUTPUTS) < 0) {
        goto out;
    }
    groups = (imr_two_groups_rows_t) { .x1 = PyArray_DATA(rows.arrays[0]),
        .n1 = PyArray_DATA(rows.arrays[1]),
        .x2 = PyArray_DATA(rows.arrays[2]),
        .n2 = PyArray_DATA(rows.arrays[3]),
        .x1_step = rows.steps[0],
        .n1_step = rows.steps[1],
        .x2_step = rows.steps[2],
        .n2_step = rows.steps[3] };
    columns = (imr_contrast_columns_t) { data[0], data[1], data[2], data[3], data[4] };
    turn = options.method == IMR_CONTRAST_CHAN_ZHANG ? 1 : IMR_ROWS_A_TURN;
    for (size_t begin = 0; begin < rows.n && status == IMR_OK; begin += turn) {
        if (PyErr_CheckSignals() < 0) {
            goto out;
        }
        Py_BEGIN_ALLOW_THREADS
        status = imr_contrast(&groups, PyArray_DATA(rows.arrays[N_COUNTS]), rows.steps[N_COUNTS],
            begin, begin + turn < rows.n ? begin + turn : rows.n, &options, &columns, &fault);
        Py_END_ALLOW_THREADS
    }
    if (status != IMR_OK) {
        imr_raise_rows(module, &rows, ARGUMENTS, &fault);
        goto out;
    }
    result = imr_rows_results(outputs, N_OUTPUTS);
out:
    imr_rows_free(&rows);
    for (int i = 0; i < N_OUTPUTS; i++) {
        Py_XDECREF(outputs[i]);
    }
    return result;
}

PyMethodDef imr_contrast_methods[] = {
    { "contrast", contrast, METH_VARARGS,
        "contrast($module, x1, n1, x2, n2, margin, measure, method, alternative, level, /)\n--\n\n"
        "(estimate, low, high, statistic, pvalue) of response.contrast." },
    { NULL, NULL, 0, NULL },
};
