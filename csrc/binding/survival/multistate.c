#include "survival/multistate_input.h"

#include "survival/multistate_summary.h"

static const char *const INTERVALS[] = { IMR_MULTISTATE_INTERVAL_LIST(IMR_WORDS_OF_CHOICE) };
static const char *const VARIANCES[] = { IMR_MULTISTATE_VARIANCE_LIST(IMR_WORDS_OF_CHOICE) };

enum {
    N_INTERVALS = 0 IMR_MULTISTATE_INTERVAL_LIST(IMR_ONE_OF_CHOICE),
    N_VARIANCES = 0 IMR_MULTISTATE_VARIANCE_LIST(IMR_ONE_OF_CHOICE)
};

int
imr_multistate_choices(
    PyObject *module, PyObject *variance, PyObject *interval, imr_multistate_options_t *options)
{
    int of_variance = imr_choice(module, variance, "variance", VARIANCES, N_VARIANCES);
    int of_interval =
        of_variance < 0 ? -1 : imr_choice(module, interval, "interval", INTERVALS, N_INTERVALS);

    options->variance = (imr_multistate_variance_t) of_variance;
    options->interval = (imr_multistate_interval_t) of_interval;
    return of_interval < 0 ? -1 : 0;
}

/* --- rows ---------------------------------------------------------------------------------------- */

static const char *const COLUMNS[] = { "time", "patient", "event", "entry", "initial", "group" };
static const char KINDS[] = "DIIdii";

/* A fault of a row names the patient, the row before and the states by their labels. */
static void
raise_row(PyObject *module, const imr_fault_t *fault, const imr_multistate_rows_t *rows,
    const int64_t *patients, PyObject *names, PyObject *labels)
{
    Py_ssize_t code = (Py_ssize_t) fault->value;
    PyObject *value = NULL, *was = NULL;

    if (fault->row < 0) {
        imr_raise(module, fault);
        return;
    }
    if (fault->status == IMR_ERR_MULTISTATE_NOT_ALLOWED
        || fault->status == IMR_ERR_MULTISTATE_INITIAL) {
        value = PySequence_GetItem(labels, code - 1);
    } else {
        value = PyFloat_FromDouble(fault->value);
    }
    if (rows->from >= 0) {
        was = PySequence_GetItem(labels, (Py_ssize_t) rows->from);
    }
    if (value != NULL && (was != NULL || rows->from < 0)) {
        imr_raise_history(module, fault, value, was, rows->other_row, patients, names);
    }
    Py_XDECREF(value);
    Py_XDECREF(was);
}

/* Flags of states as bytes, or None; -1 with an exception unless there are `count`. */
static int
read_flags(
    PyObject *module, PyObject *value, const char *argument, size_t count, const uint8_t **flags)
{
    char *bytes;
    Py_ssize_t length;

    *flags = NULL;
    if (Py_IsNone(value)) {
        return 0;
    }
    if (PyBytes_AsStringAndSize(value, &bytes, &length) < 0) {
        return -1;
    }
    if ((size_t) length != count) {
        imr_raise_input(module, "%s has %zd flags; give %zd", argument, length, (Py_ssize_t) count);
        return -1;
    }
    *flags = (const uint8_t *) bytes;
    return 0;
}

void
imr_multistate_input_free(imr_multistate_input_t *self)
{
    imr_multistate_rows_free(&self->rows);
    imr_columns_free(self->arrays, KINDS);
}

int
imr_multistate_input_init(PyObject *module, imr_multistate_input_t *self)
{
    imr_multistate_data_t *data = &self->data;
    imr_fault_t fault;
    int status;

    data->states = (size_t) PyTuple_Size(self->labels);
    data->groups = (size_t) self->groups;
    data->first = self->first;
    if (imr_columns(module, self->given, COLUMNS, KINDS, self->arrays) < 0
        || read_flags(
               module, self->allowed, "transitions", data->states * data->states, &data->allowed)
            < 0
        || read_flags(module, self->absorbing, "absorbing", data->states, &data->absorbing) < 0) {
        return -1;
    }
    data->n = (size_t) PyArray_DIM(self->arrays[IMR_MULTISTATE_TIME], 0);
    data->patient = imr_column_data(self->arrays[IMR_MULTISTATE_PATIENT]);
    data->time = imr_column_data(self->arrays[IMR_MULTISTATE_TIME]);
    data->event = imr_column_data(self->arrays[IMR_MULTISTATE_EVENT]);
    data->entry = imr_column_data(self->arrays[IMR_MULTISTATE_ENTRY]);
    data->initial = imr_column_data(self->arrays[IMR_MULTISTATE_INITIAL]);
    data->group = imr_column_data(self->arrays[IMR_MULTISTATE_GROUP]);
    Py_BEGIN_ALLOW_THREADS
    status = imr_multistate_rows(data, &self->rows, &fault);
    Py_END_ALLOW_THREADS
    if (status != IMR_OK) {
        raise_row(module, &fault, &self->rows, data->patient, self->names, self->labels);
        return -1;
    }
    return 0;
}

