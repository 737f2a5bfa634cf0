//! Files that become documents: every letter and digit of the file stands in the document, in its
//! order, but for what became a date or was a comment.

use base::Day;
use portal::manuscript::{self, Manuscript};

/// Takes the bytes for a file.
pub fn check(bytes: &[u8]) {
    let file = crate::text(bytes);
    let Some(read) = manuscript::read(&file) else { return };
    assert!(!read.title.trim().is_empty() && !read.blocks.is_empty());
    for block in &read.blocks {
        assert!(!block.text().trim().is_empty(), "a block without words");
    }
    let json = serde_json::to_string(&read).expect("JSON");
    assert_eq!(serde_json::from_str::<Manuscript>(&json).ok().as_ref(), Some(&read));
    to_the_letter(&file, &read);
}

fn to_the_letter(file: &str, read: &Manuscript) {
    let wanted: String = file.lines().map(|line| letters(without_comment(line, file))).collect();
    let mut given = letters(&format!("{}\n{}", read.title, read.plain()));
    if read.note.is_some() && wanted != given {
        // The day under a letter without punctuation has a field of its own.
        let day = read.written_on.map(Day::chinese).unwrap_or_default();
        given.push_str(&letters(&day));
        let (wanted, given) = (without_zeros(&wanted), without_zeros(&given));
        assert_eq!(given, wanted, "a letter that lost its punctuation");
        return;
    }
    // Where the history stands above the title, or a second one was made a heading, the order is
    // another; no letter comes or goes.
    let sorted = |text: &str| {
        let mut letters: Vec<char> = text.chars().collect();
        letters.sort_unstable();
        letters
    };
    assert_eq!(sorted(&given), sorted(&wanted), "{read:?}");
}

/// A text with headings may have comments at the beginning of its lines.
fn without_comment<'l>(line: &'l str, file: &str) -> &'l str {
    // Editors of some systems begin a file with a mark of its encoding.
    let file = file.trim_start_matches('\u{feff}');
    let has_headings = file.lines().any(|line| line.trim().starts_with("# "));
    match line.trim().strip_prefix("<!--").filter(|_| has_headings) {
        Some(comment) => comment.split_once("-->").map_or("", |(_, words)| words),
        None => line,
    }
}

fn letters(text: &str) -> String {
    text.chars().filter(|c| c.is_alphanumeric()).collect()
}

/// Days are written with and without zeros before them.
fn without_zeros(text: &str) -> String {
    text.replace('0', "")
}
