//! Sends messages: each channel in its own time, so that one that hangs holds up no other.

use std::time::Duration;

use base64ct::Base64;
use base64ct::Encoding;
use jiff::Timestamp;
use serde_json::Value;
use serde_json::json;
use thiserror::Error;
use tokio::task::JoinSet;

use crate::clock::Clock;
use crate::config::Config;
use crate::fetch::sender::PostError;
use crate::fetch::sender::Sender;
use crate::hook;
use crate::hook::HookError;
use crate::mail;
use crate::mail::Mail;
use crate::mail::MailError;
use crate::model::notify::Channel;
use crate::model::notify::MailSettings;
use crate::model::notify::Means;
use crate::model::secret::Secret;
use crate::model::secret::SigningKey;
use crate::notify::Notifier;
use crate::notify::NotifyError;
use crate::notify::file;
use crate::notify::file::Attempt;
use crate::notify::file::WaitingMessage;
use crate::schedule;
use crate::sink::signature;
use crate::text::date::rfc3339;
use crate::watch::message::Message;

/// Messages that one channel sends in one round.
const AT_ONCE: u32 = 50;

/// The first wait after a failure; it doubles up to [`LONGEST_WAIT`].
const FIRST_WAIT: Duration = Duration::from_secs(30);

/// The longest wait after a failure.
const LONGEST_WAIT: Duration = Duration::from_hours(1);

/// Time after which a message is given up: it is no news any more.
const GIVEN_UP_AFTER: Duration = Duration::from_hours(7 * 24);

/// Refusals after which a message is given up; the others of its channel are sent meanwhile.
const MOST_REFUSALS: u32 = 5;

