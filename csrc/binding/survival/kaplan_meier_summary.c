#include "binding.h"

#include <math.h>

#include "survival/kaplan_meier_curve.h"
#include "survival/kaplan_meier_summary.h"
#include "survival/rmst.h"

static const char *const FORMS[] = { IMR_KAPLAN_MEIER_FORM_LIST(IMR_WORDS_OF_CHOICE) };
static const char *const KINDS[] = { IMR_KAPLAN_MEIER_BAND_LIST(IMR_WORDS_OF_CHOICE) };
static const char *const RMST_INTERVALS[] = { IMR_RMST_INTERVAL_LIST(IMR_WORDS_OF_CHOICE) };
static const char *const SCALES[] = { IMR_KAPLAN_MEIER_BAND_SCALE_LIST(IMR_WORDS_OF_CHOICE) };

enum {
    N_FORMS = 0 IMR_KAPLAN_MEIER_FORM_LIST(IMR_ONE_OF_CHOICE),
    N_KINDS = 0 IMR_KAPLAN_MEIER_BAND_LIST(IMR_ONE_OF_CHOICE),
    N_RMST_INTERVALS = 0 IMR_RMST_INTERVAL_LIST(IMR_ONE_OF_CHOICE),
    N_SCALES = 0 IMR_KAPLAN_MEIER_BAND_SCALE_LIST(IMR_ONE_OF_CHOICE)
};

/* --- columns of a Python result ---------------------------------------------------------------- */

#define MOST_COLUMNS 14

/* A curve that borrows the columns of a Python result. */
typedef struct {
    imr_kaplan_meier_t curve;
    PyArrayObject *arrays[MOST_COLUMNS];
    int count;
} view_t;

typedef enum { TIME, AT_RISK, EVENTS, ESTIMATE, STD_ERROR, LOW, HIGH } column_t;
static const char *const COLUMNS[] = { "time", "at_risk", "events", "estimate", "std_error", "low",
    "high" };

static void
view_free(view_t *view)
{
    for (int i = 0; i < view->count; i++) {
        Py_DECREF((PyObject *) view->arrays[i]);
    }
}

static npy_intp
rows_of_last(const view_t *view)
{
    return PyArray_DIM(view->arrays[view->count - 1], 0);
}

/* The data of a column of n rows (any number if n < 0), kept until view_free; or NULL. */
static void *
borrow(PyObject *module, view_t *view, PyObject *value, const char *name, int type, npy_intp n)
{
    PyArrayObject *array = NULL;

    if (value != NULL) {
        array = type == NPY_DOUBLE ? imr_array_double(module, value, name)
                                   : imr_array_int64(module, value, name);
    }
    if (array == NULL) {
        return NULL;
    }
    view->arrays[view->count++] = array;
    return imr_check_column(module, array, name, n, "time") < 0 ? NULL : PyArray_DATA(array);
}

static void
set_column(imr_kaplan_meier_t *curve, column_t column, void *data)
{
    switch (column) {
        case TIME:
            curve->time = data;
            break;
        case AT_RISK:
            curve->at_risk = data;
            break;
        case EVENTS:
            curve->events = data;
            break;
        case ESTIMATE:
            curve->estimate = data;
            break;
        case STD_ERROR:
            curve->std_error = data;
            break;
        case LOW:
            curve->low = data;
            break;
        case HIGH:
            curve->high = data;
            break;
    }
}

/* The columns of a tuple, of which the first is TIME and has a row at least. -1 with an exception. */
static int
borrow_columns(
    PyObject *module, view_t *view, PyObject *tuple, const column_t *columns, Py_ssize_t count)
{
    for (Py_ssize_t i = 0; i < count; i++) {
        int integer = columns[i] == AT_RISK || columns[i] == EVENTS;
        void *data = borrow(module, view, PyTuple_GetItem(tuple, i), COLUMNS[columns[i]],
            integer ? NPY_INT64 : NPY_DOUBLE, i == 0 ? -1 : (npy_intp) view->curve.n);

        if (data == NULL) {
            return -1;
        }
        view->curve.n = (size_t) rows_of_last(view);
        set_column(&view->curve, columns[i], data);
    }
    if (view->curve.n == 0) {
        imr_raise_input(module, "time has no rows; give a curve");
        return -1;
    }
    return 0;
}

