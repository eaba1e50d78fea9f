//! Sends a message by mail, in plain text and HTML. The only module that knows SMTP.

use std::time::Duration;
use std::time::SystemTime;

use jiff::Timestamp;
use lettre::AsyncSmtpTransport;
use lettre::AsyncTransport;
use lettre::Message;
use lettre::Tokio1Executor;
use lettre::address::Envelope;
use lettre::message::Mailbox;
use lettre::message::MultiPart;
use lettre::message::header::HeaderName;
use lettre::message::header::HeaderValue;
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::Certificate;
use lettre::transport::smtp::client::Tls;
use lettre::transport::smtp::client::TlsParameters;
use thiserror::Error;

use crate::model::notify::MailSettings;
use crate::model::notify::MailTls;

/// Why a mail was not sent.
#[derive(Debug, Error)]
pub enum MailError {
    /// The mail cannot be created, or the connection cannot be set up.
    #[error("the mail cannot be made: {0}")]
    Setup(String),
    /// The server refuses it permanently, for example because a recipient is unknown.
    #[error("the mail server refuses it: {0}")]
    Refused(String),
    /// The server did not answer, or asks to try again later.
    #[error("the mail server failed: {0}")]
    Failed(String),
    /// It took too long.
    #[error("the mail server took longer than {} s", .0.as_secs())]
    Timeout(Duration),
}

impl MailError {
    /// Whether another mail may succeed: the connection is not at fault.
    pub fn is_refusal(&self) -> bool {
        matches!(self, MailError::Refused(_))
    }
}

/// A mail.
#[derive(Debug, Clone, Copy)]
pub struct Mail<'a> {
    /// A permanent id, by which a recipient recognizes a duplicate.
    pub id: &'a str,
    /// The subject, on one line.
    pub subject: &'a str,
    /// The body as plain text.
    pub text: &'a str,
    /// The body as HTML.
    pub html: &'a str,
    /// When it was made.
    pub made: Timestamp,
}

/// Sends a mail to all recipients. If the server refuses one of them, it accepts the mail for none. The mail is then sent to each recipient
/// separately, and a warning names those who do not get it.
///
/// # Errors
/// [`MailError`]: nobody got the mail, or the server's answer was lost.
pub async fn send(settings: &MailSettings, mail: Mail<'_>, timeout: Duration) -> Result<(), MailError> {
    let message = message_of(settings, mail)?;
    let (envelope, bytes) = (message.envelope().clone(), message.formatted());
    let transport = transport(settings, timeout)?;
    let refused = match deliver(&transport, &envelope, &bytes, timeout).await {
        Err(MailError::Refused(reason)) if envelope.to().len() > 1 => reason,
        ended => return ended,
    };
    let mut left = Vec::new();
    for recipient in envelope.to() {
        let own = Envelope::new(envelope.from().cloned(), vec![recipient.clone()]);
        let own = own.map_err(|error| MailError::Setup(error.to_string()))?;
        left.extend(deliver(&transport, &own, &bytes, timeout).await.err().map(|error| (recipient, error)));
    }
    if left.len() == envelope.to().len() {
        // Mails that may be accepted later are tried again later.
        let later = left.into_iter().map(|(_, error)| error).find(|error| !error.is_refusal());
        return Err(later.unwrap_or(MailError::Refused(refused)));
    }
    for (recipient, error) in left {
        tracing::warn!("{recipient} does not get the mail, the other recipients do: {error}");
    }
    Ok(())
}

async fn deliver(
    transport: &AsyncSmtpTransport<Tokio1Executor>,
    envelope: &Envelope,
    bytes: &[u8],
    timeout: Duration,
) -> Result<(), MailError> {
    match tokio::time::timeout(timeout, transport.send_raw(envelope, bytes)).await {
        Err(_) => Err(MailError::Timeout(timeout)),
        Ok(Ok(_)) => Ok(()),
        Ok(Err(error)) if error.is_permanent() => Err(MailError::Refused(in_full(&error))),
        Ok(Err(error)) => Err(MailError::Failed(in_full(&error))),
    }
}

fn in_full(error: &lettre::transport::smtp::Error) -> String {
    let mut text = error.to_string();
    let mut cause = std::error::Error::source(error);
    while let Some(error) = cause {
        let more = error.to_string();
        if !text.contains(&more) {
            text = format!("{text}: {more}");
        }
        cause = error.source();
    }
    text
}

fn message_of(settings: &MailSettings, mail: Mail<'_>) -> Result<Message, MailError> {
    let mailbox = |text: &str| text.parse::<Mailbox>().map_err(|error| MailError::Setup(format!("`{text}`: {error}")));
    let from = mailbox(&settings.from)?;
    let mut builder = Message::builder()
        .message_id(Some(format!("<{}@{}>", mail.id, from.email.domain())))
        .date(SystemTime::UNIX_EPOCH + Duration::from_secs(u64::try_from(mail.made.as_second()).unwrap_or(0)))
        .from(from)
        .subject(mail.subject);
    for recipient in &settings.recipients {
        builder = builder.to(mailbox(recipient)?);
    }
    // RFC 3834: no absence notice is sent in reply to a program.
    let name = HeaderName::new_from_ascii_str("Auto-Submitted");
    builder = builder.raw_header(HeaderValue::new(name, "auto-generated".to_owned()));
    let parts = MultiPart::alternative_plain_html(mail.text.to_owned(), mail.html.to_owned());
    builder.multipart(parts).map_err(|error| MailError::Setup(error.to_string()))
}

fn transport(settings: &MailSettings, timeout: Duration) -> Result<AsyncSmtpTransport<Tokio1Executor>, MailError> {
    let setup = |error: lettre::transport::smtp::Error| MailError::Setup(in_full(&error));
    let parameters = || {
        let mut builder = TlsParameters::builder(settings.server.clone());
        for certificate in &settings.extra_ca {
            builder = builder.add_root_certificate(Certificate::from_der(certificate.clone())?);
        }
        builder.build_rustls()
    };
    let tls = match settings.tls {
        MailTls::Starttls => Tls::Required(parameters().map_err(setup)?),
        MailTls::Tls => Tls::Wrapper(parameters().map_err(setup)?),
        MailTls::None => Tls::None,
    };
    let builder = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(&settings.server);
    let mut builder = builder.port(settings.port).tls(tls).timeout(Some(timeout));
    if let Some((user, password)) = &settings.login {
        builder = builder.credentials(Credentials::new(user.clone(), password.reveal().to_owned()));
    }
    Ok(builder.build())
}
