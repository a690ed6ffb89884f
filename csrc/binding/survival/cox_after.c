/* What is asked of a fitted Cox regression: residuals, the test of proportional hazards, curves. */
#include "cox_shared.h"

#include "base/mem.h"
#include "survival/cox_curve.h"
#include "survival/cox_hazards.h"
#include "survival/cox_residuals.h"
#include "survival/cox_transform.h"

static const char *const KINDS[] = { IMR_COX_RESIDUAL_LIST(IMR_WORDS_OF_CHOICE) };
static const char *const TRANSFORMS[] = { IMR_COX_TRANSFORM_LIST(IMR_WORDS_OF_CHOICE) };
static const char *const INTERVALS[] = { IMR_COX_CURVE_LIST(IMR_WORDS_OF_CHOICE) };

enum {
    N_KINDS = 0 IMR_COX_RESIDUAL_LIST(IMR_ONE_OF_CHOICE),
    N_TRANSFORMS = 0 IMR_COX_TRANSFORM_LIST(IMR_ONE_OF_CHOICE),
    N_INTERVALS = 0 IMR_COX_CURVE_LIST(IMR_ONE_OF_CHOICE)
};

/* A fit as every function here takes it. */
typedef struct {
    imr_cox_held_t held;
    imr_cox_ties_t ties;
    PyArrayObject *coef, *covariance;
} fit_t;

static const double *
numbers(PyArrayObject *array)
{
    return PyArray_DATA(array);
}

/* -1 with an exception; fit_free in any case. */
static int
fit_init(PyObject *module, fit_t *fit, PyObject *rows, PyObject *ties, PyObject *coef,
    PyObject *covariance)
{
    int choice;

    memset(fit, 0, sizeof(*fit));
    choice = imr_cox_ties_of(module, ties);
    if (choice < 0 || imr_cox_hold(module, rows, &fit->held) < 0) {
        return -1;
    }
    fit->ties = (imr_cox_ties_t) choice;
    fit->coef = imr_array_double(module, coef, "coef");
    fit->covariance = fit->coef == NULL ? NULL : imr_array_double(module, covariance, "cov");
    if (fit->covariance == NULL) {
        return -1;
    }
    if ((size_t) PyArray_SIZE(fit->coef) != fit->held.rows.p
        || (size_t) PyArray_SIZE(fit->covariance) != fit->held.rows.p * fit->held.rows.p) {
        imr_raise_input(module, "coef and cov do not fit the rows; fit the model anew");
        return -1;
    }
    return 0;
}

static void
fit_free(fit_t *fit)
{
    imr_cox_release(&fit->held);
    Py_XDECREF((PyObject *) fit->coef);
    Py_XDECREF((PyObject *) fit->covariance);
}

static PyObject *
new_array(int ndim, size_t first, size_t second, int type)
{
    npy_intp dims[2] = { (npy_intp) first, (npy_intp) second };

    return PyArray_SimpleNew(ndim, dims, type);
}

static PyObject *
read_only(PyObject *array)
{
    PyArray_CLEARFLAGS((PyArrayObject *) array, NPY_ARRAY_WRITEABLE);
    return array;
}

static PyObject *
residuals(PyObject *module, PyObject *args)
{
    PyObject *rows_value, *ties, *coef, *covariance, *kind_value, *items[3] = { NULL };
    imr_signals_t signals;
    imr_fault_t fault;
    fit_t fit;
    size_t events, width;
    int kind, of_events, status;

    if (!PyArg_ParseTuple(
            args, "OOOOO:cox_residuals", &rows_value, &ties, &coef, &covariance, &kind_value)) {
        return NULL;
    }
    kind = imr_choice(module, kind_value, "kind", KINDS, N_KINDS);
    if (kind < 0) {
        return NULL;
    }
    if (fit_init(module, &fit, rows_value, ties, coef, covariance) < 0) {
        goto failed;
    }
    of_events = imr_cox_is_of_events((imr_cox_residual_t) kind);
    width = imr_cox_residual_width(&fit.held.rows, (imr_cox_residual_t) kind);
    events = of_events ? imr_cox_event_rows(&fit.held.rows) : 0;
    items[0] = new_array(width == 1 && !of_events && kind <= IMR_COX_DEVIANCE ? 1 : 2,
        of_events ? events : (size_t) fit.held.rows.rows_given, width, NPY_DOUBLE);
    items[1] = new_array(1, events, 0, NPY_INT64);
    items[2] = new_array(1, events, 0, NPY_DOUBLE);
    if (items[0] == NULL || items[1] == NULL || items[2] == NULL) {
        goto failed;
    }
    imr_signals_init(&signals);
    signals.saved = PyEval_SaveThread();
    status = imr_cox_residuals(&fit.held.rows, fit.ties, numbers(fit.coef), numbers(fit.covariance),
        (imr_cox_residual_t) kind, PyArray_DATA((PyArrayObject *) items[0]),
        PyArray_DATA((PyArrayObject *) items[1]), PyArray_DATA((PyArrayObject *) items[2]),
        &signals.stop, &fault);
    PyEval_RestoreThread(signals.saved);
    if (status != IMR_OK) {
        imr_raise(module, &fault);
        goto failed;
    }
    fit_free(&fit);
    for (int i = 0; i < 3; i++) {
        read_only(items[i]);
    }
    return imr_pack(items, 3);
failed:
    fit_free(&fit);
    for (int i = 0; i < 3; i++) {
        Py_XDECREF(items[i]);
    }
    return NULL;
}

