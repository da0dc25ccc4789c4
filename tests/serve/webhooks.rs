//! `POST /webhooks/{source}`.

use super::{UNLIMITED, ask, get, parsed, post, start};

/// Two events of SendGrid's Event Webhook, a record of no known event, and one without a message.
const SENDGRID: &str = r#"[
    {"email":"ann@gmail.com","timestamp":1771061400,"event":"processed","sg_event_id":"a1","sg_message_id":"m1.filter","smtp-id":"<1@x>"},
    {"email":"ann@gmail.com","timestamp":1771061401,"event":"delivered","sg_event_id":"a2","sg_message_id":"m1.filter","smtp-id":"<1@x>"},
    {"email":"ann@gmail.com","timestamp":"soon","event":"open","sg_event_id":"a3","sg_message_id":"m1.filter"}
]"#;

#[test]
fn a_webhook_is_recorded_in_the_account_of_its_key_and_a_redelivery_changes_nothing() {
    let server = start("webhooks", UNLIMITED);
    let first = parsed(&post(&server, "/webhooks/sendgrid", "sk_acme", SENDGRID));
    assert_eq!(
        (&first["records"], &first["new"], &first["refused"]),
        (&3.into(), &2.into(), &1.into()),
        "{first}"
    );
    assert!(first["reasons"][0].as_str().unwrap().contains("timestamp"), "{first}");
    let again = parsed(&ask(&server, "POST", "/webhooks/sendgrid?key=sk_acme", &[], SENDGRID.as_bytes()));
    assert_eq!((&again["new"], &again["repeats"]), (&0.into(), &2.into()), "{again}");
    let stats = parsed(&get(&server, "/api/v1/mail/stats/daily?days=2", "sk_acme"));
    assert_eq!(stats["data"][0]["delivered"], 1, "{stats}");
}

#[test]
fn an_unknown_source_is_not_found_and_a_wrong_key_is_refused() {
    let server = start("webhooks-2", UNLIMITED);
    assert_eq!(post(&server, "/webhooks/pigeon", "sk_acme", "[]").status, 404);
    assert_eq!(post(&server, "/webhooks/sendgrid", "sk_wrong", SENDGRID).status, 401);
    assert_eq!(ask(&server, "POST", "/webhooks/sendgrid", &[], SENDGRID.as_bytes()).status, 401);
    assert_eq!(get(&server, "/webhooks/sendgrid", "sk_acme").status, 405);
}
