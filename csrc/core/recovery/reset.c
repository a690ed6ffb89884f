#include "recovery/reset.h"

#include <string.h>

#include "base/mem.h"
#include "recovery/reset_rows.h"
#include "response/proportion.h"

static const char *const COLUMNS[] = { IMR_RESET_COLUMN_LIST(IMR_WORDS_OF_CHOICE) };

/* --- judgements ---------------------------------------------------------------------------------- */

/* What is known of a component of a patient. */
typedef struct {
    imr_reset_status_t status;
    imr_reset_reason_t reason;
    double value, bound;
} verdict_t;

typedef struct {
    const imr_reset_rows_t *rows;
    const double *criteria;
    size_t i;
    double return_left, return_right, followed;
    int stopped;
} patient_t;

static double
of(const patient_t *patient, imr_reset_column_t column)
{
    return imr_reset_value(patient->rows, column, patient->i);
}

/* Are column and criterion given? */
static int
is_on(const imr_reset_rows_t *rows, const double *criteria, imr_reset_column_t column,
    imr_reset_criterion_t criterion)
{
    return rows->column[column] != NULL && !isnan(criteria[criterion]);
}

static verdict_t
verdict(imr_reset_status_t status, imr_reset_reason_t reason, double value, double bound)
{
    return (verdict_t) { status, reason, value, bound };
}

static verdict_t
met_if(int met, imr_reset_reason_t yes, imr_reset_reason_t no, double value, double bound)
{
    return verdict(met ? IMR_RESET_MET : IMR_RESET_NOT_MET, met ? yes : no, value, bound);
}

/* Of something that can be judged only when B cells are back: why it is missing. */
static verdict_t
missing_at_return(const patient_t *patient)
{
    if (isnan(patient->return_right)) {
        return verdict(IMR_RESET_NOT_ASSESSED, IMR_RESET_NO_RETURN, NAN, NAN);
    }
    if (isfinite(patient->return_right)) {
        return verdict(IMR_RESET_NOT_ASSESSED, IMR_RESET_NOT_MEASURED, NAN, NAN);
    }
    if (patient->stopped) {
        return verdict(IMR_RESET_NOT_MET, IMR_RESET_STOPPED, patient->followed, NAN);
    }
    return verdict(IMR_RESET_NOT_YET, IMR_RESET_AWAITS_RETURN, patient->followed, NAN);
}

static verdict_t
not_measured(void)
{
    return verdict(IMR_RESET_NOT_ASSESSED, IMR_RESET_NOT_MEASURED, NAN, NAN);
}

/* Of two parts of a component: it is not met if one is not, and met only if both are. */
static verdict_t
both(verdict_t first, verdict_t second)
{
    if (first.status == IMR_RESET_NOT_MET || second.status == IMR_RESET_MET) {
        return first;
    }
    return first.status == IMR_RESET_MET || second.status == IMR_RESET_NOT_MET ? second : first;
}

static int
reaches(double value, double bound)
{
    return value >= bound * (1 - IMR_RESET_ROUNDING);
}

static int
keeps_to(double value, double bound)
{
    return value <= bound * (1 + IMR_RESET_ROUNDING);
}

/* --- the components ------------------------------------------------------------------------------ */

static verdict_t
depth(const patient_t *patient)
{
    double nadir = of(patient, IMR_RESET_NADIR), bound = patient->criteria[IMR_RESET_BELOW];
    double samples = of(patient, IMR_RESET_NADIR_SAMPLES);
    int is_limit = of(patient, IMR_RESET_NADIR_BELOW) == 1;

    if (isnan(nadir)) {
        return not_measured();
    }
    if (is_limit && nadir > bound) {
        return verdict(IMR_RESET_NOT_ASSESSED, IMR_RESET_DEPTH_LIMIT, nadir, bound);
    }
    if (!is_limit && !(nadir < bound)) {
        return verdict(IMR_RESET_NOT_MET, IMR_RESET_DEPTH_ABOVE, nadir, bound);
    }
    if (is_on(patient->rows, patient->criteria, IMR_RESET_NADIR_SAMPLES, IMR_RESET_SAMPLES)) {
        if (isnan(samples)) {
            return not_measured();
        }
        if (samples < patient->criteria[IMR_RESET_SAMPLES]) {
            return verdict(IMR_RESET_NOT_MET, IMR_RESET_DEPTH_SAMPLES, samples,
                patient->criteria[IMR_RESET_SAMPLES]);
        }
    }
    return verdict(
        IMR_RESET_MET, is_limit ? IMR_RESET_DEPTH_UNDETECTED : IMR_RESET_DEPTH_BELOW, nadir, bound);
}

