#include "cox_shared.h"

#include "base/mem.h"
#include "survival/interval_cox.h"

static PyObject *
matrix_of(PyObject *flat, Py_ssize_t p)
{
    PyObject *matrix = flat == NULL ? NULL : PyObject_CallMethod(flat, "reshape", "nn", p, p);

    Py_XDECREF(flat);
    return matrix;
}

/* Hands the block over to a tuple. */
static PyObject *
lend(imr_interval_cox_t *fit, Py_ssize_t n)
{
    PyObject *owner = imr_owner(fit->block), *tuple;
    size_t p = fit->p, s = fit->n_support;

    fit->block = NULL;
    if (owner == NULL) {
        return NULL;
    }
    tuple = Py_BuildValue("(NNNNNNNNNNNddndLL)", imr_column_double(owner, fit->coef, p),
        imr_column_double(owner, fit->std_error, p), imr_column_double(owner, fit->low, p),
        imr_column_double(owner, fit->high, p), imr_column_double(owner, fit->statistic, p),
        imr_column_double(owner, fit->pvalue, p),
        matrix_of(imr_column_double(owner, fit->covariance, p * p), (Py_ssize_t) p),
        imr_column_double(owner, fit->mean, p), imr_column_double(owner, fit->cell_left, s),
        imr_column_double(owner, fit->cell_right, s), imr_column_double(owner, fit->estimate, s),
        fit->loglik, fit->null_loglik, n, fit->kkt_gap, (long long) fit->iterations,
        (long long) fit->merged);
    Py_DECREF(owner);
    return tuple;
}

static PyObject *
interval_cox(PyObject *module, PyObject *args)
{
    PyObject *left_value, *right_value, *x_value, *names, *result = NULL;
    PyArrayObject *left = NULL, *right = NULL, *x = NULL;
    imr_interval_cox_data_t data = { 0 };
    imr_interval_cox_options_t options = { 0 };
    imr_interval_cox_t fit = { 0 };
    imr_signals_t signals;
    imr_fault_t fault;
    int status;

    if (!PyArg_ParseTuple(args, "OOOdppO:interval_cox", &left_value, &right_value, &x_value,
            &options.level, &options.infinite, &options.fix_ties, &names)) {
        return NULL;
    }
    left = imr_array_double(module, left_value, "left");
    if (left == NULL || imr_check_column(module, left, "left", -1, NULL) < 0) {
        goto out;
    }
    right = imr_array_double(module, right_value, "right");
    if (right == NULL
        || imr_check_column(module, right, "right", PyArray_DIM(left, 0), "left") < 0) {
        goto out;
    }
    x = imr_cox_covariates(module, x_value, names, PyArray_DIM(left, 0), &data.p);
    if (x == NULL) {
        goto out;
    }
    data.n = (size_t) PyArray_DIM(left, 0);
    data.left = PyArray_DATA(left);
    data.right = PyArray_DATA(right);
    data.x = PyArray_DATA(x);
    imr_signals_init(&signals);
    options.stop = &signals.stop;
    signals.saved = PyEval_SaveThread();
    status = imr_interval_cox(&data, &options, &fit, &fault);
    PyEval_RestoreThread(signals.saved);
    result =
        status == IMR_OK ? lend(&fit, (Py_ssize_t) data.n) : imr_cox_raise(module, &fault, names);
out:
    imr_free(fit.block);
    Py_XDECREF((PyObject *) left);
    Py_XDECREF((PyObject *) right);
    Py_XDECREF((PyObject *) x);
    return result;
}

PyMethodDef imr_interval_cox_methods[] = {
    { "interval_cox", interval_cox, METH_VARARGS,
        "interval_cox($module, left, right, X, level, infinite, timefix, names, /)\n--\n\n"
        "The numbers of survival.interval_cox." },
    { NULL, NULL, 0, NULL },
};
