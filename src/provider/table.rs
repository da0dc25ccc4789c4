//! The built-in table of providers and their rules.
//!
//! Entries are sorted by provider name, sources within a rule set as in [`Source::ALL`], and values within a rule set
//! alphabetically; all in the order of `str`, in which capitals come before lower case. The tests below check it.

use std::borrow::Cow;
use std::sync::LazyLock;

use super::ProviderKind::{self, Consumer, Forwarder, Gateway, Hosted, Isp};
use super::Source::{
    self, AppleSupport, CiscoGuide, EmailProviderInfo, EmailProviderLinks, GmailHelp, KumoMta, Mxsniff,
    Observed, OutlookPostmaster, Sisimai, YahooSenderHub,
};
use super::rule::RuleMap;
use super::{ComplaintReports, Match, Provider, Rule};

/// The built-in providers, sorted by name.
pub(super) static PROVIDERS: LazyLock<Vec<Provider>> =
    LazyLock::new(|| TABLE.iter().copied().map(Entry::to_provider).collect());

/// The built-in rules for recipient domains.
pub(super) static DOMAIN_RULES: LazyLock<RuleMap> =
    LazyLock::new(|| rules_where(|matches| !matches.is_mx_host()));

/// The built-in rules for MX hosts.
pub(super) static MX_HOST_RULES: LazyLock<RuleMap> = LazyLock::new(|| rules_where(Match::is_mx_host));

/// A provider and the rules that lead to it.
#[derive(Clone, Copy, Debug)]
struct Entry {
    name: &'static str,
    kind: ProviderKind,
    family: Option<&'static str>,
    complaints: Option<ComplaintReports>,
    rules: &'static [RuleSet],
}

/// Rules that differ in nothing but their values.
#[derive(Clone, Copy, Debug)]
struct RuleSet {
    matches: Match,
    sources: &'static [Source],
    values: &'static [&'static str],
    note: Option<&'static str>,
}

const fn provider(name: &'static str, kind: ProviderKind) -> Entry {
    Entry { name, kind, family: None, complaints: None, rules: &[] }
}

impl Entry {
    const fn family(self, family: &'static str) -> Self {
        Self { family: Some(family), ..self }
    }

    const fn complaint_reports(self, sent: bool, source: Source) -> Self {
        Self { complaints: Some(ComplaintReports { sent, source: Some(source) }), ..self }
    }

    const fn rules(self, rules: &'static [RuleSet]) -> Self {
        Self { rules, ..self }
    }

    fn to_provider(self) -> Provider {
        Provider {
            name: Cow::Borrowed(self.name),
            kind: self.kind,
            family: self.family.map(Cow::Borrowed),
            complaints: self.complaints,
        }
    }
}

