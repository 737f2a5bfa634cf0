//! Lists that are typed, a thing a line: the items of a resource, the conditions of a row filter. What is written reads
//! back the same.

use ask::{Condition, Operator};
use serde_json::{Number, Value};

use super::cells;
use super::query::is_number;
use crate::terms::{DataType, Item, Resource};

/// A number of a filter has no more digits: with more, nobody can say that they meant each.
const DIGITS_MAX: usize = 15;
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

/// A row filter from lines `信息项 怎么比 值`: `division 以此开头 420702`. Several values stand with 、 between them. An item is
/// named by its code or name. What is a number is held against rows as a number, and a day in one spelling, however it was
/// typed; rows that were brought here have codes where a table of codes has words.
pub fn filter_of(text: &str, resource: &Resource) -> Result<Vec<Condition>, String> {
    let lines: Vec<(usize, &str)> =
        text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()).collect();
    if lines.len() > CONDITIONS_MAX {
        return Err(format!("最多 {CONDITIONS_MAX} 个条件"));
    }
    let one = |(at, line): &(usize, &str)| {
        condition(line, resource).map_err(|words| format!("第 {} 行：{words}", at + 1))
    };
    lines.iter().map(one).collect()
}

fn condition(line: &str, resource: &Resource) -> Result<Condition, String> {
    let mut words = line.split_whitespace();
    let (Some(named), Some(how)) = (words.next(), words.next()) else {
        return Err("请写信息项、怎么比、值，中间用空格隔开".into());
    };
    let value = words.collect::<Vec<_>>().join(" ");
    let item = resource.items.iter().find(|item| item.code == named || item.name == named);
    let item = item.ok_or_else(|| format!("没有“{named}”这个信息项"))?;
    let known = Operator::ALL.into_iter().find(|(_, name, title)| *name == how || *title == how);
    let Some((op, ..)) = known else {
        let titles: Vec<&str> = Operator::ALL.iter().map(|(.., title)| *title).collect();
        return Err(format!("没有“{how}”这种比法，可以写{}", titles.join("、")));
    };
    if value.is_empty() {
        return Err("没有写值".into());
    }
    let rows_here = resource.question.is_empty();
    let value = match op {
        Operator::OneOf => {
            let values = value.split('、').map(|one| value_of(item, one.trim(), rows_here));
            Value::Array(values.collect::<Result<_, _>>()?)
        }
        Operator::BeginsWith if is_number(item.kind) => {
            return Err(format!("“{}”是数，不能比开头", item.name));
        }
        Operator::BeginsWith => Value::String(value),
        _ => value_of(item, &value, rows_here)?,
    };
    Ok(Condition { field: item.field().to_owned(), op, value })
}

/// A value as it is held against the rows.
fn value_of(item: &Item, text: &str, rows_here: bool) -> Result<Value, String> {
    let in_one_spelling = || cells::cell(item, text).map_err(|(_, words)| words);
    match item.kind {
        kind if is_number(kind) => {
            let kept = in_one_spelling()?;
            let digits = kept.bytes().filter(u8::is_ascii_digit).count();
            let number: Option<Number> = serde_json::from_str(&kept).ok();
            // One that is written by powers of ten does not read back.
            let plain = number.filter(|one| digits <= DIGITS_MAX && !one.to_string().contains('e'));
            plain.map(Value::Number).ok_or_else(|| format!("“{text}”请写最多 {DIGITS_MAX} 位的数"))
        }
        DataType::Day | DataType::Moment => in_one_spelling().map(Value::String),
        // An office says things in its own words, the rows that were brought as their items have them.
        _ if rows_here && !text.is_empty() => in_one_spelling().map(Value::String),
        _ => Ok(Value::String(text.to_owned())),
    }
}

/// A cell as a filter looks at it: what stands nowhere is not known.
pub fn seen(cell: &str) -> Value {
    if cell.is_empty() { Value::Null } else { Value::String(cell.to_owned()) }
}

