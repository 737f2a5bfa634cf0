//! The public log: published over HTTP as C2SP `tlog-tiles` lays it out (with SM3 and SM2), and
//! verified by whoever wants to, from a folder or from a site. Its last checkpoint is kept outside
//! the database, and shown to witnesses elsewhere, who cosign it.

pub mod kept;
mod source;
mod verify;
pub mod witnesses;

pub use verify::verify;

use axum::http::{HeaderValue, header};
use axum::response::IntoResponse;
use frame::{Cx, Reply, not_found};
use seal::merkle::parse_tile_path;

/// A tile of a given width never changes.
const FOR_EVER: HeaderValue = HeaderValue::from_static("public, max-age=31536000, immutable");
/// A checkpoint is asked for again each time.
const ASK_AGAIN: HeaderValue = HeaderValue::from_static("no-cache");

/// The newest signed checkpoint; 404 for a log without any act.
#[utoipa::path(get, path = "/log/checkpoint",
    responses((status = 200, content_type = "text/plain", body = String), (status = 404)))]
pub async fn checkpoint(cx: Cx) -> Reply {
    let note = cx.hall().ledger.published().await?.ok_or_else(|| not_found("检查点"))?;
    let kind = HeaderValue::from_static("text/plain; charset=utf-8");
    Ok(([(header::CONTENT_TYPE, kind), (header::CACHE_CONTROL, ASK_AGAIN)], note).into_response())
}

/// Every public key that the log has had, the oldest first, with the statements by which each was succeeded.
#[utoipa::path(get, path = "/log/keys",
    responses((status = 200, content_type = "text/plain", body = String)))]
pub async fn keys(cx: Cx) -> Reply {
    let keys = cx.hall().ledger.log_keys().await?.text();
    let kind = HeaderValue::from_static("text/plain; charset=utf-8");
    Ok(([(header::CONTENT_TYPE, kind), (header::CACHE_CONTROL, ASK_AGAIN)], keys).into_response())
}

/// One tile: the hashes at a level, 32 bytes each. `path` is the index in groups of three digits,
/// and `.p/{width}` for a tile that is not full: `tile/0/x001/067`, `tile/0/000.p/5`.
#[utoipa::path(get, path = "/log/tile/{level}/{path}",
    params(("level" = u8, Path), ("path" = String, Path)),
    responses((status = 200, content_type = "application/octet-stream", body = Vec<u8>), (status = 404)))]
pub async fn tile(cx: Cx) -> Reply {
    let nothing = || not_found("登记簿的这个分块");
    // As it was sent: a path that is written in another way is another address, and not ours.
    let place = cx.target().strip_prefix("/log/").and_then(parse_tile_path);
    let (level, index, width) = place.ok_or_else(nothing)?;
    let stored = cx.hall().ledger.tile(level, index).await?;
    let hashes = stored.as_deref().and_then(|hashes| hashes.get(..width * 32));
    let hashes = hashes.ok_or_else(nothing)?.to_vec();
    let kind = HeaderValue::from_static("application/octet-stream");
    Ok(([(header::CONTENT_TYPE, kind), (header::CACHE_CONTROL, FOR_EVER)], hashes).into_response())
}
