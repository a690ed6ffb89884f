#include "survival/cause_columns.h"

#include <math.h>

#include "base/mem.h"
#include "survival/competing_risks.h"
#include "survival/competing_risks_summary.h"

static const char *const INTERVALS[] = { IMR_INCIDENCE_INTERVAL_LIST(IMR_WORDS_OF_CHOICE) };
static const char *const VARIANCES[] = { IMR_INCIDENCE_VARIANCE_LIST(IMR_WORDS_OF_CHOICE) };

enum {
    N_INTERVALS = 0 IMR_INCIDENCE_INTERVAL_LIST(IMR_ONE_OF_CHOICE),
    N_VARIANCES = 0 IMR_INCIDENCE_VARIANCE_LIST(IMR_ONE_OF_CHOICE)
};

/* --- fitting ----------------------------------------------------------------------------------- */

/* The tuple that python/immunoreset/survival/competing_risks.py makes a result of. */
static PyObject *
lend_curves(imr_competing_risks_t *curves)
{
    PyObject *owner = imr_owner(curves->block), *items[16];
    size_t n = curves->n, causes = curves->causes;

    curves->block = NULL;
    if (owner == NULL) {
        return NULL;
    }
    items[0] = imr_column_double(owner, curves->time, n);
    items[1] = imr_column_int64(owner, curves->at_risk, n);
    items[2] = imr_column_int64(owner, curves->censored, n);
    items[3] = imr_column_double(owner, curves->event_free, n);
    items[4] = imr_column_double(owner, curves->event_free_std_error, n);
    items[5] = imr_matrix_int64(owner, curves->events, causes, n);
    items[6] = imr_matrix_double(owner, curves->estimate, causes, n);
    items[7] = imr_matrix_double(owner, curves->std_error, causes, n);
    items[8] = imr_matrix_double(owner, curves->low, causes, n);
    items[9] = imr_matrix_double(owner, curves->high, causes, n);
    items[10] = PyLong_FromLongLong(curves->patients);
    items[11] = PyLong_FromLongLong(curves->merged);
    items[12] = PyLong_FromLongLong(curves->collapse);
    items[13] = PyFloat_FromDouble(curves->start_high);
    items[14] = imr_column_double(owner, curves->remaining, n);
    if (curves->entries == 0) {
        items[15] = Py_NewRef(Py_None);
    } else {
        PyObject *entries[] = {
            imr_column_double(owner, curves->entry_time, curves->entries),
            imr_column_int64(owner, curves->entered, curves->entries),
        };

        items[15] = imr_pack(entries, 2);
    }
    Py_DECREF(owner);
    return imr_pack(items, 16);
}

static int
parse_choices(PyObject *module, PyObject *interval, PyObject *variance,
    imr_competing_risks_options_t *options)
{
    int of_interval = imr_choice(module, interval, "interval", INTERVALS, N_INTERVALS);
    int of_variance =
        of_interval < 0 ? -1 : imr_choice(module, variance, "variance", VARIANCES, N_VARIANCES);

    options->interval = (imr_incidence_interval_t) of_interval;
    options->variance = (imr_incidence_variance_t) of_variance;
    return of_variance < 0 ? -1 : 0;
}

static PyObject *
lend_all(imr_competing_risks_t *curves, int grouped, Py_ssize_t groups)
{
    PyObject *list;

    if (!grouped) {
        return lend_curves(curves);
    }
    list = PyList_New(groups);
    for (Py_ssize_t g = 0; list != NULL && g < groups; g++) {
        PyObject *item = lend_curves(curves + g);

        if (item == NULL || PyList_SetItem(list, g, item) < 0) {
            Py_CLEAR(list);
        }
    }
    return list;
}

