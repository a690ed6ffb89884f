#include "cox_shared.h"

#include <math.h>

#include "survival/interval_cox.h"

static const char *const INTERVALS[] = { IMR_INTERVAL_COX_INTERVAL_LIST(IMR_WORDS_OF_CHOICE) };

enum { N_INTERVALS = 0 IMR_INTERVAL_COX_INTERVAL_LIST(IMR_ONE_OF_CHOICE) };

/* Words for a monotone likelihood: which coefficient, what is known of it, what to do. */
static void
raise_monotone(PyObject *module, const imr_interval_cox_t *fit, PyObject *names, double level)
{
    int rises = fit->monotone_sign > 0;
    char limit[200];
    PyObject *at = PyFloat_FromDouble(level), *name;

    if (at == NULL) {
        return;
    }
    name = Py_IsNone(names) ? PyUnicode_FromFormat("x%lld", (long long) fit->monotone + 1)
                            : PySequence_GetItem(names, (Py_ssize_t) fit->monotone);
    if (name != NULL) {
        if (isnan(fit->monotone_limit)) {
            (void) PyOS_snprintf(limit, sizeof(limit), "has one end, which is out of reach");
        } else if (isinf(fit->monotone_limit)) {
            (void) PyOS_snprintf(limit, sizeof(limit), "is the whole line");
        } else if (rises) {
            (void) PyOS_snprintf(limit, sizeof(limit), "is (%.6g, inf), a hazard ratio above %.4g",
                fit->monotone_limit, exp(fit->monotone_limit));
        } else {
            (void) PyOS_snprintf(limit, sizeof(limit), "is (-inf, %.6g), a hazard ratio below %.4g",
                fit->monotone_limit, exp(fit->monotone_limit));
        }
        imr_raise_input(module,
            "column %lld of X (%R): monotone likelihood: of each two rows of which it is known who "
            "had the event first, that one ranks as high as the other or above, so the coefficient "
            "is %sinf; its profile likelihood interval at level %R %s. Report that limit, and "
            "leave the column out, or compare the groups by interval_logrank",
            (long long) fit->monotone, name, rises ? "" : "-", at, limit);
        Py_DECREF(name);
    }
    Py_DECREF(at);
}

/* What python/immunoreset/survival/interval_cox.py makes a result of. */
static PyObject *
lend(imr_interval_cox_t *fit, size_t n)
{
    size_t p = fit->p, s = fit->n_support;
    PyObject *owner = imr_owner(fit->block), *result;

    fit->block = NULL;
    if (owner == NULL) {
        return NULL;
    }
    result = Py_BuildValue("(NNNNNNNNNNN(dddddd)(LLLL))", imr_column_double(owner, fit->coef, p),
        imr_column_double(owner, fit->std_error, p), imr_column_double(owner, fit->hazard_ratio, p),
        imr_column_double(owner, fit->low, p), imr_column_double(owner, fit->high, p),
        imr_column_double(owner, fit->z, p), imr_column_double(owner, fit->pvalue, p),
        imr_column_double(owner, fit->center, p), imr_column_double(owner, fit->left, s),
        imr_column_double(owner, fit->right, s),
        imr_column_double(owner, fit->cumulative_hazard, s), fit->loglik, fit->loglik_null,
        fit->ratio_statistic, fit->ratio_pvalue, fit->score_norm, fit->kkt_gap, (long long) n,
        (long long) fit->events, (long long) fit->merged, (long long) fit->iterations);
    Py_DECREF(owner);
    return result;
}

