//! Rows of the catalogue are asked for one at a time, by their key: whom such a look is about.

use ask::About;
use base::{CitizenNumber, CreditCode, Moment, Outcome};
use catalogue_contract::{KeyPart, Rows, SetStanding};
use frame::Hall;
use ledger::Who;
use serde::Deserialize;
use serde_json::Value;

use super::judge::unread;
use crate::terms::SUBSCRIPTIONS;

/// 个人信息保护法 arts. 44, 45: whom a row is about, where its key names a person or a legal entity, so that they read of the
/// look. The catalogue says which part of the key does; what its sender says of it counts for nothing.
pub(super) async fn about(hall: &Hall, question: &Value, now: Moment) -> Outcome<About> {
    let mut question = question.clone();
    // What a question claims, where nothing but yes or no is told, is no part of the key.
    question.as_object_mut().map(|all| all.remove("claims"));
    let asked = Rows::deserialize(&question)
        .map_err(|_| unread("查询要写明资源代码 resource 和主键 key"))?;
    let standing = SetStanding { resource: asked.resource.clone(), since: 0 };
    let told = hall.desk.ask("exchange", SUBSCRIPTIONS, &Who::clockwork(), &standing, now).await?;
    let Some(stands) = told.value else { return Ok(About::Nothing) };
    let named =
        |part: &Option<KeyPart>| part.as_ref().and_then(|part| part.of(&asked)).map(str::to_owned);
    if let Some(number) = named(&stands.person) {
        let number =
            CitizenNumber::parse(&number).map_err(|_| unread("主键里的公民身份号码不对"))?;
        return Ok(About::Person(number.as_str().to_owned()));
    }
    if let Some(code) = named(&stands.entity) {
        let code = CreditCode::parse(&code).map_err(|_| unread("主键里的统一社会信用代码不对"))?;
        return Ok(About::Entity(code.as_str().to_owned()));
    }
    Ok(About::Nothing)
}
