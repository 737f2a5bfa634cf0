//! Organs: founded, renamed, moved, ended by two people; posts and running cases go with them.

use std::collections::BTreeSet;

mod days;

pub use days::{LAST_DAY, make_due};

use access::{
    ComingChange, ComingState, Holding, Organ, OrganChange, Over, Permit, PostIn, ProposedState,
    authorise,
};
use base::{Day, Id, Moment, Outcome, Refusal, RefusalKind, Stop};
use flow::CaseHead;
use frame::{ActCx, not_found};
use ledger::Act;
use serde_json::json;
use store::{Reader, Tx};

use super::changes::{alone, decides, go_on, proposer, settle, unsigned};
use super::follow;
use crate::rules;
use crate::store as rows;
use crate::terms::ADMINISTER;
use crate::terms::changes::{Change, What};

/// So many posts and so many running cases go with an organ in one step; where there are more, some are ended or
/// settled before.
pub const MOVED_MAX: i64 = 2_000;

/// What an organ that ends leaves: its posts, and the cases that run.
#[derive(Clone, Debug, Default)]
pub struct Leaves {
    /// Its posts.
    pub posts: Vec<PostIn>,
    /// Its cases, those due first.
    pub cases: Vec<CaseHead>,
}

impl Leaves {
    /// The same posts and cases, whatever stands in them.
    fn is(&self, other: &Leaves) -> bool {
        let posts = |one: &Leaves| -> BTreeSet<String> {
            one.posts.iter().map(|post| post.held.holding.id.to_string()).collect()
        };
        let cases = |one: &Leaves| -> BTreeSet<String> {
            one.cases.iter().map(|case| case.id.to_string()).collect()
        };
        posts(self) == posts(other) && cases(self) == cases(other)
    }
}

/// What an organ would leave if it ended today; one more than can go shows that there are too many.
pub fn leaves(reader: &Reader<'_>, organ: &str, today: Day) -> Outcome<Leaves> {
    Ok(Leaves {
        posts: access::posts_in(reader, organ, today, MOVED_MAX + 1)?,
        cases: flow::running_in(reader, organ, MOVED_MAX + 1)?,
    })
}

/// Proposes a change of an organ. It counts once somebody else has agreed: from the day that it says, or from the day of
/// agreement if that has passed by then.
pub async fn propose_organ(
    cx: &ActCx,
    change: OrganChange,
    from: Day,
    reason: &str,
) -> Outcome<()> {
    let (now, actor, today) = (cx.now(), cx.actor().clone(), cx.now().day());
    rules::organ_day(from, today)?;
    let new = unsigned(What::Organ(change.clone()), from, reason, now)?;
    let act = Act::new(now, "identity.organ_proposed", "organ", change.organ()).content(json!({
        "proposal": new.id.to_string(), "change": change, "from": from.to_string(),
        "reason": new.reason, "last_day": new.proposed.last_day.to_string(),
    }));
    cx.write(move |tx| {
        let permit = authorise(tx, &actor, &ADMINISTER, Over::City)?;
        may_change(tx, &change, (today, from))?;
        days::alone(tx, &change)?;
        alone(tx, &new, "这个机构已经有一项变更在等人同意", today)?;
        rows::put_change(tx, &permit, &new)?;
        ledger::record(tx, permit.who(), &act)
    })
    .await
}

/// Proposes that what two people have agreed to for a day to come is not made.
pub async fn propose_to_cancel(cx: &ActCx, coming: &str, reason: &str) -> Outcome<()> {
    let id = coming.to_owned();
    let known = cx.read(move |r| access::coming_by_id(r, &id)).await?;
    let known = known.ok_or_else(|| not_found("这项变更"))?;
    let change = OrganChange::Cancelled {
        coming: known.id,
        from: known.from,
        planned: Box::new(known.change),
    };
    propose_organ(cx, change, cx.now().day(), reason).await
}

pub(super) fn may_change(
    reader: &Reader<'_>,
    change: &OrganChange,
    (today, from): (Day, Day),
) -> Outcome<()> {
    if let OrganChange::Founded { organ } = change {
        rules::check_organ(organ, &access::organs(reader)?)?;
    }
    access::may_change_organ(reader, change, (today, from))?;
    if let OrganChange::Ended { organ, successor } = change {
        fits(&leaves(reader, organ, today)?, successor.is_some())?;
    }
    Ok(())
}

