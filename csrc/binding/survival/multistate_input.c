#include "survival/multistate_input.h"

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
