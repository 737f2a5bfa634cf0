//! From a department's columns to the catalogue's items.

use std::collections::BTreeMap;

use super::servers::{Department, Kind};
use super::table;
use crate::mapping::{DateForm, Item, Mapping, Otherwise, Step, test_run};
use crate::source::{Selection, Unread};

fn codes(pairs: [(&str, &str); 2], otherwise: Otherwise) -> Step {
    let table = pairs.into_iter().map(|(theirs, ours)| (theirs.into(), ours.into()));
    Step::Codes { table: table.collect::<BTreeMap<String, String>>(), otherwise }
}

fn mapping() -> Mapping {
    let mut address = Item::of("地址", "town");
    address.from.push("street".into());
    address.between = " ".into();
    let items = vec![
        Item::of("号码", "no").then(Step::Narrow).then(Step::Trim).then(Step::Upper).must(),
        Item::of("性别", "sex").then(codes([("M", "1"), ("F", "2")], Otherwise::Refuse)),
        Item::of("生日", "born").then(Step::Date { form: DateForm::DayMonthYear }),
        address,
        Item { from: vec![], ..Item::of("来源", "") }
            .then(Step::Constant { value: "社保".into() }),
        Item::of("备注", "note").then(Step::Nothing { words: vec!["无".into(), "-".into()] }),
    ];
    Mapping { items }
}

#[test]
fn a_test_run_tells_how_many_rows_would_go_and_why_others_would_not() {
    let city = Department::with(
        Kind::Sqlite,
        "CREATE TABLE p (id {KEY}, no {TEXT}, sex {TEXT}, born {TEXT}, town {TEXT}, street {TEXT}, note {TEXT});",
    );
    city.run(
        "INSERT INTO p VALUES (1, ' ４２０x ', 'M', '01/03/2026', '鄂城区', '古城路', '无'),
                              (2, 'B', 'X', '2026-13-01', '鄂城区', NULL, 'x'),
                              (3, NULL, 'F', NULL, NULL, '滨湖路', NULL),
                              (4, 'D', '', '', '', '', '')",
    );
    let mut source = city.source();
    let selection = Selection::whole(table(&mut *source, "p"));
    let report = test_run(&mut *source, &selection, &mapping(), 3).unwrap();
    assert_eq!((report.rows_ok, report.rows_refused, report.sample.len()), (1, 2, 3));
    let ours = |values: [Option<&str>; 6]| values.map(|value| value.map(str::to_owned)).to_vec();
    let first = ours([
        Some("420X"),
        Some("1"),
        Some("2026-03-01"),
        Some("鄂城区 古城路"),
        Some("社保"),
        None,
    ]);
    assert_eq!(report.sample[0].to.as_ref(), Some(&first));
    assert_eq!(report.sample[1].to, None);
    let told: Vec<_> = report
        .troubles
        .iter()
        .map(|one| (one.line, one.column.as_str(), one.rule.as_str(), one.words.as_str()))
        .collect();
    let expected = [
        (2, "性别", "代码", "“X”不在代码对照表中，请补充对照表"),
        (2, "生日", "日期", "“2026-13-01”不是约定写法的日期，请核对"),
        (3, "号码", "必填", "没有值，这一项必须填写"),
    ];
    assert_eq!(told, expected);
    let all = test_run(&mut *source, &selection, &mapping(), 1_000).unwrap();
    assert_eq!((all.rows_ok, all.rows_refused), (2, 2));
    let kept: Mapping = serde_json::from_str(&serde_json::to_string(&mapping()).unwrap()).unwrap();
    assert_eq!(kept, mapping(), "a mapping is data");
}

#[test]
fn a_mapping_of_a_column_that_is_not_there_is_refused() {
    let city = Department::with(Kind::Sqlite, "CREATE TABLE q (id {KEY}, name {TEXT});");
    city.fill("q", 2);
    let mut source = city.source();
    let selection = Selection::whole(table(&mut *source, "q"));
    let Err(refused) = test_run(&mut *source, &selection, &mapping(), 3) else { panic!() };
    let refusal = base::Stop::from(refused);
    assert_eq!(refusal.refusal().unwrap().code, "sources.no_column");
    let named = Mapping { items: vec![Item::of("名", "name")] };
    assert_eq!(test_run(&mut *source, &selection, &named, 9).unwrap().rows_ok, 2);
    assert!(!matches!(named.onto(&["name".into()]), Err(Unread::NoColumn { .. })));
}

#[test]
fn days_are_read_as_they_are_written() {
    let mapped = |form: DateForm, text: &str| {
        let mapping = Mapping { items: vec![Item::of("日", "d").then(Step::Date { form })] };
        let columns = ["d".to_owned()];
        let (mut from, mut to) = (crate::Batch::new(), crate::Batch::new());
        from.push(text, crate::Mark::Plain);
        from.end_row(1);
        let done = mapping.onto(&columns).unwrap().row(from.row(0).unwrap(), &mut to);
        done.ok().map(|()| to.row(0).unwrap().text(0).to_owned())
    };
    let day = Some("2026-03-01".to_owned());
    assert_eq!(mapped(DateForm::Typed, "2026年3月1日"), day);
    assert_eq!(mapped(DateForm::Typed, "2026-03-01 08:30:00"), day);
    assert_eq!(mapped(DateForm::DayMonthYear, "1.3.2026"), day);
    assert_eq!(mapped(DateForm::MonthDayYear, "3/1/2026 00:00"), day);
    assert_eq!(mapped(DateForm::Serial, "46082"), day);
    assert_eq!(mapped(DateForm::UnixSeconds, "1772294400"), day);
    assert_eq!(mapped(DateForm::UnixMillis, "1772294400000"), day);
    for (form, bad) in [
        (DateForm::Typed, "soon"),
        (DateForm::DayMonthYear, "2026-13"),
        (DateForm::Serial, "5"),
        (DateForm::UnixSeconds, "9223372036854775807"),
        (DateForm::UnixMillis, "x"),
    ] {
        assert_eq!(mapped(form, bad), None);
    }
}
