//! What people decide: a pair is one or two, two identities are one, some entries of an identity are another's; and taking
//! any of it back. Each is one transaction with a reason and an act, and every later run keeps to it.

use std::sync::Arc;

use access::{Actor, Over, Permit, authorise};
use base::{Fault, Moment, Outcome, Refusal, RefusalKind};
use data_encoding::HEXLOWER;
use ledger::{Act, record};
use seal::Keys;
use serde_json::json;
use store::{Reader, Tx};

use crate::rules::{Mark, Standing, plan, root_of, split_off};
use crate::store::{self as rows, New};
use crate::terms::{Linked, MEMBERS_MAX, PairState, Plan, Verb};

/// No reason is longer, in characters.
const REASON_MAX: usize = 500;

/// Who decides, on what, why and when.
#[derive(Clone)]
pub struct Judged {
    /// The register's identities.
    pub linked: &'static Linked,
    /// The installation's keys.
    pub keys: Arc<Keys>,
    /// Who.
    pub actor: Actor,
    /// Why.
    pub reason: String,
    /// When.
    pub now: Moment,
}

/// What a person says of a pair.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The two are one.
    Same,
    /// They are two.
    Different,
}

/// Which entries leave an identity, as who decides has seen it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Leaving {
    /// The rows of those that leave.
    pub rows: Vec<i64>,
    /// The newest row of the identity that was shown.
    pub seen: i64,
}

impl Judged {
    fn permit(&self, tx: &Tx<'_>) -> Outcome<Permit> {
        let permit = authorise(tx, &self.actor, self.linked.right, Over::City)?;
        let length = self.reason.trim().chars().count();
        if length == 0 {
            return Err(wrong("linkage.reason", "请写明理由", "reason").into());
        }
        if length > REASON_MAX {
            return Err(wrong("linkage.reason", "理由最多 500 字", "reason").into());
        }
        Ok(permit)
    }

    fn name(&self) -> &'static str {
        self.linked.register.name
    }

    /// Puts down what was decided: who belongs where, what is ruled, and the act.
    fn put_down(&self, tx: &Tx<'_>, permit: &Permit, verb: Verb, made: &Made<'_>) -> Outcome<i64> {
        let (keys, register) = (&*self.keys, self.name());
        let no = rows::numbered(tx, "decisions")?;
        let kind = match verb {
            Verb::Same | Verb::Different => self.linked.judged,
            Verb::Merge => self.linked.merged,
            Verb::Split => self.linked.split,
        };
        let (stays, other) = made.of;
        let root = root_of(made.plan, (&made.ruled, verb_joins(verb)))?;
        let act = Act::new(self.now, kind, "identity", format!("{register}/{no}"))
            .authority(self.linked.register.authority)
            .content(json!({
                "decision": no, "verb": verb.as_str(), "pair": made.pair, "identity": stays,
                "other": other, "entries": made.plan.moves.len(), "ruled": made.ruled.len(),
                "root": HEXLOWER.encode(&root), "reason": self.reason.trim(),
            }));
        let (reason, id) = (self.reason.trim(), act.id.to_string());
        let new = New { register, verb, pair: made.pair, of: made.of, reason, act: &id };
        rows::decide(tx, permit, no, &new, self.now)?;
        let at = (0, no, Some(self.now));
        rows::put(tx, permit, (keys, register), &made.plan.moves, at)?;
        rows::rule(tx, permit, (keys, register), no, (&made.ruled, verb_joins(verb)))?;
        if made.pair > 0 && !rows::judge(tx, permit, made.pair, (verb == Verb::Same, no))? {
            return Err(Fault::said("a pair that waits was judged meanwhile").into());
        }
        // What follows from it for others that wait, nobody is asked any more.
        for (pair, of) in rows::among(tx, keys, &made.around)? {
            if verb_joins(verb) || made.ruled.contains(&of) {
                rows::settle(tx, permit, pair, no)?;
            }
        }
        rows::moves_on(tx, permit, register, made.plan.next)?;
        record(tx, permit.who(), &act)?;
        Ok(no)
    }
}

