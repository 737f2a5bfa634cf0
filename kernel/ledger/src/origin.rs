//! From where the work of a task was asked for: said once at the gate, and put beside every act that the
//! task records, whoever records it.

use std::future::Future;
use std::net::IpAddr;

tokio::task_local! {
    static ASKED_FROM: IpAddr;
}

/// Does this on behalf of somebody at this address. What it hands on to another task is on nobody's.
pub async fn asked_from<F: Future>(address: IpAddr, work: F) -> F::Output {
    ASKED_FROM.scope(address.to_canonical(), work).await
}

/// An address as it stands beside acts, however somebody wrote it; none if it is no address.
pub fn address(text: &str) -> Option<String> {
    text.trim().parse::<IpAddr>().ok().map(|address| address.to_canonical().to_string())
}

pub(crate) fn current() -> Option<IpAddr> {
    ASKED_FROM.try_with(|address| *address).ok()
}
