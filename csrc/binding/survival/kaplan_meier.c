#include "binding.h"

#include <math.h>

#include "base/mem.h"
#include "survival/kaplan_meier.h"
#include "survival/kaplan_meier_curve.h"
#include "survival/kaplan_meier_summary.h"

static const char *const FORMS[] = { IMR_KAPLAN_MEIER_FORM_LIST(IMR_WORDS_OF_CHOICE) };
static const char *const INTERVALS[] = { IMR_KAPLAN_MEIER_INTERVAL_LIST(IMR_WORDS_OF_CHOICE) };
static const char *const LOWERS[] = { IMR_KAPLAN_MEIER_LOWER_LIST(IMR_WORDS_OF_CHOICE) };
static const char *const VARIANCES[] = { IMR_KAPLAN_MEIER_VARIANCE_LIST(IMR_WORDS_OF_CHOICE) };

enum {
    N_FORMS = 0 IMR_KAPLAN_MEIER_FORM_LIST(IMR_ONE_OF_CHOICE),
    N_INTERVALS = 0 IMR_KAPLAN_MEIER_INTERVAL_LIST(IMR_ONE_OF_CHOICE),
    N_LOWERS = 0 IMR_KAPLAN_MEIER_LOWER_LIST(IMR_ONE_OF_CHOICE),
    N_VARIANCES = 0 IMR_KAPLAN_MEIER_VARIANCE_LIST(IMR_ONE_OF_CHOICE)
};

/* --- fitting ----------------------------------------------------------------------------------- */

enum { TIME, EVENT, ENTRY, WEIGHTS, CLUSTER, GROUP, N_COLUMNS };
static const char *const COLUMNS[] = { "time", "event", "entry", "weights", "cluster", "group" };

/* Converts the columns given; None leaves a column NULL. -1 with an exception. */
static int
convert_columns(PyObject *module, PyObject *const *given, PyArrayObject **arrays)
{
    npy_intp n = -1;

    for (int c = 0; c < N_COLUMNS; c++) {
        if (Py_IsNone(given[c])) {
            continue;
        }
        arrays[c] = c == EVENT           ? imr_array_flag(module, given[c], COLUMNS[c])
            : c == CLUSTER || c == GROUP ? imr_array_int64(module, given[c], COLUMNS[c])
                                         : imr_array_double(module, given[c], COLUMNS[c]);
        if (arrays[c] == NULL || imr_check_column(module, arrays[c], COLUMNS[c], n, "time") < 0) {
            return -1;
        }
        n = PyArray_DIM(arrays[TIME], 0);
    }
    return 0;
}

static const void *
data_of(PyArrayObject *array)
{
    return array == NULL ? NULL : PyArray_DATA(array);
}

/* Packs what it is given, taking over each reference; NULL if one is NULL. */
static PyObject *
pack(PyObject **items, int count)
{
    PyObject *tuple = PyTuple_New(count);
    int failed = tuple == NULL;

    for (int i = 0; i < count; i++) {
        failed |= items[i] == NULL;
        if (tuple == NULL || items[i] == NULL) {
            Py_XDECREF(items[i]);
        } else {
            PyTuple_SetItem(tuple, i, items[i]);
        }
    }
    if (failed) {
        Py_CLEAR(tuple);
    }
    return tuple;
}

