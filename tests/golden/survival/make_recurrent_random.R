# Mean cumulative functions of R's survival (cumulative hazard with robust variance over patients) and, with
# deaths, of mets (Ghosh and Lin), of random rows.
#     Rscript make_recurrent_random.R > recurrent_random.json
suppressPackageStartupMessages({library(survival); library(mets); library(jsonlite)})
set.seed(8)

rows_of <- function(n, deaths, gaps) {
  out <- NULL
  for (i in seq_len(n)) {
    end <- sample(20:60, 1)
    rate <- rgamma(1, 2, 30)
    days <- sort(unique(pmin(ceiling(cumsum(rexp(30, rate))), 1000)))
    days <- days[days < end]
    entry <- if (gaps) sample(0:8, 1) else 0
    days <- days[days > entry]
    died <- deaths && runif(1) < 0.5
    out <- rbind(out, data.frame(patient = i, entry = c(entry, days), time = c(days, end),
      event = c(rep(1, length(days)), if (died) 2 else 0)))
  }
  out
}

plain <- function(rows) {
  fit <- survfit(Surv(entry, time, event == 1) ~ 1, id = patient, cluster = patient, data = rows)
  keep <- fit$n.event > 0
  list(inputs = as.list(rows), time = fit$time[keep], estimate = fit$cumhaz[keep],
    std_error = fit$std.chaz[keep])
}

# mets takes tied times one after the other, so that there are none here.
ghosh_lin <- function(rows) {
  rows$time <- rows$time + round(runif(nrow(rows)), 6) / 2
  rows$entry <- ave(rows$time, rows$patient, FUN = function(t) c(0, head(t, -1)))
  rows$id <- rows$patient
  events <- phreg(Surv(entry, time, event == 1) ~ cluster(id), data = rows, no.opt = TRUE,
    no.var = 1)
  deaths <- phreg(Surv(entry, time, event == 2) ~ cluster(id), data = rows, no.opt = TRUE,
    no.var = 1)
  fit <- recurrentMarginal(events, deaths)
  list(inputs = as.list(rows[c("patient", "entry", "time", "event")]), time = fit$times,
    estimate = fit$mu, std_error = fit$se.mu)
}

cases <- list(
  plain = lapply(c(8, 25), function(n) plain(rows_of(n, FALSE, FALSE))),
  entries = lapply(c(8, 25), function(n) plain(rows_of(n, FALSE, TRUE))),
  ghosh_lin = lapply(c(8, 25, 60), function(n) ghosh_lin(rows_of(n, TRUE, FALSE))))
cat(toJSON(c(list(source = paste("survival", packageVersion("survival"), "mets",
  packageVersion("mets")), r_version = R.version.string), cases), digits = NA, auto_unbox = TRUE))
