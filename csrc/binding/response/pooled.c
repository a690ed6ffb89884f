#include "binding.h"

#include "response/pooled.h"
#include "response/pooled_difference.h"

static const char *const METHODS[] = { IMR_POOLED_METHOD_LIST(IMR_WORDS_OF_CHOICE) };
static const char *const TAU2[] = { IMR_POOLED_TAU2_LIST(IMR_WORDS_OF_CHOICE) };
static const char *const INTERVALS[] = { IMR_POOLED_INTERVAL_LIST(IMR_WORDS_OF_CHOICE) };
static const char *const PREDICTIONS[] = { IMR_POOLED_PREDICTION_LIST(IMR_WORDS_OF_CHOICE) };

enum {
    N_METHODS = 0 IMR_POOLED_METHOD_LIST(IMR_ONE_OF_CHOICE),
    N_TAU2 = 0 IMR_POOLED_TAU2_LIST(IMR_ONE_OF_CHOICE),
    N_INTERVALS = 0 IMR_POOLED_INTERVAL_LIST(IMR_ONE_OF_CHOICE),
    N_PREDICTIONS = 0 IMR_POOLED_PREDICTION_LIST(IMR_ONE_OF_CHOICE)
};

/* -1 with an exception */
static int
read_choices(PyObject *module, PyObject *method, PyObject *tau2, imr_pooled_options_t *options)
{
    int chosen = imr_choice(module, method, "method", METHODS, N_METHODS);

    if (chosen < 0) {
        return -1;
    }
    options->method = (imr_pooled_method_t) chosen;
    chosen = imr_choice(module, tau2, "tau2", TAU2, N_TAU2);
    options->tau2 = (imr_pooled_tau2_t) chosen;
    return chosen < 0 ? -1 : 0;
}

/* The counts into `array`, with their length; -1 with an exception, and then one may be NULL. */
static int
read_counts(
    PyObject *module, PyObject *events, PyObject *n, PyArrayObject *array[2], npy_intp *length)
{
    array[0] = imr_array_int64(module, events, "events");
    if (array[0] == NULL || imr_check_column(module, array[0], "events", -1, NULL) < 0) {
        return -1;
    }
    *length = PyArray_DIM(array[0], 0);
    array[1] = imr_array_int64(module, n, "n");
    return array[1] == NULL ? -1 : imr_check_column(module, array[1], "n", *length, "events");
}

static PyObject *
copy_of(const double *values, size_t p)
{
    npy_intp length = (npy_intp) p;
    PyObject *array = PyArray_SimpleNew(1, &length, NPY_DOUBLE);

    if (array != NULL) {
        memcpy(PyArray_DATA((PyArrayObject *) array), values, p * sizeof(double));
    }
    return imr_rows_result(array);
}

