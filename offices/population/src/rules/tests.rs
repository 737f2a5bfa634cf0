//! Files as registrars bring them.

use base::Day;
use proptest::prelude::*;

use super::*;
use register::Lines;
use register::file::FileIn;

const HEAD: &str = "公民身份号码,姓名,性别,出生日期,民族,住址,电话";
const GOOD: &str =
    "420704199003072468,陈晓敏,女,1990-03-07,汉族,湖北省鄂州市鄂城区滨湖南路12号,13871234567";

fn today() -> Day {
    Day::new(2026, 6, 1).expect("a day")
}

fn lines(rows: &[&str]) -> Lines {
    read(format!("{HEAD}\n{}\n", rows.join("\n")).as_bytes()).expect("a file")
}

/// Reads a whole file.
fn read(bytes: &[u8]) -> Result<Lines, String> {
    let file = FileIn { name: "people.csv".into(), digest: [0; 32], bytes: bytes.to_vec() };
    let source =
        register::file::source(&COLUMNS, file, today()).map_err(|stop| stop.to_string())?;
    let mut reading = (source.open)().expect("it opened before");
    let mut all = Lines::default();
    while let Some(some) = reading.next(1_000).map_err(|stop| stop.to_string())? {
        all.entries.extend(some.entries);
        all.refused.extend(some.refused);
        all.refused_lines += some.refused_lines;
    }
    Ok(all)
}

fn rules_of(row: &str) -> Vec<(String, String)> {
    let of = |one: &Refused| (one.field.to_string(), one.rule.to_string());
    lines(&[row]).refused.iter().map(of).collect()
}

/// The people of the lines that were taken, each with its line.
fn people(read: &Lines) -> Vec<(u64, Resident)> {
    let of = |one: &register::Entry| {
        let resident = Resident::of(&one.body).expect("what was checked reads back");
        let life = if one.unsaid.is_empty() { resident.life } else { Life::Unsaid };
        (one.line, Resident { life, ..resident })
    };
    read.entries.iter().map(of).collect()
}

#[test]
fn a_right_line_is_taken() {
    let read = lines(&[GOOD]);
    assert!(read.refused.is_empty());
    let people = people(&read);
    let (line, taken) = people.first().expect("a line");
    assert_eq!((*line, taken.name.as_str()), (2, "陈晓敏"));
    assert_eq!(taken.ethnicity.code(), "01");
}

#[test]
fn every_rule_names_its_field() {
    let changed = |from: &str, to: &str| {
        let found = rules_of(&GOOD.replacen(from, to, 1));
        found.into_iter().map(|(field, rule)| [field, rule]).collect::<Vec<_>>()
    };
    assert_eq!(changed("2468", "2467"), [["公民身份号码", "校验码"]]);
    assert_eq!(changed("0307246", "0230246"), [["公民身份号码", "日期"]]);
    assert_eq!(changed("420704199003072468", "4.20704E+17"), [["公民身份号码", "位数"]]);
    assert_eq!(changed("女", "男"), [["性别", "与号码一致"]]);
    assert_eq!(changed("女", "未知"), [["性别", "取值"]]);
    assert_eq!(changed("1990-03-07", "1990-03-08"), [["出生日期", "与号码一致"]]);
    assert_eq!(changed("1990-03-07", "1990-02-30"), [["出生日期", "日期"]]);
    assert_eq!(changed("1990-03-07", "2090-03-07"), [["出生日期", "日期"]]);
    assert_eq!(changed("汉族", "火星族"), [["民族", "GB/T 3304"]]);
    assert_eq!(changed("湖北省鄂州市鄂城区滨湖南路12号", " "), [["住址", "必填"]]);
    assert_eq!(changed("13871234567", "12345"), [] as [[&str; 2]; 0]);
    assert_eq!(changed("13871234567", "1387123456"), [["电话", "写法"]]);
    assert_eq!(changed("陈晓敏", ""), [["姓名", "写法"]]);
}