/// A row filter as lines; `name` says what people call a field.
pub fn filter_text(filter: &[Condition], name: impl Fn(&str) -> String) -> String {
    let word = |value: &Value| match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    let words = |value: &Value| match value {
        Value::Array(all) => all.iter().map(word).collect::<Vec<_>>().join("、"),
        other => word(other),
    };
    let line =
        |one: &Condition| format!("{} {} {}", name(&one.field), one.op.title(), words(&one.value));
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
        let rows = rows();
        assert!(filter_of("division 以此开头 420702", &rows).is_ok());
        assert!(filter_of("division 像 420702", &rows).unwrap_err().contains("没有“像”这种比法"));
        assert!(filter_of("x 等于 1", &rows).unwrap_err().contains("没有“x”"));
        assert!(filter_of("年龄 以此开头 1", &rows).unwrap_err().contains("是数"));
        assert!(filter_of("年龄 不小于 很大", &rows).unwrap_err().contains("请写数字"));
        assert!(filter_of("年龄 等于 1234567890123456", &rows).unwrap_err().contains("最多 15 位"));
    }

    fn rows() -> Resource {
        let item = |code: &str, name: &str, kind, codes: &str| Item {
            code: code.into(),
            name: name.into(),
            kind,
            codes: codes.into(),
            ..Item::default()
        };
        Resource {
            items: vec![
                item("division", "区划", DataType::Text, ""),
                item("age", "年龄", DataType::Number, ""),
                item("died", "死亡日期", DataType::Day, ""),
                item("sex", "性别", DataType::Text, "GB/T 2261.1"),
                item("state", "状态", DataType::Text, ""),
            ],
            ..Resource::default()
        }
    }

    fn admits(filter: &str, row: [&str; 5]) -> bool {
        let (rows, filter) = (rows(), filter_of(filter, &rows()).unwrap());
        let cells = rows.items.iter().zip(row);
        let whole: serde_json::Map<String, Value> =
            cells.map(|(item, cell)| (item.field().to_owned(), seen(cell))).collect();
        ask::admitted(&Value::Object(whole), &filter).is_some()
    }

    #[test]
    fn numbers_are_compared_as_numbers_and_what_is_empty_is_not_known() {
        let row = |age, died, state| ["420702", age, died, "2", state];
        assert!(!admits("年龄 不小于 18", row("9", "", "")));
        assert!(admits("年龄 不小于 18", row("18.0", "", "")));
        assert!(!admits("年龄 不大于 5000", row("10000000", "", "")));
        assert!(
            !admits("死亡日期 不大于 2020年1月1日", row("", "", "")),
            "who lives has no such day"
        );
        assert!(admits("死亡日期 不大于 2020年1月1日", row("", "2019-12-31", "")));
        assert!(!admits("状态 不等于 保密", row("", "", "")), "nobody has said that it is not");
        assert!(admits("状态 不等于 保密", row("", "", "公开")));
        assert!(admits("性别 等于 女", row("", "", "")), "a word of the table is its code");
        assert!(admits("年龄 是其中之一 7、8.50", row("8.5", "", "")));
    }

    proptest! {
        /// What was read is written and read the same, and nothing that anybody types stops the program.
        #[test]
        fn lists_read_back_the_same(text in "[a-z|｜字符型必填、 \n0-9]{0,120}", any in ".{0,80}") {
            let _ = items_of(&any);
            let _ = filter_of(&any, &rows());
            if let Ok(items) = items_of(&text) {
                let kept: Vec<Item> = items.into_iter().filter(|item| !items_text(std::slice::from_ref(item)).is_empty()).collect();
                prop_assert_eq!(items_of(&items_text(&kept)).unwrap(), kept);
            }
            let rows = rows();
            for text in [text, format!("年龄 不小于 {any}"), format!("division 是其中之一 {any}")] {
                if let Ok(filter) = filter_of(&text, &rows) {
                    let said = filter_text(&filter, |field| rows.name_of(field));
                    prop_assert_eq!(filter_of(&said, &rows).unwrap(), filter);
                }
            }
        }
    }
}