static PyObject *
fit(PyObject *module, PyObject *args)
{
    PyObject *given[IMR_CAUSE_COLUMNS], *causes, *interval, *variance, *lent, *result = NULL;
    imr_cause_columns_t columns;
    imr_competing_risks_options_t options;
    imr_competing_risks_t *curves = NULL;
    imr_fault_t fault;
    Py_ssize_t groups, filled = 0;
    long long censored;
    int status;

    if (!PyArg_ParseTuple(args, "OOOOOnLOOOdp:competing_risks", &given[0], &given[1], &given[2],
            &given[3], &given[4], &groups, &censored, &causes, &interval, &variance, &options.level,
            &options.fix_ties)
        || parse_choices(module, interval, variance, &options) < 0) {
        return NULL;
    }
    if (imr_cause_columns_init(module, &columns, given, groups, censored, causes) < 0) {
        goto out;
    }
    curves = imr_calloc((size_t) groups, sizeof(*curves));
    if (curves == NULL) {
        PyErr_NoMemory();
        goto out;
    }
    Py_BEGIN_ALLOW_THREADS
    status = imr_number_causes(&columns, &fault);
    if (status == IMR_OK) {
        status = imr_competing_risks(&columns.data, &options, curves, &fault);
    }
    Py_END_ALLOW_THREADS
    if (status != IMR_OK) {
        imr_raise(module, &fault);
        goto out;
    }
    filled = columns.data.group == NULL ? 1 : groups;
    lent = lend_all(curves, columns.data.group != NULL, groups);
    if (lent != NULL) {
        result = Py_BuildValue("NN", imr_cause_labels(&columns), lent);
    }
out:
    for (Py_ssize_t g = 0; g < filled; g++) {
        imr_competing_risks_free(curves + g);
    }
    imr_free(curves);
    imr_cause_columns_free(&columns);
    return result;
}

/* --- summaries --------------------------------------------------------------------------------- */

enum { TIME, AT_RISK, EVENT_FREE, REMAINING, EVENTS, ESTIMATE, STD_ERROR, LOW, HIGH, N_SHARED };
static const char *const SHARED[] = { "time", "at_risk", "event_free", "remaining", "events",
    "estimate", "std_error", "low", "high" };

/* Curves that borrow the columns of a Python result, and what is asked of them. */
typedef struct {
    imr_competing_risks_t curves;
    PyArrayObject *arrays[N_SHARED + 3];
    int count;
} view_t;

static void
view_free(view_t *view)
{
    for (int i = 0; i < view->count; i++) {
        Py_DECREF((PyObject *) view->arrays[i]);
    }
}

static PyArrayObject *
borrow(PyObject *module, view_t *view, PyObject *value, const char *name, int integer)
{
    PyArrayObject *array = NULL;

    if (value != NULL) {
        array =
            integer ? imr_array_int64(module, value, name) : imr_array_double(module, value, name);
    }
    if (array != NULL) {
        view->arrays[view->count++] = array;
    }
    return array;
}

/* -1 with an exception, unless the columns and cause k fit to each other. */
static int
borrow_curves(PyObject *module, view_t *view, PyObject *tuple, PyObject *entries, Py_ssize_t k)
{
    imr_competing_risks_t *curves = &view->curves;
    void *data[N_SHARED];
    npy_intp n = 0, causes = 0;

    for (int c = 0; c < N_SHARED; c++) {
        PyArrayObject *array =
            borrow(module, view, PyTuple_GetItem(tuple, c), SHARED[c], c == AT_RISK || c == EVENTS);

        if (array == NULL) {
            return -1;
        }
        if (c == TIME && PyArray_NDIM(array) == 1) {
            n = PyArray_DIM(array, 0);
        }
        if (c == EVENTS && PyArray_NDIM(array) == 2) {
            causes = PyArray_DIM(array, 0);
        }
        if (n < 1 || PyArray_NDIM(array) != (c < EVENTS ? 1 : 2)
            || PyArray_DIM(array, PyArray_NDIM(array) - 1) != n
            || (c >= EVENTS && (k < 0 || k >= causes || PyArray_DIM(array, 0) != causes))) {
            imr_raise_input(module, "%s does not fit the curves; give those of a fit", SHARED[c]);
            return -1;
        }
        data[c] = PyArray_DATA(array);
    }
    curves->n = (size_t) n;
    curves->causes = (size_t) causes;
    curves->time = data[TIME];
    curves->at_risk = data[AT_RISK];
    curves->event_free = data[EVENT_FREE];
    curves->remaining = data[REMAINING];
    curves->events = data[EVENTS];
    curves->estimate = data[ESTIMATE];
    curves->std_error = data[STD_ERROR];
    curves->low = data[LOW];
    curves->high = data[HIGH];
    if (!Py_IsNone(entries)) {
        PyArrayObject *time = borrow(module, view, PyTuple_GetItem(entries, 0), "entries", 0);
        PyArrayObject *entered =
            time == NULL ? NULL : borrow(module, view, PyTuple_GetItem(entries, 1), "entries", 1);

        if (entered == NULL || imr_check_column(module, time, "entries", -1, NULL) < 0
            || imr_check_column(module, entered, "entries", PyArray_DIM(time, 0), "time") < 0) {
            return -1;
        }
        curves->entries = (size_t) PyArray_DIM(time, 0);
        curves->entry_time = PyArray_DATA(time);
        curves->entered = PyArray_DATA(entered);
    }
    return 0;
}

