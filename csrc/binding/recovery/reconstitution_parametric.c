#include "binding.h"

#include "recovery/aplasia_limits.h"
#include "recovery/reconstitution_profile.h"

static const char *const NAMES[] = { "left", "right", "competing", "cause", "group" };
static const char KINDS[] = "DDdii";
static const char *const DISTRIBUTIONS[] = { IMR_APLASIA_FIXED_LIST(IMR_WORDS_OF_CHOICE) };
static const char *const UNSEEN[] = { IMR_RECONSTITUTION_UNSEEN_LIST(IMR_WORDS_OF_CHOICE) };
#define COUNT_OF(array) ((int) (sizeof(array) / sizeof((array)[0])))

/* What is asked for all groups. */
typedef struct {
    PyObject *times, *shares; /* lists of floats */
    double drop;
    imr_reconstitution_unseen_t unseen;
    imr_aplasia_distribution_t distribution;
} question_t;

/* (estimate, low, high, competing) at each time, or (estimate, low, high) of the day of each share. */
static PyObject *
limits_of(PyObject *module, const imr_reconstitution_parametric_t *fit, PyObject *asked,
    int of_times, double drop)
{
    PyObject *list = PyList_New(0);

    for (Py_ssize_t i = 0; list != NULL && i < PyList_Size(asked); i++) {
        double value = PyFloat_AsDouble(PyList_GetItem(asked, i)), share, competing = 0;
        imr_reconstitution_between_t limits;
        imr_signals_t signals;
        imr_fault_t fault;
        PyObject *item = NULL;
        int status;

        if (PyErr_Occurred() != NULL || PyErr_CheckSignals() < 0) {
            Py_CLEAR(list);
            break;
        }
        imr_signals_init(&signals);
        signals.saved = PyEval_SaveThread();
        if (of_times) {
            status =
                imr_reconstitution_profile_share(&limits, fit, value, drop, &signals.stop, &fault);
            if (status == IMR_OK) {
                imr_reconstitution_parametric_shares(fit, value, &share, &competing);
            } else {
                fault.row = i;
            }
        } else {
            status = imr_reconstitution_profile_quantile(
                &limits, fit, value, drop, &signals.stop, &fault);
        }
        PyEval_RestoreThread(signals.saved);
        if (status != IMR_OK) {
            imr_raise(module, &fault);
        } else {
            item = Py_BuildValue("(dddd)", limits.estimate, limits.low, limits.high, competing);
        }
        if (item == NULL || PyList_Append(list, item) < 0) {
            Py_CLEAR(list);
        }
        Py_XDECREF(item);
    }
    return list;
}

static PyObject *
fit_group(PyObject *module, const imr_reconstitution_rows_t *rows, PyArrayObject *const *arrays,
    int64_t code, const question_t *question)
{
    imr_reconstitution_parametric_t fit = { 0 };
    imr_signals_t signals;
    imr_fault_t fault;
    PyObject *at = NULL, *days = NULL, *result = NULL;
    double plateau, competing;
    int status;

    imr_signals_init(&signals);
    signals.saved = PyEval_SaveThread();
    status = imr_reconstitution_parametric_init(&fit, rows, imr_column_data(arrays[0]),
        imr_column_data(arrays[4]), code, question->unseen, arrays[2] != NULL,
        question->distribution, &fault);
    if (status == IMR_OK) {
        status = imr_reconstitution_parametric_fit(&fit, &signals.stop, &fault);
    }
    PyEval_RestoreThread(signals.saved);
    if (status != IMR_OK) {
        imr_raise(module, &fault);
        goto out;
    }
    imr_reconstitution_parametric_shares(&fit, INFINITY, &plateau, &competing);
    at = limits_of(module, &fit, question->times, 1, question->drop);
    if (at != NULL) {
        days = limits_of(module, &fit, question->shares, 0, question->drop);
    }
    if (days != NULL) {
        result = Py_BuildValue("(nnnnddddddiOO)", (Py_ssize_t) fit.times.n,
            (Py_ssize_t) fit.n_returned, (Py_ssize_t) fit.n_competing, (Py_ssize_t) fit.n_unseen,
            fit.fit.mu, fit.fit.sigma, fit.rate / fit.unit, plateau, fit.loglik, fit.fit.score,
            fit.fit.at_bound, at, days);
    }
out:
    imr_reconstitution_parametric_free(&fit);
    Py_XDECREF(at);
    Py_XDECREF(days);
    return result;
}

static PyObject *
fit_groups(PyObject *module, const imr_reconstitution_rows_t *rows, PyArrayObject *const *arrays,
    Py_ssize_t n_groups, const question_t *question)
{
    PyObject *list = PyList_New(0);

    for (Py_ssize_t code = 0; list != NULL && code < n_groups; code++) {
        PyObject *item = fit_group(module, rows, arrays, code, question);

        if (item == NULL || PyList_Append(list, item) < 0) {
            Py_CLEAR(list);
        }
        Py_XDECREF(item);
    }
    return list;
}

static PyObject *
reconstitution_parametric(PyObject *module, PyObject *args)
{
    PyObject *given[5], *unseen, *distribution, *list = NULL;
    PyArrayObject *arrays[5] = { NULL };
    imr_reconstitution_rows_t rows = { 0 };
    question_t question;
    imr_fault_t fault;
    Py_ssize_t n_groups;
    double level;
    int timefix, choice, status;

    given[3] = Py_None;
    if (!PyArg_ParseTuple(args, "OOOOnOOpdO!O!:reconstitution_parametric", &given[0], &given[1],
            &given[2], &given[4], &n_groups, &distribution, &unseen, &timefix, &level, &PyList_Type,
            &question.times, &PyList_Type, &question.shares)) {
        return NULL;
    }
    choice =
        imr_choice(module, distribution, "distribution", DISTRIBUTIONS, COUNT_OF(DISTRIBUTIONS));
    if (choice < 0) {
        return NULL;
    }
    question.distribution = (imr_aplasia_distribution_t) choice;
    choice = imr_choice(module, unseen, "unseen", UNSEEN, COUNT_OF(UNSEEN));
    if (choice < 0) {
        return NULL;
    }
    question.unseen = (imr_reconstitution_unseen_t) choice;
    if (imr_aplasia_drop(level, &question.drop, &fault) != IMR_OK) {
        return imr_raise(module, &fault);
    }
    if (imr_columns(module, given, NAMES, KINDS, arrays) < 0) {
        goto out;
    }
    Py_BEGIN_ALLOW_THREADS
    status = imr_reconstitution_rows_init(&rows, imr_column_data(arrays[0]),
        imr_column_data(arrays[1]), imr_column_data(arrays[2]), NULL, 1,
        (size_t) PyArray_DIM(arrays[0], 0), 0, timefix, &fault);
    Py_END_ALLOW_THREADS
    if (status != IMR_OK) {
        imr_raise(module, &fault);
    } else {
        list = fit_groups(module, &rows, arrays, n_groups, &question);
    }
out:
    imr_reconstitution_rows_free(&rows);
    imr_columns_free(arrays, KINDS);
    return list;
}

PyMethodDef imr_reconstitution_parametric_methods[] = {
    { "reconstitution_parametric", reconstitution_parametric, METH_VARARGS,
        "reconstitution_parametric($module, left, right, competing, group, n_groups, "
        "distribution, unseen, timefix, level, times, shares, /)\n--\n\n"
        "One tuple a group of recovery.reconstitution(method='parametric')." },
    { NULL, NULL, 0, NULL },
};
