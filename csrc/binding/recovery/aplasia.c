#include "binding.h"

#include "base/mem.h"
#include "recovery/aplasia_limits.h"
#include "recovery/aplasia_npmle_limits.h"
#include "recovery/aplasia_test.h"
#include "survival/logrank_columns.h"

static const char *const DISTRIBUTIONS[] = { IMR_APLASIA_DISTRIBUTION_LIST(IMR_WORDS_OF_CHOICE) };
static const char *const QUANTITIES[] = { IMR_APLASIA_QUANTITY_LIST(IMR_WORDS_OF_CHOICE) };
#define COUNT_OF(array) ((int) (sizeof(array) / sizeof((array)[0])))

enum { ONSET_LEFT, ONSET_RIGHT, RECOVERY_LEFT, RECOVERY_RIGHT, GROUP, COVARIATES, N_COLUMNS };
static const char *const COLUMNS[] = { "onset_left", "onset_right", "recovery_left",
    "recovery_right", "group", "X" };
#define KINDS "DDDDim"

/* --- shared ------------------------------------------------------------------------------------- */

/* The rows of one group. -1 with an exception. */
static int
read_rows(PyObject *module, imr_aplasia_rows_t *rows, PyArrayObject *const *arrays, long long code)
{
    PyArrayObject *x = arrays[COVARIATES];
    imr_fault_t fault;
    int status;

    Py_BEGIN_ALLOW_THREADS
    status = imr_aplasia_rows_init(rows, imr_column_data(arrays[ONSET_LEFT]),
        imr_column_data(arrays[ONSET_RIGHT]), imr_column_data(arrays[RECOVERY_LEFT]),
        imr_column_data(arrays[RECOVERY_RIGHT]), imr_column_data(x),
        x == NULL ? 0 : (size_t) PyArray_DIM(x, 1), (size_t) PyArray_DIM(arrays[ONSET_LEFT], 0),
        imr_column_data(arrays[GROUP]), code, &fault);
    Py_END_ALLOW_THREADS
    if (status != IMR_OK) {
        imr_raise(module, &fault);
        return -1;
    }
    return 0;
}

/* The answer for one group; `choice` is the distribution, or whether onsets are uniform. */
typedef PyObject *group_answer_t(PyObject *module, PyArrayObject *const *arrays, long long code,
    int choice, PyObject *quantities, double drop);

/* A list of the answers for all groups. */
static PyObject *
answer_groups(PyObject *module, PyObject *const *given, Py_ssize_t n_groups, group_answer_t *answer,
    int choice, PyObject *quantities, double level)
{
    PyArrayObject *arrays[N_COLUMNS] = { NULL };
    PyObject *list = NULL, *item;
    imr_fault_t fault;
    double drop;

    if (imr_aplasia_drop(level, &drop, &fault) != IMR_OK) {
        return imr_raise(module, &fault);
    }
    if (imr_columns(module, given, COLUMNS, KINDS, arrays) == 0) {
        list = PyList_New(0);
    }
    for (Py_ssize_t code = 0; list != NULL && code < n_groups; code++) {
        item = answer(module, arrays, code, choice, quantities, drop);
        if (item == NULL || PyList_Append(list, item) < 0) {
            Py_CLEAR(list);
        }
        Py_XDECREF(item);
    }
    imr_columns_free(arrays, KINDS);
    return list;
}

/* --- the parametric fit ------------------------------------------------------------------------- */

