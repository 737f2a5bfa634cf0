//! What an editor writes: lines of text, with a few marks at their beginning. `## ` and `### ` open
//! headings, `- ` and `1. ` points of a list; every other line is a paragraph.

use crate::rules::manuscript::Block;

/// The text as blocks.
pub fn blocks(text: &str) -> Vec<Block> {
    text.lines().map(str::trim).filter(|line| !line.is_empty()).map(block).collect()
}

fn block(line: &str) -> Block {
    let words = |words: &str| words.trim().to_owned();
    if let Some(rest) = line.strip_prefix("### ") {
        return Block::Heading { level: 2, text: words(rest) };
    }
    if let Some(rest) = line.strip_prefix("## ") {
        return Block::Heading { level: 1, text: words(rest) };
    }
    if let Some(rest) = line.strip_prefix("- ") {
        return Block::Item { text: words(rest), counted: false };
    }
    match counted(line) {
        Some(rest) => Block::Item { text: words(rest), counted: true },
        None => Block::Paragraph { text: line.to_owned() },
    }
}

/// The words after `1. `; a number of more than two digits is no count.
fn counted(line: &str) -> Option<&str> {
    let (number, rest) = line.split_once(". ")?;
    let counts = (1..=2).contains(&number.len()) && number.bytes().all(|b| b.is_ascii_digit());
    counts.then_some(rest)
}

/// The blocks as text again, to be changed.
pub fn text(blocks: &[Block]) -> String {
    let mut lines = Vec::with_capacity(blocks.len());
    let mut count = 0;
    for block in blocks {
        // Three digits open no list, so a long one goes on with the last number that does.
        let count_max = if matches!(block, Block::Item { counted: true, .. }) { 99 } else { 0 };
        count = (count + 1).min(count_max);
        lines.push(match block {
            Block::Heading { level: 1, text } => format!("## {text}"),
            Block::Heading { text, .. } => format!("### {text}"),
            Block::Item { text, counted: false } => format!("- {text}"),
            Block::Item { text, counted: true } => format!("{count}. {text}"),
            Block::Paragraph { text } => text.clone(),
        });
    }
    lines.join("\n\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_comes_back_as_it_was() {
        let written =
            "开头。\n\n## 一、标题\n\n- 甲\n\n- 乙\n\n1. 先\n\n2. 后\n\n### 小标题\n\n结尾。";
        assert_eq!(text(&blocks(written)), written);
    }

    #[test]
    fn a_list_of_more_than_ninety_nine_points_stays_a_list() {
        let points = blocks(&"1. 点\n".repeat(120));
        assert_eq!(blocks(&text(&points)), points);
    }

    #[test]
    fn a_year_opens_no_list() {
        let block = blocks("2026. 年").pop();
        assert_eq!(block, Some(Block::Paragraph { text: "2026. 年".into() }));
    }
}
