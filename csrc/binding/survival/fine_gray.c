#include "survival/cause_columns.h"

#include "survival/fine_gray.h"

/* n rows of p values (any number if p < 0); NULL with an exception. */
static PyArrayObject *
covariates(PyObject *module, PyObject *value, npy_intp n, npy_intp p)
{
    PyArrayObject *x = imr_array_double(module, value, "X");

    if (x != NULL && (PyArray_NDIM(x) != 2 || (n >= 0 && PyArray_DIM(x, 0) != n))) {
        if (n < 0) {
            imr_raise_input(module, "X has no rows of covariates; give one row a patient");
        } else {
            imr_raise_input(module,
                "X does not have one row a patient; give %zd rows and one "
                "column for each covariate",
                (Py_ssize_t) n);
        }
        Py_CLEAR(x);
    }
    if (x != NULL && p >= 0 && PyArray_DIM(x, 1) != p) {
        imr_raise_input(module, "X has %zd columns; the model has %zd",
            (Py_ssize_t) PyArray_DIM(x, 1), (Py_ssize_t) p);
        Py_CLEAR(x);
    }
    return x;
}

/* Makes 1 the code of the cause of interest and 2 that of any other. -1 with an exception unless it is
 * among the labels. */
static int
mark_interest(PyObject *module, imr_cause_columns_t *columns, long long of_interest)
{
    size_t k = 0;

    while (k < columns->causes && columns->labels[k] != of_interest) {
        k++;
    }
    if (k == columns->causes) {
        imr_raise_input(module,
            "cause_of_interest is %lld; it is not among the causes: choose one that is there",
            of_interest);
        return -1;
    }
    for (size_t i = 0; i < columns->data.n; i++) {
        uint8_t code = columns->code[i];

        columns->code[i] = code == 0 ? 0 : code == k + 1 ? 1 : 2;
    }
    return 0;
}

static PyObject *
lend(imr_fine_gray_t *fit)
{
    PyObject *owner = imr_owner(fit->block), *items[13];
    size_t p = fit->p;

    fit->block = NULL;
    if (owner == NULL) {
        return NULL;
    }
    items[0] = imr_column_double(owner, fit->coef, p);
    items[1] = imr_column_double(owner, fit->std_error, p);
    items[2] = imr_column_double(owner, fit->low, p);
    items[3] = imr_column_double(owner, fit->high, p);
    items[4] = imr_column_double(owner, fit->z, p);
    items[5] = imr_column_double(owner, fit->pvalue, p);
    items[6] = imr_matrix_double(owner, fit->covariance, p, p);
    items[7] = imr_matrix_double(owner, fit->information_inverse, p, p);
    items[8] = imr_column_double(owner, fit->center, p);
    items[9] = imr_column_double(owner, fit->time, fit->n_times);
    items[10] = imr_column_double(owner, fit->cumulative_hazard, fit->n_times);
    items[11] = imr_column_double(owner, fit->hazard_variance, fit->n_times);
    items[12] = imr_matrix_double(owner, fit->hazard_covariance, fit->n_times, p);
    Py_DECREF(owner);
    return imr_pack(items, 13);
}

