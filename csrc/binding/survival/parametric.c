#include "binding.h"

#include <math.h>

#include "survival/parametric.h"

static const char *const DISTRIBUTIONS[] = { IMR_PARAMETRIC_DISTRIBUTION_LIST(
    IMR_WORDS_OF_CHOICE) };
static const char *const INTERVALS[] = { IMR_PARAMETRIC_INTERVAL_LIST(IMR_WORDS_OF_CHOICE) };

enum {
    N_DISTRIBUTIONS = 0 IMR_PARAMETRIC_DISTRIBUTION_LIST(IMR_ONE_OF_CHOICE),
    N_INTERVALS = 0 IMR_PARAMETRIC_INTERVAL_LIST(IMR_ONE_OF_CHOICE)
};

/* --- Ctrl-C inside a core call ------------------------------------------------------------------ */

typedef struct {
    imr_stop_t stop;
    PyThreadState *saved;
} signals_t;

static int
asked(void *context)
{
    signals_t *self = context;
    int stop;

    PyEval_RestoreThread(self->saved);
    stop = PyErr_CheckSignals() < 0;
    self->saved = PyEval_SaveThread();
    return stop;
}

static void
listen(signals_t *self)
{
    *self = (signals_t) { .stop = { .asked = asked, .context = self } };
}

/* --- rows --------------------------------------------------------------------------------------- */

enum { LEFT, RIGHT, EVENT, ENTRY, WEIGHTS, X, N_COLUMNS };
static const char *const COLUMNS[] = { "left", "right", "event", "entry", "weights", "X" };

typedef struct {
    PyArrayObject *columns[N_COLUMNS];
    imr_parametric_data_t data;
} rows_t;

static void
release(rows_t *rows)
{
    for (int i = 0; i < N_COLUMNS; i++) {
        Py_CLEAR(rows->columns[i]);
    }
}

/* Converts a tuple of columns, each but the first of which may be None. -1 with an exception; release
 * in any case. */
static int
hold(PyObject *module, PyObject *tuple, rows_t *rows)
{
    PyArrayObject **columns = rows->columns;
    npy_intp n = -1;

    memset(rows, 0, sizeof(*rows));
    if (PyTuple_Size(tuple) != N_COLUMNS) {
        if (!PyErr_Occurred()) {
            PyErr_SetString(PyExc_TypeError, "rows is no tuple of six columns");
        }
        return -1;
    }
    for (int i = 0; i < N_COLUMNS; i++) {
        PyObject *value = PyTuple_GetItem(tuple, i);

        if (Py_IsNone(value) && i != LEFT) {
            continue;
        }
        columns[i] = i == EVENT ? imr_array_flag(module, value, COLUMNS[i])
                                : imr_array_double(module, value, COLUMNS[i]);
        if (columns[i] == NULL) {
            return -1;
        }
        if (i == X) {
            if (PyArray_NDIM(columns[X]) != 2 || PyArray_DIM(columns[X], 0) != n) {
                imr_raise_input(module,
                    "X is not one row a patient; give %zd rows and one column for each covariate",
                    (Py_ssize_t) n);
                return -1;
            }
        } else if (imr_check_column(module, columns[i], COLUMNS[i], n, "left") < 0) {
            return -1;
        }
        n = PyArray_DIM(columns[LEFT], 0);
    }
    rows->data.left = PyArray_DATA(columns[LEFT]);
    rows->data.right = columns[RIGHT] == NULL ? NULL : PyArray_DATA(columns[RIGHT]);
    rows->data.event = columns[EVENT] == NULL ? NULL : PyArray_DATA(columns[EVENT]);
    rows->data.entry = columns[ENTRY] == NULL ? NULL : PyArray_DATA(columns[ENTRY]);
    rows->data.weight = columns[WEIGHTS] == NULL ? NULL : PyArray_DATA(columns[WEIGHTS]);
    rows->data.columns = columns[X] == NULL ? NULL : PyArray_DATA(columns[X]);
    rows->data.n = (size_t) n;
    rows->data.k = columns[X] == NULL ? 0 : (size_t) PyArray_DIM(columns[X], 1);
    return 0;
}

