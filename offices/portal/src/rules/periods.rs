//! Texts whose punctuation was lost: every mark has become `.`. The words are kept to the letter;
//! only the marks are put back as far as the structure of the text betrays them.

use base::Day;

use crate::rules::manuscript::{Block, Manuscript};

/// Reads such a text into a manuscript that has its title already.
pub fn read(mut manuscript: Manuscript, lines: &[&str]) -> Manuscript {
    let whole = lines.concat();
    let pieces: Vec<&str> =
        whole.split('.').map(str::trim).filter(|piece| !piece.is_empty()).collect();
    let mut writer = Writer::default();
    for (at, piece) in pieces.iter().enumerate() {
        let next = pieces.get(at + 1).copied().unwrap_or_default();
        if at == 0 {
            opening(piece, &mut manuscript, &mut writer);
            continue;
        }
        match trailing_day(piece).filter(|_| next.is_empty()) {
            Some((words, day)) => {
                manuscript.written_on = Some(day);
                writer.take(words, next);
            }
            None => writer.take(piece, next),
        }
    }
    writer.end();
    manuscript.blocks = writer.blocks;
    manuscript.note = Some(
        "原文件中的标点都写成了句点。本站只恢复了标点和分段，文字一字未改；以正式印发的文本为准。"
            .into(),
    );
    manuscript
}

/// The first piece of a letter: the full title, the number, and the first of those it goes to.
fn opening(piece: &str, manuscript: &mut Manuscript, writer: &mut Writer) {
    let mut parts = piece.split_whitespace();
    if let Some(full) = parts.next() {
        writer.paragraph(full);
        // 市人民政府关于…的意见: who writes stands before 关于.
        if let Some((organ, _)) = full.split_once("关于").filter(|(organ, _)| !organ.is_empty()) {
            manuscript.organ = Some(organ.to_owned());
        }
    }
    for part in parts {
        let is_number = part.ends_with('号') && part.chars().any(|c| c.is_ascii_digit());
        if is_number {
            manuscript.number = Some(part.to_owned());
            writer.paragraph(part);
        } else {
            writer.say(part);
        }
    }
}

/// `…双赢` followed by `2012年10月13日` in one piece: the words and the day under the letter.
fn trailing_day(piece: &str) -> Option<(&str, Day)> {
    let words = piece.strip_suffix('日')?;
    let (words, day) = split_trailing_number(words)?;
    let (words, month) = split_trailing_number(words.strip_suffix('月')?)?;
    let (words, year) = split_trailing_number(words.strip_suffix('年')?)?;
    let day = Day::new(year, i8::try_from(month).ok()?, i8::try_from(day).ok()?)?;
    Some((words, day))
}

fn split_trailing_number(text: &str) -> Option<(&str, i16)> {
    let digits = text.chars().rev().take_while(char::is_ascii_digit).count();
    let (words, number) = text.split_at_checked(text.len() - digits)?;
    Some((words, number.parse().ok()?))
}

/// Puts pieces together again.
#[derive(Default)]
struct Writer {
    blocks: Vec<Block>,
    line: String,
    /// A heading's numeral that waits for its words.
    numeral: Option<String>,
    /// The piece that opens a numbered paragraph is its topic and ends with a full stop.
    topic: bool,
}

impl Writer {
    fn paragraph(&mut self, words: &str) {
        self.end_paragraph();
        self.blocks.push(Block::Paragraph { text: words.to_owned() });
    }

    fn end_paragraph(&mut self) {
        if !self.line.is_empty() {
            let mut text = std::mem::take(&mut self.line);
            text.push('。');
            self.blocks.push(Block::Paragraph { text });
        }
    }

    fn say(&mut self, words: &str) {
        if words.is_empty() {
            return;
        }
        if !self.line.is_empty() {
            self.line.push(if std::mem::take(&mut self.topic) { '。' } else { '，' });
        }
        self.line.push_str(words);
    }

    /// The end of the text. A numeral that still waits was no heading's.
    fn end(&mut self) {
        if let Some(numeral) = self.numeral.take() {
            self.say(&numeral);
        }
        self.end_paragraph();
    }

