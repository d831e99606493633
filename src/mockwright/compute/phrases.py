"""The phrases in which people ask for statistics, each pattern small and linear."""

from __future__ import annotations

import re
from typing import Final

NUMBER: Final = r"[-+]?\$?\d[\d,]{0,14}(?:\.\d{1,10})?\s?(?:k|m|bn|million|thousand|billion)?\b"
_SHARE: Final = r"(?P<share>\d{1,3}(?:\.\d{1,4})?)\s?(?:%|percent|per cent)"

FAMILY: Final = re.compile(
    r"\b(?P<family>log[- ]?normal(?:ly)?|normal(?:ly)?|gaussian|uniform(?:ly)?|exponential(?:ly)?"
    r"|poisson|binomial(?:ly)?|geometric(?:ally)?|zipf(?:ian)?|pareto|power[- ]law|weibull|gamma"
    r"|beta|triangular(?:ly)?|bimodal(?:ly)?)(?:[- ](?P<inner>[a-z]{2,12}))?"
    r"[- ]?distribut\w{2,6}"
    r"|\bbell[- ]curve\b|\bn\(\s?(?=\d)"
    r"|\b(?:follow|follows|following|drawn from|sampled from|from) (?:a |an )?"
    r"(?P<followed>log[- ]?normal|normal|gaussian|uniform|exponential|poisson|binomial|geometric"
    r"|zipf|pareto|power[- ]law|weibull|gamma|beta|triangular|bimodal)\b"
    r"|\b(?:is|are|be) (?P<called>bimodal|zipfian|gaussian)\b",
    re.IGNORECASE,
)
MEAN: Final = re.compile(
    rf"\b(?:mean|average|avg|averages|averaging|centered|centred|lambda|median)\b"
    rf"(?: (?:of|is|at|on|around|about|value))*\s?[=:]?\s?(?P<number>{NUMBER})",
    re.IGNORECASE,
)
SD: Final = re.compile(
    rf"(?:\b(?:standard deviation|std\.?(?: ?dev(?:iation)?)?|sd|stdev|sigma)\b|σ|\+/-|±)"
    rf"(?: (?:of|is))*\s?[=:]?\s?(?P<number>{NUMBER})",
    re.IGNORECASE,
)
PAIR: Final = re.compile(rf"\bn\(\s?(?P<a>{NUMBER})\s?[,;]\s?(?P<b>{NUMBER})\s?\)", re.IGNORECASE)
RATE: Final = re.compile(rf"\brate\b(?: of)?\s?[=:]?\s?(?P<number>{NUMBER})", re.IGNORECASE)
PEAKS: Final = re.compile(
    rf"\b(?:peaks?|modes?|humps?) (?:at|around|near) (?P<a>{NUMBER})"
    rf" and (?:at |around )?(?P<b>{NUMBER})",
    re.IGNORECASE,
)
BETWEEN: Final = re.compile(
    rf"\b(?P<how>between|from|within|clipped to|truncated (?:at|to)|range(?: of)?|limited to)"
    rf"\s(?P<a>{NUMBER})\s?(?:and|to|-|\u2013)\s?(?P<b>{NUMBER})",
    re.IGNORECASE,
)
CORRELATION: Final = re.compile(
    r"\b(?P<how>strongly |weakly |negatively |inversely |positively )*correlat(?:e|es|ed|ing)"
    r"(?P<how2> strongly| weakly| negatively| inversely| positively)? (?:with|to)\b",
    re.IGNORECASE,
)
MEASURE: Final = re.compile(
    r"(?P<name>r\^2|r2|r²|r-squared|spearman|pearson|rho|\br|correlation)\s?"
    r"(?P<sign>>=|>|≥|<=|<|≤|=|of(?: at least| about)?|is|above|over|around|about|at least)?\s?"
    r"(?P<number>-?[01]?\.\d{1,6}|-?1\b)",
    re.IGNORECASE,
)
SHARE: Final = re.compile(
    rf"{_SHARE}(?: of)?(?: the| all| our)?(?: [a-z]{{2,20}})?"
    r"(?: (?:are|is|be|being|have|should be|must be))?"
    r"(?: (?P<value>[A-Za-z][\w-]{0,30}))?",
    re.IGNORECASE,
)
MISSING: Final = re.compile(
    rf"{_SHARE}(?: of)?(?: the)?(?: (?P<what>[a-z_]{{2,30}}(?: [a-z]{{2,12}})?))?"
    r" (?:are |is |be |being )?(?:missing|null|nulls|blank|absent|empty)\b",
    re.IGNORECASE,
)
WORLD: Final = re.compile(
    r"\b(?:match(?:es|ing)?|mirrors?|reflects?|follow(?:s|ing)?|proportional to|according to"
    r"|by|weighted by)"
    r" (?:the )?(?P<what>real[- ]world (?:ratios?|proportions?|distributions?|shares?)"
    r"|(?:us |world |real )?population(?: density| size| share| distribution)?|census data)",
    re.IGNORECASE,
)
UNIQUE: Final = re.compile(
    r"\b(?:unique|distinct|no duplicates?|without duplicates?|never repeat)\b", re.IGNORECASE
)
ORDER: Final = re.compile(
    r"\b(?:sorted|ordered|sort|order|ascending by|descending by"
    r"|in (?:ascending|descending) order)\b"
    r"(?: (?:by|of|on))?",
    re.IGNORECASE,
)
CHRONOLOGICAL: Final = re.compile(
    r"\b(?:in )?(?:chronological(?:ly)?|newest first|oldest first|latest first)\b", re.IGNORECASE
)
TOTAL: Final = re.compile(
    r"\b(?:sums? (?:up )?to|adds? up to|totall?ing|totals?(?: to| of| up to)?)"
    rf"\s(?P<number>{NUMBER})",
    re.IGNORECASE,
)
PRODUCT: Final = re.compile(
    r"\b(?P<left>[A-Za-z_]\w{0,30}) (?:=|is|equals) (?P<a>[A-Za-z_]\w{0,30})"
    r" ?(?P<sign>\*|x|times|multiplied by|plus|\+|minus) ?(?P<b>[A-Za-z_]\w{0,30})\b",
    re.IGNORECASE,
)
SEQUENCE: Final = re.compile(
    r"\b(?:starting (?:at|from|with)|counting from|sequential(?:ly)? from|ids? from)"
    rf" (?P<number>{NUMBER})",
    re.IGNORECASE,
)
DAILY: Final = re.compile(
    r"\b(?:one (?:per|a|each) (?P<unit>day|hour|week|minute)|(?P<adverb>daily|hourly|weekly))\b"
    r".{0,40}?"
    r"\b(?:starting|from|since|beginning)(?: on| at)? (?P<date>\d{4}-\d{2}-\d{2})",
    re.IGNORECASE,
)
NEGATED: Final = re.compile(
    r"\b(?:not|no|never|without|isn't|aren't|don't|doesn't|needn't|avoid)\b[\w ,']{0,40}$",
    re.IGNORECASE,
)
MENTIONED: Final = re.compile(
    r"\b(?:about|on|of|titled|named|called|explain\w*|describ\w*|article|course|lecture"
    r"|textbook|chapter|biography|book|lesson|quiz|definition|history)\b(?: \w+){0,4}"
    r" (?:the |a |an )?$",
    re.IGNORECASE,
)
STATISTICAL: Final = re.compile(
    r"\b(?:distribut(?:ed|ion)|correlat\w+|standard deviation|variance|skew(?:ed|ness)"
    r"|kurtosis|median|percentile|quantile|quartile|autocorrelat\w+|covariance|regression|stationary|markov|copula)\b",
    re.IGNORECASE,
)
