"""Write the reference tables that come from packages and facts: regions, memberships, GWP values.

Run as ``python -m tools.transcribe.reference [facts [seed_data]]``. The packages (pycountry for ISO codes,
babel for CLDR names, globalwarmingpotentials) are needed here only; the service reads the written CSVs.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator
from importlib.resources import files
from pathlib import Path
from typing import Final

import pycountry
from babel import Locale

from tools.transcribe import reference_regions as hand
from tools.transcribe.common import Row, TranscriptionError, csv_text, folders, read_facts

REGION_COLUMNS: Final = (
    "code", "kind", "name_zh", "name_en", "parent", "alpha2", "alpha3", "numeric", "iso3166_2", "gbt2260",
    "aliases", "source",
)  # fmt: skip
MEMBERSHIP_COLUMNS: Final = ("member", "group", "from", "to", "kind", "stands_in", "note")
GWP_COLUMNS: Final = ("set", "gas", "origin", "value", "source_record", "note")

ISO, CLDR = "ISO 3166-1 (pycountry)", "names: Unicode CLDR (babel)"
ISO2: Final = "ISO 3166-2 (pycountry)"
M49: Final = "UN M49; names: Unicode CLDR (babel)"
GBT: Final = "GB/T 2260; ISO 3166-2"
ANNOUNCEMENT: Final = "calculation note of the announcement on the 2021 CO2 factors of electricity"

# Column of the package: our set id.
GWP_SETS: Final = {
    "SARGWP100": "sar-100", "TARGWP20": "tar-20", "TARGWP100": "tar-100", "TARGWP500": "tar-500",
    "AR4GWP100": "ar4-100", "AR5GWP100": "ar5-100", "AR5CCFGWP100": "ar5-100-ccf",
    "AR6GWP20": "ar6-20", "AR6GWP100": "ar6-100", "AR6GWP500": "ar6-500",
}  # fmt: skip
ORIGINS: Final = {"ch4_fossil": "fossil", "ch4_non_fossil": "biogenic"}


def _region(code: str, kind: str, zh: str, en: str, source: str, **more: str) -> Row:
    given = {"code": code, "kind": kind, "name_zh": zh, "name_en": en, "source": source, **more}
    return {column: given.get(column, "") for column in REGION_COLUMNS}


def _aliases(*lists: str, names: Iterable[str] = ()) -> str:
    """`|`-joined spellings without repetition and without the names themselves."""
    known, kept = {"", *names}, []
    for text in "|".join(lists).split("|"):
        if text.strip() not in known:
            known.add(text.strip())
            kept.append(text.strip())
    return "|".join(kept)


# --- countries ---------------------------------------------------------------------------------------------


def countries() -> Iterator[Row]:
    """ISO 3166-1 without the three that are provinces of China, and XK (user-assigned code)."""
    zh, en = Locale("zh").territories, Locale("en").territories
    for country in sorted(pycountry.countries, key=lambda c: str(c.alpha_2)):
        code = country.alpha_2
        if code in hand.OWN_ISO_CODE.values():
            continue
        name_zh, name_en = hand.NAMES_ZH.get(code, zh[code]), hand.NAMES_EN.get(code, en[code])
        subdivision = next((s for s, c in hand.SAME_AS_COUNTRY.items() if c == code), "")
        official = [country.name, getattr(country, "common_name", ""), getattr(country, "official_name", "")]
        aliases = _aliases(
            hand.ALIASES.get(code, ""), en[code], zh[code], *official, subdivision, names=(name_zh, name_en)
        )
        yield _region(
            code, "country", name_zh, name_en, f"{ISO}; {CLDR}", alpha2=code, alpha3=country.alpha_3,
            numeric=country.numeric, iso3166_2=subdivision, aliases=aliases,
        )  # fmt: skip
    yield _region(
        "XK", "country", hand.NAMES_ZH["XK"], hand.NAMES_EN["XK"], "user-assigned code, not in ISO 3166-1",
        alpha2="XK", alpha3="XKX", aliases=hand.ALIASES["XK"],
    )  # fmt: skip


# --- China -------------------------------------------------------------------------------------------------


def provinces() -> Iterator[Row]:
    """The 34 provinces of GB/T 2260; Taiwan, Hong Kong and Macao stand under their ISO 3166-1 code."""
    for line in hand.PROVINCES.strip().splitlines():
        gbt, iso2, short, full, en, more = line.split("|")
        code = hand.OWN_ISO_CODE.get(iso2, iso2)
        country = pycountry.countries.get(alpha_2=code) if code != iso2 else None
        kind = "Municipality" if iso2 in hand.MUNICIPALITIES else "Province"
        spellings = [full, f"中国{short}", f"中国{full}", more.replace(";", "|")]
        if country is None:
            official = _iso_name(iso2)
            spellings += [f"{en} {kind}", official, official.removesuffix(" Sheng").removesuffix(" Shi")]
        spellings = [s for s in spellings if not s.startswith("中国中国")]
        yield _region(
            code, "province", short, en, GBT, parent="CN", alpha2=code if country else "",
            alpha3=country.alpha_3 if country else "", numeric=country.numeric if country else "",
            iso3166_2=iso2, gbt2260=gbt,
            aliases=_aliases(*spellings, iso2 if country else "", gbt, names=(short, en)),
        )  # fmt: skip


def _iso_name(iso2: str) -> str:
    return next(str(item.name) for item in pycountry.subdivisions if item.code == iso2)


def chinese_grids() -> Iterator[Row]:
    for code, (zh, en, more) in hand.SUB_AREAS.items():
        yield _region(code, "grid_subregion", zh, en, ANNOUNCEMENT, parent="CN-NM", aliases=more)
    for code, (zh, en, _) in hand.GRIDS_2021.items():
        aliases = f"{zh}|{zh}电网|{zh}区域|{en}|{en} Grid|{en} Power Grid"
        yield _region(
            code, "grid", f"{zh}区域电网", f"{en} regional grid", ANNOUNCEMENT, parent="CN", aliases=aliases
        )
    for code, (zh, en, _) in hand.GRIDS_2012.items():
        aliases = f"{zh}区域电网（六大电网）|{zh}电网2012|{en} grid 2012"
        yield _region(
            code, "grid", f"{zh}区域电网（2012 年划分）", f"{en} regional grid (six grids, until 2020)",
            "regional averages of 2010 to 2012; project baselines", parent="CN", aliases=aliases,
        )  # fmt: skip


# --- subdivisions of other countries, groups ---------------------------------------------------------------


def subdivisions() -> Iterator[Row]:
    """ISO 3166-2 of all countries but China; what ISO 3166-1 lists too is left to that code."""
    words = hand.US_NAMES_ZH.split()
    us_zh = dict(zip(words[::2], words[1::2], strict=True))
    for item in sorted(pycountry.subdivisions, key=lambda s: str(s.code)):
        if item.country_code == "CN" or item.code in hand.SAME_AS_COUNTRY:
            continue
        name, aliases = _subdivision_name(str(item.name))
        zh = us_zh.get(item.code[3:], "") if item.country_code == "US" else ""
        yield _region(
            item.code, "province", zh, name, ISO2, parent=item.parent_code or item.country_code,
            iso3166_2=item.code, aliases=_aliases(aliases, zh.removesuffix("州"), names=(name, zh)),
        )  # fmt: skip


def _subdivision_name(name: str) -> tuple[str, str]:
    """Name and aliases: `Girona [Gerona]` has two names, `Bristol, City of` is also Bristol."""
    bracket = re.fullmatch(r"(.+?) \[(.+?)( [A-Z]{2}-[A-Z]{3})?\]", name)
    if bracket:
        return bracket[1], bracket[2]
    return name, name.split(",")[0] if name.count(",") == 1 else ""


def groups() -> Iterator[Row]:
    """EU, UN M49 regions, eGRID subregions and the three that are no places."""
    zh, en = Locale("zh").territories, Locale("en").territories
    yield _region(
        "EU", "world_region", "欧盟", "European Union", "Treaties of the EU", aliases="EU-27|EU27|EU"
    )
    for code, (parent, _) in hand.M49.items():
        name_zh, name_en = hand.M49_NAMES_ZH.get(code, zh[code]), hand.M49_NAMES_EN.get(code, en[code])
        yield _region(
            f"M49-{code}", "world_region", name_zh, name_en, M49,
            parent=f"M49-{parent}" if parent else "WORLD",
            numeric=code, aliases=hand.M49_ALIASES.get(code, ""),
        )  # fmt: skip
    for line in hand.EGRID.strip().splitlines():
        code, name_en, name_zh = line.split("|")
        yield _region(
            f"US-EGRID-{code}", "grid_subregion", f"eGRID {code}（{name_zh}）", f"eGRID {code} ({name_en})",
            "US EPA eGRID", parent="US", aliases=f"{code}|{name_en}|eGRID {code}",
        )  # fmt: skip
    yield _region("WORLD", "world", "世界平均", "World average", "own code",
                  numeric="001", aliases="世界|全球|全球平均|World|Global|GLO")  # fmt: skip
    yield _region("DEFAULT", "default", "缺省值（不限地区）", "Default without a place (IPCC)", "own code",
                  aliases="IPCC default|缺省值|IPCC 缺省值")  # fmt: skip
    yield _region(
        "CBAM-OTHER", "fallback", "其他国家和地区（CBAM）", "Other countries and territories (CBAM)",
        "Regulation (EU) 2025/2621", aliases="XX-OTHER|Other countries and territories",
    )  # fmt: skip


# --- memberships -------------------------------------------------------------------------------------------


def _member(member: str, group: str, kind: str, **more: str) -> Row:
    given = {"member": member, "group": group, "kind": kind, "stands_in": "yes", **more}
    return {column: given.get(column, "") for column in MEMBERSHIP_COLUMNS}


def memberships(regions: list[Row]) -> Iterator[Row]:
    """Dated, half open, empty = open. `stands_in`: may a value of the group stand in for the member."""
    for row in regions:
        if row["kind"] in ("province", "grid", "grid_subregion"):
            yield _administrative(row)
    yield _member("US-EGRID-PRMS", "PR", "grid")
    for grids, dates in (
        (hand.GRIDS_2012, {"to": hand.GRIDS_CHANGED}),
        (hand.GRIDS_2021, {"from": hand.GRIDS_CHANGED}),
    ):
        for group, (_, _, members) in grids.items():
            yield from (_member(member, group, "grid", **dates) for member in members.split())
    for since, members in hand.EU_JOINED.items():
        for member in members.split():
            yield _member(member, "EU", "union", **{"from": since, "to": hand.EU_LEFT.get(member, "")})
    for code, (parent, members) in hand.M49.items():
        yield _member(f"M49-{code}", f"M49-{parent}" if parent else "WORLD", "statistical")
        for member in members.split():
            yield _member(member, f"M49-{code}", "statistical", note=hand.M49_NOTES.get(member, ""))
    yield from (_member(code, "WORLD", "statistical") for code in sorted(hand.NOT_IN_M49_GROUPS))


def _administrative(row: Row) -> Row:
    apart = row["code"] in hand.OWN_ISO_CODE.values()
    note = "own power system and statistics: a national value does not stand in" if apart else ""
    kind = "administrative" if row["kind"] == "province" or row["parent"] == "CN-NM" else "grid"
    stands_in = "no" if apart else "yes"
    return _member(row["code"], row["parent"], kind, stands_in=stands_in, note=note)


# --- GWP ---------------------------------------------------------------------------------------------------


def package_values() -> Iterator[tuple[str, str, str]]:
    """(set, gas, value) of the package's table, in its own digits."""
    text = files("globalwarmingpotentials").joinpath("globalwarmingpotentials.csv").read_text("utf-8")
    lines = [line for line in text.splitlines() if not line.lstrip('"').startswith("#")]
    for row in csv.DictReader(io.StringIO("\n".join(lines))):
        for column, gwp_set in GWP_SETS.items():
            if row[column]:
                yield gwp_set, row["Species"], row[column]


