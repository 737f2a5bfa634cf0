//! Marking what was searched for, and the passage that shows it best.
//!
//! No tokenizer runs here. Words are looked for as they stand first, which is as fast as the
//! memory; only a word that is not there that way (other case or width, punctuation within) is
//! looked for in the folded text, character by character.

use std::ops::Range;

use crate::fold::fold;
use crate::terms::Fragment;

/// Characters in a passage.
const PASSAGE_CHARS: usize = 120;
/// Characters before the first hit at most.
const BEFORE_CHARS: usize = 40;
/// Hits that make a passage good; more of them make it no better.
const HITS_WANTED: usize = 3;
/// Occurrences of one word that are considered.
const OCCURRENCES_MAX: usize = 64;
/// Bytes of a text that are searched for a passage. What stands behind is found, not shown.
const SEARCHED_BYTES_MAX: usize = 2 << 20;

/// A word to mark, with what is needed to find it while reading a text once.
pub(crate) struct Mark {
    text: String,
    letters: Vec<char>,
    /// Knuth, Morris, Pratt: how far a broken match still holds.
    fallback: Vec<usize>,
}

/// One occurrence: which bytes, and of which mark.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Occurrence {
    range: Range<usize>,
    mark: usize,
}

impl Mark {
    /// A mark for a folded word.
    pub(crate) fn new(text: &str) -> Self {
        let letters: Vec<char> = text.chars().collect();
        let mut mark = Self { text: text.to_owned(), fallback: vec![0], letters };
        let mut held = 0;
        for place in 1..mark.letters.len() {
            held = mark.step(held, mark.letters.get(place).copied());
            mark.fallback.push(held);
        }
        mark
    }

    /// How many letters match after one more was read, when `held` did before.
    fn step(&self, mut held: usize, letter: Option<char>) -> usize {
        loop {
            if letter.is_some() && self.letters.get(held).copied() == letter {
                return held + 1;
            }
            if held == 0 {
                return 0;
            }
            held = self.fallback.get(held - 1).copied().unwrap_or(0);
        }
    }

    /// Where it stands exactly like this.
    fn as_written(&self, text: &str) -> Vec<Range<usize>> {
        let found = text.match_indices(&self.text).take(OCCURRENCES_MAX);
        found.map(|(at, word)| at..at + word.len()).collect()
    }

    /// Where it stands once both are folded.
    fn folded(&self, text: &str) -> Vec<Range<usize>> {
        let mut found = Vec::new();
        let mut starts: Vec<usize> = Vec::new();
        let mut held = 0;
        for (at, c) in text.char_indices() {
            let Some(letter) = fold(c) else { continue };
            starts.push(at);
            held = self.step(held, Some(letter));
            if held == self.letters.len() {
                let first = starts.len().checked_sub(held).and_then(|n| starts.get(n));
                found.extend(first.map(|start| *start..at + c.len_utf8()));
                held = self.fallback.last().copied().unwrap_or(0);
                if found.len() >= OCCURRENCES_MAX {
                    break;
                }
            }
        }
        found
    }
}

/// The whole text in pieces, each occurrence marked.
pub(crate) fn marked(text: &str, marks: &[Mark]) -> Vec<Fragment> {
    let mut ranges: Vec<Range<usize>> = marks.iter().flat_map(|mark| mark.folded(text)).collect();
    ranges.sort_by_key(|range| (range.start, range.end));
    let mut pieces: Vec<Fragment> = Vec::new();
    let mut done = 0;
    let mut open: Option<Range<usize>> = None;
    for range in ranges {
        match &mut open {
            Some(last) if range.start <= last.end => last.end = last.end.max(range.end),
            _ => {
                close(text, open.replace(range), &mut done, &mut pieces);
            }
        }
    }
    close(text, open, &mut done, &mut pieces);
    push(&mut pieces, text.get(done..).unwrap_or_default(), false);
    pieces
}

fn close(text: &str, hit: Option<Range<usize>>, done: &mut usize, pieces: &mut Vec<Fragment>) {
    let Some(hit) = hit else { return };
    push(pieces, text.get(*done..hit.start).unwrap_or_default(), false);
    push(pieces, text.get(hit.clone()).unwrap_or_default(), true);
    *done = hit.end;
}

fn push(pieces: &mut Vec<Fragment>, text: &str, hit: bool) {
    if !text.is_empty() {
        pieces.push(Fragment { text: one_line(text), hit });
    }
}

/// With one space for each run of white space.
fn one_line(text: &str) -> String {
    let mut line = String::with_capacity(text.len());
    for c in text.chars() {
        match c.is_whitespace() {
            true if line.ends_with(' ') => {}
            true => line.push(' '),
            false => line.push(c),
        }
    }
    line
}

