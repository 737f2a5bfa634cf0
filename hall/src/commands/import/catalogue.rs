//! Resources of the catalogue out of a file: each by itself, with a report. JSON is published by two people; a sheet becomes
//! drafts.

use std::path::Path;
use std::sync::Arc;

use ::catalogue::acts::import::{self, Drafted, Taken};
use ::catalogue::terms::BadCell;
use access::Actor;
use base::{Fault, Outcome, Refusal, RefusalKind};
use frame::Hall;
use serde_json::Value;

use super::items::{plain, words_of};
use super::{text_of, whole};
use crate::control::Teller;

/// The largest file that is read: some ten thousand resources.
const FILE_MAX: u64 = 64 * 1024 * 1024;

/// Publishes the resources of a file and tells how each went. Says whether all went well.
pub async fn resources(
    hall: &Arc<Hall>,
    path: &Path,
    (editor, reviewer): (&Actor, &Actor),
    teller: &Teller,
) -> Outcome<bool> {
    import::may_import(hall, editor, reviewer).await?;
    let shown = plain(&path.to_string_lossy());
    let unread = |words: String| {
        let words = format!("{shown}：{words}");
        Refusal::new(RefusalKind::Invalid, "hall.unread", words)
    };
    let text = text_of(path, FILE_MAX).map_err(unread)?;
    let file = import::read_file(&text)?.map_err(unread)?;
    let (mut published, mut there, mut refused) = (0, 0, 0);
    for (at, resource) in file.resources.into_iter().enumerate() {
        let name = resource.get("name").and_then(Value::as_str).map(plain);
        let label = name.unwrap_or_else(|| format!("第 {} 个资源", at + 1));
        match import::take_in(hall, (editor, reviewer), resource).await {
            Ok(Taken::Published { code, version }) => {
                published += 1;
                teller.tell(format!("✓ {label}：{code} 第 {version} 版已发布"));
            }
            Ok(Taken::AlreadyThere { code }) => {
                there += 1;
                teller.tell(format!("= {label}：{code} 已经在目录里，没有变化"));
            }
            Err(stop) => {
                refused += 1;
                teller.tell(format!("✗ {label}：{}", words_of(&stop)));
            }
        }
    }
    teller
        .tell(format!("发布 {published} 个，已有而没有变化的 {there} 个，没有发布的 {refused} 个"));
    Ok(refused == 0)
}

/// Whether a file is a sheet: whatever is no JSON.
pub fn is_sheet(path: &Path) -> bool {
    path.extension().is_none_or(|ending| !ending.eq_ignore_ascii_case("json"))
}

/// Writes the resources of a sheet down as drafts, and tells each line that was not taken. Says whether all went well.
pub async fn sheet(
    hall: &Arc<Hall>,
    path: &Path,
    editor: &Actor,
    teller: &Teller,
) -> Outcome<bool> {
    import::may_draft(hall, editor).await?;
    let (bytes, name) = whole(path)?;
    let read = tokio::task::spawn_blocking(move || import::read_sheet(&name, &bytes));
    let sheet = read.await.map_err(Fault::from)??;
    if !sheet.unknown.is_empty() {
        teller.tell(format!("没有用到的列：{}", plain(&sheet.unknown.join("、"))));
    }
    let kept = sheet.kept()?;
    if !kept.is_empty() {
        teller.tell(format!("表里没有的列，已有的资源照旧：{}", plain(&kept.join("、"))));
    }
    let tell_bad = |bad: &BadCell| {
        let (field, rule, words) = (plain(&bad.field), plain(&bad.rule), plain(&bad.words));
        teller.tell(format!("✗ 第 {} 行，{field}（{rule}）：{words}", bad.line));
    };
    sheet.bad.iter().for_each(tell_bad);
    let (mut drafts, mut same, mut refused) = (0, 0, 0);
    for written in &sheet.resources {
        let label = plain(&written.resource.name);
        match import::draft_in(hall, editor, written, &sheet.unsaid).await? {
            Drafted::Draft { code, version, .. } => {
                drafts += 1;
                teller.tell(format!("✓ {label}：{code} 第 {version} 版草稿"));
            }
            Drafted::Same { code, .. } => {
                same += 1;
                teller.tell(format!("= {label}：{code} 没有变化"));
            }
            Drafted::Wrong(wrong) => {
                refused += 1;
                wrong.iter().for_each(tell_bad);
            }
        }
    }
    teller.tell(format!("写成草稿 {drafts} 个，没有变化的 {same} 个，没有写的 {refused} 个"));
    if drafts > 0 {
        teller.tell("草稿还要在工作台“数据目录”送审，由另一个人发布".to_owned());
    }
    Ok(refused == 0 && sheet.bad.is_empty())
}
