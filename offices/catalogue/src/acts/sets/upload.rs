//! A file that comes by the browser: kept in parts while it comes in, sealed, and read by a job.

use base::{Fault, Id, Outcome, Refusal, RefusalKind};
use frame::ActCx;
use ledger::jobs::{self, Lane};
use seal::Hasher;
use serde_json::json;

use super::{By, fresh, remove, resource, source};
use crate::store as rows;
use crate::terms::{Extent, FILES, SetLoad, Stage};

/// A file waits in parts of so many bytes.
const PART_BYTES: usize = 1 << 20;
/// No file is larger.
pub const BYTES_MAX: usize = 400 << 20;
/// The job that reads it.
const JOB: &str = "catalogue.bring";

/// A file on its way in.
pub struct Upload {
    load: SetLoad,
    provider: String,
    waiting: Vec<u8>,
    parts: i64,
    bytes: usize,
    lines: i64,
    digest: Hasher,
}

impl Upload {
    /// A file of this name for a resource of one's organ.
    pub async fn begin(cx: &ActCx, key: &str, extent: Extent, name: &str) -> Outcome<Self> {
        let (key, by, now) = (key.to_owned(), By::Person(cx.actor().clone()), cx.now());
        let (name, id) = (name.to_owned(), Id::mint(now));
        let (load, provider) = cx
            .write(move |tx| {
                let (provider, resource) = resource(tx, &key)?;
                let permit = by.permit(tx, &provider)?;
                let load = SetLoad {
                    name: name.clone(),
                    stage: Stage::Receiving,
                    ..fresh(id, &key, extent, &resource, now)
                };
                let no = rows::begin_load(tx, &permit, &load)?;
                Ok((SetLoad { no, ..load }, provider))
            })
            .await?;
        let (waiting, digest) = (Vec::new(), Hasher::default());
        Ok(Self { load, provider, waiting, parts: 0, bytes: 0, lines: 0, digest })
    }

    /// Takes more bytes.
    pub async fn take(&mut self, cx: &ActCx, bytes: &[u8]) -> Outcome<()> {
        self.bytes += bytes.len();
        if self.bytes > BYTES_MAX {
            let words = format!("文件太大：最多 {} MB", BYTES_MAX >> 20);
            return Err(Refusal::new(RefusalKind::TooLarge, "catalogue.too_large", words.clone())
                .remedy("请分成几个文件，第一个按全部数据，其余按新增和更改导入")
                .field("file", words)
                .into());
        }
        self.digest.update(bytes);
        let lines = bytes.iter().filter(|byte| **byte == b'\n').count();
        self.lines += i64::try_from(lines).unwrap_or_default();
        self.waiting.extend_from_slice(bytes);
        while self.waiting.len() >= PART_BYTES {
            let rest = self.waiting.split_off(PART_BYTES);
            let part = std::mem::replace(&mut self.waiting, rest);
            self.keep(cx, part).await?;
        }
        Ok(())
    }

    async fn keep(&mut self, cx: &ActCx, part: Vec<u8>) -> Outcome<()> {
        if self.parts == 0 {
            source::beginning(&self.load.shape, &self.load.name, &part)?;
        }
        let (no, number, keys) = (self.load.no, self.parts, cx.hall().keys.clone());
        let sealed = tokio::task::spawn_blocking(move || keys.seal(FILES, &part));
        let sealed = sealed.await.map_err(Fault::from)?;
        let (by, provider) = (By::Person(cx.actor().clone()), self.provider.clone());
        cx.hall()
            .store
            .write(move |tx| {
                let permit = by.permit(tx, &provider)?;
                rows::put_part(tx, &permit, (no, number), &sealed)
            })
            .await?;
        self.parts += 1;
        Ok(())
    }

    /// The file is whole: it waits to be read.
    pub async fn finish(&mut self, cx: &ActCx) -> Outcome<Id<SetLoad>> {
        let last = std::mem::take(&mut self.waiting);
        if !last.is_empty() {
            self.keep(cx, last).await?;
        }
        let account = cx.signed_in()?.account.to_string();
        let body = json!({ "load": self.load.id.to_string(), "account": account });
        let digest = std::mem::take(&mut self.digest).finish();
        let now = cx.now();
        let (by, provider, no, lines) =
            (By::Person(cx.actor().clone()), self.provider.clone(), self.load.no, self.lines);
        cx.hall()
            .store
            .write(move |tx| {
                let permit = by.permit(tx, &provider)?;
                rows::received(tx, &permit, (no, digest, lines), now)?;
                jobs::enqueue(tx, Lane::Long, JOB, &body, now)
            })
            .await?;
        cx.hall().bell.notify_one();
        Ok(self.load.id)
    }

    /// Leaves nothing of a file that is not taken in but why.
    pub async fn give_up(self, cx: &ActCx, refusal: Option<&Refusal>) -> Outcome<()> {
        let (no, now) = (self.load.no, cx.now());
        let words = refusal.map_or_else(|| "文件没有传完".to_owned(), super::said);
        cx.hall()
            .store
            .write(move |tx| {
                let permit = access::clockwork(crate::terms::BRING.name);
                let none = crate::terms::Tally::default();
                rows::end_load(tx, &permit, (no, Stage::Refused, &words), &none, now)
            })
            .await?;
        remove(cx.hall(), no).await
    }
}
