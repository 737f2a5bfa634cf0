//! The style sheet, the script, the icons: built by `make web`, carried inside the program, and
//! served under addresses that change with their content.

use std::borrow::Cow;
use std::sync::LazyLock;

use axum::body::Body;
use axum::extract::Path;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};

/// What `web/build.mjs` made.
#[derive(rust_embed::Embed)]
#[folder = "../../web/dist"]
struct Dist;

/// A file whose address names its content never changes.
const FOR_EVER: HeaderValue = HeaderValue::from_static("public, max-age=31536000, immutable");
/// A file under its plain name is asked for again each time, and mostly answered by 304.
const ASK_AGAIN: HeaderValue = HeaderValue::from_static("no-cache");

struct Asset {
    /// `app.css`
    name: String,
    /// `app.0123456789abcdef.css`
    hashed: String,
    /// `/assets/…`, as pages write it.
    href: String,
    hash: String,
    plain: Cow<'static, [u8]>,
    gzip: Option<Cow<'static, [u8]>>,
    brotli: Option<Cow<'static, [u8]>>,
}

static ASSETS: LazyLock<Vec<Asset>> = LazyLock::new(|| {
    Dist::iter()
        .filter(|name| !name.ends_with(".gz") && !name.ends_with(".br") && !name.starts_with('.'))
        .filter_map(|name| load(&name))
        .collect()
});

fn load(name: &str) -> Option<Asset> {
    let file = Dist::get(name)?;
    let digest = file.metadata.sha256_hash();
    let hash: String = digest.iter().take(8).map(|byte| format!("{byte:02x}")).collect();
    let (stem, ending) = name.rsplit_once('.').unwrap_or((name, ""));
    let hashed = format!("{stem}.{hash}.{ending}");
    // While the program is being written the plain names are used: a page of a test stays the same
    // when a colour changes, and a reload shows the new colour.
    let shown = if cfg!(debug_assertions) { name } else { hashed.as_str() };
    Some(Asset {
        href: format!("/assets/{shown}"),
        name: name.to_owned(),
        hashed,
        hash,
        plain: file.data,
        gzip: Dist::get(&format!("{name}.gz")).map(|file| file.data),
        brotli: Dist::get(&format!("{name}.br")).map(|file| file.data),
    })
}

/// Where a page finds a built file: `href("app.css")` is `/assets/app.<hash>.css`.
pub fn href(name: &str) -> &'static str {
    let found = ASSETS.iter().find(|asset| asset.name == name);
    found.map_or("/assets/missing", |asset| asset.href.as_str())
}

/// Answers `/assets/{*path}`: compressed if the browser takes it, for ever if the address names the
/// content. A name with an older hash gets the present file, so that a page that was loaded before
/// an upgrade keeps its looks.
pub async fn serve(Path(path): Path<String>, headers: HeaderMap) -> Response {
    let Some((asset, exact)) = find(&path) else {
        return (StatusCode::NOT_FOUND, "没有这个文件").into_response();
    };
    let said = |name: header::HeaderName| headers.get(name).and_then(|value| value.to_str().ok());
    let etag = format!("\"{}\"", asset.hash);
    let mut response = if said(header::IF_NONE_MATCH).is_some_and(|known| known.contains(&etag)) {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        body_of(asset, said(header::ACCEPT_ENCODING).unwrap_or_default())
    };
    let answer = response.headers_mut();
    answer.insert(header::CACHE_CONTROL, if exact { FOR_EVER } else { ASK_AGAIN });
    answer.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
    if let Ok(etag) = HeaderValue::from_str(&etag) {
        answer.insert(header::ETAG, etag);
    }
    response
}

fn find(path: &str) -> Option<(&'static Asset, bool)> {
    if let Some(asset) = ASSETS.iter().find(|asset| asset.hashed == path) {
        return Some((asset, true));
    }
    let plain = without_hash(path);
    let plain = plain.as_deref().unwrap_or(path);
    ASSETS.iter().find(|asset| asset.name == plain).map(|asset| (asset, false))
}

/// `app.0123456789abcdef.css` → `app.css`.
fn without_hash(path: &str) -> Option<String> {
    let (rest, ending) = path.rsplit_once('.')?;
    let (stem, hash) = rest.rsplit_once('.')?;
    let is_hash = hash.len() == 16 && hash.bytes().all(|byte| byte.is_ascii_hexdigit());
    is_hash.then(|| format!("{stem}.{ending}"))
}

fn body_of(asset: &'static Asset, accepted: &str) -> Response {
    let takes = |coding: &str| accepted.split(',').any(|one| one.trim() == coding);
    let (content, coding) = match (&asset.brotli, &asset.gzip) {
        (Some(content), _) if takes("br") => (content, Some("br")),
        (_, Some(content)) if takes("gzip") => (content, Some("gzip")),
        _ => (&asset.plain, None),
    };
    let mut response = Body::from(content.as_ref()).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind_of(&asset.name)));
    if let Some(coding) = coding {
        headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static(coding));
    }
    response
}

fn kind_of(name: &str) -> &'static str {
    match name.rsplit_once('.').map(|(_, ending)| ending) {
        Some("css") => "text/css; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("svg") => "image/svg+xml; charset=utf-8",
        Some("png") => "image/png",
        Some("woff2") => "font/woff2",
        Some("json") => "application/json",
        _ => "application/octet-stream",
    }
}

/// Whether the sprite holds this icon.
#[cfg(test)]
pub(crate) fn has_icon(name: &str) -> bool {
    let sprite = ASSETS.iter().find(|asset| asset.name == "icons.svg");
    let text = sprite.and_then(|asset| std::str::from_utf8(&asset.plain).ok()).unwrap_or_default();
    text.contains(&format!("<symbol id=\"{name}\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_built_files_are_here_and_found_under_both_names() {
        for name in ["app.css", "app.js", "icons.svg", "favicon.svg"] {
            let (asset, exact) = find(name).expect("a built file");
            assert!(!exact);
            assert!(find(&asset.hashed).expect("by its hash").1);
            assert!(href(name).starts_with("/assets/"));
        }
    }

    #[test]
    fn a_page_from_before_an_upgrade_keeps_its_looks() {
        let (asset, exact) = find("app.0000000000000000.css").expect("the present file");
        assert_eq!((asset.name.as_str(), exact), ("app.css", false));
        assert!(find("app.nohash.css").is_none());
        assert!(find("../Cargo.toml").is_none());
    }

    /// Every icon that some line of the house draws stands in web/icons.txt.
    #[test]
    fn every_icon_that_is_drawn_is_in_the_sprite() {
        let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        let mut folders = vec![root.join("kernel"), root.join("offices"), root.join("hall")];
        let mut missing = Vec::new();
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
                let path = entry.path();
                if path.is_dir() {
                    folders.push(path);
                } else if path.extension().is_some_and(|ending| ending == "rs") {
                    let text = std::fs::read_to_string(&path).unwrap_or_default();
                    let drawn = names_after(&text, "icon(\"").chain(names_after(&text, "icon: \""));
                    let lost = drawn.filter(|name| !has_icon(name));
                    missing.extend(lost.map(|name| format!("{} in {}", name, path.display())));
                }
            }
        }
        assert!(missing.is_empty(), "not in web/icons.txt: {missing:?}");
    }

    fn names_after<'t>(text: &'t str, before: &'t str) -> impl Iterator<Item = &'t str> {
        text.split(before)
            .skip(1)
            .filter_map(|rest| rest.split_once('"').map(|(name, _)| name))
            .filter(|name| name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-'))
    }
}
