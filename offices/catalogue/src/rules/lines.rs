//! Lists that are typed, a thing a line: the items of a resource, the conditions of a row filter. What is written reads
//! back the same.

use ask::{Condition, Operator};
use serde_json::Value;

use crate::terms::{DataType, Item};

/// Between the parts of a line.
const BETWEEN: char = '|';

/// Items from lines `代码|名称|类型|长度|必填、主键、敏感|代码表|字段|含义`; what is left away is empty. Says which line is
/// wrong and why.
pub fn items_of(text: &str) -> Result<Vec<Item>, String> {
    let lines = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
    lines
        .map(|(at, line)| item_of(line).map_err(|words| format!("第 {} 行：{words}", at + 1)))
        .collect()
}

fn item_of(line: &str) -> Result<Item, String> {
    // Keyboards of the city type either.
    let line = line.replace('｜', "|");
    let mut parts = line.split(BETWEEN).map(str::trim);
    let mut next = || parts.next().unwrap_or_default().to_owned();
    let (code, name, kind, length, marks) = (next(), next(), next(), next(), next());
    let (codes, field, concept) = (next(), next(), next());
    if parts.next().is_some() {
        return Err("最多八段，用 | 隔开".into());
    }
    let kind = match kind.as_str() {
        "" => DataType::Text,
        word => DataType::parse(word).ok_or_else(|| format!("没有“{word}”这种数据类型"))?,
    };
    let length = match length.as_str() {
        "" => 0,
        digits => digits.parse().map_err(|_| format!("长度“{digits}”不是数"))?,
    };
    let marks: Vec<&str> = marks
        .split(['、', '，', ',', ' '])
        .map(str::trim)
        .filter(|mark| !mark.is_empty())
        .collect();
    if let Some(strange) = marks.iter().find(|mark| !["必填", "主键", "敏感"].contains(mark))
    {
        return Err(format!("没有“{strange}”这种标记，可以写必填、主键、敏感"));
    }
    let has = |mark: &str| marks.contains(&mark);
    let (required, key, sensitive) = (has("必填"), has("主键"), has("敏感"));
    Ok(Item { code, name, kind, length, required, key, sensitive, codes, field, concept })
}

/// The items as lines.
pub fn items_text(items: &[Item]) -> String {
    let line = |item: &Item| {
        let marks = [(item.required, "必填"), (item.key, "主键"), (item.sensitive, "敏感")];
        let marks: Vec<&str> =
            marks.into_iter().filter(|(is, _)| *is).map(|(_, word)| word).collect();
        let length = if item.length == 0 { String::new() } else { item.length.to_string() };
        let parts = [
            item.code.as_str(),
            item.name.as_str(),
            item.kind.word(),
            length.as_str(),
            &marks.join("、"),
            item.codes.as_str(),
            item.field.as_str(),
            item.concept.as_str(),
        ];
        parts.join("|").trim_end_matches(BETWEEN).to_owned()
    };
    items.iter().map(line).collect::<Vec<_>>().join("\n")
}

/// So many conditions a filter has at most.
const CONDITIONS_MAX: usize = 20;

/// A row filter from lines `信息项 怎么比 值`: `division 以此开头 420702`. Several values stand with 、 between them. `field`
/// gives the field of an item by its code or name.
pub fn filter_of(
    text: &str,
    field: impl Fn(&str) -> Option<String>,
) -> Result<Vec<Condition>, String> {
    let lines: Vec<(usize, &str)> =
        text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()).collect();
    if lines.len() > CONDITIONS_MAX {
        return Err(format!("最多 {CONDITIONS_MAX} 个条件"));
    }
    let one = |(at, line): &(usize, &str)| {
        condition(line, &field).map_err(|words| format!("第 {} 行：{words}", at + 1))
    };
    lines.iter().map(one).collect()
}

fn condition(line: &str, field: impl Fn(&str) -> Option<String>) -> Result<Condition, String> {
    let mut words = line.split_whitespace();
    let (Some(item), Some(how)) = (words.next(), words.next()) else {
        return Err("请写信息项、怎么比、值，中间用空格隔开".into());
    };
    let value = words.collect::<Vec<_>>().join(" ");
    let field = field(item).ok_or_else(|| format!("没有“{item}”这个信息项"))?;
    let known = Operator::ALL.into_iter().find(|(_, name, title)| *name == how || *title == how);
    let Some((op, ..)) = known else {
        let titles: Vec<&str> = Operator::ALL.iter().map(|(.., title)| *title).collect();
        return Err(format!("没有“{how}”这种比法，可以写{}", titles.join("、")));
    };
    if value.is_empty() {
        return Err("没有写值".into());
    }
    let value = match op {
        Operator::OneOf => value.split('、').map(|one| Value::String(one.trim().into())).collect(),
        _ => Value::String(value),
    };
    Ok(Condition { field, op, value })
}

/// A row filter as lines, with fields as they are.
pub fn filter_text(filter: &[Condition]) -> String {
    let words = |value: &Value| match value {
        Value::String(text) => text.clone(),
        Value::Array(all) => all.iter().filter_map(Value::as_str).collect::<Vec<_>>().join("、"),
        other => other.to_string(),
    };
    let line = |one: &Condition| format!("{} {} {}", one.field, one.op.title(), words(&one.value));
    filter.iter().map(line).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_wrong_line_is_told_by_its_number() {
        let text = "number|公民身份号码|字符型|18|必填、主键、敏感\nname|姓名|文字";
        assert_eq!(items_of(text).unwrap_err(), "第 2 行：没有“文字”这种数据类型");
        let field = |name: &str| (name == "division").then(|| "division".to_owned());
        assert!(filter_of("division 以此开头 420702", field).is_ok());
        assert!(filter_of("division 像 420702", field).unwrap_err().contains("没有“像”这种比法"));
        assert!(filter_of("x 等于 1", field).unwrap_err().contains("没有“x”"));
    }

    proptest! {
        /// What was read is written and read the same, and nothing that anybody types stops the program.
        #[test]
        fn lists_read_back_the_same(text in "[a-z|｜字符型必填、 \n0-9]{0,120}", any in ".{0,80}") {
            let _ = items_of(&any);
            let _ = filter_of(&any, |name| Some(name.to_owned()));
            if let Ok(items) = items_of(&text) {
                let kept: Vec<Item> = items.into_iter().filter(|item| !items_text(std::slice::from_ref(item)).is_empty()).collect();
                prop_assert_eq!(items_of(&items_text(&kept)).unwrap(), kept);
            }
            if let Ok(filter) = filter_of(&text, |name| Some(name.to_owned())) {
                prop_assert_eq!(filter_of(&filter_text(&filter), |name| Some(name.to_owned())).unwrap(), filter);
            }
        }
    }
}