/* The tuple that python/immunoreset/survival/kaplan_meier.py makes a result of. */
static PyObject *
lend_curve(imr_kaplan_meier_t *curve)
{
    PyObject *owner = imr_owner(curve->block), *items[18];
    size_t n = curve->n;
    int weighted = curve->weighted_at_risk != NULL;

    curve->block = NULL;
    if (owner == NULL) {
        return NULL;
    }
    items[0] = imr_column_double(owner, curve->time, n);
    items[1] = imr_column_int64(owner, curve->at_risk, n);
    items[2] = imr_column_int64(owner, curve->events, n);
    items[3] = imr_column_int64(owner, curve->censored, n);
    items[4] = imr_column_double(owner, curve->estimate, n);
    items[5] = imr_column_double(owner, curve->std_error, n);
    items[6] = imr_column_double(owner, curve->low, n);
    items[7] = imr_column_double(owner, curve->high, n);
    items[8] = imr_column_double(owner, curve->cumulative_hazard, n);
    items[9] = imr_column_double(owner, curve->cumulative_hazard_std_error, n);
    items[10] =
        weighted ? imr_column_double(owner, curve->weighted_at_risk, n) : Py_NewRef(Py_None);
    items[11] = weighted ? imr_column_double(owner, curve->weighted_events, n) : Py_NewRef(Py_None);
    items[12] = PyLong_FromLongLong(curve->patients);
    items[13] = PyLong_FromLongLong(curve->merged);
    items[14] = PyLong_FromLongLong(curve->collapse);
    items[15] = Py_BuildValue("(dd)", curve->start_low, curve->start_high);
    if (curve->entries == 0) {
        items[16] = Py_NewRef(Py_None);
    } else {
        PyObject *entries[] = {
            imr_column_double(owner, curve->entry_time, curve->entries),
            imr_column_int64(owner, curve->entered, curve->entries),
        };

        items[16] = pack(entries, 2);
    }
    if (curve->members == 0) {
        items[17] = Py_NewRef(Py_None);
    } else {
        PyObject *members[] = {
            imr_column_int64(owner, curve->member_first, curve->members),
            imr_column_int64(owner, curve->member_last, curve->members),
            imr_column_int64(owner, curve->member_event, curve->members),
            imr_column_double(owner, curve->member_weight, curve->members),
            imr_column_int64(owner, curve->member_cluster, curve->members),
        };

        items[17] = pack(members, 5);
    }
    Py_DECREF(owner);
    return pack(items, 18);
}

/* The limits of the beta product, in turns. -1 with an exception. */
static int
fill_beta_limits(
    PyObject *module, imr_kaplan_meier_t *curve, const imr_kaplan_meier_options_t *options)
{
    imr_kaplan_meier_beta_t state;
    imr_fault_t fault;
    int status;

    for (size_t begin = 0; begin < curve->n; begin += IMR_ROWS_A_TURN) {
        size_t end = begin + IMR_ROWS_A_TURN < curve->n ? begin + IMR_ROWS_A_TURN : curve->n;

        if (PyErr_CheckSignals() < 0) {
            return -1;
        }
        Py_BEGIN_ALLOW_THREADS status =
            imr_kaplan_meier_beta_limits(curve, options, &state, begin, end, &fault);
        Py_END_ALLOW_THREADS if (status != IMR_OK)
        {
            imr_raise(module, &fault);
            return -1;
        }
    }
    return 0;
}

static int
parse_choices(PyObject *module, PyObject *const *words, imr_kaplan_meier_options_t *options)
{
    int form = imr_choice(module, words[0], "form", FORMS, N_FORMS);
    int interval = form < 0 ? -1 : imr_choice(module, words[1], "interval", INTERVALS, N_INTERVALS);
    int lower = interval < 0 ? -1 : imr_choice(module, words[2], "lower", LOWERS, N_LOWERS);
    int variance =
        lower < 0 ? -1 : imr_choice(module, words[3], "variance", VARIANCES, N_VARIANCES);

    options->form = (imr_kaplan_meier_form_t) form;
    options->interval = (imr_kaplan_meier_interval_t) interval;
    options->lower = (imr_kaplan_meier_lower_t) lower;
    options->variance = (imr_kaplan_meier_variance_t) variance;
    return variance < 0 ? -1 : 0;
}