static verdict_t
memory(const patient_t *patient)
{
    double after = of(patient, IMR_RESET_MEMORY), before = of(patient, IMR_RESET_MEMORY_BEFORE);
    double bound = patient->criteria[IMR_RESET_MEMORY_AT_MOST];

    if (isnan(after)) {
        return missing_at_return(patient);
    }
    if (isnan(before)) {
        return not_measured();
    }
    if (before == 0) {
        return verdict(IMR_RESET_NOT_ASSESSED, IMR_RESET_MEMORY_NONE, NAN, NAN);
    }
    return met_if(keeps_to(after, bound * before), IMR_RESET_MEMORY_ENOUGH, IMR_RESET_MEMORY_HIGH,
        after / before, bound);
}

static verdict_t
renewal(const patient_t *patient)
{
    double naive = of(patient, IMR_RESET_NAIVE),
           bound = patient->criteria[IMR_RESET_NAIVE_AT_LEAST];
    int with_naive =
        is_on(patient->rows, patient->criteria, IMR_RESET_NAIVE, IMR_RESET_NAIVE_AT_LEAST);
    int with_memory =
        is_on(patient->rows, patient->criteria, IMR_RESET_MEMORY, IMR_RESET_MEMORY_AT_MOST);
    verdict_t first;

    if (!with_naive) {
        return memory(patient);
    }
    first = isnan(naive)
        ? missing_at_return(patient)
        : met_if(reaches(naive, bound), IMR_RESET_NAIVE_ENOUGH, IMR_RESET_NAIVE_LOW, naive, bound);
    return with_memory ? both(first, memory(patient)) : first;
}

static verdict_t
mutation(const patient_t *patient)
{
    double after = of(patient, IMR_RESET_MUTATION);
    double before = of(patient, IMR_RESET_MUTATION_BEFORE);

    if (isnan(after)) {
        return missing_at_return(patient);
    }
    if (isnan(before)) {
        return not_measured();
    }
    return met_if(
        after < before, IMR_RESET_MUTATION_FALLS, IMR_RESET_MUTATION_STAYS, after, before);
}

static verdict_t
repertoire(const patient_t *patient)
{
    double overlap = of(patient, IMR_RESET_OVERLAP);
    double bound = patient->criteria[IMR_RESET_OVERLAP_AT_MOST];
    int with_overlap =
        is_on(patient->rows, patient->criteria, IMR_RESET_OVERLAP, IMR_RESET_OVERLAP_AT_MOST);
    int with_mutation =
        is_on(patient->rows, patient->criteria, IMR_RESET_MUTATION, IMR_RESET_MUTATION_FALL);
    verdict_t first;

    if (!with_overlap) {
        return mutation(patient);
    }
    first = isnan(overlap) ? missing_at_return(patient)
                           : met_if(keeps_to(overlap, bound), IMR_RESET_OVERLAP_ENOUGH,
                                 IMR_RESET_OVERLAP_HIGH, overlap, bound);
    return with_mutation ? both(first, mutation(patient)) : first;
}

/* Negative, or fallen enough. A titre below a limit is negative, or has fallen so far, if the limit
 * would be; if it is not, nothing is known. */
static verdict_t
serology(const patient_t *patient)
{
    double titre = of(patient, IMR_RESET_TITRE), before = of(patient, IMR_RESET_TITRE_EARLIER);
    double cut = of(patient, IMR_RESET_TITRE_CUT), fold = patient->criteria[IMR_RESET_FOLD];
    int has_cut = patient->rows->column[IMR_RESET_TITRE_CUT] != NULL;
    int has_before = patient->rows->column[IMR_RESET_TITRE_EARLIER] != NULL;
    int is_limit = of(patient, IMR_RESET_TITRE_BELOW) == 1;
    int with_fold = has_before && !isnan(fold);

    if (isnan(titre) || (has_cut && isnan(cut)) || (has_before && isnan(before))) {
        return not_measured();
    }
    if (has_before && (before == 0 || (has_cut && before <= cut))) {
        return verdict(IMR_RESET_NOT_ASSESSED, IMR_RESET_TITRE_BEFORE, before, has_cut ? cut : 0);
    }
    if (has_cut && titre <= cut) {
        return verdict(IMR_RESET_MET, IMR_RESET_TITRE_NEGATIVE, titre, cut);
    }
    if (with_fold && reaches(before, fold * titre)) {
        return verdict(IMR_RESET_MET, IMR_RESET_TITRE_FALLS, before / titre, fold);
    }
    if (is_limit) {
        return verdict(IMR_RESET_NOT_ASSESSED, IMR_RESET_TITRE_LIMIT, titre, NAN);
    }
    if (with_fold) {
        return verdict(IMR_RESET_NOT_MET, IMR_RESET_TITRE_FALLS_LITTLE, before / titre, fold);
    }
    return verdict(IMR_RESET_NOT_MET, IMR_RESET_TITRE_POSITIVE, titre, cut);
}

