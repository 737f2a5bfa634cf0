//! From a file to a document: title, number, organ, dates and paragraphs, taken from where they
//! stand in the text. What does not stand there stays absent; nothing is looked up in a table.

use base::Day;
use serde::{Deserialize, Serialize};

/// One piece of a document's text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
pub enum Block {
    /// A heading: 1 for 章 and 一、, 2 for 节 and （一）, 3 below.
    Heading {
        /// 1 to 3.
        level: u8,
        /// Its words.
        text: String,
    },
    /// A paragraph.
    Paragraph {
        /// Its words.
        text: String,
    },
    /// One point of a list.
    Item {
        /// Its words.
        text: String,
        /// Whether the points are counted.
        counted: bool,
    },
}

impl Block {
    /// The words of the block.
    pub fn text(&self) -> &str {
        match self {
            Block::Heading { text, .. } | Block::Paragraph { text } | Block::Item { text, .. } => {
                text
            }
        }
    }
}

/// What was read from a file.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manuscript {
    /// Title.
    pub title: String,
    /// Number: 国务院令第722号, 鄂州政发28号.
    pub number: Option<String>,
    /// The organ that made it, as the text names it.
    pub organ: Option<String>,
    /// The day of its last passing, promulgation or revision; the day under a letter.
    pub written_on: Option<Day>,
    /// The day from which it holds.
    pub effective_on: Option<Day>,
    /// The lines on its history, in the words of the text.
    pub history: Vec<String>,
    /// The text.
    pub blocks: Vec<Block>,
    /// What the reader should know of the way it was taken in.
    pub note: Option<String>,
}

impl Manuscript {
    /// The words of the whole text, one block a line: for search, review and comparison.
    pub fn plain(&self) -> String {
        self.history
            .iter()
            .map(String::as_str)
            .chain(self.blocks.iter().map(Block::text))
            .collect::<Vec<_>>()
            .join("\n")
    }
}

/// Reads a file. `None` if it has neither a title nor text.
pub fn read(file: &str) -> Option<Manuscript> {
    let file = file.trim_start_matches('\u{feff}');
    let lines: Vec<&str> = file.lines().map(tidy).filter(|line| !line.is_empty()).collect();
    let mut manuscript = if lines.iter().any(|line| line.starts_with("# ")) {
        marked(&lines)
    } else {
        plain(&lines)
    };
    if manuscript.title.is_empty() || manuscript.blocks.is_empty() {
        return None;
    }
    manuscript.effective_on =
        manuscript.effective_on.or_else(|| effective(&manuscript)).or_else(|| at_once(&manuscript));
    Some(manuscript)
}

fn tidy(line: &str) -> &str {
    line.trim_matches(|c: char| c.is_whitespace() || c == '\u{3000}')
}

/// A text with Markdown's headings: `# title`, lines on its history, `## 第一章`, paragraphs.
fn marked(lines: &[&str]) -> Manuscript {
    let mut manuscript = Manuscript::default();
    let ends = lines.iter().position(|line| line.starts_with("<!--"));
    for (at, line) in lines.iter().enumerate() {
        let line = without_comment(line);
        let depth = line.bytes().take_while(|byte| *byte == b'#').count();
        let words = tidy(line.get(depth..).unwrap_or_default());
        if words.is_empty() {
            continue;
        }
        match depth {
            1 if manuscript.title.is_empty() => manuscript.title = words.to_owned(),
            0 if ends.is_some_and(|end| at < end) => put_history(&mut manuscript, words),
            0 => manuscript.blocks.push(Block::Paragraph { text: words.to_owned() }),
            _ => manuscript.blocks.push(Block::Heading {
                level: u8::try_from(depth - 1).unwrap_or(3).clamp(1, 3),
                text: words.split_whitespace().collect::<Vec<_>>().join(" "),
            }),
        }
    }
    learn(&mut manuscript);
    manuscript
}

