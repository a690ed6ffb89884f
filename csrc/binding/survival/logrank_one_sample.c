#include "binding.h"

#include "survival/logrank_one_sample.h"

static const char *const ALTERNATIVES[] = { IMR_ALTERNATIVE_LIST(IMR_WORDS_OF_CHOICE) };

enum { N_ALTERNATIVES = 0 IMR_ALTERNATIVE_LIST(IMR_ONE_OF_CHOICE) };

enum { TIME, EVENT, ENTRY, EXPECTED, CURVE_TIME, CURVE_SURVIVAL, N_COLUMNS };
static const char *const COLUMNS[] = { "time", "event", "entry", "expected", "reference_time",
    "reference_survival" };

/* -1 with an exception. */
static int
convert_columns(PyObject *module, PyObject *const *given, PyArrayObject **arrays)
{
    for (int c = 0; c < N_COLUMNS; c++) {
        const char *like = c == CURVE_SURVIVAL ? "reference_time" : "time";
        npy_intp n = -1;

        if (Py_IsNone(given[c]) && c >= ENTRY) {
            continue;
        }
        if (c == CURVE_SURVIVAL && arrays[CURVE_TIME] != NULL) {
            n = PyArray_DIM(arrays[CURVE_TIME], 0);
        } else if (c != TIME && c < CURVE_TIME) {
            n = PyArray_DIM(arrays[TIME], 0);
        }
        arrays[c] = c == EVENT ? imr_array_flag(module, given[c], COLUMNS[c])
                               : imr_array_double(module, given[c], COLUMNS[c]);
        if (arrays[c] == NULL || imr_check_column(module, arrays[c], COLUMNS[c], n, like) < 0) {
            return -1;
        }
    }
    if (arrays[EXPECTED] == NULL
        && (arrays[CURVE_TIME] == NULL || arrays[CURVE_SURVIVAL] == NULL)) {
        imr_raise_input(module, "expected is None; give it, or a reference curve");
        return -1;
    }
    return 0;
}

static const void *
data_of(PyArrayObject *array)
{
    return array == NULL ? NULL : PyArray_DATA(array);
}

static PyObject *
one_sample(PyObject *module, PyObject *args)
{
    PyObject *given[N_COLUMNS], *word, *result = NULL;
    PyArrayObject *arrays[N_COLUMNS] = { NULL };
    imr_logrank_one_sample_data_t data;
    imr_logrank_one_sample_t answer;
    imr_fault_t fault;
    double level;
    int alternative, status;

    if (!PyArg_ParseTuple(args, "OOOOOOOd:logrank_one_sample", &given[TIME], &given[EVENT],
            &given[ENTRY], &given[EXPECTED], &given[CURVE_TIME], &given[CURVE_SURVIVAL], &word,
            &level)) {
        return NULL;
    }
    alternative = imr_choice(module, word, "alternative", ALTERNATIVES, N_ALTERNATIVES);
    if (alternative < 0 || convert_columns(module, given, arrays) < 0) {
        goto out;
    }
    data = (imr_logrank_one_sample_data_t) {
        .n = (size_t) PyArray_DIM(arrays[TIME], 0),
        .time = data_of(arrays[TIME]),
        .event = data_of(arrays[EVENT]),
        .entry = data_of(arrays[ENTRY]),
        .expected = data_of(arrays[EXPECTED]),
        .points = arrays[CURVE_TIME] == NULL ? 0 : (size_t) PyArray_DIM(arrays[CURVE_TIME], 0),
        .curve_time = data_of(arrays[CURVE_TIME]),
        .curve_survival = data_of(arrays[CURVE_SURVIVAL]),
    };
    Py_BEGIN_ALLOW_THREADS
    status = imr_logrank_one_sample(&data, (imr_alternative_t) alternative, level, &answer, &fault);
    Py_END_ALLOW_THREADS
    result = status == IMR_OK
        ? Py_BuildValue("(nLdddddddd)", (Py_ssize_t) data.n, (long long) answer.observed,
              answer.expected, answer.ratio, answer.low, answer.high, answer.z, answer.statistic,
              answer.pvalue, answer.exact_pvalue)
        : imr_raise(module, &fault);
out:
    for (int c = 0; c < N_COLUMNS; c++) {
        Py_XDECREF((PyObject *) arrays[c]);
    }
    return result;
}

PyMethodDef imr_logrank_one_sample_methods[] = {
    { "logrank_one_sample", one_sample, METH_VARARGS,
        "logrank_one_sample($module, time, event, entry, expected, reference_time,"
        " reference_survival, alternative, level, /)\n--\n\n"
        "(n, observed, expected, ratio, low, high, z, statistic, pvalue, exact_pvalue) of\n"
        "survival.one_sample_logrank." },
    { NULL, NULL, 0, NULL },
};