/// Whether what an organ leaves can go with it.
fn fits(leaves: &Leaves, successor: bool) -> Result<(), Refusal> {
    let refuse = |words: String| {
        let refusal = Refusal::new(RefusalKind::Conflict, "identity.organ_stays", words.clone());
        Err(refusal.field("successor", words))
    };
    let many = |count: usize| i64::try_from(count).is_ok_and(|count| count > MOVED_MAX);
    if many(leaves.posts.len()) || many(leaves.cases.len()) {
        return refuse(format!("岗位或者正在办理的办件超过 {MOVED_MAX} 个，请先办结一部分"));
    }
    if !leaves.cases.is_empty() && !successor {
        let count = leaves.cases.len();
        return refuse(format!("还有 {count} 件正在办理，请选择承接的机构"));
    }
    Ok(())
}

/// A change as acts tell of it: with the names of the organs.
fn said(reader: &Reader<'_>, change: &OrganChange) -> Outcome<serde_json::Value> {
    let named = |id: &str| -> Outcome<serde_json::Value> {
        let name = match access::organ_by_id(reader, id)? {
            Some(organ) => Some(organ.name),
            None => access::founding_of(reader, id)?.map(|(organ, _)| organ.name),
        };
        Ok(json!({ "id": id, "name": name }))
    };
    Ok(match change {
        OrganChange::Founded { organ } => json!({
            "step": "设立", "organ": { "id": organ.id, "name": organ.name },
            "parent": organ.parent, "code": organ.code,
        }),
        OrganChange::Renamed { organ, name, short_name } => json!({
            "step": "更名", "organ": named(organ)?, "to": name, "short_name": short_name,
        }),
        OrganChange::Moved { organ, parent } => {
            json!({ "step": "移动", "organ": named(organ)?, "to": named(parent)? })
        }
        OrganChange::Ended { organ, successor } => json!({
            "step": "撤销", "organ": named(organ)?,
            "successor": successor.as_deref().map(named).transpose()?,
        }),
        OrganChange::Cancelled { coming, from, planned } => json!({
            "step": "取消", "proposal_cancelled": coming, "from": from.to_string(),
            "planned": said(reader, planned)?,
        }),
    })
}

/// Agrees to a change that another has proposed, and makes it, or keeps it until its day.
pub(super) async fn agree(
    cx: &ActCx,
    known: &Change,
    change: &OrganChange,
    reason: &str,
) -> Outcome<()> {
    let (now, actor, id) = (cx.now(), cx.actor().clone(), known.id);
    let (change, reason) = (change.clone(), reason.to_owned());
    let from = known.from.max(now.day());
    let made = change.clone();
    let made = cx.read(move |r| Made::read(r, made.clone(), now)).await?;
    let made = made.on_the_ground(&known.reason);
    let ends = matches!(change, OrganChange::Ended { .. });
    let kind = if ends { "identity.organ_ended" } else { "identity.organ_changed" };
    let act = Act::new(now, kind, "organ", change.organ()).content(json!({
        "proposal": id.to_string(), "proposed_by": proposer(known), "change": made.said,
        "from": from.to_string(), "posts": made.left.posts.len(), "cases": made.left.cases.len(),
        "ground": known.reason, "reason": reason,
    }));
    let coming = ComingChange {
        id: id.to_string(),
        change: change.clone(),
        from,
        ground: known.reason.clone(),
        state: ComingState::Waits,
    };
    cx.write(move |tx| {
        let (permit, proposed) = decides(tx, &actor, id, now)?;
        may_change(tx, &change, (now.day(), from))?;
        days::alone(tx, &change)?;
        settle(tx, &permit, &proposed, (ProposedState::Agreed, &reason), now)?;
        match from > now.day() {
            true => access::put_coming(tx, &permit, &coming)?,
            false => made.make(tx, &permit, now)?,
        }
        ledger::record(tx, permit.who(), &act)
    })
    .await
}

