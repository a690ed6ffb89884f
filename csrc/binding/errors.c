#include "binding.h"

#include <math.h>
#include <stdarg.h>

/* An exception class in immunoreset.errors, also reachable as an attribute of the module. */
static PyObject *
new_exception(
    PyObject *module, const char *name, const char *dotted, const char *doc, PyObject *bases)
{
    PyObject *type = PyErr_NewExceptionWithDoc(dotted, doc, bases, NULL);

    if (type != NULL && PyModule_AddObjectRef(module, name, type) < 0) {
        Py_DECREF(type);
        return NULL;
    }
    return type;
}

static PyObject *
new_derived(PyObject *module, const char *name, const char *dotted, const char *doc, PyObject *root,
    PyObject *builtin)
{
    PyObject *type, *bases = PyTuple_Pack(2, root, builtin);

    if (bases == NULL) {
        return NULL;
    }
    type = new_exception(module, name, dotted, doc, bases);
    Py_DECREF(bases);
    return type;
}

int
imr_errors_init(PyObject *module, imr_state_t *state)
{
    state->error = new_exception(module, "ImmunoResetError", "immunoreset.errors.ImmunoResetError",
        "The root of what immunoreset raises.", NULL);
    if (state->error == NULL) {
        return -1;
    }
    state->input_error = new_derived(module, "InputError", "immunoreset.errors.InputError",
        "Bad input; the text names the argument, the row, the value and the remedy.", state->error,
        PyExc_ValueError);
    if (state->input_error == NULL) {
        return -1;
    }
    state->convergence_error =
        new_derived(module, "ConvergenceError", "immunoreset.errors.ConvergenceError",
            "An iteration did not reach its certificate.", state->error, PyExc_ArithmeticError);
    return state->convergence_error == NULL ? -1 : 0;
}

PyObject *
imr_raise_input(PyObject *module, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    PyErr_FormatV(imr_state(module)->input_error, format, arguments);
    va_end(arguments);
    return NULL;
}

/* "time[17] is -3", "level is 1.5" or "time": what the fault points at. */
static PyObject *
fault_subject(const imr_fault_t *fault)
{
    PyObject *value = NULL, *subject = NULL;
    int whole =
        isfinite(fault->value) && fault->value == floor(fault->value) && fabs(fault->value) < 1e15;

    if (isnan(fault->value) && fault->status != IMR_ERR_NONFINITE) {
        return fault->row < 0
            ? PyUnicode_FromString(fault->argument)
            : PyUnicode_FromFormat("%s[%lld]", fault->argument, (long long) fault->row);
    }
    value =
        whole ? PyLong_FromLongLong((long long) fault->value) : PyFloat_FromDouble(fault->value);
    if (value == NULL) {
        return NULL;
    }
    subject = fault->row < 0
        ? PyUnicode_FromFormat("%s is %R", fault->argument, value)
        : PyUnicode_FromFormat("%s[%lld] is %R", fault->argument, (long long) fault->row, value);
    Py_DECREF(value);
    return subject;
}

PyObject *
imr_raise(PyObject *module, const imr_fault_t *fault)
{
    imr_state_t *state = imr_state(module);
    const char *words = imr_status_words(fault->status);
    PyObject *subject, *type = NULL;

    switch (imr_status_kind(fault->status)) {
        case IMR_KIND_MEMORY:
            return PyErr_NoMemory();
        case IMR_KIND_INTERRUPT:
            return NULL; /* the exception is pending */
        case IMR_KIND_INPUT:
            type = state->input_error;
            break;
        case IMR_KIND_CONVERGENCE:
            type = state->convergence_error;
            break;
        case IMR_KIND_NONE:
            break;
    }
    if (type == NULL) {
        PyErr_Format(PyExc_SystemError, "status %d: %s; please report this", fault->status, words);
        return NULL;
    }
    if (fault->argument == NULL) {
        PyErr_SetString(type, words);
        return NULL;
    }
    subject = fault_subject(fault);
    if (subject != NULL) {
        PyErr_Format(type, "%U; %s", subject, words);
        Py_DECREF(subject);
    }
    return NULL;
}

PyObject *
imr_raise_history(PyObject *module, const imr_fault_t *fault, PyObject *value, PyObject *was,
    int64_t other_row, const int64_t *patients, PyObject *names)
{
    Py_ssize_t row = (Py_ssize_t) fault->row;
    const char *words = imr_status_words(fault->status);
    PyObject *patient = Py_IsNone(names) ? PyLong_FromLongLong(patients[row])
                                         : PySequence_GetItem(names, (Py_ssize_t) patients[row]);
    PyObject *other = other_row < 0 ? PyUnicode_FromString("")
                                    : PyUnicode_FromFormat(", see row %zd", (Py_ssize_t) other_row);
    PyObject *before =
        was == NULL ? PyUnicode_FromString("") : PyUnicode_FromFormat(", until then in %R", was);

    if (patient != NULL && other != NULL && before != NULL) {
        if (isnan(fault->value) && fault->status != IMR_ERR_NONFINITE) {
            imr_raise_input(module, "%s[%zd] (patient %R%U%U): %s", fault->argument, row, patient,
                other, before, words);
        } else {
            imr_raise_input(module, "%s[%zd] is %R (patient %R%U%U); %s", fault->argument, row,
                value, patient, other, before, words);
        }
    }
    Py_XDECREF(patient);
    Py_XDECREF(other);
    Py_XDECREF(before);
    return NULL;
}

int
imr_report(PyObject *progress, Py_ssize_t done, Py_ssize_t total)
{
    PyObject *answer;

    if (PyErr_CheckSignals() < 0) {
        return -1;
    }
    if (progress == Py_None) {
        return 0;
    }
    answer = PyObject_CallFunction(progress, "nn", done, total);
    Py_XDECREF(answer);
    return answer == NULL ? -1 : 0;
}

static int
asked(void *context)
{
    imr_signals_t *self = context;
    int stop;

    PyEval_RestoreThread(self->saved);
    stop = PyErr_CheckSignals() < 0;
    self->saved = PyEval_SaveThread();
    return stop;
}

void
imr_signals_init(imr_signals_t *self)
{
    self->stop.asked = asked;
    self->stop.context = self;
    self->stop.work = 0;
    self->saved = NULL;
}
