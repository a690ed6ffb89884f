#include "binding.h"

#include "recovery/tobit_mixed.h"

enum { N_GIVEN = 4, N_COLUMNS = 7 };

static const char *const NAMES[] = { "low", "high", "X", "patient" };

#define KINDS "DDMI"

/* coef, std_error, low, high, pvalue, df: the last two entries are those of sd and patient_sd, without
 * std_error and df; and covariance. */
static PyObject *
columns_of(PyObject *module, imr_tobit_mixed_t *fit, imr_signals_t *signals, double level)
{
    PyObject *columns[N_COLUMNS] = { NULL };
    double *data[N_COLUMNS];
    size_t p = fit->p, m = p + 2;
    imr_fault_t fault;
    int status = IMR_OK;

    for (int i = 0; i < N_COLUMNS; i++) {
        npy_intp dims[2] = { (npy_intp) (i == 1 || i >= 5 ? p : m), (npy_intp) p };

        columns[i] = PyArray_SimpleNew(i == N_COLUMNS - 1 ? 2 : 1, dims, NPY_DOUBLE);
        if (columns[i] == NULL) {
            goto out;
        }
        data[i] = PyArray_DATA((PyArrayObject *) columns[i]);
    }
    memcpy(data[0], fit->coef, p * sizeof(double));
    data[0][p] = fit->sd;
    data[0][p + 1] = fit->patient_sd;
    memcpy(data[1], fit->std_error, p * sizeof(double));
    memcpy(data[5], fit->freedom, p * sizeof(double));
    memcpy(data[6], fit->covariance, p * p * sizeof(double));
    signals->saved = PyEval_SaveThread();
    for (size_t j = 0; j < m && status == IMR_OK; j++) {
        status =
            imr_tobit_mixed_profile(fit, j, level, &data[2][j], &data[3][j], &data[4][j], &fault);
    }
    PyEval_RestoreThread(signals->saved);
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

/* The effects of the patients and their standard deviations. */
static PyObject *
effects_of(const imr_tobit_mixed_t *fit)
{
    npy_intp count = (npy_intp) fit->patients;
    PyObject *columns[2] = { PyArray_SimpleNew(1, &count, NPY_DOUBLE),
        PyArray_SimpleNew(1, &count, NPY_DOUBLE) };
    const double *data[] = { fit->effect, fit->effect_sd };

    for (int i = 0; i < 2 && columns[0] != NULL && columns[1] != NULL; i++) {
        memcpy(PyArray_DATA((PyArrayObject *) columns[i]), data[i], fit->patients * sizeof(double));
    }
    return imr_rows_results(columns, 2);
}

static PyObject *
tobit_mixed(PyObject *module, PyObject *args)
{
    PyObject *given[N_GIVEN], *columns, *effects, *result = NULL;
    PyArrayObject *arrays[N_GIVEN] = { NULL };
    imr_tobit_mixed_t fit = { 0 };
    imr_signals_t signals;
    imr_fault_t fault;
    Py_ssize_t patients;
    double level;
    int status;

    if (!PyArg_ParseTuple(args, "OOOOnd:tobit_mixed", &given[0], &given[1], &given[2], &given[3],
            &patients, &level)) {
        return NULL;
    }
    if (patients < 0) {
        return imr_raise_input(module, "the number of patients is needed");
    }
    if (imr_columns(module, given, NAMES, KINDS, arrays) < 0) {
        goto out;
    }
    imr_signals_init(&signals);
    signals.saved = PyEval_SaveThread();
    status = imr_tobit_mixed_fit(&fit, PyArray_DATA(arrays[0]), PyArray_DATA(arrays[1]),
        PyArray_DATA(arrays[2]), PyArray_DATA(arrays[3]), (size_t) PyArray_DIM(arrays[2], 0),
        (size_t) PyArray_DIM(arrays[2], 1), (size_t) patients, &signals.stop, &fault);
    PyEval_RestoreThread(signals.saved);
    if (status != IMR_OK) {
        imr_raise(module, &fault);
        goto out;
    }
    columns = columns_of(module, &fit, &signals, level);
    effects = columns == NULL ? NULL : effects_of(&fit);
    if (effects == NULL) {
        Py_XDECREF(columns);
        goto out;
    }
    result = Py_BuildValue("NN(dddd)(ddLL)(nLLLL)", columns, effects, fit.statistic, fit.pvalue,
        fit.loglik, fit.loglik_plain, fit.score_norm, fit.quadrature_error, (long long) fit.nodes,
        (long long) fit.iterations, (Py_ssize_t) fit.plain.n, (long long) fit.plain.exact,
        (long long) fit.plain.below, (long long) fit.plain.above, (long long) fit.plain.between);
out:
    imr_tobit_mixed_free(&fit);
    imr_columns_free(arrays, KINDS);
    return result;
}

PyMethodDef imr_tobit_mixed_methods[] = {
    { "tobit_mixed", tobit_mixed, METH_VARARGS,
        "tobit_mixed($module, low, high, X, patient, n_patients, level, /)\n--\n\n"
        "((coef, std_error, low, high, pvalue, df, covariance), (effect, effect_sd), (statistic,\n"
        "pvalue, loglik, loglik_plain), (score_norm, quadrature_error, nodes, iterations), (n,\n"
        "exact, below, above, between)) of recovery.tobit_mixed; the last entries of coef, low,\n"
        "high and pvalue are those of sd and patient_sd." },
    { NULL, NULL, 0, NULL },
};
