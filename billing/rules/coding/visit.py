"""A visit's chart to its administration codes: the pseudo-rules of `billing.md` 1.4, in their order."""

from collections.abc import Sequence

from .chart import INJECTIONS, ChartLine, Coding, Mode, Policy, Setting
from .given import Given, gather, settle_sites
from .hierarchy import SiteCoder
from .hydration import code_hydration
from .intake import sift
from .sheet import Sheet

FACILITY_POS = frozenset({19, 21, 22, 23, 24, 26, 51, 52, 61})
INJECTION = "96372"
SEPARATE = ("59",)


def code_visit(lines: Sequence[ChartLine], *, setting: Setting, policy: Policy) -> Coding:
    """Code one visit. Every charted line ends in a code, in a reason, or in the hold of the whole claim.

    0  a professional claim cannot be made where the facility bills
    1  drop what only carries, mend or hold what is not charted
    2  settle IV sites    3-4  join lines to services
    6-9  each site's drugs    5, 10  hydration    11  injections
    """
    if setting is Setting.OFFICE and policy.pos in FACILITY_POS:
        return Coding("ready", not_billed={line.id: "facility_pos_professional_claim" for line in lines})
    sifted = sift(lines, policy=policy)
    if sifted.held:
        return Coding("hold", (), tuple(sifted.flags), sifted.not_billed)
    sheet = Sheet(chart=lines, flags=sifted.flags, not_billed=sifted.not_billed)
    given = _services(sifted.lines, policy, sheet)
    injections = [one for one in given if one.mode in INJECTIONS]
    drugs = [one for one in given if one.mode in {Mode.INFUSION, Mode.PUSH}]
    _code_sites(drugs, setting, policy, sheet)
    code_hydration(
        [line for line in sifted.lines if line.mode is Mode.HYDRATION],
        infusing=[span for one in drugs if one.mode is Mode.INFUSION for span in one.spans],
        only_service=not drugs,
        policy=policy,
        sheet=sheet,
    )
    _code_injections(injections, sheet)
    return sheet.close()


def _services(lines: Sequence[ChartLine], policy: Policy, sheet: Sheet) -> list[Given]:
    site_of, undocumented = settle_sites(lines)
    if undocumented:
        sheet.flag("review:second_site_not_documented")
    given, summed = gather(lines, site_of=site_of, policy=policy)
    if summed:
        sheet.flag("review:repeat_infusion")
    return given


def _code_sites(drugs: Sequence[Given], setting: Setting, policy: Policy, sheet: Sheet) -> None:
    """One initial for each site; from the second site on it is set apart (`billing.md` 1.2)."""
    for n, site in enumerate(sorted({one.site for one in drugs})):
        here = [one for one in drugs if one.site == site]
        SiteCoder(here, setting, policy, sheet).code(modifiers=SEPARATE if n else ())


def _code_injections(injections: Sequence[Given], sheet: Sheet) -> None:
    """One code each, outside the hierarchy; beside an IV service the pair is checked (`billing.md` 1.3)."""
    if injections and not sheet.is_empty():
        sheet.flag("ptp_check:96372")
    for n, given in enumerate(injections):
        sheet.bill(INJECTION, 1, given.lines, SEPARATE if n else ())
