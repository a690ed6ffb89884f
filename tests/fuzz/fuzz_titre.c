/* libFuzzer: any titres are refused with a status, or every patient has a status, a share between its limits,
 * and parts that sum to something; seroconversion lies in an interval; a ratio between its limits. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "recovery/titre.h"
#include "recovery/titre_retention.h"
#include "recovery/titre_seroconversion.h"

#define REQUIRE(condition)                                                                         \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            abort();                                                                               \
        }                                                                                          \
    } while (0)
#define MOST 12

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static double
value_of(uint8_t byte)
{
    static const double ODD[] = { NAN, -1, INFINITY, 1e-300, 1e99, 1e-99 };

    return byte >= 250 ? ODD[byte - 250] : byte % 16 == 0 ? 0 : exp2(byte % 64 / 4.0);
}

static void
decay(const imr_titre_rows_t *rows, const imr_titre_options_t *options)
{
    imr_titre_t t;
    imr_fault_t fault;

    if (imr_titre_init(&t, rows, options, &fault) != IMR_OK) {
        REQUIRE(fault.argument != NULL);
        return;
    }
    if (options->is_common) {
        REQUIRE(imr_titre_pool(&t, NULL, NULL) == IMR_OK);
    }
    REQUIRE(imr_titre_fit(&t, NULL, NULL) == IMR_OK);
    for (size_t p = 0; p < t.patients; p++) {
        REQUIRE(t.status[p] >= 0 && t.status[p] < IMR_TITRE_STATUSES);
        if (t.status[p] != IMR_TITRE_FITTED && t.status[p] != IMR_TITRE_NO_FALL) {
            REQUIRE(isnan(t.share[p]) && isnan(t.sd[p]));
            continue;
        }
        REQUIRE(t.share_low[p] >= 0 && t.share_low[p] <= t.share[p]);
        REQUIRE(t.share[p] <= t.share_high[p] && t.share_high[p] <= 1);
        REQUIRE(t.short_lived[p] >= 0 && t.long_lived[p] >= 0);
        REQUIRE(t.short_lived[p] + t.long_lived[p] > 0 && t.sd[p] > 0 && isfinite(t.loglik[p]));
        if (isnan(options->half_life) && t.status[p] == IMR_TITRE_FITTED) {
            REQUIRE(t.half_life_low[p] <= t.half_life[p] * (1 + 1e-9));
            REQUIRE(t.half_life[p] <= t.half_life_high[p] * (1 + 1e-9));
        }
    }
    imr_titre_free(&t);
}

static void
loss(const imr_seroconversion_rows_t *rows)
{
    imr_seroconversion_t s;
    imr_fault_t fault;

    if (imr_seroconversion(&s, rows, &fault) != IMR_OK) {
        REQUIRE(fault.argument != NULL);
        return;
    }
    for (size_t p = 0; p < s.patients; p++) {
        REQUIRE(s.status[p] >= 0 && s.status[p] < IMR_SEROCONVERSION_STATUSES);
        REQUIRE(isnan(s.left[p]) == (s.status[p] >= IMR_SEROCONVERSION_NEGATIVE_BEFORE));
        REQUIRE(isnan(s.left[p]) || (s.left[p] >= 0 && s.left[p] < s.right[p]));
    }
    imr_seroconversion_free(&s);
}

static void
retention(const imr_titre_retention_rows_t *rows)
{
    imr_titre_retention_t r;
    imr_fault_t fault;

    if (imr_titre_retention(&r, rows, &fault) != IMR_OK) {
        REQUIRE(fault.argument != NULL && fault.status != IMR_ERR_NOCONV);
        return;
    }
    REQUIRE(r.known + r.censored + r.unknown == (int64_t) rows->n);
    REQUIRE(isnan(r.estimate) || (r.low <= r.estimate && r.estimate <= r.high));
    REQUIRE(r.pvalue >= 0 && r.pvalue <= 1 && r.pvalue_margin >= 0 && r.pvalue_margin <= 1);
    REQUIRE(r.pvalue_sign > 0 && r.pvalue_sign <= 1);
    REQUIRE(r.kept <= r.protected_before && r.kept <= r.protected_after);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    int64_t patient[MOST], ivig_patient[2];
    double day[MOST], value[MOST], lloq, uloq, ivig_day[2];
    uint8_t below[MOST];
    imr_titre_rows_t rows = { .patient = patient, .day = day, .value = value };
    imr_titre_options_t options = { 0, 21, NAN, 0, 0.95 };
    imr_seroconversion_rows_t loss_rows = { .patient = patient, .day = day, .value = value };
    imr_titre_retention_rows_t pairs = { .before = value, .after = value + MOST / 2 };

    if (size < 10) {
        return 0;
    }
    rows.n = data[0] % (MOST + 1);
    rows.patients = 1 + data[1] % 3;
    for (size_t i = 0; i < MOST; i++) {
        uint8_t a = 10 + 2 * i < size ? data[10 + 2 * i] : (uint8_t) (31 * i + 7);
        uint8_t b = 11 + 2 * i < size ? data[11 + 2 * i] : (uint8_t) (17 * i + 3);

        patient[i] = data[1] / 3 % (1 + (int64_t) i % 3);
        day[i] = a == 255 ? NAN : a - 20.0;
        value[i] = value_of(b);
        below[i] = b % 7 == 6 && data[2] % 2;
    }
    rows.below = data[2] % 4 ? below : NULL;
    lloq = data[3] % 3 ? data[3] / 8.0 : 0;
    uloq = data[4] * 16.0;
    rows.limits = (imr_titre_limits_t) { data[3] % 2 ? &lloq : NULL, data[4] % 2 ? &uloq : NULL, 0,
        0, data[5] % 2 ? NAN : 1 + data[5] / 64.0 };
    ivig_patient[0] = data[6] % 4;
    ivig_patient[1] = 0;
    ivig_day[0] = data[6];
    ivig_day[1] = data[7];
    rows.infusions = (imr_titre_infusions_t) { ivig_patient, ivig_day, data[7] % 3, data[6] / 4.0 };
    rows.infusions.n = rows.infusions.n > 2 ? 2 : rows.infusions.n;
    options.half_life = data[8] % 4 == 0 ? NAN : data[8] / 4.0;
    options.sd = data[8] % 3 ? NAN : data[8] / 128.0;
    options.is_common = isnan(options.sd) && !isnan(options.half_life) && data[9] % 3 == 0;
    options.start_day = data[9] % 16;
    options.level = 0.5 + data[9] / 520.0;
    decay(&rows, &options);
    loss_rows.uln = &uloq;
    loss_rows.infusions = rows.infusions;
    loss_rows.start_day = options.start_day;
    loss_rows.confirm = data[9] % 4;
    loss_rows.n = rows.n;
    loss_rows.patients = rows.patients;
    loss(&loss_rows);
    pairs.limits = rows.limits;
    pairs.limits.dilution = NAN;
    pairs.n = rows.n / 2;
    pairs.margin = data[5] / 64.0;
    pairs.protective = data[5] % 5 ? NAN : lloq;
    pairs.level = options.level;
    retention(&pairs);
    return 0;
}
