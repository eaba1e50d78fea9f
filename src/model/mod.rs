//! Plain data types, one for each stage of an article's life.

pub mod notify;
pub mod portal;
pub mod secret;
pub mod settings;
pub mod sink;
pub mod tls;

pub mod alarm;
pub mod article;
pub mod cursor;
pub mod exchange;
pub mod file_kind;
pub mod link;
pub mod origin;
pub mod pace;
pub mod page;
pub mod record;
pub mod request;

pub mod failure;
pub mod obstacle;
pub mod outcome;
