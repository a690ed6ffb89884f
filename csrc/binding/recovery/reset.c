#include "binding.h"

#include "recovery/reset.h"
#include "recovery/reset_relapse.h"
#include "recovery/reset_states.h"

static const char *const COLUMNS[] = { IMR_RESET_COLUMN_LIST(IMR_WORDS_OF_CHOICE) };
static const char *const CRITERIA[] = { IMR_RESET_CRITERION_LIST(IMR_WORDS_OF_CHOICE) };
static const char *const COMPONENTS[] = { IMR_RESET_COMPONENT_LIST(IMR_WORDS_OF_CHOICE) };
static const char *const STATUSES[] = { IMR_RESET_STATUS_LIST(IMR_WORDS_OF_CHOICE) };
static const char *const STATES[] = { IMR_RESET_STATE_LIST(IMR_WORDS_OF_CHOICE) };
static const char *const REASONS[] = { IMR_RESET_REASON_LIST(IMR_WORDS_OF_CHOICE) };

static PyObject *
tuple_of_words(const char *const *words, Py_ssize_t n)
{
    PyObject *tuple = PyTuple_New(n);

    for (Py_ssize_t i = 0; tuple != NULL && i < n; i++) {
        PyObject *word = PyUnicode_FromString(words[i]);

        if (word == NULL || PyTuple_SetItem(tuple, i, word) < 0) {
            Py_CLEAR(tuple);
        }
    }
    return tuple;
}

static PyObject *
reset_words(PyObject *module, PyObject *Py_UNUSED(none))
{
    (void) module;
    return Py_BuildValue("(NNNNN)", tuple_of_words(COLUMNS, IMR_RESET_COLUMNS),
        tuple_of_words(CRITERIA, IMR_RESET_CRITERIA),
        tuple_of_words(COMPONENTS, IMR_RESET_COMPONENTS),
        tuple_of_words(STATUSES, IMR_RESET_STATUSES), tuple_of_words(REASONS, IMR_RESET_REASONS));
}

/* --- the components ------------------------------------------------------------------------------ */

/* One array for each name in COLUMNS, NULL for None. -1 with an exception. */
static int
read_columns(PyObject *module, PyObject *given, PyArrayObject **arrays, imr_reset_rows_t *rows)
{
    for (Py_ssize_t k = 0; k < IMR_RESET_COLUMNS; k++) {
        PyObject *value = PyTuple_GetItem(given, k);

        if (value == NULL) {
            return -1;
        }
        if (value == Py_None && k != IMR_RESET_RETURN_LEFT && k != IMR_RESET_RETURN_RIGHT
            && k != IMR_RESET_FOLLOWED) {
            continue;
        }
        arrays[k] = imr_array_double(module, value, COLUMNS[k]);
        if (arrays[k] == NULL
            || imr_check_column(module, arrays[k], COLUMNS[k],
                   k == 0 ? -1 : PyArray_DIM(arrays[0], 0), COLUMNS[0])
                < 0) {
            return -1;
        }
        rows->column[k] = PyArray_DATA(arrays[k]);
    }
    rows->n = (size_t) PyArray_DIM(arrays[0], 0);
    return 0;
}

static PyObject *
tuple_of(imr_reset_t *self)
{
    size_t n = self->n, parts = IMR_RESET_COMPONENTS;
    PyObject *owner = imr_owner(self->block), *result, *assessed = PyTuple_New((Py_ssize_t) parts);

    self->block = NULL;
    for (size_t k = 0; assessed != NULL && k < parts; k++) {
        if (PyTuple_SetItem(assessed, (Py_ssize_t) k, PyBool_FromLong(self->assessed[k])) < 0) {
            Py_CLEAR(assessed);
        }
    }
    if (owner == NULL || assessed == NULL) {
        Py_XDECREF(owner);
        Py_XDECREF(assessed);
        return NULL;
    }
    result = Py_BuildValue("(NNNNNNNNNNNNNNN)", assessed,
        imr_matrix_int64(owner, self->status, n, parts),
        imr_matrix_int64(owner, self->reason, n, parts),
        imr_matrix_double(owner, self->value, n, parts),
        imr_matrix_double(owner, self->bound, n, parts),
        imr_column_int64(owner, self->composite, n), imr_column_double(owner, self->left, n),
        imr_column_double(owner, self->right, n), imr_column_int64(owner, self->precluded, n),
        imr_matrix_int64(owner, self->count, IMR_RESET_ROWS, IMR_RESET_STATUSES),
        imr_column_double(owner, self->share, IMR_RESET_ROWS),
        imr_column_double(owner, self->low, IMR_RESET_ROWS),
        imr_column_double(owner, self->high, IMR_RESET_ROWS),
        imr_column_double(owner, self->least, IMR_RESET_ROWS),
        imr_column_double(owner, self->most, IMR_RESET_ROWS));
    Py_DECREF(owner);
    return result;
}

