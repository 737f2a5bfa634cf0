//! Drafts: begun with what the city already knows, kept across sessions, dropped or submitted.

use access::{Mandate, Over, Permission, account_by_id, authorise};
use base::{Day, Fault, FieldError, Id, Outcome, Refusal, RefusalKind};
use frame::form::Form;
use frame::{ActCx, Cx, not_found};
use population_contract::{PersonAnswer, PersonByNumber};
use powers_contract::{Item, ItemInForce};
use seal::Keys;
use serde_json::{Map, Value, json};

use crate::acts::agency::{self, Agency, FIRM_CODE, FIRM_NAME, Whose};
use crate::acts::source::{Disputes, disputes, shown};
use crate::acts::{firm, window};
use crate::rules;
use crate::store;
use crate::terms::window::AtWindow;
use crate::terms::{APPLY, Channel, DRAFT_FILES, Draft, RECEIVE, Source, Sources, sealed};

/// Where name and number stand that come from the account itself.
const ACCOUNT: &str = "您的账户";
/// The same, for who fills in for another.
const PRINCIPALS_ACCOUNT: &str = "委托人的账户";
/// An account keeps its name: what comes from it is looked at again when a draft is a month old.
const ACCOUNT_SECONDS: i64 = 30 * 24 * 3_600;

/// A draft with its item and its entries in clear.
pub struct Opened {
    /// The draft.
    pub draft: Draft,
    /// The item in force.
    pub item: Item,
    /// Its form.
    pub form: Form,
    /// The entries.
    pub values: Value,
    /// Where fetched values came from.
    pub sources: Sources,
    /// Where fetched values are disputed.
    pub disputes: Disputes,
    /// What is attached.
    pub files: Vec<vault::FileInfo>,
    /// The mandate by which it is filled in for its owner, or which an agent at the window has shown before.
    pub mandate: Option<Mandate>,
    /// By what an agent at the window files it, if one stands there.
    pub at_window: Option<AtWindow>,
}

impl Opened {
    /// The sources as the form shows them.
    pub fn shown(&self) -> frame::form::Sources {
        shown(&self.sources, &self.disputes)
    }

    /// Whether the item has a newer version than the draft was begun with. It stays so until the
    /// submission: saving one page is not having seen the others.
    pub fn is_outdated(&self) -> bool {
        self.draft.item_version != self.item.version
    }
}

/// The version of an item that is in force; a refusal if there is none.
pub async fn item_in_force(cx: &Cx, code: &str) -> Outcome<Item> {
    let question = ItemInForce { code: code.to_owned() };
    let answer = cx.ask("approvals", "apply", &question).await?;
    Ok(answer.value.ok_or_else(|| not_found("这个事项，或者它现在不能办理"))?)
}

pub(crate) fn form_of(item: &Item) -> Outcome<Form> {
    rules::may_apply(item)?;
    Form::parse(&item.form)
        .map_err(|fault| Fault::said(format!("the form of {}: {fault}", item.slug)).into())
}

pub(crate) fn seal_json(
    keys: &Keys,
    context: &str,
    value: &impl serde::Serialize,
) -> Outcome<Vec<u8>> {
    let plain = serde_json::to_vec(value).map_err(Fault::from)?;
    Ok(keys.seal(context, &plain))
}

pub(crate) fn open_json<T: serde::de::DeserializeOwned>(
    keys: &Keys,
    context: &str,
    sealed: &[u8],
) -> Outcome<T> {
    let plain = keys.unseal(context, sealed).map_err(Fault::from)?;
    Ok(serde_json::from_slice(&plain).map_err(Fault::from)?)
}

