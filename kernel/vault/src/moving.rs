//! Contents that stand where another kind of database keeps them: a backup of a city on SQLite
//! brings a folder, one of a city on PostgreSQL brings rows. After a restore they are moved to
//! where this vault looks for them.

use std::path::Path;

use base::Outcome;

use crate::folder;
use crate::terms::Place;
use crate::vault::Vault;

/// Contents moved at a time: each is at most as large as a file may be.
const AT_ONCE: i64 = 8;

impl Vault {
    /// Moves every content to where this vault keeps contents; `brought` is the folder that came
    /// with a backup. Says how many were moved. Run again, it moves what is left.
    pub async fn settle(&self, brought: &Path) -> Outcome<u64> {
        match self.place() {
            Place::Rows => self.move_to_rows(brought).await,
            Place::Folder(root) => self.move_to_folder(&root).await,
        }
    }

    async fn move_to_rows(&self, brought: &Path) -> Outcome<u64> {
        let (mut moved, mut after) = (0, String::new());
        loop {
            let from = after.clone();
            let addresses: Vec<String> = self
                .store()
                .read(move |reader| {
                    Ok(reader.all(
                        "SELECT address FROM vault_blobs WHERE content IS NULL AND erased IS NULL AND address > $1
                         ORDER BY address LIMIT $2",
                        &[from.as_str().into(), AT_ONCE.into()],
                    )?)
                })
                .await?;
            let Some(last) = addresses.last() else { return Ok(moved) };
            after.clone_from(last);
            for address in addresses {
                let Some(content) = folder::read(brought, &address)? else { continue };
                self.store()
                    .write(move |tx| {
                        tx.run(
                            "UPDATE vault_blobs SET content = $1 WHERE address = $2",
                            &[content.as_slice().into(), address.as_str().into()],
                        )?;
                        Ok(())
                    })
                    .await?;
                moved += 1;
            }
        }
    }

    async fn move_to_folder(&self, root: &Path) -> Outcome<u64> {
        let mut moved = 0;
        loop {
            let contents: Vec<(String, Vec<u8>)> = self
                .store()
                .read(|reader| {
                    Ok(reader.all(
                        "SELECT address, content FROM vault_blobs WHERE content IS NOT NULL
                         ORDER BY address LIMIT $1",
                        &[AT_ONCE.into()],
                    )?)
                })
                .await?;
            if contents.is_empty() {
                return Ok(moved);
            }
            for (address, content) in contents {
                folder::write(root, &address, &content)?;
                self.store()
                    .write(move |tx| {
                        tx.run(
                            "UPDATE vault_blobs SET content = NULL WHERE address = $1",
                            &[address.as_str().into()],
                        )?;
                        Ok(())
                    })
                    .await?;
                moved += 1;
            }
        }
    }
}