/* Drug-free remission when B cells are seen to be back, and for so many days from there. */
static verdict_t
clinical(const patient_t *patient)
{
    double from = of(patient, IMR_RESET_DRUG_FREE_FROM), to = of(patient, IMR_RESET_DRUG_FREE_TO);
    double relapse = of(patient, IMR_RESET_RELAPSED);
    double back = patient->return_right, due = back + patient->criteria[IMR_RESET_DAYS];

    if (!isfinite(back)) {
        if (!isnan(back) && isfinite(relapse)) {
            return verdict(IMR_RESET_NOT_MET, IMR_RESET_RELAPSE_EARLY, relapse, NAN);
        }
        return missing_at_return(patient);
    }
    if (relapse < due) {
        return verdict(IMR_RESET_NOT_MET, IMR_RESET_RELAPSE, relapse, due);
    }
    if (isnan(from)) {
        return not_measured();
    }
    if (!(from <= back && back < to)) {
        return verdict(IMR_RESET_NOT_MET, IMR_RESET_NOT_DRUG_FREE, NAN, back);
    }
    if (to < due) {
        return verdict(IMR_RESET_NOT_MET, IMR_RESET_DRUG, to, due);
    }
    if (patient->followed < due) {
        return patient->stopped
            ? verdict(IMR_RESET_NOT_MET, IMR_RESET_STOPPED, patient->followed, NAN)
            : verdict(IMR_RESET_NOT_YET, IMR_RESET_FOLLOW_UP, patient->followed, due);
    }
    return verdict(IMR_RESET_MET, IMR_RESET_REMISSION, NAN, due);
}

static verdict_t
protection(const patient_t *patient)
{
    double after = of(patient, IMR_RESET_PROTECTIVE);
    double before = of(patient, IMR_RESET_PROTECTIVE_BEFORE);
    double bound = patient->criteria[IMR_RESET_PROTECTIVE_AT_LEAST];

    if (isnan(after) || isnan(before)) {
        return not_measured();
    }
    if (before == 0) {
        return verdict(IMR_RESET_NOT_ASSESSED, IMR_RESET_TITRE_NONE, NAN, NAN);
    }
    return met_if(reaches(after, bound * before), IMR_RESET_TITRE_KEPT, IMR_RESET_TITRE_LOST,
        after / before, bound);
}

static void
find_assessed(imr_reset_t *self, const imr_reset_rows_t *rows, const double *criteria)
{
    const double *const *column = rows->column;

    self->assessed[IMR_RESET_DEPTH] = is_on(rows, criteria, IMR_RESET_NADIR, IMR_RESET_BELOW);
    self->assessed[IMR_RESET_RENEWAL] =
        is_on(rows, criteria, IMR_RESET_NAIVE, IMR_RESET_NAIVE_AT_LEAST)
        || is_on(rows, criteria, IMR_RESET_MEMORY, IMR_RESET_MEMORY_AT_MOST);
    self->assessed[IMR_RESET_REPERTOIRE] =
        is_on(rows, criteria, IMR_RESET_OVERLAP, IMR_RESET_OVERLAP_AT_MOST)
        || is_on(rows, criteria, IMR_RESET_MUTATION, IMR_RESET_MUTATION_FALL);
    self->assessed[IMR_RESET_SEROLOGY] = column[IMR_RESET_TITRE] != NULL
        && (column[IMR_RESET_TITRE_CUT] != NULL
            || is_on(rows, criteria, IMR_RESET_TITRE_EARLIER, IMR_RESET_FOLD));
    self->assessed[IMR_RESET_CLINICAL] =
        is_on(rows, criteria, IMR_RESET_DRUG_FREE_FROM, IMR_RESET_DAYS);
    self->assessed[IMR_RESET_PROTECTION] =
        is_on(rows, criteria, IMR_RESET_PROTECTIVE, IMR_RESET_PROTECTIVE_AT_LEAST);
}

