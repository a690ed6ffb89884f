#include "binding.h"

#include <math.h>

#include "survival/rate_regression.h"

static const char *const FAMILIES[] = { IMR_RATE_FAMILY_LIST(IMR_WORDS_OF_CHOICE) };
static const char *const VARIANCES[] = { IMR_RATE_VARIANCE_LIST(IMR_WORDS_OF_CHOICE) };
static const char *const INFORMATIONS[] = { IMR_RATE_INFORMATION_LIST(IMR_WORDS_OF_CHOICE) };
static const char *const INTERVALS[] = { IMR_RATE_INTERVAL_LIST(IMR_WORDS_OF_CHOICE) };

enum {
    N_FAMILIES = 0 IMR_RATE_FAMILY_LIST(IMR_ONE_OF_CHOICE),
    N_VARIANCES = 0 IMR_RATE_VARIANCE_LIST(IMR_ONE_OF_CHOICE),
    N_INFORMATIONS = 0 IMR_RATE_INFORMATION_LIST(IMR_ONE_OF_CHOICE),
    N_INTERVALS = 0 IMR_RATE_INTERVAL_LIST(IMR_ONE_OF_CHOICE)
};

enum { EVENTS, EXPOSURE, X, CLUSTER, N_ROWS };
enum { COEF, STD_ERROR, LOW, HIGH, PVALUE, RATIO, RATIO_LOW, RATIO_HIGH, COVARIANCE, N_ARRAYS };

static int
read_options(PyObject *module, PyObject *const *words, imr_rate_options_t *options)
{
    int choice = imr_choice(module, words[0], "family", FAMILIES, N_FAMILIES);

    if (choice < 0) {
        return -1;
    }
    options->family = (imr_rate_family_t) choice;
    choice = imr_choice(module, words[1], "variance", VARIANCES, N_VARIANCES);
    if (choice < 0) {
        return -1;
    }
    options->variance = (imr_rate_variance_t) choice;
    choice = imr_choice(module, words[2], "information", INFORMATIONS, N_INFORMATIONS);
    if (choice < 0) {
        return -1;
    }
    options->information = (imr_rate_information_t) choice;
    choice = imr_choice(module, words[3], "interval", INTERVALS, N_INTERVALS);
    if (choice < 0) {
        return -1;
    }
    options->interval = (imr_rate_interval_t) choice;
    return 0;
}

/* The fit and its limits, without the GIL but for questions; theta[2] receives the limits of theta. */
static int
work(imr_rate_regression_t *fit, const imr_rate_data_t *data, const imr_rate_options_t *options,
    double **columns, double *theta, imr_signals_t *signals, imr_fault_t *fault)
{
    int status = imr_rate_regression_fit(fit, data, options, &signals->stop, fault);

    for (size_t j = 0; status == IMR_OK && j < fit->p; j++) {
        columns[COEF][j] = fit->coef[j];
        columns[STD_ERROR][j] = fit->std_error[j];
        for (size_t c = 0; c < fit->p; c++) {
            columns[COVARIANCE][j * fit->p + c] = fit->covariance[j * fit->p + c];
        }
        status = imr_rate_regression_limits(
            fit, j, &columns[LOW][j], &columns[HIGH][j], &columns[PVALUE][j], fault);
        columns[RATIO][j] = exp(fit->coef[j]);
        columns[RATIO_LOW][j] = exp(columns[LOW][j]);
        columns[RATIO_HIGH][j] = exp(columns[HIGH][j]);
    }
    if (status == IMR_OK && options->family == IMR_RATE_NEGATIVE_BINOMIAL) {
        status = imr_rate_regression_theta(fit, &theta[0], &theta[1], fault);
    }
    return status;
}

