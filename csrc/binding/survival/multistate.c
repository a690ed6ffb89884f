#include "survival/multistate_input.h"

#include "survival/multistate_summary.h"

#define SMALL 1024 /* labels below it are looked up */

/* Which numbers there are in a column of whole ones that are all small, as flags in bytes; None of any
 * other. */
static PyObject *
distinct(PyObject *Py_UNUSED(module), PyObject *value)
{
    PyArrayObject *array = (PyArrayObject *) value;
    char there[SMALL] = { 0 };
    uint64_t bits = 0;
    Py_ssize_t count = SMALL;
    npy_intp n;

    if (!PyArray_Check(value) || PyArray_TYPE(array) != NPY_INT64 || PyArray_NDIM(array) != 1
        || !PyArray_ISCARRAY_RO(array)) {
        return Py_NewRef(Py_None);
    }
    n = PyArray_DIM(array, 0);
    for (npy_intp i = 0; i < n; i++) {
        uint64_t number = ((const uint64_t *) PyArray_DATA(array))[i];

        bits |= number;
        there[number % SMALL] = 1;
    }
    while (count > 1 && !there[count - 1]) {
        count--;
    }
    return bits < SMALL ? PyBytes_FromStringAndSize(there, count) : Py_NewRef(Py_None);
}

/* --- the fit ------------------------------------------------------------------------------------- */

/* stretches: the owner of those of all groups. */
static PyObject *
lend_curves(imr_multistate_t *self, PyObject *stretches)
{
    const imr_multistate_counts_t *counts = &self->counts;
    size_t n = counts->n, states = counts->states, moves = counts->transitions;
    PyObject *owner = imr_owner(self->block), *items[19];

    self->block = NULL;
    if (owner == NULL) {
        return NULL;
    }
    items[0] = imr_column_double(owner, counts->time, n);
    items[1] = imr_matrix_int64(owner, counts->at_risk, states, n);
    items[2] = imr_matrix_int64(owner, self->censored, states, n);
    items[3] = imr_column_int64(owner, self->known, n);
    items[4] = imr_matrix_int64(owner, counts->events, moves, n);
    items[5] = imr_matrix_double(owner, self->hazard, moves, n);
    items[6] = imr_matrix_double(owner, self->hazard_std_error, moves, n);
    items[7] = imr_matrix_double(owner, self->estimate, states, n);
    items[8] = imr_matrix_double(owner, self->std_error, states, n);
    items[9] = imr_matrix_double(owner, self->low, states, n);
    items[10] = imr_matrix_double(owner, self->high, states, n);
    items[11] = imr_column_double(owner, self->last_at_risk, states);
    items[12] = PyLong_FromLongLong(self->patients);
    items[13] = imr_matrix_double(owner, self->start, 4, states);
    items[14] = imr_matrix_int64(owner, counts->from, 2, moves);
    items[15] = imr_column_bytes(owner, counts->before, (counts->places + 1) * sizeof(uint32_t));
    items[16] =
        imr_column_bytes(stretches, (void *) counts->span, counts->spans * sizeof(*counts->span));
    items[17] = PyLong_FromLongLong(self->lost_row);
    items[18] = PyLong_FromLongLong(self->lost_state);
    Py_DECREF(owner);
    return imr_pack(items, 19);
}

static PyObject *
fit_groups(PyObject *module, const imr_multistate_rows_t *rows, size_t groups,
    const imr_multistate_options_t *options, PyObject *stretches)
{
    PyObject *result = PyTuple_New((Py_ssize_t) groups);

    for (size_t g = 0; g < groups && result != NULL; g++) {
        imr_multistate_t self;
        imr_signals_t signals;
        imr_fault_t fault;
        PyObject *lent = NULL;
        int status;

        imr_signals_init(&signals);
        signals.saved = PyEval_SaveThread();
        status = imr_multistate(rows, g, options, &self, &signals.stop, &fault);
        PyEval_RestoreThread(signals.saved);
        if (status != IMR_OK) {
            imr_raise(module, &fault);
        } else {
            lent = lend_curves(&self, stretches);
        }
        if (lent == NULL || PyTuple_SetItem(result, (Py_ssize_t) g, lent) < 0) {
            Py_CLEAR(result);
        }
    }
    return result;
}

