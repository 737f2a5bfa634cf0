//! What one person proposes and another settles: how it stands in a row, who may settle it, and the statements that put
//! it down and settle it once. The tables are the offices' own; what they have in common stands here.

use base::{Day, Id, Moment, Outcome, Refusal, RefusalKind};
use store::{FromRow, Reader, Row, Tx, Value};

use crate::terms::Permit;

/// The ground of two people for one decision.
const SEPARATED: &str = "GB/T 22239-2019 8.1.4.2 访问控制（管理用户的权限分离）";
/// So many that wait are read at most.
const OPEN_MAX: i64 = 200;

/// How far something proposed is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProposedState {
    /// It waits for another person.
    Open,
    /// Another person has agreed.
    Agreed,
    /// Another person has agreed, and more has become of it since: what, the office says.
    Done,
    /// Another person has not agreed.
    Declined,
    /// Who proposed it has taken it back.
    Withdrawn,
    /// Nobody answered in time.
    Lapsed,
}

impl ProposedState {
    /// As stored.
    pub const fn as_str(self) -> &'static str {
        match self {
            ProposedState::Open => "open",
            ProposedState::Agreed => "agreed",
            ProposedState::Done => "done",
            ProposedState::Declined => "declined",
            ProposedState::Withdrawn => "withdrawn",
            ProposedState::Lapsed => "lapsed",
        }
    }

    /// As stored. Words that are an office's own, and those of a newer program, say that it waits no more.
    pub fn parse(text: &str) -> Self {
        [Self::Open, Self::Agreed, Self::Declined, Self::Withdrawn, Self::Lapsed]
            .into_iter()
            .find(|state| state.as_str() == text)
            .unwrap_or(Self::Done)
    }
}

/// Something that one person proposes and another settles.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proposed {
    /// Who proposed it, by account.
    pub by: String,
    /// For whom they exercised the post (受委托代行), if for somebody.
    pub behalf: Option<String>,
    /// Their name.
    pub name: String,
    /// When.
    pub at: Moment,
    /// The last day on which another may answer.
    pub last_day: Day,
    /// How far it is.
    pub state: ProposedState,
    /// Who answered, or took it back.
    pub settled: Option<Settled>,
}

/// How something proposed was answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settled {
    /// By whom: the account.
    pub by: String,
    /// By whom, by name.
    pub name: String,
    /// Why; empty where nothing was said.
    pub reason: String,
    /// When.
    pub at: Moment,
}

impl Proposed {
    /// What is proposed now, before anybody's name stands under it.
    pub fn unsigned(now: Moment, last_day: Day) -> Self {
        Self {
            by: String::new(),
            behalf: None,
            name: String::new(),
            at: now,
            last_day,
            state: ProposedState::Open,
            settled: None,
        }
    }

    /// Whether somebody can still answer it.
    pub fn waits(&self, today: Day) -> bool {
        self.state == ProposedState::Open && self.last_day >= today
    }
}

impl FromRow for Proposed {
    fn from_row(row: &Row<'_>) -> Result<Self, store::Error> {
        let name: Option<String> = row.get("decided_name")?;
        let reason: Option<String> = row.get("decided_reason")?;
        let at: Option<Moment> = row.get("decided_at")?;
        let by: Option<String> = row.get("decided_by")?;
        let settled = |(name, at)| Settled {
            by: by.unwrap_or_default(),
            name,
            reason: reason.unwrap_or_default(),
            at,
        };
        Ok(Self {
            by: row.get("proposed_by")?,
            behalf: row.get("proposed_for")?,
            name: row.get("proposed_name")?,
            at: row.get("proposed_at")?,
            last_day: row.get("last_day")?,
            state: ProposedState::parse(&row.get::<String>("state")?),
            settled: name.zip(at).map(settled),
        })
    }
}

/// A table whose rows one person proposes and another settles. It has `id`, `last_day`, `state`, `decided_by`,
/// `decided_name`, `decided_at`, `decided_reason`, and who proposed it and when in columns of one word.
#[derive(Clone, Copy, Debug)]
pub struct Proposals {
    /// Its name.
    pub table: &'static str,
    /// Its columns beside those of the proposal.
    pub own: &'static str,
    /// How the columns of who proposed it begin: `proposed` of `proposed_by`, `proposed_name`, `proposed_at`.
    pub who: &'static str,
    /// Whether it has one for whom the post was exercised, `…_for`.
    pub behalf: bool,
    /// What people call one: 这项提议.
    pub thing: &'static str,
    /// What the first person does: 提出.
    pub verb: &'static str,
}

impl Proposals {
    fn refuse(self, code: &'static str, words: impl Into<String>) -> Refusal {
        Refusal::new(RefusalKind::Conflict, code, words)
    }

    fn over(self) -> Refusal {
        self.refuse("access.proposal_over", format!("{}已经办结", self.thing))
    }