/* A pair (entry_time, entered), or None. */
static int
borrow_entries(PyObject *module, view_t *view, PyObject *entries)
{
    imr_kaplan_meier_t *curve = &view->curve;

    if (Py_IsNone(entries)) {
        return 0;
    }
    curve->entry_time =
        borrow(module, view, PyTuple_GetItem(entries, 0), "entries", NPY_DOUBLE, -1);
    if (curve->entry_time == NULL) {
        return -1;
    }
    curve->entries = (size_t) rows_of_last(view);
    curve->entered = borrow(
        module, view, PyTuple_GetItem(entries, 1), "entries", NPY_INT64, (npy_intp) curve->entries);
    return curve->entered == NULL ? -1 : 0;
}

/* A pair of sums of sampling weights, each None without. */
static int
borrow_weights(PyObject *module, view_t *view, PyObject *weights)
{
    imr_kaplan_meier_t *curve = &view->curve;

    if (PyTuple_GetItem(weights, 0) == NULL || Py_IsNone(PyTuple_GetItem(weights, 0))) {
        return PyErr_Occurred() ? -1 : 0;
    }
    curve->weighted_at_risk = borrow(module, view, PyTuple_GetItem(weights, 0), "weighted_at_risk",
        NPY_DOUBLE, (npy_intp) curve->n);
    if (curve->weighted_at_risk == NULL) {
        return -1;
    }
    curve->weighted_events = borrow(module, view, PyTuple_GetItem(weights, 1), "weighted_events",
        NPY_DOUBLE, (npy_intp) curve->n);
    return curve->weighted_events == NULL ? -1 : 0;
}

/* (first, last, event, weight, cluster) of each member, or None. */
static int
borrow_members(PyObject *module, view_t *view, PyObject *members)
{
    imr_kaplan_meier_t *curve = &view->curve;
    void *columns[5];

    if (Py_IsNone(members)) {
        return 0;
    }
    for (int c = 0; c < 5; c++) {
        columns[c] = borrow(module, view, PyTuple_GetItem(members, c), "members",
            c == 3 ? NPY_DOUBLE : NPY_INT64, c == 0 ? -1 : (npy_intp) curve->members);
        if (columns[c] == NULL) {
            return -1;
        }
        curve->members = (size_t) rows_of_last(view);
    }
    curve->member_first = columns[0];
    curve->member_last = columns[1];
    curve->member_event = columns[2];
    curve->member_weight = columns[3];
    curve->member_cluster = columns[4];
    for (size_t i = 0; i < curve->members; i++) {
        if (curve->member_first[i] < 0 || curve->member_first[i] > curve->member_last[i]
            || (uint64_t) curve->member_last[i] >= curve->n || curve->member_cluster[i] < 0
            || curve->member_cluster[i] >= (int64_t) UINT32_MAX) {
            imr_raise_input(
                module, "members[%zd] is no row of the curve; give those of a fit", (Py_ssize_t) i);
            return -1;
        }
    }
    return 0;
}

/* --- what is asked for, and the answers -------------------------------------------------------- */

/* The times or probabilities asked for: an array, or a number, which counts as one row. */
static double *
borrow_wanted(PyObject *module, view_t *view, PyObject *value, const char *name, int *is_number)
{
    PyArrayObject *array = imr_array_double(module, value, name);
    npy_intp one = 1;
    PyArray_Dims shape = { &one, 1 };

    if (array == NULL) {
        return NULL;
    }
    *is_number = PyArray_NDIM(array) == 0;
    if (*is_number) {
        PyArrayObject *row = (PyArrayObject *) PyArray_Newshape(array, &shape, NPY_CORDER);

        Py_DECREF((PyObject *) array);
        array = row;
    }
    if (array == NULL) {
        return NULL;
    }
    view->arrays[view->count++] = array;
    return imr_check_column(module, array, name, -1, NULL) < 0 ? NULL : PyArray_DATA(array);
}

/* `count` new columns of n rows (0-dimensional ones if n < 0), of double but for that at `integer`. */
static PyObject *
new_columns(npy_intp n, int count, int integer, void **data)
{
    PyObject *items[5];

    for (int c = 0; c < count; c++) {
        items[c] = PyArray_SimpleNew(n < 0 ? 0 : 1, &n, c == integer ? NPY_INT64 : NPY_DOUBLE);
        data[c] = items[c] == NULL ? NULL : PyArray_DATA((PyArrayObject *) items[c]);
    }
    return imr_pack(items, count);
}

