"""The parameters of the simulated cohort, each with its origin.

published   printed in the source named, or in the table `published_facts`
derived     worked out from published numbers, as said
calibrated  chosen so that the cohort meets the published summary named
assumed     chosen to look plausible; stands for nothing
"""

# --- who ------------------------------------------------------------------------------------------

# assumed: share of each disease
DISEASES = {"SLE": 0.38, "SSc": 0.20, "IIM": 0.16, "MG": 0.12, "NMOSD": 0.08, "MS": 0.06}
# published: female in 14 of 15 (feng2025), 10 of 12 (qin2023), otherwise 25 of 39 (hagen2025)
FEMALE = {"SLE": 14 / 15, "NMOSD": 10 / 12}
FEMALE_OTHERWISE = 25 / 39
# published: median age 36, quartiles 22 and 44 (hagen2025). assumed: log-normal
AGE = (35.0, 0.38)
AGES_ALLOWED = (18.0, 70.0)
CELLS_PER_KG = 1e6  # published: Erlangen, CASTLE
SCREENING = (31, 60)  # assumed: days before the infusion
APHERESIS = (20, 30)  # assumed: days before the infusion
LD_DAY = -5  # published: fludarabine on days -5, -4, -3 and cyclophosphamide on day -3 (RESET-SSc)
FOLLOW_UP = (180, 900)  # assumed: days to the data cut, evenly spread by staggered entry
STUDY_DAYS = 730  # assumed: planned end of follow-up

# --- CAR T cells in blood, cells/uL ---------------------------------------------------------------
# Shape of Stein 2019 (CPT Pharmacometrics Syst Pharmacol 8:285): rise exp(rho t) to the peak, then
# two declining exponentials.

PEAK_DAY = (9.0, 0.10)  # published: day 9 at Erlangen; omega derived from 8.6 +- 0.8 days
PEAK = (112.0, 0.64)  # published: Park 2025, 112 (37-450); omega derived from that range as 95 %
FOLD_EXPANSION = 3900.0  # published: Stein 2019
# derived: Park 2025 has 182 B cells/uL on day 200 at 1.58 a day, so return on day 85, and a fall
# from 130 to 2.38 cells/uL in 76 days is 0.052 a day. calibrated from there: 112 +- 47 days of
# aplasia as the series count it, from the first sample without B cells to the first with them
CONTRACTION = (0.052, 0.45)
# calibrated: with the 0.0079 of Stein 2019 one patient in six would stay without B cells for years
PERSISTENT_FRACTION = 0.0008
PERSISTENT_DECLINE = 0.0032  # published: Stein 2019, half-life 217 days

# --- B cells in blood, cells/uL -------------------------------------------------------------------

B_BASELINE = (150.0, 0.6)  # assumed, within the adult reference of 100-500; Park 2025 has 143
B_PREPARED = 0.05  # assumed: share of patients who come depleted by an earlier antibody
B_PREPARED_COUNT = (2.0, 0.8)  # assumed
LD_LOSS = 0.25  # assumed: fall a day between lymphodepletion and infusion
KILL = 2.76  # published: Park 2025, largest rate of kill a day
# calibrated: CAR T cells/uL at half the kill, on B cells gone by day 5.9 +- 2.2 (IIM, Mueller 2024)
HALF_KILL = (2.3, 1.2)
RETURN_THRESHOLD = (2.38, 0.81)  # published: Park 2025, CAR T cells/uL below which B cells return
RETURN_RATE = (1.58, 1.04)  # published: Park 2025, 1.58e6 cells/L a day
RETURN_CEILING = (449.0, 0.81)  # published: Park 2025
APLASIA = 10.0  # the count below which B cells count as gone, and at which as back
RESCUE_KILL = 0.7  # assumed: fall a day after a rescue drug or a further infusion
RESCUE_LASTS = 200.0  # assumed: days until B cells return after it

# --- samples --------------------------------------------------------------------------------------

EARLY_DAYS = (0, 3, 5, 7, 9, 14, 21, 28)  # assumed: in hospital, kept to the day
MONTH = 28
LATE_INTERVAL = 84  # assumed: visits every three months after the first year
JITTER = 3.5  # assumed: SD in days of a visit's distance from its plan
JITTER_MOST = 10
MISSED = 0.06  # assumed: chance that a later visit does not take place
# assumed: share of each lower limit of quantification, cells/uL; 1 to 5 is routine, 0.1 sensitive
FLOW_LLOQ = {"1": 0.65, "0.1": 0.2, "5": 0.15}
OTHER_ASSAY = 0.05  # assumed: chance that a sample was measured at another site
EVENTS_AT_LLOQ = 50  # published rule of thumb: about 50 clustered events at the limit
PK_LLOQ = 1.0  # calibrated, cells/uL: cells seen for a median of 3 months (carlysle2025)
PK_NOISE = 0.15  # assumed: SD of the logarithm
LAB_NOISE = 0.12  # assumed

# --- safety ---------------------------------------------------------------------------------------