static PyObject *
hazards(PyObject *module, PyObject *args)
{
    PyObject *rows_value, *ties, *coef, *covariance, *transform_value, *items[4] = { NULL };
    imr_cox_test_t *tests = NULL;
    imr_signals_t signals;
    imr_fault_t fault;
    fit_t fit;
    double *g = NULL, *columns[4];
    size_t p, events;
    int transform, status;

    if (!PyArg_ParseTuple(args, "OOOOO:cox_proportional_hazards", &rows_value, &ties, &coef,
            &covariance, &transform_value)) {
        return NULL;
    }
    transform = imr_choice(module, transform_value, "transform", TRANSFORMS, N_TRANSFORMS);
    if (transform < 0) {
        return NULL;
    }
    if (fit_init(module, &fit, rows_value, ties, coef, covariance) < 0) {
        goto failed;
    }
    p = fit.held.rows.p;
    events = imr_cox_event_rows(&fit.held.rows);
    g = imr_malloc(fit.held.rows.sets, sizeof(double));
    tests = imr_malloc(p + 1, sizeof(*tests));
    if (g == NULL || tests == NULL) {
        PyErr_NoMemory();
        goto failed;
    }
    for (int i = 0; i < 4; i++) {
        items[i] = new_array(1, i < 2 ? p + 1 : events, 0, NPY_DOUBLE);
        if (items[i] == NULL) {
            goto failed;
        }
        columns[i] = PyArray_DATA((PyArrayObject *) items[i]);
    }
    imr_signals_init(&signals);
    signals.saved = PyEval_SaveThread();
    status = imr_cox_transform(&fit.held.rows, (imr_cox_transform_t) transform, g, &fault);
    if (status == IMR_OK) {
        status = imr_cox_hazards(
            &fit.held.rows, fit.ties, numbers(fit.coef), g, tests, &signals.stop, &fault);
    }
    PyEval_RestoreThread(signals.saved);
    if (status != IMR_OK) {
        imr_raise(module, &fault);
        goto failed;
    }
    for (size_t i = 0; i <= p; i++) {
        columns[0][i] = tests[i].statistic;
        columns[1][i] = tests[i].pvalue;
    }
    imr_cox_transformed_events(&fit.held.rows, g, columns[2], columns[3]);
    imr_free(g);
    imr_free(tests);
    fit_free(&fit);
    for (int i = 0; i < 4; i++) {
        read_only(items[i]);
    }
    return imr_pack(items, 4);
failed:
    imr_free(g);
    imr_free(tests);
    fit_free(&fit);
    for (int i = 0; i < 4; i++) {
        Py_XDECREF(items[i]);
    }
    return NULL;
}

static PyObject *
baseline(PyObject *module, PyObject *args)
{
    PyObject *rows_value, *ties, *coef, *covariance, *x_value, *owner, *items[6], *result = NULL;
    PyArrayObject *x = NULL;
    imr_cox_baseline_t table = { 0 };
    imr_signals_t signals;
    imr_fault_t fault;
    fit_t fit;
    int status;

    if (!PyArg_ParseTuple(
            args, "OOOOO:cox_baseline", &rows_value, &ties, &coef, &covariance, &x_value)) {
        return NULL;
    }
    if (fit_init(module, &fit, rows_value, ties, coef, covariance) < 0) {
        goto out;
    }
    x = imr_array_double(module, x_value, "X");
    if (x == NULL
        || imr_check_column(module, x, "X", (npy_intp) fit.held.rows.p, "the model") < 0) {
        goto out;
    }
    imr_signals_init(&signals);
    signals.saved = PyEval_SaveThread();
    status = imr_cox_baseline(&table, &fit.held.rows, fit.ties, numbers(fit.coef),
        numbers(fit.covariance), numbers(x), &signals.stop, &fault);
    PyEval_RestoreThread(signals.saved);
    if (status != IMR_OK) {
        imr_raise(module, &fault);
        goto out;
    }
    owner = imr_owner(table.block);
    table.block = NULL;
    if (owner == NULL) {
        goto out;
    }
    items[0] = imr_column_int64(owner, table.stratum, table.n);
    items[1] = imr_column_double(owner, table.time, table.n);
    items[2] = imr_column_double(owner, table.at_risk, table.n);
    items[3] = imr_column_double(owner, table.events, table.n);
    items[4] = imr_column_double(owner, table.cumulative_hazard, table.n);
    items[5] = imr_column_double(owner, table.std_error, table.n);
    Py_DECREF(owner);
    result = imr_pack(items, 6);
out:
    imr_cox_baseline_free(&table);
    Py_XDECREF((PyObject *) x);
    fit_free(&fit);
    return result;
}

