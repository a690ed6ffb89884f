#include "binding.h"

#include <math.h>

#include "base/mem.h"
#include "survival/concordance.h"

static const char *const METHODS[] = { IMR_CONCORDANCE_METHOD_LIST(IMR_WORDS_OF_CHOICE) };

enum { N_METHODS = 0 IMR_CONCORDANCE_METHOD_LIST(IMR_ONE_OF_CHOICE) };

enum { TIME, EVENT, SCORE, ENTRY, WEIGHTS, STRATA, N_COLUMNS };
static const char *const COLUMNS[] = { "time", "event", "score", "entry", "weights", "strata" };
static const char KINDS[] = "DFMddi";

/* The columns of the answer, in the order of survival.Concordance. */
static const size_t FIELDS[] = {
    offsetof(imr_concordance_t, estimate),
    offsetof(imr_concordance_t, std_error),
    offsetof(imr_concordance_t, low),
    offsetof(imr_concordance_t, high),
    offsetof(imr_concordance_t, counts.concordant),
    offsetof(imr_concordance_t, counts.discordant),
    offsetof(imr_concordance_t, counts.tied_score),
    offsetof(imr_concordance_t, counts.tied_time),
    offsetof(imr_concordance_t, counts.tied_both),
    offsetof(imr_concordance_t, difference),
    offsetof(imr_concordance_t, difference_std_error),
    offsetof(imr_concordance_t, difference_low),
    offsetof(imr_concordance_t, difference_high),
    offsetof(imr_concordance_t, difference_pvalue),
};

enum { N_FIELDS = sizeof(FIELDS) / sizeof(FIELDS[0]) };

/* One field of all scores: a read-only column. */
static PyObject *
field_column(const imr_concordance_t *result, size_t scores, size_t offset)
{
    npy_intp count = (npy_intp) scores;
    PyObject *array = PyArray_SimpleNew(1, &count, NPY_DOUBLE);

    for (size_t s = 0; array != NULL && s < scores; s++) {
        memcpy((double *) PyArray_DATA((PyArrayObject *) array) + s,
            (const char *) (result + s) + offset, sizeof(double));
    }
    if (array != NULL) {
        PyArray_CLEARFLAGS((PyArrayObject *) array, NPY_ARRAY_WRITEABLE);
    }
    return array;
}

static PyObject *
concordance(PyObject *module, PyObject *args)
{
    PyObject *given[N_COLUMNS], *method, *fields[N_FIELDS + 1], *covariance = NULL, *result = NULL;
    PyArrayObject *arrays[N_COLUMNS] = { NULL };
    imr_concordance_options_t options;
    imr_concordance_data_t data;
    imr_concordance_t *scores = NULL;
    imr_signals_t signals;
    imr_fault_t fault;
    Py_ssize_t strata;
    npy_intp square[2];
    int status, choice;

    if (!PyArg_ParseTuple(args, "OOOOOOnOpddp:concordance", &given[TIME], &given[EVENT],
            &given[SCORE], &given[ENTRY], &given[WEIGHTS], &given[STRATA], &strata, &method,
            &options.risk, &options.tau, &options.level, &options.fix_ties)
        || (choice = imr_choice(module, method, "method", METHODS, N_METHODS)) < 0) {
        return NULL;
    }
    options.method = (imr_concordance_method_t) choice;
    if (imr_columns(module, given, COLUMNS, KINDS, arrays) < 0) {
        goto out;
    }
    square[0] = square[1] = PyArray_DIM(arrays[SCORE], 1);
    if (square[0] < 1 || strata < 1) {
        imr_raise_input(module, "score has no columns; give a number a patient");
        goto out;
    }
    data = (imr_concordance_data_t) {
        .n = (size_t) PyArray_DIM(arrays[TIME], 0),
        .time = imr_column_data(arrays[TIME]),
        .event = imr_column_data(arrays[EVENT]),
        .score = imr_column_data(arrays[SCORE]),
        .scores = (size_t) square[0],
        .entry = imr_column_data(arrays[ENTRY]),
        .weight = imr_column_data(arrays[WEIGHTS]),
        .stratum = imr_column_data(arrays[STRATA]),
        .strata = (size_t) strata,
    };
    scores = imr_calloc(data.scores, sizeof(*scores));
    covariance = PyArray_SimpleNew(2, square, NPY_DOUBLE);
    if (scores == NULL || covariance == NULL) {
        PyErr_NoMemory();
        goto out;
    }
    imr_signals_init(&signals);
    signals.saved = PyEval_SaveThread();
    status = imr_concordance(
        &data, &options, scores, PyArray_DATA((PyArrayObject *) covariance), &signals.stop, &fault);
    PyEval_RestoreThread(signals.saved);
    if (status != IMR_OK) {
        imr_raise(module, &fault);
        goto out;
    }
    PyArray_CLEARFLAGS((PyArrayObject *) covariance, NPY_ARRAY_WRITEABLE);
    for (int f = 0; f < N_FIELDS; f++) {
        fields[f] = field_column(scores, data.scores, FIELDS[f]);
    }
    fields[N_FIELDS] = Py_NewRef(covariance);
    result = imr_pack(fields, N_FIELDS + 1);
out:
    imr_free(scores);
    Py_XDECREF(covariance);
    imr_columns_free(arrays, KINDS);
    return result;
}

PyMethodDef imr_concordance_methods[] = {
    { "concordance", concordance, METH_VARARGS,
        "concordance($module, time, event, score, entry, weights, strata, n_strata, method, risk,"
        " tau, level, timefix, /)\n--\n\n"
        "Columns of survival.concordance, a value a score: estimate, std_error, low, high, the five"
        " counts, the five of the difference to the first score; and the covariance." },
    { NULL, NULL, 0, NULL },
};
