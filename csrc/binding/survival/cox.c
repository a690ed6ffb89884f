#include "cox_shared.h"

#include <math.h>

static const char *const TIES[] = { IMR_COX_TIES_LIST(IMR_WORDS_OF_CHOICE) };
static const char *const WEIGHTS[] = { IMR_COX_WEIGHTS_LIST(IMR_WORDS_OF_CHOICE) };
static const char *const PENALTIES[] = { IMR_COX_PENALTY_LIST(IMR_WORDS_OF_CHOICE) };
static const char *const INTERVALS[] = { IMR_COX_INTERVAL_LIST(IMR_WORDS_OF_CHOICE) };

enum {
    N_TIES = 0 IMR_COX_TIES_LIST(IMR_ONE_OF_CHOICE),
    N_WEIGHTS = 0 IMR_COX_WEIGHTS_LIST(IMR_ONE_OF_CHOICE),
    N_PENALTIES = 0 IMR_COX_PENALTY_LIST(IMR_ONE_OF_CHOICE),
    N_INTERVALS = 0 IMR_COX_INTERVAL_LIST(IMR_ONE_OF_CHOICE)
};

enum { TIME, EVENT, ENTRY, WEIGHT, OFFSET, STRATA, CLUSTER, N_COLUMNS };
static const char *const COLUMNS[] = { "time", "event", "entry", "weights", "offset", "strata",
    "cluster" };

/* --- shared ------------------------------------------------------------------------------------- */

int
imr_cox_ties_of(PyObject *module, PyObject *word)
{
    return imr_choice(module, word, "ties", TIES, N_TIES);
}

PyObject *
imr_cox_raise(PyObject *module, const imr_fault_t *fault, PyObject *names)
{
    PyObject *name;

    if (fault->argument == NULL || strcmp(fault->argument, "X column") != 0
        || imr_status_kind(fault->status) != IMR_KIND_INPUT) {
        return imr_raise(module, fault);
    }
    name = Py_IsNone(names) ? PyUnicode_FromFormat("x%lld", (long long) fault->row + 1)
                            : PySequence_GetItem(names, (Py_ssize_t) fault->row);
    if (name != NULL) {
        imr_raise_input(module, "column %lld of X (%R): %s", (long long) fault->row, name,
            imr_status_words(fault->status));
        Py_DECREF(name);
    }
    return NULL;
}

/* --- the fit ------------------------------------------------------------------------------------ */

static int
convert_columns(PyObject *module, PyObject *const *given, PyArrayObject **arrays)
{
    npy_intp n = -1;

    for (int c = 0; c < N_COLUMNS; c++) {
        if (Py_IsNone(given[c])) {
            if (c == TIME || c == EVENT) {
                imr_raise_input(module, "%s is None; give one value a patient", COLUMNS[c]);
                return -1;
            }
            continue;
        }
        arrays[c] = c == EVENT            ? imr_array_flag(module, given[c], COLUMNS[c])
            : c == STRATA || c == CLUSTER ? imr_array_int64(module, given[c], COLUMNS[c])
                                          : imr_array_double(module, given[c], COLUMNS[c]);
        if (arrays[c] == NULL || imr_check_column(module, arrays[c], COLUMNS[c], n, "time") < 0) {
            return -1;
        }
        if (c == TIME) {
            n = PyArray_DIM(arrays[TIME], 0);
        }
    }
    return 0;
}

static const void *
data_of(PyArrayObject *array)
{
    return array == NULL ? NULL : PyArray_DATA(array);
}

PyArrayObject *
imr_cox_covariates(PyObject *module, PyObject *value, PyObject *names, npy_intp n, size_t *p)
{
    PyArrayObject *x = imr_array_double(module, value, "X");

    if (x == NULL) {
        return NULL;
    }
    *p = PyArray_NDIM(x) == 2 ? (size_t) PyArray_DIM(x, 1) : 1;
    if (PyArray_NDIM(x) < 1 || PyArray_NDIM(x) > 2 || PyArray_DIM(x, 0) != n) {
        imr_raise_input(module,
            "X is not one row a patient; give %zd rows and one column for each covariate",
            (Py_ssize_t) n);
    } else if (!Py_IsNone(names) && PySequence_Size(names) != (Py_ssize_t) *p) {
        if (!PyErr_Occurred()) {
            imr_raise_input(module, "names has %zd entries and X %zd columns; give one a column",
                PySequence_Size(names), (Py_ssize_t) *p);
        }
    } else {
        return x;
    }
    Py_DECREF((PyObject *) x);
    return NULL;
}

