//! The way back of a document that was taken back or kept from the public: a new draft, which goes
//! through review like any other. The document itself stays as it ended, with its reason.

use access::{Over, authorise};
use base::{Id, Outcome};
use frame::ActCx;
use ledger::Act;
use serde_json::json;

use super::{own_document, written};
use crate::terms::{DRAFT, Document, State};
use crate::{rules, store};

/// Drafts a document anew and gives the draft: the one that goes on from it already, if it has not
/// ended.
pub async fn redraft(cx: &ActCx, id: Id<Document>) -> Outcome<Id<Document>> {
    let (now, actor) = (cx.now(), cx.actor().clone());
    let new: Id<Document> = Id::mint(now);
    let act = Act::new(now, "portal.redrafted", "document", new);
    cx.write(move |tx| {
        let permit = authorise(tx, &actor, &DRAFT, Over::Any)?;
        let before = own_document(tx, id, permit.account())?;
        rules::may_redraft(&before)?;
        if let Some(there) = store::after(tx, id)?.filter(|kin| !kin.state.is_ended()) {
            return Ok(there.id);
        }
        let draft = Document {
            id: new,
            state: State::Draft,
            organ: permit.organ().to_owned(),
            editor_name: permit.who().name.clone(),
            returned: None,
            published_at: None,
            version: 1,
            ..before
        };
        written(store::save(tx, &permit, &draft, 0, now)?)?;
        store::put_redraft(tx, &permit, new, id)?;
        let act = act.clone().content(json!({
            "title": draft.title,
            "version": 1,
            "follows": id.to_string(),
        }));
        ledger::record(tx, permit.who(), &act)?;
        Ok(new)
    })
    .await
}
