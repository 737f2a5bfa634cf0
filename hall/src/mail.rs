//! The post office: SMTP by `lettre`, or a folder of `.eml` files where no server is configured.

use std::future::Future;
use std::path::{Path, PathBuf};
use std::pin::Pin;

use base::{Fault, Outcome, Refusal, RefusalKind};
use data_encoding::HEXLOWER;
use frame::post::{Letter, PostOffice};
use lettre::message::header::{ContentType, MIME_VERSION_1_0};
use lettre::message::{Mailbox, Message};
use lettre::{AsyncFileTransport, AsyncSmtpTransport, AsyncTransport, Tokio1Executor};

use crate::config::Mail;

enum Way {
    Smtp(AsyncSmtpTransport<Tokio1Executor>),
    Folder(AsyncFileTransport<Tokio1Executor>, PathBuf),
}

/// Sends letters the configured way.
pub struct Mailer {
    from: Mailbox,
    way: Way,
}

impl Mailer {
    /// The post office of this configuration; letters without SMTP go to `outbox/` in `data`.
    pub fn new(mail: &Mail, data: &Path) -> Result<Self, Refusal> {
        let wrong = |key: &str, what: &str, error: &dyn std::fmt::Display| {
            let words = format!("配置里的 mail.{key} 不是{what}\n技术原因：{error}");
            Refusal::new(RefusalKind::Invalid, "hall.mail", words)
        };
        let from = mail.from.parse().map_err(|error: lettre::address::AddressError| {
            wrong("from", &format!("邮箱（{}）", mail.from), &error)
        })?;
        let way = match &mail.smtp {
            Some(url) => Way::Smtp(
                AsyncSmtpTransport::<Tokio1Executor>::from_url(url)
                    .map_err(|error| wrong("smtp", "邮件服务器的地址", &error))?
                    .build(),
            ),
            None => {
                let outbox = data.join("outbox");
                Way::Folder(AsyncFileTransport::new(&outbox), outbox)
            }
        };
        Ok(Self { from, way })
    }

    /// A name for a message in the sender's own domain: lettre would take the machine's.
    fn message_id(&self) -> Result<String, Fault> {
        let mut bytes = [0u8; 16];
        getrandom::fill(&mut bytes).map_err(|error| Fault::said(error.to_string()))?;
        Ok(format!("<{}@{}>", HEXLOWER.encode(&bytes), self.from.email.domain()))
    }

    async fn send(&self, letter: &Letter) -> Outcome<()> {
        let message = Message::builder()
            .from(self.from.clone())
            .to(letter.to.parse().map_err(Fault::from)?)
            .subject(letter.subject.as_str())
            .message_id(Some(self.message_id()?))
            .header(MIME_VERSION_1_0)
            .header(ContentType::TEXT_PLAIN)
            .body(letter.text.clone())
            .map_err(Fault::from)?;
        match &self.way {
            Way::Smtp(smtp) => {
                smtp.send(message).await.map_err(|e| Fault::while_doing("sending a letter", e))?;
            }
            Way::Folder(folder, path) => {
                crate::city::make_folder(path)?;
                folder.send(message).await.map_err(|error| {
                    Fault::while_doing("putting a letter into the outbox", error)
                })?;
            }
        }
        Ok(())
    }
}

impl PostOffice for Mailer {
    fn deliver<'a>(
        &'a self,
        letter: &'a Letter,
    ) -> Pin<Box<dyn Future<Output = Outcome<()>> + Send + 'a>> {
        Box::pin(self.send(letter))
    }
}
