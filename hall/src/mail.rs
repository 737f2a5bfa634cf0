//! The post office: SMTP by `lettre`, or a folder of `.eml` files where no server is configured.

use std::future::Future;
use std::path::{Path, PathBuf};
use std::pin::Pin;

use base::{Fault, Outcome};
use frame::post::{Letter, PostOffice};
use lettre::message::header::ContentType;
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
    pub fn new(mail: &Mail, data: &Path) -> Result<Self, Fault> {
        let from = mail.from.parse().map_err(|error| {
            Fault::said(format!("mail.from «{}» is not a mail address: {error}", mail.from))
        })?;
        let way = match &mail.smtp {
            Some(url) => Way::Smtp(
                AsyncSmtpTransport::<Tokio1Executor>::from_url(url)
                    .map_err(|error| Fault::said(format!("mail.smtp: {error}")))?
                    .build(),
            ),
            None => {
                let outbox = data.join("outbox");
                Way::Folder(AsyncFileTransport::new(&outbox), outbox)
            }
        };
        Ok(Self { from, way })
    }

    async fn send(&self, letter: &Letter) -> Outcome<()> {
        let message = Message::builder()
            .from(self.from.clone())
            .to(letter.to.parse().map_err(Fault::from)?)
            .subject(letter.subject.as_str())
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
