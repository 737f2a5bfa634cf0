//! Taking a part of the record out of the house, with its proof: by an order of two people, of whom the second is the
//! security administrator.

use access::{Account, Permission, Reach};
use base::{FieldError, Id, Outcome};
use frame::{Export, ExportAsked, ExportColumn, ExportFilter, ExportFilterKind, ExportRows, Hall};
use ledger::Sought;
use store::Reader;

use super::{Outlook, outlook};
use crate::rules;
use crate::terms::{SUBJECTS, Wanted};

/// Propose that acts are taken out.
pub const EXPORT: Permission = Permission {
    name: "audit.export",
    about: "提出导出办理记录",
    roles: &[("auditor", Reach::City)],
};

/// Agree to it: nobody of those who read the record takes it out alone.
pub const AGREE_EXPORT: Permission = Permission {
    name: "audit.agree_export",
    about: "同意导出办理记录",
    roles: &[("secadmin", Reach::City)],
};

const fn column(name: &'static str, title: &'static str, personal: bool) -> ExportColumn {
    ExportColumn { name, title, personal }
}

const fn words(name: &'static str, title: &'static str) -> ExportFilter {
    ExportFilter { name, title, kind: ExportFilterKind::Words }
}

/// Acts with their proof, by what the search is narrowed by.
pub const ACTS: Export = Export {
    name: "audit.acts",
    title: "办理记录",
    about: "符合条件的每一条记录，带着登记簿的证明，可以用 cityhall verify export 离线核验。",
    propose: &EXPORT,
    agree: Some(&AGREE_EXPORT),
    of_organs: false,
    columns: &[
        column("at", "时间", false),
        column("kind", "做了什么", false),
        column("who", "谁做的", true),
        column("subject", "对象", true),
        column("content", "办理记录的内容", true),
        column("address", "来源地址", true),
        column("proof", "登记簿的证明", false),
    ],
    filters: &[
        words("who", "人员（用户名）"),
        ExportFilter { name: "organ", title: "机构", kind: ExportFilterKind::Organ },
        ExportFilter { name: "act", title: "做了什么", kind: ExportFilterKind::One(kinds) },
        words("no", "办件编号"),
        ExportFilter {
            name: "kind",
            title: "对象种类",
            kind: ExportFilterKind::One(|_| {
                SUBJECTS.iter().map(|(kind, title)| (*kind, (*title).to_owned())).collect()
            }),
        },
        words("id", "对象编号"),
        words("address", "来源地址"),
        ExportFilter { name: "from", title: "从哪天起", kind: ExportFilterKind::Day },
        ExportFilter { name: "until", title: "到哪天为止", kind: ExportFilterKind::Day },
    ],
    check,
    rows: ExportRows::Acts(sought),
};

/// The kinds of acts, by the offices that do them.
pub fn kinds(hall: &Hall) -> Vec<(&'static str, String)> {
    let all = hall.offices.iter().flat_map(|office| {
        office.acts.iter().map(|act| (act.name, format!("{}：{}", office.title, act.title)))
    });
    all.collect()
}

/// What an order asks for, as the search knows it.
fn wanted(asked: &ExportAsked) -> Wanted {
    let said = |name: &str| asked.said(name).to_owned();
    Wanted {
        who: said("who"),
        organ: said("organ"),
        act: said("act"),
        no: said("no"),
        kind: said("kind"),
        id: said("id"),
        address: said("address"),
        from: said("from"),
        until: said("until"),
        after: String::new(),
    }
}

fn check(reader: &Reader<'_>, asked: &ExportAsked) -> Outcome<Vec<FieldError>> {
    Ok(match outlook(reader, &wanted(asked))? {
        Outlook::Clear(sought) => by_login(reader, asked.said("who"), &sought)?,
        Outlook::Wrong(wrong) => wrong,
        Outlook::Several(people) => {
            let logins: Vec<&str> = people.iter().map(|one| one.login.as_str()).collect();
            let message = format!("叫这个名字的不止一人，请写用户名：{}", logins.join("、"));
            vec![FieldError { field: "who".into(), message }]
        }
    })
}

/// A name must not stand in an order: until it is carried out another may come who has it too.
fn by_login(reader: &Reader<'_>, who: &str, sought: &Sought) -> Outcome<Vec<FieldError>> {
    if who.is_empty() || access::account_by_login(reader, who)?.is_some() {
        return Ok(Vec::new());
    }
    let id = sought.account.as_ref().and_then(|id| id.parse::<Id<Account>>().ok());
    let account = id.map(|id| access::account_by_id(reader, id)).transpose()?.flatten();
    let login = account.map(|account| account.login).unwrap_or_default();
    let message = format!("请写用户名：{login}。以后可能还有人叫这个名字");
    Ok(vec![FieldError { field: "who".into(), message }])
}

/// What is sought; what was done after the order belongs into another. Whose name means nobody any more has done
/// nothing.
fn sought(reader: &Reader<'_>, asked: &ExportAsked) -> Outcome<Sought> {
    let sought = match outlook(reader, &wanted(asked))? {
        Outlook::Clear(sought) => sought,
        Outlook::Wrong(_) | Outlook::Several(_) => {
            let start = rules::always().from;
            Sought { until: start, ..rules::always() }
        }
    };
    let until = asked.before.map_or(sought.until, |before| sought.until.min(before));
    Ok(Sought { until, ..sought })
}
