# Nonlinear least squares to the last digits, beside the reference values that stop at R's default of 1e-5:
#     Rscript make_kinetics.R > kinetics.json
tight <- nls.control(tol = 1e-9, maxiter = 500, minFactor = 1e-12, warnOnly = TRUE)
entry <- function(name, x, y, fit) {
  v <- summary(fit)
  numbers <- function(z) paste(trimws(formatC(unname(z), digits = 17, format = "g")), collapse = ", ")
  cat(sprintf(
    '  "%s": {"day": [%s], "count": [%s], "names": [%s], "coef": [%s], "se": [%s], "sd": %s, "rss": %s, "loglik": %s}',
    name, numbers(x), numbers(y), paste0('"', names(coef(fit)), '"', collapse = ", "),
    numbers(coef(fit)), numbers(v$coefficients[, 2]), numbers(v$sigma), numbers(deviance(fit)),
    numbers(as.numeric(logLik(fit)))
  ))
}
refit <- function(formula, data, start) nls(formula, data, start = as.list(coef(start)), control = tight)
chick <- subset(ChickWeight, Chick == 1)
chick <- data.frame(Time = chick$Time, weight = chick$weight)
f <- nls(weight ~ SSlogis(Time, Asym, xmid, scal), chick)
g <- nls(weight ~ SSfpl(Time, A, B, xmid, scal), chick)
tree <- data.frame(age = Loblolly$age[Loblolly$Seed == 301], height = Loblolly$height[Loblolly$Seed == 301])
h <- nls(height ~ SSasymp(age, Asym, R0, lrc), tree)
b <- data.frame(Time = Indometh$time[Indometh$Subject == 1], conc = Indometh$conc[Indometh$Subject == 1])
bi <- nls(conc ~ SSbiexp(Time, A1, lrc1, A2, lrc2), b)
gom <- data.frame(x = DNase$conc[DNase$Run == 1], y = DNase$density[DNase$Run == 1])
go <- nls(y ~ SSgompertz(x, Asym, b2, b3), gom)
cat("{\n")
entry("logistic", chick$Time, chick$weight, refit(weight ~ SSlogis(Time, Asym, xmid, scal), chick, f)); cat(",\n")
entry("logistic4", chick$Time, chick$weight, refit(weight ~ SSfpl(Time, A, B, xmid, scal), chick, g)); cat(",\n")
entry("approach", tree$age, tree$height, refit(height ~ SSasymp(age, Asym, R0, lrc), tree, h)); cat(",\n")
entry("biexponential", b$Time, b$conc, refit(conc ~ SSbiexp(Time, A1, lrc1, A2, lrc2), b, bi)); cat(",\n")
entry("gompertz", gom$x, gom$y, refit(y ~ SSgompertz(x, Asym, b2, b3), gom, go)); cat(",\n")
curve <- deriv(~ log(Asym) - log(1 + exp((xmid - Time) / scal)), c("Asym", "xmid", "scal"),
  function(Time, Asym, xmid, scal) NULL) # without it nls has numerical derivatives, good for six digits
l <- nls(log(weight) ~ curve(Time, Asym, xmid, scal), chick, start = as.list(coef(f)), control = tight)
entry("log_logistic", chick$Time, chick$weight, l)
cat("\n}\n")