    fn take(&mut self, piece: &str, next: &str) {
        if let Some(numeral) = self.numeral.take_if(|_| !piece.is_empty()) {
            self.heading(&numeral, piece);
            return;
        }
        if is_chinese_numeral(piece) {
            self.end_paragraph();
            self.numeral = Some(piece.to_owned());
            return;
        }
        // 基本原则1 . 注重实效: a number at the end of a piece opens a numbered paragraph.
        let (before, number) = opening_number(piece);
        if let Some(number) = number
            && !next.is_empty()
        {
            self.say(before);
            self.end_paragraph();
            self.line = format!("{number}. ");
            self.topic = false;
            return;
        }
        if self.line.ends_with(". ") {
            self.line.push_str(piece);
            self.topic = true;
            return;
        }
        if opens_a_paragraph(piece) && self.line.chars().count() > 60 {
            self.end_paragraph();
        }
        self.say(piece);
    }

    fn heading(&mut self, numeral: &str, words: &str) {
        let text = format!("{numeral}、{words}");
        self.blocks.push(Block::Heading { level: 1, text });
    }
}

fn is_chinese_numeral(piece: &str) -> bool {
    (1..=3).contains(&piece.chars().count())
        && piece.chars().all(|c| "一二三四五六七八九十".contains(c))
}

/// A single digit at the end of a piece of words, or alone: `基本原则1`, `2`. Numbers that belong
/// to the words (`网100`, a year) are longer.
fn opening_number(piece: &str) -> (&str, Option<&str>) {
    let digits = piece.chars().rev().take_while(char::is_ascii_digit).count();
    if digits != 1 {
        return (piece, None);
    }
    match piece.split_at_checked(piece.len() - 1) {
        Some((words, number)) => (words, Some(number)),
        None => (piece, None),
    }
}

/// How a new thought begins in this kind of letter.
fn opens_a_paragraph(piece: &str) -> bool {
    const OPENINGS: &[&str] = &[
        "加快",
        "建设",
        "突出",
        "规范",
        "推进",
        "加强",
        "充分发挥",
        "总体目标",
        "指导思想",
        "加大",
        "成立",
        "电子政务项目",
        "统筹",
        "要加强",
        "为了加强",
        "提高政府",
        "注重",
    ];
    OPENINGS.iter().any(|opening| piece.starts_with(opening)) && piece.chars().count() >= 12
}

#[cfg(test)]
mod tests {
    use super::*;

    const LETTER: &str = "市人民政府关于加快某事的意见 鄂州政发28号 各区人民政府.开发区管委会.各部门.\
        推行某事.是一场变革.一.指导思想和任务指导思想 以人为本.基本原则1.注重实效.要讲效率.2.集约发展.\
        节约资金.二.加快整合工作.各单位不得自建.做到双赢2012年10月13日";

    fn letter() -> Manuscript {
        read(Manuscript { title: "关于加快某事的意见".into(), ..Manuscript::default() }, &[LETTER])
    }

    #[test]
    fn a_letter_without_punctuation_tells_number_organ_and_day() {
        let letter = letter();
        assert_eq!(letter.number.as_deref(), Some("鄂州政发28号"));
        assert_eq!(letter.organ.as_deref(), Some("市人民政府"));
        assert_eq!(letter.written_on, Day::new(2012, 10, 13));
        assert!(letter.note.is_some());
    }

    #[test]
    fn no_word_is_lost_and_none_is_added() {
        let letters = |text: &str| text.chars().filter(|c| c.is_alphanumeric()).collect::<String>();
        let read = letter();
        let written: String = read.blocks.iter().map(Block::text).collect();
        assert_eq!(letters(&written), letters(LETTER).trim_end_matches("2012年10月13日"));
    }

    #[test]
    fn numerals_become_headings_and_numbers_open_paragraphs() {
        let blocks = letter().blocks;
        assert!(blocks.iter().any(|block| matches!(block,
            Block::Heading { text, .. } if text.starts_with("二、加快整合工作"))));
        assert!(blocks.iter().any(|block| block.text() == "1. 注重实效。要讲效率。"));
    }

    #[test]
    fn what_is_no_heading_and_no_day_stays_in_the_text() {
        for end in ["一", "一.二", "双赢2012年13月40日", "一.2012年10月13日", "99999年1月1日"]
        {
            let text = format!("{}.{end}", "甲.乙.丙".repeat(10));
            let letters = |text: &str| text.replace(['.', '，', '。', '、'], "");
            let read = read(Manuscript::default(), &[&text]);
            let written: String = read.blocks.iter().map(Block::text).collect();
            let day = read.written_on.map(Day::chinese).unwrap_or_default();
            assert_eq!(letters(&written) + &day, letters(&text), "{end}");
        }
    }
}
