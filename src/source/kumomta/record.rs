//! A record of KumoMTA, as far as it is read.

use std::borrow::Cow;

use chrono::{DateTime, Utc};
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::Value;

use crate::event::EnhancedCode;
use crate::source::records::text::{Loose, OneOrMany};
use crate::source::records::{RecordReason, address, code, time};

/// What the answers begin with that KumoMTA itself makes.
const INTERNAL: &str = "KumoMTA internal:";

/// One record. What it is about is checked, and what only describes it is taken if it is a text.
#[derive(Debug, Deserialize)]
pub(super) struct Record<'a> {
    #[serde(borrow, rename = "type")]
    pub(super) kind: Cow<'a, str>,
    #[serde(borrow, default)]
    pub(super) id: Cow<'a, str>,
    #[serde(borrow, default)]
    pub(super) sender: Loose<'a>,
    #[serde(borrow, default)]
    pub(super) recipient: OneOrMany<'a>,
    #[serde(borrow, default)]
    pub(super) queue: Loose<'a>,
    #[serde(borrow, default)]
    response: Option<Response<'a>>,
    #[serde(default)]
    peer_address: Option<IgnoredAny>,
    #[serde(borrow, default)]
    timestamp: Loose<'a>,
    #[serde(borrow, default)]
    event_time: Loose<'a>,
    #[serde(borrow, default)]
    created: Loose<'a>,
    #[serde(borrow, default)]
    created_time: Loose<'a>,
    #[serde(default)]
    pub(super) num_attempts: Option<u32>,
    #[serde(borrow, default)]
    bounce_classification: Loose<'a>,
    #[serde(borrow, default)]
    pub(super) egress_pool: Loose<'a>,
    #[serde(borrow, default)]
    source_address: Option<SourceAddress<'a>>,
    #[serde(default)]
    pub(super) feedback_report: Option<Value>,
    #[serde(borrow, default)]
    meta: Option<Meta<'a>>,
    #[serde(borrow, default)]
    headers: Option<Headers<'a>>,
    #[serde(borrow, default)]
    pub(super) delivery_protocol: Loose<'a>,
    #[serde(borrow, default)]
    pub(super) reception_protocol: Loose<'a>,
    #[serde(borrow, default)]
    pub(super) nodeid: Loose<'a>,
    #[serde(borrow, default)]
    pub(super) session_id: Loose<'a>,
}

/// The answer of the other server, or of KumoMTA itself.
#[derive(Debug, Deserialize)]
struct Response<'a> {
    #[serde(default)]
    code: u16,
    #[serde(default)]
    enhanced_code: Option<Enhanced>,
    #[serde(borrow, default)]
    content: Loose<'a>,
    #[serde(borrow, default)]
    command: Loose<'a>,
}

#[derive(Clone, Copy, Debug, Deserialize)]
struct Enhanced {
    class: u16,
    subject: u16,
    detail: u16,
}

/// The address that an attempt was made from.
#[derive(Debug, Deserialize)]
struct SourceAddress<'a> {
    #[serde(borrow, default)]
    address: Loose<'a>,
}

/// The names of `meta` that have a meaning; others are of the operator.
#[derive(Debug, Deserialize)]
struct Meta<'a> {
    #[serde(borrow, default)]
    tenant: Loose<'a>,
    #[serde(borrow, default)]
    campaign: Loose<'a>,
}

/// The headers of the message that the operator logs, as far as they have a meaning.
#[derive(Debug, Deserialize)]
struct Headers<'a> {
    #[serde(borrow, default, rename = "From")]
    from: Loose<'a>,
    #[serde(borrow, default, rename = "from")]
    from_in_lower_case: Loose<'a>,
}

