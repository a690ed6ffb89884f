#include "binding.h"

#include "recovery/tobit.h"

enum { N_COLUMNS = 6 };

static const char *const NAMES[] = { "low", "high", "X" };

#define KINDS "DDM"

/* coef, std_error, low, high, pvalue, covariance: the last row and entry are those of sd, or of log sd
 * for std_error and covariance. The limits come one a turn. */
static PyObject *
columns_of(PyObject *module, imr_tobit_t *fit, double level)
{
    PyObject *columns[N_COLUMNS] = { NULL };
    double *data[N_COLUMNS];
    npy_intp dims[2] = { (npy_intp) fit->p + 1, (npy_intp) fit->p + 1 };
    size_t m = fit->p + 1;
    imr_fault_t fault;
    int status = IMR_OK;

    for (int i = 0; i < N_COLUMNS; i++) {
        columns[i] = PyArray_SimpleNew(i == N_COLUMNS - 1 ? 2 : 1, dims, NPY_DOUBLE);
        if (columns[i] == NULL) {
            goto out;
        }
        data[i] = PyArray_DATA((PyArrayObject *) columns[i]);
    }
    memcpy(data[0], fit->coef, fit->p * sizeof(double));
    data[0][fit->p] = fit->sd;
    memcpy(data[1], fit->std_error, m * sizeof(double));
    memcpy(data[5], fit->covariance, m * m * sizeof(double));
    for (size_t j = 0; j < m && status == IMR_OK; j++) {
        if (PyErr_CheckSignals() < 0) {
            goto out;
        }
        Py_BEGIN_ALLOW_THREADS
        status = imr_tobit_profile(fit, j, level, &data[2][j], &data[3][j], &data[4][j], &fault);
        Py_END_ALLOW_THREADS
    }
    if (status != IMR_OK) {
        imr_raise(module, &fault);
        goto out;
    }
    return imr_rows_results(columns, N_COLUMNS);
out:
    for (int i = 0; i < N_COLUMNS; i++) {
        Py_XDECREF(columns[i]);
    }
    return NULL;
}

static PyObject *
tobit(PyObject *module, PyObject *args)
{
    PyObject *given[3], *columns, *result = NULL;
    PyArrayObject *arrays[3] = { NULL };
    imr_tobit_t fit = { 0 };
    imr_fault_t fault;
    double level;
    int status;

    if (!PyArg_ParseTuple(args, "OOOd:tobit", &given[0], &given[1], &given[2], &level)
        || imr_columns(module, given, NAMES, KINDS, arrays) < 0) {
        goto out;
    }
    Py_BEGIN_ALLOW_THREADS
    status = imr_tobit_fit(&fit, PyArray_DATA(arrays[0]), PyArray_DATA(arrays[1]),
        PyArray_DATA(arrays[2]), (size_t) PyArray_DIM(arrays[2], 0),
        (size_t) PyArray_DIM(arrays[2], 1), &fault);
    Py_END_ALLOW_THREADS
    if (status != IMR_OK) {
        imr_raise(module, &fault);
        goto out;
    }
    columns = columns_of(module, &fit, level);
    if (columns != NULL) {
        result = Py_BuildValue("N(nLLLL)ddL", columns, (Py_ssize_t) fit.n, (long long) fit.exact,
            (long long) fit.below, (long long) fit.above, (long long) fit.between, fit.loglik,
            fit.score_norm, (long long) fit.iterations);
    }
out:
    imr_tobit_free(&fit);
    imr_columns_free(arrays, KINDS);
    return result;
}

PyMethodDef imr_tobit_methods[] = {
    { "tobit", tobit, METH_VARARGS,
        "tobit($module, low, high, X, level, /)\n--\n\n"
        "((coef, std_error, low, high, pvalue, covariance), (n, exact, below, above, between),\n"
        "loglik, score_norm, iterations) of recovery.tobit; the last entries are those of sd." },
    { NULL, NULL, 0, NULL },
};