    /// Whether these may answer it: the one who answers, and for whom they exercise the post.
    pub fn may_settle(self, one: &Proposed, doers: &[&str], today: Day) -> Result<(), Refusal> {
        let open = one.state == ProposedState::Open;
        if one.state == ProposedState::Lapsed || (open && one.last_day < today) {
            let day = one.last_day.chinese();
            let words = format!("{}到{day}为止没有人同意，已经失效", self.thing);
            let remedy = format!("仍然需要的，请重新{}", self.verb);
            return Err(self.refuse("access.proposal_lapsed", words).remedy(remedy));
        }
        if !open {
            return Err(self.over());
        }
        let first = |doer: &&str| one.by == *doer || one.behalf.as_deref() == Some(*doer);
        if doers.iter().any(first) {
            let words = format!(
                "{}的人不能自己同意，要由另一个人同意；受委托代行的，和委托的人算一个人",
                self.verb
            );
            return Err(self.refuse("access.same_person", words).ground(SEPARATED));
        }
        Ok(())
    }

    /// Whether this account may take it back: who proposed it, while it waits.
    pub fn may_withdraw(self, one: &Proposed, account: &str) -> Result<(), Refusal> {
        if one.state == ProposedState::Open && one.by == account {
            return Ok(());
        }
        let words = format!("只能撤回自己{}、还没有办结的", self.verb);
        Err(self.refuse("access.not_yours", words))
    }

    /// Why something is not agreed to: it has to be said.
    pub fn said_why(reason: &str) -> Result<String, Refusal> {
        let words = "不同意的，请写理由";
        match reason.trim() {
            "" => Err(Refusal::new(RefusalKind::Invalid, "access.no_reason", words)
                .field("reason", words)),
            reason => Ok(reason.to_owned()),
        }
    }

    fn select(self, rest: &str) -> String {
        let Proposals { table, own, who, .. } = self;
        let behalf = if self.behalf { format!("{who}_for") } else { "CAST(NULL AS TEXT)".into() };
        format!(
            "SELECT {own}, {who}_by AS proposed_by, {behalf} AS proposed_for,
                 {who}_name AS proposed_name, {who}_at AS proposed_at, last_day, state,
                 decided_by, decided_name, decided_at, decided_reason
             FROM {table} {rest}"
        )
    }

    /// The rows that `rest` of the statement leads to: from WHERE on.
    pub fn all<T: FromRow>(
        self,
        reader: &Reader<'_>,
        rest: &str,
        params: &[Value],
    ) -> Outcome<Vec<T>> {
        Ok(reader.all(&self.select(rest), params)?)
    }

    /// One by id.
    pub fn by_id<T: FromRow, I>(self, reader: &Reader<'_>, id: Id<I>) -> Outcome<Option<T>> {
        Ok(reader.maybe(&self.select("WHERE id = $1"), &[id.into()])?)
    }

    /// Those that wait, oldest first; at most 200.
    pub fn open<T: FromRow>(self, reader: &Reader<'_>, today: Day) -> Outcome<Vec<T>> {
        let rest = "WHERE state = 'open' AND last_day >= $1 ORDER BY id LIMIT $2";
        self.all(reader, rest, &[today.into(), OPEN_MAX.into()])
    }

    /// How many wait for the holder of this permit: not those of their own.
    pub fn waiting_for(self, reader: &Reader<'_>, permit: &Permit, today: Day) -> Outcome<i64> {
        let (open, doers) = (self.open::<Proposed>(reader, today)?, permit.doers());
        let answers = |one: &&Proposed| self.may_settle(one, &doers, today).is_ok();
        Ok(i64::try_from(open.iter().filter(answers).count()).unwrap_or(i64::MAX))
    }

    /// All of them, newest first, before one.
    pub fn before<T: FromRow, I>(
        self,
        reader: &Reader<'_>,
        before: Option<Id<I>>,
        limit: i64,
    ) -> Outcome<Vec<T>> {
        let before = before.map_or_else(|| "~".to_owned(), |id| id.to_string());
        let rest = "WHERE id < $1 ORDER BY id DESC LIMIT $2";
        self.all(reader, rest, &[before.into(), limit.into()])
    }

    /// Puts one down in the name of who holds the permit: its own columns, and those of the proposal.
    pub fn put<I>(
        self,
        tx: &Tx<'_>,
        permit: &Permit,
        (id, new): (Id<I>, &Proposed),
        own: &[(&str, Value)],
    ) -> Outcome<()> {
        let (who, behalf) = (self.who, format!("{}_for", self.who));
        let (by, name, at) = (format!("{who}_by"), format!("{who}_name"), format!("{who}_at"));
        let mut columns = vec![
            ("id", id.into()),
            (by.as_str(), permit.account().into()),
            (name.as_str(), permit.who().name.as_str().into()),
            (at.as_str(), new.at.into()),
            ("last_day", new.last_day.into()),
            ("state", ProposedState::Open.as_str().into()),
        ];
        if self.behalf {
            columns.push((behalf.as_str(), permit.behalf().into()));
        }
        columns.extend(own.iter().map(|(column, value)| (*column, value.clone())));
        let (names, values): (Vec<&str>, Vec<Value>) = columns.into_iter().unzip();
        let places: Vec<String> = (1..=values.len()).map(|place| format!("${place}")).collect();
        let (table, names, places) = (self.table, names.join(", "), places.join(", "));
        tx.run(&format!("INSERT INTO {table} ({names}) VALUES ({places})"), &values)?;
        Ok(())
    }