impl Record<'_> {
    /// Returns when it happened.
    pub(super) fn at(&self) -> Result<DateTime<Utc>, RecordReason> {
        let at = instant("event_time", &self.event_time)?;
        let at = at.map_or_else(|| instant("timestamp", &self.timestamp), |at| Ok(Some(at)))?;
        at.ok_or_else(|| RecordReason::Missing { field: "event_time".to_owned(), expected: time::EXPECTED })
    }

    /// Returns when the message was created.
    pub(super) fn created(&self) -> Result<Option<DateTime<Utc>>, RecordReason> {
        let at = instant("created_time", &self.created_time)?;
        at.map_or_else(|| instant("created", &self.created), |at| Ok(Some(at)))
    }

    /// Returns the class of the answer, if a classifier knew it.
    pub(super) fn class(&self) -> Option<&str> {
        self.bounce_classification.get().filter(|class| *class != super::NO_CLASS)
    }

    /// Returns the sender in the header, or that of the envelope.
    pub(super) fn mailbox(&self) -> Option<&str> {
        let headers = self.headers.as_ref();
        let from =
            headers.and_then(|headers| headers.from.get().or_else(|| headers.from_in_lower_case.get()));
        from.or_else(|| self.sender.get())
    }

    /// Returns whether another server answered.
    pub(super) fn was_answered(&self) -> bool {
        self.peer_address.is_some() && !self.content().is_some_and(|content| content.starts_with(INTERNAL))
    }

    /// Returns the code of the answer; 0 if there is none.
    pub(super) fn code(&self) -> u16 {
        self.response.as_ref().map_or(0, |response| response.code)
    }

    /// Returns the text of the answer.
    pub(super) fn content(&self) -> Option<&str> {
        self.response.as_ref()?.content.get()
    }

    /// Returns the command that was answered.
    pub(super) fn command(&self) -> Option<&str> {
        self.response.as_ref()?.command.get()
    }

    /// Returns the enhanced status code of the answer, or the one in its text.
    pub(super) fn enhanced_code(&self) -> Option<EnhancedCode> {
        let response = self.response.as_ref()?;
        match response.enhanced_code {
            Some(Enhanced { class, subject, detail }) => format!("{class}.{subject}.{detail}").parse().ok(),
            None => response.content.get().and_then(code::find),
        }
    }

    /// Returns the address of the attempt without its port.
    pub(super) fn source_ip(&self) -> Option<&str> {
        let address = self.source_address.as_ref()?.address.get()?;
        match address.strip_prefix('[') {
            Some(rest) => rest.split_once(']').map(|(ip, _)| ip),
            None if address.matches(':').count() == 1 => address.split_once(':').map(|(ip, _)| ip),
            None => Some(address),
        }
    }

    /// Returns the campaign and the tenant.
    pub(super) fn campaign_and_tenant(&self) -> (Option<&str>, Option<&str>) {
        let meta = self.meta.as_ref();
        let in_meta = (meta.and_then(|meta| meta.campaign.get()), meta.and_then(|meta| meta.tenant.get()));
        if let (Some(_), Some(_)) = in_meta {
            return in_meta;
        }
        let in_queue = self.campaign_and_tenant_of_queue();
        (in_meta.0.or(in_queue.0), in_meta.1.or(in_queue.1))
    }

    /// Returns the campaign and the tenant that the queue's name contains, if it has the default form
    /// `campaign:tenant@domain!routing` with the recipient's domain.
    fn campaign_and_tenant_of_queue(&self) -> (Option<&str>, Option<&str>) {
        let Some((names, domain)) = self.queue.get().and_then(|queue| queue.rsplit_once('@')) else {
            return (None, None);
        };
        let domain = domain.split('!').next().unwrap_or_default();
        let recipient = self.recipient.iter().next().and_then(address::bare).and_then(address::domain);
        if !recipient.is_some_and(|recipient| recipient.eq_ignore_ascii_case(domain)) {
            return (None, None);
        }
        let (campaign, tenant) =
            names.split_once(':').map_or((None, names), |(campaign, tenant)| (Some(campaign), tenant));
        (campaign.filter(|name| !name.is_empty()), Some(tenant).filter(|name| !name.is_empty()))
    }
}

/// Returns the instant of a field.
fn instant(name: &'static str, field: &Loose<'_>) -> Result<Option<DateTime<Utc>>, RecordReason> {
    let Some(text) = field.get() else { return Ok(None) };
    let invalid = || crate::parse_error::ParseError::invalid(format!("field `{name}`"), text, time::EXPECTED);
    time::from_text(text).map(Some).ok_or_else(|| RecordReason::Invalid { error: invalid() })
}
