//! Whether the values are right, in words beside the fields.

use base::{CitizenNumber, CreditCode, Day, FieldError, PersonName, Phone};
use jsonschema::error::ValidationErrorKind as Broken;
use serde_json::Value;

use super::{FieldKind, Form, FormField, value_of};

impl Form {
    /// What is wrong with the values, field by field in the form's order, one sentence a field.
    pub fn check(&self, values: &Value) -> Vec<FieldError> {
        self.wrong(values, None)
    }

    /// What is wrong with the values of one page.
    pub fn check_group(&self, group: &str, values: &Value) -> Vec<FieldError> {
        self.wrong(values, Some(group))
    }

    fn wrong(&self, values: &Value, group: Option<&str>) -> Vec<FieldError> {
        let empty = serde_json::json!({});
        let values = if values.is_object() { values } else { &empty };
        // Found once for all fields: (name, what is broken).
        let broken: Vec<_> = self
            .validator
            .iter_errors(values)
            .filter_map(|error| Some((field_name(&error)?, error)))
            .collect();
        let fields = self.fields.iter();
        let asked = fields.filter(|field| group.is_none_or(|group| field.group == group));
        let wrong = asked.filter_map(|field| {
            let mine = broken.iter().filter(|(name, _)| *name == field.name);
            // Of several faults of a field the plainest is told.
            let worst = mine.map(|(_, error)| error.kind()).min_by_key(|kind| rank(kind));
            let value = value_of(values, &field.name);
            let message = match worst {
                Some(kind) => Some(said(field, kind, value)),
                None => value.and_then(|value| misshapen(field, value)),
            };
            Some(FieldError { field: field.name.clone(), message: message? })
        });
        wrong.collect()
    }
}

fn field_name(error: &jsonschema::ValidationError<'_>) -> Option<String> {
    if let Broken::Required { property } = error.kind() {
        return property.as_str().map(str::to_owned);
    }
    let path = error.instance_path().as_str().to_owned();
    path.split('/').nth(1).map(str::to_owned)
}

fn rank(kind: &Broken) -> u8 {
    match kind {
        Broken::Required { .. } => 0,
        Broken::Type { .. } => 1,
        Broken::Enum { .. } | Broken::Constant { .. } => 2,
        Broken::MinLength { .. } | Broken::MaxLength { .. } => 3,
        Broken::MinItems { .. } | Broken::MaxItems { .. } => 3,
        _ => 4,
    }
}

fn said(field: &FormField, kind: &Broken, value: Option<&Value>) -> String {
    let name = &field.short;
    let own = |otherwise: String| field.message.clone().unwrap_or(otherwise);
    let signs = || value.and_then(Value::as_str).map_or(0, |text| text.chars().count());
    match kind {
        Broken::Required { .. } => missing(field),
        Broken::Type { .. } => match field.kind {
            FieldKind::Whole => format!("{name}应为整数，例如 12"),
            FieldKind::Decimal => format!("{name}应为数字，例如 12.5"),
            _ => format!("{name}填写的内容无法识别，请重新填写"),
        },
        Broken::Constant { .. } => own(missing(field)),
        Broken::Enum { .. } => format!("请从列出的选项中选择{name}"),
        Broken::MinLength { limit } => {
            format!("{name}至少 {limit} 个字，现在是 {} 个字", signs())
        }
        // The text was cut when it was read, so its true length is not known here.
        Broken::MaxLength { limit } => format!("{name}最多 {limit} 个字，请缩短"),
        Broken::Minimum { limit } => format!("{name}不能小于 {limit}"),
        Broken::Maximum { limit } => format!("{name}不能大于 {limit}"),
        Broken::ExclusiveMinimum { limit } => format!("{name}应大于 {limit}"),
        Broken::ExclusiveMaximum { limit } => format!("{name}应小于 {limit}"),
        Broken::MultipleOf { multiple_of } => format!("{name}应为 {multiple_of} 的整数倍"),
        Broken::MinItems { limit } => format!("{name}至少选 {limit} 项"),
        Broken::MaxItems { limit } => format!("{name}最多选 {limit} 项"),
        Broken::UniqueItems => format!("{name}有重复的选项"),
        _ => own(format!("{name}的写法不对，请对照说明核对")),
    }
}

fn missing(field: &FormField) -> String {
    let name = &field.short;
    match field.kind {
        FieldKind::One(_) | FieldKind::Many(_) | FieldKind::YesNo => format!("请选择{name}"),
        FieldKind::Confirm => format!("请勾选“{}”", field.title),
        _ => format!("请填写{name}"),
    }
}

/// What is wrong with a value that the schema lets pass, by the format of the field.
fn misshapen(field: &FormField, value: &Value) -> Option<String> {
    let text = value.as_str()?;
    let own = |words: String| field.message.clone().unwrap_or(words);
    match field.kind {
        FieldKind::Phone => Phone::parse(text).err().map(|bad| own(bad.to_string())),
        FieldKind::CitizenNumber => {
            CitizenNumber::parse(text).err().map(|bad| own(bad.to_string()))
        }
        FieldKind::CreditCode => CreditCode::parse(text).err().map(|bad| own(bad.to_string())),
        FieldKind::PersonName => PersonName::parse(text).err().map(|bad| own(bad.to_string())),
        FieldKind::Email => (!is_email(text))
            .then(|| own("电子邮箱的写法不对，应像 name@example.com 这样，请核对".to_owned())),
        FieldKind::Day => bad_day(&field.short, text).map(own),
        _ => None,
    }
}

/// Enough of an address to send a letter to; whether it arrives only a letter can tell.
fn is_email(text: &str) -> bool {
    let Some((local, domain)) = text.rsplit_once('@') else { return false };
    let plain = |part: &str, more: &str| {
        !part.is_empty()
            && part.chars().all(|sign| sign.is_ascii_alphanumeric() || more.contains(sign))
    };
    text.len() <= 254
        && plain(local, "!#$%&'*+-/=?^_`{|}~.")
        && domain.contains('.')
        && domain.split('.').all(|label| plain(label, "-"))
}

fn bad_day(name: &str, text: &str) -> Option<String> {
    if text.parse::<Day>().is_ok_and(|day| (1800..=2200).contains(&day.year())) {
        return None;
    }
    let mut parts = text.split('-');
    let mut part = || parts.next().unwrap_or_default();
    let (year, month, day) = (part(), part(), part());
    let lost: Vec<&str> = [(year, "年"), (month, "月"), (day, "日")]
        .iter()
        .filter(|(part, _)| part.is_empty())
        .map(|(_, word)| *word)
        .collect();
    Some(if !lost.is_empty() && lost.len() < 3 {
        format!("{name}还缺{}", lost.join("、"))
    } else if year.len() != 4 || !year.bytes().all(|byte| byte.is_ascii_digit()) {
        format!("{name}的年份请写四位数字，例如 1990")
    } else {
        format!("{name}不是真实的日期，请核对，例如 1990 年 3 月 8 日")
    })
}
