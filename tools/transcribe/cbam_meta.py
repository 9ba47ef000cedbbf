"""What the three CBAM datasets say about themselves (dataset.toml), in our own words."""

from __future__ import annotations

from typing import Any

SEED = {"zh": "Factorbase 种子数据", "en": "Factorbase seed"}
COMMISSION = {"zh": "欧盟委员会", "en": "European Commission"}
REGULATION = "Commission Implementing Regulation (EU) 2025/2621"
LICENCE = {
    "id": "LicenseRef-EC-Reuse",
    "name": "Reuse policy of the European Commission (Decision 2011/833/EU)",
    "url": "https://eur-lex.europa.eu/eli/dec/2011/833/oj/eng",
    "terms_zh": "欧盟法律文本和委员会文件可在注明来源的前提下再利用；文件自身的版权声明未逐一核对。",
    "terms_en": "EU legal texts and Commission documents may be reused with the source named; the notices on "
    "the documents themselves were not read one by one.",
}
MARK_UP = {
    "standard": {
        "legal_ref": REGULATION,
        "steps": [
            {"from_year": 2026, "to_year": 2026, "percent": "10"},
            {"from_year": 2027, "to_year": 2027, "percent": "20"},
            {"from_year": 2028, "percent": "30"},
        ],
    },
    "fertiliser": {"legal_ref": REGULATION, "steps": [{"from_year": 2026, "percent": "1"}]},
}


def _meta(dataset: str, release: str, sector: str, texts: dict[str, dict[str, str]]) -> dict[str, Any]:
    return {
        "id": dataset,
        "release": release,
        "layer": "international",
        "sector": sector,
        "year_rule": "validity",
        "policy": "transcription",
        "access_class": "public",
        **texts,
        "publisher": COMMISSION,
        "rights_holder": {"zh": "欧洲联盟", "en": "European Union"},
        "maintainer": SEED,
        "contributor": SEED,
        "licence": LICENCE,
        "reason": {"zh": "首次转录", "en": "first transcription"},
    }


GOODS = _meta(
    "eu-cbam-defaults-2026",
    "2026.1",
    "industry",
    {
        "name": {
            "zh": "欧盟碳边境调节机制（CBAM）货物隐含排放默认值（2026 年起）",
            "en": "EU CBAM default values for embedded emissions of goods (from 2026)",
        },
        "description": {
            "zh": "欧盟实施条例 (EU) 2025/2621 附件 I 的全部货物：按 CN 编码和原产国给出的单位产品隐含"
            "排放（合计、直接、间接），钢铁、铝、水泥、化肥和氢。数值为加成前；申报时另加 2026 年"
            " 10%、2027 年 20%、2028 年起 30%（化肥 1%）。仅在没有经核查的实际数据时用于 CBAM 申"
            "报；不能当作企业碳核算或产品碳足迹的实测值。中国和“其他国家和地区”两表与 (EU) "
            "2026/1740 更正后的附件核对过，其余国家只取自 2026 年 2 月的工作簿（更正约改动 10 "
            "500 行中的 66 行）。编码为 4 至 10 位，互相重叠，以最长前缀为准。合计与直接、间接之"
            "和因来源修约可相差 0.01。生产路线字母的含义未在所读文本中说明。",
            "en": "All goods of Annex I of Implementing Regulation (EU) 2025/2621: embedded emissions per "
            "tonne by CN code and country of origin (total, direct, indirect) for iron and steel, "
            "aluminium, cement, fertilisers and hydrogen. Values are before mark-up: 10 % in 2026, 20 % "
            "in 2027 and 30 % from 2028 come on top in a declaration (fertilisers 1 %). They serve a "
            "CBAM declaration without verified actual data; they are not measured values for a corporate "
            "inventory or a product footprint. China and the fallback table were compared with the annex "
            "as corrected by (EU) 2026/1740; the other countries come from the workbook of February 2026 "
            "only (the correction changed 66 of about 10 500 rows). Codes have 4 to 10 digits and "
            "overlap: the longest prefix counts. A total may differ from direct plus indirect by 0.01, "
            "as rounded by the source. What the letters of the production routes mean was not in the "
            "texts read.",
        },
    },
) | {"mark_up": MARK_UP}

ELECTRICITY = _meta(
    "eu-cbam-electricity",
    "2026.1",
    "electricity",
    {
        "name": {
            "zh": "欧盟 CBAM 电力默认排放因子（附件 II、附件 III）",
            "en": "EU CBAM default emission factors of electricity (Annexes II and III)",
        },
        "description": {
            "zh": "实施条例 (EU) 2025/2621 的两套电力默认值，均为依据国际能源署数据的五年平均。附件 II："
            "生产货物所耗电力（间接排放），分母为全部发电；附件 III：输入欧盟的电力，分母为化石发"
            "电，因此远高于附件 II，两者不可互换。不能代替国家电网平均排放因子。所收附件 II 只含"
            "部分国家；更正 (EU) 2026/1740 是否涉及这两个附件未知。",
            "en": "Two sets of Implementing Regulation (EU) 2025/2621, both five-year averages on IEA data. "
            "Annex II: electricity used to produce goods (indirect emissions), over all generation. "
            "Annex III: electricity imported into the EU, over fossil generation, so far higher; the two "
            "never stand for each other. They do not replace a national grid average. Annex II is here "
            "for part of the countries only; whether the correction (EU) 2026/1740 touches these annexes "
            "is unknown.",
        },
    },
)

TRANSITIONAL = _meta(
    "eu-cbam-transitional-2023",
    "2023.1",
    "industry",
    {
        "name": {
            "zh": "欧盟 CBAM 过渡期默认值（2023 年 10 月至 2025 年 12 月）",
            "en": "EU CBAM default values of the transitional period (October 2023 to December 2025)",
        },
        "description": {
            "zh": "欧盟委员会 2023 年 12 月公布的过渡期货物默认值，按产量加权的世界平均，只收录少数品目"
            "（读自二手资料）。2026 年起由 (EU) 2025/2621 取代，仅用于核对过渡期报告。",
            "en": "Default values of goods that the Commission published in December 2023: world averages "
            "weighted by production, few goods only, read in secondary places. Superseded from 2026 by "
            "(EU) 2025/2621; of use only to check reports of the transitional period.",
        },
    },
)