static PyObject *
fit(PyObject *module, PyObject *args)
{
    PyObject *given[N_COLUMNS], *words[4], *result = NULL;
    PyArrayObject *arrays[N_COLUMNS] = { NULL };
    Py_ssize_t clusters, groups;
    imr_kaplan_meier_options_t options;
    imr_kaplan_meier_data_t data;
    imr_kaplan_meier_t *curves = NULL;
    imr_fault_t fault;
    size_t filled = 0;
    int status;

    if (!PyArg_ParseTuple(args, "OOOOOnOnOOOOddpp:kaplan_meier", &given[TIME], &given[EVENT],
            &given[ENTRY], &given[WEIGHTS], &given[CLUSTER], &clusters, &given[GROUP], &groups,
            &words[0], &words[1], &words[2], &words[3], &options.level, &options.start_time,
            &options.reverse, &options.fix_ties)
        || parse_choices(module, words, &options) < 0) {
        return NULL;
    }
    if (convert_columns(module, given, arrays) < 0) {
        goto out;
    }
    if (arrays[TIME] == NULL || arrays[EVENT] == NULL || clusters < 0 || groups < 1) {
        imr_raise_input(module, "time and event are needed, and the number of groups");
        goto out;
    }
    data = (imr_kaplan_meier_data_t){
        .n = (size_t) PyArray_DIM(arrays[TIME], 0),
        .time = data_of(arrays[TIME]),
        .event = data_of(arrays[EVENT]),
        .entry = data_of(arrays[ENTRY]),
        .weight = data_of(arrays[WEIGHTS]),
        .cluster = data_of(arrays[CLUSTER]),
        .clusters = (size_t) clusters,
        .group = data_of(arrays[GROUP]),
        .groups = (size_t) groups,
    };
    curves = imr_calloc((size_t) groups, sizeof(*curves));
    if (curves == NULL) {
        PyErr_NoMemory();
        goto out;
    }
    Py_BEGIN_ALLOW_THREADS status = imr_kaplan_meier(&data, &options, curves, &fault);
    Py_END_ALLOW_THREADS if (status != IMR_OK)
    {
        imr_raise(module, &fault);
        goto out;
    }
    filled = data.group == NULL ? 1 : (size_t) groups;
    for (size_t g = 0; g < filled && imr_kaplan_meier_is_beta(options.interval); g++) {
        if (fill_beta_limits(module, curves + g, &options) < 0) {
            goto out;
        }
    }
    if (data.group == NULL) {
        result = lend_curve(curves);
        goto out;
    }
    result = PyList_New(groups);
    for (Py_ssize_t g = 0; result != NULL && g < groups; g++) {
        PyObject *curve = lend_curve(curves + g);

        if (curve == NULL || PyList_SetItem(result, g, curve) < 0) {
            Py_CLEAR(result);
        }
    }
out:
    for (size_t g = 0; g < filled; g++) {
        imr_kaplan_meier_free(curves + g);
    }
    imr_free(curves);
    for (int c = 0; c < N_COLUMNS; c++) {
        Py_XDECREF((PyObject *) arrays[c]);
    }
    return result;
}

/* --- summaries of a fitted curve --------------------------------------------------------------- */

#define MOST_COLUMNS 12

/* A curve that borrows the columns of a Python result. */
typedef struct {
    imr_kaplan_meier_t curve;
    PyArrayObject *arrays[MOST_COLUMNS];
    int count;
} view_t;

/* The data of a column of n rows (any number if n < 0), kept until view_free; or NULL. */
static void *
borrow(PyObject *module, view_t *view, PyObject *value, const char *name, int type, npy_intp n)
{
    PyArrayObject *array = value == NULL ? NULL
        : type == NPY_DOUBLE             ? imr_array_double(module, value, name)
                                         : imr_array_int64(module, value, name);

    if (array == NULL) {
        return NULL;
    }
    view->arrays[view->count++] = array;
    return imr_check_column(module, array, name, n, "time") < 0 ? NULL : PyArray_DATA(array);
}

