//! The earlier format of the page store: files `<yyyy-mm-dd>.<number>.zst` with one zstd frame per page, a line of JSON and then the body. They are
//! still read until they are dropped like all others.

use std::fs::File;
use std::io;
use std::io::BufRead;
use std::io::BufReader;
use std::io::Read;

use bytes::Bytes;
use jiff::Timestamp;
use serde::Deserialize;
use serde::Serialize;

use crate::model::page::HttpFacts;
use crate::model::page::Page;
use crate::url::PageUrl;

/// Maximum bytes read back for one page, whatever its frame says.
const MAX_READ: u64 = 256 << 20;

/// The JSON line before a body.
#[derive(Debug, Serialize, Deserialize)]
struct Head {
    url: PageUrl,
    final_url: PageUrl,
    fetched: Timestamp,
    http: HttpFacts,
    length: usize,
}

pub(super) fn read(file: File) -> io::Result<Page> {
    let decoder = zstd::stream::Decoder::new(file)?.single_frame();
    let mut reader = BufReader::new(decoder.take(MAX_READ));
    let mut line = Vec::new();
    reader.read_until(b'\n', &mut line)?;
    let Head { url, final_url, fetched, http, length } = serde_json::from_slice(&line)?;
    let mut body = Vec::new();
    reader.read_to_end(&mut body)?;
    if body.len() != length {
        return Err(io::Error::other(format!("{} of {length} bytes", body.len())));
    }
    Ok(Page { url, final_url, fetched, http, body: Bytes::from(body), exchanges: Vec::new() })
}

#[cfg(test)]
pub(super) fn write(page: &Page) -> Vec<u8> {
    let Page { url, final_url, fetched, http, body, .. } = page.clone();
    let mut exchange = serde_json::to_vec(&Head { url, final_url, fetched, http, length: body.len() }).unwrap();
    exchange.push(b'\n');
    exchange.extend_from_slice(&body);
    zstd::bulk::compress(&exchange, 3).unwrap()
}
