/* What the binding files share: the Python and NumPy headers, the module's state, and the helpers
 * that convert inputs, raise faults and lend columns. Only files in csrc/binding include Python.h. */
#ifndef IMR_BINDING_H
#define IMR_BINDING_H

#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include <stdio.h> /* NumPy's headers name FILE */
#include <string.h>

#define PY_ARRAY_UNIQUE_SYMBOL imr_numpy_api
#ifndef IMR_IMPORTS_NUMPY
#define NO_IMPORT_ARRAY
#endif
#include <numpy/arrayobject.h>

#include "base/status.h"
#include "base/stop.h"

/* Rows worked between two looks at Ctrl-C. */
#define IMR_ROWS_A_TURN 256

#define IMR_MOST_ROWS_ARGUMENTS 5

typedef struct {
    PyObject *error; /* ImmunoResetError, the root */
    PyObject *input_error; /* InputError, also a ValueError */
    PyObject *convergence_error; /* ConvergenceError, also an ArithmeticError */
} imr_state_t;

imr_state_t *imr_state(PyObject *module);

/* --- errors.c ----------------------------------------------------------------------------- */

int imr_errors_init(PyObject *module, imr_state_t *state);

/* Raises what *fault says ("time[17] is -3; it cannot be negative: ..."). Always returns NULL. */
PyObject *imr_raise(PyObject *module, const imr_fault_t *fault);

/* Raises InputError with a text in the style of PyErr_Format. Always returns NULL. */
PyObject *imr_raise_input(PyObject *module, const char *format, ...);

/* Raises what *fault says of a row of a patient, whom it names (names: None, or what the numbers in
 * patients stand for), with the other row that it contradicts (-1: none) and the state `was` that the
 * patient was in (NULL: none): "time[3] is 5.0 (patient 7, see row 2); ...". Always returns NULL. */
PyObject *imr_raise_history(PyObject *module, const imr_fault_t *fault, PyObject *value,
    PyObject *was, int64_t other_row, const int64_t *patients, PyObject *names);

/* After a turn of a long call: -1 with an exception when a signal or the progress function (None for
 * none) says so. */
int imr_report(PyObject *progress, Py_ssize_t done, Py_ssize_t total);

/* Asks Ctrl-C from inside a core call without the GIL: set `saved` to what PyEval_SaveThread gave. */
typedef struct {
    imr_stop_t stop;
    PyThreadState *saved;
} imr_signals_t;

void imr_signals_init(imr_signals_t *self);

/* --- arrays.c ----------------------------------------------------------------------------- */

/* A C-contiguous, aligned array of the type named, of any number of dimensions, or NULL with an
 * InputError that names the argument, and the row where one value is at fault. Booleans and
 * integers become doubles; whole doubles become integers; nothing else is converted. */
PyArrayObject *imr_array_double(PyObject *module, PyObject *value, const char *argument);
PyArrayObject *imr_array_int64(PyObject *module, PyObject *value, const char *argument);

/* As above, of one byte (bool or uint8), each value 0 or 1: event indicators. Bytes are lent, not
 * copied, so another thread may still change them: a core that must not see 2 checks as it reads. */
PyArrayObject *imr_array_flag(PyObject *module, PyObject *value, const char *argument);

/* -1 with an InputError unless the array is one-dimensional and, for length >= 0, that long. */
int imr_check_column(PyObject *module, PyArrayObject *array, const char *argument, npy_intp length,
    const char *length_of);

/* Columns of patients, one argument each, all as long as the first: kinds has a letter an argument, 'd'
 * for double, 'i' for int64, 'f' for flags, 'm' for rows of doubles; a capital one is required, and
 * None leaves the array of any other NULL. -1 with an exception. arrays start as NULL, and are freed by
 * imr_columns_free whether it succeeds or not. */
int imr_columns(PyObject *module, PyObject *const *given, const char *const *names,
    const char *kinds, PyArrayObject **arrays);
void imr_columns_free(PyArrayObject **arrays, const char *kinds);
const void *imr_column_data(PyArrayObject *array); /* NULL of NULL */

/* Lends a block of the core to NumPy: the owner frees it (imr_free) with the last column. On
 * failure the block is freed too, so that the caller has handed it over in any case. */
PyObject *imr_owner(void *block);

/* A read-only 1-d array over memory which `owner` keeps alive. */
PyObject *imr_column_double(PyObject *owner, double *data, size_t n);
PyObject *imr_column_int64(PyObject *owner, int64_t *data, size_t n);
PyObject *imr_column_flag(PyObject *owner, uint8_t *data, size_t n); /* each 0 or 1 */
PyObject *imr_matrix_double(PyObject *owner, double *data, size_t rows, size_t columns);
PyObject *imr_matrix_int64(PyObject *owner, int64_t *data, size_t rows, size_t columns);

/* Puts a new reference, which it takes over, into a dict; -1 if it is NULL, or on failure. */
int imr_set_column(PyObject *columns, const char *name, PyObject *column);

/* The words of n codes as a tuple of str. */
PyObject *imr_words(const char *const *words, Py_ssize_t n);

/* A tuple of `count` new references, which it takes over; NULL if one of them is NULL. */
PyObject *imr_pack(PyObject **items, int count);

/* Rows that are broadcast against each other: one array an argument, all of one shape, or of one
 * value with step 0. */
typedef struct {
    int count;
    PyArrayObject *arrays[IMR_MOST_ROWS_ARGUMENTS];
    size_t steps[IMR_MOST_ROWS_ARGUMENTS];
    int ndim;
    npy_intp dims[32];
    size_t n;
} imr_rows_t;