/* The numbers asked for, in rows of which a single number makes one. */
static const double *
borrow_wanted(PyObject *module, view_t *view, PyObject *value, const char *name, size_t *count)
{
    PyArrayObject *array = borrow(module, view, value, name, 0);

    if (array == NULL) {
        return NULL;
    }
    *count = (size_t) PyArray_SIZE(array);
    if (PyArray_NDIM(array) > 1 && imr_check_column(module, array, name, -1, NULL) < 0) {
        return NULL;
    }
    return PyArray_DATA(array);
}

/* A new array of the shape of what is asked for. */
static PyObject *
answer_like(PyArrayObject *wanted, int type)
{
    return PyArray_SimpleNew(PyArray_NDIM(wanted), PyArray_DIMS(wanted), type);
}

/* As a result keeps it: a number, or a read-only array. */
static PyObject *
finished(PyObject *value)
{
    PyArrayObject *array = (PyArrayObject *) value;

    if (PyArray_NDIM(array) == 0) {
        PyObject *number = PyArray_TYPE(array) == NPY_DOUBLE
            ? PyFloat_FromDouble(*(double *) PyArray_DATA(array))
            : PyLong_FromLongLong(*(int64_t *) PyArray_DATA(array));

        Py_DECREF(value);
        return number;
    }
    PyArray_CLEARFLAGS(array, NPY_ARRAY_WRITEABLE);
    return value;
}

/* Makes `count` answers, of double but for that at `integer`; -1 if memory runs out. */
static int
new_answers(PyArrayObject *wanted, PyObject **items, void **data, int count, int integer)
{
    for (int c = 0; c < count; c++) {
        items[c] = answer_like(wanted, c == integer ? NPY_INT64 : NPY_DOUBLE);
        if (items[c] == NULL) {
            for (int before = 0; before < c; before++) {
                Py_DECREF(items[before]);
            }
            return -1;
        }
        data[c] = PyArray_DATA((PyArrayObject *) items[c]);
    }
    return 0;
}

static PyObject *
answer(PyObject *module, int status, imr_fault_t *fault, PyObject **items, int count)
{
    if (status != IMR_OK) {
        fault->row = PyArray_NDIM((PyArrayObject *) items[0]) == 0 ? -1 : fault->row;
        for (int c = 0; c < count; c++) {
            Py_DECREF(items[c]);
        }
        return imr_raise(module, fault);
    }
    for (int c = 0; c < count; c++) {
        items[c] = finished(items[c]);
    }
    return imr_pack(items, count);
}

static PyObject *
at(PyObject *module, PyObject *args)
{
    PyObject *wanted, *columns, *entries, *items[5], *result = NULL;
    view_t view = { .count = 0 };
    imr_competing_risks_options_t options = { .level = 0.95 };
    imr_fault_t fault;
    const double *times;
    Py_ssize_t k;
    size_t count;
    void *data[5];
    int status;

    if (!PyArg_ParseTuple(args, "OO!Onddp:competing_risks_at", &wanted, &PyTuple_Type, &columns,
            &entries, &k, &view.curves.start_high, &options.level, &options.fix_ties)) {
        return NULL;
    }
    if (borrow_curves(module, &view, columns, entries, k) < 0
        || (times = borrow_wanted(module, &view, wanted, "times", &count)) == NULL
        || new_answers(view.arrays[view.count - 1], items, data, 5, 4) < 0) {
        goto out;
    }
    Py_BEGIN_ALLOW_THREADS
    status = imr_competing_risks_at(&view.curves, (size_t) k, &options, times, count, data[0],
        data[1], data[2], data[3], data[4], &fault);
    Py_END_ALLOW_THREADS
    result = answer(module, status, &fault, items, 5);
out:
    view_free(&view);
    return result;
}

