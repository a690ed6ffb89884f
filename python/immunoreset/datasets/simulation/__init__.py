"""The parts of `simulated_cart_cohort`: draws, parameters, a patient's course, and the records."""
