#include "binding.h"

#include "base/quantile.h"
#include "expansion_inputs.h"
#include "recovery/expansion_cohort.h"
#include "recovery/expansion_cohort_curve.h"

static const char *const DECLINES[] = { IMR_EXPANSION_DECLINE_LIST(IMR_WORDS_OF_CHOICE) };
static const char *const PARAMETERS[] = { IMR_EXPANSION_PARAMETER_LIST(IMR_WORDS_OF_CHOICE) };
static const char *const QUANTITIES[] = { IMR_EXPANSION_COHORT_QUANTITY_LIST(IMR_WORDS_OF_CHOICE) };

enum {
    M = IMR_EXPANSION_PARAMETERS,
    N_DECLINES = 0 IMR_EXPANSION_DECLINE_LIST(IMR_ONE_OF_CHOICE),
    NUMBERS = 4 /* of a quantity */
};

static PyObject *
words(PyObject *module, PyObject *Py_UNUSED(none))
{
    PyObject *all[] = { imr_words(PARAMETERS, M), imr_words(QUANTITIES, IMR_COHORT_QUANTITIES) };

    (void) module;
    return imr_pack(all, 2);
}

/* --- handing out ------------------------------------------------------------------------------- */

static PyObject *
array_of(size_t rows, size_t columns, double **data)
{
    npy_intp dims[2] = { (npy_intp) rows, (npy_intp) columns };
    PyObject *array = PyArray_SimpleNew(2, dims, NPY_DOUBLE);

    if (array != NULL) {
        *data = PyArray_DATA((PyArrayObject *) array);
    }
    return array;
}

static PyObject *
copy_of(const double *data, size_t rows, size_t columns)
{
    double *copy = NULL;
    PyObject *array = array_of(rows, columns, &copy);

    if (array != NULL) {
        memcpy(copy, data, rows * columns * sizeof(double));
    }
    return array;
}

/* Estimate, standard error and limits of each quantity, one row a curve. */
static PyObject *
quantities_of(const imr_expansion_cohort_t *fit, const double *theta, const double *covariance,
    size_t curves, double quantile)
{
    imr_expansion_decline_t decline = fit->options.decline;
    size_t count = imr_expansion_cohort_quantities(decline);
    double *data = NULL;
    PyObject *array = array_of(curves, NUMBERS * count, &data);

    for (size_t i = 0; array != NULL && i < curves; i++) {
        for (size_t q = 0; q < count; q++) {
            imr_expansion_quantity_value_t value =
                imr_expansion_cohort_quantity(decline, (imr_expansion_cohort_quantity_t) q,
                    theta + i * M, covariance + i * IMR_EXPANSION_SQUARE, quantile);

            *data++ = value.estimate;
            *data++ = value.std_error;
            *data++ = value.low;
            *data++ = value.high;
        }
    }
    return array;
}

static PyObject *
answer_of(const imr_expansion_cohort_t *fit, double quantile)
{
    const imr_expansion_population_t *population = &fit->population;
    size_t n = fit->patients;

    return Py_BuildValue("(NNNNNNNNNdddddnnnni)",
        quantities_of(fit, population->theta, fit->covariance, 1, quantile),
        quantities_of(fit, fit->individual, fit->individual_covariance, n, quantile),
        copy_of(population->theta, 1, M), copy_of(fit->covariance, M, M),
        copy_of(population->between, 1, M), copy_of(fit->between_error, 1, M),
        copy_of(fit->shrinkage, 1, M), copy_of(fit->individual, n, M),
        copy_of(fit->individual_covariance, n, IMR_EXPANSION_SQUARE), exp(-population->log_h),
        fit->h_error, fit->loglik, fit->loglik_error, fit->score_norm, (Py_ssize_t) fit->samples,
        (Py_ssize_t) fit->below, (Py_ssize_t) fit->sampled, (Py_ssize_t) fit->iterations,
        fit->tmax_is_least);
}

/* --- calls ------------------------------------------------------------------------------------- */

/* Reads options; -1 with an exception. */
static int
read_options(PyObject *module, PyObject *decline, PyObject *random, Py_ssize_t points,
    imr_expansion_cohort_options_t *options)
{
    int chosen = imr_choice(module, decline, "decline", DECLINES, N_DECLINES), ret = -1;
    PyArrayObject *flags;
    imr_fault_t fault;

    if (points < 0) {
        imr_fault(&fault, IMR_ERR_EXPANSION_COHORT_POINTS, "points", -1, (double) points);
        imr_raise(module, &fault);
        return -1;
    }
    flags = chosen < 0 ? NULL : imr_array_flag(module, random, "random");

    if (flags != NULL
        && imr_check_column(module, flags, "random", M, "the list of parameters") == 0) {
        options->decline = (imr_expansion_decline_t) chosen;
        memcpy(options->random, PyArray_DATA(flags), M);
        options->points = (size_t) points;
        ret = 0;
    }
    Py_XDECREF((PyObject *) flags);
    return ret;
}