/// Begins a draft for the person who is signed in, filled with what the city knows of them. The
/// newest open draft of the same item is taken up again instead. With a mandate the draft is for who has given
/// it, and belongs to them.
pub async fn begin(cx: &ActCx, code: &str, mandate: Option<Id<Mandate>>) -> Outcome<Id<Draft>> {
    let item = item_in_force(cx, code).await?;
    rules::offered(&item)?;
    let form = form_of(&item)?;
    let whose = agency::whose(cx, &item, mandate).await?;
    agency::for_this_firm(&whose, &form)?;
    let account = whose.account;
    let keys = cx.hall().keys.clone();
    let (code, demands) = (item.code.clone(), item.clone());
    let (open, oneself) = cx
        .read(move |r| {
            let open = store::open_drafts(r, account)?;
            let same = |draft: &Draft| draft.item_code == code && draft.mandate == mandate;
            let open = open.into_iter().find(same);
            let account = account_by_id(r, account)?.ok_or_else(|| not_found("这个账户"))?;
            rules::level_reached(&demands, account.level())?;
            Ok((open.map(|draft| draft.id), Oneself::of(&account, &keys)))
        })
        .await?;
    if let Some(open) = open {
        return Ok(open);
    }
    let mut known = known_of(cx, &form, &oneself, whose.agency.as_ref()).await?;
    if whose.agency.is_none() {
        firm::only_one(cx, &form, &oneself, &mut known).await?;
    }
    put(cx, &item, (Channel::Online, None), &whose, known).await
}

/// The person as their account names them. Who applies online applies in this name and no other.
pub(crate) struct Oneself {
    name: String,
    number: Option<String>,
    /// Whether the register agreed that the account is theirs: only then is it asked for more.
    real_name: bool,
}

impl Oneself {
    pub(crate) fn of(account: &access::Account, keys: &Keys) -> Self {
        let (name, number) = (account.name.clone(), account.number(keys));
        Self { name, number, real_name: account.real_name }
    }

    /// The number that they have shown to be theirs.
    pub(crate) fn proven(&self) -> Option<&str> {
        self.number.as_deref().filter(|_| self.real_name)
    }

    fn fact(&self, fact: &str) -> Option<&str> {
        match fact {
            "person.name" => Some(&self.name),
            "person.number" => self.number.as_deref(),
            _ => None,
        }
    }
}

/// What is filled in for a person online: what the register knows, of a real-name account; name and
/// number of the account in any case.
/// An agent is shown the same of who has given them the mandate, who reads it beside the look.
pub(crate) async fn known_of(
    cx: &Cx,
    form: &Form,
    oneself: &Oneself,
    by: Option<&Agency>,
) -> Outcome<Prefilled> {
    let mut known = match &oneself.number {
        Some(number) if oneself.real_name => prefill(cx, form, number, by).await?,
        _ => Prefilled::default(),
    };
    if let Some(died) = known.died {
        return Err(of_dead(died).into());
    }
    let firm = by.and_then(|agency| agency.mandate.firm.as_ref());
    if let Some(firm) = firm {
        for (field, value) in [(FIRM_NAME, &firm.name), (FIRM_CODE, &firm.code)] {
            if form.field(field).is_some() {
                known.values.insert(field.to_owned(), Value::String(value.clone()));
            }
        }
    }
    let from = if by.is_some() { PRINCIPALS_ACCOUNT } else { ACCOUNT };
    for (field, fact) in prefills(form) {
        let Some(value) = oneself.fact(fact) else { continue };
        known.values.insert(field.to_owned(), Value::String(value.to_owned()));
        known.sources.entry(field.to_owned()).or_insert_with(|| Source {
            from: from.to_owned(),
            as_of: cx.now(),
            valid_until: cx.now().plus_seconds(ACCOUNT_SECONDS),
            ask: String::new(),
            ground: String::new(),
        });
    }
    Ok(known)
}

/// 民法典 art. 13: who has died applies for nothing, and nobody does in their name.
fn of_dead(died: Day) -> Refusal {
    let words = format!("人口登记显示申请人已在{}死亡，不能以申请人的名义申请", died.chinese());
    Refusal::new(RefusalKind::Conflict, "approvals.applicant_died", words)
        .ground("《中华人民共和国民法典》第十三条")
        .remedy("登记有错的，请本人先到户籍地派出所更正")
}