static PyObject *
summary_of(const imr_rate_regression_t *fit, PyObject *columns, const double *theta)
{
    double at = NAN, std_error = NAN;

    if (fit->options.family == IMR_RATE_NEGATIVE_BINOMIAL) {
        at = 1 / fit->alpha;
        std_error = fit->alpha > 0 ? fit->alpha_std_error / (fit->alpha * fit->alpha) : NAN;
    }
    return Py_BuildValue("N(ddddd)(dddd)dLiidd", columns, fit->maximum + fit->constant,
        fit->deviance, fit->null_deviance, fit->pearson, fit->dispersion, at, std_error, theta[0],
        theta[1], fit->score_norm, (long long) fit->iterations, fit->boundary, fit->infinite,
        fit->total_events, fit->total_exposure);
}

static PyObject *
rate_regression(PyObject *module, PyObject *args)
{
    static const char *const names[] = { "events", "exposure", "X", "cluster" };
    PyObject *values[N_ROWS], *words[4], *arrays[N_ARRAYS] = { NULL }, *packed, *result = NULL;
    PyArrayObject *rows[N_ROWS] = { NULL };
    double *columns[N_ARRAYS], theta[2] = { NAN, NAN };
    imr_rate_regression_t fit = { 0 };
    imr_rate_options_t options;
    imr_rate_data_t data;
    imr_signals_t signals;
    imr_fault_t fault;
    Py_ssize_t clusters;
    npy_intp dims[2];
    int status;

    if (!PyArg_ParseTuple(args, "OOOOnOOOOd:rate_regression", &values[EVENTS], &values[EXPOSURE],
            &values[X], &values[CLUSTER], &clusters, &words[0], &words[1], &words[2], &words[3],
            &options.level)
        || read_options(module, words, &options) < 0) {
        return NULL;
    }
    if (imr_columns(module, values, names, "IdMi", rows) < 0) {
        goto out;
    }
    data = (imr_rate_data_t) { .events = imr_column_data(rows[EVENTS]),
        .exposure = imr_column_data(rows[EXPOSURE]),
        .columns = imr_column_data(rows[X]),
        .cluster = imr_column_data(rows[CLUSTER]),
        .n = (size_t) PyArray_DIM(rows[EVENTS], 0),
        .k = (size_t) PyArray_DIM(rows[X], 1),
        .clusters = (size_t) clusters };
    dims[0] = dims[1] = (npy_intp) data.k + 1;
    for (int i = 0; i < N_ARRAYS; i++) {
        arrays[i] = PyArray_SimpleNew(i == COVARIANCE ? 2 : 1, dims, NPY_DOUBLE);
        if (arrays[i] == NULL) {
            goto out;
        }
        columns[i] = PyArray_DATA((PyArrayObject *) arrays[i]);
    }
    imr_signals_init(&signals);
    signals.saved = PyEval_SaveThread();
    status = work(&fit, &data, &options, columns, theta, &signals, &fault);
    PyEval_RestoreThread(signals.saved);
    if (status != IMR_OK) {
        imr_raise(module, &fault);
        goto out;
    }
    packed = imr_rows_results(arrays, N_ARRAYS);
    if (packed != NULL) {
        result = summary_of(&fit, packed, theta);
    }
out:
    imr_rate_regression_free(&fit);
    imr_columns_free(rows, "IdMi");
    for (int i = 0; i < N_ARRAYS; i++) {
        Py_XDECREF(arrays[i]);
    }
    return result;
}

PyMethodDef imr_rate_regression_methods[] = {
    { "rate_regression", rate_regression, METH_VARARGS,
        "rate_regression($module, events, exposure, X, cluster, clusters, family, variance, "
        "information, interval, level, /)\n--\n\n"
        "((coef, std_error, low, high, pvalue, ratio, its low and high, covariance), (loglik, "
        "deviance, null_deviance,\n"
        "pearson, dispersion), (theta, std_error, low, high), score_norm, iterations,\n"
        "boundary, infinite, events, exposure) of survival.rate_regression." },
    { NULL, NULL, 0, NULL },
};
