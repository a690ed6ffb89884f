#include "cox_shared.h"

#include "survival/cox_frailty.h"

enum { TIME, EVENT, CLUSTER, ENTRY, OFFSET, STRATA, N_COLUMNS };
static const char *const COLUMNS[] = { "time", "event", "cluster", "entry", "offset", "strata" };
static const char KINDS[] = "DFIddi";

/* What python/immunoreset/survival/cox_frailty.py makes a result of. */
static PyObject *
lend(imr_cox_frailty_t *fit)
{
    size_t p = fit->p, groups = fit->groups;
    long long counts[] = { fit->patients, fit->events_total, fit->merged, fit->iterations };
    PyObject *owner = imr_owner(fit->block), *result;

    fit->block = NULL;
    if (owner == NULL) {
        return NULL;
    }
    result = Py_BuildValue("((NNNNNNNN)(NNNNNN)(dddddddd)(dd)(LLLL))",
        imr_column_double(owner, fit->coef, p), imr_column_double(owner, fit->std_error, p),
        imr_column_double(owner, fit->hazard_ratio, p), imr_column_double(owner, fit->low, p),
        imr_column_double(owner, fit->high, p), imr_column_double(owner, fit->z, p),
        imr_column_double(owner, fit->pvalue, p), imr_matrix_double(owner, fit->covariance, p, p),
        imr_column_int64(owner, fit->events, groups),
        imr_column_double(owner, fit->expected, groups),
        imr_column_double(owner, fit->frailty, groups),
        imr_column_double(owner, fit->frailty_std_error, groups),
        imr_column_double(owner, fit->frailty_low, groups),
        imr_column_double(owner, fit->frailty_high, groups), fit->theta, fit->theta_low,
        fit->theta_high, fit->loglik, fit->loglik_flat, fit->loglik_partial, fit->df,
        fit->score_norm, fit->test.statistic, fit->test.pvalue, counts[0], counts[1], counts[2],
        counts[3]);
    Py_DECREF(owner);
    return result;
}

static PyObject *
cox_frailty(PyObject *module, PyObject *args)
{
    PyObject *given[N_COLUMNS], *x_value, *ties, *names, *result = NULL;
    PyArrayObject *arrays[N_COLUMNS] = { NULL }, *x = NULL;
    Py_ssize_t strata, clusters;
    imr_cox_options_t options = { .robust = 0 };
    imr_cox_data_t data = { 0 };
    imr_cox_frailty_t fit = { 0 };
    imr_signals_t signals;
    imr_fault_t fault;
    int status, choice;

    if (!PyArg_ParseTuple(args, "OOOOnOOOnOdpO:cox_frailty", &given[TIME], &given[EVENT], &x_value,
            &given[CLUSTER], &clusters, &given[ENTRY], &given[OFFSET], &given[STRATA], &strata,
            &ties, &options.level, &options.fix_ties, &names)
        || (choice = imr_cox_ties_of(module, ties)) < 0) {
        return NULL;
    }
    if (strata < 1 || clusters < 0) {
        return imr_raise_input(module, "the numbers of strata and clusters are needed");
    }
    options.ties = (imr_cox_ties_t) choice;
    if (imr_columns(module, given, COLUMNS, KINDS, arrays) < 0) {
        goto out;
    }
    data.n = (size_t) PyArray_DIM(arrays[TIME], 0);
    x = imr_cox_covariates(module, x_value, names, (npy_intp) data.n, &data.p);
    if (x == NULL) {
        goto out;
    }
    data.time = imr_column_data(arrays[TIME]);
    data.event = imr_column_data(arrays[EVENT]);
    data.x = imr_column_data(x);
    data.entry = imr_column_data(arrays[ENTRY]);
    data.offset = imr_column_data(arrays[OFFSET]);
    data.stratum = imr_column_data(arrays[STRATA]);
    data.strata = (size_t) strata;
    data.cluster = imr_column_data(arrays[CLUSTER]);
    data.clusters = (size_t) clusters;
    imr_signals_init(&signals);
    signals.saved = PyEval_SaveThread();
    status = imr_cox_frailty_fit(&fit, &data, &options, &signals.stop, &fault);
    PyEval_RestoreThread(signals.saved);
    if (status != IMR_OK) {
        imr_cox_raise(module, &fault, names);
    } else {
        result = lend(&fit);
    }
out:
    imr_cox_frailty_free(&fit);
    Py_XDECREF((PyObject *) x);
    imr_columns_free(arrays, KINDS);
    return result;
}

PyMethodDef imr_cox_frailty_methods[] = {
    { "cox_frailty", cox_frailty, METH_VARARGS,
        "cox_frailty($module, time, event, X, cluster, n_clusters, entry, offset, strata, "
        "n_strata, ties, level, timefix, names, /)\n--\n\n"
        "(coefficients, frailties, values, test, counts) of survival.cox_frailty." },
    { NULL, NULL, 0, NULL },
};