def gwp_values(facts: Path) -> Iterator[Row]:
    """The package's values, CO2 = 1 in every set, and the rows that only the facts have."""
    records = {(row["gwp_set"].lower() + "-100", _fact_gas(row), _fact_origin(row)): row
               for row in read_facts(facts, "fuels/gwp100.csv")}  # fmt: skip
    values = {(gwp_set, gas, "unspecified"): value for gwp_set, gas, value in package_values()}
    values |= {(gwp_set, "CO2", "unspecified"): "1" for gwp_set in GWP_SETS.values()}
    for key, record in records.items():
        if values.setdefault(key, record["value"]) != record["value"]:
            raise TranscriptionError(
                f"{record['record']}: {record['value']} is not {values[key]} of the package"
            )
    for (gwp_set, gas, origin), value in values.items():
        fact = records.get((gwp_set, gas, origin))
        yield {
            "set": gwp_set, "gas": gas, "origin": origin, "value": value,
            "source_record": fact["record"] if fact else "", "note": _gwp_note(gas, origin, fact),
        }  # fmt: skip


def _fact_gas(row: Row) -> str:
    return row["gas"]


def _fact_origin(row: Row) -> str:
    return ORIGINS.get(row["key"].rsplit(".", 1)[1], "unspecified")


def _gwp_note(gas: str, origin: str, fact: Row | None) -> str:
    if gas == "CO2":
        return "reference gas, 1 by definition"
    return fact["method_note"] if fact and origin != "unspecified" else ""


# --- writing -----------------------------------------------------------------------------------------------


def _write(path: Path, columns: tuple[str, ...], rows: Iterable[Row], *key: str) -> None:
    ordered = sorted(rows, key=lambda row: tuple(row[column] for column in key))
    path.write_text(csv_text(columns, ordered), encoding="utf-8", newline="\n")


def main() -> None:
    facts, seed_data = folders()
    folder = seed_data / "reference"
    folder.mkdir(parents=True, exist_ok=True)
    regions = [*countries(), *provinces(), *chinese_grids(), *subdivisions(), *groups()]
    _write(folder / "regions.csv", REGION_COLUMNS, regions, "code")
    _write(folder / "memberships.csv", MEMBERSHIP_COLUMNS, memberships(regions), "member", "group", "from")
    _write(folder / "gwp_values.csv", GWP_COLUMNS, gwp_values(facts), "set", "gas", "origin")


if __name__ == "__main__":
    main()
