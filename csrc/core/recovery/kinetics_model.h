/* Curves of B cell recovery, their derivatives, and the quantities read off them.
 * Formulas and sources: docs/methods/recovery/kinetics.md. */
#ifndef IMR_KINETICS_MODEL_H
#define IMR_KINETICS_MODEL_H

#include <stddef.h>

#include "base/alternative.h"

/* The unknowns theta of each model are written beside it. */
#define IMR_KINETICS_MODEL_LIST(X)                                                                 \
    X(IMR_KINETICS_LOGISTIC, "logistic") /* log plateau, midpoint, log scale */                    \
    X(IMR_KINETICS_GOMPERTZ, "gompertz") /* the same */                                            \
    X(IMR_KINETICS_EMAX, "emax") /* log plateau, log midpoint, log hill */                         \
    X(IMR_KINETICS_EXPONENTIAL, "exponential") /* log initial, rate */                             \
    X(IMR_KINETICS_APPROACH, "approach") /* log plateau, log initial, log rate */                  \
    X(IMR_KINETICS_LOGISTIC4, "logistic4") /* floor, plateau, midpoint, log scale */               \
    X(IMR_KINETICS_BIEXPONENTIAL, "biexponential") /* log amplitude, log rate, and again */        \
    X(IMR_KINETICS_TURNOVER, "turnover") /* log influx, log loss, return day */

#define IMR_KINETICS_QUANTITY_LIST(X)                                                              \
    X(IMR_KINETICS_PLATEAU, "plateau")                                                             \
    X(IMR_KINETICS_FLOOR, "floor")                                                                 \
    X(IMR_KINETICS_MIDPOINT, "midpoint")                                                           \
    X(IMR_KINETICS_SCALE, "scale")                                                                 \
    X(IMR_KINETICS_HILL, "hill")                                                                   \
    X(IMR_KINETICS_INITIAL, "initial")                                                             \
    X(IMR_KINETICS_RATE, "rate")                                                                   \
    X(IMR_KINETICS_DOUBLING_TIME, "doubling_time")                                                 \
    X(IMR_KINETICS_AMPLITUDE_1, "amplitude_1")                                                     \
    X(IMR_KINETICS_RATE_1, "rate_1")                                                               \
    X(IMR_KINETICS_AMPLITUDE_2, "amplitude_2")                                                     \
    X(IMR_KINETICS_RATE_2, "rate_2")                                                               \
    X(IMR_KINETICS_INFLUX, "influx")                                                               \
    X(IMR_KINETICS_LOSS, "loss")                                                                   \
    X(IMR_KINETICS_RETURN_DAY, "return_day")                                                       \
    X(IMR_KINETICS_CART_THRESHOLD, "cart_threshold")                                               \
    X(IMR_KINETICS_CROSSING_DAY, "crossing_day")

typedef enum { IMR_KINETICS_MODEL_LIST(IMR_ENUM_OF_CHOICE) } imr_kinetics_model_t;
typedef enum { IMR_KINETICS_QUANTITY_LIST(IMR_ENUM_OF_CHOICE) } imr_kinetics_quantity_t;

enum {
    IMR_KINETICS_MODELS = 0 IMR_KINETICS_MODEL_LIST(IMR_ONE_OF_CHOICE),
    IMR_KINETICS_QUANTITIES = 0 IMR_KINETICS_QUANTITY_LIST(IMR_ONE_OF_CHOICE),
    IMR_KINETICS_MOST = 4 /* unknowns of a curve */
};

/* Coordinates in which a quantity is one of the unknowns: theta itself, or theta with one of them
 * given by the day on which the curve crosses the threshold, or by the plateau. */
typedef enum {
    IMR_COORDINATES_OWN,
    IMR_COORDINATES_CROSSING,
    IMR_COORDINATES_PLATEAU
} imr_coordinates_t;

/* What a quantity is of its coordinate; the last is the level of the CAR T cells on that day. */
typedef enum {
    IMR_SHOWN_ITSELF,
    IMR_SHOWN_EXP,
    IMR_SHOWN_EXP_NEGATIVE,
    IMR_SHOWN_DOUBLING_OF_LOG_SCALE,
    IMR_SHOWN_DOUBLING_OF_RATE,
    IMR_SHOWN_CART
} imr_shown_t;

typedef struct {
    imr_kinetics_quantity_t quantity;
    imr_coordinates_t coordinates;
    size_t coordinate;
    imr_shown_t shown;
} imr_kinetics_slot_t;

size_t imr_kinetics_unknowns(imr_kinetics_model_t model);

/* The quantities of a model, *count of them. */
const imr_kinetics_slot_t *imr_kinetics_slots(imr_kinetics_model_t model, size_t *count);

/* level[i] = f(day[i]), or its logarithm; slope (NULL: not wanted) has a row of IMR_KINETICS_MOST
 * derivatives by theta for each day. `origin` is the day from which the exponential and the approach
 * count. The logarithm of what is not positive is NaN or minus infinity. Days of emax are positive. */
void imr_kinetics_curve(imr_kinetics_model_t model, const double *theta, double origin,
    const double *day, size_t n, int in_logs, double *level, double *slope);

/* Coordinates to theta, in place: the unknown that is replaced is `coordinate` of its slot, whose
 * derivatives by the coordinates go to slope. 0 where no curve has these coordinates. */
int imr_kinetics_to_theta(imr_kinetics_model_t model, imr_coordinates_t coordinates,
    double threshold, double origin, double *phi, double *slope);

/* The coordinate of a slot at theta, and its derivatives by theta: infinity where the curve never
 * reaches the threshold. */
double imr_kinetics_coordinate(imr_kinetics_model_t model, const imr_kinetics_slot_t *slot,
    double threshold, double origin, const double *theta, double *slope);

#endif
