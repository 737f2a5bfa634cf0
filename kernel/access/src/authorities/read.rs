//! Revocation lists that were read once. They may be long, and a transaction that judges a certificate shall not read
//! them each time: what was read stays in memory, by its digest.

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock, Mutex, PoisonError};

use base::Outcome;
use data_encoding::HEXLOWER;
use seal::cert::RevocationList;
use seal::sm3;
use store::Reader;

use super::unfit;

/// The lists that were read, by authority: one each, the last. Other cities in the process (in tests) exchange theirs
/// with ours and cost a reading, nothing else: a digest names one list.
static READ: LazyLock<Mutex<BTreeMap<String, Arc<RevocationList>>>> = LazyLock::new(Mutex::default);
/// So many are kept: a city trusts a handful of authorities.
const READ_MAX: usize = 64;

/// What a list is known by.
pub(super) fn digest_of(list: &RevocationList) -> String {
    HEXLOWER.encode(&sm3(&[list.der()]))
}

/// A list was read, outside of any transaction, and has been taken in: it need not be read again.
pub fn have_read(list: RevocationList) {
    let mut read = READ.lock().unwrap_or_else(PoisonError::into_inner);
    if read.len() >= READ_MAX {
        read.pop_first();
    }
    read.insert(digest_of(&list), Arc::new(list));
}

/// The lists that stand. One that this process has not read yet is read now, once.
pub(super) fn lists(reader: &Reader<'_>) -> Outcome<Vec<Arc<RevocationList>>> {
    let standing: Vec<(String, String)> =
        reader.all("SELECT authority, digest FROM access_revocation_lists", &[])?;
    let mut lists = Vec::with_capacity(standing.len());
    for (authority, digest) in standing {
        let known = {
            let read = READ.lock().unwrap_or_else(PoisonError::into_inner);
            read.get(&digest).cloned()
        };
        if let Some(list) = known {
            lists.push(list);
            continue;
        }
        let der: Option<Vec<u8>> = reader.maybe(
            "SELECT list FROM access_revocation_lists WHERE authority = $1",
            &[authority.into()],
        )?;
        let Some(der) = der else { continue };
        let list = RevocationList::read(&der).map_err(|why| unfit(&why.to_string()))?;
        lists.push(Arc::new(list.clone()));
        have_read(list);
    }
    Ok(lists)
}