/* Appends (estimate, low, high) of a quantity given as (name, argument). -1 with an exception. */
static int
append_limits(PyObject *module, PyObject *list, PyObject *quantity, const imr_aplasia_fit_t *fit,
    imr_aplasia_likelihood_t *likelihood, double drop)
{
    imr_aplasia_limits_t limits;
    imr_signals_t signals;
    imr_fault_t fault;
    PyObject *name, *item;
    double argument;
    int which, status;

    if (!PyArg_ParseTuple(quantity, "Od", &name, &argument)) {
        return -1;
    }
    which = imr_choice(module, name, "quantity", QUANTITIES, COUNT_OF(QUANTITIES));
    if (which < 0) {
        return -1;
    }
    imr_signals_init(&signals);
    signals.saved = PyEval_SaveThread();
    status = imr_aplasia_limits(&limits, fit, likelihood, (imr_aplasia_quantity_t) which, argument,
        drop, &signals.stop, &fault);
    PyEval_RestoreThread(signals.saved);
    if (status != IMR_OK) {
        imr_raise(module, &fault);
        return -1;
    }
    item = Py_BuildValue("(ddd)", limits.estimate, limits.low, limits.high);
    status = item == NULL ? -1 : PyList_Append(list, item);
    Py_XDECREF(item);
    return status;
}

static PyObject *
limits_of(PyObject *module, const imr_aplasia_fit_t *fit, imr_aplasia_likelihood_t *likelihood,
    PyObject *quantities, double drop)
{
    PyObject *list = PyList_New(0);

    for (Py_ssize_t i = 0; list != NULL && i < PyList_Size(quantities); i++) {
        if (PyErr_CheckSignals() < 0
            || append_limits(module, list, PyList_GetItem(quantities, i), fit, likelihood, drop)
                < 0) {
            Py_CLEAR(list);
        }
    }
    return list;
}

static PyObject *
fit_group(PyObject *module, PyArrayObject *const *arrays, long long code, int distribution,
    PyObject *quantities, double drop)
{
    imr_aplasia_rows_t rows = { 0 };
    imr_aplasia_likelihood_t likelihood = { 0 };
    imr_aplasia_fit_t fit = { 0 };
    imr_signals_t signals;
    imr_fault_t fault;
    PyObject *limits, *result = NULL;
    int status;

    if (read_rows(module, &rows, arrays, code) < 0) {
        return NULL;
    }
    imr_signals_init(&signals);
    signals.saved = PyEval_SaveThread();
    status = imr_aplasia_likelihood_init(
        &likelihood, &rows, (imr_aplasia_distribution_t) distribution, &fault);
    if (status == IMR_OK) {
        status = imr_aplasia_fit(&fit, &likelihood, &signals.stop, &fault);
    }
    PyEval_RestoreThread(signals.saved);
    if (status != IMR_OK) {
        imr_raise(module, &fault);
    } else {
        limits = limits_of(module, &fit, &likelihood, quantities, drop);
        if (limits != NULL) {
            result = Py_BuildValue("(nnddddiN)", (Py_ssize_t) rows.n, (Py_ssize_t) rows.recovered,
                fit.mu, fit.sigma, fit.loglik, fit.score, fit.at_bound, limits);
        }
    }
    imr_aplasia_likelihood_free(&likelihood);
    imr_aplasia_rows_free(&rows);
    return result;
}

static PyObject *
aplasia_parametric(PyObject *module, PyObject *args)
{
    PyObject *given[N_COLUMNS], *name, *quantities;
    Py_ssize_t n_groups;
    double level;
    int distribution;

    if (!PyArg_ParseTuple(args, "OOOOOOnOdO!:aplasia_parametric", &given[ONSET_LEFT],
            &given[ONSET_RIGHT], &given[RECOVERY_LEFT], &given[RECOVERY_RIGHT], &given[GROUP],
            &given[COVARIATES], &n_groups, &name, &level, &PyList_Type, &quantities)) {
        return NULL;
    }
    distribution = imr_choice(module, name, "distribution", DISTRIBUTIONS, COUNT_OF(DISTRIBUTIONS));
    if (distribution < 0) {
        return NULL;
    }
    return answer_groups(module, given, n_groups, fit_group, distribution, quantities, level);
}

/* --- the nonparametric estimate ------------------------------------------------------------------ */

/* The arrays of an estimate, in one block that NumPy then owns. */
typedef struct {
    size_t support, cells, days;
    double *left, *right, *mass, *after; /* of cells with mass */
    double *cell_left, *cell_right, *cell_mass;
    double *day, *start; /* of onset days with mass, where they are estimated */
    void *block;
} arrays_t;

