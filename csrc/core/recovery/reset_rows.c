#include "recovery/reset_rows.h"

static const char *const COLUMNS[] = { IMR_RESET_COLUMN_LIST(IMR_WORDS_OF_CHOICE) };
static const char *const CRITERIA[] = { IMR_RESET_CRITERION_LIST(IMR_WORDS_OF_CHOICE) };

static int
at(imr_fault_t *fault, int status, imr_reset_column_t column, size_t i, double value)
{
    return imr_fault(fault, status, COLUMNS[column], (int64_t) i, value);
}

/* --- one column ---------------------------------------------------------------------------------- */

static int
is_share(imr_reset_column_t column)
{
    return column == IMR_RESET_NAIVE || column == IMR_RESET_MEMORY
        || column == IMR_RESET_MEMORY_BEFORE || column == IMR_RESET_OVERLAP;
}

static int
is_flag(imr_reset_column_t column)
{
    return column == IMR_RESET_STOPPED_BY || column == IMR_RESET_NADIR_BELOW
        || column == IMR_RESET_TITRE_BELOW;
}

/* Days that are infinite where something was not seen. */
static int
may_be_infinite(imr_reset_column_t column)
{
    return column == IMR_RESET_RETURN_RIGHT || column == IMR_RESET_DRUG_FREE_FROM
        || column == IMR_RESET_DRUG_FREE_TO || column == IMR_RESET_RELAPSED
        || column == IMR_RESET_DEPTH_RIGHT || column == IMR_RESET_REPERTOIRE_RIGHT
        || column == IMR_RESET_SEROLOGY_RIGHT || column == IMR_RESET_PROTECTION_RIGHT;
}

static int
check_number(imr_reset_column_t column, size_t i, double value, imr_fault_t *fault)
{
    if (isnan(value)) {
        if (column == IMR_RESET_RELAPSED || column == IMR_RESET_FOLLOWED || is_flag(column)) {
            return at(fault, IMR_ERR_RESET_DAY, column, i, value);
        }
        return IMR_OK;
    }
    if (value < 0) {
        return at(fault, IMR_ERR_NEGATIVE, column, i, value);
    }
    if (isinf(value) && !may_be_infinite(column)) {
        return at(fault, IMR_ERR_NONFINITE, column, i, value);
    }
    if (is_share(column) && value > 1) {
        return at(fault, IMR_ERR_RESET_SHARE, column, i, value);
    }
    if (is_flag(column) && value != 0 && value != 1) {
        return at(fault, IMR_ERR_RESET_FLAG, column, i, value);
    }
    return IMR_OK;
}

/* --- the days of a patient ----------------------------------------------------------------------- */

/* left < right, or left <= right where exact days are allowed; both NaN or neither. */
static int
check_interval(const imr_reset_rows_t *rows, imr_reset_column_t left, imr_reset_column_t right,
    int may_be_exact, size_t i, imr_fault_t *fault)
{
    double from = imr_reset_value(rows, left, i), to = imr_reset_value(rows, right, i);
    double followed = rows->column[IMR_RESET_FOLLOWED][i];

    if (isnan(from) != isnan(to)) {
        return at(fault, IMR_ERR_RESET_DAY, isnan(from) ? left : right, i, NAN);
    }
    if (from > to || (from == to && !may_be_exact)) {
        return at(fault, IMR_ERR_RESET_ORDER, left, i, from);
    }
    if (from > followed) {
        return at(fault, IMR_ERR_RESET_AFTER_END, left, i, from);
    }
    if (to > followed && isfinite(to)) {
        return at(fault, IMR_ERR_RESET_AFTER_END, right, i, to);
    }
    return IMR_OK;
}