static PyObject *
pooled(PyObject *module, PyObject *args)
{
    PyObject *value[3], *choice[4], *result = NULL, *columns[3] = { NULL }, *terms[4];
    PyArrayObject *array[3] = { NULL };
    double *data[3];
    imr_series_t series;
    imr_pooled_options_t options;
    imr_pooled_t fit;
    imr_fault_t fault;
    npy_intp k;
    int status;

    if (!PyArg_ParseTuple(args, "OOOOOOOpid:pooled", &value[0], &value[1], &value[2], &choice[0],
            &choice[1], &choice[2], &choice[3], &options.knapp_hartung, &options.nodes,
            &options.level)
        || read_choices(module, choice[0], choice[1], &options) < 0) {
        return NULL;
    }
    status = imr_choice(module, choice[2], "interval", INTERVALS, N_INTERVALS);
    if (status < 0) {
        return NULL;
    }
    options.interval = (imr_pooled_interval_t) status;
    status = imr_choice(module, choice[3], "prediction_df", PREDICTIONS, N_PREDICTIONS);
    if (status < 0) {
        return NULL;
    }
    options.prediction = (imr_pooled_prediction_t) status;
    if (read_counts(module, value[0], value[1], array, &k) < 0) {
        goto out;
    }
    array[2] = imr_array_double(module, value[2], "moderators");
    if (array[2] == NULL) {
        goto out;
    }
    if (PyArray_NDIM(array[2]) != 2 || PyArray_DIM(array[2], 0) != k) {
        imr_raise_input(
            module, "moderators has not one row a series; give %zd rows", (Py_ssize_t) k);
        goto out;
    }
    for (int i = 0; i < 3; i++) {
        columns[i] = PyArray_SimpleNew(1, &k, NPY_DOUBLE);
        if (columns[i] == NULL) {
            goto out;
        }
        data[i] = PyArray_DATA((PyArrayObject *) columns[i]);
    }
    series = (imr_series_t) { PyArray_DATA(array[0]), PyArray_DATA(array[1]),
        PyArray_DATA(array[2]), (size_t) k, (size_t) PyArray_DIM(array[2], 1) };
    Py_BEGIN_ALLOW_THREADS
    status = imr_pooled(&series, &options, &fit, data[0], data[1], data[2], &fault);
    Py_END_ALLOW_THREADS
    if (status != IMR_OK) {
        imr_raise(module, &fault);
        goto out;
    }
    terms[0] = copy_of(fit.coef, series.p);
    terms[1] = copy_of(fit.std_error, series.p);
    terms[2] = copy_of(fit.low, series.p);
    terms[3] = copy_of(fit.high, series.p);
    result = Py_BuildValue("{s:N,s:N,s:(ddd),s:d,s:(dd),s:d,s:d,s:d,s:d,s:d,s:d,s:d,s:d,s:d}",
        "terms", imr_pack(terms, 4), "columns", imr_rows_results(columns, 3), "rate", fit.rate,
        fit.rate_low, fit.rate_high, "mean_rate", fit.mean_rate, "prediction", fit.prediction_low,
        fit.prediction_high, "tau2", fit.tau2, "tau2_low", fit.tau2_low, "tau2_high", fit.tau2_high,
        "q", fit.q, "q_pvalue", fit.q_pvalue, "i2", fit.i2, "correlation", fit.correlation,
        "loglik", fit.loglik, "score_norm", fit.score_norm);
out:
    for (int i = 0; i < 3; i++) {
        Py_XDECREF((PyObject *) array[i]);
        Py_XDECREF(columns[i]);
    }
    return result;
}

static PyObject *
pooled_difference(PyObject *module, PyObject *args)
{
    PyObject *value[3], *choice[2], *result = NULL;
    PyArrayObject *array[3] = { NULL };
    imr_series_t series = { 0 };
    imr_pooled_options_t options = { .level = 0.95 };
    imr_pooled_difference_t test;
    imr_fault_t fault;
    npy_intp k;
    Py_ssize_t groups;
    int status, common;

    if (!PyArg_ParseTuple(args, "OOOnOOpip:pooled_difference", &value[0], &value[1], &value[2],
            &groups, &choice[0], &choice[1], &options.knapp_hartung, &options.nodes, &common)
        || read_choices(module, choice[0], choice[1], &options) < 0) {
        return NULL;
    }
    if (read_counts(module, value[0], value[1], array, &k) < 0) {
        goto out;
    }
    array[2] = imr_array_int64(module, value[2], "group");
    if (array[2] == NULL || imr_check_column(module, array[2], "group", k, "events") < 0) {
        goto out;
    }
    series.events = PyArray_DATA(array[0]);
    series.n = PyArray_DATA(array[1]);
    series.k = (size_t) k;
    Py_BEGIN_ALLOW_THREADS
    status = imr_pooled_difference(&series, PyArray_DATA(array[2]),
        groups < 0 ? 0 : (size_t) groups, &options, common, &test, &fault);
    Py_END_ALLOW_THREADS
    if (status != IMR_OK) {
        imr_raise(module, &fault);
        goto out;
    }
    result = Py_BuildValue("dddd", test.statistic, test.df, test.residual_df, test.pvalue);
out:
    for (int i = 0; i < 3; i++) {
        Py_XDECREF((PyObject *) array[i]);
    }
    return result;
}

PyMethodDef imr_pooled_methods[] = {
    { "pooled", pooled, METH_VARARGS,
        "pooled($module, events, n, design, method, tau2, interval, prediction, knapp_hartung, "
        "nodes, level, /)\n--\n\n"
        "What response.pooled computes: rates, and coefficients on the scale of the method." },
    { "pooled_difference", pooled_difference, METH_VARARGS,
        "pooled_difference($module, events, n, code, groups, method, tau2, knapp_hartung, nodes, "
        "common, /)\n--\n\n"
        "Statistic, degrees of freedom (residual ones infinite for a chi-squared) and p-value." },
    { NULL, NULL, 0, NULL },
};
