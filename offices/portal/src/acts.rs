//! The verbs: draft, send to review, review, withdraw; and bringing in a finished document.

mod import;
mod redraft;

use ::store::Reader;
use access::{Actor, Over, Permit, authorise};
use base::{Day, Fault, Id, Moment, Outcome, Refusal, RefusalKind};
use frame::{ActCx, Hall, not_found};
use ledger::{Act, Recorded};
use serde_json::json;

use crate::rules::manuscript::Block;
use crate::rules::scan::Scanned;
use crate::rules::{self, Hand, text_hash};
use crate::store;
use crate::terms::{Column, Conclusion, DRAFT, Document, Manner, REVIEW, State};

pub(crate) use import::play;
pub use import::{Taken, check_import, may_import, may_import_into, take_in};
pub use redraft::redraft;

/// What an editor enters.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Entered {
    /// Column.
    pub column: String,
    /// Title.
    pub title: String,
    /// Number; may be empty.
    pub number: String,
    /// The organ that made it; may be empty.
    pub maker: String,
    /// The day under it.
    pub written_on: Option<Day>,
    /// The day from which it holds.
    pub effective_on: Option<Day>,
    /// The text: paragraphs by lines, `## ` before a heading.
    pub text: String,
}

impl Entered {
    fn blocks(&self) -> Vec<Block> {
        rules::draft::blocks(&self.text)
    }

    fn check(&self) -> Result<(), Refusal> {
        let mut refusal = Refusal::new(RefusalKind::Invalid, "portal.entered", "有几处需要补充");
        if self.title.trim().is_empty() {
            refusal = refusal.field("title", "请写标题");
        }
        if self.title.chars().count() > 200 {
            refusal = refusal.field("title", "标题不能超过 200 个字");
        }
        if self.number.chars().count() > 100 {
            refusal = refusal.field("number", "发文字号不能超过 100 个字");
        }
        if self.maker.chars().count() > 200 {
            refusal = refusal.field("maker", "制定机关不能超过 200 个字");
        }
        if self.blocks().is_empty() {
            refusal = refusal.field("text", "请写正文");
        }
        if self.text.len() > 2_000_000 {
            refusal = refusal.field("text", "正文太长，请分成几份");
        }
        if self.column.is_empty() {
            refusal = refusal.field("column", "请选择栏目");
        }
        if refusal.fields.is_empty() { Ok(()) } else { Err(refusal) }
    }
}

fn no_column() -> Refusal {
    let words = "请选择栏目";
    Refusal::new(RefusalKind::Invalid, "portal.entered", words).field("column", words)
}

fn filled(text: &str) -> Option<String> {
    let text = text.trim();
    (!text.is_empty()).then(|| text.to_owned())
}

/// Saves a draft: a new one, or a change to the editor's own.
pub async fn save_draft(
    cx: &ActCx,
    existing: Option<(Id<Document>, i64)>,
    entered: Entered,
) -> Outcome<Id<Document>> {
    entered.check()?;
    let (now, actor) = (cx.now(), cx.actor().clone());
    let id = existing.map_or_else(|| Id::mint(now), |(id, _)| id);
    let act = Act::new(now, "portal.drafted", "document", id);
    cx.write(move |tx| {
        let permit = authorise(tx, &actor, &DRAFT, Over::Any)?;
        store::column(tx, &entered.column)?.ok_or_else(no_column)?;
        let found = match existing {
            Some((id, version)) => {
                let found = own_document(tx, id, permit.account())?;
                rules::may_edit(&found, version)?;
                Some(found)
            }
            None => None,
        };
        let version = found.as_ref().map_or(0, |found| found.version);
        let mut document = Document {
            id,
            column: entered.column.clone(),
            state: State::Draft,
            title: entered.title.trim().to_owned(),
            number: filled(&entered.number),
            maker: filled(&entered.maker),
            written_on: entered.written_on,
            effective_on: entered.effective_on,
            history: found.as_ref().map(|found| found.history.clone()).unwrap_or_default(),
            blocks: entered.blocks(),
            note: found.as_ref().and_then(|found| found.note.clone()),
            text_hash: [0; 32],
            organ: permit.organ().to_owned(),
            editor: permit.account().to_owned(),
            editor_name: permit.who().name.clone(),
            returned: found.and_then(|found| found.returned),
            published_at: None,
            version: version + 1,
        };
        document.text_hash = text_hash(&document);
        written(store::save(tx, &permit, &document, version, now)?)?;
        let act = act.clone().content(json!({ "title": document.title, "version": version + 1 }));
        ledger::record(tx, permit.who(), &act)
    })
    .await?;
    Ok(id)
}

fn written(done: bool) -> Result<(), Refusal> {
    let words = "您打开之后，这份信息已经被改过";
    if done {
        return Ok(());
    }
    Err(Refusal::new(RefusalKind::Conflict, "portal.changed", words)
        .remedy("请重新打开，看过新的内容再办理"))
}

