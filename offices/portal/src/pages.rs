//! What people see of the portal.

pub(crate) mod article;
pub(crate) mod drafts;
pub(crate) mod home;
pub(crate) mod imports;
pub(crate) mod info;
mod kept;
pub(crate) mod reviews;
pub(crate) mod search;

use base::{Cursor, Day, Id, Refusal};

use crate::rules::citation;
use crate::rules::manuscript::Block;
use crate::terms::{Document, Heading};
use maud::{Markup, html};

/// How many lines a list shows at once.
const PAGE: i64 = 30;

/// An id out of the address; one that is none is a page that does not exist.
fn id_of(text: &str) -> Result<Id<Document>, Refusal> {
    text.parse().map_err(|_| frame::not_found("这份信息"))
}

/// The hash that a form sends back. One that cannot be read is no hash of any text.
fn hash_of(text: &str) -> [u8; 32] {
    let mut hash = [0; 32];
    let bytes = data_encoding::HEXLOWER.decode(text.as_bytes()).unwrap_or_default();
    hash.iter_mut().zip(bytes).for_each(|(to, from)| *to = from);
    hash
}

/// The key of the next page of a list by day: its last line.
fn next_by_day(lines: &[Heading]) -> Option<String> {
    let last = lines.last().filter(|_| full(lines.len()))?;
    let day = last.published_on?.number().to_string();
    Some(Cursor::encode(&[day.as_str(), last.id.to_string().as_str()]))
}

fn by_day(before: &str) -> Option<(Day, Id<Document>)> {
    let keys = Cursor::decode(before)?;
    let [day, id] = keys.as_slice() else { return None };
    Some((Day::from_number(day.parse().ok()?), id.parse().ok()?))
}

/// The key of the next page of a list by its last change.
fn next_by_change(lines: &[Heading]) -> Option<String> {
    let last = lines.last().filter(|_| full(lines.len()))?;
    let moment = last.updated_at.millis().to_string();
    Some(Cursor::encode(&[moment.as_str(), last.id.to_string().as_str()]))
}

fn by_change(key: &str) -> Option<(base::Moment, Id<Document>)> {
    let keys = Cursor::decode(key)?;
    let [moment, id] = keys.as_slice() else { return None };
    Some((base::Moment::from_millis(moment.parse().ok()?), id.parse().ok()?))
}

fn full(lines: usize) -> bool {
    i64::try_from(lines).is_ok_and(|lines| lines >= PAGE)
}

/// A list of documents: title, number, who made it, the day.
fn heading_list(lines: &[Heading]) -> Markup {
    html! {
        ul class="link-list" {
            @for line in lines {
                li {
                    a href=(line.url()) { (line.title) }
                    span class="meta" {
                        @if let Some(number) = &line.number { (number) "，" }
                        @if let Some(maker) = &line.maker { (maker) "，" }
                        @match (line.written_on, line.published_on) {
                            (Some(on), _) => { (frame::parts::day(on)) "成文" },
                            (None, Some(on)) => { (frame::parts::day(on)) "发布" },
                            (None, None) => {},
                        }
                    }
                }
            }
        }
    }
}

/// The text of a document: headings with anchors `s1`, `s2`, …, articles of laws with `t1`, `t2`, ….
pub fn text_of(blocks: &[Block]) -> Markup {
    let mut place = 0;
    html! {
        @for run in blocks.chunk_by(|a, b| list_of(a).is_some() && list_of(a) == list_of(b)) {
            @match run.first().and_then(list_of) {
                Some(true) => ol { @for block in run { li { (block.text()) } } },
                Some(false) => ul { @for block in run { li { (block.text()) } } },
                None => @for block in run {
                    @match block {
                        Block::Heading { level, text } => {
                            @let () = place += 1;
                            @if *level <= 1 { h2 id={ "s" (place) } { (text) } }
                            @else { h3 id={ "s" (place) } { (text) } }
                        }
                        _ => p id=[citation::article_of(block.text()).map(|n| format!("t{n}"))] {
                            (block.text())
                        }
                    }
                },
            }
        }
    }
}

/// Whether a block is a point of a list, and of a counted one.
fn list_of(block: &Block) -> Option<bool> {
    match block {
        Block::Item { counted, .. } => Some(*counted),
        _ => None,
    }
}
