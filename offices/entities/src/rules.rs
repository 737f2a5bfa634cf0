//! The verdicts: whether a line of a file of entities is right.

use base::{BadCreditCode, CitizenNumber, CreditCode, Day, PersonName};
use register::file::{Columns, Fields};
use register::{Entry, Refused};
use sources::file::Heading;

use crate::terms::{CAPITAL, ENDED, Entity, INDUSTRY, NUMBER, Status};

/// The headings that a file has, in any order.
pub const HEADINGS: [&str; 9] = [
    "统一社会信用代码",
    "名称",
    "类型",
    "登记状态",
    "法定代表人",
    "成立日期",
    "登记机关",
    "住所",
    "经营范围",
];
/// Those that it may have beside them.
pub const MORE: [&str; 5] =
    ["法定代表人身份号码", "注册资本（万元）", "注吊销日期", "行业代码", "核准日期"];

/// No name, address or kind is longer, in characters.
const WORDS_MAX: usize = 200;
/// No scope of business is.
const SCOPE_MAX: usize = 4_000;

/// Which characters a code begins with for what the type says (GB 32100, annex). What stands in no line is not judged.
const KINDS: &[(&str, &[&str])] = &[
    ("个体工商户", &["92"]),
    ("农民专业合作", &["93"]),
    ("公司", &["91"]),
    ("个人独资企业", &["91"]),
    ("合伙企业", &["91"]),
    ("事业单位", &["12"]),
    ("机关", &["11"]),
    ("社会团体", &["51"]),
    ("民办非企业", &["52"]),
    ("社会服务机构", &["52"]),
    ("基金会", &["53"]),
];

/// The columns of files of entities.
pub static COLUMNS: Columns = Columns { headings, entry, key };

fn headings() -> Vec<Heading> {
    let [code, name, kind, status, person, founded, organ, address, scope] =
        HEADINGS.map(Heading::must);
    let [number, capital, ended, industry, approved] = MORE.map(Heading::may);
    vec![
        code.or("社会信用代码").or("信用代码").or("uscc"),
        name.or("企业名称").or("单位名称").or("name"),
        kind.or("主体类型").or("企业类型").or("kind"),
        status.or("经营状态").or("状态").or("state"),
        person.or("负责人").or("经营者").or("法定代表人（负责人、经营者）").or("legal_person"),
        founded.or("注册日期").or("established_on"),
        organ.or("registrar"),
        address.or("地址").or("经营场所").or("address"),
        scope.or("业务范围").or("宗旨和业务范围").or("scope"),
        number,
        capital.or("注册资本").or("capital"),
        ended.or("吊销日期").or("注销日期"),
        industry.or("行业"),
        approved,
    ]
}

/// Which entity a line is about.
fn key(fields: &Fields<'_>) -> Option<String> {
    CreditCode::parse(fields.text(0)).ok().map(|code| code.to_string())
}

fn entry(fields: &Fields<'_>, today: Day) -> Result<Entry, Vec<Refused>> {
    let entity = check(fields, today)?;
    let unsaid = unsaid(fields, entity.status);
    Ok(entity.entry(fields.line(), unsaid))
}

