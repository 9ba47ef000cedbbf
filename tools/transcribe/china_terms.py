"""Publishers and licences of the Chinese datasets, and one short way to write their dataset.toml."""

from __future__ import annotations

from typing import Any

from tools.transcribe.plain import Text, meta

MEE = ("生态环境部", "Ministry of Ecology and Environment (MEE)")
MEE_NBS = (
    "生态环境部、国家统计局",
    "Ministry of Ecology and Environment (MEE) and National Bureau of Statistics (NBS)",
)
NDRC = ("国家发展和改革委员会", "National Development and Reform Commission (NDRC)")
SAC = ("国家标准化管理委员会", "Standardization Administration of China (SAC)")

OFFICIAL = {
    "id": "LicenseRef-CN-official-document",
    "name": "Chinese official document, no licence text seen",
    "url": "",
    "terms_zh": "政府公告、通知或指南。未见单独的数据许可条款。"
    "此类官方文件一般不受著作权保护，是否如此须由使用者确认。只收录数值，使用时请注明文件名称和文号。",
    "terms_en": "A Chinese government announcement, notice or guideline. No separate data licence was seen; "
    "official documents of this kind are normally outside copyright, which is for a person to confirm. "
    "Only figures are held; name the document and its number.",
}
STANDARD = {
    "id": "LicenseRef-CN-national-standard",
    "name": "Chinese national or local standard, single figures quoted",
    "url": "https://openstd.samr.gov.cn/",
    "terms_zh": "国家或地方标准文本受保护；此处只引用单个数值，不复制文本。使用时请注明标准号。",
    "terms_en": "The text of Chinese standards is protected; single figures are quoted and no text is "
    "copied. Name the number of the standard.",
}
UNSEEN = {
    "id": "LicenseRef-CN-terms-not-seen",
    "name": "Chinese source, terms not seen",
    "url": "",
    "terms_zh": "未见来源的使用条款。只收录单个数值，数值属于事实；使用前请查看来源的条款，并注明出处。",
    "terms_en": "The terms of the source were not seen. Only single figures are held, which are facts; "
    "see the terms of the source before use and name it.",
}


def china(
    ident: str,
    release: str,
    sector: str,
    year_rule: str,
    name: Text,
    about: Text,
    publisher: Text,
    licence: dict[str, str] = OFFICIAL,
    layer: str = "national",
) -> dict[str, Any]:
    """dataset.toml of a Chinese dataset."""
    texts = {"name": name, "about": about, "publisher": publisher}
    return meta(ident, release, layer, sector, year_rule, licence=licence, **texts)