/* --- the fit ------------------------------------------------------------------------------------- */

static PyObject *
lend_curves(imr_multistate_t *self)
{
    const imr_multistate_counts_t *counts = &self->counts;
    size_t n = counts->n, states = counts->states, moves = counts->transitions;
    PyObject *owner = imr_owner(self->block), *items[18];

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
    items[15] = imr_matrix_int64(owner, counts->patient, 5, counts->spans);
    items[16] = PyLong_FromLongLong(self->lost_row);
    items[17] = PyLong_FromLongLong(self->lost_state);
    Py_DECREF(owner);
    return imr_pack(items, 18);
}

static PyObject *
fit_groups(PyObject *module, const imr_multistate_rows_t *rows, size_t groups,
    const imr_multistate_options_t *options)
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
            lent = lend_curves(&self);
        }
        if (lent == NULL || PyTuple_SetItem(result, (Py_ssize_t) g, lent) < 0) {
            Py_CLEAR(result);
        }
    }
    return result;
}

PyObject *
imr_multistate_fit(PyObject *module, const imr_multistate_rows_t *rows, size_t groups,
    int64_t merged, const imr_multistate_options_t *options)
{
    PyObject *curves = fit_groups(module, rows, groups, options);

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
    C_SPANS,
    N_SHARED
};
static const char *const SHARED[] = { "time", "at_risk", "censored", "known", "events", "estimate",
    "std_error", "low", "high", "start", "transitions", "stretches" };
static const char SHARED_KINDS[] = "diiiiddddd"
                                   "ii";

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

static int
has_shapes(view_t *view, npy_intp states)
{
    npy_intp n, moves, spans;

    if (PyArray_NDIM(view->arrays[C_TIME]) != 1 || PyArray_NDIM(view->arrays[C_MOVES]) != 2
        || PyArray_NDIM(view->arrays[C_SPANS]) != 2) {
        return 0;
    }
    n = PyArray_DIM(view->arrays[C_TIME], 0);
    moves = PyArray_DIM(view->arrays[C_MOVES], 1);
    spans = PyArray_DIM(view->arrays[C_SPANS], 1);
    return has_shape(view, C_AT_RISK, states, n) && has_shape(view, C_CENSORED, states, n)
        && has_shape(view, C_KNOWN, 0, n) && (moves == 0 || has_shape(view, C_EVENTS, moves, n))
        && has_shape(view, C_ESTIMATE, states, n) && has_shape(view, C_STD_ERROR, states, n)
        && has_shape(view, C_LOW, states, n) && has_shape(view, C_HIGH, states, n)
        && has_shape(view, C_START, 4, states) && has_shape(view, C_MOVES, 2, moves)
        && has_shape(view, C_SPANS, 5, spans);
}

/* columns: those of SHARED and the flags of closed states. -1 with an exception; to be freed in any case. */
static int
view_init(PyObject *module, view_t *view, PyObject *columns)
{
    imr_multistate_t *curves = &view->curves;
    imr_multistate_counts_t *counts = &curves->counts;
    int64_t *spans, *moves;
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
                                                 : imr_array_int64(module, value, SHARED[c]);
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
    counts->spans = (size_t) PyArray_DIM(view->arrays[C_SPANS], 1);
    counts->time = PyArray_DATA(view->arrays[C_TIME]);
    counts->at_risk = PyArray_DATA(view->arrays[C_AT_RISK]);
    counts->events = PyArray_DATA(view->arrays[C_EVENTS]);
    moves = PyArray_DATA(view->arrays[C_MOVES]);
    counts->from = moves;
    counts->to = moves + counts->transitions;
    spans = PyArray_DATA(view->arrays[C_SPANS]);
    counts->patient = spans;
    counts->state = spans + counts->spans;
    counts->next = spans + 2 * counts->spans;
    counts->begin = spans + 3 * counts->spans;
    counts->end = spans + 4 * counts->spans;
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
