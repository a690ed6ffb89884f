#include "binding.h"

#include "recovery/aplasia_parametric.h"

#define DISTRIBUTION_NAME(name, word) word,
static const char *const DISTRIBUTIONS[] = { IMR_APLASIA_DISTRIBUTION_LIST(DISTRIBUTION_NAME) };
static const char *const QUANTITIES[] = { IMR_APLASIA_QUANTITY_LIST(DISTRIBUTION_NAME) };
#undef DISTRIBUTION_NAME
#define COUNT_OF(array) ((int) (sizeof(array) / sizeof((array)[0])))

static const char *const COLUMNS[] = { "onset_left", "onset_right", "recovery_left",
    "recovery_right", "group" };
#define KINDS "DDDDi"

/* A list of (estimate, low, high), one a quantity; Ctrl-C is heard between them. */
static PyObject *
limits_of(PyObject *module, const imr_aplasia_fit_t *fit, const imr_aplasia_rows_t *rows,
    PyObject *quantities, double drop)
{
    PyObject *list = PyList_New(0);

    for (Py_ssize_t i = 0; list != NULL && i < PyList_Size(quantities); i++) {
        PyObject *name, *item;
        imr_aplasia_limits_t limits;
        imr_fault_t fault;
        double argument;
        int quantity, status;

        if (PyErr_CheckSignals() < 0
            || !PyArg_ParseTuple(PyList_GetItem(quantities, i), "Od", &name, &argument)) {
            Py_CLEAR(list);
            break;
        }
        quantity = imr_choice(module, name, "quantity", QUANTITIES, COUNT_OF(QUANTITIES));
        if (quantity < 0) {
            Py_CLEAR(list);
            break;
        }
        Py_BEGIN_ALLOW_THREADS
        status = imr_aplasia_limits(
            &limits, fit, rows, (imr_aplasia_quantity_t) quantity, argument, drop, &fault);
        Py_END_ALLOW_THREADS
        if (status != IMR_OK) {
            imr_raise(module, &fault);
            Py_CLEAR(list);
            break;
        }
        item = Py_BuildValue("(ddd)", limits.estimate, limits.low, limits.high);
        if (item == NULL || PyList_Append(list, item) < 0) {
            Py_CLEAR(list);
        }
        Py_XDECREF(item);
    }
    return list;
}

static PyObject *
fit_group(PyObject *module, PyArrayObject *const *arrays, int64_t code, int distribution,
    PyObject *quantities, double drop)
{
    imr_aplasia_rows_t rows;
    imr_aplasia_fit_t fit = { 0 };
    imr_fault_t fault;
    PyObject *limits, *result = NULL;
    int status;

    Py_BEGIN_ALLOW_THREADS
    status = imr_aplasia_rows_init(&rows, imr_column_data(arrays[0]), imr_column_data(arrays[1]),
        imr_column_data(arrays[2]), imr_column_data(arrays[3]), (size_t) PyArray_DIM(arrays[0], 0),
        imr_column_data(arrays[4]), code, &fault);
    if (status == IMR_OK) {
        status = imr_aplasia_fit(&fit, &rows, (imr_aplasia_distribution_t) distribution, &fault);
    }
    Py_END_ALLOW_THREADS
    if (status != IMR_OK) {
        imr_raise(module, &fault);
    } else {
        limits = limits_of(module, &fit, &rows, quantities, drop);
        if (limits != NULL) {
            result = Py_BuildValue("(nnddddiN)", (Py_ssize_t) rows.n, (Py_ssize_t) rows.recovered,
                fit.mu, fit.sigma, fit.loglik, fit.score, fit.at_bound, limits);
        }
    }
    imr_aplasia_rows_free(&rows);
    return result;
}

static PyObject *
aplasia(PyObject *module, PyObject *args)
{
    PyObject *given[5], *name, *quantities, *item, *list = NULL;
    PyArrayObject *arrays[5] = { NULL };
    imr_fault_t fault;
    Py_ssize_t n_groups;
    double level, drop;
    int distribution;

    if (!PyArg_ParseTuple(args, "OOOOOnOdO!:aplasia", &given[0], &given[1], &given[2], &given[3],
            &given[4], &n_groups, &name, &level, &PyList_Type, &quantities)) {
        return NULL;
    }
    distribution = imr_choice(module, name, "distribution", DISTRIBUTIONS, COUNT_OF(DISTRIBUTIONS));
    if (distribution < 0) {
        return NULL;
    }
    if (imr_aplasia_drop(level, &drop, &fault) != IMR_OK) {
        return imr_raise(module, &fault);
    }
    if (imr_columns(module, given, COLUMNS, KINDS, arrays) == 0) {
        list = PyList_New(0);
    }
    for (Py_ssize_t code = 0; list != NULL && code < n_groups; code++) {
        item = fit_group(module, arrays, code, distribution, quantities, drop);
        if (item == NULL || PyList_Append(list, item) < 0) {
            Py_CLEAR(list);
        }
        Py_XDECREF(item);
    }
    imr_columns_free(arrays, KINDS);
    return list;
}

PyMethodDef imr_aplasia_methods[] = {
    { "aplasia", aplasia, METH_VARARGS,
        "aplasia($module, onset_left, onset_right, recovery_left, recovery_right, group, n_groups, "
        "distribution, level, quantities, /)\n--\n\n"
        "One tuple a group: n, recovered, mu, sigma, loglik, score, at_bound, limits." },
    { NULL, NULL, 0, NULL },
};
