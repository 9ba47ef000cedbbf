"""Region facts that no package holds: China's provinces and grids, UN M49 groups, the EU, eGRID, aliases."""

from __future__ import annotations

from typing import Final

# GB/T 2260 code, ISO 3166-2, short Chinese, full Chinese, English, further spellings.
PROVINCES: Final = """
110000|CN-BJ|北京|北京市|Beijing|Peking
120000|CN-TJ|天津|天津市|Tianjin|
130000|CN-HE|河北|河北省|Hebei|
140000|CN-SX|山西|山西省|Shanxi|
150000|CN-NM|内蒙古|内蒙古自治区|Inner Mongolia|内蒙;Nei Mongol;Neimenggu;Inner Mongolia Autonomous Region
210000|CN-LN|辽宁|辽宁省|Liaoning|
220000|CN-JL|吉林|吉林省|Jilin|
230000|CN-HL|黑龙江|黑龙江省|Heilongjiang|
310000|CN-SH|上海|上海市|Shanghai|
320000|CN-JS|江苏|江苏省|Jiangsu|
330000|CN-ZJ|浙江|浙江省|Zhejiang|
340000|CN-AH|安徽|安徽省|Anhui|
350000|CN-FJ|福建|福建省|Fujian|
360000|CN-JX|江西|江西省|Jiangxi|
370000|CN-SD|山东|山东省|Shandong|
410000|CN-HA|河南|河南省|Henan|
420000|CN-HB|湖北|湖北省|Hubei|
430000|CN-HN|湖南|湖南省|Hunan|
440000|CN-GD|广东|广东省|Guangdong|Canton Province
450000|CN-GX|广西|广西壮族自治区|Guangxi|Guangxi Zhuang Autonomous Region
460000|CN-HI|海南|海南省|Hainan|
500000|CN-CQ|重庆|重庆市|Chongqing|
510000|CN-SC|四川|四川省|Sichuan|
520000|CN-GZ|贵州|贵州省|Guizhou|
530000|CN-YN|云南|云南省|Yunnan|
540000|CN-XZ|西藏|西藏自治区|Xizang|Tibet;Xizang Autonomous Region;Tibet Autonomous Region
610000|CN-SN|陕西|陕西省|Shaanxi|
620000|CN-GS|甘肃|甘肃省|Gansu|
630000|CN-QH|青海|青海省|Qinghai|
640000|CN-NX|宁夏|宁夏回族自治区|Ningxia|Ningxia Hui Autonomous Region
650000|CN-XJ|新疆|新疆维吾尔自治区|Xinjiang|Xinjiang Uygur Autonomous Region;Xinjiang Uyghur Autonomous Region
710000|CN-TW|中国台湾|台湾省|Taiwan, China|台湾;臺灣;Taiwan;Taiwan, Province of China;Chinese Taipei
810000|CN-HK|中国香港|香港特别行政区|Hong Kong, China|香港;Hong Kong;Hong Kong SAR;HKSAR
820000|CN-MO|中国澳门|澳门特别行政区|Macao, China|澳门;Macao;Macau;Macao SAR
"""

# The three that have an ISO 3166-1 code of their own are one region under that code.
OWN_ISO_CODE: Final = {"CN-TW": "TW", "CN-HK": "HK", "CN-MO": "MO"}
MUNICIPALITIES: Final = frozenset({"CN-BJ", "CN-TJ", "CN-SH", "CN-CQ"})

WEST, EAST = "CN-NM-WEST", "CN-NM-EAST"
SUB_AREAS: Final = {
    WEST: ("蒙西", "Western Inner Mongolia", "内蒙古西部|蒙西电网|内蒙古（蒙西）|West Inner Mongolia"),
    EAST: ("蒙东", "Eastern Inner Mongolia", "内蒙古东部|蒙东电网|内蒙古（蒙东）|East Inner Mongolia"),
}

# Grid: Chinese, English, members. The seven since data year 2021 (calculation note of the announcement on the
# 2021 factors); the six before (regional grids of the project baselines and of the averages of 2010 to 2012).
GRIDS_2021: Final = {
    "CN-GRID-NORTH": ("华北", "North China", f"CN-BJ CN-TJ CN-HE CN-SX CN-SD {WEST}"),
    "CN-GRID-NORTHEAST": ("东北", "Northeast China", f"CN-LN CN-JL CN-HL {EAST}"),
    "CN-GRID-EAST": ("华东", "East China", "CN-SH CN-JS CN-ZJ CN-AH CN-FJ"),
    "CN-GRID-CENTRAL": ("华中", "Central China", "CN-JX CN-HA CN-HB CN-HN"),
    "CN-GRID-NORTHWEST": ("西北", "Northwest China", "CN-SN CN-GS CN-QH CN-NX CN-XJ"),
    "CN-GRID-SOUTH": ("南方", "South China", "CN-GD CN-GX CN-HI CN-GZ CN-YN"),
    "CN-GRID-SOUTHWEST": ("西南", "Southwest China", "CN-CQ CN-SC"),
}
GRIDS_2012: Final = {
    "CN-GRID2012-NORTH": ("华北", "North China", f"CN-BJ CN-TJ CN-HE CN-SX CN-SD {WEST}"),
    "CN-GRID2012-NORTHEAST": ("东北", "Northeast China", f"CN-LN CN-JL CN-HL {EAST}"),
    "CN-GRID2012-EAST": ("华东", "East China", "CN-SH CN-JS CN-ZJ CN-AH CN-FJ"),
    "CN-GRID2012-CENTRAL": ("华中", "Central China", "CN-JX CN-HA CN-HB CN-HN CN-SC CN-CQ"),
    "CN-GRID2012-NORTHWEST": ("西北", "Northwest China", "CN-SN CN-GS CN-QH CN-NX CN-XJ"),
    "CN-GRID2012-SOUTH": ("南方", "South China", "CN-GD CN-GX CN-HI CN-GZ CN-YN"),
}
GRIDS_CHANGED: Final = "2021-01-01"