/// The day on which the register says that the applicant died, asked as an application is filed: a death is announced
/// once, and this may come after it. At the counter (`oneself` is none) it is refused. Who has not shown that the
/// number is theirs is told nothing, the desk is; of who has, the account is disabled with the death.
pub(crate) async fn died_of(
    cx: &Cx,
    oneself: Option<&Oneself>,
    number: &str,
) -> Outcome<Option<Day>> {
    if number.is_empty() || oneself.is_some_and(|oneself| oneself.proven() == Some(number)) {
        return Ok(None);
    }
    let question = PersonByNumber::now(number);
    let person = cx.ask("approvals", "living", &question).await?.value;
    match (oneself, person.and_then(|person| person.died)) {
        (None, Some(died)) => Err(of_dead(died).into()),
        (_, died) => Ok(died),
    }
}

/// The fields that a fact fills, with the fact's name.
pub(crate) fn prefills(form: &Form) -> impl Iterator<Item = (&str, &str)> {
    form.fields().iter().filter_map(|field| Some((field.name.as_str(), field.prefill.as_deref()?)))
}

/// Whether what a register filled in is not changed here.
pub(crate) fn is_locked(form: &Form, field: &str) -> bool {
    form.field(field).is_some_and(|field| field.locked)
}

/// What was fetched for a form.
#[derive(Default)]
pub(crate) struct Prefilled {
    pub(crate) values: Map<String, Value>,
    pub(crate) sources: Sources,
    /// The person's name, as the register has it.
    pub(crate) name: Option<String>,
    /// When the register says that they died.
    pub(crate) died: Option<Day>,
}

/// Fetches what the register of residents knows, for the fields that ask for it.
pub(crate) async fn prefill(
    cx: &Cx,
    form: &Form,
    number: &str,
    by: Option<&Agency>,
) -> Outcome<Prefilled> {
    let question = PersonByNumber::now(number);
    let answer = match by {
        None => cx.ask("approvals", "prefill", &question).await?,
        Some(agency) => {
            let (desk, now) = (&cx.hall().desk, cx.now());
            desk.ask("approvals", "prefill_by_mandate", &agency.who, &question, now).await?
        }
    };
    let source = Source {
        from: answer.source.clone(),
        as_of: answer.as_of,
        valid_until: answer.valid_until,
        ask: answer.ask_id.to_string(),
        ground: answer.ground.clone(),
    };
    let Some(person) = answer.value else { return Ok(Prefilled::default()) };
    let mut known =
        Prefilled { name: person.name.clone(), died: person.died, ..Prefilled::default() };
    for (field, fact) in prefills(form) {
        let Some(value) = fact_of(&person, number, fact) else { continue };
        known.values.insert(field.to_owned(), Value::String(value));
        known.sources.insert(field.to_owned(), source.clone());
    }
    Ok(known)
}

fn fact_of(person: &PersonAnswer, number: &str, fact: &str) -> Option<String> {
    match fact {
        "person.name" => person.name.clone(),
        "person.number" => Some(number.to_owned()),
        "person.address" => person.address.clone(),
        "person.phone" => person.phone.clone(),
        "person.sex" => person.sex.clone(),
        "person.birth" => person.birth.map(|day| day.to_string()),
        _ => None,
    }
}

pub(crate) async fn put(
    cx: &ActCx,
    item: &Item,
    (channel, at_window): (Channel, Option<&AtWindow>),
    whose: &Whose,
    known: Prefilled,
) -> Outcome<Id<Draft>> {
    let (now, actor, keys) = (cx.now(), cx.actor().clone(), &cx.hall().keys);
    let account = whose.account;
    let draft = Draft {
        id: Id::mint(now),
        account,
        agent: whose.agency.as_ref().map(|agency| agency.agent),
        mandate: whose.agency.as_ref().map(|agency| agency.mandate.id),
        item_code: item.code.clone(),
        item_slug: item.slug.clone(),
        item_name: item.name.clone(),
        item_version: item.version,
        channel,
        form_sealed: seal_json(keys, sealed::DRAFT, &known.values)?,
        sources_sealed: seal_json(keys, sealed::DRAFT_SOURCES, &known.sources)?,
        window_sealed: at_window.map(|at| seal_json(keys, sealed::WINDOW, at)).transpose()?,
        case_no: None,
        updated_at: now,
        version: 1,
    };
    let id = draft.id;
    let over = match channel {
        Channel::Online => Over::Account(account.to_string()),
        Channel::Counter => Over::Organ(item.organ.clone()),
    };
    cx.write(move |tx| {
        let permit = match draft.mandate {
            Some(_) => agency::over_draft(tx, &actor, &draft, None)?,
            None => authorise(tx, &actor, permission_for(channel), over.clone())?,
        };
        store::put_draft(tx, &permit, &draft)
    })
    .await?;
    Ok(id)
}