/// What a file without the column does not speak of. On which day a firm ended is kept of one that has ended.
fn unsaid(fields: &Fields<'_>, status: Status) -> Vec<&'static str> {
    let columns = [(9, NUMBER), (10, CAPITAL), (11, ENDED), (12, INDUSTRY)];
    let kept = columns.into_iter().filter(|(column, field)| {
        fields.said(*column).is_none() && (*field != ENDED || status.is_an_end())
    });
    kept.map(|(_, field)| field).collect()
}

/// What is wrong with a line, field by field.
struct Wrong {
    line: u64,
    found: Vec<Refused>,
}

impl Wrong {
    fn say(&mut self, field: &'static str, rule: &'static str, words: impl Into<String>) {
        let words = words.into();
        self.found.push(Refused { line: self.line, field: field.into(), rule: rule.into(), words });
    }
}

fn check(fields: &Fields<'_>, today: Day) -> Result<Entity, Vec<Refused>> {
    let mut wrong = Wrong { line: fields.line(), found: Vec::new() };
    let code = CreditCode::parse(fields.text(0))
        .map_err(|error| wrong.say("统一社会信用代码", rule_of(&error), error.to_string()))
        .ok();
    let words = |wrong: &mut Wrong, column: usize, max: usize| {
        let field = HEADINGS.get(column).copied().unwrap_or_default();
        let text = fields.text(column);
        match text.chars().count() {
            0 => wrong.say(field, "必填", format!("没有填写{field}")),
            length if length > max => wrong.say(field, "长度", format!("{field}最多 {max} 个字")),
            _ => {}
        }
        text.to_owned()
    };
    let name = words(&mut wrong, 1, WORDS_MAX);
    let kind = words(&mut wrong, 2, WORDS_MAX);
    let organ = words(&mut wrong, 6, WORDS_MAX);
    let address = words(&mut wrong, 7, WORDS_MAX);
    let scope = words(&mut wrong, 8, SCOPE_MAX);
    if let Some(code) = &code {
        fits(&mut wrong, code, &kind);
    }
    let status = Status::parse(fields.text(3));
    if status.is_none() {
        wrong.say("登记状态", "取值", "登记状态应写存续、吊销、注销、撤销、迁出或者歇业");
    }
    let representative = PersonName::parse(fields.text(4))
        .map_err(|error| wrong.say("法定代表人", "写法", error.to_string()))
        .ok();
    let number = number(&mut wrong, fields.text(9));
    let founded = day(&mut wrong, "成立日期", fields.text(5), today);
    if founded.is_none() && fields.text(5).is_empty() {
        wrong.say("成立日期", "必填", "没有填写成立日期");
    }
    let ended = day(&mut wrong, "注吊销日期", fields.text(11), today);
    let approved = day(&mut wrong, "核准日期", fields.text(13), today);
    across(&mut wrong, status, (founded, ended, approved));
    let capital = capital(&mut wrong, fields.text(10));
    let industry = industry(&mut wrong, fields.text(12));
    match (code, status, representative, founded) {
        (Some(code), Some(status), Some(representative), Some(founded))
            if wrong.found.is_empty() =>
        {
            Ok(Entity {
                code,
                name,
                kind,
                status,
                representative,
                number,
                capital,
                founded,
                ended,
                organ,
                address,
                industry,
                scope,
                approved,
            })
        }
        _ => Err(wrong.found),
    }
}

/// GB 32100: the first two characters say what the entity is.
fn fits(wrong: &mut Wrong, code: &CreditCode, kind: &str) {
    let wanted = KINDS.iter().find(|(word, _)| kind.contains(word));
    let Some((word, begins)) = wanted else { return };
    if !begins.contains(&code.kind()) {
        let words =
            format!("{word}的代码以 {} 开头，这个代码以 {} 开头", begins.join("、"), code.kind());
        wrong.say("类型", "与代码一致", words);
    }
}

fn number(wrong: &mut Wrong, text: &str) -> Option<CitizenNumber> {
    if text.is_empty() {
        return None;
    }
    let number = CitizenNumber::parse_cell(text);
    number.map_err(|error| wrong.say("法定代表人身份号码", error.rule(), error.to_string())).ok()
}

/// The rule of GB 32100 that a code breaks, in a word.
fn rule_of(error: &BadCreditCode) -> &'static str {
    match error {
        BadCreditCode::Empty => "必填",
        BadCreditCode::Length(_) => "位数",
        BadCreditCode::Character | BadCreditCode::Division => "字符",
        BadCreditCode::Check => "校验码",
    }
}

fn day(wrong: &mut Wrong, field: &'static str, text: &str, today: Day) -> Option<Day> {
    if text.is_empty() {
        return None;
    }
    match Day::typed(text) {
        Err(_) => wrong.say(field, "日期", format!("{field}不存在或者写法不对，应写 1990-03-07")),
        Ok(day) if day > today => wrong.say(field, "日期", format!("{field}在今天以后")),
        Ok(day) => return Some(day),
    }
    None
}

/// What fields say together.
fn across(
    wrong: &mut Wrong,
    status: Option<Status>,
    (founded, ended, approved): (Option<Day>, Option<Day>, Option<Day>),
) {
    let before =
        |day: Option<Day>| matches!((founded, day), (Some(founded), Some(day)) if day < founded);
    if before(ended) {
        wrong.say("注吊销日期", "先后", "注吊销日期在成立日期以前");
    }
    if before(approved) {
        wrong.say("核准日期", "先后", "核准日期在成立日期以前");
    }
    if status.is_some_and(|status| !status.is_an_end()) && ended.is_some() {
        wrong.say(
            "登记状态",
            "与注吊销日期一致",
            "填了注吊销日期，登记状态却不是吊销、注销或者撤销",
        );
    }
}

/// A number of 万元, not below nothing, with six decimals at most.
fn capital(wrong: &mut Wrong, text: &str) -> Option<String> {
    let plain: String = text.chars().filter(|sign| *sign != ',').collect();
    let plain = plain.trim_end_matches("万元").trim();
    if plain.is_empty() {
        return None;
    }
    let (whole, rest) = plain.split_once('.').unwrap_or((plain, ""));
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || whole.len() > 12 || rest.len() > 6 || !digits(whole) || !digits(rest) {
        wrong.say("注册资本（万元）", "写法", "注册资本应写数字，单位是万元");
        return None;
    }
    Some(plain.to_owned())
}

/// GB/T 4754: a letter of a section, and up to four digits; or the digits alone.
fn industry(wrong: &mut Wrong, text: &str) -> Option<String> {
    if text.is_empty() {
        return None;
    }
    let digits = text.strip_prefix(|sign: char| ('A'..='T').contains(&sign)).unwrap_or(text);
    if digits.len() > 4 || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        wrong.say("行业代码", "GB/T 4754", "行业代码是 A 至 T 的门类字母和最多四位数字");
        return None;
    }
    Some(text.to_owned())
}

#[cfg(test)]
mod tests;