/// What a decision comes to.
struct Made<'p> {
    pair: i64,
    /// The identity that stays, and the one that ended in it or is new.
    of: (i64, i64),
    plan: &'p Plan,
    ruled: Vec<(Mark, Mark)>,
    /// All entries that it is about.
    around: Vec<Mark>,
}

/// What two sides become.
struct Joined {
    plan: Plan,
    of: (i64, i64),
    around: Vec<Mark>,
}

const fn verb_joins(verb: Verb) -> bool {
    matches!(verb, Verb::Same | Verb::Merge)
}

fn wrong(code: &'static str, words: &str, field: &'static str) -> Refusal {
    Refusal::new(RefusalKind::Invalid, code, words).field(field, words)
}

fn conflict(code: &'static str, words: impl Into<String>) -> Refusal {
    Refusal::new(RefusalKind::Conflict, code, words.into())
}

fn unknown(words: &str) -> Refusal {
    Refusal::new(RefusalKind::NotFound, "linkage.unknown", words.to_owned())
}

fn next(reader: &Reader<'_>, register: &str) -> Outcome<i64> {
    Ok(rows::head(reader, register)?.map_or(1, |head| head.next))
}

/// All entries of the identity of one, or that one alone.
fn around(tx: &Tx<'_>, by: &Judged, mark: Mark) -> Outcome<(i64, Vec<Mark>)> {
    let standing = rows::standing_of(tx, &by.keys, &[mark])?;
    let identity = standing.get(&mark).map_or(0, |(identity, _)| *identity);
    if identity == 0 {
        return Ok((0, vec![mark]));
    }
    let members = rows::members(tx, &by.keys, by.linked.register, identity)?;
    let now = members.into_iter().filter(|one| one.until.is_none());
    Ok((identity, now.map(|one| one.mark).collect()))
}

/// Two sides become one: who goes where, the identity that stays and the one that ends. Refused over what was ruled.
fn joined(tx: &Tx<'_>, by: &Judged, (one, other): (Mark, Mark)) -> Outcome<Joined> {
    let (mine, theirs) = (around(tx, by, one)?, around(tx, by, other)?);
    let free = next(tx, by.name())?;
    if mine.0 > 0 && mine.0 == theirs.0 {
        let plan = Plan { moves: Vec::new(), next: free };
        return Ok(Joined { plan, of: (mine.0, 0), around: mine.1 });
    }
    let ruled = rows::rulings(tx, &by.keys, by.name())?;
    if let Some(no) = rows::ruled_among(&ruled, (&mine.1, &theirs.1), false) {
        let words = format!("第 {no} 号决定已经判断两边不是同一主体");
        let refusal = conflict("linkage.ruled_apart", words);
        return Err(refusal.remedy("如果那个决定不对，请先把它撤回").into());
    }
    let group: Vec<Mark> = mine.1.iter().chain(&theirs.1).copied().collect();
    if group.len() > MEMBERS_MAX {
        let words = format!("合并以后超过 {MEMBERS_MAX} 条登记，不能在这里合并");
        return Err(conflict("linkage.too_many", words).into());
    }
    let standing: Standing = rows::standing_of(tx, &by.keys, &group)?;
    let plan = plan(&standing, |_| true, std::slice::from_ref(&group), free);
    let stays = plan.moves.first().map_or(mine.0, |(_, _, to)| *to);
    let ended = if mine.0 == stays { theirs.0 } else { mine.0 };
    Ok(Joined { plan, of: (stays, ended), around: group })
}