static int
arrays_init(arrays_t *self, const imr_aplasia_npmle_t *npmle)
{
    size_t at = 0;
    double after = 0;

    memset(self, 0, sizeof(*self));
    self->cells = npmle->n_cells;
    for (size_t j = 0; j < npmle->n_cells; j++) {
        self->support += npmle->mass[j] > 0;
    }
    for (size_t j = 0; j < npmle->n_days && !npmle->is_uniform; j++) {
        self->days += npmle->start[j] > 0;
    }
    self->block = imr_malloc(4 * self->support + 3 * self->cells + 2 * self->days, sizeof(double));
    if (self->block == NULL) {
        return -1;
    }
    self->left = self->block;
    self->right = self->left + self->support;
    self->mass = self->right + self->support;
    self->after = self->mass + self->support;
    self->cell_left = self->after + self->support;
    self->cell_right = self->cell_left + self->cells;
    self->cell_mass = self->cell_right + self->cells;
    self->day = self->cell_mass + self->cells;
    self->start = self->day + self->days;
    memcpy(self->cell_left, npmle->left, self->cells * sizeof(double));
    memcpy(self->cell_right, npmle->right, self->cells * sizeof(double));
    memcpy(self->cell_mass, npmle->mass, self->cells * sizeof(double));
    at = self->support;
    for (size_t j = self->cells;
        j-- > 0;) { /* from the last: small probabilities keep their digits */
        if (npmle->mass[j] > 0) {
            at--;
            self->left[at] = npmle->left[j];
            self->right[at] = npmle->right[j];
            self->mass[at] = npmle->mass[j];
            self->after[at] = after;
            after += npmle->mass[j];
        }
    }
    at = 0;
    for (size_t j = 0; j < npmle->n_days && self->days > 0; j++) {
        if (npmle->start[j] > 0) {
            self->day[at] = npmle->day[j];
            self->start[at++] = npmle->start[j];
        }
    }
    return 0;
}

/* Appends (left, right, low, high) of a quantity given as (name, argument). -1 with an exception. */
static int
append_between(PyObject *module, PyObject *list, PyObject *quantity, const imr_aplasia_rows_t *rows,
    const imr_aplasia_npmle_t *npmle, double loglik, double drop)
{
    imr_signals_t signals;
    imr_aplasia_ratio_t ratio = { rows, npmle, loglik, drop, &signals.stop };
    imr_aplasia_between_t found = { Py_NAN, Py_NAN, Py_NAN, Py_NAN };
    imr_fault_t fault;
    PyObject *name, *item;
    double argument;
    int which, status;

    if (!PyArg_ParseTuple(quantity, "Od", &name, &argument)) {
        return -1;
    }
    which = imr_choice(module, name, "quantity", QUANTITIES, COUNT_OF(QUANTITIES));
    if (which < 0) {
        return -1;
    }
    imr_signals_init(&signals);
    signals.saved = PyEval_SaveThread();
    if (which == IMR_APLASIA_QUANTILE) {
        status = imr_aplasia_npmle_quantile(&found, &ratio, argument, &fault);
    } else if (which == IMR_APLASIA_SURVIVAL) {
        status = imr_aplasia_npmle_survival(&found, &ratio, argument, &fault);
    } else {
        status = imr_aplasia_npmle_mean(&found, &ratio, argument, &fault);
    }
    PyEval_RestoreThread(signals.saved);
    if (status != IMR_OK) {
        imr_raise(module, &fault);
        return -1;
    }
    item = Py_BuildValue("(dddd)", found.left, found.right, found.low, found.high);
    status = item == NULL ? -1 : PyList_Append(list, item);
    Py_XDECREF(item);
    return status;
}

