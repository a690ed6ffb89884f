#include "binding.h"

#include "response/stratified.h"
#include "response/stratified_test.h"

static const char *const MEASURES[] = { IMR_STRATIFIED_MEASURE_LIST(IMR_WORDS_OF_CHOICE) };
static const char *const METHODS[] = { IMR_STRATIFIED_METHOD_LIST(IMR_WORDS_OF_CHOICE) };
static const char *const TESTS[] = { IMR_STRATIFIED_TEST_LIST(IMR_WORDS_OF_CHOICE) };
static const char *const HOMOGENEITY_TESTS[] = { IMR_HOMOGENEITY_TEST_LIST(IMR_WORDS_OF_CHOICE) };
static const char *const ALTERNATIVES[] = { IMR_ALTERNATIVE_LIST(IMR_WORDS_OF_CHOICE) };
static const char *const ARGUMENTS[] = { "x1", "n1", "x2", "n2" };

enum {
    N_MEASURES = 0 IMR_STRATIFIED_MEASURE_LIST(IMR_ONE_OF_CHOICE),
    N_METHODS = 0 IMR_STRATIFIED_METHOD_LIST(IMR_ONE_OF_CHOICE),
    N_TESTS = 0 IMR_STRATIFIED_TEST_LIST(IMR_ONE_OF_CHOICE),
    N_HOMOGENEITY_TESTS = 0 IMR_HOMOGENEITY_TEST_LIST(IMR_ONE_OF_CHOICE),
    N_ALTERNATIVES = 0 IMR_ALTERNATIVE_LIST(IMR_ONE_OF_CHOICE)
};

/* The four columns of counts, and the references that keep them. */
typedef struct {
    PyArrayObject *arrays[4];
    imr_strata_t strata;
} columns_t;

static void
columns_free(columns_t *self)
{
    for (int i = 0; i < 4; i++) {
        Py_CLEAR(self->arrays[i]);
    }
}

/* -1 with an exception; columns_free in any case. */
static int
columns_init(PyObject *module, columns_t *self, PyObject *const *values)
{
    npy_intp rows = -1;

    memset(self, 0, sizeof(*self));
    for (int i = 0; i < 4; i++) {
        self->arrays[i] = imr_array_int64(module, values[i], ARGUMENTS[i]);
        if (self->arrays[i] == NULL
            || imr_check_column(module, self->arrays[i], ARGUMENTS[i], rows, "x1") < 0) {
            return -1;
        }
        rows = PyArray_DIM(self->arrays[0], 0);
    }
    self->strata.x1 = PyArray_DATA(self->arrays[0]);
    self->strata.n1 = PyArray_DATA(self->arrays[1]);
    self->strata.x2 = PyArray_DATA(self->arrays[2]);
    self->strata.n2 = PyArray_DATA(self->arrays[3]);
    self->strata.strata = (size_t) rows;
    return 0;
}

static PyObject *
stratified(PyObject *module, PyObject *args)
{
    PyObject *values[4], *measure, *method, *result = NULL;
    columns_t columns;
    imr_stratified_options_t options;
    imr_stratified_t estimate;
    imr_fault_t fault;
    int choice, status;

    if (!PyArg_ParseTuple(args, "OOOOOOd:stratified", &values[0], &values[1], &values[2],
            &values[3], &measure, &method, &options.level)) {
        return NULL;
    }
    if ((choice = imr_choice(module, measure, "measure", MEASURES, N_MEASURES)) < 0) {
        return NULL;
    }
    options.measure = (imr_stratified_measure_t) choice;
    if ((choice = imr_choice(module, method, "method", METHODS, N_METHODS)) < 0) {
        return NULL;
    }
    options.method = (imr_stratified_method_t) choice;
    if (columns_init(module, &columns, values) == 0) {
        Py_BEGIN_ALLOW_THREADS
        status = imr_stratified(&columns.strata, &options, &estimate, &fault);
        Py_END_ALLOW_THREADS
        result = status == IMR_OK
            ? Py_BuildValue("(ddd)", estimate.estimate, estimate.low, estimate.high)
            : imr_raise(module, &fault);
    }
    columns_free(&columns);
    return result;
}