/// Two sides are two: all of one is ruled apart from all of the other.
fn apart(
    tx: &Tx<'_>,
    by: &Judged,
    (one, other): (Mark, Mark),
) -> Outcome<(Joined, Vec<(Mark, Mark)>)> {
    let (mine, theirs) = (around(tx, by, one)?, around(tx, by, other)?);
    if mine.0 > 0 && mine.0 == theirs.0 {
        let words = "这两条登记现在属于同一主体";
        let refusal = conflict("linkage.one_already", words);
        return Err(refusal.remedy("请在这个主体的页面上拆分").into());
    }
    let plan = Plan { moves: Vec::new(), next: next(tx, by.name())? };
    let ruled = across(&mine.1, &theirs.1);
    let around = mine.1.iter().chain(&theirs.1).copied().take(2 * MEMBERS_MAX).collect();
    Ok((Joined { plan, of: (mine.0, theirs.0), around }, ruled))
}

/// Each of one side with each of the other, the smaller mark first.
fn across(ones: &[Mark], others: &[Mark]) -> Vec<(Mark, Mark)> {
    let pairs = ones.iter().flat_map(|a| others.iter().map(move |b| (*a.min(b), *a.max(b))));
    pairs.take(MEMBERS_MAX * MEMBERS_MAX).collect()
}

/// Judges a pair that waits. Gives the number of the decision.
pub fn judge(tx: &Tx<'_>, by: &Judged, no: i64, verdict: Verdict) -> Outcome<i64> {
    let permit = by.permit(tx)?;
    let pair = rows::pair(tx, &by.keys, by.linked.register, no)?;
    let pair = pair.ok_or_else(|| unknown("没有这一对"))?;
    if pair.state != PairState::Open {
        let decision = rows::decision(tx, by.linked.register, pair.decision)?;
        let words = match decision {
            Some(made) => format!("{}已经在 {} 判断过这一对", made.by_name, made.at.to_minute()),
            None => "后来的比对表明，这一对不用再判断了".to_owned(),
        };
        return Err(conflict("linkage.judged", words).remedy("请看现在的结果").into());
    }
    let (verb, joined, ruled) = match verdict {
        Verdict::Same => (Verb::Same, joined(tx, by, pair.marks)?, vec![pair.marks]),
        Verdict::Different => {
            let (joined, ruled) = apart(tx, by, pair.marks)?;
            (Verb::Different, joined, ruled)
        }
    };
    let Joined { plan, of, around } = joined;
    by.put_down(tx, &permit, verb, &Made { pair: no, of, plan: &plan, ruled, around })
}

/// Merges an identity with that of an entry, by its mark. Gives the number of the identity that stays.
pub fn merge(tx: &Tx<'_>, by: &Judged, identity: i64, other: Mark) -> Outcome<i64> {
    let permit = by.permit(tx)?;
    let members = rows::members(tx, &by.keys, by.linked.register, identity)?;
    let one = members.iter().find(|one| one.until.is_none()).map(|one| one.mark);
    let one = one.ok_or_else(|| unknown("没有这个主体，或者它已经并入别的主体"))?;
    let Joined { plan, of, around } = joined(tx, by, (one, other))?;
    if plan.moves.is_empty() {
        return Err(wrong("linkage.one_already", "它已经属于这个主体", "other").into());
    }
    let ruled = vec![(one.min(other), one.max(other))];
    let made = Made { pair: 0, of, plan: &plan, ruled, around };
    by.put_down(tx, &permit, Verb::Merge, &made)?;
    Ok(of.0)
}