static PyObject *
interval_cox(PyObject *module, PyObject *args)
{
    PyObject *left_value, *right_value, *x_value, *interval_value, *names, *result = NULL;
    PyArrayObject *left = NULL, *right = NULL, *x = NULL;
    imr_interval_cox_data_t data = { 0 };
    imr_interval_cox_options_t options;
    imr_interval_cox_t fit = { 0 };
    imr_signals_t signals;
    imr_fault_t fault;
    int interval, status;

    if (!PyArg_ParseTuple(args, "OOOOdpO:interval_cox", &left_value, &right_value, &x_value,
            &interval_value, &options.level, &options.fix_ties, &names)) {
        return NULL;
    }
    interval = imr_choice(module, interval_value, "interval", INTERVALS, N_INTERVALS);
    if (interval < 0) {
        return NULL;
    }
    options.interval = (imr_interval_cox_interval_t) interval;
    left = imr_array_double(module, left_value, "left");
    if (left == NULL || imr_check_column(module, left, "left", -1, NULL) < 0) {
        goto out;
    }
    data.n = (size_t) PyArray_DIM(left, 0);
    right = imr_array_double(module, right_value, "right");
    if (right == NULL || imr_check_column(module, right, "right", (npy_intp) data.n, "left") < 0) {
        goto out;
    }
    x = imr_cox_covariates(module, x_value, names, (npy_intp) data.n, &data.p);
    if (x == NULL) {
        goto out;
    }
    data.left = PyArray_DATA(left);
    data.right = PyArray_DATA(right);
    data.x = PyArray_DATA(x);
    imr_signals_init(&signals);
    signals.saved = PyEval_SaveThread();
    status = imr_interval_cox_fit(&fit, &data, &options, &signals.stop, &fault);
    PyEval_RestoreThread(signals.saved);
    if (status == IMR_ERR_INTERVAL_COX_MONOTONE) {
        raise_monotone(module, &fit, names, options.level);
    } else if (status != IMR_OK) {
        imr_cox_raise(module, &fault, names);
    } else {
        result = lend(&fit, data.n);
    }
out:
    imr_interval_cox_free(&fit);
    Py_XDECREF((PyObject *) left);
    Py_XDECREF((PyObject *) right);
    Py_XDECREF((PyObject *) x);
    return result;
}

static PyObject *
survival(PyObject *module, PyObject *args)
{
    static const char *const names[] = { "coef", "center", "cumulative_hazard", "X" };
    PyObject *values[4], *result = NULL;
    PyArrayObject *arrays[4] = { NULL };
    imr_fault_t fault;
    npy_intp dims[2];
    int status;

    if (!PyArg_ParseTuple(
            args, "OOOO:interval_cox_survival", &values[0], &values[1], &values[2], &values[3])) {
        return NULL;
    }
    for (int a = 0; a < 4; a++) {
        arrays[a] = imr_array_double(module, values[a], names[a]);
        if (arrays[a] == NULL
            || (a < 3
                && imr_check_column(
                       module, arrays[a], names[a], a == 1 ? PyArray_DIM(arrays[0], 0) : -1, "coef")
                    < 0)) {
            goto out;
        }
    }
    if (PyArray_NDIM(arrays[3]) != 2 || PyArray_DIM(arrays[3], 1) != PyArray_DIM(arrays[0], 0)) {
        imr_raise_input(module,
            "X does not have %zd columns; give one row a patient, with the covariates of the fit",
            (Py_ssize_t) PyArray_DIM(arrays[0], 0));
        goto out;
    }
    dims[0] = PyArray_DIM(arrays[3], 0);
    dims[1] = PyArray_DIM(arrays[2], 0);
    result = PyArray_SimpleNew(2, dims, NPY_DOUBLE);
    if (result == NULL) {
        goto out;
    }
    status = imr_interval_cox_survival(PyArray_DATA(arrays[0]), PyArray_DATA(arrays[1]),
        (size_t) PyArray_DIM(arrays[0], 0), PyArray_DATA(arrays[2]), (size_t) dims[1],
        PyArray_DATA(arrays[3]), (size_t) dims[0], PyArray_DATA((PyArrayObject *) result), &fault);
    if (status != IMR_OK) {
        Py_CLEAR(result);
        imr_raise(module, &fault);
    }
out:
    for (int a = 0; a < 4; a++) {
        Py_XDECREF((PyObject *) arrays[a]);
    }
    return result;
}

PyMethodDef imr_interval_cox_methods[] = {
    { "interval_cox", interval_cox, METH_VARARGS,
        "interval_cox($module, left, right, X, interval, level, timefix, names, /)\n--\n\n"
        "(coef, std_error, hazard_ratio, low, high, z, pvalue, center, left, right, "
        "cumulative_hazard, numbers, counts) of survival.interval_cox." },
    { "interval_cox_survival", survival, METH_VARARGS,
        "interval_cox_survival($module, coef, center, cumulative_hazard, X, /)\n--\n\n"
        "Probabilities of an event after each innermost interval, one row a row of X." },
    { NULL, NULL, 0, NULL },
};
