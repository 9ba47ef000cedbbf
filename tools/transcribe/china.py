"""All Chinese datasets.

python -m tools.transcribe.china [facts [seed_data]]
"""

from __future__ import annotations

from tools.transcribe import china_building, china_fuels, china_industry, china_power
from tools.transcribe.common import folders, write_dataset

MODULES = (china_building, china_fuels, china_industry, china_power)


def main() -> None:
    facts, seed_data = folders()
    for module in MODULES:
        for make in module.DATASETS:
            dataset = make(facts)
            write_dataset(dataset, seed_data)
            print(f"{dataset.meta['id']}: {len(dataset.factors)} factors, {len(dataset.amounts)} amounts")


if __name__ == "__main__":
    main()
