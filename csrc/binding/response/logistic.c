#include "binding.h"

#include "response/logistic.h"

static const char *const PENALTIES[] = { IMR_LOGISTIC_PENALTY_LIST(IMR_WORDS_OF_CHOICE) };

enum { N_PENALTIES = 0 IMR_LOGISTIC_PENALTY_LIST(IMR_ONE_OF_CHOICE), N_COLUMNS = 6 };

static PyArrayObject *
square(const imr_logistic_t *fit)
{
    npy_intp dims[2] = { (npy_intp) fit->p, (npy_intp) fit->p };
    PyArrayObject *array = (PyArrayObject *) PyArray_SimpleNew(2, dims, NPY_DOUBLE);

    if (array != NULL) {
        memcpy(PyArray_DATA(array), fit->covariance, fit->p * fit->p * sizeof(double));
    }
    return array;
}

/* coef, std_error, low, high, pvalue, covariance; the limits come one coefficient a turn. */
static PyObject *
columns_of(PyObject *module, imr_logistic_t *fit, double level)
{
    PyObject *columns[N_COLUMNS] = { NULL };
    double *data[N_COLUMNS - 1];
    npy_intp p = (npy_intp) fit->p;
    imr_fault_t fault;
    int status = IMR_OK;

    columns[N_COLUMNS - 1] = (PyObject *) square(fit);
    for (int i = 0; i < N_COLUMNS - 1; i++) {
        columns[i] = PyArray_SimpleNew(1, &p, NPY_DOUBLE);
        if (columns[i] == NULL) {
            goto out;
        }
        data[i] = PyArray_DATA((PyArrayObject *) columns[i]);
    }
    memcpy(data[0], fit->coef, fit->p * sizeof(double));
    memcpy(data[1], fit->std_error, fit->p * sizeof(double));
    for (size_t j = 0; j < fit->p && status == IMR_OK; j++) {
        if (PyErr_CheckSignals() < 0) {
            goto out;
        }
        Py_BEGIN_ALLOW_THREADS
        status = imr_logistic_profile(fit, j, level, &data[2][j], &data[3][j], &data[4][j], &fault);
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
logistic(PyObject *module, PyObject *args)
{
    PyObject *event_value, *columns_value, *penalty, *columns, *result = NULL;
    PyArrayObject *event = NULL, *x = NULL;
    imr_logistic_t fit = { 0 };
    imr_fault_t fault;
    double level;
    int choice, status;

    if (!PyArg_ParseTuple(args, "OOOd:logistic", &event_value, &columns_value, &penalty, &level)) {
        return NULL;
    }
    choice = imr_choice(module, penalty, "penalty", PENALTIES, N_PENALTIES);
    if (choice < 0) {
        return NULL;
    }
    event = imr_array_flag(module, event_value, "event");
    if (event == NULL || imr_check_column(module, event, "event", -1, NULL) < 0) {
        goto out;
    }
    x = imr_array_double(module, columns_value, "X");
    if (x == NULL) {
        goto out;
    }
    if (PyArray_NDIM(x) != 2 || PyArray_DIM(x, 0) != PyArray_DIM(event, 0)) {
        imr_raise_input(module,
            "X is not one row a patient; give %zd rows and one column for "
            "each covariate",
            (Py_ssize_t) PyArray_DIM(event, 0));
        goto out;
    }
    Py_BEGIN_ALLOW_THREADS
    status =
        imr_logistic_fit(&fit, PyArray_DATA(event), PyArray_DATA(x), (size_t) PyArray_DIM(x, 0),
            (size_t) PyArray_DIM(x, 1), (imr_logistic_penalty_t) choice, &fault);
    Py_END_ALLOW_THREADS
    if (status != IMR_OK) {
        imr_raise(module, &fault);
        goto out;
    }
    columns = columns_of(module, &fit, level);
    if (columns != NULL) {
        result = Py_BuildValue("NddLdi", columns, fit.loglik, fit.penalized,
            (long long) fit.iterations, fit.score_norm, fit.separated);
    }
out:
    imr_logistic_free(&fit);
    Py_XDECREF((PyObject *) event);
    Py_XDECREF((PyObject *) x);
    return result;
}

PyMethodDef imr_logistic_methods[] = {
    { "logistic", logistic, METH_VARARGS,
        "logistic($module, event, X, penalty, level, /)\n--\n\n"
        "((coef, std_error, low, high, pvalue, covariance), loglik, penalized, iterations,\n"
        "score_norm, separated) of response.logistic." },
    { NULL, NULL, 0, NULL },
};