fn own_document(tx: &::store::Tx<'_>, id: Id<Document>, account: &str) -> Outcome<Document> {
    let document = store::document(tx, id)?.ok_or_else(|| not_found("这份信息"))?;
    if document.editor != account {
        let words = "这份信息由别人起草，您不能修改";
        return Err(Refusal::new(RefusalKind::Forbidden, "portal.not_yours", words).into());
    }
    Ok(document)
}

/// The pre-scan of a document as it stands, before the transaction that rests on it: a long text takes
/// a while, and the transaction holds others up. Whether the text is still the same, the transaction asks.
async fn scanned(hall: &Hall, id: Id<Document>) -> Outcome<Scanned> {
    let document = hall.store.read(move |reader| store::document(reader, id)).await?;
    let document = document.ok_or_else(|| not_found("这份信息"))?;
    scan_apart(document).await
}

/// Scans beside the threads that answer requests.
async fn scan_apart(document: Document) -> Outcome<Scanned> {
    let scan = tokio::task::spawn_blocking(move || Scanned::of(&document));
    Ok(scan.await.map_err(Fault::from)?)
}

/// Sends a draft to review.
pub async fn send_to_review(cx: &ActCx, id: Id<Document>) -> Outcome<()> {
    let scanned = scanned(cx.hall(), id).await?;
    let (now, actor) = (cx.now(), cx.actor().clone());
    let act = Act::new(now, "portal.sent_to_review", "document", id);
    cx.write(move |tx| {
        let permit = authorise(tx, &actor, &DRAFT, Over::Any)?;
        let mut document = own_document(tx, id, permit.account())?;
        rules::may_send(&document)?;
        rules::same_text(&document, scanned.text_hash)?;
        let version = document.version;
        document.state = State::InReview;
        document.returned = None;
        document.version += 1;
        written(store::save(tx, &permit, &document, version, now)?)?;
        let found = scanned.findings.len();
        let act = act.clone().content(json!({ "title": document.title, "findings": found }));
        ledger::record(tx, permit.who(), &act)
    })
    .await
}

/// Concludes a review; an open one publishes at once.
pub async fn review(
    cx: &ActCx,
    id: Id<Document>,
    reviewed_hash: [u8; 32],
    conclusion: Conclusion,
    remark: &str,
) -> Outcome<State> {
    let (now, actor, remark) = (cx.now(), cx.actor().clone(), remark.to_owned());
    let scanned = scanned(cx.hall(), id).await?;
    let verdict = Verdict::mint(id, scanned, conclusion, remark, now);
    cx.write(move |tx| conclude(tx, &actor, reviewed_hash, &verdict, now)).await
}

/// A conclusion with what was made ready for it outside the transaction: ids, and the pre-scan.
struct Verdict {
    document: Id<Document>,
    scanned: Scanned,
    conclusion: Conclusion,
    remark: String,
    review: Id<store::Review<'static>>,
    act: Act,
}

impl Verdict {
    fn mint(
        document: Id<Document>,
        scanned: Scanned,
        conclusion: Conclusion,
        remark: String,
        now: Moment,
    ) -> Self {
        let kind = match conclusion {
            Conclusion::Open => "portal.published",
            Conclusion::Return => "portal.returned",
            Conclusion::Keep => "portal.kept",
        };
        let act = Act::new(now, kind, "document", document)
            .authority("《中华人民共和国保守国家秘密法实施条例》第四十二条");
        Self { document, scanned, conclusion, remark, review: Id::mint(now), act }
    }
}

/// Everybody in whose hands the draft was, as the record has it, and its editor.
fn drafted_by(tx: &::store::Tx<'_>, document: &Document) -> Outcome<Vec<Hand>> {
    const DRAFTING: [&str; 4] =
        ["portal.drafted", "portal.sent_to_review", "portal.redrafted", "portal.imported"];
    let acts = ledger::acts_of(tx, "document", &document.id.to_string())?;
    let drafting = acts.iter().filter(|act| DRAFTING.contains(&act.kind.as_str()));
    let mut hands: Vec<Hand> = drafting
        .filter_map(|act| Hand::of(&act.who()?))
        .filter(|hand| hand.account == document.editor)
        .collect();
    hands.push(Hand { account: document.editor.clone(), holder: None });
    Ok(hands)
}

fn hand_of(permit: &Permit) -> Hand {
    let own = Hand { account: permit.account().to_owned(), holder: None };
    Hand::of(permit.who()).unwrap_or(own)
}