/* The numbers, or read-only columns, of a tuple of new ones, which it takes over. */
static PyObject *
finish_columns(PyObject *columns, int count)
{
    PyObject *items[5];

    for (int c = 0; c < count; c++) {
        PyArrayObject *item = (PyArrayObject *) PyTuple_GetItem(columns, c);

        if (PyArray_NDIM(item) == 0) {
            items[c] = PyArray_TYPE(item) == NPY_DOUBLE
                ? PyFloat_FromDouble(*(double *) PyArray_DATA(item))
                : PyLong_FromLongLong(*(int64_t *) PyArray_DATA(item));
        } else {
            PyArray_CLEARFLAGS(item, NPY_ARRAY_WRITEABLE);
            items[c] = Py_NewRef((PyObject *) item);
        }
    }
    Py_DECREF(columns);
    return imr_pack(items, count);
}

/* The answer, or the fault, which is that of the argument and not of a row where a number came. */
static PyObject *
answer(
    PyObject *module, int status, imr_fault_t *fault, int is_number, PyObject *columns, int count)
{
    if (status == IMR_OK) {
        return finish_columns(columns, count);
    }
    Py_DECREF(columns);
    fault->row = is_number ? -1 : fault->row;
    return imr_raise(module, fault);
}

/* --- the functions ----------------------------------------------------------------------------- */

static PyObject *
at(PyObject *module, PyObject *args)
{
    static const column_t columns[] = { TIME, AT_RISK, ESTIMATE, STD_ERROR, LOW, HIGH };
    PyObject *given, *entries, *wanted, *built, *result = NULL;
    view_t view = { .count = 0 };
    imr_kaplan_meier_made_t made = { .level = 0.95 };
    imr_fault_t fault;
    double *times;
    void *data[5];
    int status, is_number;

    if (!PyArg_ParseTuple(args, "OO!O(dd)pp:kaplan_meier_at", &wanted, &PyTuple_Type, &given,
            &entries, &view.curve.start_low, &view.curve.start_high, &made.beta, &made.fix_ties)) {
        return NULL;
    }
    if (borrow_columns(module, &view, given, columns, 6) < 0
        || borrow_entries(module, &view, entries) < 0
        || (times = borrow_wanted(module, &view, wanted, "times", &is_number)) == NULL
        || (built = new_columns(is_number ? -1 : rows_of_last(&view), 5, 4, data)) == NULL) {
        goto out;
    }
    Py_BEGIN_ALLOW_THREADS
    status = imr_kaplan_meier_at(&view.curve, &made, times, (size_t) rows_of_last(&view), data[0],
        data[1], data[2], data[3], data[4], &fault);
    Py_END_ALLOW_THREADS
    result = answer(module, status, &fault, is_number, built, 5);
out:
    view_free(&view);
    return result;
}

static PyObject *
quantile(PyObject *module, PyObject *args)
{
    static const column_t columns[] = { TIME, ESTIMATE, LOW, HIGH };
    PyObject *given, *wanted, *built, *result = NULL;
    view_t view = { .count = 0 };
    imr_kaplan_meier_made_t made = { .level = 0.95 };
    imr_fault_t fault;
    double *p;
    void *data[3];
    int status, is_number;

    if (!PyArg_ParseTuple(args, "OO!(dd)dp:kaplan_meier_quantile", &wanted, &PyTuple_Type, &given,
            &view.curve.start_low, &view.curve.start_high, &made.start, &made.beta)) {
        return NULL;
    }
    if (borrow_columns(module, &view, given, columns, 4) < 0
        || (p = borrow_wanted(module, &view, wanted, "p", &is_number)) == NULL
        || (built = new_columns(is_number ? -1 : rows_of_last(&view), 3, -1, data)) == NULL) {
        goto out;
    }
    Py_BEGIN_ALLOW_THREADS
    status = imr_kaplan_meier_quantile(
        &view.curve, &made, p, (size_t) rows_of_last(&view), data[0], data[1], data[2], &fault);
    Py_END_ALLOW_THREADS
    result = answer(module, status, &fault, is_number, built, 3);
out:
    view_free(&view);
    return result;
}

