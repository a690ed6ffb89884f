#include "binding.h"

#include "survival/turnbull_bootstrap.h"
#include "survival/turnbull_limits.h"

typedef int (*limits_of_t)(imr_turnbull_limits_t *, double, double *, double *, imr_fault_t *);

/* (low, high) at each number of the last argument. */
static PyObject *
limits(PyObject *module, PyObject *args, const char *format, const char *name, limits_of_t of)
{
    PyObject *left_value, *right_value, *entry_value, *asked_value;
    PyObject *outputs[2] = { NULL, NULL }, *result = NULL;
    PyArrayObject *left = NULL, *right = NULL, *entry = NULL, *asked = NULL;
    imr_turnbull_limits_t job = { 0 };
    imr_signals_t signals;
    imr_fault_t fault;
    double level, *low, *high;
    npy_intp n, count;
    int fix_ties, status;

    if (!PyArg_ParseTuple(args, format, &left_value, &right_value, &entry_value, &fix_ties, &level,
            &asked_value)) {
        return NULL;
    }
    left = imr_array_double(module, left_value, "left");
    if (left == NULL || imr_check_column(module, left, "left", -1, NULL) < 0) {
        goto out;
    }
    n = PyArray_DIM(left, 0);
    right = imr_array_double(module, right_value, "right");
    if (right == NULL || imr_check_column(module, right, "right", n, "left") < 0) {
        goto out;
    }
    if (entry_value != Py_None) {
        entry = imr_array_double(module, entry_value, "entry");
        if (entry == NULL || imr_check_column(module, entry, "entry", n, "left") < 0) {
            goto out;
        }
    }
    asked = imr_array_double(module, asked_value, name);
    if (asked == NULL) {
        goto out;
    }
    count = PyArray_SIZE(asked);
    outputs[0] = PyArray_SimpleNew(PyArray_NDIM(asked), PyArray_DIMS(asked), NPY_DOUBLE);
    outputs[1] = PyArray_SimpleNew(PyArray_NDIM(asked), PyArray_DIMS(asked), NPY_DOUBLE);
    if (outputs[0] == NULL || outputs[1] == NULL) {
        goto out;
    }
    low = PyArray_DATA((PyArrayObject *) outputs[0]);
    high = PyArray_DATA((PyArrayObject *) outputs[1]);
    imr_signals_init(&signals);
    signals.saved = PyEval_SaveThread();
    status = imr_turnbull_limits_init(&job, PyArray_DATA(left), PyArray_DATA(right),
        entry == NULL ? NULL : PyArray_DATA(entry), (size_t) n, fix_ties, level, &signals.stop,
        &fault);
    for (npy_intp i = 0; i < count && status == IMR_OK; i++) {
        const double *value = PyArray_DATA(asked);

        status = of(&job, value[i], &low[i], &high[i], &fault);
    }
    PyEval_RestoreThread(signals.saved);
    if (status != IMR_OK) {
        imr_raise(module, &fault);
        goto out;
    }
    result = imr_rows_results(outputs, 2);
out:
    imr_turnbull_limits_free(&job);
    Py_XDECREF((PyObject *) left);
    Py_XDECREF((PyObject *) right);
    Py_XDECREF((PyObject *) entry);
    Py_XDECREF((PyObject *) asked);
    Py_XDECREF(outputs[0]);
    Py_XDECREF(outputs[1]);
    return result;
}

static PyObject *
survival(PyObject *module, PyObject *args)
{
    return limits(module, args, "OOOpdO:turnbull_survival", "times", imr_turnbull_survival_limits);
}

static PyObject *
quantile(PyObject *module, PyObject *args)
{
    return limits(module, args, "OOOpdO:turnbull_quantile", "p", imr_turnbull_quantile_limits);
}