/// The passage that shows best why a text was found; its beginning when the text itself was not.
pub(crate) fn passage(text: &str, marks: &[Mark]) -> Vec<Fragment> {
    let text = text.get(..text.floor_char_boundary(SEARCHED_BYTES_MAX)).unwrap_or(text);
    let around = best(&occurrences(text, marks)).unwrap_or(0..0);
    let window = window(text, around);
    let inside = text.get(window.clone()).unwrap_or_default();
    let mut pieces = marked(inside, marks);
    if let Some(first) = pieces.first_mut() {
        first.text = first.text.trim_start().to_owned();
        let before = text.get(..window.start).unwrap_or_default().trim_end();
        if !before.is_empty() && !before.ends_with(is_end) {
            pieces.insert(0, Fragment { text: "…".into(), hit: false });
        }
    }
    if let Some(last) = pieces.last_mut() {
        last.text = last.text.trim_end().to_owned();
        let more = !text.get(window.end..).unwrap_or_default().trim().is_empty();
        if more && !last.text.ends_with(is_end) {
            pieces.push(Fragment { text: "…".into(), hit: false });
        }
    }
    pieces.retain(|piece| !piece.text.is_empty());
    pieces
}

/// All occurrences of all marks, by their place.
fn occurrences(text: &str, marks: &[Mark]) -> Vec<Occurrence> {
    let mut all = Vec::new();
    for (mark, looked_for) in marks.iter().enumerate() {
        let mut found = looked_for.as_written(text);
        if found.is_empty() {
            found = looked_for.folded(text);
        }
        all.extend(found.into_iter().map(|range| Occurrence { range, mark }));
    }
    all.sort_by_key(|one| (one.range.start, one.range.end));
    all
}

/// The span of up to three occurrences with the most different words, then with the most
/// occurrences, then nearest to the beginning.
fn best(all: &[Occurrence]) -> Option<Range<usize>> {
    // A Chinese character has three bytes, so this is the passage in bytes, at the least.
    let span_max = PASSAGE_CHARS * 3 / 2;
    let mut best: Option<(usize, Range<usize>)> = None;
    for (at, first) in all.iter().enumerate() {
        let near =
            all.iter().skip(at).take_while(|one| one.range.end <= first.range.start + span_max);
        let (mut seen, mut end, mut count) = (Vec::new(), first.range.end, 0);
        for one in near {
            let new = !seen.contains(&one.mark);
            if !new && count >= HITS_WANTED {
                continue;
            }
            if new {
                seen.push(one.mark);
            }
            count += 1;
            end = end.max(one.range.end);
        }
        let worth = seen.len() * 10 + count.min(HITS_WANTED);
        if best.as_ref().is_none_or(|(known, _)| worth > *known) {
            best = Some((worth, first.range.start..end));
        }
    }
    best.map(|(_, range)| range)
}

/// About [`PASSAGE_CHARS`] characters with this range inside, cut where a sentence ends if one
/// ends near enough, else where a clause does, else anywhere.
fn window(text: &str, around: Range<usize>) -> Range<usize> {
    let start = beginning(text, around.start);
    let used = text.get(start..around.end).map_or(0, |inside| inside.chars().count());
    let room = PASSAGE_CHARS.saturating_sub(used).max(8);
    let rest = text.get(around.end..).unwrap_or_default();
    let (mut sentence, mut clause, mut last) = (None, None, 0);
    for (count, (at, c)) in rest.char_indices().take(room).enumerate() {
        last = at + c.len_utf8();
        // A passage that stops early would waste its room.
        if used + count + 1 >= PASSAGE_CHARS / 2 {
            if is_end(c) {
                sentence = Some(last);
            } else if is_pause(c) {
                clause = Some(last);
            }
        }
    }
    let whole = last == rest.len();
    let length = if whole { last } else { sentence.or(clause).unwrap_or(last) };
    start..around.end + length
}

/// Where a passage begins that has its first hit at `hit`.
fn beginning(text: &str, hit: usize) -> usize {
    let before = text.get(..hit).unwrap_or_default();
    let (mut clause, mut first) = (None, hit);
    for (at, c) in before.char_indices().rev().take(BEFORE_CHARS) {
        if is_end(c) {
            return at + c.len_utf8();
        }
        if is_pause(c) {
            clause = Some(at + c.len_utf8());
        }
        first = at;
    }
    if first == 0 { 0 } else { clause.unwrap_or(first) }
}

fn is_end(c: char) -> bool {
    matches!(c, '。' | '！' | '？' | '；' | '!' | '?' | ';' | '\n' | '…')
}

fn is_pause(c: char) -> bool {
    matches!(c, '，' | '：' | '、' | ',' | ':' | '.' | ' ' | '\u{3000}')
}