/// What stands behind a comment that opens a line.
fn without_comment(line: &str) -> &str {
    match line.strip_prefix("<!--") {
        Some(comment) => comment.split_once("-->").map_or("", |(_, words)| tidy(words)),
        None => line,
    }
}

/// A history line that begins with no date goes on where the one before it broke off.
fn put_history(manuscript: &mut Manuscript, words: &str) {
    let words = unclosed(words);
    match manuscript.history.last_mut() {
        Some(last) if first_day(words).is_none() => last.push_str(words),
        _ => manuscript.history.push(words.to_owned()),
    }
}

/// Drops a closing bracket that nothing opened.
fn unclosed(words: &str) -> &str {
    match words.strip_suffix('）') {
        Some(rest) if !rest.contains('（') => rest,
        _ => words,
    }
}

/// Takes number, organ and dates from the lines on the history.
fn learn(manuscript: &mut Manuscript) {
    for line in &manuscript.history {
        let Some((day, words)) = first_day(line) else { continue };
        let words = tidy(words);
        if words.starts_with("施行") || words.starts_with("起施行") {
            manuscript.effective_on = Some(day);
            continue;
        }
        manuscript.written_on = Some(day);
        if let Some(number) = order_number(words) {
            manuscript.number = Some(number);
        }
        if let Some(organ) = organ_in(words) {
            manuscript.organ = Some(organ);
        }
    }
}

/// `2024年7月10日` at the beginning of a line, and the words after it.
fn first_day(line: &str) -> Option<(Day, &str)> {
    let (year, rest) = line.split_once('年')?;
    let (month, rest) = rest.split_once('月')?;
    let (day, rest) = rest.split_once('日')?;
    // A sign before a number is a number too, and no way to write a day.
    let number = |text: &str| {
        let text = text.trim();
        text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse::<i16>().ok())?
    };
    let day = Day::new(
        number(year).filter(|year| *year >= 1_000)?,
        i8::try_from(number(month)?).ok()?,
        i8::try_from(number(day)?).ok()?,
    )?;
    Some((day, rest))
}

/// `国务院令第722号` in the words of a history line.
fn order_number(words: &str) -> Option<String> {
    let at = words.find("令第")?;
    let end = words.get(at..)?.find('号')? + at + '号'.len_utf8();
    let begin = words.find("国务院").filter(|begin| *begin < at)?;
    words.get(begin..end).map(str::to_owned)
}

/// The organ that a history line names as the maker.
fn organ_in(words: &str) -> Option<String> {
    if words.contains("全国人民代表大会常务委员会") {
        return Some("全国人民代表大会常务委员会".into());
    }
    if words.contains("全国人民代表大会") {
        return Some("全国人民代表大会".into());
    }
    if let Some(makers) = words.strip_suffix("发布").or_else(|| words.strip_suffix("印发")) {
        return Some(makers.to_owned());
    }
    if words.contains("国务院") {
        return Some("国务院".into());
    }
    None
}

/// `本法自2004年7月1日起施行。` at the end of the text.
fn effective(manuscript: &Manuscript) -> Option<Day> {
    let named = ["本法", "本条例", "本规定", "本办法", "本意见"];
    manuscript.blocks.iter().rev().take(12).find_map(|block| {
        let words = block.text();
        let at = named.iter().find_map(|name| words.find(&format!("{name}自")))?;
        let from = words.get(at..)?;
        let from = from.get(from.find('自')? + '自'.len_utf8()..)?;
        let (day, rest) = first_day(from)?;
        rest.starts_with("起施行").then_some(day)
    })
}

/// `自公布之日起施行`: the day of its one history line. A text that was revised since says no more
/// when it first held.
fn at_once(manuscript: &Manuscript) -> Option<Day> {
    let says = |block: &Block| {
        ["自公布之日起施行", "自发布之日起施行"].iter().any(|words| block.text().contains(words))
    };
    let said = manuscript.blocks.iter().rev().take(3).any(says);
    manuscript.written_on.filter(|_| said && manuscript.history.len() == 1)
}