    /// Settles one that waits, once: another person agrees or does not, or who proposed it takes it back. `also` are own
    /// columns that say more of it.
    pub fn settle<I>(
        self,
        tx: &Tx<'_>,
        permit: &Permit,
        (id, one): (Id<I>, &Proposed),
        (state, reason, also): (ProposedState, &str, &[(&str, Value)]),
        now: Moment,
    ) -> Outcome<()> {
        match state {
            ProposedState::Withdrawn => self.may_withdraw(one, permit.account())?,
            _ => self.may_settle(one, &permit.doers(), now.day())?,
        }
        let mut values: Vec<Value> = vec![
            state.as_str().into(),
            permit.account().into(),
            permit.who().name.as_str().into(),
            now.into(),
            reason.into(),
            id.into(),
        ];
        let mut sets = String::new();
        for (column, value) in also {
            values.push(value.clone());
            sets.push_str(&format!(", {column} = ${}", values.len()));
        }
        // Who it is was judged above by the row as it stands here; the statement holds it all the same.
        let who = match state {
            ProposedState::Withdrawn => format!("{}_by = $2", self.who),
            _ => format!("{}_by <> $2", self.who),
        };
        let table = self.table;
        let settled = tx.run(
            &format!(
                "UPDATE {table} SET state = $1, decided_by = $2, decided_name = $3,
                     decided_at = $4, decided_reason = $5{sets}
                 WHERE id = $6 AND state = 'open' AND {who}"
            ),
            &values,
        )?;
        if settled == 0 { Err(self.over().into()) } else { Ok(()) }
    }

    /// Notes that one is over, or all are, that nobody answered in time. Says whether there was any.
    pub fn lapse<I>(
        self,
        tx: &Tx<'_>,
        _permit: &Permit,
        which: Option<Id<I>>,
        today: Day,
    ) -> Outcome<bool> {
        let mut values: Vec<Value> = vec![today.into()];
        values.extend(which.map(Value::from));
        let (table, one) = (self.table, if which.is_some() { " AND id = $2" } else { "" });
        let lapsed = tx.run(
            &format!(
                "UPDATE {table} SET state = 'lapsed'
                 WHERE state = 'open' AND last_day < $1{one}"
            ),
            &values,
        )?;
        Ok(lapsed > 0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ORDERS: Proposals = Proposals {
        table: "orders",
        own: "id",
        who: "asked",
        behalf: true,
        thing: "这项命令",
        verb: "录入",
    };

    fn day(of_month: i8) -> Day {
        Day::new(2026, 3, of_month).unwrap()
    }

    fn order(behalf: Option<&str>) -> Proposed {
        Proposed {
            by: "a".into(),
            behalf: behalf.map(str::to_owned),
            ..Proposed::unsigned(day(2).start(), day(17))
        }
    }

    #[test]
    fn who_proposes_never_agrees_nor_does_who_acts_for_them_or_for_whom_they_act() {
        let verdict = |behalf, doers: &[&str], today| {
            ORDERS.may_settle(&order(behalf), doers, today).err().map(|no| no.code)
        };
        for doers in [["a", "a"], ["x", "x"], ["b", "x"], ["b", "a"]] {
            assert_eq!(verdict(Some("x"), &doers, day(3)), Some("access.same_person"), "{doers:?}");
        }
        assert_eq!(verdict(Some("x"), &["b", "y"], day(17)), None);
        assert_eq!(verdict(None, &["x"], day(17)), None);
        assert_eq!(verdict(None, &["b"], day(18)), Some("access.proposal_lapsed"));
    }

    #[test]
    fn what_is_settled_is_settled_for_good() {
        for text in ["agreed", "done", "ready", "ended", "declined", "withdrawn", "lapsed", "?"] {
            let over = Proposed { state: ProposedState::parse(text), ..order(None) };
            assert!(ORDERS.may_settle(&over, &["b"], day(3)).is_err(), "{text}");
            assert!(ORDERS.may_withdraw(&over, "a").is_err(), "{text}");
            assert!(!over.waits(day(3)), "{text}");
        }
        assert!(ORDERS.may_withdraw(&order(None), "a").is_ok());
        assert!(ORDERS.may_withdraw(&order(Some("x")), "x").is_err());
        assert!(order(None).waits(day(17)) && !order(None).waits(day(18)));
    }
}