static PyObject *
expansion_cohort(PyObject *module, PyObject *args)
{
    PyObject *labels, *value[N_INPUTS], *decline, *random, *result = NULL;
    PyArrayObject *array[N_INPUTS] = { NULL };
    imr_count_series_t series = { 0 };
    imr_expansion_cohort_options_t options = { 0 };
    imr_expansion_cohort_t fit = { 0 };
    imr_signals_t signals;
    imr_fault_t fault = { 0 };
    Py_ssize_t points;
    double level, quantile = 0;
    int status;

    if (!PyArg_ParseTuple(args, "O!OOOOOOOOOnd:expansion_cohort", &PyList_Type, &labels,
            &value[PATIENT], &value[DAY], &value[COPIES], &value[BELOW], &value[LLOQ],
            &value[INFUSION_START], &value[INFUSION_DAY], &decline, &random, &points, &level)) {
        return NULL;
    }
    series.patients = (size_t) PyList_Size(labels);
    if (read_options(module, decline, random, points, &options) < 0
        || imr_expansion_read(module, value, array, (npy_intp) series.patients) < 0) {
        goto out;
    }
    imr_expansion_describe(&series, array);
    imr_signals_init(&signals);
    signals.saved = PyEval_SaveThread();
    status = level > 0 && level < 1 ? IMR_OK : imr_fault(&fault, IMR_ERR_LEVEL, "level", -1, level);
    if (status == IMR_OK) {
        status = imr_expansion_cohort_fit(&fit, &series, &options, &signals.stop, &fault);
    }
    if (status
        == IMR_OK) { /* the patients are the sample: their number gives the degrees of freedom */
        status = imr_quantile_t(0.5 + 0.5 * level, (double) fit.sampled - 1, &quantile);
        imr_fault(&fault, status, "level", -1, level);
    }
    PyEval_RestoreThread(signals.saved);
    if (status != IMR_OK) {
        imr_expansion_raise(module, &fault, &series, fit.other_row, labels);
    } else {
        result = answer_of(&fit, quantile);
    }
out:
    imr_expansion_cohort_free(&fit);
    for (int i = 0; i < N_INPUTS; i++) {
        Py_XDECREF((PyObject *) array[i]);
    }
    return result;
}

static PyObject *
expansion_cohort_curve(PyObject *module, PyObject *args)
{
    PyObject *word, *value[3], *column[3] = { NULL }, *result = NULL;
    static const char *const names[] = { "theta", "covariance", "days" };
    PyArrayObject *array[3] = { NULL };
    imr_fault_t fault = { 0 };
    double df, level, *data[3] = { NULL };
    int status, decline;
    npy_intp n;

    if (!PyArg_ParseTuple(args, "OOOOdd:expansion_cohort_curve", &word, &value[0], &value[1],
            &value[2], &df, &level)) {
        return NULL;
    }
    decline = imr_choice(module, word, "decline", DECLINES, N_DECLINES);
    for (int i = 0; i < 3; i++) {
        array[i] = decline < 0 ? NULL : imr_array_double(module, value[i], names[i]);
        if (array[i] == NULL
            || imr_check_column(module, array[i], names[i],
                   i == 0       ? M
                       : i == 1 ? IMR_EXPANSION_SQUARE
                                : -1,
                   "what a curve has")
                < 0) {
            goto out;
        }
    }
    n = PyArray_DIM(array[2], 0);
    for (int i = 0; i < 3; i++) {
        column[i] = PyArray_SimpleNew(1, &n, NPY_DOUBLE);
        if (column[i] == NULL) {
            goto out;
        }
        data[i] = PyArray_DATA((PyArrayObject *) column[i]);
    }
    Py_BEGIN_ALLOW_THREADS
    status = imr_expansion_cohort_curve((imr_expansion_decline_t) decline, PyArray_DATA(array[0]),
        PyArray_DATA(array[1]), df, PyArray_DATA(array[2]), (size_t) n, level, data[0], data[1],
        data[2], &fault);
    Py_END_ALLOW_THREADS
    if (status != IMR_OK) {
        imr_raise(module, &fault);
        goto out;
    }
    result = PyTuple_Pack(3, column[0], column[1], column[2]);
out:
    for (int i = 0; i < 3; i++) {
        Py_XDECREF((PyObject *) array[i]);
        Py_XDECREF(column[i]);
    }
    return result;
}

PyMethodDef imr_expansion_cohort_methods[] = {
    { "expansion_cohort", expansion_cohort, METH_VARARGS,
        "expansion_cohort($module, labels, patient, day, copies, below, lloq, infusion_start,"
        " infusion_day, decline, random, points, level, /)\n--\n\n"
        "Quantities of the middle patient and of each (estimate, standard error, low, high), "
        "theta, "
        "its\ncovariance, between and the standard errors of its logarithm, shrinkage, theta and "
        "covariance of\neach patient, sd, standard error of its logarithm, loglik and its error, "
        "score_norm, samples,\nbelow, sampled, iterations, whether between of tmax is the least." },
    { "expansion_cohort_curve", expansion_cohort_curve, METH_VARARGS,
        "expansion_cohort_curve($module, decline, theta, covariance, days, df, level, /)\n--\n\n"
        "The curve on these days, and between which two those lie whose parameters are drawn about "
        "theta." },
    { "expansion_cohort_words", words, METH_NOARGS,
        "expansion_cohort_words($module, /)\n--\n\n"
        "The parameters of a curve, and its quantities." },
    { NULL, NULL, 0, NULL },
};