PyObject *
imr_multistate_fit(PyObject *module, imr_multistate_rows_t *rows, size_t groups, int64_t merged,
    const imr_multistate_options_t *options)
{
    PyObject *stretches = imr_owner(rows->span), *curves = NULL;

    if (stretches != NULL) {
        curves = fit_groups(module, rows, groups, options, stretches);
        Py_DECREF(stretches);
    }
    rows->span = NULL; /* the owner's */
    return curves == NULL ? NULL
                          : Py_BuildValue("(NLy#)", curves, (long long) merged,
                                (const char *) rows->closed, (Py_ssize_t) rows->states);
}

static PyObject *
fit(PyObject *module, PyObject *args)
{
    PyObject *variance, *interval, *result = NULL;
    imr_multistate_input_t input = { .rows = { .block = NULL } };
    imr_multistate_options_t options;

    if (!PyArg_ParseTuple(args, IMR_MULTISTATE_FORMAT "OOdp:multistate",
            IMR_MULTISTATE_GIVEN(input), &variance, &interval, &options.level, &input.data.fix_ties)
        || imr_multistate_choices(module, variance, interval, &options) < 0) {
        return NULL;
    }
    if (imr_multistate_input_init(module, &input) == 0) {
        result = imr_multistate_fit(module, &input.rows,
            input.data.group == NULL ? 1 : input.data.groups, input.rows.merged, &options);
    }
    imr_multistate_input_free(&input);
    return result;
}

/* --- what is read off a fit ---------------------------------------------------------------------- */

enum {
    C_TIME,
    C_AT_RISK,
    C_CENSORED,
    C_KNOWN,
    C_EVENTS,
    C_ESTIMATE,
    C_STD_ERROR,
    C_LOW,
    C_HIGH,
    C_START,
    C_MOVES,
    C_BEFORE,
    C_SPANS,
    N_SHARED
};
static const char *const SHARED[] = { "time", "at_risk", "censored", "known", "events", "estimate",
    "std_error", "low", "high", "start", "transitions", "before", "stretches" };
static const char SHARED_KINDS[] = "diiiiddddd"
                                   "ibb";

/* Curves that borrow the columns of a Python result. */
typedef struct {
    imr_multistate_t curves;
    const uint8_t *closed;
    PyArrayObject *arrays[N_SHARED];
} view_t;

static void
view_free(view_t *view)
{
    for (int c = 0; c < N_SHARED; c++) {
        Py_XDECREF((PyObject *) view->arrays[c]);
    }
}

/* Whether column c has `rows` of `columns` values (rows 0: it has one dimension). */
static int
has_shape(const view_t *view, int c, npy_intp rows, npy_intp columns)
{
    PyArrayObject *array = view->arrays[c];

    if (rows == 0) {
        return PyArray_NDIM(array) == 1 && PyArray_DIM(array, 0) == columns;
    }
    return PyArray_NDIM(array) == 2 && PyArray_DIM(array, 0) == rows
        && PyArray_DIM(array, 1) == columns;
}

/* How many items of so many bytes column c holds, or -1. */
static npy_intp
items_of(const view_t *view, int c, size_t size)
{
    npy_intp bytes = PyArray_SIZE(view->arrays[c]);

    return bytes % (npy_intp) size == 0 ? bytes / (npy_intp) size : -1;
}

static int
has_shapes(view_t *view, npy_intp states)
{
    npy_intp n, moves;

    if (PyArray_NDIM(view->arrays[C_TIME]) != 1 || PyArray_NDIM(view->arrays[C_MOVES]) != 2
        || items_of(view, C_BEFORE, sizeof(uint32_t)) < 1
        || items_of(view, C_SPANS, sizeof(imr_multistate_stretch_t)) < 0) {
        return 0;
    }
    n = PyArray_DIM(view->arrays[C_TIME], 0);
    moves = PyArray_DIM(view->arrays[C_MOVES], 1);
    return has_shape(view, C_AT_RISK, states, n) && has_shape(view, C_CENSORED, states, n)
        && has_shape(view, C_KNOWN, 0, n) && (moves == 0 || has_shape(view, C_EVENTS, moves, n))
        && has_shape(view, C_ESTIMATE, states, n) && has_shape(view, C_STD_ERROR, states, n)
        && has_shape(view, C_LOW, states, n) && has_shape(view, C_HIGH, states, n)
        && has_shape(view, C_START, 4, states) && has_shape(view, C_MOVES, 2, moves);
}