static int
parse_choices(PyObject *module, PyObject *const *words, imr_cox_options_t *options)
{
    int ties = imr_cox_ties_of(module, words[0]);
    int weights = ties < 0 ? -1 : imr_choice(module, words[1], "weights_kind", WEIGHTS, N_WEIGHTS);
    int penalty =
        weights < 0 ? -1 : imr_choice(module, words[2], "penalty", PENALTIES, N_PENALTIES);
    int interval =
        penalty < 0 ? -1 : imr_choice(module, words[3], "interval", INTERVALS, N_INTERVALS);

    options->ties = (imr_cox_ties_t) ties;
    options->weights = (imr_cox_weights_t) weights;
    options->penalty = (imr_cox_penalty_t) penalty;
    options->interval = (imr_cox_interval_t) interval;
    return interval < 0 ? -1 : 0;
}

/* Words for a monotone likelihood: which coefficient, what is known of it, what to do. */
static PyObject *
raise_monotone(PyObject *module, const imr_cox_t *fit, PyObject *names, PyObject *level, int robust)
{
    int rises = fit->monotone_sign > 0;
    const char *remedy = robust
        ? "That takes rows to be independent, as Firth's penalty does: for events that recur use "
          "survival.recurrent_test or survival.rate_regression, otherwise leave out cluster, "
          "robust and sampling weights and use penalty='firth'"
        : "Use penalty='firth' for a finite estimate with limits on both sides";
    char limit[200];
    PyObject *name = Py_IsNone(names) ? PyUnicode_FromFormat("x%lld", (long long) fit->monotone + 1)
                                      : PySequence_GetItem(names, (Py_ssize_t) fit->monotone);

    if (name == NULL) {
        return NULL;
    }
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
        "column %lld of X (%R): monotone likelihood: at each event nobody at risk ranks above the "
        "patient with the event, so the coefficient is %sinf; its profile likelihood interval at "
        "level %R %s. %s",
        (long long) fit->monotone, name, rises ? "" : "-", level, limit, remedy);
    Py_DECREF(name);
    return NULL;
}

/* What python/immunoreset/survival/cox.py makes a result of. */
static PyObject *
lend(imr_cox_t *fit, imr_cox_rows_t *rows)
{
    size_t p = fit->p;
    long long counts[] = { rows->patients, rows->events, rows->merged, fit->iterations };
    PyObject *owner = imr_owner(fit->block), *result;

    fit->block = NULL;
    if (owner == NULL) {
        return NULL;
    }
    result = Py_BuildValue("((NNNNNNNNN)(ddddd)(dddddd)(LLLL)N)",
        imr_column_double(owner, fit->coef, p), imr_column_double(owner, fit->std_error, p),
        imr_column_double(owner, fit->hazard_ratio, p), imr_column_double(owner, fit->low, p),
        imr_column_double(owner, fit->high, p), imr_column_double(owner, fit->z, p),
        imr_column_double(owner, fit->pvalue, p), imr_matrix_double(owner, fit->covariance, p, p),
        imr_matrix_double(owner, fit->naive, p, p), fit->loglik, fit->loglik_null, fit->penalized,
        fit->penalized_null, fit->score_norm, fit->ratio_test.statistic, fit->ratio_test.pvalue,
        fit->score_test.statistic, fit->score_test.pvalue, fit->wald_test.statistic,
        fit->wald_test.pvalue, counts[0], counts[1], counts[2], counts[3], imr_cox_lend_rows(rows));
    Py_DECREF(owner);
    return result;
}

enum { X_VALUE = 2, N_ARGUMENTS = 18 };