static PyObject *
rmst(PyObject *module, PyObject *args)
{
    static const column_t columns[] = { TIME, AT_RISK, EVENTS, ESTIMATE };
    PyObject *given, *weights, *members, *form, *interval, *result = NULL;
    view_t view = { .count = 0 };
    imr_kaplan_meier_made_t made = { .level = 0.95 };
    imr_rmst_t mean;
    imr_fault_t fault;
    long long patients;
    double tau;
    int status, choice, chosen, enter;

    if (!PyArg_ParseTuple(args, "dO!O!OLpOOdp:kaplan_meier_rmst", &tau, &PyTuple_Type, &given,
            &PyTuple_Type, &weights, &members, &patients, &enter, &form, &interval, &made.level,
            &made.fix_ties)
        || (choice = imr_choice(module, form, "form", FORMS, N_FORMS)) < 0
        || (chosen = imr_choice(module, interval, "interval", RMST_INTERVALS, N_RMST_INTERVALS))
            < 0) {
        return NULL;
    }
    made.form = (imr_kaplan_meier_form_t) choice;
    if (borrow_columns(module, &view, given, columns, 4) < 0
        || borrow_weights(module, &view, weights) < 0
        || borrow_members(module, &view, members) < 0) {
        goto out;
    }
    view.curve.patients = patients;
    view.curve.entries = (size_t) enter;
    Py_BEGIN_ALLOW_THREADS
    status =
        imr_rmst_of_curve(&view.curve, &made, tau, (imr_rmst_interval_t) chosen, &mean, &fault);
    Py_END_ALLOW_THREADS
    result = status != IMR_OK ? imr_raise(module, &fault)
                              : Py_BuildValue("ddddddddLL", tau, mean.estimate, mean.std_error,
                                    mean.low, mean.high, mean.lost, mean.lost_low, mean.lost_high,
                                    (long long) mean.n, (long long) mean.events);
out:
    view_free(&view);
    return result;
}

static PyObject *
band(PyObject *module, PyObject *args)
{
    static const column_t columns[] = { TIME, EVENTS, ESTIMATE, STD_ERROR };
    PyObject *given, *kind, *scale, *limits, *result = NULL;
    view_t view = { .count = 0 };
    imr_kaplan_meier_made_t made = { .level = 0.95 };
    imr_kaplan_meier_band_options_t options;
    imr_fault_t fault;
    double lower, upper, critical;
    void *data[2];
    long long patients;
    size_t begin, end;
    int status, choice;

    if (!PyArg_ParseTuple(args, "OOddO!Ldp:kaplan_meier_band", &kind, &scale, &lower, &upper,
            &PyTuple_Type, &given, &patients, &options.level, &made.fix_ties)
        || (choice = imr_choice(module, kind, "kind", KINDS, N_KINDS)) < 0) {
        return NULL;
    }
    options.kind = (imr_kaplan_meier_band_kind_t) choice;
    if ((choice = imr_choice(module, scale, "transform", SCALES, N_SCALES)) < 0) {
        return NULL;
    }
    options.scale = (imr_kaplan_meier_band_scale_t) choice;
    if (borrow_columns(module, &view, given, columns, 4) < 0
        || (limits = new_columns((npy_intp) view.curve.n, 2, -1, data)) == NULL) {
        goto out;
    }
    view.curve.patients = patients;
    Py_BEGIN_ALLOW_THREADS
    status = imr_kaplan_meier_band_between(&view.curve, &made, lower, upper, &options, &begin, &end,
        &critical, data[0], data[1], &fault);
    Py_END_ALLOW_THREADS
    limits = answer(module, status, &fault, 0, limits, 2);
    if (limits != NULL) {
        result = Py_BuildValue("(nndN)", (Py_ssize_t) begin, (Py_ssize_t) end, critical, limits);
    }
out:
    view_free(&view);
    return result;
}

PyMethodDef imr_kaplan_meier_summary_methods[] = {
    { "kaplan_meier_at", at, METH_VARARGS,
        "kaplan_meier_at($module, times, columns, entries, start_limits, beta, timefix, /)\n--\n\n"
        "(estimate, std_error, low, high, at_risk) of a curve at times." },
    { "kaplan_meier_quantile", quantile, METH_VARARGS,
        "kaplan_meier_quantile($module, p, columns, start_limits, start, beta, /)\n--\n\n"
        "(estimate, low, high) of a curve's quantiles." },
    { "kaplan_meier_rmst", rmst, METH_VARARGS,
        "kaplan_meier_rmst($module, tau, columns, weights, members, n, has_entries, form, interval,"
        " level, timefix, /)\n--\n\n"
        "The fields of survival.RestrictedMean up to `events`." },
    { "kaplan_meier_band", band, METH_VARARGS,
        "kaplan_meier_band($module, kind, transform, lower, upper, columns, n, level, timefix, /)"
        "\n--\n\n"
        "(begin, end, critical value, (low, high)) of a simultaneous band." },
    { NULL, NULL, 0, NULL },
};
