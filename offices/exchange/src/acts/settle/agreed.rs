//! Whether a message passes, and by what was agreed on.

use ask::{Rate, Standing};
use base::{Outcome, Refusal};
use message::{Header, Item, Kind, SignedTerms, Wrong};

use super::super::centre::standing;
use super::Books;
use crate::rules::{may_provide, may_reach, may_reply, says_what, terms_of, within};
use crate::store::messages;
use crate::terms::Gateway;

impl Books<'_, '_> {
    /// Deny by default: the terms by which a message passes and how often, or why it does not.
    pub(super) fn let_pass(
        &mut self,
        header: &Header,
        to: Option<&Gateway>,
    ) -> Outcome<Result<(Option<SignedTerms>, Rate), Refusal>> {
        if let Err(refusal) = may_reach(header, to) {
            return Ok(Err(refusal));
        }
        let Some(to) = to else { return Ok(Ok((None, Rate::default()))) };
        let (consumer, provider, gives) = match header.kind {
            Kind::Ask => (&header.from.organ, &header.to.organ, to),
            Kind::Publish => (&header.to.organ, &header.from.organ, &self.gateway),
            Kind::Answer | Kind::Refusal => {
                let Some(id) = header.in_reply_to else {
                    return Ok(Err(Wrong::Shape("答复没有写明答复哪一次查询").refusal()));
                };
                let asked = messages::message(self.tx, id)?;
                let others = messages::replies(self.tx, id)?;
                if let Err(refusal) = may_reply(header, asked.as_ref(), &others) {
                    return Ok(Err(refusal));
                }
                // With an answer goes what was asked on: the terms as they travelled with the ask.
                let ask = delivery::open_letter(self.tx, &self.gateway.queue(), id)?;
                let asked_on = ask.as_deref().and_then(|bytes| Item::terms_in(bytes).ok());
                let terms = asked_on.filter(|bytes| !bytes.is_empty());
                return Ok(Ok((terms.and_then(|bytes| self.same(bytes)), Rate::default())));
            }
            Kind::Ack => return Ok(Err(Wrong::Shape("确认只能发给中心").refusal())),
        };
        let provides = may_provide(gives, &header.resource);
        let found = self.agreed(consumer, header)?;
        let judged = provides
            .and_then(|()| within(found.as_ref(), &header.fields))
            .and_then(|()| says_what(header, found.as_ref()));
        if let Err(refusal) = judged {
            return Ok(Err(refusal));
        }
        let Some(found) = found else { return Ok(Ok((None, Rate::default()))) };
        // What was agreed is how often may be asked; what is given unasked is the provider's own doing.
        let rate = if header.kind == Kind::Ask { found.rate } else { Rate::default() };
        Ok(Ok((Some(self.signed((consumer, provider), header, &found)?), rate)))
    }

    /// Terms that were signed here before: those of the message before are not read again.
    fn same(&mut self, bytes: &[u8]) -> Option<SignedTerms> {
        match &self.read {
            Some((known, terms)) if known == bytes => Some(terms.clone()),
            _ => {
                let terms = SignedTerms::read(bytes).ok()?;
                self.read = Some((bytes.to_vec(), terms.clone()));
                Some(terms)
            }
        }
    }

    fn agreed(&mut self, consumer: &str, header: &Header) -> Outcome<Option<Standing>> {
        let name = [consumer, &header.resource, &header.purpose].map(str::to_owned);
        if let Some(known) = self.agreed.get(&name) {
            return Ok(known.clone());
        }
        let named = (&*header.resource, &*header.purpose);
        let found = standing(self.tx, consumer, named, self.court.now.day())?;
        self.agreed.insert(name, found.clone());
        Ok(found)
    }

    fn signed(
        &mut self,
        (consumer, provider): (&str, &str),
        header: &Header,
        found: &Standing,
    ) -> Outcome<SignedTerms> {
        let name = [consumer, provider, &header.resource, &header.purpose].map(str::to_owned);
        if let Some(known) = self.signed.get(&name) {
            return Ok(known.clone());
        }
        let (court, named) = (self.court, (&*header.resource, &*header.purpose));
        let day = (court.now.day(), court.rule.skew_seconds);
        let signer = court.centre.signer_hex();
        let terms = terms_of((consumer, provider), named, found, signer, day);
        let signed = court.centre.sign_terms(terms)?;
        self.signed.insert(name, signed.clone());
        Ok(signed)
    }
}