fn conclude(
    tx: &::store::Tx<'_>,
    actor: &Actor,
    reviewed_hash: [u8; 32],
    verdict: &Verdict,
    now: Moment,
) -> Outcome<State> {
    let permit = authorise(tx, actor, &REVIEW, Over::City)?;
    let mut document =
        store::document(tx, verdict.document)?.ok_or_else(|| not_found("这份信息"))?;
    let scanned = &verdict.scanned;
    let (conclusion, remark) = (verdict.conclusion, verdict.remark.as_str());
    let (drafted, reviewer) = (drafted_by(tx, &document)?, hand_of(&permit));
    let hands = (drafted.as_slice(), &reviewer);
    let state = rules::review(&document, hands, reviewed_hash, scanned, conclusion, remark)?;
    let version = document.version;
    document.state = state;
    document.version += 1;
    document.returned = (conclusion != Conclusion::Open).then(|| remark.trim().to_owned());
    document.published_at = (state == State::Published).then_some(now);
    written(store::save(tx, &permit, &document, version, now)?)?;
    let review = store::Review {
        id: verdict.review,
        document: document.id,
        text_hash: document.text_hash,
        findings: &scanned.findings,
        manner: Manner::Reviewed(conclusion),
        remark,
    };
    store::put_review(tx, &permit, &review, now)?;
    if state == State::Published {
        store::count_in(tx, &permit, &document.column, now.day())?;
    }
    let act = verdict.act.clone().content(json!({
        "title": document.title,
        "column": document.column,
        "text": hex(&document.text_hash),
        "findings": scanned.findings.len(),
        "remark": remark,
    }));
    ledger::record(tx, permit.who(), &act)?;
    Ok(state)
}

fn hex(bytes: &[u8]) -> String {
    data_encoding::HEXLOWER.encode(bytes)
}

/// Takes a published document back.
pub async fn withdraw(cx: &ActCx, id: Id<Document>, reason: &str) -> Outcome<()> {
    let (now, actor, reason) = (cx.now(), cx.actor().clone(), reason.trim().to_owned());
    let act = Act::new(now, "portal.withdrawn", "document", id);
    cx.write(move |tx| {
        let permit = authorise(tx, &actor, &REVIEW, Over::City)?;
        let mut document = store::document(tx, id)?.ok_or_else(|| not_found("这份信息"))?;
        rules::may_withdraw(&document, &reason)?;
        let version = document.version;
        document.state = State::Withdrawn;
        document.version += 1;
        document.returned = Some(reason.clone());
        written(store::save(tx, &permit, &document, version, now)?)?;
        store::count_out(tx, &permit, &document.column)?;
        store::checked(tx, &permit, document.id, now)?;
        let act = act.clone().content(json!({ "title": document.title, "reason": reason }));
        ledger::record(tx, permit.who(), &act)
    })
    .await
}

/// What changes in the full-text index after a document was published or taken back, from the row
/// as it stands now.
pub fn offered(reader: &Reader<'_>, act: &Recorded) -> Outcome<Vec<search::Change>> {
    let Ok(id) = act.subject_id.parse::<Id<Document>>() else { return Ok(Vec::new()) };
    let Some(document) = store::published(reader, id)? else {
        return Ok(vec![search::Change::Delete(key_of(id))]);
    };
    let organ = match &document.maker {
        Some(maker) => maker.clone(),
        None => access::organ_by_id(reader, &document.organ)?.map(|o| o.name).unwrap_or_default(),
    };
    Ok(vec![search::Change::Put(search::Doc {
        key: key_of(id),
        kind: "document".into(),
        url: document.url(),
        title: document.title.clone(),
        body: document.plain(),
        organ,
        number: document.number.clone().unwrap_or_default(),
        // The day the city's readers know it by: the one under it, else that of its opening.
        published_on: document
            .written_on
            .or(document.published_at.map(|at| at.day()))
            .map_or(0, |day| day.number()),
        column: document.column.clone(),
        audience: search::Audience::Public,
    })])
}

fn key_of(id: Id<Document>) -> String {
    format!("portal:{id}")
}

#[derive(serde::Deserialize)]
struct ColumnFile {
    columns: Vec<ColumnEntry>,
}

#[derive(serde::Deserialize)]
struct ColumnEntry {
    slug: String,
    title: String,
    group: String,
    about: String,
    ground: String,
    ground_item: Option<u32>,
    fresh_days: Option<i64>,
    order: i64,
}

/// Puts the columns of the data file into the city. One that stands as it is there is left alone.
pub fn install_columns(tx: &::store::Tx<'_>, _: &Hall, _: Moment) -> Outcome<()> {
    let file: ColumnFile = serde_json::from_str(include_str!("../data/columns.json"))
        .map_err(|error| Fault::while_doing("reading the portal's columns", error))?;
    let standing = store::shelves(tx)?;
    let permit = access::clockwork("portal.install");
    for entry in file.columns {
        let column = Column {
            ground: rules::citation::said(&entry.ground, entry.ground_item),
            slug: entry.slug,
            title: entry.title,
            about: entry.about,
            freshness_days: entry.fresh_days,
            class: entry.group,
        };
        if !standing.iter().any(|shelf| shelf.column == column) {
            store::put_column(tx, &permit, &column, entry.order)?;
        }
    }
    Ok(())
}