/* The numbers among the arguments; -1 with an exception. */
static int
parse_numbers(
    PyObject *const *args, Py_ssize_t *strata, Py_ssize_t *clusters, imr_cox_options_t *options)
{
    *strata = PyLong_AsSsize_t(args[7]);
    *clusters = PyLong_AsSsize_t(args[9]);
    options->level = PyFloat_AsDouble(args[14]);
    options->robust = PyObject_IsTrue(args[15]);
    options->fix_ties = PyObject_IsTrue(args[16]);
    return PyErr_Occurred() ? -1 : 0;
}

/* Eighteen arguments, without the time that a tuple of them and its reading take: a fit of 15 patients
 * takes no longer than they. */
static PyObject *
cox(PyObject *module, PyObject *const *args, Py_ssize_t count)
{
    PyObject *given[N_COLUMNS], *names, *result = NULL;
    PyArrayObject *arrays[N_COLUMNS] = { NULL }, *x = NULL;
    Py_ssize_t strata, clusters;
    imr_cox_options_t options;
    imr_cox_data_t data = { 0 };
    imr_cox_rows_t rows = { 0 };
    imr_cox_t fit = { 0 };
    imr_signals_t signals;
    imr_fault_t fault;
    int status;

    if (count != N_ARGUMENTS) {
        return PyErr_Format(PyExc_TypeError, "cox takes 18 arguments, not %zd", count);
    }
    given[TIME] = args[0];
    given[EVENT] = args[1];
    given[ENTRY] = args[3];
    given[WEIGHT] = args[4];
    given[OFFSET] = args[5];
    given[STRATA] = args[6];
    given[CLUSTER] = args[8];
    names = args[17];
    if (parse_numbers(args, &strata, &clusters, &options) < 0
        || parse_choices(module, args + 10, &options) < 0) {
        return NULL;
    }
    if (strata < 1 || clusters < 0) {
        return imr_raise_input(module, "the numbers of strata and clusters are needed");
    }
    if (convert_columns(module, given, arrays) < 0) {
        goto out;
    }
    data.n = (size_t) PyArray_DIM(arrays[TIME], 0);
    x = imr_cox_covariates(module, args[X_VALUE], names, (npy_intp) data.n, &data.p);
    if (x == NULL) {
        goto out;
    }
    data.time = data_of(arrays[TIME]);
    data.event = data_of(arrays[EVENT]);
    data.x = data_of(x);
    data.entry = data_of(arrays[ENTRY]);
    data.weight = data_of(arrays[WEIGHT]);
    data.offset = data_of(arrays[OFFSET]);
    data.stratum = data_of(arrays[STRATA]);
    data.strata = (size_t) strata;
    data.cluster = data_of(arrays[CLUSTER]);
    data.clusters = (size_t) clusters;
    imr_signals_init(&signals);
    signals.saved = PyEval_SaveThread();
    status = imr_cox_fit(&fit, &rows, &data, &options, &signals.stop, &fault);
    PyEval_RestoreThread(signals.saved);
    if (status == IMR_ERR_COX_MONOTONE) {
        PyObject *level = PyFloat_FromDouble(options.level);

        if (level != NULL) {
            raise_monotone(module, &fit, names, level, options.robust);
            Py_DECREF(level);
        }
    } else if (status != IMR_OK) {
        imr_cox_raise(module, &fault, names);
    } else {
        result = lend(&fit, &rows);
    }
out:
    imr_cox_free(&fit);
    imr_cox_rows_free(&rows);
    Py_XDECREF((PyObject *) x);
    for (int c = 0; c < N_COLUMNS; c++) {
        Py_XDECREF((PyObject *) arrays[c]);
    }
    return result;
}

PyMethodDef imr_cox_methods[] = {
    { "cox", (PyCFunction) (void (*)(void)) cox, METH_FASTCALL,
        "cox($module, time, event, X, entry, weights, offset, strata, n_strata, cluster, "
        "n_clusters, ties, weights_kind, penalty, interval, level, robust, timefix, names, /)"
        "\n--\n\n"
        "((coef, std_error, hazard_ratio, low, high, z, pvalue, covariance, naive), likelihoods, "
        "tests, counts, rows) of survival.cox." },
    { NULL, NULL, 0, NULL },
};
