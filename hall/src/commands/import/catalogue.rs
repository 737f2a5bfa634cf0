//! Resources of the catalogue out of a file: each by itself, with a report.

use std::path::Path;
use std::sync::Arc;

use ::catalogue::acts::import::{self, Taken};
use access::Actor;
use base::{Outcome, Refusal, RefusalKind};
use frame::Hall;
use serde_json::Value;

use super::items::{plain, words_of};
use super::text_of;
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
