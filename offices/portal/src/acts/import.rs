//! Bringing in a finished document: by a command, which reviews nothing and says so, and the later
//! look of the person who answers for it.

use access::{Actor, Over, Permit, authorise};
use base::{Id, Outcome, Refusal, RefusalKind, Stop};
use frame::{ActCx, Hall, not_found};
use ledger::Act;
use serde_json::json;

use super::{Verdict, conclude, hand_of, hex, scan_apart, scanned, written};
use crate::rules::manuscript::Manuscript;
use crate::rules::{self, text_hash};
use crate::store;
use crate::terms::{Column, Conclusion, DRAFT, Document, Kin, Manner, REVIEW, State};

/// What became of a manuscript that was brought in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Taken {
    /// It was published.
    Published(Id<Document>),
    /// The same text stands in the column already.
    AlreadyThere(Id<Document>),
}

/// Whether documents may be brought in for these two: each holds their post, and they are two.
pub async fn may_import(hall: &Hall, editor: &Actor, reviewer: &Actor) -> Outcome<()> {
    let (editor, reviewer) = (editor.clone(), reviewer.clone());
    hall.store.read(move |reader| posts(reader, &editor, &reviewer).map(|_| ())).await
}

/// Whether there is such a column; the refusal lists those there are.
pub async fn may_import_into(hall: &Hall, column: &str) -> Outcome<()> {
    let wanted = column.to_owned();
    hall.store.read(move |reader| demand_column(reader, &wanted)).await
}

fn demand_column(reader: &::store::Reader<'_>, column: &str) -> Outcome<()> {
    if store::column(reader, column)?.is_some() {
        return Ok(());
    }
    let listed = store::shelves(reader)?.into_iter().map(|shelf| {
        let Column { slug, title, .. } = shelf.column;
        format!("{slug}（{title}）")
    });
    let words = format!("没有 {column} 这个栏目");
    Err(Refusal::new(RefusalKind::NotFound, "portal.no_column", words)
        .remedy(format!("栏目有：{}", listed.collect::<Vec<_>>().join("、")))
        .into())
}

/// The permits of the editor and of the reviewer who answers.
fn posts(
    reader: &::store::Reader<'_>,
    editor: &Actor,
    reviewer: &Actor,
) -> Outcome<(Permit, Permit)> {
    let permits = (
        authorise(reader, editor, &DRAFT, Over::Any)
            .map_err(|stop| postless(stop, editor, &DRAFT))?,
        authorise(reader, reviewer, &REVIEW, Over::City)
            .map_err(|stop| postless(stop, reviewer, &REVIEW))?,
    );
    rules::two_persons(&hand_of(&permits.0), &hand_of(&permits.1))?;
    Ok(permits)
}

fn postless(stop: Stop, actor: &Actor, wanted: &access::Permission) -> Stop {
    let (Stop::Refused(_), Some(person)) = (&stop, actor.person()) else { return stop };
    let words = format!("账户 {}（{}）没有“{}”的岗位", person.login, person.name, wanted.about);
    Refusal::new(RefusalKind::Forbidden, "portal.no_post", words)
        .remedy("请换一个在岗的账户，或者先由安全管理员授予岗位")
        .into()
}

/// Brings in a finished document in the name of `editor` and publishes it without a review: the act
/// says that a command did it, and that `reviewer` answers for it. Both hold their posts; the pre-scan
/// stops what it always stops. The same text again changes nothing.
pub async fn take_in(
    hall: &Hall,
    editor: &Actor,
    reviewer: &Actor,
    column: &str,
    manuscript: Manuscript,
) -> Outcome<Taken> {
    let now = hall.now();
    let id: Id<Document> = Id::mint(now);
    let review: Id<store::Review<'static>> = Id::mint(now);
    let act = Act::new(now, "portal.imported", "document", id);
    let brought = document_of(id, column, manuscript);
    let scanned = scan_apart(brought.clone()).await?;
    let (editor, reviewer) = (editor.clone(), reviewer.clone());
    hall.write(move |tx| {
        let (drafts, answers) = posts(tx, &editor, &reviewer)?;
        let column = &brought.column;
        demand_column(tx, column)?;
        let mut document = drafted_by(&drafts, &brought);
        let (ended, standing): (Vec<Kin>, Vec<Kin>) =
            same(tx, &document)?.into_iter().partition(|kin| kin.state.is_ended());
        if let Some(there) = standing.first() {
            return Ok(Taken::AlreadyThere(there.id));
        }
        rules::may_bring_back(ended.first())?;
        rules::may_be_open(&scanned.findings)?;
        document.state = State::Published;
        document.published_at = Some(now);
        written(store::save(tx, &drafts, &document, 0, now)?)?;
        store::count_in(tx, &drafts, &document.column, now.day())?;
        let record = store::Review {
            id: review,
            document: id,
            text_hash: document.text_hash,
            findings: &scanned.findings,
            manner: Manner::Imported,
            remark: "由命令批量导入，没有逐份审核",
        };
        store::put_review(tx, &answers, &record, now)?;
        store::put_import(tx, &answers, id, now)?;
        let person =
            |permit: &Permit| json!({ "account": permit.account(), "name": permit.who().name });
        let act = act.clone().content(json!({
            "title": document.title,
            "column": document.column,
            "text": hex(&document.text_hash),
            "findings": scanned.findings.len(),
            "imported": true,
            "manner": format!("批量导入，由{}负责", answers.who().name),
            "editor": person(&drafts),
            "answers": person(&answers),
        }));
        ledger::record(tx, access::clockwork(REVIEW.name).who(), &act)?;
        Ok(Taken::Published(id))
    })
    .await
}