static npy_intp
rows_of_last(const view_t *view)
{
    return PyArray_DIM(view->arrays[view->count - 1], 0);
}

static void
view_free(view_t *view)
{
    for (int i = 0; i < view->count; i++) {
        Py_DECREF((PyObject *) view->arrays[i]);
    }
}

/* The column that sets n, which must not be empty. */
static int
borrow_time(PyObject *module, view_t *view, PyObject *value)
{
    view->curve.time = borrow(module, view, value, "time", NPY_DOUBLE, -1);
    if (view->curve.time == NULL) {
        return -1;
    }
    view->curve.n = (size_t) rows_of_last(view);
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
    if (Py_IsNone(entries)) {
        return 0;
    }
    view->curve.entry_time =
        borrow(module, view, PyTuple_GetItem(entries, 0), "entries", NPY_DOUBLE, -1);
    if (view->curve.entry_time == NULL) {
        return -1;
    }
    view->curve.entries = (size_t) rows_of_last(view);
    view->curve.entered = borrow(module, view, PyTuple_GetItem(entries, 1), "entries", NPY_INT64,
        (npy_intp) view->curve.entries);
    return view->curve.entered == NULL ? -1 : 0;
}

/* (first, last, event, weight, cluster) of each member, or None. */
static int
borrow_members(PyObject *module, view_t *view, PyObject *members)
{
    imr_kaplan_meier_t *curve = &view->curve;
    int64_t *columns[5];

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
    for (size_t i = 0; i < curve->members; i++) {
        if (columns[0][i] < 0 || columns[0][i] > columns[1][i]
            || (uint64_t) columns[1][i] >= curve->n || columns[4][i] < 0
            || columns[4][i] >= (int64_t) UINT32_MAX) {
            imr_raise_input(
                module, "members[%zd] is no row of the curve; give those of a fit", (Py_ssize_t) i);
            return -1;
        }
    }
    curve->member_first = columns[0];
    curve->member_last = columns[1];
    curve->member_event = columns[2];
    curve->member_weight = (double *) columns[3];
    curve->member_cluster = columns[4];
    return 0;
}

/* New columns as long as the last one borrowed, each a number if that was a number. */
static PyObject *
new_columns(const view_t *view, int is_number, int count, int integer, double **data)
{
    npy_intp n = rows_of_last(view);
    PyObject *items[8];

    for (int c = 0; c < count; c++) {
        items[c] = PyArray_SimpleNew(is_number ? 0 : 1, &n, c == integer ? NPY_INT64 : NPY_DOUBLE);
        data[c] = items[c] == NULL ? NULL : PyArray_DATA((PyArrayObject *) items[c]);
    }
    return pack(items, count);
}

/* The numbers, or read-only columns, of a tuple of new ones, which it takes over. */
static PyObject *
finish_columns(PyObject *columns, int count)
{
    PyObject *items[8];

    for (int c = 0; c < count; c++) {
        PyObject *item = PyTuple_GetItem(columns, c);

        if (PyArray_NDIM((PyArrayObject *) item) == 0) {
            items[c] =
                PyArray_ToScalar(PyArray_DATA((PyArrayObject *) item), (PyArrayObject *) item);
        } else {
            PyArray_CLEARFLAGS((PyArrayObject *) item, NPY_ARRAY_WRITEABLE);
            items[c] = Py_NewRef(item);
        }
    }
    Py_DECREF(columns);
    return pack(items, count);
}

/* Borrows the times or probabilities asked for: an array, or a number, which counts as one row. */
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
        view->arrays[view->count] = (PyArrayObject *) PyArray_Newshape(array, &shape, NPY_CORDER);
        Py_DECREF((PyObject *) array);
        if (view->arrays[view->count] == NULL) {
            return NULL;
        }
        return PyArray_DATA(view->arrays[view->count++]);
    }
    view->arrays[view->count++] = array;
    return imr_check_column(module, array, name, -1, NULL) < 0 ? NULL : PyArray_DATA(array);
}

