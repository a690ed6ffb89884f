#ifndef IMR_ALTERNATIVE_H
#define IMR_ALTERNATIVE_H

/* The direction of an interval or a test, named as R and scipy name it: "greater" asks whether the
 * truth is greater, so its interval has a lower limit only. */
#define IMR_ALTERNATIVE_LIST(X)                                                                    \
    X(IMR_TWO_SIDED, "two-sided")                                                                  \
    X(IMR_GREATER, "greater")                                                                      \
    X(IMR_LESS, "less")

#define IMR_ENUM_OF_CHOICE(name, words) name,
#define IMR_WORDS_OF_CHOICE(name, words) words,
#define IMR_ONE_OF_CHOICE(name, words) +1

typedef enum { IMR_ALTERNATIVE_LIST(IMR_ENUM_OF_CHOICE) } imr_alternative_t;

#endif