static PyObject *
npmle_tuple(const imr_aplasia_rows_t *rows, const imr_aplasia_npmle_t *npmle,
    const imr_aplasia_npmle_fit_t *fit, PyObject *answers)
{
    arrays_t arrays;
    PyObject *owner, *tuple;

    if (arrays_init(&arrays, npmle) < 0) {
        return PyErr_NoMemory();
    }
    owner = imr_owner(arrays.block);
    if (owner == NULL) {
        return NULL;
    }
    tuple = Py_BuildValue("(nnNNNNNNNNNddLNiidO)", (Py_ssize_t) rows->n,
        (Py_ssize_t) rows->recovered, imr_column_double(owner, arrays.left, arrays.support),
        imr_column_double(owner, arrays.right, arrays.support),
        imr_column_double(owner, arrays.mass, arrays.support),
        imr_column_double(owner, arrays.after, arrays.support),
        imr_column_double(owner, arrays.cell_left, arrays.cells),
        imr_column_double(owner, arrays.cell_right, arrays.cells),
        imr_column_double(owner, arrays.cell_mass, arrays.cells),
        imr_column_double(owner, arrays.day, arrays.days),
        imr_column_double(owner, arrays.start, arrays.days), fit->loglik, fit->kkt_gap,
        (long long) npmle->iterations, PyBool_FromLong(fit->unique), fit->starts, fit->agreeing,
        fit->least_loglik, answers);
    Py_DECREF(owner);
    return tuple;
}

/* Finds the estimate of the rows. -1 with an exception. */
static int
fit_npmle(PyObject *module, imr_aplasia_npmle_t *npmle, const imr_aplasia_rows_t *rows,
    int is_uniform, imr_aplasia_npmle_fit_t *fit)
{
    imr_signals_t signals;
    imr_fault_t fault;
    int status;

    imr_signals_init(&signals);
    signals.saved = PyEval_SaveThread();
    status = imr_aplasia_npmle_init(npmle, rows, is_uniform, -1, &fault);
    if (status == IMR_OK) {
        status = imr_aplasia_npmle_fit(npmle, fit, &signals.stop, &fault);
    }
    PyEval_RestoreThread(signals.saved);
    if (status != IMR_OK) {
        imr_raise(module, &fault);
        return -1;
    }
    return 0;
}

static PyObject *
npmle_group(PyObject *module, PyArrayObject *const *arrays, long long code, int is_uniform,
    PyObject *quantities, double drop)
{
    imr_aplasia_rows_t rows = { 0 };
    imr_aplasia_npmle_t npmle = { 0 };
    imr_aplasia_npmle_fit_t fit;
    PyObject *answers, *result = NULL;

    if (read_rows(module, &rows, arrays, code) < 0) {
        return NULL;
    }
    if (fit_npmle(module, &npmle, &rows, is_uniform, &fit) == 0) {
        answers = PyList_New(0);
        for (Py_ssize_t i = 0; answers != NULL && i < PyList_Size(quantities); i++) {
            if (append_between(
                    module, answers, PyList_GetItem(quantities, i), &rows, &npmle, fit.loglik, drop)
                < 0) {
                Py_CLEAR(answers);
            }
        }
        if (answers != NULL) {
            result = npmle_tuple(&rows, &npmle, &fit, answers);
            Py_DECREF(answers);
        }
    }
    imr_aplasia_npmle_free(&npmle);
    imr_aplasia_rows_free(&rows);
    return result;
}

static PyObject *
aplasia_npmle(PyObject *module, PyObject *args)
{
    PyObject *given[N_COLUMNS], *quantities;
    Py_ssize_t n_groups;
    double level;
    int is_uniform;

    given[COVARIATES] = Py_None;
    if (!PyArg_ParseTuple(args, "OOOOOnpdO!:aplasia_npmle", &given[ONSET_LEFT], &given[ONSET_RIGHT],
            &given[RECOVERY_LEFT], &given[RECOVERY_RIGHT], &given[GROUP], &n_groups, &is_uniform,
            &level, &PyList_Type, &quantities)) {
        return NULL;
    }
    return answer_groups(module, given, n_groups, npmle_group, is_uniform, quantities, level);
}

