/* What the binding files of the log-rank tests share: their columns and choices. */
#ifndef IMR_LOGRANK_COLUMNS_H
#define IMR_LOGRANK_COLUMNS_H

#include "binding.h"

#include "survival/logrank_scores.h"

/* Of a tuple (time, event, group, groups, entry, case_weights, strata, n_strata). */
#define IMR_LOGRANK_COLUMNS_FORMAT "(OOOnOOOn)"

enum {
    IMR_LOGRANK_TIME,
    IMR_LOGRANK_EVENT,
    IMR_LOGRANK_GROUP,
    IMR_LOGRANK_ENTRY,
    IMR_LOGRANK_CASE_WEIGHTS,
    IMR_LOGRANK_STRATA,
    IMR_LOGRANK_N_COLUMNS
};

typedef struct {
    PyObject *given[IMR_LOGRANK_N_COLUMNS];
    Py_ssize_t groups, strata;
    PyArrayObject *arrays[IMR_LOGRANK_N_COLUMNS];
    imr_logrank_data_t data;
} imr_logrank_columns_t;

/* From given, groups and strata; None leaves a column out. -1 with an exception; to be freed in any
 * case. */
int imr_logrank_columns_init(PyObject *module, imr_logrank_columns_t *self);
void imr_logrank_columns_free(imr_logrank_columns_t *self);

/* Codes as logrank_codes makes them; NULL with an exception. */
PyArrayObject *imr_logrank_group(PyObject *module, PyObject *value);

/* -1 with an InputError. */
int imr_logrank_read_weights(
    PyObject *module, PyObject *kind, double rho, double gamma, imr_logrank_weights_t *weights);
int imr_logrank_read_alternative(PyObject *module, PyObject *value, imr_alternative_t *alternative);
/* Of a tuple of (kind, rho, gamma); *count is 0 where they are too many. weights has room for
 * IMR_LOGRANK_MOST_COMBINATIONS. */
int imr_logrank_read_combinations(
    PyObject *module, PyObject *value, imr_logrank_weights_t *weights, size_t *count);

/* Scores for a trend, one a group; *scores is NULL for None. *array is to be dropped by the caller. */
int imr_logrank_read_trend(PyObject *module, PyObject *value, Py_ssize_t groups,
    PyArrayObject **array, const double **scores);

/* The p-value over all ways to deal the labels out, in turns, between which Ctrl-C is heard. -1 with an
 * exception, in which `rows` is what the caller's rows are named by, and too_many the status of too many
 * of them (IMR_ERR_EXACT_PATIENTS, or one whose remedy the caller offers). */
int imr_logrank_work_exactly(PyObject *module, const imr_logrank_scores_t *scores,
    imr_alternative_t alternative, const char *rows, int too_many, double *pvalue);

/* The p-value of `count` random permutations, in turns; trend may be NULL. -1 with an exception. */
int imr_logrank_work_randomly(PyObject *module, const imr_logrank_scores_t *scores,
    const double *trend, imr_alternative_t alternative, const uint64_t key[2], Py_ssize_t count,
    PyObject *progress, double *pvalue);

/* Read-only copies. */
PyObject *imr_logrank_doubles(const double *value, npy_intp rows, npy_intp columns);
PyObject *imr_logrank_counts(const double *value, npy_intp n);

#endif