/* Raises what the fault says; a column of X by its name. */
static PyObject *
raise_named(PyObject *module, const imr_fault_t *fault, PyObject *names)
{
    PyObject *name;

    if (fault->argument == NULL || strcmp(fault->argument, "X column") != 0
        || imr_status_kind(fault->status) != IMR_KIND_INPUT) {
        return imr_raise(module, fault);
    }
    name = PySequence_GetItem(names, (Py_ssize_t) fault->row);
    if (name != NULL) {
        imr_raise_input(module, "X column %R; %s", name, imr_status_words(fault->status));
        Py_DECREF(name);
    }
    return NULL;
}

/* --- the fit ------------------------------------------------------------------------------------ */

enum { ESTIMATE, STD_ERROR, LOW, HIGH, PVALUE, COVARIANCE, N_ARRAYS };

/* Limits and p-values of all parameters; NaN where a p-value has no hypothesis. */
static int
fill_limits(imr_parametric_t *fit, double **data, double level, imr_parametric_interval_t interval,
    imr_fault_t *fault)
{
    int status = IMR_OK;

    for (size_t j = 0; j < fit->d && status == IMR_OK; j++) {
        data[STD_ERROR][j] = sqrt(data[COVARIANCE][j * fit->d + j]);
        data[PVALUE][j] = NAN;
        status =
            imr_parametric_limits(fit, j, level, interval, &data[LOW][j], &data[HIGH][j], fault);
        if (status == IMR_OK && j >= 1 && j <= fit->k) {
            status = imr_parametric_pvalue(fit, j, interval, &data[PVALUE][j], fault);
        }
    }
    return status;
}

static PyObject *
fitted(PyObject *module, rows_t *rows, int distribution, int cure, int interval, double level,
    PyObject *names)
{
    imr_parametric_t fit = { 0 };
    signals_t signals;
    PyObject *arrays[N_ARRAYS] = { NULL }, *packed, *result = NULL;
    double *data[N_ARRAYS];
    imr_fault_t fault;
    int status;

    listen(&signals);
    Py_BEGIN_ALLOW_THREADS
    status =
        imr_parametric_init(&fit, &rows->data, (imr_distribution_t) distribution, cure, &fault);
    Py_END_ALLOW_THREADS
    if (status == IMR_OK) {
        npy_intp dims[2] = { (npy_intp) fit.d, (npy_intp) fit.d };

        for (int i = 0; i < N_ARRAYS; i++) {
            arrays[i] = PyArray_SimpleNew(i == COVARIANCE ? 2 : 1, dims, NPY_DOUBLE);
            if (arrays[i] == NULL) {
                goto out;
            }
            data[i] = PyArray_DATA((PyArrayObject *) arrays[i]);
        }
        signals.saved = PyEval_SaveThread();
        status = imr_parametric_fit(&fit, &signals.stop, &fault);
        if (status == IMR_OK) {
            imr_parametric_estimates(&fit, data[ESTIMATE], data[COVARIANCE]);
            status = fill_limits(&fit, data, level, (imr_parametric_interval_t) interval, &fault);
        }
        PyEval_RestoreThread(signals.saved);
    }
    if (status != IMR_OK) {
        raise_named(module, &fault, names);
        goto out;
    }
    packed = imr_rows_results(arrays, N_ARRAYS);
    if (packed != NULL) {
        result = Py_BuildValue("NddLnnnnndiid", packed, fit.loglik, fit.score_norm,
            (long long) fit.iterations, (Py_ssize_t) fit.n, (Py_ssize_t) fit.count[IMR_ROW_EXACT],
            (Py_ssize_t) (fit.count[IMR_ROW_RIGHT] + fit.count[IMR_ROW_EMPTY]),
            (Py_ssize_t) fit.count[IMR_ROW_LEFT], (Py_ssize_t) fit.count[IMR_ROW_INTERVAL],
            fit.weight, fit.boundary, fit.higher_beyond, fit.follow_up);
    }
out:
    for (int i = 0; i < N_ARRAYS; i++) {
        Py_XDECREF(arrays[i]);
    }
    imr_parametric_free(&fit);
    return result;
}