#[test]
fn a_number_of_fifteen_digits_is_raised_and_held_against_birth_and_sex_like_any_other() {
    for old in ["420704900307246", "420704-900307 246"] {
        let read = lines(&[&GOOD.replacen("420704199003072468", old, 1)]);
        let people = people(&read);
        let (_, one) = people.first().expect("a line");
        assert_eq!(one.number.as_str(), "420704199003072468", "{old}");
    }
    let rules = |old: &str| rules_of(&GOOD.replacen("420704199003072468", old, 1));
    let field =
        |found: Vec<(String, String)>| found.into_iter().map(|one| one.0).collect::<Vec<_>>();
    assert_eq!(field(rules("420704900308246")), ["出生日期"]);
    assert_eq!(field(rules("420704900307247")), ["性别"]);
    assert_eq!(field(rules("420704900230246")), ["公民身份号码"]);
}

#[test]
fn a_death_is_a_day_between_the_birth_and_today_and_a_file_may_say_nothing_of_deaths() {
    let with = |died: &str| {
        let text = format!("{HEAD},死亡日期\n{GOOD},{died}\n");
        read(text.as_bytes()).expect("a file")
    };
    let life = |died: &str| people(&with(died)).first().map(|(_, one)| one.life);
    let day = |text: &str| text.parse::<Day>().expect("a day");
    assert_eq!(life("2026-05-30"), Some(Life::Died(day("2026-05-30"))));
    assert_eq!(life("1990/3/7"), Some(Life::Died(day("1990-03-07"))), "the day of the birth");
    assert_eq!(life(" "), Some(Life::Living));
    for wrong in ["1990-03-06", "2026-06-02", "2026-02-30", "已故"] {
        let refused: Vec<_> = with(wrong).refused.iter().map(|one| one.field.to_string()).collect();
        assert_eq!(refused, ["死亡日期"], "{wrong}");
    }
    let silent = people(&lines(&[GOOD])).first().map(|(_, one)| one.life);
    assert_eq!(silent, Some(Life::Unsaid));
    let twice = format!("{HEAD},死亡日期,死亡日期\n{GOOD},,\n");
    assert!(read(twice.as_bytes()).err().is_some_and(|why| why.contains("死亡日期")));
}

/// A resident as an object of JSON, with more behind the fields of every file.
fn object(number: &str, more: &str) -> String {
    format!(
        r#"{{"公民身份号码":{number},"姓名":"陈晓敏","性别":"女","出生日期":"1990-03-07","民族":"汉族","住址":"滨湖南路12号","电话":""{more}}}"#
    )
}

fn json(objects: &[String]) -> Lines {
    let bytes = format!("[{}]", objects.join(",\n")).into_bytes();
    let file = FileIn { name: "people.json".into(), digest: [0; 32], bytes };
    let source = register::file::source(&COLUMNS, file, today()).expect("a file");
    let mut reading = (source.open)().expect("it opened before");
    let read = reading.next(1_000).expect("it is read").expect("lines");
    assert!(reading.next(1_000).expect("its end").is_none());
    read
}

#[test]
fn an_object_that_does_not_name_a_death_says_nothing_of_it_and_one_that_comes_late_is_heard() {
    let silent = || object("\"420704199003072468\"", "");
    let mut objects: Vec<String> = (0..150).map(|_| silent()).collect();
    objects.push(object("\"420704199003072468\"", ",\"死亡日期\":\"2026-05-30\""));
    objects.push(object("\"420704199003072468\"", ",\"死亡日期\":null"));
    let read = json(&objects);
    assert!(read.refused.is_empty(), "{:?}", read.refused);
    let lives: Vec<Life> = people(&read).into_iter().map(|(_, one)| one.life).collect();
    assert!(lives.iter().take(150).all(|life| *life == Life::Unsaid));
    let died = "2026-05-30".parse().expect("a day");
    assert_eq!(
        lives.iter().skip(150).copied().collect::<Vec<_>>(),
        [Life::Died(died), Life::Living]
    );
}

#[test]
fn a_number_that_lost_digits_as_a_number_is_refused_whatever_its_check_digit_says() {
    let read = json(&[object("420704199003072468.0", ""), object("420704199003072468", "")]);
    let told: Vec<_> = read.refused.iter().map(|one| (one.line, &*one.field, &*one.rule)).collect();
    assert_eq!(told, [(1, "公民身份号码", "位数")]);
    assert_eq!(read.entries.len(), 1, "all digits of a whole number of JSON are there");
}