/// Opens a draft of the person who is signed in, or one that they fill in for another by a mandate that stands.
pub async fn open(cx: &Cx, id: Id<Draft>) -> Outcome<Opened> {
    let (account, actor) = (cx.signed_in()?.account, cx.actor().clone());
    let keys = cx.hall().keys.clone();
    let (draft, files, mandate, at_window) = cx
        .read(move |r| {
            let missing = || not_found("这份草稿");
            let draft = store::draft(r, id)?.ok_or_else(missing)?;
            rules::may_see(&draft, account)?;
            if draft.account != account {
                agency::over_draft(r, &actor, &draft, None)?;
            }
            let at_window = draft.window_sealed.as_deref();
            let at_window = at_window.map(|sealed| open_json(&keys, sealed::WINDOW, sealed));
            let at_window: Option<AtWindow> = at_window.transpose()?;
            let known = at_window.as_ref().and_then(AtWindow::known);
            let mandate = draft.mandate.or(known).map(|id| access::mandate_by_id(r, id));
            let files = vault::files_of(r, DRAFT_FILES, &id.to_string())?;
            Ok((draft, files, mandate.transpose()?.flatten(), at_window))
        })
        .await?;
    let mut item = item_in_force(cx, &draft.item_code).await?;
    if matches!(at_window, Some(AtWindow::New(_))) {
        window::ask_for_photograph(&mut item.materials);
    }
    let form = form_of(&item)?;
    let keys = &cx.hall().keys;
    let values: Value = open_json(keys, sealed::DRAFT, &draft.form_sealed)?;
    let sources: Sources = open_json(keys, sealed::DRAFT_SOURCES, &draft.sources_sealed)?;
    let disputes = disputes(cx, &form, &sources).await?;
    Ok(Opened { draft, item, form, values, sources, disputes, files, mandate, at_window })
}

/// The labels of the form of a draft that somebody fills in, or has filled in for another: to show again what they
/// had typed when the mandate ended meanwhile. Nothing of what the draft holds is told.
pub async fn labels_of(cx: &Cx, id: Id<Draft>) -> Outcome<Vec<(String, String)>> {
    let account = cx.signed_in()?.account;
    let draft =
        cx.read(move |r| store::draft(r, id)).await?.ok_or_else(|| not_found("这份草稿"))?;
    rules::may_see(&draft, account)?;
    let form = form_of(&item_in_force(cx, &draft.item_code).await?)?;
    Ok(form.fields().iter().map(|field| (field.name.clone(), field.title.clone())).collect())
}

/// The permission under which the drafts of a channel are written.
pub(crate) fn permission_for(channel: Channel) -> &'static Permission {
    match channel {
        Channel::Online => &APPLY,
        Channel::Counter => &RECEIVE,
    }
}

