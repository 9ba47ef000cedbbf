"""Codes of findings on factors and on what the dataset says of itself (see findings_codes)."""

from __future__ import annotations

from typing import Final

from app.intake.findings_types import Code

FACTOR_CODES: Final[dict[str, Code]] = {
    "key_invalid": Code(
        "error",
        "编号“{value}”不符合规则：小写字母、数字，中间可用 . _ -，最长 160 个。",
        "The key {value!r} is out of form: lower-case letters and digits, joined by . _ or -, 160 at most.",
    ),
    "key_made": Code(
        "note",
        "没有编号，已根据各字段生成“{value}”。",
        "There is no key; {value!r} was made of the fields.",
    ),
    "key_twice": Code(
        "error",
        "编号“{value}”出现两次：{places}。",
        "The key {value!r} is there twice: {places}.",
    ),
    "unknown_region": Code("error", "“{value}”不是已知的地区。", "{value!r} is not a known region."),
    "ambiguous_region": Code(
        "error", "“{value}”是多个地区的名称。", "{value!r} is the name of several regions."
    ),
    "unknown_activity": Code("error", "“{value}”不是已知的活动。", "{value!r} is not a known activity."),
    "ambiguous_activity": Code(
        "error", "“{value}”可能指多个活动。", "{value!r} may mean several activities."
    ),
    "unknown_unit": Code("error", "“{value}”不是已知的单位。", "{value!r} is not a unit."),
    "ambiguous_unit": Code("error", "单位“{value}”有多种含义。", "The unit {value!r} has several meanings."),
    "unknown_gas": Code("error", "“{value}”不是已知的气体。", "{value!r} is not a known gas."),
    "unknown_gwp_set": Code("error", "“{value}”不是已知的 GWP 数值集。", "{value!r} is not a known GWP set."),
    "gwp_set_missing": Code(
        "warning",
        "CO2e 数值没有注明 GWP 数值集；将不会用于指定了数值集的计算。",
        "A CO2e value without its GWP set: it will never answer a question that names a set.",
    ),
    "gwp_set_unused": Code(
        "warning",
        "按气体质量给出的数值不使用 GWP 数值集。",
        "A value by mass of gas uses no GWP set.",
    ),
    "calorific_basis_conflict": Code(
        "error",
        "单位“{unit}”注明的热值基准与“{value}”不符。",
        "The unit {unit!r} states another calorific basis than {value!r}.",
    ),
    "calorific_basis_missing": Code(
        "warning",
        "燃料按热量计的单位“{value}”没有注明低位或高位热值。",
        "The unit {value!r} of a fuel's heat does not say net or gross calorific value.",
    ),
    "calorific_basis_unused": Code(
        "warning",
        "单位“{unit}”不含能量，热值基准“{value}”不起作用。",
        "The unit {unit!r} holds no energy, so the calorific basis {value!r} says nothing.",
    ),
    "unit_of_another_gas": Code(
        "error",
        "单位“{value}”说的是 {flow}，而气体是 {gas}。",
        "The unit {value!r} speaks of {flow}, but the gas is {gas}.",
    ),
    "unit_not_of_amount": Code(
        "error",
        "单位“{value}”不是每某量的质量，不能作为气体排放量的单位。",
        "The unit {value!r} is not a mass per something, as an amount of gas needs.",
    ),
    "unit_changed": Code(
        "error",
        "上一版次中“{key}”的单位是 {last}，现在是 {value}；单位不同即为另一个因子。",
        "{key!r} had the unit {last} in the last release and has {value} now: another unit is another factor.",
    ),
    "value_jumped": Code(
        "warning",
        "数值从上一版次的 {last} 变为 {value}（{percent} %）。",
        "The value went from {last} in the last release to {value} ({percent} %).",
    ),
    "value_missing": Code("error", "缺少数值。", "The value is missing."),
    "gas_missing": Code(
        "error",
        "单一气体的因子必须注明气体。",
        "A factor of a single gas must name the gas.",
    ),
    "gas_not_co2e": Code(
        "error",
        "口径为 co2e 的因子，气体应为空或 CO2e，而不是“{value}”。",
        "With the basis co2e the gas is empty or CO2e, not {value!r}.",
    ),
    "gases_missing": Code(
        "error",
        "分气体的因子没有任何气体行。",
        "A factor by gas has no rows of gases.",
    ),
    "total_with_gases": Code(
        "error",
        "分气体的因子没有合计值；请删去数值，或把口径改为 co2e。",
        "A factor by gas has no total: leave the value empty, or make the basis co2e.",
    ),
    "gases_not_allowed": Code(
        "error",
        "口径为“{value}”的因子不能有气体行。",
        "A factor of the basis {value!r} cannot have rows of gases.",
    ),
    "gas_row_without_factor": Code(
        "error",
        "没有编号为“{value}”的因子。",
        "There is no factor with the key {value!r}.",
    ),
    "gas_twice": Code(
        "error",
        "气体 {value} 在 {first} 已给出。",
        "The gas {value} is given in {first} already.",
    ),
    "sum_of_gases": Code(
        "warning",
        "按 {gwp_set} 折算的各气体之和为 {sum}，与数值 {value} 相差 {percent} %。",
        "The gases make {sum} under {gwp_set}, which differs from the value {value} by {percent} %.",
    ),
    "year_missing": Code(
        "error",
        "年份规则为“{value}”时必须填写年份。",
        "With the year rule {value!r} the year must be filled.",
    ),
    "year_in_future": Code("warning", "年份 {value} 在将来。", "The year {value} lies in the future."),
    "year_outside_period": Code(
        "warning",
        "年份 {value} 不在期间 {period} 之内。",
        "The year {value} is not within the period {period}.",
    ),
    "period_reversed": Code("error", "“{first}”晚于“{last}”。", "{first!r} is later than {last!r}."),
    "source_missing": Code("error", "没有注明来源。", "No source is named."),
    "unknown_source": Code(
        "error",
        "来源表中没有“{value}”。",
        "There is no source {value!r} on the sheet of sources.",
    ),
    "source_twice": Code(
        "error",
        "来源编号“{value}”在 {first} 已给出。",
        "The source {value!r} is given in {first} already.",
    ),
    "locator_missing": Code(
        "warning",
        "没有注明页码、表号或行号。",
        "The page, table or row in the source is not named.",
    ),
}
DATASET_CODES: Final[dict[str, Code]] = {
    "dataset_sheet_missing": Code(
        "error",
        "没有数据集说明，且此数据集尚无已发布的版次。请填写工作表“数据集”。",
        "There is no description of the dataset, and no earlier release has one. Fill the sheet 'dataset'.",
    ),
    "dataset_differs": Code(
        "error",
        "文件写的是“{value}”，上传的是“{asked}”。",
        "The file says {value!r}, but the upload is for {asked!r}.",
    ),
    "licence_missing": Code(
        "error",
        "没有许可：请填写许可编号和条款。",
        "There is no licence: state its id and its terms.",
    ),
    "detail_without_factor": Code(
        "error",
        "没有编号为“{value}”的因子。",
        "There is no factor with the key {value!r}.",
    ),
    "ref_out_of_form": Code(
        "error",
        "“{value}”不是因子版本的编号（数据集/编号@版本）。",
        "{value!r} is not the address of a factor version (dataset/key@version).",
    ),
}
