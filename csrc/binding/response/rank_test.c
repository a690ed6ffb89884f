#include "binding.h"

#include "response/rank_test.h"

static const char *const METHODS[] = { IMR_RANK_METHOD_LIST(IMR_WORDS_OF_CHOICE) };
static const char *const ZEROS[] = { IMR_RANK_ZEROS_LIST(IMR_WORDS_OF_CHOICE) };
static const char *const ALTERNATIVES[] = { IMR_ALTERNATIVE_LIST(IMR_WORDS_OF_CHOICE) };

enum {
    N_METHODS = 0 IMR_RANK_METHOD_LIST(IMR_ONE_OF_CHOICE),
    N_ZEROS = 0 IMR_RANK_ZEROS_LIST(IMR_ONE_OF_CHOICE),
    N_ALTERNATIVES = 0 IMR_ALTERNATIVE_LIST(IMR_ONE_OF_CHOICE)
};

/* -1 with an exception; zeros may be NULL. */
static int
choices_of(PyObject *module, imr_rank_options_t *options, PyObject *alternative, PyObject *method,
    PyObject *zeros)
{
    int choice = imr_choice(module, alternative, "alternative", ALTERNATIVES, N_ALTERNATIVES);

    if (choice < 0) {
        return -1;
    }
    options->alternative = (imr_alternative_t) choice;
    if ((choice = imr_choice(module, method, "method", METHODS, N_METHODS)) < 0) {
        return -1;
    }
    options->method = (imr_rank_method_t) choice;
    choice = zeros == NULL ? 0 : imr_choice(module, zeros, "zeros", ZEROS, N_ZEROS);
    options->zeros = (imr_rank_zeros_t) choice;
    return choice < 0 ? -1 : 0;
}

/* A column of scores, or NULL with an exception. */
static PyArrayObject *
scores_of(PyObject *module, PyObject *value, const char *argument, npy_intp length)
{
    PyArrayObject *scores = imr_array_double(module, value, argument);

    if (scores != NULL && imr_check_column(module, scores, argument, length, "x") < 0) {
        Py_CLEAR(scores);
    }
    return scores;
}

/* Goes on in turns, between which Ctrl-C is heard; then the results as a tuple. */
static PyObject *
finish(PyObject *module, imr_rank_test_t *test)
{
    imr_fault_t fault;
    int done = 0, status = IMR_OK;

    while (!done) {
        if (PyErr_CheckSignals() < 0) {
            return NULL;
        }
        Py_BEGIN_ALLOW_THREADS
        status = imr_rank_test_advance(test, &done, &fault);
        Py_END_ALLOW_THREADS
        if (status != IMR_OK) {
            return imr_raise(module, &fault);
        }
    }
    return Py_BuildValue("(ddddddnnLLN)", test->statistic, test->pvalue, test->estimate, test->low,
        test->high, test->achieved_level, (Py_ssize_t) test->first, (Py_ssize_t) test->second,
        (long long) test->zeros, (long long) test->ties, PyBool_FromLong(test->is_exact));
}

static PyObject *
signed_rank(PyObject *module, PyObject *args)
{
    PyObject *x_value, *y_value, *alternative, *method, *zeros, *result = NULL;
    PyArrayObject *x = NULL, *y = NULL;
    imr_rank_test_t test = { 0 };
    imr_rank_options_t options;
    imr_fault_t fault;
    int status;

    if (!PyArg_ParseTuple(args, "OOdOOOpd:signed_rank", &x_value, &y_value, &options.mu,
            &alternative, &method, &zeros, &options.correct, &options.level)
        || choices_of(module, &options, alternative, method, zeros) < 0) {
        return NULL;
    }
    x = scores_of(module, x_value, "x", -1);
    if (x == NULL) {
        goto out;
    }
    if (y_value != Py_None) {
        y = scores_of(module, y_value, "y", PyArray_DIM(x, 0));
        if (y == NULL) {
            goto out;
        }
    }
    Py_BEGIN_ALLOW_THREADS
    status = imr_signed_rank_init(&test, PyArray_DATA(x), y == NULL ? NULL : PyArray_DATA(y),
        (size_t) PyArray_DIM(x, 0), &options, &fault);
    Py_END_ALLOW_THREADS
    result = status == IMR_OK ? finish(module, &test) : imr_raise(module, &fault);
out:
    imr_rank_test_free(&test);
    Py_XDECREF((PyObject *) x);
    Py_XDECREF((PyObject *) y);
    return result;
}

static PyObject *
rank_sum(PyObject *module, PyObject *args)
{
    PyObject *x_value, *y_value, *alternative, *method, *result = NULL;
    PyArrayObject *x = NULL, *y = NULL;
    imr_rank_test_t test = { 0 };
    imr_rank_options_t options;
    imr_fault_t fault;
    int status;

    if (!PyArg_ParseTuple(args, "OOdOOpd:rank_sum", &x_value, &y_value, &options.mu, &alternative,
            &method, &options.correct, &options.level)
        || choices_of(module, &options, alternative, method, NULL) < 0) {
        return NULL;
    }
    x = scores_of(module, x_value, "x", -1);
    y = x == NULL ? NULL : scores_of(module, y_value, "y", -1);
    if (y == NULL) {
        goto out;
    }
    Py_BEGIN_ALLOW_THREADS
    status = imr_rank_sum_init(&test, PyArray_DATA(x), (size_t) PyArray_DIM(x, 0), PyArray_DATA(y),
        (size_t) PyArray_DIM(y, 0), &options, &fault);
    Py_END_ALLOW_THREADS
    result = status == IMR_OK ? finish(module, &test) : imr_raise(module, &fault);
out:
    imr_rank_test_free(&test);
    Py_XDECREF((PyObject *) x);
    Py_XDECREF((PyObject *) y);
    return result;
}

PyMethodDef imr_rank_test_methods[] = {
    { "signed_rank", signed_rank, METH_VARARGS,
        "signed_rank($module, x, y, mu, alternative, method, zeros, correct, level, /)\n--\n\n"
        "(statistic, pvalue, estimate, low, high, achieved_level, n, 0, zeros, ties, is_exact)\n"
        "of response.signed_rank; y may be None." },
    { "rank_sum", rank_sum, METH_VARARGS,
        "rank_sum($module, x, y, mu, alternative, method, correct, level, /)\n--\n\n"
        "(statistic, pvalue, estimate, low, high, achieved_level, n_x, n_y, 0, ties, is_exact)\n"
        "of response.rank_sum." },
    { NULL, NULL, 0, NULL },
};