/* Stretches as a fit has them. */
static PyArrayObject *
bytes_of(PyObject *module, PyObject *value)
{
    if (!PyArray_Check(value) || PyArray_TYPE((PyArrayObject *) value) != NPY_UINT8
        || !PyArray_ISCARRAY_RO((PyArrayObject *) value)
        || (uintptr_t) PyArray_DATA((PyArrayObject *) value) % sizeof(uint32_t) != 0) {
        imr_raise_input(module, "columns do not fit the curves; give those of a fit");
        return NULL;
    }
    Py_INCREF(value);
    return (PyArrayObject *) value;
}

/* columns: those of SHARED and the flags of closed states. -1 with an exception; to be freed in any case. */
static int
view_init(PyObject *module, view_t *view, PyObject *columns)
{
    imr_multistate_t *curves = &view->curves;
    imr_multistate_counts_t *counts = &curves->counts;
    int64_t *moves;
    Py_ssize_t states;
    char *closed;

    if (PyTuple_Size(columns) != N_SHARED + 1
        || PyBytes_AsStringAndSize(PyTuple_GetItem(columns, N_SHARED), &closed, &states) < 0) {
        imr_raise_input(module, "columns do not fit the curves; give those of a fit");
        return -1;
    }
    for (int c = 0; c < N_SHARED; c++) {
        PyObject *value = PyTuple_GetItem(columns, c);

        view->arrays[c] = SHARED_KINDS[c] == 'd' ? imr_array_double(module, value, SHARED[c])
            : SHARED_KINDS[c] == 'i'             ? imr_array_int64(module, value, SHARED[c])
                                                 : bytes_of(module, value);
        if (view->arrays[c] == NULL) {
            return -1;
        }
    }
    if (!has_shapes(view, states)) {
        imr_raise_input(module, "columns do not fit the curves; give those of a fit");
        return -1;
    }
    view->closed = (const uint8_t *) closed;
    counts->n = (size_t) PyArray_DIM(view->arrays[C_TIME], 0);
    counts->states = (size_t) states;
    counts->transitions = (size_t) PyArray_DIM(view->arrays[C_MOVES], 1);
    counts->spans = (size_t) items_of(view, C_SPANS, sizeof(*counts->span));
    counts->places = (size_t) items_of(view, C_BEFORE, sizeof(*counts->before)) - 1;
    counts->time = PyArray_DATA(view->arrays[C_TIME]);
    counts->at_risk = PyArray_DATA(view->arrays[C_AT_RISK]);
    counts->events = PyArray_DATA(view->arrays[C_EVENTS]);
    moves = PyArray_DATA(view->arrays[C_MOVES]);
    counts->from = moves;
    counts->to = moves + counts->transitions;
    counts->before = PyArray_DATA(view->arrays[C_BEFORE]);
    counts->span = PyArray_DATA(view->arrays[C_SPANS]);
    curves->censored = PyArray_DATA(view->arrays[C_CENSORED]);
    curves->known = PyArray_DATA(view->arrays[C_KNOWN]);
    curves->estimate = PyArray_DATA(view->arrays[C_ESTIMATE]);
    curves->std_error = PyArray_DATA(view->arrays[C_STD_ERROR]);
    curves->low = PyArray_DATA(view->arrays[C_LOW]);
    curves->high = PyArray_DATA(view->arrays[C_HIGH]);
    curves->start = PyArray_DATA(view->arrays[C_START]);
    if (!imr_multistate_counts_fit(counts)) {
        imr_raise_input(module, "columns do not fit the curves; give those of a fit");
        return -1;
    }
    return 0;
}