/// Why a message was not sent.
#[derive(Debug, Error)]
pub enum SendError {
    /// The command failed.
    #[error(transparent)]
    Command(#[from] HookError),
    /// The mail was not sent.
    #[error(transparent)]
    Mail(#[from] MailError),
    /// The receiver did not take it.
    #[error(transparent)]
    Post(#[from] PostError),
}

/// What a failure means for a message and its channel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Verdict {
    /// The channel does not work now.
    ChannelFails,
    /// This message is refused; others may not be.
    Refused,
    /// Nobody listens there any more.
    Gone,
}

impl SendError {
    fn verdict(&self) -> Verdict {
        match self {
            SendError::Mail(error) if error.is_refusal() => Verdict::Refused,
            SendError::Post(PostError::Gone) => Verdict::Gone,
            // What is wrong with this message is not wrong with the next one; 401, 403 and 404 are the address's.
            SendError::Post(PostError::Refused(400 | 413 | 415 | 422)) => Verdict::Refused,
            _ => Verdict::ChannelFails,
        }
    }
}

/// The program's name for who receives a request.
const USER_AGENT: &str = concat!("tintinh/", env!("CARGO_PKG_VERSION"));

/// A channel that is ready to send. It is made once for several messages, since the certificates that an HTTP request trusts are read from disk.
pub struct ChannelSender {
    transport: Transport,
    timeout: Duration,
    clock: Clock,
}

enum Transport {
    Mail(MailSettings),
    Webhook { sender: Sender, keys: Vec<SigningKey> },
    Ntfy { sender: Sender, token: Option<Secret> },
    Command(Vec<String>),
}

impl ChannelSender {
    /// Connects to nothing yet.
    ///
    /// # Errors
    /// [`SendError::Post`] if the destination cannot be used.
    pub fn new(channel: Channel, clock: Clock) -> Result<ChannelSender, SendError> {
        let sender = |destination| {
            let sender = Sender::new(destination, USER_AGENT, clock.clone());
            sender.map_err(|error| PostError::Unreachable(error.to_string()))
        };
        let transport = match channel.means {
            Means::Mail(settings) => Transport::Mail(settings),
            Means::Webhook { destination, keys } => Transport::Webhook { sender: sender(destination)?, keys },
            Means::Ntfy { destination, token } => Transport::Ntfy { sender: sender(destination)?, token },
            Means::Command(command) => Transport::Command(command),
        };
        Ok(ChannelSender { transport, timeout: channel.timeout, clock })
    }

    /// Sends one message; `id` names it for its recipient.
    ///
    /// # Errors
    /// [`SendError`].
    pub async fn send(&self, id: &str, message: &Message, made: Timestamp) -> Result<(), SendError> {
        match &self.transport {
            Transport::Command(command) => {
                let input = json!({ "id": id, "subject": message.subject, "text": message.text, "data": message.data });
                hook::run(command, &format!("{input}\n"), self.timeout).await?;
            }
            Transport::Mail(settings) => {
                let mail = Mail { id, subject: &message.subject, text: &message.text, html: &message.html, made };
                mail::send(settings, mail, self.timeout).await?;
            }
            Transport::Webhook { sender, keys } => {
                let body = json!({ "type": "watch", "timestamp": rfc3339(made), "subject": message.subject, "text": message.text, "data": message.data }).to_string();
                let headers = signature::headers(keys, id, self.clock.now().as_second(), body.as_bytes());
                sender.post(&headers, body.into()).await?;
            }
            Transport::Ntfy { sender, token } => {
                let mut headers = vec![
                    ("content-type", "text/plain; charset=utf-8".to_owned()),
                    // A header is ASCII; ntfy reads encoded words (RFC 2047).
                    ("title", encoded_word(&message.subject)),
                    ("x-id", id.to_owned()),
                ];
                headers.extend(link_of(&message.data).map(|link| ("click", link.to_owned())));
                headers.extend(token.as_ref().map(|token| ("authorization", format!("Bearer {}", token.reveal()))));
                sender.post(&headers, shortened(&message.text).into()).await?;
            }
        }
        Ok(())
    }
}

/// Bytes that ntfy takes as a message; what is longer would become a file.
const MOST_NTFY: usize = 4000;

/// The beginning of a text, up to the end of a line.
fn shortened(text: &str) -> String {
    if text.len() <= MOST_NTFY {
        return text.to_owned();
    }
    let head = text.get(..text.floor_char_boundary(MOST_NTFY)).unwrap_or(text);
    format!("{}\n…", head.rsplit_once('\n').map_or(head, |(head, _)| head))
}

/// The article's address, of a message about one.
fn link_of(data: &Value) -> Option<&str> {
    data.get("article")?.get("url")?.as_str().filter(|url| url.is_ascii() && !url.contains(char::is_control))
}

/// A text in a header (RFC 2047).
fn encoded_word(text: &str) -> String {
    if text.is_ascii() && !text.contains(char::is_control) {
        return text.to_owned();
    }
    format!("=?UTF-8?B?{}?=", Base64::encode_string(text.as_bytes()))
}

impl Notifier {
    /// Sends what waits and is due.
    ///
    /// # Errors
    /// [`NotifyError`]; a failing channel is none.
    pub async fn send_waiting(&self, config: &Config, clock: &Clock) -> Result<(), NotifyError> {
        let mut sending = JoinSet::new();
        for name in self.run(|file| file.waiting_channels()).await? {
            let channel = config.channels.iter().find(|channel| channel.id.as_str() == name).cloned();
            let (own, clock) = (self.clone(), clock.clone());
            sending.spawn(async move { own.send_of(&name, channel, &clock).await });
        }
        let mut failed = Ok(());
        while let Some(ended) = sending.join_next().await {
            let ended = ended.unwrap_or_else(|error| Err(NotifyError::Bug(error.to_string())));
            failed = failed.and(ended);
        }
        failed
    }

    /// Sends what waits for one channel, in order, until it fails. A channel that is configured no more keeps its messages for as long as they are
    /// news.
    async fn send_of(&self, name: &str, channel: Option<Channel>, clock: &Clock) -> Result<(), NotifyError> {
        let (own, now) = (name.to_owned(), clock.now());
        let mut known: Option<ChannelSender> = None;
        for waiting in self.run(move |file| file.to_send(&own, AT_ONCE, now)).await? {
            let Some(channel) = &channel else {
                if is_too_old(&waiting, now) {
                    let error = "its [[notify]] is configured no more".to_owned();
                    self.note(name, &waiting, Attempt::GivenUp { error }, now).await?;
                }
                continue;
            };
            let ended = async {
                let sender = match known.take() {
                    Some(sender) => sender,
                    None => ChannelSender::new(channel.clone(), clock.clone())?,
                };
                known.insert(sender).send(&waiting.id, &waiting.message, waiting.made).await
            };
            let ended = ended.await;
            let now = clock.now();
            let verdict = ended.as_ref().err().map(SendError::verdict);
            let attempt = ended.err().map_or(Attempt::Sent, |error| attempt(&waiting, &error, now));
            self.note(name, &waiting, attempt, now).await?;
            if verdict == Some(Verdict::ChannelFails) {
                break;
            }
        }
        Ok(())
    }

    async fn note(
        &self,
        channel: &str,
        waiting: &WaitingMessage,
        attempt: Attempt,
        now: Timestamp,
    ) -> Result<(), NotifyError> {
        match &attempt {
            Attempt::Sent => tracing::info!(channel, "told {channel}: {}", waiting.message.subject),
            Attempt::Failed { error, .. } => {
                tracing::warn!(
                    channel,
                    attempts = waiting.attempts + 1,
                    "{channel} was not told and is tried again: {error}"
                );
            }
            Attempt::GivenUp { error } => {
                tracing::error!(channel, "{channel} will not be told “{}”: {error}", waiting.message.subject);
            }
        }
        let number = waiting.number;
        self.run(move |file| file.attempted(number, &attempt, now)).await
    }
}

fn is_too_old(waiting: &WaitingMessage, now: Timestamp) -> bool {
    Duration::try_from(now.duration_since(waiting.made)).unwrap_or_default() >= GIVEN_UP_AFTER
}

fn attempt(waiting: &WaitingMessage, error: &SendError, now: Timestamp) -> Attempt {
    let verdict = error.verdict();
    let is_refusal = verdict == Verdict::Refused;
    let in_words = error.to_string();
    let is_last = is_too_old(waiting, now) || (is_refusal && waiting.refusals + 1 >= MOST_REFUSALS);
    if is_last || verdict == Verdict::Gone {
        return Attempt::GivenUp { error: in_words };
    }
    let asked = if let SendError::Post(PostError::Later { wait, .. }) = error {
        wait.unwrap_or_default().min(file::LONGEST_WAIT.unsigned_abs())
    } else {
        Duration::ZERO
    };
    let wait = schedule::doubled(FIRST_WAIT, waiting.attempts.saturating_add(1), LONGEST_WAIT).max(asked);
    let not_before = now.saturating_add(wait).unwrap_or(Timestamp::MAX);
    Attempt::Failed { error: in_words, not_before, is_refusal }
}
