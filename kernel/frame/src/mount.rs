//! Mounting handlers. What a handler may do is a type: those of GET stand on routes whose state is
//! [`Reads`], and the context that can write is extracted only where it is [`Changes`].
//!
//! ```compile_fail,E0277
//! # use kernel_frame as frame;
//! async fn page(_: frame::ActCx) {}
//! let _ = frame::mount::get(page);
//! ```
//!
//! ```
//! # use kernel_frame as frame;
//! async fn page(_: frame::Cx) {}
//! async fn verb(_: frame::ActCx) {}
//! let _ = (frame::mount::get(page), frame::mount::post(verb));
//! ```

use axum::extract::DefaultBodyLimit;
use axum::handler::Handler;
use axum::routing::{self, MethodRouter};

/// The state of routes that read.
#[derive(Clone, Copy, Debug)]
pub struct Reads;

/// The state of routes that change something.
#[derive(Clone, Copy, Debug)]
pub struct Changes;

/// A handler of GET and HEAD.
pub fn get<H: Handler<T, Reads>, T: 'static>(handler: H) -> MethodRouter {
    routing::get(handler).with_state(Reads)
}

/// A handler of POST.
pub fn post<H: Handler<T, Changes>, T: 'static>(handler: H) -> MethodRouter {
    routing::post(handler).with_state(Changes)
}

/// Files come in at once: several materials of 20 MB.
const UPLOAD_BYTES_MAX: usize = 110 * 1024 * 1024;

/// A handler of POST that takes files. Everywhere else a request is as large as a form can be.
pub fn upload<H: Handler<T, Changes>, T: 'static>(handler: H) -> MethodRouter {
    post(handler).layer(DefaultBodyLimit::max(UPLOAD_BYTES_MAX))
}

/// A handler of DELETE.
pub fn delete<H: Handler<T, Changes>, T: 'static>(handler: H) -> MethodRouter {
    routing::delete(handler).with_state(Changes)
}
