//! What departments lay down wrongly, through a running gateway: each is said at its place and to the centre, nothing is
//! lost, and the next good one passes.

use serde_json::json;
use testkit::database::Kind;

use crate::gateways::{CENTRE, Exchange, HEALTH};
use crate::published::{
    CLINICS, append, first, gathered, of, publishes, stands, through, told, tried,
};

#[test]
fn mixed_encodings_a_row_of_20_mb_and_half_a_file_are_said_and_nothing_is_lost() {
    let city = Exchange::open(Kind::Sqlite);
    let folder = city.folder(HEALTH);
    let files = folder.join("files");
    std::fs::create_dir(&files).unwrap();
    // UTF-8 with its mark, a row in GB 18030, a row of 20 MB, and a good one behind it.
    let mut csv = "\u{feff}证号,名称\n1,市中心医院\n2,".as_bytes().to_vec();
    csv.extend([0xCA, 0xD0, 0xD2, 0xBD, 0xD4, 0xBA]);
    csv.extend(b"\n3,");
    csv.extend(vec![b'x'; 20 * 1024 * 1024]);
    csv.extend("\n4,中医院\n".as_bytes());
    std::fs::write(files.join("clinics.csv"), csv).unwrap();
    let source =
        "connector = { kind = \"folder\", path = \"files\", settings = { quiet_seconds = 0 } }";
    append(&folder, &publishes(CLINICS, source, &[("licence_no", "证号"), ("name", "名称")]));
    city.strike(HEALTH);
    let (good, said) = tried(&folder, CLINICS);
    assert!(good && said.contains("1 行会被拒绝") && said.contains("第 4 行"), "{said}");
    let stood = first(&city, HEALTH, CLINICS);
    assert_eq!((&stood["rows"], &stood["refused"]), (&json!(3), &json!(1)), "{stood}");
    let trouble = stood["trouble"].as_str().unwrap();
    assert!(trouble.contains("第 4 行") && trouble.contains("超过"), "{trouble}");
    // Half a file: the whole is not sent without it, or its rows would count as gone.
    std::fs::write(files.join("new.csv"), "证号,名称\n5,妇幼保健院\n6,\"口腔").unwrap();
    city.post(HEALTH, "/publishes/run", &json!({ "resource": CLINICS }));
    city.until("it waits for the file", || stands(&city, HEALTH, CLINICS)["state"] == "failed");
    let words = stands(&city, HEALTH, CLINICS)["words"].to_string();
    assert!(words.contains("“new.csv”还没有写完") && words.contains("没有推送"), "{words}");
    assert!(city.get(HEALTH, "/status").1["warnings"].to_string().contains("new.csv"));
    assert!(told(&city).iter().any(|one| one.contains("new.csv")), "the centre has an alarm");
    std::fs::write(files.join("new.csv"), "证号,名称\n5,妇幼保健院\n6,\"口腔医院\"\n").unwrap();
    let stood = through(&city, HEALTH, CLINICS);
    assert_eq!((&stood["rows"], &stood["words"]), (&json!(5), &json!("")), "{stood}");
    assert!(!told(&city).iter().any(|one| one.contains("new.csv")), "it is over");
    city.end(CENTRE);
    let all = gathered(&city);
    let complete: Vec<_> =
        of(&all, CLINICS).into_iter().filter(|one| one.0 == "complete").collect();
    assert_eq!(complete, [("complete", "whole", 3), ("complete", "whole", 5)], "{all:?}");
}
