#include "survival/multistate_in_order.h"

#include <string.h>

#include "base/order.h"

#define MOST IMR_MULTISTATE_MOST
#define CODES IMR_MULTISTATE_CODES
#define LARGE (UINT64_C(1) << 62) /* smaller numbers have differences */
#define PIECE 128 /* rows that are read at once */

/* Some rows as narrow numbers. Where there is room for one more, it is that of the row before them. */
typedef struct {
    uint32_t first[PIECE]; /* of the patient */
    uint32_t start[PIECE + 1], stop[PIECE + 1]; /* days; before the start of follow-up UINT32_MAX */
    uint32_t code[PIECE + 1], initial[PIECE + 1], group[PIECE + 1];
    uint32_t pair[PIECE]; /* state and code, as in `seen` */
    uint32_t rest[PIECE]; /* state, next and first, by 8 bits */
} piece_t;

static uint64_t
read_states(const int64_t *given, size_t rows, uint32_t *state)
{
    uint64_t bits = 0;

    for (size_t i = 0; i < rows; i++) {
        uint64_t code = (uint64_t) given[i];

        bits |= code;
        state[i] = (uint32_t) code;
    }
    return bits >> 8;
}

/* Which rows are the first of their patient. Not 0 if they are in no order, or a number is LARGE. */
static uint64_t
find_firsts(const int64_t *patient, size_t begin, size_t rows, uint32_t *first)
{
    uint64_t bits = (uint64_t) patient[begin] + LARGE;

    for (size_t i = begin == 0; i < rows; i++) {
        uint64_t mine = (uint64_t) patient[begin + i];
        uint64_t step = mine - (uint64_t) patient[begin + i - 1];

        bits |= step | (mine + LARGE);
        first[i] = (uint32_t) ((step | (0 - step)) >> 63);
    }
    if (begin == 0) {
        first[0] = 1;
    }
    return bits >> 63;
}

/* The rows from begin on. 0 if a number is none of its kind. */
static int
read_piece(const imr_multistate_rows_t *self, const imr_multistate_data_t *data, size_t begin,
    size_t rows, piece_t *piece, uint32_t *last_day)
{
    uint64_t bad = read_states(data->event + begin, rows, piece->code + 1);
    uint32_t day;

    if (data->initial != NULL) {
        bad |= read_states(data->initial + begin, rows, piece->initial + 1);
    }
    for (size_t i = 0; i < rows && data->group != NULL; i++) {
        int64_t code = data->group[begin + i];

        piece->group[i + 1] = (uint32_t) code;
        bad |= (uint64_t) code >= self->groups;
    }
    bad |= find_firsts(data->patient, begin, rows, piece->first);
    return bad == 0 && imr_read_days(data->time + begin, rows, piece->stop + 1, last_day)
        && (data->entry == NULL
            || imr_read_days(data->entry + begin, rows, piece->start + 1, &day));
}

/* Whether each row is a stretch that goes on from the row before, or a new patient's. Branches could go
 * either way, and most of the time would go on them. */
static int
link_piece(piece_t *piece, size_t rows, int has_entry, uint32_t states)
{
    uint32_t bad = 0;

    for (size_t i = 1; i <= rows && !has_entry; i++) {
        piece->start[i] = piece->stop[i - 1] | (0 - piece->first[i - 1]);
    }
    for (size_t i = 1; i <= rows; i++) {
        uint32_t again = piece->first[i - 1] - 1, code = piece->code[i];
        uint32_t state = (again & piece->code[i - 1]) | (~again & piece->initial[i]);

        piece->pair[i - 1] = ((state - 1) << 6) + code;
        piece->rest[i - 1] = (state - 1) | (code - 1) % 256 << 8 | piece->first[i - 1] << 16;
        bad |= again
            & ((piece->start[i] ^ piece->stop[i - 1]) | (piece->initial[i] ^ piece->initial[i - 1])
                | (piece->group[i] ^ piece->group[i - 1]));
        bad |= (int32_t) piece->start[i] >= (int32_t) piece->stop[i];
        bad |= code > states;
        bad |= state > states;
        bad |= state == 0;
        bad |= state == code;
    }
    return bad == 0;
}

/* Makes the rows stretches, on an axis of days. */
static void
keep_piece(imr_multistate_rows_t *self, const piece_t *piece, size_t rows, uint8_t (*seen)[CODES])
{
    imr_multistate_stretch_t *span = self->span + self->spans;
    uint8_t *ends = self->ends, *pairs = seen[0];

    for (size_t i = 0; i < rows; i++, span++) {
        uint32_t stop = piece->stop[i + 1], rest = piece->rest[i];

        span->begin = piece->start[i + 1] + 1;
        span->end = stop;
        span->state = (int8_t) rest;
        span->next = (int8_t) (rest >> 8);
        span->first = (uint16_t) (rest >> 16);
        ends[stop] = 1;
        pairs[piece->pair[i]] = 1;
    }
    self->spans += rows;
    if (self->groups > 1) {
        for (size_t i = 0; i < rows; i++) {
            self->patients += piece->first[i];
            self->group[self->patients - 1] = piece->group[i + 1];
        }
    } else {
        for (size_t i = 0; i < rows; i++) {
            self->patients += piece->first[i];
        }
    }
}

int
imr_multistate_in_order(
    imr_multistate_rows_t *self, const imr_multistate_data_t *data, uint8_t (*seen)[CODES])
{
    piece_t piece;
    uint32_t last_day;

    self->spans = self->patients = self->places = 0;
    memset(seen, 0, MOST * sizeof(*seen));
    if (data->initial == NULL && !imr_multistate_is_state(data, data->first)) {
        return 0;
    }
    piece.stop[0] = piece.code[0] = 0;
    for (size_t i = 0; i <= PIECE; i++) {
        piece.initial[i] = (uint32_t) data->first;
        piece.group[i] = 0;
    }
    for (size_t begin = 0, rows; begin < data->n; begin += rows) {
        rows = data->n - begin < PIECE ? data->n - begin : PIECE;
        if (!read_piece(self, data, begin, rows, &piece, &last_day)
            || !link_piece(&piece, rows, data->entry != NULL, (uint32_t) data->states)) {
            return 0;
        }
        if (last_day >= self->places) {
            memset(self->ends + self->places, 0, last_day + 1 - self->places);
            self->places = last_day + 1;
        }
        keep_piece(self, &piece, rows, seen);
        piece.stop[0] = piece.stop[rows];
        piece.code[0] = piece.code[rows];
        piece.initial[0] = piece.initial[rows];
        piece.group[0] = piece.group[rows];
    }
    if (self->groups == 1) {
        memset(self->group, 0, self->patients * sizeof(*self->group));
    }
    for (size_t s = 0; s < MOST; s++) {
        for (size_t to = 1; to < CODES; to++) {
            seen[s][0] |= seen[s][to];
        }
    }
    return 1;
}
