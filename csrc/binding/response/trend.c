#include "binding.h"

#include "response/trend.h"

static const char *const METHODS[] = { IMR_TREND_METHOD_LIST(IMR_WORDS_OF_CHOICE) };
static const char *const ALTERNATIVES[] = { IMR_ALTERNATIVE_LIST(IMR_WORDS_OF_CHOICE) };

enum {
    N_METHODS = 0 IMR_TREND_METHOD_LIST(IMR_ONE_OF_CHOICE),
    N_ALTERNATIVES = 0 IMR_ALTERNATIVE_LIST(IMR_ONE_OF_CHOICE)
};

static PyObject *
test(PyObject *module, PyObject *args)
{
    PyObject *events_value, *n_value, *scores_value, *method, *alternative, *result = NULL;
    PyArrayObject *events = NULL, *n = NULL, *scores = NULL;
    imr_fault_t fault;
    double statistic, pvalue;
    npy_intp groups;
    int which, direction, status;

    if (!PyArg_ParseTuple(args, "OOOOO:trend_test", &events_value, &n_value, &scores_value, &method,
            &alternative)) {
        return NULL;
    }
    if ((which = imr_choice(module, method, "method", METHODS, N_METHODS)) < 0) {
        return NULL;
    }
    direction = imr_choice(module, alternative, "alternative", ALTERNATIVES, N_ALTERNATIVES);
    if (direction < 0) {
        return NULL;
    }
    events = imr_array_int64(module, events_value, "events");
    if (events == NULL || imr_check_column(module, events, "events", -1, NULL) < 0) {
        goto out;
    }
    groups = PyArray_DIM(events, 0);
    n = imr_array_int64(module, n_value, "n");
    if (n == NULL || imr_check_column(module, n, "n", groups, "events") < 0) {
        goto out;
    }
    scores = imr_array_double(module, scores_value, "scores");
    if (scores == NULL || imr_check_column(module, scores, "scores", groups, "events") < 0) {
        goto out;
    }
    Py_BEGIN_ALLOW_THREADS
    status =
        imr_trend_test(PyArray_DATA(events), PyArray_DATA(n), PyArray_DATA(scores), (size_t) groups,
            (imr_trend_method_t) which, (imr_alternative_t) direction, &statistic, &pvalue, &fault);
    Py_END_ALLOW_THREADS
    result =
        status == IMR_OK ? Py_BuildValue("(dd)", statistic, pvalue) : imr_raise(module, &fault);
out:
    Py_XDECREF((PyObject *) events);
    Py_XDECREF((PyObject *) n);
    Py_XDECREF((PyObject *) scores);
    return result;
}

PyMethodDef imr_trend_methods[] = {
    { "trend_test", test, METH_VARARGS,
        "trend_test($module, events, n, scores, method, alternative, /)\n--\n\n"
        "(statistic, pvalue) of response.trend_test." },
    { NULL, NULL, 0, NULL },
};
