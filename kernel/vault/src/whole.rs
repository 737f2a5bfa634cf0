//! Whether the vault is whole: what is missing, and what no longer opens.

use base::{Id, Outcome};
use seal::Damage;

use crate::folder;
use crate::rows;
use crate::terms::{File, Place};
use crate::vault::Vault;

/// Rows that are read at a time.
const PAGE: i64 = 500;
/// What is told one by one.
const TOLD_MAX: usize = 100;

/// What came of opening everything.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Opened {
    /// Keys and files that opened.
    pub opened: u64,
    /// Keys and files that did not.
    pub damaged: u64,
    /// The first of those, a hundred at most.
    pub told: Vec<Damage>,
}

impl Opened {
    fn note(&mut self, opens: bool, table: &'static str, column: &'static str, key: String) {
        if opens {
            self.opened += 1;
            return;
        }
        self.damaged += 1;
        if self.told.len() < TOLD_MAX {
            self.told.push(Damage { table, column, key });
        }
    }
}

impl Vault {
    /// The contents that files name and that are not there, by address; at most a hundred.
    pub async fn missing(&self) -> Outcome<Vec<String>> {
        let place = self.place();
        let (mut missing, mut after) = (Vec::new(), String::new());
        loop {
            let from = after.clone();
            let known: Vec<(String, bool)> = self
                .store()
                .read(move |reader| {
                    Ok(reader.all(
                        "SELECT address, CASE WHEN content IS NULL THEN 0 ELSE 1 END AS held
                         FROM vault_blobs WHERE address > $1 AND orphaned_at IS NULL AND erased IS NULL
                         ORDER BY address LIMIT 500",
                        &[from.as_str().into()],
                    )?)
                })
                .await?;
            let Some((last, _)) = known.last() else { return Ok(missing) };
            after.clone_from(last);
            for (address, held) in known {
                let there = match &place {
                    Place::Rows => held,
                    Place::Folder(root) => folder::path(root, &address).exists(),
                };
                if !there && missing.len() < 100 {
                    missing.push(address);
                }
            }
        }
    }

    /// Opens every key, and every file whose content is there, one after another.
    pub async fn open_all(&self) -> Outcome<Opened> {
        let mut found = Opened::default();
        self.open_keys(&mut found).await?;
        self.open_files(&mut found).await?;
        Ok(found)
    }

    async fn open_keys(&self, found: &mut Opened) -> Outcome<()> {
        let mut after = String::new();
        loop {
            let from = after.clone();
            let page = self
                .store()
                .read(move |reader| crate::ring::enclosed_after(reader, &from, PAGE))
                .await?;
            let Some((last, _)) = page.last() else { return Ok(()) };
            after = last.to_string();
            for (id, wrapped) in page {
                let opens = self.unwraps(id, &wrapped);
                found.note(opens, "vault_keys", "wrapped", id.to_string());
            }
        }
    }

    async fn open_files(&self, found: &mut Opened) -> Outcome<()> {
        let mut after = String::new();
        loop {
            let from = after.clone();
            let page: Vec<Id<File>> = self
                .store()
                .read(move |reader| {
                    Ok(reader.all(
                        "SELECT id FROM vault_files WHERE id > $1 ORDER BY id LIMIT $2",
                        &[from.as_str().into(), PAGE.into()],
                    )?)
                })
                .await?;
            let Some(last) = page.last() else { return Ok(()) };
            after = last.to_string();
            for id in page {
                // What was erased by law, and what is missing, is told elsewhere.
                let Some(sealed) = self.store().read(move |r| rows::sealed(r, id)).await? else {
                    continue;
                };
                let address = sealed.address.clone();
                if let Some(opens) = self.opens(sealed).await? {
                    found.note(opens, "vault_blobs", "content", address);
                }
            }
        }
    }
}