/* Arrays of states x the shape of the times asked for. */
typedef struct {
    PyObject *items[5];
    imr_multistate_values_t values;
} answers_t;

static int
answers_init(answers_t *self, size_t states, PyArrayObject *times, int counts)
{
    npy_intp dims[32];
    int ndim = 1 + (times == NULL ? 0 : PyArray_NDIM(times));

    dims[0] = (npy_intp) states;
    for (int d = 1; d < ndim; d++) {
        dims[d] = PyArray_DIM(times, d - 1);
    }
    for (int c = 0; c < 4 + counts; c++) {
        self->items[c] = PyArray_SimpleNew(ndim, dims, c == 4 ? NPY_INT64 : NPY_DOUBLE);
        if (self->items[c] == NULL) {
            return -1;
        }
    }
    self->values.estimate = PyArray_DATA((PyArrayObject *) self->items[0]);
    self->values.std_error = PyArray_DATA((PyArrayObject *) self->items[1]);
    self->values.low = PyArray_DATA((PyArrayObject *) self->items[2]);
    self->values.high = PyArray_DATA((PyArrayObject *) self->items[3]);
    if (counts) {
        self->values.at_risk = PyArray_DATA((PyArrayObject *) self->items[4]);
    }
    return 0;
}

static void
answers_free(answers_t *self)
{
    for (int c = 0; c < 5; c++) {
        Py_XDECREF(self->items[c]);
    }
}

/* A tuple of the arrays, which are then the tuple's, read-only. */
static PyObject *
answers_tuple(answers_t *self, int count)
{
    PyObject *items[5];

    for (int c = 0; c < count; c++) {
        items[c] = self->items[c];
        self->items[c] = NULL;
        PyArray_CLEARFLAGS((PyArrayObject *) items[c], NPY_ARRAY_WRITEABLE);
    }
    return imr_pack(items, count);
}

static PyArrayObject *
read_times(PyObject *module, PyObject *value)
{
    PyArrayObject *times = imr_array_double(module, value, "times");

    if (times != NULL && PyArray_NDIM(times) > 1) {
        imr_check_column(module, times, "times", -1, NULL);
        Py_DECREF((PyObject *) times);
        return NULL;
    }
    return times;
}

static void
raise_time(PyObject *module, const PyArrayObject *times, imr_fault_t *fault)
{
    if (PyArray_NDIM(times) == 0) {
        fault->row = -1;
    }
    imr_raise(module, fault);
}

static PyObject *
at(PyObject *module, PyObject *args)
{
    PyObject *wanted, *columns, *variance, *interval, *result = NULL;
    PyArrayObject *times;
    view_t view = { .closed = NULL };
    answers_t answers = { .items = { NULL } };
    imr_multistate_options_t options;
    imr_fault_t fault;
    int fix_ties, status;

    if (!PyArg_ParseTuple(args, "OO!OOdp:multistate_at", &wanted, &PyTuple_Type, &columns,
            &variance, &interval, &options.level, &fix_ties)
        || imr_multistate_choices(module, variance, interval, &options) < 0
        || (times = read_times(module, wanted)) == NULL) {
        return NULL;
    }
    if (view_init(module, &view, columns) < 0
        || answers_init(&answers, view.curves.counts.states, times, 1) < 0) {
        goto out;
    }
    Py_BEGIN_ALLOW_THREADS
    status = imr_multistate_at(&view.curves, view.closed, &options, fix_ties, PyArray_DATA(times),
        (size_t) PyArray_SIZE(times), &answers.values, &fault);
    Py_END_ALLOW_THREADS
    if (status != IMR_OK) {
        raise_time(module, times, &fault);
    } else {
        result = answers_tuple(&answers, 5);
    }
out:
    answers_free(&answers);
    view_free(&view);
    Py_DECREF((PyObject *) times);
    return result;
}