/// A change with all that goes with it, read before the transaction that makes it, so that ids and acts are minted before
/// it; if it has changed in between, it is refused.
#[derive(Clone)]
pub(super) struct Made {
    change: OrganChange,
    /// What goes with an organ that ends.
    pub(super) left: Leaves,
    ids: Vec<Id<Holding>>,
    acts: Vec<Act>,
    /// As acts tell of it.
    pub(super) said: serde_json::Value,
}

impl Made {
    pub(super) fn read(reader: &Reader<'_>, change: OrganChange, now: Moment) -> Outcome<Self> {
        let left = match &change {
            OrganChange::Ended { organ, .. } => leaves(reader, organ, now.day())?,
            _ => Leaves::default(),
        };
        let said = said(reader, &change)?;
        Ok(Self { change, left, ids: Vec::new(), acts: Vec::new(), said }.minted(now))
    }

    fn minted(mut self, now: Moment) -> Self {
        self.ids = self.left.posts.iter().map(|_| Id::mint(now)).collect();
        self.acts = self.left.cases.iter().map(|case| flow::rehoming(case, now)).collect();
        self
    }

    /// The same, on this ground: each case that goes along says so.
    pub(super) fn on_the_ground(mut self, ground: &str) -> Self {
        self.acts = self.acts.into_iter().map(|act| act.authority(ground)).collect();
        self
    }

    /// Makes it, today.
    pub(super) fn make(&self, tx: &Tx<'_>, permit: &Permit, now: Moment) -> Outcome<()> {
        let (change, left) = (&self.change, &self.left);
        match change {
            OrganChange::Ended { organ, successor } => {
                let there = leaves(tx, organ, now.day())?;
                if !there.is(left) {
                    let words = "刚才有岗位或者办件变了，请再看一遍，再同意";
                    return Err(Refusal::new(RefusalKind::Conflict, MOVED, words).into());
                }
                end_posts(tx, permit, &there.posts, now)?;
                access::change_organ(tx, permit, change, now.day())?;
                let to = match successor {
                    Some(successor) => access::organ_by_id(tx, successor)?,
                    None => None,
                };
                if let Some(to) = &to {
                    give_posts(tx, permit, (&there.posts, &self.ids), to, now.day())?;
                    for (case, act) in left.cases.iter().zip(&self.acts) {
                        flow::rehome_case(tx, permit, case.id, to, act)?;
                    }
                    follow::take_up(tx, organ, now)?;
                }
                let administers = |post: &PostIn| access::is_administrator(&post.held.holding.role);
                if there.posts.iter().any(administers) {
                    go_on(tx, |permission| (permission.name, ""), now.day())?;
                }
                Ok(())
            }
            OrganChange::Moved { organ, .. } => {
                access::change_organ(tx, permit, change, now.day())?;
                for below in access::subtree_of(tx, organ)? {
                    follow::at_once(tx, permit, &below)?;
                    follow::take_up(tx, &below, now)?;
                }
                Ok(())
            }
            _ => access::change_organ(tx, permit, change, now.day()),
        }
    }
}

/// That posts or cases have changed since they were read.
pub(super) const MOVED: &str = "identity.moved";

fn end_posts(tx: &Tx<'_>, permit: &Permit, posts: &[PostIn], now: Moment) -> Outcome<()> {
    for post in posts.iter().filter(|post| post.held.delegated.is_none()) {
        access::take_back_holding(tx, permit, post.held.holding.id, now)?;
    }
    Ok(())
}

/// Gives the posts of an organ that has ended in the one that takes its place, unless somebody has the same there.
fn give_posts(
    tx: &Tx<'_>,
    permit: &Permit,
    (posts, ids): (&[PostIn], &[Id<Holding>]),
    to: &Organ,
    today: Day,
) -> Outcome<()> {
    let own = posts.iter().zip(ids).filter(|(post, _)| post.held.delegated.is_none());
    for (post, id) in own {
        let held = &post.held.holding;
        let moved =
            Holding { id: *id, organ: to.id.clone(), from: held.from.max(today), ..held.clone() };
        match access::may_hold(tx, &moved) {
            Ok(()) => access::give_holding(tx, permit, &moved)?,
            Err(Stop::Refused(refusal)) if refusal.code == "access.held_already" => {}
            Err(stop) => return Err(stop),
        }
    }
    Ok(())
}
