//! What editors write: it comes back to be changed as it was, is drawn with nothing of it as
//! markup, and the scan before publication tells no number that belongs to a person.

use portal::citation;
use portal::draft;
use portal::scan::scan;

/// Takes the bytes for the text of a draft.
pub fn check(bytes: &[u8]) {
    let text = crate::text(bytes);
    let blocks = draft::blocks(&text);
    let again = draft::blocks(&draft::text(&blocks));
    assert_eq!(again, blocks, "a draft comes back as it was");
    crate::html::check(&portal::text_of(&blocks).into_string());
    let found = scan(&text);
    assert!(found.len() <= 100);
    for finding in found {
        assert!(!finding.words.is_empty() && finding.context.contains(&finding.words));
        if finding.kind.stops() && finding.words.contains('*') {
            assert!(finding.words.chars().filter(char::is_ascii_digit).count() <= 10);
        }
    }
    cited(&text);
}

fn cited(text: &str) {
    let _ = citation::all_said(text);
    for line in text.lines() {
        let Some(article) = citation::article_of(line) else { continue };
        assert!(article > 0, "{line}");
        let head = format!("第{}条", citation::numeral(article));
        if article < 10_000 {
            assert_eq!(citation::article_of(&head), Some(article), "{head}");
        }
        assert_eq!(citation::said(&format!("法#{article}"), None), format!("《法》{head}"));
    }
}