static PyObject *
reset(PyObject *module, PyObject *args)
{
    PyObject *given, *result = NULL;
    PyArrayObject *arrays[IMR_RESET_COLUMNS] = { NULL }, *criteria = NULL;
    imr_reset_rows_t rows = { 0 };
    imr_reset_t self = { 0 };
    imr_fault_t fault;
    PyObject *criteria_value;
    double level;
    int status;

    if (!PyArg_ParseTuple(args, "O!Od:reset", &PyTuple_Type, &given, &criteria_value, &level)) {
        return NULL;
    }
    criteria = imr_array_double(module, criteria_value, "criteria");
    if (criteria == NULL
        || imr_check_column(module, criteria, "criteria", IMR_RESET_CRITERIA, "the criteria") < 0
        || read_columns(module, given, arrays, &rows) < 0) {
        goto out;
    }
    Py_BEGIN_ALLOW_THREADS
    status = imr_reset_init(&self, &rows, PyArray_DATA(criteria), level, &fault);
    Py_END_ALLOW_THREADS
    if (status != IMR_OK) {
        imr_raise(module, &fault);
        goto out;
    }
    result = tuple_of(&self);
out:
    imr_reset_free(&self);
    Py_XDECREF((PyObject *) criteria);
    for (size_t k = 0; k < IMR_RESET_COLUMNS; k++) {
        Py_XDECREF((PyObject *) arrays[k]);
    }
    return result;
}

/* --- relapses before and after return ------------------------------------------------------------- */

static PyObject *
period(const imr_reset_period_t *self)
{
    return Py_BuildValue("(LdddLLddddddd)", (long long) self->events, self->rate, self->low,
        self->high, (long long) self->events_least, (long long) self->events_most, self->rate_least,
        self->rate_most, self->low_least, self->high_most, self->time, self->time_least,
        self->time_most);
}

static PyObject *
reset_relapse(PyObject *module, PyObject *args)
{
    static const char *const NAMES[] = { "return_left", "return_right", "followed", "relapse",
        "start" };
    static const char KINDS[] = "DDDDd";
    PyObject *given[5], *result = NULL;
    PyArrayObject *arrays[5] = { NULL };
    imr_reset_relapse_rows_t rows;
    imr_reset_relapse_t self;
    imr_fault_t fault;
    double per, level;
    int status;

    if (!PyArg_ParseTuple(args, "OOOOOdd:reset_relapse", &given[0], &given[1], &given[2], &given[3],
            &given[4], &per, &level)) {
        return NULL;
    }
    if (imr_columns(module, given, NAMES, KINDS, arrays) < 0) {
        goto out;
    }
    rows = (imr_reset_relapse_rows_t) { (size_t) PyArray_DIM(arrays[0], 0),
        imr_column_data(arrays[0]), imr_column_data(arrays[1]), imr_column_data(arrays[2]),
        imr_column_data(arrays[3]), imr_column_data(arrays[4]) };
    Py_BEGIN_ALLOW_THREADS
    status = imr_reset_relapse(&self, &rows, per, level, &fault);
    Py_END_ALLOW_THREADS
    if (status != IMR_OK) {
        imr_raise(module, &fault);
        goto out;
    }
    result =
        Py_BuildValue("(nLNN(ddddddddd))", (Py_ssize_t) self.counted, (long long) self.ambiguous,
            period(&self.before), period(&self.after), self.ratio, self.low, self.high, self.pvalue,
            self.ratio_least, self.ratio_most, self.low_least, self.high_most, self.pvalue_most);
out:
    imr_columns_free(arrays, KINDS);
    return result;
}

/* --- states --------------------------------------------------------------------------------------- */

static PyObject *
reset_state_words(PyObject *module, PyObject *Py_UNUSED(none))
{
    (void) module;
    return tuple_of_words(STATES, IMR_RESET_STATES);
}

