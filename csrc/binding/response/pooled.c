#include "binding.h"

#include "response/pooled.h"

static const char *const METHODS[] = { IMR_POOLED_METHOD_LIST(IMR_WORDS_OF_CHOICE) };
static const char *const TAU2[] = { IMR_POOLED_TAU2_LIST(IMR_WORDS_OF_CHOICE) };

enum {
    N_METHODS = 0 IMR_POOLED_METHOD_LIST(IMR_ONE_OF_CHOICE),
    N_TAU2 = 0 IMR_POOLED_TAU2_LIST(IMR_ONE_OF_CHOICE)
};

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
    PyObject *value[3], *method, *tau2, *result = NULL, *columns[3] = { NULL }, *terms[4];
    PyArrayObject *array[3] = { NULL };
    double *data[3];
    imr_series_t series;
    imr_pooled_options_t options;
    imr_pooled_t fit;
    imr_fault_t fault;
    npy_intp k;
    int status;

    if (!PyArg_ParseTuple(args, "OOOOOpid:pooled", &value[0], &value[1], &value[2], &method, &tau2,
            &options.knapp_hartung, &options.nodes, &options.level)) {
        return NULL;
    }
    status = imr_choice(module, method, "method", METHODS, N_METHODS);
    if (status < 0) {
        return NULL;
    }
    options.method = (imr_pooled_method_t) status;
    status = imr_choice(module, tau2, "tau2", TAU2, N_TAU2);
    if (status < 0) {
        return NULL;
    }
    options.tau2 = (imr_pooled_tau2_t) status;
    array[0] = imr_array_int64(module, value[0], "events");
    if (array[0] == NULL || imr_check_column(module, array[0], "events", -1, NULL) < 0) {
        goto out;
    }
    k = PyArray_DIM(array[0], 0);
    array[1] = imr_array_int64(module, value[1], "n");
    if (array[1] == NULL || imr_check_column(module, array[1], "n", k, "events") < 0) {
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
    result = Py_BuildValue("{s:N,s:N,s:d,s:d,s:d,s:d,s:d,s:d,s:d,s:d,s:d,s:d}", "terms",
        imr_pack(terms, 4), "columns", imr_rows_results(columns, 3), "tau2", fit.tau2, "tau2_low",
        fit.tau2_low, "tau2_high", fit.tau2_high, "q", fit.q, "q_pvalue", fit.q_pvalue, "i2",
        fit.i2, "correlation", fit.correlation, "loglik", fit.loglik, "prediction_low",
        fit.prediction_low, "prediction_high", fit.prediction_high);
out:
    for (int i = 0; i < 3; i++) {
        Py_XDECREF((PyObject *) array[i]);
        Py_XDECREF(columns[i]);
    }
    return result;
}

PyMethodDef imr_pooled_methods[] = {
    { "pooled", pooled, METH_VARARGS,
        "pooled($module, events, n, design, method, tau2, knapp_hartung, nodes, level, /)\n--\n\n"
        "What response.pooled computes, on the scale of the method, as a dict." },
    { NULL, NULL, 0, NULL },
};
