//! What a line of a list must be: a number (GB 11643), a name, what is paid, since when, until when.

use base::{CitizenNumber, Day, PersonName};
use sources::file::Heading;

use crate::terms::{Line, Refused};

/// The headings of a list, in the order in which they are asked for.
pub const HEADINGS: [&str; 5] = ["公民身份号码", "姓名", "发放项目", "起始日期", "截止日期"];

/// The most letters of what is paid.
const PAYS_MAX: usize = 60;

/// What a file has to have: until when is said where there is an end.
pub fn headings() -> Vec<Heading> {
    let [number, name, pays, since, until] = HEADINGS;
    vec![
        Heading::must(number).or("身份证号码").or("身份证号").or("公民身份证号码"),
        Heading::must(name),
        Heading::must(pays).or("待遇").or("项目"),
        Heading::must(since).or("发放起始日期").or("开始日期"),
        Heading::may(until).or("发放截止日期").or("结束日期"),
    ]
}

/// A line, or all that is wrong with it. What stood there is not repeated.
pub fn check(
    line: i64,
    [number, name, pays, since, until]: [&str; 5],
) -> Result<Line, Vec<Refused>> {
    let mut found = Vec::new();
    let mut wrong = |field: usize, rule: &str, words: String| {
        let field = HEADINGS.get(field).copied().unwrap_or_default().to_owned();
        found.push(Refused { line, field, rule: rule.to_owned(), words });
    };
    let number = CitizenNumber::parse_cell(number)
        .map_err(|error| wrong(0, error.rule(), error.to_string()))
        .ok();
    let name = PersonName::parse(name).map_err(|error| wrong(1, "写法", error.to_string())).ok();
    let pays: String = pays.trim().chars().filter(|letter| !letter.is_control()).collect();
    if pays.is_empty() {
        wrong(2, "必填", "没有填写发放什么".into());
    } else if pays.chars().count() > PAYS_MAX {
        wrong(2, "长度", format!("发放项目最多 {PAYS_MAX} 个字"));
    }
    let mut day = |field: usize, text: &str| match text.trim() {
        "" => None,
        text => Day::typed(text)
            .map_err(|_| wrong(field, "日期", "日期不存在或者写法不对，应写 2026-03-07".into()))
            .ok(),
    };
    let (since, until) = (day(3, since), day(4, until));
    if since.zip(until).is_some_and(|(since, until)| until < since) {
        wrong(4, "先后", "截止日期在起始日期以前".into());
    }
    match (number, name) {
        (Some(number), Some(name)) if found.is_empty() => {
            Ok(Line { line, number, name, pays, since, until })
        }
        _ => Err(found),
    }
}
