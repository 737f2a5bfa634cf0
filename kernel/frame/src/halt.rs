//! That a process stops serving by itself: it would do harm if it went on.

use std::sync::OnceLock;

use base::Refusal;
use tokio::sync::Notify;

/// Why this process stops, once it must. Whoever serves waits for it.
#[derive(Default)]
pub struct Halt {
    why: OnceLock<Refusal>,
    bell: Notify,
}

impl Halt {
    /// Asks whoever serves to stop. The first reason stands.
    pub fn ask(&self, why: Refusal) {
        if self.why.set(why).is_ok() {
            self.bell.notify_one();
        }
    }

    /// Comes when it was asked for; one waits for it.
    pub async fn asked(&self) {
        self.bell.notified().await;
    }

    /// Why, where it was.
    pub fn why(&self) -> Option<&Refusal> {
        self.why.get()
    }
}
