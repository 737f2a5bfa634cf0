//! What people type into the search field, and the texts that it is looked for in: nothing is an
//! error, what stands there is found, and what is shown stands there.

use std::sync::LazyLock;

use search::{Audience, Change, Doc, Fragment, Index, Query, Results};

/// Documents that are always there, so that a list has a second page.
const OTHERS: i64 = 30;
/// Longer words are cut where people type them.
const TYPED_CHARS_MAX: usize = 100;

static INDEX: LazyLock<Index> = LazyLock::new(|| {
    let index = Index::in_memory().expect("an index");
    let other = |n: i64| Change::Put(doc(&format!("other-{n}"), &format!("第 {n} 号通知"), OTHER));
    index.apply((0..OTHERS).map(other).collect(), OTHERS).expect("the others");
    index
});

const OTHER: &str =
    "鄂州市人民政府办公室关于印发《行政许可事项清单》的通知。\n各区人民政府：申请材料齐全。";

fn doc(key: &str, title: &str, body: &str) -> Doc {
    Doc {
        key: key.into(),
        kind: "document".into(),
        url: format!("/info/laws/{key}"),
        title: title.into(),
        body: body.into(),
        number: "鄂州政发〔2026〕1号".into(),
        audience: Audience::Public,
        ..Doc::default()
    }
}

/// The first line is typed; the second is a cursor or a title; the rest, if there is any, is the
/// text of one more document.
pub fn check(bytes: &[u8]) {
    let (typed, rest) = crate::headed(bytes);
    let (second, body) = crate::headed(rest);
    let typed: String = typed.chars().take(TYPED_CHARS_MAX).collect();
    if body.is_empty() {
        pages(&typed, &second);
    } else {
        in_a_text(&typed, &second, &crate::text(body));
    }
}

fn search(query: &Query) -> Results {
    let results = INDEX.search(query).expect("nothing that is typed is an error");
    assert!(results.hits.len() <= query.limit.max(1) && results.hits.len() <= results.total);
    results
}

/// Page after page gives everything once.
fn pages(typed: &str, cursor: &str) {
    let forged = Query { after: Some(cursor.to_owned()), ..Query::new(typed) };
    search(&forged);
    let mut query = Query { limit: 7, ..Query::new(typed) };
    let mut seen: Vec<String> = Vec::new();
    loop {
        let results = search(&query);
        for hit in results.hits {
            assert!(!seen.contains(&hit.key), "{} comes twice", hit.key);
            seen.push(hit.key);
        }
        assert!(seen.len() <= results.total, "no more than were counted");
        match results.next {
            Some(next) => query.after = Some(next),
            None => {
                assert_eq!(seen.len(), results.total, "all of them come");
                return;
            }
        }
    }
}

fn in_a_text(typed: &str, title: &str, body: &str) {
    let one = doc("one", title, body);
    INDEX.apply(vec![Change::Put(one)], OTHERS + 1).expect("it is taken in");
    let results = search(&Query { limit: 100, ..Query::new(typed) });
    let hit = results.hits.iter().find(|hit| hit.key == "one");
    let counts = |c: char| matches!(c, 'a'..='z' | '0'..='9' | '\u{4E00}'..='\u{9FFF}');
    if !typed.is_empty() && typed.chars().all(counts) && body.contains(typed) {
        let hit = hit.expect("what stands in the text is found");
        assert!(hit.snippet.iter().any(|piece| piece.hit), "and shown: {:?}", hit.snippet);
    }
    let Some(hit) = hit else { return };
    assert_eq!(one_line(&joined(&hit.title)), one_line(title), "the title is whole");
    let shown: String = hit.snippet.iter().map(|piece| piece.text.as_str()).collect();
    let shown = shown.strip_prefix('…').unwrap_or(&shown);
    let shown = shown.strip_suffix('…').unwrap_or(shown);
    let (shown, text) = (one_line(shown), one_line(body));
    let shown = shown.strip_prefix('…').unwrap_or(&shown);
    assert!(text.contains(shown.trim()), "«{shown}» stands in the text");
    assert!(shown.chars().count() <= 700, "a passage is short");
}

fn joined(pieces: &[Fragment]) -> String {
    pieces.iter().map(|piece| piece.text.as_str()).collect()
}

/// With one space for each run of white space, as a page shows it.
fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
