//! Signals: raised once an occasion, moved, never deleted.

use access::Permit;
use base::{Id, Outcome, Refusal, RefusalKind};
use serde_json::json;
use store::{Error, FromRow, Reader, Row, Tx};

use super::scope::{Cursor, Filter, Page, Scope};
use super::{case_by_id, no_such_case};
use crate::rules::may_move;
use crate::terms::{CaseId, Level, NewSignal, Signal, SignalOrder, SignalState};

const SIGNAL: &str = "id, case_id, case_no, office, item_code, item_name, rule, cycle, level, \
    message, basis, day, raised_at, organ, organ_name, handler_account, handler_name, state, \
    state_at, state_by, words";

impl FromRow for Signal {
    fn from_row(row: &Row<'_>) -> Result<Self, Error> {
        Ok(Self {
            id: row.get("id")?,
            case: row.get("case_id")?,
            case_no: row.get("case_no")?,
            office: row.get("office")?,
            item_code: row.get("item_code")?,
            item_name: row.get("item_name")?,
            rule: row.get("rule")?,
            cycle: row.get("cycle")?,
            level: Level::parse(&row.get::<String>("level")?),
            message: row.get("message")?,
            basis: row.get("basis")?,
            day: row.get("day")?,
            raised_at: row.get("raised_at")?,
            organ: row.get("organ")?,
            organ_name: row.get("organ_name")?,
            handler_account: row.get("handler_account")?,
            handler_name: row.get("handler_name")?,
            state: SignalState::parse(&row.get::<String>("state")?),
            state_at: row.get("state_at")?,
            state_by: row.get("state_by")?,
            words: row.get("words")?,
        })
    }
}

/// Raises a signal on a case. False when the rule has spoken on this occasion already: then
/// nothing is written. The organ and the desk are noted as they are now.
pub fn raise_signal(tx: &Tx<'_>, permit: &Permit, new: &NewSignal) -> Outcome<bool> {
    let case = case_by_id(tx, new.case)?.ok_or_else(no_such_case)?;
    let now = new.act.at();
    let raised = tx.run(
        &format!(
            "INSERT INTO flow_signals ({SIGNAL}, organ_path, open)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17,
                     $18, $13, $19, '', $20, 1)
             ON CONFLICT (case_id, rule, cycle) DO NOTHING"
        ),
        &[
            new.id.into(),
            case.id.into(),
            (&case.no).into(),
            (&case.office).into(),
            (&case.item_code).into(),
            (&case.item_name).into(),
            (&new.rule).into(),
            (&new.cycle).into(),
            new.level.as_str().into(),
            (&new.message).into(),
            (&new.basis).into(),
            new.day.into(),
            now.into(),
            (&case.organ).into(),
            (&case.organ_name).into(),
            case.handler_account.as_deref().into(),
            (&case.handler_name).into(),
            SignalState::Raised.as_str().into(),
            (&permit.who().name).into(),
            (&case.organ_path).into(),
        ],
    )?;
    if raised == 0 {
        return Ok(false);
    }
    let act = new.act.clone().authority(new.basis.clone()).content(json!({
        "no": case.no,
        "signal": new.id,
        "rule": new.rule,
        "level": new.level,
        "title": new.level.title(),
        "message": new.message,
        "day": new.day,
        "organ": { "id": case.organ, "name": case.organ_name },
        "handler": case.handler_name,
    }));
    ledger::record(tx, permit.who(), &act)?;
    Ok(true)
}

