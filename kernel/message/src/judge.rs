//! Whether a message is taken: by what its receiver keeps of senders, authorities and time.

use base::Moment;
use data_encoding::HEXLOWER;
use seal::cert::{Certificate, Trust};

use crate::batch::Verified;
use crate::wire::Message;
use crate::{Wrong, header};

/// What limits there are, as the city has laid them down.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// How far clocks may be apart, seconds.
    pub skew_seconds: i64,
    /// How long a message may count, seconds.
    pub life_seconds_max: i64,
    /// How long a sealed body may be, bytes.
    pub body_bytes_max: u64,
}

/// What is known of a gateway: as it is registered, not as it says of itself.
#[derive(Clone, Copy, Debug)]
pub struct Sender<'a> {
    /// Its name.
    pub gateway: &'a str,
    /// The organs for which it speaks.
    pub organs: &'a [String],
    /// The certificate with which it signs.
    pub certificate: &'a Certificate,
    /// As of when the certificate is judged, where it is not now.
    pub as_of: Option<Moment>,
}

/// Whether clocks are close enough: `theirs` as it was sent, `ours` as it came.
pub fn clock(theirs: Moment, ours: Moment, skew_seconds: i64) -> Result<(), Wrong> {
    let apart = theirs.millis().saturating_sub(ours.millis());
    if apart.unsigned_abs() <= skew_seconds.unsigned_abs().saturating_mul(1_000) {
        return Ok(());
    }
    let words = offset_words(apart);
    Err(if apart > 0 { Wrong::ClockAhead(words) } else { Wrong::ClockBehind(words) })
}

/// How far clocks are apart, in words: ` 3 小时 2 分`.
pub fn offset_words(apart_ms: i64) -> String {
    let seconds = apart_ms.unsigned_abs() / 1_000;
    let (days, hours, minutes) = (seconds / 86_400, seconds / 3_600 % 24, seconds / 60 % 60);
    match (days, hours, minutes) {
        (0, 0, 0) => format!(" {seconds} 秒"),
        (0, 0, minutes) => format!(" {minutes} 分"),
        (0, hours, minutes) => format!(" {hours} 小时 {minutes} 分"),
        (days, hours, _) => format!(" {days} 天 {hours} 小时"),
    }
}

/// Whether this message is from this sender, whole, in its time and by a certificate that counts now.
///
/// A certificate is judged by now, not by when the message says to have been made: whoever stole a key writes any date.
/// Evidence, which is judged years later, is held against the moment of the centre's receipt instead, and who gets a message
/// by the centre, which has judged it by its own now, may say another moment (`as_of`).
pub fn check(
    message: &Message,
    sender: &Sender<'_>,
    trust: &Trust,
    (now, limits): (Moment, &Limits),
    verified: &mut Verified,
) -> Result<(), Wrong> {
    let header = message.header();
    if header.from.gateway != sender.gateway {
        return Err(Wrong::OtherGateway(header.from.gateway.clone()));
    }
    if !sender.organs.contains(&header.from.organ) {
        return Err(Wrong::NotItsOrgan(header.from.organ.clone()));
    }
    signature(message, sender.certificate, verified)?;
    in_name_of(sender.certificate, sender.gateway)?;
    verified.certificate(sender.certificate, trust, sender.as_of.unwrap_or(now))?;
    in_time(header, now, limits)?;
    if header.body.bytes > limits.body_bytes_max {
        let (found, most) = (header.body.bytes, limits.body_bytes_max);
        return Err(Wrong::TooLarge { found, most });
    }
    Ok(())
}

/// Whether the certificate's holder has signed this message with just this body.
pub(crate) fn signature(
    message: &Message,
    certificate: &Certificate,
    verified: &mut Verified,
) -> Result<(), Wrong> {
    let header = message.header();
    if header.signer != HEXLOWER.encode(&certificate.fingerprint()) {
        return Err(Wrong::OtherCertificate);
    }
    if header.body.digest != HEXLOWER.encode(&seal::sm3(&[message.body()])) {
        return Err(Wrong::OtherBody);
    }
    let signer = (header.from.gateway.as_str(), certificate.key());
    match verified.signature(signer, message.leaf(), message.proof()) {
        true => Ok(()),
        false => Err(Wrong::BadSignature),
    }
}

/// Whether a certificate is in the name of a gateway: so the authority has bound its key to that name.
pub(crate) fn in_name_of(certificate: &Certificate, gateway: &str) -> Result<(), Wrong> {
    let found = certificate.common_name().unwrap_or_default();
    match found == gateway {
        true => Ok(()),
        false => Err(Wrong::OtherName { found, wanted: gateway.to_owned() }),
    }
}

fn in_time(header: &header::Header, now: Moment, limits: &Limits) -> Result<(), Wrong> {
    let skew_ms = limits.skew_seconds.saturating_mul(1_000);
    if header.at > now.millis().saturating_add(skew_ms) {
        let ahead = header.at.saturating_sub(now.millis());
        return Err(Wrong::ClockAhead(offset_words(ahead)));
    }
    let life = header.expires.saturating_sub(header.at);
    if life <= 0 || life > limits.life_seconds_max.saturating_mul(1_000) {
        return Err(Wrong::Life(limits.life_seconds_max / 86_400));
    }
    match header.expires > now.millis() {
        true => Ok(()),
        false => Err(Wrong::Expired),
    }
}

impl Message {
    /// Whether the holder of this certificate has signed it for the gateway that it names. Says nothing of whether the
    /// certificate counts: for evidence, which judges that by itself.
    pub fn is_signed_by(&self, certificate: &Certificate) -> Result<(), Wrong> {
        in_name_of(certificate, &self.header().from.gateway)?;
        signature(self, certificate, &mut Verified::default())
    }
}