static PyObject *
parametric(PyObject *module, PyObject *args)
{
    PyObject *tuple, *group_value, *distribution, *interval, *names, *item, *list = NULL;
    PyArrayObject *group = NULL;
    Py_ssize_t n_groups;
    rows_t rows;
    double level;
    int cure, which, kind;

    if (!PyArg_ParseTuple(args, "O!OnOpOdO:parametric", &PyTuple_Type, &tuple, &group_value,
            &n_groups, &distribution, &cure, &interval, &level, &names)) {
        return NULL;
    }
    which = imr_choice(module, distribution, "distribution", DISTRIBUTIONS, N_DISTRIBUTIONS);
    kind = which < 0 ? -1 : imr_choice(module, interval, "interval", INTERVALS, N_INTERVALS);
    if (kind < 0) {
        return NULL;
    }
    if (hold(module, tuple, &rows) < 0) {
        goto out;
    }
    if (!Py_IsNone(group_value)) {
        group = imr_array_int64(module, group_value, "group");
        if (group == NULL
            || imr_check_column(module, group, "group", (npy_intp) rows.data.n, "left") < 0) {
            goto out;
        }
        rows.data.group = PyArray_DATA(group);
    }
    list = PyList_New(0);
    for (Py_ssize_t code = 0; list != NULL && code < n_groups; code++) {
        rows.data.code = code;
        item = fitted(module, &rows, which, cure, kind, level, names);
        if (item == NULL || PyList_Append(list, item) < 0) {
            Py_CLEAR(list);
        }
        Py_XDECREF(item);
    }
out:
    release(&rows);
    Py_XDECREF((PyObject *) group);
    return list;
}

/* --- predictions -------------------------------------------------------------------------------- */

/* Reads rows and the parameters of their fit; -1 with an exception, and imr_parametric_free in any
 * case. */
static int
resume(PyObject *module, PyObject *tuple, PyObject *distribution, int cure, PyObject *parameters,
    signals_t *signals, imr_parametric_t *fit)
{
    int which = imr_choice(module, distribution, "distribution", DISTRIBUTIONS, N_DISTRIBUTIONS);
    PyArrayObject *values = NULL;
    imr_fault_t fault;
    rows_t rows;
    int status = -1;

    if (which < 0 || hold(module, tuple, &rows) < 0) {
        goto out;
    }
    values = imr_array_double(module, parameters, "parameters");
    if (values == NULL) {
        goto out;
    }
    listen(signals);
    signals->saved = PyEval_SaveThread();
    status = imr_parametric_init(fit, &rows.data, (imr_distribution_t) which, cure, &fault);
    if (status == IMR_OK && PyArray_SIZE(values) != (npy_intp) fit->d) {
        status = imr_fault(&fault, IMR_ERR_COUNT, "parameters", -1, (double) PyArray_SIZE(values));
    }
    if (status == IMR_OK) {
        status = imr_parametric_resume(fit, PyArray_DATA(values), &signals->stop, &fault);
    }
    PyEval_RestoreThread(signals->saved);
    if (status != IMR_OK) {
        imr_raise(module, &fault);
        status = -1;
    }
out:
    if (which >= 0) {
        release(&rows);
    }
    Py_XDECREF((PyObject *) values);
    return status;
}

