//! The verdicts on deferrals: whether a look is covered by one, and whether it is told yet. Pure: time is an argument.

use base::Moment;

use crate::deferrals::Deferral;

/// Who looks, as far as a deferral needs to know.
#[derive(Clone, Copy, Debug)]
pub struct Looker<'a> {
    /// The accounts: of who looks, and of the one whose post they exercise.
    pub accounts: &'a [&'a str],
    /// For which organ; empty for who looks as a private person.
    pub organ: &'a str,
    /// The organs from the topmost to that one: `/ezhou/ezhou-mzj/`.
    pub path: &'a str,
    /// Whether it is the person concerned who looks.
    pub is_subject: bool,
}

/// Whether an organ is covered by what was ordered of one organ, or of that and all below it.
pub(crate) fn is_within(path: &str, organ: &str, ordered: &str, below: bool) -> bool {
    organ == ordered || below && path.split('/').any(|above| above == ordered)
}

/// 个人信息保护法 arts. 18, 35: whether a look at this moment is told of afterwards by this deferral. It must stand at
/// that moment; the organ must be the one it was ordered for. Who ordered it never looks under it, and what people look
/// at of their own is no secret to them.
pub fn defers(deferral: &Deferral, looker: &Looker<'_>, at: Moment) -> bool {
    let stands = deferral.from <= at && at < deferral.ends;
    let ordered = |account: &&str| deferral.ordered_by.iter().any(|one| one == account);
    stands
        && !looker.organ.is_empty()
        && is_within(looker.path, looker.organ, &deferral.organ, deferral.below)
        && !looker.accounts.iter().any(ordered)
        && !looker.is_subject
}

/// Whether the person concerned is told of a look by now: at once where nothing defers it, else from the end on.
/// `CONDITION` in `reads.rs` says the same in SQL.
pub fn is_told(ends: Option<Moment>, now: Moment) -> bool {
    ends.is_none_or(|ends| ends <= now)
}

#[cfg(test)]
mod tests {
    use base::Id;
    use proptest::prelude::*;

    use super::*;

    fn deferral(from: i64, ends: i64, below: bool) -> Deferral {
        Deferral {
            id: Id::mint(Moment::from_millis(0)),
            organ: "b".into(),
            below,
            ground: String::new(),
            approved: String::new(),
            ordered_by: vec!["first".into(), "second".into()],
            from: Moment::from_millis(from),
            ends: Moment::from_millis(ends),
        }
    }

    proptest! {
        /// Whatever is ordered: a look outside of its time, of another organ, by who ordered it, by the person
        /// concerned or by a private person is told at once; any other is told from the end on, and not before.
        #[test]
        fn a_look_is_deferred_by_what_covers_it_and_told_from_its_end_on(
            (from, length, at, now) in (0i64..50, 0i64..50, 0i64..120, 0i64..120),
            below: bool,
            organ in prop::sample::select(vec!["", "a", "b", "c", "bb"]),
            account in prop::sample::select(vec!["first", "second", "third"]),
            behalf in prop::sample::select(vec!["second", "fourth"]),
            is_subject: bool,
        ) {
            let one = deferral(from, from + length, below);
            let path = match organ {
                "" => String::new(),
                "a" => "/a/".to_owned(),
                "b" => "/a/b/".to_owned(),
                other => format!("/a/b/{other}/"),
            };
            let accounts = [account, behalf];
            let looker = Looker { accounts: &accounts, organ, path: &path, is_subject };
            let covered = match organ { "b" => true, "c" | "bb" => below, _ => false };
            let in_time = (from..from + length).contains(&at);
            let ordered = account != "third" || behalf == "second";
            let deferred = defers(&one, &looker, Moment::from_millis(at));
            prop_assert_eq!(deferred, covered && in_time && !ordered && !is_subject);
            let told = is_told(deferred.then_some(one.ends), Moment::from_millis(now));
            prop_assert_eq!(told, !deferred || now >= from + length);
        }
    }
}
