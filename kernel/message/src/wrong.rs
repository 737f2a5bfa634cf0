//! Why a message is not taken. The words are for the people of the department that sent it.

use base::{Refusal, RefusalKind};
use seal::cert::Untrusted;

/// What is wrong with a message, or with who sent it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Wrong {
    /// It ends before it is whole.
    #[error("只收到半条消息：还缺 {0} 字节，请重新发送完整的消息")]
    Half(u64),
    /// Not a message, or not in its one exact form.
    #[error("不是规定格式的消息：{0}")]
    Shape(&'static str),
    /// A version that is not known here.
    #[error("消息格式是第 {0} 版，本系统只认识第 1 版")]
    Version(u64),
    /// Too large.
    #[error("消息体有 {found} 字节，超过上限 {most} 字节。请分批发送，或者改用数据集交换")]
    TooLarge {
        /// How large it is, bytes.
        found: u64,
        /// What is allowed, bytes.
        most: u64,
    },
    /// The header is too long.
    #[error("消息头有 {found} 字节，超过上限 {most} 字节。请少写几个字段，或者用短一些的名称")]
    HeaderTooLong {
        /// How long it is, bytes.
        found: u64,
        /// What is allowed, bytes.
        most: u64,
    },
    /// The body is not the one of the header.
    #[error("消息体和消息头里的摘要不一致，内容被改动过")]
    OtherBody,
    /// Not signed by the key that it names, or changed since.
    #[error("签名验证不通过：消息不是所称网关签的，或者被改动过")]
    BadSignature,
    /// Signed by another certificate than the one that is registered.
    #[error("签名证书不是网关登记的那一张。换发证书后，请先到中心登记新证书")]
    OtherCertificate,
    /// The certificate does not count.
    #[error("签名证书不能使用：{0}")]
    Untrusted(#[from] Untrusted),
    /// The certificate is in another name.
    #[error("证书上的名称是“{found}”，不是网关“{wanted}”")]
    OtherName {
        /// The name in it.
        found: String,
        /// Whose it should be.
        wanted: String,
    },
    /// From a gateway that is not the one that sends.
    #[error("消息写的发送网关是“{0}”，和实际发送的网关不一致")]
    OtherGateway(String),
    /// In the name of an organ for which the gateway is not registered.
    #[error("网关没有登记代表“{0}”，不能以它的名义收发消息")]
    NotItsOrgan(String),
    /// The sender's clock is ahead.
    #[error("发送方的时钟比中心快{0}，超过允许的偏差。请校准时钟后重新发送")]
    ClockAhead(String),
    /// The sender's clock is behind.
    #[error("发送方的时钟比中心慢{0}，超过允许的偏差。请校准时钟后重新发送")]
    ClockBehind(String),
    /// Its time is over.
    #[error("消息已经过了有效时间，不再处理")]
    Expired,
    /// It would live longer than is allowed, or ends before it begins.
    #[error("消息的有效时间不对：最长 {0} 天，并且结束要晚于开始")]
    Life(i64),
    /// It was here before.
    #[error("这条消息以前收到过，不再重复处理")]
    Replayed,
    /// Sealed for another key.
    #[error("消息体不是加密给本方当前证书的，打不开")]
    OtherReceiver,
    /// It does not open.
    #[error("消息体解不开，可能被改动过")]
    NotOpened,
    /// The terms that travel with it do not cover it.
    #[error("共享条件不适用于这条消息：{0}")]
    Terms(&'static str),
    /// A field outside of the terms.
    #[error("申请的字段“{0}”不在共享条件之内")]
    FieldOutside(String),
}

impl Wrong {
    /// Stable, for programs.
    pub fn code(&self) -> &'static str {
        match self {
            Wrong::Half(_) => "exchange.half",
            Wrong::Shape(_) => "exchange.shape",
            Wrong::Version(_) => "exchange.version",
            Wrong::TooLarge { .. } | Wrong::HeaderTooLong { .. } => "exchange.too_large",
            Wrong::OtherBody => "exchange.other_body",
            Wrong::BadSignature => "exchange.bad_signature",
            Wrong::OtherCertificate => "exchange.other_certificate",
            Wrong::Untrusted(Untrusted::Expired(_)) => "exchange.certificate_expired",
            Wrong::Untrusted(Untrusted::Revoked(..)) => "exchange.certificate_revoked",
            Wrong::Untrusted(_) => "exchange.certificate",
            Wrong::OtherName { .. } => "exchange.other_name",
            Wrong::OtherGateway(_) => "exchange.other_gateway",
            Wrong::NotItsOrgan(_) => "exchange.not_its_organ",
            Wrong::ClockAhead(_) | Wrong::ClockBehind(_) => "exchange.clock",
            Wrong::Expired => "exchange.expired",
            Wrong::Life(_) => "exchange.life",
            Wrong::Replayed => "exchange.replayed",
            Wrong::OtherReceiver => "exchange.other_receiver",
            Wrong::NotOpened => "exchange.not_opened",
            Wrong::Terms(_) => "exchange.terms",
            Wrong::FieldOutside(_) => "ask.field_outside",
        }
    }

    /// The same as a refusal.
    pub fn refusal(&self) -> Refusal {
        let kind = match self {
            Wrong::TooLarge { .. } | Wrong::HeaderTooLong { .. } => RefusalKind::TooLarge,
            Wrong::Replayed => RefusalKind::Conflict,
            Wrong::Half(_) | Wrong::Shape(_) | Wrong::Version(_) | Wrong::OtherBody => {
                RefusalKind::Invalid
            }
            _ => RefusalKind::Forbidden,
        };
        Refusal::new(kind, self.code(), self.to_string())
    }
}