static void
judge(imr_reset_t *self, const patient_t *patient)
{
    static verdict_t (*const JUDGES[])(
        const patient_t *) = { depth, renewal, repertoire, serology, clinical, protection };
    size_t first = patient->i * IMR_RESET_COMPONENTS;
    int seen[IMR_RESET_STATUSES] = { 0 };

    for (size_t k = 0; k < IMR_RESET_COMPONENTS; k++) {
        verdict_t found = self->assessed[k]
            ? JUDGES[k](patient)
            : verdict(IMR_RESET_NOT_ASSESSED, IMR_RESET_OFF, NAN, NAN);

        self->status[first + k] = found.status;
        self->reason[first + k] = found.reason;
        self->value[first + k] = found.value;
        self->bound[first + k] = found.bound;
        seen[found.status] |= self->assessed[k];
    }
    self->composite[patient->i] = seen[IMR_RESET_NOT_MET] ? IMR_RESET_NOT_MET
        : seen[IMR_RESET_NOT_ASSESSED]                    ? IMR_RESET_NOT_ASSESSED
        : seen[IMR_RESET_NOT_YET]                         ? IMR_RESET_NOT_YET
                                                          : IMR_RESET_MET;
}

/* --- when ---------------------------------------------------------------------------------------- */

/* The interval in which a component that is met came to be; of one that is not, left alone counts. What
 * has no days of its own was judged at the visit of return; without one, at any up to `followed`. */
static int
component_interval(const imr_reset_t *self, const patient_t *patient, size_t component,
    double *left, double *right, imr_fault_t *fault)
{
    static const int LEFT[] = { IMR_RESET_DEPTH_LEFT, IMR_RESET_RETURN_LEFT,
        IMR_RESET_REPERTOIRE_LEFT, IMR_RESET_SEROLOGY_LEFT, IMR_RESET_RETURN_LEFT,
        IMR_RESET_PROTECTION_LEFT };
    double days = component == IMR_RESET_CLINICAL ? patient->criteria[IMR_RESET_DAYS] : 0;
    imr_reset_column_t from = (imr_reset_column_t) LEFT[component];
    int is_met = self->status[patient->i * IMR_RESET_COMPONENTS + component] == IMR_RESET_MET;
    int returned = isfinite(patient->return_right);

    *left = of(patient, from);
    *right = of(patient, (imr_reset_column_t) (from + 1));
    if (!isnan(*left)) {
        if (is_met && isinf(*right)) {
            return imr_fault(
                fault, IMR_ERR_RESET_UNTIMED, COLUMNS[from + 1], (int64_t) patient->i, *right);
        }
        *left += days;
        *right += days;
        return IMR_OK;
    }
    *left = component == IMR_RESET_DEPTH || !returned ? 0
        : is_met                                      ? patient->return_left
                                                      : patient->return_right;
    *right = returned ? patient->return_right : patient->followed;
    return IMR_OK;
}

static int
time_of(imr_reset_t *self, const patient_t *patient, imr_fault_t *fault)
{
    size_t i = patient->i;
    double latest_left = 0, latest_right = 0;
    const int64_t *status = self->status + i * IMR_RESET_COMPONENTS;

    self->precluded[i] = 0;
    for (size_t k = 0; k < IMR_RESET_COMPONENTS; k++) {
        double left, right;

        if (self->assessed[k]) {
            int failed = component_interval(self, patient, k, &left, &right, fault);

            if (failed != IMR_OK) {
                return failed;
            }
            latest_left = fmax(latest_left, left);
            latest_right = fmax(latest_right, right);
            self->precluded[i] |= status[k] == IMR_RESET_NOT_MET
                && (patient->stopped || (k != IMR_RESET_SEROLOGY && k != IMR_RESET_PROTECTION));
        }
    }
    self->left[i] = fmin(latest_left, patient->followed);
    self->right[i] = self->composite[i] == IMR_RESET_MET ? latest_right : INFINITY;
    if (self->composite[i] == IMR_RESET_NOT_ASSESSED) {
        self->left[i] = self->right[i] = NAN;
    }
    return IMR_OK;
}

/* Who can meet it no more stays without to the end, as with a competing event. */
static void
keep_precluded(imr_reset_t *self, const imr_reset_rows_t *rows)
{
    double longest = 0;

    for (size_t i = 0; i < self->n; i++) {
        longest = fmax(longest, rows->column[IMR_RESET_FOLLOWED][i]);
    }
    for (size_t i = 0; i < self->n; i++) {
        if (self->precluded[i]) {
            self->left[i] = longest;
        }
    }
}

/* --- shares -------------------------------------------------------------------------------------- */

