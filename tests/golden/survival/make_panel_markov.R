# Markov models of panel data by msm: the heart transplants of its data set cav, and visits of 15 patients that
# are simulated here. Rscript make_panel_markov.R > panel_markov.json; some minutes.
suppressMessages(library(msm))
number <- function(x) ifelse(is.na(x), "null", ifelse(is.infinite(x), sprintf('"%s"', x), sprintf("%.17g", x)))
values <- function(x) paste0("[", paste(number(as.numeric(x)), collapse = ","), "]")
rows <- function(m) paste0("[", paste(apply(m, 1, values), collapse = ","), "]")
words <- function(x) paste0("[", paste0('"', x, '"', collapse = ","), "]")

# BFGS is begun anew where it stopped: it ends short of the maximum at first.
fitted <- function(times, ...) {
  given <- as.list(substitute(list(...)))[-1]
  q <- start
  for (i in 1:times) {
    how <- list(qmatrix = q, control = list(fnscale = scale, reltol = 1e-16, maxit = 20000))
    fit <- eval(as.call(c(quote(msm), given, how)))
    q <- qmatrix.msm(fit, ci = "none", covariates = "mean")
  }
  fit
}

# Intensities row by row of the matrix, as msm orders them.
answer <- function(fit, t, extra = "") {
  p <- pmatrix.msm(fit, t = t, ci = "none")
  s <- sojourn.msm(fit)
  base <- fit$estimates.t[names(fit$estimates.t) == "qbase"]
  sprintf('{"loglik":%.17g,"intensity":%s,"std_error":%s,"time":%.17g,"probability":%s,"sojourn":%s,"sojourn_low":%s,"sojourn_high":%s%s}',
    -fit$minus2loglik / 2, values(base), values(sqrt(diag(fit$covmat))[seq_along(base)]), t, rows(unclass(p)),
    values(s$estimates), values(s$L), values(s$U), extra)
}

start <- rbind(c(0, .25, 0, .25), c(.166, 0, .166, .166), c(0, .25, 0, .25), c(0, 0, 0, 0))
scale <- 4000
plain <- fitted(2, state ~ years, subject = PTNUM, data = cav, deathexact = 4)
prevalence <- prevalence.msm(plain, times = c(0, 2, 5, 10), interp = "start")
counts <- sprintf(',"prevalence_times":[0,2,5,10],"observed":%s,"expected":%s',
  rows(prevalence$Observed[, 1:4]), rows(prevalence$Expected[, 1:4]))
effect <- fitted(1, state ~ years, subject = PTNUM, data = cav, deathexact = 4,
  covariates = list("1-2" = ~ sex + dage))
effects <- sprintf(',"log_hazard_ratio":%s,"effect_std_error":%s',
  values(sapply(hazard.msm(effect), function(h) log(h["State 1 - State 2", "HR"]))),
  values(sapply(hazard.msm(effect), function(h) diff(log(h["State 1 - State 2", c("L", "U")])) / 2 / qnorm(0.975))))
visited <- fitted(1, state ~ years, subject = PTNUM, data = cav)

set.seed(20261126)
truth <- rbind(c(-0.016, 0.015, 0.001), c(0.008, -0.0085, 0.0005), c(0, 0, 0))
patient <- day <- state <- NULL
for (i in 1:15) {
  path <- sim.msm(truth, maxtime = 400)
  end <- sample(150:390, 1)
  visits <- c(0, sort(unique(round(30 * 1:12 + runif(12, -4, 4)))))
  seen <- path$states[findInterval(visits, path$times)]
  keep <- visits <= end & seen != 3
  died <- if (any(path$states == 3)) path$times[which(path$states == 3)[1]] else Inf
  patient <- c(patient, rep(i, sum(keep)))
  day <- c(day, visits[keep])
  state <- c(state, seen[keep])
  last <- max(visits[keep])
  if (ceiling(died) <= end) { # the day of death; all others are alive at the end
    patient <- c(patient, i); day <- c(day, max(ceiling(died), last + 1)); state <- c(state, 3)
  } else if (end > last) {
    patient <- c(patient, i); day <- c(day, end); state <- c(state, 99)
  }
}
small <- data.frame(patient, day, state)
start <- rbind(c(0, 0.01, 0.002), c(0.01, 0, 0), c(0, 0, 0)) # nobody dies in remission: no end with it
scale <- 200
trial <- fitted(1, state ~ day, subject = patient, data = small, deathexact = 3, censor = 99,
  censor.states = c(1, 2))

cat(sprintf('{"id":"panel_markov","source":"msm %s, make_panel_markov.R; cav is msm\'s, trial is simulated","r_version":"%s","rtol":1e-6,"inputs":{"cav":{"patient":%s,"years":%s,"state":%s,"sex":%s,"dage":%s},"trial":{"patient":%s,"day":%s,"state":%s}},"expected":{"cav":%s,"cav_effects":%s,"cav_visits":%s,"trial":%s}}\n',
  packageVersion("msm"), R.version.string, values(cav$PTNUM), values(cav$years), values(cav$state),
  values(cav$sex), values(cav$dage), values(patient), values(day), values(state),
  answer(plain, 2, counts), answer(effect, 2, effects), answer(visited, 2), answer(trial, 60)))