static PyObject *
states_tuple(imr_reset_states_t *self)
{
    size_t days = self->days;
    PyObject *owner = imr_owner(self->block), *result;

    self->block = NULL;
    if (owner == NULL) {
        return NULL;
    }
    result = Py_BuildValue("(NNNNNNNNN)",
        imr_matrix_double(owner, self->share, days, IMR_RESET_STATES),
        imr_matrix_double(owner, self->low, days, IMR_RESET_STATES),
        imr_matrix_double(owner, self->high, days, IMR_RESET_STATES),
        imr_column_int64(owner, self->known, days), imr_column_int64(owner, self->complete, days),
        imr_matrix_int64(owner, self->present, days, IMR_RESET_STATES),
        imr_column_double(owner, self->time, IMR_RESET_STATES),
        imr_column_double(owner, self->time_low, IMR_RESET_STATES),
        imr_column_double(owner, self->time_high, IMR_RESET_STATES));
    Py_DECREF(owner);
    return result;
}

static PyObject *
reset_states(PyObject *module, PyObject *args)
{
    static const char *const NAMES[] = { "onset", "return_left", "return_right", "followed",
        "relapse", "drug_free_from", "drug_free_to", "dead" };
    static const char KINDS[] = "DDDDDddd";
    PyObject *given[8], *at_value, *result = NULL;
    PyArrayObject *arrays[8] = { NULL }, *at = NULL;
    imr_reset_state_rows_t rows;
    imr_reset_states_t self = { 0 };
    imr_signals_t signals;
    imr_fault_t fault;
    double turn, tau, level;
    int status;

    if (!PyArg_ParseTuple(args, "OOOOOOOOdOdd:reset_states", &given[0], &given[1], &given[2],
            &given[3], &given[4], &given[5], &given[6], &given[7], &turn, &at_value, &tau,
            &level)) {
        return NULL;
    }
    at = imr_array_double(module, at_value, "at");
    if (at == NULL || imr_check_column(module, at, "at", -1, NULL) < 0
        || imr_columns(module, given, NAMES, KINDS, arrays) < 0) {
        goto out;
    }
    rows = (imr_reset_state_rows_t) { (size_t) PyArray_DIM(arrays[0], 0),
        imr_column_data(arrays[0]), imr_column_data(arrays[1]), imr_column_data(arrays[2]),
        imr_column_data(arrays[3]), imr_column_data(arrays[4]), imr_column_data(arrays[5]),
        imr_column_data(arrays[6]), imr_column_data(arrays[7]), turn };
    imr_signals_init(&signals);
    signals.saved = PyEval_SaveThread();
    status = imr_reset_states_init(&self, &rows, PyArray_DATA(at), (size_t) PyArray_DIM(at, 0), tau,
        level, &signals.stop, &fault);
    PyEval_RestoreThread(signals.saved);
    if (status != IMR_OK) {
        imr_raise(module, &fault);
        goto out;
    }
    result = states_tuple(&self);
out:
    imr_reset_states_free(&self);
    Py_XDECREF((PyObject *) at);
    imr_columns_free(arrays, KINDS);
    return result;
}

PyMethodDef imr_reset_methods[] = {
    { "reset_state_words", reset_state_words, METH_NOARGS,
        "reset_state_words($module, /)\n--\n\nNames of the states." },
    { "reset_words", reset_words, METH_NOARGS,
        "reset_words($module, /)\n--\n\n"
        "Names of columns, criteria, components and statuses, and reasons with {value} and "
        "{bound}." },
    { "reset", reset, METH_VARARGS,
        "reset($module, columns, criteria, level, /)\n--\n\n"
        "(assessed, status, reason, value, bound, composite, left, right, precluded, count, share, "
        "low, high, least, most) of recovery.reset; columns and criteria in the order of "
        "reset_words." },
    { "reset_relapse", reset_relapse, METH_VARARGS,
        "reset_relapse($module, return_left, return_right, followed, relapse, start, per, level, "
        "/)\n--\n\n"
        "(counted, ambiguous, before, after, ratio). A period is events, rate, low, high, the "
        "least "
        "and most events, the least and most rate, low_least, high_most, time, time_least, "
        "time_most; the ratio is ratio, low, high, pvalue, ratio_least, ratio_most, low_least, "
        "high_most, pvalue_most." },
    { "reset_states", reset_states, METH_VARARGS,
        "reset_states($module, onset, return_left, return_right, followed, relapse, "
        "drug_free_from, "
        "drug_free_to, dead, turn, at, tau, level, /)\n--\n\n"
        "(share, low, high, known, complete, present, time, time_low, time_high); at is "
        "ascending." },
    { NULL, NULL, 0, NULL },
};