# EU: accession dates; the United Kingdom left at the end of 2020-01-31 (half open: first day outside).
EU_JOINED: Final = {
    "1958-01-01": "BE DE FR IT LU NL",
    "1973-01-01": "DK IE GB",
    "1981-01-01": "GR",
    "1986-01-01": "ES PT",
    "1995-01-01": "AT FI SE",
    "2004-05-01": "CY CZ EE HU LT LV MT PL SI SK",
    "2007-01-01": "BG RO",
    "2013-07-01": "HR",
}
EU_LEFT: Final = {"GB": "2020-02-01"}

# UN M49: code: (parent, members among countries). Names come from CLDR.
M49: Final = {
    "002": ("", ""),
    "015": ("002", "DZ EG LY MA SD TN EH"),
    "202": ("002", ""),
    "014": ("202", "IO BI KM DJ ER ET TF KE MG MW MU YT MZ RE RW SC SO SS UG TZ ZM ZW"),
    "017": ("202", "AO CM CF TD CG CD GQ GA ST"),
    "018": ("202", "BW SZ LS NA ZA"),
    "011": ("202", "BJ BF CV CI GM GH GN GW LR ML MR NE NG SH SN SL TG"),
    "019": ("", ""),
    "021": ("019", "BM CA GL PM US"),
    "419": ("019", ""),
    "029": (
        "419",
        "AI AG AW BS BB BQ VG KY CU CW DM DO GD GP HT JM MQ MS PR BL KN LC MF VC SX TT TC VI",
    ),
    "013": ("419", "BZ CR SV GT HN MX NI PA"),
    "005": ("419", "AR BO BV BR CL CO EC FK GF GY PY PE GS SR UY VE"),
    "142": ("", ""),
    "143": ("142", "KZ KG TJ TM UZ"),
    "030": ("142", "CN HK MO KP JP MN KR TW"),
    "035": ("142", "BN KH ID LA MY MM PH SG TH TL VN"),
    "034": ("142", "AF BD BT IN IR MV NP PK LK"),
    "145": ("142", "AM AZ BH CY GE IQ IL JO KW LB OM QA SA PS SY TR AE YE"),
    "150": ("", ""),
    "151": ("150", "BY BG CZ HU PL MD RO RU SK UA"),
    "154": ("150", "AX DK EE FO FI GG IS IE IM JE LV LT NO SJ SE GB"),
    "039": ("150", "AL AD BA HR GI GR VA IT MT ME MK PT SM RS SI ES XK"),
    "155": ("150", "AT BE FR DE LI LU MC NL CH"),
    "009": ("", ""),
    "053": ("009", "AU CX CC HM NZ NF"),
    "054": ("009", "FJ NC PG SB VU"),
    "057": ("009", "GU KI MH FM NR MP PW UM"),
    "061": ("009", "AS CK PF NU PN WS TK TO TV WF"),
}
NOT_IN_M49_GROUPS: Final = frozenset({"AQ"})
M49_NOTES: Final = {
    "TW": "not listed apart by UN M49; placed as CLDR places it",
    "XK": "not listed by UN M49; placed as CLDR places it",
}
M49_ALIASES: Final = {
    "005": "南美",
    "013": "中美",
    "015": "北部非洲",
    "021": "北美|北美洲|North America",
    "029": "加勒比",
    "035": "South-eastern Asia|ASEAN region",
    "039": "南部欧洲",
    "057": "Micronesia (region)|密克罗尼西亚（区域）",
    "145": "西亚|Middle East|中东",
}
M49_NAMES_ZH: Final = {"145": "西亚", "021": "北美", "017": "中部非洲"}
M49_NAMES_EN: Final = {"057": "Micronesia (region)"}