# published: grade 1 in 10 of 15, grade 2 in 1 of 15 (mueller2024)
CRS = {"0": 4.0, "1": 10.0, "2": 1.0}
CRS_DAY = (5.5, 0.35)  # assumed, round the day 5-6 of the KYSA-1 patient
CRS_LASTS = (2, 6)  # assumed
ICANS_GIVEN_CRS = 1 / 11  # published: 1 of 15, assumed to come with CRS
LICATS = 30 / 39  # published: hagen2025
# published: 54 events in 30 patients, 15 of them with more than one; assumed: the split beyond one
LICATS_EVENTS = {"1": 0.50, "2": 0.27, "3": 0.17, "4": 0.06}
# published: onset median 10, quartiles 9 and 21, about half within 2 weeks and 80 % within a month
LICATS_ONSET = ((0.0, 6), (0.25, 9), (0.5, 10), (0.55, 14), (0.75, 21), (0.8, 30), (1.0, 70))
# published: duration median 11, quartiles 5 and 14
LICATS_LASTS = ((0.0, 1), (0.25, 5), (0.5, 11), (0.75, 14), (1.0, 40))
LICATS_GRADE = {"1": 0.65, "2": 0.30, "3": 0.05}  # published: grade 3 in 3 of 54
# published: skin 35 %, kidney 22 %; assumed: the rest. Only organs that the disease affects
LICATS_ORGANS = {
    "SLE": {"skin": 35.0, "kidney": 30.0, "joint": 20.0, "heart": 5.0, "GI": 10.0},
    "SSc": {"skin": 50.0, "lung": 25.0, "joint": 15.0, "GI": 10.0},
    "IIM": {"muscle": 45.0, "skin": 30.0, "lung": 15.0, "joint": 10.0},
    "MG": {"muscle": 100.0},
    "NMOSD": {"nerve": 100.0},
    "MS": {"nerve": 100.0},
}
INFECTION_RATE = 0.9 / 365.25  # assumed, a day
SERIOUS_INFECTION = 0.08  # assumed; mueller2024 has 1 pneumonia in hospital in 15 patients
# assumed: neutrophils after lymphodepletion; feng2025 has 15 of 15 with grade 3 or more
ANC_BASELINE = (4200.0, 0.3)
ANC_NADIR = (240.0, 0.7)
ANC_DAYS_LOW = (2.5, 0.7)

# --- laboratory: all assumed ----------------------------------------------------------------------

PLATELETS = (250.0, 0.25)  # 10^9/L, median and omega at baseline
PLATELETS_LEFT = (0.35, 0.4)  # share left at the nadir
IGG = (11.0, 0.25)  # g/L
IGG_LOST = 0.35  # share that aplasia takes in the end
IGG_HALF_TIME = 45.0  # days
IVIG_BELOW = 4.0  # g/L, the usual trigger of replacement
# Disease marker: test, unit, median and omega at baseline, lloq, uln, half-life in days
MARKER = {
    "SLE": ("anti-dsDNA", "IU/mL", (140.0, 0.9), 10.0, 15.0, 25.0),
    "IIM": ("CK", "U/L", (1900.0, 0.9), None, 190.0, 20.0),
    "NMOSD": ("AQP4-IgG", "U/mL", (60.0, 0.9), 1.5, 3.0, 40.0),
    "MG": ("anti-AChR", "nmol/L", (25.0, 0.9), 0.1, 0.5, 45.0),
}
MARKER_STAYS = (0.06, 0.8)  # share of the marker that long-lived plasma cells keep up
C3 = (0.65, 0.2)  # g/L, SLE only; normal is reached in responders
C3_NORMAL = 1.05
C3_LLN = 0.9

# --- effect ---------------------------------------------------------------------------------------

# derived: SLE has DORIS in 8 of 8, 5 of 6 and 5 of 7 of three series without shared patients
# (mueller2024, carlysle2025, bcma_ln_wuhan); NMOSD has 11 of 12 relapse-free (qin2023). assumed:
# the rest
RESPONSE = {"SLE": 18 / 21, "NMOSD": 11 / 12, "IIM": 0.90, "SSc": 0.85, "MG": 0.90, "MS": 0.70}
# assumed: score, median and omega at baseline, largest value, share that is lost in responders and
# in others. SLE: published baseline medians 16 and 18. MG: mean fall of 8.0 (kysa6_p2_2025)
SCORE = {
    "SLE": ("SLEDAI-2K", 16.0, 0.28, 30, 0.97, 0.35),
    "SSc": ("mRSS", 24.0, 0.30, 45, 0.35, 0.05),
    "IIM": ("MMT8", 112.0, 0.12, 140, 0.90, 0.15),
    "MG": ("MG-ADL", 10.0, 0.25, 18, 0.80, 0.25),
    "NMOSD": ("EDSS", 4.0, 0.30, 7, 0.20, 0.0),
    "MS": ("EDSS", 5.0, 0.25, 7, 0.05, 0.0),
}
MMT8_BEST = 150
SCORE_NOISE = 1.0  # assumed, times 15 % of the distance to the best score
RELAPSE_UNDOES = 0.6  # assumed: share of the improvement that a relapse takes
HALF_TIME = (25.0, 0.35)  # assumed: days to half of the change
RELAPSE_RATE = 0.04 / 365.25  # assumed: rare, from day 90 on, in responders
RELAPSE_RATE_NMOSD = 0.12 / 365.25  # assumed; qin2023 has 1 relapse in 12 over 5.5 months
RELAPSE_FROM = 90
RESCUE_AFTER_RELAPSE = 0.5  # assumed
RESCUE_WITHOUT_RESPONSE = 0.4  # assumed: between days 100 and 300
REINFUSION_AFTER_RELAPSE = 0.15  # assumed
REINFUSION_EXPANDS = 0.02  # assumed: almost none, as in the published case (Nat Med 2025)
# NMOSD with its history, the rates of one patient: assumed, as are the selection of two relapses in
# two years with one in the last, like that of trials, and what is left of the rate in responders
RELAPSES_NMOSD = (0.75 / 365.25, 0.6)  # median and omega among those from whom they are chosen
HISTORY_DAYS = 730
CHOSEN_FOR = ((-730, 2), (-365, 1))
RELAPSES_LEFT = (0.03, 0.25)  # before and after the return of B cells
RELAPSES_APART = 31  # published: onsets less than 31 days apart are one relapse (SAkuraSky)
DEATH_RATE = 0.008 / 365.25  # assumed
WITHDRAWAL_RATE = 0.02 / 365.25  # assumed
