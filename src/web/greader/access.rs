//! Access for apps: which requests are answered.

use axum::extract::Request;
use axum::http::StatusCode;
use axum::http::header;
use axum::response::IntoResponse;
use axum::response::Response;
use serde_json::json;

use crate::model::secret::Secret;
use crate::model::settings::WebSettings;
use crate::web::greader::Refusal;
use crate::web::greader::request::Asked;
use crate::web::host;
use crate::web::reader::Attempt;
use crate::web::reader::Reader;
use crate::web::reader::app_key;

/// The key that apps use when the reader on this machine needs no password.
const LOCAL: &str = "tintinh/local";

/// Length of a token in characters. Apps expect this length.
const TOKEN: usize = 57;

/// The refusal when the reader is public.
const PUBLIC: &str =
    "this reader is public: apps would all share the same marks. Set `password_file` in [web] instead of `public`";

/// Who may use the interface.
pub(super) enum Admission {
    /// Every program on this machine.
    Local,
    Password(Secret),
}

impl Admission {
    /// Reads from the configuration who may use the interface.
    ///
    /// # Errors
    /// [`Refusal::NotHere`].
    pub(super) fn new(web: &WebSettings, request: &Request) -> Result<Admission, Refusal> {
        match &web.password {
            _ if web.public => Err(Refusal::NotHere(PUBLIC)),
            Some(password) => Ok(Admission::Password(password.clone())),
            None if host::names_this_machine(request) => Ok(Admission::Local),
            None => Err(Refusal::NotHere(
                "without a password this machine alone is answered: ask by address, or as localhost",
            )),
        }
    }

    /// Answers a login (ClientLogin): a key for the header of all other calls.
    ///
    /// # Errors
    /// [`Refusal::Unauthorized`] if the password is wrong.
    pub(super) async fn log_in(&self, reader: &Reader, asked: &Asked) -> Result<Response, Refusal> {
        if let Admission::Password(password) = self {
            let given = asked.first("Passwd").unwrap_or_default();
            match reader.attempt(password, given.as_bytes()) {
                Attempt::Right => {}
                Attempt::Wrong => return Err(Refusal::Unauthorized),
                Attempt::Refused => {
                    return Ok((StatusCode::TOO_MANY_REQUESTS, "try again in a minute\n").into_response());
                }
            }
        }
        let key = self.key().await?;
        if asked.first("output") == Some("json") {
            return Ok(asked.answer(&json!({ "SID": key, "LSID": "null", "Auth": key })));
        }
        let text = format!("SID={key}\nLSID=null\nAuth={key}\n");
        Ok(([(header::CONTENT_TYPE, "text/plain; charset=utf-8")], text).into_response())
    }

    /// Admits requests that send the key. The token is optional, because some apps send none, or `x`; if one is sent, it must be valid.
    ///
    /// # Errors
    /// [`Refusal::Unauthorized`].
    pub(super) async fn check(&self, asked: &Asked) -> Result<(), Refusal> {
        let sent = asked.key().ok_or(Refusal::Unauthorized)?;
        let is_known = match self {
            Admission::Local => true,
            Admission::Password(_) => Secret::new(self.key().await?).is(sent.as_bytes()),
        };
        let token = asked.first("T").filter(|token| *token != "x");
        let is_current = match token {
            None => true,
            Some(token) => Secret::new(self.token().await).is(token.trim().as_bytes()),
        };
        (is_known && is_current).then_some(()).ok_or(Refusal::Unauthorized)
    }

    /// The token that apps send with each change. The key alone protects the interface: a web page cannot send its header.
    pub(super) async fn token(&self) -> String {
        let key = self.key().await.unwrap_or_default();
        let hash = blake3::hash(format!("token of apps: {key}").as_bytes()).to_hex();
        hash.get(..TOKEN).unwrap_or_default().to_owned()
    }

    async fn key(&self) -> Result<String, Refusal> {
        match self {
            Admission::Local => Ok(LOCAL.to_owned()),
            Admission::Password(password) => {
                let key = app_key(password).await.ok_or_else(|| Refusal::Failed("no key was made".to_owned()))?;
                Ok(format!("tintinh/{key}"))
            }
        }
    }
}
