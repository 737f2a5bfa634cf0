//! What a submission writes: minted and sealed before its transaction opens, then written in it.

use base::{Fault, Id, Moment, Outcome};
use flow::NewCase;
use ledger::Act;
use powers_contract::Item;
use serde_json::{Value, json};

use super::code_mac;
use crate::acts::agency::{FIRM_CODE, Whose};
use crate::acts::draft::{evidence, seal_json};
use crate::acts::{joining, letters};
use crate::rules;
use crate::store;
use crate::terms::{Application, Channel, Draft, QueryCode, Sources, sealed};

/// Everything a submission writes, minted and sealed before its transaction opens.
pub(crate) struct Filing {
    pub(crate) case: NewCase,
    pub(super) code: QueryCode,
    pub(super) application: Application,
    number_blind: Option<Vec<u8>>,
    pub(super) email: Option<String>,
    /// The name and the address of the agent who files it, if one does.
    pub(super) agents_mail: Option<(String, String)>,
    evidence: Value,
    prefilled: Act,
    joined: Act,
}

impl Filing {
    pub(crate) fn mint(
        hall: &frame::Hall,
        now: Moment,
        applicant: Option<Id<access::Account>>,
        (item, channel): (&Item, Channel),
        (values, sources): (&Value, &Sources),
        email: Option<String>,
    ) -> Outcome<Self> {
        let keys = hall.keys.clone();
        let mut random = [0u8; 7];
        getrandom::fill(&mut random).map_err(|error| Fault::said(error.to_string()))?;
        let code = QueryCode::from_random(random);
        let number = rules::entry(values, "applicant_number");
        let mut case = NewCase::new(now, "approvals", "permit", channel.as_str());
        case.item_code = item.code.clone();
        case.item_name = item.name.clone();
        case.title = item.name.clone();
        case.organ = item.organ.clone();
        case.applicant_name = rules::entry(values, "applicant_name").to_owned();
        case.applicant_account = applicant.map(|account| account.to_string());
        case.limits = item.limits.clone();
        case.own_limits = item.own_limits.clone();
        let application = Application {
            case_id: case.id,
            no: String::new(),
            item_code: item.code.clone(),
            item_version: item.version,
            form_sealed: seal_json(&keys, sealed::FORM, values)?,
            sources_sealed: seal_json(&keys, sealed::SOURCES, sources)?,
            email_sealed: None,
            code_mac: Vec::new(),
            code_sealed: seal_json(&keys, sealed::CODE, &code.as_str())?,
            result: item.result_name.clone(),
            remedies: item.remedies.clone(),
            submitted_act: case.act.id.to_string(),
            seen_event: 1,
            known_until: Moment::from_millis(0),
            mandate: None,
            firm_code: rules::entry(values, FIRM_CODE).to_owned(),
            person_mark: (!number.is_empty())
                .then(|| keys.blind(access::NUMBER, number.as_bytes())),
            died_on: None,
        };
        let number_blind =
            (!number.is_empty()).then(|| keys.blind(sealed::NUMBER, number.as_bytes()));
        let prefilled = Act::new(now, "approvals.prefilled", flow::SUBJECT, case.id)
            .authority("国务院关于在线政务服务的若干规定第七条");
        let evidence = evidence(sources);
        let (agents_mail, joined) = (None, joining::act(case.id, now));
        Ok(Self {
            case,
            code,
            application,
            number_blind,
            email,
            agents_mail,
            evidence,
            prefilled,
            joined,
        })
    }

    /// The credit code of the firm that it is for; empty if for none.
    pub(super) fn firm_code(&self) -> &str {
        &self.application.firm_code
    }

    pub(crate) fn file(
        &self,
        tx: &::store::Tx<'_>,
        hall: &frame::Hall,
        permit: &access::Permit,
    ) -> Outcome<String> {
        let applied = flow::open_case(tx, permit, &self.case, &hall.calendar)?;
        let no = applied.case.no.clone();
        let mut application = Application {
            no: no.clone(),
            code_mac: code_mac(&hall.keys, &no, &self.code).to_vec(),
            ..self.application.clone()
        };
        let (of, filed_at) = ((&applied.case, &application), applied.case.created_at);
        let owner = joining::owner(tx, &hall.keys, of, filed_at)?;
        let email = self.email.clone().or_else(|| owner.as_ref()?.email(&hall.keys));
        application.email_sealed =
            email.as_ref().map(|mail| hall.keys.seal(sealed::EMAIL, mail.as_bytes()));
        store::put_application(tx, permit, &application, self.number_blind.as_deref())?;
        if let Some(owner) = &owner {
            joining::give(tx, permit, (&applied.case, owner), (&self.joined, "filed"))?;
        }
        if self.evidence.as_array().is_some_and(|fields| !fields.is_empty()) {
            let act = self.prefilled.clone().content(json!({ "fields": self.evidence }));
            ledger::record(tx, permit.who(), &act)?;
        }
        if let Some(email) = &email {
            let code = (&self.code, self.application.mandate.is_some());
            let letter = letters::submitted(hall, &applied.case, code, email);
            frame::post::enqueue(tx, &hall.keys, &letter, applied.case.created_at)?;
        }
        if let Some((name, email)) = &self.agents_mail {
            let letter = letters::submitted_for(hall, &applied.case, name, email);
            frame::post::enqueue(tx, &hall.keys, &letter, applied.case.created_at)?;
        }
        Ok(no)
    }

    /// What is kept of a program's submission, so that the same token gives the same case.
    pub(super) fn as_draft(&self, id: Id<Draft>, whose: &Whose, no: &str, now: Moment) -> Draft {
        Draft {
            id,
            account: whose.account,
            agent: whose.agency.as_ref().map(|agency| agency.agent),
            mandate: whose.agency.as_ref().map(|agency| agency.mandate.id),
            item_code: self.case.item_code.clone(),
            item_slug: String::new(),
            item_name: self.case.item_name.clone(),
            item_version: self.application.item_version,
            channel: Channel::Online,
            form_sealed: Vec::new(),
            sources_sealed: Vec::new(),
            window_sealed: None,
            case_no: Some(no.to_owned()),
            updated_at: now,
            version: 1,
        }
    }
}