/// Some entries leave an identity. Gives the number of their new one.
pub fn split(tx: &Tx<'_>, by: &Judged, identity: i64, leaving: &Leaving) -> Outcome<i64> {
    let permit = by.permit(tx)?;
    let members = rows::members(tx, &by.keys, by.linked.register, identity)?;
    if members.iter().map(|one| one.no).max() != Some(leaving.seen)
        || members.iter().any(|one| leaving.rows.contains(&one.no) && one.until.is_some())
    {
        let words = "这个主体刚刚被别人改过";
        return Err(conflict("linkage.moved", words).remedy("请看现在的样子，再决定").into());
    }
    let now = members.iter().filter(|one| one.until.is_none());
    let (go, stay): (Vec<_>, Vec<_>) = now.partition(|one| leaving.rows.contains(&one.no));
    let marks = |side: &[&crate::Member]| side.iter().map(|one| one.mark).collect::<Vec<Mark>>();
    let (go, stay) = (marks(&go), marks(&stay));
    if go.is_empty() || stay.is_empty() {
        let words = "请选出要拆出去的登记，至少留下一条";
        return Err(wrong("linkage.split", words, "leave").into());
    }
    let ruled = rows::rulings(tx, &by.keys, by.name())?;
    if let Some(no) = rows::ruled_among(&ruled, (&go, &stay), true) {
        let words = format!("第 {no} 号决定已经判断两边是同一主体");
        let refusal = conflict("linkage.ruled_same", words);
        return Err(refusal.remedy("如果那个决定不对，请先把它撤回").into());
    }
    let standing = rows::standing_of(tx, &by.keys, &go)?;
    let plan = split_off(&standing, &go, next(tx, by.name())?);
    let new = plan.next - 1;
    let (ruled, around) = (across(&go, &stay), Vec::new());
    let made = Made { pair: 0, of: (identity, new), plan: &plan, ruled, around };
    by.put_down(tx, &permit, Verb::Split, &made)?;
    Ok(new)
}

/// Takes a decision back: who it moved stands again where they stood, and what it ruled is ruled no more. Refused when
/// something of it moved since, or when a later decision joined others to what it moved: they would be parted.
pub fn take_back(tx: &Tx<'_>, by: &Judged, no: i64) -> Outcome<()> {
    let permit = by.permit(tx)?;
    let (register, keys) = (by.linked.register, &*by.keys);
    let made = rows::decision(tx, register, no)?.ok_or_else(|| unknown("没有这个决定"))?;
    if let Some((at, name, ..)) = &made.undone {
        let words = format!("{name}已经在 {} 撤回了这个决定", at.to_minute());
        return Err(conflict("linkage.taken_back", words).into());
    }
    let back = rows::backwards(&rows::made_by(tx, keys, no)?, next(tx, register.name)?);
    let back = back.ok_or_else(|| {
        let words = "这以后，其中的登记又换过主体";
        conflict("linkage.moved", words).remedy("请先撤回后来的决定，或者直接合并、拆分")
    })?;
    if let Some(later) =
        rows::rulings(tx, keys, register.name)?.iter().find(|(later, pair, same)| {
            // Who go back to the same place stay together.
            let goes =
                |mark: &Mark| back.moves.iter().find(|(one, ..)| one == mark).map(|(.., to)| *to);
            *later > no && *same && goes(&pair.0) != goes(&pair.1)
        })
    {
        let words = format!("后来的第 {} 号决定判断了其中的登记是同一主体", later.0);
        return Err(conflict("linkage.built_upon", words).remedy("请先撤回后来的决定").into());
    }
    let act = Act::new(by.now, by.linked.restored, "identity", format!("{}/{no}", register.name))
        .authority(register.authority)
        .content(json!({
            "decision": no, "entries": back.moves.len(),
            "root": HEXLOWER.encode(&root_of(&back, (&[], false))?), "reason": by.reason.trim(),
        }));
    if !rows::undo(tx, &permit, no, (by.reason.trim(), &act.id.to_string()), by.now)? {
        return Err(Fault::said("a decision that stands was taken back meanwhile").into());
    }
    rows::put(tx, &permit, (keys, register.name), &back.moves, (0, 0, Some(by.now)))?;
    rows::end_rulings(tx, &permit, no, by.now)?;
    rows::reopen(tx, &permit, no)?;
    rows::moves_on(tx, &permit, register.name, back.next)?;
    record(tx, permit.who(), &act)
}
