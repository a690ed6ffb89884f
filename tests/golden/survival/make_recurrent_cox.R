# Regressions of recurrent events by R's survival, of cgd and bladder.
#     Rscript make_recurrent_cox.R > recurrent_cox.json
suppressPackageStartupMessages({library(survival); library(jsonlite)})

# The default stops 1e-8 away from the maximum.
tight <- coxph.control(eps = 1e-11, iter.max = 50)
answer <- function(fit) list(coef = unname(coef(fit)), robust_se = unname(sqrt(diag(vcov(fit)))))

g <- cgd[order(cgd$id, cgd$tstart), c("id", "tstart", "tstop", "status", "treat", "age", "enum")]
g$treat <- as.numeric(g$treat == "rIFN-g")
last <- ave(g$tstart, g$id, FUN = function(t) t)  # each row starts at the event before it
cgd_models <- list(
  `andersen-gill` = coxph(Surv(tstart, tstop, status) ~ treat + age, g, cluster = id, control = tight),
  `pwp-total` = coxph(Surv(tstart, tstop, status) ~ treat + age + strata(enum), g,
    cluster = id, control = tight),
  `pwp-gap` = coxph(Surv(tstop - last, status) ~ treat + age + strata(enum), g,
    cluster = id, control = tight))

b2 <- bladder2
b <- bladder[bladder$stop > 0, ]
bladder_models <- list(
  `andersen-gill` = coxph(Surv(start, stop, event) ~ rx + number + size, b2, cluster = id, control = tight),
  `pwp-total` = coxph(Surv(start, stop, event) ~ rx + number + size + strata(enum), b2,
    cluster = id, control = tight),
  `pwp-gap` = coxph(Surv(stop - start, event) ~ rx + number + size + strata(enum), b2,
    cluster = id, control = tight),
  wlw = coxph(Surv(stop, event) ~ rx + number + size + strata(enum), b,
    cluster = id, control = tight))

cat(toJSON(list(
  source = paste("survival", packageVersion("survival")), r_version = R.version.string,
  cgd = list(inputs = list(patient = g$id, entry = g$tstart, time = g$tstop, event = g$status,
    treat = g$treat, age = g$age), expected = lapply(cgd_models, answer)),
  bladder = list(inputs = list(patient = b2$id, entry = b2$start, time = b2$stop,
    event = b2$event, rx = b2$rx, number = b2$number, size = b2$size),
    expected = lapply(bladder_models, answer))), digits = NA, auto_unbox = TRUE))