static PyObject *
raise_wanted(PyObject *module, imr_fault_t *fault, int is_number)
{
    fault->row = is_number ? -1 : fault->row;
    return imr_raise(module, fault);
}

static PyObject *
at(PyObject *module, PyObject *args)
{
    PyObject *columns[6], *entries, *wanted, *result = NULL;
    view_t view = { .count = 0 };
    imr_kaplan_meier_t *curve = &view.curve;
    imr_kaplan_meier_made_t made = { .level = 0.95 };
    imr_fault_t fault;
    double *times, *data[5];
    int status, is_number;

    if (!PyArg_ParseTuple(args, "O(OOOOOO)O(dd)pp:kaplan_meier_at", &wanted, &columns[0],
            &columns[1], &columns[2], &columns[3], &columns[4], &columns[5], &entries,
            &curve->start_low, &curve->start_high, &made.beta, &made.fix_ties)) {
        return NULL;
    }
    if (borrow_time(module, &view, columns[0]) < 0) {
        goto out;
    }
    curve->at_risk = borrow(module, &view, columns[1], "at_risk", NPY_INT64, (npy_intp) curve->n);
    if (curve->at_risk == NULL) {
        goto out;
    }
    for (int c = 2; c < 6; c++) {
        data[c - 2] = borrow(module, &view, columns[c], "column", NPY_DOUBLE, (npy_intp) curve->n);
        if (data[c - 2] == NULL) {
            goto out;
        }
    }
    curve->estimate = data[0];
    curve->std_error = data[1];
    curve->low = data[2];
    curve->high = data[3];
    if (borrow_entries(module, &view, entries) < 0
        || (times = borrow_wanted(module, &view, wanted, "times", &is_number)) == NULL
        || (result = new_columns(&view, is_number, 5, 4, data)) == NULL) {
        goto out;
    }
    Py_BEGIN_ALLOW_THREADS status =
        imr_kaplan_meier_at(curve, &made, times, (size_t) rows_of_last(&view), data[0], data[1],
            data[2], data[3], (int64_t *) data[4], &fault);
    Py_END_ALLOW_THREADS if (status != IMR_OK)
    {
        Py_CLEAR(result);
        raise_wanted(module, &fault, is_number);
        goto out;
    }
    result = finish_columns(result, 5);
out:
    view_free(&view);
    return result;
}

static PyObject *
quantile(PyObject *module, PyObject *args)
{
    PyObject *columns[4], *wanted, *result = NULL;
    view_t view = { .count = 0 };
    imr_kaplan_meier_t *curve = &view.curve;
    imr_kaplan_meier_made_t made = { .level = 0.95 };
    imr_fault_t fault;
    double *p, *data[3];
    int status, is_number;

    if (!PyArg_ParseTuple(args, "O(OOOO)(dd)dp:kaplan_meier_quantile", &wanted, &columns[0],
            &columns[1], &columns[2], &columns[3], &curve->start_low, &curve->start_high,
            &made.start, &made.beta)) {
        return NULL;
    }
    if (borrow_time(module, &view, columns[0]) < 0) {
        goto out;
    }
    for (int c = 1; c < 4; c++) {
        data[c - 1] = borrow(module, &view, columns[c], "column", NPY_DOUBLE, (npy_intp) curve->n);
        if (data[c - 1] == NULL) {
            goto out;
        }
    }
    curve->estimate = data[0];
    curve->low = data[1];
    curve->high = data[2];
    if ((p = borrow_wanted(module, &view, wanted, "p", &is_number)) == NULL
        || (result = new_columns(&view, is_number, 3, -1, data)) == NULL) {
        goto out;
    }
    Py_BEGIN_ALLOW_THREADS status = imr_kaplan_meier_quantile(
        curve, &made, p, (size_t) rows_of_last(&view), data[0], data[1], data[2], &fault);
    Py_END_ALLOW_THREADS if (status != IMR_OK)
    {
        Py_CLEAR(result);
        raise_wanted(module, &fault, is_number);
        goto out;
    }
    result = finish_columns(result, 3);
out:
    view_free(&view);
    return result;
}

