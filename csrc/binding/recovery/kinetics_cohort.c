#include "binding.h"

#include "base/quantile.h"
#include "kinetics_columns.h"
#include "recovery/kinetics_cohort.h"

/* --- handing out ------------------------------------------------------------------------------- */

static PyObject *
copy_of(const double *data, size_t rows, size_t columns)
{
    npy_intp dims[2] = { (npy_intp) rows, (npy_intp) columns };
    PyObject *array = PyArray_SimpleNew(columns == 0 ? 1 : 2, dims, NPY_DOUBLE);

    if (array != NULL) {
        memcpy(PyArray_DATA((PyArrayObject *) array), data,
            rows * (columns == 0 ? 1 : columns) * sizeof(double));
        PyArray_CLEARFLAGS((PyArrayObject *) array, NPY_ARRAY_WRITEABLE);
    }
    return array;
}

/* (name, estimate, std_error, low, high) of each quantity of a curve: limits from the standard error of its
 * coordinate. */
static PyObject *
quantities_of(const imr_kinetics_cohort_t *fit, const double *theta, const double *covariance,
    double quantile)
{
    imr_kinetics_climb_t climb = {
        .model = fit->model, .threshold = fit->threshold, .origin = fit->origin
    };
    imr_kinetics_fit_t shown = { 0 };
    size_t count;
    const imr_kinetics_slot_t *slots = imr_kinetics_slots(fit->model, &count);
    PyObject *list = PyList_New(0), *item;

    memcpy(shown.theta, theta, sizeof(shown.theta));
    memcpy(shown.covariance, covariance, sizeof(shown.covariance));
    for (size_t s = 0; list != NULL && s < count; s++) {
        double estimate, std_error, low, high;

        if (slots[s].quantity == IMR_KINETICS_CROSSING_DAY && Py_IS_NAN(fit->threshold)) {
            continue;
        }
        imr_kinetics_wald(&climb, &shown, &slots[s], quantile, &estimate, &std_error, &low, &high);
        item = Py_BuildValue("(sdddd)", imr_kinetics_quantity_words(slots[s].quantity), estimate,
            std_error, low, high);
        if (item == NULL || PyList_Append(list, item) < 0) {
            Py_CLEAR(list);
        }
        Py_XDECREF(item);
    }
    return list;
}

static PyObject *
individuals_of(const imr_kinetics_cohort_t *fit)
{
    size_t most = IMR_KINETICS_MOST;
    PyObject *list = PyList_New(0), *item;

    for (size_t i = 0; list != NULL && i < fit->patients; i++) {
        item = quantities_of(
            fit, fit->individual + i * most, fit->individual_covariance + i * most * most, NAN);
        if (item == NULL || PyList_Append(list, item) < 0) {
            Py_CLEAR(list);
        }
        Py_XDECREF(item);
    }
    return list;
}

static PyObject *
answer_of(const imr_kinetics_cohort_t *fit, double quantile)
{
    size_t most = IMR_KINETICS_MOST, p = fit->p, n = fit->patients;

    return Py_BuildValue("(NNNNNNddddnnnNNd)",
        quantities_of(fit, fit->theta, fit->covariance, quantile), individuals_of(fit),
        copy_of(fit->theta, most, 0), copy_of(fit->covariance, most, most),
        copy_of(fit->between, p, 0), copy_of(fit->between_error, p, 0), 1 / fit->h, fit->h_error,
        fit->loglik, fit->score_norm, (Py_ssize_t) fit->samples, (Py_ssize_t) fit->below,
        (Py_ssize_t) fit->sampled, copy_of(fit->individual, n, most),
        copy_of(fit->individual_covariance, n, most * most), fit->origin);
}

static PyObject *
kinetics_cohort(PyObject *module, PyObject *args)
{
    PyObject *given[IMR_KINETICS_COLUMNS], *models, *error, *random, *result = NULL;
    PyArrayObject *array[IMR_KINETICS_COLUMNS] = { NULL }, *flags = NULL;
    imr_kinetics_options_t options = { 0 };
    imr_kinetics_rows_t rows = { 0 };
    imr_kinetics_t read = { 0 };
    imr_kinetics_cohort_t fit = { 0 };
    imr_signals_t signals;
    imr_fault_t fault;
    Py_ssize_t patients, nodes;
    double quantile = 0;
    int status, from_nadir;

    if (!PyArg_ParseTuple(args, "nOOOOOO!OpddOnd:kinetics_cohort", &patients, &given[0], &given[1],
            &given[2], &given[3], &given[4], &PyList_Type, &models, &error, &from_nadir,
            &options.start_day, &options.threshold, &random, &nodes, &options.level)) {
        return NULL;
    }
    given[IMR_KINETICS_COLUMNS - 1] = Py_None;
    if (imr_kinetics_read(
            module, given, array, models, error, from_nadir, patients, &options, &rows)
        < 0) {
        goto out;
    }
    flags = imr_array_flag(module, random, "random");
    if (flags == NULL
        || imr_check_column(
               module, flags, "random", IMR_KINETICS_MOST, "the list of unknowns of a curve")
            < 0) {
        goto out;
    }
    imr_signals_init(&signals);
    signals.saved = PyEval_SaveThread();
    status = imr_kinetics_init(&read, &rows, &options, &fault);
    if (status == IMR_OK) {
        status = imr_kinetics_cohort_fit(&fit, &read, PyArray_DATA(flags),
            nodes < 0 ? 0 : (size_t) nodes, &signals.stop, &fault);
    }
    if (status
        == IMR_OK) { /* the patients are the sample: their number gives the degrees of freedom */
        status = imr_quantile_t(0.5 + 0.5 * options.level, (double) fit.sampled - 1, &quantile);
        imr_fault(&fault, status, "level", -1, options.level);
    }
    PyEval_RestoreThread(signals.saved);
    if (status != IMR_OK) {
        imr_raise(module, &fault);
    } else {
        result = answer_of(&fit, quantile);
    }
out:
    imr_kinetics_cohort_free(&fit);
    imr_kinetics_free(&read);
    Py_XDECREF((PyObject *) flags);
    for (int c = 0; c < IMR_KINETICS_COLUMNS; c++) {
        Py_XDECREF((PyObject *) array[c]);
    }
    return result;
}

PyMethodDef imr_kinetics_cohort_methods[] = {
    { "kinetics_cohort", kinetics_cohort, METH_VARARGS,
        "kinetics_cohort($module, patients, patient, day, count, lloq, below, models, error,"
        " from_nadir, start_day, threshold, random, nodes, level, /)\n--\n\n"
        "Quantities of the middle patient and of each, theta, its covariance, between and the "
        "standard errors of its logarithm, sd, that of its logarithm, loglik, score_norm, samples, "
        "below, sampled, "
        "theta and covariance of each patient, origin." },
    { NULL, NULL, 0, NULL },
};