#[test]
fn columns_that_nobody_reads_are_told_and_the_rest_is_taken() {
    let read = read(format!("{HEAD},死亡时间\n{GOOD},2026-05-30\n").as_bytes()).expect("a file");
    assert_eq!((read.entries.len(), read.refused_lines), (1, 0));
    let told: Vec<_> = read.refused.iter().map(|one| (one.line, &*one.field, &*one.rule)).collect();
    assert_eq!(told, [(1, "死亡时间", "没有读取的列")]);
    let late: Vec<String> = (0..150)
        .map(|n| object("\"420704199003072468\"", if n < 120 { "" } else { ",\"死亡时间\":\"\"" }))
        .collect();
    let told: Vec<String> = json(&late).refused.iter().map(|one| one.field.to_string()).collect();
    assert_eq!(told, ["死亡时间"]);
}

proptest! {
    /// A death is taken exactly on the days from the birth to today.
    #[test]
    fn a_death_lies_between_the_birth_and_today(after in -2_000i64..16_000) {
        let birth: Day = "1990-03-07".parse().expect("a day");
        let died = birth.plus(after);
        let text = format!("{HEAD},死亡日期\n{GOOD},{died}\n");
        let taken = read(text.as_bytes()).expect("a file").refused_lines == 0;
        prop_assert_eq!(taken, birth <= died && died <= today());
    }
}

#[test]
fn a_line_with_several_mistakes_names_them_all() {
    let row = GOOD.replacen("女", "男", 1).replacen("汉族", "汉人", 1);
    let named: Vec<String> = rules_of(&row).into_iter().map(|(field, _)| field).collect();
    assert_eq!(named, ["性别", "民族"]);
    assert_eq!(lines(&[&row]).refused_lines, 1);
}

#[test]
fn days_are_read_as_registers_write_them() {
    for day in ["1990/3/7", "19900307", "1990.03.07", "1990年3月7日"] {
        assert!(rules_of(&GOOD.replacen("1990-03-07", day, 1)).is_empty(), "{day}");
    }
}

#[test]
fn a_rare_character_survives() {
    let read = lines(&[&GOOD.replacen("陈晓敏", "陈𬎆", 1)]);
    assert_eq!(people(&read).first().expect("a line").1.name.as_str(), "陈𬎆");
}

#[test]
fn headings_may_stand_in_any_order_with_others_between() {
    let text = "序号,姓名,公民身份号码,出生日期,性别,电话,住址,民族\n1,陈晓敏,420704199003072468,1990-03-07,女,,\"鄂城区,滨湖南路\",汉\n";
    assert_eq!(read(text.as_bytes()).expect("a file").entries.len(), 1);
}

#[test]
fn files_that_are_no_such_table_are_refused() {
    let of = |text: &str| read(text.as_bytes()).expect_err("a refusal");
    assert!(of(HEAD).contains("没有数据"));
    let missing = of("姓名,性别\n陈晓敏,女\n");
    for heading in ["公民身份号码", "出生日期", "民族", "住址", "电话"] {
        assert!(missing.contains(heading), "{missing}");
    }
    let short = read(format!("{HEAD}\n420704199003072468,陈晓敏\n{GOOD}\n").as_bytes());
    let short = short.expect("a file");
    assert_eq!((short.entries.len(), short.refused_lines), (1, 1));
}

#[test]
fn how_many_lines_there_will_be_is_said_of_json_on_one_line_too() {
    let one = r#"{"公民身份号码":"420704199003072468","姓名":"陈晓敏","性别":"女","出生日期":"1990-03-07","民族":"汉族","住址":"滨湖南路12号","电话":""}"#;
    let lines = |name: &str, text: String| {
        let file = FileIn { name: name.to_owned(), digest: [1; 32], bytes: text.into_bytes() };
        register::file::source(&COLUMNS, file, today()).expect("a source").lines
    };
    assert_eq!(lines("people.json", format!("[{one},{one},{one}]")), 3);
    assert_eq!(lines("people.jsonl", format!("{one}\n{one}\n")), 2);
    assert_eq!(lines("people.csv", format!("{HEAD}\n{GOOD}\n")), 2, "with that of the headings");
}

proptest! {
    #[test]
    fn no_report_repeats_what_stood_in_the_file(field in "[0-9A-Za-z]{6,17}") {
        let read = lines(&[&format!("{field},{field},{field},{field},{field},{field},{field}")]);
        for refused in &read.refused {
            prop_assert!(!refused.words.contains(&field), "{:?}", refused);
        }
    }
}
