//! Files as registrars of entities bring them.

use proptest::prelude::*;
use register::Lines;
use register::file::FileIn;

use super::*;
use crate::terms::ENTITIES;

const HEAD: &str = "统一社会信用代码,名称,类型,登记状态,法定代表人,成立日期,登记机关,住所,经营范围,法定代表人身份号码,注册资本（万元）,注吊销日期,行业代码,核准日期";
const GOOD: &str = "91330100799655058B,鄂州市江边餐饮有限公司,有限责任公司,存续,陈晓敏,2020-05-06,鄂州市市场监督管理局,鄂州市鄂城区滨湖南路12号,餐饮服务,420704199003072468,100.5,,H6210,2023-01-04";

fn read(rows: &[&str]) -> Lines {
    let bytes = format!("{HEAD}\n{}\n", rows.join("\n")).into_bytes();
    let file = FileIn { name: "firms.csv".into(), digest: [0; 32], bytes };
    let today = Day::new(2026, 6, 1).expect("a day");
    let source = register::file::source(&COLUMNS, file, today).expect("a file");
    let mut reading = (source.open)().expect("it opened before");
    reading.next(1_000).expect("it is read").expect("lines")
}

fn rules_of(from: &str, to: &str) -> Vec<(String, String)> {
    let of = |one: &Refused| (one.field.to_string(), one.rule.to_string());
    read(&[&GOOD.replacen(from, to, 1)]).refused.iter().map(of).collect()
}

#[test]
fn a_right_line_is_taken_and_reads_back() {
    let read = read(&[GOOD]);
    assert!(read.refused.is_empty(), "{:?}", read.refused);
    let entry = read.entries.first().expect("an entry");
    let entity = Entity::of(&entry.body).expect("it reads back");
    assert_eq!(entity.name, "鄂州市江边餐饮有限公司");
    assert_eq!(entity.status, Status::Active);
    assert_eq!(entity.capital.as_deref(), Some("100.5"));
    assert_eq!(entry.from, Day::new(2023, 1, 4));
    let finds: Vec<_> = ENTITIES.finds.iter().map(|found| (found.of)(&entry.body)).collect();
    assert_eq!(finds, [Some(entity.name), entity.number.map(|one| one.as_str().to_owned())]);
}

#[test]
fn every_rule_names_its_field() {
    let found = |from: &str, to: &str, field: &str, rule: &str| {
        assert_eq!(rules_of(from, to), [(field.to_owned(), rule.to_owned())], "{from} → {to}");
    };
    found("91330100799655058B", "91330100799655058C", "统一社会信用代码", "校验码");
    found("有限责任公司", "个体工商户", "类型", "与代码一致");
    found("鄂州市江边餐饮有限公司", " ", "名称", "必填");
    found("存续", "在用", "登记状态", "取值");
    found("2020-05-06", "2020-02-30", "成立日期", "日期");
    found("2020-05-06", "2030-05-06", "成立日期", "日期");
    found("2020-05-06", "", "成立日期", "必填");
    found(",420704199003072468", ",420704199003072467", "法定代表人身份号码", "校验码");
    found("100.5,,", "100.5,2024-01-01,", "登记状态", "与注吊销日期一致");
    found("存续,陈晓敏,2020-05-06", "吊销,陈晓敏,2024-05-06", "核准日期", "先后");
    found("100.5", "一百万", "注册资本（万元）", "写法");
    found("H6210", "Z621", "行业代码", "GB/T 4754");
}

#[test]
fn headings_are_known_by_what_registrars_call_them() {
    let bytes = format!(
        "{}\n{GOOD}\n",
        HEAD.replace("统一社会信用代码", "信用代码")
            .replace("名称", "企业名称")
            .replace("住所", "地址")
    );
    let file = FileIn { name: "f.csv".into(), digest: [0; 32], bytes: bytes.into_bytes() };
    let today = Day::new(2026, 6, 1).expect("a day");
    assert!(register::file::source(&COLUMNS, file, today).is_ok());
}

proptest! {
    #[test]
    fn no_report_repeats_what_stood_in_the_file(field in "[0-9A-Za-z]{6,17}") {
        let row = vec![field.as_str(); 14].join(",");
        for refused in &read(&[&row]).refused {
            prop_assert!(!refused.words.contains(&field), "{:?}", refused);
        }
    }
}