static int
check_drug_free(const imr_reset_rows_t *rows, size_t i, imr_fault_t *fault)
{
    double from = imr_reset_value(rows, IMR_RESET_DRUG_FREE_FROM, i);
    double to = imr_reset_value(rows, IMR_RESET_DRUG_FREE_TO, i);
    double followed = rows->column[IMR_RESET_FOLLOWED][i];

    if (isnan(from) != isnan(to)) {
        return at(fault, IMR_ERR_RESET_DAY,
            isnan(from) ? IMR_RESET_DRUG_FREE_FROM : IMR_RESET_DRUG_FREE_TO, i, NAN);
    }
    if (isfinite(from) && from > followed) {
        return at(fault, IMR_ERR_RESET_AFTER_END, IMR_RESET_DRUG_FREE_FROM, i, from);
    }
    if (isfinite(to) && to > followed) {
        return at(fault, IMR_ERR_RESET_AFTER_END, IMR_RESET_DRUG_FREE_TO, i, to);
    }
    if (from >= to && !(isinf(from) && isinf(to))) {
        return at(fault, IMR_ERR_RESET_ORDER, IMR_RESET_DRUG_FREE_FROM, i, from);
    }
    return IMR_OK;
}

/* What is measured at return cannot be there where B cells are not seen to return. */
static int
check_at_return(const imr_reset_rows_t *rows, size_t i, imr_fault_t *fault)
{
    static const imr_reset_column_t AT_RETURN[] = { IMR_RESET_NAIVE, IMR_RESET_MEMORY };

    for (size_t k = 0; k < 2; k++) {
        double value = imr_reset_value(rows, AT_RETURN[k], i);

        if (!isnan(value) && !isfinite(rows->column[IMR_RESET_RETURN_RIGHT][i])) {
            return at(fault, IMR_ERR_RESET_UNRETURNED, AT_RETURN[k], i, value);
        }
    }
    return IMR_OK;
}

static int
check_row(const imr_reset_rows_t *rows, size_t i, imr_fault_t *fault)
{
    static const imr_reset_column_t PAIRS[][2] = { { IMR_RESET_DEPTH_LEFT, IMR_RESET_DEPTH_RIGHT },
        { IMR_RESET_REPERTOIRE_LEFT, IMR_RESET_REPERTOIRE_RIGHT },
        { IMR_RESET_SEROLOGY_LEFT, IMR_RESET_SEROLOGY_RIGHT },
        { IMR_RESET_PROTECTION_LEFT, IMR_RESET_PROTECTION_RIGHT } };
    double relapse = imr_reset_value(rows, IMR_RESET_RELAPSED, i);
    int status = IMR_OK;

    for (int column = 0; status == IMR_OK && column < IMR_RESET_COLUMNS; column++) {
        if (rows->column[column] != NULL) {
            status = check_number((imr_reset_column_t) column, i, rows->column[column][i], fault);
        }
    }
    if (status == IMR_OK) {
        status = check_interval(rows, IMR_RESET_RETURN_LEFT, IMR_RESET_RETURN_RIGHT, 0, i, fault);
    }
    for (size_t k = 0; status == IMR_OK && k < 4; k++) {
        status = check_interval(rows, PAIRS[k][0], PAIRS[k][1], 1, i, fault);
    }
    if (status == IMR_OK) {
        status = check_drug_free(rows, i, fault);
    }
    if (status == IMR_OK && isfinite(relapse) && relapse > rows->column[IMR_RESET_FOLLOWED][i]) {
        status = at(fault, IMR_ERR_RESET_AFTER_END, IMR_RESET_RELAPSED, i, relapse);
    }
    return status == IMR_OK ? check_at_return(rows, i, fault) : status;
}

int
imr_reset_check(
    const imr_reset_rows_t *rows, const double criteria[IMR_RESET_CRITERIA], imr_fault_t *fault)
{
    if (rows->n == 0) {
        return imr_fault(fault, IMR_ERR_NO_PATIENT, COLUMNS[IMR_RESET_RETURN_LEFT], -1, NAN);
    }
    for (int k = 0; k < IMR_RESET_CRITERIA; k++) {
        if (!isnan(criteria[k]) && !(criteria[k] >= 0 && isfinite(criteria[k]))) {
            return imr_fault(fault, IMR_ERR_RESET_CRITERION, CRITERIA[k], -1, criteria[k]);
        }
    }
    for (size_t i = 0; i < rows->n; i++) {
        int status = check_row(rows, i, fault);

        if (status != IMR_OK) {
            return status;
        }
    }
    return IMR_OK;
}
