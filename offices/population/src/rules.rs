//! The verdicts: whether a file can be read, and whether a line of it is right.

mod people;

pub use people::{Turn, is_another, turn};

use base::{CitizenNumber, Day, PersonName, Phone, Sex};
use register::file::{Columns, Fields};
use register::{Entry, Refused};
use sources::file::Heading;

use crate::terms::{Ethnicity, Life, Resident};

/// No address is longer, in characters.
const ADDRESS_MAX: usize = 200;

/// The fields of a line, as they stood in the file.
#[derive(Clone, Copy, Debug, Default)]
pub struct Entered<'f> {
    /// 公民身份号码.
    pub number: &'f str,
    /// 姓名.
    pub name: &'f str,
    /// 性别.
    pub sex: &'f str,
    /// 出生日期.
    pub birth: &'f str,
    /// 民族.
    pub ethnicity: &'f str,
    /// 住址.
    pub address: &'f str,
    /// 电话.
    pub phone: &'f str,
    /// 死亡日期; none where the file has no such column.
    pub died: Option<&'f str>,
}

/// The headings that a file has, in any order.
pub const HEADINGS: [&str; 7] =
    ["公民身份号码", "姓名", "性别", "出生日期", "民族", "住址", "电话"];
/// The heading that a file may have beside them: who has died, and when.
pub const DEATH: &str = "死亡日期";

/// The columns of files of residents.
pub static COLUMNS: Columns = Columns { headings, entry, key };

fn headings() -> Vec<Heading> {
    let [number, name, sex, birth, ethnicity, address, phone] = HEADINGS.map(Heading::must);
    vec![
        number.or("身份证号码").or("身份证号").or("公民身份证号码").or("number"),
        name.or("name"),
        sex.or("sex"),
        birth.or("出生年月日").or("birth"),
        ethnicity.or("ethnicity"),
        address.or("户籍地址").or("登记住址").or("address"),
        phone.or("联系电话").or("手机号码").or("phone"),
        Heading::may(DEATH).or("died"),
    ]
}

fn entry(fields: &Fields<'_>, today: Day) -> Result<Entry, Vec<Refused>> {
    let entered = Entered {
        number: fields.text(0),
        name: fields.text(1),
        sex: fields.text(2),
        birth: fields.text(3),
        ethnicity: fields.text(4),
        address: fields.text(5),
        phone: fields.text(6),
        died: fields.said(7),
    };
    Ok(check(fields.line(), &entered, today)?.entry(fields.line()))
}

/// Whom a line is about.
fn key(fields: &Fields<'_>) -> Option<String> {
    Some(CitizenNumber::parse_cell(fields.text(0)).ok()?.as_str().to_owned())
}

/// What is told of another nationality.
const NO_ETHNICITY: &str =
    "民族应写 GB/T 3304 的 56 个名称之一；不属于其中的，写“未识别民族”或者“外国血统中国籍人士”";

/// Checks a line: the number (GB 11643), the name, sex and birth against the number, the
/// nationality (GB/T 3304), address and phone. Every field that is wrong is named; what stood
/// there is not repeated.
pub fn check(line: u64, entered: &Entered<'_>, today: Day) -> Result<Resident, Vec<Refused>> {
    let mut found = Vec::new();
    let mut wrong = |field: &'static str, rule: &'static str, words: String| {
        found.push(Refused { line, field: field.into(), rule: rule.into(), words });
    };
    let number = CitizenNumber::parse_cell(entered.number)
        .map_err(|error| wrong("公民身份号码", error.rule(), error.to_string()))
        .ok();
    // Places are told of the number that stands in the file.
    let is_old = entered.number.trim().trim_start_matches('\'').len() == 15;
    let name = PersonName::parse(entered.name)
        .map_err(|error| wrong("姓名", "写法", error.to_string()))
        .ok();
    match (sex(entered.sex), &number) {
        (None, _) => wrong("性别", "取值", "性别应写“男”或者“女”".into()),
        (Some(sex), Some(number)) if sex != number.sex() => {
            let place = if is_old { "" } else { "第 17 位" };
            wrong("性别", "与号码一致", format!("性别与公民身份号码{place}不一致"));
        }
        _ => {}
    }
    match (Day::typed(entered.birth).ok(), &number) {
        (None, _) => wrong("出生日期", "日期", "日期不存在或者写法不对，应写 1990-03-07".into()),
        (Some(day), _) if day > today => wrong("出生日期", "日期", "出生日期在今天以后".into()),
        (Some(day), Some(number)) if day != number.birth() => {
            let place = if is_old { "" } else { "第 7 至 14 位" };
            wrong("出生日期", "与号码一致", format!("出生日期与公民身份号码{place}不一致"));
        }
        _ => {}
    }
    let ethnicity = Ethnicity::parse(entered.ethnicity);
    if ethnicity.is_none() {
        wrong("民族", "GB/T 3304", NO_ETHNICITY.into());
    }
    let address = one_line(entered.address);
    if address.is_empty() {
        wrong("住址", "必填", "没有填写住址".into());
    } else if address.chars().count() > ADDRESS_MAX {
        wrong("住址", "长度", format!("住址最多 {ADDRESS_MAX} 个字"));
    }
    let phone = match entered.phone.trim() {
        "" => None,
        text => Phone::parse(text).map_err(|error| wrong("电话", "写法", error.to_string())).ok(),
    };
    let life = life(entered.died, number.as_ref(), today).map_err(|words| {
        wrong("死亡日期", "日期", words.into());
    });
    match (number, name, ethnicity, life) {
        (Some(number), Some(name), Some(ethnicity), Ok(life)) if found.is_empty() => {
            Ok(Resident { number, name, ethnicity, address, phone, life })
        }
        _ => Err(found),
    }
}

/// 民法典 arts. 13, 15: a day that is there, on or after the birth and not after today.
fn life(
    text: Option<&str>,
    number: Option<&CitizenNumber>,
    today: Day,
) -> Result<Life, &'static str> {
    let Some(text) = text.map(str::trim) else { return Ok(Life::Unsaid) };
    if text.is_empty() {
        return Ok(Life::Living);
    }
    let day =
        Day::typed(text).map_err(|_| "日期不存在或者写法不对，应写 2026-03-07；健在的不填")?;
    if day > today {
        return Err("死亡日期在今天以后");
    }
    if number.is_some_and(|number| day < number.birth()) {
        return Err("死亡日期在出生日期以前");
    }
    Ok(Life::Died(day))
}

fn sex(text: &str) -> Option<Sex> {
    match text.trim() {
        "男" | "男性" => Some(Sex::Male),
        "女" | "女性" => Some(Sex::Female),
        _ => None,
    }
}

/// Without line breaks, other control characters, and spaces at the ends.
fn one_line(text: &str) -> String {
    let plain: String = text.chars().filter(|letter| !letter.is_control()).collect();
    plain.trim().to_owned()
}

#[cfg(test)]
mod tests;