static PyObject *
predict(PyObject *module, PyObject *args, int quantile)
{
    PyObject *tuple, *distribution, *parameters, *x_value, *points_value, *interval, *result = NULL;
    PyObject *outputs[4] = { NULL };
    PyArrayObject *x = NULL;
    signals_t signals;
    imr_parametric_t fit = { 0 };
    imr_parametric_value_t value;
    imr_rows_t points = { .count = 1 };
    imr_fault_t fault;
    double level, *data[4];
    const char *argument = quantile ? "p" : "times";
    int cure, kind, status = IMR_OK;

    if (!PyArg_ParseTuple(args, "O!OpOOOOd:parametric_at", &PyTuple_Type, &tuple, &distribution,
            &cure, &parameters, &x_value, &points_value, &interval, &level)) {
        return NULL;
    }
    kind = imr_choice(module, interval, "interval", INTERVALS, N_INTERVALS);
    if (kind < 0 || resume(module, tuple, distribution, cure, parameters, &signals, &fit) < 0) {
        goto out;
    }
    x = imr_array_double(module, x_value, "X");
    if (x == NULL || imr_check_column(module, x, "X", (npy_intp) fit.k, "the model") < 0) {
        goto out;
    }
    points.arrays[0] = imr_array_double(module, points_value, argument);
    if (imr_rows_init(module, &points, &argument) < 0
        || imr_rows_outputs(&points, outputs, data, 4) < 0) {
        goto out;
    }
    signals.saved = PyEval_SaveThread();
    for (size_t i = 0; i < points.n && status == IMR_OK; i++) {
        double point = ((const double *) PyArray_DATA(points.arrays[0]))[i];

        status = quantile ? imr_parametric_quantile(&fit, PyArray_DATA(x), point, level,
                                (imr_parametric_interval_t) kind, &value, &fault)
                          : imr_parametric_survival(&fit, PyArray_DATA(x), point, level,
                                (imr_parametric_interval_t) kind, &value, &fault);
        if (status == IMR_OK) {
            data[0][i] = value.estimate;
            data[1][i] = value.std_error;
            data[2][i] = value.low;
            data[3][i] = value.high;
        }
    }
    PyEval_RestoreThread(signals.saved);
    if (status != IMR_OK) {
        imr_raise(module, &fault);
        goto out;
    }
    result = imr_rows_results(outputs, 4);
out:
    for (int i = 0; i < 4; i++) {
        Py_XDECREF(outputs[i]);
    }
    imr_rows_free(&points);
    Py_XDECREF((PyObject *) x);
    imr_parametric_free(&fit);
    return result;
}

static PyObject *
parametric_at(PyObject *module, PyObject *args)
{
    return predict(module, args, 0);
}

static PyObject *
parametric_quantile(PyObject *module, PyObject *args)
{
    return predict(module, args, 1);
}

static PyObject *
parametric_residuals(PyObject *module, PyObject *args)
{
    PyObject *tuple, *distribution, *parameters, *arrays[4] = { NULL }, *result = NULL;
    double *data[4];
    signals_t signals;
    imr_parametric_t fit = { 0 };
    npy_intp n;
    int cure;

    if (!PyArg_ParseTuple(args, "O!OpO:parametric_residuals", &PyTuple_Type, &tuple, &distribution,
            &cure, &parameters)) {
        return NULL;
    }
    if (resume(module, tuple, distribution, cure, parameters, &signals, &fit) < 0) {
        goto out;
    }
    n = (npy_intp) fit.n;
    for (int i = 0; i < 4; i++) {
        arrays[i] = PyArray_SimpleNew(1, &n, NPY_DOUBLE);
        if (arrays[i] == NULL) {
            goto out;
        }
        data[i] = PyArray_DATA((PyArrayObject *) arrays[i]);
    }
    Py_BEGIN_ALLOW_THREADS
    imr_parametric_residuals(&fit, data[0], data[1], data[2], data[3]);
    Py_END_ALLOW_THREADS
    result = imr_rows_results(arrays, 4);
out:
    for (int i = 0; i < 4; i++) {
        Py_XDECREF(arrays[i]);
    }
    imr_parametric_free(&fit);
    return result;
}

PyMethodDef imr_parametric_methods[] = {
    { "parametric", parametric, METH_VARARGS,
        "parametric($module, rows, group, n_groups, distribution, cure, interval, level, names, "
        "/)\n"
        "--\n\n"
        "One tuple a group of survival.parametric; rows is (left, right, event, entry, weights, "
        "X)." },
    { "parametric_at", parametric_at, METH_VARARGS,
        "parametric_at($module, rows, distribution, cure, parameters, x, times, interval, level, "
        "/)\n"
        "--\n\n"
        "(estimate, std_error, low, high) of survival at times." },
    { "parametric_quantile", parametric_quantile, METH_VARARGS,
        "parametric_quantile($module, rows, distribution, cure, parameters, x, p, interval, level, "
        "/)\n--\n\n"
        "(estimate, std_error, low, high) of quantiles." },
    { "parametric_residuals", parametric_residuals, METH_VARARGS,
        "parametric_residuals($module, rows, distribution, cure, parameters, /)\n--\n\n"
        "(hazard at left, hazard at right, martingale, deviance) of the rows." },
    { NULL, NULL, 0, NULL },
};