/// Carries out an order to a signal, and records the act.
pub fn move_signal(tx: &Tx<'_>, permit: &Permit, order: &SignalOrder) -> Outcome<Signal> {
    let signal = signal_by_id(tx, order.signal)?.ok_or_else(no_such_signal)?;
    let to = may_move(signal.state, &order.to_do)?;
    let who = permit.who();
    let words = order.to_do.words();
    let touched = tx.run(
        "UPDATE flow_signals SET state = $3, state_at = $4, state_by = $5, words = $6, open = $7
         WHERE id = $1 AND state = $2",
        &[
            signal.id.into(),
            signal.state.as_str().into(),
            to.as_str().into(),
            order.act.at().into(),
            (&who.name).into(),
            words.into(),
            to.is_open().into(),
        ],
    )?;
    if touched == 0 {
        return Err(Refusal::new(
            RefusalKind::Conflict,
            "flow.signal_moved",
            "这一监察信号刚刚由其他人员处理过，您的操作没有生效",
        )
        .remedy("请刷新页面，查看最新的处理情况")
        .into());
    }
    let act = order.act.clone().authority(signal.basis.clone()).content(json!({
        "no": signal.case_no,
        "signal": signal.id,
        "rule": signal.rule,
        "level": signal.level,
        "from": signal.state,
        "to": to,
        "words": words,
    }));
    ledger::record(tx, who, &act)?;
    Ok(Signal {
        state: to,
        state_at: order.act.at(),
        state_by: who.name.clone(),
        words: words.to_owned(),
        ..signal
    })
}

fn no_such_signal() -> Refusal {
    Refusal::new(RefusalKind::NotFound, "flow.no_such_signal", "没有找到这一监察信号")
}

/// The signal with this id.
pub fn signal_by_id(reader: &Reader<'_>, id: Id<Signal>) -> Outcome<Option<Signal>> {
    Ok(reader.maybe(&format!("SELECT {SIGNAL} FROM flow_signals WHERE id = $1"), &[id.into()])?)
}

/// The signals on a case, oldest first.
pub fn signals_of(reader: &Reader<'_>, case: CaseId) -> Outcome<Vec<Signal>> {
    Ok(reader.all(
        &format!("SELECT {SIGNAL} FROM flow_signals WHERE case_id = $1 ORDER BY id LIMIT 500"),
        &[case.into()],
    )?)
}

fn open_in(scope: &Scope) -> Filter {
    let mut filter = Filter::default();
    filter.and_plain("open = 1");
    filter.organs(&scope.organs);
    filter.desk(&scope.handler);
    if let Some(office) = &scope.office {
        filter.and("office = $", office);
    }
    if let Some(item) = &scope.item {
        filter.and("item_code = $", item);
    }
    filter
}

/// Signals that somebody still has to do something about, newest first. Of the scope, the organs,
/// the desk, the office and the item count.
pub fn open_signals(
    reader: &Reader<'_>,
    scope: &Scope,
    after: Option<&Cursor>,
    limit: i64,
) -> Outcome<Page<Signal>> {
    let limit = limit.clamp(1, 500);
    let mut filter = open_in(scope);
    if let Some(after) = after {
        filter.and("id < $", &after.id);
    }
    let place = filter.put(limit + 1);
    let conditions = filter.sql();
    let sql = format!(
        "SELECT {SIGNAL} FROM flow_signals WHERE {conditions} ORDER BY id DESC LIMIT {place}"
    );
    let rows: Vec<Signal> = reader.all(&sql, &filter.values)?;
    Ok(Page::cut(rows, limit, |signal| Cursor { key: 0, id: signal.id.to_string() }))
}

/// How many signals are open, by level.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SignalCounts {
    /// 提示.
    pub reminder: i64,
    /// 预警.
    pub warning: i64,
    /// 黄牌.
    pub yellow: i64,
    /// 红牌.
    pub red: i64,
}

/// How many signals are open in this scope, by level.
pub fn signal_counts(reader: &Reader<'_>, scope: &Scope) -> Outcome<SignalCounts> {
    let filter = open_in(scope);
    let sql = format!(
        "SELECT level, CAST(COUNT(*) AS BIGINT) AS signals FROM flow_signals
         WHERE {} GROUP BY level",
        filter.sql()
    );
    let rows: Vec<(String, i64)> = reader.all(&sql, &filter.values)?;
    let mut counts = SignalCounts::default();
    for (level, signals) in rows {
        match Level::parse(&level) {
            Level::Reminder => counts.reminder += signals,
            Level::Warning => counts.warning += signals,
            Level::Yellow => counts.yellow += signals,
            Level::Red => counts.red += signals,
        }
    }
    Ok(counts)
}
