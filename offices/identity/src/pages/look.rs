//! How pages look: elder mode and text size, kept in a cookie, for everybody.

use axum::http::{HeaderValue, header};
use base::Fault;
use frame::held::is_local;
use frame::serve::{prefs_cookie, see_other};
use frame::{Cx, Filled, Reply};
use serde::Deserialize;

/// A year: who needs large letters needs them tomorrow.
const KEPT_SECONDS: i64 = 365 * 24 * 3_600;

/// Only what was pressed is sent.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Look {
    elder: Option<String>,
    larger: Option<String>,
    back: String,
}

/// `POST /look`
pub(crate) async fn change(cx: Cx, Filled(look): Filled<Look>) -> Reply {
    let elder = look.elder.as_deref().map_or(cx.prefs().elder, |elder| elder == "1");
    let larger = match look.larger.as_deref() {
        Some("1") => 1,
        Some("2") => 2,
        Some(_) => 0,
        None => cx.prefs().larger,
    };
    let value = format!("{}{larger}", if elder { "e" } else { "" });
    let secure = if cx.hall().city.is_secure() { "; Secure" } else { "" };
    let name = prefs_cookie(cx.hall());
    let cookie =
        format!("{name}={value}; Max-Age={KEPT_SECONDS}; HttpOnly; SameSite=Lax; Path=/{secure}");
    let back = if is_local(&look.back) { look.back.as_str() } else { "/" };
    let mut response = see_other(back);
    let cookie = HeaderValue::from_str(&cookie).map_err(Fault::from)?;
    response.headers_mut().append(header::SET_COOKIE, cookie);
    Ok(response)
}