/* Replicates in rows, one for each number asked for. */
static PyObject *
bootstrap(PyObject *module, PyObject *args)
{
    PyObject *left_value, *right_value, *asked_value, *outputs[2] = { NULL, NULL };
    PyObject *result = NULL;
    PyArrayObject *left = NULL, *right = NULL, *asked = NULL;
    imr_turnbull_bootstrap_t job = { 0 };
    imr_signals_t signals;
    imr_fault_t fault;
    unsigned long long first, second;
    uint64_t key[2];
    Py_ssize_t replicates;
    npy_intp dims[2];
    int fix_ties, shares, status;

    if (!PyArg_ParseTuple(args, "OOpOp(KK)n:turnbull_bootstrap", &left_value, &right_value,
            &fix_ties, &asked_value, &shares, &first, &second, &replicates)) {
        return NULL;
    }
    if (replicates < 0 || (uint64_t) replicates > UINT32_MAX) {
        return imr_raise_input(module, "replicates is %zd; give 1 to 4294967295", replicates);
    }
    key[0] = first;
    key[1] = second;
    left = imr_array_double(module, left_value, "left");
    if (left == NULL || imr_check_column(module, left, "left", -1, NULL) < 0) {
        goto out;
    }
    right = imr_array_double(module, right_value, "right");
    if (right == NULL
        || imr_check_column(module, right, "right", PyArray_DIM(left, 0), "left") < 0) {
        goto out;
    }
    asked = imr_array_double(module, asked_value, shares ? "p" : "times");
    if (asked == NULL || imr_check_column(module, asked, shares ? "p" : "times", -1, NULL) < 0) {
        goto out;
    }
    dims[0] = PyArray_DIM(asked, 0);
    dims[1] = replicates;
    outputs[0] = PyArray_SimpleNew(2, dims, NPY_DOUBLE);
    outputs[1] = PyArray_SimpleNew(2, dims, NPY_DOUBLE);
    if (outputs[0] == NULL || outputs[1] == NULL) {
        goto out;
    }
    imr_signals_init(&signals);
    signals.saved = PyEval_SaveThread();
    status = imr_turnbull_bootstrap_init(&job, PyArray_DATA(left), PyArray_DATA(right),
        (size_t) PyArray_DIM(left, 0), fix_ties, &signals.stop, &fault);
    if (status == IMR_OK) {
        status = imr_turnbull_bootstrap(&job, key, 0, (uint32_t) replicates, PyArray_DATA(asked),
            (size_t) dims[0], shares, PyArray_DATA((PyArrayObject *) outputs[0]),
            PyArray_DATA((PyArrayObject *) outputs[1]), &fault);
    }
    PyEval_RestoreThread(signals.saved);
    if (status != IMR_OK) {
        imr_raise(module, &fault);
        goto out;
    }
    result = imr_rows_results(outputs, 2);
out:
    imr_turnbull_bootstrap_free(&job);
    Py_XDECREF((PyObject *) left);
    Py_XDECREF((PyObject *) right);
    Py_XDECREF((PyObject *) asked);
    Py_XDECREF(outputs[0]);
    Py_XDECREF(outputs[1]);
    return result;
}

PyMethodDef imr_turnbull_limits_methods[] = {
    { "turnbull_bootstrap", bootstrap, METH_VARARGS,
        "turnbull_bootstrap($module, left, right, timefix, asked, shares, key, replicates, /)\n"
        "--\n\n"
        "(low, high), a row for each time (or, with shares, share) and a column for each "
        "replicate." },
    { "turnbull_survival", survival, METH_VARARGS,
        "turnbull_survival($module, left, right, entry, timefix, level, times, /)\n--\n\n"
        "(low, high): likelihood ratio limits of the probability of no event up to each time." },
    { "turnbull_quantile", quantile, METH_VARARGS,
        "turnbull_quantile($module, left, right, entry, timefix, level, p, /)\n--\n\n"
        "(low, high): likelihood ratio limits of the time by which each share has had the event." },
    { NULL, NULL, 0, NULL },
};
