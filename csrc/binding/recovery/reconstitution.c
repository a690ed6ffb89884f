#include "binding.h"

#include "recovery/reconstitution_limits.h"

static const char *const NAMES[] = { "left", "right", "competing", "cause", "group" };
static const char KINDS[] = "DDdii";

/* Maximises the likelihood of one group in turns, between which Ctrl-C is heard. -1 with an
 * exception. */
static int
maximise(PyObject *module, imr_reconstitution_t *cells, const imr_reconstitution_rows_t *rows,
    const int64_t *group, int64_t code, imr_reconstitution_estimate_t *estimate)
{
    imr_fault_t fault;
    int done = 0, status;

    Py_BEGIN_ALLOW_THREADS
    status = imr_reconstitution_init(cells, rows, group, code, &fault);
    Py_END_ALLOW_THREADS
    while (status == IMR_OK && !done) {
        if (PyErr_CheckSignals() < 0) {
            return -1;
        }
        Py_BEGIN_ALLOW_THREADS
        status = imr_reconstitution_advance(cells, &done, &fault);
        if (status == IMR_OK && done) {
            status = imr_reconstitution_finish(cells, estimate, &fault);
        }
        Py_END_ALLOW_THREADS
    }
    if (status != IMR_OK) {
        imr_raise(module, &fault);
        return -1;
    }
    return 0;
}

/* Hands the block of the estimate over to a tuple. */
static PyObject *
tuple_of(const imr_reconstitution_t *cells, imr_reconstitution_estimate_t *e)
{
    PyObject *owner = imr_owner(e->block), *tuple;

    e->block = NULL;
    if (owner == NULL) {
        return NULL;
    }
    tuple = Py_BuildValue("(nnnnNNNNNNNNNNddddL)", (Py_ssize_t) cells->rows,
        (Py_ssize_t) cells->n_returned, (Py_ssize_t) cells->n_competing,
        (Py_ssize_t) cells->n_unseen, imr_column_double(owner, e->left, e->n_support),
        imr_column_double(owner, e->right, e->n_support),
        imr_column_double(owner, e->mass, e->n_support),
        imr_column_double(owner, e->estimate, e->n_support),
        imr_column_double(owner, e->innermost_left, e->n_innermost),
        imr_column_double(owner, e->innermost_right, e->n_innermost),
        imr_column_double(owner, e->innermost_mass, e->n_innermost),
        imr_column_double(owner, e->time, e->n_points),
        imr_column_double(owner, e->cause, e->n_points),
        imr_column_double(owner, e->point_mass, e->n_points), e->rest, e->last_censored, e->loglik,
        e->kkt_gap, (long long) cells->iterations);
    Py_DECREF(owner);
    return tuple;
}

static int
read_rows(PyObject *module, PyObject *const *given, PyArrayObject **arrays, Py_ssize_t causes,
    int unseen_returns, int timefix, imr_reconstitution_rows_t *rows)
{
    imr_fault_t fault;
    size_t n;
    int status;

    if (imr_columns(module, given, NAMES, KINDS, arrays) < 0) {
        return -1;
    }
    n = (size_t) PyArray_DIM(arrays[0], 0);
    Py_BEGIN_ALLOW_THREADS
    status = imr_reconstitution_rows_init(rows, imr_column_data(arrays[0]),
        imr_column_data(arrays[1]), imr_column_data(arrays[2]), imr_column_data(arrays[3]), causes,
        n, unseen_returns, timefix, &fault);
    Py_END_ALLOW_THREADS
    if (status != IMR_OK) {
        imr_raise(module, &fault);
        return -1;
    }
    return 0;
}

static PyObject *
reconstitution(PyObject *module, PyObject *args)
{
    PyObject *given[5], *item, *list = NULL, *result = NULL;
    PyArrayObject *arrays[5] = { NULL };
    imr_reconstitution_rows_t rows = { 0 };
    imr_reconstitution_t cells = { 0 };
    imr_reconstitution_estimate_t estimate = { 0 };
    Py_ssize_t causes, n_groups;
    int unseen_returns, timefix;

    if (!PyArg_ParseTuple(args, "OOOOnOnpp:reconstitution", &given[0], &given[1], &given[2],
            &given[3], &causes, &given[4], &n_groups, &unseen_returns, &timefix)) {
        return NULL;
    }
    if (read_rows(module, given, arrays, causes, unseen_returns, timefix, &rows) < 0) {
        goto out;
    }
    list = PyList_New(0);
    for (Py_ssize_t code = 0; list != NULL && code < n_groups; code++) {
        if (maximise(module, &cells, &rows, imr_column_data(arrays[4]), code, &estimate) < 0) {
            goto out;
        }
        item = tuple_of(&cells, &estimate);
        imr_reconstitution_free(&cells);
        if (item == NULL || PyList_Append(list, item) < 0) {
            Py_XDECREF(item);
            goto out;
        }
        Py_DECREF(item);
    }
    if (list != NULL) {
        result = Py_BuildValue("(nO)", (Py_ssize_t) rows.merged, list);
    }
out:
    imr_reconstitution_rows_free(&rows);
    imr_reconstitution_free(&cells);
    Py_XDECREF(list);
    imr_columns_free(arrays, KINDS);
    return result;
}

