//! A small city to test in: one bureau with its people, another beside it, and a citizen.

use std::collections::HashMap;
use std::sync::OnceLock;

use access::{
    Account, Actor, Holding, Kind, NewOrgan, Over, Permission, Person, Reach, authorise, clockwork,
};
use base::{Day, Id, Moment, Outcome, Stop};
use clock::{Calendar, Limit, Limits};
use kernel_flow::{
    self as flow, CaseHead, Command, Definition, Event, Finding, NewCase, Order, Remedy, Verdict,
};
use ledger::Ledger;
use store::{Reader, Store, Tx};
use testkit::database::each_database;

const fn permission(name: &'static str, roles: &'static [(&'static str, Reach)]) -> Permission {
    Permission { name, about: "测试", roles }
}

static PERMISSIONS: &[Permission] = &[
    permission("sample.apply", &[("citizen", Reach::Own)]),
    permission("sample.receive", &[("clerk", Reach::Organ)]),
    permission("sample.examine", &[("examiner", Reach::Organ)]),
    permission("sample.decide", &[("approver", Reach::Organ)]),
    permission("sample.issue", &[("clerk", Reach::Organ)]),
    permission("sample.void", &[("supervisor", Reach::City)]),
];

const PEOPLE: &[(&str, &str)] = &[
    ("王小明", "citizen"),
    ("李窗口", "clerk"),
    ("孙审查", "examiner"),
    ("赵局长", "approver"),
    ("钱副局长", "approver"),
];

/// The city.
pub struct City {
    ledger: Ledger,
    store: Store,
    people: HashMap<&'static str, Id<Account>>,
}

/// A working day's morning.
pub fn at(year: i16, month: i8, day: i8) -> Moment {
    Day::new(year, month, day).expect("a day").start().plus_seconds(9 * 3_600)
}

/// The sample definition.
pub fn sample() -> Definition {
    Definition::from_json(include_str!("../sample.json")).expect("the sample reads")
}

/// Where to turn.
pub fn remedy() -> Option<Remedy> {
    Some(Remedy {
        reconsideration: "市人民政府".into(), court: "市中级人民法院".into()
    })
}

fn organ(id: &str, parent: Option<&str>, name: &str, code: &str) -> NewOrgan {
    NewOrgan {
        id: id.into(),
        parent: parent.map(Into::into),
        name: name.into(),
        short_name: name.into(),
        kind: "department".into(),
        code: code.into(),
        credit_code: None,
        division: "420700".into(),
        place: 1,
        duties: String::new(),
        phone: String::new(),
    }
}

fn calendar() -> &'static Calendar {
    static CALENDAR: OnceLock<Calendar> = OnceLock::new();
    CALENDAR.get_or_init(Calendar::china)
}

/// Runs a test in a fresh city on each database.
pub fn each_city(test: impl Fn(&City)) {
    each_database(|store| test(&City::founded(store)));
}

impl City {
    fn founded(store: Store) -> Self {
        let sets = [ledger::MIGRATIONS, access::MIGRATIONS, flow::MIGRATIONS];
        store.migrate(&sets).expect("migrated");
        store.migrate(&sets).expect("migrated twice");
        let now = at(2026, 1, 5);
        let people: HashMap<&'static str, Id<Account>> =
            PEOPLE.iter().map(|(name, _)| (*name, Id::mint(now))).collect();
        let ids = people.clone();
        store
            .write_now(move |tx| {
                let permit = clockwork("tests");
                access::grant_defaults(tx, PERMISSIONS)?;
                access::put_organ(tx, &permit, &organ("city", None, "市政府", "001"))?;
                access::put_organ(
                    tx,
                    &permit,
                    &organ("city-bureau", Some("city"), "市某局", "101"),
                )?;
                access::put_organ(tx, &permit, &organ("other", Some("city"), "另一局", "102"))?;
                for (name, role) in PEOPLE {
                    settle(tx, ids[name], name, role, now)?;
                }
                flow::install(tx, &sample(), now)
            })
            .expect("founded");
        // No definition here names a decisive act, so nobody has to sign.
        let ledger = Ledger::for_tests(store.clone());
        Self { ledger, store, people }
    }

    /// The id of a person's account.
    pub fn account(&self, name: &str) -> String {
        self.people[name].to_string()
    }

    /// Reads.
    pub fn read<T: Send + 'static>(
        &self,
        look: impl Fn(&Reader<'_>) -> Outcome<T> + Send + Sync + 'static,
    ) -> T {
        self.store.read_now(look).expect("read")
    }

    /// Writes.
    pub fn write<T: Send + 'static>(
        &self,
        change: impl Fn(&Tx<'_>) -> Outcome<T> + Send + Sync + 'static,
    ) -> Outcome<T> {
        self.ledger.write_now(change)
    }

    fn actor(&self, name: &str, now: Moment) -> Actor {
        Actor::Person(
            Person {
                account: self.people[name],
                login: name.into(),
                name: name.into(),
                kind: Kind::Staff,
                real_name: true,
                posts: Vec::new(),
                at: now,
                session: [0; 32],
                standing: access::Standing::Whole,
            }
            .into(),
        )
    }

    /// A case of the bureau that the citizen files online.
    pub fn file(&self, now: Moment) -> CaseHead {
        self.files(now).expect("filed")
    }

    /// The same, which may be refused.
    pub fn files(&self, now: Moment) -> Result<CaseHead, Stop> {
        let actor = self.actor("王小明", now);
        let new = NewCase {
            item_code: "000125002000".into(),
            item_name: "测试事项".into(),
            title: "测试事项的申请".into(),
            organ: "city-bureau".into(),
            applicant_name: "王小明".into(),
            applicant_account: Some(self.account("王小明")),
            limits: Limits {
                legal: Some(Limit::working(20)),
                promised: Some(Limit::working(10)),
                basis: "行政许可法第四十二条".into(),
            },
            ..NewCase::new(now, "sample", "sample", "online")
        };
        let applied = self.write(move |tx| {
            let permit = authorise(tx, &actor, permission_named("sample.apply"), Over::Any)?;
            flow::open_case(tx, &permit, &new, calendar())
        });
        Ok(applied?.case)
    }

    /// Orders `command` as this person, who saw the case as it is given here.
    pub fn tries(
        &self,
        now: Moment,
        case: &CaseHead,
        command: Command,
        name: &str,
    ) -> Result<CaseHead, Stop> {
        let needed = permission_named(post_for(&command));
        let actor = self.actor(name, now);
        let over = match needed.name {
            "sample.apply" => Over::Account(self.account("王小明")),
            _ => Over::Organ(case.organ.clone()),
        };
        let order = Order::new(now, "sample", case.id, command).expecting(case.version);
        let applied = self.write(move |tx| {
            let permit = authorise(tx, &actor, needed, over.clone())?;
            flow::apply(tx, &permit, &order, calendar())
        });
        Ok(applied?.case)
    }

    /// Orders `command` as who usually does it.
    pub fn does(&self, now: Moment, case: &CaseHead, command: Command) -> CaseHead {
        let name = match post_for(&command) {
            "sample.apply" => "王小明",
            "sample.examine" => "孙审查",
            "sample.decide" => "赵局长",
            _ => "李窗口",
        };
        self.tries(now, case, command, name).expect("allowed")
    }

    /// Examines and decides an accepted case.
    pub fn decide(&self, now: Moment, case: &CaseHead, verdict: Verdict) -> CaseHead {
        let (finding, opinion) = (Finding::Approve, "符合条件".to_owned());
        let case =
            self.does(now, case, Command::Examine { finding, opinion, inspectors: Vec::new() });
        let (reason, ground) = ("符合条件".to_owned(), "条例第五条".to_owned());
        self.does(now, &case, Command::Decide { verdict, reason, ground, remedy: remedy() })
    }

    /// Accepts, examines and grants.
    pub fn walk_to_grant(&self, now: Moment, case: &CaseHead) -> CaseHead {
        let case = self.does(now, case, Command::Accept);
        self.decide(now, &case, Verdict::Grant)
    }

    /// The case with its dates counted again from its events.
    pub fn recounted(&self, case: &CaseHead, events: &[Event]) -> CaseHead {
        flow::recount(&sample(), case, events, calendar()).expect("recounted")
    }
}

fn settle(tx: &Tx<'_>, account: Id<Account>, name: &str, role: &str, now: Moment) -> Outcome<()> {
    let permit = clockwork("tests");
    let kind = if role == "citizen" { Kind::Citizen } else { Kind::Staff };
    // Nothing personal is kept of these people, so that no keys are needed.
    tx.run(
        "INSERT INTO access_accounts (id, login, kind, name, real_name, state, failures, created_at)
         VALUES ($1, $2, $3, $2, 1, 'active', 0, $4)",
        &[account.into(), name.into(), kind.as_str().into(), now.into()],
    )?;
    let organ = if role == "citizen" { "" } else { "city-bureau" };
    let holding = Holding {
        id: Id::mint(now),
        account,
        role: role.into(),
        organ: organ.into(),
        post: access::role_title(role).into(),
        from: now.day(),
        until: None,
    };
    access::give_holding(tx, &permit, &holding)
}

fn permission_named(name: &str) -> &'static Permission {
    PERMISSIONS.iter().find(|permission| permission.name == name).expect("a permission")
}

fn post_for(command: &Command) -> &'static str {
    match command.name() {
        "supplement" | "withdraw" => "sample.apply",
        "examine" | "pause" | "resume" | "request_extension" => "sample.examine",
        "grant" | "deny" | "return" | "grant_extension" | "deny_extension" => "sample.decide",
        "issue" | "deliver" => "sample.issue",
        _ => "sample.receive",
    }
}