static PyObject *
time_in(PyObject *module, PyObject *args)
{
    PyObject *columns, *variance, *interval, *result = NULL;
    view_t view = { .closed = NULL };
    answers_t answers = { .items = { NULL } };
    imr_multistate_options_t options;
    imr_signals_t signals;
    imr_fault_t fault;
    double tau;
    int status;

    if (!PyArg_ParseTuple(args, "dO!OOd:multistate_time", &tau, &PyTuple_Type, &columns, &variance,
            &interval, &options.level)
        || imr_multistate_choices(module, variance, interval, &options) < 0) {
        return NULL;
    }
    if (view_init(module, &view, columns) < 0
        || answers_init(&answers, view.curves.counts.states, NULL, 0) < 0) {
        goto out;
    }
    imr_signals_init(&signals);
    signals.saved = PyEval_SaveThread();
    status = imr_multistate_time(
        &view.curves, view.closed, &options, tau, &answers.values, &signals.stop, &fault);
    PyEval_RestoreThread(signals.saved);
    result = status == IMR_OK ? answers_tuple(&answers, 4) : imr_raise(module, &fault);
out:
    answers_free(&answers);
    view_free(&view);
    return result;
}

static PyObject *
transition(PyObject *module, PyObject *args)
{
    PyObject *wanted, *columns, *variance, *interval, *result = NULL;
    PyArrayObject *times;
    view_t view = { .closed = NULL };
    answers_t answers = { .items = { NULL } };
    imr_multistate_options_t options;
    imr_signals_t signals;
    imr_fault_t fault;
    Py_ssize_t from;
    int64_t at_risk = 0;
    double since;
    int fix_ties, status;

    if (!PyArg_ParseTuple(args, "ndOO!OOdp:multistate_transition", &from, &since, &wanted,
            &PyTuple_Type, &columns, &variance, &interval, &options.level, &fix_ties)
        || imr_multistate_choices(module, variance, interval, &options) < 0
        || (times = read_times(module, wanted)) == NULL) {
        return NULL;
    }
    if (view_init(module, &view, columns) < 0) {
        goto out;
    }
    if (from < 0 || (size_t) from >= view.curves.counts.states) {
        imr_raise_input(module, "from_ is %zd; give the number of a state", from);
        goto out;
    }
    if (answers_init(&answers, view.curves.counts.states, times, 0) < 0) {
        goto out;
    }
    answers.values.at_risk = &at_risk;
    imr_signals_init(&signals);
    signals.saved = PyEval_SaveThread();
    status = imr_multistate_transition(&view.curves, view.closed, &options, fix_ties, (size_t) from,
        since, PyArray_DATA(times), (size_t) PyArray_SIZE(times), &answers.values, &signals.stop,
        &fault);
    PyEval_RestoreThread(signals.saved);
    if (status != IMR_OK) {
        raise_time(module, times, &fault);
    } else {
        result = Py_BuildValue("(NL)", answers_tuple(&answers, 4), (long long) at_risk);
    }
out:
    answers_free(&answers);
    view_free(&view);
    Py_DECREF((PyObject *) times);
    return result;
}

PyMethodDef imr_multistate_methods[] = {
    { "multistate", fit, METH_VARARGS,
        "multistate($module, patient, names, time, event, entry, initial, first, group, groups, "
        "states, allowed, absorbing, variance, interval, level, timefix, /)\n--\n\n"
        "(the columns of survival.multistate for each group, merged, flags of closed states)." },
    { "multistate_distinct", distinct, METH_O,
        "multistate_distinct($module, labels, /)\n--\n\n"
        "Flags of the numbers there are, up to the largest, if all are from 0 to 1023, or None." },
    { "multistate_at", at, METH_VARARGS,
        "multistate_at($module, times, columns, variance, interval, level, timefix, /)\n--\n\n"
        "(estimate, std_error, low, high, at_risk) of each state at times." },
    { "multistate_time", time_in, METH_VARARGS,
        "multistate_time($module, tau, columns, variance, interval, level, /)\n--\n\n"
        "(estimate, std_error, low, high) of the expected time in each state." },
    { "multistate_transition", transition, METH_VARARGS,
        "multistate_transition($module, from_, since, times, columns, variance, interval, level, "
        "timefix, /)\n--\n\n"
        "((estimate, std_error, low, high) of each state at times, at_risk in from_)." },
    { NULL, NULL, 0, NULL },
};