static PyObject *
fit(PyObject *module, PyObject *args)
{
    PyObject *given[IMR_CAUSE_COLUMNS] = { NULL, NULL, Py_None, Py_None, Py_None };
    PyObject *causes, *x_value, *strata_value, *lent, *result = NULL;
    PyArrayObject *x = NULL, *strata = NULL;
    imr_cause_columns_t columns;
    imr_fine_gray_data_t data = { .strata = 1 };
    imr_fine_gray_t model = { 0 };
    imr_signals_t signals;
    imr_fault_t fault;
    Py_ssize_t n_strata;
    long long of_interest, censored;
    int status;

    if (!PyArg_ParseTuple(args, "OOOLLOOndp:fine_gray", &given[0], &given[1], &x_value,
            &of_interest, &censored, &causes, &strata_value, &n_strata, &data.level,
            &data.fix_ties)) {
        return NULL;
    }
    if (imr_cause_columns_init(module, &columns, given, 1, censored, causes) < 0
        || (x = covariates(module, x_value, (npy_intp) columns.data.n, -1)) == NULL) {
        goto out;
    }
    if (!Py_IsNone(strata_value)) {
        strata = imr_array_int64(module, strata_value, "strata");
        if (strata == NULL
            || imr_check_column(module, strata, "strata", (npy_intp) columns.data.n, "time") < 0) {
            goto out;
        }
        if (n_strata < 1) {
            imr_raise_input(module, "the number of strata is needed");
            goto out;
        }
        data.stratum = PyArray_DATA(strata);
        data.strata = (size_t) n_strata;
    }
    status = imr_number_causes(&columns, &fault);
    if (status != IMR_OK) {
        imr_raise(module, &fault);
        goto out;
    }
    if (mark_interest(module, &columns, of_interest) < 0) {
        goto out;
    }
    data.n = columns.data.n;
    data.time = columns.data.time;
    data.cause = columns.data.cause;
    data.columns = PyArray_DATA(x);
    data.p = (size_t) PyArray_DIM(x, 1);
    imr_signals_init(&signals);
    signals.saved = PyEval_SaveThread();
    status = imr_fine_gray(&model, &data, &signals.stop, &fault);
    PyEval_RestoreThread(signals.saved);
    if (status != IMR_OK) {
        imr_raise(module, &fault);
        goto out;
    }
    lent = lend(&model);
    if (lent != NULL) {
        result = Py_BuildValue("NN(dddLLLLn)", imr_cause_labels(&columns), lent, model.loglik,
            model.loglik_null, model.score_norm, (long long) model.iterations,
            (long long) model.events, (long long) model.competing, (long long) model.merged,
            (Py_ssize_t) data.n);
    }
out:
    imr_fine_gray_free(&model);
    Py_XDECREF((PyObject *) x);
    Py_XDECREF((PyObject *) strata);
    imr_cause_columns_free(&columns);
    return result;
}

enum { COEF, CENTER, COVARIANCE, TIME, HAZARD, HAZARD_VARIANCE, HAZARD_COVARIANCE, N_MODEL };
static const char *const MODEL[] = { "coef", "center", "cov", "time", "cumulative_hazard",
    "hazard_variance", "hazard_covariance" };

enum { N_PREDICTED = 4 };

/* The model out of its columns, which `columns` then holds. -1 with an exception. */
static int
read_model(PyObject *module, PyObject *tuple, PyArrayObject **columns, imr_fine_gray_t *model)
{
    npy_intp p, times;

    for (int c = 0; c < N_MODEL; c++) {
        PyObject *value = PyTuple_GetItem(tuple, c);

        columns[c] = value == NULL ? NULL : imr_array_double(module, value, MODEL[c]);
        if (columns[c] == NULL) {
            return -1;
        }
    }
    p = PyArray_SIZE(columns[COEF]);
    times = PyArray_SIZE(columns[TIME]);
    if (PyArray_SIZE(columns[CENTER]) != p || PyArray_SIZE(columns[COVARIANCE]) != p * p
        || PyArray_SIZE(columns[HAZARD]) != times || PyArray_SIZE(columns[HAZARD_VARIANCE]) != times
        || PyArray_SIZE(columns[HAZARD_COVARIANCE]) != times * p) {
        imr_raise_input(module, "these are no columns of a Fine-Gray model; fit it anew");
        return -1;
    }
    model->p = (size_t) p;
    model->n_times = (size_t) times;
    model->coef = PyArray_DATA(columns[COEF]);
    model->center = PyArray_DATA(columns[CENTER]);
    model->covariance = PyArray_DATA(columns[COVARIANCE]);
    model->time = PyArray_DATA(columns[TIME]);
    model->cumulative_hazard = PyArray_DATA(columns[HAZARD]);
    model->hazard_variance = PyArray_DATA(columns[HAZARD_VARIANCE]);
    model->hazard_covariance = PyArray_DATA(columns[HAZARD_COVARIANCE]);
    return 0;
}

