//! What may stand in a cell, by the type of its item. What is right comes out in one spelling, so that the same value of
//! two files is the same.

use base::{CitizenNumber, CreditCode, Day, DivisionCode};

use crate::terms::{CodeTable, DataType, Item};

/// What is wrong with a cell: the rule in a word, and what to do in words.
pub type Wrong = (&'static str, String);

/// A cell as it is kept; empty where there is nothing.
pub fn cell(item: &Item, text: &str) -> Result<String, Wrong> {
    let text = text.trim();
    if text.is_empty() {
        return match item.required || item.key {
            true => Err(("必填", "这一项必须填写".into())),
            false => Ok(String::new()),
        };
    }
    let kept = match item.kind {
        DataType::Number | DataType::Money | DataType::Double => number(text)?,
        DataType::Integer => whole(text)?,
        DataType::Day => day(text)?,
        DataType::Moment => moment(text)?,
        DataType::Logic => logic(text)?,
        DataType::Text | DataType::Memo | DataType::Any => coded(item, text)?,
    };
    let length = usize::try_from(item.length).unwrap_or(usize::MAX);
    if length > 0 && kept.chars().count() > length {
        return Err(("长度", format!("最多 {length} 个字符")));
    }
    Ok(kept)
}

fn number(text: &str) -> Result<String, Wrong> {
    let plain: String = text.chars().map(base::narrow).filter(|sign| *sign != ',').collect();
    let digits = plain.strip_prefix(['-', '+']).unwrap_or(&plain);
    let (left, right) = digits.split_once('.').unwrap_or((digits, ""));
    let all = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    let shaped = !left.is_empty() && all(left) && all(right) && !digits.ends_with('.');
    if !shaped || digits.len() > 30 {
        return Err(("数值", "请写数字，例如 12.5".into()));
    }
    // 007, 7.50 and 7.5 are one number, so they are one spelling.
    let (left, right) = (left.trim_start_matches('0'), right.trim_end_matches('0'));
    let left = if left.is_empty() { "0" } else { left };
    let point = if right.is_empty() { "" } else { "." };
    let below = plain.starts_with('-') && (left, right) != ("0", "");
    Ok(format!("{}{left}{point}{right}", if below { "-" } else { "" }))
}

fn whole(text: &str) -> Result<String, Wrong> {
    let kept = number(text)?;
    match kept.parse::<i64>() {
        Ok(number) => Ok(number.to_string()),
        Err(_) => Err(("整数", "请写整数".into())),
    }
}

fn day(text: &str) -> Result<String, Wrong> {
    // A spreadsheet says a day with the midnight it begins at.
    let text = text.strip_suffix(" 00:00:00").unwrap_or(text);
    let day = Day::typed(text).map_err(|_| ("日期", "请写日期，例如 2026-03-01".to_owned()))?;
    Ok(day.to_string())
}

fn moment(text: &str) -> Result<String, Wrong> {
    let wrong = || ("日期时间", "请写日期和时间，例如 2026-03-01 08:30:00".to_owned());
    let narrow: String = text.chars().map(base::narrow).collect();
    let narrow = narrow.trim_end_matches("+08:00").replace('T', " ");
    let (days, time) = narrow.split_once(' ').unwrap_or((&narrow, "00:00:00"));
    let days = Day::typed(days).map_err(|_| wrong())?;
    let mut parts = [0u8; 3];
    let said: Vec<&str> = time.trim().split(':').collect();
    if !(2..=3).contains(&said.len()) {
        return Err(wrong());
    }
    for ((part, text), limit) in parts.iter_mut().zip(said).zip([23, 59, 59]) {
        *part = text.parse().ok().filter(|number| *number <= limit).ok_or_else(wrong)?;
    }
    let [hour, minute, second] = parts;
    Ok(format!("{days} {hour:02}:{minute:02}:{second:02}"))
}

fn logic(text: &str) -> Result<String, Wrong> {
    match text.to_lowercase().as_str() {
        "是" | "有" | "true" | "1" | "y" | "yes" | "t" => Ok("是".into()),
        "否" | "无" | "false" | "0" | "n" | "no" | "f" => Ok("否".into()),
        _ => Err(("是否", "请写“是”或者“否”".into())),
    }
}

fn coded(item: &Item, text: &str) -> Result<String, Wrong> {
    if text.chars().any(|sign| sign.is_control() && !matches!(sign, '\n' | '\t' | '\r')) {
        return Err(("字符", "有看不见的控制字符，请删去".into()));
    }
    match item.codes.as_str() {
        "GB 11643" => match CitizenNumber::parse(text) {
            Ok(number) => Ok(number.as_str().to_owned()),
            Err(bad) => Err(("公民身份号码", bad.to_string())),
        },
        "GB 32100" => match CreditCode::parse(text) {
            Ok(code) => Ok(code.as_str().to_owned()),
            Err(bad) => Err(("统一社会信用代码", bad.to_string())),
        },
        // Where a division is said by its name, the name stands.
        "GB/T 2260" if text.bytes().all(|byte| byte.is_ascii_digit()) => {
            DivisionCode::parse(text).map_err(|bad| ("代码表", bad.to_string()))?;
            Ok(text.to_owned())
        }
        standard => match CodeTable::of(standard) {
            Some(table) => table.code(text).map(str::to_owned).ok_or_else(|| {
                let words =
                    format!("请写 {standard}《{}》的代码：{}", table.title, table.examples());
                ("代码表", words)
            }),
            None => Ok(text.to_owned()),
        },
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn item(kind: DataType, codes: &str) -> Item {
        Item { kind, codes: codes.into(), ..Item::default() }
    }

    #[test]
    fn values_come_in_one_spelling() {
        let kept = |kind, text| cell(&item(kind, ""), text);
        assert_eq!(kept(DataType::Day, "2026年3月1日"), kept(DataType::Day, "20260301"));
        assert_eq!(kept(DataType::Moment, "2026-03-01T08:30"), Ok("2026-03-01 08:30:00".into()));
        assert_eq!(kept(DataType::Number, "１,２00.50"), Ok("1200.5".into()));
        assert_eq!(kept(DataType::Money, "007"), kept(DataType::Money, "+7.00"));
        assert_eq!(kept(DataType::Number, "-0.0"), Ok("0".into()));
        assert_eq!(kept(DataType::Integer, "7.0"), Ok("7".into()));
        assert_eq!(kept(DataType::Logic, "TRUE"), Ok("是".into()));
        assert!(kept(DataType::Integer, "7.5").is_err());
        assert!(kept(DataType::Day, "2026-02-30").is_err());
        let number = cell(&item(DataType::Text, "GB 11643"), "130503670401001");
        assert_eq!(number, Ok("130503196704010016".into()), "fifteen digits become eighteen");
        assert!(cell(&item(DataType::Text, "GB 11643"), "130503196704010017").is_err());
        assert!(cell(&item(DataType::Text, "GB 32100"), "91420700MA4KW0000A").is_err());
        let sex = |text| cell(&item(DataType::Text, "GB/T 2261.1"), text);
        assert_eq!((sex("2"), sex("女")), (Ok("2".into()), Ok("2".into())));
        let (rule, words) = sex("3").unwrap_err();
        assert_eq!(rule, "代码表");
        assert!(words.contains("1 男性、2 女性"), "{words}");
    }

    #[test]
    fn what_is_too_long_or_missing_is_refused_by_its_rule() {
        let short = Item { length: 2, required: true, ..item(DataType::Text, "") };
        assert_eq!(cell(&short, "三个字").unwrap_err().0, "长度");
        assert_eq!(cell(&short, " ").unwrap_err().0, "必填");
    }

    proptest! {
        /// What is kept is kept as it is when it comes again.
        #[test]
        fn what_is_kept_stays(
            kind in prop::sample::select(DataType::ALL.to_vec()),
            codes in prop::sample::select(vec!["", "GB 11643", "GB 32100", "GB/T 2260", "GB/T 3304"]),
            text in "\\PC{0,20}|[0-9.,:T -]{0,20}",
        ) {
            if let Ok(kept) = cell(&item(kind, codes), &text) {
                prop_assert_eq!(cell(&item(kind, codes), &kept), Ok(kept));
            }
        }
    }
}