/// Who answers for a document that a command brought in has looked at it: from now on it is reviewed.
pub async fn check_import(cx: &ActCx, id: Id<Document>, seen_hash: [u8; 32]) -> Outcome<()> {
    let scanned = scanned(cx.hall(), id).await?;
    let (now, actor) = (cx.now(), cx.actor().clone());
    let review: Id<store::Review<'static>> = Id::mint(now);
    let act = Act::new(now, "portal.checked", "document", id)
        .authority("《中华人民共和国保守国家秘密法实施条例》第四十二条");
    cx.write(move |tx| {
        let permit = authorise(tx, &actor, &REVIEW, Over::City)?;
        let document = store::document(tx, id)?.ok_or_else(|| not_found("这份信息"))?;
        let import = store::import(tx, id)?.ok_or_else(|| not_found("这次导入"))?;
        rules::may_check(&document, &import, permit.account(), seen_hash, &scanned)?;
        let record = store::Review {
            id: review,
            document: id,
            text_hash: document.text_hash,
            findings: &scanned.findings,
            manner: Manner::Reviewed(Conclusion::Open),
            remark: "批量导入以后逐份核对，可以公开",
        };
        store::put_review(tx, &permit, &record, now)?;
        store::checked(tx, &permit, id, now)?;
        let act = act.clone().content(json!({
            "title": document.title,
            "text": hex(&document.text_hash),
            "findings": scanned.findings.len(),
        }));
        ledger::record(tx, permit.who(), &act)
    })
    .await
}

/// Plays an editor and a reviewer in the demo: drafted by the one, reviewed and published by the other,
/// in one transaction.
pub(crate) async fn play(
    hall: &Hall,
    editor: &Actor,
    reviewer: &Actor,
    column: &str,
    manuscript: Manuscript,
) -> Outcome<()> {
    let now = hall.now();
    let id: Id<Document> = Id::mint(now);
    let drafted = Act::new(now, "portal.drafted", "document", id);
    let played = document_of(id, column, manuscript);
    let scanned = scan_apart(played.clone()).await?;
    let verdict = Verdict::mint(id, scanned, Conclusion::Open, "可以公开".to_owned(), now);
    let (editor, reviewer) = (editor.clone(), reviewer.clone());
    hall.write(move |tx| {
        let (permit, _) = posts(tx, &editor, &reviewer)?;
        let document = drafted_by(&permit, &played);
        written(store::save(tx, &permit, &document, 0, now)?)?;
        let drafted = drafted.clone().content(json!({ "title": document.title, "version": 1 }));
        ledger::record(tx, permit.who(), &drafted)?;
        conclude(tx, &reviewer, document.text_hash, &verdict, now).map(|_| ())
    })
    .await
}

/// The document of a manuscript, drafted by nobody yet.
fn document_of(id: Id<Document>, column: &str, manuscript: Manuscript) -> Document {
    let mut document = Document {
        id,
        column: column.to_owned(),
        state: State::InReview,
        title: manuscript.title,
        number: manuscript.number,
        maker: manuscript.organ,
        written_on: manuscript.written_on,
        effective_on: manuscript.effective_on,
        history: manuscript.history,
        blocks: manuscript.blocks,
        note: manuscript.note,
        text_hash: [0; 32],
        organ: String::new(),
        editor: String::new(),
        editor_name: String::new(),
        returned: None,
        published_at: None,
        version: 1,
    };
    document.text_hash = text_hash(&document);
    document
}

fn drafted_by(editor: &Permit, document: &Document) -> Document {
    Document {
        organ: editor.organ().to_owned(),
        editor: editor.account().to_owned(),
        editor_name: editor.who().name.clone(),
        ..document.clone()
    }
}

fn same(tx: &::store::Tx<'_>, document: &Document) -> Outcome<Vec<Kin>> {
    store::same_text(tx, &document.column, &document.title, document.text_hash)
}
