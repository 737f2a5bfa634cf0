//! Tells other offices which authorities issue to machines, as the rows stand.

use std::sync::Arc;

use ::store::Reader;
use ask::Answerer;
use base::{Fault, Moment, Outcome};
use certificates_contract::{MachineAuthorities, MachineAuthority};
use data_encoding::BASE64;
use seal::Keys;
use serde_json::Value;

use crate::store;

/// What this office answers.
pub const ANSWERS: &[Answerer] =
    &[Answerer { kind: "certificates.machines", source: "数字证书", answer: machines }];

fn machines(
    reader: &Reader<'_>,
    _keys: &Keys,
    _question: &Value,
    now: Moment,
) -> Outcome<Option<Arc<Value>>> {
    let mut authorities = Vec::new();
    for root in store::roots(reader, now)? {
        authorities.push(MachineAuthority {
            certificate: BASE64.encode(&root.certificate),
            list: store::list(reader, root.id)?.map(|list| BASE64.encode(&list)),
            since: root.from.millis(),
            until: root.trusted_until().millis(),
        });
    }
    let answer = serde_json::to_value(MachineAuthorities { authorities }).map_err(Fault::from)?;
    Ok(Some(Arc::new(answer)))
}
