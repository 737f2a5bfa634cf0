//! Why a file was not taken, in words for the person who sent it.

use base::{Refusal, RefusalKind, Stop};

use crate::limits::megabytes;

/// Why a file was not taken. Every variant with a `name` says the file's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FileRefusal {
    /// Nothing in it.
    Empty {
        /// The file.
        name: String,
    },
    /// Larger than one file may be.
    TooLarge {
        /// The file.
        name: String,
        /// Its bytes.
        size: u64,
        /// The bytes that it may have.
        max: u64,
    },
    /// The scope would hold too many bytes.
    ScopeFull {
        /// The bytes that a scope may have.
        max: u64,
    },
    /// The scope would hold too many files.
    TooMany {
        /// The files that a scope may have.
        max: u64,
    },
    /// A program or a script.
    Program {
        /// The file.
        name: String,
    },
    /// A document that carries macros.
    Macros {
        /// The file.
        name: String,
    },
    /// An archive of files.
    Archive {
        /// The file.
        name: String,
    },
    /// It unpacks to far more than it should.
    Bomb {
        /// The file.
        name: String,
    },
    /// It asks for a password.
    Locked {
        /// The file.
        name: String,
    },
    /// It breaks off, or its inside does not fit together.
    Damaged {
        /// The file.
        name: String,
    },
    /// A picture with absurd dimensions.
    Picture {
        /// The file.
        name: String,
        /// Pixels across.
        width: u64,
        /// Pixels down.
        height: u64,
    },
    /// The name says one thing and the text inside another.
    Disguised {
        /// The file.
        name: String,
    },
    /// A type that is not taken.
    Type {
        /// The file.
        name: String,
        /// What is taken: `PDF、OFD、…`.
        taken: String,
    },
    /// There is no such file in this scope.
    NoFile,
    /// The file's key was destroyed by law.
    Erased {
        /// The number of the document that ordered it, where it is known.
        document: Option<String>,
    },
    /// The disk is full.
    NoSpace,
}

impl From<FileRefusal> for Refusal {
    fn from(refusal: FileRefusal) -> Self {
        use FileRefusal as F;
        let invalid = |code, words: String| Refusal::new(RefusalKind::Invalid, code, words);
        match refusal {
            F::Empty { name } => invalid("vault.empty", format!("“{name}”是空文件，里面没有内容"))
                .remedy("请打开文件确认内容，重新保存后再上传"),
            F::TooLarge { name, size, max } => Refusal::new(
                RefusalKind::TooLarge,
                "vault.too_large",
                format!("“{name}”有 {}，超过每个文件 {} 的上限", megabytes(size), megabytes(max)),
            )
            .remedy("请降低扫描分辨率或把文件拆开，再分别上传"),
            F::ScopeFull { max } => Refusal::new(
                RefusalKind::TooLarge,
                "vault.scope_full",
                format!("加上这个文件，本件的材料合计超过 {}", megabytes(max)),
            )
            .remedy("请删去不需要的文件，或压缩图片后再上传"),
            F::TooMany { max } => Refusal::new(
                RefusalKind::TooLarge,
                "vault.too_many",
                format!("本件的材料已有 {max} 个文件，不能再增加"),
            )
            .remedy("请把多页材料合成一个 PDF 文件"),
            F::Program { name } => invalid(
                "vault.program",
                format!("“{name}”是程序或脚本，不能作为材料"),
            )
            .remedy(
                "请上传材料本身的扫描件或文档。如果您没有选过程序，您的电脑可能有病毒，请先查杀",
            ),
            F::Macros { name } => {
                invalid("vault.macros", format!("“{name}”里带有宏，宏是可以运行的程序"))
                    .remedy("请在 Word、Excel 或 WPS 中另存为不带宏的文档，或导出为 PDF 后再上传")
            }
            F::Archive { name } => invalid("vault.archive", format!("“{name}”是压缩包"))
                .remedy("请解压后逐个上传里面的文件"),
            F::Bomb { name } => {
                invalid("vault.bomb", format!("“{name}”展开后大得不正常，无法接收"))
                    .remedy("请用原来的软件打开，另存为新文件或导出为 PDF 后再上传")
            }
            F::Locked { name } => invalid("vault.locked", format!("“{name}”加了打开密码"))
                .remedy("请去掉密码，另存后再上传"),
            F::Damaged { name } => {
                invalid("vault.damaged", format!("“{name}”不完整或已损坏，打不开"))
                    .remedy("请在自己的电脑或手机上确认能打开，再重新上传")
            }
            F::Picture { name, width, height } => invalid(
                "vault.picture",
                format!("图片“{name}”的尺寸是 {width}×{height} 像素，不能接收"),
            )
            .remedy("请用拍照或 300 DPI 扫描得到的图片"),
            F::Disguised { name } => {
                invalid("vault.disguised", format!("“{name}”的内容与它的扩展名不符"))
                    .remedy("请用原来的软件打开，另存为需要的格式，不要直接改扩展名")
            }
            F::Type { name, taken } => invalid("vault.type", format!("“{name}”的格式不能接收"))
                .remedy(format!("请转换为以下格式之一再上传：{taken}")),
            F::NoFile => {
                Refusal::new(RefusalKind::NotFound, "vault.no_file", "没有这份文件，可能已被删去")
            }
            F::Erased { document } => {
                let words = document.map_or_else(
                    || "这份文件的内容已依法销毁".to_owned(),
                    |document| base::erased_words(&document),
                );
                Refusal::new(RefusalKind::NotFound, "vault.erased", words)
            }
            F::NoSpace => Refusal::new(
                RefusalKind::Unavailable,
                "vault.no_space",
                "存储空间不足，您的文件没有保存，请稍后再试",
            ),
        }
    }
}

impl From<FileRefusal> for Stop {
    fn from(refusal: FileRefusal) -> Self {
        Refusal::from(refusal).into()
    }
}
