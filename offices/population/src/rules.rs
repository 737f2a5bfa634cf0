//! The verdicts: whether a file can be read, and whether a line of it is right.

mod file;

pub use file::{BYTES_MAX, DEATH, HEADINGS, ROWS_MAX, Table, begins, read};

use base::{BadCitizenNumber, CitizenNumber, Day, PersonName, Phone, Refusal, RefusalKind, Sex};
use register::Refused;

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

/// Why a file cannot be read at all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BadFile {
    /// Nothing stands in it.
    Empty,
    /// Larger than [`BYTES_MAX`].
    TooLarge,
    /// More lines than [`ROWS_MAX`].
    TooManyRows,
    /// Neither UTF-8 nor GB 18030.
    Encoding,
    /// A workbook or another file that is no table of text.
    NotText,
    /// These headings are missing.
    Headings(Vec<&'static str>),
    /// This heading stands there twice.
    Twice(&'static str),
}

impl From<BadFile> for Refusal {
    fn from(why: BadFile) -> Self {
        let wanted = HEADINGS.join(",");
        let refuse = |words: String, remedy: String| {
            Refusal::new(RefusalKind::Invalid, "population.file", words.clone())
                .remedy(remedy)
                .field("file", words)
        };
        match why {
            BadFile::Empty => {
                refuse("文件是空的".into(), format!("第一行写标题 {wanted}，以后每行一人"))
            }
            BadFile::TooLarge | BadFile::TooManyRows => refuse(
                format!("文件太大：最多 {} 万行、{} MB", ROWS_MAX / 10_000, BYTES_MAX / 1_048_576),
                "请分成几个文件导入".into(),
            ),
            BadFile::Encoding => refuse(
                "看不懂文件的编码：应为 UTF-8 或者 GB 18030".into(),
                "请用表格软件另存为 CSV（UTF-8）再导入".into(),
            ),
            BadFile::NotText => refuse(
                "这不是 CSV 文件，可能是改了名的表格文件".into(),
                "请在表格软件里另存为 CSV（UTF-8）再导入".into(),
            ),
            BadFile::Headings(missing) => refuse(
                format!("第一行缺少标题：{}", missing.join("、")),
                format!("第一行应当是 {wanted}"),
            ),
            BadFile::Twice(heading) => {
                refuse(format!("标题“{heading}”出现了两次"), "请删去多余的一列".into())
            }
        }
    }
}

/// Checks a line: the number (GB 11643), the name, sex and birth against the number, the
/// nationality (GB/T 3304), address and phone. Every field that is wrong is named; what stood
/// there is not repeated.
pub fn check(line: u64, entered: &Entered<'_>, today: Day) -> Result<Resident, Vec<Refused>> {
    let mut found = Vec::new();
    let mut wrong = |field: &'static str, rule: &'static str, words: String| {
        found.push(Refused { line, field: field.into(), rule: rule.into(), words });
    };
    let number =
        number(entered.number).map_err(|(rule, words)| wrong("公民身份号码", rule, words)).ok();
    let name = PersonName::parse(entered.name)
        .map_err(|error| wrong("姓名", "写法", error.to_string()))
        .ok();
    match (sex(entered.sex), &number) {
        (None, _) => wrong("性别", "取值", "性别应写“男”或者“女”".into()),
        (Some(sex), Some(number)) if sex != number.sex() => {
            wrong("性别", "与号码一致", "性别与公民身份号码第 17 位不一致".into());
        }
        _ => {}
    }
    match (birth(entered.birth), &number) {
        (None, _) => wrong("出生日期", "日期", "日期不存在或者写法不对，应写 1990-03-07".into()),
        (Some(day), _) if day > today => wrong("出生日期", "日期", "出生日期在今天以后".into()),
        (Some(day), Some(number)) if day != number.birth() => {
            wrong("出生日期", "与号码一致", "出生日期与公民身份号码第 7 至 14 位不一致".into());
        }
        _ => {}
    }
    let ethnicity = Ethnicity::parse(entered.ethnicity);
    if ethnicity.is_none() {
        wrong("民族", "GB/T 3304", "民族不在 GB/T 3304 的 56 个名称之内".into());
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

/// The number in its 18 characters: the old 15 are no longer used (居民身份证法 art. 23, since
/// 2013-01-01), and a worksheet that made a power of ten of it has lost its digits.
fn number(text: &str) -> Result<CitizenNumber, (&'static str, String)> {
    let text = text.trim().trim_start_matches('\'');
    if text.contains("E+") || text.contains("e+") {
        let words = "号码被表格软件写成了科学计数，位数已经丢失，请把这一列设为文本后重新导出";
        return Err(("位数", words.into()));
    }
    // Counted without the spaces and hyphens that a number is forgiven.
    if text.chars().filter(|sign| sign.is_alphanumeric()).count() == 15 {
        return Err(("位数", "15 位的旧号码已经停止使用，请填写 18 位号码".into()));
    }
    CitizenNumber::parse(text).map_err(|error| {
        let rule = match error {
            BadCitizenNumber::Empty => "必填",
            BadCitizenNumber::Length(_) => "位数",
            BadCitizenNumber::Character => "字符",
            BadCitizenNumber::Birth => "日期",
            BadCitizenNumber::Check => "校验码",
        };
        (rule, error.to_string())
    })
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
    let day = birth(text).ok_or("日期不存在或者写法不对，应写 2026-03-07；健在的不填")?;
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

/// A day as registers write it: 1990-03-07, 1990/3/7, 1990.3.7, 19900307, 1990年3月7日.
fn birth(text: &str) -> Option<Day> {
    let text = text.trim();
    if text.len() == 8 && text.bytes().all(|byte| byte.is_ascii_digit()) {
        let part = |from: usize, to: usize| text.get(from..to);
        return Day::new(
            part(0, 4)?.parse().ok()?,
            part(4, 6)?.parse().ok()?,
            part(6, 8)?.parse().ok()?,
        );
    }
    let mut parts = text.strip_suffix('日').unwrap_or(text).split(['-', '/', '.', '年', '月']);
    let (year, month, day) = (parts.next()?, parts.next()?, parts.next()?);
    if parts.next().is_some() || year.len() != 4 {
        return None;
    }
    Day::new(year.parse().ok()?, month.parse().ok()?, day.parse().ok()?)
}

/// Without line breaks, other control characters, and spaces at the ends.
fn one_line(text: &str) -> String {
    let plain: String = text.chars().filter(|letter| !letter.is_control()).collect();
    plain.trim().to_owned()
}

#[cfg(test)]
mod tests;
