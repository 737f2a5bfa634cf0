"""Splink over DuckDB with two threads: `python peer.py SET FOLDER THRESHOLD...`.

Reads FOLDER/SET.csv, trains, predicts and clusters, and writes SET.splink.csv (record, cluster) at the first
threshold; that is what is timed. At the others it writes SET.splink.THRESHOLD.csv afterwards. Prints one line of JSON.
The comparisons are those of Splink's own library for each kind of column, with term frequencies where it has them.
"""

import json
import resource
import sys
import time
from pathlib import Path

import duckdb
import splink.comparison_level_library as cll
import splink.comparison_library as cl
from splink import DuckDBAPI, Linker, SettingsCreator, block_on

SET, FOLDER, THRESHOLDS = sys.argv[1], Path(sys.argv[2]), [float(t) for t in sys.argv[3:]]


def rare(comparison):
    return comparison.configure(term_frequency_adjustments=True)


def febrl():
    rules = [["soc_sec_id"], ["given_name", "surname"], ["date_of_birth"], ["surname", "postcode"],
             ["given_name", "postcode"]]
    return {
        "rules": rules,
        "certain": [["soc_sec_id"], ["given_name", "surname", "date_of_birth"]],
        "recall": 0.9,
        "sessions": [["date_of_birth"], ["surname", "postcode"], ["given_name", "postcode"]],
        "derived": "given_name || ' ' || surname as full_name",
        "comparisons": [
            cl.ForenameSurnameComparison("given_name", "surname", forename_surname_concat_col_name="full_name"),
            cl.DateOfBirthComparison("date_of_birth", input_is_string=True, datetime_format="%Y%m%d"),
            cl.DamerauLevenshteinAtThresholds("soc_sec_id", [1, 2]),
            rare(cl.LevenshteinAtThresholds("street_number", 1)),
            rare(cl.DamerauLevenshteinAtThresholds("postcode", [1, 2])),
            rare(cl.JaroWinklerAtThresholds("address_1", [0.9, 0.75])),
            rare(cl.JaroWinklerAtThresholds("address_2", [0.9, 0.75])),
            rare(cl.JaroWinklerAtThresholds("suburb", [0.9, 0.75])),
            cl.ExactMatch("state"),
        ],
    }


def census():
    # Number and street say one thing, not two.
    street = cl.CustomComparison(
        output_column_name="street",
        comparison_levels=[
            cll.NullLevel("street_name"),
            cll.And(cll.ExactMatchLevel("street_number"), cll.ExactMatchLevel("street_name")),
            cll.ExactMatchLevel("street_name", term_frequency_adjustments=True),
            cll.JaroWinklerLevel("street_name", 0.9),
            cll.JaroWinklerLevel("street_name", 0.75),
            cll.ElseLevel(),
        ],
    )
    return {
        "rules": [["date_of_birth"], ["first_name", "last_name"], ["last_name", "street_name"],
                  ["first_name", "street_name"], ["first_name", "middle_initial", "state", "sex"]],
        "certain": [["first_name", "last_name", "date_of_birth"], ["first_name", "middle_initial", "date_of_birth"]],
        "recall": 0.8,
        "sessions": [["date_of_birth"], ["first_name", "last_name"], ["first_name", "street_name"]],
        "derived": "first_name || ' ' || last_name as full_name",
        "comparisons": [
            cl.ForenameSurnameComparison("first_name", "last_name", forename_surname_concat_col_name="full_name"),
            cl.ExactMatch("middle_initial"),
            cl.DateOfBirthComparison("date_of_birth", input_is_string=True, datetime_format="%m/%d/%Y"),
            street,
            rare(cl.ExactMatch("city")),
            cl.ExactMatch("state"),
            rare(cl.LevenshteinAtThresholds("zipcode", 1)),
            cl.ExactMatch("sex"),
            cl.ExactMatch("race_ethnicity"),
        ],
    }


