"""From the empty template to a published factor, over HTTP only: one line for each step.

Needs httpx and openpyxl, and the address and four keys from the environment: FACTORBASE (address), CONTRIBUTOR,
REVIEWER, EXTERNAL (a reviewer without any relation to the contributor) and PUBLISHER.
"""

import hashlib
import io
import os
from typing import Any

import httpx
from openpyxl import Workbook, load_workbook

SERVICE = os.environ.get("FACTORBASE", "http://127.0.0.1:8000")
KEYS = {who: os.environ[who.upper()] for who in ("contributor", "reviewer", "external", "publisher")}
RELEASE = "/v1/datasets/steel-trial/releases/2025.1"
NAMES = {
    "Name": ("钢铁产品碳足迹因子", "Footprint factors of steel products"),
    "Description": ("会员企业2024年数据的加权平均", "Weighted means of the members' data of 2024"),
    "Publisher of the source": ("钢铁协会", "Steel Association"),
    "Rights holder": ("钢铁协会", "Steel Association"),
    "Maintainer": ("钢铁协会", "Steel Association"),
    "Contributor": ("钢铁协会", "Steel Association"),
    "Licence terms": ("可自由使用，须注明来源。", "Free to use with attribution."),
    "Reason of this release": ("首次报送", "First submission"),
}
PLAIN = {"Licence id": "CC-BY-4.0", "Access class": "public", "Layer": "sector"}
PLAIN |= {"Sector": "steel", "Year rule": "data_year"}
COIL = {
    "Factor key": "steel.coil.cn.2024",
    "Series": "steel.coil.cn",
    "Value": "约1.98",  # as the report prints it: about 1.98
    "Name (Chinese)": "热轧卷板；高炉—转炉长流程；生产平均",
    "Name (English)": "Hot-rolled coil; blast furnace and converter route; production mix",
}


def ask(who: str | None, method: str, path: str, **more: Any) -> httpx.Response:
    """The answer to a request with the key of `who`; a refusal ends the program with its text."""
    headers = {"Accept-Language": "en", **more.pop("headers", {})}
    if who is not None:
        headers["Authorization"] = f"Bearer {KEYS[who]}"
    answer = httpx.request(method, SERVICE + path, headers=headers, timeout=60, **more)
    if answer.is_error:
        raise SystemExit(f"{method} {path}: {answer.status_code} {answer.text}")
    return answer


def fill(book: Workbook) -> None:
    """The sheet of the dataset, the two factors of the example, and one more beside the first of them."""
    about = {
        f"{name} ({language})": text
        for name, texts in NAMES.items()
        for language, text in zip(("Chinese", "English"), texts, strict=True)
    } | PLAIN
    for label, value, *_ in book["Dataset"].iter_rows(min_row=2):
        value.value = about.get(heading(label.value))
    for sheet in book.worksheets:
        for row in sheet.iter_rows(min_row=2, max_col=1):
            if heading(sheet["A1"].value) == "Example":
                row[0].value = None  # a mark here would keep the row out
    factors = book["Factors"]
    columns = [heading(cell.value) for cell in factors[1]]
    plate = [cell.value for cell in factors[2]]
    row = factors.max_row + 1
    for place, (column, text) in enumerate(zip(columns, plate, strict=True), 1):
        factors.cell(row, place, COIL.get(column, text))


def heading(text: str | None) -> str:
    return (text or "").split("\n")[0].removesuffix(" *")


def obstacles() -> list[str]:
    return [each["code"] for each in ask("contributor", "GET", f"{RELEASE}/draft").json()["obstacles"]]


template = ask(None, "GET", "/v1/templates/factors.xlsx").content
book = load_workbook(io.BytesIO(template))
fill(book)
filled = io.BytesIO()
book.save(filled)
print("template filled: 3 factors on the sheets", ", ".join(book.sheetnames[1:-1]))

file = {"file": ("steel.xlsx", filled.getvalue())}
upload = ask("contributor", "POST", f"{RELEASE}/upload", files=file).json()
counts = upload["counts"]
print(f"uploaded: factors {counts['factors']}, errors {counts['errors']}, warnings {counts['warnings']}")
for found in upload["findings"]:
    print(f"  {found['severity']} {found['code']} in {found['sheet']}!{found['cell']}: {found['text']['en']}")
print("in the way of submitting:", ", ".join(obstacles()))

for code in sorted({found["code"] for found in upload["findings"] if found["severity"] == "warning"}):
    said = {"code": code, "text": "The report prints this figure as approximate, table 3-2."}
    done = ask("contributor", "POST", f"{RELEASE}/explanations", json=said).json()
    print("explained:", code, done["explained"], "of", counts["by_code"][code])
report = {
    "file": ("report.txt", "研制报告 Development report of the factors of steel products, 2025\n".encode())
}
ask("contributor", "POST", f"{RELEASE}/attachments", files=report, data={"kind": "development_report"})
print("attached: report.txt as development_report")
for paper in ask("contributor", "GET", f"{RELEASE}/draft").json()["attachments"]:
    print(f"  {paper['kind']} {paper['name']} ({paper['media_type']}), {paper['access_class']}")
print("in the way of submitting:", ", ".join(obstacles()) or "nothing")

submitted = ask("contributor", "POST", f"{RELEASE}/submit", json={"note": "Figures of 2024"}).json()
print("submitted:", submitted["state"], submitted["release_hash"])
for who in ("reviewer", "external"):
    opinion = {
        "release_hash": submitted["release_hash"],  # these bytes, and no others
        "statement": "Compared with the development report and with the balance of the model.",
        "scope": ["value", "unit", "source", "boundary", "method"],
        "methods": ["balance", "comparison"],
        "affiliations": [],
        "no_relation_for_a_year": who == "external",
    }
    print(f"approved by {who}:", ask(who, "POST", f"{RELEASE}/approve", json=opinion).json()["state"])
published = ask("publisher", "POST", f"{RELEASE}/publish", json={}).json()
print("published:", published["state"], "at basis", published["basis"])

factor = "/v1/factors/steel-trial/steel.plate.cn.2024"
envelope = ask(None, "GET", factor).json()
document = ask(None, "GET", f"{factor}/versions/1")
print("read back:", envelope["ref"], document.json()["value"], document.json()["unit"])
digest = hashlib.sha256(document.content).hexdigest()
print("SHA-256 of its bytes:", digest, "as listed" if digest == envelope["content_hash"] else "NOT as listed")