/* Takes over the references in rows->arrays (count of them, NULL where a conversion failed).
 * -1 with an exception when one is NULL or the shapes do not fit. imr_rows_free in any case. */
int imr_rows_init(PyObject *module, imr_rows_t *rows, const char *const *arguments);
void imr_rows_free(imr_rows_t *rows);

/* As imr_raise, but a fault of a single number is that of the argument, not of its row 0. */
PyObject *imr_raise_rows(
    PyObject *module, const imr_rows_t *rows, const char *const *arguments, imr_fault_t *fault);

/* A new float64 array of the rows' shape, or `count` of them with their data; -1 with an exception,
 * and then some of outputs (which start as NULL) may be there. */
PyObject *imr_rows_output(const imr_rows_t *rows);
int imr_rows_outputs(const imr_rows_t *rows, PyObject **outputs, double **data, int count);

/* A 0-d output as a float, any other read-only; several as a tuple. They are taken over; those of
 * imr_rows_results are NULL afterwards, whether it succeeds or not. */
PyObject *imr_rows_result(PyObject *output);
PyObject *imr_rows_results(PyObject **outputs, int count);

/* The position of a str among `count` names, or -1 with an InputError that lists them. */
int imr_choice(
    PyObject *module, PyObject *value, const char *argument, const char *const *names, int count);

/* --- rows.c ------------------------------------------------------------------------------- */

#define IMR_MOST_ROWS_OUTPUTS 5

/* How the core works on broadcast rows: begin..end - 1 at a time, `turn` of them between two looks at
 * Ctrl-C. */
typedef struct {
    int (*work)(const void *job, size_t begin, size_t end, imr_fault_t *fault);
    const void *job;
    const char *const *arguments;
    int n_outputs;
    npy_intp answers; /* a row, in an axis of their own; 0: one, without */
    size_t turn;
} imr_rows_run_t;

/* imr_rows_init, the work, and its outputs as imr_rows_results, their memory being in data before the work
 * begins; then imr_rows_free. */
PyObject *imr_rows_run(
    PyObject *module, imr_rows_t *rows, const imr_rows_run_t *how, double **data);

/* --- one table of methods a statistic ------------------------------------------------------ */

extern PyMethodDef imr_aplasia_methods[];
extern PyMethodDef imr_arrow_methods[];
extern PyMethodDef imr_concordance_methods[];
extern PyMethodDef imr_competing_risks_methods[];
extern PyMethodDef imr_composition_methods[];
extern PyMethodDef imr_contrast_methods[];
extern PyMethodDef imr_curve_difference_methods[];
extern PyMethodDef imr_cox_after_methods[];
extern PyMethodDef imr_cox_frailty_methods[];
extern PyMethodDef imr_cox_methods[];
extern PyMethodDef imr_depletion_methods[];
extern PyMethodDef imr_detection_limit_methods[];
extern PyMethodDef imr_expansion_cohort_methods[];
extern PyMethodDef imr_expansion_methods[];
extern PyMethodDef imr_fine_gray_methods[];
extern PyMethodDef imr_gray_test_methods[];
extern PyMethodDef imr_incidence_methods[];
extern PyMethodDef imr_incidence_split_methods[];
extern PyMethodDef imr_interval_cox_methods[];
extern PyMethodDef imr_interval_logrank_methods[];
extern PyMethodDef imr_kaplan_meier_bootstrap_methods[];
extern PyMethodDef imr_kaplan_meier_methods[];
extern PyMethodDef imr_kaplan_meier_summary_methods[];
extern PyMethodDef imr_kinetics_cohort_methods[];
extern PyMethodDef imr_kinetics_methods[];
extern PyMethodDef imr_landmark_methods[];
extern PyMethodDef imr_logistic_methods[];
extern PyMethodDef imr_logrank_methods[];
extern PyMethodDef imr_logrank_maxcombo_methods[];
extern PyMethodDef imr_logrank_one_sample_methods[];
extern PyMethodDef imr_logrank_permutation_methods[];
extern PyMethodDef imr_logrank_replicates_methods[];
extern PyMethodDef imr_multistate_difference_methods[];
extern PyMethodDef imr_multistate_methods[];
extern PyMethodDef imr_multistate_response_methods[];
extern PyMethodDef imr_pooled_methods[];
extern PyMethodDef imr_posterior_methods[];
extern PyMethodDef imr_exact_test_methods[];
extern PyMethodDef imr_paired_methods[];
extern PyMethodDef imr_panel_markov_methods[];
extern PyMethodDef imr_parametric_methods[];
extern PyMethodDef imr_proportion_methods[];
extern PyMethodDef imr_rank_test_methods[];
extern PyMethodDef imr_pseudo_observations_methods[];
extern PyMethodDef imr_reconstitution_methods[];
extern PyMethodDef imr_reconstitution_parametric_methods[];
extern PyMethodDef imr_reconstitution_test_methods[];
extern PyMethodDef imr_rate_regression_methods[];
extern PyMethodDef imr_repertoire_maturity_methods[];
extern PyMethodDef imr_repertoire_methods[];
extern PyMethodDef imr_reset_methods[];
extern PyMethodDef imr_recurrent_methods[];
extern PyMethodDef imr_rmst_methods[];
extern PyMethodDef imr_stratified_methods[];
extern PyMethodDef imr_titre_methods[];
extern PyMethodDef imr_tobit_methods[];
extern PyMethodDef imr_tobit_mixed_methods[];
extern PyMethodDef imr_trend_methods[];
extern PyMethodDef imr_turnbull_limits_methods[];
extern PyMethodDef imr_turnbull_methods[];
extern PyMethodDef imr_win_ratio_methods[];

#endif