/// A text without marks: the first line is the title, and what follows may be one long line.
fn plain(lines: &[&str]) -> Manuscript {
    let mut manuscript = Manuscript::default();
    let Some((title, rest)) = lines.split_first() else { return manuscript };
    manuscript.title = (*title).to_owned();
    if rest.iter().any(|line| has_lost_punctuation(line)) {
        return crate::rules::periods::read(manuscript, rest);
    }
    for line in rest {
        manuscript.blocks.push(match heading_level(line) {
            Some(level) => Block::Heading { level, text: (*line).to_owned() },
            None => Block::Paragraph { text: (*line).to_owned() },
        });
    }
    manuscript
}

/// Whether every mark of punctuation has become a full stop of ASCII.
fn has_lost_punctuation(line: &str) -> bool {
    let stops = line.matches('.').count();
    stops >= 20 && !line.contains(['，', '。', '；'])
}

/// 一、 or （一） at the beginning of a short line is a heading.
fn heading_level(line: &str) -> Option<u8> {
    if line.chars().count() > 40 || line.ends_with('。') {
        return None;
    }
    let numeral =
        |text: &str| !text.is_empty() && text.chars().all(|c| "一二三四五六七八九十".contains(c));
    if line.split_once('、').is_some_and(|(number, _)| numeral(number)) {
        return Some(1);
    }
    let inner = line.strip_prefix('（')?.split_once('）')?.0;
    numeral(inner).then_some(2)
}

#[cfg(test)]
mod tests {
    use super::*;

    const LAW: &str = "# 某某条例\n\n2019年10月8日 国务院第66次常务会议通过\n\n\
        2019年10月22日 中华人民共和国国务院令第722号公布\n\n<!-- INFO END -->\n\n\
        ## 第一章 总 则\n\n第一条 为了示例，制定本条例。\n\n第二条 本条例自2020年1月1日起施行。\n";

    #[test]
    fn a_regulation_tells_its_number_organ_and_dates() {
        let read = read(LAW).unwrap();
        assert_eq!(read.title, "某某条例");
        assert_eq!(read.number.as_deref(), Some("国务院令第722号"));
        assert_eq!(read.organ.as_deref(), Some("国务院"));
        assert_eq!(read.written_on, Day::new(2019, 10, 22));
        assert_eq!(read.effective_on, Day::new(2020, 1, 1));
        assert_eq!(read.history.len(), 2);
        assert_eq!(
            read.blocks.first(),
            Some(&Block::Heading { level: 1, text: "第一章 总 则".into() })
        );
    }

    #[test]
    fn what_does_not_stand_in_the_text_stays_absent() {
        let read = read("# 没有来历的条例\n<!-- INFO END -->\n第一条 正文。\n").unwrap();
        assert_eq!((read.number, read.organ, read.written_on), (None, None, None));
        assert_eq!(read.effective_on, None);
    }

    #[test]
    fn a_broken_history_line_is_joined_and_a_stray_bracket_dropped() {
        let law = "# 甲法\n\n2017年12月27日 第十二届全国人民代表大会常务委员会第三十一次会议《关于修改<乙法>\n\n\
            <丙法>的决定》修正）\n\n<!-- INFO END -->\n第一条 正文。";
        let read = read(law).unwrap();
        assert_eq!(read.history.len(), 1);
        assert!(read.history[0].ends_with("<丙法>的决定》修正"));
        assert_eq!(read.organ.as_deref(), Some("全国人民代表大会常务委员会"));
    }

    #[test]
    fn a_heading_without_words_is_none_and_words_behind_a_comment_stay() {
        let read = read("# 题\n##\n<!-- INFO END --> 第一条 正文。\n## \u{3000}\n").unwrap();
        assert_eq!(read.blocks, [Block::Paragraph { text: "第一条 正文。".into() }]);
        assert_eq!(super::read("# 题\n##\n"), None);
    }

    #[test]
    fn an_empty_file_is_no_document() {
        assert_eq!(super::read(""), None);
        assert_eq!(super::read("# 只有题目\n"), None);
    }
}