static PyObject *
predict(PyObject *module, PyObject *args)
{
    PyObject *rows_value, *ties, *coef, *covariance, *x_value, *times_value, *strata_value;
    PyObject *interval_value, *items[5] = { NULL }, *result = NULL;
    PyArrayObject *x = NULL, *times = NULL, *strata = NULL;
    imr_cox_asked_t asked = { 0 };
    imr_signals_t signals;
    imr_fault_t fault;
    fit_t fit;
    double *out[5];
    int interval, status;

    if (!PyArg_ParseTuple(args, "OOOOOOOOdp:cox_predict", &rows_value, &ties, &coef, &covariance,
            &x_value, &strata_value, &times_value, &interval_value, &asked.level,
            &asked.fix_ties)) {
        return NULL;
    }
    interval = imr_choice(module, interval_value, "interval", INTERVALS, N_INTERVALS);
    if (interval < 0) {
        return NULL;
    }
    asked.interval = (imr_cox_curve_interval_t) interval;
    if (fit_init(module, &fit, rows_value, ties, coef, covariance) < 0) {
        goto out;
    }
    x = imr_array_double(module, x_value, "X");
    times = x == NULL ? NULL : imr_array_double(module, times_value, "times");
    if (times == NULL || imr_check_column(module, times, "times", -1, NULL) < 0) {
        goto out;
    }
    if (PyArray_NDIM(x) != 2 || (size_t) PyArray_DIM(x, 1) != fit.held.rows.p) {
        imr_raise_input(module,
            "X does not have %zd columns; give one row a patient, with the "
            "covariates of the fit",
            (Py_ssize_t) fit.held.rows.p);
        goto out;
    }
    if (!Py_IsNone(strata_value)) {
        strata = imr_array_int64(module, strata_value, "strata");
        if (strata == NULL
            || imr_check_column(module, strata, "strata", PyArray_DIM(x, 0), "X") < 0) {
            goto out;
        }
        asked.stratum = PyArray_DATA(strata);
    }
    asked.m = (size_t) PyArray_DIM(x, 0);
    asked.n_times = (size_t) PyArray_DIM(times, 0);
    asked.x = numbers(x);
    asked.times = numbers(times);
    for (int i = 0; i < 5; i++) {
        items[i] = new_array(2, asked.m, asked.n_times, NPY_DOUBLE);
        if (items[i] == NULL) {
            goto out;
        }
        out[i] = PyArray_DATA((PyArrayObject *) items[i]);
    }
    imr_signals_init(&signals);
    signals.saved = PyEval_SaveThread();
    status = imr_cox_predict(&fit.held.rows, fit.ties, numbers(fit.coef), numbers(fit.covariance),
        &asked, out[0], out[1], out[2], out[3], out[4], &signals.stop, &fault);
    PyEval_RestoreThread(signals.saved);
    if (status != IMR_OK) {
        imr_raise(module, &fault);
        goto out;
    }
    for (int i = 0; i < 5; i++) {
        read_only(items[i]);
    }
    result = imr_pack(items, 5);
    memset(items, 0, sizeof(items));
out:
    for (int i = 0; i < 5; i++) {
        Py_XDECREF(items[i]);
    }
    Py_XDECREF((PyObject *) x);
    Py_XDECREF((PyObject *) times);
    Py_XDECREF((PyObject *) strata);
    fit_free(&fit);
    return result;
}

PyMethodDef imr_cox_after_methods[] = {
    { "cox_residuals", residuals, METH_VARARGS,
        "cox_residuals($module, rows, ties, coef, cov, kind, /)\n--\n\n"
        "(residuals, row of each event, time of each event) of Cox.residuals." },
    { "cox_proportional_hazards", hazards, METH_VARARGS,
        "cox_proportional_hazards($module, rows, ties, coef, cov, transform, /)\n--\n\n"
        "(statistics, p-values) of Cox.proportional_hazards, the global test last; (transformed "
        "times, weights) of its events." },
    { "cox_baseline", baseline, METH_VARARGS,
        "cox_baseline($module, rows, ties, coef, cov, X, /)\n--\n\n"
        "(stratum, time, at_risk, events, cumulative_hazard, std_error) of Cox.baseline." },
    { "cox_predict", predict, METH_VARARGS,
        "cox_predict($module, rows, ties, coef, cov, X, strata, times, interval, level, timefix, "
        "/)\n--\n\n"
        "(survival, cumulative hazard, its std_error, low, high) of Cox.predict." },
    { NULL, NULL, 0, NULL },
};