/* --- limits ------------------------------------------------------------------------------------ */

static int
find_limits(const imr_reconstitution_limits_t *limits, int of_quantiles, const double *at, size_t n,
    double *low, double *high, imr_fault_t *fault)
{
    for (size_t i = 0; i < n; i++) {
        int status = of_quantiles
            ? imr_reconstitution_limits_quantile(limits, at[i], &low[i], &high[i], fault)
            : imr_reconstitution_limits_at(limits, at[i], &low[i], &high[i], fault);

        if (status != IMR_OK) {
            if (status == IMR_ERR_NONFINITE || status == IMR_ERR_NEGATIVE) {
                fault->row = (int64_t) i;
            }
            return status;
        }
    }
    return IMR_OK;
}

static PyObject *
reconstitution_limits(PyObject *module, PyObject *args)
{
    PyObject *given[5], *at_value, *low = NULL, *high = NULL, *result = NULL;
    PyArrayObject *arrays[5] = { NULL }, *at = NULL;
    imr_reconstitution_rows_t rows = { 0 };
    imr_reconstitution_limits_t limits;
    imr_signals_t signals;
    imr_fault_t fault;
    Py_ssize_t code;
    double level;
    int unseen_returns, timefix, of_quantiles, status;
    npy_intp n;

    given[3] = Py_None;
    if (!PyArg_ParseTuple(args, "OOOOnppdpO:reconstitution_limits", &given[0], &given[1], &given[2],
            &given[4], &code, &unseen_returns, &timefix, &level, &of_quantiles, &at_value)) {
        return NULL;
    }
    at = imr_array_double(module, at_value, of_quantiles ? "p" : "times");
    if (at == NULL || read_rows(module, given, arrays, 1, unseen_returns, timefix, &rows) < 0) {
        goto out;
    }
    n = PyArray_SIZE(at);
    low = PyArray_SimpleNew(1, &n, NPY_DOUBLE);
    high = PyArray_SimpleNew(1, &n, NPY_DOUBLE);
    if (low == NULL || high == NULL) {
        goto out;
    }
    imr_signals_init(&signals);
    signals.saved = PyEval_SaveThread();
    status = imr_reconstitution_limits_init(
        &limits, &rows, imr_column_data(arrays[4]), code, level, &signals.stop, &fault);
    if (status == IMR_OK) {
        status = find_limits(&limits, of_quantiles, PyArray_DATA(at), (size_t) n,
            PyArray_DATA((PyArrayObject *) low), PyArray_DATA((PyArrayObject *) high), &fault);
    }
    PyEval_RestoreThread(signals.saved);
    if (status == IMR_OK) {
        result = Py_BuildValue("(OO)", low, high);
    } else {
        imr_raise(module, &fault);
    }
out:
    imr_reconstitution_rows_free(&rows);
    imr_columns_free(arrays, KINDS);
    Py_XDECREF((PyObject *) at);
    Py_XDECREF(low);
    Py_XDECREF(high);
    return result;
}

PyMethodDef imr_reconstitution_methods[] = {
    { "reconstitution", reconstitution, METH_VARARGS,
        "reconstitution($module, left, right, competing, cause, causes, group, n_groups, "
        "unseen_returns, timefix, /)\n--\n\n"
        "(merged, one tuple a group) of recovery.reconstitution; cause and group hold codes." },
    { "reconstitution_limits", reconstitution_limits, METH_VARARGS,
        "reconstitution_limits($module, left, right, competing, group, code, unseen_returns, "
        "timefix, level, of_quantiles, at, /)\n--\n\n"
        "(low, high) of the probability of return up to times, or of the days of quantiles." },
    { NULL, NULL, 0, NULL },
};