static PyObject *
quantile(PyObject *module, PyObject *args)
{
    PyObject *wanted, *columns, *items[3], *result = NULL;
    view_t view = { .count = 0 };
    imr_fault_t fault;
    const double *p;
    Py_ssize_t k;
    size_t count;
    void *data[3];
    int status;

    if (!PyArg_ParseTuple(args, "OO!nd:competing_risks_quantile", &wanted, &PyTuple_Type, &columns,
            &k, &view.curves.start_high)) {
        return NULL;
    }
    if (borrow_curves(module, &view, columns, Py_None, k) < 0
        || (p = borrow_wanted(module, &view, wanted, "p", &count)) == NULL
        || new_answers(view.arrays[view.count - 1], items, data, 3, -1) < 0) {
        goto out;
    }
    Py_BEGIN_ALLOW_THREADS
    status = imr_competing_risks_quantile(
        &view.curves, (size_t) k, p, count, data[0], data[1], data[2], &fault);
    Py_END_ALLOW_THREADS
    result = answer(module, status, &fault, items, 3);
out:
    view_free(&view);
    return result;
}

static PyObject *
time_lost(PyObject *module, PyObject *args)
{
    PyObject *columns, *variance, *result = NULL;
    view_t view = { .count = 0 };
    imr_competing_risks_options_t options = { .level = 0.95 };
    imr_fault_t fault;
    double tau, estimate, std_error, low, high;
    Py_ssize_t k;
    int status, choice;

    if (!PyArg_ParseTuple(args, "dO!nOdp:competing_risks_time_lost", &tau, &PyTuple_Type, &columns,
            &k, &variance, &options.level, &options.fix_ties)
        || (choice = imr_choice(module, variance, "variance", VARIANCES, N_VARIANCES)) < 0) {
        return NULL;
    }
    options.variance = (imr_incidence_variance_t) choice;
    if (borrow_curves(module, &view, columns, Py_None, k) < 0) {
        goto out;
    }
    Py_BEGIN_ALLOW_THREADS
    status = imr_competing_risks_time_lost(
        &view.curves, (size_t) k, &options, tau, &estimate, &std_error, &low, &high, &fault);
    Py_END_ALLOW_THREADS
    result = status != IMR_OK ? imr_raise(module, &fault)
                              : Py_BuildValue("dddd", estimate, std_error, low, high);
out:
    view_free(&view);
    return result;
}

PyMethodDef imr_competing_risks_methods[] = {
    { "competing_risks", fit, METH_VARARGS,
        "competing_risks($module, time, cause, entry, weights, group, groups, censored, causes,"
        " interval, variance, level, timefix, /)\n--\n\n"
        "(labels, the columns of survival.competing_risks, or a list of them with group)." },
    { "competing_risks_at", at, METH_VARARGS,
        "competing_risks_at($module, times, columns, entries, k, start_high, level, timefix, /)"
        "\n--\n\n"
        "(estimate, std_error, low, high, at_risk) of the incidence of cause k at times." },
    { "competing_risks_quantile", quantile, METH_VARARGS,
        "competing_risks_quantile($module, p, columns, k, start_high, /)\n--\n\n"
        "(estimate, low, high) of quantiles of the incidence of cause k." },
    { "competing_risks_time_lost", time_lost, METH_VARARGS,
        "competing_risks_time_lost($module, tau, columns, k, variance, level, timefix, /)\n--\n\n"
        "(estimate, std_error, low, high) of the time lost to cause k." },
    { NULL, NULL, 0, NULL },
};