static PyObject *
predict(PyObject *module, PyObject *args)
{
    PyObject *x_value, *times_value, *tuple, *items[N_PREDICTED] = { NULL }, *result = NULL;
    PyArrayObject *x = NULL, *times = NULL, *columns[N_MODEL] = { NULL };
    double level, *data[N_PREDICTED];
    imr_fine_gray_prediction_t prediction;
    imr_fine_gray_t model = { 0 };
    imr_fault_t fault;
    npy_intp dims[2];
    int status;

    if (!PyArg_ParseTuple(args, "OOO!d:fine_gray_predict", &x_value, &times_value, &PyTuple_Type,
            &tuple, &level)) {
        return NULL;
    }
    if (read_model(module, tuple, columns, &model) < 0) {
        goto out;
    }
    times = imr_array_double(module, times_value, "times");
    if (times == NULL || imr_check_column(module, times, "times", -1, NULL) < 0
        || (x = covariates(module, x_value, -1, (npy_intp) model.p)) == NULL) {
        goto out;
    }
    dims[0] = PyArray_DIM(x, 0);
    dims[1] = PyArray_DIM(times, 0);
    for (int i = 0; i < N_PREDICTED; i++) {
        items[i] = PyArray_SimpleNew(2, dims, NPY_DOUBLE);
        if (items[i] == NULL) {
            goto out;
        }
        data[i] = PyArray_DATA((PyArrayObject *) items[i]);
    }
    prediction = (imr_fine_gray_prediction_t) { data[0], data[1], data[2], data[3] };
    Py_BEGIN_ALLOW_THREADS
    status = imr_fine_gray_predict(&model, PyArray_DATA(x), (size_t) dims[0], PyArray_DATA(times),
        (size_t) dims[1], level, &prediction, &fault);
    Py_END_ALLOW_THREADS
    if (status != IMR_OK) {
        imr_raise(module, &fault);
        goto out;
    }
    for (int i = 0; i < N_PREDICTED; i++) {
        PyArray_CLEARFLAGS((PyArrayObject *) items[i], NPY_ARRAY_WRITEABLE);
    }
    result = imr_pack(items, N_PREDICTED);
    memset(items, 0, sizeof(items)); /* handed over */
out:
    for (int i = 0; i < N_PREDICTED; i++) {
        Py_XDECREF(items[i]);
    }
    for (int c = 0; c < N_MODEL; c++) {
        Py_XDECREF((PyObject *) columns[c]);
    }
    Py_XDECREF((PyObject *) times);
    Py_XDECREF((PyObject *) x);
    return result;
}

PyMethodDef imr_fine_gray_methods[] = {
    { "fine_gray", fit, METH_VARARGS,
        "fine_gray($module, time, cause, X, of_interest, censored, causes, strata, n_strata, level,"
        " timefix, /)\n--\n\n"
        "(labels, (coef, std_error, low, high, z, pvalue, cov, naive_cov, center, time,\n"
        "cumulative_hazard, hazard_variance, hazard_covariance), (loglik, loglik_null, score_norm, "
        "iterations, events, competing,\n"
        "merged, n)) of survival.fine_gray." },
    { "fine_gray_predict", predict, METH_VARARGS,
        "fine_gray_predict($module, X, times, model, level, /)\n--\n\n"
        "(estimate, std_error, low, high) of the cumulative incidence at times, one row for each "
        "row of"
        " X. model: coef, center, cov, time, cumulative_hazard, hazard_variance,\n"
        "hazard_covariance." },
    { NULL, NULL, 0, NULL },
};
