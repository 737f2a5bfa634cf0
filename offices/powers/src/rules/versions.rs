//! Versions of an item: which may follow which, and why one is not published.

use base::{Refusal, RefusalKind};
use serde_json::Value;

use super::{DEFECTS_MAX, Defect};
use crate::terms::{Item, Laws, State};

/// So many places are named where a version differs from the one that stands.
const DIFFERENCES_MAX: usize = 6;

/// A version with all that it says.
#[derive(Clone, Copy, Debug)]
pub struct Whole<'v> {
    /// The item.
    pub item: &'v Item,
    /// Its form.
    pub form: &'v Value,
    /// What its short names of laws stand for.
    pub laws: &'v Laws,
}

/// What becomes of a version that comes in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It is to be published.
    Publish,
    /// It stands in the library already, word for word.
    AlreadyThere,
}

/// What becomes of the version `new`, where the same version may stand already and `newest` is the
/// newest one that does: a version that was published never changes, and none comes before another.
pub fn judge(
    new: Whole<'_>,
    same: Option<Whole<'_>>,
    newest: Option<&Item>,
) -> Result<Verdict, NotPublished> {
    let slug = || new.item.slug.clone();
    if let Some(standing) = same {
        let differing = differences(standing, new);
        return match differing.is_empty() {
            true => Ok(Verdict::AlreadyThere),
            false => Err(NotPublished::Changed {
                slug: slug(),
                version: new.item.version,
                newest: newest.map_or(new.item.version, |newest| newest.version),
                differing,
            }),
        };
    }
    let stands = newest.is_some_and(|newest| newest.state == State::Published);
    match newest {
        Some(newest) if newest.version > new.item.version => {
            Err(NotPublished::Older { slug: slug(), newest: newest.version })
        }
        _ if new.item.state == State::Withdrawn && !stands => {
            Err(NotPublished::NothingToWithdraw(slug()))
        }
        _ => Ok(Verdict::Publish),
    }
}

/// The places in which two versions differ. The order of a form's fields is the order of its pages,
/// so forms are compared as they are written.
fn differences(standing: Whole<'_>, new: Whole<'_>) -> Vec<String> {
    let mut places = Vec::new();
    let written = |item: &Item| serde_json::to_value(item).unwrap_or_default();
    let (before, after) = (written(standing.item), written(new.item));
    for (key, value) in after.as_object().into_iter().flatten() {
        let old = before.get(key).unwrap_or(&Value::Null);
        if old == value {
            continue;
        }
        let (Some(value), Some(old)) = (value.as_object(), old.as_object()) else {
            places.push(key.clone());
            continue;
        };
        let names = value.keys().chain(old.keys().filter(|name| !value.contains_key(*name)));
        let differing = names.filter(|name| value.get(*name) != old.get(*name));
        places.extend(differing.map(|name| format!("{key}.{name}")));
    }
    let in_order = |form: &Value| form.to_string();
    if in_order(standing.form) != in_order(new.form) {
        places.push(format!("forms/{}.json", new.item.slug));
    }
    if standing.laws != new.laws {
        places.push("laws".to_owned());
    }
    places
}

/// Why an item is not published.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NotPublished {
    /// It has these defects.
    Defects(String, Vec<Defect>),
    /// The themes of its file have these defects.
    Themes(Vec<Defect>),
    /// This version stands in the library already, with other content.
    Changed {
        /// The item.
        slug: String,
        /// The version.
        version: i64,
        /// The newest version that stands.
        newest: i64,
        /// Where it differs.
        differing: Vec<String>,
    },
    /// A later version stands in the library already.
    Older {
        /// The item.
        slug: String,
        /// The newest version that stands.
        newest: i64,
    },
    /// It is to be taken out of the library, where it does not stand.
    NothingToWithdraw(String),
}

impl From<NotPublished> for Refusal {
    fn from(why: NotPublished) -> Self {
        match why {
            NotPublished::Defects(slug, defects) => inconsistent(&format!("事项 {slug} "), defects),
            NotPublished::Themes(defects) => inconsistent("主题和事件", defects),
            NotPublished::Changed { slug, version, newest, differing } => {
                let next = newest + 1;
                let mut places =
                    differing.iter().take(DIFFERENCES_MAX).cloned().collect::<Vec<_>>();
                if differing.len() > DIFFERENCES_MAX {
                    places.push("……".to_owned());
                }
                Refusal::new(
                    RefusalKind::Conflict,
                    "powers.version_stands",
                    format!(
                        "事项 {slug} 的第 {version} 版已经发布，内容不能再改，这次改了 {}",
                        places.join("、")
                    ),
                )
                .ground("湖北省行政权力清单管理办法")
                .remedy(format!(
                    "要改的，请把 version 写成 {next}，effective_from 写成新版施行的日子，再发布；不改的，请恢复原来的内容"
                ))
            }
            NotPublished::Older { slug, newest } => Refusal::new(
                RefusalKind::Conflict,
                "powers.newer_stands",
                format!("事项 {slug} 已经有第 {newest} 版，不能再发布更早的版本"),
            )
            .remedy(format!("请把 version 写成 {}，再发布", newest + 1)),
            NotPublished::NothingToWithdraw(slug) => Refusal::new(
                RefusalKind::Conflict,
                "powers.not_standing",
                format!("事项 {slug} 不在库里，不能撤下"),
            )
            .remedy("要发布它，请把 state 写成 published"),
        }
    }
}

fn inconsistent(what: &str, mut defects: Vec<Defect>) -> Refusal {
    let count = defects.len();
    defects.truncate(DEFECTS_MAX);
    let words = format!("{what}有 {count} 处要改");
    let mut refusal =
        Refusal::new(RefusalKind::Invalid, "powers.inconsistent", words).remedy("请改好以后再发布");
    refusal.fields = defects.into_iter().map(Into::into).collect();
    refusal
}
