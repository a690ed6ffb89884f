# Residuals, tests of proportional hazards and curves for cox_after.json: Rscript make_cox_after.R
suppressMessages({library(survival); library(jsonlite)})
set.seed(20260702)
tight <- coxph.control(eps = 1e-14, iter.max = 100, toler.chol = 1e-15, toler.inf = 1e-10)
one <- function(id) {
  n <- sample(c(12, 25, 40), 1)
  p <- sample(1:2, 1)
  x <- matrix(round(rnorm(n * p, 5, 2), 3), n)
  if (p > 1) x[, 2] <- rbinom(n, 1, .5)
  days <- sample(c(3, 20, 1e6), 1)
  time <- ceiling(rexp(n, exp(.2 * (x[, 1] - 5))) * days) / days
  entry <- if (runif(1) < .4) round(time * runif(n) * .8, 3) else NULL
  if (!is.null(entry)) entry[entry >= time] <- 0
  event <- rbinom(n, 1, .75)
  strata <- if (runif(1) < .4) sample(1:2, n, TRUE) else NULL
  kind <- sample(c("none", "frequency", "sampling"), 1)
  weights <- switch(kind, none = NULL, frequency = sample(1:3, n, TRUE),
                    sampling = round(runif(n, .2, 3), 2))
  ties <- sample(c("efron", "breslow"), 1, prob = c(.7, .3))
  row <- if (kind == "frequency") rep(seq_len(n), weights) else seq_len(n)
  d <- data.frame(time = time[row], event = event[row], x1 = x[row, 1], s = 1, w = 1, start = 0)
  if (p > 1) d$x2 <- x[row, 2]
  if (!is.null(strata)) d$s <- strata[row]
  if (kind == "sampling") d$w <- weights
  left <- if (is.null(entry)) "Surv(time, event)" else { d$start <- entry[row]; "Surv(start, time, event)" }
  f <- as.formula(paste(left, "~ x1", if (p > 1) "+ x2", if (!is.null(strata)) "+ strata(s)"))
  fit <- tryCatch(withCallingHandlers(eval(bquote(coxph(.(f), data = d, weights = w,
    ties = .(ties), robust = .(kind == "sampling"), control = tight))),
    warning = function(e) stop("warned")), error = function(e) NULL)
  if (!inherits(fit, "coxph") || any(is.na(coef(fit)))) return(NULL)
  res <- function(kind) unname(as.matrix(residuals(fit, type = kind)))
  zph <- lapply(setNames(nm = c("km", "rank", "identity", "log")), function(tr)
    unname(cox.zph(fit, transform = tr)$table))
  new <- data.frame(x1 = c(4, 6.5), s = c(1, 1))
  if (p > 1) new$x2 <- c(0, 1)
  times <- sort(sample(time, 4))
  times <- times[times <= max(d$time[d$s == 1])]
  curve <- summary(survfit(fit, newdata = new, conf.type = "log-log"), times = times)
  list(id = id, ties = ties, kind = kind, inputs = list(time = time, event = event, x = x, entry = entry,
       strata = strata, weights = weights), row = row - 1, new = as.matrix(new[, paste0("x", 1:p)]),
       expected = list(coef = unname(coef(fit)), martingale = res("martingale"), deviance = res("deviance"),
       score = res("score"), dfbeta = res("dfbeta"), schoenfeld = res("schoenfeld"),
       scaled = res("scaledsch"), zph = zph, times = I(times), surv = unname(curve$surv),
       cumhaz = unname(curve$cumhaz),
       std_error = unname(curve$std.err), low = unname(curve$lower), high = unname(curve$upper)))
}
cases <- Filter(Negate(is.null), lapply(1:30, function(id) tryCatch(one(id), error = function(e) {message(id, e); NULL})))
out <- list(title = "Residuals, tests of proportional hazards and curves of Cox regressions of random data",
            r_call = "make_cox_after.R", source = paste("survival", packageVersion("survival")),
            r_version = R.version.string, rtol = 1e-8, cases = cases)
cat(toJSON(out, digits = NA, auto_unbox = TRUE, null = "null"), file = "cox_after.json")
cat(length(cases), "cases\n")