EGRID: Final = """
AKGD|ASCC Alaska Grid|阿拉斯加电网
AKMS|ASCC Miscellaneous|阿拉斯加其他
AZNM|WECC Southwest|WECC 西南
CAMX|WECC California|WECC 加利福尼亚
ERCT|ERCOT All|ERCOT 全域
FRCC|FRCC All|FRCC 全域
HIMS|HICC Miscellaneous|夏威夷其他
HIOA|HICC Oahu|夏威夷瓦胡岛
MROE|MRO East|MRO 东部
MROW|MRO West|MRO 西部
NEWE|NPCC New England|NPCC 新英格兰
NWPP|WECC Northwest|WECC 西北
NYCW|NPCC NYC/Westchester|NPCC 纽约市/韦斯特切斯特
NYLI|NPCC Long Island|NPCC 长岛
NYUP|NPCC Upstate NY|NPCC 纽约州北部
PRMS|Puerto Rico Miscellaneous|波多黎各其他
RFCE|RFC East|RFC 东部
RFCM|RFC Michigan|RFC 密歇根
RFCW|RFC West|RFC 西部
RMPA|WECC Rockies|WECC 落基山
SPNO|SPP North|SPP 北部
SPSO|SPP South|SPP 南部
SRMV|SERC Mississippi Valley|SERC 密西西比河谷
SRMW|SERC Midwest|SERC 中西部
SRSO|SERC South|SERC 南部
SRTV|SERC Tennessee Valley|SERC 田纳西河谷
SRVC|SERC Virginia/Carolina|SERC 弗吉尼亚/卡罗来纳
"""

US_NAMES_ZH: Final = """
AL 亚拉巴马州 AK 阿拉斯加州 AZ 亚利桑那州 AR 阿肯色州 CA 加利福尼亚州 CO 科罗拉多州
CT 康涅狄格州 DE 特拉华州 DC 哥伦比亚特区 FL 佛罗里达州 GA 佐治亚州 HI 夏威夷州
ID 爱达荷州 IL 伊利诺伊州 IN 印第安纳州 IA 艾奥瓦州 KS 堪萨斯州 KY 肯塔基州
LA 路易斯安那州 ME 缅因州 MD 马里兰州 MA 马萨诸塞州 MI 密歇根州 MN 明尼苏达州
MS 密西西比州 MO 密苏里州 MT 蒙大拿州 NE 内布拉斯加州 NV 内华达州 NH 新罕布什尔州
NJ 新泽西州 NM 新墨西哥州 NY 纽约州 NC 北卡罗来纳州 ND 北达科他州 OH 俄亥俄州
OK 俄克拉何马州 OR 俄勒冈州 PA 宾夕法尼亚州 RI 罗得岛州 SC 南卡罗来纳州 SD 南达科他州
TN 田纳西州 TX 得克萨斯州 UT 犹他州 VT 佛蒙特州 VA 弗吉尼亚州 WA 华盛顿州
WV 西弗吉尼亚州 WI 威斯康星州 WY 怀俄明州
"""

# Subdivisions that ISO 3166-1 also lists: one region, under the two-letter code.
SAME_AS_COUNTRY: Final = {
    "FI-01": "AX", "FR-971": "GP", "FR-972": "MQ", "FR-973": "GF", "FR-974": "RE", "FR-976": "YT",
    "FR-BL": "BL", "FR-MF": "MF", "FR-NC": "NC", "FR-PF": "PF", "FR-PM": "PM", "FR-TF": "TF", "FR-WF": "WF",
    "NL-AW": "AW", "NL-CW": "CW", "NL-SX": "SX", "US-AS": "AS", "US-GU": "GU", "US-MP": "MP", "US-PR": "PR",
    "US-UM": "UM", "US-VI": "VI", **OWN_ISO_CODE,
}  # fmt: skip

NAMES_ZH: Final = {"XK": "科索沃", "PS": "巴勒斯坦", "FK": "福克兰群岛（马尔维纳斯群岛）", "MK": "北马其顿"}
NAMES_EN: Final = {
    "BA": "Bosnia and Herzegovina", "CD": "Democratic Republic of the Congo", "CG": "Republic of the Congo",
    "XK": "Kosovo", "PS": "Palestine", "MM": "Myanmar", "CI": "Côte d'Ivoire",
}  # fmt: skip

# Further spellings of countries; names of the packages are added by the script.
ALIASES: Final = {
    "AE": "阿联酋|UAE", "BA": "波黑", "BY": "白俄", "CD": "DR Congo|DRC|刚果民主共和国|刚果（金）",
    "CG": "Congo|刚果共和国|刚果（布）",
    "CI": "Ivory Coast|象牙海岸", "CN": "中华人民共和国|中国大陆|中国内地|Mainland China|PRC|P.R. China|全国",
    "CZ": "捷克共和国|Czech Republic", "DO": "多米尼加",
    "GB": "UK|U.K.|Great Britain|联合王国|大不列颠及北爱尔兰联合王国",
    "ID": "印尼", "KP": "DPRK|朝鲜民主主义人民共和国",
    "KR": "Korea|Republic of Korea|大韩民国|南韩",
    "LA": "老挝人民民主共和国",
    "MK": "Macedonia|马其顿", "MM": "Burma", "NL": "Holland",
    "PG": "巴新", "RU": "俄罗斯联邦|Russian Federation",
    "SA": "沙特|KSA", "SZ": "Swaziland|斯威士", "TR": "Turkey|Turkiye",
    "US": "USA|U.S.|U.S.A.|America|美利坚合众国",
    "VA": "Holy See", "XK": "Kosovo*|Kosovo (UNSCR 1244)",
}  # fmt: skip