/// Keeps what was entered on one page of the form. Fetched values that the form locks stay as
/// they were fetched; a fetched value that the person changed is theirs from then on. Gives what was kept, and what
/// the register has against the firm that was named.
pub async fn save(
    cx: &ActCx,
    opened: &Opened,
    group: &str,
    pairs: &[(String, String)],
    version: i64,
) -> Outcome<(Value, Option<FieldError>)> {
    let (now, actor, keys) = (cx.now(), cx.actor().clone(), cx.hall().keys.clone());
    let mut values = opened.form.update(group, &opened.values, pairs, &opened.shown());
    let mut sources = opened.sources.clone();
    sources.retain(|field, _| values.get(field) == opened.values.get(field));
    let of_firm = firm::typed(cx, (opened, group), &mut values, &mut sources).await?;
    let mut draft = opened.draft.clone();
    draft.form_sealed = seal_json(&keys, sealed::DRAFT, &values)?;
    draft.sources_sealed = seal_json(&keys, sealed::DRAFT_SOURCES, &sources)?;
    cx.write(move |tx| {
        let stands = store::draft(tx, draft.id)?.ok_or_else(|| not_found("这份草稿"))?;
        let permit = agency::over_draft(tx, &actor, &stands, None)?;
        rules::may_change(&stands, permit.account(), Some(version))?;
        store::save_draft(tx, &permit, &draft, now)
    })
    .await?;
    Ok((values, of_firm))
}

/// Attaches a file to a draft under a material's key.
pub async fn attach(
    cx: &ActCx,
    opened: &Opened,
    material: &str,
    name: &str,
    bytes: Vec<u8>,
) -> Outcome<()> {
    let known = opened.item.materials.iter().find(|known| known.key == material);
    let known = known.ok_or_else(|| not_found("这份材料"))?;
    let scope = opened.draft.id.to_string();
    let staged = cx
        .hall()
        .vault
        .stage(DRAFT_FILES, &scope, &known.key, name, bytes)
        .await
        .map_err(|stop| beside_field(stop, material))?;
    let (now, actor, id) = (cx.now(), cx.actor().clone(), opened.draft.id);
    cx.write(move |tx| {
        let stands = store::draft(tx, id)?.ok_or_else(|| not_found("这份草稿"))?;
        let permit = agency::over_draft(tx, &actor, &stands, None)?;
        rules::may_change(&stands, permit.account(), None)?;
        vault::attach(tx, &staged, now)?;
        Ok(())
    })
    .await
}

/// Puts a refusal of the vault beside the file's field.
fn beside_field(stop: base::Stop, material: &str) -> base::Stop {
    match stop {
        base::Stop::Refused(refusal) if refusal.fields.is_empty() => {
            let words = refusal.message.clone();
            refusal.field(format!("file-{material}"), words).into()
        }
        other => other,
    }
}

/// Takes a file off a draft.
pub async fn detach(cx: &ActCx, opened: &Opened, file: Id<vault::File>) -> Outcome<()> {
    if !opened.files.iter().any(|attached| attached.id == file) {
        return Err(not_found("这份文件").into());
    }
    let (actor, id) = (cx.actor().clone(), opened.draft.id);
    cx.write(move |tx| {
        let stands = store::draft(tx, id)?.ok_or_else(|| not_found("这份草稿"))?;
        let permit = agency::over_draft(tx, &actor, &stands, None)?;
        rules::may_change(&stands, permit.account(), None)?;
        vault::detach(tx, DRAFT_FILES, &id.to_string(), file)?;
        Ok(())
    })
    .await
}

/// Drops a draft and its files.
pub async fn discard(cx: &ActCx, opened: &Opened) -> Outcome<()> {
    let (actor, id) = (cx.actor().clone(), opened.draft.id);
    let files: Vec<Id<vault::File>> = opened.files.iter().map(|file| file.id).collect();
    cx.write(move |tx| {
        let stands = store::draft(tx, id)?.ok_or_else(|| not_found("这份草稿"))?;
        let permit = agency::over_draft(tx, &actor, &stands, None)?;
        rules::may_change(&stands, permit.account(), None)?;
        for file in &files {
            vault::detach(tx, DRAFT_FILES, &id.to_string(), *file)?;
        }
        store::drop_draft(tx, &permit, id)
    })
    .await
}

/// What the submission's act says of the fetched values: which, from where, by which ask.
pub(crate) fn evidence(sources: &Sources) -> Value {
    sources
        .iter()
        .filter(|(_, source)| !source.ask.is_empty())
        .map(|(field, source)| json!({"field": field, "from": source.from, "ask": source.ask}))
        .collect()
}
