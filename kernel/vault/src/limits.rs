//! What may be handed in: data, with the city's values in `data/limits.json`.

use serde::{Deserialize, Serialize};

const DATA: &str = include_str!("../data/limits.json");

/// The limits of the vault.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Limits {
    /// Bytes of one file.
    pub file_bytes_max: u64,
    /// Bytes of all files of one scope.
    pub scope_bytes_max: u64,
    /// Files of one scope.
    pub scope_files_max: u64,
    /// Characters of a file's name; a longer one is cut.
    pub name_chars_max: usize,
    /// Width or height of a picture, in pixels.
    pub image_side_max: u64,
    /// Width times height.
    pub image_pixels_max: u64,
    /// Bytes of a packed document (docx, xlsx, ofd) once it is unpacked.
    pub unpacked_bytes_max: u64,
    /// How many times larger it may get, from ten megabytes on.
    pub unpacked_ratio_max: u64,
    /// Parts of a packed document.
    pub packed_entries_max: usize,
    /// Hours after which contents that nothing names are taken away.
    pub orphan_hours: u32,
    /// What may be handed in.
    pub types: Vec<Type>,
    /// Extensions of programs and scripts, refused whatever they hold.
    pub program_extensions: Vec<String>,
}

/// One type that may be handed in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Type {
    /// What the content was found to be: `pdf`, `docx`, …; also the extension that it gets.
    pub content: String,
    /// Extensions that people use for it, in lower case.
    pub extensions: Vec<String>,
    /// What people call it.
    pub name: String,
    /// Its media type.
    pub media_type: String,
}

impl Default for Limits {
    /// The values of `data/limits.json`.
    fn default() -> Self {
        // A test reads the same text, so this is never empty.
        serde_json::from_str(DATA).unwrap_or_else(|_| Limits::nothing())
    }
}

impl Limits {
    /// Nothing may be handed in.
    fn nothing() -> Self {
        Self {
            file_bytes_max: 0,
            scope_bytes_max: 0,
            scope_files_max: 0,
            name_chars_max: 0,
            image_side_max: 0,
            image_pixels_max: 0,
            unpacked_bytes_max: 0,
            unpacked_ratio_max: 0,
            packed_entries_max: 0,
            orphan_hours: 24,
            types: Vec::new(),
            program_extensions: Vec::new(),
        }
    }

    /// For the `accept` attribute of a file field: `.pdf,.ofd,…`.
    pub fn accept(&self) -> String {
        let extensions = self.types.iter().flat_map(|known| &known.extensions);
        extensions.map(|extension| format!(".{extension}")).collect::<Vec<_>>().join(",")
    }

    /// The types as people call them: `PDF、OFD、JPG`.
    pub fn type_names(&self) -> String {
        let mut names: Vec<&str> = Vec::new();
        for known in &self.types {
            if !names.contains(&known.name.as_str()) {
                names.push(&known.name);
            }
        }
        names.join("、")
    }

    /// The words beside a file field.
    pub fn words(&self) -> String {
        format!(
            "可上传 {}，每个文件不超过 {}，合计不超过 {}",
            self.type_names(),
            megabytes(self.file_bytes_max),
            megabytes(self.scope_bytes_max)
        )
    }

    /// The type that has this content, if it may be handed in.
    pub(crate) fn of_content(&self, content: &str) -> Option<&Type> {
        self.types.iter().find(|known| known.content == content)
    }
}

/// A number of bytes for people, rounded up: `20 MB`, `300 KB`.
pub(crate) fn megabytes(bytes: u64) -> String {
    match bytes {
        0..0x10_0000 => format!("{} KB", bytes.div_ceil(1 << 10)),
        0x10_0000.. => format!("{} MB", bytes.div_ceil(1 << 20)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_values_of_the_city_can_be_read_and_said() {
        let limits: Limits = serde_json::from_str(DATA).unwrap();
        assert_eq!(limits, Limits::default());
        assert!(limits.accept().starts_with(".pdf,.ofd,.jpg,.jpeg"));
        assert_eq!(
            limits.words(),
            "可上传 PDF、OFD、JPG、PNG、Word、Excel、文本、CSV，每个文件不超过 20 MB，合计不超过 100 MB"
        );
    }
}
