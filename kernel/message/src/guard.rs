//! The order of messages of one key, and numbers that came before.
//!
//! The names of messages are kept for as long as a message can count at all, which keeps every replay away: what is older
//! is refused as expired. A window is for numbers that a sender counts up: it says in a few bytes what was taken, and may
//! be kept for ever.

use serde::{Deserialize, Serialize};

/// So many numbers behind the highest are told apart; older ones count as taken.
const WIDTH: u64 = 128;

/// What a number is to who has taken others before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Arrival {
    /// It is the next one.
    Next,
    /// Others before it have not come yet.
    Early,
    /// A gap behind the highest, filled now.
    Late,
    /// It was here before, or is too old to say.
    Seen,
}

/// Which numbers have been taken: the highest, and the 128 behind it one by one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Window {
    /// The highest that was taken; 0 before the first.
    pub highest: u64,
    /// Bit n: whether `highest - n` was taken.
    pub taken: u128,
}

impl Window {
    /// What this number is, taking nothing.
    pub fn look(&self, number: u64) -> Arrival {
        if number > self.highest {
            return match number - self.highest {
                1 => Arrival::Next,
                _ => Arrival::Early,
            };
        }
        let behind = self.highest - number;
        if number == 0 || behind >= WIDTH || self.taken >> behind & 1 == 1 {
            return Arrival::Seen;
        }
        Arrival::Late
    }

    /// Takes a number, unless it was here before.
    #[must_use]
    pub fn take(&mut self, number: u64) -> Arrival {
        let arrival = self.look(number);
        match arrival {
            Arrival::Next | Arrival::Early => {
                let step = number - self.highest;
                self.taken = if step >= WIDTH { 0 } else { self.taken << step };
                self.taken |= 1;
                self.highest = number;
            }
            Arrival::Late => self.taken |= 1 << (self.highest - number),
            Arrival::Seen => {}
        }
        arrival
    }
}