impl RuleSet {
    const fn new(matches: Match, sources: &'static [Source], values: &'static [&'static str]) -> Self {
        Self { matches, sources, values, note: None }
    }

    const fn note(self, note: &'static str) -> Self {
        Self { note: Some(note), ..self }
    }
}

const fn domains(sources: &'static [Source], values: &'static [&'static str]) -> RuleSet {
    RuleSet::new(Match::Domain, sources, values)
}

const fn domains_and_subdomains(sources: &'static [Source], values: &'static [&'static str]) -> RuleSet {
    RuleSet::new(Match::DomainAndSubdomains, sources, values)
}

const fn mx_hosts(sources: &'static [Source], values: &'static [&'static str]) -> RuleSet {
    RuleSet::new(Match::MxHost, sources, values)
}

const fn mx_hosts_named(
    label: &'static str,
    sources: &'static [Source],
    values: &'static [&'static str],
) -> RuleSet {
    RuleSet::new(Match::MxHostNamed(label), sources, values)
}

/// Returns the rules of the table whose match `is_wanted` accepts.
fn rules_where(is_wanted: fn(Match) -> bool) -> RuleMap {
    let mut rules = RuleMap::new();
    for (entry, provider) in TABLE.iter().zip(PROVIDERS.iter()) {
        for &RuleSet { matches, sources, values, note } in entry.rules {
            if is_wanted(matches) {
                let rule = |&value| (value, Rule { matches, value, provider, sources, note });
                rules.extend(values.iter().map(rule));
            }
        }
    }
    rules
}

/// Every built-in provider with its rules.
#[rustfmt::skip]
static TABLE: &[Entry] = &[
    provider("@nifty", Isp).rules(&[domains(&[EmailProviderLinks], &["nifty.com"])]),
    provider("ABV.bg", Consumer).rules(&[
        domains(&[EmailProviderLinks], &["abv.bg"]),
        mx_hosts(&[EmailProviderLinks], &["abv.bg"]),
    ]),
    provider("AOL", Consumer).family("Yahoo").complaint_reports(true, YahooSenderHub).rules(&[
        domains(&[EmailProviderInfo, EmailProviderLinks], &["aol.com"]),
        domains(&[EmailProviderLinks], &["aim.com", "love.com", "wow.com", "ygm.com"]),
        mx_hosts(&[Mxsniff], &["mx.aol.com"]),
        mx_hosts(&[Observed], &["mail.gm0.yahoodns.net"]).note("the hosts at Yahoo that take mail for AOL"),
    ]),
    provider("AT&T", Isp).rules(&[
        domains(&[EmailProviderLinks], &[
            "ameritech.net", "att.net", "flash.net", "pacbell.net", "sbcglobal.net", "snet.net",
        ]),
        mx_hosts(&[Mxsniff], &["prodigy.net"]),
    ]),
    provider("Alibaba Mail", Hosted).rules(&[
        domains(&[EmailProviderLinks], &["alibaba.com", "aliyun.com", "taobao.com", "tmall.com"]),
        mx_hosts(&[EmailProviderLinks], &["qiye.aliyun.com"]),
    ]),
    provider("Amazon SES", Hosted).rules(&[
        mx_hosts_named("inbound-smtp", &[Mxsniff], &["amazonaws.com"])
            .note("other hosts below this name are servers of Amazon's customers"),
    ]),
    provider("AppRiver", Gateway).rules(&[mx_hosts(&[Mxsniff], &["arsmtp.com"])]),
    provider("Apple Private Relay", Forwarder).family("Apple").rules(&[
        domains(&[EmailProviderLinks], &["privaterelay.appleid.com"]),
    ]),
    provider("BIGLOBE", Isp).rules(&[
        domains(&[EmailProviderLinks], &["biglobe.ne.jp"]),
        mx_hosts(&[EmailProviderLinks], &["biglobe.ne.jp"]),
    ]),
    provider("BSNL", Isp).rules(&[domains(&[EmailProviderLinks], &["bsnl.in"])]),
    provider("BT", Isp).rules(&[domains(&[EmailProviderLinks], &["bt.com", "btinternet.com"])]),
    provider("Barracuda", Gateway).rules(&[mx_hosts(&[KumoMta], &["barracudanetworks.com"])]),
    provider("Bell Canada", Isp).rules(&[domains(&[EmailProviderLinks], &["bell.net", "sympatico.ca"])]),
    provider("Bouygues Telecom", Isp).rules(&[domains(&[EmailProviderLinks], &["bbox.fr"])]),
    provider("Centrum", Consumer).rules(&[domains(&[EmailProviderLinks], &["centrum.cz", "centrum.sk"])]),
    provider("CenturyLink", Isp).rules(&[domains(&[EmailProviderLinks], &["centurylink.net", "q.com"])]),
    provider("Cisco", Gateway).rules(&[
        mx_hosts(&[CiscoGuide], &["etd.cisco.com"]),
        mx_hosts(&[Observed], &["iphmx.com"]),
    ]),
    provider("Cloudflare Email Routing", Forwarder).rules(&[
        mx_hosts(&[EmailProviderLinks], &["mx.cloudflare.net"]),
    ]),
    provider("Comcast", Isp).rules(&[domains(&[EmailProviderLinks, KumoMta], &["comcast.net"])]),
    provider("Cox", Isp).family("Yahoo").rules(&[
        domains(&[EmailProviderLinks], &["cox.net"]).note("its mailboxes have moved to Yahoo"),
        mx_hosts(&[Sisimai], &["cox.net"]).note("its mailboxes have moved to Yahoo"),
    ]),
    provider("Cyren", Gateway).rules(&[mx_hosts(&[Mxsniff], &["ctmail.com", "expurgate.net"])]),
    provider("Daum", Consumer).rules(&[domains(&[EmailProviderLinks], &["daum.net", "hanmail.net"])]),
    provider("Disroot", Consumer).rules(&[domains(&[EmailProviderLinks], &["disroot.org"])]),
    provider("DreamHost", Hosted).rules(&[mx_hosts(&[Mxsniff], &["mail.dreamhost.com"])]),
    provider("DuckDuckGo", Forwarder).rules(&[domains(&[EmailProviderLinks], &["duck.com"])]),
    provider("EarthLink", Isp).rules(&[
        domains(&[EmailProviderLinks], &["earthlink.net"]),
        mx_hosts(&[EmailProviderLinks], &["earthlink-vadesecure.net"]),
    ]),
    provider("Fastmail", Hosted).rules(&[
        domains(&[EmailProviderInfo], &[
            "123mail.org", "150mail.com", "150ml.com", "16mail.com", "2-mail.com", "4email.net",
            "50mail.com", "airpost.net", "allmail.net", "bestmail.us", "cluemail.com", "elitemail.org",
            "emailcorner.net", "emailengine.net", "emailengine.org", "emailgroups.net", "emailplus.org",
            "emailuser.net", "eml.cc", "f-m.fm", "fast-email.com", "fast-mail.org", "fastem.com",
            "fastemail.us", "fastemailer.com", "fastest.cc", "fastimap.com", "fastmail.cn", "fastmail.co.uk",
            "fastmail.com.au", "fastmail.de", "fastmail.es", "fastmail.fr", "fastmail.im", "fastmail.in",
            "fastmail.jp", "fastmail.mx", "fastmail.net", "fastmail.nl", "fastmail.org", "fastmail.se",
            "fastmail.to", "fastmail.tw", "fastmail.uk", "fastmail.us", "fastmailbox.net",
            "fastmessaging.com", "fea.st", "fmail.co.uk", "fmailbox.com", "fmgirl.com", "fmguy.com",
            "ftml.net", "h-mail.us", "hailmail.net", "imap-mail.com", "imap.cc", "imapmail.org",
            "inoutbox.com", "internet-e-mail.com", "internet-mail.org", "internetemails.net",
            "internetmailing.net", "jetemail.net", "justemail.net", "letterboxes.org", "mail-central.com",
            "mail-page.com", "mailandftp.com", "mailas.com", "mailbolt.com", "mailc.net", "mailcan.com",
            "mailforce.net", "mailftp.com", "mailhaven.com", "mailingaddress.org", "mailite.com",
            "mailmight.com", "mailnew.com", "mailsent.net", "mailservice.ms", "mailup.net", "mailworks.org",
            "ml1.net", "mm.st", "myfastmail.com", "mymacmail.com", "nospammail.net", "ownmail.net",
            "petml.com", "postinbox.com", "postpro.net", "proinbox.com", "promessage.com", "realemail.net",
            "reallyfast.biz", "reallyfast.info", "rushpost.com", "sent.as", "sent.at", "sent.com",
            "speedpost.net", "speedymail.org", "ssl-mail.com", "swift-mail.com", "the-fastest.net",
            "the-quickest.com", "theinternetemail.com", "veryfast.biz", "veryspeedy.net", "warpmail.net",
            "xsmail.com", "yepmail.net", "your-mail.com",
        ]),
        domains(&[EmailProviderInfo, EmailProviderLinks], &["fastmail.com", "fastmail.fm"]),
        mx_hosts(&[EmailProviderLinks, Mxsniff], &["messagingengine.com"]),
    ]),
    provider("Forcepoint", Gateway).rules(&[mx_hosts(&[Mxsniff], &["mailcontrol.com"])]),
    provider("Free", Isp).rules(&[domains(&[EmailProviderLinks], &["free.fr"])]),
    provider("Freemail.hu", Consumer).rules(&[domains(&[EmailProviderLinks], &["freemail.hu"])]),
    provider("Frontier", Isp).rules(&[domains(&[EmailProviderLinks], &["frontier.com"])]),
    provider("GMX", Consumer).family("United Internet").rules(&[
        domains(&[EmailProviderInfo, EmailProviderLinks, Mxsniff], &["gmx.com"]),
        domains(&[EmailProviderInfo, Mxsniff], &["gmx.us"]),
        domains(&[EmailProviderLinks], &["gmx.at", "gmx.ch", "gmx.de", "gmx.net", "gmx.org"]),
        mx_hosts(&[KumoMta, Mxsniff], &["gmx.net"]),
        mx_hosts(&[Mxsniff], &["gmx.com"]),
    ]),
    provider("Gandi", Hosted).rules(&[mx_hosts(&[Mxsniff], &["mail.gandi.net"])]),
    provider("Globo", Consumer).rules(&[domains(&[EmailProviderLinks], &["globo.com"])]),
    provider("GoDaddy", Hosted).rules(&[
        mx_hosts(&[EmailProviderLinks, Mxsniff, Sisimai], &[
            "mailstore1.secureserver.net", "smtp.secureserver.net",
        ]),
    ]),
    provider("Google", Consumer).family("Google").complaint_reports(false, GmailHelp).rules(&[
        domains(&[EmailProviderInfo, EmailProviderLinks, Mxsniff], &["gmail.com", "googlemail.com"]),
        mx_hosts(&[Mxsniff, Sisimai], &["gmail-smtp-in.l.google.com"]),
    ]),
    provider("Google Workspace", Hosted).family("Google").rules(&[
        mx_hosts(&[EmailProviderLinks, KumoMta, Mxsniff], &["googlemail.com"]),
        mx_hosts(&[EmailProviderLinks, Mxsniff, Sisimai], &["aspmx.l.google.com"]),
        mx_hosts(&[KumoMta], &["google.com"]),
        mx_hosts(&[Mxsniff], &["gmr-smtp-in.l.google.com", "psmtp.com"]),
    ]),
    provider("HEY", Consumer).rules(&[domains(&[EmailProviderInfo, EmailProviderLinks], &["hey.com"])]),
    provider("Hostinger", Hosted).rules(&[mx_hosts(&[EmailProviderLinks], &["hostinger.com"])]),
    provider("Hushmail", Consumer).rules(&[domains(&[EmailProviderLinks], &["hushmail.com"])]),
    provider("I.UA", Consumer).rules(&[mx_hosts(&[Sisimai], &["email.ua"])]),
    provider("IONOS", Hosted).rules(&[
        domains(&[EmailProviderLinks], &["1and1.com", "ionos.com", "ionos.de"]),
        mx_hosts(&[EmailProviderLinks], &["ionos.com", "kundenserver.de"]),
        mx_hosts(&[EmailProviderLinks, Mxsniff], &["1and1.com"]),
        mx_hosts(&[Mxsniff], &["1and1.co.uk", "1and1.fr"]),
    ]),
    provider("Interia", Consumer).rules(&[domains(&[EmailProviderLinks], &["interia.pl"])]),
    provider("Intermedia", Hosted).rules(&[mx_hosts(&[Mxsniff], &["intermedia.net"])]),
    provider("Juno", Isp).rules(&[domains(&[EmailProviderLinks], &["juno.com"])]),
    provider("KDDI", Isp).rules(&[mx_hosts(&[Sisimai], &["ezweb.ne.jp", "msmx.au.com"])]),
    provider("KPN", Isp).rules(&[
        domains(&[EmailProviderLinks], &["hetnet.nl", "kpnmail.nl"]),
        mx_hosts(&[KumoMta], &["kpnmail.nl"]),
    ]),
    provider("Kolab Now", Hosted).rules(&[domains(&[EmailProviderLinks], &["kolabnow.com"])]),
    provider("La Poste", Consumer).rules(&[
        domains(&[EmailProviderLinks], &["laposte.net"]),
        mx_hosts(&[EmailProviderLinks, Sisimai], &["laposte.net"]),
    ]),
    provider("Libero", Consumer).rules(&[domains(&[EmailProviderLinks], &["libero.it"])]),
    provider("Linode", Hosted).rules(&[
        mx_hosts(&[Observed], &["members.linode.com"])
            .note("the names that Linode gives its customers' servers"),
    ]),
    provider("MX Logic", Gateway).rules(&[mx_hosts(&[Mxsniff], &["mxlogic.net"]).note("retired")]),
    provider("MXroute", Hosted).rules(&[mx_hosts(&[Mxsniff], &["mxroute.com"])]),
    provider("Mail.bg", Consumer).rules(&[domains(&[EmailProviderLinks], &["mail.bg"])]),
    provider("Mail.ru", Consumer).rules(&[
        domains(&[EmailProviderInfo, EmailProviderLinks], &["bk.ru", "inbox.ru", "list.ru", "mail.ru"]),
    ]),
    provider("Mailfence", Consumer).rules(&[domains(&[EmailProviderLinks], &["mailfence.com"])]),
    provider("Mailgun", Forwarder).rules(&[mx_hosts(&[Mxsniff], &["mailgun.org"])]),
    provider("Mandrill", Forwarder).rules(&[mx_hosts(&[Mxsniff], &["mandrillapp.com"])]),
    provider("Microsoft 365", Hosted).family("Microsoft").rules(&[
        mx_hosts(&[EmailProviderLinks, KumoMta], &["mail.protection.outlook.com"]),
        mx_hosts(&[EmailProviderLinks, Sisimai], &["protection.outlook.com"]),
        mx_hosts(&[KumoMta], &["mx.microsoft"]),
    ]),
    provider("Migadu", Hosted).rules(&[
        domains(&[EmailProviderLinks], &["migadu.com"]),
        mx_hosts(&[Mxsniff], &["migadu.com"]),
    ]),
    provider("Mimecast", Gateway).rules(&[
        mx_hosts(&[KumoMta], &["mimecast-offshore.com", "mimecast.co.za"]),
        mx_hosts(&[KumoMta, Mxsniff, Sisimai], &["mimecast.com"]),
    ]),
    provider("Movistar", Isp).rules(&[domains(&[EmailProviderLinks], &["movistar.es"])]),
    provider("NTT docomo", Isp).rules(&[mx_hosts(&[Sisimai], &["mfsmax.docomo.ne.jp"])]),
    provider("Namecheap", Hosted).rules(&[
        mx_hosts(&[EmailProviderLinks, Mxsniff], &["privateemail.com"]),
        mx_hosts(&[Mxsniff], &["registrar-servers.com", "web-hosting.com"]),
    ]),
    provider("Nate", Consumer).rules(&[domains(&[EmailProviderLinks], &["nate.com"])]),
    provider("Naver", Consumer).rules(&[domains(&[EmailProviderLinks], &["naver.com"])]),
    provider("Neo", Hosted).rules(&[mx_hosts(&[EmailProviderLinks], &["neo.space"])]),
    provider("NetEase", Consumer).rules(&[
        domains(&[EmailProviderLinks], &["126.com", "163.com", "188.com", "yeah.net"]),
        mx_hosts(&[KumoMta], &["netease.com"]),
    ]),
    provider("NetZero", Isp).rules(&[domains(&[EmailProviderLinks], &["netzero.com", "netzero.net"])]),
    provider("Netvigator", Isp).rules(&[mx_hosts(&[KumoMta], &["netvigator.com"])]),
    provider("Network Solutions", Hosted).rules(&[mx_hosts(&[Mxsniff], &["netsolmail.net"])]),
    provider("OCN", Isp).rules(&[domains(&[EmailProviderLinks], &["ocn.ne.jp"])]),
    provider("OVHcloud", Hosted).rules(&[mx_hosts(&[Mxsniff], &["ovh.net"])]),
    provider("Oi", Isp).rules(&[domains(&[EmailProviderLinks], &["oi.com.br"])]),
    provider("Onet", Consumer).rules(&[
        domains(&[EmailProviderLinks], &["onet.pl", "op.pl", "poczta.onet.pl"]),
    ]),
    provider("OpenSRS", Hosted).rules(&[mx_hosts(&[Mxsniff], &["hostedemail.com"])]),
    provider("Optimum", Isp).rules(&[domains(&[EmailProviderLinks], &["optimum.net", "optonline.net"])]),
    provider("Optus", Isp).rules(&[domains(&[EmailProviderLinks], &["optusnet.com.au"])]),
    provider("Orange", Isp).rules(&[
        domains(&[EmailProviderLinks], &["orange.fr", "wanadoo.fr"]),
        mx_hosts(&[EmailProviderLinks, KumoMta, Sisimai], &["orange.fr"]),
        mx_hosts(&[Sisimai], &["wanadoo.fr"]),
    ]),
    provider("Outlook", Consumer).family("Microsoft").complaint_reports(true, OutlookPostmaster).rules(&[
        domains(&[EmailProviderInfo, EmailProviderLinks, Mxsniff], &["hotmail.com", "outlook.com"]),
        domains(&[EmailProviderLinks], &[
            "hotmail.ca", "hotmail.co.jp", "hotmail.co.uk", "hotmail.com.au", "hotmail.de", "hotmail.es",
            "hotmail.fr", "hotmail.it", "hotmail.nl", "hotmail.se", "live.ca", "live.co.uk", "live.com.au",
            "live.fr", "live.it", "live.jp", "live.nl", "msn.cn", "outlook.cn", "outlook.jp", "outlook.sa",
        ]),
        domains(&[EmailProviderLinks, Mxsniff], &["live.com", "msn.com"]),
        domains(&[Mxsniff], &["live.in"]),
        mx_hosts(&[KumoMta], &["olc.protection.outlook.com"]),
        mx_hosts(&[Mxsniff], &["hotmail.com"]),
    ]),
    provider("Plusnet", Isp).rules(&[domains(&[EmailProviderLinks], &["plus.com", "plusnet.com"])]),
    provider("Pobox", Hosted).rules(&[mx_hosts(&[Mxsniff], &["pobox.com"])]),
    provider("Posteo", Consumer).rules(&[domains(&[EmailProviderLinks], &["posteo.de", "posteo.net"])]),
    provider("Postmark", Forwarder).rules(&[mx_hosts(&[Mxsniff], &["inbound.postmarkapp.com"])]),
    provider("Proofpoint", Gateway).rules(&[mx_hosts(&[Mxsniff], &["pphosted.com"])]),
    provider("Proton Mail", Consumer).family("Proton").rules(&[
        domains(&[EmailProviderInfo, EmailProviderLinks], &["pm.me", "proton.me"]),
        domains(&[EmailProviderInfo, EmailProviderLinks, Mxsniff], &["protonmail.ch", "protonmail.com"]),
        mx_hosts(&[EmailProviderLinks, Mxsniff], &["protonmail.ch"]),
    ]),
    provider("Proximus", Isp).rules(&[domains(&[EmailProviderLinks], &["proximus.be", "skynet.be"])]),
    provider("QQ Mail", Consumer).rules(&[
        domains(&[EmailProviderLinks], &["foxmail.com", "qq.com"]),
        mx_hosts(&[KumoMta, Mxsniff, Sisimai], &["qq.com"]),
    ]),
    provider("Rackspace", Hosted).rules(&[mx_hosts(&[EmailProviderLinks, Mxsniff], &["emailsrvr.com"])]),
    provider("Rambler", Consumer).rules(&[
        domains(&[EmailProviderLinks], &["autorambler.ru", "lenta.ru", "rambler.ru"]),
    ]),
    provider("Rediffmail", Consumer).rules(&[
        domains(&[EmailProviderLinks], &["rediff.com", "rediffmail.com"]),
        mx_hosts(&[Mxsniff], &["rediffmail.rediff.akadns.net"]),
    ]),
    provider("Rogers", Isp).rules(&[domains(&[EmailProviderLinks], &["rogers.com"])]),
    provider("Runbox", Hosted).rules(&[
        domains(&[EmailProviderLinks], &["runbox.com"]),
        mx_hosts(&[Mxsniff], &["mx.runbox.com"]),
    ]),
    provider("SFR", Isp).rules(&[domains(&[EmailProviderLinks], &["sfr.fr"])]),
    provider("SendGrid", Forwarder).rules(&[mx_hosts(&[Mxsniff], &["mx.sendgrid.net"])]),
    provider("Seznam", Consumer).rules(&[
        domains(&[EmailProviderLinks], &["email.cz", "post.cz", "seznam.cz"]),
    ]),
    provider("Shaw", Isp).rules(&[domains(&[EmailProviderLinks], &["shaw.ca"])]),
    provider("SimpleLogin", Forwarder).family("Proton").rules(&[
        domains(&[EmailProviderLinks], &[
            "8alias.com", "8shield.net", "aleeas.com", "dralias.com", "silomails.com", "simplelogin.com",
            "simplelogin.fr", "simplelogin.io", "slmail.me", "slmails.com",
        ]),
    ]),
    provider("Simply.com", Hosted).rules(&[mx_hosts(&[EmailProviderLinks], &["spamfilter.io"])]),
    provider("Sina", Consumer).rules(&[
        domains(&[EmailProviderLinks], &["sina.cn", "sina.com", "sina.com.cn"]),
    ]),
    provider("SiteGround", Hosted).rules(&[
        mx_hosts(&[EmailProviderLinks, Mxsniff], &["mailspamprotection.com"]),
    ]),
    provider("Sky", Isp).rules(&[domains(&[EmailProviderLinks], &["sky.com"])]),
    provider("SpamExperts", Gateway).rules(&[
        mx_hosts(&[Mxsniff], &["spamexperts.com", "spamexperts.eu", "spamexperts.net"]),
    ]),
    provider("Spark", Isp).rules(&[domains(&[EmailProviderLinks], &["xtra.co.nz"])]),
    provider("Spectrum", Isp).rules(&[
        domains(&[EmailProviderLinks], &["charter.net", "spectrum.net", "twc.com"]),
        domains_and_subdomains(&[EmailProviderLinks, Observed], &["rr.com"])
            .note("Road Runner gave each region a domain below this one"),
        mx_hosts(&[EmailProviderLinks, Sisimai], &["charter.net"]),
    ]),
    provider("StartMail", Consumer).rules(&[domains(&[EmailProviderLinks], &["startmail.com"])]),
    provider("Swisscom", Isp).rules(&[domains(&[EmailProviderLinks], &["bluewin.ch"])]),
    provider("Symantec", Gateway).rules(&[mx_hosts(&[Mxsniff], &["inboundmx.com", "messagelabs.com"])]),
    provider("TELUS", Isp).rules(&[domains(&[EmailProviderLinks], &["telus.net"])]),
    provider("TalkTalk", Isp).rules(&[domains(&[EmailProviderLinks], &["talktalk.net"])]),
    provider("Telekom", Isp).rules(&[
        domains(&[EmailProviderLinks], &["magenta.de", "t-online.de", "telekom.de"]),
    ]),
    provider("Telenet", Isp).rules(&[domains(&[EmailProviderLinks], &["telenet.be"])]),
    provider("Telkom", Isp).rules(&[domains(&[EmailProviderLinks], &["telkom.co.za"])]),
    provider("Telstra", Isp).rules(&[domains(&[EmailProviderLinks], &["bigpond.com", "bigpond.net.au"])]),
    provider("Terra", Consumer).rules(&[domains(&[EmailProviderLinks], &["terra.com.br"])]),
    provider("Tiscali", Isp).rules(&[domains(&[EmailProviderLinks], &["tiscali.it"])]),
    provider("Titan", Hosted).rules(&[mx_hosts(&[EmailProviderLinks], &["titan.email"])]),
    provider("Trellix", Gateway).rules(&[mx_hosts(&[Mxsniff], &["email.fireeyecloud.com"])]),
    provider("Tuta", Consumer).rules(&[
        domains(&[EmailProviderInfo, EmailProviderLinks], &[
            "keemail.me", "tuta.com", "tuta.io", "tutamail.com", "tutanota.com", "tutanota.de",
        ]),
        mx_hosts(&[EmailProviderLinks], &["tutanota.de"]),
    ]),
    provider("UKR.NET", Consumer).rules(&[
        domains(&[EmailProviderLinks], &["ukr.net"]),
        mx_hosts(&[EmailProviderLinks], &["ukr.net"]),
    ]),
    provider("UOL", Isp).rules(&[
        domains(&[EmailProviderInfo, EmailProviderLinks], &["bol.com.br", "uol.com.br"]),
    ]),
    provider("Verizon", Isp).rules(&[domains(&[EmailProviderLinks], &["verizon.net"])]),
    provider("Videotron", Isp).rules(&[domains(&[EmailProviderLinks], &["videotron.ca", "videotron.com"])]),
    provider("Virgilio", Consumer).rules(&[domains(&[EmailProviderLinks], &["tin.it", "virgilio.it"])]),
    provider("Virgin Media", Isp).rules(&[domains(&[EmailProviderLinks], &["virginmedia.com"])]),
    provider("Vodacom", Isp).rules(&[domains(&[EmailProviderLinks], &["vodacom.co.za"])]),
    provider("Vodafone", Isp).rules(&[domains(&[EmailProviderLinks], &["arcor.de", "vodafone.de"])]),
    provider("WEB.DE", Consumer).family("United Internet").rules(&[
        domains(&[EmailProviderLinks], &["web.de"]),
        mx_hosts(&[KumoMta], &["web.de"]),
    ]),
    provider("WP Poczta", Consumer).rules(&[domains(&[EmailProviderLinks], &["wp.pl"])]),
    provider("Windstream", Isp).rules(&[domains(&[EmailProviderLinks], &["windstream.net"])]),
    provider("Yahoo", Consumer).family("Yahoo").complaint_reports(true, YahooSenderHub).rules(&[
        domains(&[EmailProviderInfo, EmailProviderLinks], &[
            "yahoo.ca", "yahoo.co.id", "yahoo.com.ar", "yahoo.com.au", "yahoo.com.br", "yahoo.com.mx",
            "yahoo.com.sg", "yahoo.de", "yahoo.es", "yahoo.fr", "yahoo.in", "yahoo.it",
        ]),
        domains(&[EmailProviderInfo, EmailProviderLinks, Mxsniff], &[
            "yahoo.co.in", "yahoo.co.uk", "yahoo.com",
        ]),
        domains(&[EmailProviderLinks], &["myyahoo.com"]),
        domains(&[EmailProviderLinks, Mxsniff], &["rocketmail.com", "ymail.com"]),
        mx_hosts(&[KumoMta, Sisimai], &["yahoodns.net"]),
    ]),
    provider("Yahoo! JAPAN", Consumer).rules(&[
        domains(&[KumoMta], &["yahoo.co.jp"]).note("another operator than Yahoo, in spite of the brand"),
        mx_hosts(&[Mxsniff], &["mail.yahoo.co.jp"])
            .note("another operator than Yahoo, in spite of the brand"),
    ]),
    provider("Yandex", Consumer).rules(&[
        domains(&[EmailProviderInfo, EmailProviderLinks, Mxsniff], &["yandex.com"]),
        domains(&[EmailProviderLinks, Mxsniff], &["yandex.ru"]),
        mx_hosts(&[Mxsniff], &["mx.yandex.net", "mx.yandex.ru"]),
    ]),
    provider("Ziggo", Isp).rules(&[domains(&[EmailProviderLinks], &["home.nl", "ziggo.nl"])]),
    provider("Zoho Mail", Hosted).rules(&[
        domains(&[EmailProviderInfo, EmailProviderLinks], &["zohomail.com"]),
        domains(&[EmailProviderInfo, EmailProviderLinks, Mxsniff], &["zoho.com"]),
        domains(&[EmailProviderLinks], &["zoho.eu"]),
        mx_hosts(&[Mxsniff], &[
            "zoho.com", "zohomail.com",
        ]).note("public mailboxes and hosted domains share these hosts"),
    ]),
    provider("addy.io", Forwarder).rules(&[domains(&[EmailProviderLinks], &["anonaddy.com"])]),
    provider("easyDNS", Hosted).rules(&[mx_hosts(&[Mxsniff], &["mx.easymail.ca"])]),
    provider("eir", Isp).rules(&[domains(&[EmailProviderLinks], &["eircom.net"])]),
    provider("freenet", Consumer).rules(&[domains(&[EmailProviderLinks], &["freenet.de"])]),
    provider("iCloud", Consumer).family("Apple").complaint_reports(false, AppleSupport).rules(&[
        domains(&[EmailProviderInfo, EmailProviderLinks, Mxsniff], &["icloud.com", "mac.com", "me.com"]),
        mx_hosts(&[EmailProviderLinks, Mxsniff, Sisimai], &["mail.icloud.com"]),
        mx_hosts(&[KumoMta], &["icloud.com"]),
    ]),
    provider("mail.com", Consumer).family("United Internet").rules(&[
        domains(&[EmailProviderLinks], &[
            "consultant.com", "email.com", "europe.com", "mail.com", "myself.com", "usa.com",
        ]).note("its mail exchangers are those of GMX, so a hosted domain shows as GMX"),
        mx_hosts(&[Mxsniff], &["mail.com"]),
    ]),
    provider("mailbox.org", Consumer).rules(&[domains(&[EmailProviderLinks], &["mailbox.org"])]),
    provider("one.com", Hosted).rules(&[mx_hosts(&[EmailProviderLinks, Mxsniff], &["one.com"])]),
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::provider::name;

    fn rule_sets() -> impl Iterator<Item = &'static RuleSet> {
        TABLE.iter().flat_map(|entry| entry.rules)
    }

    #[test]
    fn entries_sources_and_values_are_sorted_and_unique() {
        assert!(TABLE.is_sorted_by(|a, b| a.name < b.name));
        for set in rule_sets() {
            assert!(set.sources.is_sorted_by(|a, b| a < b), "{set:?}");
            assert!(set.values.is_sorted_by(|a, b| a < b), "{set:?}");
        }
    }

    #[test]
    fn every_value_has_a_rule_and_none_belongs_to_two_providers() {
        for entry in TABLE {
            for set in entry.rules {
                for value in set.values {
                    let rules = if set.matches.is_mx_host() { &MX_HOST_RULES } else { &DOMAIN_RULES };
                    let rule = rules[value];
                    assert_eq!((rule.provider.name(), rule.matches), (entry.name, set.matches));
                    assert_eq!((rule.sources, rule.note), (set.sources, set.note));
                }
            }
        }
        let values: usize = rule_sets().map(|set| set.values.len()).sum();
        assert_eq!(DOMAIN_RULES.len() + MX_HOST_RULES.len(), values);
    }

    #[test]
    fn every_entry_has_rules_and_every_rule_has_a_source() {
        assert!(TABLE.iter().all(|entry| !entry.rules.is_empty()));
        assert!(rule_sets().all(|set| !set.values.is_empty() && !set.sources.is_empty()));
    }

    #[test]
    fn every_value_is_a_normalized_name() {
        for value in rule_sets().flat_map(|set| set.values) {
            assert_eq!(name::normalize(value).as_deref(), Some(*value));
            assert!(value.contains('.'), "{value} is a whole top-level domain");
        }
        for set in rule_sets() {
            if let Match::MxHostNamed(label) = set.matches {
                assert_eq!(name::normalize(label).as_deref(), Some(label));
                assert!(!label.contains('.'), "{label}");
            }
        }
    }

    #[test]
    fn a_family_has_more_than_one_provider() {
        let families = || TABLE.iter().filter_map(|entry| entry.family);
        for family in families() {
            assert!(families().filter(|other| *other == family).count() > 1, "{family}");
        }
    }

    #[test]
    fn every_source_is_used() {
        let of_rules = rule_sets().flat_map(|set| set.sources.iter().copied());
        let of_complaints = PROVIDERS.iter().filter_map(Provider::complaints_source);
        let used: std::collections::BTreeSet<Source> = of_rules.chain(of_complaints).collect();
        assert!(used.into_iter().eq(Source::ALL));
    }
}
