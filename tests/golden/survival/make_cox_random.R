# Random data sets for tests/golden/survival/cox_random.json: Rscript make_cox_random.R
suppressMessages({library(survival); library(jsonlite)})
set.seed(20260701)
tight <- coxph.control(eps = 1e-14, iter.max = 100, toler.chol = 1e-15, toler.inf = 1e-10)
cases <- list()
add <- function(id) {
  ties <- sample(c("efron", "breslow", "exact"), 1, prob = c(.5, .25, .25))
  n <- if (ties == "exact") sample(c(12, 25), 1) else sample(c(12, 25, 60, 150), 1)
  p <- sample(1:3, 1)
  x <- matrix(round(rnorm(n * p, 5, 2), 3), n)
  if (p > 1) x[, 2] <- rbinom(n, 1, .5)
  days <- sample(if (ties == "exact") c(20, 1e6) else c(3, 20, 1e6), 1)
  time <- ceiling(rexp(n, exp(.2 * (x[, 1] - 5))) * days) / days
  entry <- if (runif(1) < .4) round(time * runif(n) * .8, 3) else NULL
  if (!is.null(entry)) entry[entry >= time] <- 0
  event <- rbinom(n, 1, .75)
  strata <- if (runif(1) < .4) sample(1:3, n, TRUE) else NULL
  offset <- if (runif(1) < .3) round(rnorm(n), 2) else NULL
  kind <- sample(c("none", "frequency", "sampling"), 1, prob = c(.5, .2, .3))
  weights <- switch(kind, none = NULL, frequency = sample(1:3, n, TRUE),
                    sampling = round(runif(n, .2, 3), 2))
  cluster <- if (runif(1) < .3) sample(1:max(5, n %/% 4), n, TRUE) else NULL
  if (ties == "exact") { cluster <- NULL; if (kind == "sampling") { kind <- "none"; weights <- NULL } }
  robust <- !is.null(cluster) || kind == "sampling"
  row <- if (kind == "frequency") rep(seq_len(n), weights) else seq_len(n)
  pick <- function(v) if (is.null(v)) NULL else v[row]
  d <- list(time = time[row], event = event[row], x = x[row, , drop = FALSE], entry = pick(entry),
            strata = pick(strata), offset = pick(offset), cluster = pick(cluster))
  w <- if (kind == "sampling") weights else NULL
  y <- if (is.null(entry)) Surv(d$time, d$event) else Surv(d$entry, d$time, d$event)
  f <- y ~ d$x
  if (!is.null(strata)) f <- update(f, . ~ . + strata(d$strata))
  if (!is.null(offset)) f <- update(f, . ~ . + offset(d$offset))
  environment(f) <- environment()
  fit <- tryCatch(withCallingHandlers(
    eval(bquote(coxph(f, ties = .(ties), weights = w, cluster = d$cluster, robust = .(robust),
                      control = tight))),
    warning = function(e) stop("warned")), error = function(e) NULL)
  if (!inherits(fit, "coxph") || any(is.na(coef(fit)))) return(NULL)
  list(id = id, ties = ties, kind = kind, inputs = list(time = time, event = event, x = x, entry = entry,
       strata = strata, offset = offset, weights = weights, cluster = cluster),
       expected = list(coef = unname(coef(fit)), cov = unname(vcov(fit)),
       naive = unname(if (is.null(fit$naive.var)) vcov(fit) else fit$naive.var),
       loglik = fit$loglik, score = fit$score, wald = fit$wald.test))
}
for (id in 1:120) { case <- add(id); if (!is.null(case)) cases[[length(cases) + 1]] <- case }
out <- list(title = "Cox regressions of random data", r_call = "coxph(), eps = 1e-14",
            source = paste("survival", packageVersion("survival")), r_version = R.version.string,
            rtol = 1e-8, cases = cases)
cat(toJSON(out, digits = NA, auto_unbox = TRUE, null = "null"), file = "cox_random.json")
cat(length(cases), "cases\n")
