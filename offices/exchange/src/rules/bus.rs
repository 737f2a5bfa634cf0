//! When the bus counts as away, and how long traffic goes on without it.

use base::{Moment, Refusal};

use super::goes_on;
use crate::terms::{Line, Stall};

/// Longer than the nodes of a bus take to choose another leader: until then it is waited for, seconds.
pub const AWAY_SECONDS: i64 = 15;
/// A bus that no process has in its configuration is given up after so long, seconds.
pub const GIVEN_UP_SECONDS: i64 = 60;

/// Since when no process of the centre reaches the bus, if none does.
pub fn away(line: &Line, now: Moment) -> Option<Moment> {
    let last = line.reached.max(line.since);
    (last.plus_seconds(AWAY_SECONDS) <= now).then_some(last)
}

/// The bus among what stands still.
pub fn bus_stall(line: &Line, now: Moment) -> Option<Stall> {
    let since = away(line, now)?;
    Some(Stall { what: "bus".into(), since, words: "交换总线连接不上".into() })
}

/// Whether messages are taken in: without the bus they are for as long as the city has configured, and go straight into
/// their queues; then they are refused until it is back.
pub fn goes_on_without_bus(line: Option<&Line>, now: Moment) -> Result<(), Refusal> {
    let Some(line) = line else { return Ok(()) };
    let stalls: Vec<Stall> = bus_stall(line, now).into_iter().collect();
    goes_on(&stalls, line.patience_seconds, now)
}

/// Whether a process without a bus in its configuration gives it up for the city: nobody else has held it for a while.
pub fn is_given_up(line: &Line, now: Moment) -> bool {
    line.reached.max(line.since).plus_seconds(GIVEN_UP_SECONDS) <= now
}

#[cfg(test)]
mod tests {
    use base::RefusalKind;

    use super::*;

    fn at(seconds: i64) -> Moment {
        Moment::from_millis(1_772_380_800_000).plus_seconds(seconds)
    }

    #[test]
    fn without_the_bus_traffic_goes_on_for_as_long_as_is_configured_and_no_longer() {
        let line = Line {
            since: at(0),
            reached: at(100),
            patience_seconds: 600,
            told: bus::Standing::default(),
            words: String::new(),
        };
        assert!(away(&line, at(114)).is_none(), "another node takes over");
        assert_eq!(away(&line, at(115)), Some(at(100)));
        assert!(goes_on_without_bus(Some(&line), at(699)).is_ok());
        let refused = goes_on_without_bus(Some(&line), at(700)).unwrap_err();
        assert_eq!(refused.kind, RefusalKind::Unavailable);
        assert!(refused.message.contains("交换总线连接不上"));
        assert!(goes_on_without_bus(None, at(700)).is_ok());
        let never = Line { reached: Moment::from_millis(0), ..line };
        assert_eq!(away(&never, at(15)), Some(at(0)), "it was never there");
        assert!(is_given_up(&never, at(60)) && !is_given_up(&never, at(59)));
    }
}