/* --- the test ------------------------------------------------------------------------------------ */

static PyObject *
aplasia_test(PyObject *module, PyObject *args)
{
    static const char *const ALTERNATIVES[] = { IMR_ALTERNATIVE_LIST(IMR_WORDS_OF_CHOICE) };
    PyObject *given[N_COLUMNS], *name, *result = NULL;
    PyArrayObject *arrays[N_COLUMNS] = { NULL }, *group;
    imr_aplasia_rows_t rows = { 0 };
    imr_aplasia_npmle_t npmle = { 0 };
    imr_aplasia_npmle_fit_t fit;
    imr_aplasia_test_t test = { .z = 0 };
    imr_fault_t fault;
    double pvalue = 0;
    int alternative, is_exact, status;

    given[COVARIATES] = Py_None;
    if (!PyArg_ParseTuple(args, "OOOOOOp:aplasia_test", &given[ONSET_LEFT], &given[ONSET_RIGHT],
            &given[RECOVERY_LEFT], &given[RECOVERY_RIGHT], &given[GROUP], &name, &is_exact)) {
        return NULL;
    }
    alternative = imr_choice(module, name, "alternative", ALTERNATIVES, COUNT_OF(ALTERNATIVES));
    if (alternative < 0 || imr_columns(module, given, COLUMNS, KINDS, arrays) < 0) {
        goto out;
    }
    if (arrays[GROUP] == NULL) {
        imr_raise_input(module, "group is None; give a label a patient, two labels in all");
        goto out;
    }
    group = arrays[GROUP];
    arrays[GROUP] = NULL; /* the rows of both */
    status = read_rows(module, &rows, arrays, 0);
    arrays[GROUP] = group;
    if (status < 0 || fit_npmle(module, &npmle, &rows, 1, &fit) < 0) {
        goto out;
    }
    status = imr_aplasia_test_init(&test, &npmle, imr_column_data(group), &fault);
    if (status == IMR_OK && !is_exact) {
        status = imr_aplasia_test_normal(&test, (imr_alternative_t) alternative, &pvalue, &fault);
    }
    if (status != IMR_OK) {
        imr_raise(module, &fault);
    } else if (!is_exact
        || imr_logrank_work_exactly(module, &test.scores, (imr_alternative_t) alternative,
               "onset_left", IMR_ERR_APLASIA_EXACT, &pvalue)
            == 0) {
        result = Py_BuildValue("(nddd)", (Py_ssize_t) rows.n, test.statistic, test.z, pvalue);
    }
out:
    imr_aplasia_test_free(&test);
    imr_aplasia_npmle_free(&npmle);
    imr_aplasia_rows_free(&rows);
    imr_columns_free(arrays, KINDS);
    return result;
}

PyMethodDef imr_aplasia_methods[] = {
    { "aplasia_npmle", aplasia_npmle, METH_VARARGS,
        "aplasia_npmle($module, onset_left, onset_right, recovery_left, recovery_right, group, "
        "n_groups, is_uniform, level, quantities, /)\n--\n\n"
        "One tuple a group: n, recovered, left, right, mass, estimate, all cells' left, right, "
        "mass, "
        "onset days, their masses, loglik, kkt_gap, iterations, unique, starts, agreeing, "
        "least_loglik, "
        "(left, right, low, high) of each quantity." },
    { "aplasia_parametric", aplasia_parametric, METH_VARARGS,
        "aplasia_parametric($module, onset_left, onset_right, recovery_left, recovery_right, "
        "group, covariates, n_groups, distribution, level, quantities, /)\n--\n\n"
        "One tuple a group: n, recovered, mu, sigma, loglik, score, at_bound, limits." },
    { "aplasia_test", aplasia_test, METH_VARARGS,
        "aplasia_test($module, onset_left, onset_right, recovery_left, recovery_right, group, "
        "alternative, is_exact, /)\n--\n\n"
        "n, statistic, z, pvalue; group holds codes 0 and 1." },
    { NULL, NULL, 0, NULL },
};
