//! References to articles: from the short form of the data (`行政许可法#42`) to the words people
//! read (《行政许可法》第四十二条), and from the words at the head of an article to its number.

const DIGITS: &str = "零一二三四五六七八九";

/// A reference in words: `政府信息公开条例#20` and its first item become
/// 《政府信息公开条例》第二十条第一项. What is no reference stays as it is.
pub fn said(reference: &str, item: Option<u32>) -> String {
    let Some((law, article)) = reference.split_once('#') else { return reference.to_owned() };
    let Ok(article) = article.parse::<u32>() else { return reference.to_owned() };
    let item = item.map(|item| format!("第{}项", numeral(item))).unwrap_or_default();
    format!("《{law}》第{}条{item}", numeral(article))
}

/// Several references with one space between them, in words: articles of one law together.
pub fn all_said(references: &str) -> String {
    let mut said: Vec<String> = Vec::new();
    let mut last = "";
    for reference in references.split_whitespace() {
        let (law, number) = reference.split_once('#').unwrap_or((reference, ""));
        match (law == last, number.parse::<u32>()) {
            (true, Ok(article)) => said.push(format!("第{}条", numeral(article))),
            _ => said.push(self::said(reference, None)),
        }
        last = law;
    }
    said.join("、")
}

/// A number below ten thousand as it is written in laws.
pub fn numeral(number: u32) -> String {
    let digit = |digit: u32| DIGITS.chars().nth(digit as usize).unwrap_or('零');
    let mut words = String::new();
    let mut gap = false;
    for (unit, name) in [(1000, "千"), (100, "百"), (10, "十"), (1, "")] {
        let here = number / unit % 10;
        if here == 0 {
            gap = !words.is_empty();
            continue;
        }
        if gap {
            words.push('零');
            gap = false;
        }
        // 十二, not 一十二, when nothing stands before it.
        if !(unit == 10 && here == 1 && words.is_empty()) {
            words.push(digit(here));
        }
        words.push_str(name);
    }
    if words.is_empty() { "零".into() } else { words }
}

/// The number of the article that a paragraph opens: 第四十二条 … is 42.
pub fn article_of(paragraph: &str) -> Option<u32> {
    let rest = paragraph.strip_prefix('第')?;
    let end = rest.find('条').filter(|end| *end <= 8 * '一'.len_utf8())?;
    number_of(rest.get(..end)?)
}

fn number_of(words: &str) -> Option<u32> {
    let (mut sum, mut digit) = (0, None);
    for c in words.chars() {
        let unit = match c {
            '十' => 10,
            '百' => 100,
            '千' => 1000,
            _ => {
                let place = DIGITS.chars().position(|known| known == c)?;
                digit = u32::try_from(place).ok();
                continue;
            }
        };
        sum += digit.take().unwrap_or(1) * unit;
    }
    Some(sum + digit.unwrap_or(0)).filter(|sum| *sum > 0)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_reference_is_said_as_laws_say_it() {
        assert_eq!(said("政府信息公开条例#20", Some(1)), "《政府信息公开条例》第二十条第一项");
        assert_eq!(said("本市规定", None), "本市规定");
        assert_eq!(
            all_said("行政许可法#32 行政许可法#72 行政复议法#11"),
            "《行政许可法》第三十二条、第七十二条、《行政复议法》第十一条"
        );
    }

    #[test]
    fn an_article_is_known_by_its_head() {
        assert_eq!(article_of("第四十二条 除可以当场作出行政许可决定的外"), Some(42));
        assert_eq!(article_of("第一百零三条 附则"), Some(103));
        assert_eq!(article_of("第十条 甲"), Some(10));
        assert_eq!(article_of("第一章 总则"), None);
        assert_eq!(article_of("第三方应当遵守本条"), None);
    }

    proptest! {
        #[test]
        fn numerals_read_back(number in 1u32..10_000) {
            prop_assert_eq!(number_of(&numeral(number)), Some(number));
        }
    }
}
