//! Webhook signatures as specified by <https://www.standardwebhooks.com>.

use base64ct::Base64;
use base64ct::Encoding;
use ring::hmac;

use crate::model::secret::SigningKey;

/// The headers of a webhook with a JSON body, sent at `timestamp` (Unix seconds). Without a key, the webhook is unsigned.
pub fn headers(keys: &[SigningKey], id: &str, timestamp: i64, body: &[u8]) -> Vec<(&'static str, String)> {
    let mut headers = vec![
        ("content-type", "application/json".to_owned()),
        ("webhook-id", id.to_owned()),
        ("webhook-timestamp", timestamp.to_string()),
    ];
    if !keys.is_empty() {
        headers.push(("webhook-signature", sign(keys, id, timestamp, body)));
    }
    headers
}

/// The value of `webhook-signature`: one signature per key, so that a receiver can verify it with any of the keys.
pub fn sign(keys: &[SigningKey], id: &str, timestamp: i64, body: &[u8]) -> String {
    let signatures: Vec<String> = keys.iter().map(|key| signature(key, id, timestamp, body)).collect();
    signatures.join(" ")
}

/// HMAC-SHA256 over `id.timestamp.body`.
fn signature(key: &SigningKey, id: &str, timestamp: i64, body: &[u8]) -> String {
    let mut context = hmac::Context::with_key(&hmac::Key::new(hmac::HMAC_SHA256, key.reveal()));
    context.update(format!("{id}.{timestamp}.").as_bytes());
    context.update(body);
    format!("v1,{}", Base64::encode_string(context.sign().as_ref()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::secret::Secret;

    fn key(text: &str) -> SigningKey {
        SigningKey::new(&Secret::new(text.to_owned())).unwrap()
    }

    /// The values come from the specification's reference libraries.
    #[test]
    fn the_example_of_the_reference_libraries() {
        let known = key("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
        let signed = sign(
            std::slice::from_ref(&known),
            "msg_p5jXN8AQM9LWM0D4loKWxJek",
            1_614_265_330,
            br#"{"test": 2432232314}"#,
        );
        assert_eq!(signed, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
        let other = key("whsec_MDEyMzQ1Njc4OWFiY2RlZmdoaWprbG1u");
        let both = sign(&[other, known], "msg_p5jXN8AQM9LWM0D4loKWxJek", 1_614_265_330, br#"{"test": 2432232314}"#);
        assert_eq!(both.split(' ').count(), 2);
        assert!(both.ends_with(&format!(" {signed}")), "{both}");
    }
}