def residents():
    name = cl.CustomComparison(
        output_column_name="name",
        comparison_levels=[
            cll.NullLevel("name"),
            cll.ExactMatchLevel("name", term_frequency_adjustments=True),
            cll.ExactMatchLevel("name_pinyin", term_frequency_adjustments=True),
            cll.LevenshteinLevel("name", 1),
            cll.JaroWinklerLevel("name_pinyin", 0.9),
            cll.JaroWinklerLevel("name_pinyin", 0.8),
            cll.ElseLevel(),
        ],
    )
    return {
        "rules": [["key_1"], ["key_2"], ["key_3"], ["key_4"], ["key_5"]],
        "certain": [["number", "name"], ["name", "birth", "phone"]],
        "recall": 0.6,
        "sessions": [["number"], ["name", "birth"], ["name", "phone"]],
        "derived": None,
        "comparisons": [
            name,
            cl.ExactMatch("sex"),
            cl.DateOfBirthComparison("birth", input_is_string=True, datetime_format="%Y-%m-%d"),
            cl.DamerauLevenshteinAtThresholds("number", [1, 2]),
            cl.DamerauLevenshteinAtThresholds("phone", [1, 2]),
            rare(cl.JaroWinklerAtThresholds("address", [0.95, 0.88, 0.8])),
            rare(cl.ExactMatch("division")),
        ],
    }


SETS = {"febrl1": febrl, "febrl2": febrl, "febrl3": febrl, "febrl4": febrl, "census": census, "residents": residents}


def main():
    plan = SETS[SET]()
    began, cpu = time.monotonic(), time.process_time()
    connection = duckdb.connect(":memory:")

    def run(sql):
        return connection.execute(sql).fetchall()

    run("set threads to 2")
    run("set enable_progress_bar = false")
    keys = ", ".join(f"try_cast(key_{n} as ubigint) as key_{n}" for n in range(1, 6))
    exchanged = f" replace ({keys})" if SET == "residents" else ""
    derived = f", {plan['derived']}" if plan["derived"] else ""
    run(f"create table raw_records as select * exclude (truth){exchanged}{derived} "
        f"from read_csv('{FOLDER / (SET + '.csv')}', header = true, all_varchar = true)")
    link = SET == "febrl4"
    api = DuckDBAPI(connection)
    settings = SettingsCreator(
        link_type="link_only" if link else "dedupe_only",
        unique_id_column_name="id",
        blocking_rules_to_generate_predictions=[block_on(*rule) for rule in plan["rules"]],
        comparisons=plan["comparisons"],
        retain_intermediate_calculation_columns=False,
        retain_matching_columns=False,
    )
    if link:
        for n in (0, 1):
            run(f"create table raw_{n} as select * exclude (source) from raw_records where source = '{n}'")
        tables = [api.register(f"raw_{n}", dataset_display_name=f"file_{n}") for n in (0, 1)]
    else:
        tables = api.register("raw_records", dataset_display_name="records")
    linker = Linker(tables, settings, log_level=None)
    training = linker.training
    training.estimate_probability_two_random_records_match(
        [block_on(*rule) for rule in plan["certain"]], recall=plan["recall"])
    training.estimate_u_using_random_sampling(max_pairs=1e6 if SET == "residents" else 1e7)
    for rule in plan["sessions"]:
        training.estimate_parameters_using_expectation_maximisation(block_on(*rule), max_pairs=1e6 if SET == "residents" else 1e7)
    blocked = linker.inference.compute_blocked_pairs_for_predict()
    predicted = linker.inference.predict(threshold_match_probability=0.3)

    def clusters(threshold, name):
        if link:
            found = linker.clustering.cluster_using_single_best_links(
                predicted, duplicate_free_datasets=["file_0", "file_1"], threshold_match_probability=threshold)
        else:
            found = linker.clustering.cluster_pairwise_predictions_at_threshold(
                predicted, threshold_match_probability=threshold)
        run(f"copy (select id, cluster_id from {found.physical_name}) to '{FOLDER / name}' (header false)")

    clusters(THRESHOLDS[0], f"{SET}.splink.csv")
    seconds, cpu = time.monotonic() - began, time.process_time() - cpu
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    pairs = run(f"select count(*) from {blocked.physical_name}")[0][0]
    for threshold in THRESHOLDS[1:]:
        clusters(threshold, f"{SET}.splink.{threshold}.csv")
    print(json.dumps({"seconds": seconds, "cpu": cpu, "compared": pairs, "peak_kib": peak}))


main()