static PyObject *
rmst(PyObject *module, PyObject *args)
{
    PyObject *columns[4], *weighted[2], *members, *form, *result = NULL;
    view_t view = { .count = 0 };
    imr_kaplan_meier_t *curve = &view.curve;
    imr_kaplan_meier_made_t made = { .level = 0.95 };
    imr_fault_t fault;
    double tau, estimate, std_error, low, high;
    int status, choice;

    if (!PyArg_ParseTuple(args, "d(OOOO)(OO)OOdp:kaplan_meier_rmst", &tau, &columns[0], &columns[1],
            &columns[2], &columns[3], &weighted[0], &weighted[1], &members, &form, &made.level,
            &made.fix_ties)) {
        return NULL;
    }
    choice = imr_choice(module, form, "form", FORMS, N_FORMS);
    if (choice < 0 || borrow_time(module, &view, columns[0]) < 0) {
        goto out;
    }
    made.form = (imr_kaplan_meier_form_t) choice;
    curve->at_risk = borrow(module, &view, columns[1], "at_risk", NPY_INT64, (npy_intp) curve->n);
    curve->events = curve->at_risk == NULL
        ? NULL
        : borrow(module, &view, columns[2], "events", NPY_INT64, (npy_intp) curve->n);
    curve->estimate = curve->events == NULL
        ? NULL
        : borrow(module, &view, columns[3], "estimate", NPY_DOUBLE, (npy_intp) curve->n);
    if (curve->estimate == NULL || borrow_members(module, &view, members) < 0) {
        goto out;
    }
    if (!Py_IsNone(weighted[0])) {
        curve->weighted_at_risk =
            borrow(module, &view, weighted[0], "weighted_at_risk", NPY_DOUBLE, (npy_intp) curve->n);
        curve->weighted_events = curve->weighted_at_risk == NULL
            ? NULL
            : borrow(
                  module, &view, weighted[1], "weighted_events", NPY_DOUBLE, (npy_intp) curve->n);
        if (curve->weighted_events == NULL) {
            goto out;
        }
    }
    Py_BEGIN_ALLOW_THREADS status =
        imr_kaplan_meier_rmst(curve, &made, tau, &estimate, &std_error, &low, &high, &fault);
    Py_END_ALLOW_THREADS result = status != IMR_OK
        ? imr_raise(module, &fault)
        : Py_BuildValue("dddd", estimate, std_error, low, high);
out:
    view_free(&view);
    return result;
}

PyMethodDef imr_kaplan_meier_methods[] = {
    { "kaplan_meier", fit, METH_VARARGS,
        "kaplan_meier($module, time, event, entry, weights, cluster, clusters, group, groups, form,"
        " interval, lower, variance, level, start_time, reverse, timefix, /)\n--\n\n"
        "The columns of survival.kaplan_meier, or a list of them with group." },
    { "kaplan_meier_at", at, METH_VARARGS,
        "kaplan_meier_at($module, times, columns, entries, start_limits, beta, timefix, /)\n--\n\n"
        "(estimate, std_error, low, high, at_risk) of a curve at times." },
    { "kaplan_meier_quantile", quantile, METH_VARARGS,
        "kaplan_meier_quantile($module, p, columns, start_limits, start, beta, /)\n--\n\n"
        "(estimate, low, high) of a curve's quantiles." },
    { "kaplan_meier_rmst", rmst, METH_VARARGS,
        "kaplan_meier_rmst($module, tau, columns, weighted, members, form, level, timefix, "
        "/)\n--\n\n"
        "(estimate, std_error, low, high) of the area under a curve." },
    { NULL, NULL, 0, NULL },
};
