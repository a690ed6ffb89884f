/* The rows of multistate as Python gives them, shared by what is computed of them. */
#ifndef IMR_BINDING_MULTISTATE_INPUT_H
#define IMR_BINDING_MULTISTATE_INPUT_H

#include "binding.h"

#include "survival/multistate.h"

enum {
    IMR_MULTISTATE_TIME,
    IMR_MULTISTATE_PATIENT,
    IMR_MULTISTATE_EVENT,
    IMR_MULTISTATE_ENTRY,
    IMR_MULTISTATE_INITIAL,
    IMR_MULTISTATE_GROUP,
    IMR_MULTISTATE_COLUMNS
};

/* What is parsed into `given` to `absorbing` and data.fix_ties; the rest is made of it. Zeros before. */
typedef struct {
    PyObject *given[IMR_MULTISTATE_COLUMNS];
    PyObject *names; /* None, or what the numbers of the patients stand for */
    PyObject *labels; /* of the states: a tuple */
    PyObject *allowed, *absorbing; /* flags in bytes, or None */
    long long first;
    Py_ssize_t groups;
    PyArrayObject *arrays[IMR_MULTISTATE_COLUMNS];
    imr_multistate_data_t data;
    imr_multistate_rows_t rows;
} imr_multistate_input_t;

/* patient, names, time, event, entry, initial, first, group, groups, states, allowed, absorbing */
#define IMR_MULTISTATE_FORMAT "OOOOOOLOnO!OO"
#define IMR_MULTISTATE_GIVEN(input)                                                                \
    &(input).given[IMR_MULTISTATE_PATIENT], &(input).names, &(input).given[IMR_MULTISTATE_TIME],   \
        &(input).given[IMR_MULTISTATE_EVENT], &(input).given[IMR_MULTISTATE_ENTRY],                \
        &(input).given[IMR_MULTISTATE_INITIAL], &(input).first,                                    \
        &(input).given[IMR_MULTISTATE_GROUP], &(input).groups, &PyTuple_Type, &(input).labels,     \
        &(input).allowed, &(input).absorbing

/* -1 with an exception; to be freed in any case. */
int imr_multistate_input_init(PyObject *module, imr_multistate_input_t *self);
void imr_multistate_input_free(imr_multistate_input_t *self);

/* The choices of variance and interval; -1 with an exception. */
int imr_multistate_choices(
    PyObject *module, PyObject *variance, PyObject *interval, imr_multistate_options_t *options);

/* What `multistate` returns: the curves of each group, the times merged, flags of closed states. It takes the
 * stretches over. */
PyObject *imr_multistate_fit(PyObject *module, imr_multistate_rows_t *rows, size_t groups,
    int64_t merged, const imr_multistate_options_t *options);

#endif