static PyObject *
test(PyObject *module, PyObject *args)
{
    PyObject *values[4], *method, *alternative, *result = NULL;
    columns_t columns;
    imr_fault_t fault;
    double statistic, pvalue;
    int which, direction, status;

    if (!PyArg_ParseTuple(args, "OOOOOO:stratified_test", &values[0], &values[1], &values[2],
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
    if (columns_init(module, &columns, values) == 0) {
        Py_BEGIN_ALLOW_THREADS
        status = imr_stratified_test(&columns.strata, (imr_stratified_test_method_t) which,
            (imr_alternative_t) direction, &statistic, &pvalue, &fault);
        Py_END_ALLOW_THREADS
        result =
            status == IMR_OK ? Py_BuildValue("(dd)", statistic, pvalue) : imr_raise(module, &fault);
    }
    columns_free(&columns);
    return result;
}

static PyObject *
homogeneity_test(PyObject *module, PyObject *args)
{
    PyObject *values[4], *method, *result = NULL;
    columns_t columns;
    imr_fault_t fault;
    double statistic, pvalue;
    int64_t df;
    int which, status;

    if (!PyArg_ParseTuple(args, "OOOOO:homogeneity_test", &values[0], &values[1], &values[2],
            &values[3], &method)) {
        return NULL;
    }
    which = imr_choice(module, method, "method", HOMOGENEITY_TESTS, N_HOMOGENEITY_TESTS);
    if (which < 0) {
        return NULL;
    }
    if (columns_init(module, &columns, values) == 0) {
        Py_BEGIN_ALLOW_THREADS
        status = imr_homogeneity_test(
            &columns.strata, (imr_homogeneity_method_t) which, &statistic, &df, &pvalue, &fault);
        Py_END_ALLOW_THREADS
        result = status == IMR_OK ? Py_BuildValue("(dLd)", statistic, (long long) df, pvalue)
                                  : imr_raise(module, &fault);
    }
    columns_free(&columns);
    return result;
}

static PyObject *
proportion(PyObject *module, PyObject *args)
{
    PyObject *events_value, *n_value, *weights = NULL, *result = NULL;
    PyArrayObject *events = NULL, *n = NULL;
    imr_stratified_t estimate;
    imr_fault_t fault;
    double level;
    npy_intp strata;
    int status;

    if (!PyArg_ParseTuple(args, "OOd:stratified_proportion", &events_value, &n_value, &level)) {
        return NULL;
    }
    events = imr_array_int64(module, events_value, "events");
    if (events == NULL || imr_check_column(module, events, "events", -1, NULL) < 0) {
        goto out;
    }
    strata = PyArray_DIM(events, 0);
    n = imr_array_int64(module, n_value, "n");
    if (n == NULL || imr_check_column(module, n, "n", strata, "events") < 0) {
        goto out;
    }
    weights = PyArray_SimpleNew(1, &strata, NPY_DOUBLE);
    if (weights == NULL) {
        goto out;
    }
    Py_BEGIN_ALLOW_THREADS
    status = imr_stratified_proportion(PyArray_DATA(events), PyArray_DATA(n), (size_t) strata,
        level, PyArray_DATA((PyArrayObject *) weights), &estimate, &fault);
    Py_END_ALLOW_THREADS
    if (status != IMR_OK) {
        imr_raise(module, &fault);
        goto out;
    }
    PyArray_CLEARFLAGS((PyArrayObject *) weights, NPY_ARRAY_WRITEABLE);
    result = Py_BuildValue("(dddO)", estimate.estimate, estimate.low, estimate.high, weights);
out:
    Py_XDECREF(weights);
    Py_XDECREF((PyObject *) events);
    Py_XDECREF((PyObject *) n);
    return result;
}

PyMethodDef imr_stratified_methods[] = {
    { "homogeneity_test", homogeneity_test, METH_VARARGS,
        "homogeneity_test($module, x1, n1, x2, n2, method, /)\n--\n\n"
        "(statistic, df, pvalue) of response.homogeneity_test." },
    { "stratified", stratified, METH_VARARGS,
        "stratified($module, x1, n1, x2, n2, measure, method, level, /)\n--\n\n"
        "(estimate, low, high) of response.stratified." },
    { "stratified_proportion", proportion, METH_VARARGS,
        "stratified_proportion($module, events, n, level, /)\n--\n\n"
        "(estimate, low, high, weights) of response.stratified_proportion." },
    { "stratified_test", test, METH_VARARGS,
        "stratified_test($module, x1, n1, x2, n2, method, alternative, /)\n--\n\n"
        "(statistic, pvalue) of response.stratified_test." },
    { NULL, NULL, 0, NULL },
};
