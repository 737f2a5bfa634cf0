//! Files of open rows, as whole as they stand: written block by block while they are sent.

use std::io::{Cursor, Write};
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};

use axum::body::{Body, Bytes};
use axum::extract::{Path, Query};
use axum::response::Response;
use base::{Fault, Outcome};
use frame::{Cx, Hall, Reply, page};
use http_body::Frame;
use serde::Deserialize;
use sources::write;
use sources::{Batch, Mark};
use tokio::sync::mpsc;

use super::{name, standing};
use crate::acts::sets::{self, Walk};
use crate::rules::block;
use crate::terms::SetLoad;

/// A workbook of more rows opens in few programs.
pub(super) const WORKBOOK_ROWS_MAX: i64 = 100_000;
/// Bytes of the mark at the beginning of a CSV.
const BOM: usize = 3;

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Wanted {
    bom: String,
}

/// Takes what a writer writes, until it is sent.
#[derive(Clone, Default)]
struct Pipe(Arc<Mutex<Vec<u8>>>);

impl Pipe {
    fn take(&self) -> Vec<u8> {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Write for Pipe {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// What is sent, part by part. A fault breaks it off, so that nobody takes half a file for a whole one.
struct Sent(mpsc::Receiver<Result<Bytes, std::io::Error>>);

impl http_body::Body for Sent {
    type Data = Bytes;
    type Error = std::io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        self.0.poll_recv(cx).map(|part| part.map(|part| part.map(Frame::data)))
    }
}

/// Writes rows one way.
enum Writer {
    Csv(write::Csv<Pipe>),
    Json(write::Json<Pipe>),
}

impl Writer {
    fn rows(&mut self, batch: &Batch) -> Result<(), write::Unwritten> {
        for row in batch.rows() {
            match self {
                Writer::Csv(csv) => csv.row(row)?,
                Writer::Json(json) => json.row(row)?,
            }
        }
        Ok(())
    }

    fn end(self) -> Result<(), write::Unwritten> {
        match self {
            Writer::Csv(csv) => csv.end().map(drop),
            Writer::Json(json) => json.end().map(drop),
        }
    }
}

/// The rows of a block.
fn batch_of(bytes: &[u8], width: usize) -> Outcome<Batch> {
    let (mut lies, mut cells, mut batch) =
        (block::Rows::new(bytes, width), Vec::new(), Batch::new());
    while lies.next(&mut cells).map_err(Fault::from)? {
        for cell in &cells {
            batch.push(cell, if cell.is_empty() { Mark::Null } else { Mark::Plain });
        }
        batch.end_row(0);
    }
    Ok(batch)
}

async fn send(
    hall: Arc<Hall>,
    load: SetLoad,
    (mut writer, pipe, mut skip): (Writer, Pipe, usize),
    to: mpsc::Sender<Result<Bytes, std::io::Error>>,
) {
    let work = async {
        let mut walk = Walk::from_row(&hall.store, &hall.keys, &load, 0);
        let mut rows = 0;
        loop {
            let blocks = walk.next().await?;
            let last = blocks.is_empty();
            for (_, bytes) in &blocks {
                let batch = batch_of(bytes, load.shape.len())?;
                rows += batch.len();
                writer.rows(&batch).map_err(Fault::from)?;
            }
            if last {
                break;
            }
            let mut part = pipe.take();
            part.drain(..skip.min(part.len()));
            skip = 0;
            if to.send(Ok(part.into())).await.is_err() {
                return Ok(());
            }
        }
        if i64::try_from(rows) != Ok(load.size) {
            return Err(Fault::said("rows of a load are gone while they are sent").into());
        }
        writer.end().map_err(Fault::from)?;
        let mut part = pipe.take();
        part.drain(..skip.min(part.len()));
        let _ = to.send(Ok(part.into())).await;
        Outcome::Ok(())
    };
    if frame::spared("sending open rows", work.await.map_err(broken)).is_none() {
        let _ = to.send(Err(std::io::Error::other("the rows could not be read"))).await;
    }
}

fn broken(stop: base::Stop) -> Fault {
    match stop {
        base::Stop::Failed(fault) => fault,
        base::Stop::Refused(refusal) => Fault::said(refusal.message),
    }
}

fn streamed(cx: &Cx, load: SetLoad, kind: (&str, &str), of: (Writer, Pipe, usize)) -> Response {
    let (to, sent) = mpsc::channel(2);
    let name = kind.0.to_owned();
    tokio::spawn(send(cx.hall().clone(), load, of, to));
    let mut response = page::download(&name, kind.1, Vec::new());
    *response.body_mut() = Body::new(Sent(sent));
    response.headers_mut().remove(axum::http::header::CONTENT_LENGTH);
    response
}

/// `GET /data/{key}/rows.csv`
pub(crate) async fn csv(cx: Cx, Path(key): Path<String>, Query(wanted): Query<Wanted>) -> Reply {
    let load = standing(&cx, &key).await?;
    let title = name(&cx, &key).await?;
    let pipe = Pipe::default();
    let headings = load.shape.iter().map(|item| item.name.as_str());
    let writer = write::Csv::begin(pipe.clone(), headings).map_err(Fault::from)?;
    let skip = if wanted.bom == "no" { BOM } else { 0 };
    let kind = (format!("{title}.csv"), "text/csv; charset=utf-8");
    Ok(streamed(&cx, load, (&kind.0, kind.1), (Writer::Csv(writer), pipe, skip)))
}

/// `GET /data/{key}/rows.json`
pub(crate) async fn json(cx: Cx, Path(key): Path<String>) -> Reply {
    let load = standing(&cx, &key).await?;
    let title = name(&cx, &key).await?;
    let pipe = Pipe::default();
    let codes = load.shape.iter().map(|item| item.code.as_str());
    let writer = write::Json::begin(pipe.clone(), codes).map_err(Fault::from)?;
    let name = format!("{title}.json");
    Ok(streamed(&cx, load, (&name, "application/json"), (Writer::Json(writer), pipe, 0)))
}

/// `GET /data/{key}/rows.xlsx`
pub(crate) async fn xlsx(cx: Cx, Path(key): Path<String>) -> Reply {
    let load = standing(&cx, &key).await?;
    if load.size > WORKBOOK_ROWS_MAX {
        let words = format!("超过 {WORKBOOK_ROWS_MAX} 行的数据不提供工作簿");
        return Err(base::Refusal::new(
            base::RefusalKind::Invalid,
            "catalogue.too_many_rows",
            words,
        )
        .remedy("请下载 CSV 或者 JSON")
        .into());
    }
    let title = name(&cx, &key).await?;
    let hall = cx.hall().clone();
    let bytes = sets::apart(async move { workbook(&hall, &load).await }).await?;
    let kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
    Ok(page::download(&format!("{title}.xlsx"), kind, bytes))
}

/// A workbook is zipped as a whole, in memory.
async fn workbook(hall: &Hall, load: &SetLoad) -> Outcome<Vec<u8>> {
    let headings = load.shape.iter().map(|item| item.name.as_str());
    let mut book = write::Xlsx::begin("数据", headings).map_err(Fault::from)?;
    let mut walk = Walk::from_row(&hall.store, &hall.keys, load, 0);
    loop {
        let blocks = walk.next().await?;
        if blocks.is_empty() {
            break;
        }
        for (_, bytes) in &blocks {
            for row in batch_of(bytes, load.shape.len())?.rows() {
                book.row(row).map_err(Fault::from)?;
            }
        }
    }
    let mut bytes = Cursor::new(Vec::new());
    book.end(&mut bytes).map_err(Fault::from)?;
    Ok(bytes.into_inner())
}
