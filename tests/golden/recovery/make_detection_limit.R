# Rscript make_detection_limit.R: one sample and a regression with limits, for the tests of
# recovery.detection_limit and recovery.tobit. survival's survreg, and pgamma under optim.
suppressMessages({library(survival); library(jsonlite)})
value <- c(0.5, 1, 1, 2.4, 3.1, 5, 5, 6.2, 9.7, 14.8, 22, 35, 80, 100, 100)
below <- c(1, 1, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0) == 1
above <- c(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1) == 1
x <- c(0, 1, 0, 0, 1, 1, 0, 1, 0, 1, 1, 0, 1, 0, 1)
low <- ifelse(below, NA, value)
high <- ifelse(above, NA, value)
tight <- survreg.control(rel.tolerance = 1e-14, maxiter = 200)
one <- survreg(Surv(low, high, type = "interval2") ~ 1, dist = "lognormal", control = tight)
null <- function(theta) {
  k <- exp(theta[2]); rate <- k / exp(theta[1])
  -sum(ifelse(below, pgamma(value, k, rate, log.p = TRUE),
       ifelse(above, pgamma(value, k, rate, lower.tail = FALSE, log.p = TRUE),
              dgamma(value, k, rate, log = TRUE))))
}
g <- list(par = c(3, 0))
for (i in 1:5) g <- optim(g$par, null, control = list(reltol = 1e-15, maxit = 5000))
g <- nlm(null, g$par, gradtol = 1e-10, steptol = 1e-12)
# a titre between two dilutions for some rows
width <- c(NA, 1, 0, 0, 1, 1, 0, 2, 1, 0, 0, 1, 1, 0, NA)
y <- log2(value)
left <- ifelse(is.na(width) & below, NA, y)
right <- ifelse(is.na(width) & above, NA, y + ifelse(is.na(width), 0, width))
tob <- survreg(Surv(left, right, type = "interval2") ~ x, dist = "gaussian", control = tight)
flat <- survreg(Surv(left, right, type = "interval2") ~ 1, dist = "gaussian", control = tight)
infinite <- function(v, what) ifelse(is.na(v), what, v)
write_json(list(
  source = paste("survival", packageVersion("survival")), r_version = R.version.string,
  rtol = 1e-8, gamma_rtol = 1e-5,
  inputs = list(value = value, below = below, above = above, x = x,
    left = infinite(left, "-inf"), right = infinite(right, "inf")),
  expected = list(
    lognormal = list(mean_log = unname(coef(one)), sd_log = one$scale, loglik = one$loglik[1]),
    gamma = list(mean = exp(g$estimate[1]), shape = exp(g$estimate[2]), loglik = -g$minimum),
    tobit = list(coef = unname(coef(tob)), sd = tob$scale, loglik = tob$loglik[2],
      loglik_null = flat$loglik[1], vcov = unname(tob$var)))),
  "detection_limit.json", digits = NA, auto_unbox = TRUE, pretty = TRUE)
