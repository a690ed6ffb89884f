# Cox regressions with gamma frailty for tests/golden/survival/cox_frailty.json: Rscript make_cox_frailty.R
# coxph is asked at given variances, with its full information (sparse = FALSE) and until nothing moves;
# the variance is the root of the derivative of the marginal likelihood, whose other terms are R's.
# `default` is where coxph's own search stops.
suppressMessages({library(survival); library(jsonlite)})
tight <- coxph.control(eps = 1e-12, toler.chol = 1e-13, iter.max = 200, toler.inf = 1e-10)

at <- function(theta, y, x, cluster, strata, ties) {
  cluster <- factor(cluster)
  f <- if (is.null(strata)) y ~ x + frailty.gamma(cluster, theta = theta, sparse = FALSE) else
    y ~ x + strata(strata) + frailty.gamma(cluster, theta = theta, sparse = FALSE)
  environment(f) <- environment()
  fit <- suppressWarnings(eval(bquote(coxph(f, ties = .(ties), control = tight))))
  p <- ncol(x)
  frailty <- exp(coef(fit)[-seq_len(p)])
  d <- as.vector(rowsum(as.numeric(y[, "status"]), cluster))
  hazard <- ((1 + theta * d) / frailty - 1) / theta
  s <- sum(sapply(d, function(k) if (k > 1) sum(seq_len(k - 1) / (1 + seq_len(k - 1) * theta)) else 0)) +
    sum(log1p(theta * hazard) / theta^2 - (d + 1 / theta) * hazard / (1 + theta * hazard))
  list(fit = fit, slope = s, frailty = frailty, hazard = hazard, d = d)
}

case <- function(id, y, x, cluster, ties = "efron", strata = NULL) {
  x <- as.matrix(x)
  cluster <- match(cluster, sort(unique(cluster)))
  slope <- function(theta) at(theta, y, x, cluster, strata, ties)$slope
  if (slope(.02) <= 0 || slope(3) >= 0) return(NULL)
  theta <- uniroot(slope, c(.02, 3), tol = 1e-13)$root
  last <- at(theta, y, x, cluster, strata, ties)
  p <- ncol(x)
  f <- if (is.null(strata)) y ~ x + frailty.gamma(cluster) else
    y ~ x + strata(strata) + frailty.gamma(cluster)
  environment(f) <- environment()
  own <- suppressWarnings(eval(bquote(coxph(f, ties = .(ties)))))
  history <- own$history[[1]]$history
  entry <- if ("start" %in% colnames(y)) y[, "start"] else NULL
  time <- if (is.null(entry)) y[, "time"] else y[, "stop"]
  list(id = id, ties = ties,
    inputs = list(time = unname(time), event = unname(y[, "status"]), x = unname(x), cluster = cluster,
      entry = unname(entry), strata = strata),
    expected = list(theta = theta, coef = unname(coef(last$fit)[1:p]),
      cov = unname(last$fit$var[1:p, 1:p, drop = FALSE]), frailty = unname(last$frailty),
      loglik = unname(last$fit$history[[1]]$c.loglik), loglik_partial = last$fit$loglik[2],
      df_frailty = unname(rev(last$fit$df)[1]), slope = last$slope),
    default = list(theta = history[nrow(history), "theta"], coef = unname(coef(own)[1:p])))
}

kidney$female <- as.numeric(kidney$sex == 2)
rats$female <- as.numeric(rats$sex == "f")
set.seed(20261126)
random <- function(id, n, groups, ties, strata) {
  cluster <- sample(groups, n, TRUE)
  u <- rgamma(groups, 1.5, 1.5)
  x <- cbind(round(rnorm(n), 2), rbinom(n, 1, .5))
  t <- rexp(n, u[cluster] * exp(.5 * x[, 1] - .5 * x[, 2]))
  c <- runif(n, 0, 4)
  y <- Surv(ceiling(10 * pmin(t, c)), as.numeric(t <= c))
  case(id, y, x, cluster, ties, if (strata) sample(2, n, TRUE) else NULL)
}
cases <- list(
  case("kidney", Surv(kidney$time, kidney$status), kidney[, c("age", "female")], kidney$id),
  case("kidney, breslow", Surv(kidney$time, kidney$status), kidney[, c("age", "female")], kidney$id,
    "breslow"),
  case("rats", Surv(rats$time, rats$status), rats[, c("rx", "female")], rats$litter),
  case("rats, female", with(subset(rats, sex == "f"), Surv(time, status)),
    subset(rats, sex == "f")[, "rx"], subset(rats, sex == "f")$litter),
  case("cgd", Surv(cgd$tstart, cgd$tstop, cgd$status),
    cbind(as.numeric(cgd$treat == "rIFN-g"), cgd$age), cgd$id))
for (id in 1:8) {
  ties <- if (id %% 2) "efron" else "breslow"
  cases[[length(cases) + 1]] <- random(paste("random", id), 30 * id, 6 + 3 * id, ties, id > 4)
}
cases <- Filter(Negate(is.null), cases)
out <- list(title = "Cox regressions with gamma frailty", r_call = "coxph(y ~ x + frailty.gamma())",
            source = paste("survival", packageVersion("survival")), r_version = R.version.string,
            rtol = 1e-8, cases = cases)
cat(toJSON(out, digits = NA, auto_unbox = TRUE, null = "null", matrix = "rowmajor"),
    file = "cox_frailty.json")
for (case in cases) {
  cat(case$id, case$expected$theta, case$default$theta, case$expected$slope, "\n")
}