static int
find_shares(imr_reset_t *self, double level, imr_fault_t *fault)
{
    imr_proportion_options_t options = { IMR_PROPORTION_CLOPPER_PEARSON, IMR_TWO_SIDED, level };
    imr_proportion_memo_t memo = { 0 };
    int64_t met[IMR_RESET_ROWS], decided[IMR_RESET_ROWS];
    int status;

    memset(self->count, 0, IMR_RESET_ROWS * IMR_RESET_STATUSES * sizeof(int64_t));
    for (size_t i = 0; i < self->n; i++) {
        for (size_t k = 0; k < IMR_RESET_COMPONENTS; k++) {
            self->count[k * IMR_RESET_STATUSES
                + (size_t) self->status[i * IMR_RESET_COMPONENTS + k]]++;
        }
        self->count[IMR_RESET_COMPONENTS * IMR_RESET_STATUSES + (size_t) self->composite[i]]++;
    }
    for (size_t k = 0; k < IMR_RESET_ROWS; k++) {
        const int64_t *count = self->count + k * IMR_RESET_STATUSES;

        met[k] = count[IMR_RESET_MET];
        decided[k] = met[k] + count[IMR_RESET_NOT_MET];
        self->least[k] = (double) met[k] / (double) self->n;
        self->most[k] = (double) ((int64_t) self->n - count[IMR_RESET_NOT_MET]) / (double) self->n;
    }
    status = imr_proportion_memo_init(&memo, decided, 1, IMR_RESET_ROWS);
    if (status == IMR_OK) {
        status = imr_proportion(met, 1, decided, 1, 0, IMR_RESET_ROWS, &options, &memo, self->share,
            self->low, self->high, fault);
    } else {
        imr_fault(fault, status, NULL, -1, NAN);
    }
    imr_proportion_memo_free(&memo);
    return status;
}

int
imr_reset_init(imr_reset_t *self, const imr_reset_rows_t *rows,
    const double criteria[IMR_RESET_CRITERIA], double level, imr_fault_t *fault)
{
    size_t n = rows->n, cells = n * IMR_RESET_COMPONENTS;
    size_t counts = IMR_RESET_ROWS * IMR_RESET_STATUSES;
    double *block;
    int64_t *whole;
    int any = 0;
    int status = imr_reset_check(rows, criteria, fault);

    memset(self, 0, sizeof(*self));
    if (status != IMR_OK) {
        return status;
    }
    find_assessed(self, rows, criteria);
    for (size_t k = 0; k < IMR_RESET_COMPONENTS; k++) {
        any |= self->assessed[k];
    }
    if (!any) {
        return imr_fault(fault, IMR_ERR_RESET_NOTHING, NULL, -1, NAN);
    }
    if (!(level > 0 && 0.5 + 0.5 * level < 1)) {
        return imr_fault(fault, IMR_ERR_LEVEL, "level", -1, level);
    }
    block = imr_malloc(4 * cells + 4 * n + 5 * (size_t) IMR_RESET_ROWS + counts, sizeof(double));
    if (block == NULL) {
        return imr_fault(fault, IMR_ERR_NOMEM, NULL, -1, NAN);
    }
    self->n = n;
    self->block = block;
    self->value = block;
    self->bound = self->value + cells;
    self->left = self->bound + cells;
    self->right = self->left + n;
    self->share = self->right + n;
    self->low = self->share + IMR_RESET_ROWS;
    self->high = self->low + IMR_RESET_ROWS;
    self->least = self->high + IMR_RESET_ROWS;
    self->most = self->least + IMR_RESET_ROWS;
    whole = (int64_t *) (self->most + IMR_RESET_ROWS);
    self->status = whole;
    self->reason = self->status + cells;
    self->composite = self->reason + cells;
    self->precluded = self->composite + n;
    self->count = self->precluded + n;
    for (size_t i = 0; status == IMR_OK && i < n; i++) {
        patient_t patient = { rows, criteria, i, rows->column[IMR_RESET_RETURN_LEFT][i],
            rows->column[IMR_RESET_RETURN_RIGHT][i], rows->column[IMR_RESET_FOLLOWED][i],
            imr_reset_value(rows, IMR_RESET_STOPPED_BY, i) == 1 };

        judge(self, &patient);
        status = time_of(self, &patient, fault);
    }
    if (status == IMR_OK) {
        keep_precluded(self, rows);
        status = find_shares(self, level, fault);
    }
    if (status != IMR_OK) {
        imr_reset_free(self);
    }
    return status;
}

void
imr_reset_free(imr_reset_t *self)
{
    imr_free(self->block);
    memset(self, 0, sizeof(*self));
}
