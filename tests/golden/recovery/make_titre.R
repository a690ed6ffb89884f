# tests/golden/recovery/titre.json: decay curves by nls on the log scale, retention by t.test, survreg,
# wilcox.test and binom.test.
#     Rscript tests/golden/recovery/make_titre.R
library(survival)
library(jsonlite)

day <- c(-2, 14, 28, 56, 84, 112, 168, 252)
value <- c(410, 265, 182, 95, 64, 47, 43, 39)
time <- pmax(day, 0)
known <- nls(log(value) ~ l + log(s * 2^(-time / 21) + 1 - s), start = list(l = 6, s = 0.8),
  control = nls.control(tol = 1e-9))
free <- nls(log(value) ~ l + log(s * 2^(-time / h) + 1 - s), start = list(l = 6, s = 0.9, h = 24),
  control = nls.control(tol = 1e-7, minFactor = 1e-12, maxiter = 500))
of <- function(fit) list(share = coef(fit)[["s"]], initial = exp(coef(fit)[["l"]]),
  half_life = if ("h" %in% names(coef(fit))) coef(fit)[["h"]] else 21, sd = sigma(fit),
  loglik = as.numeric(logLik(fit)))

# each limit of the share: where the residual sum of squares is 1 + t^2 / df times the least
rss <- function(s) {
  y <- log(value) - log(s * 2^(-time / 21) + 1 - s)
  sum((y - mean(y))^2)
}
least <- rss(coef(known)[["s"]])
target <- function(s) rss(s) / least - 1 - qt(0.975, 6)^2 / 6
low <- uniroot(target, c(0, coef(known)[["s"]]), tol = 1e-13)$root
high <- uniroot(target, c(coef(known)[["s"]], 1 - 1e-9), tol = 1e-13)$root

before <- c(1.2, 0.8, 2.1, 0.5, 0.9, 3.3, 0.7, 1.6)
after <- c(1.0, 0.7, 1.9, 0.3, 0.9, 1.2, 0.65, 1.2)
d <- log(after / before)
t <- t.test(d)
margin <- t.test(d, mu = log(0.5), alternative = "greater")
ranks <- wilcox.test(d, mu = log(0.5), alternative = "greater", exact = TRUE)

lloq <- 0.8
b <- before
b[b < lloq] <- NA
left <- ifelse(after < lloq, NA, ifelse(is.na(b), log(after / lloq), d))
right <- ifelse(is.na(b), NA, ifelse(after < lloq, log(lloq / before), d))
keep <- !(is.na(left) & is.na(right))
fit <- survreg(Surv(left[keep], right[keep], type = "interval2") ~ 1, dist = "gaussian",
  control = survreg.control(rel.tolerance = 1e-12))

out <- list(
  source = "make_titre.R", R = R.version.string, survival = as.character(packageVersion("survival")),
  rtol = 1e-8,
  decay = list(day = day, value = value, known = c(of(known), share_low = low, share_high = high),
    free = of(free)),
  retention = list(before = before, after = after, estimate = exp(mean(d)), low = exp(t$conf.int[1]),
    high = exp(t$conf.int[2]), pvalue = t$p.value, pvalue_margin = margin$p.value,
    pvalue_signed_rank = ranks$p.value,
    pvalue_sign = binom.test(sum(d > log(0.5)), length(d), alternative = "greater")$p.value),
  limits = list(lloq = lloq, estimate = exp(coef(fit)[[1]]), scale = fit$scale,
    known = sum(keep & !is.na(left) & !is.na(right)), censored = sum(keep & (is.na(left) | is.na(right))),
    unknown = sum(!keep)))
write(toJSON(out, auto_unbox = TRUE, digits = NA, pretty = TRUE), "tests/golden/recovery/titre.json")
